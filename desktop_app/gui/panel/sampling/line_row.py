"""A row of the panel for a text of one line: its title, what it does, and the field below them."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop_app.gui.forms.form import Field, setting_editor
from desktop_app.gui.look.mirroring import set_margins
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.panel.sampling.parameter_row import VALUE_OVERHANG
from desktop_app.gui.widgets.controls import Label
from desktop_app.support.i18n import _


class LineRow(QWidget):
    """Edits one text through `editor`."""

    def __init__(self, theme: Theme, spec: Field, parent: QWidget) -> None:
        super().__init__(parent)
        px = theme.px
        entry, self.editor = setting_editor(theme, spec, self)
        title = Label(theme, _(spec.title), "body", wraps=True, parent=self)
        title.setBuddy(entry)
        field = QVBoxLayout()
        set_margins(field, 0, 0, px(VALUE_OVERHANG), 0)
        field.addWidget(entry)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, px(4))
        column.setSpacing(px(6))
        column.addWidget(title)
        column.addWidget(Label(theme, _(spec.description), "small", "muted", wraps=True, parent=self))
        column.addLayout(field)
