"""Model files that a person brings: what is asked, what is copied and moved, and that nothing is lost on the way."""

import errno
import os
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from pathlib import Path
from typing import Any

import pytest

from desktop_app.domain.errors import ErrorCode, ModelError, StorageError
from desktop_app.domain.models import ModelFile
from desktop_app.domain.transfers import Brought, Placing, TransferState
from desktop_app.services.events import TransferChanged
from desktop_app.services.models import transfers as transfers_module
from desktop_app.services.words.error_text import explain
from desktop_app.support import placing
from tests.unit.services.conftest import Shelf
from tests.whole_models import whole_model

MODEL = whole_model(bytes(range(256)) * 40)


@pytest.fixture
def brought(tmp_path: Path) -> Path:
    file = tmp_path / "from" / "Small-Q4_K_M.gguf"
    file.parent.mkdir()
    file.write_bytes(MODEL)
    os.utime(file, (1_700_000_000, 1_700_000_000))
    return file


def states(shelf: Shelf) -> list[TransferState]:
    return [event.transfer.state for event in shelf.events if isinstance(event, TransferChanged)]


def refused(future: Future[Any]) -> ErrorCode:
    with pytest.raises((ModelError, StorageError)) as caught:
        future.result()
    return caught.value.code


def taken(brought: Brought | None) -> ModelFile:
    assert brought is not None
    return brought.model


def split(folder: Path, count: int = 3) -> list[Path]:
    folder.mkdir(exist_ok=True)
    files = [folder / f"Big-Q8_0-0000{number}-of-0000{count}.gguf" for number in range(1, count + 1)]
    for number, file in enumerate(files):
        file.write_bytes(whole_model(bytes([number]) * 1000 * (number + 1), number, count))
    return files


def fails_on_write(monkeypatch: pytest.MonkeyPatch, error: Exception, after: int = 1) -> None:
    """Let the copying fail at a piece."""
    monkeypatch.setattr(placing, "PIECE", 1000)
    real = placing._copy_range
    pieces = 0

    def fail(*arguments: Any) -> int:
        nonlocal pieces
        pieces += 1
        if pieces > after:
            raise error
        return real(*arguments)

    monkeypatch.setattr(placing, "_copy_range", fail)


def test_a_look_tells_what_is_brought(shelf: Shelf, brought: Path) -> None:
    arrival = shelf.importing.look(str(brought)).result()
    assert (arrival.name, arrival.size, arrival.inside) == ("Small", len(MODEL), False)
    assert shelf.importing.look(str(shelf.write("deep/x.gguf", MODEL))).result().inside


@pytest.mark.parametrize("placing_", list(Placing))
def test_a_part_that_was_renamed_is_refused(shelf: Shelf, tmp_path: Path, placing_: Placing) -> None:
    first = split(tmp_path / "from")[0]
    renamed = first.rename(first.with_name("Mine.gguf"))
    for work in (shelf.importing.look(str(renamed)), shelf.importing.bring(str(renamed), placing_)):
        assert refused(work) is ErrorCode.MODEL_PART_RENAMED
    assert shelf.listed() == {}
    assert renamed.exists()


@pytest.mark.parametrize("placing_", list(Placing))
def test_a_file_that_is_cut_off_is_refused_with_what_is_missing(
    shelf: Shelf, brought: Path, tmp_path: Path, placing_: Placing
) -> None:
    brought.write_bytes(MODEL[:-2048])
    parts = split(tmp_path / "parts")
    cut = parts[2].read_bytes()[:-100]
    parts[2].write_bytes(cut)
    for chosen, file, missing in ((brought, brought, 2048), (parts[0], parts[2], 100)):
        for work in (shelf.importing.look(str(chosen)), shelf.importing.bring(str(chosen), placing_)):
            with pytest.raises(ModelError) as caught:
                work.result()
            assert caught.value.code is ErrorCode.MODEL_INCOMPLETE
            needed = file.stat().st_size + missing
            assert caught.value.info.params == {"path": str(file), "missing": missing, "needed": needed}
    words = explain(caught.value.info).text
    assert f"{parts[2]} is incomplete: 100 B of 3 kB are missing. Download the file again" in words
    brought.write_bytes(MODEL[:40])
    assert refused(shelf.importing.bring(str(brought), placing_)) is ErrorCode.MODEL_DAMAGED
    assert shelf.listed() == {}
    assert parts[2].read_bytes() == cut
    assert states(shelf) == []


