"""Messages to show, and a chat view that is gone when the test is over."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from pytestqt.qtbot import QtBot

from desktop_app.domain.messages import Message, MessageStatus, Receipt, Role
from desktop_app.domain.parts import TextPart, ThoughtPart, ToolCallPart
from desktop_app.gui.chat.view import ChatView, MessageView
from desktop_app.gui.look.theme import Theme

MakeView = Callable[..., MessageView]


@pytest.fixture
def shown() -> MakeView:
    """Makes a message as the view takes it."""

    def make(
        name: str,
        text: str,
        *,
        user: bool = False,
        status: MessageStatus = MessageStatus.COMPLETE,
        siblings: tuple[int, int] = (0, 1),
        failure: tuple[str, str] | None = None,
        thought: ThoughtPart | None = None,
        then: tuple[ToolCallPart | TextPart, ...] = (),
    ) -> MessageView:
        receipt = Receipt(model_name="m", completion_tokens=412, tokens_per_second=61, seconds_to_first_token=0.18)
        message = Message(
            id=name, chat_id="c", parent_id=None, role=Role.USER if user else Role.ASSISTANT, status=status,
            parts=(*([thought] if thought else ()), *([TextPart(text)] if text else ()), *then), created_at=0.0,
            receipt=None if user or status is MessageStatus.STREAMING else receipt,
        )  # fmt: skip
        return MessageView(message=message, sibling_index=siblings[0], sibling_count=siblings[1], failure=failure)

    return make


@pytest.fixture
def view(qtbot: QtBot, theme: Theme) -> Iterator[ChatView]:
    """A shown chat view, 800 by 600, whose time for a frame never is up, however busy the computer is."""
    made = ChatView(theme, clock=lambda: 0.0)
    made.resize(800, 600)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.close()
    made.deleteLater()
    QCoreApplication.sendPostedEvents(made, QEvent.Type.DeferredDelete.value)
