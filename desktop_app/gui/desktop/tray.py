"""The icon in the tray, where the desktop has one: whether an answer is being written, and a menu."""

import heapq
import sys
from collections.abc import Iterable
from functools import partial

from PySide6.QtCore import QObject, QPointF, Qt, Signal
from PySide6.QtGui import QAction, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from desktop_app.domain.chats import Chat
from desktop_app.gui.look.theme import Theme
from desktop_app.support.i18n import _
from desktop_app.support.paths import resources

RECENT = 5
LOOK_MS = 3000
"""How often it is looked whether there is a tray, while there is none, or the icon in it is all that is to be seen."""
SIDES = (16, 22, 24, 32, 48, 64)
"""Pixels of the icon, as trays ask for it."""
LONGEST = 40
"""Characters of a chat's title in the menu."""


class Tray(QObject):
    """Exists as long as the icon is wanted; `is_there` says whether anybody can see it."""

    open_requested = Signal()
    quick_requested = Signal()
    new_chat_requested = Signal()
    chat_chosen = Signal(str)
    stop_requested = Signal()
    offline_switched = Signal(bool)
    quit_requested = Signal()
    menu_opened = Signal()
    message_clicked = Signal()

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme
        self._is_answering = False
        self._recent: list[QAction] = []
        self.menu = QMenu()
        self.icon = QSystemTrayIcon(self)
        self._add(_("Open Inglenook"), self.open_requested.emit)
        self._add(_("Quick question"), self.quick_requested.emit)
        self._new = self._add(_("New chat"), self.new_chat_requested.emit)
        self._first_rule = self.menu.addSeparator()
        self._rule = self.menu.addSeparator()
        self.stop = self._add(_("Stop answering"), self.stop_requested.emit)
        self.offline = self.menu.addAction(_("Stay offline"))
        self.offline.setCheckable(True)
        self.offline.triggered.connect(lambda checked: self.offline_switched.emit(checked))
        self.menu.addSeparator()
        self._add(_("Quit"), self.quit_requested.emit)
        self.menu.aboutToShow.connect(self.menu_opened)
        self.icon.activated.connect(self._activated)
        self.icon.messageClicked.connect(self.message_clicked)
        self.icon.setContextMenu(self.menu)
        self.show_answering(False)
        self.look()

    @property
    def is_there(self) -> bool:
        """Whether the desktop shows the icon, as far as was looked last."""
        return self.icon.isVisible()

    def look(self) -> None:
        """Look whether the desktop shows icons now: its panel may come late, end, and begin anew."""
        self.icon.setVisible(QSystemTrayIcon.isSystemTrayAvailable())

    def set_theme(self, theme: Theme) -> None:
        """Draw the icon in the colours of another theme."""
        self._theme = theme
        self._show_icon()

    def show_answering(self, is_answering: bool) -> None:
        """Show whether an answer is being written."""
        self._is_answering = is_answering
        self.stop.setEnabled(is_answering)
        tip = _("Inglenook is writing an answer") if is_answering else _("Inglenook")
        self.icon.setToolTip(tip)
        self._show_icon()

    def show_offline(self, offline: bool) -> None:
        """Show whether nothing goes over the network."""
        self.offline.setChecked(offline)

    def show_locked(self) -> None:
        """Say that the chats are locked, and offer nothing that needs them open."""
        for action in (self._new, self._first_rule, self._rule, self.stop, self.offline):
            action.setVisible(False)
        self.icon.setToolTip(_("Your chats are locked"))

    def show_chats(self, chats: Iterable[Chat]) -> None:
        """Offer the chats that were used last."""
        for action in self._recent:
            self.menu.removeAction(action)
            action.deleteLater()
        listed = (chat for chat in chats if chat.archived_at is None and chat.deleted_at is None)
        newest = heapq.nlargest(RECENT, listed, key=lambda chat: chat.updated_at)
        self._recent = [self._chat_action(chat) for chat in newest]
        self._first_rule.setVisible(bool(newest))

    def tell(self, title: str, words: str) -> None:
        """Show a message beside the icon."""
        self.icon.showMessage(title, words, icon_of(self._theme, is_answering=False))

    def remove(self) -> None:
        """Take the icon away."""
        self.icon.hide()
        self.icon.setContextMenu(None)  # type: ignore[arg-type] # Qt's stubs do not know that there may be none
        self.menu.deleteLater()
        self.deleteLater()

    def _add(self, words: str, then: object) -> QAction:
        action = self.menu.addAction(words)
        action.triggered.connect(then)
        return action

    def _chat_action(self, chat: Chat) -> QAction:
        title = chat.title or _("New chat")
        shown = title if len(title) <= LONGEST else f"{title[:LONGEST]}…"
        action = QAction(shown.replace("&", "&&"), self.menu)
        action.triggered.connect(partial(self.chat_chosen.emit, chat.id))
        self.menu.insertAction(self._rule, action)
        return action

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        """A click opens the window, the other button is the menu's; on macOS every click is, which has the same in it."""
        if sys.platform != "darwin" and reason in (
            QSystemTrayIcon.ActivationReason.Trigger,
            QSystemTrayIcon.ActivationReason.DoubleClick,
        ):
            self.open_requested.emit()

    def _show_icon(self) -> None:
        self.icon.setIcon(icon_of(self._theme, is_answering=self._is_answering))


def icon_of(theme: Theme, *, is_answering: bool) -> QIcon:
    """Return the app's icon, which has a ground of its own and can be seen on any panel; a dot says that it answers."""
    renderer = QSvgRenderer(str(resources() / "icons" / "app.svg"))
    icon = QIcon()
    for side in SIDES:
        pixmap = QPixmap(side, side)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        renderer.render(painter)
        if is_answering:
            dot = side * 0.2
            centre = QPointF(side - dot - 1, side - dot - 1)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colors.window)
            painter.drawEllipse(centre, dot + 1, dot + 1)
            painter.setBrush(theme.colors.good)
            painter.drawEllipse(centre, dot, dot)
        painter.end()
        icon.addPixmap(pixmap)
    return icon
