"""Finds Visual Studio's compiler, which a usual terminal of Windows does not know, and what its programs need to run."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

FINDER = "Microsoft Visual Studio/Installer/vswhere.exe"
"""Below the folder for programs of 32 bits; every installer of Visual Studio since 2017 brings it."""
TOOLS = "Microsoft.VisualStudio.Component.VC.Tools.x86.x64"
SCRIPT = "VC/Auxiliary/Build/vcvars64.bat"
"""Sets the variables of the compiler for 64 bits."""

RUNTIME = ("msvcp140.dll", "vcruntime140.dll", "vcruntime140_1.dll", "vcomp140.dll")
"""What the engine is linked with, its threads (OpenMP) too; a new Windows has none of it."""
RUNTIME_FOLDERS = ("x64/Microsoft.VC*.CRT", "x64/Microsoft.VC*.OpenMP")
"""Where Visual Studio keeps what may be passed on with a program, below the folder that `VCToolsRedistDir` names."""

Run = Callable[[list[str] | str], bytes]
"""Runs a command and returns what it told; raises OSError and subprocess.SubprocessError."""


def variables(
    environ: Mapping[str, str] = os.environ,
    system: str = os.name,
    find: Callable[[str], str | None] = shutil.which,
    run: Run = lambda command: subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout,
) -> dict[str, str]:
    """Return what has to be in the environment for the compiler; empty on other systems, and where it is there already.

    Empty, too, where there is no Visual Studio: what compiles says then what it lacks.
    """
    programs = environ.get("ProgramFiles(x86)") or environ.get("PROGRAMFILES(X86)")
    finder = Path(programs or "", FINDER)
    if system != "nt" or not programs or not finder.is_file() or find("cl"):
        return {}
    question = [str(finder), "-latest", "-products", "*", "-requires", TOOLS, "-property", "installationPath", "-utf8"]
    try:
        folder = run(question).decode("utf-8").strip()
        script = Path(folder, SCRIPT)
        if not folder or not script.is_file():
            return {}
        told = run(f'cmd /d /u /s /c ""{script}" >nul 2>&1 && set"').decode("utf-16-le", errors="replace")
    except (OSError, subprocess.SubprocessError):
        return {}
    found = {name.upper(): value for name, value in re.findall(r"(?m)^([^=\r\n]+)=(.*?)\r?$", told)}
    changed = {name: value for name, value in found.items() if environ.get(name) != value}
    return {**changed, "CC": environ.get("CC", "cl"), "CXX": environ.get("CXX", "cl")} if changed else {}


def runtime(environ: Mapping[str, str]) -> list[Path]:
    """Return the libraries that have to come with what the compiler made; those that are nowhere are left out.

    They are Visual Studio's own copies, or else those of this Windows.
    """
    kept = Path(environ.get("VCTOOLSREDISTDIR", ""))
    folders = [folder for place in RUNTIME_FOLDERS for folder in sorted(kept.glob(place))] if kept.name else []
    folders.append(Path(environ.get("SYSTEMROOT", "C:/Windows"), "System32"))
    found = (next((folder / name for folder in folders if (folder / name).is_file()), None) for name in RUNTIME)
    return [file for file in found if file is not None]
