"""Puts chats into the database that come from files, backups and other chats: each as a whole or not at all."""

import contextlib
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from desktop_app.domain.chats import Chat, Conversation
from desktop_app.domain.errors import AppError
from desktop_app.domain.messages import Message
from desktop_app.domain.offers import Arrival
from desktop_app.domain.shelf import NEXT_TO_GONE
from desktop_app.domain.unsent import NOTHING_UNSENT
from desktop_app.services.background.futures import then
from desktop_app.services.background.rows import incoming_rows, shelf_rows, trace_rows, unsent_rows
from desktop_app.services.chat_files.arrival_folders import ArrivalFolders
from desktop_app.services.chat_files.arrival_tags import ArrivalTags
from desktop_app.services.events import ChatChanged, ServiceEvent, TagsChanged
from desktop_app.support.publisher import Publisher

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from desktop_app.domain.chat_file import SavedFolder, SavedTag
    from desktop_app.storage.database import Database

SLICE_MESSAGES = 64
SLICE_BYTES = 192 * 1024
"""How much the writer stores in one go: some milliseconds, between which answers are saved that are being written."""

SLICE_CHATS = 32
"""How many chats are stored in one go at most; what they have in them may be next to nothing."""

Values = Mapping[str, object]
Encoded = tuple[list[Values], list[tuple[str, bytes]], int]
"""Messages as the writer takes them, what was recorded of them, and the bytes of both."""


class Arriving(msgspec.Struct, frozen=True):
    """A chat on its way in, with what was recorded of its messages by their ids, and the tags that it gets if it is new."""

    conversation: Conversation
    traces: dict[str, bytes] = {}
    tag_ids: tuple[str, ...] = ()

    @property
    def ids(self) -> list[str]:
        """The ids of the chat and of its messages."""
        return [self.conversation.chat.id, *(message.id for message in self.conversation.messages)]


class _Together:
    """Small chats that are stored in one go, as the writer takes them."""

    def __init__(self) -> None:
        self.chats: list[Arriving] = []
        self.rows: list[Values] = []
        self.blobs: list[tuple[str, bytes]] = []
        self._size = 0

    def add(self, arriving: Arriving, encoded: "Encoded") -> None:
        """Take one more."""
        rows, blobs, size = encoded
        self.chats.append(arriving)
        self.rows += rows
        self.blobs += blobs
        self._size += size

    def has_room(self, encoded: "Encoded") -> bool:
        """Whether one more is no more than the writer takes in one go."""
        rows, _blobs, size = encoded
        is_small = len(self.rows) + len(rows) <= SLICE_MESSAGES and self._size + size <= SLICE_BYTES
        return is_small and len(self.chats) < SLICE_CHATS


