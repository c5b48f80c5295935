"""Finds every text that is to be translated: in the sources, the declared parameters, the resources, the desktop entry.

Most stand in `_()`, `ngettext()` or `N_()`. What parameters declare of themselves (`Meta`) is found where it stands, so
that a new one is translated without being listed anywhere; prompt templates and personas name their own texts.
"""

import ast
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from linux_package import SHOWN_IN_DESKTOPS

from desktop_app.domain.translated_files import translated_persona, translated_template

CALLS = {"_": 1, "N_": 1, "ngettext": 2}
"""The functions that take texts, and how many."""
DECLARED = ("title", "description")
DECLARED_EXTRA = ("unit", "empty", "group")

Message = tuple[str | tuple[str, str], str]
"""The English text, or its singular and plural, and the file it stands in."""


def messages(root: Path) -> Iterator[Message]:
    """Yield every text below `root`, some of them more than once."""
    for file in sorted((root / "desktop_app").rglob("*.py")):
        name = file.relative_to(root).as_posix()
        yield from ((text, name) for text in in_source(file))
    for file in sorted((root / "resources/templates").rglob("*.md")):
        yield from ((text, file.relative_to(root).as_posix()) for text in in_template(file))
    for file in sorted((root / "resources/personas").glob("*.md")):
        yield from ((text, file.relative_to(root).as_posix()) for text in in_persona(file))
    catalogue = root / "resources/models/catalogue.json"
    for model in json.loads(catalogue.read_text(encoding="utf-8"))["models"]:
        yield model["summary"], catalogue.relative_to(root).as_posix()
    entry = root / "packaging/linux/inglenook.desktop"
    yield from ((text, entry.relative_to(root).as_posix()) for text in in_desktop_entry(entry))


def in_source(file: Path) -> Iterator[str | tuple[str, str]]:
    """Yield what stands in `_()`, `N_()` and `ngettext()`, and what is declared of parameters and sections of settings."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in CALLS:
                found = list(texts(node.args[: CALLS[node.func.id]]))
                yield from [found[0] if CALLS[node.func.id] == 1 else (found[0], found[1])] if found else []
            elif node.func.id == "Meta":
                yield from in_declaration(node)
        if isinstance(node, ast.ClassDef) and file.name == "schema.py" and node.name.removesuffix("Settings"):
            title = ast.get_docstring(node)
            yield from [title] if title and node.name.endswith("Settings") else []


def in_declaration(node: ast.Call) -> Iterator[str]:
    """Yield the title, help, unit, group and choices of a parameter."""
    declared = {word.arg: word.value for word in node.keywords}
    yield from texts(declared.get(name) for name in DECLARED)
    extra = declared.get("extra_json_schema")
    if isinstance(extra, ast.Dict):
        pairs = zip(extra.keys, extra.values, strict=True)
        named = {key.value: value for key, value in pairs if isinstance(key, ast.Constant)}
        yield from texts(named.get(name) for name in DECLARED_EXTRA)
        labels = named.get("labels")
        yield from texts(labels.values if isinstance(labels, ast.Dict) else ())


def texts(nodes: Iterable[ast.expr | None]) -> Iterator[str]:
    """Yield the texts among expressions."""
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
            yield node.value


def in_template(file: Path) -> list[str]:
    """Return what is translated of a prompt template, and the folder that it is in."""
    return [file.parent.name, *taken(translated_template, file)]


def in_persona(file: Path) -> list[str]:
    """Return what is translated of a persona."""
    return taken(translated_persona, file)


def taken(translated: Callable[[str, Callable[[str], str]], str], file: Path) -> list[str]:
    """Return the texts that a translation of a file asks for."""
    found: list[str] = []

    def note(text: str) -> str:
        found.append(text)
        return text

    translated(file.read_text(encoding="utf-8"), note)
    return found


def in_desktop_entry(file: Path) -> Iterator[str]:
    """Yield what desktops show of the app."""
    for line in file.read_text(encoding="utf-8").splitlines():
        name, _equals, value = line.partition("=")
        if name in SHOWN_IN_DESKTOPS:
            yield value
