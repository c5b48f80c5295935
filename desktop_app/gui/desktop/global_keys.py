"""A shortcut that works while another program has the keyboard, as each window system lets programs have one."""

import os
import sys
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QKeyCombination, QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QWidget

from desktop_app.support.i18n import _

if TYPE_CHECKING:
    from desktop_app.gui.desktop.session_bus import SessionBus

COMMAND = "inglenook --quick"
"""What a desktop's own keyboard settings can call."""


class Keyboard(Protocol):
    """Takes one shortcut at a time from the window system."""

    def take(self, combination: QKeyCombination | None) -> None:
        """Have these keys from now on, or none; what they are pressed for, and what goes wrong, is told by GlobalKeys."""

    def bring_forward(self, window_id: int) -> None:
        """Let a window of the app have the keyboard: window systems keep it from programs that nobody clicked."""

    def close(self) -> None:
        """Give everything back."""


class GlobalKeys(QObject):
    """`pressed` tells that the keys were pressed; `trouble` says why they cannot be had, empty where they can."""

    pressed = Signal()
    trouble = Signal(str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._keyboard: Keyboard | None = None
        self._keys = ""

    def set_keys(self, keys: str) -> None:
        """Have `keys`, as Qt writes them portably, or none where they are empty."""
        if keys == self._keys:
            return
        self._keys = keys
        self.trouble.emit("")
        if self._keyboard is None and keys and not self.needs_bus:
            self._keyboard = _keyboard(self)
        if self._keyboard is not None:
            self._keyboard.take(combination_of(keys))

    @property
    def needs_bus(self) -> bool:
        """Whether keys come from the desktop's portal: an X server within Wayland hears those of its own windows alone."""
        name = QGuiApplication.platformName()
        return name.startswith("wayland") or (name == "xcb" and bool(os.environ.get("WAYLAND_DISPLAY")))

    def use(self, bus: "SessionBus") -> None:
        """Ask the desktop's portal over this bus, where the window system is one that needs that."""
        if not self.needs_bus:
            return
        from desktop_app.gui.desktop.portal_keys import PortalKeys

        self._keyboard = PortalKeys(bus, self)
        if self._keys:
            self._keyboard.take(combination_of(self._keys))

    def bring_forward(self, window: QWidget) -> None:
        """Let a window that was just shown have the keyboard, where the window system asks more for that than Qt does."""
        if self._keyboard is not None:
            self._keyboard.bring_forward(int(window.winId()))

    def close(self) -> None:
        """Give the keys back."""
        if self._keyboard is not None:
            self._keyboard.close()
            self._keyboard = None

    def taken(self) -> None:
        """Say that another program has the keys."""
        self.trouble.emit(_("Another program uses these keys. Choose others."))

    def missing(self) -> None:
        """Say that the keyboard has no such key."""
        self.trouble.emit(_("This keyboard has no such key."))

    def impossible(self) -> None:
        """Say what a person can do where programs are given no such keys."""
        words = _(
            "This desktop does not let programs use keys of their own. In its keyboard settings, assign keys to "
            "“{command}”."
        )
        self.trouble.emit(words.format(command=COMMAND))


class NoKeyboard:
    """A window system that gives nobody keys."""

    def __init__(self, owner: GlobalKeys) -> None:
        self._owner = owner

    def take(self, combination: QKeyCombination | None) -> None:
        """Say so."""
        if combination is not None:
            self._owner.impossible()

    def bring_forward(self, window_id: int) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


def combination_of(keys: str) -> QKeyCombination | None:
    """Return what `keys` are, as Qt writes them portably; None for none."""
    sequence = QKeySequence(keys)
    if sequence.count() != 1:
        return None
    combination: QKeyCombination = sequence[0]  # type: ignore[index] # Qt's stubs do not know it
    return combination


def holds(combination: QKeyCombination, modifier: Qt.KeyboardModifier) -> bool:
    """Return whether a modifier is among the keys."""
    return bool(combination.keyboardModifiers() & modifier)


def _keyboard(owner: GlobalKeys) -> Keyboard:
    """Return the keyboard of a window system that needs no bus for it."""
    keyboard: Keyboard = NoKeyboard(owner)
    if sys.platform == "win32":
        from desktop_app.gui.desktop.windows_keys import WindowsKeys

        keyboard = WindowsKeys(owner)
    elif sys.platform == "darwin":
        from desktop_app.gui.desktop.macos_keys import MacKeys

        keyboard = MacKeys(owner)
    elif QGuiApplication.platformName() == "xcb":
        from desktop_app.gui.desktop.x11_keys import X11Keys

        keyboard = X11Keys(owner)
    return keyboard
