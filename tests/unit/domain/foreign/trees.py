"""What holds of every chat that comes from another app, whatever its export looked like."""

import msgspec

from desktop_app.domain.chat_file import SavedMessage
from desktop_app.domain.messages import Role
from desktop_app.domain.moving_in import ForeignChat, summary
from desktop_app.domain.parts import FilePart, Part, TextPart, ThoughtPart

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(ForeignChat).decode


def checked(found: ForeignChat) -> ForeignChat:
    """Return a chat that can be told to another process, and is a tree whose ids sort as it grew."""
    assert _decode(_encode(found)) == found
    known: dict[str, SavedMessage] = {}
    parents = {message.parent_id for message in found.messages}
    for message in found.messages:
        assert len(message.id) == 32
        assert message.id not in known
        assert message.parts
        if message.parent_id is not None:
            assert known[message.parent_id].id < message.id
        known[message.id] = message
    if known:
        assert found.chat.leaf_id in known
        assert found.chat.leaf_id not in parents
    else:
        assert found.chat.leaf_id is None
    assert found.chat.messages == ()
    assert found.chat.updated_at >= found.chat.created_at
    told = summary(found)
    assert told.messages == len(known)
    assert told.branches == len(set(known) - parents)
    return found


def spoken(found: ForeignChat, leaf: str | None = None) -> list[tuple[str, str]]:
    """Return who says what on the branch that is shown, or that `leaf` ends: the marks T and F set thoughts and files apart."""
    known = {message.id: message for message in found.messages}
    path: list[SavedMessage] = []
    current = leaf or found.chat.leaf_id
    while current is not None:
        path.append(known[current])
        current = known[current].parent_id
    return [(_letter(message.role), "".join(_plain(part) for part in message.parts)) for message in reversed(path)]


def _letter(role: Role) -> str:
    return {Role.USER: "u", Role.ASSISTANT: "a", Role.SYSTEM: "s"}[role]


def _plain(part: Part) -> str:
    if isinstance(part, TextPart):
        return part.text
    if isinstance(part, ThoughtPart):
        return f"T({part.text})"
    return f"F({part.name}: {part.text})" if isinstance(part, FilePart) else f"C({part.name}: {part.arguments})"


def models(found: ForeignChat) -> tuple[str, ...]:
    """Return the names of the models that answered."""
    return summary(found).models
