"""Where a long text may be cut. Works on offsets only; nothing here knows a platform or a format."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence

from botcore.markup.patterns import compiled

Range = tuple[int, int]

GRAPHEME = compiled(r"\X")
# Ends of things. The looks behind keep them linear on a megabyte of dots.
PARAGRAPH = compiled(r"\n[^\S\n]*+\n")
LINE = compiled(r"\n")
SENTENCE = compiled(r"[。！？；…]++[”’」』）》】\"')]*+|(?<![.!?])[.!?]++[”’\"')\]]*+\s+")
WORD = compiled(r"\s+|[，、：]+")
# The kinds of ends, best first; a part should be filled at least by this share, else the next kind is tried.
LEVELS = ((PARAGRAPH, 0.5), (LINE, 0.5), (SENTENCE, 0.4), (WORD, 0.1), (LINE, 0.0), (WORD, 0.0))
# No grapheme spans the middle of such a pair: from there graphemes can be counted.
PLAIN_PAIR = compiled(r"[\x20-\x7e\u4e00-\u9fff](?=[\x20-\x7e\u4e00-\u9fff])")
FLAG_LETTER = compiled(r"\p{Regional_Indicator}")
WINDOW = 256  # how far back a plain pair is looked for
AHEAD = 8  # enough to see that a grapheme goes on
NOT_FIRST = frozenset("，。！？；：、…”’」』）》】,.!?;:)]}%")  # no line should begin with these
STEPS_BACK = 4


class Cutter:
    """Cuts `text` into parts of which `size(start, end)` is at most `limit`.

    `whole` are sorted ranges that are not cut if they fit by themselves, `blocks` those that are cut between lines.
    """

    def __init__(
        self,
        text: str,
        limit: int,
        size: Callable[[int, int], int],
        *,
        whole: Sequence[Range] = (),
        blocks: Sequence[Range] = (),
    ) -> None:
        self._text = text
        self._limit = limit
        self._size = size
        self._whole = _outermost(whole)
        self._blocks = _outermost(blocks)

    def parts(self) -> list[Range]:
        """The parts, left to right, without the white space at the cuts; at least one."""
        text = self._text
        found: list[Range] = []
        start = 0
        while start < len(text):
            reach = self._reach(start)
            end, following = (reach, reach) if reach == len(text) else self._cut(start, reach)
            if end > start and not text[start:end].isspace():
                found.append((start, end))
            start = following
        return found or [(0, self._reach(0) if text else 0)]

    def _cut(self, start: int, reach: int) -> Range:
        """The end of the part that begins at `start`, and the beginning of the next."""
        while True:
            end, following = self._trim(start, self._place(start, reach))
            # A measure that is not quite even may say now that it is too much: then with a tenth less.
            if end - start <= 1 or self._fits(start, end):
                return end, max(following, start + 1)
            reach = max(start + 1, min(reach - 1, start + (end - start) * 9 // 10))

    def _fits(self, start: int, end: int) -> bool:
        return self._size(start, end) <= self._limit

    def _reach(self, start: int) -> int:
        """The last offset up to which the text from `start` fits; one character at least."""
        low, size_low = start + 1, 0
        high = start + max(2, self._limit)
        while True:
            high = min(high, len(self._text))
            size_high = self._size(start, high)
            if size_high > self._limit:
                break
            if high == len(self._text):
                return high
            low, size_low = high, size_high
            high = start + 2 * (high - start)
        # Most measures grow evenly: a guess in proportion is tried in turn with the middle.
        is_guess = True
        while high - low > 1:
            middle = (low + high) // 2
            if is_guess:
                share = (self._limit - size_low) / max(1, size_high - size_low)
                middle = min(max(low + int((high - low) * share), low + 1), high - 1)
            size = self._size(start, middle)
            if size <= self._limit:
                low, size_low = middle, size
            else:
                high, size_high = middle, size
            is_guess = not is_guess
        return low

    def _place(self, start: int, reach: int) -> int:
        """The best place for a cut after `start`; what it leaves before `reach` and white space fits."""
        straddling = _around(self._whole, reach)
        if straddling and straddling[0] > start and self._fits(*straddling):
            reach = straddling[0]
        limit = self._with_white_space(reach)
        for ends, share in LEVELS:
            least = start + max(1, int((reach - start) * share))
            for place in reversed([found.end() for found in ends.finditer(self._text, start, limit)]):
                if place < least:
                    break
                if self._is_allowed(place, reach, is_line=ends in (PARAGRAPH, LINE)):
                    return place
        return self._between_graphemes(start, reach)

    def _with_white_space(self, reach: int) -> int:
        """A little further: white space just behind the reach ends a word or a line too, and goes at the cut."""
        limit, most = reach, 1 if _around(self._blocks, reach) else 2
        while limit < min(reach + most, len(self._text)) and self._text[limit].isspace():
            limit += 1
        return limit

    def _is_allowed(self, place: int, reach: int, *, is_line: bool) -> bool:
        inside = _around(self._whole, place)
        if (inside and inside[1] <= reach) or (not is_line and _around(self._blocks, place)):
            return False
        # White space can carry a combining mark.
        grapheme = GRAPHEME.match(self._text[place - 1 : place + 1])
        return grapheme is not None and grapheme.end() == 1

    def _between_graphemes(self, start: int, reach: int) -> int:
        """The last end of a grapheme at or before `reach`; a place inside it if it is too long by itself."""
        if FLAG_LETTER.match(self._text[reach - 1]) and FLAG_LETTER.match(self._text[reach]):
            return self._between_flags(start, reach)
        pair = PLAIN_PAIR.search(self._text, max(start, reach - WINDOW), reach)
        begin = pair.end() if pair else start
        ends = []
        for found in GRAPHEME.finditer(self._text[begin : reach + AHEAD]):
            if begin + found.end() > reach:
                break
            ends.append(begin + found.end())
        if not ends:
            return begin if begin > start else reach
        for end in reversed(ends[-STEPS_BACK:]):
            if self._text[end] not in NOT_FIRST and not _around(self._whole, end):
                return end
        return ends[-1]

    def _between_flags(self, start: int, reach: int) -> int:
        """The same in a row of flags, which are pairs of letters: the pattern would look back to the first for each."""
        begin = reach
        while begin > start and FLAG_LETTER.match(self._text[begin - 1]):
            begin -= 1
        place = reach - (reach - begin) % 2
        return place if place > start else reach

    def _trim(self, start: int, place: int) -> Range:
        """The part's end and the next part's beginning: white space around `place` goes; in a block one line end."""
        text = self._text
        if _around(self._blocks, place):
            return (place - 1 if text[place - 1] == "\n" and place - 1 > start else place), place
        end = following = place
        while end > start and text[end - 1].isspace():
            end -= 1
        while following < len(text) and text[following].isspace():
            following += 1
        # A line's indentation belongs to it.
        line = text.rfind("\n", end, following) + 1
        return end, line or following


def _outermost(ranges: Sequence[Range]) -> list[Range]:
    """Sorted ranges without those inside others."""
    found: list[Range] = []
    for first, last in ranges:
        if not found or first >= found[-1][1]:
            found.append((first, last))
    return found


def _around(ranges: Sequence[Range], place: int) -> Range | None:
    """The range that a cut at `place` would go through."""
    index = bisect_left(ranges, (place, -1)) - 1
    return ranges[index] if index >= 0 and ranges[index][1] > place else None
