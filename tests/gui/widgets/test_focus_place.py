"""The way of the keyboard through what comes into a window later."""

from PySide6.QtWidgets import QLineEdit, QToolButton, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import delete, isValid

from desktop_app.gui.widgets.focus_place import visit_next
from desktop_app.gui.widgets.scrolled_body import UprightArea


def test_what_qt_made_outlives_what_tab_came_to_before_it(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    leaving, area = QToolButton(window), UprightArea(window)
    viewport = area.viewport()
    head, part = QToolButton(window), QWidget(window)
    QLineEdit(part)
    visit_next(head, part)
    delete(leaving)
    assert isValid(viewport)
