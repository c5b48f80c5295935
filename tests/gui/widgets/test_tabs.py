"""The tab under the pointer looks as if it could be chosen."""

from PySide6.QtCore import QPoint
from PySide6.QtGui import QPaintEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.tabs import Tabs


class CountedTabs(Tabs):
    """Counts how often it is drawn."""

    drawn = 0

    def paintEvent(self, event: QPaintEvent) -> None:
        self.drawn += 1
        super().paintEvent(event)


def test_they_are_drawn_anew_where_the_pointer_goes(host: QWidget, theme: Theme, qtbot: QtBot) -> None:
    tabs = CountedTabs(theme, host)
    for title in ("Sampling", "Prompt", "Glass box"):
        tabs.addTab(title)
    tabs.setGeometry(200, 300, 300, tabs.sizeHint().height())
    tabs.show()
    QTest.mouseMove(host, QPoint(20, 20))
    QApplication.processEvents()
    for tab in (1, 2, 1):
        tabs.drawn = 0
        QTest.mouseMove(tabs, tabs.tabRect(tab).center())
        qtbot.waitUntil(lambda: tabs.drawn > 0)
