"""The library: what is listed, checked and removed, with models of other apps beside one's own."""

import contextlib
import hashlib
import json
import os
import shutil
import time
from concurrent.futures import CancelledError, Executor, ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from unittest.mock import Mock

import pytest

from desktop_app.domain.downloads import Download
from desktop_app.domain.errors import ErrorCode, ModelError
from desktop_app.domain.gguf import read_header
from desktop_app.domain.hub import HubFile, Variant
from desktop_app.domain.model_defaults import ModelDefaults
from desktop_app.domain.models import ModelFile
from desktop_app.services.events import EngineChanged, EngineState, LibraryChanged, ServiceEvent
from desktop_app.services.models import wholeness
from desktop_app.services.models.library import Library
from desktop_app.settings.model_defaults import ModelDefaultsStore
from desktop_app.sources.apps import FoundModel
from desktop_app.support.paths import Paths
from desktop_app.support.publisher import Publisher
from tests.whole_models import whole_model

WHOLE = whole_model(b"some numbers")


@pytest.fixture
def events() -> list[ServiceEvent]:
    return []


@pytest.fixture
def library(paths: Paths, pool: Executor, events: list[ServiceEvent], elsewhere: list[FoundModel]) -> Library:
    publisher: Publisher[ServiceEvent] = Publisher()
    publisher.subscribe(events.append)
    return Library(paths, lambda: "", pool, publisher, lambda: elsewhere)


def write(library: Library, name: str, content: bytes = b"GGUF") -> Path:
    file = library.folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def wait_for_pool(pool: Executor) -> None:
    both = Barrier(3)
    for _ in range(2):
        pool.submit(both.wait, 10)
    both.wait(60)


def test_the_starter_comes_first_and_the_rest_by_name(library: Library, starter_model: str) -> None:
    write(library, "b-Q8_0.gguf")
    write(library, "deep/a-Q4_0.gguf")
    write(library, "mmproj-a.gguf")
    write(library, "half.gguf.part")
    models = library.models().result()
    assert models[0].path == starter_model
    assert [(model.name, model.quantization) for model in models[1:]] == [("a", "Q4_0"), ("b", "Q8_0")]


def test_a_split_model_is_one(library: Library) -> None:
    for number in (1, 2, 3):
        write(library, f"big-Q4_K_M-0000{number}-of-00003.gguf", b"GGUF" * number)
    model = library.models().result()[1]
    assert (model.name, model.quantization, model.size) == ("big", "Q4_K_M", 24)
    assert library.remove(model.path).result() == 24
    assert list(library.folder.iterdir()) == []


def test_models_of_other_apps_are_offered_once_and_never_removed(
    library: Library, elsewhere: list[FoundModel], tmp_path: Path
) -> None:
    mine = write(library, "mine-Q8_0.gguf")
    blob = tmp_path / "sha256-abc"
    blob.write_bytes(b"GGUF")
    link = tmp_path / "link.gguf"
    link.symlink_to(mine)
    for path, app, name in ((blob, "Ollama", "llama3.2:3b"), (link, "Hugging Face", "")):
        elsewhere.append(FoundModel(path=str(path), app=app, name=name, repository="", size=4, sha256=""))
    others = [model for model in library.models().result() if model.app]
    assert [(model.name, model.app, model.path) for model in others] == [("llama3.2:3b", "Ollama", str(blob))]
    with pytest.raises(ModelError) as caught:
        library.remove(str(blob)).result()
    assert caught.value.code is ErrorCode.MODEL_NOT_FOUND
    assert blob.exists()


