r"""Names of files that are too long for Windows, which opens those of 260 characters and more only behind a \\?\ of its own.

So says its documentation of file names; what stands behind that is taken as it is: absolute, with backslashes, without
dots for folders. Names are made so where they come in, and shown without it.
"""

import ntpath
import sys
from pathlib import Path

ON_WINDOWS = sys.platform == "win32"
_AS_IT_IS = "\\\\?\\"
_DEVICES = (_AS_IT_IS, "\\\\.\\", "//?/", "//./")
_SHARE = "UNC\\"
LONG = 200
"""From how many characters on; what is made beside a file for a while has a longer name."""


def reachable(path: Path) -> Path:
    """Return a path as this system can open it, however long it is."""
    return Path(as_windows_opens(str(path))) if ON_WINDOWS else path


def as_windows_opens(name: str) -> str:
    """Return the name of a file as Windows can open it, however long it is; one without a drive, or of a device, stays."""
    if len(name) < LONG or name.startswith(_DEVICES) or not (ntpath.isabs(name) and ntpath.splitdrive(name)[0]):
        return name
    whole = ntpath.normpath(name)
    if whole.startswith("\\\\"):
        return f"{_AS_IT_IS}{_SHARE}{whole[2:]}"
    return f"{_AS_IT_IS}{whole}"


def plain(name: str) -> str:
    """Return a name as people write it, and as other programs take it."""
    if not name.startswith(_AS_IT_IS):
        return name
    rest = name.removeprefix(_AS_IT_IS)
    return f"\\\\{rest.removeprefix(_SHARE)}" if rest.startswith(_SHARE) else rest
