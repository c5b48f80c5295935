"""The form for a template's placeholders: a row each, its control after the placeholder's type."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QDate, Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop_app.domain.prompt_templates import Placeholder, PlaceholderType, Value
from desktop_app.gui.look.theme import MEDIUM, Theme
from desktop_app.gui.widgets.choice import Choice
from desktop_app.gui.widgets.controls import Button, ElidedLabel, Label
from desktop_app.gui.widgets.date_field import DateField
from desktop_app.gui.widgets.numbers import NumberField
from desktop_app.gui.widgets.scale import Scale
from desktop_app.gui.widgets.text_box import TextBox
from desktop_app.support.i18n import _

_LONG = (PlaceholderType.LONG_TEXT, PlaceholderType.CLIPBOARD, PlaceholderType.SELECTION)


@dataclass(frozen=True)
class Surroundings:
    """What a form may take values from: the clipboard, and what is selected in the conversation."""

    clipboard: str = ""
    selection: str = ""


class FileField(QWidget):
    """A button that chooses a file, and the name of the one that was chosen; its text is read by others."""

    chosen = Signal(str)

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = ""
        self._name = name
        self.button = Button(theme, _("Choose…"), icon="folder", parent=self)
        self.button.setAccessibleName(_("Choose a file for {name}").format(name=name))
        self.label = ElidedLabel(theme, _("no file chosen"), "body", "muted", parent=self)
        self.button.clicked.connect(self._choose)
        self.setFocusProxy(self.button)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(12))
        row.addWidget(self.button)
        row.addWidget(self.label, 1)

    def show_text(self, path: str, text: str) -> None:
        """Take the text of the file at `path`."""
        self.text = text
        self.label.set_color("text")
        self.label.setText(path.replace("\\", "/").rpartition("/")[2])
        self.label.setToolTip(path)

    def show_problem(self, words: str) -> None:
        """Say why a file cannot be taken."""
        self.text = ""
        self.label.set_color("bad")
        self.label.setText(words)
        self.label.setToolTip(words)

    def _choose(self) -> None:
        dialog = QFileDialog(self.window(), _("Choose a file for {name}").format(name=self._name))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.chosen)
        dialog.open()


class PlaceholderRow(QWidget):
    """Title, help and control of one placeholder; `changed` tells of every change."""

    changed = Signal()
    file_chosen = Signal(str)

    def __init__(
        self, theme: Theme, placeholder: Placeholder, around: Surroundings, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.placeholder = placeholder
        self._theme = theme
        self._value: Callable[[], Value] = lambda: ""
        words = placeholder.title
        if placeholder.optional:
            words = _("{name} (may stay empty)").format(name=placeholder.title)
        self.title = Label(theme, words, "label", weight=MEDIUM, parent=self)
        self.help = Label(theme, placeholder.help, "small", "muted", wraps=True, parent=self)
        self.help.setVisible(bool(placeholder.help))
        self.control = self._make_control(around)
        self.title.setBuddy(self.control)
        self.control.setAccessibleName(placeholder.title)
        self.control.setAccessibleDescription(placeholder.help)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(4))
        column.addWidget(self.title)
        column.addWidget(self.help)
        stays = Qt.AlignmentFlag.AlignLeft if isinstance(self.control, NumberField | DateField) else Qt.AlignmentFlag(0)
        column.addWidget(self.control, 0, stays)

    @property
    def value(self) -> Value:
        """What was filled in."""
        return self._value()

    def show_missing(self, missing: bool) -> None:
        """Mark the row as one that needs a value, or no longer."""
        self.title.set_color("bad" if missing else "text")

    def _make_control(self, around: Surroundings) -> QWidget:
        kind, default = self.placeholder.type, self.placeholder.default
        if kind in _LONG:
            taken = {PlaceholderType.CLIPBOARD: around.clipboard, PlaceholderType.SELECTION: around.selection}
            return self._long_text(taken.get(kind, "") or str(default))
        if kind is PlaceholderType.CHOICE:
            return self._choice(str(default))
        if kind is PlaceholderType.NUMBER:
            return self._number(default if isinstance(default, int | float) else self.placeholder.least)
        if kind is PlaceholderType.DATE:
            return self._date(str(default))
        if kind is PlaceholderType.FILE:
            return self._file()
        entry = QLineEdit(str(default), self)
        entry.textChanged.connect(lambda _text: self.changed.emit())
        self._value = entry.text
        return entry

    def _long_text(self, text: str) -> QWidget:
        box = TextBox(self._theme, self.placeholder.title, 5, parent=self)
        box.setPlainText(text)
        box.textChanged.connect(self.changed)
        self._value = box.toPlainText
        return box

    def _choice(self, default: str) -> QWidget:
        choice = Choice(self._theme, self)
        choice.addItems(list(self.placeholder.choices))
        choice.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        choice.setMinimumContentsLength(12)
        if default:
            choice.setCurrentText(default)
        choice.activated.connect(lambda _index: self.changed.emit())
        self._value = choice.currentText
        return choice

    def _number(self, default: float) -> QWidget:
        placeholder = self.placeholder
        scale = Scale(placeholder.least, placeholder.most, placeholder.step)
        entry = NumberField(self._theme, scale, outlined=True, parent=self)
        entry.set_value(scale.snapped(default))
        entry.value_edited.connect(lambda _value: self.changed.emit())

        def value() -> Value:
            shown = entry.value if entry.value is not None else placeholder.least
            return int(shown) if float(shown).is_integer() else shown

        self._value = value
        return entry

    def _date(self, default: str) -> QWidget:
        entry = DateField(self._theme, day_of(default), self)
        entry.dateChanged.connect(lambda _day: self.changed.emit())
        self._value = lambda: entry.date().toString(Qt.DateFormat.ISODate)
        return entry

    def _file(self) -> QWidget:
        entry = FileField(self._theme, self.placeholder.title, self)
        entry.chosen.connect(self.file_chosen)
        self._value = lambda: entry.text
        return entry


def day_of(default: str) -> QDate:
    """Return the day that a placeholder's default names; today where it names none."""
    day = QDate.fromString(default, Qt.DateFormat.ISODate)
    if day.isValid():
        return day
    return QDate.currentDate().addDays(int(default.removeprefix("today") or 0))


