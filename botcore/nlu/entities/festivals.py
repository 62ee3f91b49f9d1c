"""Feast days by name, in both languages, and on which day of a year each falls.

The Chinese calendar follows the sun and the moon as they are computed in Beijing (GB/T 33661-2017): no short formula
gives it, and the tables of the libraries that do are larger than this one. It is checked against `holidays`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

LUNAR = {
    int(row[:4]): row.split()[1:]
    for row in """\
2020 0125 0625 0825 1001 1025|2021 0212 0614 0814 0921 1014|2022 0201 0603 0804 0910 1004|2023 0122 0622 0822 0929 1023
2024 0210 0610 0810 0917 1011|2025 0129 0531 0829 1006 1029|2026 0217 0619 0819 0925 1018|2027 0206 0609 0808 0915 1008
2028 0126 0528 0826 1003 1026|2029 0213 0616 0816 0922 1016|2030 0203 0605 0805 0912 1005|2031 0123 0624 0824 1001 1024
2032 0211 0612 0812 0919 1012|2033 0131 0601 0801 0908 1001|2034 0219 0620 0820 0927 1020|2035 0208 0610 0810 0916 1009
2036 0128 0530 0828 1004 1027|2037 0215 0618 0817 0924 1017|2038 0204 0607 0807 0913 1007|2039 0124 0527 0826 1002 1026
2040 0212 0614 0814 0920 1014|2041 0201 0603 0803 0910 1003|2042 0122 0622 0822 0928 1022|2043 0210 0611 0811 0917 1011
2044 0130 0531 0731 1005 1029|2045 0217 0619 0819 0925 1018|2046 0206 0608 0808 0915 1008|2047 0126 0529 0827 1004 1027
2048 0214 0615 0816 0922 1016|2049 0202 0604 0805 0911 1005|2050 0123 0623 0823 0930 1024""".replace("\n", "|").split(
        "|"
    )
}
"""Year -> month and day of 1/1 (Spring Festival), 5/5 (Dragon Boat), 7/7 (Qixi), 8/15 (Mid-Autumn), 9/9."""

On = Callable[[int], date | None]


def _lunar(place: int, later: int = 0) -> On:
    def on(year: int) -> date | None:
        if year not in LUNAR:
            return None
        day = LUNAR[year][place]
        return date(year, int(day[:2]), int(day[2:])) + timedelta(later)

    return on


def _fixed(month: int, day: int) -> On:
    return lambda year: date(year, month, day)


def _weekday(month: int, weekday: int, count: int, later: int = 0) -> On:
    """The `count`-th weekday (0 is Monday) of a month; the last one for -1."""

    def on(year: int) -> date:
        if count < 0:
            end = date(year, month, 31)
            return end - timedelta((end.weekday() - weekday) % 7)
        first = date(year, month, 1)
        return first + timedelta((weekday - first.weekday()) % 7 + 7 * (count - 1) + later)

    return on


def qingming(year: int) -> date | None:
    """Tomb-Sweeping Day: the Sun at 15 degrees; this approximation is right from 2000 to 2099."""
    if not 2000 <= year <= 2099:
        return None
    short = year % 100
    return date(year, 4, int(short * 0.2422 + 4.81) - short // 4)


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Meeus, Astronomical Algorithms, chapter 8)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (a + 11 * h) // 319
    r = (2 * e + 2 * i - k - h + m + 32) % 7
    month = (h - m + r + 90) // 25
    return date(year, month, (h - m + r + month + 19) % 32)


def _good_friday(year: int) -> date:
    return easter(year) - timedelta(2)


FESTIVALS: dict[str, On] = {
    name: on
    for on, names in (
        (_fixed(1, 1), "元旦节|元旦|new year's day|new years day|new year's|new year"),
        (_lunar(0), "春节|大年初一|正月初一|农历新年|过年|spring festival|chinese new year|lunar new year"),
        (_lunar(0, -1), "除夕夜|除夕|大年三十|年三十|大年夜|chinese new year's eve|lunar new year's eve"),
        (_lunar(0, 14), "元宵节|元宵|正月十五|lantern festival"),
        (_lunar(1), "端午节|端午|dragon boat festival|dragon boat"),
        (_lunar(2), "七夕节|七夕|qixi"),
        (_lunar(3), "中秋节|中秋|mid-autumn festival|mid autumn festival|mid-autumn|moon festival"),
        (_lunar(4), "重阳节|重阳|double ninth festival|double ninth"),
        (qingming, "清明节|清明|qingming|tomb-sweeping day|tomb sweeping day"),
        (_fixed(2, 14), "情人节|valentine's day|valentines day|valentine's"),
        (_fixed(3, 8), "妇女节|三八节|三八妇女节|女神节|women's day"),
        (_fixed(5, 1), "五一节|五一劳动节|劳动节|五一|may day"),
        (_fixed(6, 1), "六一儿童节|儿童节|六一|children's day"),
        (_fixed(6, 18), "六一八|618大促|618活动|618购物节|618"),
        (_fixed(7, 4), "independence day|4th of july|fourth of july"),
        (_fixed(9, 10), "教师节|teachers' day|teacher's day"),
        (_fixed(10, 1), "国庆节|国庆|十一国庆|national day"),
        (_fixed(10, 31), "万圣节|万圣夜|halloween"),
        (_fixed(11, 11), "双十一|双11|光棍节|singles' day|singles day|double 11|double eleven|11.11"),
        (_fixed(12, 12), "双十二|双12|double 12|double twelve|12.12"),
        (_fixed(12, 24), "平安夜|christmas eve|xmas eve"),
        (_fixed(12, 25), "圣诞节|圣诞|christmas day|christmas|xmas|x-mas"),
        (_fixed(12, 26), "boxing day"),
        (_fixed(12, 31), "跨年夜|new year's eve|new years eve|nye"),
        (easter, "复活节|easter sunday|easter"),
        (_good_friday, "good friday"),
        (_weekday(5, 6, 2), "母亲节|mother's day|mothers day"),
        (_weekday(6, 6, 3), "父亲节|father's day|fathers day"),
        (_weekday(5, 0, -1), "memorial day"),
        (_weekday(9, 0, 1), "labor day|labour day"),
        (_weekday(11, 3, 4), "感恩节|thanksgiving day|thanksgiving"),
        (_weekday(11, 3, 4, 1), "黑色星期五|黑五|black friday"),
        (_weekday(11, 3, 4, 4), "网络星期一|cyber monday"),
    )
    for name in names.split("|")
}
"""Name in a message -> its day in a year; None where the table ends."""

HOLIDAYS: dict[str, tuple[int, int]] = {
    "春节": (-1, 6), "国庆": (0, 6), "国庆节": (0, 6), "五一": (0, 4), "劳动节": (0, 4), "元旦": (0, 0), "清明": (0, 0),
    "端午": (0, 0), "中秋": (0, 0), "过年": (-1, 6), "圣诞": (-1, 1), "圣诞节": (-1, 1),
    "chinese new year": (-1, 6), "spring festival": (-1, 6), "national day": (0, 6), "lunar new year": (-1, 6),
}  # fmt: skip
"""Feast -> first and last day of the holiday around it, counted from the feast; days off by the law of 2025."""
