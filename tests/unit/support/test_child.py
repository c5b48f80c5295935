"""Ctrl-C in a terminal reaches every process of the app; the owner alone acts on it, from their first moment on."""

import multiprocessing
import signal
import sys
from multiprocessing.connection import Connection

import pytest

from desktop_app.support.child import without_interrupts


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
