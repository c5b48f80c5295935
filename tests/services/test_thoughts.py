"""Thoughts over the real engine: kept with their answer, and never read by the model again."""

import msgspec
import pytest

from desktop_app.app import App
from desktop_app.domain.control_texts import BREAK
from desktop_app.domain.model_defaults import ModelDefaults
from desktop_app.domain.parts import TextPart, ThoughtPart
from desktop_app.domain.sampling import Sampling, Thinking
from desktop_app.helper.templates import CHATML
from desktop_app.protocol.engine import Generate
from desktop_app.services.events import AnswerDelta, ThoughtDelta
from desktop_app.storage.chats import save_answer

THINKING = CHATML + "{{ '<think>\n' }}"


def greedy_for(tokens: int) -> Sampling:
    return Sampling(temperature=0.0, max_tokens=tokens, seed=1)


def test_a_thought_is_kept_and_not_sent_back(app: App, heard, starter_model: str, greedy: Sampling) -> None:
    app.model_defaults.change(starter_model, ModelDefaults(chat_template=THINKING))
    asked = app.chats.ask(None, "What is the capital of France?", model_path=starter_model, sampling=greedy)
    ended = heard.answer(asked.answer_id).message
    (part,) = ended.parts
    assert isinstance(part, ThoughtPart)
    assert part.text
    assert part.seconds > 0
    assert ended.text == ""
    assert not [event for event in heard.all if isinstance(event, AnswerDelta)]
    assert [event for event in heard.all if isinstance(event, ThoughtDelta)]
    assert app.chats.open_chat(asked.chat_id).result(60).messages[1] == ended

    sent: list[str] = []
    generate = app.engines.generate

    def spy(path, task, listener):
        sent.extend(turn.content for turn in task.turns)
        return generate(path, task, listener)

    app.engines.generate = spy
    again = app.chats.ask(asked.chat_id, "Are you sure?", model_path=starter_model, sampling=greedy)
    heard.answer(again.answer_id)
    assert sent == ["What is the capital of France?", "Are you sure?"]


def test_a_thought_that_was_cut_goes_on(app: App, heard, starter_model: str) -> None:
    app.model_defaults.change(starter_model, ModelDefaults(chat_template=THINKING))
    whole = app.chats.ask(None, "Why is the sky blue?", model_path=starter_model, sampling=greedy_for(24))
    thought = heard.answer(whole.answer_id).message.thought
    asked = app.chats.ask(None, "Why is the sky blue?", model_path=starter_model, sampling=greedy_for(10))
    first = heard.answer(asked.answer_id).message
    assert 0 < len(first.thought) < len(thought)
    app.chats.go_on(asked.chat_id, asked.answer_id, model_path=starter_model, sampling=greedy_for(14))
    ended = heard.answer(asked.answer_id).message
    assert ended.thought == thought
    assert ended.text == ""
    assert ended.thought_seconds > first.thought_seconds


MENTIONS = (
    (CHATML + "{# <think> #}", "<think> is the tag that"),
    (CHATML, "[THINK] and"),
    (CHATML + "{# <think> #}", "A thought ends with </think>, and"),
)


@pytest.mark.parametrize(("template", "text"), MENTIONS)
def test_an_answer_that_mentions_a_mark_goes_on_as_an_answer(
    app: App, heard, starter_model: str, sent: list[Generate], template: str, text: str
) -> None:
    app.model_defaults.change(starter_model, ModelDefaults(chat_template=template))
    asked = app.chats.ask(None, "What is it?", model_path=starter_model, sampling=greedy_for(2))
    cut = msgspec.structs.replace(heard.answer(asked.answer_id).message, parts=(TextPart(text),))
    app.database.write(lambda connection: save_answer(connection, cut)).result(60)
    app.chats.go_on(asked.chat_id, asked.answer_id, model_path=starter_model, sampling=greedy_for(6))
    ended = heard.answer(asked.answer_id).message
    assert not ended.thought
    assert ended.text.startswith(text)
    assert len(ended.text) > len(text)
    prompt = sent[-1].prompt
    assert prompt.count(BREAK) == 1, "nor does the model take it for one"
    assert prompt.replace(BREAK, "").endswith(f"<|im_start|>assistant\n{text}")


def test_an_answer_that_a_person_has_begin_with_a_thought_thinks(
    app: App, heard, starter_model: str, sent: list[Generate]
) -> None:
    begins = msgspec.structs.replace(greedy_for(6), begin_with="<think>\nFirst,")
    asked = app.chats.ask(None, "What is it?", model_path=starter_model, sampling=begins)
    assert heard.answer(asked.answer_id).message.thought
    assert sent[-1].prompt.endswith("<|im_start|>assistant\n<think>\nFirst,")


@pytest.mark.parametrize("off", [{"thinking": Thinking.OFF}, {"json_schema": '{"enum": ["yes", "no"]}'}])
def test_a_thought_is_skipped(app: App, heard, starter_model: str, off: dict[str, object]) -> None:
    app.model_defaults.change(starter_model, ModelDefaults(chat_template=THINKING))
    sampling = Sampling(temperature=0.0, max_tokens=8, **off)
    asked = app.chats.ask(None, "Is the sky blue?", model_path=starter_model, sampling=sampling)
    ended = heard.answer(asked.answer_id).message
    assert not ended.thought
    assert ended.text


def test_a_template_is_told_whether_to_think(app: App, heard, starter_model: str) -> None:
    template = CHATML + "{% if enable_thinking is defined and not enable_thinking %}{{ '<think></think>' }}{% endif %}"
    app.model_defaults.change(starter_model, ModelDefaults(chat_template=template))
    told: dict[Thinking, int] = {}
    for thinking in Thinking:
        sampling = Sampling(temperature=0.0, max_tokens=1, thinking=thinking)
        asked = app.chats.ask(None, "Hello", model_path=starter_model, sampling=sampling)
        receipt = heard.answer(asked.answer_id).message.receipt
        assert receipt is not None
        told[thinking] = receipt.prompt_tokens
    assert told[Thinking.AUTO] == told[Thinking.ON] < told[Thinking.OFF]
