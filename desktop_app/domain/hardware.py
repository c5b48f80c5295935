"""What this computer has to compute on: what an engine build told, what the system told, and why a card is not used.

Pure functions over recorded facts: on Linux the system tells of its graphics cards, elsewhere only the engine does.
"""

from collections.abc import Collection, Sequence
from enum import StrEnum

import msgspec

from desktop_app.domain.errors import ErrorInfo

NVIDIA, AMD, INTEL = 0x10DE, 0x1002, 0x8086
VENDORS = {NVIDIA: "NVIDIA", AMD: "AMD", INTEL: "Intel"}
"""PCI's numbers of those whose cards llama.cpp computes on."""
DISPLAY_ONLY = frozenset({0x1013, 0x102B, 0x1234, 0x1414, 0x15AD, 0x18CA, 0x1A03, 0x1AF4, 0x1B36, 0x5333, 0x80EE})
"""Makers of what only draws a picture: servers' management chips and the adapters of virtual machines."""
BACKENDS = {NVIDIA: ("CUDA", "Vulkan"), AMD: ("ROCm", "Vulkan"), INTEL: ("Vulkan", "SYCL")}
"""Which backends of ggml, by their own names, compute on whose cards, the fastest first."""
METAL = ("MTL", "Metal")
"""What ggml calls its part for Apple's graphics, and what older builds called it."""
MAKERS = {"CUDA": NVIDIA, "ROCm": AMD}
"""Whose cards these backends compute on and no others."""
NAMES = (
    (NVIDIA, ("nvidia", "geforce", "quadro", "tesla")),
    (AMD, ("amd", "radeon")),
    (INTEL, ("intel", "iris", "uhd graphics")),
)
"""Words that tell in a device's description whose it is."""
PROCESSOR = "CPU"
"""The backend that computes on the processor."""
ELSEWHERE = "RPC"
"""The backend whose devices are in other computers."""
LIBRARIES = "BLAS"
"""The backend that computes on the processor with a library of the system's."""
HIDING = {
    "CUDA": ("CUDA_VISIBLE_DEVICES",),
    "ROCm": ("HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "CUDA_VISIBLE_DEVICES"),
    "Vulkan": ("GGML_VK_VISIBLE_DEVICES", "VK_DRIVER_FILES", "VK_ICD_FILENAMES", "VK_LOADER_DRIVERS_DISABLE"),
    "SYCL": ("ONEAPI_DEVICE_SELECTOR",),
}
"""Environment variables by which devices can be hidden from a backend, even where they are set to nothing."""
FOR_GUESTS = frozenset({"vfio-pci", "pci-stub"})
"""Drivers that hold a card free for a virtual machine."""
OPEN_NVIDIA = "nouveau"
"""The driver of NVIDIA's cards that CUDA does not work with."""
TOO_OLD = "driver version is insufficient"
"""CUDA's words in the log."""


class DeviceKind(StrEnum):
    """What sort of device the engine says that it is."""

    PROCESSOR = "processor"
    CARD = "card"
    INTEGRATED = "integrated"
    ACCELERATOR = "accelerator"


GPUS = (DeviceKind.CARD, DeviceKind.INTEGRATED)
"""What layers of a model can be moved to."""


class DeviceFound(msgspec.Struct, frozen=True, kw_only=True):
    """A device that an engine build can compute on; memory in bytes, 0 where the driver does not tell.

    `backend` is ggml's name of what computes there, `bus_id` the place on the PCI bus and `driver` what the backend
    calls the driver, both empty where it does not tell. `largest_buffer` is how much of its memory is asked for at once,
    and `largest_result` how large a result it computes, 0 where there is no such end.
    """

    name: str
    description: str
    kind: DeviceKind
    free_memory: int
    total_memory: int
    backend: str = ""
    bus_id: str = ""
    driver: str = ""
    largest_buffer: int = 0
    largest_result: int = 0

    @property
    def is_gpu(self) -> bool:
        """Whether layers of a model can be moved to it."""
        return self.kind in GPUS


class EngineFound(msgspec.Struct, frozen=True, kw_only=True):
    """What an engine build tells of itself and its devices.

    `cpu_variant` names the library chosen for this processor, empty where the build has just one; `cpu_features` are
    the instructions and libraries that it uses. `backends` are all that the build has, with a device or without one,
    `log` what they said, and `nvidia_driver` the version that NVIDIA's own library tells.
    """

    engine_version: str
    engine_folder: str
    cpu_variant: str
    cpu_features: tuple[str, ...]
    devices: tuple[DeviceFound, ...]
    backends: tuple[str, ...] = ()
    log: str = ""
    nvidia_driver: str = ""


class PartLeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """A loadable part of an engine build that no worker loads: the process that tried it crashed, or did not answer.

    `backend` is ggml's name of it, `file` its library.
    """

    backend: str
    file: str
    error: ErrorInfo


class PartsTried(msgspec.Struct, frozen=True, kw_only=True):
    """What trying a build's loadable parts came to: the libraries that a worker loads, and the parts it does without.

    Both are empty for a build whose parts are linked into it.
    """

    load: tuple[str, ...] = ()
    left_out: tuple[PartLeftOut, ...] = ()


class SystemCard(msgspec.Struct, frozen=True, kw_only=True):
    """A graphics card that the system tells of, whether anything can compute on it or not; memory in bytes or 0.

    `module` is its driver in the system's kernel, empty for none; `closed` is a device file of it that cannot be
    opened, empty where all can.
    """

    bus_id: str
    vendor: int
    device: int
    name: str = ""
    module: str = ""
    driver_version: str = ""
    free_memory: int = 0
    total_memory: int = 0
    closed: str = ""


class System(msgspec.Struct, frozen=True, kw_only=True):
    """What the system tells; `hiding` are the environment variables that are set and may hide devices."""

    cards: tuple[SystemCard, ...] = ()
    hiding: tuple[str, ...] = ()


class WhyNot(StrEnum):
    """Why a device is not computed on."""

    DISPLAY_ONLY = "display_only"
    NO_DRIVER = "no_driver"
    FOR_GUESTS = "for_guests"
    """It is kept for virtual machines."""
    OPEN_DRIVER = "open_driver"
    NO_BACKEND = "no_backend"
    """The engine build has nothing that could compute on it."""
    HIDDEN = "hidden"
    CLOSED = "closed"
    TOO_OLD = "too_old"
    FAILED = "failed"
    """The backend is left out, since it crashed or hung when it was tried."""
    SILENT = "silent"
    """The backend is there, and found nothing."""
    UNKNOWN = "unknown"
    """The engine could not be asked."""
    BESIDE_CARD = "beside_card"
    """An integrated one beside a card, or beside another integrated one."""
    SAME_CARD = "same_card"
    """Another backend computes on it already."""


class Hardware(msgspec.Struct, frozen=True, kw_only=True):
    """A device as it is shown; `why_not` is None for what is used, and `detail` a name that belongs to the reason.

    `name` is the engine's, empty for what it does not know. An empty `driver` was not told.
    """

    name: str = ""
    description: str = ""
    kind: DeviceKind | None = None
    backend: str = ""
    vendor: int = 0
    free_memory: int = 0
    total_memory: int = 0
    driver: str = ""
    largest_buffer: int = 0
    largest_result: int = 0
    why_not: WhyNot | None = None
    detail: str = ""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What was found at `looked_at`, in seconds since 1970; `engine` is None where `error` says why.

    `left_out` are the parts of the engine build that crashed or hung when they were tried.
    """

    looked_at: float
    devices: tuple[Hardware, ...] = ()
    engine: EngineFound | None = None
    error: ErrorInfo | None = None
    left_out: tuple[PartLeftOut, ...] = ()

    @property
    def card_names(self) -> tuple[str, ...]:
        """What all graphics cards are called; see `cards_of_engine`."""
        return cards_of_engine(self.engine.devices) if self.engine is not None else ()

    @property
    def cards(self) -> tuple[Hardware, ...]:
        """The devices that layers of a model are moved to, in the engine's order."""
        return tuple(device for device in self.devices if device.kind in GPUS and device.why_not is None)


def has_part_for_cards(backends: Collection[str]) -> bool:
    """Return whether an engine build that has these backends could compute on some graphics card."""
    return bool(set(backends) - {PROCESSOR, ELSEWHERE, LIBRARIES})


def cards_of_engine(devices: Sequence[DeviceFound]) -> tuple[str, ...]:
    """Return what this computer's graphics cards are called, used or not: others than before are other devices to measure."""
    cards = (device for device in devices if device.is_gpu and device.backend != ELSEWHERE)
    return tuple(sorted(card.description or card.name for card in cards))


def hardware_of(engine: EngineFound | None, system: System, left_out: Sequence[str] = ()) -> tuple[Hardware, ...]:
    """Return every device once, those of the engine first, each with the reason where it is not used.

    `left_out` names the backends that the engine does without.
    """
    devices = engine.devices if engine is not None else ()
    places = cards_of(devices, system.cards)
    found: list[Hardware] = []
    for device, card in zip(devices, places, strict=True):
        why_not, detail = _why_aside(device, devices)
        found.append(
            Hardware(
                name=device.name,
                description=device.description,
                kind=device.kind,
                backend=device.backend,
                vendor=card.vendor if card is not None else maker_of(device),
                free_memory=device.free_memory,
                total_memory=device.total_memory,
                driver=_driver(device, card, engine),
                largest_buffer=device.largest_buffer,
                largest_result=device.largest_result,
                why_not=why_not,
                detail=detail,
            )
        )
    for card in system.cards:
        if card not in places:
            why_not, detail = why_unknown(card, engine, system, left_out)
            found.append(
                Hardware(
                    description=card.name,
                    vendor=card.vendor,
                    free_memory=card.free_memory,
                    total_memory=card.total_memory,
                    driver=_driver(None, card, engine),
                    why_not=why_not,
                    detail=detail,
                )
            )
    return tuple(found)


def cards_of(devices: Sequence[DeviceFound], cards: Sequence[SystemCard]) -> list[SystemCard | None]:
    """Return which of the system's cards each device is: by its place, or else the next one of its maker."""
    by_place = {card.bus_id.lower(): card for card in cards}
    found = [by_place.get(device.bus_id.lower()) if device.bus_id else None for device in devices]
    for number, device in enumerate(devices):
        if device.is_gpu and not device.bus_id and device.backend != ELSEWHERE:
            maker = maker_of(device)
            left = (card for card in cards if card.vendor == maker and card not in found)
            found[number] = next(left, None)
    return found


def maker_of(device: DeviceFound) -> int:
    """Return PCI's number of who made a graphics card, as far as its backend or its name tells; 0 otherwise."""
    if not device.is_gpu:
        return 0
    if device.backend in MAKERS:
        return MAKERS[device.backend]
    words = device.description.lower()
    return next((vendor for vendor, names in NAMES if any(name in words for name in names)), 0)


def why_unknown(
    card: SystemCard, engine: EngineFound | None, system: System, left_out: Sequence[str]
) -> tuple[WhyNot, str]:
    """Return why the engine does not know a card, and the name that belongs to the reason.

    What has to be put right first comes first.
    """
    if card.vendor in DISPLAY_ONLY:
        return WhyNot.DISPLAY_ONLY, ""
    if not card.module:
        return WhyNot.NO_DRIVER, ""
    if card.module in FOR_GUESTS:
        return WhyNot.FOR_GUESTS, card.module
    if engine is None:
        return WhyNot.UNKNOWN, ""
    possible = BACKENDS.get(card.vendor, ("Vulkan",))
    able = [backend for backend in possible if backend in engine.backends]
    if not able:
        return WhyNot.NO_BACKEND, possible[0]
    failed = [backend for backend in able if backend in left_out]
    if len(failed) == len(able):
        return WhyNot.FAILED, failed[0]
    if card.module == OPEN_NVIDIA and able == ["CUDA"]:
        return WhyNot.OPEN_DRIVER, card.module
    hiding = [name for backend in able for name in HIDING[backend] if name in system.hiding]
    if hiding:
        return WhyNot.HIDDEN, hiding[0]
    if card.closed:
        return WhyNot.CLOSED, card.closed
    if TOO_OLD in engine.log:
        return WhyNot.TOO_OLD, able[0]
    return WhyNot.SILENT, able[0]


def _why_aside(device: DeviceFound, devices: Sequence[DeviceFound]) -> tuple[WhyNot | None, str]:
    """Return why a device that the engine knows is left aside, as `domain.offload` does it."""
    before = devices[: devices.index(device)]
    twin = next((other for other in before if device.bus_id and other.bus_id == device.bus_id), None)
    if twin is not None:
        return WhyNot.SAME_CARD, twin.name
    if device.kind is DeviceKind.INTEGRATED:
        rival = next((other for other in devices if other.kind is DeviceKind.CARD), None)
        rival = rival or next((other for other in before if other.kind is DeviceKind.INTEGRATED), None)
        if rival is not None:
            return WhyNot.BESIDE_CARD, rival.name
    return None, ""


def _driver(device: DeviceFound | None, card: SystemCard | None, engine: EngineFound | None) -> str:
    """Return what is known of the driver: the kernel's with its version, and what the backend calls it."""
    parts = []
    if card is not None and card.module:
        version = card.driver_version
        if not version and card.vendor == NVIDIA and card.module != OPEN_NVIDIA and engine is not None:
            version = engine.nvidia_driver
        parts.append(f"{card.module} {version}".strip())
    elif device is not None and device.is_gpu and maker_of(device) == NVIDIA and engine is not None:
        parts.append(f"NVIDIA {engine.nvidia_driver}" if engine.nvidia_driver else "")
    if device is not None and device.driver:
        parts.append(device.driver)
    return ", ".join(part for part in parts if part)
