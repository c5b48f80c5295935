"""Reads an export from its first byte to its last, and gives what it finds in parts of limited size."""

from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

from desktop_app.domain.errors import ErrorCode, ImportFailure
from desktop_app.domain.foreign import jan
from desktop_app.domain.foreign.formats import foreign_chat, origin_of
from desktop_app.domain.foreign.gpt4all import MAGIC, gpt4all_chat
from desktop_app.domain.foreign.llama_cpp import are_llama_cpp_lines, llama_cpp_chat
from desktop_app.domain.foreign.values import line, moment, values
from desktop_app.domain.moving_in import ForeignChat, SkippedChat, SkipReason
from desktop_app.helper.exports.cutting import LONGEST_ELEMENT, Cut, Cutter, NotJson
from desktop_app.helper.exports.decoding import Unfit, decoded
from desktop_app.helper.exports.lines import sessions
from desktop_app.helper.exports.places import Document, Place, Readable, opened
from desktop_app.helper.exports.tidings import Tidings
from desktop_app.protocol.helper import ExportPart, ExportRead, ReadExport

CHUNK = 1 << 20
"""Bytes that are read at a time."""
LOOKED_AT = 4096
"""Bytes of the beginning of a file that tell whether its lines are JSON each."""
LONGEST_THREAD = 4 << 20
"""Bytes of what Jan writes about a thread."""
MOST_STRANGERS = 1_000
"""So many elements of a file are looked at until one is a chat."""


def read_export(request: ReadExport) -> Iterator[ExportPart | ExportRead]:
    """Give the chats of an export in parts, and then what came of it.

    Raises ImportFailure; it names the path, and IMPORT_CUT says how many `chats` were whole.
    """
    try:
        with opened(Path(request.path)) as place:
            yield from _Reading(place, request).parts()
    except ImportFailure as error:
        raise ImportFailure(error.code, error.info.detail, **error.info.params, path=request.path) from error
    except OSError as error:
        raise ImportFailure(ErrorCode.IMPORT_UNREADABLE, type(error).__name__, path=request.path) from error
    except MemoryError as error:
        raise ImportFailure(ErrorCode.IMPORT_STOPPED, "MemoryError", path=request.path) from error


class _Noting:
    """A file of which each byte that is read is noted, behind a beginning that was read before."""

    def __init__(self, stream: Readable, tidings: Tidings) -> None:
        self._stream = stream
        self._tidings = tidings
        self._held = b""

    def peek(self, size: int) -> bytes:
        """Return the first bytes, which are read again."""
        self._held = self.read(size)
        return self._held

    def read(self, size: int) -> bytes:
        """Return so many bytes; fewer only at the end."""
        found = self._held[:size]
        self._held = self._held[size:]
        while len(found) < size and (more := self._stream.read(size - len(found))):
            self._tidings.note(len(more))
            found = found + more if found else more
        return found


