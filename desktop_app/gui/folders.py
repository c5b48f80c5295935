"""Shows files in the program that the desktop has for folders: Explorer, Finder, or what a Linux desktop has."""

import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QProcess, QUrl
from PySide6.QtGui import QDesktopServices


def show_folder(folder: Path) -> bool:
    """Show what is in a folder; False where no program shows any."""
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


def show_in_folder(path: Path, platform: str = sys.platform) -> bool:
    """Show a file in its folder, chosen where the desktop can do that, or what is in `path` where that is a folder.

    False where no program shows any.
    """
    command = choosing(path, platform)
    if command and path.is_file():
        started, _pid = QProcess.startDetached(command[0], command[1:])
        return started
    return show_folder(path if path.is_dir() else path.parent)


def choosing(file: Path, platform: str) -> Sequence[str]:
    """Return the command that shows a file among the others of its folder, empty where there is none.

    Explorer reads its command line itself: a comma ends the option, and only then a quoted path may follow.
    """
    match platform:
        case "win32":
            return ("explorer.exe", "/select,", str(file).replace("/", "\\"))
        case "darwin":
            return ("/usr/bin/open", "-R", str(file))
        case _:
            return ()
