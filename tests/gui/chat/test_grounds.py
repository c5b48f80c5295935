"""What messages stand on is the window's ground, in whichever theme."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_app.gui.chat.view import ChatView
from desktop_app.gui.look.theme import load_theme, retheme
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


def test_the_bar_stays_opaque_in_each_theme(view: ChatView, qapp: QApplication, themed_app: None) -> None:
    """All that it lies on would be drawn anew with it."""
    for appearance in (Appearance.DARK, Appearance.LIGHT):
        theme = load_theme(appearance, 100, system_dark=False)
        theme.apply(qapp)
        retheme(view, theme)
        assert view.verticalScrollBar().testAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)


def test_a_row_that_has_buttons_since_another_theme_came_keeps_its_colours(
    view: ChatView, shown, qapp: QApplication, qtbot: QtBot, themed_app: None
) -> None:
    """With the first slot that is called, PySide gives it another meta object, and Qt styles it once more when it is shown."""
    long = "\n".join(map(str, range(50)))
    view.show_messages([shown("q", "Why?", user=True), shown("a", "Because.")], chat_id="c")
    qtbot.waitUntil(lambda: len(view.realised_texts()) == 2)
    theme = load_theme(Appearance.DARK, 100, system_dark=False)
    theme.apply(qapp)
    view.set_theme(theme)
    for chat_id in "def":
        view.show_messages([shown("q", long, user=True), shown("a", f"```\n{long}\n```")], chat_id=chat_id)
        qtbot.waitUntil(lambda: not view.is_filling and len(view.realised_texts()) == 2)
        view.hide()
        view.show()
        qtbot.waitExposed(view)
        assert all(row.palette().text().color() == theme.colors.text for row in view.realised_texts())
        assert all(row.grab().toImage().pixelColor(0, 0) == theme.colors.window for row in view.realised_texts())
