"""Things with a form or a check digit of their own: URLs, e-mail, phones, cards, identity numbers, order ids."""

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers

from botcore.nlu.entities.checks import is_bank_card, is_chinese_id, is_iban
from botcore.nlu.entities.pieces import Piece, Reading

URL = re.compile(
    r"(?:https?://|(?<![a-z0-9@._-])www\.)(?:[a-z0-9._-]+\.(?:公司|网络|中国|网址|在线|商城|香港|台湾)(?:[/?#:]|"
    r"(?![a-z0-9.])))?[!-;=?-~\u00a1-\u02af]*"
    r"|(?:https?://)[a-z0-9\u4e00-\u9fff-]{1,63}\.(?:公司|网络|中国|网址|在线|商城)(?:[/?#:][!-;=?-~]*)?"
    r"|(?<![a-z0-9@._/-])(?:[a-z0-9-]{1,63}\.){1,4}(?:com|cn|net|org|shop|store|io|app|top|vip|edu|gov|info|hk|tw|jp"
    r"|uk|de|fr|eu|example)"
    r"(?![a-z0-9.@_-])(?:[/?#:][!-;=?-~]*)?"
)
LOCAL = re.compile(r"[a-z0-9._%+'-]{1,64}$")
DOMAIN = re.compile(r"(?:[a-z0-9-]{1,63}\.){1,6}[a-z]{2,24}(?![a-z0-9-])")
IDN = re.compile(r"[a-z0-9\u4e00-\u9fff-]{1,63}\.(?:公司|网络|中国|网址|在线|商城|香港|台湾|[a-z]{2,24}(?![a-z0-9]))")
HAN_LOCAL = re.compile(r"[\u4e00-\u9fff]{1,6}$")
SAYS_LOCAL = re.compile("[是为到发箱址给寄]")
MOBILE = re.compile(r"(?<![\da-z])(?:(?:\+|00)?86[- ]?)?1[3-9]\d([- ]?)\d{4}\1\d{4}(?!\d)")
PHONE = re.compile(r"(?<![\da-z@#.,/_-])(?:\+|00)?[(\d](?:[ ().-]{0,2}\d){6,15}(?![\da-z@])")
CARD = re.compile(r"(?<![\da-z])\d(?:[ -]?\d){12,18}(?![\da-z])")
CN_ID = re.compile(r"(?<![\da-z])\d{6}[ -]?\d{8}[ -]?\d{3}[\dx](?![\da-z])")
IBAN = re.compile(r"(?<![\da-z])[a-z]{2}\d\d(?: ?[a-z0-9]{4}){2,7}(?: ?[a-z0-9]{1,3})?(?![\da-z])")
SHORT_PHONES = re.compile(r"(?<!\d)(?:400|800)[- ]?\d{3}[- ]?\d{4}(?!\d)")
ORDER_MIXED = re.compile(r"(?<![a-z0-9@./_-])#?[a-z0-9]+(?:[-_][a-z0-9]+){0,5}(?![a-z0-9@_-]|\.[a-z0-9])")
ORDER_WORD = re.compile(
    r"(?:订单(?:编?号|号码)?|单号|快递(?:单?号)?|运单(?:号)?|物流(?:单?号)?|编号|流水号|取件码"
    r"|(?:order|tracking|shipment|parcel|invoice|reference|ref|case|ticket|confirmation|booking)(?: (?:id|no|number"
    r"|num|code|nr))?)"
    r"\.?(?: ?(?:is|was|as|是|为|:|#|no\.))? ?[:#]? ?$"
)
LONG_RUN = re.compile(r"(?<![\d.])\d{12,40}(?!\d)")
GROUPED = re.compile(r"(?<![\da-z-])\d{3,}(?:-\d{3,}){1,4}(?![\da-z-])")
LOOKS_LIKE_MODEL = re.compile(r"[a-z]+-?\d{1,4}[a-z]{0,5}|[a-z]+\d{1,2}-\d{1,5}[a-z]{0,3}")
OTHER_NUMBER = re.compile(
    r"(?:身份证|证件|卡|账户|账|帐)(?:号码?)?(?:是|为)?[: ]{0,2}$|(?:card|account|passport|id)(?: (?:number|no\.?))?"
    r"(?: is)?[: ]{0,2}$"
)
BRACKETS = {")": "(", "]": "[", "}": "{"}
TRAILING = ".,;:!?'\"、。"


def codes(reading: Reading) -> Iterator[Piece]:
    """Everything with a form or check digit of its own."""
    text = reading.folded
    if "." in text or "://" in text:
        yield from urls(reading)
    if "@" in text:
        yield from emails(reading)
    if reading.has_digit:
        yield from identities(reading)
        yield from phones(reading)
        yield from order_ids(reading)


def urls(reading: Reading) -> Iterator[Piece]:
    """Web addresses, with or without a scheme."""
    for match in URL.finditer(reading.folded):
        start, end = match.span()
        end = _end_of_url(reading.folded, start, end)
        if "." in reading.folded[start:end].removeprefix("www.") and end - start > 4:
            yield Piece("url", start, end, reading.text[start:end])


def _end_of_url(text: str, start: int, end: int) -> int:
    """Without the punctuation of the sentence, and without brackets that were opened before the address."""
    while end > start:
        last = text[end - 1]
        opens = BRACKETS.get(last)
        if last not in TRAILING and (opens is None or text.count(opens, start, end) >= text.count(last, start, end)):
            break
        end -= 1
    return end


