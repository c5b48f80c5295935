"""Form rows generated from a msgspec struct: what each field is, and the control that edits it."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from functools import cache
from typing import Any

import msgspec
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QWidget

from desktop_app.gui.commands.shortcuts import why_not
from desktop_app.gui.look.text_families import text_families
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.choice import Choice
from desktop_app.gui.widgets.controls import Button, Label
from desktop_app.gui.widgets.key_button import KeyButton
from desktop_app.gui.widgets.key_names import written
from desktop_app.gui.widgets.numbers import NumberField, ValueSlider
from desktop_app.gui.widgets.scale import Scale
from desktop_app.support.i18n import _, translator

NAME_LENGTH = 18
"""Characters of a font's name that its control has room for."""
TEXT_WIDTH = 240
"""Pixels at 100 % that a line of text has at least: an address can be read whole."""
MOST_SLIDER_STEPS = 60
"""An even scale with more steps than this is typed on the settings page, not dragged."""


class Kind(StrEnum):
    """What kind of value a field holds."""

    NUMBER = "number"
    OPTIONAL_NUMBER = "optional_number"
    SWITCH = "switch"
    CHOICE = "choice"
    FOLDER = "folder"
    FONT = "font"
    KEYS = "keys"
    DICTIONARIES = "dictionaries"
    TEXT = "text"
    FORM = "form"
    WORDS = "words"
    WEIGHTS = "weights"


@dataclass(frozen=True)
class Field:
    """One field of a struct, as its declaration says; title, help, group, unit and `empty` are English message ids.

    `empty` is shown in place of no value, or of the one number that it `stands_for`.

    A list has at most `most` texts of at most `longest` characters each; weights have a `scale`, too. A text of one line
    has at most `longest`, too, where that is not 0; a form is a text that is written in a dialog of its own. Where a
    choice `chooses_keys`, its labels are keys as Qt writes them portably.
    """

    name: str
    kind: Kind
    default: object
    title: str
    description: str
    scale: Scale | None = None
    whole: bool = False
    unit: str = ""
    empty: str = ""
    stands_for: float | None = None
    group: str = ""
    most: int = 0
    longest: int = 0
    choices: tuple[tuple[object, str], ...] = field(default=())
    chooses_keys: bool = False

    def typed(self, value: float | None) -> float | int | None:
        """Return `value` as the field's own type: an int where the declaration says so."""
        return round(value) if value is not None and self.whole else value

    @property
    def words(self) -> str:
        """All that is said of it and what can be chosen, translated, in small letters: for searches."""
        labels = () if self.chooses_keys else (_(label) for _value, label in self.choices)
        return " ".join((_(self.title), _(self.description), *labels)).casefold()


def fields_of(struct: type[msgspec.Struct], names: Collection[str] = ()) -> tuple[Field, ...]:
    """Return the fields of `struct` in their order, only those called `names` where any are given.

    Raises TypeError for a field of a kind that no control edits.
    """
    return tuple(_field(entry) for entry in _declared(struct) if not names or entry.name in names)


@cache
def _declared(struct: type[msgspec.Struct]) -> "tuple[msgspec.inspect.Field, ...]":
    """Return what `struct` declares of its fields: finding that out takes a window some milliseconds."""
    from msgspec import inspect  # only here

    info = inspect.type_info(struct)
    if not isinstance(info, inspect.StructType):
        raise TypeError(struct)
    return info.fields


