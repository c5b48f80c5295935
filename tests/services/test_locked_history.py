"""What locking does beside the chats' file: what can be read elsewhere goes, and a sudden end is settled by the owner."""

import os
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from desktop_app.domain.errors import ErrorCode, StorageError
from desktop_app.domain.locking import HistoryKey
from desktop_app.services.background.jobs import Jobs
from desktop_app.services.data_folder import locked_history
from desktop_app.services.data_folder.key_memory import KeyMemory
from desktop_app.services.data_folder.locked_history import Change
from desktop_app.services.data_folder.owner import Ownership
from desktop_app.settings.window_state import WindowState, load_window_state, save_window_state
from desktop_app.storage import chats as rows
from desktop_app.storage import conversion
from desktop_app.storage.database import Database
from desktop_app.support.paths import Paths
from tests.windows_files import SharingViolationError

SOAK = bool(os.environ.get("INGLENOOK_SOAK"))
TRIES = 200 if SOAK else 5
FIRST, SECOND = "five green boats", "six red boats"


@pytest.fixture
def made(paths: Paths) -> Paths:
    """Return the folders with an empty database."""
    database = Database(paths.database)
    database.open().result(60)
    database.close()
    return paths


def change(paths: Paths, wanted: Change) -> HistoryKey | None:
    memory = KeyMemory(paths.database)
    with ThreadPoolExecutor(1) as pool:
        job = Jobs(pool).begin(lambda job: locked_history.change(paths, wanted, memory, job))
        return job.future.result(60).key


def leave_words(paths: Paths) -> None:
    """Leave words of chats where the app leaves some."""
    paths.snapshots.mkdir(exist_ok=True)
    (paths.snapshots / "a.snapshot").write_bytes(b"zephyrine")
    paths.backups.mkdir(exist_ok=True)
    (paths.backups / ".0123456789abcdef.inglenook-copy").write_bytes(b"zephyrine")
    further = WindowState(draft="a zephyrine too", draft_id="d2")
    save_window_state(paths.window_file, WindowState(draft="a zephyrine", draft_id="d1", others=(further,)))


def readable(paths: Paths) -> list[Path]:
    home = paths.data.parent
    return [file for file in home.rglob("*") if file.is_file() and b"zephyrine" in file.read_bytes()]


def test_what_windows_keeps_for_a_scanner_keeps_nothing_else(made: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    leave_words(made)
    held = made.snapshots / "0 held.snapshot"
    held.write_bytes(b"zephyrine")
    unlink = os.unlink

    def refuse(path: str, **options: int) -> None:
        if Path(path).name == held.name:
            raise SharingViolationError(held)
        unlink(path, **options)

    with monkeypatch.context() as windows:
        windows.setattr(os, "unlink", refuse)
        change(made, Change(wanted=FIRST))
    assert readable(made) == [held]
    locked_history.settle(made)  # as the next start does
    assert readable(made) == []


def test_what_else_has_words_of_chats_goes_when_they_are_locked(made: Paths) -> None:
    leave_words(made)
    assert len(readable(made)) == 3
    key = change(made, Change(wanted=FIRST))
    assert key is not None
    assert readable(made) == []
    assert load_window_state(made.window_file).others[0].draft_id == "d2"
    assert change(made, Change(present=FIRST)) is None
    assert not locked_history.is_locked(made)


def test_the_owner_settles_what_a_sudden_end_left(made: Paths) -> None:
    key = change(made, Change(wanted=FIRST))
    leave_words(made)
    shutil.copy(made.database, made.database.with_name("inglenook.db-converting"))
    owner = Ownership.acquire(made)
    assert owner is not None
    try:
        assert readable(made) == []
        assert not made.database.with_name("inglenook.db-converting").exists()
        assert locked_history.unlock(made, FIRST) == key
        assert Ownership.acquire(made) is None  # nobody else converts meanwhile
    finally:
        owner.close()


def test_a_folder_that_cannot_be_settled_is_told_and_given_back(made: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    made.database.with_name("inglenook.db-converting").write_bytes(b"half")

    def refuse(path: Path) -> None:
        raise StorageError(ErrorCode.DATA_FOLDER_UNWRITABLE, path=str(path))

    with monkeypatch.context() as patched:
        patched.setattr(conversion, "settle", refuse)
        with pytest.raises(StorageError):
            Ownership.acquire(made)
    owner = Ownership.acquire(made)
    assert owner is not None
    owner.close()


def test_wrong_passphrases_never_open_never_change_and_leave_nothing_behind(made: Paths) -> None:
    change(made, Change(wanted=FIRST))
    before, threads = made.database.read_bytes(), threading.active_count()
    for attempt in range(TRIES):
        for action in (
            lambda attempt=attempt: locked_history.unlock(made, f"{FIRST} {attempt}"),
            lambda attempt=attempt: change(made, Change(present=f"no {attempt}", wanted=SECOND)),
        ):
            with pytest.raises(StorageError) as raised:
                action()
            assert raised.value.code is ErrorCode.PASSPHRASE_WRONG
    assert made.database.read_bytes() == before
    assert threading.active_count() == threads
    assert sorted(file.name for file in made.data.iterdir() if file.is_file()) == ["inglenook.db"]


def test_locked_chats_that_nobody_can_open_are_moved_and_can_come_back(made: Paths) -> None:
    change(made, Change(wanted=FIRST))
    kept = made.database.read_bytes()
    moved = locked_history.set_aside(made, KeyMemory(made.database))
    assert not made.database.exists()
    assert moved.read_bytes() == kept
    database = Database(made.database)
    database.open().result(60)
    assert database.read(rows.list_chats).result(60) == []
    database.close()
    assert locked_history.readable_backups(made) == []


def test_a_locked_database_is_not_opened_without_its_key(made: Paths) -> None:
    change(made, Change(wanted=FIRST))
    for key, code in (
        (None, ErrorCode.HISTORY_LOCKED),
        (HistoryKey(bytes(32), bytes(16)), ErrorCode.STORAGE_DAMAGED),
    ):
        database = Database(made.database, locked=True)
        error = database.open(key).exception(60)
        assert isinstance(error, StorageError)
        assert error.code is code
        assert "zeph" not in str(error)
        database.close()


def test_a_database_of_a_newer_release_is_refused_under_its_key_as_without_one(made: Paths) -> None:
    database = Database(made.database)
    database.open().result(60)
    database.write(
        lambda connection: connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    ).result(60)
    database.close()
    key = change(made, Change(wanted=FIRST))
    database = Database(made.database, locked=True)
    error = database.open(key).exception(60)
    assert isinstance(error, StorageError)
    assert error.code is ErrorCode.STORAGE_NEWER_RELEASE
    database.close()
