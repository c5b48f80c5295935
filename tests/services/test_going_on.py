"""Answers that ended early go on where they ended; several answers to one question are written at once."""

import os
import signal

import pytest

from desktop_app.app import App
from desktop_app.domain.chats import Chat
from desktop_app.domain.control_texts import BREAK
from desktop_app.domain.errors import ErrorCode
from desktop_app.domain.messages import FinishReason, Message, MessageStatus, Role
from desktop_app.domain.parts import TextPart
from desktop_app.domain.sampling import Sampling
from desktop_app.protocol.engine import Generate
from desktop_app.services.answering.turns import other_seed
from desktop_app.services.events import (
    AnswerDelta,
    AnswerEnded,
    ContextUsed,
    MessageAdded,
    PromptRead,
    QuestionReturned,
)
from desktop_app.settings.schema import WhenFull
from desktop_app.storage import chats as rows

LONG = Sampling(temperature=0.8, max_tokens=2000, seed=7, min_p=0.0)
STORY = "Write a very long story about a lighthouse."

TIDE = "The keeper wrote down the wind, the tide and every ship that passed. " * 8


def greedy(tokens: int) -> Sampling:
    return Sampling(temperature=0.0, max_tokens=tokens, seed=1)


def stored_answer(app: App, text: str, model: str) -> Message:
    """Put a chat into the database whose answer was stopped after `text`."""
    chat = Chat(id="chat", created_at=1, updated_at=1, leaf_id="a", model_path=model, system_prompt="You write code.")
    question = Message(id="q", chat_id="chat", parent_id=None, role=Role.USER, parts=(TextPart("Print hello."),),
                       status=MessageStatus.COMPLETE, created_at=1)  # fmt: skip
    answer = Message(id="a", chat_id="chat", parent_id="q", role=Role.ASSISTANT, parts=(TextPart(text),),
                     status=MessageStatus.STOPPED, created_at=1)  # fmt: skip

    def store(connection) -> None:
        rows.insert_chat(connection, chat)
        rows.insert_message(connection, question)
        rows.insert_message(connection, answer)

    app.database.write(store).result(60)
    return answer


def test_an_answer_cut_at_its_length_goes_on(app: App, heard, starter_model: str) -> None:
    whole = app.chats.ask(None, STORY, model_path=starter_model, sampling=greedy(16))
    text = heard.answer(whole.answer_id).message.text
    asked = app.chats.ask(None, STORY, model_path=starter_model, sampling=greedy(6))
    first = heard.answer(asked.answer_id).message
    assert first.receipt is not None
    assert first.receipt.finish_reason is FinishReason.LENGTH
    before = len(heard.all)
    app.chats.go_on(asked.chat_id, asked.answer_id, model_path=starter_model, sampling=greedy(10))
    last = heard.answer(asked.answer_id).message
    assert last.text == text
    assert last.text.startswith(first.text)
    assert last.receipt is not None
    assert last.receipt.completion_tokens == 16
    assert last.receipt.prompt_tokens == first.receipt.prompt_tokens
    later = heard.all[before:]
    assert next(event for event in later if isinstance(event, AnswerDelta)).start == len(first.text)
    read = next(event for event in later if isinstance(event, PromptRead))
    assert read.cached >= first.receipt.prompt_tokens
    used = [event for event in later if isinstance(event, ContextUsed)][-1]
    assert used.used == last.receipt.prompt_tokens + 16
    conversation = app.chats.open_chat(asked.chat_id).result(60)
    assert conversation.messages[1] == last
    assert len(conversation.messages) == 2


@pytest.mark.parametrize(
    "text",
    ["```python\nprint('hel", "Use this:\n\n```python\n", "The word is lighth", "One. ", "It ends with <|im_end|> so"],
)
def test_it_goes_on_at_the_very_character(app: App, heard, starter_model: str, text: str) -> None:
    stored_answer(app, text, starter_model)
    app.engines.load(starter_model).result(60)
    engine = app.engines._engine(starter_model)
    sent: list[str] = []
    begun: list[str] = []
    send = engine._send

    def note(message) -> None:
        if isinstance(message, Generate):
            sent.append(message.prompt)
            begun.append(message.begun)
        send(message)

    engine._send = note
    app.chats.go_on("chat", "a", model_path=starter_model, sampling=greedy(6))
    last = heard.answer("a").message
    assert sent[0].replace(BREAK, "").endswith(f"<|im_start|>assistant\n{text}")
    assert sent[0].count(BREAK) == text.count("<|im_end|>")
    assert sent[0].endswith(f"<|im_start|>assistant\n{begun[0]}")
    pieces = [event for event in heard.all if isinstance(event, AnswerDelta)]
    assert last.text == text + "".join(event.text for event in pieces)
    assert last.status is MessageStatus.COMPLETE


