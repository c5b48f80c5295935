"""A small window that says how far something long is, and lets it be given up; the app can be used meanwhile."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLayout, QVBoxLayout, QWidget

from desktop_app.gui.dialogs.dialog import AppDialog
from desktop_app.gui.dialogs.room import fix
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.controls import Button, Label
from desktop_app.gui.widgets.progress_bar import ProgressBar
from desktop_app.support.i18n import _

WIDTH = 420
SHOW_AFTER_MS = 400
"""What is done sooner needs no window."""


class ProgressDialog(AppDialog):
    """Comes up by itself when it takes a while; `given_up` when it is cancelled or closed."""

    given_up = Signal()

    def __init__(self, theme: Theme, words: str, parent: QWidget) -> None:
        super().__init__(theme, "Inglenook", parent)
        px = theme.px
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)  # whoever types goes on typing
        self.bar = ProgressBar(theme, words, self)
        self.cancel_button = Button(theme, _("Cancel"), parent=self)
        self.cancel_button.clicked.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        column.setContentsMargins(px(24), px(20), px(24), px(20))
        column.setSpacing(px(12))
        column.addWidget(Label(theme, words, "body", wraps=True, parent=self))
        column.addWidget(self.bar)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.cancel_button)
        column.addLayout(row)
        width = min(px(WIDTH), max(px(300), parent.window().width() - px(32)))
        fix(self, column, width)
        self.rejected.connect(self.given_up)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.show)
        self._timer.start(SHOW_AFTER_MS)

    def show_progress(self, done: int, total: int) -> None:
        """Say how much is done, and of how much."""
        self.bar.set_fraction(done / max(1, total))

    def end(self) -> None:
        """Go away: it is done."""
        self._timer.stop()
        self.blockSignals(True)
        self.hide()
        self.deleteLater()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape gives up, as in every dialog; Enter is for the button alone."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
