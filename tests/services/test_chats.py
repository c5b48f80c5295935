"""Conversations over the real engine: asking, branching, stopping, and what stays after a crash."""

import os
import random
import signal
from pathlib import Path

import pytest
from sqlalchemy import Connection

from desktop_app.app import App
from desktop_app.domain.chats import Conversation
from desktop_app.domain.errors import ErrorCode
from desktop_app.domain.messages import FinishReason, MessageStatus, Role
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.tree import branch
from desktop_app.services.events import (
    AnswerDelta,
    AnswerEnded,
    ContextUsed,
    MessageAdded,
    PromptRead,
    QuestionReturned,
)
from desktop_app.storage import chats as rows
from desktop_app.storage.engine import make_engine

KILLS = 20 if os.environ.get("INGLENOOK_SOAK") else 2
LONG = Sampling(temperature=0.8, max_tokens=2000, seed=7, min_p=0.0)
STORY = "Write a very long story about a lighthouse."


@pytest.mark.usefixtures("spawned")
def test_a_question_is_answered_and_kept(app: App, heard, starter_model: str, greedy: Sampling) -> None:
    asked = app.chats.ask(None, "What is the capital of France?", model_path=starter_model, sampling=greedy)
    ended = heard.answer(asked.answer_id).message
    assert ended.status is MessageStatus.COMPLETE
    assert ended.text.strip()
    assert ended.receipt is not None
    assert ended.receipt.completion_tokens > 0
    assert ended.receipt.seed == 1
    deltas = [event for event in heard.all if isinstance(event, AnswerDelta)]
    assert "".join(event.text for event in deltas) == ended.text
    assert [event.start for event in deltas] == [len("".join(d.text for d in deltas[:i])) for i in range(len(deltas))]

    conversation = app.chats.open_chat(asked.chat_id).result(60)
    assert [message.role for message in conversation.messages] == [Role.USER, Role.ASSISTANT]
    assert conversation.messages[1] == ended
    assert conversation.chat.title == "What is the capital of France?"
    assert [chat.id for chat in app.chats.list_chats().result(60)] == [asked.chat_id]


def test_the_question_is_committed_before_the_engine_sees_it(app: App, heard, starter_model: str, greedy) -> None:
    seen: list[list[str]] = []
    generate, reader = app.engines.generate, make_engine(app.paths.database, read_only=True)

    def spy(*arguments, **options):
        with reader.connect() as connection:
            seen.append(sorted(connection.exec_driver_sql("SELECT role FROM messages").scalars()))
        return generate(*arguments, **options)

    app.engines.generate = spy
    asked = app.chats.ask(None, "Hello", model_path=starter_model, sampling=greedy)
    heard.answer(asked.answer_id)
    reader.dispose()
    assert seen == [["assistant", "user"]]


def test_the_next_turn_reads_only_what_is_new(app: App, heard, starter_model: str, greedy: Sampling) -> None:
    first = app.chats.ask(None, "Tell me about the sea.", model_path=starter_model, sampling=greedy)
    begun = heard.answer(first.answer_id).message.receipt
    second = app.chats.ask(first.chat_id, "And the sky?", model_path=starter_model, sampling=greedy)
    receipt = heard.answer(second.answer_id).message.receipt
    assert begun is not None
    assert receipt is not None
    assert receipt.cached_tokens >= begun.prompt_tokens
    assert receipt.prompt_tokens > receipt.cached_tokens


def test_regenerate_makes_a_sibling_and_edit_a_branch(app: App, heard, starter_model: str, greedy: Sampling) -> None:
    asked = app.chats.ask(None, "Name a colour.", model_path=starter_model, sampling=greedy)
    heard.answer(asked.answer_id)
    again = app.chats.regenerate(asked.chat_id, asked.answer_id, model_path=starter_model, sampling=LONG)
    heard.wait_for(AnswerDelta)
    app.chats.stop(again.answer_id)
    heard.answer(again.answer_id)
    edited = app.chats.edit(
        asked.chat_id, asked.question_id, "Name an animal.", model_path=starter_model, sampling=greedy
    )
    heard.answer(edited.answer_id)

    conversation = app.chats.open_chat(asked.chat_id).result(60)
    parents = {message.id: message.parent_id for message in conversation.messages}
    assert parents == {
        asked.question_id: None,
        asked.answer_id: asked.question_id,
        again.answer_id: asked.question_id,
        edited.question_id: None,
        edited.answer_id: edited.question_id,
    }
    assert conversation.chat.leaf_id == edited.answer_id
    walked = app.chats.choose_branch(asked.chat_id, asked.question_id).result(60)
    assert walked.chat.leaf_id == again.answer_id
    assert [message.id for message in branch(walked.messages, walked.chat.leaf_id)] == [
        asked.question_id,
        again.answer_id,
    ]


