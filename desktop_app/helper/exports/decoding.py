"""Decodes one element of an export, strictly first, and more leniently where that fails."""

import json

import msgspec

from desktop_app.domain.moving_in import SkipReason

MOST_VALUES = 6_000_000
"""Values in one chat, at most: each takes up to some hundred bytes once it is decoded."""


class Unfit(Exception):  # noqa: N818
    """An element cannot be decoded, for the reason that is told."""

    def __init__(self, reason: SkipReason) -> None:
        super().__init__(reason)
        self.reason = reason


def decoded(element: bytes) -> object:
    """Return what an element is in JSON.

    Halves of characters, wrong UTF-8 and numbers that are none are let through, as other programs write them.
    Raises Unfit where it is no JSON, is nested deeper than Python goes, or has more values than memory is for.
    """
    if element.count(b",") + element.count(b"[") + element.count(b"{") > MOST_VALUES:
        raise Unfit(SkipReason.TOO_LARGE)
    try:
        return msgspec.json.decode(element)
    except RecursionError as error:
        raise Unfit(SkipReason.DAMAGED) from error
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    try:
        return json.loads(element.decode("utf-8", "replace"), strict=False)
    except (ValueError, RecursionError) as error:
        raise Unfit(SkipReason.DAMAGED) from error
