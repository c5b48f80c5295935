"""Tells which library the system lacks, and which package has it, from what the linker says.

Any module of Python's may be the one that needs it, so this imports next to nothing.
"""

import re
from collections.abc import Iterator

from desktop_app.domain.errors import ErrorCode, InstallationError
from desktop_app.support.i18n import _

_LINKER = re.compile(r"(?P<library>lib[^\s:/]+\.so[.\d]*): cannot open shared object file")
_NAME = re.compile(r"(?P<base>lib.+)\.so\.(?P<version>\d+)")
_NAMED_OTHERWISE = {
    "libcrypto.so.3": "libssl3",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libz.so.1": "zlib1g",
}
"""Packages whose names do not follow from their libraries'."""


def library_error(error: Exception) -> InstallationError | None:
    """Return the error for a library that is missing, None where `error`, or what it came of, says something else."""
    found = _LINKER.search(" | ".join(map(str, _with_causes(error))))
    if found is None:
        return None
    library = found["library"]
    return InstallationError(
        ErrorCode.SYSTEM_LIBRARY_MISSING, str(error), library=library, package=debian_package(library)
    )


def _with_causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, then what it came of: in a frozen app the linker's own words are there only."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__


def library_words() -> dict[ErrorCode, tuple[str, str]]:
    """Return the sentence and the next step, parameters not yet filled in."""
    return {
        ErrorCode.SYSTEM_LIBRARY_MISSING: (
            _("This computer lacks the library {library}, which Inglenook needs."),
            _("Install it (Debian and Ubuntu call the package “{package}”), then start Inglenook again."),
        )
    }


def debian_package(library: str) -> str:
    """Return what Debian and Ubuntu call the package of a library, by the rule that they name packages by."""
    if library in _NAMED_OTHERWISE:
        return _NAMED_OTHERWISE[library]
    name = _NAME.fullmatch(library)
    if name is None:
        return library
    base = name["base"].lower().replace("_", "-")
    return f"{base}{'-' if base[-1].isdigit() else ''}{name['version']}"
