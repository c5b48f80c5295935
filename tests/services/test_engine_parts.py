"""Engines with loadable parts whose graphics driver aborts, hangs or exits: real libraries, and the real engine beside them."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from desktop_app.app import App
from desktop_app.domain.errors import ErrorCode
from desktop_app.domain.hardware import PartsTried
from desktop_app.services import doctor
from desktop_app.services.hardware.builds import EngineBuilds, list_devices
from desktop_app.services.hardware.parts import EngineParts
from desktop_app.services.words.device_words import device_words
from desktop_app.settings.store import SettingsStore
from desktop_app.support.paths import Paths
from tests.made_libraries import ABORTS, EXITS, FAULTS, HANGS, IS_NONE, compile_library
from tests.services import counted_probe
from tests.services.conftest import WAIT_SECONDS

pytestmark = pytest.mark.skipif(
    "INGLENOOK_TEST_VARIANTS" not in os.environ, reason="needs a folder with an engine in variants"
)

PATIENT, HASTY = 60.0, 6.0
"""Seconds that a probe gets; the hasty one is for libraries that hang."""


@pytest.fixture
def build(tmp_path: Path) -> Callable[..., str]:
    """Makes an engine of two variants for processors, with other parts whose sources are given by their names."""

    def make(folder: Path = tmp_path / "engines/built", **parts: str) -> str:
        folder.mkdir(parents=True)
        for file in Path(os.environ["INGLENOOK_TEST_VARIANTS"]).iterdir():
            needs_no_driver = "-cpu-" in file.name or "-rpc" in file.name  # the latter would be one part more to count
            if not needs_no_driver or file.stem.endswith(("-x64", "-haswell")):
                shutil.copy2(file, folder / file.name, follow_symlinks=False)
        for name, source in parts.items():
            compile_library(source, folder / f"libggml-{name.replace('_', '-')}.so")
        return str(folder)

    return make


class Tried:
    """Counts the processes in which something was tried."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "tries"
        self.target = partial(counted_probe.run, self._file)

    @property
    def count(self) -> int:
        return len(self._file.read_text()) if self._file.exists() else 0


@pytest.fixture
def tried(tmp_path: Path) -> Tried:
    return Tried(tmp_path)


@pytest.fixture
def new(tmp_path: Path, tried: Tried) -> Iterator[Callable[..., EngineParts]]:
    """Makes one that remembers in a file, on a computer without a graphics card."""
    made: list[EngineParts] = []

    def make(seconds: float = PATIENT, **others: object) -> EngineParts:
        usual: dict[str, object] = {"root": tmp_path / "root", "environment": {}, "target": tried.target}
        parts = EngineParts(tmp_path / "data/parts.json", seconds=seconds, **(usual | others))
        made.append(parts)
        return parts

    yield make
    for parts in made:
        parts.close()


def names(tried: PartsTried) -> tuple[list[str], list[str]]:
    """Return the files that are loaded and those that are not."""
    return [Path(file).name for file in tried.load], [Path(part.file).name for part in tried.left_out]


def variant(tried: PartsTried) -> str:
    """Return the one variant for this processor, the last of what is loaded."""
    name = Path(tried.load[-1]).name
    assert name in ("libggml-cpu-haswell.so", "libggml-cpu-x64.so")
    return name


@pytest.mark.parametrize(
    ("source", "code", "detail"),
    [
        (ABORTS, ErrorCode.PROBE_CRASHED, "SIGABRT"),
        (EXITS, ErrorCode.PROBE_CRASHED, "3"),
        (FAULTS, ErrorCode.PROBE_CRASHED, "SIGSEGV"),
        (HANGS, ErrorCode.PROBE_TIMED_OUT, ""),
    ],
)
def test_a_part_whose_driver_fails_is_left_out_and_the_others_are_loaded(
    build: Callable[..., str], new: Callable[..., EngineParts], source: str, code: ErrorCode, detail: str
) -> None:
    folder = build(vulkan=source, cuda=IS_NONE)
    parts = new(HASTY if source is HANGS else PATIENT)
    outcome = parts.of(folder)
    assert names(outcome) == (["libggml-cuda.so", variant(outcome)], ["libggml-vulkan.so"])
    (part,) = outcome.left_out
    assert (part.backend, part.error.code, part.error.detail) == ("Vulkan", code, detail)
    found, error = parts.look(folder)
    assert found is not None, error
    assert [device.name for device in found.devices] == ["CPU"]


