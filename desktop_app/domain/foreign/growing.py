"""Makes the tree of a chat from messages that each name the one before them, whatever they name."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from desktop_app.domain.chat_file import SavedChat, SavedMessage
from desktop_app.domain.foreign.values import LAST_MOMENT
from desktop_app.domain.messages import MessageStatus, Receipt, Role
from desktop_app.domain.moving_in import ForeignChat, Leftovers, Origin
from desktop_app.domain.parts import Part, TextPart, ThoughtPart, words
from desktop_app.domain.titles import LONGEST_OWN_TITLE, title_from_question
from desktop_app.domain.tree import latest_leaf

STEP = 1_000
"""Nanoseconds that a message is younger at least than the one before it, so that ids sort as the tree grows."""
NOBODYS_TITLES = {"new chat", "new thread", "unnamed chat", "untitled", "untitled chat"}
"""What the other apps call chats that have no title yet."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """A message as another app has it; `parts` are None for a node that only holds a place in the tree.

    `parent` may name anything. `at` is Unix time in seconds, None where it is not known. `receipt` says more about an
    answer than its `model`, where more is known.
    """

    key: str
    parent: str | None
    role: Role = Role.USER
    parts: tuple[Part, ...] | None = None
    at: float | None = None
    model: str = ""
    status: MessageStatus = MessageStatus.COMPLETE
    receipt: Receipt | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """What is known of a chat beside its messages; `current` names the message that was looked at last.

    `fallback_at` is when it may have been, where nothing in it tells.
    """

    origin: Origin
    key: str
    title: str = ""
    created_at: float | None = None
    updated_at: float | None = None
    system_prompt: str = ""
    current: str | None = None
    pinned: bool = False
    fallback_at: float = 0.0


def grown(head: Head, nodes: Sequence[Node], leftovers: Leftovers) -> ForeignChat:
    """Return the chat; messages without a place begin branches of their own, and none is twice in it."""
    known: dict[str, Node] = {}
    for node in nodes:
        known.setdefault(node.key, node)
    parents, misplaced = _kept_parents(known)
    order = _behind_parents(known, parents)
    begun_at = head.created_at
    if begun_at is None:
        begun_at = min((node.at for node in known.values() if node.at is not None), default=None)
    stamps = _stamps(order, parents, known, int((begun_at or 0.0) * 1e9))
    order.sort(key=stamps.__getitem__)
    chat_id = _id(int((begun_at or 0.0) * 1e9), head.origin, head.key)
    ids = {key: _id(stamps[key], chat_id, key) for key in order}
    shift = head.fallback_at if begun_at is None else 0.0
    messages = tuple(_message(known[key], ids, parents[key], stamps[key] / 1e9 + shift) for key in order)
    chat = _chat(head, chat_id, messages, _leaf(head.current, known, ids), (begun_at or 0.0) + shift)
    return ForeignChat(
        origin=head.origin, chat=chat, messages=messages, leftovers=leftovers + Leftovers(misplaced_messages=misplaced)
    )


def _kept_parents(known: Mapping[str, Node]) -> tuple[dict[str, str | None], int]:
    """Return for each message the nearest one before it that is a message too, and how many had no place.

    A circle is opened before the one of it that is come upon first.
    """
    above: dict[str, str | None] = {}  # of each node: itself where it is a message, else the nearest one before it
    parents: dict[str, str | None] = {}
    adrift: set[str] = set()
    misplaced = 0
    for begin in known:
        for key in _way_up(begin, known, above):
            node = known[key]
            nearest = above.get(node.parent) if node.parent is not None else None
            is_lost = node.parent is not None and (node.parent not in above or node.parent in adrift)
            if node.parts is not None:
                parents[key] = nearest
                misplaced += is_lost
                nearest = key
            elif is_lost:
                adrift.add(key)
            above[key] = nearest
    return parents, misplaced


def _way_up(begin: str, known: Mapping[str, Node], above: Mapping[str, str | None]) -> list[str]:
    """Return the nodes from `begin` up to one that is in `above` or has none before it, the uppermost first."""
    if begin in above:
        return []
    way: dict[str, None] = {}
    current: str | None = begin
    while current is not None and current in known and current not in above and current not in way:
        way[current] = None
        current = known[current].parent
    if current is not None and current in way:
        del way[current]
        way[current] = None
    return list(way)[::-1]


def _behind_parents(known: Mapping[str, Node], parents: Mapping[str, str | None]) -> list[str]:
    """Return the messages, each behind its parent, and else in the order of the file."""
    children: dict[str | None, list[str]] = {}
    for key in known:
        if key in parents:
            children.setdefault(parents[key], []).append(key)
    order: list[str] = []
    left = children.get(None, [])[::-1]
    while left:
        key = left.pop()
        order.append(key)
        left += children.get(key, [])[::-1]
    return order


def _stamps(
    order: Iterable[str], parents: Mapping[str, str | None], known: Mapping[str, Node], begun_at: int
) -> dict[str, int]:
    """Return the time of each message in nanoseconds: its own, but later than that of the one before it.

    One that tells none is as much later as it has siblings before it, so that these stay in their order.
    """
    stamps: dict[str, int] = {}
    siblings: dict[str | None, int] = {}
    for key in order:
        parent = parents[key]
        place = siblings[parent] = siblings.get(parent, 0) + 1
        before = stamps[parent] if parent is not None else begun_at
        own = known[key].at
        earliest = before + STEP * (place if own is None else 1)
        stamps[key] = max(earliest, int(own * 1e9)) if own is not None else earliest
    return stamps


def _id(stamp: int, *names: str) -> str:
    """Return an id in our shape that is the same each time: the time, then what follows from the names."""
    digest = hashlib.sha256("\0".join(names).encode("utf-8", "surrogatepass")).hexdigest()
    return f"{min(stamp, int(LAST_MOMENT * 1e9) * 2):016x}{digest[:16]}"


def _message(node: Node, ids: Mapping[str, str], parent: str | None, at: float) -> SavedMessage:
    receipt = node.receipt
    if receipt is None and node.role is Role.ASSISTANT and node.model:
        receipt = Receipt(model_name=node.model, made_at=node.at or 0.0)
    return SavedMessage(
        id=ids[node.key],
        parent_id=ids[parent] if parent is not None else None,
        role=node.role,
        status=node.status,
        created_at=node.at if node.at is not None else at,
        parts=node.parts or (),
        receipt=receipt,
    )


def _leaf(current: str | None, known: Mapping[str, Node], ids: Mapping[str, str]) -> str | None:
    """Return the id of the nearest message at or before `current`."""
    seen: set[str] = set()
    while current is not None and current in known and current not in ids and current not in seen:
        seen.add(current)
        current = known[current].parent
    return ids.get(current) if current is not None else None


def _chat(
    head: Head, chat_id: str, messages: Sequence[SavedMessage], leaf_id: str | None, created_at: float
) -> SavedChat:
    if leaf_id is None and messages:
        leaf_id = messages[-1].id
    own_title = head.title if head.title.casefold() not in NOBODYS_TITLES else ""
    title = own_title or title_from_question(_first_question(messages)) or head.title
    last_at = max((message.created_at for message in messages), default=created_at)
    return SavedChat(
        id=chat_id,
        title=title[:LONGEST_OWN_TITLE],
        title_is_own=bool(own_title),
        created_at=created_at,
        updated_at=max(created_at, head.updated_at if head.updated_at is not None else last_at),
        pinned=head.pinned,
        leaf_id=latest_leaf(messages, leaf_id) if leaf_id is not None else None,
        system_prompt=head.system_prompt,
    )


def _first_question(messages: Iterable[SavedMessage]) -> str:
    texts = (words(message.parts)[:2000] for message in messages if message.role is Role.USER)
    return next((found for found in texts if found.strip()), "")


def joined(nodes: Sequence[Node]) -> list[Node]:
    """Return the nodes with what follows an answer, and is a part of it, put together with it.

    Apps that write down each step of an answer as a message of its own have chains of them; where one has several
    next ones, these stay messages.
    """
    known: dict[str, Node] = {}
    for node in nodes:
        known.setdefault(node.key, node)
    parents, _misplaced = _kept_parents(known)
    children = Counter(parents.values())
    firsts: dict[str, str] = {}
    answers: dict[str, list[Node]] = {}
    for key in _behind_parents(known, parents):
        parent = parents[key]
        is_step = known[key].role is Role.ASSISTANT and parent in firsts and children[parent] == 1
        if known[key].role is Role.ASSISTANT:
            firsts[key] = firsts[parent] if is_step and parent is not None else key
            answers.setdefault(firsts[key], []).append(known[key])
    return [_joined(node, firsts, answers) for node in known.values()]


def _joined(node: Node, firsts: Mapping[str, str], answers: Mapping[str, Sequence[Node]]) -> Node:
    """Return a node with its steps, without its parts where it is one of those, or as it is."""
    steps = answers.get(node.key, ())
    if node.key in firsts and firsts[node.key] != node.key:
        return replace(node, parts=None)
    if not steps:
        return node
    model = next((step.model for step in reversed(steps) if step.model), "")
    parts = said(part for step in steps for part in step.parts or ())
    return replace(node, parts=parts or None, model=model, status=steps[-1].status)


def said(pieces: Iterable[Part]) -> tuple[Part, ...]:
    """Return parts without empty ones: all thoughts as one in front, and texts that follow each other as one."""
    thoughts: list[ThoughtPart] = []
    runs: list[Part | list[str]] = []
    for piece in pieces:
        if isinstance(piece, ThoughtPart):
            thoughts.append(piece)
        elif not isinstance(piece, TextPart):
            runs.append(piece)
        elif piece.text:
            if not runs or not isinstance(runs[-1], list):
                runs.append([])
            run = runs[-1]
            assert isinstance(run, list)
            run.append(piece.text)
    rest = [TextPart("\n\n".join(run)) if isinstance(run, list) else run for run in runs]
    thought = "\n\n".join(part.text for part in thoughts if part.text)
    return (ThoughtPart(thought, sum(part.seconds for part in thoughts)), *rest) if thought else tuple(rest)
