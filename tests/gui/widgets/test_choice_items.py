"""The entries of an open drop-down list."""

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.choice import Choice
from desktop_app.gui.window.main_window import MainWindow

LONG = "A name that is much too long for so narrow a list"


@pytest.mark.parametrize(("words", "tip", "told"), [("Short", "", ""), (LONG, "", LONG), (LONG, "Own", "Own")])
def test_words_that_do_not_fit_are_told(
    window: MainWindow, theme: Theme, qtbot: QtBot, words: str, tip: str, told: str
) -> None:
    choice = Choice(theme, window)
    choice.addItem(words)
    choice.setItemData(0, tip or None, Qt.ItemDataRole.ToolTipRole)
    choice.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    choice.setMinimumContentsLength(6)
    choice.resize(120, 36)
    choice.show()
    choice.showPopup()
    view = choice.view()
    qtbot.waitUntil(view.isVisible)
    place = view.visualRect(choice.model().index(0, 0)).center()
    QToolTip.hideText()
    qtbot.waitUntil(lambda: not QToolTip.text())
    viewport = view.viewport()
    QApplication.sendEvent(viewport, QHelpEvent(QEvent.Type.ToolTip, place, viewport.mapToGlobal(place)))
    assert QToolTip.text() == told
    choice.hidePopup()
