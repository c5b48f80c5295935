"""A question that cannot be stored, for whatever reason, is given back: nobody waits for its answer for ever."""

from desktop_app.app import App
from desktop_app.domain.errors import ErrorCode
from desktop_app.domain.sampling import Sampling
from desktop_app.services.events import QuestionReturned
from desktop_app.services.questions import Question, wait_for_answer

HALF = "half of a pair: \ud83d"
"""No database takes it."""


def test_a_question_that_no_database_takes(app: App, heard, starter_model: str) -> None:
    asked = app.chats.ask(None, HALF, model_path=starter_model, sampling=Sampling())
    returned = heard.wait_for(QuestionReturned)
    assert (returned.chat_id, returned.text, returned.error.code) == (
        asked.chat_id,
        HALF,
        ErrorCode.STORAGE_FAILED,
    )
    assert app.chats.list_chats().result(60) == []


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
