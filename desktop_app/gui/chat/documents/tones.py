"""What pieces of source code can be. Free of Qt."""

from enum import StrEnum


class Tone(StrEnum):
    """What a piece of code is; the values name colours of the theme."""

    KEYWORD = "accent"
    STRING = "good"
    COMMENT = "muted"
    NUMBER = "warn"
    TEXT = "text"
