"""A question that cannot be stored, for whatever reason, is given back: nobody waits for its answer for ever."""

from collections.abc import Iterator

import pytest

from desktop_app.app import App
from desktop_app.domain.errors import ErrorCode
from desktop_app.domain.sampling import Sampling
from desktop_app.services.answering import answering
from desktop_app.services.answering.turn_storage import take_back
from desktop_app.services.data_folder.questions import Question, wait_for_answer
from desktop_app.services.events import QuestionReturned
from desktop_app.storage.chats import delete_message_ids
from tests.services.conftest import Heard
from tests.services.test_branches import opened, shown, two_turns

HALF = "half of a pair: \ud83d"
"""No database takes it."""


@pytest.fixture
def reported(failed_callbacks: list[str]) -> Iterator[None]:
    """Have it reported as the bug that it is: something that reaches the database, and cannot be stored."""
    yield
    assert [text.splitlines()[-1].partition(":")[0] for text in failed_callbacks] == ["UnicodeEncodeError"]
    failed_callbacks.clear()


@pytest.mark.usefixtures("reported")  # first: it looks when the services have ended
def test_a_question_that_no_database_takes(app: App, heard, starter_model: str) -> None:
    asked = app.chats.ask(None, HALF, model_path=starter_model, sampling=Sampling())
    returned = heard.wait_for(QuestionReturned)
    assert (returned.chat_id, returned.text, returned.error.code) == (
        asked.chat_id,
        HALF,
        ErrorCode.STORAGE_FAILED,
    )
    assert app.chats.list_chats().result(60) == []


@pytest.mark.usefixtures("reported")
def test_a_command_whose_question_no_database_takes(app: App, starter_model: str) -> None:
    question = Question(text=HALF, model_path=starter_model, sampling=Sampling(), save=True)
    _request_id, receipt = wait_for_answer(lambda reply: app.questions.ask(question, reply), lambda _text: None)
    error = receipt.exception(60)
    assert error is not None
    assert error.info.code is ErrorCode.STORAGE_FAILED  # type: ignore[attr-defined]


def test_what_is_gone_by_now_is_told(app: App, heard, starter_model: str) -> None:
    asked = app.chats.ask(None, "Hello", model_path=starter_model, sampling=Sampling(max_tokens=1))
    heard.answer(asked.answer_id)
    app.chats.edit(asked.chat_id, "gone", "Hello again", model_path=starter_model, sampling=Sampling())
    returned = heard.wait_for(QuestionReturned)
    assert (returned.text, returned.error.code) == ("Hello again", ErrorCode.MESSAGE_NOT_FOUND)


def test_a_question_that_does_not_fit_comes_back_where_its_former_branch_was_deleted_meanwhile(
    app: App, heard: Heard, starter_model: str, greedy: Sampling, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two_turns(app, heard, starter_model, greedy)

    def late(connection, turn, answer_id):
        delete_message_ids(connection, turn.chat_id, [second.question_id, second.answer_id])  # by another window
        return take_back(connection, turn, answer_id)

    monkeypatch.setattr(answering, "take_back", late)
    long = "word " * 3000
    app.chats.edit(first.chat_id, first.question_id, long, model_path=starter_model, sampling=greedy)
    assert heard.wait_for(QuestionReturned).error.code is ErrorCode.PROMPT_TOO_LONG
    left = opened(app, first.chat_id)
    assert [message.id for message in shown(left)] == [first.question_id, first.answer_id]
