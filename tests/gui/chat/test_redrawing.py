"""What is drawn anew of a document that changes, also where the paragraph that changed is no longer there."""

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QTextCursor, QTextDocument
from PySide6.QtWidgets import QApplication

from desktop_app.gui.chat.documents.redrawing import RedrawnFrom


def laid_out(count: int) -> QTextDocument:
    """A document of so many paragraphs, laid out."""
    made = QTextDocument()
    made.setTextWidth(300)
    made.setPlainText("\n".join(f"paragraph {number}" for number in range(count)))
    made.documentLayout().documentSize()
    return made


def drawn_from(document: QTextDocument, position: int, kept: int, words: str) -> list[float]:
    """Put `words` behind the first `kept` characters; returns where what is drawn anew begins."""
    tops: list[float] = []
    document.documentLayout().update.connect(lambda area: tops.append(QRectF(area).top()))
    with RedrawnFrom(document, position):
        cursor = QTextCursor(document)
        cursor.beginEditBlock()
        cursor.setPosition(kept)
        cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(words)
        cursor.endEditBlock()
    return tops


def test_what_is_above_the_line_that_changes_is_not_drawn(qapp: QApplication) -> None:
    document = laid_out(20)
    last = document.lastBlock()
    top = document.documentLayout().blockBoundingRect(last).y()
    end = last.position() + last.length() - 1
    assert drawn_from(document, end, end, " and more") == [top]


@pytest.mark.parametrize("words", ["", "word"])
@pytest.mark.parametrize(("count", "gone"), [(3, 0), (4, 1), (6, 2), (6, 4), (9, 0), (9, 5), (9, 6), (9, 7)])
def test_all_is_drawn_where_the_paragraph_has_gone(qapp: QApplication, count: int, gone: int, words: str) -> None:
    """Qt says of a paragraph that was deleted that it is valid, and crashes with most where a line is asked for."""
    document = laid_out(count)
    begin = document.findBlockByNumber(gone).position()
    (top,) = drawn_from(document, begin + 3, max(0, begin - 1), words)
    assert top <= document.documentMargin()
