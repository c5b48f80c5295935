"""How turns are stored and taken back: what the chats service does with a connection, in the database's own thread."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import msgspec

from desktop_app.domain.chats import Chat
from desktop_app.domain.examples import Example
from desktop_app.domain.ids import new_id
from desktop_app.domain.messages import Message, MessageStatus, Role
from desktop_app.domain.parts import FilePart, Part, TextPart, beginning
from desktop_app.domain.prompt_moment import utc_offset_at
from desktop_app.domain.titles import title_from_question
from desktop_app.domain.tree import branch
from desktop_app.domain.unsent import NextQuestion, files_left, without
from desktop_app.services.answering.turns import Asked, NewTurn, Writer
from desktop_app.services.background.rows import rows, unsent_rows
from desktop_app.settings.schema import WhenFull

if TYPE_CHECKING:
    from sqlalchemy import Connection


class TurnStorage:
    """Adds turns to chats; whoever calls has the transaction."""

    def __init__(self, automatic_titles: Callable[[], bool]) -> None:
        self._automatic_titles = automatic_titles

    def new_answers(
        self,
        chat_id: str,
        parent_id: str | None,
        answer_ids: Sequence[str],
        writers: Sequence[Writer],
        own_model: str | None,
        parts: tuple[Part, ...] = (),
    ) -> tuple[Message, ...]:
        """Return the answers of a turn, in which there are only `parts` yet, or what each is to begin with.

        `own_model` is the chat's.
        """
        return tuple(
            Message(
                id=answer_id,
                chat_id=chat_id,
                parent_id=parent_id,
                role=Role.ASSISTANT,
                parts=parts or beginning(writer.sampling.begin_with),
                status=MessageStatus.STREAMING,
                created_at=time.time(),
                model_path=writer.model_path if writer.model_path != own_model else None,
            )
            for answer_id, writer in zip(answer_ids, writers, strict=True)
        )

    def add_examples(self, connection: "Connection", chat: Chat, examples: Sequence[Example]) -> tuple[Message, ...]:
        """Store examples as complete messages at the end of the open branch."""
        given: list[Message] = []
        for role, text in ((role, text) for each in examples for role, text in _sides(each)):
            message = Message(
                id=new_id(),
                chat_id=chat.id,
                parent_id=given[-1].id if given else chat.leaf_id,
                role=role,
                parts=(TextPart(text),),
                status=MessageStatus.COMPLETE,
                created_at=time.time(),
            )
            rows.insert_message(connection, message)
            given.append(message)
        return tuple(given)

    def first_title(self, question: Message) -> str:
        """Return what a chat that begins with `question` is called; empty where that is a person's business."""
        if not self._automatic_titles():
            return ""
        return question_title(question)

    def add_turn(
        self,
        connection: "Connection",
        chat: Chat,
        asked: Asked,
        parts: tuple[Part, ...],
        parent_id: str | None,
        writers: tuple[Writer, ...],
        when_full: WhenFull,
        draft: str,
    ) -> tuple[NewTurn, Chat, Sequence[Message]]:
        """Store a question and its empty answers below `parent_id`; the first writer's model is the chat's.

        `draft` is what stays typed in the chat.
        """
        now = time.time()
        question = Message(
            id=asked.question_id,
            chat_id=chat.id,
            parent_id=parent_id,
            role=Role.USER,
            parts=parts,
            status=MessageStatus.COMPLETE,
            created_at=now,
            utc_offset=utc_offset_at(now),
        )
        own_model = writers[0].model_path
        answers = self.new_answers(chat.id, question.id, asked.answer_ids, writers, own_model)
        messages = rows.load_conversation(connection, chat.id).messages
        rows.insert_message(connection, question)
        rows.insert_messages(connection, answers)
        title = chat.title
        if not title and not chat.is_temporary:
            title = self.first_title(question)
        changed = rows.update_chat(
            connection,
            chat.id,
            leaf_id=asked.answer_id,
            title=title,
            draft=draft,
            model_path=own_model,
            updated_at=time.time(),
        )
        turn = NewTurn(
            chat_id=chat.id,
            question=question,
            answers=answers,
            writers=writers,
            previous_leaf=chat.leaf_id,
            when_full=when_full,
        )
        return turn, changed, (*branch(messages, parent_id), question)


def brought_back(connection: "Connection", chat: Chat) -> Chat:
    """Return a chat that a person goes on with, out of the trash if it was there: what is new would be lost with it."""
    return rows.update_chat(connection, chat.id, deleted_at=None) if chat.is_in_trash else chat


def first_asked(messages: Sequence[Message]) -> Message | None:
    """Return the first question that a model was asked, None for none; examples before it came with their answers."""
    asked = {
        message.parent_id
        for message in messages
        if message.role is Role.ASSISTANT
        and (message.receipt is not None or message.status is not MessageStatus.COMPLETE)
    }
    questions = [message for message in messages if message.role is Role.USER]
    return next((message for message in questions if message.id in asked), next(iter(questions), None))


def question_title(question: Message) -> str:
    """Return what the app calls a chat that begins with a question."""
    return title_from_question(question.text) or " ".join(file.name for file in question.files[:1])


def forget_unsent(
    connection: "Connection", owner_id: str | None, waited: NextQuestion | None, files: Sequence[FilePart] | None
) -> None:
    """Let what is asked now be unsent no longer: these files of the draft, all for None, or the question that waited."""
    if owner_id is None:
        return
    unsent = unsent_rows.load_unsent(connection, owner_id)
    if waited is None:
        left = files_left(unsent.files, unsent.files if files is None else files)
        unsent = msgspec.structs.replace(unsent, text="", system_prompt=None, files=left)
    else:
        unsent = msgspec.structs.replace(unsent, queue=without(unsent.queue, waited.id))
    unsent_rows.save_unsent(connection, owner_id, unsent)


def take_back(connection: "Connection", turn: NewTurn, answer_id: str) -> Chat:
    """Remove a turn that does not fit; its question is in the chat's draft again, or waits as it did.

    What stands in the draft already stays behind it. Of several answers the first one has all of it taken back. Where the
    branch that was looked at before was deleted meanwhile, the newest one is.
    """
    if not rows.delete_message_ids(connection, turn.chat_id, turn.ids_with(answer_id)):
        return rows.get_chat(connection, turn.chat_id)
    unsent = unsent_rows.load_unsent(connection, turn.chat_id)
    text, attached = turn.given_back
    if turn.waited is not None:
        unsent = msgspec.structs.replace(unsent, queue=(turn.waited, *unsent.queue))
    elif attached:
        unsent = msgspec.structs.replace(unsent, files=(*attached, *unsent.files))
    unsent_rows.save_unsent(connection, turn.chat_id, unsent)
    typed = rows.get_chat(connection, turn.chat_id).draft
    draft = "\n\n".join(words for words in (text, typed) if words.strip())
    left = [message.id for message in rows.load_conversation(connection, turn.chat_id).messages]
    leaf = turn.previous_leaf if turn.previous_leaf in left else next(reversed(left), None)
    return rows.update_chat(connection, turn.chat_id, leaf_id=leaf, draft=draft)


def _sides(example: Example) -> tuple[tuple[Role, str], tuple[Role, str]]:
    return (Role.USER, example.user), (Role.ASSISTANT, example.assistant)
