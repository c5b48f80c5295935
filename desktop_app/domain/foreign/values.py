"""Looks into decoded JSON that nobody has checked: what is of another type than it should be counts as absent."""

import math
import re
from datetime import UTC, datetime
from typing import Any

Values = dict[str, Any]

FIRST_MOMENT = 946_684_800.0
"""Unix time in seconds of the year 2000: what claims to be older has a wrong date."""
LAST_MOMENT = 4_102_444_800.0
"""The year 2100, likewise."""
MILLISECONDS_FROM = 100_000_000_000.0
"""What is larger is in milliseconds, and from a million times that on in nanoseconds."""
LONGEST_ISO = 40
"""Characters of a date in words."""
LONGEST_WAIT = 86_400.0
"""Seconds that an answer may have taken."""
LARGEST_AMOUNT = 1e12
"""No count of tokens and no speed is larger."""
_FRACTION = re.compile(r"\.(\d{6})\d+")


def values(found: object) -> Values:
    """Return a JSON object, an empty one where it is none."""
    return found if isinstance(found, dict) else {}


def items(found: object) -> list[Any]:
    """Return a JSON array, an empty one where it is none."""
    return found if isinstance(found, list) else []


def text(found: object) -> str:
    """Return a text that can be stored: without NUL, and without halves of characters; empty where it is none."""
    if not isinstance(found, str):
        return ""
    if "\0" in found:
        found = found.replace("\0", "")
    if found.isascii():
        return found
    try:
        found.encode()
    except UnicodeEncodeError:
        return found.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return found


def line(found: object, longest: int = 200) -> str:
    """Return a text as one line of at most so many characters."""
    return " ".join(text(found)[: 4 * longest].split())[:longest].rstrip()


def key(found: object) -> str | None:
    """Return what names something: a text, or a whole number; None for all else."""
    if isinstance(found, str):
        return found or None
    if isinstance(found, int) and not isinstance(found, bool):
        return hex(found)  # digits of any number in linear time
    return None


def number(found: object) -> float | None:
    """Return a finite number, None for all else."""
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    try:
        value = float(found)
    except OverflowError:
        return None
    return value if math.isfinite(value) else None


def amount(found: object) -> float:
    """Return a count or a speed, 0 for all else."""
    value = number(found)
    return value if value is not None and 0.0 <= value <= LARGEST_AMOUNT else 0.0


def seconds(found: object) -> float:
    """Return how long something took, of at most a day, from a number or one as text; 0 for all else."""
    if isinstance(found, str):
        try:
            found = float(found[:LONGEST_ISO])
        except ValueError:
            return 0.0
    value = number(found)
    return value if value is not None and 0.0 <= value <= LONGEST_WAIT else 0.0


def moment(found: object) -> float | None:
    """Return a time as Unix time in seconds: from seconds, milliseconds, nanoseconds or ISO 8601.

    None where it is no time, or one that cannot be.
    """
    value = _iso(found) if isinstance(found, str) else number(found)
    if value is None:
        return None
    if value >= MILLISECONDS_FROM * 1e6:
        value /= 1e9
    elif value >= MILLISECONDS_FROM:
        value /= 1e3
    return value if FIRST_MOMENT <= value <= LAST_MOMENT else None


def _iso(found: str) -> float | None:
    if len(found) > LONGEST_ISO:
        return None
    try:
        when = datetime.fromisoformat(_FRACTION.sub(r".\1", found))
        return (when if when.tzinfo is not None else when.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
