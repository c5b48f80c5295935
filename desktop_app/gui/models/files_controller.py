"""Connects the window with the files behind models: those that are brought, moved, missing, or changed elsewhere.

The list of models is read again when the window becomes active and when the Models page is shown: whatever
other programs did meanwhile is seen then, and nothing is watched in between.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QFileDialog

from desktop_app.app import App
from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.models import ModelFile
from desktop_app.domain.transfers import Arrival, Brought, Placing, Transfer, TransferState
from desktop_app.gui.bridge import Bridge
from desktop_app.services.events import ServiceEvent, TransferChanged
from desktop_app.services.models.moving import FolderContents, FolderState
from desktop_app.support.i18n import _, pgettext

if TYPE_CHECKING:
    from desktop_app.gui.window.main_window import MainWindow


class FilesController(QObject):
    """Asks what to do with files, has it done, and keeps the list of models as the disk is."""

    def __init__(
        self,
        app: App,
        bridge: Bridge,
        window: "MainWindow",
        *,
        chat_with: Callable[[ModelFile], None],
        models_listed: Callable[[list[ModelFile]], None],
        show_error: Callable[[ErrorInfo], None],
    ) -> None:
        super().__init__(window)
        self._app = app
        self._bridge = bridge
        self._window = window
        self._chat_with = chat_with
        self._models_listed = models_listed
        self._show_error = show_error
        self._is_listing = False
        self._list_again = False
        self._transfers: dict[str, Transfer] = {}
        self._left_in = ""
        bridge.happened.connect(self._on_event)
        page = window.models_page
        window.top_bar.file_requested.connect(lambda: self._choose(self.bring))
        page.file_requested.connect(lambda: self._choose(self.bring))
        page.files_dropped.connect(self.bring)
        page.locate_requested.connect(self._locate)
        page.forget_requested.connect(self._forget)
        page.transfer_cancel_requested.connect(app.transfers.cancel)
        page.folder_requested.connect(self._mend_folder)
        window.pages.currentChanged.connect(lambda _index: self._page_shown())
        window.page_made.connect(self._page_made)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look at the disk again when somebody comes back to the window."""
        if event.type() == QEvent.Type.WindowActivate and watched is self._window:
            self.refresh()
        return super().eventFilter(watched, event)

    def _page_made(self, name: str) -> None:
        if name == "first_run":
            page = self._window.first_run
            page.file_requested.connect(lambda: self._choose(self.use))  # who begins is not asked for more
            page.files_dropped.connect(self.use)

    # The list of models

    def refresh(self) -> None:
        """Look at the disk again; while that is done already, once more after it."""
        self._list_again = self._is_listing
        if not self._is_listing:
            self._is_listing = True
            self._bridge.when_done(self._app.library.models(), self._listed, self._not_listed)

    def _listed(self, models: list[ModelFile]) -> None:
        self._models_listed(models)
        self._bridge.when_done(self._app.moving.folder_state(), self._looked_at_folder, self._not_listed)

    def _looked_at_folder(self, state: FolderState) -> None:
        self._is_listing = False
        self._left_in = state.left_in
        self._show_folder(state)
        if self._list_again:
            self.refresh()

    def _not_listed(self, error: ErrorInfo) -> None:
        self._is_listing = False
        self._show_error(error)
        if self._list_again:
            self.refresh()

    def _show_folder(self, state: FolderState) -> None:
        words, offers = "", ""
        is_moving = any(not transfer.name for transfer in self._transfers.values())
        if state.unreachable:
            words = _("The models folder {path} cannot be reached. Connect its disk, or choose another folder.")
            words, offers = words.format(path=state.unreachable), _("Settings")
        elif state.left_in and not is_moving:
            words = _("Some models are still in the old folder {path}.").format(path=state.left_in)
            offers = _("Move them, too")
        self._window.models_page.set_folder_note(words, offers)

    def _page_shown(self) -> None:
        if self._window.page == "models":
            self.refresh()

    def _mend_folder(self) -> None:
        if self._left_in:
            self._move()
        else:
            self._window.show_page("settings")

    # Files that are brought

    def bring(self, paths: Sequence[str]) -> None:
        """Look at the files, then ask what to do with those that are not in the models folder."""
        arrivals: dict[str, Arrival] = {}
        waiting = len(paths)

        def looked(arrival: Arrival | None) -> None:
            nonlocal waiting
            waiting -= 1
            if arrival is not None:
                arrivals[arrival.path] = arrival  # parts of one model are one
            if not waiting and arrivals:
                self._ask(list(arrivals.values()))

        def refused(error: ErrorInfo) -> None:
            self._show_error(error)
            looked(None)

        for path in paths:
            self._bridge.when_done(self._app.importing.look(path), looked, refused)

    def use(self, paths: Sequence[str]) -> None:
        """Use the files where they are."""
        self._take(list(paths), Placing.IN_PLACE)

    def _choose(self, then: Callable[[list[str]], None]) -> None:
        self._open_files(_("Choose a model"), QFileDialog.FileMode.ExistingFiles, then)

    def _open_files(self, title: str, mode: QFileDialog.FileMode, then: Callable[[list[str]], None]) -> None:
        dialog = QFileDialog(self._window, title, "", _("Models (*.gguf)"))
        dialog.setFileMode(mode)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(then)
        dialog.open()

    def _ask(self, arrivals: Sequence[Arrival]) -> None:
        from desktop_app.gui.models.import_dialog import import_dialog

        here = [arrival.path for arrival in arrivals if arrival.inside]
        outside = [arrival for arrival in arrivals if not arrival.inside]
        if not outside:
            self._take(here, Placing.IN_PLACE)
            return
        dialog = import_dialog(self._window.theme, outside, self._app.library.folder, self._window)
        dialog.answered.connect(lambda placing: self._take([arrival.path for arrival in outside] + here, placing))
        dialog.open()

    def _take(self, paths: Sequence[str], placing: Placing) -> None:
        """Bring files in; one alone that stays where it is gets its chat at once."""
        at_once = len(paths) == 1 and placing is Placing.IN_PLACE
        for path in paths:
            tell = self._chat_with_brought if at_once else partial(self._tell_brought, Path(path), len(paths))
            self._bridge.when_done(self._app.importing.bring(path, placing), tell)

    def _chat_with_brought(self, brought: Brought | None) -> None:
        if brought is not None:
            self.refresh()
            self._chat_with(brought.model)

    def _tell_brought(self, file: Path, count: int, brought: Brought | None) -> None:
        if brought is None:  # cancelled
            return
        self.refresh()
        model = brought.model
        action = None
        if count == 1:
            action = (pgettext("verb", "Chat"), partial(self._chat_with, model))
        elif self._window.page != "models":
            action = (_("Show"), partial(self._window.show_page, "models"))
        self._window.notice.show_notice(brought_words(file, brought), action)

    # Files on their way

    def _on_event(self, event: ServiceEvent) -> None:
        if isinstance(event, TransferChanged):
            self._show_transfer(event.transfer)

    def _show_transfer(self, transfer: Transfer) -> None:
        page = self._window.models_page
        if transfer.state is not TransferState.RUNNING:
            self._transfers.pop(transfer.id, None)
            page.remove_transfer(transfer.id)
            self.refresh()
            return
        is_new = transfer.id not in self._transfers
        self._transfers[transfer.id] = transfer
        page.show_transfer(transfer)
        if is_new and not transfer.name:
            page.set_folder_note("")  # what it offered is being done
        if is_new and self._window.page != "models" and self._window.is_foremost:
            self._tell_begin(transfer)

    def _tell_begin(self, transfer: Transfer) -> None:
        if not transfer.name:
            words = _("The models are being moved to {folder}.").format(folder=transfer.folder)
        elif transfer.placing is Placing.COPY:
            words = _("{model} is being copied.").format(model=transfer.name)
        else:
            words = _("{model} is being moved.").format(model=transfer.name)
        self._window.notice.show_notice(words, (_("Show"), partial(self._window.show_page, "models")))

    # The models folder

    def change_folder(self, folder: str, apply: Callable[[], None]) -> None:
        """Ask whether the models come along to another folder, then `apply` the change; it may be given up."""
        self._bridge.when_done(
            self._app.moving.look(folder),
            lambda contents: self._ask_to_move(contents, folder, apply),
            self._folder_refused,
        )

    def _ask_to_move(self, contents: FolderContents, folder: str, apply: Callable[[], None]) -> None:
        from desktop_app.gui.models.import_dialog import move_dialog

        if not contents.models:
            self._change_to(folder, apply, moves=False)
            return
        dialog = move_dialog(
            self._window.theme,
            contents.models,
            contents.size,
            self._app.library.folder_called(folder),
            self._window,
        )
        dialog.answered.connect(lambda moves: self._change_to(folder, apply, moves=bool(moves)))
        dialog.rejected.connect(self._show_setting)
        dialog.open()

    def _change_to(self, folder: str, apply: Callable[[], None], *, moves: bool) -> None:
        def ready(_nothing: None) -> None:
            apply()
            if moves:
                self._move()

        self._bridge.when_done(self._app.moving.prepare(folder, moves=moves), ready, self._folder_refused)

    def _folder_refused(self, error: ErrorInfo) -> None:
        self._show_setting()
        self._show_error(error)

    def _show_setting(self) -> None:
        """Show the folder again that is still in force."""
        self._window.settings_page.set_settings(self._app.settings.value)

    def _move(self) -> None:
        def moved(is_done: bool) -> None:
            if is_done:
                self._window.notice.show_notice(_("The models are in the new folder."))

        self._bridge.when_done(self._app.moving.go_on(), moved)

    # Files that have gone

    def _locate(self, path: str) -> None:
        def found(paths: list[str]) -> None:
            self._bridge.when_done(self._app.importing.locate(path, paths[0]), lambda _model: self.refresh())

        title = _("Where is {file} now?").format(file=Path(path).name)
        self._open_files(title, QFileDialog.FileMode.ExistingFile, found)

    def _forget(self, path: str) -> None:
        self._bridge.when_done(self._app.library.forget(path), lambda _nothing: self.refresh())


def brought_words(file: Path, brought: Brought) -> str:
    """Return what became of a file that was brought, where its name was taken, too."""
    name = Path(brought.model.path).name
    if brought.was_there:
        words = _("{model} was in the models folder already, as {file}.")
    elif name != file.name:
        words = _("{model} was added as {file}, because another model has the same name.")
    else:
        words = _("{model} was added.")
    return words.format(model=brought.model.name, file=name)
