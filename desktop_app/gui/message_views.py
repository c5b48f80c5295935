"""Messages as the chat view takes them: with their place among siblings and the words of a failure. Free of Qt."""

from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.messages import Message
from desktop_app.gui.chat.entries import MessageView
from desktop_app.gui.conversation import OpenConversation
from desktop_app.services.error_text import explain


def message_view(conversation: OpenConversation, message: Message) -> MessageView:
    """Return how `message` of `conversation` is shown."""
    index, count = conversation.place(message.id)
    return MessageView(message=message, sibling_index=index, sibling_count=count, failure=_failure(message.error))


def branch_views(conversation: OpenConversation) -> list[MessageView]:
    """Return how the open branch is shown, oldest first."""
    return [message_view(conversation, message) for message in conversation.branch]


def _failure(error: ErrorInfo | None) -> tuple[str, str] | None:
    if error is None:
        return None
    explanation = explain(error)
    return explanation.sentence, explanation.next_step
