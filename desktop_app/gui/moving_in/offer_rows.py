"""The chats that could come in, as a list with check boxes: the rows, and how they look."""

from collections.abc import Sequence
from typing import TypeGuard

from PySide6.QtCore import (
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop_app.domain.moving_in import SkippedChat
from desktop_app.domain.offers import Arrival, Offer, Preview
from desktop_app.gui.look.mirroring import paint_words, placed
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.widgets.long_rows import LongRows
from desktop_app.gui.widgets.painting import badge_width, paint_badge, paint_box
from desktop_app.services.chat_files.import_words import arrival_word, offer_title, skip_words
from desktop_app.support.formats import date, listed, number
from desktop_app.support.i18n import _, ngettext

Index = QModelIndex | QPersistentModelIndex
ROW_HEIGHT = 36
NARROW = 440
"""Below this width a row has only its day beside the title."""


class OfferRows(LongRows):
    """The chats that match what was typed, and behind them those that are skipped; `changed` when others are chosen.

    Those that are here as they are cannot be chosen, for nothing would become of them.
    """

    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.rows: Sequence[Offer | SkippedChat] = ()
        self.chosen: set[str] = set()
        self.all: Sequence[tuple[str, Offer | SkippedChat]] = ()

    @property
    def can_choose(self) -> bool:
        """Whether there are chats, listed or not, of which something would become."""
        return any(can_come(row) for _folded, row in self.all)

    def show_preview(self, preview: Preview) -> None:
        """List the chats of a file, with all chosen that something would become of."""
        offers: list[tuple[str, Offer | SkippedChat]] = [
            (" ".join((offer.title, *offer.models)).casefold(), offer) for offer in preview.offers
        ]
        self.all = offers + [(skipped.title.casefold(), skipped) for skipped in preview.skipped]
        self.chosen = {offer.id for offer in preview.offers if can_come(offer)}
        self._show([row for _folded, row in self.all])

    def take_over(self, former: "OfferRows") -> None:
        """List what others list, with the same chosen."""
        self.all, self.chosen = former.all, former.chosen
        self._show(former.rows)

    def filter(self, typed: str) -> None:
        """List the chats that have every word in their titles or the names of their models."""
        needles = typed.casefold().split()
        self._show([row for folded, row in self.all if all(needle in folded for needle in needles)])

    def choose_listed(self, chosen: bool) -> None:
        """Choose all that are listed, or none of them."""
        ids = {row.id for row in self.rows if can_come(row)}
        self.chosen = self.chosen | ids if chosen else self.chosen - ids
        if self.rows:
            role = [Qt.ItemDataRole.CheckStateRole]
            self.dataChanged.emit(self.index(0), self.index(len(self.rows) - 1), role)
        self.changed.emit()

    def toggle(self, index: Index) -> None:
        """Choose a chat, or no longer."""
        row = self.rows[index.row()] if index.isValid() else None
        if row is None or not can_come(row):
            return
        self.chosen ^= {row.id}
        self.dataChanged.emit(index, index, [Qt.ItemDataRole.CheckStateRole])
        self.changed.emit()

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Let those be checked that something would become of."""
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return flags | Qt.ItemFlag.ItemIsUserCheckable if can_come(self.rows[index.row()]) else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what is read aloud of a row, its tooltip, and whether it is chosen."""
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return listed((offer_title(row.title), about(row)))
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(part for part in (offer_title(row.title), *_details(row)) if part)
        if role == Qt.ItemDataRole.CheckStateRole and can_come(row):
            return Qt.CheckState.Checked if row.id in self.chosen else Qt.CheckState.Unchecked
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Take over a check mark from assistive technology."""
        if role != Qt.ItemDataRole.CheckStateRole or not can_come(self.rows[index.row()]):
            return False
        if (self.data(index, role) == Qt.CheckState.Checked) != (Qt.CheckState(value) == Qt.CheckState.Checked):
            self.toggle(index)
        return True

    def _show(self, rows: Sequence[Offer | SkippedChat]) -> None:
        self.rows = rows
        self._reset(len(rows))
        self.changed.emit()


class OfferPainter(Themed, QStyledItemDelegate):
    """Paints a chat: its check box, its title, when and how long it was, and what would become of it."""

    def __init__(self, theme: Theme, rows: OfferRows, parent: QObject) -> None:
        QStyledItemDelegate.__init__(self, parent)
        self.theme = theme
        self.has_ring = False
        self._rows = rows

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """All rows are equally high."""
        return QSize(self.theme.px(100), self.theme.px(ROW_HEIGHT))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one row."""
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        row = self._rows.rows[index.row()]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_current = bool(state & QStyle.StateFlag.State_HasFocus)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        fill = "hover" if hovered or is_current else None
        paint_box(painter, rect, self.theme, fill=fill, line=None, ring=is_current and self.has_ring)
        self._paint_row(painter, QRectF(rect), row)
        painter.restore()

    def _paint_row(self, painter: QPainter, row_area: QRectF, row: Offer | SkippedChat) -> None:
        px, colors = self.theme.px, self.theme.colors
        is_wide = row_area.width() > px(NARROW)
        area = row_area.adjusted(px(12), 0, -px(12), 0)
        if can_come(row):
            box = QRectF(area.left(), area.top(), px(18), area.height())
            self._paint_check(painter, placed(painter, box, row_area), checked=row.id in self._rows.chosen)
        area.setLeft(area.left() + px(30))
        if is_wide and isinstance(row, Offer) and row.arrival is not Arrival.NEW:
            area.setRight(area.right() - self._paint_badge(painter, area, row_area, row.arrival) - px(10))
        painter.setFont(self.theme.font("small"))
        painter.setPen(colors.muted)
        words = about(row) if is_wide else _short(row)
        room = painter.fontMetrics().horizontalAdvance(words) + 1
        end = QRectF(area.right() - room, area.top(), room, area.height())
        paint_words(painter, placed(painter, end, row_area), words, trailing=True)
        painter.setFont(self.theme.font("body"))
        painter.setPen(colors.text if can_come(row) else colors.muted)
        area.setRight(max(area.left(), end.left() - px(16)))
        paint_words(painter, placed(painter, area, row_area), offer_title(row.title))

    def _paint_badge(self, painter: QPainter, area: QRectF, row_area: QRectF, arrival: Arrival) -> int:
        """Say at the end of an area what would become of a chat; return the room that it takes."""
        words, height = arrival_word(arrival), self.theme.px(20)
        width = badge_width(self.theme, words)
        box = QRectF(area.right() - width, round(area.center().y() - height / 2), width, height)
        color = "muted" if arrival is Arrival.THERE else "accent"
        paint_badge(painter, placed(painter, box, row_area), self.theme, words, color)
        return width

    def _paint_check(self, painter: QPainter, area: QRectF, *, checked: bool) -> None:
        side = self.theme.px(18)
        box = QRectF(area.left(), round(area.center().y() - side / 2), side, side)
        fill, line = ("accent", "accent") if checked else ("surface", "control_line")
        painter.setPen(self.theme.colors.named(line))
        painter.setBrush(self.theme.colors.named(fill))
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), self.theme.px(4), self.theme.px(4))
        if checked:
            self.theme.paint_icon(painter, box, "check", "on_accent", 14)


def can_come(row: Offer | SkippedChat) -> TypeGuard[Offer]:
    """Whether something would become of a chat."""
    return isinstance(row, Offer) and row.arrival is not Arrival.THERE


def about(row: Offer | SkippedChat) -> str:
    """Return when a chat was last used and how long it is, or why it is skipped."""
    if isinstance(row, SkippedChat):
        return skip_words(row)
    words = ngettext("{day} · {count} message", "{day} · {count} messages", row.messages)
    return words.format(day=_short(row), count=number(row.messages))


def _short(row: Offer | SkippedChat) -> str:
    """Return when a chat was last used, without the time."""
    return _("skipped") if isinstance(row, SkippedChat) else date(row.last_at)


def _details(row: Offer | SkippedChat) -> tuple[str, ...]:
    if isinstance(row, SkippedChat):
        return (skip_words(row), row.place)
    branches = ngettext("{count} branch", "{count} branches", row.branches).format(count=number(row.branches))
    return (about(row), branches if row.branches > 1 else "", listed(row.models), arrival_word(row.arrival))
