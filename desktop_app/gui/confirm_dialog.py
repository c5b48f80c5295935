"""A small dialog that asks whether something is to be done that cannot be undone."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLayout, QVBoxLayout, QWidget

from desktop_app.gui.controls import Button, ButtonKind, Label
from desktop_app.gui.theme import Theme, Themed
from desktop_app.support.i18n import _

WIDTH = 400


class ConfirmDialog(Themed, QDialog):
    """Asks; `confirmed` tells a yes, and closing the dialog is a no. Enter does nothing that cannot be undone."""

    confirmed = Signal()

    def __init__(self, theme: Theme, title: str, words: str, accept: str, parent: QWidget | None = None) -> None:
        """`words` say what it means, `accept` is the button for it."""
        QDialog.__init__(self, parent)
        self.theme = theme
        px = theme.px
        self.setWindowTitle(title)
        self.setPalette(theme.palette())
        self.setStyleSheet(theme.style_sheet())
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.cancel_button = Button(theme, _("Cancel"), parent=self)
        self.cancel_button.setDefault(True)
        self.accept_button = Button(theme, accept, kind=ButtonKind.PRIMARY, parent=self)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(24), px(24), px(24))
        column.setSpacing(px(8))
        column.addWidget(Label(theme, title, "title", wraps=True, parent=self))
        column.addWidget(Label(theme, words, "body", "muted", wraps=True, parent=self))
        column.addSpacing(px(8))
        row = QHBoxLayout()
        row.setSpacing(px(8))
        row.addStretch(1)
        row.addWidget(self.cancel_button)
        row.addWidget(self.accept_button)
        column.addLayout(row)
        self.cancel_button.clicked.connect(self.reject)
        self.accept_button.clicked.connect(self._accept)
        column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        self.setFixedSize(px(WIDTH), column.heightForWidth(px(WIDTH)))
        self.cancel_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _accept(self) -> None:
        self.accept()
        self.confirmed.emit()
