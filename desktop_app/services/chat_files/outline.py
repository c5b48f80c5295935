"""A conversation as it is read on paper: one message after the other, with who wrote it, when, and what became of it."""

from collections import defaultdict
from collections.abc import Sequence

import msgspec

from desktop_app.domain.chats import Chat, Conversation
from desktop_app.domain.exports import ExportOptions
from desktop_app.domain.messages import Message, MessageStatus, Receipt, Role
from desktop_app.domain.tree import branch
from desktop_app.services.words.error_text import explain
from desktop_app.support.formats import date_and_time, listed
from desktop_app.support.i18n import _, ngettext

_QUOTED = 60
"""Characters of a message that is named by its first words."""


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """A message with its words around it, in plain text: `who` wrote it, `made_by` how, and `notes` on its star, place and end."""

    message: Message
    number: int
    who: str
    made_by: str
    notes: tuple[str, ...] = ()


class Outline(msgspec.Struct, frozen=True, kw_only=True):
    """A chat with the lines below its title, what the model was told first, and its turns."""

    title: str
    lines: tuple[str, ...]
    system_prompt: str
    turns: tuple[Turn, ...]


def outline(conversation: Conversation, options: ExportOptions) -> Outline:
    """Return the branch that was looked at last, or all of them, each message once and behind its parent."""
    chat, messages = conversation.chat, conversation.messages
    path = branch(messages, _leaf(conversation))
    shown = _in_order(messages) if options.all_branches else path
    places = _places(messages)
    by_id = {message.id: message for message in messages}
    turns: list[Turn] = []
    for number, message in enumerate(shown, 1):
        before = turns[-1].message.id if turns else None
        parent = by_id.get(message.parent_id) if message.parent_id is not None else None
        follows = parent if parent is not None and parent.id != before else None
        turns.append(
            Turn(
                message=message,
                number=number,
                who=_who(message),
                made_by=_made_by(message),
                notes=_notes(message, places[message.id], follows),
            )
        )
    return Outline(
        title=chat_title(chat),
        lines=_lines(chat, messages, len(shown)),
        system_prompt=chat.system_prompt,
        turns=tuple(turns),
    )


def chat_title(chat: Chat) -> str:
    """Return what a chat is called in one line."""
    return " ".join(chat.title.split()) or _("New chat")


def moment(seconds: float) -> str:
    """Return a Unix time as date and time of this place."""
    return date_and_time(seconds)


def thought_words(message: Message) -> str:
    """Return the line above what a model thought."""
    seconds = round(message.thought_seconds)
    if not seconds:
        return _("Thought")
    return ngettext("Thought for {count} second", "Thought for {count} seconds", seconds).format(count=seconds)


def _leaf(conversation: Conversation) -> str | None:
    leaf = conversation.chat.leaf_id
    if leaf is None and conversation.messages:
        return conversation.messages[-1].id
    return leaf


def _in_order(messages: Sequence[Message]) -> list[Message]:
    """Return every message behind its parent, a branch to its end before the next one begins."""
    children: dict[str | None, list[Message]] = defaultdict(list)
    for message in messages:
        children[message.parent_id].append(message)
    ordered: list[Message] = []
    waiting = list(reversed(children[None]))
    while waiting:
        message = waiting.pop()
        ordered.append(message)
        waiting += reversed(children[message.id])
    return ordered


def _places(messages: Sequence[Message]) -> dict[str, tuple[int, int]]:
    """Return of each message which of its siblings it is, and how many there are."""
    families: dict[tuple[str | None, Role], list[str]] = defaultdict(list)
    for message in messages:
        families[message.parent_id, message.role].append(message.id)
    return {own: (place, len(family)) for family in families.values() for place, own in enumerate(family, 1)}


def _who(message: Message) -> str:
    if message.role is Role.USER:
        return _("You")
    if message.role is Role.SYSTEM:
        return _("System")
    return message.receipt.model_name if message.receipt is not None and message.receipt.model_name else _("Model")


def _made_by(message: Message) -> str:
    """Return which model wrote an answer, and when; for a question only when."""
    at = moment(message.created_at)
    if message.role is not Role.ASSISTANT:
        return at
    receipt = message.receipt
    if receipt is None or not receipt.model_name:
        return _("Written by a model, {moment}").format(moment=at)
    return _("Written by {model}, {moment}").format(model=_model(receipt), moment=at)


def _model(receipt: Receipt) -> str:
    return f"{receipt.model_name} ({receipt.quantization})" if receipt.quantization else receipt.model_name


def _notes(message: Message, place: tuple[int, int], follows: Message | None) -> tuple[str, ...]:
    notes = [_("★ Starred")] if message.starred else []
    if place[1] > 1:
        notes.append(_("Version {place} of {count}").format(place=place[0], count=place[1]))
    if follows is not None:
        notes.append(_("Goes on from “{words}”").format(words=_first_words(follows)))
    ends = {
        MessageStatus.STOPPED: _("Stopped before it was complete"),
        MessageStatus.INTERRUPTED: _("Interrupted before it was complete"),
        MessageStatus.STREAMING: _("Still being written"),
        MessageStatus.FAILED: _("Failed before it was complete"),
    }
    if message.status in ends:
        notes.append(ends[message.status])
    if message.error is not None:
        notes.append(explain(message.error).sentence)
    return tuple(notes)


def _first_words(message: Message) -> str:
    text = " ".join(message.text.split())
    return text if len(text) <= _QUOTED else f"{text[:_QUOTED].rstrip()}…"


def _lines(chat: Chat, messages: Sequence[Message], shown: int) -> tuple[str, ...]:
    written = {
        _model(message.receipt) for message in messages if message.receipt is not None and message.receipt.model_name
    }
    models = sorted(written)
    count = ngettext("{count} message", "{count} messages", shown).format(count=shown)
    lines = [_("{moment}, {messages}").format(moment=moment(chat.created_at), messages=count)]
    if models:
        lines.append(ngettext("Model: {names}", "Models: {names}", len(models)).format(names=listed(models)))
    return tuple(lines)
