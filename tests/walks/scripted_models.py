"""Models that answer as far as they are told to: workers without a process, below the window and all its services."""

import re
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from random import Random
from typing import Any

import pytest

from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.messages import FinishReason
from desktop_app.protocol import engine as protocol
from desktop_app.services.engines import engine as engine_module
from tests.unit.services.held_workers import ScriptedWorker

PIECES = (
    "word ",
    "a longer stretch of an answer ",
    "**strong** ",
    "`code` ",
    "\n\n- an item\n- another\n\n",
    "\n\n```python\nprint(1)\n```\n\n",
    "\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n",
    "ünï 中文 שלום ",
    "# Title\n\n",
    "$x^2$ ",
)


class ScriptedModel(ScriptedWorker):
    """Answers every question that the app has for a model; what it cannot make up, it says it has not."""

    def read(self) -> None:
        command: Any = self.inbox[0]
        match command:
            case protocol.Tokenize(request_id=request_id, text=text):
                pieces = tuple(piece.encode() for piece in re.findall(r"\s?\S+|\s", text))
                self._answer(_pieces(request_id, tuple(range(len(pieces))), pieces))
            case protocol.Detokenize(request_id=request_id, tokens=tokens):
                pieces = tuple(f" {token}".encode() for token in tokens)
                self._answer(_pieces(request_id, tokens, pieces))
            case protocol.CheckGrammar(request_id=request_id):
                self._answer(protocol.GrammarChecked(request_id, None))
            case protocol.Attend(request_id=request_id):
                self._answer(protocol.Failed(request_id, ErrorInfo(ErrorCode.ATTENTION_HIDDEN)))
            case protocol.FindNear(request_id=request_id):
                self._answer(protocol.Failed(request_id, ErrorInfo(ErrorCode.VECTORS_HIDDEN)))
            case protocol.NextLogits(request_id=request_id):
                self._answer(protocol.Failed(request_id, ErrorInfo(ErrorCode.ENGINE_FAILED)))
            case protocol.Score(request_id=request_id):
                self.inbox.popleft()
                self.answers.append(request_id)
                self.finish(request_id)
            case _:
                super().read()

    def _answer(self, event: Any) -> None:
        self.inbox.popleft()
        self._on_event(event)


class ScriptedModels:
    """The workers of all models; what they do is told from a thread of theirs, as from the reader of a process."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.workers: list[ScriptedModel] = []
        self.loads_fail = False
        self.cards: tuple[str, ...] = ()
        self.loads: list[protocol.Load] = []
        self.last_act: Callable[[], None] = lambda: None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="scripted models")
        patch.setattr(engine_module, "ChildProcess", self._make)

    @property
    def asked(self) -> int:
        """How many answers are being written."""
        return sum(len(worker.answers) for worker in self._alive)

    def read(self) -> "Future[None]":
        """Have all workers do what they were sent, but for the end of answers."""
        return self._thread.submit(self._read)

    def write(self, random: Random, words: int) -> "Future[None]":
        """Let every answer that is written grow by so many pieces."""
        pieces = [random.choice(PIECES) for _ in range(words)]
        return self._thread.submit(self._write, pieces)

    def finish(self, reason: FinishReason = FinishReason.STOP) -> "Future[None]":
        """Let every answer that is written come to its end."""
        return self._thread.submit(self._finish, reason)

    def finish_first(self) -> "Future[None]":
        """Let the answer that was begun first come to its end."""
        return self._thread.submit(self._finish_first)

    def fail(self) -> "Future[None]":
        """Let every answer that is written fail."""
        return self._thread.submit(self._fail)

    def toggle_loading(self) -> None:
        """Have models fail to load from now on, or be loaded again."""
        self.loads_fail = not self.loads_fail

    def die(self) -> "Future[None]":
        """Let every worker end as one does that is killed."""
        return self._thread.submit(self._die)

    def close(self) -> None:
        """End the thread, without waiting for it: where a walk has failed in the midst of something, it may never end."""
        self._thread.shutdown(wait=False)

    def _make(self, _name: str, _target: object, _arguments: object, _events: object,
              on_event: Callable[[Any], None], on_exit: Callable[[int, bool], None]) -> ScriptedModel:  # fmt: skip
        return ScriptedModel(self, on_event, on_exit)  # it has what is used of one

    @property
    def _alive(self) -> list[ScriptedModel]:
        return [worker for worker in self.workers if worker.is_alive]

    def _read(self) -> None:
        for worker in self._alive:
            worker.read_all()

    def _write(self, pieces: list[str]) -> None:
        self._read()
        for worker in self._alive:
            for request_id in list(worker.answers):
                for piece in pieces:
                    worker._on_event(protocol.Tokens(request_id, piece, 1))

    def _finish(self, reason: FinishReason) -> None:
        self._read()
        for worker in self._alive:
            for request_id in list(worker.answers):
                worker.finish(request_id, reason)

    def _finish_first(self) -> None:
        worker = next(worker for worker in self._alive if worker.answers)
        worker.finish(worker.answers[0])

    def _fail(self) -> None:
        self._read()
        for worker in self._alive:
            while worker.answers:
                worker._on_event(protocol.Failed(worker.answers.pop(), ErrorInfo(ErrorCode.ENGINE_FAILED)))

    def _die(self) -> None:
        for worker in self._alive:
            worker.die()


def _pieces(request_id: str, tokens: tuple[int, ...], pieces: tuple[bytes, ...]) -> protocol.Pieces:
    none = (False,) * len(tokens)
    return protocol.Pieces(request_id, tokens, pieces, none, none)
