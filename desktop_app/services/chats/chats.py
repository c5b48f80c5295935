"""The chats: asking, branching, streaming and everything a person does with a conversation."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from desktop_app.domain.answer_tokens import Beginning
from desktop_app.domain.chats import PLAIN_START, Chat, ChatStart, Conversation
from desktop_app.domain.errors import EngineError, ErrorCode, StorageError
from desktop_app.domain.examples import Example
from desktop_app.domain.ids import new_id
from desktop_app.domain.messages import Message, MessageStatus
from desktop_app.domain.parts import FilePart, question_parts
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.shelf import GONE, TEMPORARY
from desktop_app.domain.tree import branch, can_go_on, latest_leaf, message_of
from desktop_app.domain.unsent import NextQuestion, joined, left_of
from desktop_app.services.answering.answering import Answering, tell_change
from desktop_app.services.answering.answers import AnswerSaver
from desktop_app.services.answering.titles import Titles
from desktop_app.services.answering.turn_storage import TurnStorage, brought_back, first_asked, forget_unsent
from desktop_app.services.answering.turns import Asked, NewTurn, Writer, other_seed
from desktop_app.services.background.futures import once_told, then
from desktop_app.services.background.rows import rows, search_rows, trace_rows, unsent_rows
from desktop_app.services.chats.lost import Lost, is_refused
from desktop_app.services.engines.engines import Engines
from desktop_app.services.events import ChatChanged, ServiceEvent
from desktop_app.settings.schema import WhenFull
from desktop_app.support.publisher import Publisher

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from desktop_app.storage.database import Database


class Chats:
    """Use cases of conversations. Every method returns at once; futures end in a service thread."""

    def __init__(
        self,
        *,
        database: "Database",
        engines: Engines,
        events: Publisher[ServiceEvent],
        pool: Executor,
        automatic_titles: Callable[[], bool],
        model_titles: Callable[[], bool] = lambda: False,
        when_full: Callable[[], WhenFull] = lambda: WhenFull.DROP,
        lost: Lost,
    ) -> None:
        """`lost` knows what of a chat could not be stored."""
        self._database = database
        self._events = events
        self._when_full = when_full
        self._storage = TurnStorage(automatic_titles)
        self._titles = Titles(database, engines, events, lambda: automatic_titles() and model_titles())
        self._lost = lost
        self._lost_drafts: dict[str, tuple[str, str]] = {}
        """The draft of a chat that could not be stored last, and what it was typed in the place of."""
        self._going: dict[int, set[str]] = {}
        """The ids of messages that are being removed, for each of those who remove some."""
        self._answering = Answering(database, engines, events, AnswerSaver(database, events, pool), self._titles)

    # Reading

    def list_chats(self) -> "Future[list[Chat]]":
        """Return the chats that are not in the trash, pinned ones first, then by their last change."""
        return self._database.read(lambda connection: rows.list_chats(connection))

    def open_chat(self, chat_id: str, *, in_turn: bool = False) -> "Future[Conversation]":
        """Return a chat with its tree; a streaming answer has the text that it has so far.

        What is stored while a long chat is read may be told before it is there, and is not in it. One that is read
        `in_turn` has all that was told before, since nothing is stored meanwhile.
        """
        ask = self._database.write if in_turn else self._database.read
        return ask(lambda connection: self.load(connection, chat_id))

    def load(self, connection: "Connection", chat_id: str) -> Conversation:
        """Return what `open_chat` does, in a thread of the database that has `connection`."""
        newest = self._answering.not_stored()
        conversation = self._stored(connection, chat_id)
        if conversation.chat.deleted_at == GONE:
            raise StorageError(ErrorCode.CHAT_NOT_FOUND, chat_id)
        chat, lost = conversation.chat, self._lost
        return msgspec.structs.replace(
            conversation,
            chat=msgspec.structs.replace(
                chat,
                draft=lost.draft(chat_id, chat.draft),
                system_prompt=lost.prompt(chat_id, chat.system_prompt),
            ),
            messages=tuple(newest(message) for message in conversation.messages),
            unsent=lost.unsent(chat_id, unsent_rows.load_unsent(connection, chat_id)),
        )

    @contextmanager
    def removing(self) -> Iterator[set[str]]:
        """Leave messages out of their chats whose ids are put into this set, while they are removed a few at a time.

        What would be put below one of them would be gone with it.
        """
        ids: set[str] = set()
        self._going[id(ids)] = ids
        try:
            yield ids
        finally:
            del self._going[id(ids)]

    def streaming_answers(self, chat_id: str) -> tuple[str, ...]:
        """Return the ids of the answers that stream in a chat, or are about to."""
        return self._answering.streaming(chat_id)

    def model_of(self, answer_id: str) -> str | None:
        """Return the path of the model that writes an answer, None where it does not stream."""
        return self._answering.model_of(answer_id)

    @property
    def is_answering(self) -> bool:
        """Whether any answer streams."""
        return self._answering.is_busy

    # Asking

    def ask(
        self,
        chat_id: str | None,
        text: str,
        *,
        model_path: str,
        sampling: Sampling,
        start: ChatStart = PLAIN_START,
        examples: Sequence[Example] = (),
        when_full: WhenFull | None = None,
        also: Sequence[Writer] = (),
        files: Sequence[FilePart] = (),
        waited: NextQuestion | None = None,
        draft_id: str | None = None,
        shown: str | None = None,
    ) -> Asked:
        """Store a question at the end of the open branch, then have it answered; None begins a new chat, with `start`.

        Each of `also` answers it as well: at once, or one after the other where memory is too short.
        `files` go along with it. Where it `waited` for the answer before it, it does so no longer; else it takes the
        place of the draft: that of the chat, or for a new one that with a `draft_id`. What others added to a chat's draft
        that was `shown` where it was typed stays; None for all of it.
        `examples` come before the question as turns of the chat, which no model has answered.
        `when_full` is what becomes of turns that do not fit, None for what the settings say.
        """
        new_chat = self._new_chat(start, Writer(model_path, sampling)) if chat_id is None else None
        target = new_chat.id if new_chat is not None else chat_id
        assert target is not None
        asked = Asked(target, new_id(), new_id(), tuple(new_id() for _writer in also))
        parts = question_parts(text, files)

        def begin(connection: "Connection") -> tuple[NewTurn, Chat, Sequence[Message]]:
            if new_chat is not None:
                rows.insert_chat(connection, new_chat)
            chat = rows.get_chat(connection, asked.chat_id)
            if waited is None:  # else nobody is there who wants it back
                chat = brought_back(connection, chat)
            given = self._storage.add_examples(connection, chat, examples)
            if given:
                chat = rows.update_chat(connection, chat.id, leaf_id=given[-1].id)
            turn, changed, path = self._storage.add_turn(
                connection,
                chat,
                asked,
                parts,
                chat.leaf_id,
                (Writer(model_path, sampling), *also),
                when_full or self._when_full(),
                draft=chat.draft
                if waited is not None
                else left_of(chat.draft, shown if shown is not None else chat.draft),
            )
            kept_under = None if start.temporary else draft_id  # what is kept there waits for an ordinary chat
            owner_id = chat_id if chat_id is not None else kept_under
            forget_unsent(connection, owner_id, waited, files if shown is not None else None)
            turn = msgspec.structs.replace(turn, examples=given, begins_chat=new_chat is not None, waited=waited)
            return turn, changed, path

        if waited is None and not start.temporary:
            self._lost.asked(chat_id if chat_id is not None else draft_id or "")
        self._answering.begin(begin, asked, parts, waits=waited is not None)
        return asked

    def _new_chat(self, start: ChatStart, writer: Writer) -> Chat:
        now = time.time()
        return Chat(
            id=new_id(),
            created_at=now,
            updated_at=now,
            model_path=writer.model_path,
            system_prompt=start.system_prompt,
            sampling=writer.sampling,
            persona=start.persona,
            folder_id=start.folder_id,
            deleted_at=TEMPORARY if start.temporary else None,
        )

    def edit(
        self,
        chat_id: str,
        message_id: str,
        text: str,
        *,
        model_path: str,
        sampling: Sampling,
        when_full: WhenFull | None = None,
        files: Sequence[FilePart] = (),
    ) -> Asked:
        """Ask an edited question beside the old one: a new branch with an answer of its own, and these `files`."""
        asked = Asked(chat_id, new_id(), new_id())
        parts = question_parts(text, files)

        def begin(connection: "Connection") -> tuple[NewTurn, Chat, Sequence[Message]]:
            conversation = self._stored(connection, chat_id)
            old = message_of(conversation.messages, message_id)
            return self._storage.add_turn(
                connection,
                brought_back(connection, conversation.chat),
                asked,
                parts,
                old.parent_id,
                (Writer(model_path, sampling),),
                when_full or self._when_full(),
                draft=conversation.chat.draft,
            )

        self._answering.begin(begin, asked, parts)
        return asked

    def regenerate(
        self,
        chat_id: str,
        answer_id: str,
        *,
        model_path: str,
        sampling: Sampling,
        count: int = 1,
        when_full: WhenFull | None = None,
        begins: Beginning | None = None,
        also: Sequence[Writer] = (),
        keeps_model: bool = False,
    ) -> Asked:
        """Answer the same question again, `count` times at once: siblings of the answer, which stays as it is.

        Each of `also` answers it as well. Each answer goes on where `begins` ends, where that is given. The chat's own
        model is the one at `model_path` from now on, unless it `keeps_model`.
        """
        sampled = (Writer(model_path, other_seed(sampling, place)) for place in range(count))
        writers = (*sampled, *also)
        new_ids = tuple(new_id() for _writer in writers)
        asked = Asked(chat_id, "", new_ids[0], new_ids[1:])

        def begin(connection: "Connection") -> tuple[NewTurn, Chat, Sequence[Message]]:
            conversation = self._stored(connection, chat_id)
            old = message_of(conversation.messages, answer_id)
            brought_back(connection, conversation.chat)
            parts = begins.parts if begins is not None else ()
            own = conversation.chat.model_path if keeps_model else model_path
            answers = self._storage.new_answers(chat_id, old.parent_id, new_ids, writers, own, parts)
            for answer in answers:
                rows.insert_message(connection, answer)
                if begins is not None:
                    trace_rows.save_traces(connection, answer.id, begins.traces)
            beside = conversation.chat.leaf_id in _written_beside(conversation.messages, old)
            leaf = conversation.chat.leaf_id if beside else asked.answer_id  # the first of them is looked at
            chat = rows.update_chat(connection, chat_id, leaf_id=leaf, updated_at=time.time(), model_path=own)
            turn = NewTurn(
                chat_id=chat_id,
                question=None,
                answers=answers,
                writers=writers,
                previous_leaf=conversation.chat.leaf_id,
                when_full=when_full or self._when_full(),
            )
            return turn, chat, branch(conversation.messages, old.parent_id)

        self._answering.begin(begin, asked, ())
        return asked

    def go_on(
        self,
        chat_id: str,
        answer_id: str,
        *,
        model_path: str,
        sampling: Sampling,
        when_full: WhenFull | None = None,
        keeps_model: bool = False,
    ) -> Asked:
        """Write on an answer that ended early, from its last character on; it must end its branch.

        An answer that is complete, has nothing in it, or has something below it stays as it is. The chat's own model
        is the one at `model_path` from now on, unless it `keeps_model`.
        """
        asked = Asked(chat_id, "", answer_id)

        def begin(connection: "Connection") -> tuple[NewTurn, Chat, Sequence[Message]]:
            newest = self._answering.not_stored()
            conversation = self._stored(connection, chat_id)
            old = newest(message_of(conversation.messages, answer_id))
            if not can_go_on(old, conversation.messages):
                raise EngineError(ErrorCode.ANSWER_COMPLETE, answer_id)
            brought_back(connection, conversation.chat)
            own = conversation.chat.model_path if keeps_model else model_path
            answer = msgspec.structs.replace(
                old,
                status=MessageStatus.STREAMING,
                error=None,
                model_path=model_path if model_path != own else None,
            )
            rows.save_answer(connection, answer)
            rows.set_answer_model(connection, answer.id, answer.model_path)
            chat = rows.update_chat(connection, chat_id, leaf_id=answer.id, updated_at=time.time(), model_path=own)
            turn = NewTurn(
                chat_id=chat_id,
                question=None,
                answers=(answer,),
                writers=(Writer(model_path, sampling),),
                previous_leaf=conversation.chat.leaf_id,
                when_full=when_full or self._when_full(),
                before=old,
            )
            return turn, chat, branch(conversation.messages, old.parent_id)

        self._answering.begin(begin, asked, ())
        return asked

    def stop(self, answer_id: str) -> None:
        """End a streaming answer; what it has so far stays."""
        self._answering.stop(answer_id)

    def stop_all(self, chat_id: str) -> None:
        """End every answer that streams in a chat, or is about to."""
        for answer_id in self.streaming_answers(chat_id):
            self.stop(answer_id)

    def resample(self, chat_id: str, sampling: Sampling) -> None:
        """Let every answer that streams in a chat, or is about to, go on with other sampling, as far as that can be."""
        self._answering.resample(chat_id, sampling)

    def choose_branch(self, chat_id: str, message_id: str) -> "Future[Conversation]":
        """Look at the branch that goes through `message_id`, down to its newest leaf."""

        def choose(connection: "Connection") -> Conversation:
            conversation = self._stored(connection, chat_id)
            message_of(conversation.messages, message_id)  # it may have been deleted meanwhile
            rows.update_chat(connection, chat_id, leaf_id=latest_leaf(conversation.messages, message_id))
            return self.load(connection, chat_id)

        def tell(conversation: Conversation) -> Conversation:
            self._events.publish(ChatChanged(conversation.chat))
            return conversation

        return self._database.write(choose, lambda done: then(done, tell))

    def keep(self, chat_id: str) -> "Future[Chat]":
        """Let a temporary chat be one like any other from now on, with a title from its first question."""

        def keep(connection: "Connection") -> Chat:
            conversation = self._stored(connection, chat_id)
            asked = first_asked(conversation.messages)
            title = self._storage.first_title(asked) if asked is not None else ""
            chat = rows.update_chat(connection, chat_id, deleted_at=None, title=title, updated_at=time.time())
            search_rows.index_messages(connection, conversation.messages)
            return chat

        return self._database.write(keep, lambda done: once_told(done, self._tell_change))

    # Order

    def rename(self, chat_id: str, title: str) -> "Future[Chat]":
        """Give a chat a title of one's own; an empty one gives it back to the app."""
        return self._change(chat_id, title=title.strip(), title_is_own=bool(title.strip()))

    def keep_again(self) -> None:
        """Try once more to store the drafts that could not be; nobody is told that they still cannot."""
        for chat_id, (place, text) in self._lost.typed.drafts.items():
            self._save_draft(chat_id, place, text, quietly=True)
        for chat_id, text in self._lost.typed.prompts.items():
            self._set_system_prompt(chat_id, text, quietly=True)

    def save_draft(self, chat_id: str, shown: str, text: str) -> "Future[Chat]":
        """Keep `text`, which is typed where `shown` was and not sent; what another window keeps since then stays too.

        Where `shown` was to be stored and was not, `text` takes the place of what was before that.
        """
        return self._save_draft(chat_id, shown, text)

    def _save_draft(self, chat_id: str, shown: str, text: str, *, quietly: bool = False) -> "Future[Chat]":
        stamp = self._lost.stamp(chat_id)
        found: list[Chat] = []

        def place() -> str:
            lost = self._lost_drafts.get(chat_id)
            return lost[1] if lost is not None and lost[0] == shown else shown

        def save(connection: "Connection") -> Chat:
            found.append(rows.get_chat(connection, chat_id))
            return rows.update_chat(connection, chat_id, draft=joined(found[0].draft, place(), text))

        def saved(done: "Future[Chat]") -> None:
            if done.exception() is None:
                self._lost_drafts.pop(chat_id, None)
                self._lost.stored_draft(chat_id)
            else:
                before = place()
                self._lost_drafts[chat_id] = (text, before)
                if is_refused(done.exception()) and not (found and found[0].is_temporary):
                    self._lost.note_draft(chat_id, before, text, stamp)
                else:  # nobody can store it
                    self._lost.stored_draft(chat_id)
            if done.exception() is None or not quietly:
                self._tell_change(done)

        return self._database.write(save, lambda done: once_told(done, saved))

    def set_sampling(self, chat_id: str, sampling: Sampling) -> "Future[Chat]":
        """Keep the sampling settings of a chat."""
        return self._change(chat_id, sampling=sampling)

    def set_system_prompt(self, chat_id: str, text: str) -> "Future[Chat]":
        """Keep what the model is told before the first question, from the next answer on; empty for nothing."""
        return self._set_system_prompt(chat_id, text)

    def _set_system_prompt(self, chat_id: str, text: str, *, quietly: bool = False) -> "Future[Chat]":
        def kept(done: "Future[Chat]") -> None:
            if is_refused(done.exception()):
                self._lost.note_prompt(chat_id, text)
            else:
                self._lost.stored_prompt(chat_id)
            if done.exception() is None or not quietly:
                self._tell_change(done)

        return self._database.write(
            lambda connection: rows.update_chat(connection, chat_id, system_prompt=text),
            lambda done: once_told(done, kept),
        )

    def set_model(self, chat_id: str, model_path: str) -> "Future[Chat]":
        """Keep which model answers in a chat."""
        return self._change(chat_id, model_path=model_path)

    def close(self) -> None:
        """Keep what streams as interrupted; the engines may end after this."""
        self._titles.close()
        self._answering.close()

    # Behind the scenes

    def _stored(self, connection: "Connection", chat_id: str) -> Conversation:
        """Return a chat as it is stored, without what is being removed."""
        conversation = rows.load_conversation(connection, chat_id)
        going = set[str]().union(*list(self._going.values()))
        if not going:
            return conversation
        kept = tuple(message for message in conversation.messages if message.id not in going)
        return msgspec.structs.replace(conversation, messages=kept)

    def _change(self, chat_id: str, **changes: object) -> "Future[Chat]":
        return self._database.write(
            lambda connection: rows.update_chat(connection, chat_id, **changes),
            lambda done: once_told(done, self._tell_change),
        )

    def _tell_change(self, changed: "Future[Chat]") -> None:
        tell_change(self._events, changed)


def _written_beside(messages: Sequence[Message], answer: Message) -> set[str]:
    """Return the ids of the answers to the same question that are being written, as another window has asked for them."""
    return {
        each.id for each in messages if each.parent_id == answer.parent_id and each.status is MessageStatus.STREAMING
    }
