"""A small dialog that asks for a name, and says at once why one cannot be had."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLayout, QLineEdit, QVBoxLayout, QWidget

from desktop_app.gui.dialogs.dialog import AppDialog
from desktop_app.gui.dialogs.room import fix
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.controls import Label
from desktop_app.support.i18n import _

WIDTH = 400


class NameDialog(AppDialog):
    """Asks; `named` carries the name, and closing the dialog names nothing."""

    named = Signal(str)

    def __init__(
        self,
        theme: Theme,
        title: str,
        accept: str,
        problem: Callable[[str], str],
        name: str = "",
        *,
        longest: int,
        parent: QWidget,
    ) -> None:
        """`problem` says why a name cannot be had, empty where it can; `accept` is the button that takes it."""
        super().__init__(theme, title, parent)
        px = theme.px
        self._problem = problem
        self.field = QLineEdit(name, self)
        self.field.setMaxLength(longest)
        self.field.setAccessibleName(_("Name"))
        self.field.setPlaceholderText(_("Name"))
        self.words = Label(theme, "", "small", "muted", wraps=True, parent=self)
        foot = self.make_foot(accept)
        self.accept_button.setDefault(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(24), px(24), px(24))
        column.setSpacing(px(8))
        column.addWidget(Label(theme, title, "title", wraps=True, parent=self))
        column.addWidget(self.field)
        column.addWidget(self.words)
        column.addSpacing(px(8))
        column.addLayout(foot)
        self.accept_button.clicked.connect(self._accept)
        self.field.textChanged.connect(lambda _text: self._check())
        self.words.setMinimumHeight(self.words.fontMetrics().height())
        column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        fix(self, column, px(WIDTH))
        self._check()
        self.field.selectAll()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _check(self) -> None:
        name = self.field.text().strip()
        words = self._problem(name) if name else ""
        self.words.setText(words)
        self.accept_button.setEnabled(bool(name) and not words)

    def _accept(self) -> None:
        name = self.field.text().strip()
        self.accept()
        self.named.emit(name)
