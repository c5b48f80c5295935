"""Exports of other apps read in a helper process of its own, which never outlives it."""

import multiprocessing
import os
import time
from concurrent.futures import CancelledError
from pathlib import Path

import psutil
import pytest

from desktop_app.domain.errors import ErrorCode, ImportFailure
from desktop_app.domain.foreign.chatgpt import chatgpt_chat
from desktop_app.domain.moving_in import ForeignChat, summary
from desktop_app.protocol.helper import ExportPart
from desktop_app.services.chat_files.foreign_reading import WAITING_PARTS, ForeignReader
from tests.foreign_exports import random_chatgpt, write_chatgpt
from tests.services import flooding_helper

SOAK = bool(os.environ.get("INGLENOOK_SOAK"))
BIG_BYTES = 2 << 30 if SOAK else 48 << 20
MOST_MEMORY = 200 << 20
"""Bytes that the helper may take for an export of any size: it holds a chunk, a chat, and a part."""
PATIENCE = 60.0

pytestmark = pytest.mark.usefixtures("spawned")


def helper() -> psutil.Process:
    """Return the helper that runs now."""
    (found,) = multiprocessing.active_children()
    return psutil.Process(found.pid)


def is_there_any() -> bool:
    return bool(multiprocessing.active_children())


def test_chats_come_in_parts_and_their_summaries_before(tmp_path: Path) -> None:
    path = write_chatgpt(tmp_path / "conversations.json", 60)
    expected = [chatgpt_chat(random_chatgpt(number), path.stat().st_mtime) for number in range(60)]
    chats: list[ForeignChat] = []
    told: list[ExportPart] = []
    steps: list[tuple[int, int]] = []
    reader = ForeignReader()
    counted = reader.read(path, count_only=True, on_part=told.append)
    whole = reader.read(
        path, count_only=False, on_part=lambda part: chats.extend(part.chats), step=lambda *step: steps.append(step)
    )
    assert chats == expected
    assert [each for part in told for each in part.summaries] == [summary(chat) for chat in expected]
    assert (counted.chats, counted.messages) == (whole.chats, whole.messages) == (60, 1200)
    assert steps[-1] == (path.stat().st_size, path.stat().st_size)
    assert not is_there_any()


def test_what_is_wrong_with_it_is_told(tmp_path: Path) -> None:
    path = tmp_path / "conversations.json"
    path.write_bytes(write_chatgpt(path, 5).read_bytes()[:-10])
    with pytest.raises(ImportFailure) as caught:
        ForeignReader().read(path, count_only=True, on_part=lambda _part: None)
    assert caught.value.code is ErrorCode.IMPORT_CUT
    assert caught.value.info.params == {"chats": 4, "path": str(path)}
    assert not is_there_any()


def test_a_name_that_is_no_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"\xff.json")
    write_chatgpt(path, 1)
    with pytest.raises(ImportFailure) as caught:
        ForeignReader().read(path, count_only=True, on_part=lambda _part: None)
    assert caught.value.code is ErrorCode.IMPORT_UNREADABLE
    assert str(caught.value.info.params["path"]).endswith("?.json")


def test_the_helper_waits_until_its_parts_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "sent"
    path.touch()
    ahead: list[int] = []

    def take(_part: ExportPart) -> None:
        deadline = time.monotonic() + PATIENCE
        while not ahead and path.stat().st_size < 1 + WAITING_PARTS and time.monotonic() < deadline:
            pass
        ahead.append(path.stat().st_size - len(ahead) - 1)

    ForeignReader(flooding_helper.flood).read(path, count_only=True, on_part=take)
    assert len(ahead) == flooding_helper.PARTS
    assert max(ahead) <= WAITING_PARTS + 1, "those that wait, and one on its way"


@pytest.mark.parametrize("error", [CancelledError, KeyError])
@pytest.mark.parametrize("target", [flooding_helper.flood, flooding_helper.fall_silent])
def test_it_ends_where_the_rest_is_not_wanted(tmp_path: Path, target: object, error: type[Exception]) -> None:
    (tmp_path / "sent").touch()
    running: list[int] = []

    def step(_done: int, _total: int) -> None:
        if running:
            raise error
        running.append(helper().pid)

    with pytest.raises(error):
        ForeignReader(target).read(tmp_path / "sent", count_only=True, on_part=lambda _part: None, step=step)
    assert not is_there_any()


def test_whoever_takes_the_parts_may_end_it(tmp_path: Path) -> None:
    def refuse(_part: ExportPart) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ForeignReader().read(write_chatgpt(tmp_path / "x.json", 300), count_only=False, on_part=refuse)
    assert not is_there_any()


def test_a_helper_that_is_killed_or_dies_is_told(tmp_path: Path) -> None:
    path = write_chatgpt(tmp_path / "x.json", 300)
    killed: list[psutil.Process] = []

    def kill(_part: ExportPart) -> None:
        if not killed:
            killed.append(helper())
            killed[0].kill()

    with pytest.raises(ImportFailure) as caught:
        ForeignReader().read(path, count_only=False, on_part=kill)
    assert caught.value.code is ErrorCode.IMPORT_STOPPED
    with pytest.raises(ImportFailure) as caught:
        ForeignReader(flooding_helper.die).read(path, count_only=False, on_part=lambda _part: None)
    assert (caught.value.code, caught.value.info.params) == (ErrorCode.IMPORT_STOPPED, {"path": str(path)})


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells the most memory that there was")
def test_memory_does_not_grow_with_the_export(tmp_path: Path) -> None:
    path = tmp_path / "conversations.json"
    inner = write_chatgpt(path, 200).read_bytes()[1:-1]
    count = BIG_BYTES // len(inner) + 1
    with path.open("wb") as file:
        file.write(b"[")
        for number in range(count):
            file.write((b"," if number else b"") + inner)
        file.write(b"]")
    most: list[int] = []

    def note(_part: ExportPart) -> None:
        lines = Path(f"/proc/{helper().pid}/status").read_text().splitlines()
        most.append(next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM")))

    end = ForeignReader().read(path, count_only=False, on_part=note)
    assert end.chats == 200 * count
    assert path.stat().st_size >= BIG_BYTES
    assert max(most) < MOST_MEMORY
    path.unlink()  # in a soak it is large
