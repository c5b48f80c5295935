"""The entries of an open drop-down list."""

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.gui.look.theme import Theme, load_theme
from desktop_app.gui.widgets.choice import Choice
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.settings.schema import Appearance

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


@pytest.mark.parametrize("text_size", [80, 100, 150, 175, 200])
@pytest.mark.parametrize("words", ["Same as the system", "Forget the oldest", "8 bits, half as large"])
def test_a_list_is_as_wide_as_its_words_at_every_text_size(text_size: int, words: str, host: QWidget) -> None:
    theme = load_theme(Appearance.LIGHT, text_size, system_dark=False)
    choice = Choice(theme, host)
    choice.setStyleSheet(theme.style_sheet())
    choice.setFont(theme.font("body"))
    choice.addItem(words)
    choice.resize(choice.sizeHint())
    assert choice.words == words
