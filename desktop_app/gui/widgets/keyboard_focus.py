"""Whether a control that has the focus shows a ring: where the keyboard brought it, for clicks leave none."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

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
    is_passed_on = False
    """Whether the focus goes on from a control that was clicked: hidden or disabled, it loses it to the next one."""

    @property
    def has_ring(self) -> bool:
        """Whether the focus ring is to be drawn."""
        return self.hasFocus() and self.by_keyboard

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Remember how the focus came; Qt says Tab, too, of what it passes on itself."""
        self.by_keyboard = event.reason() in KEYBOARD_REASONS and not KeyboardFocus.is_passed_on
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Tell the next one, which gets the focus at once, where nobody asked for it to go there."""
        if not (self.by_keyboard or (self.isEnabled() and self.isVisible())):
            KeyboardFocus.is_passed_on = True
            QTimer.singleShot(0, _pass_on_no_more)
        super().focusOutEvent(event)


def focus_reason() -> Qt.FocusReason:
    """Return the reason to move the focus with: with a ring where the keyboard brought it to where it is."""
    focused = QApplication.focusWidget()
    by_keyboard = isinstance(focused, KeyboardFocus) and focused.has_ring
    return Qt.FocusReason.TabFocusReason if by_keyboard else Qt.FocusReason.OtherFocusReason


def stops(part: QWidget) -> list[QWidget]:
    """Return the controls of a part of the window, or itself, that Tab comes to where they can be seen and used."""
    found = (each for each in (part, *part.findChildren(QWidget)) if each.focusPolicy() & Qt.FocusPolicy.TabFocus)
    window = part.window()
    return [each for each in found if each.window() is window]  # what drops down is in a window of its own


def first_stop(part: QWidget) -> QWidget | None:
    """Return the first control in a part of the window that Tab comes to now; None where there is none."""
    return next((each for each in stops(part) if each.isVisible() and each.isEnabled()), None)


def _pass_on_no_more() -> None:
    KeyboardFocus.is_passed_on = False


def settle_typing(widget: QWidget) -> None:
    """Take what is typed in the field in `widget` that had the keyboard last, as if it had been left."""
    field = widget.focusWidget()
    if isinstance(field, QLineEdit):
        field.editingFinished.emit()
    elif field is not None:
        from desktop_app.gui.widgets.text_box import TextBox  # the first paint does without

        if isinstance(field, TextBox):
            field.settle()
