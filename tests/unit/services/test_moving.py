"""The models folder on its way to another place, and what was known of its models, which comes along."""

import errno
import sys
from pathlib import Path
from unittest.mock import Mock

import pytest

from desktop_app.domain.downloads import Download, DownloadState
from desktop_app.domain.errors import ErrorCode, ModelError, StorageError
from desktop_app.domain.hub import HubFile, Variant
from desktop_app.domain.transfers import TransferState
from desktop_app.services.events import EngineChanged, EngineState, LibraryChanged, TransferChanged
from desktop_app.services.models import moving as moving_module
from desktop_app.services.models.moving import FolderState
from desktop_app.services.models.records import former_paths
from desktop_app.support import files, placing
from desktop_app.support.placing import move_files
from tests.as_macos import tell_no_case
from tests.as_windows import behave_as_windows, make_junction
from tests.unit.services.conftest import Shelf
from tests.whole_models import whole_model


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "other" / "models"


def download(shelf: Shelf, state: DownloadState, name: str = "x-Q8_0.gguf") -> Download:
    variant = Variant(name="x", quantization="Q8_0", files=(HubFile(name=name, size=4),))
    return Download(
        id="1", repository="a/b", commit="c", folder=str(shelf.library.folder), variant=variant, state=state
    )


def move(shelf: Shelf, target: Path) -> None:
    """Do what the window does."""
    shelf.moving.prepare(str(target), moves=True).result()
    shelf.setting = str(target)
    shelf.moving.go_on().result()


def fill(shelf: Shelf) -> dict[str, bytes]:
    """Put models of several kinds into the folder; returns all GGUF files by their relative names."""
    contents = {
        "one-Q4_0.gguf": b"GGUF one",
        "a/b/two-Q8_0-00001-of-00002.gguf": b"GGUF two",
        "a/b/two-Q8_0-00002-of-00002.gguf": b"GGUF two and a half",
        "a/b/mmproj-two.gguf": b"GGUF eyes",
    }
    for name, content in contents.items():
        shelf.write(name, content)
    return contents


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize("disk", ["same", "other"])
def test_everything_comes_along(shelf: Shelf, target: Path, disk: str, request: pytest.FixtureRequest) -> None:
    if disk == "other":
        request.getfixturevalue("other_disk")
    contents = fill(shelf)
    source = shelf.library.folder
    shelf.write("a/b/README.md", b"stays")
    found = shelf.moving.look(str(target)).result()
    assert (found.models, found.size) == (2, sum(map(len, contents.values())))
    move(shelf, target)
    assert files_in(target) == contents
    assert files_in(source) == {"a/b/README.md": b"stays"}
    assert set(shelf.listed()) == {str(target / "one-Q4_0.gguf"), str(target / "a/b/two-Q8_0-00001-of-00002.gguf")}
    assert shelf.moving.folder_state().result().left_in == ""
    last = [event.transfer for event in shelf.events if isinstance(event, TransferChanged)][-1]
    assert (last.state, last.done, last.size, last.name) == (TransferState.DONE, found.size, found.size, "")


def test_empty_folders_go_and_the_folder_itself_stays(shelf: Shelf, target: Path) -> None:
    fill(shelf)
    source = shelf.library.folder
    move(shelf, target)
    assert source.is_dir()
    assert list(source.iterdir()) == []


def test_what_is_known_of_a_model_comes_along(shelf: Shelf, target: Path) -> None:
    done = download(shelf, DownloadState.DONE)
    old = shelf.write("a/b/x-Q8_0.gguf")
    shelf.library.arrived(done, ["hash"])
    shelf.library.hear(EngineChanged(model_path=str(old), state=EngineState.READY))
    origin = shelf.library.origin(str(old)).result()
    move(shelf, target)
    new = str(target / "a/b/x-Q8_0.gguf")
    assert origin is not None
    assert shelf.library.origin(new).result() == origin
    assert shelf.library.origin(str(old)).result() is None
    listed = shelf.listed()[new]
    assert listed.former == (str(old),)  # type: ignore[attr-defined]
    assert listed.last_used > 0  # type: ignore[attr-defined]
    assert not listed.changed  # type: ignore[attr-defined]
    assert shelf.engines.moves == [(str(old), new)]
    assert LibraryChanged(new) in shelf.events


