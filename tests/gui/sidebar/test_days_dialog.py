"""The dialog for the days between which is searched."""

from datetime import date

import pytest
from PySide6.QtCore import QLocale
from pytestqt.qtbot import QtBot

from desktop_app.gui.look.theme import Theme
from desktop_app.gui.sidebar.days_dialog import DaysDialog
from desktop_app.gui.window.main_window import MainWindow


@pytest.mark.parametrize(("last", "words"), [(date(2026, 11, 28), "{0}"), (date(2026, 11, 30), "{0} to {1}")])
def test_the_time_between_two_days_is_said_in_words(
    window: MainWindow, theme: Theme, qtbot: QtBot, last: date, words: str
) -> None:
    first = date(2026, 11, 28)
    dialog = DaysDialog(theme, first, last, window)
    with qtbot.waitSignal(dialog.chosen) as chosen:
        dialog.accept()
    shown = [QLocale().toString(day, QLocale.FormatType.ShortFormat) for day in (first, last)]
    assert chosen.args == [first, last, words.format(*shown)]
