"""Turns that come before a question, to show the model what answers are wished."""

import msgspec


class Example(msgspec.Struct, frozen=True):
    """A question with the answer that one would like to have."""

    user: str
    assistant: str
