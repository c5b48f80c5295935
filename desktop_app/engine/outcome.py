"""What may become of a decode."""

from enum import Enum


class Outcome(Enum):
    """llama_decode's answers that are no error; after `FULL` make room, after `ABORTED` try again."""

    DONE = 0
    FULL = 1
    ABORTED = 2
