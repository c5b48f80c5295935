"""A calm dialog that asks one question with a few answers, one of them chosen already."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QRadioButton, QSizePolicy, QWidget

from desktop_app.gui.dialogs.question import QuestionDialog
from desktop_app.gui.look.lines import Lines
from desktop_app.gui.look.mirroring import placed
from desktop_app.gui.look.theme import MEDIUM, Theme, Themed
from desktop_app.gui.widgets.keyboard_focus import KeyboardFocus
from desktop_app.gui.widgets.painting import paint_box

WIDTH = 520
"""How wide the dialog is, in pixels at 100 %."""
LEAST_WIDTH = 200
PADDING = 12
INDENT = 42
"""Where an answer's words begin, right of its circle."""


class Answer(NamedTuple):
    """What can be answered: the value that is told, a short title, what it means, and whether it can be had now."""

    value: object
    title: str
    words: str
    enabled: bool = True


class AnswerButton(KeyboardFocus, Themed, QRadioButton):
    """One answer in a box of its own: a circle, a title, and below it what it means."""

    def __init__(self, theme: Theme, answer: Answer, parent: QWidget) -> None:
        QRadioButton.__init__(self, answer.title, parent)
        self.theme = theme
        self.answer = answer
        self.setAccessibleDescription(answer.words)
        self.setEnabled(answer.enabled)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def hitButton(self, pos: object) -> bool:
        """Take clicks anywhere in the box."""
        return True

    def sizeHint(self) -> QSize:
        """As wide as there is room, as high as the words need."""
        width = self.theme.px(WIDTH) - 2 * self.theme.px(24)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        """A few words in each line."""
        width = self.theme.px(LEAST_WIDTH)
        return QSize(width, 2 * self.theme.px(PADDING) + self._title(width).height)

    def heightForWidth(self, width: int) -> int:
        """The title and the words, in as many lines as they take."""
        px = self.theme.px
        return 2 * px(PADDING) + self._title(width).height + px(2) + self._words(width).height

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw box, circle, title and words in their state."""
        theme, px, colors = self.theme, self.theme.px, self.theme.colors
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill = "hover" if self.underMouse() and self.isEnabled() else "surface"
        ring = self.has_ring
        line = "accent" if self.isChecked() else "line"
        paint_box(painter, self.rect(), theme, fill=fill, line=line, ring=ring)
        title_height = QFontMetrics(theme.font("body", MEDIUM)).height()
        top = px(PADDING) + (title_height - px(18)) / 2
        circle = placed(self, QRectF(px(PADDING) + 0.5, top + 0.5, px(18) - 1, px(18) - 1), self.rect())
        on = "accent" if self.isChecked() else "control_line"
        painter.setPen(QPen(colors.named(on if self.isEnabled() else "line"), 1.5))
        painter.setBrush(colors.surface)
        painter.drawEllipse(circle)
        if self.isChecked():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colors.accent)
            inset = px(4)
            painter.drawEllipse(circle.adjusted(inset, inset, -inset, -inset))
        left, top = Qt.AlignmentFlag.AlignLeft, px(PADDING)
        painter.setPen(colors.text if self.isEnabled() else colors.disabled)
        title = self._title(self.width())
        title.paint(painter, self._area(top, title), left)
        painter.setPen(colors.muted if self.isEnabled() else colors.disabled)
        words = self._words(self.width())
        words.paint(painter, self._area(top + title.height + px(2), words), left)
        painter.end()

    def _title(self, width: int) -> Lines:
        return Lines(self.theme, self.theme.font("body", MEDIUM), self.text(), self._room(width))

    def _words(self, width: int) -> Lines:
        return Lines(self.theme, self.theme.font("small"), self.answer.words, self._room(width))

    def _room(self, width: int) -> int:
        return max(1, width - self.theme.px(INDENT) - self.theme.px(PADDING))

    def _area(self, top: int, lines: Lines) -> QRect:
        area = QRect(self.theme.px(INDENT), top, self._room(self.width()), lines.height)
        return placed(self, area, self.rect())


class OptionDialog(QuestionDialog):
    """Asks; `answered` has the value of the answer, and closing the dialog answers nothing."""

    answered = Signal(object)

    def __init__(
        self,
        theme: Theme,
        title: str,
        words: str,
        answers: Sequence[Answer],
        accept: str,
        parent: QWidget | None = None,
    ) -> None:
        """Ask `words` below `title`; the first answer is chosen already, and `accept` is the button that takes it."""
        super().__init__(theme, title, parent)
        self.buttons = [AnswerButton(theme, answer, self) for answer in answers]
        self.buttons[0].setChecked(True)
        self.lay_out(words, accept, WIDTH, self.buttons)
        self.accept_button.setDefault(True)
        self.accept_button.clicked.connect(self._accept)
        self.buttons[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def _accept(self) -> None:
        answer = next(button.answer for button in self.buttons if button.isChecked())
        self.accept()
        self.answered.emit(answer.value)