@pytest.mark.parametrize("disk", ["same", "other"])
@pytest.mark.parametrize("how", ["cancelled", "closed", "full"])
def test_a_move_that_ends_early_goes_on_later(
    shelf: Shelf, target: Path, disk: str, how: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    if disk == "other":
        request.getfixturevalue("other_disk")
    contents = fill(shelf)
    source = shelf.library.folder
    calls = 0

    def stop(*arguments: object) -> list[Path]:
        nonlocal calls
        calls += 1
        if calls == 2 and how == "full":
            raise OSError(errno.ENOSPC, "full")
        if calls == 1 and how == "closed":
            shelf.transfers.close()
        if calls == 1 and how == "cancelled":
            begun = next(event.transfer for event in shelf.events if isinstance(event, TransferChanged))
            shelf.transfers.cancel(begun.id)
        return move_files(*arguments)

    monkeypatch.setattr(moving_module, "move_files", stop)
    shelf.moving.prepare(str(target), moves=True).result()
    shelf.setting = str(target)
    future = shelf.moving.go_on()
    if how == "full":
        with pytest.raises(ModelError) as caught:
            future.result()
        assert caught.value.code is ErrorCode.MODEL_FOLDER_FULL
    else:
        future.result()
    merged = {**files_in(source), **files_in(target)}
    assert merged == contents
    assert len(shelf.listed()) == 2  # those that were moved and those that were not
    assert shelf.moving.folder_state().result().left_in == str(source)

    monkeypatch.setattr(moving_module, "move_files", move_files)
    again = Shelf(shelf.paths, shelf.library._pool, [], open_files_stay=False)  # as after a restart
    again.setting = str(target)
    assert len(again.listed()) == 2
    again.moving.go_on().result()
    assert files_in(target) == contents
    assert files_in(source) == {}
    assert again.moving.folder_state().result().left_in == ""


def test_an_end_between_the_copy_and_the_removal(shelf: Shelf, target: Path, other_disk: None) -> None:
    file = shelf.write("one-Q4_0.gguf", b"GGUF one")
    shelf.moving.prepare(str(target), moves=True).result()
    shelf.setting = str(target)
    placing.copy_files([(file, target / file.name)], lambda _count: None)  # and then the power fails
    shelf.moving.go_on().result()
    assert files_in(target) == {"one-Q4_0.gguf": b"GGUF one"}
    assert not file.exists()


def test_an_end_between_the_new_name_and_the_note(shelf: Shelf, target: Path) -> None:
    done = download(shelf, DownloadState.DONE)
    old = shelf.write("a/b/x-Q8_0.gguf")
    shelf.library.arrived(done, ["hash"])
    new = target / "a/b/x-Q8_0.gguf"
    shelf.library.records.note_move(str(old), str(new))
    assert shelf.library.origin(str(old)).result() is not None
    new.parent.mkdir(parents=True)
    old.rename(new)  # and then the power fails
    shelf.setting = str(target)
    assert shelf.listed()[str(new)].former == (str(old),)  # type: ignore[attr-defined]
    assert shelf.library.origin(str(new)).result() is not None


def test_a_disk_that_is_away_is_not_taken_for_moved(shelf: Shelf, target: Path) -> None:
    fill(shelf)
    source = shelf.library.folder
    shelf.moving.prepare(str(target), moves=True).result()
    shelf.setting = str(target)
    source.rename(source.with_name("away"))
    with pytest.raises(ModelError) as caught:
        shelf.moving.go_on().result()
    assert caught.value.code is ErrorCode.MODEL_UNREADABLE
    source.with_name("away").rename(source)
    assert shelf.moving.folder_state().result().left_in == str(source)
    assert len(shelf.listed()) == 2


def test_a_data_folder_that_cannot_be_written_moves_nothing(
    shelf: Shelf, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = fill(shelf)
    source = shelf.library.folder
    shelf.moving.prepare(str(target), moves=True).result()
    monkeypatch.setattr(
        "desktop_app.services.models.records.replace_json", Mock(side_effect=PermissionError("read-only"))
    )
    with pytest.raises(StorageError):
        shelf.moving.go_on().result()
    assert files_in(source) == contents
    assert files_in(target) == {}


def test_leaving_them_looks_only_in_the_new_folder(shelf: Shelf, target: Path) -> None:
    contents = fill(shelf)
    source = shelf.library.folder
    shelf.moving.prepare(str(target), moves=False).result()
    shelf.setting = str(target)
    assert shelf.listed() == {}
    assert files_in(source) == contents
    assert shelf.moving.folder_state().result().left_in == ""
    shelf.setting = ""
    assert len(shelf.listed()) == 2


@pytest.mark.parametrize("state", [DownloadState.RUNNING, DownloadState.QUEUED])
def test_a_running_download_is_not_disturbed(shelf: Shelf, target: Path, state: DownloadState) -> None:
    fill(shelf)
    shelf.downloads.append(download(shelf, state))
    with pytest.raises(ModelError) as caught:
        shelf.moving.prepare(str(target), moves=True).result()
    assert caught.value.code is ErrorCode.MODEL_FOLDER_BUSY
    assert not target.exists()
    shelf.moving.prepare(str(target), moves=False).result()


def test_a_paused_download_goes_on_in_the_old_folder_and_is_listed_when_it_is_there(shelf: Shelf, target: Path) -> None:
    fill(shelf)
    paused = download(shelf, DownloadState.PAUSED)
    part = shelf.write("a/b/x-Q8_0.gguf.part", b"GG")
    shelf.downloads.append(paused)
    move(shelf, target)
    assert part.exists()
    arrived = shelf.paths.data / "models" / "a/b/x-Q8_0.gguf"
    part.rename(arrived)
    shelf.library.arrived(paused, ["hash"])
    assert str(arrived) in shelf.listed()


def test_the_folder_must_take_files(shelf: Shelf, tmp_path: Path) -> None:
    fill(shelf)
    (tmp_path / "a file").touch()
    with pytest.raises(ModelError) as caught:
        shelf.moving.prepare(str(tmp_path / "a file" / "models"), moves=True).result()
    assert caught.value.code is ErrorCode.MODEL_FOLDER_UNWRITABLE
    assert shelf.library.records.unfinished_move() is None


def test_too_little_room_is_said_before_anything_moves(
    shelf: Shelf, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = fill(shelf)
    monkeypatch.setattr("desktop_app.services.models.transfers.free_bytes", lambda _folder: 10)
    monkeypatch.setattr(moving_module, "same_disk", lambda *_: False)
    with pytest.raises(ModelError) as caught:
        shelf.moving.prepare(str(target), moves=True).result()
    assert caught.value.code is ErrorCode.MODEL_FOLDER_FULL
    assert files_in(shelf.library.folder) == contents


def test_the_same_folder_by_another_name_is_nothing_to_move(shelf: Shelf, tmp_path: Path) -> None:
    contents = fill(shelf)
    link = tmp_path / "link"
    link.symlink_to(shelf.library.folder)
    assert shelf.moving.look(str(link)).result().models == 0
    move(shelf, link)
    assert files_in(shelf.paths.data / "models") == contents


def test_into_a_folder_below_and_back_again(shelf: Shelf) -> None:
    contents = fill(shelf)
    source = shelf.library.folder
    move(shelf, source / "below")
    assert files_in(source / "below") == contents
    assert shelf.listed()[str(source / "below" / "one-Q4_0.gguf")].former == (str(source / "one-Q4_0.gguf"),)  # type: ignore[attr-defined]
    move(shelf, source)
    assert files_in(source) == contents
    assert shelf.listed()[str(source / "one-Q4_0.gguf")].former == (str(source / "below" / "one-Q4_0.gguf"),)  # type: ignore[attr-defined]


def test_a_third_folder_takes_what_is_left_in_the_first(shelf: Shelf, target: Path, tmp_path: Path) -> None:
    contents = fill(shelf)
    shelf.moving.prepare(str(target), moves=True).result()
    shelf.setting = str(target)
    (shelf.library.folder / "new.gguf").write_bytes(b"GGUF new")  # nothing was moved yet, and one came
    move(shelf, tmp_path / "third")
    assert files_in(tmp_path / "third") == {**contents, "new.gguf": b"GGUF new"}


def test_another_folder_that_is_chosen_meanwhile_gets_all_of_them(
    shelf: Shelf, target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents, third = fill(shelf), tmp_path / "third"
    move_model = shelf.moving.move_model

    def choose_another(*arguments: object) -> None:
        monkeypatch.setattr(shelf.moving, "move_model", move_model)
        shelf.moving.prepare(str(third), moves=True).result()  # in another window, while the first model is copied
        shelf.setting = str(third)
        move_model(*arguments)

    monkeypatch.setattr(shelf.moving, "move_model", choose_another)
    shelf.moving.prepare(str(target), moves=True).result()
    shelf.setting = str(target)
    assert shelf.moving.go_on().result()
    assert shelf.moving.folder_state().result().left_in, "they are not where they were wished last"
    assert shelf.moving.go_on().result()
    assert files_in(third) == contents
    assert files_in(target) == {}
    assert shelf.moving.folder_state().result().left_in == ""


def test_a_name_that_is_taken_gets_a_number(shelf: Shelf, target: Path) -> None:
    fill(shelf)
    target.mkdir(parents=True)
    (target / "one-Q4_0.gguf").write_bytes(b"GGUF another one")
    move(shelf, target)
    assert (target / "one-Q4_0.gguf").read_bytes() == b"GGUF another one"
    assert (target / "one-2-Q4_0.gguf").read_bytes() == b"GGUF one"


def test_links_lead_where_they_led(shelf: Shelf, target: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "far-Q4_0.gguf").write_bytes(b"GGUF far")
    (outside / "near-Q4_0.gguf").write_bytes(b"GGUF near")
    inside = shelf.write("deep/in-Q4_0.gguf", b"GGUF in")
    folder = shelf.library.folder
    (folder / "link-Q4_0.gguf").symlink_to(Path("..") / ".." / ".." / "outside" / "far-Q4_0.gguf")
    (folder / "again-Q4_0.gguf").symlink_to(inside)
    (folder / "linked").symlink_to(outside)
    (folder / "broken.gguf").symlink_to(outside / "gone.gguf")
    before = set(shelf.listed())
    move(shelf, target)
    assert (target / "link-Q4_0.gguf").resolve() == outside / "far-Q4_0.gguf"
    assert (target / "again-Q4_0.gguf").resolve() == target / "deep/in-Q4_0.gguf"
    assert (target / "linked").resolve() == outside
    assert (outside / "far-Q4_0.gguf").read_bytes() == b"GGUF far"
    listed = shelf.listed()
    assert {model.former[0] for model in listed.values()} == before  # type: ignore[attr-defined]


@pytest.mark.skipif(sys.platform != "linux", reason="Windows does it by itself")
def test_a_folder_that_a_junction_leads_to_keeps_its_models(
    shelf: Shelf, target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A junction passes for a folder, and is made anew, as a link could not be."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "far-Q4_0.gguf").write_bytes(b"GGUF far")
    shelf.write("near-Q4_0.gguf", b"GGUF near")
    make_junction(shelf.library.folder / "linked", outside, monkeypatch.setattr)
    made: list[tuple[Path, Path]] = []
    monkeypatch.setattr(files, "make_junction", lambda link, place: made.append((link, place)) or True)
    behave_as_windows(monkeypatch.setattr)
    move(shelf, target)
    assert files_in(target) == {"near-Q4_0.gguf": b"GGUF near"}
    assert [file.name for file in outside.iterdir()] == ["far-Q4_0.gguf"]
    assert made == [(target / "linked", outside)]


@pytest.mark.skipif(sys.platform != "linux", reason="macOS does it by itself")
def test_the_folder_by_a_name_that_differs_in_case_alone_is_the_same_folder(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on macOS, where a path keeps the case in which it was written."""
    model = shelf.write("one-Q4_0.gguf", b"GGUF one")
    folder = shelf.library.folder
    tell_no_case(folder.parent, monkeypatch.setattr)
    other = folder.with_name(folder.name.upper())
    assert shelf.moving.look(str(other)).result().models == 0
    move(shelf, other)
    assert model.read_bytes() == b"GGUF one"
    assert not remove_source_twice(model, other)


def remove_source_twice(model: Path, other: Path) -> bool:
    """Return whether a model has gone that was to be moved to where it is."""
    placing.remove_source(model, other / model.name)
    return not model.exists()


def test_a_model_that_answers_stops_the_move_where_open_files_stay(windows_shelf: Shelf, target: Path) -> None:
    fill(windows_shelf)
    source = windows_shelf.library.folder
    windows_shelf.engines.busy.add(str(source / "one-Q4_0.gguf"))
    windows_shelf.moving.prepare(str(target), moves=True).result()
    windows_shelf.setting = str(target)
    with pytest.raises(ModelError) as caught:
        windows_shelf.moving.go_on().result()
    assert caught.value.code is ErrorCode.MODEL_STAYS_OPEN
    assert (source / "one-Q4_0.gguf").exists()
    windows_shelf.engines.busy.clear()
    windows_shelf.moving.go_on().result()
    assert (target / "one-Q4_0.gguf").exists()


def test_former_paths_follow_a_chain_and_end_in_a_ring() -> None:
    moves = {"a": "b", "b": "c", "x": "y", "y": "x"}
    assert former_paths(moves, {"c", "z"}) == {"c": ("a", "b")}
    assert former_paths(moves, {"b"}) == {"b": ("a",)}
    assert former_paths(moves, {"x"}) == {"x": ("y",)}


def test_a_folder_that_is_unplugged_is_told_and_comes_back(shelf: Shelf, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    shelf.setting = str(disk / "models")
    fill(shelf)
    chosen = tmp_path / "chosen.gguf"
    chosen.write_bytes(whole_model(b"data"))
    shelf.library.take_in(chosen)
    assert shelf.moving.folder_state().result() == FolderState()
    assert len(shelf.listed()) == 3
    disk.rename(tmp_path / "unplugged")
    assert shelf.moving.folder_state().result() == FolderState(unreachable=str(disk / "models"))
    assert list(shelf.listed()) == [str(chosen)]
    (tmp_path / "unplugged").rename(disk)
    assert shelf.moving.folder_state().result() == FolderState()
    assert len(shelf.listed()) == 3


def test_the_app_s_own_folder_need_not_be_there(shelf: Shelf) -> None:
    assert not shelf.library.folder.exists()
    assert shelf.moving.folder_state().result() == FolderState()