def test_stop_keeps_what_was_said(app: App, heard, starter_model: str) -> None:
    asked = app.chats.ask(None, STORY, model_path=starter_model, sampling=LONG)
    heard.wait_for(AnswerDelta, lambda event: event.start > 20)
    app.chats.stop(asked.answer_id)
    ended = heard.answer(asked.answer_id).message
    assert ended.status is MessageStatus.STOPPED
    assert len(ended.text) > 20
    assert ended.receipt is not None
    assert ended.receipt.finish_reason is FinishReason.CANCELLED


def test_stop_in_the_first_millisecond(app: App, heard, starter_model: str, greedy: Sampling) -> None:
    asked = app.chats.ask(None, STORY, model_path=starter_model, sampling=LONG)
    heard.wait_for(MessageAdded, lambda event: event.message.id == asked.answer_id)
    app.chats.stop(asked.answer_id)
    ended = heard.answer(asked.answer_id).message
    assert ended.status is MessageStatus.STOPPED
    following = app.chats.ask(asked.chat_id, "Hello", model_path=starter_model, sampling=greedy)
    assert heard.answer(following.answer_id).message.status is MessageStatus.COMPLETE


def test_stop_while_the_prompt_is_read(app: App, heard, starter_model: str) -> None:
    heard.at_once(
        PromptRead, lambda event: app.chats.stop(event.message_id), lambda event: 0 < event.done < event.total
    )
    asked = app.chats.ask(
        None, "Summarise: " + "the sea is wide and deep. " * 250, model_path=starter_model, sampling=LONG
    )
    ended = heard.answer(asked.answer_id).message
    assert ended.status is MessageStatus.STOPPED
    assert ended.text == ""


def test_two_chats_do_not_mix(app: App, heard, starter_model: str, greedy: Sampling) -> None:
    one = app.chats.ask(None, "Count from one to ten.", model_path=starter_model, sampling=greedy)
    two = app.chats.ask(None, "List three animals.", model_path=starter_model, sampling=greedy)
    texts = {}
    for _ in range(2):
        ended = heard.wait_for(AnswerEnded).message
        texts[ended.id] = ended.text
    for asked in (one, two):
        deltas = [
            event for event in heard.all if isinstance(event, AnswerDelta) and event.message_id == asked.answer_id
        ]
        assert {event.chat_id for event in deltas} == {asked.chat_id}
        assert "".join(event.text for event in deltas) == texts[asked.answer_id]


def test_opening_a_chat_in_mid_answer_shows_the_text_so_far(app: App, heard, starter_model: str) -> None:
    asked = app.chats.ask(None, STORY, model_path=starter_model, sampling=LONG)
    heard.wait_for(AnswerDelta, lambda event: event.start > 40)
    conversation = app.chats.open_chat(asked.chat_id).result(60)
    live = conversation.messages[-1]
    assert live.status is MessageStatus.STREAMING
    assert len(live.text) > 40
    app.chats.stop(asked.answer_id)
    assert heard.answer(asked.answer_id).message.text.startswith(live.text)


