"""What a filled-in template says to the model, turn by turn, and how many tokens that takes."""

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import (
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextOption,
)
from PySide6.QtWidgets import QHBoxLayout, QTextEdit, QVBoxLayout, QWidget

from desktop_app.domain.code_text import fence_after
from desktop_app.domain.examples import Example
from desktop_app.gui.look.mirroring import direction_of
from desktop_app.gui.look.theme import MEDIUM, SEMIBOLD, Theme, Themed
from desktop_app.gui.widgets.controls import Label
from desktop_app.support.formats import number
from desktop_app.support.i18n import _, ngettext

LEAST_LINES = 14
BOX_ROOM = 8
"""Pixels at 100 % between code and the edge of its box."""
MOST_SHOWN = 20_000
"""As many characters are shown, of the question first; all of them are sent and counted."""
_CODE = 1
"""The state of a block of the document that is a line of code."""


class Preview(Themed, QWidget):
    """A heading with the count, and a read-only field below it; a problem stands in a line between them.

    Each paragraph reads as its first letter says; code runs from left to right, in a box of its own.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        self._parts: Sequence[tuple[str, str]] = ()
        self.heading = Label(theme, _("Preview"), "label", weight=MEDIUM, parent=self)
        self.tokens = Label(theme, "", "small", "muted", parent=self)
        self.problem = Label(theme, "", "small", "bad", wraps=True, parent=self)
        self.problem.hide()
        self.field = PromptText(theme, self)
        self.field.setProperty("look", "report")
        self.field.setAccessibleName(_("Preview"))
        self.field.setTabChangesFocus(True)
        head = QHBoxLayout()
        head.addWidget(self.heading)
        head.addStretch(1)
        head.addWidget(self.tokens)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addLayout(head)
        self._column.addWidget(self.problem)
        self._column.addWidget(self.field, 1)
        self.apply_theme()

    def apply_theme(self) -> None:
        """Take over font and heights; the place in the field stays where it was."""
        bar, first = self.field.verticalScrollBar(), self.field.cursorForPosition(QPoint(0, 2)).blockNumber()
        below = bar.value() - self._top(first)
        self.field.setFont(self.theme.font("label"))
        self.field.setMinimumHeight(LEAST_LINES * self.field.fontMetrics().lineSpacing() + self.theme.px(18))
        self._column.setSpacing(self.theme.px(8))
        super().apply_theme()
        if self._parts:
            self._write()
            bar.setValue(self._top(first) + below)

    def show_turns(self, prompt: str, system: str, examples: Sequence[Example]) -> None:
        """Show what is sent; the place in the field stays where it was, at first it is the question."""
        place = None if self.field.document().isEmpty() else self.field.verticalScrollBar().value()
        parts = [(_("System prompt"), system)] if system else []
        for count, example in enumerate(examples, 1):
            parts.append((_("Example {number}: you").format(number=count), example.user))
            parts.append((_("Example {number}: the model").format(number=count), example.assistant))
        parts.append((_("Your question") if parts else "", prompt))
        self._parts = parts
        begins = self._write()
        self.field.verticalScrollBar().setValue(place if place is not None else self._top(begins))
        self.show_problem("")

    def _write(self) -> int:
        """Show all parts, a heading and a text each; the last one has most room. Returns the block that it begins with."""
        parts = self._parts
        self.field.clear()
        cursor = self.field.textCursor()
        cursor.beginEditBlock()
        room = MOST_SHOWN - len(parts[-1][1])
        for heading, text in parts[:-1]:
            self._add(cursor, heading, text, room)
            room -= len(text)
        begins = cursor.blockNumber() + 2 if len(parts) > 1 else 0
        self._add(cursor, *parts[-1], MOST_SHOWN)
        self.field.end(cursor)
        cursor.endEditBlock()
        return begins

    def show_tokens(self, count: int | None) -> None:
        """Show how many tokens it takes; nothing where no model is loaded that could count."""
        words = "" if count is None else ngettext("{count} token", "{count} tokens", count).format(count=number(count))
        self.tokens.setText(words)

    def show_problem(self, words: str) -> None:
        """Say why the template cannot be filled in; what was shown before stays."""
        self.problem.setText(words)
        self.problem.setVisible(bool(words))
        if words:
            self.tokens.setText("")

    def _top(self, block: int) -> int:
        """Return where a block begins, in pixels."""
        document = self.field.document()
        return int(document.documentLayout().blockBoundingRect(document.findBlockByNumber(block)).y())

    def _add(self, cursor: QTextCursor, heading: str, text: str, room: int) -> None:
        plain, strong, code = QTextCharFormat(), QTextCharFormat(), QTextCharFormat()
        strong.setFontWeight(SEMIBOLD)
        strong.setForeground(self.theme.colors.muted)
        code.setFont(self.theme.font("mono"))
        shown = text.strip()
        if len(shown) > max(0, room):
            shown = f"{shown[: max(0, room)]}…"
        lines = [(line, code if is_code else plain, is_code) for line, is_code in lines_of(shown)]
        if heading:
            between = [] if cursor.atStart() else [("", plain, False)]
            lines = [*between, (heading, strong, False), *lines]
        for line, form, is_code in lines:
            self.field.add(cursor, line, form, is_code=is_code)


class PromptText(Themed, QTextEdit):
    """Paragraphs and lines of code, which stand in boxes."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        QTextEdit.__init__(self, parent)
        self.theme = theme
        self.setReadOnly(True)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)

    def add(self, cursor: QTextCursor, line: str, form: QTextCharFormat, *, is_code: bool) -> None:
        """Write one more line behind those that are there."""
        px = self.theme.px
        former = cursor.block()
        if not cursor.atStart():
            cursor.insertBlock()
        block = QTextBlockFormat()
        block.setLayoutDirection(Qt.LayoutDirection.LeftToRight if is_code else direction_of(line))
        if is_code:
            block.setLeftMargin(px(BOX_ROOM))
            block.setRightMargin(px(BOX_ROOM))
        if is_code is not (former.userState() == _CODE) and former != cursor.block():
            block.setTopMargin(px(2 * BOX_ROOM))
        cursor.setBlockFormat(block)
        cursor.block().setUserState(_CODE if is_code else -1)
        cursor.insertText(line, form)

    def end(self, cursor: QTextCursor) -> None:
        """Have room for the edge of the last box."""
        if _is_code(cursor.block()):
            last = cursor.blockFormat()
            last.setBottomMargin(self.theme.px(BOX_ROOM))
            cursor.setBlockFormat(last)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the line at the top there, while lines break elsewhere."""
        bar, first = self.verticalScrollBar(), self.cursorForPosition(QPoint(0, 2))  # lines begin between pixels
        is_scrolled = bar.value() > 0
        super().resizeEvent(event)
        if is_scrolled:
            bar.setValue(bar.value() + self.cursorRect(first).top())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the boxes below the code that is in sight, then the text."""
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.theme.colors.line, 1))
        painter.setBrush(self.theme.colors.surface)
        radius = self.theme.px(self.theme.tokens.radius.control)
        for box in self._boxes():
            painter.drawRoundedRect(box, radius, radius)
        painter.end()
        super().paintEvent(event)

    def _boxes(self) -> Iterator[QRectF]:
        """Yield the box of each run of lines of code that is in sight."""
        block = self.cursorForPosition(QPoint(0, 0)).block()
        while _is_code(block) and _is_code(block.previous()):
            block = block.previous()
        while block.isValid() and self._area(block).top() < self.viewport().height():
            first = last = block
            while _is_code(first) and _is_code(last.next()):
                last = last.next()
            if _is_code(first):
                yield self._area(first).united(self._area(last))
            block = last.next()

    def _area(self, block: QTextBlock) -> QRectF:
        """Return where a block is in the viewport, from one side to the other, with the room around it."""
        room = self.theme.px(BOX_ROOM)
        lines = self.document().documentLayout().blockBoundingRect(block)
        margin = self.document().documentMargin()
        top = lines.top() - self.verticalScrollBar().value()
        return QRectF(margin + 0.5, top - room, self.viewport().width() - 2 * margin - 1, lines.height() + 2 * room)


def _is_code(block: QTextBlock) -> bool:
    return block.isValid() and block.userState() == _CODE


def lines_of(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the lines of a Markdown text, and whether each belongs to a block of code; its fences do."""
    fence = ""
    for line in text.split("\n"):
        before, fence = fence, fence_after(line, fence)
        yield line, bool(before or fence)
