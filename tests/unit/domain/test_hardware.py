"""Which devices are used, and why others are not, from made-up facts."""

import msgspec
import pytest

from desktop_app.domain.hardware import (
    AMD,
    INTEL,
    NVIDIA,
    DeviceFound,
    DeviceKind,
    EngineFound,
    Report,
    System,
    SystemCard,
    WhyNot,
    cards_of_engine,
    hardware_of,
)

GB = 1_000_000_000
CPU = DeviceFound(
    name="CPU", description="A processor", kind=DeviceKind.PROCESSOR, free_memory=GB, total_memory=GB, backend="CPU"
)
GEFORCE = SystemCard(
    bus_id="0000:01:00.0", vendor=NVIDIA, device=0x2204, name="GA102 [GeForce RTX 3090]", module="nvidia"
)
RADEON = SystemCard(bus_id="0000:0B:00.0", vendor=AMD, device=0x73BF, name="Navi 21", module="amdgpu")
GRAPHICS = SystemCard(bus_id="0000:00:02.0", vendor=INTEL, device=0x9A49, module="i915")
SERVER = SystemCard(bus_id="0000:05:00.0", vendor=0x1A03, device=0x2000, module="ast")


def device(name: str, **others: object) -> DeviceFound:
    told: dict[str, object] = {
        "description": "A card",
        "kind": DeviceKind.CARD,
        "free_memory": GB,
        "total_memory": 2 * GB,
        "backend": name.rstrip("0123456789"),
    }
    return DeviceFound(name=name, **(told | others))


def engine(*devices: DeviceFound, backends: tuple[str, ...] = ("CPU",), **others: str) -> EngineFound:
    return EngineFound(
        engine_version="1", engine_folder="/e", cpu_variant="", cpu_features=(), devices=(*devices, CPU),
        backends=backends, **others,
    )  # fmt: skip


def test_a_card_is_found_at_its_place_and_told_with_its_driver() -> None:
    told = engine(
        device("CUDA0", bus_id="0000:01:00.0", largest_buffer=5, largest_result=7),
        backends=("CUDA", "CPU"),
        nvidia_driver="550.54.14",
    )
    card, processor = hardware_of(told, System(cards=(GEFORCE,)))
    assert (card.name, card.vendor, card.why_not, card.driver) == ("CUDA0", NVIDIA, None, "nvidia 550.54.14")
    assert (card.free_memory, card.total_memory) == (GB, 2 * GB)
    assert (card.largest_buffer, card.largest_result) == (5, 7)
    assert (processor.kind, processor.why_not) == (DeviceKind.PROCESSOR, None)
    older = msgspec.structs.replace(GEFORCE, driver_version="535.1")
    assert hardware_of(told, System(cards=(older,)))[0].driver == "nvidia 535.1"
    assert hardware_of(told, System())[0].driver == "NVIDIA 550.54.14"  # Windows: only the engine tells
    silent = msgspec.structs.replace(told, nvidia_driver="")
    assert hardware_of(silent, System())[0].driver == ""


def test_a_card_whose_maker_cannot_be_read_is_not_the_processor() -> None:
    odd = SystemCard(bus_id="0000:02:00.0", vendor=0, device=0, module="odd")
    processor, card = hardware_of(engine(), System(cards=(odd,)))
    assert (processor.kind, processor.driver) == (DeviceKind.PROCESSOR, "")
    assert (card.kind, card.driver) == (None, "odd")


def test_what_only_the_system_knows_is_told_with_its_memory() -> None:
    told = msgspec.structs.replace(GEFORCE, free_memory=3 * GB, total_memory=4 * GB)
    _processor, card = hardware_of(engine(), System(cards=(told,)))
    assert (card.description, card.free_memory, card.total_memory) == (GEFORCE.name, 3 * GB, 4 * GB)


def test_places_are_compared_whatever_their_letters() -> None:
    told = engine(device("ROCm0", bus_id="0000:0b:00.0"), backends=("ROCm", "CPU"))
    assert [each.why_not for each in hardware_of(told, System(cards=(RADEON,)))] == [None, None]


@pytest.mark.parametrize(
    ("description", "card"),
    [("AMD Radeon RX 6800 (RADV NAVI21)", RADEON), ("Intel(R) Iris(R) Xe Graphics", GRAPHICS), ("NVIDIA T4", GEFORCE)],
)
def test_a_device_without_a_place_is_the_next_card_of_its_maker(description: str, card: SystemCard) -> None:
    told = engine(device("Vulkan0", description=description, driver="Mesa"), backends=("Vulkan", "CPU"))
    others = tuple(each for each in (RADEON, GRAPHICS, GEFORCE) if each is not card)
    found = hardware_of(told, System(cards=(*others, card)))
    assert found[0].driver == f"{card.module}, Mesa"
    assert len(found) == 2 + len(others)
    twice = hardware_of(told, System(cards=(card, card)))
    assert len(twice) == 2  # two that cannot be told apart are one


def test_servers_far_away_and_software_are_no_card_of_this_computer() -> None:
    far = device("RPC0", description="NVIDIA somewhere", backend="RPC")
    soft = device("Vulkan0", description="llvmpipe (LLVM 15.0.6, 256 bits)", driver="llvmpipe")
    found = hardware_of(engine(far, soft, backends=("RPC", "Vulkan", "CPU")), System(cards=(GEFORCE,)))
    assert [(each.name, each.why_not) for each in found] == [
        ("RPC0", None),
        ("Vulkan0", None),
        ("CPU", None),
        ("", WhyNot.SILENT),
    ]
    assert found[1].driver == "llvmpipe"


