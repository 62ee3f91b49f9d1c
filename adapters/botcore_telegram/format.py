"""A reply -> the calls that show it on Telegram. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from botcore import Button, Card, Carousel, Content, File, Formatted, Image, Reply, Span, read_markdown
from botcore_telegram.entities import MAX_CAPTION, MAX_TEXT, entities_of, joined, measure, spelled_out, split, stripped
from botcore_telegram.reading import clean

MAX_BUTTONS = 100
MAX_LABEL = 200
ROW_CELLS = 36  # what a phone shows in one row, in Latin letters
MAX_IN_ROW = 3
ONLY_BUTTONS = "👇"  # a keyboard needs a text
NO_PREVIEW = {"is_disabled": True}
HAN = re.compile("[\u3400-\u9fff]")
Mark = Callable[[int], str]
Keyboard = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """One call. `upload` names a parameter and the local file for it; `instead` is shown when Telegram refuses it."""

    method: str
    values: dict[str, Any]
    upload: tuple[str, str, str] | None = None  # parameter, path, name
    instead: tuple[Part, ...] = field(default=())


def parts_of(reply: Reply, mark: Mark) -> list[Part]:
    """The calls that show the reply, in order, without the chat they go to.

    Args:
        reply: what is to be shown.
        mark: the callback data for the index-th of `reply.choices`.
    """
    counter = _Counter(mark)
    parts = text_parts(spelled_out(read_markdown(reply.text)))
    for content in reply.content:
        parts += _content(content, counter)
    rows = keyboard_rows(reply.buttons, counter)
    if rows:
        if not parts:
            parts = text_parts(Formatted(ONLY_BUTTONS))
        parts[-1] = _with_rows(parts[-1], rows)
    return parts


def text_parts(formatted: Formatted) -> list[Part]:
    """A text as messages."""
    return [Part("sendMessage", text_values(part)) for part in split(formatted, MAX_TEXT)]


def text_values(part: Formatted) -> dict[str, Any]:
    """The parameters of one text."""
    values: dict[str, Any] = {"text": part.text, "link_preview_options": NO_PREVIEW}
    if entities := entities_of(part):
        values["entities"] = entities
    return values


class _Counter:
    """Numbers the buttons that come back, as `Reply.choices` does."""

    def __init__(self, mark: Mark) -> None:
        self._mark = mark
        self._next = 0

    def data(self) -> str:
        self._next += 1
        return self._mark(self._next - 1)


def keyboard_rows(buttons: Sequence[Button], counter: _Counter) -> list[list[Keyboard]]:
    """Inline buttons in rows that a phone can show: short labels side by side, long ones alone."""
    rows: list[list[Keyboard]] = []
    widths: list[int] = []
    for button in buttons:
        label = _shortened(clean(button.label).strip()) or "…"
        target = {"url": button.url} if button.url is not None else {"callback_data": counter.data()}
        width = _cells(label)
        longest = max([*widths, width])
        if rows and len(widths) < MAX_IN_ROW and longest * (len(widths) + 1) <= ROW_CELLS:
            rows[-1].append({"text": label, **target})
            widths.append(width)
        else:
            rows.append([{"text": label, **target}])
            widths = [width]
    return rows


def _shortened(label: str) -> str:
    """The label as far as it is shown; no character is cut in two."""
    return Formatted(label).split(MAX_LABEL, lambda part: len(part.text))[0].text if len(label) > MAX_LABEL else label


def _cells(label: str) -> int:
    """How wide a label is, in Latin letters."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in label) + 2


def _with_rows(part: Part, rows: list[list[Keyboard]]) -> Part:
    """The part with buttons below it, after those that it has."""
    if not rows:
        return part
    before = part.values.get("reply_markup", {}).get("inline_keyboard", [])
    merged, count = [], 0
    for row in [*before, *rows]:
        kept = row[: max(0, MAX_BUTTONS - count)]
        count += len(kept)
        merged += [kept] if kept else []
    values = {**part.values, "reply_markup": {"inline_keyboard": merged}}
    instead = (*part.instead[:-1], _with_rows(part.instead[-1], rows)) if part.instead else ()
    return replace(part, values=values, instead=instead)


