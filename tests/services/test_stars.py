"""Stars on messages: told once, kept while an answer is written, in copies and in files, and gone with their messages."""

import queue
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop_app.app import App
from desktop_app.domain.chats import ChatStart, Conversation
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.search import Hit, SearchFilter
from desktop_app.services.chats.search import SearchPage
from desktop_app.services.events import AnswerDelta, MessageStarred
from desktop_app.storage import chats as rows
from tests.services.chat_home import Home, some_chats
from tests.services.conftest import Heard
from tests.services.test_branches import STORY, opened, two_turns

STARRED = SearchFilter(starred=True)


@pytest.fixture
def services(open_app) -> Iterator[tuple[App, Heard]]:
    with open_app() as running:
        yield running


def found(app: App, typed: str = "") -> tuple[Hit, ...]:
    pages: queue.Queue[SearchPage] = queue.Queue()
    app.search.search(typed, STARRED, pages.put)
    return pages.get(timeout=60).hits


def starred(conversation: Conversation) -> list[str]:
    return [message.id for message in conversation.messages if message.starred]


def test_a_star_is_told_where_it_is_new(app: App, heard: Heard, starter_model: str, greedy: Sampling) -> None:
    first, second = two_turns(app, heard, starter_model, greedy)
    assert app.branches.star(first.chat_id, first.question_id, True).result(60)
    assert not app.branches.star(first.chat_id, first.question_id, True).result(60)
    assert app.branches.star(first.chat_id, second.answer_id, True).result(60)
    assert app.branches.star(first.chat_id, second.answer_id, False).result(60)
    told = heard.wait_for(MessageStarred, lambda event: not event.starred)
    assert told == MessageStarred(first.chat_id, second.answer_id, False)
    assert len([event for event in heard.all if isinstance(event, MessageStarred)]) == 3
    assert starred(opened(app, first.chat_id)) == [first.question_id]
    (hit,) = found(app)
    assert (hit.chat_id, hit.message_id) == (first.chat_id, first.question_id)
    assert hit.snippet.marks == ()


def test_an_answer_gets_one_while_it_is_written(app: App, heard: Heard, starter_model: str) -> None:
    long = Sampling(temperature=0.0, max_tokens=400, seed=1)
    asked = app.chats.ask(None, STORY, model_path=starter_model, sampling=long)
    heard.wait_for(AnswerDelta)
    assert app.branches.star(asked.chat_id, asked.answer_id, True).result(60)
    assert starred(opened(app, asked.chat_id)) == [asked.answer_id]  # with the words that it has by now
    app.chats.stop(asked.answer_id)
    heard.answer(asked.answer_id)
    assert starred(opened(app, asked.chat_id)) == [asked.answer_id]


def test_a_copy_has_them_and_other_words_have_not(app: App, heard: Heard, starter_model: str, greedy: Sampling) -> None:
    first, second = two_turns(app, heard, starter_model, greedy)
    app.branches.star(first.chat_id, second.answer_id, True).result(60)
    copy = app.branches.duplicate(first.chat_id).result(60)
    assert [message.starred for message in opened(app, copy.id).messages] == [False, False, False, True]
    app.branches.reword(first.chat_id, second.answer_id, "Mine").result(60)
    assert starred(opened(app, first.chat_id)) == [second.answer_id]
    assert len(found(app)) == 2
    app.branches.remove(first.chat_id, second.question_id).result(60)
    assert [hit.chat_id for hit in found(app)] == [copy.id]
    app.ordering.delete([copy.id]).result(60)
    assert found(app) == ()


def test_one_in_a_temporary_chat_is_found_once_that_is_kept(
    app: App, heard: Heard, starter_model: str, greedy: Sampling
) -> None:
    asked = app.chats.ask(None, "Hi", model_path=starter_model, sampling=greedy, start=ChatStart(temporary=True))
    heard.answer(asked.answer_id)
    app.branches.star(asked.chat_id, asked.answer_id, True).result(60)
    assert found(app) == ()
    app.chats.keep(asked.chat_id).result(60)
    assert [hit.message_id for hit in found(app)] == [asked.answer_id]


def test_all_of_a_chat_are_found(services) -> None:
    app, _heard = services
    (conversation,) = some_chats(1, seed=5)

    def store(connection) -> None:
        rows.insert_chat(connection, conversation.chat)
        rows.insert_messages(connection, conversation.messages)

    app.database.write(store).result(60)
    for message in conversation.messages:
        app.branches.star(conversation.chat.id, message.id, True).result(60)
    assert len(conversation.messages) > 4
    assert len(found(app)) == len(conversation.messages)


def test_they_leave_in_a_file_and_come_back(home: Home, make_home, tmp_path: Path) -> None:
    (chat,) = some_chats(1, seed=5)
    home.put(chat)
    chosen = next(message.id for message in reversed(chat.messages) if not message.starred)
    before = starred(chat)
    home.database.write(lambda connection: rows.star(connection, chat.chat.id, chosen, starred=True)).result(60)
    home.export(tmp_path / "all.json")
    other = make_home("other")
    other.bring(tmp_path / "all.json")
    (come,) = other.conversations()
    assert {*starred(come)} == {*before, chosen}
    backup = home.backups.back_up().future.result(60)
    other.database.write(lambda connection: rows.delete_message_ids(connection, chat.chat.id, [chosen])).result(60)
    other.backups.restore(backup, chat.chat.id, beside=False).future.result(60)
    (restored,) = other.conversations()
    assert chosen in starred(restored)
