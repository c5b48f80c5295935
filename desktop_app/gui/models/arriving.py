"""What is on its way to this computer, above all else on the Models page: downloads, and files that are copied or moved."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal

from desktop_app.domain.downloads import Download
from desktop_app.domain.transfers import Transfer
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.models.card import ModelCard
from desktop_app.gui.models.download_card import DownloadCard
from desktop_app.gui.models.file_cards import TransferCard
from desktop_app.gui.widgets.card_group import CardGroup


class Arriving(CardGroup):
    """A card for each; hidden while there is none. `place` arranges a new card for the width and adds it."""

    pause_requested = Signal(str)
    resume_requested = Signal(str)
    cancel_requested = Signal(str)
    next_requested = Signal(str)
    transfer_cancel_requested = Signal(str)

    def __init__(self, theme: Theme, place: Callable[[CardGroup, ModelCard], None]) -> None:
        super().__init__(theme, "")
        self._theme = theme
        self._place = place
        self._queue: Sequence[str] = ()
        self.download_cards: dict[str, DownloadCard] = {}
        self.transfer_cards: dict[str, TransferCard] = {}
        self.hide()

    def show_download(self, download: Download) -> None:
        """Show a download that is new or has moved on."""
        card = self.download_cards.get(download.id)
        if card is not None:
            card.show_download(download)
            return
        card = DownloadCard(self._theme, download)
        card.next_requested.connect(lambda: self.next_requested.emit(download.id))
        card.pause_requested.connect(lambda: self.pause_requested.emit(download.id))
        card.resume_requested.connect(lambda: self.resume_requested.emit(download.id))
        card.cancel_requested.connect(lambda: self.cancel_requested.emit(download.id))
        self.download_cards[download.id] = card
        self.show()
        self._place(self, card)
        self.set_queue(self._queue)

    def show_transfer(self, transfer: Transfer) -> None:
        """Show a model that is copied or moved, or how far that is."""
        card = self.transfer_cards.get(transfer.id)
        if card is not None:
            card.show_transfer(transfer)
            return
        card = TransferCard(self._theme, transfer)
        card.cancel_requested.connect(lambda: self.transfer_cancel_requested.emit(transfer.id))
        self.transfer_cards[transfer.id] = card
        self.show()
        self._place(self, card)

    def remove(self, key: str) -> None:
        """Show a download or a transfer no more."""
        card: ModelCard | None = self.download_cards.pop(key, None) or self.transfer_cards.pop(key, None)
        if card is not None:
            self.drop(card)
            self.setVisible(bool(self.download_cards or self.transfer_cards))

    def set_queue(self, queue: Sequence[str]) -> None:
        """Tell each card its place among those that wait, and put these in their order."""
        self._queue = queue
        for download_id, card in self.download_cards.items():
            card.set_place(queue.index(download_id) + 1 if download_id in queue else 0)
        self.arrange([self.download_cards[key] for key in queue if key in self.download_cards])