def test_stopping_and_crashing_keep_everything(open_app, starter_model: str) -> None:
    with open_app() as (app, heard):
        asked = app.chats.ask(None, STORY, model_path=starter_model, sampling=greedy(12))
        texts = [heard.answer(asked.answer_id).message.text]

        def go_on() -> None:
            app.chats.go_on(asked.chat_id, asked.answer_id, model_path=starter_model, sampling=LONG)
            heard.wait_for(AnswerDelta, lambda event: event.start > len(texts[-1]) + 10)

        go_on()
        app.chats.stop(asked.answer_id)
        stopped = heard.answer(asked.answer_id).message
        assert stopped.status is MessageStatus.STOPPED
        texts.append(stopped.text)
        go_on()
        (pid,) = app.engines.worker_pids()
        os.kill(pid, signal.SIGKILL)
        killed = heard.answer(asked.answer_id).message
        assert killed.status is MessageStatus.INTERRUPTED
        texts.append(killed.text)
        go_on()
        texts.append("".join(app.chats.open_chat(asked.chat_id).result(60).messages[1].text))
    with open_app() as (app, heard):
        last = app.chats.open_chat(asked.chat_id).result(60).messages[1]
        assert last.status is MessageStatus.INTERRUPTED
        assert last.error is None
        for earlier, later in zip(texts, [*texts[1:], last.text], strict=True):
            assert later.startswith(earlier)
            assert earlier


def test_a_complete_answer_stays_as_it_is(app: App, heard, starter_model: str) -> None:
    asked = app.chats.ask(None, STORY, model_path=starter_model, sampling=greedy(8))
    first = heard.answer(asked.answer_id).message
    following = app.chats.ask(asked.chat_id, "Go on.", model_path=starter_model, sampling=greedy(4))
    heard.answer(following.answer_id)
    app.chats.go_on(asked.chat_id, first.id, model_path=starter_model, sampling=greedy(8))
    assert heard.wait_for(QuestionReturned).error.code is ErrorCode.ANSWER_COMPLETE
    conversation = app.chats.open_chat(asked.chat_id).result(60)
    assert conversation.messages[1] == first


def test_an_answer_that_fills_the_context_is_given_back_unchanged(open_app, starter_model: str) -> None:
    with open_app(context_size=512) as (app, heard):
        asked = app.chats.ask(None, TIDE, model_path=starter_model, sampling=greedy(8))
        heard.answer(asked.answer_id)
        asked = app.chats.ask(asked.chat_id, TIDE, model_path=starter_model, sampling=greedy(8))
        first = heard.answer(asked.answer_id).message
    with open_app(context_size=256, when_full=WhenFull.STOP) as (app, heard):
        app.chats.go_on(asked.chat_id, first.id, model_path=starter_model, sampling=greedy(8))
        assert heard.wait_for(QuestionReturned).error.code is ErrorCode.CONTEXT_FULL
        assert heard.answer(first.id).message == first
        assert app.chats.open_chat(asked.chat_id).result(60).messages[-1] == first


def test_three_answers_are_written_at_once_and_stopped_at_once(app: App, heard, starter_model: str) -> None:
    asked = app.chats.ask(None, STORY, model_path=starter_model, sampling=greedy(8))
    heard.answer(asked.answer_id)
    first = app.chats.regenerate(asked.chat_id, asked.answer_id, model_path=starter_model, sampling=LONG, count=3)
    begun = [heard.wait_for(MessageAdded).message for _ in range(3)]
    assert begun[0].id == first.answer_id
    assert {message.parent_id for message in begun} == {asked.question_id}
    ids = {message.id for message in begun}
    growing: set[str] = set()
    while growing != ids:
        growing.add(heard.wait_for(AnswerDelta, lambda event: event.start > 20).message_id)
    assert set(app.chats.streaming_answers(asked.chat_id)) == ids
    app.chats.stop_all(asked.chat_id)
    ended = {message.id: message for message in (heard.wait_for(AnswerEnded).message for _ in range(3))}
    assert ended.keys() == ids
    assert {message.status for message in ended.values()} == {MessageStatus.STOPPED}
    assert len({message.text for message in ended.values()}) == 3
    assert {message.receipt.seed for message in ended.values() if message.receipt} == {7, 8, 9}
    conversation = app.chats.open_chat(asked.chat_id).result(60)
    assert conversation.chat.leaf_id == first.answer_id
    assert {message.id: message for message in conversation.messages if message.id in ids} == ended


def test_only_a_chosen_seed_is_changed() -> None:
    chosen = Sampling(seed=2**32 - 2)
    assert [other_seed(chosen, place).seed for place in range(3)] == [2**32 - 2, 0, 1]
    assert other_seed(Sampling(), 2).seed is None
