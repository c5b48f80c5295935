"""A card of facts: names on the left, values on the right, or below where it is narrow."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.controls import Card, Label
from desktop_app.gui.widgets.selectable_text import SelectableText
from desktop_app.support.formats import date, date_and_time
from desktop_app.support.i18n import _

STACKED = 420
"""Below this width, in pixels at 100 %, values go under their names."""


class Fact(NamedTuple):
    """A name and a value; empty for what is not known. A `long` value may break anywhere and can be selected."""

    name: str
    value: str
    long: bool = False


class Facts(Card):
    """Rows of facts."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent=parent)
        px = theme.px
        self._rows: list[tuple[Label, QWidget]] = []
        self._stacked = False
        self._begins = 0
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

    @property
    def names_width(self) -> int:
        """The room that the longest name takes, in pixels."""
        return max((name.sizeHint().width() for name, _value in self._rows), default=0)

    def line_up(self, width: int) -> None:
        """Have the values begin as if the longest name took so many pixels: where they do on the cards beside this one."""
        self._begins = width
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
        self._grid.setColumnMinimumWidth(0, 0 if self._stacked else self._begins)
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