def test_a_download_is_remembered_and_verified(library: Library, events: list[ServiceEvent]) -> None:
    parts = (HubFile(name="x-Q8_0-00001-of-00002.gguf"), HubFile(name="x-Q8_0-00002-of-00002.gguf"))
    download = Download(id="1", repository="a/b", commit="c", folder=str(library.folder), licence="mit",
                        variant=Variant(name="x", quantization="Q8_0", files=parts))  # fmt: skip
    contents = (b"GGUF first", b"GGUF second")
    files = [write(library, f"a/b/{part.name}", content) for part, content in zip(parts, contents, strict=True)]
    library.arrived(download, [hashlib.sha256(content).hexdigest() for content in contents])
    assert events == [LibraryChanged(str(files[0]))]
    assert library.downloaded().result() == [str(files[0])]
    origin = library.origin(str(files[0])).result()
    assert origin is not None
    assert (origin.repository, origin.commit, len(origin.files), origin.licence) == ("a/b", "c", 2, "mit")
    assert library.verify(str(files[0])).result() is True
    assert library.known_hash(str(files[0])) == f"sha256:{origin.files[0].sha256}"
    assert library.known_hash(str(files[1])) == ""
    files[1].write_bytes(b"GGUF another second one")
    assert library.known_hash(str(files[0])) == "", "it is not what was downloaded"
    files[1].write_bytes(b"GGUF sec0nd")
    assert library.verify(str(files[0])).result() is False
    files[1].unlink()
    assert library.verify(str(files[0])).result() is False


def test_without_a_checksum_the_header_must_fit(library: Library, starter_model: str) -> None:
    assert library.verify(starter_model).result() is None
    cut = write(library, "cut.gguf", Path(starter_model).read_bytes()[:5_000_000])
    assert library.verify(str(cut)).result() is False
    with pytest.raises(ModelError):
        library.verify(str(library.folder / "gone.gguf")).result()


def test_without_checksums_every_part_must_be_there_and_fit_its_header(library: Library) -> None:
    parts = [
        write(library, f"big-Q8_0-0000{number + 1}-of-00002.gguf", whole_model(bytes(100), number, 2))
        for number in range(2)
    ]
    assert library.verify(str(parts[0])).result() is None
    data = parts[1].read_bytes()
    parts[1].write_bytes(data[:-1])
    assert library.verify(str(parts[0])).result() is False
    parts[1].unlink()
    assert library.verify(str(parts[0])).result() is False


def test_a_check_ends_with_the_library(library: Library) -> None:
    file = HubFile(name="x-Q8_0.gguf")
    download = Download(id="1", repository="a/b", commit="c", folder=str(library.folder),
                        variant=Variant(name="x", quantization="Q8_0", files=(file,)))  # fmt: skip
    path = write(library, "a/b/x-Q8_0.gguf", b"GGUF")
    library.arrived(download, [hashlib.sha256(b"GGUF").hexdigest()])
    library.close()
    with pytest.raises(CancelledError):
        library.verify(str(path)).result()


def test_the_last_use_of_a_model_is_kept(library: Library, paths: Paths, pool: Executor, starter_model: str) -> None:
    mine = write(library, "mine-Q8_0.gguf")
    shutil.copy(starter_model, mine)
    assert {model.last_used for model in library.models().result()} == {0.0}
    began = time.time()
    for state in (EngineState.LOADING, EngineState.FAILED, EngineState.IDLE):
        library.hear(EngineChanged(model_path=starter_model, state=state))
    library.hear(EngineChanged(model_path=str(mine), state=EngineState.READY))
    wait_for_pool(pool)
    starter, used = library.models().result()
    assert starter.last_used == 0.0
    assert began <= used.last_used <= time.time()
    assert library.details(str(mine)).result().last_used == used.last_used
    again = Library(paths, lambda: "", pool, Publisher(), tuple)
    assert again.models().result()[1] == used
    again.hear(EngineChanged(model_path=str(mine), state=EngineState.READY))
    wait_for_pool(pool)
    assert again.models().result()[1].last_used >= used.last_used
    again.remove(str(mine)).result()
    assert json.loads((paths.data / "usage.json").read_bytes()) == {}


def test_a_model_that_is_ready_while_the_services_close_troubles_nobody(paths: Paths, starter_model: str) -> None:
    with ThreadPoolExecutor(1) as pool:
        library = Library(paths, lambda: "", pool, Publisher(), tuple)
    library.hear(EngineChanged(model_path=starter_model, state=EngineState.READY))
    assert not (paths.data / "usage.json").exists()


