"""Chats as Claude exports them: a list of messages, each a list of blocks; newer ones name the message before them."""

from collections.abc import Iterator

from desktop_app.domain.foreign.growing import Head, Node, grown, said
from desktop_app.domain.foreign.pieces import Tally, call, code, document, model_name
from desktop_app.domain.foreign.values import Values, items, key, line, moment, seconds, text, values
from desktop_app.domain.messages import Role
from desktop_app.domain.moving_in import ForeignChat, Origin
from desktop_app.domain.parts import Part, TextPart, ThoughtPart

_ROOT = "00000000-0000-4000-8000-000000000000"
"""What the first message names as the one before it."""
_ROLES = {"human": Role.USER, "assistant": Role.ASSISTANT}
_UNSHOWN = ("token_budget", "flag")


def is_claude(found: Values) -> bool:
    """Return whether it is a chat of Claude's."""
    return isinstance(found.get("chat_messages"), list)


def claude_chat(found: Values, fallback_at: float = 0.0) -> ForeignChat:
    """Return the chat; `fallback_at` is its time where it tells none."""
    tally = Tally()
    model = model_name(found.get("model")) or "Claude"
    nodes: list[Node] = []
    before: str | None = None
    for place, value in enumerate(items(found.get("chat_messages"))):
        message = values(value)
        own = key(message.get("uuid")) or f"\0{place}"
        parent = key(message.get("parent_message_uuid"))
        parent = before if parent is None else (None if parent == _ROOT else parent)
        nodes.append(_node(message, own, parent, model, tally))
        before = own
    head = Head(
        origin=Origin.CLAUDE,
        key=key(found.get("uuid")) or "\n".join(node.key for node in nodes[:4]),
        title=line(found.get("name")),
        created_at=moment(found.get("created_at")),
        updated_at=moment(found.get("updated_at")),
        current=key(found.get("current_leaf_message_uuid")),
        pinned=found.get("is_starred") is True,
        fallback_at=fallback_at,
    )
    return grown(head, nodes, tally.leftovers())


def _node(message: Values, own: str, parent: str | None, model: str, tally: Tally) -> Node:
    sender = message.get("sender")
    role = _ROLES.get(sender) if isinstance(sender, str) else None
    if role is None:
        tally.unknown()
        return Node(key=own, parent=parent)
    parts = said((*_files(message, tally), *_spoken(message, tally)))
    at = moment(message.get("created_at"))
    return Node(key=own, parent=parent, role=role, parts=parts or None, at=at, model=model)


def _files(message: Values, tally: Tally) -> Iterator[Part]:
    """Give what went along with a message: texts with what is in them, and the names of all else."""
    for value in items(message.get("attachments")):
        attachment = values(value)
        yield tally.file(attachment.get("file_name"), attachment.get("extracted_content"))
    for value in items(message.get("files")):
        file = values(value)
        kept = tally.image if file.get("file_kind") == "image" else tally.file
        yield kept(file.get("file_name"))


def _spoken(message: Values, tally: Tally) -> Iterator[Part]:
    blocks = items(message.get("content"))
    if not blocks:
        yield TextPart(text(message.get("text")))
        return
    for value in blocks:
        yield from _block(values(value), tally)


def _block(block: Values, tally: Tally) -> Iterator[Part]:
    kind = block.get("type")
    if kind == "text":
        yield TextPart(text(block.get("text")))
    elif kind == "thinking":
        begun, ended = moment(block.get("start_timestamp")), moment(block.get("stop_timestamp"))
        took = ended - begun if begun is not None and ended is not None else 0.0
        yield ThoughtPart(text(block.get("thinking")), seconds(took))
    elif kind == "tool_use":
        yield from _called(block)
    elif kind == "tool_result":
        tally.tool_results += 1
    elif kind == "image":
        yield tally.image(block.get("file_name"))
    elif kind not in _UNSHOWN:
        yield from (TextPart(text(block.get("text"))),) if text(block.get("text")) else tally.unknown()


def _called(block: Values) -> Iterator[Part]:
    """Give the call of a tool; of what was written or run by one, the text or the code itself."""
    given = values(block.get("input"))
    if block.get("name") == "artifacts" and text(given.get("content")):
        is_prose = given.get("type") == "text/markdown"
        yield from document(given.get("title"), given["content"], given.get("language"), is_prose=is_prose)
    elif text(given.get("file_text")):
        yield from document(given.get("path"), given["file_text"])
    elif list(given) == ["code"]:
        yield code(given["code"])
    else:
        yield call(block.get("name"), given, block.get("id"))
