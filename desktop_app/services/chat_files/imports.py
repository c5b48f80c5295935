"""Brings chats in from files: those that this app exported, and those that other apps wrote."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from desktop_app.domain.chats import Conversation
from desktop_app.domain.errors import AppError, ErrorCode, ErrorInfo, ImportFailure, error_from_info
from desktop_app.domain.offers import Arrival, FoundChats, Offer, Preview
from desktop_app.services.background.jobs import Job, Jobs, OnProgress
from desktop_app.services.background.rows import incoming_rows
from desktop_app.services.chat_files.arrivals import Arrivals, Imported
from desktop_app.services.chat_files.incoming import Arriving, Incoming
from desktop_app.services.chat_files.sources import ChatSources, SavedConversation, Summary, stamp_of
from desktop_app.services.events import ServiceEvent
from desktop_app.support.long_paths import reachable
from desktop_app.support.publisher import Publisher

if TYPE_CHECKING:
    from desktop_app.domain.chat_file import SavedChat
    from desktop_app.storage.database import Database

PARTS = 1000
"""In how many steps it is told how far the import of a file is that was not looked at before."""


class ChatImports:
    """Looks at a file or folder first, through to its end, so that a damaged one changes nothing; then brings its chats.

    Each chat comes as a whole or not at all, and one that is there only gets what it lacks: after whatever ended an
    import, the same one brings the rest. One import runs at a time.
    """

    def __init__(
        self,
        *,
        database: "Database",
        incoming: Incoming,
        sources: ChatSources,
        jobs: Jobs,
        events: Publisher[ServiceEvent],
        find: Callable[[], Sequence[FoundChats]] = tuple,
    ) -> None:
        """`find` looks for the chats that other apps keep on this computer."""
        self._database = database
        self._incoming = incoming
        self._sources = sources
        self._jobs = jobs
        self._events = events
        self._find = find
        self._turn = threading.Lock()

    def found(self) -> "Job[Sequence[FoundChats]]":
        """Return the folders of other apps on this computer that have chats in them."""
        return self._jobs.begin(lambda _job: self._find())

    def look(self, path: str, on_progress: OnProgress = lambda _done, _total: None) -> "Job[Preview]":
        """Say what an import would bring; nothing is changed. Progress is in bytes; fails with ImportFailure."""
        return self._jobs.begin(lambda job: self._look(reachable(Path(path)), job, job.step), on_progress)

    def bring(
        self,
        path: str,
        on_progress: OnProgress = lambda _done, _total: None,
        *,
        preview: Preview | None = None,
        chosen: frozenset[str] | None = None,
        folder: str = "",
    ) -> "Job[Imported]":
        """Bring the chats of a file or folder, or the `chosen` ones by their ids, the new ones into a folder of a name.

        Without one, those that were exported from a folder come into that, or one of its name. New ones have their tags.

        What is there stays as it is, so that the same can be imported any number of times. Where there is a `preview`,
        progress is in chats. Fails with AppError, or is cancelled, while nothing was changed; later the result says so.
        """
        return self._jobs.begin(
            lambda job: self._bring(reachable(Path(path)), job, preview, chosen, folder), on_progress
        )

    # Looking

    def _look(self, path: Path, job: "Job[Preview] | Job[Imported]", step: OnProgress) -> Preview:
        stamp = stamp_of(path)
        offers: list[Offer] = []

        def take(summaries: Sequence[Summary]) -> None:
            job.check()
            offers.extend(self._offers(summaries))

        read = self._sources.summaries(path, take, step)
        if stamp_of(path) != stamp:
            raise ImportFailure(ErrorCode.IMPORT_CHANGED, path=str(path))
        return Preview(
            path=str(path),
            origin=read.origin,
            offers=tuple(offers),
            leftovers=read.leftovers,
            skipped=read.skipped,
            skips=read.skips,
            stamp=stamp,
        )

    def _offers(self, summaries: Sequence[Summary]) -> Iterator[Offer]:
        chats = [summary.id for summary in summaries]
        messages = [message_id for summary in summaries for message_id in summary.message_ids]
        states, known = self._database.read(
            lambda connection: (
                incoming_rows.chat_states(connection, chats),
                incoming_rows.known(connection, (), messages),
            )
        ).result()
        for summary in summaries:
            if summary.id not in states:
                arrival = Arrival.NEW
            elif states[summary.id] is not None:
                arrival = Arrival.BACK
            else:
                arrival = Arrival.THERE if known.issuperset(summary.message_ids) else Arrival.COMPLETED
            yield Offer(
                id=summary.id,
                title=summary.title,
                messages=len(summary.message_ids),
                branches=summary.branches,
                models=summary.models,
                first_at=summary.first_at,
                last_at=summary.last_at,
                arrival=arrival,
            )

    # Bringing

    def _bring(
        self, path: Path, job: "Job[Imported]", preview: Preview | None, chosen: frozenset[str] | None, folder: str
    ) -> Imported:
        with self._alone():
            share = 0.0 if preview is not None else 0.5
            if preview is None:
                preview = self._look(path, job, lambda done, total: job.step(PARTS * done // max(1, total), 2 * PARTS))
            else:
                _check_unchanged(path, preview)
            wanted = {offer.id: offer for offer in preview.offers if chosen is None or offer.id in chosen}

            def step(count: int) -> None:
                if share:
                    job.step(PARTS + PARTS * count // max(1, len(wanted)), 2 * PARTS)
                else:
                    job.step(count, len(wanted))

            arrivals = Arrivals(self._database, self._events)
            return self._store(path, preview, wanted, folder, arrivals, step)

    def _store(
        self,
        path: Path,
        preview: Preview,
        wanted: "dict[str, Offer]",
        folder: str,
        arrivals: Arrivals,
        step: Callable[[int], None],
    ) -> Imported:
        """Store what is wanted; what ends it early is raised only while nothing was changed."""
        folder_id: str | None = None

        def take(saved: Sequence[SavedConversation]) -> None:
            step(arrivals.count)
            prepare([each.chat for each in saved if each.chat.id in wanted])
            arriving = [_arriving(each, place(each), tags(each)) for each in saved if each.chat.id in wanted]
            self._incoming.store_all(arriving, lambda: step(arrivals.count), arrivals.note)

        def prepare(chats: "Sequence[SavedChat]") -> None:
            """Have the folders and tags that chats bring in one go."""
            new = [chat for chat in chats if wanted[chat.id].arrival is Arrival.NEW]
            arrivals.tags.find(tag for chat in new for tag in chat.tags)
            if not folder:
                arrivals.folders.place_all(chat.folder for chat in new if chat.folder is not None)

        def place(saved: SavedConversation) -> str | None:
            """Return where a chat goes: to where all go, or into the folder of its own; one that is there stays there."""
            own = saved.chat.folder if not folder and wanted[saved.chat.id].arrival is Arrival.NEW else None
            return arrivals.folders.place(own) if own is not None else folder_id

        def tags(saved: SavedConversation) -> tuple[str, ...]:
            """Return the tags that a chat brings; one that is there has its own."""
            return arrivals.tags.find(saved.chat.tags) if wanted[saved.chat.id].arrival is Arrival.NEW else ()

        try:
            if folder and any(offer.arrival is Arrival.NEW for offer in wanted.values()):
                folder_id = arrivals.folders.open(folder)
            self._sources.chats(path, preview.origin, take, lambda _done, _total: step(arrivals.count))
        except CancelledError:
            if not arrivals.has_changed:
                raise
            return arrivals.outcome(stopped=True)
        except AppError as error:
            info = _why(error, path, preview)
            if not arrivals.has_changed:
                raise error_from_info(info) from error
            return arrivals.outcome(error=info)
        finally:
            arrivals.tell()
            with suppress(AppError):  # an empty folder, or a tag that nothing has, harms nobody
                arrivals.give_up_places()
        return arrivals.outcome()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if not self._turn.acquire(blocking=False):
            raise ImportFailure(ErrorCode.IMPORT_RUNNING)
        try:
            yield
        finally:
            self._turn.release()


def _arriving(saved: SavedConversation, folder_id: str | None, tag_ids: tuple[str, ...]) -> Arriving:
    """Return a chat as it is stored, looked at where its last message is, should its leaf not be there."""
    chat, messages = saved.chat.chat(), saved.messages
    leaf_id = chat.leaf_id
    if not any(message.id == leaf_id for message in messages):
        leaf_id = messages[-1].id if messages else None
    chat = msgspec.structs.replace(chat, leaf_id=leaf_id, folder_id=folder_id)
    return Arriving(
        Conversation(chat=chat, messages=tuple(each.message(chat.id) for each in messages), unsent=saved.chat.unsent),
        {each.id: each.traces for each in messages if each.traces is not None},
        tag_ids,
    )


def _check_unchanged(path: Path, preview: Preview) -> None:
    """Raise ImportFailure where a file is not what was looked at."""
    stamp = stamp_of(path)
    if stamp != preview.stamp:
        raise ImportFailure(ErrorCode.IMPORT_CHANGED if stamp else ErrorCode.IMPORT_UNREADABLE, path=str(path))


def _why(error: AppError, path: Path, preview: Preview) -> ErrorInfo:
    """Return why an import ended early; where it is the second reading of a file, the first one came to its end."""
    if error.code is ErrorCode.STORAGE_DISK_FULL:
        return ErrorInfo(ErrorCode.IMPORT_DISK_FULL, {"path": str(path)}, error.info.detail)
    if not isinstance(error, ImportFailure):
        return error.info
    stamp = stamp_of(path)
    if stamp and stamp != preview.stamp:
        return ErrorInfo(ErrorCode.IMPORT_CHANGED, {"path": str(path)}, error.info.detail)
    if error.code is ErrorCode.IMPORT_UNREADABLE or not stamp:
        return ErrorInfo(ErrorCode.IMPORT_UNREADABLE, {"path": str(path)}, error.info.detail)
    return ErrorInfo(ErrorCode.IMPORT_BROKEN_OFF, {"path": str(path)}, f"{error.code}: {error.info.detail}")
