"""The dialog that asks whether everything is to be deleted, with or without the models."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from desktop_app.gui.dialogs.question import QuestionDialog
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.switch_row import SwitchRow
from desktop_app.support.i18n import _

WIDTH = 480


class EraseDialog(QuestionDialog):
    """Takes two steps, so that no slip deletes anything; `confirmed` says whether the models go, too."""

    confirmed = Signal(bool)

    def __init__(self, theme: Theme, models: str, parent: QWidget | None = None) -> None:
        """`models` is the size of the models in words, empty where there are none."""
        super().__init__(theme, _("Delete everything?"), parent)
        models_row = SwitchRow(theme, _("The models as well, {size}").format(size=models), self)
        sure_row = SwitchRow(theme, _("I understand that none of it can be recovered"), self)
        self.models, self.sure = models_row.switch, sure_row.switch
        words = _(
            "Inglenook closes and deletes all chats, backups, personas, templates and settings on this computer. What "
            "was deleted may be found with special tools until the disk uses its room again; a locked history cannot "
            "be read even then."
        )
        rows = [models_row, sure_row] if models else [sure_row]
        if not models:
            models_row.hide()
        self.lay_out(words, _("Delete everything"), WIDTH, rows)
        self.cancel_button.setDefault(True)
        self.accept_button.setEnabled(False)
        self.sure.toggled.connect(self.accept_button.setEnabled)
        self.accept_button.clicked.connect(self._accept)
        self.cancel_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _accept(self) -> None:
        self.accept()
        self.confirmed.emit(self.models.isChecked())