def test_damaged_times_are_no_times(library: Library, paths: Paths, pool: Executor, starter_model: str) -> None:
    paths.data.mkdir(parents=True, exist_ok=True)
    (paths.data / "usage.json").write_text("{half")
    assert library.models().result()[0].last_used == 0.0
    library.hear(EngineChanged(model_path=starter_model, state=EngineState.READY))
    wait_for_pool(pool)
    assert library.models().result()[0].last_used > 0.0


def test_the_starter_stays(library: Library, starter_model: str) -> None:
    with pytest.raises(ModelError) as caught:
        library.remove(starter_model).result()
    assert caught.value.code is ErrorCode.STARTER_STAYS
    assert Path(starter_model).exists()


def test_what_cannot_be_discarded_is_told_and_stays(library: Library) -> None:
    file = write(library, "mine-Q8_0.gguf")
    with pytest.raises(ModelError) as caught:
        library.discard(str(file), lambda path: False).result()
    assert caught.value.code is ErrorCode.MODEL_NOT_DELETED
    assert str(file) in [model.path for model in library.models().result()]


def test_details_come_from_the_header(library: Library, starter_model: str) -> None:
    details = library.details(starter_model).result()
    assert (details.architecture, details.layers, details.context) == ("llama", 30, 8192)
    assert details.has_chat_template
    assert details.quantization == "Q4_1"


# Files that went, changed, or never were models


def downloaded(library: Library, name: str = "x-Q8_0.gguf", content: bytes = b"GGUF") -> Path:
    download = Download(id="1", repository="a/b", commit="c", folder=str(library.folder),
                        variant=Variant(name="x", quantization="Q8_0", files=(HubFile(name=name),)))  # fmt: skip
    path = write(library, f"a/b/{name}", content)
    library.arrived(download, [hashlib.sha256(content).hexdigest()])
    return path


def listed(library: Library) -> list[ModelFile]:
    return [model for model in library.models().result() if not model.is_starter]


def test_chosen_files_and_what_is_set_for_them_share_a_folder(library: Library, paths: Paths, tmp_path: Path) -> None:
    """As on Windows and macOS, which have one for data and settings."""
    first, second = tmp_path / "one-Q4_0.gguf", tmp_path / "two-Q4_0.gguf"
    defaults = ModelDefaults(system_prompt="Be brief.")
    settings = Paths(data=paths.data, config=paths.data, logs=paths.logs).model_defaults_file
    library.records.choose(str(first))
    ModelDefaultsStore(settings).change(str(first), defaults)
    library.records.choose(str(second))
    assert library.records.chosen() == [str(first), str(second)]
    assert ModelDefaultsStore(settings).of(str(first)) == defaults


def test_files_that_were_chosen_with_an_earlier_release_stay(library: Library, paths: Paths) -> None:
    paths.data.mkdir(parents=True)
    (paths.data / "models.json").write_text('["/one.gguf"]', encoding="utf-8")
    assert library.records.chosen() == ["/one.gguf"]
    library.records.choose("/two.gguf")
    assert library.records.chosen() == ["/one.gguf", "/two.gguf"]


def test_a_chosen_file_that_went_is_missing_until_it_is_back(library: Library, tmp_path: Path) -> None:
    file = tmp_path / "mine-Q8_0.gguf"
    file.write_bytes(WHOLE)
    library.take_in(file)
    file.rename(tmp_path / "away")
    (gone,) = listed(library)
    assert (gone.path, gone.name, gone.quantization, gone.missing) == (str(file), "mine", "Q8_0", True)
    (tmp_path / "away").rename(file)
    assert [model.missing for model in listed(library)] == [False]


