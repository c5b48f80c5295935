"""The small map of a chat's branches: a list whose rows draw the tree, to jump from one branch to another."""

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QDateTime,
    QItemSelectionModel,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLayout,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from desktop_app.domain.branch_map import Stretch
from desktop_app.gui.dialogs.dialog import AppDialog
from desktop_app.gui.dialogs.room import fit
from desktop_app.gui.look.mirroring import is_mirrored, paint_words, placed
from desktop_app.gui.look.theme import MEDIUM, NORMAL, Theme, Themed
from desktop_app.gui.widgets.controls import Button, ButtonKind, Label
from desktop_app.gui.widgets.painting import paint_box
from desktop_app.support.formats import number, side_by_side
from desktop_app.support.i18n import _, ngettext

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
ROW_HEIGHT, LANE, DOT, MARGIN = 44, 18, 9, 12
MOST_LANES = 6
"""How many lanes are drawn; what is further right is drawn in the last of them."""


class StretchRows(QAbstractListModel):
    """The stretches as rows; a row is only asked for its words when it can be seen."""

    def __init__(self, rows: Sequence[Stretch], parent: QObject) -> None:
        super().__init__(parent)
        self.rows = rows

    def rowCount(self, parent: Index = ROOT) -> int:
        """How many rows there are."""
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what a row says."""
        if role == Qt.ItemDataRole.DisplayRole:
            return words(self.rows[index.row()])
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            row = self.rows[index.row()]
            shown = [_("shown now")] if row.is_shown else []
            return side_by_side([words(row), *shown, facts(row)])
        return None


class StretchPainter(Themed, QStyledItemDelegate):
    """Draws a row: the lines of the tree, and beside them words and facts."""

    def __init__(self, theme: Theme, rows: Sequence[Stretch], parent: QObject) -> None:
        QStyledItemDelegate.__init__(self, parent)
        self.theme = theme
        self._rows = rows
        self._last_shown = max((place for place, row in enumerate(rows) if row.is_shown), default=-1)
        self._lanes = min(MOST_LANES, 1 + max((row.lane for row in rows), default=0))

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """All rows are equally high."""
        return QSize(self.theme.px(160), self.theme.px(ROW_HEIGHT))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw a row in its state."""
        theme, px, row = self.theme, self.theme.px, self._rows[index.row()]
        area, state = QRectF(option.rect), option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen, hovered = state & QStyle.StateFlag.State_Selected, state & QStyle.StateFlag.State_MouseOver
        fill = "selected" if chosen else "hover" if hovered else None
        ring = bool(state & QStyle.StateFlag.State_HasFocus and chosen)
        paint_box(painter, area, theme, fill=fill, line=None, ring=ring)
        self._paint_lines(painter, area, row, leads_to_shown=index.row() < self._last_shown)
        left = area.left() + px(MARGIN) + self._lanes * px(LANE) + px(4)
        room = QRectF(left, area.top() + px(4), area.right() - px(MARGIN) - left, area.height() / 2 - px(4))
        room = placed(painter, room, area)
        painter.setFont(theme.font("body", MEDIUM if row.is_shown else NORMAL))
        painter.setPen(theme.colors.text)
        paint_words(painter, room, words(row))
        painter.setFont(theme.font("small"))
        painter.setPen(theme.colors.muted)
        paint_words(painter, room.translated(0, room.height()), facts(row))
        painter.restore()

    def _paint_lines(self, painter: QPainter, area: QRectF, row: Stretch, *, leads_to_shown: bool) -> None:
        """Draw the lines through a row and its own; the first lane is that of the shown branch, as far as it goes."""
        px, colors = self.theme.px, self.theme.colors
        middle, bottom = area.center().y(), area.bottom() + 1

        def across(lane: int) -> float:
            away = px(MARGIN) + (min(lane, self._lanes - 1) + 0.5) * px(LANE)
            return area.right() - away if is_mirrored(painter) else area.left() + away

        own = across(row.lane)
        painter.setPen(self._pen(shown=row.is_shown))
        if row.parent_lane is not None:
            path = QPainterPath(QPointF(across(row.parent_lane), area.top()))
            path.quadTo(QPointF(across(row.parent_lane), middle), QPointF(own, middle))
            painter.drawPath(path)
        for lane in row.through:  # what goes straight on lies on top of what turns off
            painter.setPen(self._pen(shown=lane == 0 and leads_to_shown))
            painter.drawLine(QPointF(across(lane), area.top()), QPointF(across(lane), bottom))
        if not row.is_leaf:
            painter.setPen(self._pen(shown=row.is_shown and leads_to_shown))
            painter.drawLine(QPointF(own, middle), QPointF(own, bottom))
        side = px(DOT)
        painter.setPen(QPen(colors.accent if row.is_shown else colors.control_line, 2))
        painter.setBrush(colors.accent if row.is_shown else colors.surface)
        painter.drawEllipse(QRectF(own - side / 2, middle - side / 2, side, side))
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _pen(self, *, shown: bool) -> QPen:
        return QPen(self.theme.colors.accent if shown else self.theme.colors.control_line, 2)


