"""Titles in the background: they never stand in a person's way, and never replace what a person wrote."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop_app.app import App
from desktop_app.domain.messages import MessageStatus
from desktop_app.domain.sampling import Sampling
from desktop_app.services.answering import titles
from desktop_app.services.answering.titles import INSTRUCTION, MOST_TOKENS
from desktop_app.services.answering.turns import Writer
from desktop_app.services.events import ChatChanged

QUESTION = "What is the capital of France?"
SHORT = Sampling(temperature=0.0, max_tokens=8, seed=1)


@pytest.fixture
def asked_for(monkeypatch: pytest.MonkeyPatch) -> Callable[[App], list[tuple]]:
    """Return a function that lists the titles asked of an app's models: (turns, sampling, listener, options)."""

    def watch(app: App) -> list[tuple]:
        seen: list[tuple] = []
        generate = app.engines.generate

        def note(path, task, listener):
            if task.turns[-1].content == INSTRUCTION:
                seen.append((task.turns, task.sampling, listener))
            return generate(path, task, listener)

        monkeypatch.setattr(app.engines, "generate", note)
        return seen

    return watch


@pytest.fixture
def named(open_app, monkeypatch: pytest.MonkeyPatch) -> Iterator:
    """The services with titles by the model; its first word, whatever it is, counts as the title 'Paris in spring'."""
    monkeypatch.setattr(titles, "SAMPLING", Sampling(temperature=0.0, max_tokens=MOST_TOKENS, stop=(" ",)))
    monkeypatch.setattr(titles, "clean_title", lambda written, _conversation: "Paris in spring" if written else "")
    with open_app() as (app, heard):
        app.settings.change("history", "model_titles", True)
        yield app, heard


def title_of(app: App, chat_id: str) -> str:
    return app.chats.open_chat(chat_id).result(60).chat.title


@pytest.mark.usefixtures("whole_starter")  # the short one finds none
def test_the_first_answer_gives_a_title(named, starter_model: str, asked_for) -> None:
    app, heard = named
    seen = asked_for(app)
    asked = app.chats.ask(None, QUESTION, model_path=starter_model, sampling=SHORT)
    answer = heard.answer(asked.answer_id).message
    changed = heard.wait_for(ChatChanged, lambda event: event.chat.title == "Paris in spring").chat
    assert not changed.title_is_own
    assert title_of(app, asked.chat_id) == "Paris in spring"
    ((turns, sampling, _listener),) = seen
    assert [turn.content for turn in turns[-3:]] == [QUESTION, answer.text, INSTRUCTION]
    assert sampling.max_tokens == MOST_TOKENS
    following = app.chats.ask(asked.chat_id, "And of Italy?", model_path=starter_model, sampling=SHORT)
    receipt = heard.answer(following.answer_id).message.receipt
    assert receipt is not None
    assert receipt.prompt_tokens - receipt.cached_tokens < 30  # the title took nothing out of the memory
    assert len(seen) == 1


def test_a_persons_title_stays(named, starter_model: str, asked_for) -> None:
    app, heard = named
    seen = asked_for(app)
    asked = app.chats.ask(None, QUESTION, model_path=starter_model, sampling=SHORT)
    renamed = app.chats.rename(asked.chat_id, "Mine")  # behind the question, before its answer
    heard.answer(asked.answer_id)
    assert renamed.result(60).title == "Mine"
    following = app.chats.ask(asked.chat_id, "And of Italy?", model_path=starter_model, sampling=SHORT)
    assert heard.answer(following.answer_id).message.status is MessageStatus.COMPLETE
    assert title_of(app, asked.chat_id) == "Mine"
    assert len(seen) <= 1


