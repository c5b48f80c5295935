"""Connects personas with the empty chat, their page, the command palette and the services."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QMenu

from desktop_app.app import App
from desktop_app.domain.chats import Chat
from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.models import ModelFile
from desktop_app.domain.personas import Persona
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.shelf import FolderStart
from desktop_app.gui.bridge import Bridge, Newest
from desktop_app.gui.commands.actions import Entry, OwnCommand
from desktop_app.gui.personas.picture import Pictures
from desktop_app.gui.personas.start import StartPage
from desktop_app.gui.system.folders import show_in_folder
from desktop_app.services.words.error_text import explain
from desktop_app.services.writing.personas import TAKEN_IN, Imported, LibraryPersona
from desktop_app.support.formats import paragraph
from desktop_app.support.i18n import _, ngettext

if TYPE_CHECKING:
    from concurrent.futures import Future

    from desktop_app.gui.conversation.controller import ChatController
    from desktop_app.gui.window.main_window import MainWindow

COMMAND = "persona:"
"""What the names of commands that begin a chat with a persona begin with; the persona's key follows."""
MOST_NOTES = 3
"""So many things that were left out of imported personas are told; an export with a hundred would fill the window."""


class PersonasController(QObject):
    """Begins chats with personas; `changed` says that the open chat's, or the next one's, is another or known now.

    `folder_left` asks for the chat to come to begin in no folder.
    """

    changed = Signal()
    folder_left = Signal()

    def __init__(
        self,
        app: App,
        bridge: Bridge,
        window: MainWindow,
        chat: ChatController,
        *,
        models: Callable[[], Sequence[ModelFile]],
        choose_model: Callable[[str], None],
        show_sampling: Callable[[], None],
        insert_template: Callable[[str], None],
        show_error: Callable[[ErrorInfo], None],
    ) -> None:
        """`show_sampling` shows the values that the next chat begins with, `insert_template` takes a title."""
        super().__init__(window)
        self._app = app
        self._bridge = bridge
        self._newest, self._newest_sheet = Newest(bridge), Newest(bridge)
        self._window = window
        self._chat = chat
        self._models = models
        self._choose_model = choose_model
        self._show_sampling = show_sampling
        self._show_error = show_error
        self._entries: dict[str, LibraryPersona] = {}
        self._chosen: LibraryPersona | None = None
        self._commands: list[Entry] = []
        self._saving = 0
        """How many changes of the sheet are on their way to the disk."""
        self._refused: dict[str, tuple[Persona, Persona]] = {}
        """Personas that could not be saved, by their keys: how each is on the disk, and how it was to be."""
        pictures = Pictures(self._read_image, window)
        window.set_pictures(pictures)
        self._start = StartPage(window.theme, pictures, window.chat_view().viewport())
        self._start.persona_chosen.connect(self.begin)
        self._start.left.connect(self._leave)
        self._start.question_chosen.connect(self._take_question)
        self._start.template_chosen.connect(insert_template)
        self._start.all_requested.connect(self.open_page)
        self._start.folder_left.connect(self.folder_left)
        self._start.setVisible(chat.chat_id is None)
        button = window.sidebar.new_chat
        button.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        button.customContextMenuRequested.connect(lambda _place: self._open_menu())
        window.commands.personas.triggered.connect(self.open_page)
        window.page_made.connect(self._page_made)
        chat.chat_opened.connect(self._chat_opened)
        bridge.follow(app.personas.changed, lambda _none: self.refresh())

    @property
    def current(self) -> LibraryPersona | None:
        """The persona of the open chat, or of the one that begins next."""
        chat = self._chat.chat
        return self._entries.get(chat.persona or "") if chat is not None else self._chosen

    @property
    def entries(self) -> Sequence[LibraryPersona]:
        """The personas that there are; none before they were read."""
        return tuple(self._entries.values())

    @property
    def chosen_key(self) -> str | None:
        """The persona that the next chat begins with."""
        return self._chosen.key if self._chosen is not None else None

    def sampling_over(self, base: Sampling) -> Sampling:
        """Return the values that the next chat begins with."""
        persona = self._chosen.persona if self._chosen is not None else None
        return persona.sampling_over(base) if persona is not None else base

    def refresh(self, then: Callable[[], None] | None = None) -> None:
        """Look again which personas there are, and `then` go on."""
        self._newest.when_done(self._app.personas.entries(self._models()), self._show_entries, after=then)

    def begin(self, key: str) -> None:
        """Begin a chat with a persona; what is typed already stays."""
        entry = self._entries.get(key)
        if entry is None or entry.persona is None:
            return
        composer, is_new = self._window.composer, self._chat.chat is None
        draft, files = (composer.text(), composer.files) if is_new else ("", ())
        self._window.show_page("chat")
        folder_id = self._chat.which.begins_in if is_new else None
        if self._chat.is_temporary:
            self._chat.begin_aside(draft, files, folder_id=folder_id)
        else:
            self._chat.new_chat(draft, files, goes_on=True, folder_id=folder_id)
        self._take(entry)

    def has(self, key: str) -> bool:
        """Return whether there is a persona with which a chat can begin; its file may not be readable."""
        entry = self._entries.get(key)
        return entry is not None and entry.persona is not None

    def begin_in_folder(self, start: FolderStart) -> None:
        """Let the chat to come begin as a folder says, with its persona, which is there, or none, and its model."""
        self._take(self._entries.get(start.persona), start.model_path)

    def _take(self, entry: LibraryPersona | None, model_path: str = "") -> None:
        """Let the chat to come begin with a persona, or with none, and with another model than the persona's."""
        self._chosen = entry
        self._show_chosen()
        wanted = model_path or (entry.model_path if entry is not None else "")
        if wanted:
            self._choose_model(wanted)
        self._show_sampling()
        if entry is not None and entry.findings:
            self._window.notice.show_notice(paragraph(explain(finding).sentence for finding in entry.findings))

    def take_over(self, former: PersonasController) -> None:
        """Let the next chat begin with the persona that was chosen in a window that was made anew."""
        if self._chat.chat_id is None and former._chosen is not None:
            self._chosen = former._chosen
            self._show_chosen()

    def open_page(self) -> None:
        """Show all personas."""
        self._window.show_page("personas")
        self.refresh()

    def menu(self) -> QMenu:
        """Return the menu of the New chat button: a temporary chat, one in the folder, one with each persona, and all of them."""
        button = self._window.sidebar.new_chat
        menu = QMenu(button)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self._window.commands.temporary_chat)
        menu.addAction(self._window.commands.new_in_folder)
        menu.addSeparator()
        menu.addActions([entry.action for entry in self._commands])
        menu.addSeparator()
        menu.addAction(self._window.commands.personas)
        return menu

    def _open_menu(self) -> None:
        button = self._window.sidebar.new_chat
        self.menu().popup(button.mapToGlobal(button.rect().bottomLeft()))

    # The empty chat

    def _leave(self) -> None:
        self._chosen = None
        self._show_chosen()
        self._show_sampling()
        self._window.composer.focus()

    def _take_question(self, text: str) -> None:
        """Have a question in the field in place of what is typed, which an undo brings back."""
        self._window.composer.write(text, goes_on=False)
        self._window.composer.focus()

    def _chat_opened(self, chat: Chat | None) -> None:
        self._chosen = None
        self._start.setVisible(chat is None)
        self._show_chosen()
        if chat is None:
            self.refresh()  # a file may have been dropped into the folder

    def _show_chosen(self) -> None:
        self._start.show_chosen(self._chosen)
        self.show_hint()
        self.changed.emit()

    def show_folder(self, name: str, words: str) -> None:
        """Say in the empty chat in which folder it begins, and with what; in none where the name is empty."""
        self._start.show_folder(name, words)

    def show_hint(self) -> None:
        """Say in an empty conversation what it is for, where no persona greets."""
        if self._chosen is not None:
            self._window.chat_view().empty_hint("")  # the greeting stands there
        elif self._chat.chat is None:
            self._chat.show_hint()

    def _show_entries(self, entries: list[LibraryPersona]) -> None:
        before, self._entries = self._entries, {entry.key: entry for entry in entries}
        if self._window.has_personas_page:
            self._follow()
        if before == self._entries:
            return
        self._start.show_entries(entries)
        if self._chosen is not None:
            self._chosen = self._entries.get(self._chosen.key)
            self._start.show_chosen(self._chosen)
        self._show_commands()
        if self._window.has_personas_page:
            self._window.personas_page.show_entries(entries)
        self.changed.emit()

    def _show_commands(self) -> None:
        wanted = [
            OwnCommand(_("Chat with {persona}").format(persona=entry.name), "personas", "", f"{COMMAND}{entry.key}")
            for entry in self._entries.values()
            if entry.persona is not None
        ]
        self._commands = self._window.commands.exchange(
            self._commands, wanted, lambda name: self.begin(name.removeprefix(COMMAND))
        )

    # The page

    def _page_made(self, name: str) -> None:
        if name != "personas":
            return
        page = self._window.personas_page
        page.chat_requested.connect(self.begin)
        page.edit_requested.connect(self._edit)
        page.copy_requested.connect(lambda key: self._then_edit(self._app.personas.duplicate(key)))
        page.export_requested.connect(self._export)
        page.file_requested.connect(self._show_file)
        page.delete_requested.connect(self._delete)
        page.new_requested.connect(lambda: self._then_edit(self._app.personas.save(Persona(name=_("New persona")))))
        page.import_requested.connect(self._import)
        page.files_dropped.connect(self.take_in)
        page.show_entries(list(self._entries.values()))

    def _then_edit(self, made: Future[str]) -> None:
        """Open the editor of a persona that is being made."""
        self._bridge.when_done(made, lambda key: self.refresh(lambda: self._edit(key)), self._show_error)

    def _edit(self, key: str) -> None:
        def open_sheet(pictures: list[str]) -> None:
            from desktop_app.gui.personas.editor import PersonaSheet

            entry = self._entries.get(key)
            if entry is None or entry.persona is None:
                return
            page = self._window.personas_page
            usual = self._app.settings.value.sampling
            models = [model for model in self._models() if model.is_usable]
            _stored, shown = self._refused.get(key, (None, entry.persona))
            sheet = PersonaSheet(self._window.theme, key, shown, pictures=pictures, models=models, usual=usual)
            sheet.changed.connect(lambda persona, before: self._save(key, persona, before))
            sheet.closed.connect(page.close_sheet)
            page.open_sheet(sheet)

        self._newest_sheet.when_done(self._app.personas.pictures(), open_sheet)

    def _save(self, key: str, persona: Persona, before: Persona) -> None:
        """Save what was changed, with what could not be saved before; what cannot be now stays in the sheet."""
        stored, _former = self._refused.get(key, (before, None))
        self._saving += 1

        def saved(_key: str) -> None:
            self._saving -= 1
            self._refused.pop(key, None)
            self.refresh()

        def failed(error: ErrorInfo) -> None:
            self._saving -= 1
            self._refused[key] = stored, persona
            self._show_error(error)

        self._bridge.when_done(self._app.personas.save(persona, key, stored), saved, failed)

    def _follow(self) -> None:
        """Show in the sheet what was changed elsewhere, once all that was changed there is on the disk.

        Where the persona is gone, so is its sheet.
        """
        from desktop_app.gui.personas.editor import PersonaSheet

        page = self._window.personas_page
        sheet = page.sheet_content
        if not isinstance(sheet, PersonaSheet) or self._saving:
            return
        entry = self._entries.get(sheet.key)
        if entry is None:
            page.close_sheet()
        elif entry.persona is not None and sheet.key not in self._refused:  # else it is older than what is typed here
            sheet.follow(entry.persona)

    def _delete(self, key: str) -> None:
        name = self._entries[key].name

        def deleted(content: bytes) -> None:
            self._window.notice.show_notice(
                _("“{persona}” was deleted.").format(persona=name), (_("Undo"), partial(self._put_back, key, content))
            )

        self._bridge.when_done(self._app.personas.delete(key), deleted, self._show_error)

    def _put_back(self, key: str, content: bytes) -> None:
        self._bridge.when_done(self._app.personas.put_back(key, content), lambda _nothing: None, self._show_error)

    # Files

    def _import(self) -> None:
        endings = " ".join([*(f"*{ending}" for ending in TAKEN_IN), "Modelfile"])  # some dialogs tell its case apart
        kinds = _("Personas and characters ({endings})").format(endings=endings)
        dialog = QFileDialog(self._window, _("Import personas"), "", kinds)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(self.take_in)
        dialog.open()

    def take_in(self, paths: Sequence[str]) -> None:
        """Copy files that are personas into the folder, and say what came of it."""

        def done(imported: Imported) -> None:
            count = len(imported.keys)
            words = [
                ngettext("{count} persona was imported.", "{count} personas were imported.", count).format(count=count)
            ]
            words += [explain(error).sentence for error in imported.errors]
            words += [explain(error).next_step for error in imported.errors[:1]]
            words += [explain(note).sentence for note in imported.notes[:MOST_NOTES]]
            self._window.notice.show_notice(paragraph(words), None, "error" if imported.errors else "info")

        self._bridge.when_done(self._app.personas.take_in(paths), done)

    def _export(self, key: str) -> None:
        name = key.partition("/")[2]
        dialog = QFileDialog(self._window, _("Save the persona as a file"), name, _("Personas (*.md)"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(
            lambda path: self._bridge.when_done(
                self._app.personas.export(key, path), lambda _nothing: None, self._show_error
            )
        )
        dialog.open()

    def _show_file(self, key: str) -> None:
        file = self._app.personas.file_of(key)
        if not show_in_folder(file):
            self._window.notice.show_notice(
                _("No program here can show the folder {path}.").format(path=file.parent), None, "error"
            )

    def _read_image(self, read: Callable[[], QImage], then: Callable[[QImage], None]) -> None:
        self._bridge.when_done(self._app.pool.submit(read), then)
