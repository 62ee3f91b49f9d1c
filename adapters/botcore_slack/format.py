"""Reply -> what is posted: messages of blocks and uploads of files, each within Slack's limits. Pure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from botcore import Button, Card, Carousel, Content, Fact, File, Formatted, Image, Reply, read_markdown
from botcore_slack.mrkdwn import escaped, link, render

Block = dict[str, Any]
SECTION_MAX = 3000  # characters of a section's text
MESSAGE_MAX = 12_000  # of all blocks of a message; Slack refuses somewhat above 13,200 (bolt-js issue 2509)
BLOCKS_MAX = 50
ELEMENTS_MAX = 25
FIELDS_MAX = 10
FIELD_MAX = 2000
LABEL_MAX = 75
ALT_MAX = 2000
URL_MAX = 3000
# Control characters, those that turn the direction of what follows, and halves of surrogate pairs.
_UNSHOWN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Post:
    """One message: `text` is for notifications and screen readers, and is all there is when there are no blocks."""

    text: str
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Upload:
    """A file from the bot's own machine, sent as a message of its own."""

    source: str
    name: str
    alt: str = ""


Part = Post | Upload
CallbackId = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A block, and its words for those who see no blocks."""

    block: Block
    text: str = ""

    @property
    def size(self) -> int:
        return sum(map(len, _texts(self.block)))


@dataclass(slots=True)
class _Composer:
    """Collects the pieces of a reply in the order shown; `choices` numbers the buttons that come back."""

    callback: CallbackId
    pieces: list[_Piece | Upload] = field(default_factory=list)
    choices: Iterator[int] = field(default_factory=itertools.count)
    links: Iterator[int] = field(default_factory=itertools.count)

    def add_text(self, formatted: Formatted) -> None:
        for part in formatted.split(SECTION_MAX, _length):
            words = render(part)
            if words.strip():
                self.pieces.append(_section(words))

    def add_content(self, content: Content) -> None:
        match content:
            case Image():
                self._add_image(content)
            case File():
                self._add_file(content)
            case Card():
                self._add_card(content)
            case Carousel():
                for card in content.cards:
                    self._add_card(card)

    def add_buttons(self, buttons: Sequence[Button]) -> None:
        elements = [self._button(button) for button in buttons]
        for row in _rows(elements, ELEMENTS_MAX):
            labels = ", ".join(element["text"]["text"] for element in row)
            self.pieces.append(_Piece({"type": "actions", "elements": row}, escaped(labels)))

    def _button(self, button: Button) -> Block:
        element: Block = {"type": "button", "text": {"type": "plain_text", "text": cut(button.label, LABEL_MAX)}}
        if button.url is not None and len(button.url) <= URL_MAX:
            return {**element, "url": button.url, "action_id": f"link.{next(self.links)}"}
        if button.url is not None:
            return {**element, "action_id": f"link.{next(self.links)}"}
        return {**element, "action_id": self.callback(next(self.choices))}

    def _add_image(self, image: Image) -> None:
        if not image.is_remote:
            self.pieces.append(Upload(image.source, File(image.source).shown_name, cut(image.alt, ALT_MAX)))
        elif _is_showable(image.source):
            block = {"type": "image", "image_url": image.source, "alt_text": _alt(image)}
            self.pieces.append(_Piece(block, escaped(_alt(image))))
        else:
            self.pieces.append(_section(link(image.source, _alt(image))[:SECTION_MAX]))

    def _add_file(self, file: File) -> None:
        if file.is_remote:
            self.pieces.append(_section(f":paperclip: {link(file.source, file.shown_name)}"[:SECTION_MAX]))
        else:
            self.pieces.append(Upload(file.source, file.shown_name))

    def _add_card(self, card: Card) -> None:
        if card.image is not None and not (card.image.is_remote and _is_showable(card.image.source)):
            self._add_image(card.image)
        first = len(self.pieces)
        body = read_markdown(f"**{_unmarked(card.title)}**" + (f"\n\n{card.text}" if card.text else ""))
        self.add_text(body)
        if card.image is not None and card.image.is_remote and _is_showable(card.image.source):
            picture = {"type": "image", "image_url": card.image.source, "alt_text": _alt(card.image)}
            piece = self.pieces[first]
            if isinstance(piece, _Piece):
                self.pieces[first] = _Piece({**piece.block, "accessory": picture}, piece.text)
        for facts in _rows(card.facts, FIELDS_MAX):
            fields = [{"type": "mrkdwn", "text": _fact(fact)} for fact in facts]
            self.pieces.append(
                _Piece({"type": "section", "fields": fields}, "\n".join(part["text"] for part in fields))
            )
        self.add_buttons(card.buttons)


def parts_of(reply: Reply, callback: CallbackId, mentions: Sequence[str] = ()) -> list[Part]:
    """What to post for a reply, in order: text, content, buttons, and last the mention of agents.

    `callback(i)` is what the i-th of `Reply.choices` carries. A reply without anything to show has no parts.
    """
    composer = _Composer(callback)
    composer.add_text(read_markdown(reply.text))
    for content in reply.content:
        composer.add_content(content)
    composer.add_buttons(reply.buttons)
    called = " ".join(f"<!subteam^{who}>" if who.startswith("S") else f"<@{who}>" for who in mentions)
    if called:
        composer.pieces.append(_section(called))
    return list(_packed(composer.pieces))


def blocks_of(post: Post) -> tuple[Block, ...]:
    """The blocks of a post; of one without, its text as a block: an update without blocks leaves the old ones."""
    return post.blocks or (_section(post.text).block,)


def _packed(pieces: Iterable[_Piece | Upload]) -> Iterator[Part]:
    waiting: list[_Piece] = []
    size = 0
    for piece in pieces:
        is_full = isinstance(piece, Upload) or len(waiting) >= BLOCKS_MAX or size + piece.size > MESSAGE_MAX
        if waiting and is_full:
            yield _post(waiting)
            waiting, size = [], 0
        if isinstance(piece, Upload):
            yield piece
        else:
            waiting.append(piece)
            size += piece.size
    if waiting:
        yield _post(waiting)


def _post(pieces: Sequence[_Piece]) -> Post:
    text = "\n".join(piece.text for piece in pieces if piece.text)
    is_plain = len(pieces) == 1 and pieces[0].block.keys() == {"type", "text"}
    return Post(text, () if is_plain else tuple(piece.block for piece in pieces))


def _section(words: str) -> _Piece:
    return _Piece({"type": "section", "text": {"type": "mrkdwn", "text": words}}, words)


def _fact(fact: Fact) -> str:
    label, value = read_markdown(_unmarked(fact.label)).text, read_markdown(fact.value)
    words = f"*{escaped(label).strip() or '-'}*\n{render(value)}"
    if len(words) <= FIELD_MAX:
        return words
    return f"*{escaped(cut(label, 100))}*\n{escaped(cut(value.text, FIELD_MAX // 6))}"


def _unmarked(text: str) -> str:
    """A title on one line, its own asterisks as they are."""
    return " ".join(text.split()).replace("\\", "\\\\").replace("*", "\\*")


def _alt(image: Image) -> str:
    return cut(image.alt.strip() or File(image.source).shown_name, ALT_MAX)


def _is_showable(url: str) -> bool:
    return url.lower().startswith("https://") and len(url) <= URL_MAX


def cut(text: str, limit: int) -> str:
    """The text on one line, cut to the limit with an ellipsis; never empty, and never inside a character."""
    line = " ".join(_UNSHOWN.sub("", text).split()) or "…"
    if len(line) <= limit:
        return line
    first = Formatted(line).split(limit - 1, lambda part: len(part.text))[0].text
    return f"{first.rstrip()}…"


def _length(formatted: Formatted) -> int:
    return len(render(formatted))


def _rows(items: Sequence[Any], size: int) -> Iterator[list[Any]]:
    for start in range(0, len(items), size):
        yield list(items[start : start + size])


def _texts(block: Any) -> Iterator[str]:
    if isinstance(block, dict):
        for name, value in block.items():
            if isinstance(value, str):
                if name in ("text", "alt_text"):
                    yield value
            else:
                yield from _texts(value)
    elif isinstance(block, list | tuple):
        for value in block:
            yield from _texts(value)
