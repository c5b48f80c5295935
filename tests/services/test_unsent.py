"""Questions with files, and questions that wait, over the real engine and a real database."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager

import msgspec
import pytest

from desktop_app.app import App
from desktop_app.domain.errors import ErrorCode
from desktop_app.domain.messages import MessageStatus, Role
from desktop_app.domain.parts import FilePart, TextPart
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.tree import branch
from desktop_app.domain.unsent import NOTHING_UNSENT, Edit, Unsent
from desktop_app.services.answering.turns import Asked
from desktop_app.services.background.futures import then
from desktop_app.services.events import AnswerDelta, AnswerEnded, MessageAdded, QuestionReturned, UnsentChanged
from desktop_app.settings.schema import WhenFull
from tests.services.conftest import WAIT_SECONDS, Heard

Opened = Callable[..., AbstractContextManager[tuple[App, Heard]]]
NOTE = FilePart(name="note.txt", text="The lamp is green.", size=18)
LONG = Sampling(temperature=0.0, max_tokens=1900, seed=1)


def starter(app: App) -> str:
    model = app.library.starter()
    assert model is not None
    return model.path


def begin(app: App, text: str = "Tell me a long story.", sampling: Sampling = LONG, **values: object) -> Asked:
    return app.chats.ask(None, text, model_path=starter(app), sampling=sampling, **values)


def questions(app: App, chat_id: str) -> list[str]:
    conversation = app.chats.open_chat(chat_id).result(WAIT_SECONDS)
    path = branch(conversation.messages, conversation.chat.leaf_id)
    return [message.text for message in path if message.role is Role.USER]


def unsent(app: App, chat_id: str) -> Unsent:
    return app.chats.open_chat(chat_id).result(WAIT_SECONDS).unsent


def short(app: App, chat_id: str, greedy: Sampling) -> None:
    app.chats.set_sampling(chat_id, greedy).result(WAIT_SECONDS)


def test_a_file_is_read_by_the_model_and_counted(app: App, heard: Heard, greedy: Sampling) -> None:
    asked = begin(app, "What colour is the lamp?", greedy, files=[NOTE])
    with_file = heard.answer(asked.answer_id).message.receipt
    asked_again = app.chats.edit(
        asked.chat_id, asked.question_id, "What colour is the lamp?", model_path=starter(app), sampling=greedy
    )
    without = heard.answer(asked_again.answer_id).message.receipt
    assert with_file is not None
    assert without is not None
    tokens = app.engines.questions_to(starter(app)).count_tokens(NOTE.source).result(WAIT_SECONDS)
    assert abs(with_file.prompt_tokens - without.prompt_tokens - tokens) <= 2  # where it ends, words are cut otherwise
    stored = app.chats.open_chat(asked.chat_id).result(WAIT_SECONDS).messages[0]
    assert stored.parts == (NOTE, TextPart("What colour is the lamp?"))


def test_a_chat_that_begins_with_a_file_alone_is_called_like_it(app: App, heard: Heard, greedy: Sampling) -> None:
    asked = begin(app, "", greedy, files=[NOTE])
    heard.answer(asked.answer_id)
    assert app.chats.open_chat(asked.chat_id).result(WAIT_SECONDS).chat.title == "note.txt"


def test_files_of_drafts_are_kept_until_they_are_asked(open_app: Opened, greedy: Sampling) -> None:
    with open_app() as (app, heard):
        asked = begin(app, "Hi", greedy)
        heard.answer(asked.answer_id)
        app.unsent.keep_files(asked.chat_id, [NOTE])
        app.unsent.keep_files("new:a", [NOTE, NOTE])
        app.unsent.keep_new_text("new:b", "Other")
        app.unsent.keep_new_text("new:a", "Well").result(WAIT_SECONDS)
    with open_app() as (app, heard):
        assert unsent(app, asked.chat_id).files == (NOTE,)
        assert app.unsent.of_new_chat("new:a").result(WAIT_SECONDS) == Unsent(text="Well", files=(NOTE, NOTE))
        path = starter(app)
        more = app.chats.ask(asked.chat_id, "Well?", model_path=path, sampling=greedy, files=[NOTE])
        new = begin(app, "Well?", greedy, files=[NOTE, NOTE], draft_id="new:a")
        heard.answer(more.answer_id)
        assert unsent(app, asked.chat_id) == NOTHING_UNSENT
        assert app.unsent.of_new_chat("new:a").result(WAIT_SECONDS) == NOTHING_UNSENT
        assert app.unsent.drafts_to_come().result(WAIT_SECONDS) == ["new:b"], "that of another window stays"
        app.chats.stop_all(new.chat_id)


def test_a_blank_draft_of_a_chat_to_come_is_not_kept(app: App) -> None:
    app.unsent.keep_new_text("new:a", "Well")
    app.unsent.keep_new_text("new:a", " \n")
    app.unsent.join_new_text("new:b", "", " ")
    assert app.unsent.drafts_to_come().result(WAIT_SECONDS) == []


def test_questions_are_asked_one_after_the_other(app: App, heard: Heard, greedy: Sampling) -> None:
    asked = begin(app, sampling=msgspec.structs.replace(greedy, max_tokens=60))
    for text in ("One", "Two"):
        app.unsent.add(asked.chat_id, text, [NOTE] if text == "Two" else [])
    short(app, asked.chat_id, greedy)
    heard.wait_for(MessageAdded, lambda event: event.message.text == "Two")
    heard.wait_for(AnswerEnded)
    assert questions(app, asked.chat_id) == ["Tell me a long story.", "One", "Two"]
    assert unsent(app, asked.chat_id) == NOTHING_UNSENT
    second = next(
        event.message for event in heard.all if isinstance(event, MessageAdded) and event.message.text == "Two"
    )
    assert second.files == (NOTE,)


def test_after_a_stopped_answer_they_wait_also_over_a_restart(open_app: Opened, greedy: Sampling) -> None:
    with open_app() as (app, heard):
        asked = begin(app)
        heard.wait_for(AnswerDelta)
        app.unsent.add(asked.chat_id, "One").result(WAIT_SECONDS)
        app.chats.stop_all(asked.chat_id)
        assert heard.answer(asked.answer_id).message.status is MessageStatus.STOPPED
        short(app, asked.chat_id, greedy)
        app.unsent.add(asked.chat_id, "Two").result(WAIT_SECONDS)
        assert [each.text for each in unsent(app, asked.chat_id).queue] == ["One", "Two"]
        assert questions(app, asked.chat_id) == ["Tell me a long story."]
    with open_app() as (app, heard):
        assert [each.text for each in unsent(app, asked.chat_id).queue] == ["One", "Two"]
        app.unsent.send_next(asked.chat_id)
        heard.wait_for(MessageAdded, lambda event: event.message.text == "Two")
        heard.wait_for(AnswerEnded)
        assert questions(app, asked.chat_id) == ["Tell me a long story.", "One", "Two"]


def test_an_edit_outlives_the_run_and_leaving_it_then_sends_nothing(open_app: Opened, greedy: Sampling) -> None:
    with open_app() as (app, heard):
        asked = begin(app)
        heard.wait_for(AnswerDelta)
        (question,) = app.unsent.add(asked.chat_id, "One").result(WAIT_SECONDS).queue
        edit = Edit(message_id=question.id, text="One more", files=(NOTE,))
        app.unsent.edit(asked.chat_id, question.id)
        app.unsent.keep_edit(asked.chat_id, edit).result(WAIT_SECONDS)
        app.unsent.add(asked.chat_id, "Two").result(WAIT_SECONDS)
        short(app, asked.chat_id, greedy)
        app.chats.stop_all(asked.chat_id)
        heard.answer(asked.answer_id)
    with open_app() as (app, heard):
        kept = unsent(app, asked.chat_id)
        assert (kept.edit, [each.text for each in kept.queue]) == (edit, ["One", "Two"])
        app.unsent.edit(asked.chat_id, question.id)
        app.unsent.leave(asked.chat_id, question.id)
        kept = unsent(app, asked.chat_id)
        assert (kept.edit, [each.text for each in kept.queue]) == (None, ["One", "Two"])
        assert not app.chats.is_answering


def test_the_queue_can_be_changed_and_what_is_edited_is_not_sent(app: App, heard: Heard, greedy: Sampling) -> None:
    asked = begin(app)
    heard.wait_for(AnswerDelta)
    for text in ("One", "Two", "Three"):
        queue = app.unsent.add(asked.chat_id, text).result(WAIT_SECONDS).queue
    app.unsent.move(asked.chat_id, queue[2].id, -2)
    app.unsent.remove(asked.chat_id, queue[0].id).result(WAIT_SECONDS)
    assert [each.text for each in unsent(app, asked.chat_id).queue] == ["Three", "Two"]
    app.unsent.edit(asked.chat_id, queue[2].id)
    short(app, asked.chat_id, greedy)
    app.chats.resample(asked.chat_id, greedy)  # ends the answer early, complete
    assert heard.answer(asked.answer_id).message.status is MessageStatus.COMPLETE
    assert len(unsent(app, asked.chat_id).queue) == 2
    app.unsent.change(asked.chat_id, msgspec.structs.replace(queue[2], text="Third"))
    heard.wait_for(MessageAdded, lambda event: event.message.text == "Two")
    heard.wait_for(AnswerEnded)
    assert questions(app, asked.chat_id) == ["Tell me a long story.", "Third", "Two"]


def test_a_question_that_comes_behind_the_look_for_one_is_sent(
    app: App, heard: Heard, greedy: Sampling, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = begin(app, "Hi", greedy)
    heard.answer(asked.answer_id)
    short(app, asked.chat_id, greedy)
    has_looked, goes_on = threading.Event(), threading.Event()
    read = app.database.read

    def read_and_wait(action: Callable[[object], object]) -> "Future[object]":
        return then(read(action), lambda found: (has_looked.set(), goes_on.wait(WAIT_SECONDS), found)[-1])

    with monkeypatch.context() as patch:
        patch.setattr(app.database, "read", read_and_wait)
        app.unsent.send_next(asked.chat_id)  # as at the end of each answer, where that look may be under way still
        assert has_looked.wait(WAIT_SECONDS)
    app.unsent.add(asked.chat_id, "One").result(WAIT_SECONDS)
    goes_on.set()
    heard.wait_for(MessageAdded, lambda event: event.message.text == "One")


@pytest.mark.parametrize("waits", [True, False])
def test_a_question_that_does_not_fit_comes_back_with_its_files(
    open_app: Opened, greedy: Sampling, waits: bool
) -> None:
    large = FilePart(name="large.txt", text="word " * 900, size=4500)
    with open_app(context_size=512, when_full=WhenFull.STOP) as (app, heard):
        asked = begin(app, "Hi", greedy)
        if waits:
            app.unsent.add(asked.chat_id, "Read this", [large])
        heard.answer(asked.answer_id)
        if not waits:
            path = starter(app)
            app.chats.ask(asked.chat_id, "Read this", model_path=path, sampling=greedy, files=[large])
        returned = heard.wait_for(QuestionReturned)
        assert returned.error.code in (ErrorCode.CONTEXT_FULL, ErrorCode.PROMPT_TOO_LONG)
        assert returned.waits == waits
        assert (returned.text, returned.files) == (("", ()) if waits else ("Read this", (large,)))
        if waits:
            heard.wait_for(UnsentChanged, lambda event: len(event.unsent.queue) == 1)
        kept = unsent(app, asked.chat_id)
        assert kept.files == (() if waits else (large,))
        assert [(each.text, each.files) for each in kept.queue] == ([("Read this", (large,))] if waits else [])
        assert questions(app, asked.chat_id) == ["Hi"]
