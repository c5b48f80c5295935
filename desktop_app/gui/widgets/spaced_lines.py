"""How the lines of plain text that is typed are laid out: as far from each other as those of all other text."""

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QTextBlock, QTextDocument, QTextLayout
from PySide6.QtWidgets import QPlainTextDocumentLayout, QPlainTextEdit

from desktop_app.gui.look.lines import line_pitch
from desktop_app.gui.look.theme import Theme


class SpacedLines(QPlainTextDocumentLayout):
    """Qt's own layout of plain text, which knows no distance but that of the font, with the lines moved apart.

    They are moved when Qt asks how high a paragraph is, as it does before it draws it. What is wrapped anew is as Qt
    has it, and so is text whose lines add up to more without that, as those of some scripts do.
    """

    def __init__(self, document: QTextDocument, pitch: int) -> None:
        """`pitch` is how far lines are from each other, in pixels."""
        super().__init__(document)
        self.pitch = pitch

    def blockBoundingRect(self, block: QTextBlock) -> QRectF:
        """Return the area of a paragraph with the room below its last line."""
        area = super().blockBoundingRect(block)
        if not block.isValid():  # Qt asks a field's next document for the one into which its last was scrolled
            return area
        layout = block.layout()
        count = layout.lineCount()
        if count == 0 or not block.isVisible():
            return area
        last = layout.lineAt(count - 1)
        if last.y() < (count - 1) * self.pitch:
            self._move_apart(layout)
            area = super().blockBoundingRect(block)
        area.setHeight(area.height() + max(0, self.pitch - last.height()))
        return area

    def _move_apart(self, layout: QTextLayout) -> None:
        top = 0.0
        for number in range(layout.lineCount()):
            line = layout.lineAt(number)
            line.setPosition(QPointF(line.x(), top))
            top += max(line.height(), self.pitch)


def pitch_in(field: QPlainTextEdit, theme: Theme) -> int:
    """Return how far lines are from each other in the font of `field`, in pixels."""
    return max(line_pitch(theme, field.font()), field.fontMetrics().lineSpacing())


def spaced_document(field: QPlainTextEdit, pitch: int) -> QTextDocument:
    """Return an empty document for `field` with lines so far apart, in pixels."""
    document = QTextDocument(field)
    document.setDefaultFont(field.font())
    document.setDocumentLayout(SpacedLines(document, pitch))
    return document


def set_pitch(field: QPlainTextEdit, pitch: int) -> None:
    """Have lines so far apart in the document of `field`, which is such a one."""
    document = field.document()
    layout = document.documentLayout()
    assert isinstance(layout, SpacedLines)
    if pitch == layout.pitch:
        return
    layout.pitch = pitch
    block = document.begin()
    while block.isValid():  # what is too far apart now would stay so
        block.clearLayout()
        block = block.next()
    layout.requestUpdate()
