"""Whoever waits for a change finds that it was told: what is asked or looked at next is never behind the news."""

import threading
from collections.abc import Callable
from concurrent.futures import Future

import pytest

from desktop_app.app import App
from desktop_app.domain.chats import Chat
from desktop_app.domain.messages import Message, MessageStatus, Role
from desktop_app.domain.parts import TextPart
from desktop_app.domain.shelf import TEMPORARY, FolderStart
from desktop_app.services.events import ServiceEvent
from desktop_app.storage import chats as rows
from tests.services.conftest import WAIT_SECONDS, Heard

Change = Callable[[App], "Future[object]"]
CHANGES: dict[str, Change] = {
    "another branch": lambda app: app.chats.choose_branch("chat", "question"),
    "an earlier end": lambda app: app.branches.end_at("chat", "answer"),
    "other words": lambda app: app.branches.reword("chat", "answer", "Green."),
    "a star": lambda app: app.branches.star("chat", "answer", True),
    "a message less": lambda app: app.branches.remove("chat", "answer"),
    "a title": lambda app: app.chats.rename("chat", "Colours"),
    "a temporary chat that stays": lambda app: app.chats.keep("temporary"),
    "a question that waits": lambda app: app.unsent.add("chat", "And now?"),
    "a draft to come": lambda app: app.unsent.keep_new_text("new", "And now?"),
    "the archive": lambda app: app.ordering.archive(["chat"], archived=True),
    "a folder": lambda app: app.ordering.save_folder("Work"),
    "what a folder begins with": lambda app: app.ordering.begin_with("none", FolderStart(system_prompt="Be short.")),
    "a tag": lambda app: app.ordering.make_tag("Red", ["chat"]),
    "a temporary chat that is left": lambda app: app.ordering.leave("temporary"),
}


@pytest.fixture
def chats(app: App) -> None:
    """Store a chat with a question and its answer, and a temporary one."""

    def said(message_id: str, parent_id: str | None, role: Role, text: str) -> Message:
        return Message(
            id=message_id,
            chat_id="chat",
            parent_id=parent_id,
            role=role,
            parts=(TextPart(text),),
            status=MessageStatus.COMPLETE,
            created_at=1e9,
        )

    def store(connection) -> None:
        for chat_id, deleted_at in (("chat", None), ("temporary", TEMPORARY)):
            rows.insert_chat(connection, Chat(id=chat_id, created_at=1e9, updated_at=1e9, deleted_at=deleted_at))
        rows.insert_message(connection, said("question", None, Role.USER, "Which colour?"))
        rows.insert_message(connection, said("answer", "question", Role.ASSISTANT, "Red."))
        rows.update_chat(connection, "chat", leaf_id="answer")

    app.database.write(store).result(WAIT_SECONDS)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_done_once_it_was_told(app: App, heard: Heard, chats: None, change: Change) -> None:
    changing: list[Future[object]] = []
    is_asked = threading.Event()
    was_done: list[bool] = []

    def hear(_event: ServiceEvent) -> None:
        assert is_asked.wait(WAIT_SECONDS)
        was_done.append(changing[0].done())

    app.events.subscribe(hear)
    changing.append(change(app))
    is_asked.set()
    changing[0].result(WAIT_SECONDS)
    assert was_done
    assert not any(was_done)