@pytest.mark.usefixtures("whole_starter")  # the short one finds none
def test_a_question_ends_a_title_in_the_making_and_its_answer_brings_it(named, starter_model: str, asked_for) -> None:
    app, heard = named
    seen = asked_for(app)
    give_way, cancelled = app.chats._titles.give_way, []
    cancel = app.engines.cancel
    app.engines.cancel = lambda request_id: (cancelled.append(request_id), cancel(request_id))[1]
    asked = app.chats.ask(None, QUESTION, model_path=starter_model, sampling=SHORT)
    generate = app.engines.generate

    def in_between(path, task, listener):
        request_id = generate(path, task, listener)
        if task.turns[-1].content == INSTRUCTION and len(seen) == 1:
            give_way()  # what a question does first
        return request_id

    app.engines.generate = in_between
    heard.answer(asked.answer_id)
    following = app.chats.ask(asked.chat_id, "And of Italy?", model_path=starter_model, sampling=SHORT)
    heard.answer(following.answer_id)
    heard.wait_for(ChatChanged, lambda event: event.chat.title == "Paris in spring")
    assert len(cancelled) == 1
    assert len(seen) == 2


def test_a_title_in_the_making_keeps_no_model_from_being_ended(named, starter_model: str, monkeypatch) -> None:
    app, heard = named
    endless = Sampling(max_tokens=2000, min_p=0.0, temperature=2.0, seed=1)
    monkeypatch.setattr(titles, "SAMPLING", endless)
    asked = app.chats.ask(None, QUESTION, model_path=starter_model, sampling=SHORT)
    heard.answer(asked.answer_id)
    assert app.engines.release(starter_model)
    assert title_of(app, asked.chat_id) == QUESTION
    following = app.chats.ask(asked.chat_id, "And of Italy?", model_path=starter_model, sampling=SHORT)
    assert heard.answer(following.answer_id).message.status is MessageStatus.COMPLETE


def test_it_can_be_switched_off(open_app, starter_model: str, asked_for) -> None:
    with open_app() as (app, heard):
        seen = asked_for(app)
        for section_value in (("model_titles", False), ("automatic_titles", False)):
            app.settings.change("history", "model_titles", True)
            app.settings.change("history", *section_value)
            asked = app.chats.ask(None, QUESTION, model_path=starter_model, sampling=SHORT)
            heard.answer(asked.answer_id)
            following = app.chats.ask(asked.chat_id, "And of Italy?", model_path=starter_model, sampling=SHORT)
            heard.answer(following.answer_id)
        assert seen == []


@pytest.mark.usefixtures("whole_starter")  # the short one finds none
def test_a_title_brings_no_model_back_that_made_room_for_another(
    named, starter_model: str, asked_for, tmp_path: Path
) -> None:
    app, heard = named
    other = tmp_path / "other-Q4_1.gguf"
    other.symlink_to(starter_model)
    app.engines._available_memory = lambda: 1
    seen = asked_for(app)
    asked = app.chats.ask(None, QUESTION, model_path=starter_model, sampling=SHORT, also=[Writer(str(other), SHORT)])
    for answer_id in asked.answer_ids:
        assert heard.answer(answer_id).message.status is MessageStatus.COMPLETE
    heard.wait_for(ChatChanged, lambda event: event.chat.title == "Paris in spring")
    assert len(seen) == 1
    assert app.engines.loaded_model(starter_model) is None
    assert app.engines.loaded_model(str(other)) is not None


@pytest.mark.parametrize("own", ["Mine", QUESTION])
def test_a_title_that_was_given_while_one_is_made_stays(named, starter_model: str, monkeypatch, own: str) -> None:
    """Also one that is, word for word, what the app had called the chat."""
    app, heard = named
    made: list[str] = []

    def slowly(written: str, _conversation: str) -> str:
        (chat,) = app.chats.list_chats().result(60)
        app.chats.rename(chat.id, own).result(60)  # the model has just written its title
        made.append(written)
        return "Paris in spring"

    monkeypatch.setattr(titles, "clean_title", slowly)
    asked = app.chats.ask(None, QUESTION, model_path=starter_model, sampling=SHORT)
    heard.answer(asked.answer_id)
    heard.wait_for(ChatChanged, lambda event: event.chat.title_is_own)
    following = app.chats.ask(asked.chat_id, "And of Italy?", model_path=starter_model, sampling=SHORT)
    heard.answer(following.answer_id)
    assert len(made) == 1
    assert title_of(app, asked.chat_id) == own