def test_the_whole_build_would_have_gone_down_with_it(build: Callable[..., str]) -> None:
    found, error = list_devices(build(vulkan=ABORTS))
    assert found is None
    assert "SIGABRT" in error


def test_parts_that_work_are_loaded_the_best_first(build: Callable[..., str], new: Callable[..., EngineParts]) -> None:
    outcome = new().of(build(vulkan=IS_NONE, cuda=IS_NONE))
    assert names(outcome) == (["libggml-cuda.so", "libggml-vulkan.so", variant(outcome)], [])


def test_what_is_no_library_at_all_does_no_harm(build: Callable[..., str], new: Callable[..., EngineParts]) -> None:
    folder = build()
    Path(folder, "libggml-vulkan.so").write_bytes(b"half of a download")
    parts = new()
    assert parts.of(folder).left_out == ()
    assert parts.look(folder)[0] is not None


def test_a_variant_that_crashes_is_left_out_and_another_computes(
    build: Callable[..., str], new: Callable[..., EngineParts]
) -> None:
    parts = new()
    folder = build(cpu_alderlake=ABORTS)
    outcome = parts.of(folder)
    assert names(outcome) == ([variant(outcome)], ["libggml-cpu-alderlake.so"])
    found, error = parts.look(folder)
    assert found is not None, error
    assert found.cpu_variant in variant(outcome)


def test_an_engine_with_everything_linked_in_has_nothing_to_try(new: Callable[..., EngineParts], tried: Tried) -> None:
    assert new().of("") == PartsTried()
    assert tried.count == 0


def test_what_came_of_it_is_remembered_until_the_build_or_a_driver_changes(
    build: Callable[..., str], new: Callable[..., EngineParts], tried: Tried, tmp_path: Path
) -> None:
    folder = build(vulkan=ABORTS)
    assert len(new().of(folder).left_out) == 1
    assert tried.count == 2
    assert len(new().of(folder).left_out) == 1
    assert tried.count == 2
    manifest = tmp_path / "root/usr/share/vulkan/icd.d/driver.json"
    manifest.parent.mkdir(parents=True)
    manifest.write_text('{"ICD": {"library_path": "libdriver.so"}}')
    assert len(new().of(folder).left_out) == 1
    assert tried.count == 4  # a driver came
    library = tmp_path / "root/usr/lib/x86_64-linux-gnu/libdriver.so"
    library.parent.mkdir(parents=True)
    library.write_bytes(b"of another version")
    parts = new()
    assert len(parts.of(folder).left_out) == 1
    assert tried.count == 6  # its library changed
    Path(folder, "libggml-vulkan.so").unlink()
    assert parts.of(folder).left_out == ()
    assert tried.count == 7  # so did the build, of which the processor's part is left
    (tmp_path / "data/parts.json").write_bytes(b"{half")
    assert new().of(folder).left_out == ()
    assert tried.count == 8


def test_what_failed_is_tried_again_when_somebody_asks_for_it(
    build: Callable[..., str], new: Callable[..., EngineParts], tried: Tried
) -> None:
    folder, parts = build(vulkan=ABORTS), new()
    parts.of(folder)
    parts.forget_failures(folder)
    assert len(parts.of(folder).left_out) == 1
    assert tried.count == 4


def test_what_works_is_not_tried_again(
    build: Callable[..., str], new: Callable[..., EngineParts], tried: Tried
) -> None:
    folder, parts = build(vulkan=IS_NONE), new()
    parts.of(folder)
    parts.forget_failures(folder)
    parts.of(folder)
    assert tried.count == 2


def test_who_only_reads_writes_nothing(
    build: Callable[..., str], new: Callable[..., EngineParts], tmp_path: Path
) -> None:
    assert len(new(read_only=True).of(build(vulkan=ABORTS)).left_out) == 1
    assert not (tmp_path / "data").exists()


