"""What keys are called on this system: the one place that writes them for people, since Macs have signs of their own."""

import sys
from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence

from desktop_app.support.i18n import _

if TYPE_CHECKING:
    from PySide6.QtWidgets import QAbstractButton as _Mixin
else:
    _Mixin = object  # what it is mixed into is a button already

ON_MAC = sys.platform == "darwin"


def written(keys: str | QKeySequence) -> str:
    """Return keys ('Ctrl+N', as Qt writes them portably) as they are written here: 'Ctrl+N', 'Strg+N', '⌘N'.

    'Enter' is the large key, which Qt calls Return.
    """
    portable = QKeySequence(keys).toString(QKeySequence.SequenceFormat.PortableText)
    if not ON_MAC:
        portable = portable.replace("Return", "Enter")
    elif isinstance(keys, str):  # there Enter is a key of the number pad alone
        portable = portable.replace("Enter", "Return")
    return _native(QKeySequence(portable))


def modifier(name: str) -> str:
    """Return what a key is called that is held with others, 'Ctrl' or 'Alt': 'Strg', '⌘'."""
    return written(f"{name}+A").removesuffix("A").removesuffix("+")


def usual_here(keys: str, *, on_mac: str) -> str:
    """Return the usual keys of a command, which are others on Macs where text fields or the system need those there."""
    return on_mac if ON_MAC else keys


class KeyTip(_Mixin):
    """Mixed into buttons: behind what their tooltip says, or what they say themselves, stands a shortcut where there is one."""

    _tip = ""
    _keys = ""

    def setToolTip(self, words: str) -> None:
        """Say something else; the keys stay."""
        self._tip = words
        self._show_tip()

    def set_keys(self, keys: QKeySequence) -> None:
        """Name other keys, or none."""
        self._keys = written(keys)
        self._show_tip()

    def _show_tip(self) -> None:
        words = self._tip
        if self._keys:
            words = _("{words} ({keys})").format(words=words or self.text(), keys=self._keys)
        super().setToolTip(words)


def _native(sequence: QKeySequence) -> str:
    return sequence.toString(QKeySequence.SequenceFormat.NativeText)
