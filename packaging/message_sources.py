"""Finds every text that is to be translated: in the sources, the declared parameters, the resources, the desktop entry.

Most stand in `_()`, `pgettext()`, `ngettext()` or `N_()`. What parameters declare of themselves (`Meta`) is found where it stands, so
that a new one is translated without being listed anywhere; prompt templates and personas name their own texts.
"""

import ast
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from linux_package import SHOWN_IN_DESKTOPS

from desktop_app.domain.translated_files import translated_persona, translated_template

CALLS = {"_": 1, "N_": 1, "ngettext": 2, "pgettext": 2}
"""The functions that take texts, and how many; the first one of `pgettext` is the context."""
DECLARED = ("title", "description")
DECLARED_EXTRA = ("unit", "empty", "group")


class Text(NamedTuple):
    """An English text, or its singular and plural; `context` tells it from the same words elsewhere."""

    english: str | tuple[str, str]
    context: str | None = None


def messages(root: Path) -> Iterator[tuple[Text, str]]:
    """Yield every text below `root` with the file it stands in, some of them more than once."""
    for file in sorted((root / "desktop_app").rglob("*.py")):
        name = file.relative_to(root).as_posix()
        yield from ((text, name) for text in in_source(ast.parse(file.read_text(encoding="utf-8")), file.name))
    for file in sorted((root / "resources/templates").rglob("*.md")):
        yield from ((Text(text), file.relative_to(root).as_posix()) for text in in_template(file))
    for file in sorted((root / "resources/personas").glob("*.md")):
        yield from ((Text(text), file.relative_to(root).as_posix()) for text in in_persona(file))
    catalogue = root / "resources/models/catalogue.json"
    for model in json.loads(catalogue.read_text(encoding="utf-8"))["models"]:
        yield Text(model["summary"]), catalogue.relative_to(root).as_posix()
    entry = root / "packaging/linux/inglenook.desktop"
    yield from ((Text(text), entry.relative_to(root).as_posix()) for text in in_desktop_entry(entry))


def in_source(tree: ast.AST, name: str) -> Iterator[Text]:
    """Yield what stands in CALLS, and what a file called `name` declares of parameters and sections of settings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in CALLS:
                found = list(texts(node.args[: CALLS[node.func.id]]))
                yield from [said(node.func.id, found)] if found else []
            elif node.func.id == "Meta":
                yield from map(Text, in_declaration(node))
        if isinstance(node, ast.ClassDef) and name == "schema.py" and node.name.removesuffix("Settings"):
            title = ast.get_docstring(node)
            yield from [Text(title)] if title and node.name.endswith("Settings") else []


def said(function: str, found: list[str]) -> Text:
    """Return what one of CALLS was given as a text."""
    if function == "pgettext":
        context, english = found
        return Text(english, context)
    return Text(found[0] if CALLS[function] == 1 else (found[0], found[1]))


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