def test_a_missing_file_can_be_located(library: Library, tmp_path: Path, events: list[ServiceEvent]) -> None:
    file = tmp_path / "mine-Q8_0.gguf"
    file.write_bytes(WHOLE)
    library.take_in(file)
    new = file.rename(tmp_path / "renamed-Q8_0.gguf")
    with pytest.raises(ModelError):
        library.take_in_place_of(str(file), tmp_path / "nothing.gguf")
    assert [model.missing for model in listed(library)] == [True]
    library.take_in_place_of(str(file), new)
    (model,) = listed(library)
    assert (model.path, model.missing, model.former) == (str(new), False, (str(file),))
    assert LibraryChanged(str(new)) in events


def test_a_file_that_is_cut_off_is_listed_with_what_it_lacks(library: Library, tmp_path: Path) -> None:
    file = write(library, "mine-Q8_0.gguf", WHOLE[:-3])
    parts = [whole_model(bytes(1000), number, 2) for number in range(2)]
    big = write(library, "big-Q8_0-00001-of-00002.gguf", parts[0])
    write(library, "big-Q8_0-00002-of-00002.gguf", parts[1][:-500])
    write(library, "damaged.gguf", WHOLE[:20])  # loading it tells
    lacks = {Path(model.path).name: (model.lacks, model.is_usable) for model in listed(library)}
    assert lacks == {big.name: (500, False), "damaged.gguf": (0, True), file.name: (3, False)}
    file.write_bytes(WHOLE)  # another program has put the rest there
    chosen = tmp_path / "chosen.gguf"
    chosen.write_bytes(WHOLE)
    library.take_in(chosen)
    assert {model.path: model.lacks for model in listed(library) if "amaged" not in model.path} == {
        str(big): 500,
        str(chosen): 0,
        str(file): 0,
    }
    chosen.write_bytes(WHOLE[:-1])
    assert {model.path: model.lacks for model in listed(library) if model.lacks} == {str(big): 500, str(chosen): 1}
    assert library.remove(str(big)).result() == sum(map(len, parts)) - 500


