"""Messages that a person deletes for good, with all that hang on them."""

import threading
from concurrent.futures import Future

import msgspec
import pytest
from sqlalchemy import text

from desktop_app.app import App
from desktop_app.domain.errors import AppError, ErrorCode, StorageError
from desktop_app.domain.messages import MessageStatus, Role
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.unsent import Edit
from desktop_app.services.events import AnswerDelta, ChatChanged, MessagesRemoved, QuestionReturned
from desktop_app.storage import chats
from desktop_app.storage.chat_vectors import load_vectors, save_vector
from desktop_app.storage.chats import load_conversation
from tests.services.chat_home import insert
from tests.services.conftest import Heard
from tests.services.test_branches import LONG, STORY, long_chat, opened, shown, two_turns


def found(app: App, words: str) -> int:
    statement = text("SELECT count(*) FROM search_index WHERE search_index MATCH :words")
    return app.database.read(lambda connection: connection.execute(statement, {"words": words}).scalar_one()).result(60)


def test_an_answer_goes_with_all_that_follows_it_and_leaves_nothing_to_be_found(
    app: App, heard: Heard, starter_model: str, greedy: Sampling
) -> None:
    first, second = two_turns(app, heard, starter_model, greedy)
    assert found(app, "animal") == 1
    gone = app.branches.remove(first.chat_id, first.answer_id).result(60)
    assert gone == (first.answer_id, second.question_id, second.answer_id)
    event = heard.wait_for(MessagesRemoved)
    left = opened(app, first.chat_id)
    assert (event.message_ids, event.chat) == (gone, left.chat)
    assert [message.id for message in left.messages] == [message.id for message in shown(left)] == [first.question_id]
    assert found(app, "animal") == 0
    assert found(app, "colour") == 1


def test_of_two_versions_the_other_one_is_looked_at(
    app: App, heard: Heard, starter_model: str, greedy: Sampling
) -> None:
    first, second = two_turns(app, heard, starter_model, greedy)
    again = app.chats.regenerate(first.chat_id, first.answer_id, model_path=starter_model, sampling=greedy)
    heard.answer(again.answer_id)
    app.branches.remove(first.chat_id, again.answer_id).result(60)
    left = opened(app, first.chat_id)
    assert [message.id for message in shown(left)][-1] == second.answer_id, "down to the newest below the older version"
    app.branches.remove(first.chat_id, first.question_id).result(60)
    empty = opened(app, first.chat_id)
    assert (empty.messages, empty.chat.leaf_id) == ((), None)
    asked = app.chats.ask(first.chat_id, "Name a colour.", model_path=starter_model, sampling=greedy)
    heard.answer(asked.answer_id)
    assert len(opened(app, first.chat_id).messages) == 2, "the chat goes on from its beginning"


def test_what_is_elsewhere_on_the_tree_stays_and_is_still_looked_at(
    app: App, heard: Heard, starter_model: str, greedy: Sampling
) -> None:
    first, second = two_turns(app, heard, starter_model, greedy)
    other = app.branches.reword(first.chat_id, first.answer_id, "Teal.").result(60)
    app.branches.remove(first.chat_id, second.question_id).result(60)
    left = opened(app, first.chat_id)
    assert left.chat.leaf_id == other.id
    assert {message.id for message in left.messages} == {first.question_id, first.answer_id, other.id}


def test_what_was_typed_over_a_message_goes_with_it(
    app: App, heard: Heard, starter_model: str, greedy: Sampling
) -> None:
    first, second = two_turns(app, heard, starter_model, greedy)
    edit = Edit(message_id=second.question_id, text="And a secret animal?")
    app.unsent.keep_edit(first.chat_id, edit).result(60)
    app.branches.remove(first.chat_id, second.answer_id).result(60)
    assert opened(app, first.chat_id).unsent.edit == edit, "what is edited is still there"
    app.branches.remove(first.chat_id, second.question_id).result(60)
    assert opened(app, first.chat_id).unsent.edit is None


def test_what_is_still_being_written_is_not_deleted(app: App, heard: Heard, starter_model: str) -> None:
    asked = app.chats.ask(None, STORY, model_path=starter_model, sampling=LONG)
    heard.wait_for(AnswerDelta)
    assert app.branches.remove(asked.chat_id, asked.question_id).result(60) == ()
    app.chats.stop(asked.answer_id)
    heard.answer(asked.answer_id)
    assert len(opened(app, asked.chat_id).messages) == 2
    assert len(app.branches.remove(asked.chat_id, asked.question_id).result(60)) == 2


