"""Chats as Markdown: each message below a heading, its own Markdown as it was written."""

import re

from desktop_app.domain.chats import Conversation
from desktop_app.domain.code_text import fence_after
from desktop_app.domain.exports import ExportOptions
from desktop_app.domain.parts import as_markdown
from desktop_app.services.chat_files.outline import Outline, Turn, outline, thought_words
from desktop_app.support.i18n import _

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$&])")
_LIST_BEGIN = re.compile(r"^(\s*)([-+]|\d{1,9}[.)])(?=\s|$)")


def chat_markdown(conversation: Conversation, options: ExportOptions) -> str:
    """Return a chat as CommonMark that any reader shows, whatever the messages hold."""
    shown = outline(conversation, options)
    blocks = [*_head(shown)]
    for turn in shown.turns:
        blocks += _turn_blocks(turn, options)
    return "\n\n".join(block for block in blocks if block) + "\n"


def escaped(text: str) -> str:
    """Return plain text so that no Markdown reader takes any of it for a mark; one line."""
    line = _SPECIAL.sub(r"\\\1", " ".join(text.split()))
    return _LIST_BEGIN.sub(lambda match: f"{match[1]}{match[2][:-1]}\\{match[2][-1]}", line)


def closed(text: str) -> str:
    """Return Markdown with its last fence closed, where it was left open and would swallow what follows."""
    fence = ""
    for line in text.splitlines():
        fence = fence_after(line, fence)
    return f"{text.rstrip()}\n{fence}" if fence else text.rstrip()


def quoted(text: str) -> str:
    """Return Markdown as a quote: no line of it can end the quote."""
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def _head(shown: Outline) -> list[str]:
    lines = "  \n".join(escaped(line) for line in shown.lines)
    blocks = [f"# {escaped(shown.title)}", lines]
    if shown.system_prompt.strip():
        blocks.append(quoted(f"**{escaped(_('System prompt'))}**\n\n{closed(shown.system_prompt)}"))
    return blocks


def _turn_blocks(turn: Turn, options: ExportOptions) -> list[str]:
    message = turn.message
    about = " · ".join(escaped(words) for words in (turn.made_by, *turn.notes))
    blocks = [f"## {escaped(turn.who)}", f"*{about}*"]
    if options.thoughts and message.thought.strip():
        blocks.append(quoted(f"**{escaped(thought_words(message))}**\n\n{closed(message.thought.strip())}"))
    blocks.append(closed(as_markdown(message.parts)).lstrip("\n"))
    return blocks
