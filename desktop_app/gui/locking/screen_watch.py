"""Notices that the system locks its screen or goes to sleep: on Linux over D-Bus, elsewhere the idle time is all there is."""

import sys

from PySide6.QtCore import SLOT, QObject, Signal, Slot

_SAVERS = ("org.freedesktop.ScreenSaver", "org.gnome.ScreenSaver", "org.cinnamon.ScreenSaver", "org.mate.ScreenSaver")
"""What desktops tell of a locked screen by."""
_LOGIN = "org.freedesktop.login1.Manager"
_TOLD = SLOT("_told(bool)")


class ScreenWatch(QObject):
    """`away` comes when the screen was locked, or the computer is about to sleep; `back` when that is over."""

    away = Signal()
    back = Signal()

    def listen(self, platform: str = sys.platform) -> None:
        """Listen from now on; a bus may be slow to take somebody in, so this is for another thread than the window's."""
        if platform != "linux":
            return
        from PySide6.QtDBus import QDBusConnection

        session, system = QDBusConnection.sessionBus(), QDBusConnection.systemBus()
        if session.isConnected():
            for interface in _SAVERS:
                session.connect("", "", interface, "ActiveChanged", self, _TOLD)  # type: ignore[call-overload]  # it takes text alone
        if system.isConnected():
            system.connect("", "", _LOGIN, "PrepareForSleep", self, _TOLD)  # type: ignore[call-overload]

    @Slot(bool)
    def _told(self, begins: bool) -> None:
        (self.away if begins else self.back).emit()
