"""Moments as the clocks here show them, on every platform."""

from datetime import UTC, date, datetime, time, timedelta

_BEGIN = datetime(1970, 1, 1, tzinfo=UTC)


def local_time(moment: float) -> datetime:
    """Return a time in seconds since 1970 in this computer's time zone; raises OverflowError for one that no calendar has.

    Windows knows the zone of no time before 1970: such a one is in UTC there.
    """
    when = _BEGIN + timedelta(seconds=moment)
    try:
        return when.astimezone()
    except OSError:
        return when


def begin_of(day: date) -> float:
    """Return when a day begins here, in seconds since 1970."""
    midnight = datetime.combine(day, time())
    try:
        return midnight.astimezone().timestamp()
    except OSError:
        return midnight.replace(tzinfo=UTC).timestamp()
