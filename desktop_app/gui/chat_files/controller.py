"""Connects the window with the files that chats go to and come back from: exports and backups."""

import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QStandardPaths, Qt
from PySide6.QtWidgets import QFileDialog

from desktop_app.app import App
from desktop_app.domain.backups import Backup
from desktop_app.domain.chats import Chat
from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.exports import Export, ExportFormat, ExportOptions, file_stem
from desktop_app.domain.sizes import readable_size
from desktop_app.gui.bridge import Bridge, Newest
from desktop_app.gui.conversation.controller import ChatController
from desktop_app.gui.system.folders import show_in_folder
from desktop_app.gui.widgets.notice import Action
from desktop_app.services.background.jobs import Job, OnProgress
from desktop_app.support.i18n import _, ngettext

if TYPE_CHECKING:
    from desktop_app.gui.window.main_window import MainWindow


class ChatFilesController(QObject):
    """Asks what and where to, has it done while the window goes on, and says what came of it."""

    def __init__(
        self,
        app: App,
        bridge: Bridge,
        window: "MainWindow",
        chat: ChatController,
        *,
        chats: Callable[[], Mapping[str, Chat]],
        open_chat: Callable[[str], None],
    ) -> None:
        super().__init__(window)
        self._app = app
        self._bridge = bridge
        self._backups = Newest(bridge)
        self._window = window
        self._chat = chat
        self._chats = chats
        self._open_chat = open_chat
        self._kind = ExportFormat.MARKDOWN
        self._folder = ""
        commands = window.commands
        commands.export_chat.triggered.connect(self._export_open)
        commands.export_all.triggered.connect(lambda: self.ask_to_export(None))
        commands.back_up.triggered.connect(self.back_up)
        commands.restore_chat.triggered.connect(self.ask_to_restore)
        window.sidebar.export_requested.connect(self.ask_to_export)
        page = window.settings_page
        page.export_requested.connect(commands.export_all.trigger)
        page.backup_requested.connect(commands.back_up.trigger)
        page.restore_requested.connect(commands.restore_chat.trigger)
        page.shown.connect(self._show_backups)
        chat.chat_opened.connect(
            lambda opened: commands.export_chat.setEnabled(opened is not None and not opened.is_temporary)
        )

    # Export

    def ask_to_export(self, chat_id: str | None) -> None:
        """Ask for the format, then for the place; None for all chats."""
        from desktop_app.gui.chat_files.export_dialog import ExportDialog  # few starts need it

        chat = self._chats().get(chat_id) if chat_id is not None else None
        title = _title(chat) if chat is not None else ""
        dialog = ExportDialog(self._window.theme, title, self._kind, self._window)
        dialog.chosen.connect(lambda kind, options: self._choose_place(chat, kind, options))
        dialog.open()

    def export(self, chat: Chat | None, kind: ExportFormat, options: ExportOptions, target: Path) -> None:
        """Export a chat, or None for all of them, to the file or into the new folder `target`."""
        from desktop_app.gui.export import process

        chat_ids = (chat.id,) if chat is not None else None
        wanted = Export(format=kind, target=str(target), chat_ids=chat_ids, options=options)

        def done(count: int) -> None:
            if chat is not None:
                words = _("“{title}” was exported to {path}.").format(title=_title(chat), path=target)
            else:
                words = ngettext(
                    "{count} chat was exported to {path}.", "{count} chats were exported to {path}.", count
                ).format(count=count, path=target)
            self._tell(words, (_("Show"), partial(show_in_folder, target)))

        words = _("Exporting “{title}”…").format(title=_title(chat)) if chat is not None else _("Exporting all chats…")
        self._run(words, lambda tell: self._app.exports.export(wanted, process.run, tell), done)

    def _export_open(self) -> None:
        chat = self._chat.chat
        if chat is not None:
            self.ask_to_export(chat.id)

    def _choose_place(self, chat: Chat | None, kind: ExportFormat, options: ExportOptions) -> None:
        self._kind = kind
        name = file_stem(_title(chat), _("Chat")) if chat is not None else _("Inglenook chats")
        name = name if chat is not None else f"{name} {time.strftime('%Y-%m-%d %H-%M-%S')}"
        if chat is None and kind is not ExportFormat.JSON:
            self._ask_for_path(
                _("Choose a folder for the chats"),
                "",
                kind,
                lambda path: self.export(chat, kind, options, Path(path) / name),
            )
            return
        self._ask_for_path(
            _("Export to"), f"{name}{kind.suffix}", kind, lambda path: self.export(chat, kind, options, Path(path))
        )

    def _ask_for_path(self, title: str, name: str, kind: ExportFormat, then: Callable[[str], None]) -> None:
        """Ask for a new file called `name`, or where that is empty for a folder."""
        names = {
            ExportFormat.MARKDOWN: _("Markdown (*.md)"),
            ExportFormat.HTML: _("Web pages (*.html)"),
            ExportFormat.PDF: _("PDF (*.pdf)"),
            ExportFormat.JSON: _("Chats (*.json)"),
        }
        dialog = QFileDialog(self._window, title, self._start_folder(), names[kind] if name else "")
        if name:
            dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
            dialog.setDefaultSuffix(kind.suffix.removeprefix("."))
            dialog.selectFile(name)
        else:
            dialog.setFileMode(QFileDialog.FileMode.Directory)
        self._open(dialog, then)

    # Backups

    def back_up(self) -> None:
        """Make a backup of what there is now."""

        def done(backup: Backup) -> None:
            self._show_backups()
            words = _("The chats were backed up; it takes {size}.").format(size=readable_size(backup.size))
            self._tell(words, (_("Show"), partial(show_in_folder, Path(backup.path))))

        self._run(_("Backing up the chats…"), self._app.backups.back_up, done)

    def ask_to_restore(self) -> None:
        """Show the backups and what is in them."""
        from desktop_app.gui.chat_files.restore_dialog import RestoreDialog  # few starts need it
        from desktop_app.gui.chat_files.restore_link import RestoreLink

        dialog = RestoreDialog(self._window.theme, tuple(self._chats()), self._window)
        dialog.backup_requested.connect(dialog.reject)
        dialog.backup_requested.connect(self.back_up)
        dialog.restore_requested.connect(self.restore)
        dialog.open()
        RestoreLink(self._app.backups, self._bridge, dialog)

    def restore(self, backup: Backup, chat_id: str, beside: bool) -> None:
        """Bring a chat back, and open it."""

        def done(chat: Chat) -> None:
            self._tell(_("“{title}” is back.").format(title=_title(chat)))
            self._open_chat(chat.id)

        self._run(
            _("Restoring a chat…"),
            lambda _tell: self._app.backups.restore(backup, chat_id, beside=beside),
            done,
        )

    def _show_backups(self) -> None:
        page, file = self._window.settings_page, str(self._app.paths.database)
        self._backups.when_done(self._app.backups.backups(), lambda backups: page.show_backups(backups, file))

    # What they share

    def _run(self, words: str, begin: Callable[[OnProgress], Job[Any]], done: Callable[[Any], None]) -> None:
        """Have something done that may take a while; it can be given up."""
        from desktop_app.gui.chat_files.progress_dialog import ProgressDialog

        dialog = ProgressDialog(self._window.theme, words, self._window)
        is_over = False

        def tell(so_far: int, total: int) -> None:
            self._bridge.call(lambda: None if is_over else dialog.show_progress(so_far, total))

        def end() -> None:
            nonlocal is_over
            if not is_over:
                is_over = True
                dialog.end()

        def ended(result: object) -> None:
            end()
            done(result)

        def failed(error: ErrorInfo) -> None:
            end()
            self._bridge.failed.emit(error)

        job = begin(tell)

        def give_up() -> None:
            nonlocal is_over
            is_over = True  # the dialog goes by itself
            job.cancel()

        dialog.given_up.connect(give_up)
        self._bridge.when_done(job.future, ended, failed, end)

    def _open(self, dialog: QFileDialog, then: Callable[[str], None]) -> None:
        def chosen(paths: list[str]) -> None:
            self._folder = str(Path(paths[0]).parent)
            then(paths[0])

        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(chosen)
        dialog.open()

    def _start_folder(self) -> str:
        documents = QStandardPaths.StandardLocation.DocumentsLocation
        return self._folder or QStandardPaths.writableLocation(documents)

    def _tell(self, words: str, action: Action | None = None) -> None:
        self._window.notice.show_notice(words, action)


def _title(chat: Chat) -> str:
    from desktop_app.services.chat_files.outline import chat_title  # with it comes the wording of receipts and errors

    return chat_title(chat)
