"""The ground of the app's dialogs."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QWidget

from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.widgets.controls import Button, ButtonKind
from desktop_app.support.i18n import _


class AppDialog(Themed, QDialog):
    """Looks as the theme says, and is gone once it is closed."""

    def __init__(self, theme: Theme, title: str, parent: QWidget | None = None) -> None:
        QDialog.__init__(self, parent)
        self.theme = theme
        self.setWindowTitle(title)
        self.setPalette(theme.palette())
        self.setStyleSheet(theme.style_sheet())
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def make_foot(self, accept: str) -> QHBoxLayout:
        """Make the lowest row, with Cancel and a button for yes whose words are `accept`."""
        self.cancel_button = Button(self.theme, _("Cancel"), parent=self)
        self.accept_button = Button(self.theme, accept, kind=ButtonKind.PRIMARY, parent=self)
        self.cancel_button.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.setSpacing(self.theme.px(8))
        foot.addStretch(1)
        foot.addWidget(self.cancel_button)
        foot.addWidget(self.accept_button)
        return foot
