"""Which engine build is used: the chosen one where it starts, else the last good one, else the installed one."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from desktop_app.protocol.probe import DevicesListed
from desktop_app.services.hardware.builds import INSTALLED, EngineBuilds, list_devices
from desktop_app.support.paths import Paths
from tests.services.conftest import WAIT_SECONDS
from tests.windows_files import SharingViolationError

FOUND = DevicesListed(engine_version="1", engine_folder="", cpu_variant="", cpu_features=(), devices=())


class Probe:
    """Says of each build whether it starts, and remembers which were asked."""

    def __init__(self, *broken: str) -> None:
        self.broken = broken
        self.asked: list[str] = []

    def __call__(self, folder: str) -> tuple[DevicesListed | None, str]:
        name = Path(folder).name
        self.asked.append(name)
        return (None, "it crashed") if name in self.broken else (FOUND, "")


@pytest.fixture
def build(tmp_path: Path) -> Callable[[str], Path]:
    """Makes what a compiler leaves."""

    def make(content: str) -> Path:
        folder = tmp_path / "built"
        folder.mkdir(exist_ok=True)
        (folder / "libllama.so").write_text(content)
        return folder

    return make


def chosen(folder: Path, *names: str, made: bool = True) -> Path:
    for name in names if made else ():
        (folder / name).mkdir(parents=True)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "chosen").write_text("\n".join(names))
    return folder


def test_without_a_choice_the_installed_engine_is_used(tmp_path: Path) -> None:
    probe = Probe()
    assert EngineBuilds(tmp_path / "nowhere", probe).in_use() == INSTALLED
    assert probe.asked == []


def test_the_chosen_build_is_used_and_tried_once(tmp_path: Path) -> None:
    probe = Probe()
    builds = EngineBuilds(chosen(tmp_path, "new", "old"), probe)
    assert builds.in_use() == builds.in_use() == str(tmp_path / "new")
    assert probe.asked == ["new"]


def test_the_last_good_build_stands_in_for_one_that_does_not_start(tmp_path: Path) -> None:
    assert EngineBuilds(chosen(tmp_path, "new", "old"), Probe("new")).in_use() == str(tmp_path / "old")


def test_where_no_build_starts_the_installed_engine_is_used(tmp_path: Path) -> None:
    probe = Probe("new", "old")
    assert EngineBuilds(chosen(tmp_path, "new", "old"), probe).in_use() == INSTALLED
    assert probe.asked == ["new", "old"]


def test_a_build_that_has_gone_is_passed_over(tmp_path: Path) -> None:
    probe = Probe()
    assert EngineBuilds(chosen(tmp_path, "gone", made=False), probe).in_use() == INSTALLED
    assert probe.asked == []


def test_a_build_that_goes_while_the_app_runs_is_replaced(tmp_path: Path) -> None:
    builds = EngineBuilds(chosen(tmp_path, "new", "old"), Probe())
    assert builds.in_use() == str(tmp_path / "new")
    (tmp_path / "new").rmdir()
    assert builds.in_use() == str(tmp_path / "old")


@pytest.mark.parametrize("content", [b"", b"\n\n", b"..", b"../../etc\n/etc\n.", b"\xff\xfe\x00", b"x\x00y", b"chosen"])
def test_a_choice_that_makes_no_sense_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "chosen").write_bytes(content)
    probe = Probe()
    assert EngineBuilds(tmp_path, probe).in_use() == INSTALLED
    assert probe.asked == []


def test_a_new_build_is_copied_and_chosen_and_two_are_kept(tmp_path: Path, build: Callable[[str], Path]) -> None:
    builds = EngineBuilds(tmp_path / "engines", Probe())
    folders = [builds.take_in(build(content), "vulkan") for content in ("one", "two", "three")]
    assert len(set(folders)) == 3
    assert [folder.is_dir() for folder in folders] == [False, True, True]
    assert (folders[2] / "libllama.so").read_text() == "three"
    assert EngineBuilds(tmp_path / "engines", Probe()).in_use() == str(folders[2])
    assert EngineBuilds(tmp_path / "engines", Probe(folders[2].name)).in_use() == str(folders[1])


def test_the_same_build_again_takes_no_room_and_keeps_the_last_good_one(
    tmp_path: Path, build: Callable[[str], Path]
) -> None:
    builds = EngineBuilds(tmp_path / "engines", Probe())
    first, second = (builds.take_in(build(content), "cpu") for content in ("one", "two"))
    assert builds.take_in(build("two"), "cpu") == second
    assert builds.take_in(build("one"), "cpu") == first
    assert (tmp_path / "engines/chosen").read_text().splitlines() == [first.name, second.name]


def test_what_is_no_engine_at_all_fails_its_probe_and_is_not_used(paths: Paths, build: Callable[[str], Path]) -> None:
    builds = EngineBuilds(paths.engines)
    folder = builds.take_in(build("no library"), "vulkan")
    found, error = list_devices(str(folder))
    assert found is None
    assert error
    assert builds.in_use() == INSTALLED


@pytest.mark.skipif("INGLENOOK_TEST_VARIANTS" not in os.environ, reason="needs a folder with an engine in variants")
def test_the_app_answers_with_the_chosen_build(open_app, paths: Paths, starter_model: str) -> None:
    folder = EngineBuilds(paths.engines).take_in(Path(os.environ["INGLENOOK_TEST_VARIANTS"]), "cpu")
    with open_app() as (app, _heard):
        assert app.engines.load(starter_model).result(WAIT_SECONDS).engine_build == folder.name


def test_a_build_that_windows_says_is_in_use_stays_whole_until_it_is_not(
    tmp_path: Path, build: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of one would pass for a build when the same is taken in again."""
    builds = EngineBuilds(tmp_path / "engines", Probe())
    first = builds.take_in(build("first"), "cpu")
    builds.take_in(build("second"), "cpu")
    with monkeypatch.context() as windows:
        rename = os.rename

        def refuse(source: object, target: object) -> None:
            if Path(str(source)) == first:
                raise SharingViolationError(first)
            rename(str(source), str(target))

        def remove_some(folder: Path, *, ignore_errors: bool = False) -> None:
            assert folder != first, "it is in use"

        windows.setattr(os, "rename", refuse)
        windows.setattr(shutil, "rmtree", remove_some)
        builds.take_in(build("third"), "cpu")
    assert (first / "libllama.so").read_text() == "first"
    builds.take_in(build("first"), "cpu")
    fourth = builds.take_in(build("fourth"), "cpu")
    builds.take_in(build("fifth"), "cpu")
    assert not first.exists()
    assert fourth.is_dir()
    assert not list((tmp_path / "engines").glob("*.gone"))