def test_closing_ends_a_part_that_hangs_at_once_and_remembers_nothing(
    build: Callable[..., str], new: Callable[..., EngineParts], tmp_path: Path
) -> None:
    folder, parts = build(vulkan=HANGS), new(seconds=3600.0)
    outcomes: list[PartsTried] = []
    asking = threading.Thread(target=lambda: outcomes.append(parts.of(folder)))
    asking.start()
    wait_for_hang(folder)
    parts.close()
    asking.join(WAIT_SECONDS)
    assert not asking.is_alive()
    assert "libggml-vulkan.so" not in names(outcomes[0])[0]
    assert not (tmp_path / "data").exists()


# In the app


def choose(paths: Paths, build: Callable[..., str], **parts: str) -> str:
    folder = build(**parts)
    return str(EngineBuilds(paths.engines).take_in(Path(folder), "vulkan"))


def test_a_model_answers_without_the_part_that_aborts_and_the_reason_is_told(
    open_app, paths: Paths, build: Callable[..., str], starter_model: str
) -> None:
    folder = choose(paths, build, vulkan=ABORTS)
    with open_app() as (app, _heard):
        model = app.engines.load(starter_model).result(WAIT_SECONDS)
        assert (model.engine_build, model.device, model.left_out) == (Path(folder).name, "CPU", ("Vulkan",))
        assert "The engine does not use Vulkan: its driver crashed or hung" in device_words(model)
        assert "choose “Try again”" in device_words(model)
        report = app.probing.look().result(WAIT_SECONDS)
        assert report.error is None
        assert [part.backend for part in report.left_out] == ["Vulkan"]


def test_once_the_driver_works_the_part_is_loaded_again(
    open_app, paths: Paths, build: Callable[..., str], tmp_path: Path
) -> None:
    """The driver is a library beside the engine's, that nobody can tell has changed."""
    driver = compile_library(ABORTS, tmp_path / "driver.so")
    loads = (
        f'#include <dlfcn.h>\n__attribute__((constructor)) static void load(void) {{ dlopen("{driver}", RTLD_NOW); }}'
    )
    choose(paths, build, vulkan=loads)
    with open_app() as (app, _heard):
        assert len(app.probing.look().result(WAIT_SECONDS).left_out) == 1
        compile_library(IS_NONE, tmp_path / "newer.so").replace(driver)
        assert len(app.probing.look().result(WAIT_SECONDS).left_out) == 1
        assert app.probing.look(again=True).result(WAIT_SECONDS).left_out == ()
        assert app.probing.look().result(WAIT_SECONDS).left_out == ()


def test_the_doctor_tells_what_is_left_out(paths: Paths, build: Callable[..., str]) -> None:
    folder = choose(paths, build, vulkan=EXITS)
    parts = EngineParts(paths.parts_file, read_only=True)
    assert EngineBuilds(paths.engines, parts.look).in_use() == folder
    findings = doctor.examine(paths)
    assert findings.self_test.ok, findings.self_test.message
    rows = [row for _title, section in findings.sections() for row in section]
    assert any(name == "Left out" and "libggml-vulkan.so), which crashed: 3" in value for name, value in rows)
    assert any("Update the graphics driver" in value for _name, value in rows)
    assert not paths.parts_file.exists()


def test_closing_does_not_wait_for_a_driver_that_hangs(
    paths: Paths, build: Callable[..., str], starter_model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the window closes while the hardware is looked at for the first time, and while a model is to be loaded."""
    folder = choose(paths, build, vulkan=HANGS)
    app = App(paths, SettingsStore(paths.settings_file))
    for asking in (app.engine_parts, app.probing):
        monkeypatch.setattr(asking._probes, "_seconds", 10 * WAIT_SECONDS)  # nothing ends them but the closing
    app.start().result(WAIT_SECONDS)
    looking, loading = app.probing.look(), app.engines.load(starter_model)
    wait_for_hang(folder)
    closing = threading.Thread(target=app.stop)
    closing.start()
    closing.join(WAIT_SECONDS)
    assert not closing.is_alive()
    assert looking.done()
    assert loading.done()
    assert not paths.parts_file.exists()


def wait_for_hang(folder: str) -> None:
    """Wait until a process has loaded the part that hangs."""
    library = str(Path(folder, "libggml-vulkan.so"))
    ended = threading.Event()
    for _ in range(600):
        for maps in Path("/proc").glob("[0-9]*/maps"):
            try:
                if library in maps.read_text():
                    return
            except OSError:
                continue
        ended.wait(0.1)
    pytest.fail("the library was never loaded")
