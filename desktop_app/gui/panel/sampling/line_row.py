"""A row of the panel for a text of one line: its title, what it does, and the field below them."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop_app.gui.forms.form import Field, setting_editor
from desktop_app.gui.look.mirroring import set_margins
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.panel.sampling.parameter_row import VALUE_OVERHANG
from desktop_app.gui.widgets.controls import Label
from desktop_app.support.i18n import _


class LineRow(Themed, QWidget):
    """Edits one text through `editor`."""

    def __init__(self, theme: Theme, spec: Field, parent: QWidget) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        entry, self.editor = setting_editor(theme, spec, self)
        title = Label(theme, _(spec.title), "body", wraps=True, parent=self)
        title.setBuddy(entry)
        self._field = QVBoxLayout()
        self._field.addWidget(entry)
        column = self._column = QVBoxLayout(self)
        column.addWidget(title)
        column.addWidget(Label(theme, _(spec.description), "small", "muted", wraps=True, parent=self))
        column.addLayout(self._field)
        self.apply_theme()

    def apply_theme(self) -> None:
        """Take over the margins."""
        px = self.theme.px
        set_margins(self._field, 0, 0, px(VALUE_OVERHANG), 0)
        self._column.setContentsMargins(0, 0, 0, px(4))
        self._column.setSpacing(px(6))
        super().apply_theme()
