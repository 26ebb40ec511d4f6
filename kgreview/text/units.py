"""Units of measurement and of money, by the words people write for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from kgreview.text.tidy import fold

DURATION = "duration"
MONEY = "money"


class Unit(NamedTuple):
    """A unit: ``amount * factor + offset`` is in the base unit of its dimension."""

    name: str
    dimension: str
    factor: float
    offset: float = 0.0

    def to_base(self, amount: float) -> float:
        """Give an amount of this unit in the base unit, to twelve digits: 57 cm are 0.57 m."""
        if self.factor == 1 and not self.offset:
            return amount
        return float(f"{amount * self.factor + self.offset:.12g}")

    def from_base(self, amount: float) -> float:
        """Give an amount of the base unit in this one, to twelve digits."""
        return float(f"{(amount - self.offset) / self.factor:.12g}")


# by dimension, the base unit first: name, factor, other words; a plural in s need not be listed
_TABLE: dict[str, tuple[tuple[str, float, str], ...]] = {
    "length": (
        ("m", 1, "metre, meter, metro, metri, mtr, м, метр, метра, метров, 米, メートル, 미터"),
        ("mm", 0.001, "millimetre, millimeter, мм, 毫米"),
        ("cm", 0.01, "centimetre, centimeter, см, 厘米, 公分, センチ"),
        ("dm", 0.1, "decimetre, decimeter, дм"),
        ("km", 1000, "kilometre, kilometer, км, 公里, 千米, キロ"),
        ("in", 0.0254, '", inch, inche, zoll, pouce, pulgada, pollice, pollici, дюйм, 英寸'),
        ("ft", 0.3048, "', foot, feet, fuß, pied, pie, piedi, 英尺"),
        ("yd", 0.9144, "yard"),
        ("mi", 1609.344, "mile, meile, meilen, 英里"),
        ("nmi", 1852, "nautical mile"),
    ),
    "area": (
        ("m2", 1, "sq m, sqm, qm, square metre, square meter, quadratmeter, кв м, 平方米"),
        ("cm2", 0.0001, "sq cm, qcm"),
        ("km2", 1e6, "sq km, qkm, square kilometre, square kilometer, кв км, 平方公里"),
        ("ha", 1e4, "hectare, hektar, га, 公顷"),
        ("acre", 4046.8564224, "ac"),
        ("ft2", 0.09290304, "sq ft, sqft, square feet, square foot"),
        ("mi2", 2589988.110336, "sq mi, square mile"),
    ),
    "volume": (
        ("l", 1, "litre, liter, litro, ltr, л, литр, литра, литров, 升, リットル"),
        ("ml", 0.001, "millilitre, milliliter, мл, 毫升"),
        ("cl", 0.01, "centilitre, centiliter"),
        ("dl", 0.1, "decilitre, deciliter"),
        ("cm3", 0.001, "cc, ccm, cubic centimetre, cubic centimeter"),
        ("m3", 1000, "cbm, cubic metre, cubic meter, kubikmeter, куб м"),
        ("fl oz", 0.0295735295625, "floz, fluid ounce"),
        ("gal", 3.785411784, "gallon, us gal"),
    ),
    "mass": (
        ("kg", 1, "kilo, kilogram, kilogramm, kilogramme, кг, килограмм, 公斤, 千克"),
        ("g", 0.001, "gr, gram, gramm, gramme, г, грамм, 克, グラム"),
        ("mg", 1e-6, "milligram, milligramm, milligramme, мг, 毫克"),
        ("t", 1000, "tonne, tonnen, metric ton, т, тонн, 吨"),
        ("lb", 0.45359237, "pound, pfund, livre, libra"),
        ("oz", 0.028349523125, "ounce, unze"),
    ),
    "data": (
        ("B", 1, "byte, octet"),
        ("kB", 1e3, "kbyte, kilobyte, ko, кб"),
        ("MB", 1e6, "mbyte, megabyte, mo, мб"),
        ("GB", 1e9, "gbyte, gigabyte, go, гб"),
        ("TB", 1e12, "tbyte, terabyte, тб"),
        ("KiB", 2**10, "kibibyte"),
        ("MiB", 2**20, "mebibyte"),
        ("GiB", 2**30, "gibibyte"),
        ("TiB", 2**40, "tebibyte"),
        ("Mbit", 125e3, "megabit"),
        ("Gbit", 125e6, "gigabit"),
    ),
    "data rate": (
        ("bit/s", 1, "bps"),
        ("kbit/s", 1e3, "kbps, kb/s"),
        ("Mbit/s", 1e6, "mbps, mb/s"),
        ("Gbit/s", 1e9, "gbps, gb/s"),
    ),
    "frequency": (
        ("Hz", 1, "hertz, гц"),
        ("kHz", 1e3, "kilohertz, кгц"),
        ("MHz", 1e6, "megahertz, мгц"),
        ("GHz", 1e9, "gigahertz, ггц"),
    ),
    "speed": (
        ("km/h", 1, "kmh, kph, км/ч"),
        ("m/s", 3.6, "м/с"),
        ("mph", 1.609344, "mi/h"),
        ("kn", 1.852, "knot"),
    ),
    "power": (
        ("W", 1, "watt, вт"),
        ("kW", 1e3, "kilowatt, квт"),
        ("MW", 1e6, "megawatt, мвт"),
        ("GW", 1e9, "gigawatt"),
        ("hp", 745.69987158227, "horsepower, bhp"),
        ("PS", 735.49875, "ch, cv, лс"),
    ),
    "energy": (
        ("kJ", 1, "kilojoule, кдж"),
        ("J", 0.001, "joule, дж"),
        ("kcal", 4.184, "kilocalorie, ккал"),
        ("kWh", 3600, "kilowatt hour, квтч"),
    ),
    "voltage": (("V", 1, "volt"), ("kV", 1e3, "kilovolt"), ("mV", 1e-3, "millivolt")),
    "current": (("A", 1, "amp, ampere"), ("mA", 1e-3, "milliamp")),
    "charge": (("Ah", 1, ""), ("mAh", 1e-3, "")),
    "temperature": (("°C", 1, "celsius, degrees celsius"), ("°F", 5 / 9, "fahrenheit"),
                    ("K", 1, "kelvin")),
    "period": (
        ("year", 1, "yr, jahr, jahre, jahren, ans, année, año, anni, лет, год, года, 歳, 岁"),
        ("month", 1 / 12, "monat, monate, monaten, mois, mes, mesi, месяц, месяца, месяцев"),
    ),
    "proportion": (
        ("%", 1, "percent, pct, per cent, prozent, procent, por ciento, % vol, vol %, % abv"),
        ("‰", 0.1, "per mille, promille"),
        ("fraction", 100, ""),
    ),
    MONEY: (
        ("USD", 1, "$, us$, us dollar, dollar"),
        ("EUR", 1, "€, euro, евро"),
        ("GBP", 1, "£, pound sterling"),
        ("JPY", 1, "¥, yen, 円"),
        ("CNY", 1, "rmb, yuan, cn¥, 元"),
        ("INR", 1, "₹, rs, rupee"),
        ("CHF", 1, "sfr, fr, franken"),
        ("CAD", 1, "ca$, c$"),
        ("AUD", 1, "au$, a$"),
        ("BRL", 1, "r$"),
        ("MXN", 1, "mx$"),
        ("RUB", 1, "₽, руб, рублей, рубля, рубль"),
        ("UAH", 1, "₴, грн"),
        ("PLN", 1, "zł, złotych"),
        ("CZK", 1, "kč"),
        ("HUF", 1, "forint"),
        ("SEK", 1, ""),
        ("NOK", 1, ""),
        ("DKK", 1, ""),
        ("kr", 1, "krone, kronor, kroner"),
        ("KRW", 1, "₩, won, 원"),
        ("TRY", 1, "₺, tl"),
        ("ILS", 1, "₪"),
        ("VND", 1, "₫, đ"),
    ),
    DURATION: (
        ("s", 1, 'sec, second, seconde, segundo, secondo, sekunde, sekunden, sekunder, ", с,'
                 " сек, секунд, секунды, секунда, 秒, 초"),
        ("ms", 0.001, "msec, milli, millisecond, milliseconde, millisekunde, millisekunden, мс"),
        ("min", 60, "m, ', minute, minuten, minuto, minuti, minutter, minuut, м, мин, минут,"
                    " минуты, минута, 分, 分钟, 分鐘, 분"),
        ("h", 3600, "hr, hour, std, stunde, stunden, heure, hora, ora, ore, uur, uren, timer,"
                    " timmar, godz, ч, час, часа, часов, 小时, 小時, 時間, 시간"),
        ("d", 86400, "day, tag, tage, tagen, jour, día, giorno, giorni, dag, dagen, день, дня,"
                     " дней, 天, 日間, 일"),
        ("week", 604800, "wk, woche, wochen, semaine, semana, settimana, settimane, 周"),
    ),
}  # fmt: skip
_OFFSETS = {"°F": -160 / 9, "K": -273.15}
_ALONE = frozenset("k")  # thousands, where no dimension says kelvin
# letters that are a unit in a column of its dimension alone, where many others are
_LETTERS = {
    "data": {"k": "kB", "m": "MB", "g": "GB", "t": "TB"},
    "temperature": {"c": "°C", "f": "°F", "k": "K"},
}
_NO_UNITS = frozenset("MGSTKBb")  # alone they are million, billion, generation, size …
_MAGNITUDES = {
    "k": 1e3, "thousand": 1e3, "tausend": 1e3, "mille": 1e3, "mil": 1e3, "тыс": 1e3, "千": 1e3,
    "万": 1e4, "萬": 1e4, "만": 1e4, "lakh": 1e5, "crore": 1e7,
    "million": 1e6, "millionen": 1e6, "millones": 1e6, "milioni": 1e6, "mio": 1e6, "mln": 1e6,
    "mill": 1e6, "млн": 1e6, "亿": 1e8, "億": 1e8, "억": 1e8,
    "billion": 1e9, "bn": 1e9, "milliarde": 1e9, "milliarden": 1e9, "milliard": 1e9, "mrd": 1e9,
    "miliardi": 1e9, "mld": 1e9, "млрд": 1e9, "trillion": 1e12,
}  # fmt: skip
_MONEY_MAGNITUDES = {"m": 1e6, "mm": 1e6, "b": 1e9, "t": 1e12}  # $1.2M, £3b
# a unit that is written as a single letter, or is another word, too, wants one of these beside it
_WANTED_BESIDE = {
    "s": {"time", "duration", "runtime", "length", "running", "elapsed"},
    "min": {"time", "duration", "runtime", "length", "running", "playing", "playtime"},
    "h": {"time", "duration", "runtime", "length", "running", "elapsed"},
    "l": {"volume", "capacity", "content"},
    "in": {"height", "width", "length", "depth", "size", "diameter", "screen", "display"},
}
_CLEAR_IN_ATTRIBUTES = frozenset({
    "mm", "cm", "km", "km2", "m2", "m3", "ft", "feet", "inch", "inches", "miles", "meter",
    "meters", "metre", "metres", "hectares", "ha", "kg", "mg", "gram", "grams", "lb", "lbs",
    "pounds", "oz", "ounces", "tonnes", "ml", "cl", "liters", "litres", "ms", "msec", "sec",
    "secs", "seconds", "millis", "milliseconds", "mins", "minutes", "minuten", "hr", "hrs",
    "hours", "stunden", "days", "weeks", "months", "years", "bytes", "kb", "mb", "gb", "tb",
    "mib", "gib", "kbps", "mbps", "hz", "khz", "mhz", "ghz", "kmh", "mph", "watts", "kw", "mw",
    "hp", "volts", "mah", "percent", "pct", "usd", "eur", "gbp", "jpy", "cny", "inr", "chf",
    "dollars", "euros", "celsius", "fahrenheit", "kcal", "sq m", "sq km", "sq ft", "sq mi",
})  # fmt: skip
_TIME_WORDS = frozenset(
    {"time", "duration", "runtime", "running", "playtime", "playing", "elapsed"}
)


def dimensions() -> tuple[str, ...]:
    """Give the dimensions a number can have; durations are no numbers."""
    return tuple(name for name in _TABLE if name != DURATION)


@cache
def units_of(dimension: str) -> Mapping[str, Unit]:
    """Give the units of a dimension by name, the base unit first; empty for an unknown one."""
    return {
        name: Unit(name, dimension, factor, _OFFSETS.get(name, 0.0))
        for name, factor, _ in _TABLE.get(dimension, ())
    }


@lru_cache(maxsize=4096)
def find_unit(word: str, dimension: str = "") -> Unit | None:
    """Find the unit that people mean by a word, first among those of ``dimension``.

    >>> find_unit("Std.").name, find_unit("m").name, find_unit("m", "duration").name
    ('h', 'm', 'min')
    """
    key = unit_word(word)
    own = _words(dimension).get(key) if dimension else None
    if own is None and word not in _NO_UNITS:
        own = _words("").get(key)
    return own


def unit_word(word: str) -> str:
    """Fold a word so that its plural and its abbreviation are the same: Pages, page."""
    folded = fold(word.replace("^", "")).replace(".", " ")
    key = " ".join(folded.split())
    return key[:-1] if len(key) > 2 and key.endswith("s") and key[-2] not in " /" else key


def magnitude(word: str, *, money: bool = False) -> float | None:
    """Give what a word multiplies a number by, as million does; ``None`` for other words."""
    key = unit_word(word)
    return _MAGNITUDES.get(key) or (_MONEY_MAGNITUDES.get(key) if money else None)


def unit_of_attribute(words: Sequence[str]) -> Unit | None:
    """Find the unit that the words of an attribute name: runtime minutes, height cm.

    ``words``: in order, in lower case. The last unit counts. A word that is as often no unit (min,
    in, s) is one only beside words like length or duration.
    """
    for i in range(len(words) - 1, -1, -1):
        name = " ".join(words[i : i + 2]) if words[i] in ("sq", "square") else words[i]
        if i + 1 < len(words) and words[i + 1] in ("2", "3"):
            name += words[i + 1]
        if name in _CLEAR_IN_ATTRIBUTES or _is_meant(name, words, last=i + 1 == len(words)):
            return find_unit(name)
    return None


def _is_meant(name: str, words: Sequence[str], *, last: bool) -> bool:
    """Tell whether a word that is as often no unit is one here."""
    return last and (name in ("m", "g") or not _WANTED_BESIDE.get(name, set()).isdisjoint(words))


def is_about_time(words: Sequence[str]) -> bool:
    """Tell whether the words of an attribute speak of a duration."""
    return not _TIME_WORDS.isdisjoint(words)


@cache
def _words(dimension: str) -> dict[str, Unit]:
    """Units of a dimension, or of all, by folded word; the first to claim a word has it."""
    letters = _LETTERS.get(dimension, {})
    by_word = {letter: units_of(dimension)[unit] for letter, unit in letters.items()}
    for name in (dimension,) if dimension else _TABLE:
        units = units_of(name)
        for unit, _, words in _TABLE[name]:
            for word in (unit, *words.split(", ")):
                if not dimension and unit_word(word) in _ALONE:
                    continue
                by_word.setdefault(unit_word(word), units[unit])
    by_word.pop("", None)
    return by_word
