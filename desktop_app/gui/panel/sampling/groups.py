"""The Sampling tab's groups of parameters: sections that fold, each made when it is first opened."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop_app.domain.sampling import Sampling
from desktop_app.domain.sampling_rules import Hindrance, hindrances
from desktop_app.gui.forms.form import Editor, Field, Kind, fields_of
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.panel.sampling.chain_list import ChainList
from desktop_app.gui.panel.sampling.form_row import FormRow
from desktop_app.gui.panel.sampling.line_row import LineRow
from desktop_app.gui.panel.sampling.parameter_row import ParameterRow
from desktop_app.gui.panel.sampling.word_list import WordList, WordWeights
from desktop_app.gui.panel.section import Section
from desktop_app.gui.widgets.controls import Rule
from desktop_app.support.formats import listed
from desktop_app.support.i18n import N_, _, ngettext

ORDER = N_("Order of the steps")
"""The group of `order`, which has an editor of its own."""


class SamplingGroups(Themed, QWidget):
    """All groups below each other. `changed` carries a field's name and its new value.

    `form_requested` asks for the editor of a form of answers, by the field's name.
    """

    changed = Signal(str, object)
    form_requested = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        self.sections: dict[str, Section] = {}
        self.editors: dict[str, Editor] = {}
        self.rows: dict[str, ParameterRow] = {}
        self.lists: dict[str, WordList | WordWeights] = {}
        self.forms: dict[str, FormRow] = {}
        self.chain: ChainList | None = None
        self.left_out: tuple[str, ...] = ()
        """The fields that have no row, in sections that were not opened yet."""
        self._sampling = Sampling()
        self._specs = specs_by_group()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(Rule(theme, self))
        for group in (*self._specs, ORDER):
            section = Section(theme, _(group), self._filler(group), self)
            self.sections[group] = section
            self._column.addWidget(section)
        self.show_sampling(self._sampling)

    @property
    def open_names(self) -> tuple[str, ...]:
        """The groups that are open."""
        return tuple(group for group, section in self.sections.items() if section.head.isChecked())

    def show_sampling(self, sampling: Sampling) -> None:
        """Show all values without telling anybody."""
        self._sampling = sampling
        for name, editor in self.editors.items():
            editor.set_value(getattr(sampling, name))
        for name, words in self.lists.items():
            words.set_value(getattr(sampling, name))
        self.show_effects(sampling)

    def show_effects(self, sampling: Sampling) -> None:
        """Show what depends on other values: how many were changed, and what has no effect."""
        self._sampling = sampling
        found = hindrances(sampling)
        for name, row in self.rows.items():
            row.show_hindrance(_(found[name]) if name in found else "")
        for name, form in self.forms.items():
            form.show_text(getattr(sampling, name), _(found[name]) if name in found else "")
        if self.chain is not None:
            self.chain.show_sampling(sampling)
        for group, section in self.sections.items():
            section.head.set_note(self._note(group, found))

    def _note(self, group: str, found: dict[str, Hindrance]) -> str:
        """Return how many values of a group differ from the default, and why all of it has no effect where it has none."""
        names = [spec.name for spec in self._specs[group]] if group in self._specs else ["order"]
        count = changed_count(self._sampling, names)
        words = [ngettext("{count} changed", "{count} changed", count).format(count=count)] if count else []
        if all(name in found for name in names):
            words.append(_(found[names[0]]))
        return listed(words)

    def _filler(self, group: str) -> Callable[[QVBoxLayout, QWidget], None]:
        def fill(column: QVBoxLayout, body: QWidget) -> None:
            if group == ORDER:
                self.chain = ChainList(self.theme, body)
                self.chain.edited.connect(lambda steps: self.changed.emit("order", steps))
                column.addWidget(self.chain)
            for spec in self._specs.get(group, ()):
                if spec.name not in self.left_out:
                    column.addWidget(self._control(spec, body))
            self.show_sampling(self._sampling)

        return fill

    def _control(self, spec: Field, body: QWidget) -> QWidget:
        name = spec.name
        if spec.kind in (Kind.WORDS, Kind.WEIGHTS):
            words = (WordList if spec.kind is Kind.WORDS else WordWeights)(self.theme, spec, body)
            words.edited.connect(lambda value: self.changed.emit(name, value))
            self.lists[name] = words
            return words
        if spec.kind is Kind.FORM:
            form = FormRow(self.theme, spec, body)
            form.edit_requested.connect(lambda: self.form_requested.emit(name))
            form.remove_requested.connect(lambda: self.changed.emit(name, ""))
            self.forms[name] = form
            return form
        if spec.kind is Kind.TEXT:
            line = LineRow(self.theme, spec, body)
            line.editor.edited.connect(lambda value: self.changed.emit(name, value))
            self.editors[name] = line.editor
            return line
        row = ParameterRow(self.theme, spec, body, explains=True)
        row.editor.edited.connect(lambda value: self.changed.emit(name, value))
        self.editors[name] = row.editor
        self.rows[name] = row
        return row


def specs_by_group() -> dict[str, tuple[Field, ...]]:
    """Return the fields of `Sampling` that have a group, by it, in the order of declaration."""
    groups: dict[str, tuple[Field, ...]] = {}
    names = [name for name in Sampling.__struct_fields__ if name != "order"]
    for spec in fields_of(Sampling, names):
        if spec.group:
            groups[spec.group] = (*groups.get(spec.group, ()), spec)
    return groups


def changed_count(sampling: Sampling, names: list[str]) -> int:
    """Return how many of the fields differ from their defaults."""
    usual = Sampling()
    values = [(getattr(sampling, name), getattr(usual, name)) for name in names if name != "order"]
    count = sum(bool(value != default) for value, default in values)
    return count + int("order" in names and sampling.steps != usual.steps)