@pytest.mark.parametrize(
    ("card", "told", "hiding", "reason"),
    [
        (SERVER, engine(), (), (WhyNot.DISPLAY_ONLY, "")),
        (msgspec.structs.replace(GEFORCE, module=""), engine(), (), (WhyNot.NO_DRIVER, "")),
        (msgspec.structs.replace(GEFORCE, module="vfio-pci"), engine(), (), (WhyNot.FOR_GUESTS, "vfio-pci")),
        (GEFORCE, None, (), (WhyNot.UNKNOWN, "")),
        (GEFORCE, engine(), (), (WhyNot.NO_BACKEND, "CUDA")),
        (RADEON, engine(backends=("CUDA", "CPU")), (), (WhyNot.NO_BACKEND, "ROCm")),
        (GRAPHICS, engine(backends=("CUDA", "CPU")), (), (WhyNot.NO_BACKEND, "Vulkan")),
        (msgspec.structs.replace(GEFORCE, module="nouveau"), engine(backends=("CUDA",)), (), (WhyNot.OPEN_DRIVER, "nouveau")),
        (msgspec.structs.replace(GEFORCE, module="nouveau"), engine(backends=("Vulkan",)), (), (WhyNot.SILENT, "Vulkan")),
        (GEFORCE, engine(backends=("CUDA",)), ("CUDA_VISIBLE_DEVICES",), (WhyNot.HIDDEN, "CUDA_VISIBLE_DEVICES")),
        (RADEON, engine(backends=("Vulkan",)), ("CUDA_VISIBLE_DEVICES",), (WhyNot.SILENT, "Vulkan")),
        (RADEON, engine(backends=("Vulkan",)), ("VK_ICD_FILENAMES",), (WhyNot.HIDDEN, "VK_ICD_FILENAMES")),
        (msgspec.structs.replace(RADEON, closed="/dev/kfd"), engine(backends=("ROCm",)), (), (WhyNot.CLOSED, "/dev/kfd")),
        (GEFORCE, engine(backends=("CUDA",), log="CUDA driver version is insufficient for CUDA runtime version"), (), (WhyNot.TOO_OLD, "CUDA")),
        (GEFORCE, engine(backends=("CUDA",)), (), (WhyNot.SILENT, "CUDA")),
    ],
)  # fmt: skip
def test_reasons(card: SystemCard, told: EngineFound | None, hiding: tuple[str, ...], reason: tuple) -> None:
    found = hardware_of(told, System(cards=(card,), hiding=hiding))[-1]
    assert (found.why_not, found.detail) == reason
    assert found.vendor == card.vendor


def test_a_card_whose_only_backends_failed_waits_for_a_better_driver() -> None:
    told, system = engine(backends=("CUDA", "Vulkan", "CPU")), System(cards=(GEFORCE,), hiding=("VK_ICD_FILENAMES",))
    assert [each.why_not for each in hardware_of(told, system, ("Vulkan", "CUDA"))] == [None, WhyNot.FAILED]
    assert hardware_of(told, system, ("Vulkan", "CUDA"))[-1].detail == "CUDA"
    assert hardware_of(told, system, ("Vulkan",))[-1].why_not is WhyNot.HIDDEN  # CUDA could


def test_an_integrated_one_is_left_aside_beside_a_card_and_one_card_is_not_used_twice() -> None:
    inside = device("Vulkan1", kind=DeviceKind.INTEGRATED)
    other = device("Vulkan2", kind=DeviceKind.INTEGRATED)
    card = device("CUDA0", bus_id="0000:01:00.0")
    same = device("Vulkan0", bus_id="0000:01:00.0")
    found = hardware_of(engine(card, same, inside), System())
    assert [(each.why_not, each.detail) for each in found] == [
        (None, ""),
        (WhyNot.SAME_CARD, "CUDA0"),
        (WhyNot.BESIDE_CARD, "CUDA0"),
        (None, ""),
    ]
    alone = hardware_of(engine(inside, other), System())
    assert [each.why_not for each in alone] == [None, WhyNot.BESIDE_CARD, None]
    assert [each.name for each in Report(looked_at=0.0, devices=found).cards] == ["CUDA0"]


def test_cards_are_known_again_whatever_their_places_and_memory() -> None:
    large, small = (device(name, description=name, bus_id="a") for name in ("CUDA0", "CUDA1"))
    inside = device("Vulkan0", kind=DeviceKind.INTEGRATED, description="")
    far = device("RPC0", backend="RPC")
    assert cards_of_engine((small, CPU, large, inside, far)) == ("CUDA0", "CUDA1", "Vulkan0")
    assert cards_of_engine((device("CUDA0", free_memory=5), CPU)) == cards_of_engine((device("CUDA1"),)) == ("A card",)
    assert cards_of_engine((CPU,)) == ()


def test_without_an_engine_the_cards_are_told_all_the_same() -> None:
    found = hardware_of(None, System(cards=(GEFORCE, SERVER)))
    assert [each.why_not for each in found] == [WhyNot.UNKNOWN, WhyNot.DISPLAY_ONLY]
    assert found[0].description == "GA102 [GeForce RTX 3090]"
