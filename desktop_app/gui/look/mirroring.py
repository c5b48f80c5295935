"""Where things lie in a window that reads from right to left: what is laid out by hand is laid out for the other way."""

import unicodedata
from typing import Protocol, TypeVar

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QPainter
from PySide6.QtWidgets import QFrame, QLayout, QPlainTextEdit, QWidget

from desktop_app.support.isolates import isolated

FROM_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter
LEFT_TO_RIGHT_MARK, RIGHT_TO_LEFT_MARK = "\u200e", "\u200f"
_ISOLATES = ("LRI", "RLI", "FSI")
_LETTERS = ("L", "R", "AL")

Area = TypeVar("Area", QRect, QRectF)


class Directed(Protocol):
    """A widget, or a painter on one."""

    def layoutDirection(self) -> Qt.LayoutDirection:
        """Return which way it reads."""


def is_mirrored(of: Directed) -> bool:
    """Return whether a widget, or what a painter paints on, reads from right to left."""
    return of.layoutDirection() is Qt.LayoutDirection.RightToLeft


def placed(of: Directed, area: Area, within: QRect | QRectF) -> Area:
    """Return `area`, laid out from left to right in `within`, where it belongs: at the other side where `of` is mirrored."""
    if not is_mirrored(of):
        return area
    moved = type(area)(area)
    left = 2 * within.x() + within.width() - area.x() - area.width()
    moved.moveLeft(round(left) if isinstance(moved, QRect) else left)
    return moved


def set_margins(of: QLayout | QWidget, leading: int, top: int, trailing: int, bottom: int) -> None:
    """Give a layout or a widget margins, of which Qt never changes the sides by itself."""
    if QGuiApplication.isRightToLeft():
        leading, trailing = trailing, leading
    if isinstance(of, QFrame):  # with another parent or style it forgets margins that are larger than it is by then
        of.resize(of.size().expandedTo(QSize(leading + trailing + 1, top + bottom + 1)))
    of.setContentsMargins(leading, top, trailing, bottom)


def direction_of(text: str) -> Qt.LayoutDirection:
    """Return which way a text reads, as its first letter says."""
    return Qt.LayoutDirection.RightToLeft if is_right_to_left(text) else Qt.LayoutDirection.LeftToRight


def is_right_to_left(text: str) -> bool:
    """Return whether the first letter of `text` that has a direction is of a script written from right to left.

    What stands between isolates says nothing, as in rule P2 of Unicode's bidirectional algorithm.
    """
    depth = 0
    for sign in text:
        kind = unicodedata.bidirectional(sign)
        if kind in _ISOLATES:
            depth += 1
        elif kind == "PDI":
            depth = max(0, depth - 1)
        elif not depth and kind in _LETTERS:
            return kind != "L"
    return False


def told_apart(text: str) -> str:
    """Return `text` so that Qt's own text fields read each paragraph as `is_right_to_left` says: they look into isolates."""
    return "\n".join(map(_told_apart, text.split("\n")))


def _told_apart(paragraph: str) -> str:
    letters = (kind for kind in map(unicodedata.bidirectional, paragraph) if kind in _LETTERS)
    from_right = is_right_to_left(paragraph)
    if (next(letters, "L") != "L") == from_right:
        return paragraph
    return f"{RIGHT_TO_LEFT_MARK if from_right else LEFT_TO_RIGHT_MARK}{paragraph}"


def align_with_text(field: QPlainTextEdit) -> None:
    """Put what is in `field` to the side at which its first words begin, or the window does while there are none.

    By itself, a QPlainTextEdit has all of its lines at the left.
    """
    document = field.document()
    block = document.begin()
    while block.isValid() and not block.text().strip():
        block = block.next()
    from_right = is_right_to_left(block.text()) if block.isValid() else QGuiApplication.isRightToLeft()
    side = Qt.AlignmentFlag.AlignRight if from_right else Qt.AlignmentFlag.AlignLeft
    option = document.defaultTextOption()
    if option.alignment() != side:
        option.setAlignment(side)
        document.setDefaultTextOption(option)


def paint_words(painter: QPainter, area: QRect | QRectF, words: str, *, trailing: bool = False) -> None:
    """Draw a line of `words` at the leading edge of `area`, or at its end; what does not fit ends in an ellipsis.

    The words read their own way, as their first letter says; on which side they stand is the window's.
    """
    room = int(area.width())
    shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room)
    side = Qt.AlignmentFlag.AlignRight if trailing else Qt.AlignmentFlag.AlignLeft
    painter.drawText(QRectF(area), side | Qt.AlignmentFlag.AlignVCenter, isolated(shown))
