"""Thinking that is switched off where an answer has thought already, and what a form of the answer has to do with it."""

import msgspec
import pytest

from desktop_app.app import App
from desktop_app.domain.messages import Message
from desktop_app.domain.model_defaults import ModelDefaults
from desktop_app.domain.parts import ThoughtPart
from desktop_app.domain.sampling import Sampling, Thinking
from desktop_app.helper.templates import CHATML
from desktop_app.protocol import engine as protocol
from desktop_app.services.engines.engine import Engine
from desktop_app.services.events import PromptRead
from desktop_app.storage.chats import save_answer
from tests.services.conftest import WAIT_SECONDS, Heard

YES_OR_NO = '{"enum": ["yes", "no"]}'
THINKING = CHATML + "{{ '<think>\n' }}"
SWITCHED = (
    CHATML + "{% if enable_thinking is defined and not enable_thinking %}{{ '<think>\n\n</think>\n\n' }}{% endif %}"
)

TOLD = "{{ 'Think: ' ~ enable_thinking ~ '\n' if enable_thinking is defined }}" + THINKING


def ask(app: App, heard: Heard, model: str, sampling: Sampling) -> Message:
    asked = app.chats.ask(None, "Is the sky blue?", model_path=model, sampling=sampling)
    return heard.answer(asked.answer_id).message


@pytest.mark.parametrize("off", [{"thinking": Thinking.OFF}, {"json_schema": YES_OR_NO}])
def test_a_thought_that_was_cut_ends_where_none_is_wanted_any_more(
    app: App, heard: Heard, starter_model: str, off: dict[str, object]
) -> None:
    app.model_defaults.change(starter_model, ModelDefaults(chat_template=THINKING))
    cut = ask(app, heard, starter_model, Sampling(temperature=0.0, max_tokens=6))
    assert cut.thought
    assert not cut.text
    wanted = Sampling(temperature=0.0, max_tokens=8, **off)
    app.chats.go_on(cut.chat_id, cut.id, model_path=starter_model, sampling=wanted)
    ended = heard.answer(cut.id).message
    assert ended.thought == cut.thought
    assert ended.text in ('"yes"', '"no"') if "json_schema" in off else ended.text


def test_an_answer_that_a_form_kept_from_thinking_is_read_again_where_it_stood(
    app: App, heard: Heard, starter_model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompts: list[str] = []
    send = Engine._send

    def note(engine: Engine, message: object) -> None:
        if isinstance(message, protocol.Generate | protocol.Score | protocol.Attend):
            prompts.append(message.prompt)
        send(engine, message)

    monkeypatch.setattr(Engine, "_send", note)
    app.model_defaults.change(starter_model, ModelDefaults(chat_template=SWITCHED))
    answer = ask(app, heard, starter_model, Sampling(temperature=0.0, max_tokens=8, json_schema=YES_OR_NO))
    app.glass.work_out(answer.chat_id, answer.id, starter_model).future.result(WAIT_SECONDS)
    app.glass.attention(answer.chat_id, answer.id, starter_model).future.result(WAIT_SECONDS)
    assert prompts == [prompts[0]] * 3
    assert prompts[0].endswith("</think>\n\n")


def test_an_answer_that_has_thought_goes_on_behind_its_thought_as_it_was_begun(
    app: App, heard: Heard, starter_model: str, sent: list[protocol.Generate]
) -> None:
    app.model_defaults.change(starter_model, ModelDefaults(chat_template=SWITCHED))
    cut = ask(app, heard, starter_model, Sampling(temperature=0.0, max_tokens=4))
    thinking = msgspec.structs.replace(cut, parts=(ThoughtPart("Hm, yes."),))
    app.database.write(lambda connection: save_answer(connection, thinking)).result(60)
    off = Sampling(temperature=0.0, max_tokens=8, thinking=Thinking.OFF)
    app.chats.go_on(cut.chat_id, cut.id, model_path=starter_model, sampling=off)
    ended = heard.answer(cut.id).message
    assert (ended.thought, bool(ended.text)) == ("Hm, yes.", True)
    assert sent[-1].prompt.endswith("<think>\nHm, yes.\n</think>\n\n")
    assert sent[-1].prompt.count("<think>") == 1, "what is in the context already is not read again"


@pytest.mark.parametrize("thinking", [Thinking.ON, Thinking.AUTO])
@pytest.mark.parametrize("later", [{"thinking": Thinking.OFF}, {"json_schema": YES_OR_NO}])
def test_what_the_template_was_told_at_the_beginning_stays(
    app: App,
    heard: Heard,
    starter_model: str,
    sent: list[protocol.Generate],
    thinking: Thinking,
    later: dict[str, object],
) -> None:
    app.model_defaults.change(starter_model, ModelDefaults(chat_template=TOLD))
    cut = ask(app, heard, starter_model, Sampling(temperature=0.0, max_tokens=6, seed=1, thinking=thinking))
    assert cut.receipt is not None
    before = len(heard.all)
    wanted = Sampling(temperature=0.0, max_tokens=8, seed=1, **later)
    app.chats.go_on(cut.chat_id, cut.id, model_path=starter_model, sampling=wanted)
    ended = heard.answer(cut.id).message
    assert ended.text
    assert sent[1].prompt.startswith(sent[0].prompt)
    read = next(event for event in heard.all[before:] if isinstance(event, PromptRead))
    assert read.cached >= cut.receipt.prompt_tokens, "what is in the context already is not read again"
    again = app.again.run(cut.chat_id, cut.id, starter_model).result(WAIT_SECONDS)
    assert [each.prompt for each in sent[2:]] == [each.prompt for each in sent[:2]]
    assert again.difference is None
