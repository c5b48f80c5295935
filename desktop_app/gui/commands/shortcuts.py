"""Which keys can be a shortcut, and which command has which ones after a person changed some."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QKeySequence

from desktop_app.gui.commands.actions import Entry
from desktop_app.gui.widgets.key_names import modifier
from desktop_app.support.i18n import _

TEMPLATE = "template:"
"""What the keys of commands that insert a template begin with; the template's own key follows."""
_STANDARD = QKeySequence.StandardKey
_EDITING = (
    _STANDARD.Copy, _STANDARD.Cut, _STANDARD.Paste, _STANDARD.Undo, _STANDARD.Redo, _STANDARD.SelectAll,
    _STANDARD.DeleteStartOfWord, _STANDARD.DeleteEndOfWord, _STANDARD.MoveToNextWord, _STANDARD.MoveToPreviousWord,
    _STANDARD.SelectNextWord, _STANDARD.SelectPreviousWord, _STANDARD.MoveToStartOfDocument,
    _STANDARD.MoveToEndOfDocument, _STANDARD.SelectStartOfDocument, _STANDARD.SelectEndOfDocument,
    _STANDARD.MoveToStartOfBlock, _STANDARD.MoveToEndOfBlock, _STANDARD.SelectStartOfBlock, _STANDARD.SelectEndOfBlock,
    _STANDARD.MoveToPreviousPage, _STANDARD.MoveToNextPage, _STANDARD.SelectPreviousPage, _STANDARD.SelectNextPage,
)  # fmt: skip
"""What is done in every text field, with keys that differ between platforms."""
_NEW_LINES = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_LEAVING = (Qt.Key.Key_Tab, Qt.Key.Key_Backtab)
_FREEING = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier


def why_not(keys: str) -> str:
    """Say why `keys` (as Qt writes them portably) cannot be a shortcut; empty where they can, or for none.

    A QGuiApplication must exist.
    """
    sequence = QKeySequence(keys)
    if not keys:
        return ""
    if sequence.count() != 1:
        return _("These keys cannot be used as a shortcut.")
    combination: QKeyCombination = sequence[0]  # type: ignore[index] # Qt's stubs do not know it
    key, held = combination.key(), combination.keyboardModifiers()
    if key in _NEW_LINES:
        return _("Enter sends what is typed, or starts a new line.")
    if key in _LEAVING:
        return _("The Tab key goes from one control to the next.")
    if not (held & _FREEING) and not Qt.Key.Key_F1 <= key <= Qt.Key.Key_F35:
        words = _("Use {ctrl}, {alt} or a function key; otherwise this key could no longer be typed.")
        return words.format(ctrl=modifier("Ctrl"), alt=modifier("Alt"))
    if any(sequence in QKeySequence.keyBindings(standard) for standard in _EDITING):
        return _("Text fields need these keys.")
    return ""


def shortcuts_of(entries: Sequence[Entry], changed: Mapping[str, str]) -> dict[Entry, str]:
    """Return the keys of each command, where those that a person gave come first.

    `changed` has them by the names of commands, empty for none. A usual shortcut that a person gave to another
    command is left out, as is the second of two equal ones: Qt would follow neither. Two commands that there are never
    both may have the same.
    """
    given = [(entry, changed[entry.name]) for entry in entries if entry.name in changed]
    given += [(entry, entry.usual) for entry in entries if entry.name.startswith(TEMPLATE)]
    usual = [(entry, entry.usual) for entry in entries if entry.name not in changed]
    found: dict[Entry, str] = {}
    holders: dict[str, list[Entry]] = {}
    for entry, keys in (*given, *usual):
        if entry not in found:
            portable = QKeySequence(keys).toString(QKeySequence.SequenceFormat.PortableText)
            others = holders.setdefault(portable, [])
            found[entry] = keys if all(entry.is_kept_apart_from(other) for other in others) else ""
            others.append(entry)
    return found


def holder(entries: Sequence[Entry], keys: str, but: str) -> Entry | None:
    """Return the command beside the one named `but` that has `keys`, and cannot share them with that."""
    sequence = QKeySequence(keys)
    own = next((entry for entry in entries if entry.name == but), None)
    others = (entry for entry in entries if entry.name != but and keys)
    found = (entry for entry in others if sequence in entry.action.shortcuts())
    return next((entry for entry in found if own is None or not own.is_kept_apart_from(entry)), None)


def changes_for(
    entries: Sequence[Entry], changed: Mapping[str, str], name: str, keys: str | None
) -> tuple[dict[str, str], dict[str, str]]:
    """Return what is to be kept, and the shortcuts of templates, after a command got `keys`, its usual ones for None.

    Who had these keys goes back to its usual ones, or has none where they are those. Kept is only what differs.
    """
    entry = next(entry for entry in entries if entry.name == name)
    wanted = entry.usual if keys is None else keys
    before = holder(entries, wanted, name)
    kept = {other: its for other, its in changed.items() if other != name and (before is None or other != before.name)}
    templates: dict[str, str] = {}
    if before is not None and before.name.startswith(TEMPLATE):
        templates[before.name.removeprefix(TEMPLATE)] = ""
    if name.startswith(TEMPLATE):
        templates[name.removeprefix(TEMPLATE)] = wanted
    elif QKeySequence(wanted) != QKeySequence(entry.usual):
        kept[name] = wanted
    return kept, templates
