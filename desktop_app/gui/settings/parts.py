"""What the settings page consists of."""

from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar, cast

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.gui.forms.field_row import FieldRow
from desktop_app.gui.forms.form import fields_of
from desktop_app.gui.look.theme import SEMIBOLD, Theme
from desktop_app.gui.widgets.controls import Button, ButtonKind, ButtonSize, Card, Label
from desktop_app.support.i18n import _

Part = TypeVar("Part", bound=QWidget)


class SettingSection(QWidget):
    """A heading, and below it a card with a row for each setting of a struct.

    `committed` carries the field and its value, `reset_requested` the name of a setting, or none for all of them.
    """

    committed = Signal(object, object)
    reset_requested = Signal(str)

    def __init__(self, theme: Theme, struct: type[msgspec.Struct]) -> None:
        super().__init__()
        px = theme.px
        assert struct.__doc__ is not None
        self.heading = _(struct.__doc__.strip())
        self.reset = Button(theme, _("Reset section"), kind=ButtonKind.QUIET, size=ButtonSize.SMALL)
        self.reset.setAccessibleName(_("Reset section {name}").format(name=self.heading))
        self.reset.clicked.connect(lambda: self.reset_requested.emit(""))
        policy = self.reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(policy)
        top = QHBoxLayout()
        top.addWidget(Label(theme, self.heading, "body", weight=SEMIBOLD), 1)
        top.addWidget(self.reset)
        card = Card(theme)
        inside = QVBoxLayout(card)
        inside.setContentsMargins(px(16), px(4), px(16), px(4))
        inside.setSpacing(0)
        self.rows: dict[str, FieldRow] = {}
        for spec in fields_of(struct):
            row = self.rows[spec.name] = FieldRow(theme, spec, first=not self.rows)
            row.reset_requested.connect(lambda name=spec.name: self.reset_requested.emit(name))
            row.committed.connect(lambda value, spec=spec: self.committed.emit(spec, value))
            inside.addWidget(row)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, px(16), 0, 0)
        column.setSpacing(px(8))
        column.addLayout(top)
        column.addWidget(card)

    def show_values(self, values: msgspec.Struct) -> None:
        """Show these settings without telling anybody."""
        for name, row in self.rows.items():
            row.show_value(getattr(values, name), row.spec.default)
        self.reset.setVisible(any(row.differs for row in self.rows.values()))

    def matches(self, words: Sequence[str]) -> bool:
        """Whether every word of a search stands in the heading or in one setting; those that lack one are hidden."""
        shown = 0
        for row in self.rows.values():
            fits = row.matches(words, self.heading)
            row.setVisible(fits)
            row.rule.setVisible(shown > 0)
            shown += fits
        return shown > 0


class Parted(Protocol):
    """A page whose parts are made one after another."""

    def make_rest(self) -> None:
        """Make all parts that are not there yet."""


class WhenAsked(Generic[Part]):
    """A part of a page, which keeps it with an underscore before its name: whoever asks for it has all of them made.

    None before the page was shown.
    """

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = f"_{name}"

    def __get__(self, page: Parted, _owner: type) -> Part | None:
        page.make_rest()
        return cast(Part | None, getattr(page, self._name))