class Incoming:
    """Stores one chat after the other, for a thread of the I/O pool."""

    def __init__(self, database: "Database", events: Publisher[ServiceEvent]) -> None:
        self._database = database
        self._events = events

    def store(
        self,
        conversation: Conversation,
        traces: Mapping[str, bytes],
        step: Callable[[], None],
        folder: "SavedFolder | None" = None,
        tags: "Sequence[SavedTag]" = (),
    ) -> tuple[Arrival, Chat]:
        """Store a chat; of one that is there, what it lacks is added and nothing is changed.

        A new one comes into the `folder` that it was in, or one of its name, made where there is neither, and so with
        its `tags`. `step` is called between slices and may raise CancelledError, after which nothing of a new chat is left. Raises
        StorageError, with the same.
        """
        folders = ArrivalFolders(self._database, self._events)
        own_tags = ArrivalTags(self._database, self._events)
        try:
            arriving = Arriving(conversation, dict(traces))
            if (folder is not None or tags) and conversation.chat.id not in self._look_up([arriving])[0]:
                folder_id = folders.place(folder) if folder is not None else None
                chat = msgspec.structs.replace(conversation.chat, folder_id=folder_id)
                placed = msgspec.structs.replace(conversation, chat=chat)
                arriving = Arriving(placed, arriving.traces, own_tags.find(tags))
            arrival, shown = self._store(arriving, step)
        except BaseException:
            with contextlib.suppress(AppError):  # an empty folder, or a tag that nothing has, harms nobody
                folders.give_up()
                own_tags.give_up()
            raise
        if arrival is not Arrival.THERE:
            self._tell_chat(shown.id)
        self._tell_tags(arriving)
        return arrival, shown

    def store_all(
        self, arriving: Sequence[Arriving], step: Callable[[], None], came: Callable[[Arrival, Chat], None]
    ) -> None:
        """Store several chats as `store` does, the small new ones many at a time; `came` is told of each that is there.

        No event is published. When `step` raises, or a StorageError is raised, each chat is there as a whole or as it
        was before, and `came` was told of those that came.
        """
        states, owners = self._look_up(arriving)
        together = _Together()
        stored: set[str] = set()
        for each in arriving:
            step()
            chat, ids = each.conversation.chat, each.ids
            is_known = chat.id in states or not owners.keys().isdisjoint(ids) or not stored.isdisjoint(ids)
            encoded = _encoded(each) if not is_known else None
            if _is_there(each, states, owners):
                came(Arrival.THERE, chat)
            elif encoded is None:
                self._store_together(together, step, came)
                together = _Together()
                came(*self._store(each, step))
            else:
                if not together.has_room(encoded):
                    self._store_together(together, step, came)
                    together = _Together()
                together.add(each, encoded)
            stored.update(ids)
        self._store_together(together, step, came)

    def _look_up(self, arriving: Sequence[Arriving]) -> tuple[dict[str, float | None], dict[str, str]]:
        """Return when those of the chats that are there were deleted, if they were, and the chats of messages that are."""
        chats = [each.conversation.chat.id for each in arriving]
        messages = [message.id for each in arriving for message in each.conversation.messages]
        return self._database.read(
            lambda connection: (
                incoming_rows.chat_states(connection, chats),
                incoming_rows.owners(connection, messages),
            )
        ).result()

    def _store_together(
        self, together: _Together, step: Callable[[], None], came: Callable[[Arrival, Chat], None]
    ) -> None:
        """Store small chats in one transaction; one after the other, where something came from elsewhere meanwhile."""
        chats = [each.conversation.chat for each in together.chats]
        if not chats:
            return
        rows, blobs = together.rows, together.blobs

        def insert(connection: "Connection") -> bool:
            if not incoming_rows.insert_whole(connection, chats, rows, blobs):
                return False
            for each in together.chats:
                _give(connection, each)
            return True

        if self._database.write(insert).result():
            for chat in chats:
                came(Arrival.NEW, chat)
            return
        for each in together.chats:
            came(*self._store(each, step))

    def _store(self, arriving: Arriving, step: Callable[[], None]) -> tuple[Arrival, Chat]:
        conversation, traces = arriving.conversation, arriving.traces
        chat = conversation.chat
        ids = [message.id for message in conversation.messages]
        known = self._database.write(lambda connection: incoming_rows.begin_chat(connection, chat)).result()
        owners = self._database.read(lambda connection: incoming_rows.owners(connection, ids)).result()
        if any(owner != chat.id for owner in owners.values()):
            own = Arriving(renamed(conversation, chat.id), renamed_traces(traces, chat.id), arriving.tag_ids)
            return self._store(own, step)
        lacking = [message for message in conversation.messages if message.id not in owners]
        if known is not None and not lacking and known.deleted_at is None:
            return Arrival.THERE, known
        inserts = (_insert(messages, blobs) for messages, blobs, _size in _slices(lacking, traces))
        shown = self._fill(arriving, inserts, step, is_new=known is None)
        if known is None:
            return Arrival.NEW, shown
        return Arrival.COMPLETED if known.deleted_at is None else Arrival.BACK, shown

    def copy(
        self, conversation: Conversation, copy_of: str, originals: Mapping[str, str], step: Callable[[], None]
    ) -> Chat:
        """Store a new chat whose messages are copies of some of the chat `copy_of`, with what was recorded of these.

        It has the tags of that chat. What it has that was not sent yet comes along.

        `originals` are the ids of these by the ids of the copies; `step` and errors are those of `store`.
        """
        chat = conversation.chat
        self._database.write(lambda connection: incoming_rows.begin_chat(connection, chat)).result()
        slices = _slices(conversation.messages, {})
        inserts = (_insert(messages, copied_from=originals) for messages, _blobs, _size in slices)
        tagged = self._database.read(lambda connection: shelf_rows.tags_of_chats(connection, [copy_of])).result()
        arriving = Arriving(conversation, tag_ids=tagged.get(copy_of, ()))
        shown = self._fill(arriving, inserts, step, is_new=True)
        self._tell_chat(shown.id)
        self._tell_tags(arriving)
        return shown

    def _tell_chat(self, chat_id: str) -> None:
        """Tell of a chat as it is by now, before a later change of it is told."""

        def tell(chats: Sequence[Chat]) -> None:
            for chat in chats:
                self._events.publish(ChatChanged(chat))

        self._database.write(
            lambda connection: shelf_rows.get_chats(connection, [chat_id]), lambda done: then(done, tell)
        ).result()

    def _tell_tags(self, arriving: Arriving) -> None:
        chat_id = arriving.conversation.chat.id
        if arriving.tag_ids:
            self._database.write(
                lambda connection: tags_changed(connection, [chat_id]), lambda done: then(done, self._events.publish)
            ).result()

    def _fill(
        self,
        arriving: Arriving,
        inserts: "Iterable[Callable[[Connection], None]]",
        step: Callable[[], None],
        *,
        is_new: bool,
    ) -> Chat:
        """Store one slice after the other, and only then show the chat; one that is new is given up else."""
        chat_id = arriving.conversation.chat.id

        def show(connection: "Connection") -> Chat:
            if is_new:
                _give(connection, arriving)
            return incoming_rows.show_chat(connection, chat_id)

        try:
            for insert in inserts:
                step()
                self._database.write(insert).result()
            shown = self._database.write(show).result()
        except BaseException:
            if is_new:
                with contextlib.suppress(AppError):  # the next start does it
                    self._give_up(chat_id)
            raise
        return shown

    def _give_up(self, chat_id: str) -> None:
        """Remove what has come of a chat, in slices as well."""
        self._database.write(lambda connection: incoming_rows.let_staged_go(connection, chat_id)).result()
        while self._database.write(lambda connection: shelf_rows.empty_slice(connection, NEXT_TO_GONE)).result():
            pass


