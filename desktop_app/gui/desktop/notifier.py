"""Notifications of the desktop: over the session bus, beside the tray's icon, or as a window that asks to be looked at."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from desktop_app.gui.desktop.session_bus import SessionBus
from desktop_app.gui.desktop.tray import Tray
from desktop_app.gui.system.taskbar import desktop_entry
from desktop_app.support.i18n import _

NAME = "org.freedesktop.Notifications"
ADDRESS = ("/org/freedesktop/Notifications", NAME, NAME)
AS_THE_SERVER_LIKES = -1


class Notifier(QObject):
    """Tells of chats; `clicked` carries the id of one that a person wants to see. Where nobody shows it, nothing is said."""

    clicked = Signal(str)

    def __init__(self, tray: Callable[[], Tray | None], alert: Callable[[], None], parent: QObject) -> None:
        """`tray` returns the icon, if there is one; `alert` has the window ask to be looked at."""
        super().__init__(parent)
        self._tray = tray
        self._alert = alert
        self._bus: SessionBus | None = None
        self._shown: dict[object, str] = {}
        self._last = ""

    def use(self, bus: SessionBus) -> None:
        """Tell over this bus from now on."""
        self._bus = bus
        bus.heard.connect(self._heard)
        bus.listen(f"type='signal',interface='{NAME}'")

    def tell(self, chat_id: str, title: str, words: str) -> None:
        """Say something about a chat."""
        self._last = chat_id
        bus, tray = self._bus, self._tray()
        if bus is not None:
            hints = {"desktop-entry": ("s", desktop_entry())}
            actions = ["default", _("Show the chat")]
            body = ("Inglenook", 0, "inglenook", title, words, actions, hints, AS_THE_SERVER_LIKES)
            bus.call(ADDRESS, "Notify", "susssasa{sv}i", body, lambda told: self._told(chat_id, told))
        elif tray is not None and tray.is_there:
            tray.tell(title, words)
        else:
            self._alert()

    def last_clicked(self) -> None:
        """Take a click on the message beside the tray's icon."""
        self.clicked.emit(self._last)

    def _told(self, chat_id: str, told: tuple[object, ...] | None) -> None:
        if told:
            self._shown[told[0]] = chat_id
        else:  # nobody shows notifications here
            self._alert()

    def _heard(self, _path: str, interface: str, name: str, body: tuple[object, ...]) -> None:
        if interface != NAME or not body or body[0] not in self._shown:
            return
        if name == "ActionInvoked":
            self.clicked.emit(self._shown[body[0]])
        elif name == "NotificationClosed":
            del self._shown[body[0]]
