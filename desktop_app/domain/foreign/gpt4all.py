"""Chats as GPT4All keeps them: a binary file for each, written by Qt's data stream, in twelve versions so far."""

import struct
from collections.abc import Callable, Iterator

from desktop_app.domain.errors import ErrorCode, ImportFailure
from desktop_app.domain.foreign.growing import Head, Node, grown, said
from desktop_app.domain.foreign.pieces import Tally, answer_parts, call, code, model_name
from desktop_app.domain.foreign.values import line, moment, text
from desktop_app.domain.messages import MessageStatus, Role
from desktop_app.domain.moving_in import ForeignChat, Origin
from desktop_app.domain.parts import Part, TextPart, ThoughtPart

MAGIC = b"\xf5\xd5\x53\xcc"
NEWEST = 12
"""The newest version that is known here."""
LONGEST_TEXT = 64 << 20
"""Bytes of one text."""
MOST_BYTES = 128 << 20
"""Bytes of all texts of a chat."""
MOST_ITEMS = 200_000
DEEPEST = 20
_NOTHING = 0xFFFF_FFFF
_SKIPPED_AT_ONCE = 1 << 20
_LABELS = {"Prompt: ": Role.USER, "Response: ": Role.ASSISTANT}
_INVALID, _BOOL, _INT, _UINT, _LONG, _ULONG, _DOUBLE, _STRING = 0, 1, 2, 3, 4, 5, 6, 10
_NUMBERS = {_INT: ">i", _UINT: ">I", _LONG: ">q", _ULONG: ">Q", _DOUBLE: ">d"}


def gpt4all_chat(read: Callable[[int], bytes], fallback_at: float = 0.0) -> ForeignChat:
    """Return the chat in a file, of which `read` gives the next bytes from its first one on.

    `fallback_at` is when it was written, Unix time in seconds, 0 where that is not known. Raises ImportFailure IMPORT_UNKNOWN, or IMPORT_DAMAGED.
    """
    stream = _Stream(read)
    if stream.raw(4) != MAGIC:
        raise ImportFailure(ErrorCode.IMPORT_UNKNOWN)
    version = stream.number(">i")
    if not 1 <= version <= NEWEST:
        raise ImportFailure(ErrorCode.IMPORT_DAMAGED, f"version {version}")
    created_at = moment(stream.number(">q"))
    own, title = stream.text(), stream.text()
    stream.text()  # what the person is called
    model = model_name(stream.text())
    if version >= 3:
        stream.texts()
    _skip_state(stream, version)
    reading = _Reading(stream, version, "" if _is_hash(model) else model)
    nodes = reading.nodes()
    head = Head(
        origin=Origin.GPT4ALL,
        key=own or title,
        title=line(title),
        created_at=created_at,
        updated_at=fallback_at or None,
        system_prompt=reading.instructions,
        fallback_at=fallback_at,
    )
    return grown(head, nodes, reading.tally.leftovers())


def _is_hash(model: str) -> bool:
    return len(model) >= 32 and all(digit in "0123456789abcdef" for digit in model)


def _skip_state(stream: "_Stream", version: int) -> None:
    """Pass over what older versions kept of the engine's memory."""
    if version >= 11:
        return
    has_state = stream.flag() if version >= 6 else True
    if version >= 2:
        stream.skip(8)  # the kind of the model, and the version of its state
    stream.text()  # the last answer
    stream.text()  # the name as the model wrote it
    stream.skip(4)  # how many tokens there are
    if not has_state:
        return
    if version < 4:
        stream.skip(4)
    stream.skip(4)
    if version >= 7:
        stream.skip(4)
    if version < 9:
        stream.skip(4 * stream.count())  # logits
    stream.skip(4 * stream.count())  # tokens
    stream.skip(stream.length())


