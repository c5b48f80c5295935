"""What stands in a system prompt for the moment at which a question was asked: {{date}}, {{weekday}} and {{time}}."""

import re
from datetime import datetime

_PLACEHOLDER = re.compile(r"\{\{\s*(?:current_)?(date|weekday|time)\s*\}\}", re.IGNORECASE)
"""Also as other apps write it."""
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
"""Told to the model, so never translated."""


def at_moment(prompt: str, moment: float) -> str:
    """Return a system prompt as the model reads it for a question of that moment, in seconds since 1970.

    Dates are 2026-11-27, times 14:05, both of this computer's time zone.
    """
    if "{{" not in prompt:
        return prompt
    when = datetime.fromtimestamp(moment).astimezone()
    words = {"date": f"{when:%Y-%m-%d}", "weekday": _WEEKDAYS[when.weekday()], "time": f"{when:%H:%M}"}
    return _PLACEHOLDER.sub(lambda match: words[match[1].lower()], prompt)
