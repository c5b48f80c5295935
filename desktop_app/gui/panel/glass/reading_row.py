"""Says how far a model has read a text once more, and offers to give that up."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.widgets.controls import Button, Label
from desktop_app.gui.widgets.progress_bar import ProgressBar
from desktop_app.support.i18n import _


class ReadingRow(Themed, QWidget):
    """A line of words, a bar below it, and a button."""

    cancel_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        self.words = Label(theme, "", "label", "muted", parent=self)
        self.bar = ProgressBar(theme, _("How far the answer is read"), self)
        self.cancel = Button(theme, _("Cancel"), parent=self)
        self.cancel.setAccessibleName(_("Stop reading the answer"))
        self.cancel.clicked.connect(self.cancel_requested)
        self._column = QVBoxLayout(self)
        for part in (self.words, self.bar, self.cancel):
            self._column.addWidget(part)
        self.apply_theme()

    def show_beginning(self) -> None:
        """Say that nothing is read yet: the model may have to be loaded first."""
        self.words.setText(_("Reading…"))
        self.bar.set_fraction(0.0)

    def show_fraction(self, fraction: float) -> None:
        """Say how much is read, 0 to 1."""
        self.words.setText(_("Reading… {percent} %").format(percent=round(100 * fraction)))
        self.bar.set_fraction(fraction)

    def apply_theme(self) -> None:
        """Take over the margins."""
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(self.theme.px(8))
        super().apply_theme()
