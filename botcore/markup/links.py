"""Which addresses may be followed, and what may be shown for them. Everything else stays plain text."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from botcore.markup.cleaning import plain_name
from botcore.markup.patterns import compiled

MAX_URL = 2000
MAX_HOST = 253  # characters (RFC 1035)
NAMED_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\]", re.I)
MAIL = re.compile(r"[^\s@:/<>]+@[\w.-]+\.\w+")
PHONE = re.compile(r"\+?[0-9][0-9().;=a-z-]*", re.I)
SAFE = "%!#$&'()*+,/:;=?@[]~-._"
ESCAPES = re.compile(r"[\s\\<>\"`{}|^]")
# What may read as an address in a link's words: names with dots between them.
DOTTED = compiled(r"[\p{L}\p{M}\p{N}_-]++(?:\.[\p{L}\p{M}\p{N}_-]++)++(/)?")
# The last of the names if it is one of those under which hosts are registered; Chinese words may follow it at once.
TOP_LEVEL = compiled(
    r"(?:xn--[a-z0-9-]+|[a-z]{2,24}|中国|中國|公司|网络|網絡|网址|商城|商店|集团|在线|中文网|台湾|台灣|香港|рф|рус|бел|укр|한국|भारत)"
    r"(?=$|[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}])",
    ignore_case=True,
)
FILE_ENDINGS = frozenset(
    ("csv", "doc", "docx", "gif", "htm", "html", "jpeg", "jpg", "js", "json", "md", "mp3", "mp4", "odt", "pdf", "png",
     "ppt", "pptx", "py", "rtf", "svg", "txt", "webp", "xls", "xlsx", "xml", "yaml", "yml")
)  # fmt: skip
DOTS = str.maketrans({"。": ".", "．": ".", "｡": ".", "․": ".", "／": "/", "：": ":", "⁄": "/", "∕": "/"})
EAST_ASIAN = compiled(r"^[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]+(?=[a-z0-9])", ignore_case=True)
# Scripts that are written together, and in which no letter passes for one of another.
TOGETHER = frozenset({"Latin", "Han", "Hiragana", "Katakana", "Bopomofo", "Hangul"})
KNOWN = ("Cyrillic", "Greek", "Armenian", "Arabic", "Hebrew", "Thai", "Devanagari", *sorted(TOGETHER))
SCRIPTS = {name: compiled(f"\\p{{Script={name}}}") for name in KNOWN}
OTHER_LETTER = compiled("(?!" + "|".join(pattern.pattern for pattern in SCRIPTS.values()) + r")\p{L}")


def safe_url(raw: str) -> str | None:
    """The address in ASCII if it may be followed: http, https, mailto or tel, complete and without tricks."""
    text = plain_name(raw).strip()
    scheme, colon, rest = text.partition(":")
    scheme = scheme.lower()
    if not colon or len(text) > MAX_URL or ESCAPES.search(text):
        return None
    if scheme == "mailto":
        return f"mailto:{quote(rest, SAFE)}" if MAIL.match(rest) else None
    if scheme == "tel":
        return f"tel:{rest}" if PHONE.fullmatch(rest) else None
    return _web_url(f"{scheme}:{rest}") if scheme in ("http", "https") and rest.startswith("//") else None


def _web_url(text: str) -> str | None:
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
        if not host.isascii():
            host = host.encode("idna").decode("ascii")
    except (ValueError, UnicodeError):
        return None
    name = f"[{host}]" if ":" in host else host
    if "@" in parts.netloc or not NAMED_HOST.fullmatch(name):
        return None
    rest = text.split("//", 1)[1][len(parts.netloc) :]
    return f"{parts.scheme}://{name}{f':{port}' if port is not None else ''}{quote(rest, SAFE)}"


def shown_url(raw: str, url: str) -> str:
    """What to show for an address that stands for itself: as it was written, or in ASCII if its host may deceive."""
    return raw if raw.isascii() or _is_readable(_host(raw)) else url


def is_honest(label: str, url: str) -> bool:
    """False if a link's words read as another address than the one it leads to."""
    label = plain_name(label).translate(DOTS).strip()
    if url.startswith("tel:"):
        digits = re.sub(r"\D", "", label)
        return len(digits) < 5 or re.sub(r"\D", "", url).endswith(digits.lstrip("0"))
    if url.startswith("mailto:"):
        address = url.removeprefix("mailto:").partition("?")[0].lower()
        found = MAIL.search(label)
        return found is None or found[0].lower() == address or address in label.lower()
    target = _host(url)
    named = (_named_host(found[0].rstrip("/"), is_bare=not found[1]) for found in DOTTED.finditer(label))
    return all(_is_same(host, target) for host in named if host)


def without_look_alikes(text: str) -> str:
    """The text with names of hosts that may deceive in ASCII: chat programs make links of names by themselves."""
    if text.isascii() or "." not in text:
        return text
    return DOTTED.sub(_in_ascii, text)


def _in_ascii(found: re.Match[str]) -> str:
    named = _named_host(found[0].rstrip("/"), is_bare=not found[1])
    if named is None or _is_readable(named):
        return found[0]
    try:
        return f"{named.encode('idna').decode('ascii')}{found[1] or ''}"
    except UnicodeError:
        return found[0].replace(".", ". ")


def _named_host(dotted: str, *, is_bare: bool) -> str | None:
    """The host that names with dots between them stand for; None for a file's name, a version, a sentence's end."""
    if len(dotted) > MAX_HOST:
        return None
    rest, _, last = dotted.lower().rpartition(".")
    top = TOP_LEVEL.match(last)
    if top is None or (is_bare and last in FILE_ENDINGS):
        return None
    # Chinese words may stand before a Latin name at once.
    return f"{EAST_ASIAN.sub('', rest) if top[0].isascii() else rest}.{top[0]}"


def _is_same(named: str, target: str) -> bool:
    """True if the words name the target's host, with or without its www."""
    if not _is_readable(named):
        return False
    try:
        name = named if named.isascii() else named.encode("idna").decode("ascii")
    except UnicodeError:
        return False
    return target.removeprefix("www.") == name.removeprefix("www.")


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _is_readable(host: str) -> bool:
    """True if its letters are of one script, or of scripts that are written together."""
    if host.isascii():
        return True
    used = {name for name, pattern in SCRIPTS.items() if pattern.search(host)}
    is_known = not OTHER_LETTER.search(host)
    return is_known and (used <= TOGETHER or len(used) == 1)
