"""Controls for numbers: a field to type in and a slider to drag, both on one scale."""

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFont, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QSlider, QWidget

from desktop_app.gui.look.mirroring import is_mirrored
from desktop_app.gui.look.theme import SEMIBOLD, Theme, Themed
from desktop_app.gui.widgets.keyboard_focus import KeyboardFocus
from desktop_app.gui.widgets.scale import Scale

POSITIONS = 10_000
"""How many places Qt's slider knows; finer than any screen."""


class NumberField(Themed, QLineEdit):
    """A number that can be typed; the arrow keys step it.

    Where there is an `empty_text`, the field may be empty, and shows that: for `None`, or for the number that it `stands_for`.
    """

    value_edited = Signal(object)

    def __init__(
        self,
        theme: Theme,
        scale: Scale,
        *,
        empty_text: str = "",
        stands_for: float | None = None,
        outlined: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """`outlined` draws the field's border always, not only under the pointer."""
        QLineEdit.__init__(self, parent)
        self.theme = theme
        self.scale = scale
        self._value: float | None = None
        self._may_be_empty = bool(empty_text)
        self._stands_for = stands_for
        self.setPlaceholderText(empty_text)
        self._outlined = outlined
        if not outlined:
            self.setProperty("look", "value")
        side = Qt.AlignmentFlag.AlignLeft if is_mirrored(self) else Qt.AlignmentFlag.AlignRight
        self.setAlignment(side | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter)  # digits read one way
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.editingFinished.connect(self._commit)
        self.apply_theme()

    @property
    def value(self) -> float | None:
        """The number shown, or None where the field is empty."""
        return self._value

    def set_value(self, value: float | None) -> None:
        """Show `value` without telling anybody."""
        self._value = value
        if self.text() != self._written():  # else it would be drawn anew for each chat that is opened
            self.setText(self._written())
        if self.cursorPosition():
            self.setCursorPosition(0)

    def apply_theme(self) -> None:
        """Take over the font, and a width for the longest number."""
        weight = QFont.Weight.Normal if self._may_be_empty or self._outlined else SEMIBOLD
        self.setFont(self.theme.font("body", weight))
        longest = max(self.scale.written(self.scale.low), self.scale.written(self.scale.high), key=len)
        widest = max(
            self.fontMetrics().horizontalAdvance(longest), self.fontMetrics().horizontalAdvance(self.placeholderText())
        )
        px = self.theme.px
        room, height = (px(32), px(36)) if self._outlined else (px(24), px(28))
        self.setFixedSize(widest + room, height)
        super().apply_theme()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Select all, so that typing replaces the number."""
        super().focusInEvent(event)
        self.selectAll()

    def event(self, event: QEvent) -> bool:
        """Keep Escape from the window's shortcuts while there is typing to take back."""
        is_override = event.type() == QEvent.Type.ShortcutOverride and self.text() != self._written()
        if is_override and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step with the arrow keys; Escape takes the typing back."""
        steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1, Qt.Key.Key_PageUp: 10, Qt.Key.Key_PageDown: -10}
        count = steps.get(Qt.Key(event.key()))
        if count is not None and self._value is not None:
            self._take(self.scale.stepped(self._value, count))
        elif event.key() == Qt.Key.Key_Escape and self.text() != self._written():
            self.setText(self._written())
        else:
            super().keyPressEvent(event)

    def _written(self) -> str:
        is_empty = self._may_be_empty and self._value == self._stands_for
        return "" if is_empty or self._value is None else self.scale.written(self._value)

    def _commit(self) -> None:
        text = self.text().strip()
        if not text and self._may_be_empty:
            self._take(self._stands_for)
            return
        if text == self._written():
            return
        try:
            value = self.scale.read(text)
        except ValueError:
            self.setText(self._written())
            return
        self._take(value)

    def _take(self, value: float | None) -> None:
        changed = value != self._value
        self.set_value(value)
        if changed:
            self.value_edited.emit(value)


class ValueSlider(KeyboardFocus, Themed, QSlider):
    """A slider on a `Scale`, with a tick at the default; a double click goes back to it.

    `value_changed` follows the handle; `value_committed` comes when it is let go, or per key press.
    """

    value_changed = Signal(float)
    value_committed = Signal(float)

    def __init__(self, theme: Theme, scale: Scale, default: float, parent: QWidget | None = None) -> None:
        QSlider.__init__(self, Qt.Orientation.Horizontal, parent)
        self.theme = theme
        self.scale = scale
        self._default = default
        self._value = default
        self._is_dimmed = False
        self.setRange(0, POSITIONS)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_value(default)
        self.valueChanged.connect(self._moved_by_others)

    @property
    def current(self) -> float:
        """The value on the scale."""
        return self._value

    def set_value(self, value: float) -> None:
        """Show `value` without telling anybody."""
        position = round(self.scale.fraction(value) * POSITIONS)
        if (value, position) == (self._value, self.value()):
            return
        self._value = value
        blocked = self.blockSignals(True)
        self.setValue(position)
        self.blockSignals(blocked)
        self.update()

    def set_dimmed(self, is_dimmed: bool) -> None:
        """Draw it as one that has no effect now; it can be moved all the same."""
        self._is_dimmed = is_dimmed
        self.update()

    def sizeHint(self) -> QSize:
        """Wide enough to aim, and high enough to hit."""
        return QSize(self.theme.px(120), self.theme.px(24))

    def minimumSizeHint(self) -> QSize:
        """Half of that in width."""
        return QSize(self.theme.px(60), self.theme.px(24))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Bring the handle to the pointer."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self._take(self._value_at(event.position().x()))
            event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the handle."""
        if self.isSliderDown():
            self._take(self._value_at(event.position().x()))
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let the handle go."""
        if self.isSliderDown():
            self.setSliderDown(False)
            self.value_committed.emit(self._value)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Go back to the default."""
        self.reset()

    def reset(self) -> None:
        """Go back to the default and say so."""
        self._take(self._default)
        self.value_committed.emit(self._value)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step with the arrow and page keys, jump with Home and End, reset with Backspace or Delete."""
        steps = {
            Qt.Key.Key_Left: 1 if is_mirrored(self) else -1,
            Qt.Key.Key_Down: -1,
            Qt.Key.Key_Right: -1 if is_mirrored(self) else 1,
            Qt.Key.Key_Up: 1,
            Qt.Key.Key_PageUp: 10,
            Qt.Key.Key_PageDown: -10,
        }
        ends = {
            Qt.Key.Key_Home: self.scale.low,
            Qt.Key.Key_End: self.scale.high,
            Qt.Key.Key_Backspace: self._default,
            Qt.Key.Key_Delete: self._default,
        }
        key = Qt.Key(event.key())
        if key in steps:
            self._take(self.scale.stepped(self._value, steps[key]))
        elif key in ends:
            self._take(ends[key])
        else:
            super().keyPressEvent(event)
            return
        self.by_keyboard = True
        self.value_committed.emit(self._value)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the page, which scrolls."""
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the track, what is filled of it, the default's tick and the handle."""
        px, colors = self.theme.px, self.theme.colors
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        middle = self.height() / 2
        half = px(4) / 2
        track = QRectF(0, middle - half, self.width(), 2 * half)
        centre = self._x_of(self._value)
        painter.setBrush(colors.line)
        painter.drawRoundedRect(track, half, half)
        tick = self._x_of(self._default)
        painter.setBrush(colors.control_line)
        painter.drawRect(QRectF(tick - 1, middle - px(4), 2, px(8)))
        painter.setBrush(colors.accent if self._has_effect else colors.disabled)
        filled = QRectF(track)
        filled.setLeft(centre) if is_mirrored(self) else filled.setRight(centre)
        painter.drawRoundedRect(filled, half, half)
        self._paint_handle(painter, centre, middle)
        painter.end()

    def _paint_handle(self, painter: QPainter, centre: float, middle: float) -> None:
        px, colors = self.theme.px, self.theme.colors
        radius = px(14) / 2
        if self.has_ring:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colors.focus, 2))
            painter.drawEllipse(QRectF(centre - radius - 2, middle - radius - 2, 2 * radius + 4, 2 * radius + 4))
            radius -= 1
        edge = (
            colors.accent_pressed
            if self.isSliderDown()
            else colors.accent_hover
            if self.underMouse()
            else colors.accent
        )
        painter.setPen(QPen(edge if self._has_effect else colors.disabled, 2))
        painter.setBrush(colors.accent_soft if self.isSliderDown() else colors.raised)
        painter.drawEllipse(QRectF(centre - radius + 1, middle - radius + 1, 2 * radius - 2, 2 * radius - 2))

    @property
    def _has_effect(self) -> bool:
        return self.isEnabled() and not self._is_dimmed

    def _margin(self) -> float:
        return self.theme.px(14) / 2 + 1

    def _x_of(self, value: float) -> float:
        x = self._margin() + self.scale.fraction(value) * (self.width() - 2 * self._margin())
        return self.width() - x if is_mirrored(self) else x

    def _value_at(self, x: float) -> float:
        along = self.width() - x if is_mirrored(self) else x
        return self.scale.value((along - self._margin()) / max(1.0, self.width() - 2 * self._margin()))

    def _take(self, value: float) -> None:
        if value != self._value:
            self.set_value(value)
            self.value_changed.emit(value)

    def _moved_by_others(self, position: int) -> None:
        """Follow assistive tools, which move Qt's slider itself."""
        self._take(self.scale.value(position / POSITIONS))
