"""Keys on a Mac, which this one is taken for: they are written with its signs, and none is usual that text fields need there."""

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.gui.commands.actions import ELSEWHERE, NOTEBOOK, Actions
from desktop_app.gui.commands.shortcuts import why_not
from desktop_app.gui.commands.shortcuts_dialog import Keys, ShortcutsDialog
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.panel.sampling.chain_list import ChainList
from desktop_app.gui.tour.page import BACK_KEYS, NEXT_KEYS
from desktop_app.gui.widgets import key_names
from desktop_app.gui.widgets.key_button import KeyButton
from desktop_app.gui.widgets.painting import key_hint
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.settings.schema import KeyboardSettings, SendKey, Settings, ShortcutSettings

SIGNS = {"Meta": "⌃", "Alt": "⌥", "Shift": "⇧", "Ctrl": "⌘"}
"""In the order in which Qt writes them there; what it calls Ctrl is the command key."""
KEYS = {"Return": "↩", "Enter": "⌤", "Backspace": "⌫", "PgUp": "⇞", "PgDown": "⇟", "Up": "↑", "Down": "↓"}
NEEDED = {f"{held}{key}" for held in ("", "Shift+") for key in ("Alt+Up", "Alt+Down", "Alt+PgUp", "Alt+PgDown")} | {
    f"{held}{key}"
    for held in ("", "Shift+", "Ctrl+", "Alt+", "Meta+", "Ctrl+Shift+", "Alt+Shift+")
    for key in ("Left", "Right")
} | {"Ctrl+Up", "Ctrl+Down", "Alt+Backspace", "Alt+Del", "Ctrl+Backspace"}  # fmt: skip
"""Where Qt moves and deletes in text fields on macOS (QPlatformTheme's key bindings)."""


TAKEN = {
    "Ctrl+H", "Ctrl+Alt+H", "Ctrl+M", "Ctrl+Alt+M", "Ctrl+`", "Ctrl+Shift+`", "Ctrl+Tab", "Ctrl+Shift+Tab",
    "Ctrl+Space", "Ctrl+Alt+Space", "Meta+Ctrl+Space", "Ctrl+Alt+Esc", "Ctrl+Alt+D", "Meta+Ctrl+D", "Meta+Ctrl+F",
    "Meta+Ctrl+Q", "Ctrl+Shift+Q", "Ctrl+Alt+Shift+Q", "Ctrl+Shift+3", "Ctrl+Shift+4", "Ctrl+Shift+5", "Ctrl+Shift+6",
    "Meta+Up", "Meta+Down", "F11", "Ctrl+F1", "Ctrl+F5", "Ctrl+Alt+F5", "Ctrl+Alt+8", "Ctrl+Alt+=", "Ctrl+Alt+-",
    "Ctrl+.", "Ctrl+?", "Ctrl+Shift+A", "Ctrl+Shift+L", "Ctrl+Shift+M", "Ctrl+Shift+Y",
}  # fmt: skip
"""What macOS itself does with keys: to windows and apps, to the screen, for help, for access; the last are Services of chosen text."""
MEANT = {
    "Ctrl+Q": "quit", "Ctrl+W": "close_window", "Ctrl+,": "settings", "Ctrl+N": "new_chat", "Ctrl+O": "choose_file",
    "Ctrl+F": "find", "Ctrl+G": "find_next", "Ctrl+Shift+G": "find_previous", "Ctrl++": "zoom_in", "Ctrl+-": "zoom_out",
}  # fmt: skip
"""What keys mean in every app there."""


def as_on_macs(sequence: QKeySequence) -> str:
    portable = sequence.toString(QKeySequence.SequenceFormat.PortableText)
    held, _plus, key = portable[:-1].rpartition("+")
    key += portable[-1:]
    return "".join(sign for name, sign in SIGNS.items() if name in held.split("+")) + KEYS.get(key, key)