class PlaceholderForm(QWidget):
    """A row for each placeholder; `file_chosen` has the name and the path of a file that is to be read."""

    changed = Signal()
    file_chosen = Signal(str, str)

    def __init__(
        self,
        theme: Theme,
        placeholders: Sequence[Placeholder],
        around: Surroundings,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.rows: dict[str, PlaceholderRow] = {}
        self.awaited: dict[str, str] = {}
        """The paths of files that are being read, by the names of what they are for; once they are read, they stay."""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(16))
        for placeholder in placeholders:
            row = PlaceholderRow(theme, placeholder, around, self)
            row.changed.connect(self._changed)
            row.file_chosen.connect(lambda path, name=placeholder.name: self.file_chosen.emit(name, path))
            self.rows[placeholder.name] = row
            column.addWidget(row)
        column.addStretch(1)

    def values(self) -> dict[str, Value]:
        """Return what was filled in, by name."""
        return {name: row.value for name, row in self.rows.items()}

    def show_missing(self, names: Sequence[str]) -> None:
        """Mark the rows that need a value, and go to the first of them."""
        for name, row in self.rows.items():
            row.show_missing(name in names)
        if names:
            self.rows[names[0]].control.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_file(self, name: str, path: str, text: str) -> None:
        """Take the text of a file that was read."""
        control = self.rows[name].control
        if isinstance(control, FileField):
            control.show_text(path, text)
            self._changed()

    def show_file_problem(self, name: str, words: str) -> None:
        """Say why a file cannot be taken."""
        control = self.rows[name].control
        if isinstance(control, FileField):
            control.show_problem(words)
            self._changed()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Hand the focus to the first control."""
        super().focusInEvent(event)
        self.focus_first()

    def focus_first(self) -> None:
        """Put the cursor into the first control."""
        for row in self.rows.values():
            row.control.setFocus(Qt.FocusReason.TabFocusReason)
            return

    def _changed(self) -> None:
        for row in self.rows.values():
            row.show_missing(False)
        self.changed.emit()