def _field(entry: "msgspec.inspect.Field") -> Field:
    from msgspec import inspect

    kind, optional = entry.type, False
    if isinstance(kind, inspect.UnionType):
        kind = next(part for part in kind.types if not isinstance(part, inspect.NoneType))
        optional = True
    extra: dict[str, object] = {}
    if isinstance(kind, inspect.Metadata):
        extra = kind.extra_json_schema or {}
        kind = kind.type
    common: dict[str, Any] = {
        "name": entry.name,
        "default": entry.default,
        "title": str(extra.get("title", entry.name)),
        "description": str(extra.get("description", "")),
        "unit": str(extra.get("unit", "")),
        "empty": str(extra.get("empty", "")),
        "stands_for": extra.get("stands_for"),
        "group": str(extra.get("group", "")),
    }
    if isinstance(kind, inspect.BoolType):
        return Field(kind=Kind.SWITCH, **common)
    if isinstance(kind, inspect.EnumType):
        return Field(kind=Kind.CHOICE, choices=_choices(kind.cls, extra), chooses_keys="keys" in extra, **common)
    if isinstance(kind, inspect.StrType):
        return Field(kind=Kind(str(extra.get("kind", Kind.TEXT))), longest=kind.max_length or 0, **common)
    if isinstance(kind, (inspect.IntType, inspect.FloatType)):
        return Field(
            kind=Kind.OPTIONAL_NUMBER if optional else Kind.NUMBER,
            scale=_scale(kind, extra),
            whole=isinstance(kind, inspect.IntType),
            **common,
        )
    return _list_field(kind, extra, common)


def _list_field(kind: "msgspec.inspect.Type", extra: dict[str, object], common: dict[str, Any]) -> Field:
    """Return a field that holds several texts, or several texts with a number for each."""
    from msgspec import inspect

    most = getattr(kind, "max_length", None) or 0
    if isinstance(kind, inspect.VarTupleType) and isinstance(kind.item_type, inspect.StrType):
        words = Kind(str(extra.get("kind", Kind.WORDS)))
        return Field(kind=words, most=most, longest=kind.item_type.max_length or 0, **common)
    if (
        isinstance(kind, inspect.DictType)
        and isinstance(kind.key_type, inspect.StrType)
        and isinstance(kind.value_type, inspect.FloatType)
    ):
        scale = _scale(kind.value_type, extra)
        return Field(kind=Kind.WEIGHTS, most=most, longest=kind.key_type.max_length or 0, scale=scale, **common)
    raise TypeError(f"no control edits {common['name']}: {kind}")


def _choices(cls: type[Enum], extra: dict[str, object]) -> tuple[tuple[object, str], ...]:
    labels = extra.get("labels") or extra.get("keys")
    named = labels if isinstance(labels, dict) else {}
    return tuple((item, str(named.get(item.value, str(item.value).replace("_", " ").capitalize()))) for item in cls)


def _scale(kind: "msgspec.inspect.IntType | msgspec.inspect.FloatType", extra: dict[str, object]) -> Scale:
    if kind.ge is None or kind.le is None:
        raise TypeError("a number needs ge and le, or no control can be made for it")
    step = extra.get("step", 1)
    return Scale(
        low=float(kind.ge),
        high=float(kind.le),
        step=float(step) if isinstance(step, (int, float)) else 1.0,
        logarithmic=extra.get("scale") == "log",
    )


class Editor(QObject):
    """The control, or the pair of controls, that edits one field.

    `edited` carries the new value while it changes, `committed` once it is settled; what is typed,
    chosen or switched does both at once. `refused` says why something was not taken.
    """

    edited = Signal(object)
    committed = Signal(object)
    refused = Signal(str)

    def __init__(self, spec: Field, parent: QObject) -> None:
        super().__init__(parent)
        self.spec = spec
        self.widgets: list[QWidget] = []
        self._show: list[Callable[[object], None]] = []

    def set_value(self, value: object) -> None:
        """Show `value` without telling anybody."""
        for show in self._show:
            show(value)

    def add(self, widget: QWidget, show: Callable[[object], None]) -> None:
        """Take in a control and the function that makes it show a value."""
        widget.setAccessibleName(_(self.spec.title))
        widget.setAccessibleDescription(_(self.spec.description))
        widget.setToolTip(_(self.spec.description))
        self.widgets.append(widget)
        self.follow(show)

    def follow(self, show: Callable[[object], None]) -> None:
        """Call `show` with every value that is shown."""
        self._show.append(show)

    def settle(self, value: object) -> None:
        """Tell of a value that came in one piece, and show it in every control."""
        self.set_value(value)
        self.edited.emit(value)
        self.committed.emit(value)


