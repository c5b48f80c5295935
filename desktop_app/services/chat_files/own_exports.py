"""The files of chats that this app exported: one that was chosen, or those in an archive."""

import io
import stat
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from desktop_app.domain.errors import ErrorCode, ImportFailure

if TYPE_CHECKING:  # few starts import anything
    from desktop_app.helper.exports.places import Document, Readable

HEAD_BYTES = 64
"""Bytes of a file that are enough to see that it is none of this app's."""
MOST_LISTED_BYTES = 64 << 10
"""Bytes of the list of an archive's files: one that has so many is another app's."""
_MOST_TOLD = 1 << 48
"""Bytes; an archive may claim more."""
_BUFFER = 1 << 18


class OwnExport(NamedTuple):
    """A file of this app's, and how many bytes it has; nothing is unpacked to the disk."""

    size: int
    document: "Document"

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """Read it from its beginning; may raise OSError or ImportFailure."""
        with closing(_stream(self.document)) as stream:
            yield stream


@contextmanager
def own_exports(path: Path) -> Iterator[list[OwnExport]]:
    """Give the files at `path` that this app exported, whatever became of them since; none where it is something else.

    Raises ImportFailure or OSError; an archive that cannot be read has none, and whoever reads those of others says why.
    """
    from desktop_app.helper.exports.places import opened

    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        yield []
        return
    if not stat.S_ISREG(mode):  # a pipe would never end
        raise ImportFailure(ErrorCode.IMPORT_NO_FILE)
    with ExitStack() as stack:
        try:
            place = stack.enter_context(opened(path, most_listed=MOST_LISTED_BYTES))
        except ImportFailure:
            yield []
            return
        yield [
            OwnExport(min(each.size, _MOST_TOLD), each)
            for each in place.documents
            if _is_own(each, is_single=place.is_single)
        ]


def _is_own(document: "Document", *, is_single: bool) -> bool:
    from desktop_app.domain.chat_file import FORMAT, read_chat_file

    with closing(_stream(document)) as stream:
        head = stream.read(HEAD_BYTES)
        if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") or not (is_single or FORMAT.encode() in head):
            return False
    with closing(_stream(document)) as stream:
        try:
            next(read_chat_file(stream), None)
        except ImportFailure as error:
            return error.code not in (ErrorCode.IMPORT_NOT_CHATS, ErrorCode.IMPORT_TOO_LARGE)
    return True


def _stream(document: "Document") -> BinaryIO:
    found = document.open()
    return cast("BinaryIO", found) if isinstance(found, io.BufferedIOBase) else io.BufferedReader(_Raw(found), _BUFFER)


class _Raw(io.RawIOBase):
    """A file in an archive, which only gives bytes."""

    def __init__(self, packed: "Readable") -> None:
        self._packed = packed
        self._done = 0

    def readable(self) -> bool:
        """It is all that can be done."""
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]  # the stubs' Buffer is newer than 3.11
        """Read as much as there is room for; returns how much that is."""
        found = self._packed.read(len(buffer))
        buffer[: len(found)] = found
        self._done += len(found)
        return len(found)

    def tell(self) -> int:
        """Return how many bytes were read."""
        return self._done

    def close(self) -> None:
        """Let it go."""
        if not self.closed:
            self._packed.close()
        super().close()
