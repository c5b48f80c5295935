"""Two models at once with too little memory, and many loads one after the other: the owner stays as it was."""

import gc
import os
import sys
import threading
import time
from multiprocessing.connection import Connection
from pathlib import Path

import psutil
import pytest

from desktop_app.app import POOL_THREADS, App
from desktop_app.domain.errors import AppError, ErrorCode
from desktop_app.domain.messages import MessageStatus
from desktop_app.domain.sampling import Sampling
from desktop_app.engine import worker as real_worker
from desktop_app.services.events import AnswerDelta
from desktop_app.services.words.error_text import explain
from tests.endless import ENDLESS
from tests.engine.tiny_models import write_tiny_model
from tests.services.conftest import Heard

SOAK = bool(os.environ.get("INGLENOOK_SOAK"))
CYCLES = 200 if SOAK else 5
LIMITS = range(100, 1300, 40) if SOAK else (300, 600)
"""Megabytes of address space that a worker may have more than when it starts."""
WAIT_SECONDS = 120.0
LONG = Sampling(temperature=0.8, max_tokens=2000, seed=7, min_p=0.0, **ENDLESS)
SHORT = Sampling(temperature=0.0, max_tokens=3, seed=1)
GROWTH = 8_000_000
"""Bytes by which the owner's memory may differ for no reason of ours: what its allocator keeps."""

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit is Linux's")


def seems_to_have_no_memory(connection: Connection, engine_folder: str) -> None:
    """Be the real worker on a computer that has hardly any memory left, where the test says so."""
    free = os.environ.get("INGLENOOK_TEST_FREE")
    if free is not None:
        left = psutil.virtual_memory()._replace(available=int(free))
        psutil.virtual_memory = lambda: left
    real_worker.run(connection, engine_folder)


def has_no_memory(connection: Connection, engine_folder: str) -> None:
    """Be the real worker with so much memory only, where the test says so."""
    more = os.environ.get("INGLENOOK_TEST_LIMIT")
    if more is not None:
        import resource  # not on Windows

        limit = psutil.Process().memory_info().vms + int(more) * 1_000_000
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    real_worker.run(connection, engine_folder)


def begin_answer(app: App, heard: Heard, model: str) -> tuple[str, int]:
    """Return the id of an answer that is being written, and its worker's."""
    asked = app.chats.ask(None, "Write a long story.", model_path=model, sampling=LONG)
    heard.wait_for(AnswerDelta)
    (pid,) = app.engines.worker_pids()
    return asked.answer_id, pid


def goes_on(app: App, heard: Heard, answer_id: str, pid: int) -> None:
    """See that an answer is written on by the same worker, and ends well."""
    assert app.engines.worker_pids() == (pid,)
    heard.wait_for(AnswerDelta, lambda event: event.message_id == answer_id)
    app.chats.stop(answer_id)
    assert heard.answer(answer_id).message.status is MessageStatus.STOPPED


def test_a_second_model_is_refused_before_it_takes_anything(open_app, starter_model, other, monkeypatch) -> None:
    with open_app(worker=seems_to_have_no_memory) as (app, heard):
        answer_id, pid = begin_answer(app, heard, starter_model)
        monkeypatch.setenv("INGLENOOK_TEST_FREE", "50000000")
        with pytest.raises(AppError) as caught:
            app.engines.load(other).result(WAIT_SECONDS)
        assert caught.value.code is ErrorCode.MODEL_NO_MEMORY
        assert "50000000 are free" in caught.value.info.detail
        goes_on(app, heard, answer_id, pid)


@pytest.mark.parametrize("limit", LIMITS)
def test_a_second_model_that_gets_no_memory_is_told_in_words(
    open_app, starter_model: str, other: str, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    """The system refuses what llama.cpp asks for, wherever in the load it is."""
    with open_app(worker=has_no_memory) as (app, heard):
        answer_id, pid = begin_answer(app, heard, starter_model)
        monkeypatch.setenv("INGLENOOK_TEST_LIMIT", str(limit))
        loading = app.engines.load(other)
        error = loading.exception(WAIT_SECONDS)
        if error is None:
            print(f"with {limit} MB it loads, with {loading.result().context_size} tokens of context")
            app.engines.release(other)
        else:
            assert isinstance(error, AppError)
            print(f"with {limit} MB: {error.code}, {error.info.detail[-200:]}")
            assert explain(error.info).sentence.endswith(".")
            assert error.code is not ErrorCode.MODEL_DAMAGED, "it is not the file's fault"
        goes_on(app, heard, answer_id, pid)


def of_the_owner() -> tuple[int, int, int]:
    """Return its file descriptors, threads and children, dead ones that nobody has buried included."""
    me = psutil.Process()
    return me.num_fds(), me.num_threads(), len(me.children(recursive=True))


def test_loading_and_unloading_leaves_nothing_behind(app: App, tmp_path: Path) -> None:
    model = str(write_tiny_model(tmp_path / "tiny-F32.gguf", "llama"))

    def cycle() -> None:
        app.engines.load(model).result(WAIT_SECONDS)
        assert app.engines.release(model)

    together = threading.Barrier(POOL_THREADS)
    list(app.pool.map(lambda _number: together.wait(WAIT_SECONDS), range(POOL_THREADS)))
    for _ in range(3):  # what is made once is made now
        cycle()
    gc.collect()
    before, memory = of_the_owner(), psutil.Process().memory_info().rss
    for _ in range(CYCLES):
        cycle()
    gc.collect()
    after = of_the_owner()
    deadline = time.monotonic() + WAIT_SECONDS  # what was told to end may still be about to
    while any(now > then for now, then in zip(after, before, strict=True)) and time.monotonic() < deadline:
        threading.Event().wait(0.02)
        after = of_the_owner()
    assert all(now <= then for now, then in zip(after, before, strict=True)), (before, after)
    grown = psutil.Process().memory_info().rss - memory
    print(f"{CYCLES} cycles, {grown} bytes more")
    assert grown < GROWTH
