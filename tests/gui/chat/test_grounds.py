"""What messages stand on is the window's ground, in whichever theme."""

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_app.gui.chat.view import ChatView
from desktop_app.gui.look.theme import load_theme
from desktop_app.settings.schema import Appearance


def test_messages_take_over_the_ground_of_each_theme(
    view: ChatView, shown, qapp: QApplication, qtbot: QtBot, themed_app: None
) -> None:
    view.show_messages([shown("q", "Why?", user=True), shown("a", "Because.")], chat_id="c")

    def grounds() -> set[str]:
        rows = view.realised_texts()
        assert len(rows) == 2
        return {row.grab().toImage().pixelColor(QPoint(0, 0)).name() for row in rows}

    qtbot.waitUntil(lambda: grounds() == {view.theme.colors.window.name()})
    for appearance in (Appearance.DARK, Appearance.LIGHT, Appearance.DARK):
        theme = load_theme(appearance, 100, system_dark=False)
        theme.apply(qapp)
        view.set_theme(theme)
        QApplication.processEvents()
        assert grounds() == {theme.colors.window.name()}
