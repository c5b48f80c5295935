"""What Linux tells of this computer's graphics cards, in /sys and /dev; elsewhere only the engine tells."""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from desktop_app.domain.hardware import AMD, HIDING, System, SystemCard

_GRAPHICS = "0x03"
_ACCELERATOR = "0x12"
"""PCI's classes; AMD's cards for servers are of the second."""
_NAMES = ("usr/share/misc/pci.ids", "usr/share/hwdata/pci.ids")
"""Where distributions keep the list of PCI devices' names."""
_OWN_FILES = {"nvidia": "dev/nvidiactl", "amdgpu": "dev/kfd"}
"""What has to be opened for computing, beside the file of the card itself."""


def read_system(
    root: Path,
    environment: Mapping[str, str],
    platform: str,
    may_open: Callable[[Path], bool] = lambda file: os.access(file, os.R_OK | os.W_OK),
) -> System:
    """Return what the system below `root` tells; takes some milliseconds, most of it for the list of names."""
    names = {name for variables in HIDING.values() for name in variables}
    hiding = tuple(sorted(names & environment.keys()))
    if not platform.startswith("linux"):
        return System(hiding=hiding)
    folders = [folder for folder in sorted((root / "sys/bus/pci/devices").glob("*")) if _is_graphics(folder)]
    lines = _names(root) if folders else ()
    return System(cards=tuple(_card(folder, root, lines, may_open) for folder in folders), hiding=hiding)


def _is_graphics(folder: Path) -> bool:
    kind = _text(folder / "class")
    return kind.startswith(_GRAPHICS) or (kind.startswith(_ACCELERATOR) and _number(folder / "vendor", 16) == AMD)


def _card(folder: Path, root: Path, names: tuple[str, ...], may_open: Callable[[Path], bool]) -> SystemCard:
    vendor, device = _number(folder / "vendor", 16), _number(folder / "device", 16)
    module = _target(folder / "driver")
    total = _number(folder / "mem_info_vram_total")
    return SystemCard(
        bus_id=folder.name,
        vendor=vendor,
        device=device,
        name=_name(names, vendor, device),
        module=module,
        driver_version=_text(root / "sys/module" / module / "version") if module else "",
        free_memory=max(0, total - _number(folder / "mem_info_vram_used")),
        total_memory=total,
        closed=next((f"/{file}" for file in _device_files(folder, module) if not may_open(root / file)), ""),
    )


def _device_files(folder: Path, module: str) -> Iterator[str]:
    """Yield the files through which programs compute on a card."""
    for node in sorted((folder / "drm").glob("renderD*")):
        yield f"dev/dri/{node.name}"
    if module in _OWN_FILES:
        yield _OWN_FILES[module]


def _names(root: Path) -> tuple[str, ...]:
    for place in _NAMES:
        lines = _text(root / place, "utf-8").splitlines()
        if lines:
            return tuple(lines)
    return ()


def _name(lines: tuple[str, ...], vendor: int, device: int) -> str:
    """Return a device's name in the list: makers begin a line, their devices follow behind a tab."""
    begins = f"{vendor:04x}  "
    place = next((number for number, line in enumerate(lines) if line.startswith(begins)), len(lines))
    for line in lines[place + 1 :]:
        if line and not line.startswith(("\t", "#")):
            break
        if line.startswith(f"\t{device:04x}  "):
            return line.split("  ", 1)[1].strip()
    return ""


def _target(link: Path) -> str:
    """Return the name of what a link leads to, empty for none."""
    try:
        return link.readlink().name
    except OSError:
        return ""


def _text(file: Path, encoding: str = "ascii") -> str:
    try:
        return file.read_text(encoding, "replace").strip("\n")
    except OSError:
        return ""


def _number(file: Path, base: int = 10) -> int:
    try:
        return int(_text(file).strip(), base)
    except ValueError:
        return 0