def emails(reading: Reading) -> Iterator[Piece]:
    """Addresses with a dot in their domain, also right beside Chinese and with Chinese domains."""
    text = reading.folded
    at = text.find("@")
    while at >= 0:
        found = _email(text, at)
        if found is not None:
            start, end = found
            value = f"{reading.text[start:at]}@{text[at + 1 : end]}"
            yield Piece("email", start, end, value)
        at = text.find("@", at + 1)


def _email(text: str, at: int) -> tuple[int, int] | None:
    local = LOCAL.search(text, max(0, at - 64), at)
    domain = DOMAIN.match(text, at + 1)
    if domain is None or local is None:
        idn = IDN.match(text, at + 1)
        domain = domain or idn
        if local is None and idn is not None:
            local = HAN_LOCAL.search(text, max(0, at - 6), at)
            if local is not None:
                said = list(SAYS_LOCAL.finditer(local.group()))
                start = local.start() + (said[-1].end() if said else 0)
                return (start, domain.end()) if domain and start < at else None
    if local is None or domain is None:
        return None
    start = local.start()
    while start < at and text[start] in ".'-":
        start += 1
    return (start, domain.end()) if start < at and text[at - 1] != "." else None


def identities(reading: Reading) -> Iterator[Piece]:
    """Chinese identity cards, bank cards and IBANs whose check digits are right."""
    text = reading.folded
    for match in CN_ID.finditer(text):
        value = re.sub("[ -]", "", match.group()).upper()
        if is_chinese_id(value):
            yield Piece("cn_id", match.start(), match.end(), value)
    for match in CARD.finditer(text):
        value = re.sub("[ -]", "", match.group())
        if is_bank_card(value):
            yield Piece("bank_card", match.start(), match.end(), value)
    for match in IBAN.finditer(text):
        end = match.end()
        value = match.group().replace(" ", "").upper()
        while not is_iban(value) and " " in text[match.start() : end]:  # a word of up to four letters may follow
            end = text.rindex(" ", match.start(), end)
            value = text[match.start() : end].replace(" ", "").upper()
        if is_iban(value):
            yield Piece("iban", match.start(), end, value)


def phones(reading: Reading) -> Iterator[Piece]:
    """Phone numbers, in E.164: Chinese mobiles by their form, others as `phonenumbers` knows them."""
    text = reading.folded
    for match in MOBILE.finditer(text):
        value = "+86" + re.sub(r"\D", "", match.group())[-11:]
        yield Piece("phone", match.start(), match.end(), value)
    for match in SHORT_PHONES.finditer(text):
        if reading.language == "zh":
            yield Piece("phone", match.start(), match.end(), "+86" + re.sub(r"\D", "", match.group()))
    for match in PHONE.finditer(text):
        written = match.group()
        if re.fullmatch(r"(?:19|20)\d\d[-. ]\d{1,2}[-. ]\d{1,2}.*", written) or ORDER_WORD.search(
            text[max(0, match.start() - 24) : match.start()]
        ):
            continue
        number = _phone(written, reading.language)
        if number is not None:
            yield Piece("phone", match.start(), match.end(), number)


def _phone(written: str, language: str) -> str | None:
    digits = re.sub(r"\D", "", written)
    if written.startswith("00"):
        written = "+" + written[2:]
    if written.startswith("+"):
        regions: tuple[str | None, ...] = (None,)
    elif language == "zh":
        regions = ("CN", "TW") if digits[0] == "0" else ()
    elif digits[0] == "0":
        regions = ("GB",)
    else:
        regions = ("US",) if len(digits) in (10, 11) else ()
    for region in regions:
        try:
            parsed = phonenumbers.parse(written, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(parsed):
            return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return None


def order_ids(reading: Reading) -> Iterator[Piece]:
    """Ids as orders and parcels have them: letters with many digits, long runs of digits, or shorter after `order`."""
    text = reading.folded
    for match in ORDER_MIXED.finditer(text):
        written = match.group()
        digits = sum(map(str.isdigit, written))
        if digits < 3 or re.match(r"\d{4}-\d\d-\d\d", written):
            continue
        said = ORDER_WORD.search(text[max(0, match.start() - 28) : match.start()]) is not None or written[0] == "#"
        letters = sum(map(str.isalpha, written))
        if letters:
            is_order = (
                digits >= (3 if said else 5)
                and not (not said and LOOKS_LIKE_MODEL.fullmatch(written))
                and not re.fullmatch(
                    r"\d+(?:st|nd|rd|th|kg|g|cm|mm|m|ml|l|gb|mb|w|k|pm|am|usd|rmb|cny|eur|gbp|hkd|jpy|h|mah)|(?:rmb"
                    r"|cny|usd|eur|gbp|hkd|jpy)\d+",
                    written,
                )
            )
        else:
            is_order = (said and digits >= 4) or (GROUPED.fullmatch(written) is not None and digits >= 14)
        if is_order:
            start = match.start() + (written[0] == "#")
            yield Piece("order_id", start, match.end(), reading.text[start : match.end()].upper())
    for match in LONG_RUN.finditer(text):
        if not _is_letter_beside(text, match) and not OTHER_NUMBER.search(
            text[max(0, match.start() - 18) : match.start()]
        ):
            yield Piece("order_id", match.start(), match.end(), match.group())


def _is_letter_beside(text: str, match: re.Match[str]) -> bool:
    beside = text[max(0, match.start() - 1) : match.start()] + text[match.end() : match.end() + 1]
    return any(character.isascii() and (character.isalpha() or character in "_-/@=") for character in beside)
