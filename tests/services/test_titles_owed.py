"""Titles of chats whose first answer did not come to its end."""

import pytest

from desktop_app.app import App
from desktop_app.domain.messages import MessageStatus
from desktop_app.domain.sampling import Sampling
from desktop_app.services.answering import titles
from desktop_app.services.events import AnswerDelta, ChatChanged
from tests.services.conftest import Heard

LONG = Sampling(temperature=0.8, max_tokens=2000, seed=7, min_p=0.0)
SHORT = Sampling(temperature=0.0, max_tokens=4, seed=1)


@pytest.mark.parametrize("then", ["asked", "continued", "regenerated"])
def test_the_next_answer_that_is_complete_gives_a_title(
    app: App, heard: Heard, starter_model: str, monkeypatch: pytest.MonkeyPatch, then: str
) -> None:
    monkeypatch.setattr(titles, "SAMPLING", Sampling(max_tokens=16, grammar='root ::= "Paris"'))
    monkeypatch.setattr(titles, "clean_title", lambda written, _conversation: "Paris in spring" if written else "")
    app.settings.change("history", "model_titles", True)
    asked = app.chats.ask(None, "Write a story.", model_path=starter_model, sampling=LONG)
    heard.wait_for(AnswerDelta)
    app.chats.stop(asked.answer_id)
    assert heard.answer(asked.answer_id).message.status is MessageStatus.STOPPED
    if then == "asked":
        app.chats.ask(asked.chat_id, "Go on.", model_path=starter_model, sampling=SHORT)
    elif then == "continued":
        app.chats.go_on(asked.chat_id, asked.answer_id, model_path=starter_model, sampling=SHORT)
    else:
        app.chats.regenerate(asked.chat_id, asked.answer_id, model_path=starter_model, sampling=SHORT)
    heard.wait_for(ChatChanged, lambda event: event.chat.title == "Paris in spring")
