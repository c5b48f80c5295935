"""The tab under the pointer looks as if it could be chosen."""

from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.tabs import INSET, Tabs


def test_its_ground_follows_the_pointer(host: QWidget, theme: Theme, qtbot: QtBot) -> None:
    tabs = Tabs(theme, host)
    for title in ("Sampling", "Prompt", "Glass box"):
        tabs.addTab(title)
    tabs.resize(300, tabs.sizeHint().height())
    tabs.show()

    def ground(tab: int) -> QColor:
        """Return it as it is on the screen, without painting it anew."""
        inside = theme.px(INSET + 6)
        place = tabs.mapTo(tabs.window(), tabs.tabRect(tab).topLeft() + QPoint(inside, inside))
        shown = tabs.screen().grabWindow(tabs.window().winId())
        return shown.toImage().pixelColor(place)

    qtbot.waitUntil(lambda: ground(1) == ground(2) == theme.colors.window)
    for pointed, other in ((1, 2), (2, 1)):
        QTest.mouseMove(tabs, tabs.tabRect(pointed).center())
        qtbot.waitUntil(lambda pointed=pointed: ground(pointed) == theme.colors.hover)
        assert ground(other) == theme.colors.window
