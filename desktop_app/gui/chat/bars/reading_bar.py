"""The bar that is shown while something is read aloud: pause, the sentences before and after, the speed, and the end."""

from PySide6.QtCore import QRect, Signal
from PySide6.QtWidgets import QWidget

from desktop_app.gui.chat.bars.floating_bar import HEIGHT, MARGIN, TOP, FloatingBar
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.controls import IconButton, Label
from desktop_app.support.formats import percent
from desktop_app.support.i18n import _


class ReadingBar(FloatingBar):
    """Lies over the upper edge of the conversation, where its lines begin.

    `step_requested` is 1 for the next sentence, -1 for the one before; `pace_requested` 1 for faster, -1 for slower.
    """

    gives_way = True
    pause_requested = Signal()
    step_requested = Signal(int)
    pace_requested = Signal(int)
    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, _("Reading aloud"), parent)
        self.previous = IconButton(theme, "chevron-left", _("Sentence before"), parent=self)
        self.pause = IconButton(theme, "pause", _("Pause reading"), parent=self)
        self.next = IconButton(theme, "chevron-right", _("Next sentence"), parent=self)
        self.slower = IconButton(theme, "minus", _("Read slower"), parent=self)
        self.pace = Label(theme, "", "small", "muted", parent=self)
        self.faster = IconButton(theme, "plus", _("Read faster"), parent=self)
        self.close_button = IconButton(theme, "close", _("Stop reading"), parent=self)
        for widget in (self.previous, self.pause, self.next, self.slower, self.pace, self.faster, self.close_button):
            self.row.addWidget(widget)
        self.previous.clicked.connect(lambda: self.step_requested.emit(-1))
        self.pause.clicked.connect(self.pause_requested)
        self.next.clicked.connect(lambda: self.step_requested.emit(1))
        self.slower.clicked.connect(lambda: self.pace_requested.emit(-1))
        self.faster.clicked.connect(lambda: self.pace_requested.emit(1))
        self.close_button.clicked.connect(self.closed)
        self.apply_theme()

    def show_state(self, *, paused: bool, can_pause: bool) -> None:
        """Show whether it is silent for a while, and whether it can be."""
        self.pause.setVisible(can_pause)
        self.pause.set_icon("play" if paused else "pause", _("Go on reading") if paused else _("Pause reading"))

    def show_pace(self, of_usual: int, least: int, most: int) -> None:
        """Show the speed, in percent of the usual one."""
        self.pace.setText(percent(of_usual / 100))
        self.slower.setEnabled(of_usual > least)
        self.faster.setEnabled(of_usual < most)
        self.place()

    def show_place(self, number: int, total: int) -> None:
        """Let those buttons work that lead to a sentence."""
        self.previous.setEnabled(number > 0)
        self.next.setEnabled(number < total - 1)

    def area(self) -> QRect:
        """Return where lines begin, at the upper edge."""
        px = self.theme.px
        width = min(self.row.sizeHint().width(), self.over.width() - 2 * px(MARGIN))
        return QRect(px(MARGIN), px(TOP), width, px(HEIGHT))
