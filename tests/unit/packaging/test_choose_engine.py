"""A new engine is used only where it starts, finds what it was built for, and puts a model there; else all stays as it was."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from desktop_app.domain.hardware import DeviceFound, DeviceKind, EngineFound
from desktop_app.services.doctor import SelfTest

GB = 1_000_000_000
PROCESSOR = DeviceFound(
    name="CPU", description="A processor", kind=DeviceKind.PROCESSOR, free_memory=GB, total_memory=GB
)
CARD = DeviceFound(name="Vulkan0", description="A card", kind=DeviceKind.CARD, free_memory=GB, total_memory=GB)
WORKS = SelfTest(ok=True, seconds=1.0, device="GPU")


def found(*devices: DeviceFound) -> tuple[EngineFound | None, str]:
    engine = EngineFound(
        engine_version="1", engine_folder="", cpu_variant="", cpu_features=(), devices=devices, backends=()
    )
    return engine, ""


@pytest.fixture
def choosing(module: Callable[[str], ModuleType]) -> ModuleType:
    return module("choose_engine")


def chosen(
    choosing: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    told: tuple[EngineFound | None, str],
    test: SelfTest,
    backend: str,
    *,
    disk_is_full: bool = False,
) -> tuple[int, list[tuple[Path, str]]]:
    """What `main` returns, and what was taken in by it."""
    taken: list[tuple[Path, str]] = []

    class Builds:
        def __init__(self, *_given: object) -> None:
            pass

        def take_in(self, folder: Path, name: str) -> str:
            if disk_is_full:
                raise OSError("no room")
            taken.append((folder, name))
            return str(folder)

    monkeypatch.setattr(choosing, "list_devices", lambda _folder: told)
    monkeypatch.setattr(choosing, "self_test", lambda *_given: test)
    monkeypatch.setattr(choosing, "EngineBuilds", Builds)
    return choosing.main(Path("new"), backend), taken


@pytest.mark.parametrize(("device", "backend"), [("GPU", "vulkan"), ("GPU 10/31", "vulkan"), ("CPU", "cpu")])
def test_what_works_is_used_from_then_on(
    choosing: ModuleType, monkeypatch: pytest.MonkeyPatch, device: str, backend: str
) -> None:
    test = SelfTest(ok=True, seconds=1.0, device=device)
    assert chosen(choosing, monkeypatch, found(CARD, PROCESSOR), test, backend) == (0, [(Path("new"), backend)])


@pytest.mark.parametrize(
    ("told", "test", "reason"),
    [
        ((None, "it crashed"), WORKS, "could not be started (it crashed)"),
        (found(PROCESSOR), WORKS, "finds no graphics card"),
        (found(CARD, PROCESSOR), SelfTest(ok=False, message="It talks nonsense."), "It talks nonsense."),
        (found(CARD, PROCESSOR), SelfTest(ok=True, device="CPU"), "was not put on the graphics card"),
    ],
    ids=["start", "devices", "self-test", "place"],
)
def test_what_does_not_is_not_and_what_was_used_before_stays(
    choosing: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    told: tuple[EngineFound | None, str],
    test: SelfTest,
    reason: str,
) -> None:
    assert chosen(choosing, monkeypatch, told, test, "vulkan") == (1, [])
    errors = capsys.readouterr().err
    assert reason in errors
    assert "What was used before stays" in errors


def test_one_that_cannot_be_copied_is_told(
    choosing: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert chosen(choosing, monkeypatch, found(CARD), WORKS, "vulkan", disk_is_full=True) == (1, [])
    assert "could not be copied (no room)" in capsys.readouterr().err
