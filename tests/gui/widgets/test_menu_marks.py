"""Menus that show what is in force: with one sign in all of them, and checked for screen readers."""

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from desktop_app.gui.forms.dictionary_button import DictionaryButton
from desktop_app.gui.window.main_window import MainWindow

MenuOf = Callable[[MainWindow], QMenu]


def of_models(window: MainWindow) -> QMenu:
    return window.top_bar.menu()


def of_presets(window: MainWindow) -> QMenu:
    return window.panel.sampling_tab.presets.menu()


def of_views(window: MainWindow) -> QMenu:
    return window.sidebar.bar.views.menu_now()


def of_dictionaries(window: MainWindow) -> QMenu:
    button = DictionaryButton(window.theme, window)
    button.offer(["de_DE", "fr"])
    button.show_languages(["fr"])
    return button.menu_now()


@pytest.mark.parametrize(
    ("menu_of", "chosen"),
    [
        (of_models, "Qwen3 8B   Q4_K_M"),
        (of_presets, "Balanced"),
        (of_views, "Chats"),
        (of_dictionaries, "Français"),
    ],
)
def test_what_is_in_force_has_the_sign(
    menu_of: MenuOf, chosen: str, new_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    window = new_window()
    menu = menu_of(window)
    qtbot.addWidget(menu)
    sign = window.theme.icon("check", "accent").pixmap(20).toImage()
    marked = [action.text() for action in menu.actions() if action.icon().pixmap(20).toImage() == sign]
    assert marked == [chosen]
    assert [action.text() for action in menu.actions() if action.isChecked()] == [chosen]
