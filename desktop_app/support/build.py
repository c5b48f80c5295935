"""Of which sources this copy of the app was built."""

import sys
from contextlib import suppress
from pathlib import Path

import msgspec

from desktop_app.support.paths import resources

FILE = "build.json"
"""Beside the other resources of a frozen copy; packaging/freeze.py writes it."""


class Build(msgspec.Struct, frozen=True):
    """The commit (empty where that is not known), its time in seconds since 1970 (0 likewise), and whether it is frozen."""

    commit: str = ""
    date: float = 0.0
    frozen: bool = False


def this_build() -> Build:
    """Return what is known of this copy; reads a file or two."""
    with suppress(OSError, msgspec.MsgspecError):
        build = msgspec.json.decode((resources() / FILE).read_bytes(), type=Build)
        return msgspec.structs.replace(build, frozen=bool(getattr(sys, "frozen", False)))
    return Build(_checked_out(resources().parent / ".git"))


def _checked_out(repository: Path) -> str:
    """Return the commit that a working tree is at, empty where there is no repository."""
    with suppress(OSError):
        head = (repository / "HEAD").read_text(encoding="ascii").strip()
        if not head.startswith("ref: "):
            return head
        name = head.removeprefix("ref: ")
        with suppress(FileNotFoundError):
            return (repository / name).read_text(encoding="ascii").strip()
        packed = (repository / "packed-refs").read_text(encoding="ascii").splitlines()
        return next((line.split()[0] for line in packed if line.endswith(f" {name}")), "")
    return ""
