"""The engine builds in the data folder: which one is used, and which one stands in where that one no longer works."""

import contextlib
import hashlib
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

from desktop_app.domain.errors import error_from_info
from desktop_app.domain.hardware import EngineFound
from desktop_app.services.hardware.probe_process import Probes
from desktop_app.support.files import patiently, remove_folder, replace_file

INSTALLED = ""
"""Stands for the engine that was installed with the app."""
_CHOSEN = "chosen"
_KEPT = 2
_GONE = ".gone"
"""What the name of a build ends with that is about to be removed."""


def list_devices(engine_folder: str = INSTALLED) -> tuple[EngineFound | None, str]:
    """Return what a probe process found, or None and what went wrong."""
    engine, error = Probes().ask(engine_folder)
    return engine, str(error_from_info(error)) if error is not None else ""


class EngineBuilds:
    """The builds in `folder`, a folder each, and a file with the names of those to use, the best first."""

    def __init__(
        self,
        folder: Path,
        probe: Callable[[str], tuple[EngineFound | None, str]] = list_devices,
    ) -> None:
        """`probe` looks at a build, with those of its parts that work."""
        self._folder = folder
        self._probe = probe
        self._lock = threading.Lock()
        self._found: str | None = None

    def in_use(self) -> str:
        """Return the folder of the best build that starts here, or INSTALLED; tried once, which takes a second."""
        with self._lock:
            if self._found is None or (self._found != INSTALLED and not Path(self._found).is_dir()):
                folders = (self._folder / name for name in self._names())
                working = (str(each) for each in folders if each.is_dir() and self._probe(str(each))[0] is not None)
                self._found = next(working, INSTALLED)
            return self._found

    def take_in(self, built: Path, kind: str) -> Path:
        """Copy a build that passed its test, and choose it; the one chosen before stands in for it. Raises OSError.

        Its name tells its content, so that a build which is in use is never written over.
        """
        folder = self._folder / f"{kind}-{_digest(built)}"
        if not folder.is_dir():
            beside = folder.with_name(f"{folder.name}.new")
            if beside.exists():
                remove_folder(beside)
            shutil.copytree(built, beside, symlinks=True)
            patiently(lambda: beside.rename(folder))
        names = [folder.name, *(name for name in self._names() if name != folder.name)]
        replace_file(self._folder / _CHOSEN, "\n".join(names[:_KEPT]).encode())
        for name in names[_KEPT:]:
            self._discard(self._folder / name)
        for left in self._folder.glob(f"*{_GONE}"):
            with contextlib.suppress(OSError):  # it goes with the next one
                remove_folder(left)
        return folder

    def _discard(self, folder: Path) -> None:
        """Remove a build, or leave it whole where Windows says that it is in use: half of one would pass for it later."""
        with contextlib.suppress(OSError):
            folder.rename(folder.with_name(f"{folder.name}{_GONE}"))

    def _names(self) -> list[str]:
        """Return the names in the file; what names no folder of its own in here is left out."""
        try:
            lines = (self._folder / _CHOSEN).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            return []
        return [line for line in lines if line and line != ".." and Path(line).name == line]


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(folder.iterdir()):
        digest.update(file.name.encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
