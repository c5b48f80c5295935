"""Starts the app's workers, helpers and hub processes as forks of one that has imported all they need, and loaded the starter.

Each is a process of its own, which lives and dies as it does in the app. What is saved is what each of hundreds
would do before it does anything else: start Python, import, load the model, test it. The model has few of its layers
but where a test asks for the `whole_starter`. What loads an engine in another way, or none, is forked from a second one
that has imported nearly as much and holds no engine. The tests of the whole program as a process, of how a worker begins
and ends, and those that ask for it start them as the app does.
"""

import multiprocessing
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from desktop_app.engine import worker
from desktop_app.helper import process as helper
from desktop_app.services.background import process as services_process
from desktop_app.services.models.library import find_starter
from desktop_app.sources import process as hub
from tests.preloaded_run import SHORT_STARTER, hub_variables, run_there
from tests.short_starter import write_short

if TYPE_CHECKING:
    from tests.bare_process import BareProcess

ROOT = Path(__file__).resolve().parents[1]
PRELOADED, BARE_PRELOADED = "tests.preloaded", "tests.preloaded_bare"
ONE_THREAD = ("OMP_THREAD_LIMIT", "OPENBLAS_NUM_THREADS")
"""A fork has none of the threads that its model computed with before, and would wait for them for ever."""
HUGE_PAGES = "glibc.malloc.hugetlb=1"
"""Has the process that is forked keep its models in a few large pages: to fork it, and to end a fork, takes half as long."""


class Forks:
    """A context of multiprocessing, as `ChildProcess` uses it, that spawns what cannot be forked.

    What loads an engine in its own way, or none, is forked from a process without one where there is such a process.
    """

    def __init__(self, bare: "type[BareProcess] | None" = None) -> None:
        self._spawning = multiprocessing.get_context("spawn")
        self._forking = multiprocessing.get_context("forkserver")
        self._bare = bare

    def Pipe(self, duplex: bool = True) -> tuple[Connection, Connection]:
        return self._spawning.Pipe(duplex)

    def Process(self, *, target: Callable[..., None], args: tuple[object, ...], name: str, daemon: bool) -> BaseProcess:
        there = (dict(os.environ), target, args)
        if can_fork(target, args):
            return self._forking.Process(target=run_there, args=there, name=name, daemon=daemon)
        if self._bare is not None:
            return self._bare(target=run_there, args=there, name=name, daemon=daemon)
        return self._spawning.Process(target=target, args=args, name=name, daemon=daemon)


def can_fork(target: Callable[..., None], args: tuple[object, ...]) -> bool:
    """Return whether a process needs nothing else than what the one that is forked has imported."""
    if target is worker.run:
        return args[1] == "" and "LLAMA_CPP_LIB_PATH" not in os.environ
    if target is hub.run:
        return not hub_variables(os.environ)
    return target is helper.run


@contextmanager
def forked_children(*more: str) -> Iterator[None]:
    """Have workers and helpers forked, on systems where a process with libraries in it can be.

    What is forked has the modules `more` as well.
    """
    if sys.platform != "linux":
        yield
        return
    from tests.bare_process import BareProcess  # other systems have nothing of it

    context = Forks(BareProcess)
    with tempfile.TemporaryDirectory(prefix="inglenook-tests-") as folder, bare_server():
        starter = find_starter()
        assert starter is not None
        _start_preloaded(write_short(starter, Path(folder, starter.name)), more)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(services_process, "multiprocessing", SimpleNamespace(get_context=lambda _method: context))
            yield
        forkserver._forkserver._stop()  # type: ignore[attr-defined]  # after few tests it still loads what is here


@contextmanager
def bare_server() -> Iterator[None]:
    """Let each `BareProcess` be forked from a process that has imported what children do, and holds no engine; Linux only."""
    from tests.bare_process import BARE, connect

    BARE.set_forkserver_preload([BARE_PRELOADED])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forkserver, "connect_to_new_process", connect)
        with _usual_environment():
            BARE.ensure_running()  # now: a test that began it would seem to leave it behind
        yield
    BARE._stop()  # type: ignore[attr-defined]


def _start_preloaded(short_starter: Path, more: Sequence[str]) -> None:
    """Start the process that is forked with its models."""
    with _usual_environment() as patch:
        patch.setenv("GLIBC_TUNABLES", HUGE_PAGES)
        patch.setenv(SHORT_STARTER, str(short_starter))
        multiprocessing.set_forkserver_preload([PRELOADED, *more])
        forkserver.ensure_running()


@contextmanager
def _usual_environment() -> Iterator[pytest.MonkeyPatch]:
    """Have the environment of a process that is spawned, with one thread, for a process that is forked."""
    with pytest.MonkeyPatch.context() as patch:
        for name in hub_variables(os.environ):
            patch.delenv(name)
        for name in ONE_THREAD:
            patch.setenv(name, "1")
        patch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
        yield patch
