"""The cards of the Models page that are about files: one on its way to another place, one that has gone."""

from PySide6.QtCore import Signal

from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.models import ModelFile
from desktop_app.domain.sizes import readable_size
from desktop_app.domain.transfers import Placing, Transfer
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.models.card import ModelCard
from desktop_app.gui.widgets.controls import Label
from desktop_app.gui.widgets.progress_bar import ProgressBar
from desktop_app.services.words.error_text import explain
from desktop_app.support.i18n import _
from desktop_app.support.long_paths import plain


class TransferCard(ModelCard):
    """A model, or the whole models folder, that is copied or moved."""

    cancel_requested = Signal()

    def __init__(self, theme: Theme, transfer: Transfer) -> None:
        name = transfer.name or _("Models folder")
        super().__init__(theme, name)
        words = _("copying to {folder}") if transfer.placing is Placing.COPY else _("moving to {folder}")
        self.details.setText(words.format(folder=transfer.folder))
        self.cancel = self.add_button(_("Cancel"), _("Cancel the transfer of {model}").format(model=name))
        self.cancel.clicked.connect(self._cancel)
        self.bar = ProgressBar(theme, _("Progress of {model}").format(model=name), self)
        self.progress = Label(theme, "", "small", "muted", wraps=True, parent=self)
        self.column.addWidget(self.bar)
        self.column.addWidget(self.progress)
        self.show_transfer(transfer)

    def show_transfer(self, transfer: Transfer) -> None:
        """Show how far it is."""
        self.bar.set_fraction(transfer.done / transfer.size if transfer.size else 0.0)
        words = _("{done} of {size}")
        self.progress.setText(words.format(done=readable_size(transfer.done), size=readable_size(transfer.size)))

    def _cancel(self) -> None:
        self.cancel.set_waiting(waits=True)
        self.cancel_requested.emit()


class IncompleteCard(ModelCard):
    """A model file of which a part is not there: how much, and what to do."""

    def __init__(self, theme: Theme, model: ModelFile) -> None:
        super().__init__(theme, model.name)
        self.add_badge(_("incomplete"), "warn")
        self.details.setText(model.quantization)
        self.delete = self.add_button(_("Delete"), _("Delete {model}").format(model=model.name))
        sizes = {"missing": model.lacks, "needed": model.size + model.lacks}
        words = explain(ErrorInfo(ErrorCode.MODEL_INCOMPLETE, {"path": model.path, **sizes})).text
        self.words_below = Label(theme, words, "small", "text", wraps=True, parent=self)
        self.column.addWidget(self.words_below)


class MissingCard(ModelCard):
    """A file that was chosen and has gone: where it was, and what to do."""

    locate_requested = Signal()
    forget_requested = Signal()

    def __init__(self, theme: Theme, model: ModelFile) -> None:
        super().__init__(theme, model.name)
        self.add_badge(_("missing"), "warn")
        self.details.setText(model.quantization)
        self.locate = self.add_button(_("Locate…"), _("Locate {model} again").format(model=model.name))
        self.locate.clicked.connect(self.locate_requested)
        self.forget = self.add_button(_("Remove from list"), _("Remove {model} from the list").format(model=model.name))
        self.forget.clicked.connect(self.forget_requested)
        words = _("The file is no longer at {path}. Connect its disk, say where it is now, or remove it from the list.")
        self.words_below = Label(theme, words.format(path=plain(model.path)), "small", "text", wraps=True, parent=self)
        self.column.addWidget(self.words_below)
