"""Puts chats together that a file has in lines: one about the chat, then one for each of its messages."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from desktop_app.domain.foreign.llama_cpp import MESSAGE, SESSION
from desktop_app.domain.foreign.values import Values, values
from desktop_app.helper.exports.cutting import LONGEST_ELEMENT, MARK
from desktop_app.helper.exports.decoding import Unfit, decoded


@dataclass
class Session:
    """A chat with its messages, as they were decoded; of its lines `damaged` could not be. `size` is in bytes."""

    about: Values
    messages: list[object] = field(default_factory=list)
    damaged: int = 0
    size: int = 0

    @property
    def is_too_large(self) -> bool:
        """Whether its messages were let go, since they are more than memory is for."""
        return self.size > LONGEST_ELEMENT

    @property
    def chat(self) -> Values:
        """It and its messages as one object."""
        return {"conv": self.about, "messages": self.messages}


def sessions(read: Callable[[int], bytes], chunk: int) -> Iterator[Session | None]:
    """Give the chats as they end, and None whenever so many bytes were read since."""
    session: Session | None = None
    for line in _lines(read, chunk):
        if line is None:
            yield None
            continue
        try:
            record = values(decoded(line))
        except Unfit:
            record = {}
        if record.get("type") == SESSION:
            if session is not None:
                yield session
            session = Session(record)
        elif session is not None:
            _add(session, record, len(line))
    if session is not None:
        yield session


def _add(session: Session, record: Values, size: int) -> None:
    session.size += size
    if session.is_too_large:
        session.messages.clear()
    elif record.get("type") == MESSAGE:
        session.messages.append(record.get("message"))
    elif not record:
        session.damaged += 1  # lines of a kind that is not known are left out, as the page itself does


def _lines(read: Callable[[int], bytes], chunk: int) -> Iterator[bytes | None]:
    """Give the lines that have something in them, and None behind those of each chunk; one that is too long is empty."""
    held: list[bytes] = []
    size = 0
    while found := read(chunk):
        first, *rest = found.split(b"\n")
        for piece in (first, *rest):
            if piece is not first:
                yield from _whole(held, size)
                held, size = [], 0
            size += len(piece)
            if size <= LONGEST_ELEMENT:
                held.append(piece)
        yield None
    yield from _whole(held, size)


def _whole(pieces: list[bytes], size: int) -> Iterator[bytes]:
    line = b"".join(pieces).removeprefix(MARK).strip() if size <= LONGEST_ELEMENT else b"{"
    if line:
        yield line
