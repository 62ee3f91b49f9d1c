"""The names of units and currencies in both languages, with the unit that stands for all of its names."""

from __future__ import annotations

UNITS: dict[str, tuple[str, float]] = {
    name: (unit, factor)
    for unit, factor, names in (
        ("mg", 1, "毫克 mg milligram milligrams"),
        ("g", 1, "克 g gram grams gramme grammes"),
        ("g", 500, "斤 市斤 catty catties jin"),
        ("g", 50, "两"),
        ("kg", 1, "公斤 千克 kg kgs kilo kilos kilogram kilograms"),
        ("t", 1, "吨 tonne tonnes ton tons"),
        ("lb", 1, "磅 lb lbs"),
        ("oz", 1, "盎司 oz ounce ounces"),
        ("mm", 1, "毫米 mm millimeter millimeters millimetre millimetres"),
        ("cm", 1, "厘米 公分 cm cms centimeter centimeters centimetre centimetres"),
        ("m", 1, "米 m meter meters metre metres"),
        ("km", 1, "公里 千米 km kms kilometer kilometers kilometre kilometres"),
        ("in", 1, "英寸 寸 inch inches"),
        ("ft", 1, "英尺 ft foot feet"),
        ("yd", 1, "yard yards"),
        ("mi", 1, "英里 mile miles"),
        ("m2", 1, "平方米 平米 平方 m2 sqm"),
        ("m3", 1, "立方米 立方 m3"),
        ("ml", 1, "毫升 ml milliliter milliliters millilitre millilitres"),
        ("l", 1, "升 l liter liters litre litres"),
        ("gal", 1, "加仑 gallon gallons"),
        ("KB", 1, "kb"),
        ("MB", 1, "mb"),
        ("GB", 1, "gb"),
        ("TB", 1, "tb"),
        ("mAh", 1, "毫安 毫安时 mah"),
        ("W", 1, "瓦 w watt watts"),
        ("kW", 1, "千瓦 kw"),
        ("V", 1, "伏 volt volts"),
        ("°C", 1, "°c 摄氏度"),
        ("piece", 1, "个 件 只 条 张 支 枝 把 台 部 颗 粒 枚 本 根 款 样 piece pieces pc pcs item items unit units"),
        ("piece", 12, "打"),
        ("pair", 1, "双 对 pair pairs"),
        ("box", 1, "盒 箱 box boxes carton cartons"),
        ("bottle", 1, "瓶 bottle bottles"),
        ("bag", 1, "包 袋 bag bags pack packs packet packets sachet sachets"),
        ("set", 1, "套 sets"),
        ("cup", 1, "杯 cup cups"),
        ("can", 1, "罐 cans tins"),
        ("bucket", 1, "桶 bucket buckets"),
        ("roll", 1, "卷 roll rolls"),
        ("portion", 1, "份 portion portions serving servings"),
        ("person", 1, "人 个人 位 名 person persons people guest guests"),
        ("time", 1, "次 遍 回 times"),
        ("order", 1, "单 orders"),
        ("parcel", 1, "parcel parcels package packages"),
        ("room", 1, "间 rooms"),
        ("night", 1, "晚 夜 night nights"),
        ("ticket", 1, "tickets"),
        ("copy", 1, "copies"),
    )
    for name in names.split()
}
"""Name in a message -> the unit it stands for, and how many of it that is."""

MONEY: dict[str, str] = {
    name: currency
    for currency, names in {
        "CNY": "元 块 块钱 圆 人民币 元人民币 块人民币 rmb cny yuan kuai",
        "USD": "美元 美金 美刀 刀 usd us$ $ dollar dollars buck bucks us_dollars us_dollar",
        "EUR": "欧元 欧 eur € euro euros",
        "GBP": "英镑 镑 gbp £ pound pounds quid",
        "HKD": "港币 港元 港纸 元港币 hkd hk$ hong_kong_dollars",
        "JPY": "日元 日币 日圆 円 jpy yen",
        "TWD": "台币 新台币 twd nt$ ntd",
        "KRW": "韩元 韩币 krw ₩ korean_won",
        "SGD": "新币 新加坡元 sgd s$",
        "AUD": "澳元 澳币 aud a$ au$",
        "CAD": "加元 加币 cad c$ ca$",
        "MYR": "马币 令吉 myr rm ringgit",
        "THB": "泰铢 thb ฿ baht",
        "RUB": "卢布 rub ₽ rubles roubles",
        "INR": "卢比 inr ₹ rupees",
    }.items()
    for name in names.replace("_", "\0").split()
    for name in [name.replace("\0", " ")]
}
"""Name after an amount -> ISO 4217 code."""
BEFORE_MONEY = {
    **{name: code for name, code in MONEY.items() if name.endswith("$") or not name.isalnum()},
    **{code.lower(): code for code in set(MONEY.values())},
    "¥": "CNY", "rmb": "CNY", "人民币": "CNY", "港币": "HKD", "美元": "USD", "美金": "USD", "rm": "MYR",
}  # fmt: skip
"""Sign or name before an amount -> ISO 4217 code. `¥` is the yuan, `$` the US dollar."""
CENTS = {"毛": ("CNY", 10), "角": ("CNY", 10), "毛钱": ("CNY", 10), "分钱": ("CNY", 100), "cent": ("USD", 100),
         "cents": ("USD", 100), "¢": ("USD", 100), "pence": ("GBP", 100)}  # fmt: skip
"""Name of a part of a currency -> the currency, and how many of it make one."""

DURATIONS: dict[str, str] = {
    name: unit
    for unit, names in {
        "second": "秒 秒钟 second seconds sec secs",
        "minute": "分钟 minute minutes min mins",
        "quarter": "刻钟",
        "hour": "小时 个小时 钟头 个钟头 个钟 h hour hours hr hrs",
        "day": "天 日 day days",
        "business_day": "工作日 个工作日 business_day business_days working_day working_days",
        "week": "周 星期 个星期 礼拜 个礼拜 week weeks wk wks",
        "fortnight": "fortnight fortnights",
        "month": "个月 月 month months",
        "year": "年 year years yr yrs",
    }.items()
    for name in [each.replace("_", " ") if each.isascii() else each for each in names.split()]
}
"""Name in a message -> unit of time."""
SECONDS = {
    "second": 1, "minute": 60, "quarter": 900, "hour": 3600, "day": 86400, "business_day": 86400, "week": 604800,
    "fortnight": 1209600, "month": 2592000, "year": 31536000,
}  # fmt: skip
"""A month counts 30 days and a year 365."""