class _Reading:
    """One export."""

    def __init__(self, place: Place, request: ReadExport) -> None:
        self._place = place
        self._tidings = Tidings(request.request_id, count_only=request.count_only)
        self._threads = {
            document.folder: document for document in place.documents if document.name == jan.MESSAGES_FILE
        }

    def parts(self) -> Iterator[ExportPart | ExportRead]:
        """Give all chats, and then what came of it."""
        self._tidings.total = sum(document.size for document in self._place.documents)
        for place in self._place.unreadable:
            self._skip(place, SkipReason.UNREADABLE)
        for document in self._place.documents:
            yield from self._document(document)
        ended = self._tidings.end()
        yield self._tidings.part()
        yield ended

    def _document(self, document: Document) -> Iterator[ExportPart]:
        try:
            with closing(document.open()) as stream:
                noting = _Noting(stream, self._tidings)
                if document.name == jan.THREAD_FILE and document.folder in self._threads:
                    self._thread(noting, document)
                elif document.name != jan.MESSAGES_FILE:
                    begin = noting.peek(len(MAGIC))
                    if begin == MAGIC:
                        self._take(lambda: gpt4all_chat(noting.read, _when(document)), document.place, document.size)
                    elif are_llama_cpp_lines(noting.peek(LOOKED_AT)):
                        yield from self._sessions(noting, document)
                    else:
                        yield from self._elements(noting, document)
        except OSError:
            if self._place.is_single:
                raise
            self._skip(document.place, SkipReason.UNREADABLE)
        if self._tidings.is_due:
            yield self._tidings.part()

    def _sessions(self, stream: _Noting, document: Document) -> Iterator[ExportPart]:
        """Read chats that are in lines."""
        at, number = _when(document), 0
        for session in sessions(stream.read, CHUNK):
            if session is not None:
                number += 1
                place = line(document.place if number == 1 else f"{document.place} #{number}")
                if session.is_too_large:
                    self._skip(place, SkipReason.TOO_LARGE)
                else:
                    self._take(partial(llama_cpp_chat, session.chat, at, session.damaged), place, session.size)
            if self._tidings.is_due:
                yield self._tidings.part()

    def _elements(self, stream: _Noting, document: Document) -> Iterator[ExportPart]:
        """Read a JSON file; where none of its first elements is a chat, all of it is passed over."""
        elements = _Elements(self._tidings, document, is_single=self._place.is_single)
        try:
            while not elements.are_strange and (chunk := stream.read(CHUNK)):
                for element in elements.cut(chunk):
                    self._take_element(element, elements)
                    if self._tidings.is_due:
                        yield self._tidings.part()
                if self._tidings.is_due:
                    yield self._tidings.part()
            elements.end()
        except NotJson as error:
            if self._place.is_single:
                raise ImportFailure(ErrorCode.IMPORT_UNKNOWN) from error
        except Cut as error:
            if self._place.is_single or elements.are_known:
                raise ImportFailure(ErrorCode.IMPORT_CUT, chats=self._tidings.chats) from error
            self._skip(document.place, SkipReason.DAMAGED)

    def _take_element(self, element: "bytes | SkipReason", elements: "_Elements") -> None:
        if isinstance(element, SkipReason):
            elements.skip("", element)
            return
        try:
            found = decoded(element)
        except Unfit as error:
            elements.skip("", error.reason)
        except MemoryError:
            elements.skip("", SkipReason.TOO_LARGE)
        else:
            if origin_of(found) is None:
                elements.skip(line(values(found).get("title")), SkipReason.DAMAGED)
                return
            elements.know()
            self._take(lambda: foreign_chat(found, elements.at), elements.place, len(element))

    def _thread(self, stream: _Noting, document: Document) -> None:
        """Read a thread of Jan's, whose messages are in a file beside."""
        with closing(self._threads[document.folder].open()) as other:
            content, lines = stream.read(LONGEST_THREAD), _Noting(other, self._tidings).read(LONGEST_ELEMENT + 1)
        if len(lines) > LONGEST_ELEMENT:
            self._skip(document.place, SkipReason.TOO_LARGE)
            return
        try:
            thread = decoded(content)
        except Unfit as error:
            self._skip(document.place, error.reason)
            return
        if jan.is_jan_thread(thread):
            self._take(lambda: _jan_chat(thread, lines, _when(document)), document.place, len(lines))

    def _take(self, read: Callable[[], ForeignChat], place: str, size: int) -> None:
        """Add a chat of so many bytes, or say why it cannot be read."""
        try:
            found = read()
        except MemoryError:
            self._skip(place, SkipReason.TOO_LARGE)
        except ImportFailure as error:
            if error.code is ErrorCode.IMPORT_ARCHIVE_HUGE:
                raise
            is_large = error.code is ErrorCode.IMPORT_TOO_LARGE
            self._skip(place, SkipReason.TOO_LARGE if is_large else SkipReason.DAMAGED)
        except (OSError, EOFError):
            raise
        except Exception:  # noqa: BLE001  # one chat that breaks what reads it must not keep the others away
            self._skip(place, SkipReason.DAMAGED)
        else:
            self._tidings.add(found, place, size)

    def _skip(self, place: str, reason: SkipReason) -> None:
        self._tidings.skip(SkippedChat("", line(place), reason))


class _Elements:
    """The elements of one JSON file; those that are no chats count as such only where others are."""

    def __init__(self, tidings: Tidings, document: Document, *, is_single: bool) -> None:
        self.at = _when(document)
        self.are_known = False
        self._tidings = tidings
        self._name = "" if is_single else document.place
        self._number = 0
        self._cutter = Cutter()
        self._strangers: list[SkippedChat] = []

    @property
    def place(self) -> str:
        """Where the element is that was given last."""
        return line(f"{self._name} #{self._number}".strip())

    @property
    def are_strange(self) -> bool:
        """Whether there is no chat among so many that none is to be expected."""
        return not self.are_known and len(self._strangers) > MOST_STRANGERS

    def cut(self, chunk: bytes) -> "Iterator[bytes | SkipReason]":
        """Give the elements that end in `chunk`, as long as they are not strange."""
        for element in self._cutter.feed(chunk):
            if self.are_strange:
                return
            self._number += 1
            yield element

    def end(self) -> None:
        """Take note of the end; raises NotJson or Cut."""
        if not self.are_strange:
            self._cutter.end()

    def know(self) -> None:
        """Take note of a chat."""
        if not self.are_known:
            self.are_known = True
            for stranger in self._strangers:
                self._tidings.skip(stranger)
            self._strangers.clear()

    def skip(self, title: str, reason: SkipReason) -> None:
        """Take note of an element that is no chat, or cannot be read."""
        skipped = SkippedChat(title, self.place, reason)
        if self.are_known:
            self._tidings.skip(skipped)
        else:
            self._strangers.append(skipped)


def _when(document: Document) -> float:
    return moment(document.at) or 0.0


def _jan_chat(thread: object, lines: bytes, at: float) -> ForeignChat:
    messages: list[object] = []
    damaged = 0
    for each in lines.split(b"\n"):
        if not each.strip():
            continue
        try:
            messages.append(decoded(each))
        except Unfit:
            damaged += 1
    return jan.jan_chat(values(thread), messages, damaged, at)
