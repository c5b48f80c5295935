"""Answers that begin with words of a person's: asked, asked again, run again, kept to a schema, and shown before they are asked."""

import json

import msgspec
import pytest

from desktop_app.app import App
from desktop_app.domain.messages import MessageStatus
from desktop_app.domain.received import PartKind
from desktop_app.domain.sampling import Sampling
from desktop_app.protocol.engine import Generate
from desktop_app.services.data_folder.questions import Question, wait_for_answer
from desktop_app.services.events import AnswerDelta, AnswerEnded
from desktop_app.services.insight.receipt_text import rerun_words
from tests.services.conftest import WAIT_SECONDS, Heard

BEGUN = "Cats are proud, since"
SHORT = Sampling(begin_with=f"{BEGUN}  ", temperature=0.0, max_tokens=8, seed=1)
SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "legs": {"enum": [4]}},
    "required": ["name", "legs"],
}


def test_every_answer_begins_with_them_and_none_says_them_twice(
    app: App, heard: Heard, starter_model: str, sent: list[Generate]
) -> None:
    asked = app.chats.ask(None, "Why?", model_path=starter_model, sampling=SHORT)
    first = heard.answer(asked.answer_id).message
    assert first.text.startswith(BEGUN)
    assert len(first.text) > len(BEGUN)
    assert first.receipt is not None
    assert first.receipt.completion_tokens == 8
    assert sent[-1].prompt.endswith(f"<|im_start|>assistant\n{BEGUN}"), "spaces at the end are no good beginning"
    assert sent[-1].begun == BEGUN
    assert next(event for event in heard.all if isinstance(event, AnswerDelta)).start == len(BEGUN)
    again = app.chats.regenerate(asked.chat_id, asked.answer_id, model_path=starter_model, sampling=SHORT, count=2)
    ended = [heard.wait_for(AnswerEnded).message for _answer in again.answer_ids]  # in whichever order they end
    assert {message.id for message in ended} == set(again.answer_ids)
    for message in ended:  # their words may be others: both are in one batch, which turns near-ties round
        assert message.text.startswith(BEGUN)
        assert len(message.text) > len(BEGUN)
        assert message.text.count(BEGUN) == 1
    app.chats.go_on(asked.chat_id, asked.answer_id, model_path=starter_model, sampling=SHORT)
    longer = heard.answer(asked.answer_id).message
    assert longer.text.startswith(first.text)
    assert longer.text.count(BEGUN) == 1
    plain = msgspec.structs.replace(SHORT, begin_with="   ")
    edited = app.chats.edit(asked.chat_id, first.parent_id or "", "Hi", model_path=starter_model, sampling=plain)
    assert not heard.answer(edited.answer_id).message.text.startswith(BEGUN)


def test_what_is_shown_before_is_what_is_read(app: App, heard: Heard, starter_model: str, sent: list[Generate]) -> None:
    app.engines.load(starter_model).result(WAIT_SECONDS)
    shown = app.prompt_view.received(starter_model, None, system_prompt="", question="Why?", sampling=SHORT)
    text, parts = shown.result(WAIT_SECONDS).text, shown.result(0).parts
    heard.answer(app.chats.ask(None, "Why?", model_path=starter_model, sampling=SHORT).answer_id)
    assert text == sent[-1].prompt
    assert [text[part.start : part.end] for part in parts if part.kind is PartKind.ANSWER] == [BEGUN]


def test_it_comes_again_as_it_was(open_app, starter_model: str) -> None:
    with open_app(reproducible=True) as (app, heard):
        asked = app.chats.ask(None, "Why?", model_path=starter_model, sampling=SHORT)
        answer = heard.answer(asked.answer_id).message
        rerun = app.again.run(asked.chat_id, answer.id, starter_model).result(WAIT_SECONDS)
        assert rerun_words(rerun) == "The same text, token for token."
        kept = app.again.keep(rerun).result(WAIT_SECONDS)
        assert kept.text == answer.text


@pytest.mark.usefixtures("whole_starter")
def test_a_schema_goes_on_behind_them(app: App, heard: Heard, starter_model: str) -> None:
    form = Sampling(begin_with='{"name": "Tom', json_schema=json.dumps(SCHEMA), max_tokens=60, seed=2)
    asked = app.chats.ask(None, "Describe a cat.", model_path=starter_model, sampling=form)
    found = json.loads(heard.answer(asked.answer_id).message.text)
    assert found["name"].startswith("Tom")
    assert found["legs"] == 4


@pytest.mark.usefixtures("whole_starter")
def test_an_answer_kept_to_a_schema_goes_on_inside_of_it(app: App, heard: Heard, starter_model: str) -> None:
    form = Sampling(json_schema=json.dumps(SCHEMA), max_tokens=4, seed=2)
    asked = app.chats.ask(None, "Describe a cat.", model_path=starter_model, sampling=form)
    cut = heard.answer(asked.answer_id).message
    assert cut.text.count("{") == 1
    assert "}" not in cut.text
    longer = msgspec.structs.replace(form, max_tokens=60)
    app.chats.go_on(asked.chat_id, asked.answer_id, model_path=starter_model, sampling=longer)
    assert json.loads(heard.answer(asked.answer_id).message.text)["legs"] == 4


@pytest.mark.parametrize("save", [False, True])
def test_whoever_asks_without_a_window_gets_all_of_it(app: App, heard: Heard, starter_model: str, save: bool) -> None:
    told: list[str] = []
    question = Question(text="Why?", model_path=starter_model, sampling=SHORT, system_prompt="", save=save)
    asked = app.chats.ask(None, "Why?", model_path=starter_model, sampling=SHORT)
    whole = heard.answer(asked.answer_id).message
    assert whole.status is MessageStatus.COMPLETE
    _id, ended = wait_for_answer(lambda reply: app.questions.ask(question, reply), told.append)
    ended.result(WAIT_SECONDS)
    assert "".join(told) == whole.text
