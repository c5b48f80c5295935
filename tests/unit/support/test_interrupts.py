"""What a command hears of Ctrl-C while it holds it, and what it does not."""

import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from functools import partial

import pytest

from desktop_app.support.interrupts import ENDINGS, Interrupts


@pytest.fixture
def interrupts() -> Iterator[Interrupts]:
    before = {number: signal.signal(number, signal.default_int_handler) for number in ENDINGS}
    made = Interrupts()
    made.listen()
    yield made
    for number, handler in before.items():
        signal.signal(number, handler)


def done(value: int) -> "Future[int]":
    future: Future[int] = Future()
    future.set_result(value)
    return future


def test_a_wait_gives_the_result(interrupts: Interrupts) -> None:
    future: Future[int] = Future()
    with interrupts.held():
        threading.Timer(0.0, future.set_result, (5,)).start()
        assert interrupts.result_of(future) == 5
        assert interrupts.result_of(done(6)) == 6
    assert interrupts.exit_code == 0


def hold(interrupts: Interrupts, *steps: Callable[[], object]) -> None:
    with interrupts.held():
        for step in steps:
            step()


def interrupt() -> None:
    signal.raise_signal(signal.SIGINT)


def test_a_signal_is_told_where_the_command_waits_and_nowhere_else(interrupts: Interrupts) -> None:
    finished: list[int] = []
    finish = partial(interrupts.last_result_of, done(1))  # what has to be finished is
    wait = partial(interrupts.result_of, Future[int]())
    with pytest.raises(KeyboardInterrupt):
        hold(interrupts, interrupt, lambda: finished.append(finish()), wait)
    assert finished == [1]
    assert interrupts.exit_code == 130


def test_a_signal_that_another_thread_gets_ends_the_wait(interrupts: Interrupts) -> None:
    """The main thread does not let it through here; elsewhere the system may choose another one by itself."""
    other = threading.Thread(target=_interrupted_here)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        with pytest.raises(KeyboardInterrupt):
            hold(interrupts, other.start, partial(interrupts.result_of, Future[int]()))
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    other.join()


def _interrupted_here() -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    signal.pthread_kill(threading.get_ident(), signal.SIGINT)


def test_a_signal_that_no_wait_told_is_told_at_the_end(interrupts: Interrupts) -> None:
    with pytest.raises(KeyboardInterrupt):
        hold(interrupts, lambda: signal.raise_signal(signal.SIGTERM))
    assert interrupts.exit_code == 143


def test_an_error_that_ends_the_block_stays(interrupts: Interrupts) -> None:
    with pytest.raises(ValueError, match="broken"):
        hold(interrupts, interrupt, partial(int, "broken"))


def test_a_signal_is_raised_where_a_terminal_must_be_put_right(interrupts: Interrupts) -> None:
    with pytest.raises(KeyboardInterrupt), interrupts.raised():
        interrupt()
    assert interrupts.exit_code == 130


def test_what_is_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        Interrupts().listen()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
