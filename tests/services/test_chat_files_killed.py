"""Exports, imports, backups, restoring and emptying the trash, killed at any moment: nothing lost, nothing double."""

import multiprocessing
import os
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from desktop_app.domain.chat_file import SavedChat, read_chat_file
from desktop_app.domain.chats import Conversation
from desktop_app.domain.exports import ExportFormat
from desktop_app.services.background import process as services_process
from desktop_app.services.chat_files.incoming import SLICE_MESSAGES
from desktop_app.storage import backups as backup_files
from desktop_app.storage import chats as rows
from desktop_app.storage.archive import Archive
from desktop_app.storage.health import database_health
from desktop_app.support.placing import ENDING
from tests.foreign_exports import write_chatgpt
from tests.preloaded_run import run_there
from tests.services import files_of_chats
from tests.services.chat_home import Home, same, some_chats
from tests.services.test_branches import long_chat

SOAK = bool(os.environ.get("INGLENOOK_SOAK"))
KILLS = 20 if SOAK else 2
LONGEST = 1000 if SOAK else 250
"""Messages of a chat, some of which are stored in several steps."""


def whole_files(folder: Path, work: str, count: int) -> int:
    """Check what has a final name, and return how many there are."""
    found = [path for path in folder.iterdir() if not path.name.startswith(".")]
    for path in found:
        if work == "json":
            with path.open("rb") as stream:
                assert sum(isinstance(item, SavedChat) for item in read_chat_file(stream)) == count
            continue
        files = list(path.iterdir())
        assert len(files) == count
        endings = {"markdown": b"\n", "html": b"</html>\n", "pdf": b"%%EOF\n"}
        assert all(file.read_bytes().endswith(endings[work]) for file in files)
    return len(found)


@contextmanager
def working(work: str, folder: Path) -> Iterator[tuple[BaseProcess, Iterator[str]]]:
    """Let a process work on `folder`, with what it tells; it is killed at the end, if it has not ended by then."""
    is_forked = services_process.multiprocessing is not multiprocessing  # type: ignore[attr-defined]
    make = (
        multiprocessing.get_context("forkserver").Process if is_forked else multiprocessing.get_context("spawn").Process
    )
    hearing, telling = multiprocessing.Pipe(duplex=False)
    arguments = (dict(os.environ), files_of_chats.run, (telling, work, folder))
    process = make(target=run_there, args=arguments)
    process.start()
    telling.close()

    def told() -> Iterator[str]:
        with suppress(EOFError):
            while True:
                yield hearing.recv()

    try:
        yield process, told()
    finally:
        process.kill()
        process.join()
        hearing.close()


@contextmanager
def killed_after(steps: int, work: str, folder: Path) -> Iterator[None]:
    """Let a process work on `folder` and kill it after so many transactions, if it has not ended by then."""
    with working(work, folder) as (_process, told):
        for what in told:
            steps -= what == "step"
            if not steps:
                break
        else:
            assert what == "done"
    yield


@contextmanager
def killed(work: str, folder: Path, chance: random.Random, seconds: float) -> Iterator[None]:
    """Let a process work on `folder` and kill it at some moment, if it has not ended by then."""
    with working(work, folder) as (process, told):
        assert "ready" in told
        process.join(chance.random() * seconds)
    yield


@pytest.mark.parametrize("work", ["json", "markdown", "html", "pdf"])
def test_a_killed_export_leaves_whole_files_and_all_chats(make_home, work: str) -> None:
    chats = some_chats(6, seed=5, most=LONGEST if work == "json" else 60)
    home = make_home()
    home.put(*chats)
    home.close()
    folder = home.folder / "exports"
    folder.mkdir()
    chance = random.Random(work)
    for _ in range(KILLS):
        with killed(work, home.folder, chance, 1.5):
            whole_files(folder, work, len(chats))
        shutil.rmtree(folder)
        folder.mkdir()
    again = make_home()
    assert same(again.conversations(), chats)
    again.export(folder / "last", ExportFormat.MARKDOWN)
    assert [path.name for path in folder.iterdir()] == ["last"]


def test_what_a_killed_export_left_goes_with_the_next_one(make_home) -> None:
    home = make_home()
    home.put(*some_chats())
    left = [home.folder / f".0123{ENDING}", home.folder / f".4567{ENDING}"]
    left[0].write_bytes(b"half")
    left[1].mkdir()
    (left[1] / ".lock").touch()
    (left[1] / "half.md").touch()
    (home.folder / f".0123{ENDING}-wal").touch()
    home.export(home.folder / "all.json")
    assert not [path.name for path in home.folder.iterdir() if ENDING in path.name]


