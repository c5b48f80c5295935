"""What Windows is told of the app: the installer's script and what it is passed, the version, the signature, the archive."""

import re
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType

import pytest

from desktop_app.gui.system.taskbar import WINDOWS_APP_ID
from desktop_app.support.version import VERSION

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = (ROOT / "packaging/windows/inglenook.iss").read_text(encoding="utf-8")
DATE = 1_700_000_001  # an odd second, which archives cannot name


@pytest.fixture
def windows(module: Callable[[str], ModuleType]) -> ModuleType:
    return module("windows_package")


def test_the_script_uses_what_it_is_told_and_nothing_else(windows: ModuleType, tmp_path: Path) -> None:
    told = windows.definitions(tmp_path, tmp_path / "i.ico", tmp_path / "name.exe", VERSION)
    assert set(re.findall(r"\{#(\w+)\}", SCRIPT)) == set(told)
    assert told["FileName"] == "name"


def test_it_asks_for_no_rights_and_leaves_what_is_the_persons(windows: ModuleType) -> None:
    assert "PrivilegesRequired=lowest" in SCRIPT
    assert "[UninstallDelete]" not in SCRIPT
    registry = [line for line in SCRIPT.splitlines() if line.startswith("Root:")]
    assert registry
    assert all(line.startswith('Root: HKA; Subkey: "Software\\Classes\\') for line in registry)
    owned = {
        match.group(1) for line in registry if "uninsdeletekey" in line and (match := re.search('"([^"]+)"', line))
    }
    for line in registry:  # what is written goes away again, as a whole key or as a single value
        key = re.findall('"([^"]+)"', line)[0]
        assert "uninsdeletevalue" in line or any(key == own or key.startswith(f"{own}\\") for own in owned), line


def test_files_and_links_reach_the_program_as_one_word(windows: ModuleType) -> None:
    commands = re.findall(r'shell\\open\\command"; .*ValueData: "(.+)"$', SCRIPT, re.MULTILINE)
    assert commands == ['""{app}\\Inglenook.exe"" ""%1""'] * 3
    assert '"Software\\Classes\\.gguf\\OpenWithProgids"' in SCRIPT
    assert 'ValueName: "URL Protocol"' in SCRIPT


def test_texts_are_opened_with_it_only_where_somebody_chooses_so() -> None:
    offered = re.findall(r'Inglenook\.exe\\SupportedTypes"; ValueType: string; ValueName: "(\.\w+)"', SCRIPT)
    assert {".txt", ".md", ".pdf", ".py"} < set(offered)
    assert len(offered) == len(set(offered))
    taken = re.findall(r'Subkey: "Software\\Classes\\(\.\w+)', SCRIPT)
    assert taken == [".gguf"]


def test_shortcuts_and_windows_go_by_one_name(windows: ModuleType) -> None:
    assert set(re.findall(r'AppUserModelID: "([^"]+)"', SCRIPT)) == {WINDOWS_APP_ID}


@pytest.mark.parametrize(
    ("version", "numbers"),
    [("0.1.0", (0, 1, 0, 0)), ("1.2", (1, 2, 0, 0)), ("2.0.1-beta.3", (2, 0, 1, 0)), ("1.2.3.4", (1, 2, 3, 4))],
)
def test_versions_have_four_numbers(windows: ModuleType, version: str, numbers: tuple[int, ...]) -> None:
    assert windows.numbers(version) == numbers


def test_the_program_says_its_version(windows: ModuleType) -> None:
    """PyInstaller evaluates the text with its own classes; here they are what keeps their arguments."""

    def kept(*values: object, **more: object) -> tuple[object, ...]:
        return (*values, more)

    names = (
        "VSVersionInfo",
        "FixedFileInfo",
        "StringFileInfo",
        "StringTable",
        "StringStruct",
        "VarFileInfo",
        "VarStruct",
    )
    told = str(eval(windows.version_resource("0.1.0"), {"__builtins__": {}}, dict.fromkeys(names, kept)))
    assert "'filevers': (0, 1, 0, 0)" in told
    assert "('ProductVersion', '0.1.0'" in told


