"""What the doctor makes of what it found."""

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from desktop_app.domain.hardware import NVIDIA, DeviceKind, EngineFound, Hardware, Report, WhyNot
from desktop_app.services import doctor
from desktop_app.services.doctor import Findings, SelfTest
from desktop_app.storage.health import DatabaseHealth
from desktop_app.support.i18n import translator
from desktop_app.support.paths import Paths


@pytest.fixture
def examine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Findings]:
    """Looks without an engine."""
    monkeypatch.setattr(doctor, "self_test", lambda *_given: SelfTest(ok=True))
    monkeypatch.setattr(doctor, "look_once", lambda *_given: Report(looked_at=0.0))
    return lambda: doctor.examine(Paths.below(tmp_path))


def test_memory_is_told_in_the_persons_language(examine: Callable[[], Findings]) -> None:
    findings = examine()
    translator.use("de")
    try:
        rows = [row for _title, section in findings.sections() for row in section]
    finally:
        translator.use("en")
    assert any(" von " in words and words.endswith(" frei") for _name, words in rows)


@pytest.mark.parametrize(("state", "is_well"), [
    ({"exists": False}, True),
    ({"exists": True, "integrity_ok": True}, True),
    ({"exists": True, "is_locked": True}, True),
    ({"exists": True, "message": "malformed"}, False),
])  # fmt: skip
def test_what_is_well_of_a_database(examine: Callable[[], Findings], state: dict, is_well: bool) -> None:
    assert msgspec.structs.replace(examine(), database=DatabaseHealth(**state)).healthy == is_well


def test_a_self_test_that_failed_needs_attention(examine: Callable[[], Findings]) -> None:
    assert not msgspec.structs.replace(examine(), self_test=SelfTest(ok=False, message="no")).healthy


@pytest.mark.parametrize(("free", "is_well"), [(4_096, False), (1 << 30, True)])
def test_a_disk_without_room_needs_attention(
    free: int, is_well: bool, examine: Callable[[], Findings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _place: SimpleNamespace(free=free))
    findings = examine()
    folders = dict(dict(findings.sections())["Folders"])
    assert findings.healthy == is_well
    assert ("too little room" not in folders["chats"]) == is_well


def test_each_device_is_told_with_whether_it_is_used_or_why_not_and_what_to_do(
    examine: Callable[[], Findings], monkeypatch: pytest.MonkeyPatch
) -> None:
    used = Hardware(
        name="Vulkan0", description="Radeon", kind=DeviceKind.INTEGRATED, backend="Vulkan", driver="radv 23.1",
        free_memory=3 * 1_000_000_000, total_memory=4 * 1_000_000_000,
    )  # fmt: skip
    other = Hardware(vendor=NVIDIA, description="GeForce", why_not=WhyNot.HIDDEN, detail="CUDA_VISIBLE_DEVICES")
    engine = EngineFound(
        engine_version="1", engine_folder="/e", cpu_variant="", cpu_features=(), devices=(), backends=("Vulkan", "CPU")
    )
    report = Report(looked_at=0.0, devices=(used, other), engine=engine)
    monkeypatch.setattr(doctor, "look_once", lambda *_given: report)
    rows = dict(examine().sections())["Devices"]
    assert [name for name, _words in rows] == ["used", "not used", "", "", "in short"]
    assert all(part in rows[0][1] for part in ("Radeon", "Integrated", "Vulkan0", "radv 23.1", "3.0 GB of 4.0 GB free"))
    assert "GeForce" in rows[1][1]
    assert "CUDA_VISIBLE_DEVICES is set" in rows[2][1]
    assert "Start Inglenook without" in rows[3][1]
    assert "Models use the graphics card Radeon" in rows[4][1]
