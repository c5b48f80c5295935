"""Finds chats and models by their names, for the command palette."""

from collections.abc import Callable, Sequence
from functools import partial

from desktop_app.domain.models import ModelFile
from desktop_app.gui.command_palette import Choice
from desktop_app.gui.main_window import MainWindow
from desktop_app.gui.name_match import fit
from desktop_app.support.i18n import _

MOST_OF_EACH = 6


class PaletteFinder:
    """Chats open, and models answer from then on."""

    def __init__(
        self,
        window: MainWindow,
        *,
        models: Callable[[], Sequence[ModelFile]],
        open_chat: Callable[[str], None],
        choose_model: Callable[[str], None],
    ) -> None:
        self._window = window
        self._models = models
        self._open_chat = open_chat
        self._choose_model = choose_model

    def find(self, typed: str) -> list[Choice]:
        """Return the newest chats and the models that have what was typed in their names."""
        chats = self._window.sidebar.titled(typed)[:MOST_OF_EACH]
        models = [model for model in self._models() if not model.missing and fit(typed, model.name) is not None]
        return [
            *(Choice(chat.title, "document", partial(self._open_chat, chat.id), about=_("Chat")) for chat in chats),
            *(
                Choice(model.name, "models", partial(self._choose_model, model.path), about=_("Model"))
                for model in models[:MOST_OF_EACH]
            ),
        ]