def tags_changed(connection: "Connection", chat_ids: Sequence[str]) -> TagsChanged:
    """Return what tells of the tags of chats that came."""
    return TagsChanged(shelf_rows.list_tags(connection), shelf_rows.tags_of_chats(connection, chat_ids))


def _give(connection: "Connection", arriving: Arriving) -> None:
    """Give a new chat what it has beside its messages."""
    conversation = arriving.conversation
    if arriving.tag_ids:
        shelf_rows.give_tags(connection, conversation.chat.id, arriving.tag_ids)
    if conversation.unsent != NOTHING_UNSENT:
        unsent_rows.save_unsent(connection, conversation.chat.id, conversation.unsent)


def _insert(
    messages: Sequence[Values],
    traces: Sequence[tuple[str, bytes]] = (),
    copied_from: Mapping[str, str] | None = None,
) -> "Callable[[Connection], None]":
    """Return what stores one slice, with what was recorded of its messages, or of those that they are copies of."""
    ids = [str(message["id"]) for message in messages]
    copies = {copied_from[copy]: copy for copy in ids} if copied_from is not None else {}

    def insert(connection: "Connection") -> None:
        incoming_rows.insert_values(connection, messages, traces)
        trace_rows.copy_traces(connection, copies)

    return insert


def renamed(conversation: Conversation, chat_id: str) -> Conversation:
    """Return a chat under another id, its messages under ids that follow from it and sort as before."""
    chat, unsent = conversation.chat, conversation.unsent
    leaf = _other_id(chat.leaf_id, chat_id) if chat.leaf_id is not None else None
    if unsent.edit is not None and any(unsent.edit.message_id == message.id for message in conversation.messages):
        edit = msgspec.structs.replace(unsent.edit, message_id=_other_id(unsent.edit.message_id, chat_id))
        unsent = msgspec.structs.replace(unsent, edit=edit)
    messages = tuple(
        msgspec.structs.replace(
            message,
            id=_other_id(message.id, chat_id),
            chat_id=chat_id,
            parent_id=_other_id(message.parent_id, chat_id) if message.parent_id is not None else None,
        )
        for message in conversation.messages
    )
    chat = msgspec.structs.replace(chat, id=chat_id, leaf_id=leaf)
    return Conversation(chat=chat, messages=messages, unsent=unsent)


def renamed_traces(traces: Mapping[str, bytes], chat_id: str) -> dict[str, bytes]:
    """Return what was recorded of messages under their ids in `renamed`."""
    return {_other_id(message_id, chat_id): blob for message_id, blob in traces.items()}


def _other_id(message_id: str, chat_id: str) -> str:
    """Return an id that keeps the time in it, and is the same each time."""
    return f"{message_id[:16]}{hashlib.sha256(f'{chat_id} {message_id}'.encode()).hexdigest()[:16]}"


def _is_there(arriving: Arriving, states: Mapping[str, float | None], owners: Mapping[str, str]) -> bool:
    """Whether a chat is listed and has all of its messages."""
    chat_id = arriving.conversation.chat.id
    is_listed = chat_id in states and states[chat_id] is None
    return is_listed and all(owners.get(message.id) == chat_id for message in arriving.conversation.messages)


def _encoded(arriving: Arriving) -> Encoded | None:
    """Return a chat as the writer takes it in one go; None for one that is too large for that."""
    if len(arriving.conversation.messages) > SLICE_MESSAGES:
        return None
    slices = list(islice(_slices(arriving.conversation.messages, arriving.traces), 2))
    return None if len(slices) > 1 else slices[0] if slices else ([], [], 0)


def _slices(messages: Sequence[Message], traces: Mapping[str, bytes]) -> Iterator[Encoded]:
    """Cut messages into what the writer stores in one go; they are encoded here, outside of its thread."""
    from desktop_app.storage.values import message_values

    rows: list[Values] = []
    blobs: list[tuple[str, bytes]] = []
    size = 0
    for message in messages:
        values = message_values(message)
        rows.append(values)
        size += sum(len(value) for value in values.values() if isinstance(value, bytes))
        blob = traces.get(message.id)
        if blob is not None:
            blobs.append((message.id, blob))
            size += len(blob)
        if len(rows) >= SLICE_MESSAGES or size >= SLICE_BYTES:
            yield rows, blobs, size
            rows, blobs, size = [], [], 0
    if rows:
        yield rows, blobs, size
