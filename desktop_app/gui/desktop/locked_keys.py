"""The keys for a quick question while the chats are locked: the passphrase comes first."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from desktop_app.gui.bridge import Bridge
from desktop_app.gui.desktop.global_keys import GlobalKeys
from desktop_app.gui.desktop.session_bus import SessionBus, connect

if TYPE_CHECKING:  # it is there on Linux alone
    from jeepney.io.blocking import DBusConnection


class LockedKeys(QObject):
    """Has the keys from the beginning to `close`; `pressed` tells that they were pressed."""

    pressed = Signal()

    def __init__(
        self, keys: str, submit: Callable[[Callable[[], Any]], "Future[Any]"], window: QWidget, parent: QObject
    ) -> None:
        """`window` comes to the front with them; `submit` has something done in another thread."""
        super().__init__(parent)
        self._window = window
        self._bus: SessionBus | None = None
        self._bridge = Bridge(self)
        self._keys = GlobalKeys(self)
        self._keys.pressed.connect(self._take)
        self._keys.set_keys(keys)
        if self._keys.needs_bus:
            self._bridge.when_done(submit(connect), self._connected)

    def close(self) -> None:
        """Give the keys back."""
        self._bridge.close()
        self._keys.close()
        if self._bus is not None:
            self._bus.close()
        self.deleteLater()

    def _connected(self, connection: "DBusConnection | None") -> None:
        if connection is not None:
            self._bus = SessionBus(connection, self)
            self._keys.use(self._bus)

    def _take(self) -> None:
        self.pressed.emit()
        self._keys.bring_forward(self._window)
