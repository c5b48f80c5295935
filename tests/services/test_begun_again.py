"""Answers that began with words that were there, and come again from behind them."""

import pytest

from desktop_app.app import App
from desktop_app.domain.answer_tokens import branched
from desktop_app.domain.messages import Message, MessageStatus, Receipt
from desktop_app.domain.model_defaults import ModelDefaults
from desktop_app.domain.parts import TextPart
from desktop_app.domain.sampling import Sampling
from desktop_app.helper.templates import CHATML
from desktop_app.services.insight.receipt_text import rerun_words
from desktop_app.storage import chats as rows
from tests.services.conftest import WAIT_SECONDS, Heard

WILD = Sampling(temperature=1.3, top_k=0, top_p=1.0, min_p=0.0, max_tokens=8, seed=7)
SAME = "The same text, token for token."


def receipt_of(answer: Message) -> Receipt:
    assert answer.receipt is not None
    return answer.receipt


def comes_again(app: App, answer: Message, model: str) -> Message:
    """Run an answer again, which gives the same one, and return what is kept of it."""
    rerun = app.again.run(answer.chat_id, answer.id, model).result(WAIT_SECONDS)
    assert rerun_words(rerun) == SAME
    kept = app.again.keep(rerun).result(WAIT_SECONDS)
    assert (kept.text, kept.thought) == (answer.text, answer.thought)
    return kept


@pytest.mark.parametrize("template", ["", CHATML + "{{ '<think>\n' }}"])
def test_an_answer_that_branched_off_another(open_app, starter_model: str, template: str) -> None:
    with open_app(reproducible=True, context_size=1024) as (app, heard):
        app.model_defaults.change(starter_model, ModelDefaults(chat_template=template))
        asked = app.chats.ask(None, "Why is the sky blue?", model_path=starter_model, sampling=WILD)
        first = heard.answer(asked.answer_id).message
        traces = app.glass.recorded(first.id).result(WAIT_SECONDS)
        assert traces is not None
        place, option = next(
            (place, each)
            for place, trace in enumerate(traces)
            for each in trace.options
            if place and each != trace.chosen and each.piece.strip().isalpha()
        )
        begins = branched(traces, place, option, first.parts)
        asked = app.chats.regenerate(first.chat_id, first.id, model_path=starter_model, sampling=WILD, begins=begins)
        other = heard.answer(asked.answer_id).message
        assert begins is not None
        assert [part.text for part in receipt_of(other).begun] == [part.text for part in begins.parts]
        kept = comes_again(app, other, starter_model)
        comes_again(app, kept, starter_model)


def test_an_answer_that_a_fault_cut(open_app, starter_model: str) -> None:
    with open_app(reproducible=True, context_size=1024) as (app, heard):
        asked = app.chats.ask(None, "Why is the sky blue?", model_path=starter_model, sampling=WILD)
        whole = heard.answer(asked.answer_id).message

        def cut(connection) -> Message:
            conversation = rows.load_conversation(connection, asked.chat_id)
            answer = Message(
                id="cut", chat_id=asked.chat_id, parent_id=whole.parent_id, role=whole.role,
                parts=(TextPart("The sky is"),), status=MessageStatus.INTERRUPTED, created_at=conversation.chat.created_at,
            )  # fmt: skip
            rows.insert_message(connection, answer)
            return answer

        answer = app.database.write(cut).result(WAIT_SECONDS)
        app.chats.go_on(asked.chat_id, answer.id, model_path=starter_model, sampling=WILD)
        gone_on = heard.answer(answer.id).message
        assert receipt_of(gone_on).begun == answer.parts
        comes_again(app, gone_on, starter_model)


def test_what_all_answers_begin_with_is_told_once(app: App, heard: Heard, starter_model: str) -> None:
    sampling = Sampling(begin_with="The sky is", temperature=0.0, max_tokens=2)
    asked = app.chats.ask(None, "Why is the sky blue?", model_path=starter_model, sampling=sampling)
    assert receipt_of(heard.answer(asked.answer_id).message).begun == ()