class _Reading:
    """Reads the items of a chat, and keeps what belongs to the whole of it."""

    def __init__(self, stream: "_Stream", version: int, model: str) -> None:
        self.tally = Tally()
        self.instructions = ""
        self._stream = stream
        self._version = version
        self._model = model
        self._items = 0

    def nodes(self) -> list[Node]:
        """Return all of them, each behind the one before it."""
        found: list[Node] = []
        for place in range(self._stream.count(">i")):
            self._note_item()
            if node := self._item(f"{place}", found[-1].key if found else None):
                found.append(node)
        return found

    def _item(self, own: str, parent: str | None) -> Node | None:
        stream, version = self._stream, self._version
        if version < 12:
            stream.skip(4)
        label, written = stream.text(), stream.text()
        if version < 10:
            stream.text()  # the prompt as the model got it
        stream.text()  # what a person wanted to read instead
        stream.flag()
        stopped = stream.flag()
        stream.skip(2)  # thumbs
        if version >= 11 and label == "Response: ":
            stream.flag()
        self._sources()
        attached = self._attachments()
        inner = self._inner_items() if version >= 12 else []
        if label == "System: ":
            self.instructions = written.strip()
            return None
        role = _LABELS.get(label)
        if role is None:
            raise _damaged("an item of an unknown kind")
        is_answer = role is Role.ASSISTANT
        spoken = answer_parts(written) if is_answer else (TextPart(written),)
        return Node(
            key=own,
            parent=parent,
            role=role,
            parts=said((*attached, *inner, *spoken)) or None,
            model=self._model if is_answer else "",
            status=MessageStatus.STOPPED if stopped and is_answer else MessageStatus.COMPLETE,
        )

    def _sources(self) -> None:
        """Count the excerpts from a person's own files that went along."""
        if self._version >= 8:
            for _ in range(self._count()):
                for _name in range(7):
                    self._stream.text()
                self._stream.skip(12)
                self.tally.tool_results += 1
        elif self._version >= 3:
            self._stream.text()
            self.tally.tool_results += self._stream.texts()

    def _attachments(self) -> list[Part]:
        if self._version < 10:
            return []
        return [self._attachment() for _ in range(self._count())]

    def _attachment(self) -> Part:
        name = self._stream.content().decode("utf-8", "replace").rpartition("/")[2]
        content = self._stream.content()
        try:
            return self.tally.file(name or "file", content.decode())
        except UnicodeDecodeError:
            return self.tally.file(name)

    def _inner_items(self, depth: int = 0) -> list[Part]:
        if depth > DEEPEST:
            raise _damaged("nested too deep")
        found: list[Part] = []
        for _ in range(self._count()):
            found += self._inner_item()
            found += self._inner_items(depth + 1)
        return found

    def _inner_item(self) -> Iterator[Part]:
        label, written = self._stream.text(), self._stream.text()
        if label == "ToolCall: ":
            yield self._call(written)
        elif label == "ToolResponse: ":
            self.tally.tool_results += 1
        elif label == "Think: ":
            bare = written.strip().removeprefix("<think>").removesuffix("</think>").strip()
            yield ThoughtPart(bare, max(0, self._stream.number(">i")) / 1000)
        elif label in ("Response: ", "Text: "):
            yield from answer_parts(written)
        else:
            raise _damaged("an item of an unknown kind")

    def _call(self, written: str) -> Part:
        name = self._stream.text()
        given: dict[str, object] = {}
        for _ in range(self._count()):
            key = self._stream.text()
            self._stream.skip(4)  # its type
            given[key] = self._stream.variant()
        self._stream.text()  # the result, which is an item of its own as well
        self._stream.skip(4)
        self._stream.text()
        if list(given) == ["code"]:
            return code(given["code"], "javascript")
        return call(name, given) if name else code(written)

    def _count(self) -> int:
        count = self._stream.count()
        self._items += count
        self._note_item()
        return count

    def _note_item(self) -> None:
        self._items += 1
        if self._items > MOST_ITEMS:
            raise _damaged("too many items")


class _Stream:
    """Reads what Qt's data stream writes: big-endian numbers, and texts in UTF-16 behind their size in bytes."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self._kept = 0

    def raw(self, size: int) -> bytes:
        """Return the next bytes; raises ImportFailure where there are fewer."""
        found = self._read(size)
        if len(found) != size:
            raise _damaged("cut off")
        return found

    def skip(self, size: int) -> None:
        """Pass over bytes."""
        while size > 0:
            self.raw(min(size, _SKIPPED_AT_ONCE))
            size -= _SKIPPED_AT_ONCE

    def number(self, form: str) -> int:
        """Return the next whole number."""
        value = struct.unpack(form, self.raw(struct.calcsize(form)))[0]
        return int(value)

    def count(self, form: str = ">q") -> int:
        """Return how many of something follow."""
        count = self.number(form)
        if count < 0:
            raise _damaged("a negative count")
        return count

    def flag(self) -> bool:
        """Return the next yes or no."""
        return self.raw(1) != b"\0"

    def length(self) -> int:
        """Return the size of the bytes that follow."""
        size = self.number(">I")
        return 0 if size == _NOTHING else size

    def content(self) -> bytes:
        """Return bytes behind their size."""
        size = self.length()
        self._kept += size
        if size > LONGEST_TEXT or self._kept > MOST_BYTES:
            raise ImportFailure(ErrorCode.IMPORT_TOO_LARGE, "a text is too long")
        return self.raw(size)

    def text(self) -> str:
        """Return the next text."""
        return text(self.content().decode("utf-16-be", "replace"))

    def texts(self) -> int:
        """Pass over a list of texts, and return how many they were."""
        count = self.length()
        if count > MOST_ITEMS:
            raise _damaged("too many texts")
        for _ in range(count):
            self.skip(self.length())
        return count

    def variant(self) -> object:
        """Return a value behind its type."""
        kind = self.number(">I")
        self.skip(1)
        if kind == _BOOL:
            return self.flag()
        if kind in _NUMBERS:
            return struct.unpack(_NUMBERS[kind], self.raw(struct.calcsize(_NUMBERS[kind])))[0]
        if kind in (_STRING, _INVALID):
            return self.text()
        raise _damaged("a value of an unknown type")


def _damaged(detail: str) -> ImportFailure:
    return ImportFailure(ErrorCode.IMPORT_DAMAGED, detail)
