"""What may come next in a long chat: whoever asks for it does not wait until all messages are gone through."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, cast

import pytest

from desktop_app.domain.chats import Chat
from desktop_app.domain.messages import Message, MessageStatus, Role
from desktop_app.domain.parts import TextPart, written
from desktop_app.domain.sampling import Sampling
from desktop_app.services.engines.engines import Engines
from desktop_app.services.insight.next_word import NextWord, NextWords
from desktop_app.services.requests.requests import Task

COUNT = 40


class Held(Executor):
    """Keeps what is to be done until it is let go on."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], Any]] = []

    def submit(self, fn: Callable[..., Any], /, *given: Any, **named: Any) -> "Future[Any]":
        self.waiting.append(lambda: fn(*given, **named))
        return Future()


class Asked:
    """Engines that note what they are asked, and what is cancelled."""

    def __init__(self) -> None:
        self.tasks: list[Task] = []
        self.cancelled: list[str] = []

    def next_logits(self, _model_path: str, task: Task, _listener: object) -> str:
        self.tasks.append(task)
        return str(len(self.tasks))

    def cancel(self, request_id: str) -> None:
        self.cancelled.append(request_id)


def ask(engines: Asked, pool: Held) -> "Future[NextWord]":
    branch = [
        Message(
            id=str(number), chat_id="c", parent_id=None, role=Role.ASSISTANT if number % 2 else Role.USER,
            parts=(TextPart(f"Some words {number}"),), status=MessageStatus.COMPLETE, created_at=float(number),
        )
        for number in range(COUNT)
    ]  # fmt: skip
    chat = Chat(id="c", title="A chat", created_at=1.0, updated_at=1.0)
    asked = NextWords(cast(Engines, engines), pool).look("model", chat, branch, Sampling())
    branch.clear()
    return asked


def test_no_message_is_read_before_the_call_returns(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[object] = []
    monkeypatch.setattr("desktop_app.domain.messages.written", lambda parts: (read.append(parts), written(parts))[1])
    engines, pool = Asked(), Held()
    ask(engines, pool)
    assert read == []
    assert engines.tasks == []
    pool.waiting.pop()()
    assert len(engines.tasks[0].turns) == COUNT - 1
    assert engines.tasks[0].so_far == (TextPart("Some words"),)


def test_one_that_is_given_up_before_it_was_asked_ends_at_once() -> None:
    engines, pool = Asked(), Held()
    ask(engines, pool).cancel()
    pool.waiting.pop()()
    assert engines.cancelled == ["1"]


def test_what_nobody_thought_of_is_told_to_whoever_waits() -> None:
    pool = Held()
    asked = NextWords(cast(Engines, Asked()), pool).look(
        "model", Chat(id="c", created_at=1.0, updated_at=1.0), [], Sampling()
    )
    pool.waiting.pop()()
    assert isinstance(asked.exception(0), ValueError), "there is no answer"
