"""Entities: what a message names, with exact offsets in the original and a value as plain JSON.

| kind | value |
| --- | --- |
| `number` | a number |
| `ordinal` | a whole number from 1; -1 is the last one, -2 the one before |
| `percentage` | a number: 50 is 50 % |
| `quantity` | `{"amount": 3, "unit": "kg"}`; measures by sign, counted things as `piece`, `pair`, ... |
| `money` | `{"amount": 320, "currency": "CNY"}`, the currency as in ISO 4217 |
| `date` | `2026-11-27` |
| `time` | `15:00` |
| `datetime` | `2026-11-27T15:00:00+08:00`, with the offset of the bot's time zone |
| `date_range` | `{"start": "2026-11-30", "end": "2026-12-04"}`; the end is a day of it |
| `time_range`, `datetime_range` | `{"start": ..., "end": ...}`; the end is the instant at which it is over |
| `duration` | `{"seconds": 5400, "iso": "PT1H30M", "amount": 1.5, "unit": "hour"}` |
| `phone` | E.164: `+8613800138000` |
| `email` | the address, its domain in lower case |
| `url` | the address as it was written |
| `order_id` | in capitals |
| `cn_id`, `bank_card`, `iban` | without blanks; the check digits are right |
| `place` | the name in Chinese for places in China, in English for others |

Only numbers, dates and the like that stand by themselves are given: the longest find wins, so `下周三下午3点` is one
`datetime` and holds no `number`. Lists and patterns of the admin's own are given beside what is built in.
"""

from botcore.nlu.entities.extractor import Extractor
from botcore.nlu.entities.pieces import KINDS
from botcore.nlu.entities.values import check_entities

__all__ = ["KINDS", "Extractor", "check_entities"]
