"""Where branches are seen: whoever else shows a chat hears which of them is looked at, and new ones are in the list."""

import threading
from collections.abc import Callable
from concurrent.futures import Future

import pytest

from desktop_app.app import App
from desktop_app.domain.chats import Conversation
from desktop_app.domain.sampling import Sampling
from desktop_app.services.events import ChatChanged, MessageAdded
from tests.services.conftest import WAIT_SECONDS, Heard
from tests.services.test_branches import opened

LOOKS: list[Callable[[App, str, str], "Future[Conversation]"]] = [
    lambda app, chat_id, answer_id: app.branches.end_at(chat_id, answer_id),
    lambda app, chat_id, answer_id: app.chats.choose_branch(chat_id, answer_id),
]


@pytest.mark.parametrize("look", LOOKS)
def test_another_branch_is_told(
    app: App, heard: Heard, starter_model: str, greedy: Sampling, look: "Callable[..., Future[Conversation]]"
) -> None:
    first = app.chats.ask(None, "Name a colour.", model_path=starter_model, sampling=greedy)
    heard.answer(first.answer_id)
    second = app.chats.regenerate(first.chat_id, first.answer_id, model_path=starter_model, sampling=greedy)
    heard.answer(second.answer_id)
    before = len(heard.all)
    look(app, first.chat_id, first.answer_id).result(WAIT_SECONDS)
    told = [event.chat.leaf_id for event in heard.all[before:] if isinstance(event, ChatChanged)]
    assert told == [first.answer_id]


def test_a_branch_of_an_archived_chat_is_in_the_list(
    app: App, heard: Heard, starter_model: str, greedy: Sampling
) -> None:
    asked = app.chats.ask(None, "Name a colour.", model_path=starter_model, sampling=greedy)
    heard.answer(asked.answer_id)
    app.ordering.archive([asked.chat_id], archived=True).result(WAIT_SECONDS)
    branch = app.branches.take_out(asked.chat_id, asked.answer_id).result(WAIT_SECONDS)
    archived = {chat.id: chat.archived_at is not None for chat in app.chats.list_chats().result(WAIT_SECONDS)}
    assert archived == {asked.chat_id: True, branch.id: False}


def test_of_answers_that_two_windows_ask_for_at_once_the_first_is_looked_at(
    app: App, heard: Heard, starter_model: str, greedy: Sampling
) -> None:
    """As the windows do, which look at one of several that are written beside each other until they are complete."""
    first = app.chats.ask(None, "Name a colour.", model_path=starter_model, sampling=greedy)
    heard.answer(first.answer_id)
    hold = threading.Event()
    app.database.write(lambda _connection: hold.wait(WAIT_SECONDS))
    asked = [
        app.chats.regenerate(first.chat_id, first.answer_id, model_path=starter_model, sampling=greedy)
        for _window in range(2)
    ]
    hold.set()
    heard.wait_for(MessageAdded, lambda event: event.message.id == asked[1].answer_id)
    told = [event.chat.leaf_id for event in heard.all if isinstance(event, ChatChanged)]
    assert told[-1] == asked[0].answer_id
    assert opened(app, first.chat_id).chat.leaf_id == asked[0].answer_id
