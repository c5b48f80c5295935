"""Answers of another model than the chat's own: what is kept of one that was run again says who wrote it."""

from desktop_app.app import App
from desktop_app.domain.sampling import Sampling
from tests.services.conftest import WAIT_SECONDS, Heard


def test_who_wrote_it_is_kept_with_it(app: App, heard: Heard, starter_model: str, other: str, greedy: Sampling) -> None:
    asked = app.chats.ask(None, "Name a colour.", model_path=starter_model, sampling=greedy)
    heard.answer(asked.answer_id)
    again = app.chats.regenerate(asked.chat_id, asked.answer_id, model_path=other, sampling=greedy, keeps_model=True)
    assert heard.answer(again.answer_id).message.model_path == other
    for answer_id, model, written_by in (
        (again.answer_id, starter_model, None),
        (asked.answer_id, other, other),
    ):
        rerun = app.again.run(asked.chat_id, answer_id, model).result(WAIT_SECONDS)
        kept = app.again.keep(rerun).result(WAIT_SECONDS)
        assert kept.model_path == written_by
        assert kept in app.chats.open_chat(asked.chat_id).result(WAIT_SECONDS).messages
