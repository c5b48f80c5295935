"""Thoughts over the real engine: kept with their answer, and never read by the model again."""

import pytest

from desktop_app.app import App
from desktop_app.domain.model_defaults import ModelDefaults
from desktop_app.domain.parts import ThoughtPart
from desktop_app.domain.sampling import Sampling, Thinking
from desktop_app.helper.templates import CHATML
from desktop_app.services.events import AnswerDelta, ThoughtDelta

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

    def spy(path, turns, *rest, **named):
        sent.extend(turn.content for turn in turns)
        return generate(path, turns, *rest, **named)

    app.engines.generate = spy  # type: ignore[method-assign]
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


@pytest.mark.parametrize("off", [{"thinking": Thinking.OFF}, {"json_schema": '{"enum": ["yes", "no"]}'}])
def test_a_thought_is_skipped(app: App, heard, starter_model: str, off: dict[str, object]) -> None:
    app.model_defaults.change(starter_model, ModelDefaults(chat_template=THINKING))
    sampling = Sampling(temperature=0.0, max_tokens=8, **off)  # type: ignore[arg-type]
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
