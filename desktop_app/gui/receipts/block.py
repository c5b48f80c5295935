"""The block 'This answer': a receipt in a few lines, and what can be done with it."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, QSize, Signal, SignalInstance
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from desktop_app.domain.messages import Message
from desktop_app.gui.look.mirroring import paint_words, placed
from desktop_app.gui.look.theme import SEMIBOLD, Theme, Themed
from desktop_app.gui.widgets.accessible import Role, Spoken
from desktop_app.gui.widgets.announcing import announce
from desktop_app.gui.widgets.controls import Button, ButtonSize, Label
from desktop_app.gui.widgets.flow import Flow
from desktop_app.gui.widgets.keyboard_focus import focus_reason
from desktop_app.services.insight.receipt_text import Line, short_lines
from desktop_app.support.i18n import _

ROW_HEIGHT = 31
NAME_WIDTH = 118
"""Where the values begin at least, in pixels at 100 %; the longest name of a block says where."""


class LineRow(Spoken, Themed, QWidget):
    """A name, its value beside it, and a thin line below; read aloud as both."""

    spoken_role = Role.StaticText

    def __init__(self, theme: Theme, line: Line, parent: QWidget | None = None) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        self.line = line
        self._begins = 0
        self.setToolTip(line.note)
        self.setAccessibleName(f"{line.name}: {line.value}")
        self.setAccessibleDescription(line.note)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def name_end(self) -> int:
        """Where the value can begin, in pixels: behind the name."""
        px = self.theme.px
        name = QFontMetrics(self.theme.font("small")).horizontalAdvance(self.line.name)
        return max(px(NAME_WIDTH), px(8) + name + px(12))

    @property
    def value_begins(self) -> int:
        """Where the value begins now, in pixels: in line with the others, but rather out of line than cut."""
        px = self.theme.px
        metrics = QFontMetrics(self.theme.font("small"))
        least = px(8) + metrics.horizontalAdvance(self.line.name) + px(12)
        fits = self.width() - px(8) - metrics.horizontalAdvance(self.line.value)
        return max(least, min(max(self._begins, self.name_end), fits))

    def line_up(self, begins: int) -> None:
        """Begin the value `begins` pixels from the edge, where that is room enough."""
        self._begins = begins
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """The room for both, side by side."""
        metrics = QFontMetrics(self.theme.font("small"))
        begins = max(self._begins, self.name_end)
        width = begins + metrics.horizontalAdvance(self.line.value) + self.theme.px(8)
        return QSize(width, self.theme.px(ROW_HEIGHT))

    def minimumSizeHint(self) -> QSize:
        """The value may be cut."""
        return QSize(self.theme.px(NAME_WIDTH), self.theme.px(ROW_HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw both and the line."""
        px, colors = self.theme.px, self.theme.colors
        painter = QPainter(self)
        painter.setFont(self.theme.font("small"))
        left = self.value_begins
        painter.setPen(colors.muted)
        name = QRect(px(8), 0, left - px(8), self.height())
        paint_words(painter, placed(self, name, self.rect()), self.line.name)
        painter.setPen(colors.text)
        value = QRect(left, 0, self.width() - left - px(8), self.height())
        paint_words(painter, placed(self, value, self.rect()), self.line.value)
        painter.fillRect(QRectF(0, self.height() - 1, self.width(), 1), colors.line)
        painter.end()


class ReceiptBlock(Themed, QWidget):
    """Shows one answer's receipt; every signal carries the answer's id."""

    details_requested = Signal(str)
    copy_requested = Signal(str)
    again_requested = Signal(str)
    cancel_requested = Signal(str)
    compare_requested = Signal(str)
    keep_requested = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        self.answer_id = ""
        self.heading = Label(theme, _("This answer"), "small", weight=SEMIBOLD, parent=self)
        self.empty = Label(theme, _("What made an answer, and what it cost, is shown here."), "small", "muted",
                           wraps=True, parent=self)  # fmt: skip
        self.rows: list[LineRow] = []
        self._lines = QVBoxLayout()
        self._lines.setSpacing(0)
        self.details = self._button(_("All details"), self.details_requested)
        self.copy = self._button(_("Copy receipt"), self.copy_requested)
        self.again = self._button(_("Run again"), self.again_requested)
        self.again.setToolTip(_("Asks the same once more, with the same values and seed, and compares the texts."))
        self.result = Label(theme, "", "small", "muted", wraps=True, parent=self)
        self.stop = self._button(_("Stop"), self.cancel_requested)
        self.compare = self._button(_("Compare"), self.compare_requested)
        self.keep = self._button(_("Keep the new answer"), self.keep_requested)
        self._buttons = Flow(theme, self)
        self._results = Flow(theme, self)
        self._lay_out()
        self.show_answer(None)

    def show_answer(self, answer: Message | None) -> None:
        """Show the receipt of `answer`; a hint where there is none."""
        receipt = answer.receipt if answer is not None else None
        self.answer_id = answer.id if answer is not None and receipt is not None else ""
        self._show_lines(short_lines(receipt) if receipt is not None else ())
        self._buttons.setVisible(receipt is not None)
        self.empty.setVisible(receipt is None)
        self.show_result("")

    def show_running(self, words: str) -> None:
        """Say that the answer is run again."""
        self._say(words, "muted")
        self.again.set_waiting(waits=True)
        self._offer(self.stop)

    def show_result(self, words: str, color: str = "text", *, has_answer: bool = False) -> None:
        """Say what running again has shown; empty for nothing. A new answer can be compared and kept."""
        self._say(words, color)
        self.again.set_waiting(waits=False)
        self._offer(*((self.compare, self.keep) if has_answer else ()))
        announce(self, words)

    def apply_theme(self) -> None:
        """Take over the margins."""
        px = self.theme.px
        self._column.setSpacing(px(8))
        self._column.setContentsMargins(0, px(4), 0, 0)
        super().apply_theme()

    def _button(self, text: str, signal: SignalInstance) -> Button:
        button = Button(self.theme, text, size=ButtonSize.SMALL, parent=self)
        button.clicked.connect(lambda: signal.emit(self.answer_id))
        return button

    def _lay_out(self) -> None:
        for button in (self.details, self.copy, self.again):
            self._buttons.add(button)
        for button in (self.stop, self.compare, self.keep):
            self._results.add(button)
        self._column = QVBoxLayout(self)
        self._column.addWidget(self.heading)
        self._column.addWidget(self.empty)
        self._column.addLayout(self._lines)
        self._column.addWidget(self._buttons)
        self._column.addWidget(self.result)
        self._column.addWidget(self._results)
        self.apply_theme()

    def _show_lines(self, lines: Sequence[Line]) -> None:
        for row in self.rows:
            self._lines.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = [LineRow(self.theme, line, self) for line in lines]
        begins = max((row.name_end for row in self.rows), default=0)
        for row in self.rows:
            row.line_up(begins)
            self._lines.addWidget(row)
            row.show()

    def _offer(self, *buttons: Button) -> None:
        for button in (self.stop, self.compare, self.keep):
            if button.hasFocus() and button not in buttons:
                self.again.setFocus(focus_reason())  # not to whatever comes next
            button.setVisible(button in buttons)
        self._results.setVisible(bool(buttons))

    def _say(self, words: str, color: str) -> None:
        self.result.setText(words)
        self.result.set_color(color)
        self.result.setVisible(bool(words))
