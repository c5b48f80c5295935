"""A text that touches what answers usually need, so that the first answer does not wait for it. Free of Qt."""

from desktop_app.domain.messages import Message, MessageStatus, Role
from desktop_app.domain.parts import TextPart
from desktop_app.gui.chat.entries import MessageView

_LANGUAGES = ("python", "bash", "json", "javascript")
_PROSE = "# Ready\n\n**b** *i* `c` [l](https://example.org)\n\n- x\n\n> q\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n"
_SCRIPTS = "→ ≤ é\n\n"


def sample() -> MessageView:
    """Return a message with every kind of block, common languages, and scripts that need fallback fonts."""
    fences = "".join(f"```{language}\nx = 1\n```\n\n" for language in _LANGUAGES)
    message = Message(
        id="", chat_id="", parent_id=None, role=Role.ASSISTANT, status=MessageStatus.STREAMING, created_at=0.0,
        parts=(TextPart(_PROSE + _SCRIPTS + fences),),
    )  # fmt: skip
    return MessageView(message=message, sibling_index=0, sibling_count=1, failure=None)
