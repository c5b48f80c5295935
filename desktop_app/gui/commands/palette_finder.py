"""Finds settings, chats, texts of the notebook, folders and models by their names, for the command palette."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from desktop_app.domain.models import ModelFile
from desktop_app.gui.commands.name_match import fit
from desktop_app.gui.commands.palette import Choice
from desktop_app.support.i18n import _

if TYPE_CHECKING:
    from desktop_app.domain.notebook import NotebookEntry
    from desktop_app.gui.window.main_window import MainWindow

MOST_OF_EACH = 6


class PaletteFinder:
    """Settings are shown, chats and texts open, folders get one more chat, and models answer from then on."""

    def __init__(
        self,
        window: "MainWindow",
        *,
        models: Callable[[], Sequence[ModelFile]],
        texts: "Callable[[], Sequence[NotebookEntry]]",
        open_chat: Callable[[str], None],
        open_text: Callable[[str], None],
        choose_model: Callable[[str], None],
        begin_in: Callable[[str], None],
    ) -> None:
        self._window = window
        self._models = models
        self._texts = texts
        self._open_chat = open_chat
        self._open_text = open_text
        self._choose_model = choose_model
        self._begin_in = begin_in

    def find(self, typed: str) -> list[Choice]:
        """Return the newest chats and texts, the folders and the models that have what was typed in their names, and the settings."""
        words = _("New chat in “{folder}”")
        named = [(words.format(folder=folder.name), folder.id) for folder in self._window.sidebar.shelf.folders]
        folders = [(name, folder_id) for name, folder_id in named if fit(typed, name) is not None]
        chats = self._window.sidebar.chats.titled(typed)[:MOST_OF_EACH]
        texts = [text for text in self._texts() if text.title and fit(typed, text.title) is not None]
        models = [model for model in self._models() if model.is_usable and fit(typed, model.name) is not None]
        return [
            *(
                Choice(title, "settings", partial(self._show_setting, title), about=_("Setting"))
                for title in self._window.settings_page.titled(typed)[:MOST_OF_EACH]
            ),
            *(Choice(chat.title, "document", partial(self._open_chat, chat.id), about=_("Chat")) for chat in chats),
            *(
                Choice(text.title, "edit", partial(self._open_text, text.id), about=_("Text"))
                for text in texts[:MOST_OF_EACH]
            ),
            *(
                Choice(name, "folder", partial(self._begin_in, folder_id), about=_("Folder"))
                for name, folder_id in folders[:MOST_OF_EACH]
            ),
            *(
                Choice(model.name, "models", partial(self._choose_model, model.path), about=_("Model"))
                for model in models[:MOST_OF_EACH]
            ),
        ]

    def _show_setting(self, title: str) -> None:
        self._window.show_page("settings")
        self._window.settings_page.look_for(title)
