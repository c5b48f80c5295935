"""Finds Visual Studio's compiler, which a usual terminal of Windows does not know: Ninja would take another one, or none."""

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
