"""Graphics cards from false trees of /sys and /dev."""

from pathlib import Path

import pytest

from desktop_app.domain.hardware import AMD, NVIDIA
from desktop_app.services.hardware.system_cards import read_system

LIST = """# a list
1002  Advanced Micro Devices, Inc. [AMD/ATI]
\t2204  not this one
\t73bf  Navi 21 [Radeon RX 6800]
\t\t1002 0e3a  a variant
10de  NVIDIA Corporation
\t2204  GA102 [GeForce RTX 3090]
10df  Somebody else
\t1eb8  not this one
"""


def device(root: Path, place: str, kind: str, vendor: str, number: str, module: str = "", **files: object) -> Path:
    folder = root / "sys/bus/pci/devices" / place
    folder.mkdir(parents=True)
    for name, value in ({"class": kind, "vendor": vendor, "device": number} | files).items():
        (folder / name).write_text(f"{value}\n")
    if module:
        (root / "sys/module" / module).mkdir(parents=True, exist_ok=True)
        (folder / "driver").symlink_to(f"../../../../bus/pci/drivers/{module}")
    return folder


def test_cards_are_told_with_names_drivers_and_memory(tmp_path: Path) -> None:
    (tmp_path / "usr/share/misc").mkdir(parents=True)
    (tmp_path / "usr/share/misc/pci.ids").write_text(LIST)
    device(tmp_path, "0000:00:1f.3", "0x040300", "0x8086", "0x1234", "snd_hda_intel")
    device(tmp_path, "0000:01:00.0", "0x030000", "0x10de", "0x2204", "nvidia")
    (tmp_path / "sys/module/nvidia/version").write_text("550.54.14\n")
    device(tmp_path, "0000:0b:00.0", "0x038000", "0x1002", "0x73bf", "amdgpu",
           mem_info_vram_total=16_000, mem_info_vram_used=1_000)  # fmt: skip
    device(tmp_path, "0000:0b:00.1", "0x040300", "0x1002", "0xab28", "snd_hda_intel")
    device(tmp_path, "0000:0c:00.0", "0x120000", "0x1002", "0x74a1")
    device(tmp_path, "0000:0d:00.0", "0x120000", "0x8086", "0x7d1d", "intel_vpu")
    geforce, radeon, instinct = read_system(tmp_path, {}, "linux", lambda _file: True).cards
    assert (geforce.vendor, geforce.name, geforce.module, geforce.driver_version) == (
        NVIDIA,
        "GA102 [GeForce RTX 3090]",
        "nvidia",
        "550.54.14",
    )
    assert (radeon.name, radeon.module, radeon.driver_version) == ("Navi 21 [Radeon RX 6800]", "amdgpu", "")
    assert (radeon.free_memory, radeon.total_memory) == (15_000, 16_000)
    assert (instinct.vendor, instinct.module, instinct.name) == (AMD, "", "")


def test_files_that_cannot_be_opened_are_named(tmp_path: Path) -> None:
    folder = device(tmp_path, "0000:0b:00.0", "0x030000", "0x1002", "0x73bf", "amdgpu")
    (folder / "drm/renderD128").mkdir(parents=True)
    (folder / "drm/card0").mkdir()

    def closed(*names: str) -> str:
        return read_system(tmp_path, {}, "linux", lambda file: file.name not in names).cards[0].closed

    assert closed() == ""
    assert closed("renderD128", "kfd") == "/dev/dri/renderD128"
    assert closed("kfd") == "/dev/kfd"
    assert read_system(tmp_path, {}, "linux").cards[0].closed == "/dev/dri/renderD128"  # it is not there


def test_variables_that_hide_devices_count_even_where_they_are_empty(tmp_path: Path) -> None:
    environment = {"CUDA_VISIBLE_DEVICES": "", "HOME": "/home/me", "VK_ICD_FILENAMES": "/x"}
    assert read_system(tmp_path, environment, "linux").hiding == ("CUDA_VISIBLE_DEVICES", "VK_ICD_FILENAMES")


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_elsewhere_only_the_variables_are_told(tmp_path: Path, platform: str) -> None:
    device(tmp_path, "0000:01:00.0", "0x030000", "0x10de", "0x2204", "nvidia")
    told = read_system(tmp_path, {"CUDA_VISIBLE_DEVICES": "1"}, platform)
    assert (told.cards, told.hiding) == ((), ("CUDA_VISIBLE_DEVICES",))


def test_nonsense_and_missing_files_are_no_fault(tmp_path: Path) -> None:
    assert read_system(tmp_path / "nothing", {}, "linux").cards == ()
    folder = device(tmp_path, "0000:01:00.0", "0x030000", "what", "\xff", mem_info_vram_total="many")
    (folder / "driver").write_text("no link")
    card = read_system(tmp_path, {}, "linux").cards[0]
    assert (card.vendor, card.device, card.total_memory, card.module) == (0, 0, 0, "")