def number_editor(
    theme: Theme, spec: Field, parent: QWidget, *, with_slider: bool, outlined: bool = False
) -> tuple[NumberField, ValueSlider | None, Editor]:
    """Make a field for a number, with a slider tied to it where asked for; Tab comes to an outlined one behind it."""
    assert spec.scale is not None
    editor = Editor(spec, parent)
    empty = _(spec.empty) if spec.empty else ""
    default = float(spec.default) if isinstance(spec.default, (int, float)) else spec.scale.low
    slider = ValueSlider(theme, spec.scale, default, parent) if with_slider and outlined else None  # it comes first
    entry = NumberField(
        theme, spec.scale, empty_text=empty, stands_for=spec.stands_for, outlined=outlined, parent=parent
    )
    editor.add(entry, lambda value: entry.set_value(value if isinstance(value, (int, float)) else None))
    entry.value_edited.connect(lambda value: editor.settle(spec.typed(value)))
    if not with_slider:
        return entry, None, editor
    slider = slider or ValueSlider(theme, spec.scale, default, parent)
    editor.add(slider, lambda value: slider.set_value(float(value) if isinstance(value, (int, float)) else default))
    slider.setToolTip(
        _("{description} Double-click to go back to {default}.").format(
            description=_(spec.description), default=spec.scale.written(default)
        )
    )

    def followed(value: float) -> None:
        entry.set_value(value)
        editor.edited.emit(spec.typed(value))

    slider.value_changed.connect(followed)
    slider.value_committed.connect(lambda value: editor.committed.emit(spec.typed(value)))
    return entry, slider, editor


def setting_editor(theme: Theme, spec: Field, parent: QWidget) -> tuple[QWidget, Editor]:
    """Make the control at the right of a settings row."""
    makers = {
        Kind.SWITCH: _switch,
        Kind.CHOICE: _choice,
        Kind.FOLDER: _folder,
        Kind.FONT: _font,
        Kind.KEYS: _keys,
        Kind.DICTIONARIES: _dictionaries,
        Kind.TEXT: _text,
        Kind.NUMBER: _number,
        Kind.OPTIONAL_NUMBER: _number,
    }
    return makers[spec.kind](theme, spec, parent)


def _switch(theme: Theme, spec: Field, parent: QWidget) -> tuple[QWidget, Editor]:
    from desktop_app.gui.widgets.switch import Switch  # no window begins with one

    editor = Editor(spec, parent)
    switch = Switch(theme, parent)
    editor.add(switch, lambda value: switch.setChecked(bool(value)))
    switch.clicked.connect(lambda: editor.settle(switch.isChecked()))
    return switch, editor


def _choice(theme: Theme, spec: Field, parent: QWidget) -> tuple[QWidget, Editor]:
    editor = Editor(spec, parent)
    choice = Choice(theme, parent)
    values = [value for value, _label in spec.choices]
    for _value, label in spec.choices:
        choice.addItem(written(label) if spec.chooses_keys else _(label))
    editor.add(choice, lambda value: choice.setCurrentIndex(values.index(value)))
    choice.activated.connect(lambda index: editor.settle(values[index]))
    return choice, editor


def _font(theme: Theme, spec: Field, parent: QWidget) -> tuple[QWidget, Editor]:
    """Offer the families that texts can be set in; one that was chosen and is not among them is offered, too."""
    editor = Editor(spec, parent)
    choice = Choice(theme, parent)
    choice.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    choice.setMinimumContentsLength(NAME_LENGTH)
    choice.addItem(_("Same as the system"), "")
    for family in text_families(translator.language):
        choice.addItem(family, family)

    def show(value: object) -> None:
        if choice.findData(value) < 0:
            choice.addItem(str(value), value)
        choice.setCurrentIndex(choice.findData(value))

    editor.add(choice, show)
    choice.activated.connect(lambda index: editor.settle(choice.itemData(index)))
    return choice, editor


