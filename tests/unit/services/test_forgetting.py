"""What was kept of many chats is deleted while workers end, which may take them seconds."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from desktop_app.engine.snapshots import SUFFIX
from desktop_app.services.engines.forgetting import Forgetting

WAIT_SECONDS = 30.0
NAMES = [f"chat{number}" for number in range(20)]


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as made:
        yield made


def keep(folder: Path, *names: str) -> None:
    for name in names:
        (folder / f"{name}-00000000{SUFFIX}").touch()


def test_many_chats_that_go_while_a_worker_ends_leave_the_pool_to_others(
    tmp_path: Path, pool: ThreadPoolExecutor
) -> None:
    has_ended = threading.Event()
    forgetting = Forgetting(tmp_path, pool, lambda: has_ended.wait(WAIT_SECONDS))
    keep(tmp_path, *NAMES, "other")
    for name in NAMES:
        forgetting.forget(name)
    assert pool.submit(lambda: not has_ended.is_set()).result(WAIT_SECONDS)
    has_ended.set()
    pool.shutdown(wait=True)
    assert [file.name for file in tmp_path.iterdir()] == [f"other-00000000{SUFFIX}"]


def test_what_a_worker_keeps_as_its_last_act_is_deleted(tmp_path: Path, pool: ThreadPoolExecutor) -> None:
    forgetting = Forgetting(tmp_path, pool, lambda: keep(tmp_path, "chat"))
    for _ in range(2):
        forgetting.forget("chat")
    pool.shutdown(wait=True)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_read_keeps_no_later_chat(
    tmp_path: Path, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_folder: Path, _pattern: str) -> list[Path]:
        raise OSError("no such device")

    forgetting = Forgetting(tmp_path, pool, lambda: None)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "glob", refuse)
        forgetting.forget("one")
        pool.submit(lambda: None).result(WAIT_SECONDS)
        while forgetting._is_at_it:
            pool.submit(lambda: None).result(WAIT_SECONDS)
    keep(tmp_path, "two")
    forgetting.forget("two")
    pool.shutdown(wait=True)
    assert not list(tmp_path.iterdir())
