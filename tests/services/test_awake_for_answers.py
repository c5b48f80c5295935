"""The computer is kept awake as long as any model answers, and no longer, however the answer ends."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from desktop_app.app import App
from desktop_app.domain.messages import MessageStatus
from desktop_app.domain.sampling import Sampling
from desktop_app.services.events import AnswerDelta
from desktop_app.support.awake import Awake
from tests.engine.tiny_models import write_tiny_model

WAIT_SECONDS = 60.0
LONG = Sampling(temperature=0.8, max_tokens=2000, seed=7, min_p=0.0)
SHORT = Sampling(temperature=0.0, max_tokens=4, seed=1)
KEEPER = "import sys, pathlib; p = pathlib.Path(sys.argv[1]); p.touch(); sys.stdin.read(); p.unlink()"


class Holds:
    """An Awake that is watched: what it was told, and whether its command runs."""

    def __init__(self, mark: Path) -> None:
        self._awake = Awake([sys.executable, "-c", KEEPER, str(mark)])
        self._changed = threading.Condition()
        self.told: list[bool] = []

    def hold(self, active: bool) -> None:
        self._awake.hold(active)
        with self._changed:
            self.told.append(active)
            self._changed.notify_all()

    @property
    def runs(self) -> bool:
        return self._awake._process is not None

    def begin(self) -> None:
        """Wait until it runs: another thread starts it than the one that tells of the answer."""
        self.wait_for(lambda: self.told == [True])
        assert self.runs

    def wait_for(self, condition: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, WAIT_SECONDS)


@pytest.fixture
def holds(app: App, tmp_path: Path) -> Holds:
    made = Holds(tmp_path / "awake")
    app._awake._awake = made
    return made


@pytest.fixture
def tiny(tmp_path: Path) -> str:
    """Return a model that loads in no time."""
    return str(write_tiny_model(tmp_path / "a-F32.gguf", "llama"))


def test_from_the_question_to_the_end(app: App, heard, holds: Holds, tiny: str) -> None:
    asked = app.chats.ask(None, "Hello", model_path=tiny, sampling=SHORT)
    assert heard.answer(asked.answer_id).message.status is MessageStatus.COMPLETE
    holds.wait_for(lambda: holds.told[-1:] == [False])
    assert holds.told == [True, False]
    assert not holds.runs


def test_no_longer_once_it_is_stopped(app: App, heard, holds: Holds, starter_model: str) -> None:
    asked = app.chats.ask(None, "Write a long story.", model_path=starter_model, sampling=LONG)
    heard.wait_for(AnswerDelta)
    holds.begin()
    app.chats.stop(asked.answer_id)
    assert heard.answer(asked.answer_id).message.status is MessageStatus.STOPPED
    holds.wait_for(lambda: not holds.told[-1])
    assert not holds.runs


def test_no_longer_once_the_engine_died(app: App, heard, holds: Holds, starter_model: str) -> None:
    asked = app.chats.ask(None, "Write a long story.", model_path=starter_model, sampling=LONG)
    heard.wait_for(AnswerDelta)
    holds.begin()
    (worker,) = app.engines.worker_pids()
    os.kill(worker, getattr(signal, "SIGKILL", signal.SIGTERM))
    assert heard.answer(asked.answer_id).message.status is MessageStatus.INTERRUPTED
    holds.wait_for(lambda: not holds.told[-1])
    assert not holds.runs


def test_no_longer_once_the_model_could_not_be_loaded(app: App, heard, holds: Holds, tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF and nothing else")
    asked = app.chats.ask(None, "Hello", model_path=str(broken), sampling=SHORT)
    assert heard.answer(asked.answer_id).message.status is MessageStatus.FAILED
    holds.wait_for(lambda: holds.told == [True, False])
    assert not holds.runs


def test_two_answers_are_one_reason(app: App, heard, holds: Holds, starter_model: str) -> None:
    first, second = (
        app.chats.ask(None, "Write a long story.", model_path=starter_model, sampling=LONG) for _place in range(2)
    )
    heard.wait_for(AnswerDelta, lambda event: event.message_id == second.answer_id)
    holds.begin()
    app.chats.stop(first.answer_id)
    heard.answer(first.answer_id)
    assert holds.told == [True]
    app.chats.stop(second.answer_id)
    heard.answer(second.answer_id)
    holds.wait_for(lambda: not holds.told[-1])
    assert holds.told == [True, False]


def test_an_end_in_mid_answer_lets_go(app: App, heard, holds: Holds, starter_model: str) -> None:
    app.chats.ask(None, "Write a long story.", model_path=starter_model, sampling=LONG)
    heard.wait_for(AnswerDelta)
    holds.begin()
    app.stop()
    assert not holds.runs
    app._awake.wish(True)  # too late: nobody would let go again
    assert not holds.runs