def _text(theme: Theme, spec: Field, parent: QWidget) -> tuple[QWidget, Editor]:
    editor = Editor(spec, parent)
    entry = QLineEdit(parent)
    entry.setMinimumWidth(theme.px(TEXT_WIDTH))
    if spec.longest:
        entry.setMaxLength(spec.longest)
    _tie_text(editor, entry)
    return entry, editor


def _keys(theme: Theme, spec: Field, parent: QWidget) -> tuple[QWidget, Editor]:
    editor = Editor(spec, parent)
    button = KeyButton(theme, _(spec.title), parent)

    def take(keys: str) -> None:
        problem = why_not(keys)
        editor.refused.emit(problem)
        if not problem:
            editor.committed.emit(keys)

    editor.add(button, lambda value: button.show_keys(str(value)))
    button.pressed_keys.connect(take)
    return button, editor


def _dictionaries(theme: Theme, spec: Field, parent: QWidget) -> tuple[QWidget, Editor]:
    from desktop_app.gui.forms.dictionary_button import (
        DictionaryButton,  # the panel, which is there at once, has none
    )

    editor = Editor(spec, parent)
    button = DictionaryButton(theme, parent)
    editor.add(button, lambda value: button.show_languages(value if isinstance(value, tuple) else ()))
    button.chosen.connect(editor.settle)
    return button, editor


def _tie_text(editor: Editor, entry: QLineEdit) -> Callable[[str], None]:
    """Tie `entry` to `editor` and return what settles a new text; leaving the field unchanged says nothing."""
    settled = ""

    def show(value: object) -> None:
        nonlocal settled
        settled = str(value)
        entry.setText(settled)

    def settle(text: str) -> None:
        if text != settled:
            editor.settle(text)

    editor.add(entry, show)
    entry.editingFinished.connect(lambda: settle(entry.text().strip()))
    return settle


def _folder(theme: Theme, spec: Field, parent: QWidget) -> tuple[QWidget, Editor]:
    editor = Editor(spec, parent)
    pair = QWidget(parent)
    entry = QLineEdit(pair)
    entry.setPlaceholderText(_("The app's own folder"))
    entry.setMinimumWidth(theme.px(160))
    button = Button(theme, _("Choose…"), parent=pair)
    button.setAccessibleName(_("Choose a folder for {name}").format(name=_(spec.title)))
    settle = _tie_text(editor, entry)

    def choose() -> None:
        folder = QFileDialog.getExistingDirectory(parent.window(), _(spec.title), entry.text())
        if folder:
            settle(folder)

    button.clicked.connect(choose)
    row = QHBoxLayout(pair)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(theme.px(8))
    row.addWidget(entry, 1)
    row.addWidget(button)
    return pair, editor


def _number(theme: Theme, spec: Field, parent: QWidget) -> tuple[QWidget, Editor]:
    assert spec.scale is not None
    steps = (spec.scale.high - spec.scale.low) / spec.scale.step
    pair = QWidget(parent)
    entry, slider, editor = number_editor(
        theme, spec, pair, with_slider=spec.kind is Kind.NUMBER and steps <= MOST_SLIDER_STEPS, outlined=True
    )
    row = QHBoxLayout(pair)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(theme.px(8))
    if slider is not None:
        slider.setFixedWidth(theme.px(140))
        row.addWidget(slider)
    row.addWidget(entry)
    if spec.unit:
        unit = Label(theme, _(spec.unit), "small", "muted", parent=pair)
        editor.follow(lambda value: unit.setVisible(value != spec.stands_for))
        row.addWidget(unit, 0, Qt.AlignmentFlag.AlignVCenter)
    return pair, editor
