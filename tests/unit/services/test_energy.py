"""Energy from false trees of /sys/class: what is read, what wraps, and what counts as absent."""

import ctypes
from collections.abc import Sequence
from pathlib import Path

import pytest

from desktop_app.services.hardware.energy import COMPUTER, GRAPHICS_CARD, PROCESSOR, EnergyMeter
from desktop_app.services.hardware.gpu_energy import open_gpu_counter

RANGE = 262_143_328_850
"""What a usual processor's counter goes to, in microjoules."""


class Cards:
    """A graphics driver's counters."""

    def __init__(self, *joules: float) -> None:
        self.told: Sequence[float] = joules

    def joules(self) -> list[float]:
        return list(self.told)


class Stage:
    """A false /sys/class and a clock."""

    def __init__(self, root: Path, cards: Cards | None = None) -> None:
        self.root = root
        self.now = 100.0
        self.meter = EnergyMeter(root, lambda: cards, lambda: self.now)
        self.meter.prepare()

    def zone(self, name: str, kind: str, energy: object, range_: object = RANGE) -> None:
        self.write(f"powercap/{name}", name=kind, energy_uj=energy, max_energy_range_uj=range_)

    def battery(self, status: str = "Discharging", name: str = "BAT0", **values: object) -> None:
        self.write(f"power_supply/{name}", type="Battery", status=status, **values)

    def write(self, folder: str, **values: object) -> None:
        (self.root / folder).mkdir(parents=True, exist_ok=True)
        for name, value in values.items():
            (self.root / folder / name).write_text(f"{value}\n")


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_nothing_is_told(stage: Stage) -> None:
    begin = stage.meter.read(with_gpu=True)
    stage.now += 10
    used = stage.meter.used(begin, with_gpu=True)
    assert (used.watt_hours, used.sources) == (None, ())


def test_packages_and_memory_are_added_and_parts_of_a_package_are_not(stage: Stage) -> None:
    def tell(package: int, other: int, memory: int, core: int, platform: int) -> None:
        stage.zone("intel-rapl:0", "package-0", package)
        stage.zone("intel-rapl:1", "package-1", other)
        stage.zone("intel-rapl:0:0", "core", core)
        stage.zone("intel-rapl:0:1", "dram", memory)
        stage.zone("intel-rapl:2", "psys", platform)

    tell(0, 0, 0, 0, 0)
    begin = stage.meter.read(with_gpu=False)
    stage.now += 10
    tell(36_000_000, 18_000_000, 18_000_000, 20_000_000, 90_000_000)
    used = stage.meter.used(begin, with_gpu=False)
    assert used.watt_hours == pytest.approx(0.02)
    assert used.sources == (PROCESSOR,)


def test_a_counter_that_passes_its_end(stage: Stage) -> None:
    stage.zone("intel-rapl:0", "package-0", RANGE - 10_000_000)
    begin = stage.meter.read(with_gpu=False)
    stage.now += 10
    stage.zone("intel-rapl:0", "package-0", 26_000_000)
    assert stage.meter.used(begin, with_gpu=False).watt_hours == pytest.approx(0.01)


def test_a_counter_that_may_have_passed_its_end_twice_counts_no_more(stage: Stage) -> None:
    stage.zone("intel-rapl:0", "package-0", 0)
    begin = stage.meter.read(with_gpu=False)
    stage.now += 3600
    stage.zone("intel-rapl:0", "package-0", 90_000_000)
    assert stage.meter.used(begin, with_gpu=False).watt_hours is None


@pytest.mark.parametrize("energy", ["", "nan", "-5", "12.5", "９", "9" * 30, "many"])
def test_nonsense_counts_as_absent(stage: Stage, energy: str) -> None:
    stage.zone("intel-rapl:0", "package-0", energy)
    begin = stage.meter.read(with_gpu=False)
    assert begin.counters == {}
    stage.now += 10
    stage.zone("intel-rapl:0", "package-0", 30_000_000)
    assert stage.meter.used(begin, with_gpu=False).watt_hours is None