class BranchList(QListView):
    """The rows; Enter jumps as a click does."""

    jumped = Signal(int)

    def __init__(self, theme: Theme, rows: Sequence[Stretch], parent: QWidget) -> None:
        super().__init__(parent)
        self.setModel(StretchRows(rows, self))
        self.setItemDelegate(StretchPainter(theme, rows, self))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setAccessibleName(_("Map of the branches"))
        self.clicked.connect(lambda index: self.jumped.emit(index.row()))
        ends = [place for place, row in enumerate(rows) if row.is_shown]
        if ends:
            self.selectionModel().setCurrentIndex(
                self.model().index(ends[-1], 0), QItemSelectionModel.SelectionFlag.ClearAndSelect
            )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Jump with Enter."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.jumped.emit(self.currentIndex().row())
        else:
            super().keyPressEvent(event)


class BranchMapDialog(AppDialog):
    """Shows the stretches of a chat; `chosen` has the one that a person jumps to."""

    chosen = Signal(object)

    def __init__(self, theme: Theme, rows: Sequence[Stretch], parent: QWidget | None = None) -> None:
        super().__init__(theme, _("Map of the branches"), parent)
        px = theme.px
        self.rows = rows
        count = sum(row.is_leaf for row in rows)
        branches = ngettext("{count} branch", "{count} branches", count).format(count=number(count))
        self.list = BranchList(theme, rows, self)
        self.list.jumped.connect(self._jump)
        self.close_button = Button(theme, _("Close"), kind=ButtonKind.PRIMARY, parent=self)
        self.close_button.setAutoDefault(False)
        self.close_button.clicked.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(20), px(20), px(20), px(20))
        column.setSpacing(px(8))
        column.addWidget(Label(theme, _("Map of the branches"), "title", parent=self))
        hint = _("{branches}. The one in colour is shown now; Enter or a click goes to another.")
        column.addWidget(Label(theme, hint.format(branches=branches), "small", "muted", wraps=True, parent=self))
        column.addWidget(self.list, 1)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.close_button)
        column.addLayout(row)
        column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        wanted = QSize(px(560), px(200) + px(ROW_HEIGHT) * min(len(rows), 10))
        room = parent.size() if parent is not None else wanted
        least = QSize(px(320), px(280))
        fit(self, wanted.boundedTo(room).expandedTo(least), least)
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)
        if self.list.currentIndex().isValid():
            self.list.scrollTo(self.list.currentIndex())

    def _jump(self, place: int) -> None:
        self.accept()
        self.chosen.emit(self.rows[place])


def words(row: Stretch) -> str:
    """Return what a stretch begins with."""
    if not row.words:
        return _("Answer without words") if row.is_answer else _("Question without words")
    return _("Answer: {words}").format(words=row.words) if row.is_answer else row.words


def facts(row: Stretch) -> str:
    """Return how long a stretch is, and when it ended."""
    count = ngettext("{count} message", "{count} messages", row.count).format(count=number(row.count))
    moment = QDateTime.fromSecsSinceEpoch(int(row.last.created_at))
    is_today = moment.date() == QDateTime.currentDateTime().date()
    short = QLocale.FormatType.ShortFormat
    when = QLocale().toString(moment.time(), short) if is_today else QLocale().toString(moment, short)
    edited = [_("edited by you")] if row.first.is_edited else []
    return side_by_side([count, *edited, when])
