"""Whether a name that comes round means the last one: `我周一买的`, `I ordered on Monday`."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

from botcore.nlu.entities.pieces import Reading
from botcore.nlu.entities.when import When

BEFORE = re.compile(
    r"(?<![a-z])(?:ordered|bought|purchased|paid|arrived|came|received|delivered|got|called|was|were|did|didn't"
    r"|shipped|placed"
    r"|happened|sent|returned|booked|signed|wrote|emailed|asked|since|ago)(?![a-z])[^,.;?!]{0,40}$"
)
AFTER = re.compile(
    "[^ ,。!?;]{0,6}?(?:买|下|拍|付|收|签收|寄|发|到|订|定|购|退|说|联系|打|换|送|申请|预约|下单|购买|付款|收到|发货"
    "|寄出)(?:的|了|过)"
)
NOT_PAST = re.compile("(?:能|会|可以|要|想|将|到了)")
REACH_DAYS = (7, 31, 62, 366, 1500)


def told_back(when: When, reading: Reading) -> When:
    """The time, at its last return where the words around it speak of the past."""
    if when.again is None or when.first is None or when.last is not None:
        return when
    text = reading.folded
    after = AFTER.match(text, when.end) if reading.has_han else None
    is_past = BEFORE.search(text[max(0, when.start - 60) : when.start]) is not None
    if after is not None and not NOT_PAST.search(after.group()):
        is_past = True
    if not is_past or when.first <= reading.today:
        return when
    found = last_before(when, reading.today)
    return replace(when, first=found, again=None) if found else when


def last_before(when: When, today: date) -> date | None:
    """The last such day before today."""
    if when.again is None:
        return None
    for days in REACH_DAYS:
        found = when.again(today - timedelta(days))
        if found < today:
            while (later := when.again(found + timedelta(1))) < today:
                found = later
            return found
    return None