def without_links(part: Part) -> list[Part]:
    """The part with the addresses of its link buttons in its text: for those that Telegram does not take.

    Where the text has no room for them, they are a message of their own.
    """
    rows = part.values.get("reply_markup", {}).get("inline_keyboard", [])
    links = [button for row in rows for button in row if "url" in button]
    if not links or "text" not in part.values:
        return [part]
    kept = [left for row in rows if (left := [button for button in row if "url" not in button])]
    lines = "\n".join(f"{button['text']}: {button['url']}" for button in links)
    rest = {name: value for name, value in part.values.items() if name != "reply_markup"}
    keyboard = {"reply_markup": {"inline_keyboard": kept}} if kept else {}
    whole = Formatted(f"{part.values['text']}\n{lines}")
    if measure(whole) <= MAX_TEXT:
        return [replace(part, values={**rest, "text": whole.text, **keyboard})]
    place = {name: value for name, value in rest.items() if name in ("chat_id", "message_thread_id")}
    below = [replace(one, values={**place, **one.values}) for one in text_parts(Formatted(lines))]
    below[-1] = replace(below[-1], values={**below[-1].values, **keyboard})
    return [replace(part, values=rest), *below]


def plain(part: Part) -> Part:
    """The part without entities."""
    values = {name: value for name, value in part.values.items() if name not in ("entities", "caption_entities")}
    return replace(part, values=values)


def _content(content: Content, counter: _Counter) -> list[Part]:
    match content:
        case Image():
            return [_photo(content, Formatted(clean(content.alt)))]
        case File():
            return [_document(content)]
        case Card():
            return _card(content, counter)
        case Carousel():
            return [part for card in content.cards for part in _card(card, counter)]


def _photo(image: Image, caption: Formatted) -> Part:
    caption = (split(caption, MAX_CAPTION) or [Formatted("")])[0]
    link = f"\n{image.source}" if image.is_remote else ""
    shown = joined(caption, Formatted(link)) if caption.text or link else Formatted("🖼")
    values: dict[str, Any] = {}
    if caption.text:
        values["caption"] = caption.text
        if entities := entities_of(caption):
            values["caption_entities"] = entities
    return _media("sendPhoto", "photo", image.source, "", values, is_remote=image.is_remote, instead=shown)


def _document(file: File) -> Part:
    name = clean(file.shown_name)
    shown = Formatted(f"{name}\n{file.source}" if file.is_remote else name)
    return _media("sendDocument", "document", file.source, name, {}, is_remote=file.is_remote, instead=shown)


def _media(
    method: str, name: str, source: str, shown_name: str, values: dict[str, Any], *, is_remote: bool, instead: Formatted
) -> Part:
    fallback = tuple(text_parts(stripped(instead)))
    if is_remote:
        return Part(method, {name: source, **values}, instead=fallback)
    return Part(method, values, (name, source, shown_name), fallback)


def _card(card: Card, counter: _Counter) -> list[Part]:
    """A card: its picture with the words as caption where they fit, its buttons below."""
    words = stripped(_card_words(card))
    alt = clean(card.image.alt).strip() if card.image is not None else ""
    # Telegram has no place for what a picture shows but the caption.
    described = joined(words, Formatted(f"\n{alt}" if words.text else alt)) if alt not in (card.title, "") else words
    if card.image is None:
        parts = text_parts(words)
    elif measure(described) <= MAX_CAPTION:
        parts = [_photo(card.image, described)]
    else:
        parts = [_photo(card.image, Formatted(alt)), *text_parts(words)]
    rows = keyboard_rows(card.buttons, counter)
    if rows and not parts:
        parts = text_parts(Formatted(ONLY_BUTTONS))
    if rows:
        parts[-1] = _with_rows(parts[-1], rows)
    return parts


def _card_words(card: Card) -> Formatted:
    title = clean(card.title).strip()
    lines = [Formatted(title, (Span(0, len(title), "bold"),))] if title else []
    if card.text.strip():
        lines.append(spelled_out(read_markdown(card.text)))
    for fact in card.facts:
        label = clean(fact.label)
        colon = "：" if HAN.search(label) else ": "
        lines.append(Formatted(f"{label}{colon}{clean(fact.value)}"))
    spaced = [joined(Formatted("\n"), line) if index else line for index, line in enumerate(lines)]
    return joined(*spaced)
