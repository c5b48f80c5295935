"""What tells one driver, build or processor from another."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from desktop_app.domain.hardware import System, SystemCard
from desktop_app.services.hardware.stamps import OTHER_BUILD, engine_stamp, library_folder, system_root

CARD = SystemCard(bus_id="0000:01:00.0", vendor=0x10DE, device=1, module="nvidia", driver_version="1")
SYSTEM = System(cards=(CARD,))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for file in ("usr/lib/x86_64-linux-gnu/libcuda.so.1", "engine/libllama.so", "usr/lib/libgl_driver.so"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("1")
    manifests = tmp_path / "etc/vulkan/icd.d"
    manifests.mkdir(parents=True)
    (manifests / "named.json").write_text('{"ICD": {"library_path": "libgl_driver.so"}}')
    (manifests / "relative.json").write_text('{"ICD": {"library_path": "./beside.so"}}')
    (manifests / "broken.json").write_text('{"ICD": 1}')
    (manifests / "beside.so").write_text("1")
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/cpuinfo").write_text("model name : one\nflags : avx2\n")
    (tmp_path / "Windows/System32/DriverStore/FileRepository").mkdir(parents=True)
    return tmp_path


def stamp(root: Path, system: System = SYSTEM, **environment: str) -> str:
    return engine_stamp(str(root / "engine"), system, root, environment)


@pytest.mark.parametrize(
    "file",
    [
        "usr/lib/x86_64-linux-gnu/libcuda.so.1",
        "usr/lib/libgl_driver.so",
        "etc/vulkan/icd.d/beside.so",
        "etc/vulkan/icd.d/named.json",
        "etc/vulkan/icd.d/new.json",
        "engine/libllama.so",
        "engine/libggml-vulkan.so",
        "proc/cpuinfo",
    ],
)
def test_a_file_that_changed_or_came(root: Path, file: str) -> None:
    before = stamp(root)
    assert stamp(root) == before
    (root / file).write_text("flags : avx512, of another version")
    assert stamp(root) != before


def test_programs_that_are_installed_are_no_drivers(root: Path) -> None:
    before = stamp(root)
    (root / "usr/lib/libothers.so").write_text("1")
    for folder in ("usr/lib", "usr/lib/x86_64-linux-gnu", "etc/vulkan/icd.d"):
        os.utime(root / folder, ns=(1, 1))
    assert stamp(root) == before


def test_it_is_the_same_after_a_restart(root: Path) -> None:
    program = "import sys; from tests.unit.services.test_stamps import Path, stamp; print(stamp(Path(sys.argv[1])))"
    told = [
        subprocess.run(
            [sys.executable, "-c", program, str(root)],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[3])},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    ]
    assert told == [stamp(root)] * 2


def test_the_build_is_the_chosen_one_or_the_named_one_or_the_installed_one() -> None:
    named = {OTHER_BUILD: "/named"}
    assert library_folder("/chosen", named) == Path("/chosen")
    assert library_folder("", named) == Path("/named")
    installed = library_folder("", {})
    assert installed is not None
    assert list(installed.glob("*llama*"))


def test_a_driver_that_windows_has_installed(root: Path) -> None:
    before = stamp(root)
    folder = root / "Windows/System32/DriverStore/FileRepository"
    os.utime(folder, ns=(1, 1))
    assert stamp(root) != before


def test_cards_and_the_variables_that_hide_them(root: Path) -> None:
    newer = SystemCard(bus_id=CARD.bus_id, vendor=CARD.vendor, device=1, module="nvidia", driver_version="2")
    hiding = System(cards=(CARD,), hiding=("CUDA_VISIBLE_DEVICES",))
    told = [stamp(root), stamp(root, System()), stamp(root, System(cards=(newer,)))]
    told += [stamp(root, hiding, CUDA_VISIBLE_DEVICES=value) for value in ("", "0", "1")]
    assert len(set(told)) == len(told)


def test_a_manifest_that_is_named_counts_wherever_it_is(root: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "elsewhere.json"
    manifest.write_text("{}")
    before = stamp(root, VK_ICD_FILENAMES=str(manifest))
    manifest.write_text("{ }")
    assert stamp(root, VK_ICD_FILENAMES=str(manifest)) != before


@pytest.mark.parametrize(
    ("environment", "platform", "root"),
    [
        ({"SYSTEMDRIVE": "D:"}, "win32", "D:/"),
        ({}, "win32", "C:/"),
        ({"SYSTEMDRIVE": "D:"}, "linux", "/"),
        ({}, "darwin", "/"),
    ],
)
def test_drivers_are_looked_for_on_the_drive_of_the_system(
    environment: dict[str, str], platform: str, root: str
) -> None:
    """From another drive of Windows, a path without one leads nowhere."""
    assert system_root(environment, platform) == Path(root)
