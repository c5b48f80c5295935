"""What is not sent yet: the files of drafts, edits, and the questions that wait for the answer before them."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING

import msgspec

from desktop_app.domain.chats import Chat
from desktop_app.domain.errors import AppError
from desktop_app.domain.examples import Example
from desktop_app.domain.ids import new_id
from desktop_app.domain.messages import MessageStatus
from desktop_app.domain.parts import FilePart
from desktop_app.domain.unsent import (
    NOTHING_UNSENT,
    Edit,
    NextQuestion,
    Unsent,
    changed,
    files_left,
    is_to_come,
    joined,
    left_of,
    moved,
    with_edit,
    without,
    without_edits,
)
from desktop_app.services.background.futures import once_told
from desktop_app.services.background.rows import rows, unsent_rows
from desktop_app.services.chats.chats import Chats
from desktop_app.services.chats.lost import FILES, PROMPT, TEXT, Change, Kind, Lost, is_refused
from desktop_app.services.events import (
    AnswerEnded,
    ChatChanged,
    MessageAdded,
    Problem,
    QuestionReturned,
    ServiceEvent,
    UnsentChanged,
)
from desktop_app.settings.schema import WhenFull
from desktop_app.support.publisher import Publisher

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from desktop_app.storage.database import Database


class UnsentQuestions:
    """Keeps them on the disk, and asks the next one when the answer before it is complete.

    After an answer that was stopped or failed, and in the next run, they wait until somebody sends the next one. Every
    method returns at once.
    """

    def __init__(
        self,
        *,
        database: "Database",
        chats: Chats,
        events: Publisher[ServiceEvent],
        find_model: Callable[[str], str],
        lost: Lost,
    ) -> None:
        """`find_model` tells where a model is now that was at a path; `lost` knows what could not be stored."""
        self._lost = lost
        self._find_model = find_model
        self._database = database
        self._chats = chats
        self._events = events
        self._lock = threading.Lock()
        self._going: set[str] = set()
        """Chats in which an answer was begun in this run, and the last one did not end before it was complete."""
        self._sending: set[str] = set()
        self._once_more: dict[str, WhenFull | None] = {}
        """Chats to look again in where there was nothing to send: a question may have come behind that look."""
        self._edited: dict[str, str] = {}
        """The question that is being edited in a chat; it is not sent meanwhile, nor is any behind it."""

    def drafts_to_come(self) -> "Future[list[str]]":
        """Return the ids of all drafts of chats to come: each place to type in has one of its own."""
        return self._database.read(lambda connection: unsent_rows.list_to_come(connection))

    def of_new_chat(self, draft_id: str) -> "Future[Unsent]":
        """Return what is kept for a chat to come now: a question that is asked from now on takes its place."""

        def load(connection: "Connection") -> Unsent:
            return self._lost.unsent(draft_id, unsent_rows.load_unsent(connection, draft_id))

        return self._database.write(load)

    def keep_files(
        self, owner_id: str, files: Sequence[FilePart], removed: Sequence[FilePart] | None = None
    ) -> "Future[Unsent]":
        """Keep the files of the draft of a chat, or of one to come.

        Others that are kept there stay, since another window attached them, unless they were `removed`; None for all.
        """

        def keep(unsent: Unsent) -> Unsent:
            others = files_left(unsent.files, (*files, *(unsent.files if removed is None else removed)))
            return msgspec.structs.replace(unsent, files=(*files, *others))

        return self._keep(owner_id, FILES, keep, adds=True)

    def attach(self, owner_id: str, file: FilePart) -> "Future[Unsent]":
        """Keep one more file of the draft of a chat, or of one to come."""

        def attach(unsent: Unsent) -> Unsent:
            return msgspec.structs.replace(unsent, files=(*unsent.files, file))

        return self._keep(owner_id, FILES, attach, adds=True)

    def keep_new_text(self, draft_id: str, text: str) -> "Future[Unsent]":
        """Keep what is typed for a chat to come, unless it is blank."""
        return self._keep(draft_id, TEXT, lambda unsent: _with_text(unsent, text))

    def keep_first_prompt(self, draft_id: str, prompt: str | None) -> "Future[Unsent]":
        """Keep what the model is to be told first in a chat to come, None for what is usual."""
        return self._keep(draft_id, PROMPT, lambda unsent: msgspec.structs.replace(unsent, system_prompt=prompt))

    def join_new_text(self, draft_id: str, shown: str, text: str) -> "Future[Unsent]":
        """Keep what is typed for a chat to come where what was kept for it is not seen yet; both stay (see `joined`)."""

        def join(unsent: Unsent) -> Unsent:
            return _with_text(unsent, joined(unsent.text, shown, text))

        return self._keep(draft_id, TEXT, join, adds=True)

    def take_new(self, draft_id: str) -> "Future[Unsent]":
        """Keep nothing for a chat to come; returns what was kept."""

        def take(connection: "Connection") -> Unsent:
            before = self._lost.unsent(draft_id, unsent_rows.load_unsent(connection, draft_id))
            unsent_rows.save_unsent(connection, draft_id, NOTHING_UNSENT)
            return before

        def taken(done: "Future[Unsent]") -> None:
            if done.exception() is None:
                self._lost.forget(draft_id)

        return self._database.write(take, lambda done: once_told(done, taken))

    def add(
        self,
        chat_id: str,
        text: str,
        files: Sequence[FilePart] = (),
        examples: Sequence[Example] = (),
        *,
        shown: str | None = None,
    ) -> "Future[Unsent]":
        """Let a question wait behind the others, with the `examples` before it; it takes the place of the draft.

        What others added to what was `shown` of it stays; None for all of it.
        """
        question = NextQuestion(id=new_id(), text=text, files=tuple(files), examples=tuple(examples))

        def add(connection: "Connection", unsent: Unsent) -> Unsent:
            found.append(unsent)
            kept = rows.get_chat(connection, chat_id).draft
            draft = left_of(kept, kept if shown is None else shown)
            told.append(rows.update_chat(connection, chat_id, draft=draft))
            left = files_left(unsent.files, unsent.files if shown is None else files)
            return msgspec.structs.replace(unsent, text="", files=left, queue=(*unsent.queue, question))

        def added(done: "Future[Unsent]") -> None:
            if done.exception() is None:
                self._events.publish(ChatChanged(*told))
            elif is_refused(done.exception()):
                self._lost.note(chat_id, question.id, lambda unsent: _with_question(unsent, question), stamp)
                for unsent in found:  # it waits all the same
                    self._events.publish(UnsentChanged(chat_id, _with_question(unsent, question)))
            self._send_if_free(chat_id)  # the answer may have ended meanwhile

        told: list[Chat] = []
        found: list[Unsent] = []
        self._lost.asked(chat_id)
        stamp = self._lost.stamp(chat_id)
        return self._write(chat_id, add, ended=added)

    def edit(self, chat_id: str, question_id: str) -> None:
        """Keep a question from being sent while somebody edits it."""
        with self._lock:
            self._edited[chat_id] = question_id

    def keep_edit(self, chat_id: str, edit: Edit) -> "Future[Unsent]":
        """Keep what is typed and attached while a message, or a question that comes next, is edited, with other edits."""
        return self._keep(chat_id, _edit_of(edit.message_id), lambda unsent: with_edit(unsent, edit))

    def leave(self, chat_id: str, message_id: str) -> "Future[Unsent]":
        """Nobody edits a message or question any more; the next one is sent, where it was kept for that alone."""
        self._lost.forget(chat_id, [_edit_of(message_id)])
        left = self._change(chat_id, lambda unsent: without_edits(unsent, [message_id]))
        with self._lock:
            was_kept = self._edited.get(chat_id) == message_id
            if was_kept:
                del self._edited[chat_id]
        if was_kept:
            self._send_if_free(chat_id)
        return left

    def change(self, chat_id: str, question: NextQuestion) -> "Future[Unsent]":
        """Take over a question that was edited; one that has been sent meanwhile stays as it was."""
        kept = self._keep(
            chat_id,
            question.id,
            lambda unsent: msgspec.structs.replace(unsent, queue=changed(unsent.queue, question)),
        )
        self.leave(chat_id, question.id)
        return kept

    def remove(self, chat_id: str, question_id: str) -> "Future[Unsent]":
        """Take a question back."""
        self._lost.forget(chat_id, [question_id])
        removed = self._change(
            chat_id, lambda unsent: msgspec.structs.replace(unsent, queue=without(unsent.queue, question_id))
        )
        self.leave(chat_id, question_id)
        return removed

    def move(self, chat_id: str, question_id: str, step: int) -> "Future[Unsent]":
        """Let a question come `step` places later, or earlier."""
        return self._change(
            chat_id, lambda unsent: msgspec.structs.replace(unsent, queue=moved(unsent.queue, question_id, step))
        )

    def send_next(self, chat_id: str, when_full: WhenFull | None = None) -> None:
        """Ask the next question now, with the model and the values of its chat, unless one is being asked."""
        with self._lock:
            if chat_id in self._sending:
                self._once_more[chat_id] = when_full
                return
            self._sending.add(chat_id)
            self._once_more.pop(chat_id, None)
        read = self._database.read(
            lambda connection: (rows.get_chat(connection, chat_id), unsent_rows.load_unsent(connection, chat_id))
        )
        read.add_done_callback(lambda done: self._look(chat_id, done, when_full))

    def hear(self, event: ServiceEvent) -> None:
        """Note how answers end, and ask the next question where one is complete."""
        match event:
            case MessageAdded(message=message) if message.status is MessageStatus.STREAMING:
                with self._lock:
                    self._going.add(message.chat_id)
                    self._sending.discard(message.chat_id)
            case QuestionReturned():
                with self._lock:
                    self._going.discard(event.chat_id)
                    self._sending.discard(event.chat_id)
                if event.waits:
                    self._change(event.chat_id, lambda unsent: unsent)  # tells that it waits again
            case AnswerEnded(message=message):
                if message.status is MessageStatus.COMPLETE:
                    self._send_if_free(message.chat_id)
                else:
                    with self._lock:
                        self._going.discard(message.chat_id)

    def _look(self, chat_id: str, read: "Future[tuple[Chat, Unsent]]", when_full: WhenFull | None) -> None:
        """Ask the question that was found, or look again where that was asked for meanwhile."""
        if self._ask(chat_id, read, when_full):
            return
        with self._lock:
            self._sending.discard(chat_id)
            looks_again = chat_id in self._once_more
            when_full = self._once_more.pop(chat_id, None)
        if looks_again:
            self.send_next(chat_id, when_full)

    def _ask(self, chat_id: str, read: "Future[tuple[Chat, Unsent]]", when_full: WhenFull | None) -> bool:
        """Return whether there is a question that can be asked."""
        error = read.exception()
        chat, unsent = read.result() if error is None else (None, Unsent())
        question = next(iter(unsent.queue), None)
        with self._lock:
            is_edited = question is not None and self._edited.get(chat_id) == question.id
        if chat is None or chat.is_in_trash or chat.model_path is None or question is None or is_edited:
            return False
        try:
            model_path = self._find_model(chat.model_path)
        except OSError:  # of a folder that nobody may look into; what becomes of the model is told where it is loaded
            model_path = chat.model_path
        self._chats.ask(
            chat_id,
            question.text,
            model_path=model_path,
            sampling=chat.sampling,
            files=question.files,
            examples=question.examples,
            when_full=when_full,
            waited=question,
        )
        self._change(chat_id, lambda unsent: unsent)  # tells what is left once the question is stored
        return True

    def _send_if_free(self, chat_id: str) -> None:
        with self._lock:
            is_going = chat_id in self._going
        if is_going and not self._chats.streaming_answers(chat_id):
            self.send_next(chat_id)

    def keep_again(self) -> None:
        """Try once more to store what could not be; nobody is told that it still cannot."""
        for owner_id in self._lost.typed.changes:
            self._write(owner_id, lambda _connection, unsent: unsent, quietly=True)

    def _keep(self, owner_id: str, kind: Kind, change: Change, *, adds: bool = False) -> "Future[Unsent]":
        """Change what was typed; where that cannot be stored, it is as soon as something can.

        What could not be stored before of its kind is part of it, unless it `adds` to that.
        """
        stamp = self._lost.stamp(owner_id)

        def kept(done: "Future[Unsent]") -> None:
            if is_refused(done.exception()):
                before = self._lost.changes(owner_id).get(kind) if adds else None
                both = change if before is None else lambda unsent: change(before(unsent))
                self._lost.note(owner_id, kind, both, stamp)

        return self._write(owner_id, lambda _connection, unsent: change(unsent), None if adds else kind, ended=kept)

    def _change(self, owner_id: str, change: Change) -> "Future[Unsent]":
        return self._write(owner_id, lambda _connection, unsent: change(unsent))

    def _write(
        self,
        owner_id: str,
        change: "Callable[[Connection, Unsent], Unsent]",
        kind: Kind = None,
        *,
        quietly: bool = False,
        ended: "Callable[[Future[Unsent]], None]" = lambda _done: None,
    ) -> "Future[Unsent]":
        """Change what is stored, and with it what could not be before, unless that is of the same kind.

        `ended` is called once it is told, before a later change is.
        """
        again: list[Kind] = [kind]

        def write(connection: "Connection") -> Unsent:
            before = unsent = unsent_rows.load_unsent(connection, owner_id)
            for each, lost in self._lost.changes(owner_id, kind).items():
                unsent = lost(unsent)
                again.append(each)
            after = change(connection, unsent)
            if after != before:
                unsent_rows.save_unsent(connection, owner_id, after)
            return after

        def written(done: "Future[Unsent]") -> None:
            if done.exception() is None:
                self._lost.forget(owner_id, again)
            if done.exception() is None or not quietly:
                self._tell(owner_id, done)
            else:
                self._lost.noted.publish(None)  # it is tried again later
            ended(done)

        return self._database.write(write, lambda done: once_told(done, written))

    def _tell(self, owner_id: str, written: "Future[Unsent]") -> None:
        error = written.exception()
        if error is None:
            self._events.publish(UnsentChanged(owner_id, written.result()))
        elif isinstance(error, AppError) and not is_to_come(owner_id):  # what has no chat is typed still: asking tells
            self._events.publish(Problem(error.info))


def _edit_of(message_id: str) -> Kind:
    """Return the kind of a change that keeps an edit: a question that waits may be changed as well."""
    return ("edit", message_id)


def _with_question(unsent: Unsent, question: NextQuestion) -> Unsent:
    """Return `unsent` with one more question behind the others."""
    return msgspec.structs.replace(unsent, queue=(*without(unsent.queue, question.id), question))


def _with_text(unsent: Unsent, text: str) -> Unsent:
    """Return `unsent` with a text, or none where it is blank: nobody wants a window for it at the next start."""
    return msgspec.structs.replace(unsent, text=text if text.strip() else "")
