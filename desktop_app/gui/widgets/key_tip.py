"""Buttons whose tooltip says by which keys they are had as well."""

from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QAbstractButton

from desktop_app.gui.widgets.key_names import written
from desktop_app.support.i18n import _

if TYPE_CHECKING:
    _Mixin = QAbstractButton
else:
    _Mixin = object  # what it is mixed into is a button already


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
