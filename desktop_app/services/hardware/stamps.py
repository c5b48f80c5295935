"""Tells engine builds and graphics drivers apart, so that what was found with them holds until one of them changes."""

import contextlib
import hashlib
import importlib.util
import json
import os
import platform
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from desktop_app.domain.hardware import System
from desktop_app.engine.backend import library_folders
from desktop_app.support.version import package_version

BINDING = ("llama_cpp", "llama-cpp-python")
"""The package whose engine is used where there is no other build, as Python and as its registry call it."""
OTHER_BUILD = "LLAMA_CPP_LIB_PATH"
"""Where this variable is set, the binding takes the build in that folder instead."""


def system_root(environment: Mapping[str, str], platform: str) -> Path:
    """Return the folder that has all of the system: on Windows that is one of its drive, whichever one is looked at from."""
    return Path(f"{environment.get('SYSTEMDRIVE', 'C:')}/") if platform == "win32" else Path("/")


SYSTEM_ROOT = system_root(os.environ, sys.platform)

_MANIFESTS = (
    "etc/vulkan/icd.d",
    "usr/share/vulkan/icd.d",
    "usr/local/etc/vulkan/icd.d",
    "usr/local/share/vulkan/icd.d",
    "opt/homebrew/share/vulkan/icd.d",
)
"""Where Vulkan's loader looks for what drivers there are, beside a folder of the user's own."""
_NAMED_MANIFESTS = ("VK_DRIVER_FILES", "VK_ICD_FILENAMES")
_LIBRARY_FOLDERS = ("usr/lib", "usr/lib64", "usr/local/lib", "lib", "opt/rocm/lib", "Windows/System32")
_LIBRARIES = ("libcuda.so.1", "libvulkan.so.1", "libamdhip64.so", "nvcuda.dll", "vulkan-1.dll", "amdhip64.dll")
"""What backends load of a driver by its own name; some systems keep it in a folder for the kind of processor."""
_DRIVER_STORE = "Windows/System32/DriverStore/FileRepository"
"""Windows puts each driver that is installed into a new folder in here, whose time changes by it."""


def library_folder(engine_folder: str, environment: Mapping[str, str]) -> Path | None:
    """Return the folder of a build's libllama, of the installed one where `engine_folder` is empty; None for none."""
    named = engine_folder or environment.get(OTHER_BUILD, "")
    if named:
        return Path(named)
    found = importlib.util.find_spec(BINDING[0])
    return Path(found.origin).parent / "lib" if found is not None and found.origin else None


def engine_stamp(engine_folder: str, system: System, root: Path, environment: Mapping[str, str]) -> str:
    """Return what changes with the build, the drivers, the processor and the variables that hide devices.

    It reads the sizes and times of some dozen files.
    """
    folder = library_folder(engine_folder, environment)
    libraries = [file for place in library_folders(folder) for file in place.glob("*")] if folder is not None else []
    drivers = [f"{card.bus_id} {card.device} {card.module} {card.driver_version}" for card in system.cards]
    hiding = [f"{name}={environment[name]}" for name in system.hiding]
    files = [*_states(libraries), *_states(driver_files(root, environment))]
    told = (package_version(BINDING[1]), platform.release(), platform.version(), _processor(root), *drivers, *hiding)
    return hashlib.sha256("\n".join((*map(str, told), *files)).encode()).hexdigest()


def driver_files(root: Path, environment: Mapping[str, str]) -> Iterator[Path]:
    """Yield the files by which a new graphics driver can be told: Vulkan's manifests, and the libraries of drivers."""
    named = [environment[name] for name in _NAMED_MANIFESTS if environment.get(name)]
    data = environment.get("XDG_DATA_HOME") or str(Path(environment.get("HOME", "")) / ".local/share")
    folders = [*(root / place for place in _MANIFESTS), Path(data) / "vulkan/icd.d"]
    manifests = [Path(each) for names in named for each in names.split(os.pathsep)]
    manifests += [file for folder in folders for file in folder.glob("*.json")]
    places = [folder for place in _LIBRARY_FOLDERS for folder in (root / place, *(root / place).glob("*-linux-gnu*"))]
    for manifest in manifests:
        yield manifest
        library = _library_of(manifest)
        yield from (place / library for place in (manifest.parent, *places)) if library else ()
    yield from (place / name for place in places for name in _LIBRARIES)
    yield root / _DRIVER_STORE


def _library_of(manifest: Path) -> str:
    """Return the library that a manifest names: a path, or a name that is looked for; empty where it names none."""
    try:
        told = json.loads(manifest.read_bytes())
        return str(told["ICD"]["library_path"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _states(files: Iterable[Path]) -> Iterator[str]:
    """Yield those of the files that are there, with size and time of change."""
    for file in sorted(set(files)):
        with contextlib.suppress(OSError, ValueError):
            status = file.stat()
            yield f"{file} {status.st_size} {status.st_mtime_ns}"


def _processor(root: Path) -> str:
    """Return what tells processors apart that take other variants."""
    with contextlib.suppress(OSError):
        text = (root / "proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
        return " ".join(re.findall(r"^(?:model name|flags|Features)\s*:.*$", text, re.MULTILINE)[:2])
    return platform.processor()
