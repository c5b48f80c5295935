"""The paths of the most important files, as on a Windows whose scanner opens each for a moment just when it is to go."""

import array
import mmap
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import BinaryIO
from unittest.mock import Mock

import pytest

from desktop_app.domain.downloads import Download
from desktop_app.domain.hub import HubFile, HubRepository, Variant
from desktop_app.domain.locking import HistoryKey
from desktop_app.engine.snapshots import Identity, Snapshots, forget_snapshots
from desktop_app.services.data_folder import erasing
from desktop_app.services.data_folder.owner import Ownership
from desktop_app.services.data_folder.owner_frames import address_file
from desktop_app.services.models.library import Library
from desktop_app.services.models.records import Records
from desktop_app.services.network import downloads
from desktop_app.services.self_check import Check, run_checks
from desktop_app.settings.store import SettingsStore
from desktop_app.sources.part_file import Note, PartFile, note_of, part_of, remove_part
from desktop_app.storage.backups import KEPT_OF_MIGRATIONS, back_up, list_backups, move_to_backups
from desktop_app.storage.cipher import is_encrypted, new_salt
from desktop_app.storage.conversion import convert
from desktop_app.storage.database import Database
from desktop_app.support import files
from desktop_app.support.drafts import folder_draft
from desktop_app.support.paths import Paths
from desktop_app.support.placing import move_files
from desktop_app.support.publisher import Publisher
from tests.as_windows import behave_as_windows

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Windows does it by itself")
NOTE = Note(repository="a/b", commit="c", name="x.gguf", size=4)
IDENTITY = Identity(model="m", engine="e", device="CPU", kv_type="f16")


