"""The screens of what lies at hand: the palette's finds, the shortcuts, the focus on the chat."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop_app.gui.commands.palette import Choice
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.settings.schema import Settings, ShortcutSettings
from tests.screens.chat_screens import fill_chat

CTRL = Qt.KeyboardModifier.ControlModifier


def palette_found(window: MainWindow) -> None:
    window.finder = lambda _typed: [
        Choice("New names for a small boat, and why none of them would ever float", "document", print, about="Chat"),
        Choice("Nemo 12B Instruct", "models", print, about="Model"),
    ]
    window.command_palette.open()
    window.command_palette.field.setText("ne")


def palette_used(window: MainWindow) -> None:
    window.command_palette.recent = ("zoom_in", "continue_answer")
    window.command_palette.open()


def shortcuts(window: MainWindow) -> None:
    """The list, with one that was changed, one that is refused, one that another has, and one that listens."""
    window.set_settings(Settings(shortcuts=ShortcutSettings(keys={"find": "Ctrl+Alt+Shift+F12", "rename": ""})))
    window.show_page("settings")
    page = window.settings_page
    page.go_to_shortcuts()
    card = page.shortcuts_card
    assert card is not None
    card.show_all.click()
    for place, key, held in ((0, Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier), (1, Qt.Key.Key_M, CTRL)):
        card.rows[place].keys.click()
        QTest.keyClick(card.rows[place].keys, key, held)
    card.rows[3].keys.click()


def focused(window: MainWindow) -> None:
    """The chat alone."""
    fill_chat(window)
    window.focus_on_chat(True)


SCREENS: dict[str, Callable[[MainWindow], None]] = {
    "hand-palette-found": palette_found,
    "hand-palette-used": palette_used,
    "hand-shortcuts": shortcuts,
    "hand-focus": focused,
}
