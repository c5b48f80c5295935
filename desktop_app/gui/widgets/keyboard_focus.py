"""Whether a control that has the focus shows a ring: where the keyboard brought it, for clicks leave none."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QWidget

KEYBOARD_REASONS = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)

if TYPE_CHECKING:
    _Mixin = QWidget
else:
    _Mixin = object  # what it is mixed into is a widget already


class KeyboardFocus(_Mixin):
    """Mixed into controls that paint themselves; those with several parts set `by_keyboard` when keys or clicks choose one."""

    by_keyboard = False

    @property
    def has_ring(self) -> bool:
        """Whether the focus ring is to be drawn."""
        return self.hasFocus() and self.by_keyboard

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Remember how the focus came."""
        self.by_keyboard = event.reason() in KEYBOARD_REASONS
        super().focusInEvent(event)
