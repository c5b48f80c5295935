"""A system prompt that tells the model when it is asked."""

import queue
import time
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from sqlalchemy import update

from desktop_app.app import App
from desktop_app.domain.chats import ChatStart
from desktop_app.domain.sampling import Sampling
from desktop_app.protocol.engine import Generate
from desktop_app.protocol.owner import Ended, OwnerMessage, Question
from desktop_app.storage.tables import MESSAGES
from tests.services.conftest import Heard
from tests.services.test_branches import opened

Travel = Callable[[str], None]
EARLIER = datetime(2020, 2, 3, 4, 5).astimezone().timestamp()


def test_it_is_the_moment_of_the_last_question_whenever_that_is_answered(
    app: App, heard: Heard, starter_model: str, greedy: Sampling, sent: list[Generate]
) -> None:
    asked = app.chats.ask(
        None, "Hi", model_path=starter_model, sampling=greedy, start=ChatStart("It is {{date}}, {{time}}.")
    )
    heard.answer(asked.answer_id)
    question = opened(app, asked.chat_id).messages[0]
    now = datetime.fromtimestamp(question.created_at).astimezone()
    assert f"It is {now:%Y-%m-%d}, {now:%H:%M}." in sent[-1].prompt
    assert opened(app, asked.chat_id).chat.system_prompt == "It is {{date}}, {{time}}.", "as it was written"

    older = update(MESSAGES).where(MESSAGES.c.id == asked.question_id).values(created_at=EARLIER)
    app.database.write(lambda connection: connection.execute(older)).result(60)
    again = app.chats.regenerate(asked.chat_id, asked.answer_id, model_path=starter_model, sampling=greedy)
    heard.answer(again.answer_id)
    assert "It is 2020-02-03, 04:05." in sent[-1].prompt
    app.again.run(asked.chat_id, again.answer_id, starter_model).result(60)
    assert "It is 2020-02-03, 04:05." in sent[-1].prompt, "what is run again is told the same"
    received = app.prompt_view.received(
        starter_model, asked.chat_id, system_prompt="It is {{date}}.", question="", sampling=greedy
    )
    assert "It is 2020-02-03." in received.result(60).text
    typed = app.prompt_view.received(
        starter_model, asked.chat_id, system_prompt="It is {{date}}.", question="And now?", sampling=greedy
    )
    assert f"It is {datetime.now().astimezone():%Y-%m-%d}." in typed.result(60).text


@pytest.mark.parametrize("save", [False, True])
def test_a_question_of_the_command_line_is_told_it_too(
    app: App, starter_model: str, greedy: Sampling, sent: list[Generate], save: bool
) -> None:
    question = Question(
        text="Hi", model_path=starter_model, sampling=greedy, system_prompt="It is {{date}}.", save=save
    )
    replies: queue.Queue[OwnerMessage] = queue.Queue()
    app.questions.ask(question, replies.put)
    while not isinstance(replies.get(timeout=60), Ended):
        pass
    assert f"It is {datetime.now().astimezone():%Y-%m-%d}." in sent[-1].prompt


@pytest.fixture
def travel(monkeypatch: pytest.MonkeyPatch) -> Iterator[Travel]:
    """Return what sets this computer's clock to another time zone."""
    if not hasattr(time, "tzset"):
        pytest.skip("this system tells a running program of no other time zone")

    def go(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield go
    monkeypatch.undo()
    time.tzset()


def test_it_stays_the_same_in_another_time_zone(
    app: App, heard: Heard, starter_model: str, greedy: Sampling, sent: list[Generate], travel: Travel
) -> None:
    travel("HERE-5:30")
    asked = app.chats.ask(None, "Hi", model_path=starter_model, sampling=greedy, start=ChatStart("{{date}} {{time}}"))
    heard.answer(asked.answer_id)
    first = sent[-1].prompt
    travel("THERE+8")
    again = app.chats.regenerate(asked.chat_id, asked.answer_id, model_path=starter_model, sampling=greedy)
    heard.answer(again.answer_id)
    assert sent[-1].prompt == first
    there = app.chats.ask(asked.chat_id, "Hi", model_path=starter_model, sampling=greedy)
    heard.answer(there.answer_id)
    now = datetime.fromtimestamp(opened(app, asked.chat_id).messages[-2].created_at).astimezone()
    assert f"{now:%Y-%m-%d %H:%M}" in sent[-1].prompt, "a new question is asked by the clock there"