def test_a_chat_that_is_read_as_its_answer_ends_shows_all_of_it(
    app: App, heard, starter_model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = app.chats.ask(None, STORY, model_path=starter_model, sampling=LONG)
    heard.wait_for(AnswerDelta)
    load = rows.load_conversation

    def load_and_wait(connection: Connection, chat_id: str) -> Conversation:
        conversation = load(connection, chat_id)
        app.chats.stop(asked.answer_id)
        heard.answer(asked.answer_id)  # it is on the disk now, and was not when this was read
        return conversation

    monkeypatch.setattr(rows, "load_conversation", load_and_wait)
    _question, answer = app.chats.open_chat(asked.chat_id).result(60).messages
    assert answer.status is MessageStatus.STOPPED
    assert answer.receipt is not None


def test_a_question_longer_than_the_context_comes_back(open_app, starter_model: str, greedy: Sampling) -> None:
    with open_app(context_size=256) as (app, heard):
        first = app.chats.ask(None, "Hello", model_path=starter_model, sampling=greedy)
        heard.answer(first.answer_id)
        text = "word " * 3000
        app.chats.ask(first.chat_id, text, model_path=starter_model, sampling=greedy)
        returned = heard.wait_for(QuestionReturned)
        assert returned.error.code is ErrorCode.PROMPT_TOO_LONG
        assert returned.text == text
        conversation = app.chats.open_chat(first.chat_id).result(60)
        assert conversation.chat.draft == text
        assert len(conversation.messages) == 2
        assert conversation.chat.leaf_id == first.answer_id
        following = app.chats.ask(first.chat_id, "Short.", model_path=starter_model, sampling=greedy)
        assert heard.answer(following.answer_id).message.status is MessageStatus.COMPLETE


def test_a_conversation_that_outgrows_the_context_goes_on(open_app, starter_model: str) -> None:
    with open_app(context_size=256) as (app, heard):
        chat_id = None
        sampling = Sampling(max_tokens=12, seed=3)
        for _ in range(4):
            asked = app.chats.ask(
                chat_id, "Tell me something about " + "ships " * 55, model_path=starter_model, sampling=sampling
            )
            chat_id = asked.chat_id
            assert heard.answer(asked.answer_id).message.status is MessageStatus.COMPLETE
        contexts = [event for event in heard.all if isinstance(event, ContextUsed)]
        assert all(event.used <= event.size for event in contexts)
        starts = [event.first_message_id for event in contexts]
        assert starts[0] is None
        assert starts[-1] is not None


def test_a_killed_worker_leaves_the_partial_answer_and_the_next_question_works(
    app: App, heard, starter_model: str, greedy: Sampling
) -> None:
    chance = random.Random(5)
    chat_id = None
    for _ in range(KILLS):
        asked = app.chats.ask(None, STORY, model_path=starter_model, sampling=LONG)
        chat_id = asked.chat_id
        wanted = chance.randrange(5, 60)
        heard.wait_for(AnswerDelta, lambda event, least=wanted: event.start > least)
        (pid,) = app.engines.worker_pids()
        os.kill(pid, signal.SIGKILL)
        ended = heard.answer(asked.answer_id).message
        assert ended.status is MessageStatus.INTERRUPTED
        assert len(ended.text) > wanted
        assert ended.error is not None
        assert ended.error.code is ErrorCode.ENGINE_KILLED
    asked = app.chats.ask(chat_id, "Hello", model_path=starter_model, sampling=greedy)
    assert heard.answer(asked.answer_id).message.status is MessageStatus.COMPLETE


def test_rename_pin_delete_restore(app: App, heard, starter_model: str, greedy: Sampling) -> None:
    asked = app.chats.ask(None, "Hello", model_path=starter_model, sampling=greedy)
    heard.answer(asked.answer_id)
    chats = app.chats
    assert chats.rename(asked.chat_id, " Mine ").result(60).title == "Mine"
    app.ordering.pin([asked.chat_id], True).result(60)
    app.ordering.delete([asked.chat_id]).result(60)
    assert chats.list_chats().result(60) == []
    app.ordering.restore([asked.chat_id]).result(60)
    (kept,) = chats.list_chats().result(60)
    assert (kept.title, kept.pinned) == ("Mine", True)
    again = chats.ask(asked.chat_id, "Another question", model_path=starter_model, sampling=greedy)
    heard.answer(again.answer_id)
    assert chats.list_chats().result(60)[0].title == "Mine"


def test_closing_while_streaming_keeps_the_answer_as_interrupted(open_app, starter_model: str) -> None:
    with open_app() as (app, heard):
        asked = app.chats.ask(None, STORY, model_path=starter_model, sampling=LONG)
        heard.wait_for(AnswerDelta, lambda event: event.start > 40)
    with open_app() as (app, heard):
        answer = app.chats.open_chat(asked.chat_id).result(60).messages[-1]
        assert answer.status is MessageStatus.INTERRUPTED
        assert len(answer.text) > 40


@pytest.mark.parametrize("kind", ["folder", "empty", "html"])
def test_a_bad_model_file_fails_in_words_and_loses_nothing(
    app: App, heard, starter_model: str, greedy: Sampling, tmp_path, kind: str
) -> None:
    path = tmp_path / "bad.gguf"
    expected = {
        "folder": ErrorCode.MODEL_IS_FOLDER,
        "empty": ErrorCode.MODEL_EMPTY,
        "html": ErrorCode.MODEL_NOT_GGUF,
    }[kind]
    if kind == "folder":
        path.mkdir()
    elif kind == "empty":
        path.touch()
    elif kind == "html":
        path.write_text("<!doctype html><title>404</title>")
    asked = app.chats.ask(None, "Hello", model_path=str(path), sampling=greedy)
    ended = heard.answer(asked.answer_id).message
    assert ended.status is MessageStatus.FAILED
    assert ended.error is not None
    assert ended.error.code is expected
    again = app.chats.regenerate(asked.chat_id, asked.answer_id, model_path=starter_model, sampling=greedy)
    assert heard.answer(again.answer_id).message.status is MessageStatus.COMPLETE


@pytest.mark.parametrize("code", [ErrorCode.MODEL_NOT_FOUND, ErrorCode.MODEL_INCOMPLETE])
def test_a_question_for_a_model_that_is_gone_or_cut_off_comes_back(
    app: App, heard, starter_model: str, greedy: Sampling, tmp_path: Path, code: ErrorCode
) -> None:
    path = tmp_path / "model.gguf"
    if code is ErrorCode.MODEL_INCOMPLETE:
        with open(starter_model, "rb") as whole:  # noqa: PTH123
            path.write_bytes(whole.read(49_181_216))
    asked = app.chats.ask(None, "Hello", model_path=str(path), sampling=greedy)
    returned = heard.wait_for(QuestionReturned)
    assert (returned.chat_id, returned.text, returned.error.code) == (asked.chat_id, "Hello", code)
    conversation = app.chats.open_chat(asked.chat_id).result(60)
    assert (conversation.messages, conversation.chat.draft) == ((), "Hello")
    again = app.chats.ask(asked.chat_id, "Hello", model_path=starter_model, sampling=greedy)
    assert heard.answer(again.answer_id).message.status is MessageStatus.COMPLETE
