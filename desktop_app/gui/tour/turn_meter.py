"""The turns of a conversation as rows, each with the share of the context that it takes."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop_app.gui.chat.file_words import token_words
from desktop_app.gui.look.mirroring import paint_words, placed
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.widgets.accessible import SpokenParts
from desktop_app.support.formats import number
from desktop_app.support.i18n import _, ngettext

ROW, BAR, VALUE = 26, 10, 96
LABEL_SHARE = 0.5


class TurnRow(NamedTuple):
    """Who spoke and the beginning of what was said; `is_out` where it no longer fits."""

    speaker: str
    text: str
    tokens: int
    is_out: bool = False


class TurnMeter(SpokenParts, Themed, QWidget):
    """A row for each turn, oldest first."""

    def __init__(self, theme: Theme) -> None:
        QWidget.__init__(self)
        self.theme = theme
        self.rows: Sequence[TurnRow] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(_("Turns of the conversation"))

    def show_rows(self, rows: Sequence[TurnRow]) -> None:
        """Show other rows."""
        self.rows = rows
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Room for every row."""
        return QSize(self.theme.px(200), len(self.rows) * self.theme.px(ROW))

    def minimumSizeHint(self) -> QSize:
        """No row is cut off."""
        return QSize(self.theme.px(120), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows."""
        px, colors = self.theme.px, self.theme.colors
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.theme.font("label"))
        most = max((row.tokens for row in self.rows), default=0) or 1
        for place, row in enumerate(self.rows):
            area = QRectF(0, place * px(ROW), self.width(), px(ROW))
            label = QRectF(area.left(), area.top(), area.width() * LABEL_SHARE, area.height())
            painter.setPen(colors.muted if row.is_out else colors.text)
            words = _("{name}: {value}").format(name=row.speaker, value=row.text) if row.text else row.speaker
            paint_words(painter, placed(self, label, area), words)
            value = QRectF(area.right() - px(VALUE), area.top(), px(VALUE), area.height())
            told = _("left out") if row.is_out else token_words(row.tokens)
            paint_words(painter, placed(self, value, area), told, trailing=True)
            left = label.right() + px(12)
            width = max(px(2), (value.left() - px(4) - left) * row.tokens / most)
            bar = placed(self, QRectF(left, area.center().y() - px(BAR) / 2, width, px(BAR)), area)
            painter.setPen(QPen(colors.control_line, 1) if row.is_out else Qt.PenStyle.NoPen)
            painter.setBrush(Qt.BrushStyle.NoBrush if row.is_out else colors.accent)
            radius = min(px(3), width / 2)
            painter.drawRoundedRect(bar.adjusted(0.5, 0.5, -0.5, -0.5) if row.is_out else bar, radius, radius)
        painter.end()

    # What screen readers are told

    def part_count(self) -> int:
        """Return how many turns there are."""
        return len(self.rows)

    def part_words(self, number: int) -> str:
        """Return who spoke, and what that takes."""
        row = self.rows[number]
        return _("{speaker}: left out").format(speaker=row.speaker) if row.is_out else tokens_of(row)

    def part_area(self, number: int) -> QRect:
        """Return where a turn is drawn."""
        return QRect(0, number * self.theme.px(ROW), self.width(), self.theme.px(ROW))


def tokens_of(row: TurnRow) -> str:
    """Say how many tokens a turn has."""
    words = ngettext("{speaker}: {count} token", "{speaker}: {count} tokens", row.tokens)
    return words.format(speaker=row.speaker, count=number(row.tokens))
