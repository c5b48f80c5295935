"""The menu of a word in a question: what could have been meant, the person's own words, and what every text field offers."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QPlainTextEdit

from desktop_app.support.i18n import _


def word_menu(
    field: QPlainTextEdit,
    word: str,
    suggestions: Sequence[str] | None,
    *,
    replace: Callable[[str], object],
    add: Callable[[], object],
) -> QMenu:
    """Return the menu of a word that no dictionary knows; `suggestions` are None where they did not come in time."""
    menu = usual_menu(field)
    entries: list[QAction] = []
    for suggestion in suggestions or ():
        entry = QAction(_shown(suggestion), menu)
        entry.triggered.connect(partial(_call, replace, suggestion))
        entries.append(entry)
    if not entries:
        entry = QAction(_("Suggestions take longer than usual") if suggestions is None else _("No suggestions"), menu)
        entry.setEnabled(False)
        entries.append(entry)
    own = QAction(_("Add “{word}” to your words").format(word=_shown(word)), menu)
    own.triggered.connect(lambda: add())
    _put_first(menu, [*entries, own])
    return menu


def own_word_menu(field: QPlainTextEdit, word: str, remove: Callable[[], object]) -> QMenu:
    """Return the menu of one of the person's own words."""
    menu = usual_menu(field)
    entry = QAction(_("Remove “{word}” from your words").format(word=_shown(word)), menu)
    entry.triggered.connect(lambda: remove())
    _put_first(menu, [entry])
    return menu


def usual_menu(field: QPlainTextEdit) -> QMenu:
    """Return the menu that every text field has."""
    menu = field.createStandardContextMenu()
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return menu


def _put_first(menu: QMenu, entries: Sequence[QAction]) -> None:
    first = menu.actions()[0]
    menu.insertActions(first, entries)
    menu.insertSeparator(first)


def _shown(word: str) -> str:
    return word.replace("&", "&&")  # else it would say which key chooses it


def _call(action: Callable[[str], object], word: str, _checked: bool = False) -> None:
    action(word)
