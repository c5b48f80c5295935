"""Reads an export from its first byte to its last, and gives what it finds in parts of limited size."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from desktop_app.domain.errors import ErrorCode, ImportFailure
from desktop_app.domain.foreign.formats import foreign_chat
from desktop_app.domain.foreign.values import line, values
from desktop_app.domain.moving_in import (
    NOTHING_LEFT,
    ChatSummary,
    ForeignChat,
    Leftovers,
    Origin,
    SkippedChat,
    SkipReason,
    summary,
)
from desktop_app.helper.exports.cutting import Cut, Cutter, NotJson
from desktop_app.helper.exports.decoding import Unfit, decoded
from desktop_app.protocol.helper import ExportPart, ExportRead, ReadExport

CHUNK = 1 << 20
"""Bytes that are read at a time."""
PART_BYTES = 512 << 10
"""Bytes of an export after which what was found is told; a chat that is larger comes alone."""
MOST_SKIPPED_TOLD = 100
"""So many of the chats that were not read are named; all are counted."""
MOST_CHATS = 200_000
"""Chats of one export."""
MOST_STRANGERS = 1_000
"""So many elements are looked at until one is a chat."""


def read_export(request: ReadExport) -> Iterator[ExportPart | ExportRead]:
    """Give the chats of an export in parts, and then what came of it.

    Raises ImportFailure; it names the path, and IMPORT_CUT says how many `chats` were whole.
    """
    reading = _Reading(request)
    try:
        yield from reading.parts()
    except ImportFailure as error:
        raise ImportFailure(error.code, error.info.detail, **error.info.params, path=request.path) from error
    except OSError as error:
        raise ImportFailure(ErrorCode.IMPORT_UNREADABLE, type(error).__name__, path=request.path) from error


class _Reading:
    """What was found so far, and what of it was not told yet."""

    def __init__(self, request: ReadExport) -> None:
        self._request = request
        self._path = Path(request.path)
        self._done = self._total = 0
        self._origin: Origin | None = None
        self._chats = self._messages = self._skips = self._strangers = 0
        self._leftovers: Leftovers = NOTHING_LEFT
        self._skipped: list[SkippedChat] = []
        self._untold: list[ForeignChat] = []
        self._untold_summaries: list[ChatSummary] = []
        self._untold_bytes = 0

    def parts(self) -> Iterator[ExportPart | ExportRead]:
        status = self._path.stat()
        self._total = status.st_size
        with self._path.open("rb") as stream:
            yield from self._document(stream, status.st_mtime)
        if self._origin is None:
            raise ImportFailure(ErrorCode.IMPORT_UNKNOWN)
        yield self._part()
        yield ExportRead(
            request_id=self._request.request_id,
            origin=self._origin,
            chats=self._chats,
            messages=self._messages,
            leftovers=self._leftovers,
            skipped=tuple(self._skipped),
            skips=self._skips,
        )

    def _document(self, stream: BinaryIO, at: float) -> Iterator[ExportPart]:
        cutter = Cutter()
        number = 0
        try:
            while chunk := stream.read(CHUNK):
                self._done += len(chunk)
                for element in cutter.feed(chunk):
                    number += 1
                    self._take(element, f"{number}", at)
                    if self._untold_bytes >= PART_BYTES:
                        yield self._part()
                if not self._untold_bytes:
                    yield self._part()
            cutter.end()
        except NotJson as error:
            raise ImportFailure(ErrorCode.IMPORT_UNKNOWN) from error
        except Cut as error:
            raise ImportFailure(ErrorCode.IMPORT_CUT, chats=self._chats) from error

    def _take(self, element: bytes | SkipReason, place: str, at: float) -> None:
        if isinstance(element, SkipReason):
            self._skip("", place, element)
            return
        self._untold_bytes += len(element)
        found: object = None
        try:
            found = decoded(element)
            chat = foreign_chat(found, at)
        except Unfit as error:
            self._skip("", place, error.reason)
        except ImportFailure:
            self._skip_stranger(found, place)
        except MemoryError:
            self._skip("", place, SkipReason.TOO_LARGE)
        else:
            self._add(chat, place)

    def _skip_stranger(self, found: object, place: str) -> None:
        self._skip(line(values(found).get("title")), place, SkipReason.DAMAGED)
        self._strangers += 1
        if self._origin is None and self._strangers > MOST_STRANGERS:
            raise ImportFailure(ErrorCode.IMPORT_UNKNOWN)

    def _add(self, found: ForeignChat, place: str) -> None:
        self._origin = self._origin or found.origin
        if not found.messages:
            self._skip(found.chat.title, place, SkipReason.EMPTY)
            return
        self._chats += 1
        if self._chats > MOST_CHATS:
            raise ImportFailure(ErrorCode.IMPORT_TOO_MANY, most=MOST_CHATS)
        self._messages += len(found.messages)
        self._leftovers += found.leftovers
        if self._request.count_only:
            self._untold_summaries.append(summary(found))
        else:
            self._untold.append(found)

    def _skip(self, title: str, place: str, reason: SkipReason) -> None:
        self._skips += 1
        if len(self._skipped) < MOST_SKIPPED_TOLD:
            self._skipped.append(SkippedChat(title, place, reason))

    def _part(self) -> ExportPart:
        part = ExportPart(
            request_id=self._request.request_id,
            chats=tuple(self._untold),
            summaries=tuple(self._untold_summaries),
            done=self._done,
            total=max(self._total, self._done, 1),
        )
        self._untold, self._untold_summaries, self._untold_bytes = [], [], 0
        return part
