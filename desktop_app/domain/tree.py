"""The conversation as a tree: branches and leaves, as pure functions."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from desktop_app.domain.errors import ErrorCode, StorageError
from desktop_app.domain.messages import FinishReason, Message, MessageStatus, Role


class InTree(Protocol):
    """What names the one before it."""

    @property
    def id(self) -> str:
        """Its own name."""

    @property
    def parent_id(self) -> str | None:
        """The name of the one before it, if any."""


def branch(messages: Iterable[Message], leaf_id: str | None) -> tuple[Message, ...]:
    """Return the path from the root to `leaf_id`, root first; empty where the leaf is unknown."""
    by_id = {message.id: message for message in messages}
    path: list[Message] = []
    current = by_id.get(leaf_id) if leaf_id is not None else None
    while current is not None:
        path.append(current)
        current = by_id.get(current.parent_id) if current.parent_id is not None else None
    return tuple(reversed(path))


def below(messages: Iterable[Message], message_id: str) -> tuple[str, ...]:
    """Return the id of a message and of all that hang on it, in the order of creation; empty where it is unknown."""
    found: dict[str, None] = {}
    for message in messages:
        if message.id == message_id or message.parent_id in found:
            found[message.id] = None
    return tuple(found)


def leaf_without(messages: Sequence[Message], leaf_id: str | None, message_id: str) -> str | None:
    """Return where a branch that ended at `leaf_id` ends once a message is gone, with all that hang on it.

    That is a leaf below the version before it, or else after it, or what it hung on; None where nothing is left.
    """
    gone = set(below(messages, message_id))
    if leaf_id not in gone:
        return leaf_id
    old = next(message for message in messages if message.id == message_id)
    family = [each.id for each in messages if (each.parent_id, each.role) == (old.parent_id, old.role)]
    place = family.index(message_id)
    nearest = next(iter((*reversed(family[:place]), *family[place + 1 :])), None)
    return latest_leaf([each for each in messages if each.id not in gone], nearest) if nearest else old.parent_id


def message_of(messages: Iterable[Message], message_id: str) -> Message:
    """Return one message; raises StorageError MESSAGE_NOT_FOUND where it was taken away meanwhile."""
    for message in messages:
        if message.id == message_id:
            return message
    raise StorageError(ErrorCode.MESSAGE_NOT_FOUND, message_id)


def can_go_on(answer: Message, messages: Iterable[Message]) -> bool:
    """Return whether `answer` ended before it was complete, has text to go on from, and ends its branch."""
    return ended_early(answer) and all(message.parent_id != answer.id for message in messages)


def ended_early(answer: Message) -> bool:
    """Return whether an answer has something in it and was cut: by a person, a fault, or its length."""
    if answer.role is not Role.ASSISTANT or not answer.parts:
        return False
    if answer.status is MessageStatus.COMPLETE:
        return answer.receipt is not None and answer.receipt.finish_reason is FinishReason.LENGTH
    return answer.status is not MessageStatus.STREAMING


def latest_leaf(messages: Sequence[InTree], message_id: str) -> str:
    """Return the leaf below `message_id` that is reached by always taking the newest child."""
    newest_child: dict[str, InTree] = {}
    for message in messages:
        if message.parent_id is not None:
            kept = newest_child.get(message.parent_id)
            if kept is None or message.id > kept.id:
                newest_child[message.parent_id] = message
    current = message_id
    while (child := newest_child.get(current)) is not None:
        current = child.id
    return current
