"""What becomes of a chat's tree without a model: answers in other words, branches from any message, and messages that go."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from desktop_app.domain.chats import Chat, Conversation
from desktop_app.domain.errors import AppError
from desktop_app.domain.ids import new_id
from desktop_app.domain.messages import Message, MessageStatus, Role
from desktop_app.domain.parts import reworded
from desktop_app.domain.shelf import NEXT_TO_GONE
from desktop_app.domain.tree import below, branch, leaf_without, message_of
from desktop_app.domain.unsent import NOTHING_UNSENT, Unsent, without_edits
from desktop_app.services.answering.turn_storage import brought_back, question_title
from desktop_app.services.background.futures import then
from desktop_app.services.background.jobs import Jobs
from desktop_app.services.background.rows import rows, shelf_rows, unsent_rows, vector_rows
from desktop_app.services.chat_files.incoming import SLICE_MESSAGES, Incoming
from desktop_app.services.chats.chats import Chats
from desktop_app.services.events import ChatChanged, MessageAdded, MessagesRemoved, MessageStarred, ServiceEvent
from desktop_app.support.i18n import _
from desktop_app.support.isolates import kept
from desktop_app.support.publisher import Publisher

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from desktop_app.storage.database import Database


class Branches:
    """Adds to trees, and changes nothing that is there but where a person deletes it.

    Futures end in a service thread; they fail with StorageError.
    """

    def __init__(
        self,
        *,
        database: "Database",
        chats: Chats,
        incoming: Incoming,
        jobs: Jobs,
        events: Publisher[ServiceEvent],
        forget_kept: Callable[[str], None],
    ) -> None:
        """`forget_kept` deletes what models have kept of a chat."""
        self._database = database
        self._chats = chats
        self._incoming = incoming
        self._jobs = jobs
        self._events = events
        self._forget_kept = forget_kept

    def star(self, chat_id: str, message_id: str, starred: bool) -> "Future[bool]":
        """Put a star on a message, or take it off; whether that is new."""

        def tell(is_new: bool) -> bool:
            if is_new:
                self._events.publish(MessageStarred(chat_id, message_id, starred))
            return is_new

        def change(connection: "Connection") -> bool:
            return rows.star(connection, chat_id, message_id, starred=starred)

        return self._database.write(change, lambda done: then(done, tell))

    def reword(self, chat_id: str, answer_id: str, text: str) -> "Future[Message]":
        """Store an answer with `text` in place of the model's words, beside the old one, and look at it.

        What is asked next builds on it. It has no receipt: no model has made it.
        """

        def store(connection: "Connection") -> tuple[Chat, Message]:
            conversation = self._chats.load(connection, chat_id)
            old = message_of(conversation.messages, answer_id)
            brought_back(connection, conversation.chat)
            answer = msgspec.structs.replace(
                old,
                id=new_id(),
                parts=reworded(old.parts, text),
                status=MessageStatus.COMPLETE,
                created_at=time.time(),
                receipt=None,
                error=None,
                memory=None,
                starred=False,
            )
            rows.insert_message(connection, answer)
            return rows.update_chat(connection, chat_id, leaf_id=answer.id, updated_at=time.time()), answer

        def tell(stored: tuple[Chat, Message]) -> Message:
            chat, answer = stored
            self._events.publish(ChatChanged(chat))
            self._events.publish(MessageAdded(answer))
            return answer

        return self._database.write(store, lambda done: then(done, tell))

    def end_at(self, chat_id: str, answer_id: str) -> "Future[Conversation]":
        """Look at a branch as far as an answer in the middle of it: what is asked next begins a new branch there."""

        def end(connection: "Connection") -> Conversation:
            conversation = self._chats.load(connection, chat_id)
            message_of(conversation.messages, answer_id)  # it may have been deleted meanwhile
            chat = rows.update_chat(connection, chat_id, leaf_id=answer_id)
            return msgspec.structs.replace(conversation, chat=chat)

        def tell(conversation: Conversation) -> Conversation:
            self._events.publish(ChatChanged(conversation.chat))
            return conversation

        return self._database.write(end, lambda done: then(done, tell))

    def take_out(self, chat_id: str, message_id: str) -> "Future[Chat]":
        """Make a new chat of the path to a message: copies with their parts, receipts and traces.

        A question is not copied: with its files it is the draft of the new chat, so that it can be asked there. An answer that is still
        being written is copied as far as it has come. The chat is seen once all of it is there; where it cannot be
        stored, or the app ends, there is none.
        """
        return self._jobs.begin(lambda job: self._take_out(chat_id, message_id, lambda: job.step(1, 1))).future

    def duplicate(self, chat_id: str) -> "Future[Chat]":
        """Make a new chat of a whole one, with all of its branches; what is typed in it stays where it is.

        The chat is seen once all of it is there; where it cannot be stored, or the app ends, there is none.
        """
        return self._jobs.begin(lambda job: self._duplicate(chat_id, lambda: job.step(1, 1))).future

    def remove(self, chat_id: str, message_id: str) -> "Future[tuple[str, ...]]":
        """Delete a message for good, with all that hang on it, and look at what is left of its branch.

        The future has the ids that are gone: none where something of it is still being written.
        """
        return self._jobs.begin(lambda _job: self._remove(chat_id, message_id)).future

    def _remove(self, chat_id: str, message_id: str) -> tuple[str, ...]:
        with self._chats.removing() as removed:
            return self._remove_all(chat_id, message_id, removed)

    def _remove_all(self, chat_id: str, message_id: str, removed: set[str]) -> tuple[str, ...]:
        def leave(connection: "Connection") -> tuple[str, ...]:
            conversation = self._chats.load(connection, chat_id)
            messages, chat = conversation.messages, conversation.chat
            going = below(messages, message_id)
            if any(each.status is MessageStatus.STREAMING for each in messages if each.id in going):
                return ()
            unsent = without_edits(conversation.unsent, going)
            if unsent != conversation.unsent:
                unsent_rows.save_unsent(connection, chat_id, unsent)
            removed.update(going)
            vector_rows.forget_vectors(connection, chat_id)
            leaf = leaf_without(messages, chat.leaf_id, message_id)
            title = _title_without(chat, messages, going)
            if (leaf, title) != (chat.leaf_id, chat.title):
                rows.update_chat(connection, chat_id, leaf_id=leaf, title=title)
            if going:
                shelf_rows.begin_removal(connection, message_id, time.time())
            return going

        def tell(left: Chat) -> None:
            self._events.publish(MessagesRemoved(left, going))
            self._events.publish(ChatChanged(left))

        going = self._database.write(leave).result()
        self._delete(chat_id, message_id, going)
        if going:
            self._forget_kept(chat_id)
            # As it is now: it may have changed since, and no later change is told before
            self._database.write(
                lambda connection: rows.get_chat(connection, chat_id), lambda done: then(done, tell)
            ).result()
            while self._database.write(lambda connection: shelf_rows.empty_slice(connection, NEXT_TO_GONE)).result():
                pass
        return going

    def _delete(self, chat_id: str, message_id: str, going: Sequence[str]) -> None:
        """Delete messages, the last ones first, on which nothing hangs; after a fault the rest stays, and can be deleted again."""
        try:
            for end in range(len(going), 0, -SLICE_MESSAGES):
                ids = going[max(0, end - SLICE_MESSAGES) : end]
                self._database.write(partial(rows.delete_message_ids, chat_id=chat_id, ids=ids)).result()
        except AppError:
            with suppress(AppError):  # the app is ending, and the next start removes the rest
                self._database.write(lambda connection: shelf_rows.give_up_removal(connection, message_id)).result()
            raise

    def _take_out(self, chat_id: str, message_id: str, step: Callable[[], None]) -> Chat:
        conversation = self._chats.open_chat(chat_id).result()
        message_of(conversation.messages, message_id)  # it may have been deleted meanwhile
        path = list(branch(conversation.messages, message_id))
        question = path.pop() if path[-1].role is Role.USER else None
        chat = msgspec.structs.replace(
            conversation.chat,
            title=branch_title(conversation.chat.title),
            leaf_id=path[-1].id if path else None,
            draft=question.text if question is not None else "",
        )
        unsent = Unsent(files=question.files) if question is not None else NOTHING_UNSENT
        return self._copy(Conversation(chat=chat, messages=tuple(path), unsent=unsent), step)

    def _duplicate(self, chat_id: str, step: Callable[[], None]) -> Chat:
        conversation = self._chats.open_chat(chat_id).result()
        chat = msgspec.structs.replace(conversation.chat, title=copy_title(conversation.chat.title), draft="")
        return self._copy(Conversation(chat=chat, messages=conversation.messages), step)

    def _copy(self, conversation: Conversation, step: Callable[[], None]) -> Chat:
        """Store a conversation once more, as a chat of its own that is new."""
        now, chat, messages = time.time(), conversation.chat, conversation.messages
        names = {message.id: new_id() for message in messages}
        chat = msgspec.structs.replace(
            chat,
            id=new_id(),
            created_at=now,
            updated_at=now,
            pinned=False,
            archived_at=None,
            deleted_at=None,
            leaf_id=names.get(chat.leaf_id or ""),
        )
        copies = msgspec.structs.replace(conversation, chat=chat, messages=_copies(messages, names, chat.id))
        originals = {copy: original for original, copy in names.items()}
        return self._incoming.copy(copies, conversation.chat.id, originals, step)


def _copies(path: Sequence[Message], names: dict[str, str], chat_id: str) -> tuple[Message, ...]:
    return tuple(
        msgspec.structs.replace(
            message,
            id=names[message.id],
            chat_id=chat_id,
            parent_id=names[message.parent_id] if message.parent_id is not None else None,
            status=MessageStatus.STOPPED if message.status is MessageStatus.STREAMING else message.status,
        )
        for message in path
    )


def _title_without(chat: Chat, messages: Sequence[Message], going: Sequence[str]) -> str:
    """Return a chat's title once messages are gone: one that the app made of their words goes with them."""
    questions = [message for message in messages if message.role is Role.USER]
    made_of = [message for message in questions if message.id in going and question_title(message) == chat.title]
    if chat.title_is_own or not made_of:
        return chat.title
    return next((question_title(message) for message in questions if message.id not in going), "")


def branch_title(title: str) -> str:
    """Say in a title where a chat came from; a branch of a branch does not say it twice."""
    return _said_once(title, kept(_("{title} (branch)")))


def copy_title(title: str) -> str:
    """Say in a title that a chat is a copy; a copy of a copy does not say it twice."""
    return _said_once(title, kept(_("{title} (copy)")))


def _said_once(title: str, named: str) -> str:
    before, field, after = named.partition("{title}")
    says_it = bool(field) and title.startswith(before) and title.endswith(after)
    return title if not title or says_it else named.format(title=title)
