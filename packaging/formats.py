"""Takes how numbers, dates and sizes are written in each language from the Unicode CLDR, which Babel carries.

The app reads the small table that this writes (resources/locale/formats.json) in place of Babel with its 30 MB:

    python3 packaging/dev.py messages      # writes it, too

`en_GB` is English as most of the world writes dates; the United States' own is `en`.
"""

import json
import re
from pathlib import Path

from babel import Locale

LANGUAGES = ("en", "en_GB", "de", "es", "fr", "zh_CN", "ar")
UNITS = ("byte", "kilobyte", "megabyte", "gigabyte", "terabyte")
MONTHS = range(1, 13)
JOINER = "\u2060"
FIELDS = {
    "d": "{day}",
    "dd": "{day:02}",
    "M": "{month}",
    "MM": "{month:02}",
    "MMM": "{month_name}",
    "MMMM": "{month_name}",
    "y": "{year}",
    "yy": "{short_year:02}",
    "H": "{hour}",
    "HH": "{hour:02}",
    "h": "{half_hour}",
    "mm": "{minute:02}",
    "ss": "{second:02}",
    "a": "{half}",
}
"""What the letters of CLDR's patterns are in Python's."""
SEPARATORS = {"ar": "، ", "zh": "、"}
"""What stands between the parts of a list without an “and”, where it is no comma of Latin."""
_PART = re.compile(r"'([^']*)'|([A-Za-z])\2*|[^A-Za-z']+")


def write_formats(root: Path) -> None:
    """Write the table of all languages."""
    file = root / "resources/locale/formats.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    table = {language: formats_of(language) for language in LANGUAGES}
    file.write_text(json.dumps(table, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")


def formats_of(language: str) -> dict[str, object]:
    """Return how one language writes what `desktop_app/support/formats.py` writes."""
    locale = Locale.parse(language)
    symbols = locale.number_symbols[locale.default_numbering_system]
    return {
        "decimal": symbols["decimal"],
        "group": symbols["group"],
        "minus": symbols["minusSign"],
        "least_grouped": 2 if locale.language == "es" else 1,  # CLDR's minimumGroupingDigits, which Babel leaves out
        "date": python_pattern(locale.date_formats["medium"].pattern),
        "day_and_month": python_pattern(locale.datetime_skeletons["MMMd"].pattern),
        "time": python_pattern(locale.time_formats["short"].pattern),
        "time_with_seconds": python_pattern(locale.time_formats["medium"].pattern),
        "date_and_time": locale.datetime_formats["medium"]
        .replace("'", "")
        .replace("{1}", "{date}")
        .replace("{0}", "{time}"),
        "months": [locale.months["format"]["abbreviated"][month] for month in MONTHS],
        "halves": [half(locale, "am"), half(locale, "pm")],
        "sizes": [size_pattern(locale, unit) for unit in UNITS],
        "separator": SEPARATORS.get(locale.language, ", "),
        "sentences": "" if locale.language == "zh" else " ",
    }


def half(locale: Locale, name: str) -> str:
    """Return the word for the hours before or after noon, as in a clock."""
    return str(locale.day_periods["format"]["abbreviated"][name])


def size_pattern(locale: Locale, unit: str) -> str:
    """Return how a number of a unit of bytes is written; English says B for CLDR's 'byte'."""
    if unit == "byte" and locale.language == "en":
        return "{number} B"
    return str(locale._data["unit_patterns"][f"digital-{unit}"]["short"]["other"]).replace("{0}", "{number}")  # noqa: SLF001  # Babel offers them for one number only


def python_pattern(pattern: str) -> str:
    """Return one of CLDR's patterns of dates as Python's `format` takes it; raises KeyError for an unknown letter.

    Behind a stroke a line could end, where it stands between marks of direction; what joins keeps a date together.
    """
    made = ""
    for part in _PART.finditer(pattern):
        quoted, letter = part.group(1), part.group(2)
        made += quoted if quoted is not None else FIELDS[part.group(0)] if letter else part.group(0)
    return made.replace("/", f"/{JOINER}")
