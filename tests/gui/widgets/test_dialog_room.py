"""Dialogs that are higher than their screen, for who has no mouse."""

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QScrollArea
from pytestqt.qtbot import QtBot

from desktop_app.gui.dialogs.question import QuestionDialog
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.controls import Button
from desktop_app.gui.window.main_window import MainWindow
from tests.walked_controls import Walk, tab_path


@pytest.mark.parametrize("has_choice", [False, True])
def test_what_is_scrolled_takes_the_keyboard_only_where_nothing_in_it_does(
    window: MainWindow, theme: Theme, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, has_choice: bool
) -> None:
    monkeypatch.setattr("desktop_app.gui.dialogs.room.screen_room", lambda _dialog: QSize(600, 300))
    dialog = QuestionDialog(theme, "Delete all of it?", window)
    qtbot.addWidget(dialog)
    choice = Button(theme, "And the rest")
    dialog.lay_out("Many words. " * 200, "Delete", 400, [choice] if has_choice else [])
    dialog.open()
    qtbot.waitUntil(dialog.isActiveWindow)
    (area,) = dialog.findChildren(QScrollArea)
    assert area.verticalScrollBar().maximum() > 0
    assert (area in tab_path(dialog)) is not has_choice
    walk = Walk()
    walk.screen(dialog, "question")
    assert not {"name", "role", "reached", "ring"} & set(walk.findings)
    dialog.close()
