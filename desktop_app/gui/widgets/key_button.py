"""A control that shows a shortcut, and takes the keys that are pressed after a click as the new one."""

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.controls import RingedButton
from desktop_app.gui.widgets.key_names import written
from desktop_app.gui.widgets.painting import paint_box
from desktop_app.support.i18n import _, pgettext
from desktop_app.support.isolates import isolated

_MODIFIERS = (Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr)
_CLEARING = (Qt.Key.Key_Backspace, Qt.Key.Key_Delete)


class KeyButton(RingedButton):
    """Shows a shortcut; after a click the next keys that are pressed are the new one, as Qt writes them portably.

    Escape gives up, Backspace takes the shortcut away.
    """

    pressed_keys = Signal(str)
    listens = False

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, "", parent)
        self._name = name
        self._keys = ""
        self.clicked.connect(lambda: self._listen(True))
        self.show_keys("")

    def show_keys(self, keys: str) -> None:
        """Show a shortcut."""
        self._keys = keys
        self.updateGeometry()
        self._listen(False)

    def sizeHint(self) -> QSize:
        """Room for most shortcuts, so that all are equally wide; a longer one has its own."""
        px = self.theme.px
        wanted = QFontMetrics(self.theme.font("small")).horizontalAdvance(self._words()) + px(16)
        return QSize(max(px(152), wanted), px(32))

    def event(self, event: QEvent) -> bool:
        """Keep every key from the window's shortcuts, and the Tab key from the focus, while it listens."""
        if self.listens and isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress:
                self._take(event)
                return True
        return super().event(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Give up."""
        self._listen(False)
        super().focusOutEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the keys in a box."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill = "selected" if self.listens else "hover" if self.underMouse() else "surface"
        paint_box(painter, self.rect(), self.theme, fill=fill, line="control_line", ring=self.has_ring)
        painter.setFont(self.theme.font("small"))
        painter.setPen(self.theme.colors.named("text" if self._keys or self.listens else "muted"))
        painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, isolated(self._words()))
        painter.end()

    def _words(self) -> str:
        if self.listens:
            return _("Press the keys…")
        return written(self._keys) or pgettext("keys", "None")

    def _listen(self, listens: bool) -> None:
        self.listens = listens
        self.setAccessibleName(_("Shortcut of {name}: {keys}").format(name=self._name, keys=self._words()))
        self.update()

    def _take(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in _MODIFIERS:
            return
        self._listen(False)
        held = event.modifiers() & ~(Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.GroupSwitchModifier)
        if key == Qt.Key.Key_Escape and not held:
            return
        keys = QKeySequence(event.keyCombination()).toString(QKeySequence.SequenceFormat.PortableText)
        self.pressed_keys.emit("" if key in _CLEARING and not held else keys.replace("Num+", ""))
