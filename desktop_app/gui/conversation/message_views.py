"""Messages as the chat view takes them: with their place among siblings and the words of a failure. Free of Qt."""

from collections.abc import Sequence
from typing import overload

import msgspec

from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.messages import Message, MessageStatus, Role
from desktop_app.domain.parts import TextPart
from desktop_app.gui.chat.entries import MessageView
from desktop_app.gui.conversation.conversation import OpenConversation
from desktop_app.services.words.error_text import explain


def message_view(conversation: OpenConversation, message: Message) -> MessageView:
    """Return how `message` of `conversation` is shown."""
    index, count = conversation.place(message.id)
    failure = _failure(message.error)
    if failure is not None and message.role is Role.USER:  # below a question there is no room for it
        said = (TextPart(failure[0]),)
        message, failure = msgspec.structs.replace(message, parts=said, status=MessageStatus.COMPLETE), None
    return MessageView(message=message, sibling_index=index, sibling_count=count, failure=failure)


class BranchViews(Sequence[MessageView]):
    """How the open branch is shown, oldest first; each is made when it is asked for: there may be many thousands."""

    def __init__(self, conversation: OpenConversation) -> None:
        self._conversation = conversation
        self._branch = conversation.branch

    def __len__(self) -> int:
        return len(self._branch)

    @overload
    def __getitem__(self, place: int) -> MessageView: ...
    @overload
    def __getitem__(self, place: slice) -> list[MessageView]: ...
    def __getitem__(self, place: int | slice) -> MessageView | list[MessageView]:
        if isinstance(place, slice):
            return [message_view(self._conversation, message) for message in self._branch[place]]
        return message_view(self._conversation, self._branch[place])


def _failure(error: ErrorInfo | None) -> tuple[str, str] | None:
    if error is None:
        return None
    explanation = explain(error)
    return explanation.sentence, explanation.next_step
