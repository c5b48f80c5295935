"""What a model wrote as a person's next message, made fit to be one."""

import re

_LABEL = re.compile(r"^\s*(?:user|human|you|me|question|next (?:question|message))\s*[:：]\s*", re.IGNORECASE)
_QUOTES = (("“", "”"), ('"', '"'), ("«", "»"), ("„", "“"), ("「", "」"), ("'", "'"))


def clean_suggestion(written: str) -> str:
    """Return the first line of it without a label before and quotes around it; empty where there is none."""
    line = next((line for line in written.splitlines() if line.strip()), "")
    line = _LABEL.sub("", line).strip()
    for before, after in _QUOTES:
        if len(line) > 1 and line.startswith(before) and line.endswith(after) and before not in line[1:-1]:
            return line[1:-1].strip()
    return line
