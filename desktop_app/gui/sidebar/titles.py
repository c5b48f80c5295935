"""The titles of all chats as a search compares them, folded a few in each turn of the event loop before it is wanted."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer

from desktop_app.domain.chats import Chat
from desktop_app.gui.sidebar.groups import folded_titles

PER_TURN = 2000
"""As many as take three milliseconds."""


class ChatTitles(QObject):
    """Folds titles while nothing else is to be done; `folded` counts them. A title that was folded is not again."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.folded = 0
        self._chats: Sequence[Chat] = ()
        self._known: dict[str, str] = {}
        self._titles: list[str] = []
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._step)

    def set_chats(self, chats: Sequence[Chat]) -> None:
        """Prepare for a search in these chats."""
        if len(self._known) > 2 * len(chats):  # most of them are gone
            self._known = {}
        self._chats, self._titles = chats, []
        self._timer.start()

    @property
    def is_ready(self) -> bool:
        """Whether all titles are folded."""
        return len(self._titles) == len(self._chats)

    def all(self) -> Sequence[str]:
        """Return the folded titles of all chats, in their order; what is missing is folded now."""
        self._fold(len(self._chats) - len(self._titles))
        return self._titles

    def _step(self) -> None:
        self._fold(PER_TURN)
        if self.is_ready:
            self._timer.stop()

    def _fold(self, count: int) -> None:
        """Fold the next `count` titles, but for those that are known."""
        begin = len(self._titles)
        chats = self._chats[begin : begin + count]
        fresh = [chat for chat in chats if chat.title not in self._known]
        if fresh:
            self.folded += len(fresh)
            self._known.update(zip((chat.title for chat in fresh), folded_titles(fresh), strict=True))
        self._titles += [self._known[chat.title] for chat in chats]
