"""Tokens as a flow of coloured pieces, each with its number below it."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QEvent, QRect, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QHelpEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from desktop_app.gui.look.mirroring import direction_of, placed
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.widgets.accessible import SpokenParts
from desktop_app.support.i18n import _
from desktop_app.support.isolates import isolated

BOX, NUMBER, GAP = 26, 18, 4
GROUNDS = ("accent_soft", "user_bubble", "text_selection")
"""Colours that follow each other, so that neighbours differ."""


class Piece(NamedTuple):
    """A token as it is written, and its number in the model's vocabulary."""

    text: str
    id: int
    is_control: bool = False


class PieceFlow(SpokenParts, Themed, QWidget):
    """As high as it needs to be. The pieces from `fresh_from` on are outlined: they were added last."""

    def __init__(self, theme: Theme, name: str) -> None:
        """`name` is what screen readers say."""
        QWidget.__init__(self)
        self.theme = theme
        self.pieces: Sequence[Piece] = ()
        self._fresh_from = 0
        self._places: list[QRectF] = []
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._lay_out()

    def show_pieces(self, pieces: Sequence[Piece], fresh_from: int | None = None) -> None:
        """Show other pieces."""
        self.pieces = pieces
        self.setLayoutDirection(direction_of("".join(piece.text for piece in pieces if not piece.is_control)))
        self._fresh_from = len(pieces) if fresh_from is None else fresh_from
        self._lay_out()
        self.update()

    def apply_theme(self) -> None:
        """Lay out at the new text size."""
        self._lay_out()
        super().apply_theme()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the lines for the new width."""
        super().resizeEvent(event)
        self._lay_out()

    def event(self, event: QEvent) -> bool:
        """Tell the whole piece that is pointed at."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            places = (number for number, place in enumerate(self._places) if place.contains(event.pos()))
            number = next(places, -1)
            words = _("“{piece}” is token {number}")
            told = words.format(piece=self.pieces[number].text, number=self.pieces[number].id) if number >= 0 else ""
            QToolTip.showText(event.globalPos(), told, self)
            return True
        return super().event(event)

    def _lay_out(self) -> None:
        px = self.theme.px
        words, numbers = QFontMetricsF(self.theme.font("mono")), QFontMetricsF(self.theme.font("tiny"))
        height, room = px(BOX) + px(NUMBER), max(1, self.width())
        left = top = 0.0
        self._places = []
        for piece in self.pieces:
            wanted = max(words.horizontalAdvance(piece.text), numbers.horizontalAdvance(str(piece.id))) + px(10)
            width = min(wanted, float(room))
            if left > 0 and left + width > room:
                left, top = 0.0, top + height + px(GAP)
            self._places.append(placed(self, QRectF(left, top, width, height), QRectF(0, top, room, height)))
            left += width + px(GAP)
        self.setFixedHeight(round(top + height))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what is in the area to be drawn."""
        px, colors = self.theme.px, self.theme.colors
        painter = QPainter(self)
        painter.setLayoutDirection(self.layoutDirection())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(event.rect())
        words, numbers = self.theme.font("mono"), self.theme.font("tiny")
        for place, (piece, box) in enumerate(zip(self.pieces, self._places, strict=True)):
            if not box.intersects(area):
                continue
            chip = QRectF(box.left(), box.top(), box.width(), px(BOX)).adjusted(0.5, 0.5, -0.5, -0.5)
            outlined = piece.is_control or place >= self._fresh_from
            painter.setPen(QPen(colors.accent, 1) if outlined else Qt.PenStyle.NoPen)
            painter.setBrush(colors.named(GROUNDS[place % len(GROUNDS)]))
            painter.drawRoundedRect(chip, px(6), px(6))
            painter.setPen(colors.text)
            painter.setFont(words)
            shown = painter.fontMetrics().elidedText(piece.text, Qt.TextElideMode.ElideRight, int(chip.width()))
            painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, isolated(shown))
            painter.setPen(colors.muted)
            painter.setFont(numbers)
            below = QRectF(box.left(), box.top() + px(BOX), box.width(), px(NUMBER))
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, str(piece.id))
        painter.end()

    # What screen readers are told

    def part_count(self) -> int:
        """Return how many pieces there are."""
        return len(self.pieces)

    def part_words(self, number: int) -> str:
        """Return a piece and its number."""
        return _("“{piece}” is {number}").format(piece=self.pieces[number].text, number=self.pieces[number].id)

    def part_area(self, number: int) -> QRect:
        """Return where a piece is drawn."""
        return self._places[number].toAlignedRect()
