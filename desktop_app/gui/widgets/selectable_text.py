"""Plain text that can be selected and copied, with lines as far apart as those of labels."""

import math

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QPalette,
    QResizeEvent,
    QTextBlockFormat,
    QTextCursor,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QTextEdit, QWidget

from desktop_app.gui.look.lines import line_pitch
from desktop_app.gui.look.mirroring import FROM_RIGHT, is_mirrored, told_apart
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.widgets.keyboard_focus import KEYBOARD_REASONS


class SelectableText(Themed, QTextEdit):
    """As high as it needs to be; the keyboard comes to it, too, and `caret_moved` tells that its cursor did, which is seen."""

    caret_moved = Signal()

    def __init__(
        self,
        theme: Theme,
        name: str,
        text: str,
        parent: QWidget | None = None,
        *,
        role: str = "body",
        color: str = "text",
    ) -> None:
        QTextEdit.__init__(self, parent)
        self.theme = theme
        self._role = role
        self._color = color
        self.setAccessibleName(name)
        self.setReadOnly(True)
        self.setAcceptRichText(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setCursorWidth(0)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.document().setDocumentMargin(0)
        self.viewport().setAutoFillBackground(False)
        self.viewport().setCursor(Qt.CursorShape.IBeamCursor)
        self.cursorPositionChanged.connect(self._tell_caret)
        self.setPlainText(told_apart(text))
        if is_mirrored(self):  # Qt would have a text in a script from the left on the left
            option = self.document().defaultTextOption()
            option.setAlignment(FROM_RIGHT)
            self.document().setDefaultTextOption(option)
        self.apply_theme()

    def show_text(self, text: str) -> None:
        """Show another text."""
        self.setPlainText(told_apart(text))
        self.part_lines()
        self._fit()

    def apply_theme(self) -> None:
        """Take over font and colours."""
        self.setFont(self.theme.font(self._role))
        palette = QPalette(self.theme.palette(self._color))
        palette.setColor(QPalette.ColorRole.Text, self.theme.colors.named(self._color))  # that of words is a label's
        palette.setColor(QPalette.ColorRole.Base, Qt.GlobalColor.transparent)
        self.setPalette(palette)
        self.part_lines()
        self._fit()
        super().apply_theme()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Be as high as the new width asks for."""
        super().resizeEvent(event)
        self._fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave scrolling to the page."""
        event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave Escape to the window."""
        if event.key() == Qt.Key.Key_Escape:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the text cursor to those who came by keyboard."""
        self.setCursorWidth(2 if event.reason() in KEYBOARD_REASONS else 0)
        super().focusInEvent(event)
        self._tell_caret()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Hide it again."""
        self.setCursorWidth(0)
        super().focusOutEvent(event)

    def _tell_caret(self) -> None:
        if self.cursorWidth():
            self.caret_moved.emit()

    def part_lines(self) -> None:
        """Put as much room between lines as labels have."""
        between = max(0, line_pitch(self.theme, self.font()) - self._line_height())
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        block = QTextBlockFormat()
        block.setLineHeight(between, QTextBlockFormat.LineHeightTypes.LineDistanceHeight.value)
        cursor.mergeBlockFormat(block)
        root = self.document().rootFrame()
        around = root.frameFormat()
        around.setBottomMargin(-between)  # there would be some below the last line, too
        root.setFrameFormat(around)

    def _fit(self) -> None:
        self.document().setTextWidth(self.contentsRect().width())  # the viewport follows only once it is shown
        self.setFixedHeight(max(self._line_height(), math.ceil(self.document().size().height())))

    def _line_height(self) -> int:
        return math.ceil(QFontMetricsF(self.font()).height())
