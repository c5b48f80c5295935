"""A row of the panel for one parameter: its title, its value at the right, and for a number the slider below them."""

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.gui.forms.form import Editor, Field, Kind, number_editor, setting_editor
from desktop_app.gui.look.mirroring import set_margins
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.widgets.controls import Label
from desktop_app.gui.widgets.numbers import ValueSlider
from desktop_app.support.i18n import _

VALUE_OVERHANG = 8
"""How far a value's field reaches beyond its row, so that the digits end where the slider does."""


class ParameterRow(Themed, QWidget):
    """Edits one parameter through `editor`; a number that may be empty has no slider."""

    def __init__(self, theme: Theme, spec: Field, parent: QWidget, *, explains: bool = False) -> None:
        """With `explains` the parameter's sentence stands below it, not only in its tooltip."""
        QWidget.__init__(self, parent)
        self.theme = theme
        self.spec = spec
        self.editor: Editor
        self._slider: ValueSlider | None = None
        self._track = QHBoxLayout()
        self._explains = explains
        self._hindrance_words = ""
        entry: QWidget
        if spec.kind is Kind.CHOICE:
            entry, self.editor = setting_editor(theme, spec, self)
        else:
            entry, self._slider, self.editor = number_editor(theme, spec, self, with_slider=spec.kind is Kind.NUMBER)
        self._title = Label(theme, _(spec.title), wraps=spec.kind is Kind.CHOICE, parent=self)
        self._title.setBuddy(entry)
        self._title.setToolTip(_(spec.description))
        self._hindrance: Label | None = None
        self._entry = entry
        top = self._top = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        top.addWidget(self._title, 1 if spec.kind is Kind.CHOICE else 0)
        top.addStretch(0 if spec.kind is Kind.CHOICE else 1)
        top.addWidget(entry)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        if self._slider is not None:
            self._track.addWidget(self._slider)
            column.addLayout(self._track)
        if explains:
            column.addWidget(Label(theme, _(spec.description), "small", "muted", wraps=True, parent=self))
        self.apply_theme()

    def apply_theme(self) -> None:
        """Take over the margins."""
        px = self.theme.px
        set_margins(self._top, 0, 0, 0 if self.spec.scale is not None else px(VALUE_OVERHANG), 0)
        self._top.setSpacing(px(8))
        set_margins(self._track, 0, 0, px(VALUE_OVERHANG), 0)
        super().apply_theme()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put a list below the title where both do not fit side by side."""
        super().resizeEvent(event)
        wanted = self._title.fontMetrics().horizontalAdvance(self._title.text()) + self._top.spacing()
        fits = wanted + self._entry.sizeHint().width() <= self._top.contentsRect().width()
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        if self.spec.kind is Kind.CHOICE:
            self._top.setDirection(across if fits else down)

    @property
    def hindrance(self) -> str:
        """Why the parameter changes nothing now; empty where it does."""
        return self._hindrance_words

    def show_hindrance(self, words: str) -> None:
        """Dim the row and say why it changes nothing; empty where it does."""
        if words == self._hindrance_words:
            return
        self._hindrance_words = words
        if not self._explains:  # else the group's head says it for all of its rows
            self._say(words)
        self._title.set_color("muted" if words else "text")
        if self._slider is not None:
            self._slider.set_dimmed(bool(words))
        description = _(self.spec.description)
        for widget in self.editor.widgets:
            widget.setAccessibleDescription(f"{description} ({words})" if words else description)

    def _say(self, words: str) -> None:
        if self._hindrance is None:
            self._hindrance = Label(self.theme, "", "small", "muted", wraps=True, parent=self)
            self._top.insertWidget(1, self._hindrance, 1000)
        self._hindrance.setText(words)
