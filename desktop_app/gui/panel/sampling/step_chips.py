"""Small chips in lines, of which one is chosen: the steps of the sampling chain."""

from collections.abc import Sequence

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, QSize, QStringListModel, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QListView,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from desktop_app.gui.look.mirroring import placed
from desktop_app.gui.look.theme import MEDIUM, Theme, Themed
from desktop_app.gui.widgets.keyboard_focus import KeyboardFocus
from desktop_app.gui.widgets.painting import paint_box

HEIGHT = 26
GAP = 4
Index = QModelIndex | QPersistentModelIndex


class _ChipPainter(QStyledItemDelegate):
    """Paints the chips."""

    def __init__(self, view: "StepChips") -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Room for the title, and for the gap to the next chip."""
        return self._view.chip_size(str(index.data()))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one chip in its state."""
        theme, state = self._view.theme, option.state
        gap = theme.px(GAP)
        area = placed(painter, option.rect.adjusted(0, 0, -gap, -gap), option.rect)
        chosen = index == self._view.currentIndex()
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill = "accent_soft" if chosen else "hover" if hovered else None
        line = "accent" if chosen else "line"
        paint_box(painter, area, theme, fill=fill, line=line, ring=chosen and self._view.has_ring)
        painter.setFont(theme.font("tiny", MEDIUM))
        painter.setPen(theme.colors.accent if chosen else theme.colors.text)
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, str(index.data()))
        painter.restore()


class StepChips(KeyboardFocus, Themed, QListView):
    """Qt's list laid out in lines, so that arrow keys and screen readers know it; `chosen` carries the place of a chip."""

    chosen = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        QListView.__init__(self, parent)
        self.theme = theme
        self._titles: Sequence[str] = ()
        self._model = QStringListModel(self)
        self.setModel(self._model)
        self.setItemDelegate(_ChipPainter(self))
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QListView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.selectionModel().currentChanged.connect(self._tell)
        self.apply_theme()

    def show_titles(self, titles: Sequence[str], chosen: int) -> None:
        """Show these chips, one of them chosen, without telling anybody."""
        self.selectionModel().blockSignals(True)
        if list(titles) != list(self._titles):
            self._titles = titles
            self._model.setStringList(list(titles))
            self._fit()
        index = self._model.index(chosen)
        if index != self.currentIndex():
            self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            self.viewport().update()
        self.selectionModel().blockSignals(False)

    def chip_size(self, title: str) -> QSize:
        """Return what a chip takes, its gap included."""
        px = self.theme.px
        width = QFontMetrics(self.theme.font("tiny", MEDIUM)).horizontalAdvance(title) + 2 * px(8)
        return QSize(width + px(GAP), px(HEIGHT) + px(GAP))

    def apply_theme(self) -> None:
        """Take over the sizes."""
        self._fit()
        self.doItemsLayout()
        super().apply_theme()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take as many lines as the width asks for."""
        super().resizeEvent(event)
        self._fit()

    def _tell(self, current: QModelIndex) -> None:
        if current.isValid():
            self.viewport().update()
            self.chosen.emit(current.row())

    def _fit(self) -> None:
        room, lines, taken = max(1, self.viewport().width()), 1, 0
        for title in self._titles:
            width = self.chip_size(title).width()
            if taken and taken + width > room:
                lines, taken = lines + 1, 0
            taken += width
        self.setFixedHeight(lines * self.chip_size("").height())
