"""A list of bars: a word, how likely it is, and a mark of how likely it was."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QFocusEvent, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QFrame, QListView, QSizePolicy, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from desktop_app.gui.look.mirroring import paint_words, placed
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.widgets.keyboard_focus import KeyboardFocus
from desktop_app.gui.widgets.painting import paint_box

ROW_HEIGHT = 24
WORD_WIDTH, LONG_WORD_WIDTH = 92, 132
"""The room for words, and where a longer one is among them: two that begin alike are not to look the same."""
VALUE_WIDTH = 48
"""At least; a longer word has its room."""
BAR_HEIGHT = 10
LEAST_BAR = 4
SCALES = (0.05, 0.1, 0.2, 0.35, 0.7, 1.0)
"""What a whole bar may stand for: the least that holds all of them."""
Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()


@dataclass(frozen=True)
class Bar:
    """A line: `share` and `before` from 0 to 1, `value` what stands behind the bar, `told` all of it in words."""

    word: str
    share: float
    before: float
    value: str
    told: str
    is_cut: bool = False


class BarModel(QAbstractListModel):
    """The lines for views and screen readers."""

    def __init__(self, parent: QObject | None) -> None:
        super().__init__(parent)
        self.bars: Sequence[Bar] = ()

    def show(self, bars: Sequence[Bar]) -> None:
        """Show `bars` instead."""
        if len(bars) != len(self.bars):
            self.beginResetModel()
            self.bars = bars
            self.endResetModel()
        elif bars != self.bars:
            self.bars = bars
            self.dataChanged.emit(self.index(0), self.index(len(bars) - 1))

    def rowCount(self, parent: Index = ROOT) -> int:
        """How many lines there are."""
        return 0 if parent.isValid() else len(self.bars)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the word, and for tooltips and screen readers the line in words."""
        bar = self.bars[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return bar.word
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return bar.told
        return None


class _BarPainter(QStyledItemDelegate):
    """Paints the lines."""

    def __init__(self, view: "BarList") -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Every line is equally high."""
        return QSize(self._view.theme.px(100), self._view.theme.px(ROW_HEIGHT))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one line."""
        theme = self._view.theme
        px, bar, area = theme.px, self._view.rows.bars[index.row()], QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        indent = 0
        if self._view.has_ring and index == self._view.currentIndex():
            paint_box(painter, area, theme, fill=None, line=None, ring=True)
            indent = px(6)
        painter.setFont(theme.font("small"))
        painter.setPen(theme.colors.muted if bar.is_cut else theme.colors.text)
        word_area = QRectF(area.left() + indent, area.top(), self._view.word_width - px(8) - indent, area.height())
        paint_words(painter, placed(painter, word_area, area), bar.word)
        wide = self._view.value_width
        value_area = QRectF(area.right() - wide - indent, area.top(), wide, area.height())
        paint_words(painter, placed(painter, value_area, area), bar.value, trailing=True)
        height = px(BAR_HEIGHT)
        left = area.left() + self._view.word_width
        room = QRectF(left, area.center().y() - height / 2, area.right() - wide - px(8) - left, height)
        self._paint_bar(painter, placed(painter, room, area), bar)
        painter.restore()

    def _paint_bar(self, painter: QPainter, room: QRectF, bar: Bar) -> None:
        theme, scale = self._view.theme, self._view.scale
        px, radius = theme.px, theme.px(3)
        before = min(1.0, bar.before / scale) * room.width()
        if bar.is_cut:
            pen = QPen(theme.colors.control_line, 1, Qt.PenStyle.DashLine)
            pen.setDashPattern([2, 2])
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            ghost = QRectF(room.left(), room.top(), max(px(LEAST_BAR) + 2, before), room.height())
            painter.drawRoundedRect(placed(painter, ghost, room).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
            return
        width = max(px(LEAST_BAR), min(1.0, bar.share / scale) * room.width())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colors.accent)
        filled = placed(painter, QRectF(room.left(), room.top(), width, room.height()), room)
        painter.drawRoundedRect(filled, radius, radius)
        painter.setBrush(theme.colors.text)
        mark = QRectF(round(room.left() + before) - 1, room.top() - px(3), 2, room.height() + px(6))
        if before > px(LEAST_BAR):
            painter.drawRect(placed(painter, mark, room))


class BarList(KeyboardFocus, Themed, QListView):
    """The lines below each other, as high as they need; one widget, whose lines arrow keys and screen readers reach."""

    def __init__(self, theme: Theme, lines: int, widest: str, parent: QWidget) -> None:
        """Have room for so many `lines`, and for `widest` behind each bar."""
        QListView.__init__(self, parent)
        self.theme = theme
        self.rows = BarModel(self)
        self.scale = 1.0
        self._lines = lines
        self._widest = widest
        self.value_width = 0
        self.word_width = 0
        self.setModel(self.rows)
        self.setItemDelegate(_BarPainter(self))
        self.setUniformItemSizes(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.apply_theme()

    def show_bars(self, bars: Sequence[Bar]) -> None:
        """Show `bars`, the longest nearly as long as there is room."""
        longest = max((max(bar.share, bar.before) for bar in bars), default=1.0)
        scale = next((scale for scale in SCALES if longest <= scale), SCALES[-1])
        if scale != self.scale:
            self.scale = scale
            self.viewport().update()
        self.rows.show(bars)
        self._fit_words()

    def _fit_words(self) -> None:
        """Give words more room where one is long."""
        px, metrics = self.theme.px, QFontMetrics(self.theme.font("small"))
        longest = max((metrics.horizontalAdvance(bar.word) for bar in self.rows.bars), default=0)
        width = px(WORD_WIDTH) if longest <= px(WORD_WIDTH) - px(8) else px(LONG_WORD_WIDTH)
        if width != self.word_width:
            self.word_width = width
            self.viewport().update()

    def apply_theme(self) -> None:
        """Take over the height, and the room for values."""
        wide = QFontMetrics(self.theme.font("small")).horizontalAdvance(self._widest) + 1
        self.value_width = max(self.theme.px(VALUE_WIDTH), wide)
        self._fit_words()
        self.setFixedHeight(self._lines * self.theme.px(ROW_HEIGHT))
        self.doItemsLayout()
        super().apply_theme()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Remember how the focus came, and stand on a line."""
        super().focusInEvent(event)
        if self.by_keyboard and not self.currentIndex().isValid():
            self.setCurrentIndex(self.rows.index(0))
