"""A field for a longer text, which tells of it when the person pauses or leaves."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QFocusEvent, QHideEvent
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from desktop_app.gui.look.mirroring import align_with_text
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.widgets.spaced_lines import pitch_in, set_pitch, spaced_document

PAUSE_MS = 600
"""How long nothing is typed before the text counts as settled."""


class TextBox(Themed, QPlainTextEdit):
    """Plain text in some lines; `committed` carries it once it is settled, and before the box is hidden."""

    committed = Signal(str)

    def __init__(self, theme: Theme, name: str, lines: int, role: str = "body", parent: QWidget | None = None) -> None:
        """`name` is what screen readers say, `role` the font."""
        QPlainTextEdit.__init__(self, parent)
        self.theme = theme
        self._lines = lines
        self._role = role
        self._settled = ""
        self.setFont(theme.font(role))
        self.setDocument(spaced_document(self, pitch_in(self, theme)))
        self.setProperty("look", "box")
        self.setAccessibleName(name)
        self.setTabChangesFocus(True)
        self._timer = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._timer.timeout.connect(self.settle)
        self.textChanged.connect(self._timer.start)
        self.textChanged.connect(self._align)
        self._align()
        self.apply_theme()

    def show_text(self, text: str) -> None:
        """Show `text` without telling anybody; what is being typed stays."""
        if text != self._settled or not self.hasFocus():
            self._settled = text
            if text != self.toPlainText():
                self.setPlainText(text)
            self._timer.stop()

    def follow(self, text: str) -> None:
        """Show a text that came from elsewhere, unless something is typed here that was not told of yet."""
        if self.toPlainText() == self._settled:
            self.show_text(text)

    def expect(self, text: str) -> None:
        """Know that `text` is kept still, and not what was told last: that is told again once it is settled."""
        self._settled = text

    def settle(self) -> None:
        """Tell of the text now, where it is another one."""
        self._timer.stop()
        text = self.toPlainText()
        if text != self._settled:
            self._settled = text
            self.committed.emit(text)

    def _align(self) -> None:
        align_with_text(self)

    def set_theme(self, theme: Theme) -> None:
        """Take over another theme; style sheets keep what draws the placeholder from following to another size."""
        super().set_theme(theme)
        self.viewport().setFont(self.font())

    def apply_theme(self) -> None:
        """Take over font and height."""
        self.setFont(self.theme.font(self._role))
        pitch = pitch_in(self, self.theme)
        set_pitch(self, pitch)
        self.setFixedHeight(self._lines * pitch + self.theme.px(26))
        super().apply_theme()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Settle what was typed."""
        self.settle()
        super().focusOutEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Settle what was typed before the page goes."""
        self.settle()
        super().hideEvent(event)
