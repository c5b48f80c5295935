"""Numbers, dates and spans of time as the chosen language writes them.

How each language does is a table that packaging/formats.py takes from the Unicode CLDR: importing Babel would cost a
start more than all of this. Arabic has the digits 0 to 9, as CLDR gives them to `ar` without a country; they are also
what is typed. Nothing here is for files or protocols, whose numbers are the same in every language.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from datetime import date as Day  # noqa: N812  # a function here has that name
from datetime import time as Time  # noqa: N812
from functools import cache

import msgspec

from desktop_app.support.i18n import ENGLISH, _, translator
from desktop_app.support.isolates import isolated
from desktop_app.support.paths import resources

_BEGIN = datetime(1970, 1, 1, tzinfo=UTC)
_RIGHT_TO_LEFT_MARK = "\u200f"
AMERICAN = ("", "US", "PH", "PR")
"""Countries that write dates as American English does; the empty one is unknown."""


class Format(msgspec.Struct, frozen=True):
    """How one language writes; patterns are for `str.format`. `sizes` are those of bytes, kB, MB, GB and TB.

    A number of `least_grouped` digits before the first group is not grouped yet.
    """

    decimal: str
    group: str
    minus: str
    least_grouped: int
    date: str
    day_and_month: str
    time: str
    time_with_seconds: str
    date_and_time: str
    months: tuple[str, ...]
    halves: tuple[str, str]
    sizes: tuple[str, ...]
    separator: str
    sentences: str


def current() -> Format:
    """Return how the chosen language writes."""
    language = translator.language
    if language == ENGLISH and translator.region not in AMERICAN:
        language = "en_GB"
    return _formats()[language]


@cache
def _formats() -> dict[str, Format]:
    file = resources() / "locale/formats.json"
    return msgspec.json.decode(file.read_bytes(), type=dict[str, Format])


def number(value: int) -> str:
    """Return a whole number with its thousands marked."""
    return decimal(value, 0)


def decimal(value: float, digits: int) -> str:
    """Return a number with so many digits behind the decimal sign."""
    form = current()
    whole, _point, fraction = f"{abs(value):.{digits}f}".partition(".")
    if len(whole) >= 3 + form.least_grouped:
        whole = f"{int(whole):,}".replace(",", form.group)
    is_negative = value < 0 and (whole.strip("0") or fraction.strip("0"))
    return f"{form.minus if is_negative else ''}{whole}{form.decimal if fraction else ''}{fraction}"


def shortest(value: float, digits: int) -> str:
    """Return a number with at most so many significant digits, as few as say the same."""
    plain = f"{value:.{digits}g}"
    if "e" in plain:
        return number(round(float(plain))) if abs(value) >= 1 else plain
    return decimal(value, len(plain.partition(".")[2]))


def percent(share: float, digits: int = 0) -> str:
    """Return a share of 1 in percent."""
    return _("{number} %").format(number=decimal(share * 100, digits))


def date(moment: float) -> str:
    """Return the day of a time in seconds since 1970, as in a calendar."""
    return current().date.format_map(_fields(moment))


def iso_day(text: str) -> str:
    """Return a day that is written as 2026-12-10 as in a calendar; as it stands where there is no such day."""
    try:
        return date(datetime.fromisoformat(text).timestamp())
    except (ValueError, OverflowError, OSError):
        return text


def local_time(moment: float) -> datetime:
    """Return a time in seconds since 1970 in this computer's time zone; raises OverflowError for one that no calendar has.

    Windows knows the zone of no time before 1970: such a one is in UTC there.
    """
    when = _BEGIN + timedelta(seconds=moment)
    try:
        return when.astimezone()
    except OSError:
        return when


def begin_of(day: Day) -> float:
    """Return when a day begins here, in seconds since 1970."""
    midnight = datetime.combine(day, Time())
    try:
        return midnight.astimezone().timestamp()
    except OSError:
        return midnight.replace(tzinfo=UTC).timestamp()


def day_and_month(moment: float) -> str:
    """Return the day of a time in seconds since 1970, without its year."""
    return current().day_and_month.format_map(_fields(moment))


def time_of_day(moment: float) -> str:
    """Return hour and minute of a time in seconds since 1970."""
    return current().time.format_map(_fields(moment))


def date_and_time(moment: float, *, seconds: bool = False) -> str:
    """Return day and time of a time in seconds since 1970."""
    form, fields = current(), _fields(moment)
    time = (form.time_with_seconds if seconds else form.time).format_map(fields)
    return form.date_and_time.format(date=form.date.format_map(fields), time=time)


def duration(seconds: float) -> str:
    """Return a span as 40 s, 12 min or 3 h 5 min."""
    whole = round(seconds)
    if whole < 60:
        return _("{seconds} s").format(seconds=number(whole))
    minutes = round(seconds / 60)
    if minutes < 60:
        return _("{minutes} min").format(minutes=number(minutes))
    return _("{hours} h {minutes} min").format(hours=number(minutes // 60), minutes=number(minutes % 60))


def listed(words: Iterable[str]) -> str:
    """Return words as a list that runs as the language does, without an “and” before the last."""
    return side_by_side(words, current().separator)


def paragraph(parts: Iterable[str]) -> str:
    """Return whole sentences behind each other, without the empty ones."""
    return current().sentences.join(part for part in parts if part)


def side_by_side(words: Iterable[str], between: str = " · ") -> str:
    """Return short words in one line that reads as the language does, without the empty ones; each reads its own way."""
    there = [each for each in words if each]
    if not translator.is_right_to_left or not there:
        return between.join(there)
    return _RIGHT_TO_LEFT_MARK + between.join(map(isolated, there))


def _fields(moment: float) -> dict[str, object]:
    when, form = local_time(moment), current()
    return {
        "day": when.day,
        "month": when.month,
        "month_name": form.months[when.month - 1],
        "year": when.year,
        "short_year": when.year % 100,
        "hour": when.hour,
        "half_hour": (when.hour + 11) % 12 + 1,
        "half": form.halves[when.hour >= 12],
        "minute": when.minute,
        "second": when.second,
    }
