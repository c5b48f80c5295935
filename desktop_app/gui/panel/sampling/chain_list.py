"""The order of the sampling chain, as a list whose entries can be dragged, and moved with Alt and the arrow keys."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from desktop_app.domain.sampling import CHAIN_ORDER, Sampling
from desktop_app.domain.sampling_rules import STEP_TITLES, Hindrance, is_on, matters
from desktop_app.gui.look.mirroring import paint_words, placed, set_margins
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.panel.sampling.parameter_row import VALUE_OVERHANG
from desktop_app.gui.widgets.announcing import announce
from desktop_app.gui.widgets.controls import Button, ButtonSize, Label
from desktop_app.gui.widgets.key_names import modifier
from desktop_app.gui.widgets.painting import paint_box
from desktop_app.support.i18n import _

ROW_HEIGHT = 32
STEP_ROLE = Qt.ItemDataRole.UserRole
NOTE_ROLE = Qt.ItemDataRole.UserRole + 1


class StepDelegate(QStyledItemDelegate):
    """Draws a step: dots to take hold of, its title, and at the end why it does nothing."""

    def __init__(self, view: "StepView") -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """One line."""
        return QSize(self._view.theme.px(120), self._view.theme.px(ROW_HEIGHT))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw the step in its state."""
        theme, px = self._view.theme, self._view.theme.px
        area = QRectF(option.rect)
        state = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = bool(state & QStyle.StateFlag.State_Selected) and self._view.hasFocus()
        fill = "hover" if state & QStyle.StateFlag.State_MouseOver else None
        paint_box(painter, area, theme, fill=fill, line=None, ring=chosen)
        note = index.data(NOTE_ROLE)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colors.control_line)
        for dot in range(6):
            x, y = px(8) + (dot % 2) * px(5), area.center().y() + (dot // 2 - 1) * px(5)
            painter.drawEllipse(placed(painter, QRectF(area.left() + x, y - 1, 2.5, 2.5), area))
        words = area.adjusted(px(26), 0, -px(8), 0)
        painter.setFont(theme.font("body"))
        painter.setPen(theme.colors.muted if note else theme.colors.text)
        title = index.data(Qt.ItemDataRole.DisplayRole)
        paint_words(painter, placed(painter, words, area), title)
        rest = words.adjusted(painter.fontMetrics().horizontalAdvance(title) + px(8), 0, 0, 0)
        painter.setFont(theme.font("small"))
        painter.setPen(theme.colors.muted)
        paint_words(painter, placed(painter, rest, area), note or "", trailing=True)
        painter.restore()


class StepView(Themed, QListWidget):
    """The list itself; `moved` comes when a person moved a step."""

    moved = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        QListWidget.__init__(self, parent)
        self.theme = theme
        self.setItemDelegate(StepDelegate(self))
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setAccessibleName(_("Order of the steps"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.model().rowsMoved.connect(lambda *_moved: self.moved.emit())
        self.apply_theme()

    def apply_theme(self) -> None:
        """Be as high as all steps, each at its height."""
        self.setFixedHeight(self.theme.px(ROW_HEIGHT) * len(CHAIN_ORDER) + 2)
        self.scheduleDelayedItemsLayout()
        super().apply_theme()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the page, which scrolls."""
        event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the step with Alt and an arrow key."""
        by = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if by is None or event.modifiers() != Qt.KeyboardModifier.AltModifier:
            super().keyPressEvent(event)
            return
        row = self.currentRow()
        if 0 <= row < self.count() and 0 <= row + by < self.count():
            item = self.takeItem(row)
            self.insertItem(row + by, item)
            self.setCurrentItem(item)
            self.moved.emit()
            words = _("{step} is step {place} of {count} now.")
            announce(self, words.format(step=item.text(), place=row + by + 1, count=self.count()))


class ChainList(Themed, QWidget):
    """Edits `order`; `edited` carries all steps."""

    edited = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        self._steps: tuple[str, ...] = ()
        words = _("The chain works from the top down. Drag a step, or press {alt} and an arrow key.")
        self.view = StepView(theme, self)
        self.reset = Button(theme, _("Reset order"), size=ButtonSize.SMALL, parent=self)
        foot = QHBoxLayout()
        foot.addWidget(self.reset)
        foot.addStretch(1)
        column = self._column = QVBoxLayout(self)
        words = words.format(alt=modifier("Alt"))
        column.addWidget(Label(theme, words, "small", "muted", wraps=True, parent=self))
        column.addWidget(self.view)
        column.addLayout(foot)
        self.view.moved.connect(self._moved)
        self.reset.clicked.connect(lambda: self._take(CHAIN_ORDER))
        self.apply_theme()

    def apply_theme(self) -> None:
        """Take over the margins."""
        px = self.theme.px
        set_margins(self._column, 0, 0, px(VALUE_OVERHANG), 0)
        self._column.setSpacing(px(6))
        super().apply_theme()

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps in the order shown."""
        return tuple(self.view.item(row).data(STEP_ROLE) for row in range(self.view.count()))

    def show_sampling(self, sampling: Sampling) -> None:
        """Show the steps of `sampling` in their order, and which of them do nothing."""
        if sampling.steps != self._steps:
            self._show(sampling.steps)
        for row in range(self.view.count()):
            item = self.view.item(row)
            note = step_note(item.data(STEP_ROLE), sampling)
            if note != item.data(NOTE_ROLE):
                item.setData(NOTE_ROLE, note)
                item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{item.text()}, {note}" if note else item.text())

    def _show(self, steps: Sequence[str]) -> None:
        self._steps = tuple(steps)
        current = self.view.currentItem().data(STEP_ROLE) if self.view.currentItem() is not None else None
        self.view.clear()
        titles: dict[str, str] = {str(step): title for step, title in STEP_TITLES.items()}
        for step in steps:
            item = QListWidgetItem(_(titles[step]))
            item.setData(STEP_ROLE, step)
            item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsDropEnabled)
            self.view.addItem(item)
            if step == current:
                self.view.setCurrentItem(item)
        self.reset.setEnabled(self._steps != CHAIN_ORDER)

    def _moved(self) -> None:
        self._steps = self.steps
        self.reset.setEnabled(self._steps != CHAIN_ORDER)
        self.edited.emit(self._steps)

    def _take(self, steps: Sequence[str]) -> None:
        self._show(steps)
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)
        self.edited.emit(self._steps)


def step_note(step: str, sampling: Sampling) -> str:
    """Return why a step does nothing, empty where it does."""
    if not is_on(step, sampling):
        return _("off")
    if matters(step, sampling):
        return ""
    return _(Hindrance.GREEDY if sampling.temperature <= 0.0 else Hindrance.MIROSTAT)
