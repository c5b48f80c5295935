"""Chats that begin in a folder: what they begin with, what says so, and the dialog in which that is chosen."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from PySide6.QtCore import QObject, Signal

from desktop_app.app import App
from desktop_app.domain.shelf import NO_START, Folder, FolderStart
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.models.chosen_model import ChosenModel
from desktop_app.gui.personas.controller import PersonasController
from desktop_app.services.chats.ordering import Undo
from desktop_app.support.formats import paragraph
from desktop_app.support.i18n import _

if TYPE_CHECKING:
    from desktop_app.gui.conversation.controller import ChatController
    from desktop_app.gui.window.main_window import MainWindow


class _Applied(NamedTuple):
    """What the chat to come was told to begin with: as the folder says, and the persona and the model that could be had."""

    said: FolderStart
    had: FolderStart


_NOTHING = _Applied(NO_START, NO_START)


class FolderChats(QObject):
    """Begins them; `changed` says that the chat to come begins in another folder, or with something else."""

    changed = Signal()

    def __init__(
        self,
        app: App,
        bridge: Bridge,
        window: MainWindow,
        chat: ChatController,
        personas: PersonasController,
        model: ChosenModel,
        *,
        choose_temporary: Callable[[bool], None],
    ) -> None:
        """`choose_temporary` says whether the chat to come is a temporary one."""
        super().__init__(window)
        self._app = app
        self._bridge = bridge
        self._window = window
        self._chat = chat
        self._personas = personas
        self._model = model
        self._choose_temporary = choose_temporary
        self._applied = _NOTHING
        wishes = window.sidebar.list.wishes
        wishes.begun_in_folder.connect(lambda folder: self.begin(folder.id))
        wishes.start_wanted.connect(self._ask)
        window.commands.new_in_folder.triggered.connect(lambda: self._at_hand(lambda folder: self.begin(folder.id)))
        window.commands.folder_start.triggered.connect(lambda: self._at_hand(self._ask))
        window.sidebar.shelf_changed.connect(self.follow)
        personas.changed.connect(self.follow)
        personas.folder_left.connect(self._leave)
        chat.chat_opened.connect(lambda _chat: self._opened())
        chat.model_shown.connect(self._show)

    @property
    def folder(self) -> Folder | None:
        """The folder of the open chat, or of the one that begins next."""
        chat = self._chat.chat
        return self._window.sidebar.shelf.folder(chat.folder_id if chat is not None else self._chat.which.begins_in)

    @property
    def begins_in(self) -> str | None:
        """The id of the folder in which the chat to come begins, None where that has gone."""
        folder = self._window.sidebar.shelf.folder(self._chat.which.begins_in)
        return folder.id if folder is not None else None

    @property
    def prompt(self) -> tuple[str, str]:
        """The name of that folder, and the system prompt that it gives the chat; empty for none."""
        chat, folder = self._chat.chat, self.folder
        if folder is None:
            return "", ""
        persona = chat.persona if chat is not None else self._personas.chosen_key
        return folder.name, self._window.sidebar.shelf.start_of(folder.id).prompt_beside(persona)

    def begin(self, folder_id: str) -> None:
        """Show an empty conversation that begins in a folder; what is typed already for a chat to come stays."""
        composer, is_new = self._window.composer, self._chat.chat_id is None
        draft, files = (composer.text(), composer.files) if is_new else ("", ())
        self._window.show_page("chat")
        self._chat.new_chat(draft, files, goes_on=True, folder_id=folder_id)
        self._choose_temporary(False)
        self._window.sidebar.open_folder(folder_id)
        self._applied = _NOTHING
        self.follow()

    def begin_again(self, folder_id: str) -> None:
        """Let the chat to come begin in the folder in which it would have begun when the last run ended."""
        if folder_id and self._chat.chat_id is None:
            self._chat.which.begins_in = folder_id
            self.follow()

    def take_over(self, former: FolderChats) -> None:
        """Leave what was chosen for the chat to come in a window that was made anew, which is to begin in its folder."""
        self._applied = former._applied

    def _leave(self) -> None:
        """Let the chat to come begin in no folder; what is typed stays."""
        chat, composer = self._chat, self._window.composer
        if chat.is_temporary:
            chat.begin_aside(composer.text(), composer.files)
        else:
            chat.new_chat(composer.text(), composer.files, goes_on=True)

    def follow(self) -> None:
        """Take over what became of the folder, and of what its chats begin with, once all of that is known."""
        is_known = bool(self._personas.entries) and self._model.is_listed
        folder = self.folder if self._chat.chat is None and is_known else None
        if folder is not None:
            said = self._window.sidebar.shelf.start_of(folder.id)
            model = self._model.find(said.model_path) if said.model_path else None
            had = FolderStart(
                persona=said.persona if self._personas.has(said.persona) else "",
                model_path=model.path if model is not None and model.is_usable else "",
            )
            if (said, had) != self._applied:
                self._apply(_Applied(said, had))
        self._show()

    def _apply(self, applied: _Applied) -> None:
        """Let the chat to come begin with what its folder says unless a person chose otherwise, and say what cannot be had."""
        before, self._applied = self._applied.had, applied
        said, had = applied
        chosen, model_path = self._personas.chosen_key or "", self._model.path or ""
        is_own_persona = chosen != before.persona
        is_own_model = before.model_path not in ("", model_path)
        takes_persona = had.persona != before.persona and not is_own_persona
        if takes_persona or (had.model_path != before.model_path and not is_own_model):
            self._personas.begin_in_folder(
                FolderStart(
                    persona=chosen if is_own_persona else had.persona,
                    model_path=model_path if is_own_model else had.model_path,
                )
            )
        no_model = _("The model that chats in this folder begin with is not on this computer; the chosen one answers.")
        no_persona = _("The persona that chats in this folder begin with is not there any more.")
        missing = [
            no_persona if said.persona and not had.persona else "",
            no_model if said.model_path and not had.model_path else "",
        ]
        if any(missing):
            self._window.notice.show_notice(paragraph(missing))

    def _opened(self) -> None:
        if self._chat.chat is not None or self._chat.which.begins_in is None:
            self._applied = _NOTHING  # else the chat to come was begun anew where it was: what was chosen for it stays
        self._show()

    def _show(self) -> None:
        folder = self.folder if self._chat.chat is None else None
        start = self._window.sidebar.shelf.start_of(folder.id) if folder is not None else NO_START
        self._personas.show_folder(folder.name if folder is not None else "", self._words(start))
        self.changed.emit()

    def _words(self, start: FolderStart) -> str:
        """Say what of that which a folder's chats begin with is not to be seen elsewhere in the empty chat."""
        model = self._model.find(start.model_path) if start.model_path else None
        answers = model is not None and model.path == self._model.path
        return paragraph(
            (
                _("The folder brings a system prompt.") if start.prompt_beside(self._personas.chosen_key) else "",
                _("The folder’s model answers: {model}.").format(model=model.name) if model and answers else "",
            )
        )

    # The dialog

    def _at_hand(self, does: Callable[[Folder], None]) -> None:
        """Do something with the folder that a person is at, or say how to come to one."""
        sidebar = self._window.sidebar
        folder = sidebar.folder_at_hand or (self.folder if self._chat.chat is None else None)
        if folder is not None:
            does(folder)
        else:
            words = _("Choose a folder in the list first, or open a chat that is in one.")
            self._window.notice.show_notice(words)

    def _ask(self, folder: Folder) -> None:
        from desktop_app.gui.sidebar.folder_start_dialog import FolderStartDialog  # few starts need it

        shelf = self._window.sidebar.shelf
        known = shelf.folder(folder.id) or folder
        shown = self._as_now(known.start)
        dialog = FolderStartDialog(
            self._window.theme,
            msgspec.structs.replace(known, start=shown),
            outer=shelf.folder(folder.parent_id),
            personas=self._personas.entries,
            models=self._model.models,
            parent=self._window,
        )
        dialog.answered.connect(partial(self._keep, folder, shown))
        dialog.open()

    def _keep(self, folder: Folder, shown: FolderStart, chosen: FolderStart) -> None:
        """Keep what is chosen otherwise than it was `shown`; another window may have changed the rest meanwhile."""
        now = self._window.sidebar.shelf.folder(folder.id)
        if now is None:
            self._window.notice.show_notice(
                _("The folder “{folder}” is not there any more.").format(folder=folder.name)
            )
            return
        start = now.start.with_changes(shown, chosen)
        if start == now.start:
            return
        words = _("New chats in “{folder}” begin with this from now on.").format(folder=now.name)
        self._bridge.when_done(self._app.ordering.begin_with(folder.id, start), partial(self._offer_undo, words))

    def _as_now(self, start: FolderStart) -> FolderStart:
        """Return what chats begin with, with the model where it was moved to."""
        return msgspec.structs.replace(start, model_path=self._model.path_now(start.model_path))

    def _offer_undo(self, words: str, undo: Undo) -> None:
        self._window.notice.show_notice(words, (_("Undo"), partial(self._undo, undo)))

    def _undo(self, undo: Undo) -> None:
        undo()