@pytest.fixture(autouse=True)
def on_mac(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_names, "ON_MAC", True)
    monkeypatch.setattr(key_names, "_native", as_on_macs)


def said(widget: QWidget) -> Iterator[str]:
    """Yield all that a widget and what is in it say, to the eye or to a screen reader."""
    for each in (widget, *widget.findChildren(QWidget)):
        yield from (each.toolTip(), each.accessibleName(), each.accessibleDescription(), each.windowTitle())
        if isinstance(each, QLabel | QAbstractButton | QLineEdit):
            yield each.text()
        if isinstance(each, QComboBox):
            yield from map(each.itemText, range(each.count()))


def names_other_keys(words: str) -> bool:
    return any(key in words.replace("Alternative", "") for key in ("Ctrl", "Alt", "Strg"))


def test_nothing_that_the_window_says_names_keys_that_a_mac_has_not(window: MainWindow, qtbot: QtBot) -> None:
    taken = ShortcutSettings(keys={"new_chat": "Ctrl++"})
    window.set_settings(Settings(keyboard=KeyboardSettings(send_key=SendKey.CTRL_ENTER), shortcuts=taken))
    assert window.composer.hint.text().startswith("⌘↩ sends")
    for page in ("settings", "tour", "map", "templates", "chat"):
        window.show_page(page)
    card = window.settings_page.shortcuts_card
    assert card is not None
    card.show_all.click()
    card.rows[0].keys.pressed_keys.emit("Ctrl+K")
    window.command_palette.open()
    dialog = ShortcutsDialog(window.theme, window.commands.entries, window)
    qtbot.addWidget(dialog)
    words = [*said(window), *said(dialog), *(choice.hint for choice in window.command_palette.rows.entries)]
    assert sorted({each for each in words if names_other_keys(each)}) == []
    for seen in ("⌘K", "⌥⌘↑", "⇧↩", "⌘↩", "⌘K is already used by “Search chats”."):
        assert seen in words
    assert {each.accessibleName() for each in dialog.findChildren(Keys)} >= {"⇧⌘P"}


@pytest.mark.parametrize(("keys", "seen"), [("Ctrl+N", "⌘N"), ("Ctrl++", "⌘+"), (NEXT_KEYS, "⌘⇟"), (BACK_KEYS, "⌘⇞")])
def test_a_hint_has_its_signs(keys: str, seen: str) -> None:
    assert key_hint(keys) == seen


def test_what_is_said_of_keys_has_its_signs(theme: Theme, host: QWidget) -> None:
    assert why_not("A").startswith("Use ⌘, ⌥ or a function key")
    assert any("press ⌥ and an arrow key" in words for words in said(ChainList(theme, host)))
    button = KeyButton(theme, "New chat", host)
    button.show_keys("Ctrl+Alt+J")
    assert "⌥⌘J" in button.accessibleName()


def test_no_usual_shortcut_takes_what_text_fields_need_there(host: QWidget) -> None:
    actions = Actions(host)
    usual = [entry for entry in actions.entries if entry.usual]
    assert [entry.name for entry in usual if entry.usual in NEEDED] == []
    for place in (NOTEBOOK, ELSEWHERE):
        keys = [entry.usual for entry in usual if entry.place in ("", place)]
        assert len(set(keys)) == len(keys)
    previous = actions.previous_question
    assert isinstance(previous, QAction)
    assert previous.shortcut() == QKeySequence("Ctrl+Alt+Up")


def test_no_usual_shortcut_takes_what_the_system_does_with_keys_there(host: QWidget) -> None:
    actions = Actions(host)
    taken = [QKeySequence(keys) for keys in TAKEN]
    keys = {each: entry.name for entry in actions.entries for each in entry.action.shortcuts()}
    assert {name for each, name in keys.items() if each in taken} == {"stop"}
    assert [QKeySequence("Ctrl+."), "stop"] in [[each, name] for each, name in keys.items()]
    assert {each: name for each, name in MEANT.items() if keys.get(QKeySequence(each)) != name} == {}
