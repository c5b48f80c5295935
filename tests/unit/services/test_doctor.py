"""What the doctor makes of what it found."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from desktop_app.domain.hardware import Report
from desktop_app.services import doctor
from desktop_app.services.doctor import Findings, SelfTest
from desktop_app.support.paths import Paths


@pytest.mark.parametrize(("free", "is_well"), [(4_096, False), (1 << 30, True)])
def test_a_disk_without_room_needs_attention(
    free: int, is_well: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _place: SimpleNamespace(free=free))
    monkeypatch.setattr(doctor, "self_test", lambda *_given: SelfTest(ok=True))
    monkeypatch.setattr(doctor, "look_once", lambda *_given: Report(looked_at=0.0))
    findings: Findings = doctor.examine(Paths.below(tmp_path))
    folders = dict(dict(findings.sections())["Folders"])
    assert findings.healthy == is_well
    assert ("too little room" not in folders["chats"]) == is_well
