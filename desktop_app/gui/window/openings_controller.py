"""Opens in a window what a start of the app, or a desktop, asks for."""

from collections.abc import Sequence

from PySide6.QtCore import QObject

from desktop_app.domain.openings import AskQuickly, OpenFile, OpenFiles, Opening, OpenLink, is_model
from desktop_app.gui.conversation.attachments_controller import AttachmentsController
from desktop_app.gui.conversation.controller import ChatController
from desktop_app.gui.models.controller import ModelsController
from desktop_app.gui.models.files_controller import FilesController
from desktop_app.gui.window.main_window import MainWindow


class OpeningsController(QObject):
    """Chats with a model or about files, or shows the model that a link names."""

    def __init__(
        self,
        window: MainWindow,
        chat: ChatController,
        models: ModelsController,
        files: FilesController,
        attachments: AttachmentsController,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._chat = chat
        self._models = models
        self._files = files
        self._attachments = attachments

    def open(self, opening: Opening | None) -> None:
        """Open something, where there is something to open in this window."""
        match opening:
            case OpenFile(path=path):
                self._files.use([path])
            case OpenFiles(paths=paths):
                self._open_files(paths)
            case OpenLink(link=link):
                self._models.open_link(link)

    def come_forward(self, opening: Opening | None) -> None:
        """Bring the window forward, and open something in it; a quick question has a window of its own."""
        if not isinstance(opening, AskQuickly):
            self._window.come_forward()
            self.open(opening)

    def _open_files(self, paths: Sequence[str]) -> None:
        """Attach files to the question of a new chat; one that nothing was asked in yet is new enough."""
        models = [path for path in paths if is_model(path)]
        documents = [path for path in paths if not is_model(path)]
        if models and documents:
            self._files.bring(models)
        elif models:
            self._files.use(models)
        if documents:
            self._window.show_page("chat")
            if self._chat.chat_id is not None:
                self._chat.new_chat(goes_on=True)
            self._attachments.attach(documents)