def test_more_than_a_computer_can_draw_is_not_believed(stage: Stage) -> None:
    stage.zone("intel-rapl:0", "package-0", 0)
    begin = stage.meter.read(with_gpu=False)
    stage.now += 1
    stage.zone("intel-rapl:0", "package-0", 6_000_000_000)
    assert stage.meter.used(begin, with_gpu=False).watt_hours is None


def test_what_cannot_be_read_is_not_measured(stage: Stage) -> None:
    """As for every user but root: the file is there, and refuses. A folder refuses root as well."""
    stage.zone("intel-rapl:0", "package-0", 0)
    counter = stage.root / "powercap/intel-rapl:0/energy_uj"
    counter.unlink()
    counter.mkdir()
    assert stage.meter.read(with_gpu=False).counters == {}


def test_no_time_has_passed(stage: Stage) -> None:
    stage.zone("intel-rapl:0", "package-0", 0)
    begin = stage.meter.read(with_gpu=False)
    assert stage.meter.used(begin, with_gpu=False).watt_hours is None


def test_a_battery_counts_where_nothing_else_does(stage: Stage) -> None:
    stage.battery(power_now=12_000_000)
    begin = stage.meter.read(with_gpu=False)
    stage.now += 60
    stage.battery(power_now=24_000_000)
    used = stage.meter.used(begin, with_gpu=False)
    assert used.watt_hours == pytest.approx(18 * 60 / 3600)
    assert used.sources == (COMPUTER,)
    stage.zone("intel-rapl:0", "package-0", 0)
    begin = stage.meter.read(with_gpu=False)
    stage.now += 60
    stage.zone("intel-rapl:0", "package-0", 36_000_000)
    assert stage.meter.used(begin, with_gpu=False).sources == (PROCESSOR,)


@pytest.mark.parametrize("status", ["Charging", "Full", "Not charging", "Unknown", ""])
def test_a_battery_that_is_not_discharged_tells_nothing(stage: Stage, status: str) -> None:
    stage.battery(status, power_now=12_000_000)
    assert stage.meter.read(with_gpu=False).battery_watts is None


def test_current_and_voltage_stand_for_power(stage: Stage) -> None:
    stage.battery(current_now=-1_500_000, voltage_now=12_000_000)
    assert stage.meter.read(with_gpu=False).battery_watts == pytest.approx(18.0)


def test_a_graphics_card_counts_where_it_takes_part(tmp_path: Path) -> None:
    cards = Cards(100.0, 50.0)
    stage = Stage(tmp_path, cards)
    begin = stage.meter.read(with_gpu=True)
    stage.now += 10
    cards.told = (280.0, 230.0)
    used = stage.meter.used(begin, with_gpu=True)
    assert used.watt_hours == pytest.approx(0.1)
    assert used.sources == (GRAPHICS_CARD,)
    assert stage.meter.used(begin, with_gpu=False).watt_hours is None


class FalseNvml:
    """The driver's library with two cards, of which the second tells nothing."""

    def __init__(self, initialised: int = 0) -> None:
        self.nvmlInit_v2 = lambda: initialised
        self.asked: list[int] = []

    def nvmlDeviceGetCount_v2(self, count: object) -> int:
        count._obj.value = 2  # type: ignore[attr-defined]
        return 0

    def nvmlDeviceGetHandleByIndex_v2(self, number: int, card: object) -> int:
        card._obj.value = number + 1  # type: ignore[attr-defined]
        return 0

    def nvmlDeviceGetTotalEnergyConsumption(self, card: ctypes.c_void_p, used: object) -> int:
        used._obj.value = 2500  # type: ignore[attr-defined]
        return 0 if card.value == 1 else 3


def test_the_drivers_library_tells_millijoules() -> None:
    counter = open_gpu_counter(lambda _name: FalseNvml())
    assert counter is not None
    assert counter.joules() == [2.5]


def test_no_driver_an_old_one_and_one_that_does_not_start() -> None:
    def missing(_name: str) -> ctypes.CDLL:
        raise OSError("cannot open shared object file")

    assert open_gpu_counter(missing) is None
    assert open_gpu_counter(lambda _name: object()) is None
    assert open_gpu_counter(lambda _name: FalseNvml(9)) is None
