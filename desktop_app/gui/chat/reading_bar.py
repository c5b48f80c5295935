"""The bar that is shown while something is read aloud: pause, the sentences before and after, the speed, and the end."""

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop_app.gui.controls import IconButton, Label
from desktop_app.gui.mirroring import placed
from desktop_app.gui.theme import Theme, Themed
from desktop_app.support.formats import percent
from desktop_app.support.i18n import _

HEIGHT, MARGIN = 48, 12


class ReadingBar(Themed, QWidget):
    """Lies over the upper edge of the conversation, where its lines begin.

    `step_requested` is 1 for the next sentence, -1 for the one before; `pace_requested` 1 for faster, -1 for slower.
    """

    pause_requested = Signal()
    step_requested = Signal(int)
    pace_requested = Signal(int)
    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        self._over = parent
        self._is_paused = False
        self.previous = IconButton(theme, "chevron-left", _("Sentence before"), parent=self)
        self.pause = IconButton(theme, "pause", _("Pause reading"), parent=self)
        self.next = IconButton(theme, "chevron-right", _("Next sentence"), parent=self)
        self.slower = IconButton(theme, "minus", _("Read slower"), parent=self)
        self.pace = Label(theme, "", "small", "muted", parent=self)
        self.faster = IconButton(theme, "plus", _("Read faster"), parent=self)
        self.close_button = IconButton(theme, "close", _("Stop reading"), parent=self)
        self._row = QHBoxLayout(self)
        for widget in (self.previous, self.pause, self.next, self.slower, self.pace, self.faster, self.close_button):
            self._row.addWidget(widget)
        self.previous.clicked.connect(lambda: self.step_requested.emit(-1))
        self.pause.clicked.connect(self.pause_requested)
        self.next.clicked.connect(lambda: self.step_requested.emit(1))
        self.slower.clicked.connect(lambda: self.pace_requested.emit(-1))
        self.faster.clicked.connect(lambda: self.pace_requested.emit(1))
        self.close_button.clicked.connect(self.closed)
        parent.installEventFilter(self)
        self.hide()
        self.apply_theme()

    def apply_theme(self) -> None:
        """Take over the margins."""
        px = self.theme.px
        self._row.setContentsMargins(px(6), px(6), px(6), px(6))
        self._row.setSpacing(px(4))
        super().apply_theme()
        self._place()

    def open(self) -> None:
        """Show the bar; the focus stays where it is."""
        self._place()
        self.show()
        self.raise_()

    def show_state(self, *, paused: bool, can_pause: bool) -> None:
        """Show whether it is silent for a while, and whether it can be."""
        self._is_paused = paused
        self.pause.setVisible(can_pause)
        self.pause.set_icon("play" if paused else "pause", _("Go on reading") if paused else _("Pause reading"))

    def show_pace(self, of_usual: int, least: int, most: int) -> None:
        """Show the speed, in percent of the usual one."""
        self.pace.setText(percent(of_usual / 100))
        self.slower.setEnabled(of_usual > least)
        self.faster.setEnabled(of_usual < most)
        self._place()

    def show_place(self, number: int, total: int) -> None:
        """Let those buttons work that lead to a sentence."""
        self.previous.setEnabled(number > 0)
        self.next.setEnabled(number < total - 1)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay at the upper edge."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the card."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        radius = self.theme.px(self.theme.tokens.radius.control)
        painter.setPen(QPen(self.theme.colors.line, 1))
        painter.setBrush(self.theme.colors.raised)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        painter.end()

    def _place(self) -> None:
        px = self.theme.px
        width = min(self._row.sizeHint().width(), self._over.width() - 2 * px(MARGIN))
        self.setGeometry(placed(self, QRect(px(MARGIN), px(8), width, px(HEIGHT)), self._over.rect()))