def test_a_path_of_thousands_goes_a_little_at_a_time(app: App) -> None:
    chat = long_chat(3000)
    rest = tuple(msgspec.structs.replace(message, status=MessageStatus.COMPLETE) for message in chat.messages)
    app.database.write(lambda connection: insert(connection, msgspec.structs.replace(chat, messages=rest))).result(60)
    gone = app.branches.remove(chat.chat.id, rest[1].id).result(60)
    assert gone == tuple(message.id for message in rest[1:])
    left = app.database.read(lambda connection: load_conversation(connection, chat.chat.id)).result(60)
    assert [message.id for message in left.messages] == [rest[0].id]
    assert left.chat.leaf_id == rest[0].id


def test_what_was_made_of_its_words_goes_with_it(app: App, heard: Heard, starter_model: str, greedy: Sampling) -> None:
    first, second = two_turns(app, heard, starter_model, greedy)
    chat_id = first.chat_id
    made = opened(app, chat_id).chat.title
    app.database.write(lambda found: save_vector(found, chat_id, "a model", "of words", b"1234")).result(60)
    app.branches.remove(chat_id, second.question_id).result(60)
    assert app.database.read(lambda found: load_vectors(found, "a model")).result(60) == {}
    assert opened(app, chat_id).chat.title == made, "it is not made of the second question"
    other = app.chats.edit(chat_id, first.question_id, "Name a stone.", model_path=starter_model, sampling=greedy)
    heard.answer(other.answer_id)
    app.branches.remove(chat_id, first.question_id).result(60)
    assert opened(app, chat_id).chat.title == "Name a stone"
    assert heard.wait_for(ChatChanged, lambda event: event.chat.title == "Name a stone")
    app.chats.rename(chat_id, "Stones").result(60)
    app.branches.remove(chat_id, other.question_id).result(60)
    assert opened(app, chat_id).chat.title == "Stones", "a person wrote that"


def test_no_branch_that_is_gone_is_looked_at(app: App, heard: Heard, starter_model: str, greedy: Sampling) -> None:
    first, second = two_turns(app, heard, starter_model, greedy)
    app.branches.remove(first.chat_id, second.question_id).result(60)
    before = opened(app, first.chat_id)
    for late in (app.chats.choose_branch, app.branches.end_at):  # as the undo of a step on the tree does
        with pytest.raises(StorageError):
            late(first.chat_id, second.answer_id).result(60)
    assert opened(app, first.chat_id) == before


def test_nothing_is_put_below_what_is_being_removed(
    app: App, heard: Heard, starter_model: str, greedy: Sampling, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thousands of messages take seconds, in which they are still to be seen."""
    chat = long_chat(300)
    rest = tuple(msgspec.structs.replace(message, status=MessageStatus.COMPLETE) for message in chat.messages)
    app.database.write(lambda connection: insert(connection, msgspec.structs.replace(chat, messages=rest))).result(60)
    chat_id, answer, answers = chat.chat.id, rest[101], [each.id for each in rest if each.role is Role.ASSISTANT]
    begun, go, delete = threading.Event(), threading.Event(), chats.delete_message_ids

    def held(connection, **which) -> bool:
        begun.set()
        return go.wait(30) and delete(connection, **which)

    monkeypatch.setattr(chats, "delete_message_ids", held)
    removed = app.branches.remove(chat_id, rest[2].id)
    assert begun.wait(30)
    late: list[Future] = [
        app.chats.choose_branch(chat_id, answers[-1]),
        app.branches.end_at(chat_id, answer.id),
        app.branches.reword(chat_id, answer.id, "Mine."),
    ]
    app.chats.regenerate(chat_id, answer.id, model_path=starter_model, sampling=greedy)
    asked = app.chats.ask(chat_id, "Name a colour.", model_path=starter_model, sampling=greedy)
    go.set()
    assert removed.result(60) == tuple(message.id for message in rest[2:])
    for each in late:
        with pytest.raises(AppError) as caught:
            each.result(30)
        assert caught.value.code is ErrorCode.MESSAGE_NOT_FOUND
    assert heard.wait_for(QuestionReturned).error.code is ErrorCode.MESSAGE_NOT_FOUND
    heard.answer(asked.answer_id)
    left = opened(app, chat_id)
    assert [message.id for message in shown(left)] == [rest[0].id, rest[1].id, asked.question_id, asked.answer_id]
    assert len(left.messages) == 4
