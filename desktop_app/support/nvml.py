"""NVIDIA's library of management calls (NVML), which comes with its driver."""

import ctypes
import sys
from collections.abc import Callable

LIBRARY = "nvml.dll" if sys.platform == "win32" else "libnvidia-ml.so.1"
DONE = 0
"""NVML_SUCCESS."""
_VERSION_BYTES = 80
"""NVML_SYSTEM_DRIVER_VERSION_BUFFER_SIZE."""


def open_nvml(load: Callable[[str], ctypes.CDLL] = ctypes.CDLL) -> ctypes.CDLL | None:
    """Return the library, initialised; None where there is no such driver, or one that does not answer."""
    try:
        library = load(LIBRARY)
        return library if library.nvmlInit_v2() == DONE else None
    except (OSError, AttributeError):
        return None


def driver_version(library: ctypes.CDLL) -> str:
    """Return the version of NVIDIA's driver, empty where it does not tell."""
    text = ctypes.create_string_buffer(_VERSION_BYTES)
    try:
        done = library.nvmlSystemGetDriverVersion(text, _VERSION_BYTES) == DONE
    except AttributeError:
        return ""
    return text.value.decode("ascii", errors="replace") if done else ""
