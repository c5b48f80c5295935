"""How often pages are laid out when another one is shown: the panel stands beside the chat alone, so that widths differ."""

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop_app.gui.window.main_window import MainWindow


class Widths(QObject):
    """Notes the widths that a widget gets."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.seen: list[int] = []
        widget.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QResizeEvent):
            self.seen.append(event.size().width())
        return False


def test_no_page_is_laid_out_for_the_room_of_another(window: MainWindow, qtbot: QtBot) -> None:
    window.resize(1360, 860)
    window.show()
    qtbot.waitUntil(lambda: window.stage.shows_panel and window.chat_view().isVisible())
    beside_panel = window.pages.width()
    chat, about = Widths(window.chat_view()), Widths(window.about_page)
    window.show_page("about")
    QCoreApplication.processEvents()
    assert not window.stage.shows_panel
    assert about.seen == [window.pages.width()]
    assert window.pages.width() > beside_panel
    window.show_page("chat")
    QCoreApplication.processEvents()
    window.show_page("about")
    window.show_page("chat")
    QCoreApplication.processEvents()
    assert window.stage.shows_panel
    assert window.chat_view().width() == beside_panel
    assert chat.seen == []
    assert set(about.seen) == {about.seen[0]}
