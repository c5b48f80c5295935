"""What is wrong with a text that a person wrote, and where."""

import msgspec


class Flaw(msgspec.Struct, frozen=True, kw_only=True):
    """`words` is an English message id with `params`; `at` counts characters, `line` and `column` from 1 on.

    Where the place is not known, `at` is None.
    """

    words: str
    params: dict[str, str | int] = {}
    at: int | None = None
    line: int = 0
    column: int = 0


def flaw_at(text: str, at: int, words: str, **params: str | int) -> Flaw:
    """Return a flaw at character `at` of `text`."""
    before = text[:at]
    line_start = before.rfind("\n") + 1
    return Flaw(words=words, params=params, at=at, line=before.count("\n") + 1, column=at - line_start + 1)
