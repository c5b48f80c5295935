"""How much energy the computer takes while an answer is made, from the counters that the system offers.

Linux counts the processor's energy (RAPL, in /sys/class/powercap, as a rule readable by root alone), NVIDIA's driver
that of the graphics card, and a battery tells what it gives while it is not charged. What is counted is all that
these parts use meanwhile, for whatever program, so a figure is always 'about'. Counters that are missing, unreadable
or nonsense count as absent.
"""

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from desktop_app.services.hardware.gpu_energy import GpuCounter

PROCESSOR, GRAPHICS_CARD, COMPUTER = "processor", "graphics card", "computer"
"""What may have been measured; the names are stored in receipts."""
JOULES_PER_WATT_HOUR = 3600.0
MOST_WATTS = 5000.0
"""More than any computer of one person draws: a counter that says so is wrong."""
WRAPPING_WATTS = 400.0
"""What a processor may draw at most, which tells after how long its counter may have passed its end twice."""


class Counter(msgspec.Struct, frozen=True):
    """A counter in joules; it begins anew at `wraps_at`, infinite for never."""

    joules: float
    wraps_at: float = float("inf")


class Reading(msgspec.Struct, frozen=True):
    """All counters at one moment (monotonic seconds), by source and number, and the power that a battery gives."""

    moment: float
    counters: Mapping[tuple[str, str], Counter] = {}
    battery_watts: float | None = None


class Energy(msgspec.Struct, frozen=True):
    """What was used, None where nothing could be measured, and by what."""

    watt_hours: float | None = None
    sources: tuple[str, ...] = ()


class EnergyMeter:
    """Reads the counters below `classes`, the system's /sys/class; used by service threads."""

    def __init__(
        self,
        classes: Path = Path("/sys/class"),
        open_gpu: "Callable[[], GpuCounter | None] | None" = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._classes = classes
        self._open_gpu = open_gpu or _open_gpu
        self._clock = clock
        self._lock = threading.Lock()
        self._gpu: GpuCounter | None = None
        self._is_prepared = False

    def prepare(self) -> None:
        """Find the graphics card's counter, which may take a second; it is left out until then."""
        with self._lock:
            if not self._is_prepared:
                self._is_prepared = True
                self._gpu = self._open_gpu()

    def read(self, *, with_gpu: bool) -> Reading:
        """Return the counters as they are now; `with_gpu` where the graphics card takes part."""
        counters = {(PROCESSOR, zone.name): counter for zone, counter in self._processor()}
        if with_gpu and self._gpu is not None:
            counters |= {(GRAPHICS_CARD, str(card)): Counter(used) for card, used in enumerate(self._gpu.joules())}
        return Reading(self._clock(), counters, self._battery_watts())

    def used(self, begin: Reading, *, with_gpu: bool) -> Energy:
        """Return what was used since `begin`; a battery counts only where nothing else does."""
        end = self.read(with_gpu=with_gpu)
        seconds = end.moment - begin.moment
        used: dict[str, float] = {}
        for key, counter in end.counters.items():
            before = begin.counters.get(key)
            joules = _difference(before, counter, seconds) if before is not None else None
            if joules is not None:
                used[key[0]] = used.get(key[0], 0.0) + joules
        if not used and begin.battery_watts is not None and end.battery_watts is not None and seconds > 0:
            used[COMPUTER] = (begin.battery_watts + end.battery_watts) / 2 * seconds
        if not used:
            return Energy()
        return Energy(sum(used.values()) / JOULES_PER_WATT_HOUR, tuple(used))

    def _processor(self) -> list[tuple[Path, Counter]]:
        """Return the counters of whole processor packages and of the memory beside them, which they do not hold."""
        found = []
        for zone in sorted(self._classes.glob("powercap/intel-rapl:*")):
            name = _text(zone / "name")
            if name.startswith("package") or name == "dram":
                joules, wraps_at = _millionths(zone / "energy_uj"), _millionths(zone / "max_energy_range_uj")
                if joules is not None:
                    found.append((zone, Counter(joules, wraps_at or float("inf"))))
        return found

    def _battery_watts(self) -> float | None:
        """Return the power that all batteries give together, None unless one is discharged now."""
        watts = 0.0
        for supply in self._classes.glob("power_supply/*"):
            if _text(supply / "type") == "Battery" and _text(supply / "status") == "Discharging":
                watts += _battery_power(supply) or 0.0
        return watts if 0.0 < watts <= MOST_WATTS else None


def _open_gpu() -> "GpuCounter | None":
    from desktop_app.services.hardware.gpu_energy import open_gpu_counter  # only where a model is loaded

    return open_gpu_counter()


def _battery_power(supply: Path) -> float | None:
    """Return the watts that a battery gives; some tell current and voltage instead."""
    power = _millionths(supply / "power_now")
    if power:
        return power
    current, voltage = _millionths(supply / "current_now", signed=True), _millionths(supply / "voltage_now")
    return current * voltage if current and voltage else None


def _difference(before: Counter, after: Counter, seconds: float) -> float | None:
    """Return the joules between two readings, over the counter's end where it was passed; None where it makes no sense."""
    joules = after.joules - before.joules
    if seconds > after.wraps_at / WRAPPING_WATTS:
        return None
    if joules < 0:
        joules += after.wraps_at
    return joules if seconds > 0 and 0 <= joules <= MOST_WATTS * seconds else None


def _text(file: Path) -> str:
    try:
        return file.read_text("ascii", "replace").strip()
    except OSError:
        return ""


def _millionths(file: Path, *, signed: bool = False) -> float | None:
    """Return the size of the number in a file that counts micro-somethings, None where there is none."""
    text = _text(file).removeprefix("-" if signed else "")
    return int(text) / 1e6 if text.isascii() and text.isdecimal() and len(text) < 20 else None
