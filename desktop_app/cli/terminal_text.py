"""Text from the command line and to a terminal: what comes in can be kept, and what goes out moves no cursor."""

import os
import re

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def as_text(given: str) -> str:
    """Return an argument as text that can be kept and sent; a sign stands for bytes that are none."""
    return os.fsencode(given).decode("utf-8", errors="replace")


def visible(text: str) -> str:
    """Return text of others so that a terminal shows it and obeys nothing in it."""
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)
