"""The library: what is listed, checked and removed, with models of other apps beside one's own."""

import hashlib
import json
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError, Executor, ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from desktop_app.domain.downloads import Download
from desktop_app.domain.errors import ErrorCode, ModelError
from desktop_app.domain.hub import HubFile, Variant
from desktop_app.services.events import EngineChanged, EngineState, LibraryChanged, ServiceEvent
from desktop_app.services.library import Library
from desktop_app.sources.apps import FoundModel
from desktop_app.support.paths import Paths
from desktop_app.support.publisher import Publisher


@pytest.fixture
def pool() -> Iterator[Executor]:
    with ThreadPoolExecutor(2) as made:
        yield made


@pytest.fixture
def events() -> list[ServiceEvent]:
    return []


@pytest.fixture
def elsewhere() -> list[FoundModel]:
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
    both.wait(10)


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
    download = Download(id="1", repository="a/b", commit="c", folder=str(library.folder),
                        variant=Variant(name="x", quantization="Q8_0", files=parts))  # fmt: skip
    contents = (b"GGUF first", b"GGUF second")
    files = [write(library, f"a/b/{part.name}", content) for part, content in zip(parts, contents, strict=True)]
    library.arrived(download, [hashlib.sha256(content).hexdigest() for content in contents])
    assert events == [LibraryChanged(str(files[0]))]
    assert library.downloaded().result() == [str(files[0])]
    origin = library.origin(str(files[0])).result()
    assert origin is not None
    assert (origin.repository, origin.commit, len(origin.files)) == ("a/b", "c", 2)
    assert library.verify(str(files[0])).result() is True
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
