"""Ctrl-C in a terminal reaches every process of the app; the owner alone acts on it, from their first moment on."""

import ctypes
import multiprocessing
import signal
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from types import SimpleNamespace

import pytest

from desktop_app.support.child import live_with_parent, without_interrupts


def tell(connection: Connection) -> None:
    connection.send(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ()))


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such signals")
def test_a_child_hears_no_interrupt_while_it_starts() -> None:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=tell, args=(theirs,))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    with without_interrupts():
        process.start()
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before
    assert ours.poll(30)
    assert ours.recv()
    process.join()


class Kernel:
    """Notes what of Windows' functions is called."""

    def __init__(self) -> None:
        self.calls: list[tuple[object, ...]] = []

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *arguments: self.calls.append((name, *arguments))


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    made = Kernel()
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(kernel32=made), raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    return made


def test_a_child_of_windows_hears_no_ctrl_c_from_its_first_moment_on(kernel: Kernel) -> None:
    with without_interrupts():
        assert kernel.calls == [("SetConsoleCtrlHandler", None, True)]
    assert kernel.calls == [("SetConsoleCtrlHandler", None, True), ("SetConsoleCtrlHandler", None, False)]


def test_a_child_of_windows_that_crashes_shows_no_dialog(kernel: Kernel) -> None:
    before = signal.getsignal(signal.SIGINT)
    try:
        live_with_parent()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    assert kernel.calls == [("SetErrorMode", 0x8003)]
