"""The energy counters of NVIDIA's graphics cards, asked of the driver's own library where it is installed."""

import ctypes
from collections.abc import Callable

from desktop_app.support.nvml import DONE, open_nvml

MOST_CARDS = 64


class GpuCounter:
    """Reads the counters of all cards through NVML, the driver's library of management calls."""

    def __init__(self, library: ctypes.CDLL) -> None:
        """Take over `library`, which was initialised."""
        self._library = library
        self._cards = list(self._find())

    @property
    def is_useful(self) -> bool:
        """Whether a card tells its energy at all: those before Volta do not."""
        return bool(self.joules())

    def joules(self) -> list[float]:
        """Return what each card has used since its driver was loaded; of those that do not tell, nothing."""
        told = []
        for card in self._cards:
            used = ctypes.c_ulonglong()
            if self._library.nvmlDeviceGetTotalEnergyConsumption(card, ctypes.byref(used)) == DONE:
                told.append(used.value / 1000)
        return told

    def _find(self) -> "list[ctypes.c_void_p]":
        count = ctypes.c_uint()
        if self._library.nvmlDeviceGetCount_v2(ctypes.byref(count)) != DONE:
            return []
        found = []
        for number in range(min(count.value, MOST_CARDS)):
            card = ctypes.c_void_p()
            if self._library.nvmlDeviceGetHandleByIndex_v2(number, ctypes.byref(card)) == DONE:
                found.append(card)
        return found


def open_gpu_counter(load: Callable[[str], ctypes.CDLL] = ctypes.CDLL) -> GpuCounter | None:
    """Return the counters of this computer's cards, None where there are none or the driver is too old to tell."""
    library = open_nvml(load)
    if library is None:
        return None
    try:
        counter = GpuCounter(library)
        is_useful = counter.is_useful
    except (OSError, AttributeError):
        return None
    return counter if is_useful else None
