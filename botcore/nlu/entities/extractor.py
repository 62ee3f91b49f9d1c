"""The entities of a message: built-in kinds, the admin's lists and patterns, in offsets of what was written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from botcore.errors import ConfigError, Problem
from botcore.nlu.entities.amounts import amounts
from botcore.nlu.entities.codes import codes
from botcore.nlu.entities.durations import durations_of
from botcore.nlu.entities.lists import Lists
from botcore.nlu.entities.moments import times
from botcore.nlu.entities.numbers import find_numbers
from botcore.nlu.entities.patterns import Patterns
from botcore.nlu.entities.pieces import Piece, Reading, read, without_overlaps
from botcore.nlu.entities.values import EntityLike, check_entities, parse_csv, values_of
from botcore.text import align
from botcore.understanding import Entity

NOT_PLACES = {
    "大理": re.compile("(?<=大理)石"),
    "开封": re.compile("(?<=[已经没未有拆刚不])开封|(?<=开封)[了过后就的使吗没]"),
    "台中": re.compile("(?<=[平后柜前])台中"),
    "日本": re.compile("(?<=[今当每近即])日本"),
    "大连": re.compile("(?<=大连)[锁接衣]"),
    "马赛": re.compile("(?<=马赛)克"),
    "北海": re.compile("(?<=北海)道"),
    "新北": re.compile("(?<=新北)京"),
    "中山": re.compile("(?<=中山)[装路]"),
    "罗马": re.compile("(?<=罗马)[柱帘尼]"),
}
"""Names that are part of other words: 大理石 is marble, 已开封 an opened parcel."""
WARM_UP = ("电话010-62781234", "call (415) 555-2671 or 020 7946 0958")
"""Reads the tables of phones and places, which would cost the first message 50 ms."""


class Extractor:
    """Finds entities; built once for a configuration, and safe to use from several threads.

    Raises:
        ConfigError: with every mistake in the entities; `check_entities` tells them beforehand.
    """

    def __init__(
        self,
        time_zone: str = "UTC",
        entities: Mapping[str, EntityLike] | None = None,
        base: Path = Path(),
        languages: Sequence[str] = ("zh", "en"),
    ) -> None:
        entities = entities or {}
        wrong = check_entities(entities, base)
        if wrong:
            problems = [Problem("nlu.entities." + ".".join(path), 1, 1, what, fix) for path, what, fix in wrong]
            raise ConfigError(problems)
        try:
            self._zone = ZoneInfo(time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            what = f"there is no time zone {time_zone!r}."
            raise ConfigError([Problem("bot.time_zone", 1, 1, what, "Write one such as Asia/Shanghai.")]) from error
        self._languages = tuple(languages)
        self._patterns = Patterns({name: e.pattern for name, e in entities.items() if e.pattern is not None})
        listed = {name: e for name, e in entities.items() if e.values is not None or e.file is not None}
        self._lists = Lists({name: (values_of(e, base), e.fuzzy, "list") for name, e in listed.items()})
        for message in WARM_UP:
            self.extract(message)

    def extract(self, text: str, at: datetime | None = None, language: str | None = None) -> tuple[Entity, ...]:
        """The entities, in the order of the text.

        Args:
            text: the message as it was written.
            at: when it was written, aware; now without it. Relative dates count from there in the bot's time zone.
            language: the language that it is in; guessed from its script without it.
        """
        aligned = align(text)
        if not aligned.text:
            return ()
        reading = read(aligned.text, self._now(at), language or self._only_language())
        found = [*built_in(reading), *self._lists.find(reading.folded), *self._patterns.find(reading.text)]
        entities: list[Entity] = []
        end_of_last = 0
        for piece in sorted(found, key=lambda piece: (piece.start, -piece.end, piece.kind)):
            start, end = aligned.span(piece.start, piece.end)
            if piece.by == "built-in":
                if start < end_of_last:  # two finds within what is one character of the original
                    continue
                end_of_last = end
            entities.append(Entity(piece.kind, text[start:end], start, end, piece.value, piece.score, piece.by))
        return tuple(entities)

    def _now(self, at: datetime | None) -> datetime:
        moment = at if at is not None else datetime.now(UTC)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        if not 1000 <= moment.year <= 9000:  # no moment of a message; a day before or after may not exist
            moment = datetime.now(UTC)
        return moment.astimezone(self._zone)

    def _only_language(self) -> str | None:
        return self._languages[0] if len(self._languages) == 1 else None


def built_in(reading: Reading) -> list[Piece]:
    """The built-in kinds, without overlaps."""
    mentions = find_numbers(reading)
    durations = list(durations_of(reading, mentions))
    found = [
        *codes(reading),
        *times(reading, durations),
        *amounts(reading, mentions, durations),
        *(piece for piece in places().find(reading.folded) if is_place(piece, reading.folded)),
    ]
    return without_overlaps(found)


@lru_cache(maxsize=1)
def places() -> Lists:
    """Provinces and large cities of China, countries and large cities of the world, in both languages."""
    text = files("botcore.nlu.entities").joinpath("places.csv").read_text(encoding="utf-8")
    return Lists({"place": (parse_csv(text, "places.csv"), False, "built-in")})


def is_place(piece: Piece, text: str) -> bool:
    """Whether the name stands for the place, and not within another word."""
    other = NOT_PLACES.get(text[piece.start : piece.end])
    return other is None or other.search(text, max(0, piece.start - 1), piece.end + 1) is None
