"""The outbox: order, gathering of text, an owner that is gone."""

import queue
import threading

import msgspec
import pytest

from desktop_app.engine.outbox import Outbox
from desktop_app.protocol.engine import PromptProgress, SelfTesting, TokenCount, Tokens

PATIENCE = 60.0


class Pipe:
    """Takes what is sent; can be held up, as a full pipe is."""

    def __init__(self) -> None:
        self.sent: queue.Queue[msgspec.Struct] = queue.Queue()
        self.open = threading.Event()
        self.open.set()
        self.broken = False
        self.gone = threading.Event()
        self.outbox = Outbox(self._send, self.gone.set)

    def _send(self, event: msgspec.Struct) -> None:
        if self.broken:
            raise BrokenPipeError
        assert self.open.wait(PATIENCE)
        self.sent.put(event)

    def next(self) -> msgspec.Struct:
        return self.sent.get(timeout=PATIENCE)

    def rest(self) -> list[msgspec.Struct]:
        self.outbox.close()
        return [self.sent.get_nowait() for _ in range(self.sent.qsize())]


def test_events_go_in_order() -> None:
    pipe = Pipe()
    pipe.outbox.put(SelfTesting())
    pipe.outbox.put(TokenCount("a", 1))
    assert pipe.rest() == [SelfTesting(), TokenCount("a", 1)]


def test_the_first_text_goes_at_once_and_more_is_gathered() -> None:
    pipe = Pipe()
    pipe.outbox.put_text("a", "one ", 1)
    assert pipe.next() == Tokens("a", "one ", 1)
    pipe.open.clear()
    for _ in range(50):
        pipe.outbox.put_text("a", "x", 1)
    pipe.open.set()
    pieces = [piece for piece in pipe.rest() if isinstance(piece, Tokens)]
    assert "".join(piece.text for piece in pieces) == "x" * 50
    assert sum(piece.count for piece in pieces) == 50
    assert len(pieces) < 10


def test_text_can_be_gathered_for_longer() -> None:
    pipe = Pipe()
    pipe.outbox.gather_for(3600.0)
    pipe.outbox.put_text("a", "one ", 1)
    assert pipe.next() == Tokens("a", "one ", 1)
    for _ in range(50):
        pipe.outbox.put_text("a", "x", 1)
    assert pipe.rest() == [Tokens("a", "x" * 50, 50)]


def test_whoever_computes_wakes_nobody_for_text_that_is_gathered(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = Pipe()
    pipe.outbox.gather_for(3600.0)
    pipe.outbox.put_text("a", "one ", 1)
    pipe.next()
    calls: list[threading.Thread] = []
    changed = pipe.outbox._changed
    monkeypatch.setattr(changed, "notify_all", lambda: calls.append(threading.current_thread()))
    for _ in range(50):
        pipe.outbox.put_text("a", "x", 1)
    assert threading.current_thread() not in calls
    monkeypatch.undo()
    assert pipe.rest() == [Tokens("a", "x" * 50, 50)]


def test_gathered_text_is_sent_though_nothing_follows() -> None:
    pipe = Pipe()
    pipe.outbox.put_text("a", "one", 1)
    pipe.outbox.put_text("a", "two", 1)
    shown = ""
    while shown != "onetwo":
        piece = pipe.next()
        assert isinstance(piece, Tokens)
        shown += piece.text
    pipe.outbox.close()


def test_text_precedes_the_end_of_its_request() -> None:
    pipe = Pipe()
    pipe.open.clear()
    for text in ("one ", "two ", "three"):
        pipe.outbox.put_text("a", text, 1)
        pipe.outbox.put_text("b", text.upper(), 1)
    pipe.outbox.put(PromptProgress("a", 1, 1, 0))  # stands for any event of the request
    pipe.open.set()
    sent = pipe.rest()
    end = next(index for index, event in enumerate(sent) if isinstance(event, PromptProgress))
    assert "".join(e.text for e in sent[:end] if isinstance(e, Tokens) and e.request_id == "a") == "one two three"
    assert "".join(e.text for e in sent if isinstance(e, Tokens) and e.request_id == "b") == "ONE TWO THREE"


def test_tokens_without_text_are_counted_with_the_next() -> None:
    pipe = Pipe()
    pipe.outbox.put_text("a", "", 1)
    pipe.outbox.put_text("a", "", 1)
    pipe.outbox.put_text("a", "🔥", 1)
    assert pipe.next() == Tokens("a", "🔥", 3)
    pipe.outbox.put_text("a", "", 1)
    assert pipe.rest() == [Tokens("a", "", 1)]


def test_a_full_pipe_blocks_nobody() -> None:
    pipe = Pipe()
    pipe.open.clear()
    for _ in range(1000):
        pipe.outbox.put_text("a", "x" * 1000, 1)
    pipe.outbox.put(SelfTesting())
    pipe.open.set()
    sent = pipe.rest()
    assert sum(len(e.text) for e in sent if isinstance(e, Tokens)) == 1_000_000


def test_flush_waits_until_all_is_sent() -> None:
    pipe = Pipe()
    for number in range(20):
        pipe.outbox.put(TokenCount("a", number))
    pipe.outbox.flush(PATIENCE)
    assert pipe.sent.qsize() == 20
    pipe.outbox.close()


@pytest.mark.parametrize("event", [SelfTesting(), Tokens("a", "x", 1)])
def test_an_owner_that_is_gone_is_noticed(event: msgspec.Struct) -> None:
    pipe = Pipe()
    pipe.broken = True
    pipe.outbox.put(event)
    assert pipe.gone.wait(PATIENCE)


def test_what_cannot_be_sent_is_not_waited_for(capfd: pytest.CaptureFixture[str]) -> None:
    gone = threading.Event()

    def stumble(_event: msgspec.Struct) -> None:
        raise KeyError("nobody thought of this")

    outbox = Outbox(stumble, gone.set)
    outbox.put(SelfTesting())
    outbox.close()
    assert gone.is_set()
    assert "nobody thought of this" in capfd.readouterr().err