def test_a_header_is_read_once_while_its_file_stays_as_it_is(
    library: Library, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Mock(side_effect=read_header)
    monkeypatch.setattr(wholeness, "read_header", read)
    files = [write(library, name, WHOLE) for name in ("a.gguf", "b.gguf")]
    downloaded(library)  # its hash says that it is whole
    for _ in range(2):
        assert len(listed(library)) == 3
    assert [call.args for call in read.call_args_list] == [(file,) for file in files]
    paths.whole_models_file.write_text("[]")  # what cannot be read is made anew
    listed(library)
    assert read.call_count == 4
    os.utime(files[0], (1, 1))
    listed(library)
    assert read.call_args.args == (files[0],)
    assert read.call_count == 5


@pytest.mark.parametrize("how", ["forget", "remove"])
def test_a_missing_file_can_be_forgotten(library: Library, tmp_path: Path, how: str) -> None:
    file = tmp_path / "mine-Q8_0.gguf"
    file.write_bytes(WHOLE)
    library.take_in(file)
    file.unlink()
    if how == "forget":
        library.forget(str(file)).result()
    else:
        assert library.remove(str(file)).result() == 0
    assert listed(library) == []


def test_a_download_that_was_changed_is_told_until_it_is_verified(library: Library, events: list[ServiceEvent]) -> None:
    path = downloaded(library, content=b"GGUF bytes")
    assert [model.changed for model in listed(library)] == [False]
    os.utime(path, (1, 1))  # touched, but the same
    assert [model.changed for model in listed(library)] == [True]
    events.clear()
    assert library.verify(str(path)).result() is True
    assert events == [LibraryChanged(str(path))]
    assert [model.changed for model in listed(library)] == [False]
    path.write_bytes(b"GGUF other")
    os.utime(path, (1, 1_000))
    assert library.verify(str(path)).result() is False
    assert [model.changed for model in listed(library)] == [True]


def test_a_download_of_an_earlier_release_is_not_said_to_have_changed(library: Library, paths: Paths) -> None:
    path = write(library, "a/b/x-Q8_0.gguf")
    origin = {"repository": "a/b", "commit": "c", "files": [{"name": path.name, "sha256": "0"}]}
    (paths.data / "origins.json").write_text(json.dumps({str(path): origin}))
    assert [model.changed for model in listed(library)] == [False]


def test_a_download_that_lost_a_part_has_changed(library: Library) -> None:
    parts = [HubFile(name=f"x-Q8_0-0000{number}-of-00002.gguf") for number in (1, 2)]
    files = [write(library, f"a/b/{part.name}") for part in parts]
    library.arrived(Download(id="1", repository="a/b", commit="c", folder=str(library.folder),
                             variant=Variant(name="x", quantization="Q8_0", files=tuple(parts))), ["1", "2"])  # fmt: skip
    files[1].unlink()
    assert [model.changed for model in listed(library)] == [True]


@pytest.mark.parametrize("how", ["remove", "discard"])
def test_deleting_a_link_deletes_the_link(library: Library, tmp_path: Path, how: str) -> None:
    real = tmp_path / "real.gguf"
    real.write_bytes(b"GGUF and a lot more")
    library.folder.mkdir(parents=True)
    link = library.folder / "link.gguf"
    link.symlink_to(real)
    trashed: list[str] = []
    future = (
        library.remove(str(link))
        if how == "remove"
        else library.discard(str(link), lambda path: trashed.append(path) or True)
    )
    assert future.result() < len("GGUF and a lot more") + len(str(real))
    assert trashed == ([] if how == "remove" else [str(link)])
    assert real.read_bytes() == b"GGUF and a lot more"
    assert link.is_symlink() is (how == "discard")


def test_a_file_that_was_chosen_and_lies_in_the_folder_is_listed_once(library: Library, tmp_path: Path) -> None:
    file = write(library, "a.gguf", WHOLE)
    link = tmp_path / "link.gguf"
    link.symlink_to(file)
    assert library.take_in(link).path == str(file)
    assert [model.path for model in listed(library)] == [str(file)]


@pytest.mark.parametrize("kind", ["pipe", "folder", "empty", "ring", "unreadable", "nothing", "no text"])
def test_what_cannot_be_a_model_is_refused_and_nothing_hangs(
    library: Library, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "x.gguf"
    expected = ErrorCode.MODEL_UNREADABLE
    if kind == "pipe":
        os.mkfifo(file)
        expected = ErrorCode.MODEL_NOT_A_FILE
    elif kind == "folder":
        file.mkdir()
        expected = ErrorCode.MODEL_IS_FOLDER
    elif kind == "empty":
        file.touch()
        expected = ErrorCode.MODEL_EMPTY
    elif kind == "ring":
        file.symlink_to(file)
    elif kind == "unreadable":
        file.write_bytes(WHOLE)
        monkeypatch.setattr(Path, "open", Mock(side_effect=PermissionError("not yours")))
    elif kind == "nothing":
        expected = ErrorCode.MODEL_NOT_FOUND
    else:
        file = tmp_path / os.fsdecode(b"\xff.gguf")
        file.write_bytes(b"GGUF")
        expected = ErrorCode.MODEL_BAD_NAME
    with pytest.raises(ModelError) as caught:
        library.take_in(file)
    assert caught.value.code is expected
    assert json.dumps(caught.value.info.params).isascii()
    for look in (library.details, library.verify):
        with contextlib.suppress(ModelError):
            assert not look(str(file)).result(60)
    assert listed(library) == []


def test_a_file_that_goes_while_it_is_listed_is_left_out(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    file, stays = write(library, "a.gguf"), write(library, "b.gguf")
    monkeypatch.setattr("desktop_app.services.models.library.models_in", lambda _folder: file.unlink() or [file, stays])
    assert [model.path for model in listed(library)] == [str(stays)]


def test_a_name_with_lines_is_shown_in_one(library: Library) -> None:
    write(library, "two\nlines\t-Q8_0.gguf")
    (model,) = listed(library)
    assert (model.name, model.quantization) == ("two lines", "Q8_0")
    library.hear(EngineChanged(model_path=model.path, state=EngineState.READY))
    assert library.remove(model.path).result() == 4