def test_in_place_touches_nothing(shelf: Shelf, brought: Path) -> None:
    model = taken(shelf.importing.bring(str(brought), Placing.IN_PLACE).result())
    assert list(shelf.listed()) == [model.path] == [str(brought)]
    assert not shelf.library.folder.exists()


@pytest.mark.parametrize("how", ["range", "piecemeal"])
def test_a_copy_is_whole_and_the_source_stays(
    shelf: Shelf, brought: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if how == "piecemeal":
        monkeypatch.setattr(placing, "_copy_range", lambda *_: -1)
    model = taken(shelf.importing.bring(str(brought), Placing.COPY).result())
    copy = shelf.library.folder / brought.name
    assert model.path == str(copy)
    assert copy.read_bytes() == brought.read_bytes() == MODEL
    assert copy.stat().st_mtime == 1_700_000_000
    assert list(shelf.listed()) == [str(copy)]
    ended = shelf.events[-2] if isinstance(shelf.events[-2], TransferChanged) else shelf.events[-1]
    assert isinstance(ended, TransferChanged)
    assert (ended.transfer.done, ended.transfer.size) == (len(MODEL), len(MODEL))
    assert shelf.leftovers(shelf.library.folder) == []


def test_a_move_on_one_disk_is_a_rename(shelf: Shelf, brought: Path) -> None:
    inode = brought.stat().st_ino
    model = taken(shelf.importing.bring(str(brought), Placing.MOVE).result())
    assert Path(model.path).stat().st_ino == inode
    assert not brought.exists()


def test_a_move_between_disks_removes_the_source_last(shelf: Shelf, brought: Path, other_disk: None) -> None:
    model = taken(shelf.importing.bring(str(brought), Placing.MOVE).result())
    assert Path(model.path).read_bytes() == MODEL
    assert not brought.exists()


def test_a_move_to_a_real_other_disk(shelf: Shelf, brought: Path, tmp_path: Path) -> None:
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system here")
    folder = memory / f"inglenook-test-{os.getpid()}"
    try:
        shelf.setting = str(folder)
        folder.mkdir()
        model = taken(shelf.importing.bring(str(brought), Placing.MOVE).result())
        assert Path(model.path).read_bytes() == MODEL
        assert not brought.exists()
        assert shelf.leftovers(folder) == []
    finally:
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()


@pytest.mark.parametrize("placing_", [Placing.COPY, Placing.MOVE])
@pytest.mark.parametrize("chosen", [0, 2])
def test_a_split_model_comes_with_all_its_parts(shelf: Shelf, tmp_path: Path, placing_: Placing, chosen: int) -> None:
    parts = split(tmp_path / "from")
    contents = [part.read_bytes() for part in parts]
    model = taken(shelf.importing.bring(str(parts[chosen]), placing_).result())
    assert model.size == sum(map(len, contents))
    assert [(shelf.library.folder / part.name).read_bytes() for part in parts] == contents
    assert [part.exists() for part in parts] == [placing_ is Placing.COPY] * 3


@pytest.mark.parametrize("placing_", list(Placing))
def test_missing_parts_are_said_before_anything_is_done(shelf: Shelf, tmp_path: Path, placing_: Placing) -> None:
    parts = split(tmp_path / "from")
    parts[1].unlink()
    with pytest.raises(ModelError) as caught:
        shelf.importing.bring(str(parts[0]), placing_).result()
    assert caught.value.code is ErrorCode.MODEL_PARTS_MISSING
    assert caught.value.info.params["names"] == parts[1].name
    assert refused(shelf.importing.look(str(parts[0]))) is ErrorCode.MODEL_PARTS_MISSING
    assert shelf.listed() == {}
    assert states(shelf) == []


def test_the_same_content_under_the_same_name_is_used(shelf: Shelf, brought: Path) -> None:
    there = shelf.write(brought.name, MODEL)
    inode = there.stat().st_ino
    found = shelf.importing.bring(str(brought), Placing.COPY).result()
    assert found is not None
    assert found.was_there
    assert found.model.path == str(there)
    assert there.stat().st_ino == inode
    assert brought.exists()
    assert len(shelf.listed()) == 1


@pytest.mark.parametrize("placing_", [Placing.COPY, Placing.MOVE])
def test_other_content_under_the_same_name_gets_a_number(shelf: Shelf, brought: Path, placing_: Placing) -> None:
    others = [shelf.write("Small-Q4_K_M.gguf", b"GGUF other"), shelf.write("Small-2-Q4_K_M.gguf", MODEL[:-1] + b"x")]
    contents = [file.read_bytes() for file in others]
    model = taken(shelf.importing.bring(str(brought), placing_).result())
    assert (Path(model.path).name, model.quantization) == ("Small-3-Q4_K_M.gguf", "Q4_K_M")
    assert Path(model.path).read_bytes() == MODEL
    assert [file.read_bytes() for file in others] == contents


def test_a_link_that_is_moved_gives_its_content_and_only_itself(shelf: Shelf, brought: Path) -> None:
    link = brought.with_name("link.gguf")
    link.symlink_to(brought)
    model = taken(shelf.importing.bring(str(link), Placing.MOVE).result())
    assert Path(model.path).name == "link.gguf"
    assert not Path(model.path).is_symlink()
    assert Path(model.path).read_bytes() == brought.read_bytes() == MODEL
    assert not link.is_symlink()


def test_what_the_models_folder_links_to_is_never_removed(shelf: Shelf, brought: Path) -> None:
    shelf.library.folder.mkdir(parents=True)
    (shelf.library.folder / brought.name).symlink_to(brought)
    shelf.importing.bring(str(brought), Placing.MOVE).result()
    assert brought.read_bytes() == MODEL


# What goes wrong


@pytest.mark.parametrize("placing_", [Placing.COPY, Placing.MOVE])
def test_too_little_room_is_said_before_anything_is_done(
    shelf: Shelf, brought: Path, placing_: Placing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfers_module, "free_bytes", lambda _folder: 5_000)
    monkeypatch.setattr("desktop_app.services.models.moving.same_disk", lambda *_: False)
    assert refused(shelf.importing.bring(str(brought), placing_)) is ErrorCode.MODEL_FOLDER_FULL
    assert brought.read_bytes() == MODEL
    assert shelf.listed() == {}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(errno.ENOSPC, "full"), ErrorCode.MODEL_FOLDER_FULL),
        (OSError(errno.EIO, "the disk was pulled out"), ErrorCode.MODEL_UNREADABLE),
        (PermissionError(errno.EACCES, "read-only"), ErrorCode.MODEL_FOLDER_UNWRITABLE),
    ],
)
@pytest.mark.parametrize("placing_", [Placing.COPY, Placing.MOVE])
def test_a_fault_in_the_middle_leaves_all_as_it_was(
    shelf: Shelf, tmp_path: Path, error: OSError, code: ErrorCode, placing_: Placing,
    monkeypatch: pytest.MonkeyPatch, other_disk: None,
) -> None:  # fmt: skip
    parts = split(tmp_path / "from")
    contents = [part.read_bytes() for part in parts]
    fails_on_write(monkeypatch, error, after=3)
    assert refused(shelf.importing.bring(str(parts[0]), placing_)) is code
    assert [part.read_bytes() for part in parts] == contents
    assert list(shelf.library.folder.iterdir()) == []
    assert states(shelf)[-1] is TransferState.FAILED


