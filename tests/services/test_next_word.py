"""What may come next where an answer stands: the same prompt as the answer's, next to no cost, and nothing lost."""

import pytest

from desktop_app.app import App
from desktop_app.domain.chats import Chat
from desktop_app.domain.errors import EngineError, ErrorCode
from desktop_app.domain.messages import Message, MessageStatus, Role
from desktop_app.domain.parts import TextPart, ThoughtPart
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.tree import branch
from desktop_app.services.insight.next_word import MOST_UNREAD, NextWord, _so_far
from desktop_app.storage import chats as rows
from desktop_app.support.paths import Paths
from tests.services.test_kept_prefixes import kept

WAIT_SECONDS = 60.0
QUESTION = "Write a very long story about a lighthouse."
TIDE = "The tide came in. " * 56
"""More than is read for no other reason than to look."""


def asked(app: App, heard, model: str, greedy: Sampling, text: str = QUESTION, chat_id: str | None = None):
    question = app.chats.ask(chat_id, text, model_path=model, sampling=greedy)
    return question, heard.answer(question.answer_id).message


def look(app: App, chat_id: str, model: str, sampling: Sampling, **wanted: object) -> NextWord:
    conversation = app.chats.open_chat(chat_id).result(WAIT_SECONDS)
    shown = branch(conversation.messages, conversation.chat.leaf_id)
    return app.next_words.look(model, conversation.chat, shown, sampling, **wanted).result(WAIT_SECONDS)


def stored(app: App, model: str, text: str) -> str:
    """Put a chat with an answer to `text` into the database, which no model has read."""
    chat = Chat(id="chat", created_at=1, updated_at=1, leaf_id="a", model_path=model)
    said = ((Role.USER, "q", None, text), (Role.ASSISTANT, "a", "q", "And it went out again."))

    def store(connection) -> None:
        rows.insert_chat(connection, chat)
        for role, name, parent, words in said:
            message = Message(id=name, chat_id=chat.id, parent_id=parent, role=role, parts=(TextPart(words),),
                              status=MessageStatus.COMPLETE, created_at=1)  # fmt: skip
            rows.insert_message(connection, message)

    app.database.write(store).result(WAIT_SECONDS)
    return chat.id


@pytest.mark.usefixtures("whole_starter")  # the last word of the short one may be a part of a character
def test_the_likeliest_candidate_is_what_was_written(app: App, heard, starter_model: str, greedy: Sampling) -> None:
    question, answer = asked(app, heard, starter_model, greedy)
    found = look(app, question.chat_id, starter_model, greedy)
    assert found.distribution is not None
    assert answer.text.startswith(found.text)
    assert " " not in answer.text[len(found.text) :].strip()
    likeliest = found.distribution.model.likeliest(1)[0]
    assert answer.text[len(found.text) :].startswith(found.pieces[likeliest].decode())


def test_it_costs_the_chat_next_to_nothing(app: App, heard, paths: Paths, starter_model: str, greedy: Sampling) -> None:
    question, answer = asked(app, heard, starter_model, greedy)
    assert answer.receipt is not None
    look(app, question.chat_id, starter_model, greedy)
    _, second = asked(app, heard, starter_model, greedy, "And then?", question.chat_id)
    assert second.receipt is not None
    known = answer.receipt.prompt_tokens + answer.receipt.completion_tokens
    assert second.receipt.cached_tokens >= known - 6, "a word or so is read again"
    assert kept(paths) == []


def test_a_chat_that_is_not_known_is_read_only_when_that_is_wanted(
    app: App, starter_model: str, greedy: Sampling
) -> None:
    chat_id = stored(app, starter_model, TIDE)
    app.engines.load(starter_model).result(WAIT_SECONDS)
    found = look(app, chat_id, starter_model, greedy)
    assert found.distribution is None
    assert found.unread > MOST_UNREAD
    assert look(app, chat_id, starter_model, greedy, read_all=True).distribution is not None
    assert look(app, chat_id, starter_model, greedy).distribution is not None


def test_no_model_is_loaded_for_it(open_app, starter_model: str, greedy: Sampling) -> None:
    with open_app() as (app, heard):
        question, _ = asked(app, heard, starter_model, greedy)
    with open_app() as (app, heard):
        with pytest.raises(EngineError) as refused:
            look(app, question.chat_id, starter_model, greedy)
        assert refused.value.code is ErrorCode.ENGINE_FAILED
        with pytest.raises(EngineError):
            app.next_words.pieces(starter_model, [1]).result(WAIT_SECONDS)
        assert app.engines.worker_pids() == ()


def test_one_that_is_cancelled_leaves_the_model_to_the_next(app: App, heard, starter_model: str, greedy) -> None:
    chat_id = stored(app, starter_model, TIDE)
    app.engines.load(starter_model).result(WAIT_SECONDS)
    conversation = app.chats.open_chat(chat_id).result(WAIT_SECONDS)
    shown = branch(conversation.messages, conversation.chat.leaf_id)
    reading = app.next_words.look(starter_model, conversation.chat, shown, greedy, read_all=True)
    assert reading.cancel()
    asked(app, heard, starter_model, greedy, "And then?", chat_id)
    assert not app.engines._engine(starter_model).requests.open


def test_where_the_last_word_of_an_answer_goes() -> None:
    thought = ThoughtPart("Easy.")
    assert _so_far((TextPart("It is Paris."),)) == (TextPart("It is"),)
    assert _so_far((TextPart("Paris."),)) == (), "the start of the answer"
    assert _so_far((thought, TextPart("It is Paris."))) == (thought, TextPart("It is"))
    assert _so_far((thought, TextPart("Paris."))) == (thought, TextPart("Paris.")), "else the thought would go on"
