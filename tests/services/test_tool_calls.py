"""Tool calls over the real engine, which a grammar makes it write: kept in their place, and read again as written."""

import pytest

from desktop_app.app import App
from desktop_app.domain.model_defaults import ModelDefaults
from desktop_app.domain.parts import TextPart, ToolCallPart
from desktop_app.domain.sampling import Sampling
from desktop_app.helper.templates import CHATML
from desktop_app.protocol.owner import Question
from desktop_app.services.data_folder.questions import wait_for_answer
from desktop_app.services.events import AnswerDelta, ToolCallMade

WAIT_SECONDS = 60.0
SOURCE = '<tool_call>{"name": "get_weather", "arguments": {"city": "Paris"}}</tool_call>'
CALL = ToolCallPart("get_weather", '{"city": "Paris"}', SOURCE)
IN_GRAMMAR = SOURCE.replace('"', '\\"')
CALLING = Sampling(temperature=0.0, max_tokens=80, grammar=f'root ::= "I look." "{IN_GRAMMAR}" "So."')


@pytest.fixture
def calling_app(app: App, starter_model: str) -> App:
    """The app with a template that says how calls are marked."""
    app.model_defaults.change(starter_model, ModelDefaults(chat_template=CHATML + "{# <tool_call> #}"))
    return app


def test_a_call_is_kept_and_sent_back_as_it_was_written(calling_app: App, heard, starter_model: str) -> None:
    app = calling_app
    asked = app.chats.ask(None, "Rain in Paris?", model_path=starter_model, sampling=CALLING)
    ended = heard.answer(asked.answer_id).message
    assert ended.parts == (TextPart("I look."), CALL, TextPart("So."))
    assert "".join(event.text for event in heard.all if isinstance(event, AnswerDelta)) == ended.text == "I look.So."
    assert [event.call for event in heard.all if isinstance(event, ToolCallMade)] == [CALL]
    assert app.chats.open_chat(asked.chat_id).result(60).messages[1] == ended

    sent: list[str] = []
    generate = app.engines.generate

    def spy(path, task, listener):
        sent.extend(turn.content for turn in task.turns)
        return generate(path, task, listener)

    app.engines.generate = spy
    again = app.chats.ask(asked.chat_id, "And?", model_path=starter_model, sampling=Sampling(max_tokens=1))
    heard.answer(again.answer_id)
    assert sent == ["Rain in Paris?", f"I look.{SOURCE}So.", "And?"]


@pytest.mark.usefixtures("whole_starter")
def test_an_answer_goes_on_behind_a_call(calling_app: App, heard, starter_model: str) -> None:
    app = calling_app
    assert CALLING.grammar is not None
    longer = Sampling(
        temperature=0.0, max_tokens=60, grammar=CALLING.grammar + ' "one two three four five six seven eight nine"*'
    )
    asked = app.chats.ask(None, "Rain in Paris?", model_path=starter_model, sampling=longer)
    first = heard.answer(asked.answer_id).message
    assert first.parts[1] == CALL
    more = Sampling(temperature=0.0, max_tokens=3)
    app.chats.go_on(asked.chat_id, asked.answer_id, model_path=starter_model, sampling=more)
    ended = heard.answer(asked.answer_id).message
    assert ended.parts[:2] == first.parts[:2]
    assert ended.text.startswith(first.text)
    assert len(ended.text) > len(first.text)


@pytest.mark.parametrize("save", [False, True])
def test_the_command_line_shows_a_call_as_it_was_written(calling_app: App, starter_model: str, save: bool) -> None:
    question = Question(text="Rain in Paris?", model_path=starter_model, sampling=CALLING, save=save)
    told: list[str] = []
    _id, ended = wait_for_answer(lambda reply: calling_app.questions.ask(question, reply), told.append)
    ended.result(WAIT_SECONDS)
    assert "".join(told) == f"I look.{SOURCE}So."
