"""How fast an answer comes, and how full the context is with it, is told while it is written, thoughts included."""

from desktop_app.app import App
from desktop_app.services.events import AnswerPace, ContextUsed
from tests.services.conftest import Heard
from tests.services.test_branches import LONG, STORY


def test_it_is_told_while_the_answer_is_written(app: App, heard: Heard, starter_model: str) -> None:
    asked = app.chats.ask(None, STORY, model_path=starter_model, sampling=LONG)
    first = heard.wait_for(AnswerPace)
    second = heard.wait_for(AnswerPace)
    app.chats.stop(asked.answer_id)
    receipt = heard.answer(asked.answer_id).message.receipt
    assert receipt is not None
    assert (first.chat_id, first.message_id) == (asked.chat_id, asked.answer_id)
    assert 0 < first.tokens < second.tokens <= receipt.completion_tokens
    assert second.tokens_per_second > 0


def test_the_context_is_told_to_fill_while_the_answer_is_written(app: App, heard: Heard, starter_model: str) -> None:
    asked = app.chats.ask(None, STORY, model_path=starter_model, sampling=LONG)
    prompt = heard.wait_for(ContextUsed)
    growing = heard.wait_for(ContextUsed)
    app.chats.stop(asked.answer_id)
    receipt = heard.answer(asked.answer_id).message.receipt
    assert receipt is not None
    end = receipt.prompt_tokens + receipt.completion_tokens
    assert growing.message_id == asked.answer_id
    assert prompt.used < growing.used <= end
    assert growing.size == prompt.size
    pace = next(event for event in heard.all if isinstance(event, AnswerPace))
    assert growing.used == prompt.used + pace.tokens  # and not the one that comes when it has ended