@pytest.mark.parametrize(
    ("variables", "timestamps"),
    [
        ({"INGLENOOK_SIGN_THUMBPRINT": "ab12"}, "http://timestamp.digicert.com"),
        (
            {"INGLENOOK_SIGN_THUMBPRINT": "ab12", "INGLENOOK_SIGN_TIMESTAMP": "http://time.invalid"},
            "http://time.invalid",
        ),
    ],
)
def test_it_is_signed_where_a_certificate_is_named(
    windows: ModuleType, variables: Mapping[str, str], timestamps: str
) -> None:
    command = windows.signing(variables)
    assert command[:4] == ["signtool", "sign", "/sha1", "ab12"]
    assert timestamps in command
    assert windows.signing({}) == []
    windows.sign([Path("anything.exe")], {})  # runs nothing


def test_the_same_files_give_the_same_archive(windows: ModuleType, tmp_path: Path) -> None:
    program = tmp_path / "program"
    (program / "_internal").mkdir(parents=True)
    for name, content in {"Inglenook.exe": b"MZ", "_internal/é.txt": b"text " * 9000}.items():
        (program / name).write_bytes(content)
    made = [windows.archive(program, tmp_path / f"{turn}.zip", "inglenook", DATE) for turn in (1, 2)]
    assert made[0].read_bytes() == made[1].read_bytes()
    with zipfile.ZipFile(made[0]) as packed:
        assert packed.namelist() == ["inglenook/Inglenook.exe", "inglenook/_internal/é.txt"]
        assert packed.read("inglenook/_internal/é.txt") == b"text " * 9000


def test_without_inno_setup_it_says_what_to_install(
    windows: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("ProgramFiles", str(tmp_path))
    monkeypatch.delenv("ProgramFiles(x86)", raising=False)
    assert windows.find_compiler() is None
    with pytest.raises(windows.environment.SetupError, match="Inno Setup"):
        windows.installer(ROOT, tmp_path, tmp_path, tmp_path / "x.exe", VERSION)
    there = tmp_path / "Inno Setup 6/ISCC.exe"
    there.parent.mkdir()
    there.touch()
    assert windows.find_compiler() == there


def test_the_icon_has_every_size(module: Callable[[str], ModuleType]) -> None:
    draw = module("draw_icon_file")
    from PySide6.QtGui import QImage

    image = QImage(16, 16, QImage.Format.Format_ARGB32)
    image.fill(0x80FF0000)
    image.setPixel(0, 0, 0xFF00FF00)
    big = QImage(256, 256, QImage.Format.Format_ARGB32)
    big.fill(0xFF0000FF)
    data = draw.ico({16: image, 256: big})
    reserved, kind, count = struct.unpack_from("<HHH", data)
    assert (reserved, kind, count) == (0, 1, 2)
    sizes = [struct.unpack_from("<BBBBHHII", data, 6 + 16 * index) for index in range(count)]
    assert [(entry[0], entry[5]) for entry in sizes] == [(16, 32), (0, 32)]
    small, large = (data[entry[7] : entry[7] + entry[6]] for entry in sizes)
    assert sizes[1][7] + sizes[1][6] == len(data)
    assert struct.unpack_from("<Iii", small) == (40, 16, 32)
    last_line = 40 + 15 * 16 * 4  # which is the picture's first
    assert small[last_line : last_line + 4] == b"\x00\xff\x00\xff"
    assert small[40:44] == b"\x00\x00\xff\x80"
    assert large.startswith(b"\x89PNG")


def test_an_update_ends_what_has_no_window_to_be_asked() -> None:
    """Windows closes programs without a window by force alone; models answer in such, and would stop the update."""
    assert "\nCloseApplications=force\n" in SCRIPT
