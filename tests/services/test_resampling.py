"""Sampling of an answer that changes while it is made: before the model is loaded, in mid-answer, and too late."""

import threading

from desktop_app.app import App
from desktop_app.domain.messages import MessageStatus, Receipt
from desktop_app.domain.sampling import Sampling
from desktop_app.services.engines.forms import check_form
from desktop_app.services.events import AnswerDelta, MessageAdded

STORY = "Write a very long story about a lighthouse."
WILD = Sampling(temperature=1.5, min_p=0.1, max_tokens=2000, seed=7)


def test_a_change_before_the_model_is_loaded_is_what_the_answer_begins_with(app: App, heard, starter_model) -> None:
    asked = app.chats.ask(None, STORY, model_path=starter_model, sampling=WILD)
    heard.wait_for(MessageAdded, lambda event: event.message.id == asked.answer_id)
    app.chats.resample(asked.chat_id, Sampling(temperature=0.0, max_tokens=12, seed=99, grammar='root ::= "no"'))
    receipt = heard.answer(asked.answer_id).message.receipt
    assert receipt.completion_tokens == 12
    assert receipt.sampling == Sampling(temperature=0.0, max_tokens=12, seed=7)
    assert receipt.resampled_at is None, "all of it was made with these values"


def test_a_change_before_the_question_is_stored_is_what_the_answer_begins_with(app: App, heard, starter_model) -> None:
    may_store = threading.Event()
    app.database.write(lambda _connection: may_store.wait(30))
    asked = app.chats.ask(None, STORY, model_path=starter_model, sampling=WILD)
    app.chats.resample(asked.chat_id, Sampling(temperature=0.0, max_tokens=12, seed=99))
    may_store.set()
    assert heard.answer(asked.answer_id).message.receipt.sampling == Sampling(temperature=0.0, max_tokens=12, seed=7)


def test_a_change_in_mid_answer_is_in_the_receipt_and_a_late_one_is_not(app: App, heard, starter_model) -> None:
    asked = app.chats.ask(None, STORY, model_path=starter_model, sampling=WILD)
    heard.wait_for(AnswerDelta)
    wanted = Sampling(temperature=0.2, max_tokens=600, seed=7)  # many: some are written before it is known
    app.chats.resample(asked.chat_id, wanted)
    message = heard.answer(asked.answer_id).message
    assert message.status is MessageStatus.COMPLETE
    assert 0 < message.receipt.resampled_at < message.receipt.completion_tokens <= 600
    assert (message.receipt.sampling, message.receipt.seed) == (wanted, 7)
    app.chats.resample(asked.chat_id, Sampling())
    app.engines.resample("unknown", Sampling())
    conversation = app.chats.open_chat(asked.chat_id).result(60)
    assert conversation.messages[-1].receipt == message.receipt


def test_an_answer_that_goes_on_with_other_values_says_from_where_on() -> None:
    first = Receipt(model_name="m", sampling=WILD, completion_tokens=10)
    assert first.and_then(Receipt(model_name="m", sampling=WILD, completion_tokens=5)).resampled_at is None
    assert first.and_then(Receipt(model_name="m", sampling=Sampling(), completion_tokens=5)).resampled_at == 10
    later = Receipt(model_name="m", sampling=Sampling(), completion_tokens=5, resampled_at=3)
    assert first.and_then(later).resampled_at == 13
    assert later.and_then(Receipt(model_name="m", completion_tokens=9)).resampled_at == 3


def test_forms_are_checked_here_and_then_by_the_model(app: App, heard, starter_model: str) -> None:
    def check(**form: str):
        return check_form(app.engines, app.pool, starter_model, **form).result(60)

    assert check(grammar="root ::= nowhere").flaw.column == 10
    assert check(json_schema="{").flaw is not None
    unloaded = check(grammar='root ::= "a"')
    assert (unloaded.is_bad, unloaded.is_complete) == (False, False)
    assert not check_form(app.engines, app.pool, None, grammar='root ::= "a"').result(60).is_complete
    app.engines.load(starter_model).result(60)
    assert check(grammar='root ::= "a"').is_complete
    assert not check(json_schema='{"type": "object"}').is_bad
    assert check(json_schema='{"enum": 3}').error is not None