def test_a_killed_backup_leaves_sound_ones_and_all_chats(make_home) -> None:
    chats = some_chats(6, seed=6, most=LONGEST)
    home = make_home()
    home.put(*chats)
    home.close()
    chance = random.Random(6)
    made = 0
    for _ in range(KILLS):
        with killed("backup", home.folder, chance, 0.4):
            for backup in backup_files.list_backups(home.file):
                made += 1
                assert database_health(Path(backup.path)).integrity_ok
                with Archive(Path(backup.path), key=None) as archive:
                    assert same([archive.conversation(each.chat.id) for each in archive.chats()], chats)
                Path(backup.path).unlink()
    again = make_home()
    assert same(again.conversations(), chats)
    backup_files.back_up(again.file)
    assert len(list(again.file.with_name("backups").iterdir())) == 1


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Conversation]]:
    """Return a folder with chats that were exported and are in a backup, and the chats."""
    chats = some_chats(12, seed=7, most=LONGEST)
    home = Home(tmp_path_factory.mktemp("source"))
    home.put(*chats)
    home.export(home.folder / "chats.json")
    backup_files.back_up(home.file)
    home.close()
    return home.folder, chats


@pytest.mark.parametrize("work", ["import", "restore"])
def test_a_killed_import_or_restore_leaves_whole_chats_and_nothing_double(
    make_home, work: str, source: tuple[Path, list[Conversation]]
) -> None:
    folder, chats = source
    chance = random.Random(work)
    for number in range(KILLS):
        target = make_home(f"target {number}")
        own = some_chats(1, seed=1000 + number)
        target.put(*own)
        target.close()
        shutil.copy(folder / "chats.json", target.folder)
        shutil.copytree(folder / "backups", target.folder / "backups")
        with killed_after(chance.randrange(1, 40), work, target.folder):
            again = make_home(f"target {number}")
            found = again.conversations()
            assert all(each in [*own, *chats] for each in found)
            assert own[0] in found
            count = again.read(lambda connection: connection.exec_driver_sql("SELECT count(*) FROM chats").scalar())
            assert count == len(found)
            again.bring(target.folder / "chats.json")
            assert same(again.conversations(), [*own, *chats])
            again.close()


def test_killed_while_chats_of_another_app_move_in_each_is_whole_or_absent(make_home, tmp_path: Path) -> None:
    export = write_chatgpt(tmp_path / "conversations.json", 120, 8)
    whole = make_home("whole")
    assert whole.bring(export).new == 120
    chats = whole.conversations()
    chance = random.Random(120)
    for number in range(KILLS):
        target = make_home(f"moving {number}")
        target.close()
        shutil.copy(export, target.folder / "chats.json")
        with killed_after(chance.randrange(1, 14), "import", target.folder):
            again = make_home(f"moving {number}")
            found = again.conversations()
            assert all(each in chats for each in found)
            for table, count in (("chats", len(found)), ("messages", sum(len(each.messages) for each in found))):
                stored = again.read(
                    lambda connection, table=table: connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()
                )
                assert stored == count
            outcome = again.bring(target.folder / "chats.json")
            assert (outcome.new, outcome.there) == (120 - len(found), len(found))
            assert same(again.conversations(), chats)
            again.close()


def test_a_killed_removal_of_a_message_is_finished_by_the_next_start(make_home) -> None:
    long = long_chat(10 * SLICE_MESSAGES)
    others = some_chats(2, seed=11)
    full = make_home("full")
    full.put(long, *others)
    full.close()
    chance = random.Random(10)
    for number in range(KILLS):
        folder = full.folder.with_name(f"home {number}")
        shutil.copytree(full.folder, folder)
        (folder / "message").write_text(f"{long.chat.id} {long.messages[3].id}")
        with killed_after(chance.randrange(2, 10), "message", folder):
            again = make_home(f"home {number}")
            found = {each.chat.id: each for each in again.conversations()}
            assert found.pop(long.chat.id).messages == long.messages[:3]
            assert same(list(found.values()), others)
            count = again.read(lambda connection: connection.exec_driver_sql("SELECT count(*) FROM chats").scalar())
            assert count == 1 + len(others)  # and what stood for the removal has gone
            again.close()


def test_a_killed_emptying_of_the_trash_takes_what_is_old_and_nothing_else(make_home) -> None:
    kept = some_chats(4, seed=8, most=100)
    old = some_chats(12, seed=9, most=LONGEST)
    full = make_home("full")
    full.put(*kept, *old)
    ids = [each.chat.id for each in old]
    full.database.write(lambda connection: [rows.update_chat(connection, each, deleted_at=1.0) for each in ids]).result(
        30
    )
    full.close()
    chance = random.Random(9)
    for number in range(KILLS):
        folder = full.folder.with_name(f"home {number}")
        shutil.copytree(full.folder, folder)
        with killed_after(chance.randrange(1, 12), "trash", folder):
            again = make_home(f"home {number}")  # which empties what is left
            assert same(again.conversations(), kept)
            left = again.read(lambda connection: connection.exec_driver_sql("SELECT count(*) FROM messages").scalar())
            assert left == sum(len(each.messages) for each in kept)
            assert again.read(lambda connection: connection.exec_driver_sql("PRAGMA integrity_check").scalar()) == "ok"
            again.close()
