"""A small dialog that asks for a template's values before its text goes into the question field."""

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QHBoxLayout, QLayout, QVBoxLayout, QWidget

from desktop_app.domain.prompt_templates import PromptTemplate, missing_names
from desktop_app.gui.dialogs.dialog import AppDialog
from desktop_app.gui.dialogs.room import fit
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.templates.form import PlaceholderForm, Surroundings
from desktop_app.gui.widgets.controls import Button, ButtonKind, Label
from desktop_app.gui.widgets.scrolled_body import UprightArea
from desktop_app.support.i18n import _

WIDTH = 520
"""How wide the dialog is, in pixels at 100 %, where the window is not narrower."""


class FillDialog(AppDialog):
    """Asks; `filled` has the values, and closing the dialog fills in nothing."""

    filled = Signal(object)

    def __init__(self, theme: Theme, template: PromptTemplate, around: Surroundings, parent: QWidget) -> None:
        super().__init__(theme, template.title, parent)
        px = theme.px
        self._template = template
        self.form = PlaceholderForm(theme, template.placeholders, around)
        self.problem = Label(theme, "", "small", "bad", wraps=True, parent=self)
        self.problem.hide()
        self.cancel_button = Button(theme, _("Cancel"), parent=self)
        self.accept_button = Button(theme, _("Insert"), kind=ButtonKind.PRIMARY, parent=self)
        self.accept_button.setDefault(True)
        area = UprightArea(self)
        inside = QWidget()
        inside.setProperty("look", "page")
        room = QVBoxLayout(inside)
        room.setContentsMargins(px(24), 0, px(24), 0)
        room.addWidget(self.form)
        area.show_body(inside)
        head = QVBoxLayout()
        head.setContentsMargins(px(24), px(24), px(24), 0)
        head.setSpacing(px(4))
        head.addWidget(Label(theme, template.title, "title", wraps=True, parent=self))
        head.addWidget(Label(theme, template.description, "body", "muted", wraps=True, parent=self))
        row = QHBoxLayout()
        row.setContentsMargins(px(24), 0, px(24), px(24))
        row.setSpacing(px(8))
        row.addWidget(self.problem, 1)
        row.addStretch(1)
        row.addWidget(self.cancel_button)
        row.addWidget(self.accept_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(16))
        column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        column.addLayout(head)
        column.addWidget(area, 1)
        column.addLayout(row)
        self.cancel_button.clicked.connect(self.reject)
        self.accept_button.clicked.connect(self._accept)
        width = min(px(WIDTH), parent.window().width() - 2 * px(16))
        around_form = head.heightForWidth(width) + row.sizeHint().height() + 2 * column.spacing()
        self._fit(parent, inside, width, around_form)
        self.form.focus_first()

    def show_problem(self, words: str) -> None:
        """Say why the text could not be made."""
        self.problem.setText(words)
        self.problem.setVisible(bool(words))

    def _fit(self, parent: QWidget, inside: QWidget, width: int, around_form: int) -> None:
        """Take the room that the form and what is around it need, within the window that it belongs to."""
        px = self.theme.px
        inside.setFixedWidth(width)
        inside_height = max(inside.heightForWidth(width), inside.sizeHint().height())
        inside.setMinimumWidth(0)
        inside.setMaximumWidth(16_777_215)
        height = inside_height + around_form
        fit(self, QSize(width, min(height, max(px(320), parent.window().height() - px(80)))))

    def _accept(self) -> None:
        values = self.form.values()
        missing = missing_names(self._template, values)
        if missing:
            self.form.show_missing(missing)
            self.show_problem(_("The marked fields need a value."))
            return
        self.filled.emit(values)
