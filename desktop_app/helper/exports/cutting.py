"""Cuts the JSON of an export into its elements while it is read, so that only one of them is in memory."""

import re
from collections.abc import Iterator
from enum import Enum

from desktop_app.domain.moving_in import SkipReason

LONGEST_ELEMENT = 128 << 20
"""Bytes of one chat; some apps put pictures into it."""

_IN_TEXT = rb'(?:[^"\\]++|\\.)*+'
_TEXT = rb'"' + _IN_TEXT + rb'"'
_LEAF = rb'[\[{](?:[^"\[\]{}]++|' + _TEXT + rb")*+[\]}]"
_FLAT = re.compile(rb'(?:[^"\[\]{}]++|' + _TEXT + rb"|" + _LEAF + rb")*+", re.DOTALL)
"""What opens nothing that it does not close: up to the next bracket beyond that, or to a text that is cut."""
_BETWEEN = re.compile(rb'[^"\[\]{}]*+')
_REST_OF_TEXT = re.compile(_IN_TEXT, re.DOTALL)
_QUOTE = b'"'[0]
_OPENING = b"[{"
_BLANK = b" \t\r\n"
MARK = b"\xef\xbb\xbf"
"""What some programs put before the first character."""


class NotJson(Exception):  # noqa: N818
    """It begins as no JSON array or object does."""


class Cut(Exception):  # noqa: N818
    """It ends within an element, or goes on after its end."""


class _Mode(Enum):
    START = "before the first character"
    ARRAY = "in an array"
    WHOLE = "in an object that is the whole"
    AFTER = "after the end"


class Cutter:
    """Takes the bytes of a JSON document as they come and gives the elements of its array; an object is one element.

    Only texts and brackets are looked at, so what it gives need not be JSON. Instead of an element that is too large,
    or is neither array nor object, there is the reason why it is not given.
    """

    def __init__(self, longest: int = LONGEST_ELEMENT) -> None:
        self._longest = longest
        self._mode = _Mode.START
        self._depth = 0  # within the element
        self._in_text = False
        self._is_escaped = False
        self._has_other = False  # something beside elements stands before the next one
        self._held = b""
        self._pieces: list[bytes] = []
        self._size = 0

    @property
    def is_whole(self) -> bool:
        """Whether the document is an object, and so the only element."""
        return self._mode is _Mode.WHOLE

    def feed(self, chunk: bytes) -> Iterator[bytes | SkipReason]:
        """Give the elements that end in `chunk`; raises NotJson or Cut."""
        place = 0
        if self._mode is _Mode.START:
            chunk = (self._held + chunk).removeprefix(MARK).lstrip(_BLANK)
            if MARK.startswith(chunk):
                self._held = chunk
                return
            place = self._begin(chunk)
        begin = 0
        while (found := self._next_sign(chunk, place)) is not None:
            sign, place = found
            if sign == _QUOTE:
                self._in_text = True
            elif sign in _OPENING:
                if not self._depth:
                    yield from self._other()
                    begin, self._size = place - 1, 0
                self._depth += 1
            elif self._depth:
                self._depth -= 1
                if not self._depth:
                    self._keep(chunk[begin:place])
                    yield self._element()
            else:
                yield from self._other()
                self._mode = _Mode.AFTER
            if self._mode is _Mode.AFTER:
                break
        if self._mode is _Mode.AFTER and chunk[place:].strip(_BLANK + b"\0"):
            raise Cut
        if self._depth:
            self._keep(chunk[begin:])

    def end(self) -> None:
        """Take note of the end; raises NotJson or Cut."""
        if self._mode is _Mode.START:
            raise NotJson
        if self._mode is not _Mode.AFTER:
            raise Cut

    def _begin(self, chunk: bytes) -> int:
        if chunk[0] not in _OPENING:
            raise NotJson
        self._mode = _Mode.ARRAY if chunk[:1] == b"[" else _Mode.WHOLE
        return 1 if self._mode is _Mode.ARRAY else 0

    def _next_sign(self, chunk: bytes, place: int) -> tuple[int, int] | None:
        """Return the next bracket or quote that matters and the place behind it; None where `chunk` has no more."""
        if self._mode is _Mode.AFTER:
            return None
        if self._is_escaped and place < len(chunk):
            place += 1
            self._is_escaped = False
        if self._in_text:
            found = _REST_OF_TEXT.match(chunk, place)
            assert found is not None
            place = found.end()
            if place == len(chunk):
                return None
            if chunk[place] != _QUOTE:
                self._is_escaped = True
                return None
            self._in_text = False
            place += 1
        found = (_FLAT if self._depth else _BETWEEN).match(chunk, place)
        assert found is not None
        if not self._depth and found.group().strip(_BLANK + b","):
            self._has_other = True
        place = found.end()
        if place == len(chunk):
            return None
        if chunk[place] == _QUOTE and not self._depth:
            self._has_other = True
        return chunk[place], place + 1

    def _other(self) -> Iterator[SkipReason]:
        if self._has_other:
            self._has_other = False
            yield SkipReason.DAMAGED

    def _keep(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size <= self._longest:
            self._pieces.append(piece)
        else:
            self._pieces.clear()

    def _element(self) -> bytes | SkipReason:
        element = b"".join(self._pieces)
        self._pieces.clear()
        if self._mode is _Mode.WHOLE:
            self._mode = _Mode.AFTER
        return element if self._size <= self._longest else SkipReason.TOO_LARGE