@pytest.fixture(autouse=True)
def _scanner(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(files, "PAUSES", (0.0,) * 3)
    with pytest.MonkeyPatch.context() as patch:
        behave_as_windows(patch.setattr, scanned=1.0)
        yield


@pytest.fixture
def database(tmp_path: Path) -> Path:
    file = tmp_path / "inglenook.db"
    with closing(Database(file)) as opened:
        opened.open().result(60)
    return file


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_chats_get_a_passphrase_another_one_and_none(database: Path) -> None:
    key, other = (HistoryKey.derived(word, new_salt()) for word in ("one", "two"))
    convert(database, None, key)
    assert is_encrypted(database)
    convert(database, key, other)
    convert(database, other, None)
    assert not is_encrypted(database)
    assert names(database.parent) == ["inglenook.db"]


def test_locked_chats_are_set_aside(database: Path) -> None:
    assert move_to_backups(database).is_file()
    assert not database.exists()


def test_an_old_backup_that_is_open_keeps_no_update_from_its_backup(database: Path) -> None:
    made = [Path(back_up(database, before="9000").path) for _ in range(KEPT_OF_MIGRATIONS)]
    with made[0].open("rb"):
        back_up(database, before="9001")
        assert len(list_backups(database)) == KEPT_OF_MIGRATIONS + 1
    for _ in range(3):
        back_up(database, before="9002")
    assert len(list_backups(database)) <= KEPT_OF_MIGRATIONS + 1


def test_a_download_gets_its_name_and_is_done_though_its_note_stays(tmp_path: Path) -> None:
    target = tmp_path / "x.gguf"
    part = PartFile(target, NOTE)
    part.write(b"bad!")
    part.put_aside()
    part.write(b"GGUF")
    with note_of(target).open("rb"):
        part.finish()
    assert target.read_bytes() == b"GGUF"
    assert names(tmp_path) == ["x.gguf", "x.gguf.part.json"]


def test_a_download_is_given_up(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b" / "x.gguf"
    part = PartFile(target, NOTE)
    part.write(b"GG")
    part.close()
    remove_part(target)
    assert not part_of(target).exists()
    target.write_bytes(b"GGUF")
    variant = Variant(name="x", quantization="", files=(HubFile(name="x.gguf", size=4),))
    repository = HubRepository(repository="a/b", commit="c", variants=(variant,))
    downloads._remove(
        Download(id="1", repository=repository.repository, commit="c", variant=variant, folder=str(tmp_path))
    )
    assert names(tmp_path) == []


def test_what_a_model_read_of_a_chat_is_kept_anew_and_forgotten(tmp_path: Path) -> None:
    store = Snapshots(tmp_path, IDENTITY, 1 << 20)
    for tokens in ([1, 2], [1, 2, 3]):
        memory = mmap.mmap(-1, 5)
        store.save("chat", tokens, memory)
    store.close()
    found = Snapshots(tmp_path, IDENTITY, 1 << 20).best([1, 2, 3], 0)
    assert found is not None
    assert found[0].tokens == array.array("i", [1, 2, 3])
    forget_snapshots(tmp_path, "chat")
    assert names(tmp_path) == []


def test_a_move_of_the_folder_ends(tmp_path: Path) -> None:
    records = Records(tmp_path, Mock(), lambda _moves: None)
    records.begin_folder_move([tmp_path / "old"], tmp_path / "new")
    records.end_folder_move()
    assert records.unfinished_move() is None


def test_parts_of_a_model_that_cannot_all_be_moved_come_back(tmp_path: Path) -> None:
    first, second = tmp_path / "x-00001-of-00002.gguf", tmp_path / "x-00002-of-00002.gguf"
    first.write_bytes(b"one")
    second.write_bytes(b"two")
    target = tmp_path / "there"
    with first.open("rb"), pytest.raises(PermissionError):
        move_files([(part, target / part.name) for part in (first, second)], lambda _done: None)
    assert [first.read_bytes(), second.read_bytes()] == [b"one", b"two"]
    assert names(target) == []


def test_a_model_is_removed(paths: Paths) -> None:
    with ThreadPoolExecutor(1) as pool:
        library = Library(paths, lambda: "", pool, Publisher(), list)
        model = library.folder / "x.gguf"
        model.parent.mkdir(parents=True)
        model.write_bytes(b"GGUF")
        assert library.remove(str(model)).result(60) == 4
    assert not model.exists()


def test_a_folder_of_chats_gets_its_name(tmp_path: Path) -> None:
    with folder_draft(tmp_path / "chats") as folder:
        (folder / "one.md").write_bytes(b"#")
    assert names(tmp_path / "chats") == ["one.md"]


def test_settings_that_cannot_be_read_are_put_aside(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_bytes(b"{")
    SettingsStore(file)
    (kept,) = tmp_path.iterdir()
    assert kept.read_bytes() == b"{"
    assert kept != file


def test_a_later_start_that_reads_the_address_keeps_no_owner_from_ending(paths: Paths) -> None:
    owner = Ownership.acquire(paths)
    assert owner is not None
    owner.serve(object())
    with address_file(paths).open("rb"):
        owner.close()
    again = Ownership.acquire(paths)
    assert again is not None
    again.close()


def test_a_folder_goes_with_all_that_can_go(tmp_path: Path) -> None:
    for name in ("a/one", "a/b/two", "a/b/three"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    with (tmp_path / "a/b/two").open("rb"), pytest.raises(PermissionError):
        files.remove_folder(tmp_path / "a")
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == ["two"]
    files.remove_folder(tmp_path / "a")
    assert names(tmp_path) == []


def test_chats_that_cannot_be_exported_leave_nothing(tmp_path: Path) -> None:
    def write() -> None:
        with folder_draft(tmp_path / "chats") as folder:
            (folder / "one.md").write_bytes(b"#")
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        write()
    assert names(tmp_path) == []


def test_a_file_that_a_check_left_open_says_nothing_of_the_others(tmp_path: Path) -> None:
    left: list[BinaryIO] = []

    def work(folder: Path) -> str:
        left.append((folder / "log").open("wb"))
        return "fine"

    outcomes = list(run_checks([Check(name="one", work=work), Check(name="two", work=lambda _folder: "fine")]))
    left[0].close()
    assert [outcome.ok for outcome in outcomes] == [True, True]


def test_everything_is_deleted_once_though_the_order_stays(paths: Paths) -> None:
    paths.data.mkdir(parents=True)
    erasing.order(paths, paths.models, models=True)
    with (paths.data / "erase.json").open("rb"):
        erasing.carry_out(paths)
    assert not erasing.is_ordered(paths)
