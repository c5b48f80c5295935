"""Connects the page that brings chats in with the services."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QStandardPaths, Qt
from PySide6.QtWidgets import QFileDialog

from desktop_app.app import App
from desktop_app.domain.chats import Chat
from desktop_app.domain.errors import ErrorInfo
from desktop_app.gui.bridge import Bridge, Newest
from desktop_app.gui.conversation.controller import ChatController
from desktop_app.support.formats import number
from desktop_app.support.i18n import _, ngettext

if TYPE_CHECKING:  # few starts import anything
    from desktop_app.domain.offers import Preview
    from desktop_app.gui.moving_in.page import MovingInPage
    from desktop_app.gui.window.main_window import MainWindow
    from desktop_app.services.background.jobs import Job
    from desktop_app.services.chat_files.arrivals import Imported
    from desktop_app.services.chats.ordering import Undo


class MovingInController(QObject):
    """Has files looked at and chats brought in while the window goes on, and shows what came."""

    def __init__(
        self,
        app: App,
        bridge: Bridge,
        window: MainWindow,
        chat: ChatController,
        *,
        chats: Callable[[], Mapping[str, Chat]],
        open_chat: Callable[[str], None],
    ) -> None:
        """`chats` are those that are listed, by their ids."""
        super().__init__(window)
        self._app = app
        self._bridge = bridge
        self._found = Newest(bridge)
        self._window = window
        self._chat = chat
        self._chats = chats
        self._open_chat = open_chat
        self._folder = ""
        self._job: Job[Any] | None = None
        self.go_on: Callable[[MovingInController], None] = lambda _other: None
        self.is_made = False
        window.commands.import_chats.triggered.connect(self.open)
        window.settings_page.import_requested.connect(window.commands.import_chats.trigger)
        window.export_dropped.connect(self.look)
        window.page_made.connect(self._page_made)

    def open(self) -> None:
        """Show the page."""
        self._window.show_page("moving_in")

    def look(self, path: str) -> None:
        """Say what a file or folder would bring."""
        self.open()
        if self._job is not None:  # one at a time; the page shows it
            return
        self.page.show_reading(Path(path).name or path)
        self.follow_look(self._app.imports.look(path))

    def take_over(self, former: MovingInController) -> None:
        """Go on with what was under way in a window that was made anew."""
        if former.is_made:
            self.page.take_over(former.page)
            former.go_on(self)

    def follow_look(self, job: Job[Preview]) -> None:
        """Show how far a look is, and what it finds."""
        page = self.page

        def failed(error: ErrorInfo) -> None:
            self._end()
            page.show_door(error)

        def looked(preview: Preview) -> None:
            self._end()
            page.show_preview(preview)

        def given_up() -> None:
            self._end()
            page.show_door()

        self._begin(job, lambda other: other.follow_look(job))
        self._bridge.when_done(job.future, looked, failed, given_up)

    def _page_made(self, name: str) -> None:
        if name != "moving_in":
            return
        self.is_made = True
        page = self.page
        page.opened.connect(self._find)
        page.path_chosen.connect(self.look)
        page.file_requested.connect(lambda: self._choose(is_folder=False))
        page.folder_requested.connect(lambda: self._choose(is_folder=True))
        page.import_requested.connect(self._bring)
        page.given_up.connect(self._give_up)
        page.show_requested.connect(self._show)
        page.removal_requested.connect(self._remove)

    @property
    def page(self) -> MovingInPage:
        """The page, made when it is first asked for."""
        return self._window.moving_in_page

    def _find(self) -> None:
        """Look for the chats of other apps, when the page is opened and at no other time."""
        self._found.when_done(self._app.imports.found().future, self.page.show_found)

    def _bring(self, preview: Preview, chosen: frozenset[str], folder: str) -> None:
        self.page.show_importing()
        job = self._app.imports.bring(preview.path, preview=preview, chosen=chosen, folder=folder)
        self.follow_bring(job, preview)

    def follow_bring(self, job: Job[Imported], preview: Preview) -> None:
        """Show how far an import is, and what comes of it."""
        page = self.page

        def failed(error: ErrorInfo) -> None:
            self._end()
            page.show_door(error)

        def given_up() -> None:
            self._end()
            page.show_preview(preview)

        self._begin(job, lambda other: other.follow_bring(job, preview))
        self._bridge.when_done(job.future, self._brought, failed, given_up)

    def _begin(self, job: Job[Any], go_on: Callable[[MovingInController], None]) -> None:
        """Show how far a job is; `go_on` has another controller follow it to its end."""
        self._job, self.go_on = job, go_on
        job.tell(self._tell)

    def _end(self) -> None:
        self._job, self.go_on = None, lambda _other: None

    def _brought(self, outcome: Imported) -> None:
        from desktop_app.services.chat_files.import_words import imported_words

        self._end()
        self.page.show_outcome(outcome)
        current = self._chat.chat
        if current is not None and current.id in outcome.changed_ids:
            self._chat.open_chat(current.id)
        if self._window.page != "moving_in":
            self._window.notice.show_notice(imported_words(outcome), (_("Show"), partial(self.open)))

    def _tell(self, done: int, total: int) -> None:
        self._bridge.call(lambda: self.page.show_progress(done, total))

    def _give_up(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _show(self, outcome: Imported) -> None:
        """Show the folder in which new chats are, and the one used last of those that came."""
        came = [chat for chat_id in outcome.changed_ids if (chat := self._chats().get(chat_id)) is not None]
        if not came:
            return
        newest = max(came, key=lambda chat: chat.updated_at)
        self._window.stage.show_sidebar()
        if newest.folder_id is not None:
            self._window.sidebar.open_folder(newest.folder_id)
        self._open_chat(newest.id)

    def _remove(self, outcome: Imported) -> None:
        """Move what came to the trash, and take the folders and tags away that were made for it."""
        current = self._chat.chat
        deleted = self._app.ordering.delete(outcome.new_ids)
        if current is not None and current.id in outcome.new_ids:
            self._chat.new_chat(goes_on=True)
        gone = [self._app.ordering.remove_folder(folder) for folder in reversed(outcome.folders)]
        tagged = self._window.sidebar.shelf.tagged.items()
        in_use = {tag_id for chat_id, ids in tagged if chat_id not in outcome.new_ids for tag_id in ids}
        gone += [self._app.ordering.remove_tag(tag) for tag in outcome.tags if tag.id not in in_use]
        undos: list[Undo] = []

        def removed(undo: Undo) -> None:
            undos.append(undo)
            if len(undos) <= len(gone):
                return
            self.page.show_outcome(outcome, removed=True)
            count = len(outcome.new_ids)
            words = ngettext("{count} chat was moved to the trash.", "{count} chats were moved to the trash.", count)
            self._window.notice.show_notice(words.format(count=number(count)), (_("Undo"), partial(_undo_all, undos)))

        for each in (deleted, *gone):
            self._bridge.when_done(each, removed)

    def _choose(self, *, is_folder: bool) -> None:
        names = _("Chats (*.json *.zip *.jsonl *.chat)")
        title = _("Choose the folder with the chats") if is_folder else _("Choose the file with the chats")
        documents = QStandardPaths.StandardLocation.DownloadLocation
        start = self._folder or QStandardPaths.writableLocation(documents)
        dialog = QFileDialog(self._window, title, start, "" if is_folder else ";;".join((names, _("All files (*)"))))
        dialog.setFileMode(QFileDialog.FileMode.Directory if is_folder else QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(self._chosen)
        dialog.open()

    def _chosen(self, paths: list[str]) -> None:
        self._folder = str(Path(paths[0]).parent)
        self.look(paths[0])


def _undo_all(undos: Sequence[Undo]) -> None:
    """Undo what was done last first: have the folders back, the outer ones first, and then what was in them."""
    for undo in reversed(undos):
        undo()
