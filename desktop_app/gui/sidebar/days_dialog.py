"""Asks from which day to which day is searched."""

from datetime import date

from PySide6.QtCore import QDate, QLocale, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLayout, QVBoxLayout, QWidget

from desktop_app.gui.dialogs.dialog import AppDialog
from desktop_app.gui.dialogs.room import fix
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.controls import Button, ButtonKind, Label
from desktop_app.gui.widgets.date_field import DateField
from desktop_app.support.i18n import _

WIDTH = 360


class DaysDialog(AppDialog):
    """Two days; `chosen` has the earlier one first, and words for the time between."""

    chosen = Signal(object, object, str)

    def __init__(self, theme: Theme, first: date, last: date, parent: QWidget) -> None:
        super().__init__(theme, _("Search from … to …"), parent)
        px = theme.px
        self.first = self._day(_("From"), first)
        self.last = self._day(_("To"), last)
        cancel = Button(theme, _("Cancel"), parent=self)
        accept = Button(theme, _("Search"), kind=ButtonKind.PRIMARY, parent=self)
        accept.setDefault(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(24), px(24), px(24))
        column.setSpacing(px(8))
        column.addWidget(Label(theme, _("Search from … to …"), "title", parent=self))
        for name, edit in ((_("From"), self.first), (_("To"), self.last)):
            line = QHBoxLayout()
            label = Label(theme, name, "body", parent=self)
            label.setBuddy(edit)
            line.addWidget(label, 1)
            line.addWidget(edit, 2)
            column.addLayout(line)
        column.addSpacing(px(8))
        row = QHBoxLayout()
        row.setSpacing(px(8))
        row.addStretch(1)
        row.addWidget(cancel)
        row.addWidget(accept)
        column.addLayout(row)
        cancel.clicked.connect(self.reject)
        accept.clicked.connect(self.accept)
        column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        fix(self, column, px(WIDTH))
        self.first.setFocus(Qt.FocusReason.OtherFocusReason)

    def accept(self) -> None:
        """Tell the days."""
        days = sorted((self.first.date(), self.last.date()), key=lambda day: day.toJulianDay())
        first, last = (date(day.year(), day.month(), day.day()) for day in days)
        locale = QLocale()
        shown = [locale.toString(day, QLocale.FormatType.ShortFormat) for day in days]
        super().accept()
        words = shown[0] if first == last else _("{first} to {last}").format(first=shown[0], last=shown[1])
        self.chosen.emit(first, last, words)

    def _day(self, name: str, value: date) -> DateField:
        written = QLocale().dateFormat(QLocale.FormatType.ShortFormat)
        edit = DateField(self.theme, QDate(value.year, value.month, value.day), self, written=written)
        edit.setAccessibleName(name)
        edit.setFont(self.theme.font("body"))
        return edit
