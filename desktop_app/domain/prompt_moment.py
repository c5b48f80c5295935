"""What stands in a system prompt for the moment at which a question was asked: {{date}}, {{weekday}} and {{time}}."""

import re
from datetime import UTC, datetime, timedelta, timezone

_PLACEHOLDER = re.compile(r"\{\{\s*(?:current_)?(date|weekday|time)\s*\}\}", re.IGNORECASE)
"""Also as other apps write it."""
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
"""Told to the model, so never translated."""


def at_moment(prompt: str, moment: float, utc_offset: int | None = None) -> str:
    """Return a system prompt as the model reads it for a question of that moment, in seconds since 1970.

    Dates are 2026-11-27, times 14:05, by a clock that stands `utc_offset` seconds before UTC; None is for this
    computer's.
    """
    if "{{" not in prompt:
        return prompt
    zone = timezone(timedelta(seconds=utc_offset)) if utc_offset is not None else None
    when = datetime.fromtimestamp(moment, UTC).astimezone(zone)
    words = {"date": f"{when:%Y-%m-%d}", "weekday": _WEEKDAYS[when.weekday()], "time": f"{when:%H:%M}"}
    return _PLACEHOLDER.sub(lambda match: words[match[1].lower()], prompt)


def utc_offset_at(moment: float) -> int:
    """Return by how many seconds this computer's clock stands, or stood, before UTC at a moment in seconds since 1970."""
    offset = datetime.fromtimestamp(moment, UTC).astimezone().utcoffset()
    return 0 if offset is None else round(offset.total_seconds())
