"""A card of facts: names on the left, values on the right, or below where it is narrow."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QPalette,
    QResizeEvent,
    QTextBlockFormat,
    QTextCursor,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGridLayout, QTextEdit, QWidget

from desktop_app.gui.look.lines import line_pitch
from desktop_app.gui.look.mirroring import FROM_RIGHT, is_mirrored, told_apart
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.widgets.controls import Card, Label
from desktop_app.gui.widgets.keyboard_focus import KEYBOARD_REASONS
from desktop_app.support.formats import date, date_and_time
from desktop_app.support.i18n import _

STACKED = 420
"""Below this width, in pixels at 100 %, values go under their names."""


class Fact(NamedTuple):
    """A name and a value; empty for what is not known. A `long` value may break anywhere and can be selected."""

    name: str
    value: str
    long: bool = False


class SelectableText(Themed, QTextEdit):
    """Plain text that can be selected and copied, as high as it needs to be."""

    def __init__(self, theme: Theme, name: str, text: str, parent: QWidget | None = None) -> None:
        QTextEdit.__init__(self, parent)
        self.theme = theme
        self.setAccessibleName(name)
        self.setReadOnly(True)
        self.setAcceptRichText(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setCursorWidth(0)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.document().setDocumentMargin(0)
        self.viewport().setAutoFillBackground(False)
        self.viewport().setCursor(Qt.CursorShape.IBeamCursor)
        self.setPlainText(told_apart(text))
        if is_mirrored(self):  # Qt would have a text in a script from the left on the left
            option = self.document().defaultTextOption()
            option.setAlignment(FROM_RIGHT)
            self.document().setDefaultTextOption(option)
        self.apply_theme()

    def apply_theme(self) -> None:
        """Take over font and colours."""
        self.setFont(self.theme.font("body"))
        palette = QPalette(self.theme.palette())
        palette.setColor(QPalette.ColorRole.Base, Qt.GlobalColor.transparent)
        self.setPalette(palette)
        self.part_lines()
        self._fit()
        super().apply_theme()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Be as high as the new width asks for."""
        super().resizeEvent(event)
        self._fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave scrolling to the page."""
        event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave Escape to the window."""
        if event.key() == Qt.Key.Key_Escape:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the text cursor to those who came by keyboard."""
        self.setCursorWidth(2 if event.reason() in KEYBOARD_REASONS else 0)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Hide it again."""
        self.setCursorWidth(0)
        super().focusOutEvent(event)

    def part_lines(self) -> None:
        """Put as much room between lines as labels have."""
        between = max(0, line_pitch(self.theme, self.font()) - self._line_height())
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        block = QTextBlockFormat()
        block.setLineHeight(between, QTextBlockFormat.LineHeightTypes.LineDistanceHeight.value)
        cursor.mergeBlockFormat(block)
        root = self.document().rootFrame()
        around = root.frameFormat()
        around.setBottomMargin(-between)  # there would be some below the last line, too
        root.setFrameFormat(around)

    def _fit(self) -> None:
        self.document().setTextWidth(self.viewport().width())
        self.setFixedHeight(max(self._line_height(), math.ceil(self.document().size().height())))

    def _line_height(self) -> int:
        return math.ceil(QFontMetricsF(self.font()).height())


class Facts(Card):
    """Rows of facts."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent=parent)
        px = theme.px
        self._rows: list[tuple[Label, QWidget]] = []
        self._stacked = False
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(px(16), px(14), px(16), px(14))
        self._grid.setHorizontalSpacing(px(24))
        self._grid.setColumnStretch(1, 1)

    def set_facts(self, facts: Sequence[Fact]) -> None:
        """Show `facts` in place of what was shown."""
        for widget in (widget for row in self._rows for widget in row):
            self._grid.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        self._rows = [(Label(self.theme, fact.name, "body", "muted"), self._value(fact)) for fact in facts]
        self._arrange()

    def value(self, name: str) -> str:
        """Return the value that stands beside `name`; raises StopIteration where there is none."""
        shown = next(value for label, value in self._rows if label.text() == name)
        return shown.toPlainText() if isinstance(shown, SelectableText) else str(shown.property("text"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put values under their names where there is little room."""
        stacked = event.size().width() < self.theme.px(STACKED)
        if stacked != self._stacked:
            self._stacked = stacked
            self._arrange()
        super().resizeEvent(event)

    def _value(self, fact: Fact) -> QWidget:
        if not fact.value:
            return Label(self.theme, _("unknown"), "body", "muted")
        if fact.long:
            return SelectableText(self.theme, fact.name, fact.value)
        return Label(self.theme, fact.value, "body", wraps=True)

    def _arrange(self) -> None:
        top = Qt.AlignmentFlag.AlignTop
        between = self.theme.px(8)
        self._grid.setVerticalSpacing(0 if self._stacked else between)
        for place, (name, value) in enumerate(self._rows):
            name.setContentsMargins(0, between if self._stacked and place else 0, 0, 0)  # nearer to its own value
            for widget in (name, value):
                self._grid.removeWidget(widget)
            if self._stacked:
                self._grid.addWidget(name, 2 * place, 0, 1, 2, top)
                self._grid.addWidget(value, 2 * place + 1, 0, 1, 2, top)
            else:
                self._grid.addWidget(name, place, 0, top)
                self._grid.addWidget(value, place, 1, top)


def readable_day(moment: float) -> str:
    """Return the day of `moment`, in seconds since 1970; empty for 0."""
    return date(moment) if moment else ""


def readable_moment(moment: float) -> str:
    """Return day and minute of `moment`, in seconds since 1970; empty for 0."""
    return date_and_time(moment) if moment else ""
