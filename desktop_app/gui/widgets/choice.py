"""A drop-down list; in a file of its own, since the first paint has none, and Qt's styles take long to be learnt."""

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QKeyEvent, QKeySequence, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionComboBox,
    QStyleOptionViewItem,
    QStylePainter,
    QToolTip,
    QWidget,
)

from desktop_app.gui.look.mirroring import placed
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.support.isolates import isolated

_OPENING = ("F4", "Alt+Down")
"""What opens a drop-down list on every platform that has keys for it."""


class _Items(QStyledItemDelegate):
    """Tells the words of an entry that do not fit where it is pointed at."""

    def helpEvent(
        self,
        event: QHelpEvent,
        view: QAbstractItemView,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> bool:
        """Show the tooltip of the entry, or the words that are cut off."""
        is_told = event.type() == QEvent.Type.ToolTip and not index.data(Qt.ItemDataRole.ToolTipRole)
        if is_told and self.sizeHint(option, index).width() > view.viewport().width():
            QToolTip.showText(event.globalPos(), str(index.data()), view)
            return True
        return super().helpEvent(event, view, option, index)


class Choice(Themed, QComboBox):
    """A drop-down list with our own chevron."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        QComboBox.__init__(self, parent)
        self.theme = theme
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.setItemDelegate(_Items(self))  # Qt's own for such lists draws none of the style sheet

    def setAccessibleName(self, name: str) -> None:
        """Say it in the description, too: on Linux, Qt's name of such a list is what is chosen in it."""
        super().setAccessibleName(name)
        self.setAccessibleDescription(name)

    def event(self, event: QEvent) -> bool:
        """Open with the keys that open such lists everywhere, though they are shortcuts elsewhere in the window."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            pressed = event.keyCombination()
            if any(pressed == QKeySequence(keys)[0] for keys in _OPENING):  # type: ignore[index] # Qt's stubs
                event.accept()
                return True
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            cut = [self.currentText()] if self.words != self.currentText() else []
            QToolTip.showText(event.globalPos(), "\n".join(filter(None, [*cut, self.toolTip()])), self)
            return True
        return bool(super().event(event))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the page, unless this is what the person is at."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def sizeHint(self) -> QSize:
        """As high as the fields and buttons beside it, or as its font needs."""
        px = self.theme.px
        width = super().sizeHint().width() + px(2)  # Qt rounds down what words take
        return QSize(width, max(px(36), self.fontMetrics().height() + px(16)))

    def minimumSizeHint(self) -> QSize:
        """As high, too."""
        return QSize(super().minimumSizeHint().width(), self.sizeHint().height())

    @property
    def words(self) -> str:
        """What is chosen, as far as there is room for it."""
        return self.fontMetrics().elidedText(self.currentText(), Qt.TextElideMode.ElideRight, self._field().width())

    def _field(self) -> QRect:
        """Return where the words stand."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        part = QStyle.SubControl.SC_ComboBoxEditField
        return self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, self)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the styled field, with an ellipsis where the words do not fit, then the chevron."""
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        option.currentText = isolated(self.words)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        px = self.theme.px
        area = placed(self, QRectF(self.width() - px(30), 0, px(20), self.height()), self.rect())
        self.theme.paint_icon(painter, area, "chevron-down", "muted" if self.isEnabled() else "disabled", 16)
        painter.end()


def small_choice(theme: Theme, name: str, parent: QWidget) -> Choice:
    """Return a drop-down list as high as the small buttons beside it."""
    choice = Choice(theme, parent)
    choice.setFont(theme.font("small"))
    choice.setFixedHeight(theme.px(32))
    choice.setAccessibleName(name)
    return choice
