"""Shows files in the program that the desktop has for folders: Explorer, Finder, or what a Linux desktop has."""

import os
import sys
from pathlib import Path, PureWindowsPath

from PySide6.QtCore import QProcess, QUrl
from PySide6.QtGui import QDesktopServices

from desktop_app.support.long_paths import plain


def show_folder(folder: Path) -> bool:
    """Show what is in a folder; False where no program shows any."""
    return QDesktopServices.openUrl(QUrl.fromLocalFile(plain(str(folder))))


def show_in_folder(path: Path, platform: str = sys.platform) -> bool:
    """Show a file in its folder, chosen where the desktop can do that, or what is in `path` where that is a folder.

    False where no program shows any.
    """
    if not path.is_file():
        return show_folder(path if path.is_dir() else path.parent)
    match platform:
        case "win32":
            return _run(explorer_line(path))
        case "darwin":
            started, _pid = QProcess.startDetached("/usr/bin/open", ["-R", str(path)])
            return started
        case _:
            return show_folder(path.parent)


def explorer_line(file: Path) -> str:
    """Return the command line that has Explorer show a file among the others of its folder.

    Explorer reads it by itself, and takes a comma for the end of what is to be shown, but in quotes; no name on Windows
    has a quote in it. The program is that of Windows' own folder, whatever else is called so.
    """
    program = PureWindowsPath(os.environ.get("SYSTEMROOT", "C:/Windows"), "explorer.exe")
    return f'"{program}" /select,"{PureWindowsPath(plain(str(file)))}"'


def _run(line: str) -> bool:
    """Start a program of Windows with a command line as it is: Qt would put other quotes into it."""
    import subprocess  # few starts need it

    try:
        subprocess.Popen(line)
    except OSError:
        return False
    return True