def test_a_source_that_goes_away_in_the_middle(shelf: Shelf, brought: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def pull_out(*_arguments: object) -> int:
        brought.unlink(missing_ok=True)
        raise OSError(errno.ENODEV, "gone")

    monkeypatch.setattr(placing, "_copy_range", pull_out)
    assert refused(shelf.importing.bring(str(brought), Placing.COPY)) is ErrorCode.MODEL_UNREADABLE
    assert list(shelf.library.folder.iterdir()) == []


def test_a_source_that_still_grows_is_not_taken_for_whole(
    shelf: Shelf, brought: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = placing._copy_range

    def grow(*arguments: Any) -> int:
        moved = real(*arguments)
        with brought.open("ab") as file:
            file.write(b"more")
        return 0 if arguments[2] else moved  # the end was seen before the last bytes came

    monkeypatch.setattr(placing, "_copy_range", grow)
    assert refused(shelf.importing.bring(str(brought), Placing.COPY)) is ErrorCode.MODEL_CHANGED_MEANWHILE
    assert brought.read_bytes().startswith(MODEL)
    assert list(shelf.library.folder.iterdir()) == []


def test_a_folder_that_cannot_be_written(shelf: Shelf, brought: Path) -> None:
    shelf.paths.data.mkdir(parents=True)
    shelf.library.folder.write_bytes(b"a file in its place")
    for how in (Placing.COPY, Placing.MOVE):
        assert refused(shelf.importing.bring(str(brought), how)) is ErrorCode.MODEL_FOLDER_UNWRITABLE
    assert brought.read_bytes() == MODEL


def test_a_folder_whose_disk_is_away_is_not_made_anew(shelf: Shelf, brought: Path, tmp_path: Path) -> None:
    shelf.setting = str(tmp_path / "media" / "models")
    assert refused(shelf.importing.bring(str(brought), Placing.MOVE)) is ErrorCode.MODEL_FOLDER_UNWRITABLE
    assert brought.exists()
    assert not (tmp_path / "media").exists()


def stop_at_first_piece(shelf: Shelf, monkeypatch: pytest.MonkeyPatch, stop: Callable[[], None]) -> None:
    monkeypatch.setattr(placing, "PIECE", 1000)
    real = placing._copy_range

    def copy(*arguments: Any) -> int:
        stop()
        return real(*arguments)

    monkeypatch.setattr(placing, "_copy_range", copy)


@pytest.mark.parametrize("placing_", [Placing.COPY, Placing.MOVE])
@pytest.mark.parametrize("how", ["cancelled", "closed"])
def test_what_is_stopped_leaves_all_as_it_was(
    shelf: Shelf, brought: Path, placing_: Placing, how: str, monkeypatch: pytest.MonkeyPatch, other_disk: None
) -> None:
    def stop() -> None:
        if how == "closed":
            shelf.transfers.close()
        else:
            (begun,) = [event.transfer for event in shelf.events if isinstance(event, TransferChanged)]
            shelf.transfers.cancel(begun.id)

    stop_at_first_piece(shelf, monkeypatch, stop)
    assert shelf.importing.bring(str(brought), placing_).result() is None
    assert states(shelf) == [TransferState.RUNNING, TransferState.CANCELLED]
    assert brought.read_bytes() == MODEL
    assert list(shelf.library.folder.iterdir()) == []
    assert shelf.listed() == {}


def test_a_sudden_end_leaves_nothing_that_is_taken_for_a_model(shelf: Shelf, brought: Path) -> None:
    shelf.library.folder.mkdir(parents=True)
    draft = placing.Draft(brought, shelf.library.folder / brought.name)
    draft.fill(lambda _count: None)
    assert draft._file is not None
    draft._file.close()  # as when the process is killed
    assert len(shelf.leftovers(shelf.library.folder)) == 1
    assert shelf.listed() == {}
    assert brought.read_bytes() == MODEL
    shelf.importing.bring(str(brought), Placing.COPY).result()
    assert [file.name for file in shelf.library.folder.iterdir()] == [brought.name]


def test_a_copy_that_another_program_makes_is_left_alone(shelf: Shelf, brought: Path) -> None:
    folder = shelf.library.folder
    folder.mkdir(parents=True)

    def look(_count: int) -> None:
        placing.remove_leftovers(folder)
        assert len(shelf.leftovers(folder)) == 1
        raise CancelledError

    with pytest.raises(CancelledError):
        placing.copy_files([(brought, folder / "x.gguf")], look)
    assert shelf.leftovers(folder) == []


def test_a_name_taken_in_the_last_moment_is_not_overwritten(shelf: Shelf, brought: Path) -> None:
    target = shelf.library.folder / "x.gguf"

    def take(_count: int) -> None:
        target.write_bytes(b"somebody else's")

    with pytest.raises(FileExistsError):
        placing.copy_files([(brought, target)], take)
    assert target.read_bytes() == b"somebody else's"
    assert shelf.leftovers(shelf.library.folder) == []


def test_a_source_that_cannot_be_removed_is_told(
    shelf: Shelf, brought: Path, other_disk: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlink = Path.unlink

    def refuse(path: Path, missing_ok: bool = False) -> None:
        if path == brought:
            raise PermissionError("read-only")
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    model = taken(shelf.importing.bring(str(brought), Placing.MOVE).result())
    assert Path(model.path).read_bytes() == brought.read_bytes() == MODEL
    assert ErrorCode.MODEL_NOT_DELETED in [
        getattr(getattr(event, "error", None), "code", None) for event in shelf.events
    ]


def test_a_model_that_answers_is_moved_where_open_files_can_be(shelf: Shelf, brought: Path) -> None:
    shelf.engines.busy.add(str(brought))
    model = taken(shelf.importing.bring(str(brought), Placing.MOVE).result())
    assert shelf.engines.released == []
    assert shelf.engines.moves == [(str(brought), model.path)]


def test_a_model_that_answers_stays_where_open_files_do(windows_shelf: Shelf, brought: Path) -> None:
    windows_shelf.engines.busy.add(str(brought))
    assert refused(windows_shelf.importing.bring(str(brought), Placing.MOVE)) is ErrorCode.MODEL_STAYS_OPEN
    assert brought.read_bytes() == MODEL
    windows_shelf.engines.busy.clear()
    assert windows_shelf.importing.bring(str(brought), Placing.MOVE).result() is not None
    assert windows_shelf.engines.released == [str(brought)] * 2


def test_what_is_known_of_a_model_follows_it(shelf: Shelf, brought: Path) -> None:
    shelf.importing.bring(str(brought), Placing.IN_PLACE).result()
    model = taken(shelf.importing.bring(str(brought), Placing.MOVE).result())
    (listed,) = shelf.library.models().result()[1:]
    assert (listed.path, listed.former, listed.missing) == (model.path, (str(brought),), False)


def test_one_after_the_other_and_the_same_name_from_two_folders(shelf: Shelf, brought: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / brought.name
    other.parent.mkdir()
    other.write_bytes(whole_model(b"another"))
    wanted = [shelf.importing.bring(str(file), Placing.COPY) for file in (brought, other, brought)]
    models = [taken(future.result()) for future in wanted]
    assert [Path(model.path).name for model in models] == [
        "Small-Q4_K_M.gguf", "Small-2-Q4_K_M.gguf", "Small-Q4_K_M.gguf",
    ]  # fmt: skip
    assert states(shelf) == [TransferState.RUNNING, TransferState.RUNNING, TransferState.DONE] * 3


def test_a_missing_model_is_located_by_any_of_its_parts(shelf: Shelf, tmp_path: Path) -> None:
    parts = split(tmp_path / "from")
    shelf.importing.bring(str(parts[0]), Placing.IN_PLACE).result()
    away = (tmp_path / "from").rename(tmp_path / "away")
    model = shelf.importing.locate(str(parts[0]), str(away / parts[1].name)).result()
    assert model.path == str(away / parts[0].name)
    assert list(shelf.listed()) == [model.path]
