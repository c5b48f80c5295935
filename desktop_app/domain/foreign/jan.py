"""Chats as Jan keeps them: a folder for each, with a file about the thread and a file with a message in each line."""

from collections.abc import Iterator, Sequence

from desktop_app.domain.foreign.growing import Head, Node, grown, said
from desktop_app.domain.foreign.pieces import Tally, answer_parts, call, model_name, speaker
from desktop_app.domain.foreign.values import Values, items, key, line, moment, text, values
from desktop_app.domain.messages import MessageStatus, Role
from desktop_app.domain.moving_in import ForeignChat, Origin
from desktop_app.domain.parts import Part, TextPart, ThoughtPart

THREAD_FILE, MESSAGES_FILE = "thread.json", "messages.jsonl"
_STATES = {"stopped": MessageStatus.STOPPED, "pending": MessageStatus.INTERRUPTED, "error": MessageStatus.INTERRUPTED}


def is_jan_thread(found: object) -> bool:
    """Return whether it is what Jan writes about a thread."""
    thread = values(found)
    return isinstance(thread.get("id"), str) and (thread.get("object") == "thread" or "assistants" in thread)


def jan_chat(thread: Values, messages: Sequence[object], damaged: int = 0, fallback_at: float = 0.0) -> ForeignChat:
    """Return the chat of a thread and its messages, in their order; of its lines `damaged` could not be read.

    `fallback_at` is its time where it tells none.
    """
    tally = Tally(unknown_parts=damaged)
    assistants = [values(each) for each in items(thread.get("assistants"))]
    model = next((name for each in assistants if (name := model_name(values(each.get("model")).get("id")))), "")
    instructions = [text(each.get("instructions")).strip() for each in assistants]
    latest = {key(values(each).get("id")) or f"\0{place}": values(each) for place, each in enumerate(messages)}
    nodes: list[Node] = []
    before: str | None = None
    for own, message in latest.items():
        if message.get("role") == "system":
            instructions += [part.text for part in _spoken(message, tally) if isinstance(part, TextPart)]
            continue
        node = _node(own, before, message, model, tally)
        nodes.append(node)
        before = own
    metadata = values(thread.get("metadata"))
    title = line(thread.get("title")) or line(metadata.get("title"))
    head = Head(
        origin=Origin.JAN,
        key=key(thread.get("id")) or title,
        title=title,
        created_at=moment(thread.get("created")),
        updated_at=moment(thread.get("updated")),
        system_prompt="\n\n".join(dict.fromkeys(each for each in instructions if each)),
        pinned=metadata.get("is_favorite") is True,
        fallback_at=fallback_at,
    )
    return grown(head, nodes, tally.leftovers())


def _node(own: str, parent: str | None, message: Values, usual_model: str, tally: Tally) -> Node:
    role = speaker(message, tally)
    if role is None:
        return Node(key=own, parent=parent)
    is_answer = role is Role.ASSISTANT
    parts = said((*_files(message, tally), *_spoken(message, tally)))
    metadata = values(message.get("metadata"))
    told = (metadata.get("modelId"), values(metadata.get("model")).get("id"), metadata.get("model"))
    state = message.get("status")
    return Node(
        key=own,
        parent=parent,
        role=role,
        parts=parts or None,
        at=moment(message.get("created_at")),
        model=next((name for each in told if (name := model_name(each))), usual_model) if is_answer else "",
        status=_STATES.get(state, MessageStatus.COMPLETE)
        if is_answer and isinstance(state, str)
        else MessageStatus.COMPLETE,
    )


def _files(message: Values, tally: Tally) -> Iterator[Part]:
    for value in items(message.get("attachments")):
        attachment = values(value)
        yield tally.file(attachment.get("name") or attachment.get("file_id"))


def _spoken(message: Values, tally: Tally) -> Iterator[Part]:
    content = message.get("content")
    pieces = content if isinstance(content, list) else [{"type": "text", "text": content}]
    for value in pieces:
        piece = values(value)
        kind = piece.get("type")
        told = piece.get("text")
        written = text(told) or text(values(told).get("value"))
        if kind == "text" and message.get("role") == "assistant":
            yield from answer_parts(written)
        elif kind == "text":
            yield TextPart(written)
        elif kind == "reasoning":
            yield ThoughtPart(written)
        elif kind == "tool_call":
            tally.tool_results += "output" in piece
            yield call(piece.get("tool_name"), piece.get("input"), piece.get("tool_call_id"))
        elif kind in ("image", "image_url"):
            yield tally.image()
        else:
            yield from tally.unknown()
