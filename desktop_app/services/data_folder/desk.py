"""What the owner of a data folder does for those who come to its socket: the window's desk, and a command's."""

import threading
from collections.abc import Callable
from concurrent.futures import Future

from desktop_app.domain.downloads import Download, DownloadState
from desktop_app.domain.errors import AppError, ErrorCode, ErrorInfo, StorageError, error_from_info
from desktop_app.domain.hub import HubRepository, Variant
from desktop_app.domain.openings import Opening
from desktop_app.protocol import owner as protocol
from desktop_app.services.data_folder.owner import Reply
from desktop_app.services.data_folder.questions import Question, Questions
from desktop_app.services.events import DownloadChanged, DownloadRemoved, ServiceEvent, WindowRaised
from desktop_app.services.network.downloads import Downloads
from desktop_app.support.publisher import Publisher


class Desk:
    """Serves clients beside a window, through its engines and its download queue."""

    def __init__(self, questions: Questions, downloads: Downloads, events: Publisher[ServiceEvent]) -> None:
        self._questions = questions
        self._downloads = downloads
        self._events = events

    def raise_window(self, opening: Opening | None = None, _activation: str = "") -> bool:
        """Ask the window to come forward, and to open something."""
        self._events.publish(WindowRaised(opening))
        return True

    def ask(self, question: Question, reply: Reply) -> str:
        """Begin an answer; `reply` gets `Delta`s and then `Ended` or `Refused`, in a service thread."""
        return self._questions.ask(question, reply)

    def cancel(self, request_id: str) -> None:
        """Stop an answer. A download goes on: it is in the queue now."""
        self._questions.cancel(request_id)

    def get(self, repository: HubRepository, variant: Variant, reply: Reply) -> str:
        """Queue a download; `reply` gets `Downloading`s and then `Arrived` or `Refused`. Raises DownloadError."""
        early: list[ServiceEvent] = []
        known = threading.Event()
        lock = threading.Lock()

        def hear(event: ServiceEvent) -> None:
            with lock:
                if not known.is_set():
                    early.append(event)
                    return
            pass_on(event)

        def pass_on(event: ServiceEvent) -> None:
            message = _news_of(event, download.id)
            if message is not None:
                if not isinstance(message, protocol.Downloading):
                    unsubscribe()
                reply(message)

        unsubscribe = self._events.subscribe(hear)
        try:
            download = self._downloads.add(repository, variant)
        except AppError:
            unsubscribe()
            raise
        with lock:  # what comes from now on waits for its turn
            known.set()
            for event in early:
                pass_on(event)
        return download.id


class WindowDesk:
    """Serves clients for as long as the app has a window, whichever desk there is behind it just now: locked chats
    are closed and opened again with services of their own.
    """

    def __init__(self, raised: Callable[[Opening | None, str], None]) -> None:
        """`raised` brings the window forward, with what the desktop gave for that; from any thread."""
        self.desk: Desk | None = None
        self._raised = raised

    def raise_window(self, opening: Opening | None = None, activation: str = "") -> bool:
        """Ask the window to come forward, and to open something."""
        self._raised(opening, activation)
        return True

    def ask(self, question: Question, reply: Reply) -> str:
        """Begin an answer; raises StorageError HISTORY_LOCKED while there is no desk."""
        return self._present().ask(question, reply)

    def cancel(self, request_id: str) -> None:
        """Stop an answer."""
        if self.desk is not None:
            self.desk.cancel(request_id)

    def get(self, repository: HubRepository, variant: Variant, reply: Reply) -> str:
        """Queue a download; raises StorageError HISTORY_LOCKED while there is no desk."""
        return self._present().get(repository, variant, reply)

    def _present(self) -> Desk:
        desk = self.desk
        if desk is None:
            raise StorageError(ErrorCode.HISTORY_LOCKED, "the chats are just being locked")
        return desk


class WindowlessDesk(Desk):
    """Serves clients beside a command: the same, with the database and the queue opened when they are wanted."""

    def __init__(
        self,
        questions: Questions,
        downloads: Downloads,
        events: Publisher[ServiceEvent],
        open_database: Callable[[], "Future[None]"],
    ) -> None:
        super().__init__(questions, downloads, events)
        self._open_database = open_database

    def raise_window(self, _opening: Opening | None = None, _activation: str = "") -> bool:
        """Say that there is no window."""
        return False

    def ask(self, question: Question, reply: Reply) -> str:
        """Begin an answer; the database is opened for the first one that is to be kept."""
        if question.save:
            self._open_database()
        return super().ask(question, reply)

    def get(self, repository: HubRepository, variant: Variant, reply: Reply) -> str:
        """Queue a download, and go on with those that are waiting in the queue."""
        self._downloads.start()
        return super().get(repository, variant, reply)


def _news_of(event: ServiceEvent, download_id: str) -> protocol.OwnerMessage | None:
    """Return what `event` means for the one who waits for a download; None where it is about something else."""
    match event:
        case DownloadRemoved() if event.download_id == download_id:
            return protocol.Refused(ErrorInfo(ErrorCode.DOWNLOAD_STOPPED, detail="removed from the queue"))
        case DownloadChanged(download=download) if download.id == download_id:
            if download.state is DownloadState.DONE:
                return protocol.Arrived(download)
            if download.state is DownloadState.FAILED and download.error is not None:
                return protocol.Refused(download.error)
            return protocol.Downloading(download)
    return None


def wait_for_download(begin: Callable[[Reply], str], on_progress: Callable[[Download], None]) -> "Future[Download]":
    """Begin a download, hand its progress to `on_progress`; the future has the end of it, or AppError."""
    result: Future[Download] = Future()

    def reply(message: protocol.OwnerMessage) -> None:
        if result.done():
            return
        match message:
            case protocol.Downloading(download=download):
                on_progress(download)
            case protocol.Arrived(download=download):
                result.set_result(download)
            case protocol.Refused(error=error):
                result.set_exception(error_from_info(error))

    begin(reply)
    return result
