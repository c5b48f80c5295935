"""Says why a command cannot be used just now: its keys, and the palette, would otherwise do nothing without a word."""

from desktop_app.gui.conversation.controller import ChatController
from desktop_app.support.i18n import _

_AT_REST = (
    "continue_answer", "alternatives", "regenerate", "edit_question", "read_aloud", "receipt", "run_again", "compare",
    "answer_otherwise", "suggest",
)  # fmt: skip
"""What waits until no answer is written."""
_ABOUT_ANSWERS = (*_AT_REST, "copy_answer", "side_by_side")
_ABOUT_QUESTIONS = ("edit_question", "previous_question", "next_question")
_ABOUT_CHATS = ("pin", "map_of_chat", "open_in_window", "archive", "export_chat", "delete")


def why_not(name: str, chat: ChatController) -> str:
    """Return why the command called `name`, which is disabled, cannot be used; empty where there is nothing to say."""
    if name in _AT_REST and chat.is_streaming:
        return _("An answer is being written. This can be done when it has ended.")
    if name in _ABOUT_QUESTIONS:
        return _("There is no question here yet.")
    conversation = chat.conversation
    if name in _ABOUT_ANSWERS and (conversation is None or conversation.last_answer is None):
        return _("There is no answer here yet.")
    if name in _ABOUT_CHATS:
        return _("Open a chat first.") if chat.chat is None else _("This is a temporary chat. Keep it first.")
    return {
        "stop": _("No answer is being written."),
        "answer_now": _("This can be done while the model thinks about an answer."),
        "continue_answer": _("This answer is complete. Ask for more of it."),
        "receipt": _("This answer has no receipt."),
        "run_again": _("This answer has no receipt, which would say how it was made."),
        "answer_otherwise": _("This answer has no receipt, which would say how it was made."),
        "compare": _("There is no other answer to compare with."),
        "side_by_side": _("There is no other answer to this question."),
        "branch_map": _("This chat has no branches yet."),
        "previous_version": _("There is no other version yet."),
        "next_version": _("There is no other version yet."),
        "toggle_panel": _("The panel stands beside the chat alone."),
    }.get(name, "")
