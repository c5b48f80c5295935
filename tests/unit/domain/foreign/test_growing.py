"""The tree of a chat, whatever its messages name as the one before them."""

import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from desktop_app.domain.foreign.growing import Head, Node, grown, joined, said
from desktop_app.domain.messages import Role
from desktop_app.domain.moving_in import NOTHING_LEFT, ForeignChat, Origin
from desktop_app.domain.parts import TextPart, ThoughtPart
from tests.unit.domain.foreign.trees import checked, spoken

AT = 1_700_000_000.0
HEAD = Head(origin=Origin.CLAUDE, key="chat")


def node(key: str, parent: str | None = None, at: float | None = None, role: Role = Role.USER) -> Node:
    return Node(key=key, parent=parent, role=role, parts=(TextPart(key),), at=at)


def chat(*nodes: Node, head: Head = HEAD) -> ForeignChat:
    return checked(grown(head, nodes, NOTHING_LEFT))


def placed(found: ForeignChat) -> dict[str, str | None]:
    """Return the text of each message and of the one before it."""
    texts = {message.id: message.parts[0].text for message in found.messages if isinstance(message.parts[0], TextPart)}
    return {texts[message.id]: texts.get(message.parent_id or "") for message in found.messages}


def test_a_circle_is_opened_where_it_stands_first() -> None:
    found = chat(node("a", "c"), node("b", "a"), node("c", "b"), node("d", "d"), node("e", "b"))
    assert placed(found) == {"a": None, "b": "a", "c": "b", "e": "b", "d": None}
    assert found.leftovers.misplaced_messages == 2


def test_missing_parents_and_several_roots() -> None:
    found = chat(node("a"), node("b", "gone"), node("c", "b"), node("d"))
    assert placed(found) == {"a": None, "b": None, "c": "b", "d": None}
    assert found.leftovers.misplaced_messages == 1


def test_behind_a_place_that_is_lost_a_message_is_lost_once() -> None:
    lost = replace(node("h", "gone"), parts=None)
    found = chat(lost, replace(node("i", "h"), parts=None), node("a", "i"), node("b", "a"))
    assert placed(found) == {"a": None, "b": "a"}
    assert found.leftovers.misplaced_messages == 1


def test_places_without_a_message_are_passed_over() -> None:
    hidden = replace(node("h", "a"), parts=None)
    found = chat(
        node("a"),
        hidden,
        node("b", "h"),
        replace(node("x"), parts=None),
        node("c", "x"),
        head=replace(HEAD, current="h"),
    )
    assert placed(found) == {"a": None, "b": "a", "c": None}
    assert spoken(found) == [("u", "a"), ("u", "b")]


def test_children_that_stand_before_their_parents_and_are_older() -> None:
    found = chat(node("c", "b", AT), node("b", "a", AT + 50), node("a", None, AT + 100))
    assert [message.created_at for message in found.messages] == [AT + 100, AT + 50, AT]
    assert placed(found) == {"a": None, "b": "a", "c": "b"}


def test_a_long_chain_from_its_end() -> None:
    nodes = [node(f"{place}", f"{place - 1}" if place else None, AT + place) for place in range(20_000)]
    random.Random(1).shuffle(nodes)
    found = chat(*nodes)
    assert len(spoken(found)) == 20_000


def test_without_any_time_it_has_that_of_its_file_and_the_same_ids() -> None:
    nodes = (node("a"), node("b", "a"), node("c", "a"))
    one, other = (chat(*nodes, head=replace(HEAD, fallback_at=at)) for at in (AT, AT + 1000))
    assert [message.id for message in one.messages] == [message.id for message in other.messages]
    assert AT <= one.messages[0].created_at < one.messages[2].created_at < AT + 1
    assert one.chat.created_at == AT


def test_a_chat_without_messages() -> None:
    found = chat()
    assert found.messages == ()
    assert (found.chat.title, found.chat.created_at) == ("", 0.0)


def test_steps_are_joined_over_hidden_places() -> None:
    answer = Role.ASSISTANT
    nodes = [node("q"), node("a", "q", role=answer), replace(node("h", "a"), parts=None), node("b", "h", role=answer)]
    found = chat(*joined([*nodes, node("c", "b", role=answer), node("r", "c")]), head=replace(HEAD, current="b"))
    assert spoken(found) == [("u", "q"), ("a", "a\n\nb\n\nc"), ("u", "r")]


def test_thoughts_come_first_and_as_one() -> None:
    parts = said([TextPart("a"), ThoughtPart("x", 1.0), TextPart(""), TextPart("b"), ThoughtPart("", 2.0)])
    assert parts == (ThoughtPart("x", 3.0), TextPart("a\n\nb"))
    assert said([ThoughtPart("", 3.0), TextPart("")]) == ()


KEYS = st.sampled_from(["a", "b", "c", "d", "e", "f", "\0", "é", "\ud800"])
TIMES = st.none() | st.floats(946_684_800, 4_102_444_800)
NODES = st.builds(
    Node,
    key=KEYS,
    parent=st.none() | KEYS,
    role=st.sampled_from([Role.USER, Role.ASSISTANT]),
    parts=st.none() | st.just((TextPart("words"),)),
    at=TIMES,
    model=st.sampled_from(["", "m"]),
)


@given(st.lists(NODES, max_size=12), st.none() | KEYS, TIMES, TIMES, st.booleans())
def test_whatever_names_whatever_it_is_a_tree(
    nodes: list[Node], current: str | None, created_at: float | None, updated_at: float | None, are_steps: bool
) -> None:
    head = replace(HEAD, current=current, created_at=created_at, updated_at=updated_at)
    found = checked(grown(head, joined(nodes) if are_steps else nodes, NOTHING_LEFT))
    if not are_steps:
        first = {node.key: node for node in reversed(nodes)}
        assert len(found.messages) == sum(node.parts is not None for node in first.values())
    assert grown(head, joined(nodes) if are_steps else nodes, NOTHING_LEFT) == found
