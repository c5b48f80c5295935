"""The card in the form of a template's editor that says how one placeholder is asked for."""

import re

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop_app.domain.prompt_templates import Placeholder, PlaceholderType, Value
from desktop_app.gui.look.theme import MEDIUM, Theme
from desktop_app.gui.widgets.announcing import announce
from desktop_app.gui.widgets.choice import Choice
from desktop_app.gui.widgets.controls import Card, Label
from desktop_app.gui.widgets.pages import stacked_below
from desktop_app.gui.widgets.switch_row import SwitchRow
from desktop_app.gui.widgets.text_box import TextBox
from desktop_app.support.i18n import _

NARROW = 560
"""Below this width, in pixels at 100 %, label, kind and default stand below each other."""
_DATES = "2026-11-26, today+14"
"""How a template's file has them, in every language."""
_LONG = (PlaceholderType.LONG_TEXT, PlaceholderType.CLIPBOARD, PlaceholderType.SELECTION)
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


class PlaceholderCard(Card):
    """Shows and changes one placeholder; `edited` carries it after each change."""

    edited = Signal(object)

    def __init__(self, theme: Theme, placeholder: Placeholder) -> None:
        super().__init__(theme)
        self.placeholder = placeholder
        px = theme.px
        self.setAccessibleName(placeholder.name)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(16), px(12), px(16), px(12))
        column.setSpacing(px(8))
        column.addWidget(Label(theme, f"{{{{ {placeholder.name} }}}}", "mono", weight=MEDIUM, parent=self))
        self._line = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._line.setSpacing(px(8))
        column.addLayout(self._line)
        self.label = QLineEdit(self)
        self.label.setPlaceholderText(Placeholder(name=placeholder.name).title)
        self._field(self._line, _("Label"), self.label)
        self.kind = Choice(theme, self)
        for kind, words in kind_words().items():
            self.kind.addItem(words, kind)
        self._field(self._line, _("Kind"), self.kind)
        self.default = QLineEdit(self)
        self._default = self._field(self._line, _("Default"), self.default)
        self.long_default = self._box(2)
        self._long_default = self._field(column, _("Default"), self.long_default)
        self.choices = self._box(4)
        self._choices = self._field(column, _("Choices, one in each line"), self.choices)
        self.help = QLineEdit(self)
        self._field(column, _("Hint"), self.help)
        row = SwitchRow(theme, _("May stay empty"), self)
        self.optional = row.switch
        self.optional.setAccessibleName(self._called(_("May stay empty")))
        column.addWidget(row)
        self.mistake = Label(theme, "", "small", "bad", wraps=True, parent=self)
        self.mistake.hide()
        column.addWidget(self.mistake)
        self._shows = False
        self.show_placeholder(placeholder)
        self._connect()

    def show_placeholder(self, placeholder: Placeholder) -> None:
        """Show what the placeholder became elsewhere; where a field says that already, its cursor stays."""
        self.placeholder = placeholder
        self._shows = True
        for field, text in (
            (self.label, placeholder.label),
            (self.default, str(placeholder.default)),
            (self.help, placeholder.help),
        ):
            if field.text() != text and (
                field is not self.default or _value(placeholder.type, field.text()) != placeholder.default
            ):
                field.setText(text)
        if self.long_default.toPlainText() != str(placeholder.default):
            self.long_default.setPlainText(str(placeholder.default))
        if _lines(self.choices.toPlainText()) != placeholder.choices:
            self.choices.setPlainText("\n".join(placeholder.choices))
        self.kind.setCurrentIndex(self.kind.findData(placeholder.type))
        self.optional.setChecked(placeholder.optional)
        self._shows = False
        kind = placeholder.type
        self._default.setVisible(kind not in _LONG and kind is not PlaceholderType.FILE)
        self._long_default.setVisible(kind in _LONG)
        self._choices.setVisible(kind is PlaceholderType.CHOICE)
        self.default.setPlaceholderText(_DATES if kind is PlaceholderType.DATE else "")

    def show_mistake(self, words: str) -> None:
        """Say what is wrong with the placeholder; nothing where all is well."""
        if words and words != self.mistake.text():
            announce(self.mistake, words)
        self.mistake.setText(words)
        self.mistake.setVisible(bool(words))

    def go_to(self) -> None:
        """Put the cursor where a mistake most likely is."""
        kind = self.placeholder.type
        field = (
            self.choices if kind is PlaceholderType.CHOICE else self.default if self._default.isVisible() else self.kind
        )
        field.setFocus(Qt.FocusReason.OtherFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the fields of the first line below each other where it is narrow."""
        self._line.setDirection(stacked_below(event.size().width(), self.theme.px(NARROW)))
        super().resizeEvent(event)

    def _connect(self) -> None:
        self.label.textEdited.connect(lambda text: self._change(label=text.strip()))
        self.help.textEdited.connect(lambda text: self._change(help=text.strip()))
        self.default.textEdited.connect(lambda text: self._change(default=_value(self.placeholder.type, text)))
        self.long_default.textChanged.connect(lambda: self._change(default=self.long_default.toPlainText()))
        self.choices.textChanged.connect(lambda: self._change(choices=_lines(self.choices.toPlainText())))
        self.optional.toggled.connect(lambda on: self._change(optional=on))
        self.kind.activated.connect(lambda _index: self._change_kind(PlaceholderType(self.kind.currentData())))

    def _change_kind(self, kind: PlaceholderType) -> None:
        self._change(type=kind, default=_value(kind, str(self.placeholder.default)))
        self.show_placeholder(self.placeholder)

    def _change(self, **changes: object) -> None:
        if not self._shows:
            self.placeholder = msgspec.structs.replace(self.placeholder, **changes)
            self.edited.emit(self.placeholder)

    def _box(self, lines: int) -> TextBox:
        return TextBox(self.theme, "", lines, parent=self)

    def _field(self, into: QBoxLayout, words: str, control: QWidget) -> QWidget:
        """Put a control below what it is, and return both."""
        both = QWidget(self)
        control.setParent(both)
        control.setAccessibleName(self._called(words))
        title = Label(self.theme, words, "small", "muted", parent=both)
        title.setBuddy(control)
        column = QVBoxLayout(both)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self.theme.px(4))
        column.addWidget(title)
        column.addWidget(control)
        into.addWidget(both, 0 if isinstance(control, Choice) else 1)
        return both

    def _called(self, words: str) -> str:
        return _("{name}: {field}").format(name=self.placeholder.name, field=words)


def kind_words() -> dict[PlaceholderType, str]:
    """Return what the kinds of placeholders are called."""
    return {
        PlaceholderType.TEXT: _("One line"),
        PlaceholderType.LONG_TEXT: _("Several lines"),
        PlaceholderType.CHOICE: _("A choice"),
        PlaceholderType.NUMBER: _("A number"),
        PlaceholderType.DATE: _("A date"),
        PlaceholderType.FILE: _("A file"),
        PlaceholderType.CLIPBOARD: _("The clipboard"),
        PlaceholderType.SELECTION: _("The selected text"),
    }


def _value(kind: PlaceholderType, text: str) -> Value:
    """Return a default as the file has it: a number where it is one and a number is asked for."""
    text = text.strip() if kind is not PlaceholderType.TEXT else text
    if kind is not PlaceholderType.NUMBER or not _NUMBER.fullmatch(text):
        return text
    return float(text) if "." in text else int(text)


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())
