"""Tooltips of buttons: they name the keys by which the same is had."""

from collections.abc import Callable

import pytest
from PySide6.QtGui import QKeySequence
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from desktop_app.gui.forms.field_row import FieldRow
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.controls import Button, IconButton
from desktop_app.gui.widgets.key_names import written
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.settings.schema import Settings, ShortcutSettings


def use(window: MainWindow, keys: dict[str, str]) -> None:
    window.set_settings(Settings(shortcuts=ShortcutSettings(keys=keys)))


def test_a_tooltip_keeps_its_keys_when_it_says_something_else(theme: Theme) -> None:
    button = IconButton(theme, "star", "Only starred messages")
    button.set_keys(QKeySequence("Ctrl+Alt+S"))
    assert button.toolTip() == f"Only starred messages ({written('Ctrl+Alt+S')})"
    assert button.accessibleName() == "Only starred messages"
    button.set_icon("star-on", "All messages")
    assert button.toolTip() == f"All messages ({written('Ctrl+Alt+S')})"
    button.set_keys(QKeySequence())
    assert button.toolTip() == "All messages"


def test_words_on_a_button_are_named_with_its_keys(theme: Theme) -> None:
    button = Button(theme, "New template")
    assert button.toolTip() == ""
    button.set_keys(QKeySequence("Ctrl+Shift+T"))
    assert button.toolTip() == f"New template ({written('Ctrl+Shift+T')})"
    button.set_keys(QKeySequence())
    assert button.toolTip() == ""


def test_tooltips_follow_the_shortcuts(window: MainWindow) -> None:
    new_folder = window.sidebar.bar.new_folder
    window.key_tips.begin()
    assert new_folder.toolTip() == f"New folder ({written('Ctrl+Shift+F')})"
    use(window, {"new_folder": "Ctrl+Alt+7"})
    assert new_folder.toolTip() == f"New folder ({written('Ctrl+Alt+7')})"
    use(window, {"new_folder": ""})
    assert new_folder.toolTip() == "New folder"


@pytest.mark.parametrize(
    ("page", "button", "keys"),
    [
        ("models", lambda window: window.models_page.choose_button, "Ctrl+O"),
        ("templates", lambda window: window.templates_page.new_button, "Ctrl+Shift+T"),
        ("settings", lambda window: window.settings_page.chats_card.bring, "Ctrl+Shift+I"),
    ],
)
def test_buttons_of_a_page_that_is_made_anew_have_their_keys(
    window: MainWindow, page: str, button: Callable[[MainWindow], Button], keys: str
) -> None:
    window.key_tips.begin()
    window.show_page(page)
    assert button(window).toolTip().endswith(f"({written(keys)})")
    window.show_page("chat")
    for _part in window.let_pages_go_in_parts():
        pass
    window.show_page(page)
    assert button(window).toolTip().endswith(f"({written(keys)})")
    use(window, {})
    assert button(window).toolTip().endswith(f"({written(keys)})")


def test_the_settings_are_not_made_in_one_turn_for_their_keys(window: MainWindow, qtbot: QtBot) -> None:
    window.key_tips.begin()
    window.show()
    window.show_page("settings")
    page = window.settings_page
    assert page.findChildren(FieldRow) == []
    with qtbot.waitSignal(page.whole):
        pass
    assert page.chats_card is not None
    assert page.chats_card.bring.toolTip().endswith(f"({written('Ctrl+Shift+I')})")


def test_buttons_that_are_gone_are_forgotten(window: MainWindow) -> None:
    window.key_tips.begin()
    for _ in range(4):
        window.show_page("templates")
        window.show_page("chat")
        for _part in window.let_pages_go_in_parts():
            pass
    window.show_page("templates")
    assert all(isValid(button) for button, _action in window.key_tips._tied)
