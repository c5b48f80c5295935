"""Visual Studio's compiler is found from a usual terminal of Windows, and left to those who have chosen one."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

TOLD = "PATH=C:\\VC\\bin;C:\\Windows\r\nINCLUDE=C:\\VC\\include\r\nLIB=C:\\Zoë\\lib\r\nUSERNAME=zoë\r\n"


@pytest.fixture
def visual_studio(module: Callable[[str], ModuleType]) -> ModuleType:
    return module("visual_studio")


@pytest.fixture
def computer(tmp_path: Path, visual_studio: ModuleType) -> dict[str, str]:
    """A Windows with Visual Studio; returns its environment."""
    finder = tmp_path / "programs" / visual_studio.FINDER
    finder.parent.mkdir(parents=True)
    finder.touch()
    script = tmp_path / "studio" / visual_studio.SCRIPT
    script.parent.mkdir(parents=True)
    script.touch()
    return {"PROGRAMFILES(X86)": str(tmp_path / "programs"), "PATH": "C:\\Windows", "USERNAME": "zoë"}


class Ran:
    def __init__(self, studio: Path) -> None:
        self.studio = studio
        self.commands: list[list[str] | str] = []

    def __call__(self, command: list[str] | str) -> bytes:
        self.commands.append(command)
        if isinstance(command, list):
            return f"{self.studio}\r\n".encode()
        assert f'"{self.studio}/VC/Auxiliary/Build/vcvars64.bat"' in command
        return TOLD.encode("utf-16-le")


def test_what_the_compiler_needs_is_told(computer: dict[str, str], visual_studio: ModuleType, tmp_path: Path) -> None:
    ran = Ran(tmp_path / "studio")
    assert visual_studio.variables(computer, "nt", lambda _name: None, ran) == {
        "PATH": "C:\\VC\\bin;C:\\Windows",
        "INCLUDE": "C:\\VC\\include",
        "LIB": "C:\\Zoë\\lib",
        "CC": "cl",
        "CXX": "cl",
    }
    assert len(ran.commands) == 2


def test_a_terminal_that_has_it_a_computer_without_it_and_other_systems_stay_as_they_are(
    computer: dict[str, str], visual_studio: ModuleType, tmp_path: Path
) -> None:
    ran = Ran(tmp_path / "nowhere")
    assert visual_studio.variables(computer, "nt", lambda _name: "C:\\VC\\bin\\cl.exe", ran) == {}
    assert visual_studio.variables(computer, "posix", lambda _name: None, ran) == {}
    assert visual_studio.variables({"PATH": "C:\\Windows"}, "nt", lambda _name: None, ran) == {}
    assert ran.commands == []
    assert visual_studio.variables(computer, "nt", lambda _name: None, ran) == {}  # none is installed

    def fail(_command: object) -> bytes:
        raise subprocess.CalledProcessError(1, "vswhere")

    assert visual_studio.variables(computer, "nt", lambda _name: None, fail) == {}


def test_a_build_finds_its_own_tools_first_then_the_compiler(
    module: Callable[[str], ModuleType], visual_studio: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {"PATH": "/studio/bin", "INCLUDE": "/studio/include", "CC": "cl"}
    monkeypatch.setattr(visual_studio, "variables", lambda: found)
    built = module("engine_build").build_environment(Path("/venv/bin/python"), PATH="/cuda/bin")
    assert built["PATH"] == os.pathsep.join(["/venv/bin", "/cuda/bin", "/studio/bin"])
    assert (built["INCLUDE"], built["CC"]) == ("/studio/include", "cl")


def test_what_the_engine_is_linked_with_goes_into_the_package(
    module: Callable[[str], ModuleType], visual_studio: ModuleType, tmp_path: Path
) -> None:
    """Visual Studio's own copies first, and never over one that Python brought."""
    freeze, environment = module("freeze"), module("environment")
    redist, windows, program = tmp_path / "redist", tmp_path / "windows", tmp_path / "program"
    for folder, names in (
        (redist / "x64/Microsoft.VC143.CRT", visual_studio.RUNTIME[:3]),
        (windows / "System32", visual_studio.RUNTIME),
        (program, ["vcruntime140.dll"]),
    ):
        folder.mkdir(parents=True)
        for name in names:
            (folder / name).write_text(folder.name)
    freeze.put_runtime(program, {"VCTOOLSREDISTDIR": str(redist), "SYSTEMROOT": str(windows)})
    assert {file.name: file.read_text() for file in program.iterdir()} == {
        "msvcp140.dll": "Microsoft.VC143.CRT",
        "vcruntime140.dll": "program",
        "vcruntime140_1.dll": "Microsoft.VC143.CRT",
        "vcomp140.dll": "System32",
    }
    (windows / "System32/vcomp140.dll").unlink()
    with pytest.raises(environment.SetupError, match="vcomp140"):
        freeze.put_runtime(program, {"VCTOOLSREDISTDIR": str(redist), "SYSTEMROOT": str(windows)})
