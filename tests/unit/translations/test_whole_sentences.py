"""What the sources say is translatable: whole texts in `_()`, none of them glued, none translated too early."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SOURCES = sorted((ROOT / "desktop_app").rglob("*.py"))
TRANSLATING = {"_": 1, "ngettext": 2, "pgettext": 2}
"""The functions that translate, and how many texts they take; the context of `pgettext` is one, too."""
SHOWING = frozenset(
    [
        "setText",
        "setToolTip",
        "setWindowTitle",
        "setAccessibleName",
        "setAccessibleDescription",
        "setPlaceholderText",
        "setStatusTip",
        "setWhatsThis",
        "setInformativeText",
        "setTitle",
        "setHtml",
        "setPlainText",
        "setTabText",
        "addTab",
        "addAction",
        "addMenu",
        "addItem",
        "insertItem",
        "set_content",
        "set_text",
        "set_about",
        "show_notice",
        "show_trouble",
        "Label",
        "ElidedLabel",
        "Button",
        "IconButton",
        "QLabel",
        "QPushButton",
        "QCheckBox",
        "QRadioButton",
        "QAction",
        "QMessageBox",
        "drawText",
        "add_parser",
        "add_argument",
    ]
)
"""Calls whose texts people read."""
UNSPOKEN = re.compile(r"^(Inglenook|--?[a-z-]+|[a-z_-]+|[A-Z_]+|[\W\d_]*|hf_…|(Ctrl|Shift|Alt)\+.*|(<[^>]*>)+)$")
"""Texts that are no words: the app's name, options, icons, roles, keys and tags."""

A_PART = re.compile(r"^[,;.]|^ |^\{\w+\} [A-Z][a-z]+ |[.!?] \{\w+\}$")
"""A text that goes on with another, or has a whole sentence filled in before or behind its own."""


def is_translation(node: ast.AST) -> bool:
    """Whether an expression is a translated text, filled in or not."""
    if isinstance(node, ast.IfExp):
        return is_translation(node.body) or is_translation(node.orelse)
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Attribute):
        return node.func.attr in ("format", "format_map") and is_translation(node.func.value)
    return isinstance(node.func, ast.Name) and node.func.id in TRANSLATING


def glued(tree: ast.AST) -> Iterator[int]:
    """Yield the lines in which a sentence is made of parts."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TRANSLATING:
            texts = node.args[: TRANSLATING[node.func.id]]
            if any(isinstance(part, ast.JoinedStr | ast.BinOp) for part in texts):
                yield node.lineno
            yield from (node.lineno for part in texts for text in literal_texts(part) if A_PART.search(text))
        if isinstance(node, ast.BinOp) and any(is_translation(side) for side in (node.left, node.right)):
            yield node.lineno
        if isinstance(node, ast.JoinedStr):
            spoken = [
                part
                for part in node.values
                if isinstance(part, ast.FormattedValue) and (is_translation(part.value) or is_sentence(part.value))
            ]
            others = [part for part in node.values if part not in spoken and not is_file_ending(part)]
            if len(spoken) > 1 or (spoken and others):
                yield node.lineno


def is_sentence(node: ast.AST) -> bool:
    """Whether an expression is one of the sentences about an error: `Explanation.text` has both as they follow."""
    return isinstance(node, ast.Attribute) and node.attr in ("sentence", "next_step")


def is_file_ending(node: ast.AST) -> bool:
    return isinstance(node, ast.FormattedValue) and ast.unparse(node.value) == "ending"


def untranslated(tree: ast.AST) -> Iterator[int]:
    """Yield the lines in which a text is shown as it stands in the source."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            arguments = (*node.args, *(word.value for word in node.keywords)) if name in SHOWING else ()
            yield from (
                node.lineno for argument in arguments for text in literal_texts(argument) if not UNSPOKEN.match(text)
            )


def literal_texts(node: ast.expr) -> Iterator[str]:
    """Yield the literal texts that an expression may be."""
    parts: list[ast.expr] = [node]
    if isinstance(node, ast.JoinedStr):
        parts = node.values
    elif isinstance(node, ast.IfExp):
        parts = [node.body, node.orelse]
    for part in parts:
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


def too_early(tree: ast.AST) -> Iterator[int]:
    """Yield the lines whose text is translated when the module is imported, before a language is chosen."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            for default in (*node.args.defaults, *node.args.kw_defaults):
                yield from (
                    (part.lineno for part in ast.walk(default) if isinstance(part, ast.expr) and is_translation(part))
                    if default
                    else ()
                )
            continue
        if isinstance(node, ast.Call) and is_translation(node):
            yield node.lineno
        yield from too_early(node)


RULES: dict[str, Callable[[ast.AST], Iterator[int]]] = {
    "glued": glued,
    "untranslated": untranslated,
    "too early": too_early,
}


@pytest.fixture(scope="module")
def found() -> dict[str, list[str]]:
    """What each rule finds, every source read once for all of them."""
    places: dict[str, list[str]] = {rule: [] for rule in RULES}
    for file in SOURCES:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for rule, look in RULES.items():
            places[rule] += [f"{file.relative_to(ROOT)}:{line}" for line in look(tree)]
    return places


@pytest.mark.parametrize("rule", RULES)
def test_sources_keep_to_it(rule: str, found: dict[str, list[str]]) -> None:
    assert found[rule] == []


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        ("glued", 'words = _("One.") + " more"'),
        ("glued", 'words = _(f"{count} chats")'),
        ("glued", "words = f\"{_('Chats')}: {count}\""),
        ("glued", "words = f\"{_('You') if is_user else _('Model')}: {text}\""),
        ("glued", 'words = f"{explanation.sentence} {explanation.next_step}"'),
        ("glued", 'words = ngettext("a" + b, "c", 2)'),
        ("glued", 'words = pgettext("verb", f"Chat with {name}")'),
        ("glued", 'words = pgettext("verb", "Chat") + "…"'),
        ("glued", 'words = _(", not made yet")'),
        ("glued", 'words = _("It is free. {loss}")'),
        ("glued", 'words = _("{trouble} Look there, or choose another one.")'),
        ("untranslated", 'label.setText("Some words")'),
        ("untranslated", 'label.setText(f"{count} Words")'),
        ("untranslated", 'button = Button(theme, "Save" if is_new else "Keep")'),
        ("too early", 'WORDS = {"a": _("One")}'),
        ("too early", 'TITLE = pgettext("verb", "Chat")'),
        ("too early", 'def show(words=_("One")): pass'),
        ("too early", 'class Words:\n    title = _("One").format()'),
    ],
)
def test_what_breaks_it_is_found(rule: str, source: str) -> None:
    assert list(RULES[rule](ast.parse(source)))
