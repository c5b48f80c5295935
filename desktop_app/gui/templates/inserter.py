"""Puts templates into the composer: from the slash list, by a shortcut, or from the page of templates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication, QTextCursor
from shiboken6 import isValid

from desktop_app.app import App
from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.prompt_templates import PromptTemplate, Value, missing_names
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.commands.actions import Entry, OwnCommand
from desktop_app.gui.commands.shortcuts import TEMPLATE, holder
from desktop_app.gui.conversation.controller import ChatController
from desktop_app.gui.conversation.conversation import Opening
from desktop_app.services.words.error_text import explain
from desktop_app.services.writing.prompt_library import LibraryTemplate
from desktop_app.support.i18n import _

if TYPE_CHECKING:
    from desktop_app.gui.templates.form import PlaceholderForm, Surroundings
    from desktop_app.gui.templates.slash_list import SlashList
    from desktop_app.gui.window.main_window import MainWindow

LONGEST_QUERY = 40
"""A line that begins with a slash and goes on for longer is no search."""
LONGEST_TAKEN = 200_000
"""As many characters are taken from the clipboard."""


class TemplateInserter(QObject):
    """Looks for a slash while somebody types, asks for values, and inserts what the helper made of them."""

    def __init__(self, app: App, bridge: Bridge, window: MainWindow, chat: ChatController, refresh: Callable[[], None]):
        """`refresh` is called when the list of templates should be up to date."""
        super().__init__(window)
        self._app = app
        self._bridge = bridge
        self._window = window
        self._chat = chat
        self._refresh = refresh
        self._entries: Sequence[LibraryTemplate] | None = None
        """What can be inserted; None until the templates were read for the first time."""
        self._slash: SlashList | None = None
        self._dismissed = False
        self._is_fresh = False
        self._inserted = ""
        self._actions: list[Entry] = []
        composer = window.composer
        composer.field.textChanged.connect(self._look)
        composer.field.cursorPositionChanged.connect(self._look)
        composer.template_removed.connect(self._remove)
        window.commands.insert_template.triggered.connect(self._begin)
        self._take_over()

    def set_templates(self, entries: Sequence[LibraryTemplate]) -> None:
        """Offer these templates; each with a shortcut gets a command of its own."""
        self._entries = [entry for entry in entries if entry.template is not None]
        self._make_commands()
        self._look()

    def holder(self, keys: str) -> str:
        """Return the name of the command, other than a template, that has the shortcut `keys`; empty where none has."""
        others = [entry for entry in self._window.commands.entries if entry not in self._actions]
        found = holder(others, keys, "")
        return found.action.text() if found is not None else ""

    def around(self) -> Surroundings:
        """Return what a form may take values from, as it is now."""
        from desktop_app.gui.templates.form import Surroundings

        return Surroundings(
            clipboard=QGuiApplication.clipboard().text()[:LONGEST_TAKEN],
            selection=self._window.chat_view().selected_text(),
        )

    def read_file(self, form: PlaceholderForm, name: str, path: str) -> None:
        """Read the file that was chosen for a placeholder."""
        form.awaited[name] = path

        def is_awaited() -> bool:  # else the form was left meanwhile, or another file chosen
            return isValid(form) and form.awaited.get(name) == path

        self._bridge.when_done(
            self._app.prompts.read_value(path),
            lambda text: form.show_file(name, path, text) if is_awaited() else None,
            lambda error: form.show_file_problem(name, explain(error).sentence) if is_awaited() else None,
        )

    def use(
        self,
        template: PromptTemplate,
        values: Mapping[str, Value],
        show_problem: Callable[[str], None],
        is_wanted: Callable[[], bool],
    ) -> None:
        """Begin a new chat with a template: its text in the question field, the rest with the first question.

        Nothing is begun where it is not wanted any more once the template is filled in.
        """

        def filled(texts: tuple[str, ...]) -> None:
            if not is_wanted():
                return
            self._window.show_page("chat")
            self._chat.new_chat()
            self._put(template, texts[0], texts[1])

        self._fill(template, values, filled, show_problem)

    def insert(self, entry: LibraryTemplate, *, replacing: bool = False) -> None:
        """Put a template where the cursor is, or in place of all that is typed, after asking for its values."""
        template = entry.template
        if template is None:
            return
        self._window.show_page("chat")
        chat_id = self._chat.chat_id

        def filled(texts: tuple[str, ...]) -> None:
            if self._chat.chat_id == chat_id:  # else another chat was opened meanwhile, for which it is not meant
                self._put(template, *texts, replacing=replacing)

        if template.placeholders:
            self._ask(template, replacing=replacing)
        else:
            self._fill(template, {}, filled, self._tell)

    # The slash

    def _take_over(self) -> None:
        """Look what was typed before the services were there; an Enter after a slash was none to send it."""
        self._look()
        if self._slash is not None and self._window.composer.withdraw():
            self._slash.want_first()

    def _begin(self) -> None:
        """Open the list as if a slash had been typed, on a line of its own."""
        self._window.show_page("chat")
        field = self._window.composer.field
        self._window.composer.focus()
        cursor = field.textCursor()
        cursor.movePosition(QTextCursor.MoveOperation.End)
        if self._window.composer.text().strip():
            cursor.insertText("\n\n")
        self._dismissed = False
        cursor.insertText("/")
        field.setTextCursor(cursor)

    def _look(self) -> None:
        """Offer what matches the line under the cursor, where it begins with a slash."""
        query = self._query()
        if query is None:
            self._dismissed = self._is_fresh = False
            if self._slash is not None:
                self._slash.put_away()
            return
        if self._dismissed:
            return
        if self._slash is None:
            self._slash = self._make_slash()
        if not self._is_fresh:  # files may have come since the last slash
            self._is_fresh = True
            self._refresh()
        if self._entries is None:
            self._slash.wait()
        else:
            self._slash.offer(matching(self._entries, query))

    def _query(self) -> str | None:
        """Return what is typed after a slash that begins the text or follows an empty line; None where there is none."""
        cursor = self._window.composer.field.textCursor()
        block = cursor.block()
        typed = block.text()[: cursor.positionInBlock()]
        if not typed.startswith("/") or cursor.hasSelection():
            return None
        before = block.previous()
        query = typed[1:]
        fits = len(query) <= LONGEST_QUERY and "/" not in query and not query.startswith(" ")
        return query if fits and not (before.isValid() and before.text().strip()) else None

    def _make_slash(self) -> SlashList:
        from desktop_app.gui.templates.slash_list import SlashList  # not before somebody types one

        slash = SlashList(self._window.theme, self._window.composer)
        slash.chosen.connect(lambda entry: self.insert(entry))
        slash.dismissed.connect(self._dismiss)
        return slash

    def _dismiss(self) -> None:
        self._dismissed = True

    # Filling in

    def _ask(self, template: PromptTemplate, *, replacing: bool) -> None:
        from desktop_app.gui.templates.fill_dialog import FillDialog

        self._dismissed = True  # the slash stays until something takes its place
        dialog = FillDialog(self._window.theme, template, self.around(), self._window)

        def is_open() -> bool:  # else it was cancelled meanwhile, or the same was filled in once more
            return isValid(dialog) and dialog.isVisible()

        def filled(texts: tuple[str, ...]) -> None:
            if is_open():
                dialog.accept()
                self._put(template, *texts, replacing=replacing)

        def show_problem(words: str) -> None:
            if is_open():
                dialog.show_problem(words)

        dialog.form.file_chosen.connect(lambda name, path: self.read_file(dialog.form, name, path))
        dialog.filled.connect(lambda values: self._fill(template, values, filled, show_problem))
        dialog.open()

    def _fill(
        self,
        template: PromptTemplate,
        values: Mapping[str, Value],
        then: Callable[[tuple[str, ...]], None],
        show_problem: Callable[[str], None],
    ) -> None:
        if missing_names(template, values):
            show_problem(_("The marked fields need a value."))
            return

        def failed(error: ErrorInfo) -> None:
            show_problem(explain(template.located(error)).sentence)

        self._bridge.when_done(self._app.templates.fill((template.body, template.system), values), then, failed)

    def _put(self, template: PromptTemplate, prompt: str, system: str, *, replacing: bool = False) -> None:
        """Insert the text in place of the slash; an old chat has its system prompt, so the text brings it along."""
        if self._chat.chat is not None and system:
            prompt, system = f"{system}\n\n{prompt}", ""
        composer = self._window.composer
        cursor = composer.field.textCursor()
        if replacing:
            cursor.select(QTextCursor.SelectionType.Document)
        elif self._query() is not None:
            cursor.movePosition(QTextCursor.MoveOperation.StartOfBlock, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(prompt)
        composer.field.setTextCursor(cursor)
        self._dismissed = False
        self._inserted = prompt
        self._chat.begin_with(Opening(template.title, system, template.examples))
        composer.focus()

    def _remove(self) -> None:
        """Give a template up: what it brought along goes, and its text where nobody changed it."""
        self._chat.begin_with(Opening())
        if self._window.composer.text() == self._inserted:
            self._window.composer.set_text("")
        self._window.composer.focus()

    def _tell(self, words: str) -> None:
        self._window.notice.show_notice(words, None, "error")

    # Commands

    def _make_commands(self) -> None:
        wanted = [
            OwnCommand(
                _("Template: {title}").format(title=entry.title), "document", entry.shortcut, f"{TEMPLATE}{entry.key}"
            )
            for entry in self._entries or ()
            if entry.shortcut
        ]
        self._actions = self._window.commands.exchange(
            self._actions, wanted, lambda name: self._insert_key(name.removeprefix(TEMPLATE))
        )

    def _insert_key(self, key: str) -> None:
        entry = next((entry for entry in self._entries or () if entry.key == key), None)
        if entry is not None:
            self.insert(entry)


def matching(entries: Sequence[LibraryTemplate], query: str) -> list[LibraryTemplate]:
    """Return the templates that have all words of `query`: those whose titles begin with it first, then favourites."""
    needle = query.casefold().strip()
    words = needle.split()

    def text(entry: LibraryTemplate) -> str:
        about = entry.template
        return f"{entry.title} {entry.folder} {about.description} {' '.join(about.tags)}".casefold() if about else ""

    def place(entry: LibraryTemplate) -> tuple[bool, bool, bool]:
        title = entry.title.casefold()
        return not title.startswith(needle), not all(word in title for word in words), not entry.favourite

    return sorted((entry for entry in entries if all(word in text(entry) for word in words)), key=place)
