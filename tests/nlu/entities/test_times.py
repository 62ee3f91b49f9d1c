"""Dates, hours and stretches of time. It is Tuesday, 24 November 2026, 10 in the morning, in Shanghai."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import holidays
import pytest

from botcore.errors import ConfigError
from botcore.nlu.entities import Extractor
from botcore.nlu.entities.festivals import FESTIVALS, LUNAR, easter, qingming


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("今天", "2026-11-24"),
        ("大后天", "2026-11-27"),
        ("昨天", "2026-11-23"),
        ("周四", "2026-11-26"),
        ("下周三", "2026-12-02"),
        ("上周五", "2026-11-20"),
        ("这周一", "2026-11-23"),
        ("5月1日", "2027-05-01"),
        ("2026年11月24日", "2026-11-24"),
        ("下个月3号", "2026-12-03"),
        ("二〇二六年五月一日", "2026-05-01"),
        ("3号", "2026-12-03"),
        ("月底", "2026-11-30"),
        ("三天后", "2026-11-27"),
        ("半年前", "2026-05-24"),
        ("国庆节", "2027-10-01"),
        ("除夕", "2027-02-05"),
        ("中秋", "2027-09-15"),
        ("清明", "2027-04-05"),
        ("去年双十一", "2025-11-11"),
        ("tomorrow", "2026-11-25"),
        ("the day after tomorrow", "2026-11-26"),
        ("next Friday", "2026-12-04"),
        ("Friday", "2026-11-27"),
        ("last Monday", "2026-11-23"),
        ("in two weeks", "2026-12-08"),
        ("3 days ago", "2026-11-21"),
        ("Nov 24th", "2026-11-24"),
        ("24 November 2026", "2026-11-24"),
        ("end of the month", "2026-11-30"),
        ("Christmas", "2026-12-25"),
        ("Black Friday", "2026-11-27"),
        ("2026-12-24", "2026-12-24"),
        ("20261224", "2026-12-24"),
        ("Mon 23 Nov", "2026-11-23"),
        ("大年初三", "2027-02-08"),
    ],
)
def test_a_day_is_the_one_that_is_meant(found, text, day):
    assert found(text) == [("date", text, day)]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("11/12", "2027-11-12"),
        ("13/11", "2027-11-13"),
        ("12/3", "2026-12-03"),
        ("24/11/2026", "2026-11-24"),
        ("3/12/2026", "2026-03-12"),
    ],
)
def test_the_month_comes_first_where_both_could_be_it(found, text, day):
    assert found(text) == [("date", text, day)]
    assert found(text, language="zh") == [("date", text, day)]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("我周一买的", "2026-11-23"),
        ("11月3号下的单", "2026-11-03"),
        ("双十一买的", "2026-11-11"),
        ("I ordered on Friday", "2026-11-20"),
        ("it came on the 20th", "2026-11-20"),
        ("周一要买", "2026-11-30"),
    ],
)
def test_a_name_that_comes_round_is_the_last_one_where_words_speak_of_the_past(found, text, day):
    assert [value for _, _, value in found(text)] == [day]


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("上午十点半", "10:30"),
        ("下午3点一刻", "15:15"),
        ("晚上八点", "20:00"),
        ("凌晨两点", "02:00"),
        ("中午12点", "12:00"),
        ("3点", "15:00"),
        ("9点", "09:00"),
        ("15:30", "15:30"),
        ("03:30", "03:30"),
        ("晚上12点", "00:00"),
        ("差一刻九点", "08:45"),
        ("下午2：30", "14:30"),
        ("half past seven", "07:30"),
        ("quarter to nine", "08:45"),
        ("noon", "12:00"),
        ("midnight", "00:00"),
        ("3pm", "15:00"),
        ("12am", "00:00"),
        ("six o'clock", "18:00"),
        ("seven thirty", "07:30"),
    ],
)
def test_an_hour_is_the_one_at_which_shops_are_open(found, text, hour):
    assert found(text) == [("time", text, hour)]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("下周三下午3点", "datetime", "2026-12-02T15:00:00+08:00"),
        ("next Friday at 3", "datetime", "2026-12-04T15:00:00+08:00"),
        ("昨晚11点", "datetime", "2026-11-23T23:00:00+08:00"),
        ("明天晚上12点", "datetime", "2026-11-26T00:00:00+08:00"),
        ("3pm tomorrow", "datetime", "2026-11-25T15:00:00+08:00"),
        ("两小时前", "datetime", "2026-11-24T08:00:00+08:00"),
        ("in half an hour", "datetime", "2026-11-24T10:30:00+08:00"),
        ("2026-11-24T15:30:00Z", "datetime", "2026-11-24T23:30:00+08:00"),
        ("周一到周五", "date_range", ("2026-11-30", "2026-12-04")),
        ("本周末", "date_range", ("2026-11-28", "2026-11-29")),
        ("next month", "date_range", ("2026-12-01", "2026-12-31")),
        ("Nov 24 to 26", "date_range", ("2026-11-24", "2026-11-26")),
        ("春节期间", "date_range", ("2027-02-05", "2027-02-12")),
        ("9点到11点", "time_range", ("09:00", "11:00")),
        ("2-4pm", "time_range", ("14:00", "16:00")),
        ("早9晚6", "time_range", ("09:00", "18:00")),
        ("8am to noon tomorrow", "datetime_range", ("2026-11-25T08:00:00+08:00", "2026-11-25T12:00:00+08:00")),
        ("11am to 2pm", "time_range", ("11:00", "14:00")),
        ("下周三下午", "datetime_range", ("2026-12-02T12:00:00+08:00", "2026-12-02T18:00:00+08:00")),
        ("tonight from 7 to 9", "datetime_range", ("2026-11-24T19:00:00+08:00", "2026-11-24T21:00:00+08:00")),
        ("明天下午2点到4点", "datetime_range", ("2026-11-25T14:00:00+08:00", "2026-11-25T16:00:00+08:00")),
    ],
)
def test_days_and_hours_beside_each_other_are_one_thing(found, text, kind, value):
    expected = {"start": value[0], "end": value[1]} if isinstance(value, tuple) else value
    assert found(text) == [(kind, text, expected)]


@pytest.mark.parametrize(
    "text",
    [
        "晚上好",
        "good morning",
        "每周三",
        "every Friday",
        "有三点建议",
        "一点都不",
        "march on",
        "I sat down",
    ],
)
def test_what_only_sounds_like_a_time_is_none(found, text):
    assert found(text) == []


def test_always_open_is_no_date(found):
    assert {kind for kind, _, _ in found("open 24/7")} == {"number"}


def test_days_are_reckoned_in_the_bots_time_zone():
    late = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
    (shanghai,) = Extractor("Asia/Shanghai").extract("tomorrow", late)
    (york,) = Extractor("America/New_York").extract("tomorrow", late)
    assert (shanghai.value, york.value) == ("2026-11-26", "2026-11-25")


def test_the_offset_is_that_of_the_day_meant():
    before = datetime(2026, 10, 30, 12, 0, tzinfo=UTC)
    (entity,) = Extractor("Europe/Berlin").extract("Oct 31 at 3pm", before)
    assert entity.value == "2026-10-31T15:00:00+01:00"
    (entity,) = Extractor("Europe/Berlin").extract("in 36 hours", datetime(2026, 10, 24, 12, 0, tzinfo=UTC))
    assert entity.value == "2026-10-26T01:00:00+01:00", "hours go on while the clock is put back"


def test_a_time_zone_that_does_not_exist_is_named():
    with pytest.raises(ConfigError, match="Mars/Olympus"):
        Extractor("Mars/Olympus")


@pytest.mark.parametrize("year", range(2020, 2041))
def test_the_chinese_feasts_are_those_of_the_almanac(year):
    china = holidays.country_holidays("CN", years=[year], language="en_US")
    hong_kong = holidays.country_holidays("HK", years=[year], language="en_US", observed=False)
    named: dict[str, list[date]] = {}
    for day, names in (*china.items(), *hong_kong.items()):
        for name in names.split("; "):
            named.setdefault(name, []).append(day)
    feasts = {name: FESTIVALS[name](year) for name in ("春节", "端午", "中秋", "重阳", "清明")}
    assert feasts["春节"] in named["Chinese New Year (Spring Festival)"]
    assert feasts["端午"] in named["Dragon Boat Festival"]
    assert feasts["中秋"] in named["Mid-Autumn Festival"]
    assert feasts["重阳"] in named["Double Ninth Festival"]
    assert feasts["清明"] in named["Tomb-Sweeping Day"]
    assert qingming(year) == feasts["清明"]
    united_states = holidays.country_holidays("US", years=[year], language="en_US", observed=False)
    assert united_states.get(FESTIVALS["thanksgiving"](year)) == "Thanksgiving Day"
    germany = holidays.country_holidays("DE", years=[year], language="en_US")
    assert germany.get(easter(year) + timedelta(1)) == "Easter Monday"


def test_the_table_of_feasts_has_no_gap_and_ends_quietly():
    assert sorted(LUNAR) == list(range(2020, 2051))
    assert FESTIVALS["春节"](2051) is None
    assert Extractor("Asia/Shanghai").extract("2060年春节") is not None
