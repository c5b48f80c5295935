"""The open conversation as the window knows it, without Qt."""

import random

import msgspec
import pytest

from desktop_app.domain.chats import Chat, Conversation
from desktop_app.domain.messages import Memory, Message, MessageStatus, Receipt, Role
from desktop_app.domain.parts import TextPart, ThoughtPart, ToolCallPart
from desktop_app.domain.tree import branch, can_go_on
from desktop_app.gui.conversation.conversation import OpenConversation
from desktop_app.gui.conversation.message_views import BranchViews
from tests.counting import calls
from tests.unit.domain.test_tree import TREE


def message(message_id: str, parent_id: str | None, role: Role, text: str = "", streaming: bool = False) -> Message:
    return Message(
        id=message_id,
        chat_id="chat",
        parent_id=parent_id,
        role=role,
        parts=(TextPart(text),) if text else (),
        status=MessageStatus.STREAMING if streaming else MessageStatus.COMPLETE,
        created_at=0.0,
    )


def opened(leaf: str = "a1") -> OpenConversation:
    return OpenConversation(
        Conversation(
            chat=Chat(id="chat", created_at=0.0, updated_at=0.0, leaf_id=leaf),
            messages=(
                message("q1", None, Role.USER, "Hello"),
                message("a1", "q1", Role.ASSISTANT, "Hi"),
                message("a2", "q1", Role.ASSISTANT, "Hey"),
            ),
        )
    )


def test_the_branch_ends_at_the_leaf() -> None:
    assert [shown.id for shown in opened("a2").branch] == ["q1", "a2"]


def test_a_long_chat_is_opened_with_few_calls_for_each_message() -> None:
    messages = [
        message(str(number), str(number - 1) if number else None, Role(("user", "assistant")[number % 2]))
        for number in range(1000)
    ]
    chat = Chat(id="chat", created_at=0.0, updated_at=0.0, leaf_id="999")
    read = Conversation(chat=chat, messages=tuple(messages))
    shown: list[OpenConversation] = []
    assert calls(lambda: shown.append(OpenConversation(read))) < 7 * 1000
    assert calls(shown[0].take_changes) < 30
    assert len(shown[0].branch) == 1000


def test_the_context_after_an_edited_answer_is_that_of_the_one_beside_it_with_other_words() -> None:
    wrote = Receipt(model_name="m", seed=1, prompt_tokens=100, completion_tokens=40)
    conversation = opened()
    conversation.replace(msgspec.structs.replace(message("a1", "q1", Role.ASSISTANT, "x" * 80), receipt=wrote))
    assert conversation.context_used == 140
    edited = message("a3", "q1", Role.ASSISTANT)
    conversation.add(msgspec.structs.replace(edited, parts=(TextPart("y" * 20, edited=True),)))
    assert conversation.leaf_id == "a3"
    assert conversation.context_used == 110
    conversation.remove(("a1",))
    conversation.look_at("a3")
    assert conversation.context_used is None


def test_siblings_are_counted_and_walked() -> None:
    conversation = opened()
    assert conversation.place("a2") == (1, 2)
    assert conversation.place("q1") == (0, 1)
    assert conversation.sibling("a1", 1) == "a2"
    assert conversation.sibling("a2", 1) is None
    assert conversation.sibling("a1", -1) is None


def test_the_last_message_with_other_versions_is_known_without_a_walk_along_the_branch() -> None:
    conversation = opened()
    before = "a1"
    for number in range(500):
        conversation.add(message(f"next {number}", before, Role(("user", "assistant")[number % 2])))
        before = f"next {number}"
    assert conversation.last_varied is conversation.message("a1")
    assert calls(lambda: conversation.last_varied) < 30
    conversation.add(message("other", "next 9", Role.USER))
    assert conversation.last_varied is conversation.message("other")
    conversation.remove(("other",))
    assert conversation.last_varied is conversation.message("a1")
    conversation.remove(("a2",))
    assert conversation.last_varied is None


def test_only_messages_with_siblings_have_a_place_among_them() -> None:
    conversation = opened()
    before = "a1"
    for number in range(500):
        conversation.add(message(f"next {number}", before, Role(("user", "assistant")[number % 2])))
        before = f"next {number}"
    views = list(BranchViews(conversation))
    assert [(view.sibling_index, view.sibling_count) for view in views if view.sibling_count > 1] == [(0, 2)]


def test_siblings_share_parent_and_role() -> None:
    conversation = OpenConversation(Conversation(chat=opened().chat, messages=TREE))
    assert conversation.siblings("3") == ("2", "3")
    assert conversation.siblings("6") == ("5", "6")
    assert conversation.siblings("unknown") == ()


def test_siblings_that_are_taken_back_count_no_more() -> None:
    conversation = opened()
    conversation.remove(("a2",))
    assert conversation.place("a1") == (0, 1)
    conversation.add(message("a3", "q1", Role.ASSISTANT))
    conversation.replace(message("a3", "q1", Role.ASSISTANT, "Hm"))
    assert conversation.place("a3") == (1, 2)


def test_a_new_message_continues_or_branches() -> None:
    conversation = opened()
    assert conversation.add(message("q2", "a1", Role.USER, "More"))
    assert not conversation.add(message("a3", "q1", Role.ASSISTANT, streaming=True))
    assert [shown.id for shown in conversation.branch] == ["q1", "a3"]
    assert conversation.streaming is not None
    assert conversation.streaming.id == "a3"


def test_text_that_is_known_already_is_not_added_twice() -> None:
    conversation = opened()
    conversation.add(message("a3", "q1", Role.ASSISTANT, "Once upon", streaming=True))
    assert conversation.grow("a3", "Once", 0) == ""
    assert conversation.grow("a3", " upon a", 4) == " a"
    assert conversation.grow("a3", " time", 11) == " time"
    assert conversation.grow("gone", "x", 0) == ""
    kept = conversation.message("a3")
    assert kept is not None
    assert kept.text == "Once upon a time"


def test_what_is_told_behind_a_missing_piece_waits_until_that_is_known() -> None:
    conversation = opened()
    conversation.add(message("a3", "q1", Role.ASSISTANT, "Once", streaming=True))
    assert conversation.grow("a3", " a", 9) == ""
    assert conversation.think("a3", "that", 2) == ""
    assert conversation.gaps == 2
    assert conversation.grow("a3", " time", 11) == ""
    assert conversation.gaps == 2
    read = (*(each for each in conversation.messages if each.id != "a3"),
            message("a3", "q1", Role.ASSISTANT, "Once upon a t", streaming=True))  # fmt: skip
    conversation.take_over(Conversation(chat=conversation.chat, messages=read))
    assert conversation.grow("a3", ".", 16) == "ime."
    kept = conversation.message("a3")
    assert kept is not None
    assert kept.text == "Once upon a time."
    conversation.replace(message("a3", "q1", Role.ASSISTANT, "Once upon a time."))
    assert conversation.gaps == 0


def test_what_was_told_since_a_chat_was_read_stays() -> None:
    conversation = opened()
    conversation.add(message("a3", "q1", Role.ASSISTANT, "Once", streaming=True))
    conversation.add(message("a4", "q1", Role.ASSISTANT, "So", streaming=True))
    read = Conversation(chat=conversation.chat, messages=conversation.messages)
    assert conversation.grow("a3", " upon", 4) == " upon"
    conversation.replace(message("a4", "q1", Role.ASSISTANT, "So it was."))
    conversation.add(message("q2", "a4", Role.USER, "More"))
    conversation.take_over(read)
    told = {each.id: each for each in conversation.messages}
    assert (told["a3"].text, told["a3"].status) == ("Once upon", MessageStatus.STREAMING)
    assert (told["a4"].text, told["a4"].status) == ("So it was.", MessageStatus.COMPLETE)
    assert told["q2"].text == "More"
    conversation.remove(("q2",))
    conversation.add(message("a4", "q1", Role.ASSISTANT, "So it was.", streaming=True))  # it goes on
    conversation.take_over(read)
    assert [each.id for each in conversation.all_streaming] == ["a3", "a4"]
    assert conversation.message("q2") is None
    ended = msgspec.structs.replace(read, messages=(message("a3", "q1", Role.ASSISTANT, "Once."),))
    conversation.take_over(ended)
    kept = conversation.message("a3")
    assert kept is not None
    assert kept.text == "Once."


def test_calls_keep_their_places_and_are_not_added_twice() -> None:
    call = ToolCallPart("get", "{}", "<tool_call>")
    conversation = opened()
    conversation.add(message("a3", "q1", Role.ASSISTANT, "I look.", streaming=True))
    assert conversation.think("a3", "Hm.", 0) == "Hm."
    assert conversation.call("a3", call, 0)
    assert not conversation.call("a3", call, 0)
    assert not conversation.call("gone", call, 0)
    assert conversation.grow("a3", "So.", 7) == "So."
    assert conversation.call("a3", call, 1)
    kept = conversation.message("a3")
    assert kept is not None
    assert kept.parts == (ThoughtPart("Hm."), TextPart("I look."), call, TextPart("So."), call)


def test_a_turn_that_is_taken_back_leaves_the_branch_before_it() -> None:
    conversation = opened()
    conversation.add(message("q2", "a1", Role.USER, "Too long"))
    conversation.add(message("a3", "q2", Role.ASSISTANT, streaming=True))
    conversation.remove(("q2", "a3"))
    assert [shown.id for shown in conversation.branch] == ["q1", "a1"]


def test_removing_the_only_turn_leaves_nothing() -> None:
    conversation = OpenConversation(Conversation(chat=Chat(id="chat", created_at=0.0, updated_at=0.0), messages=()))
    conversation.add(message("q", None, Role.USER, "x"))
    conversation.add(message("a", "q", Role.ASSISTANT, streaming=True))
    conversation.remove(("q", "a"))
    assert conversation.branch == ()


def test_alternatives_that_stream_leave_the_look_at_the_first() -> None:
    conversation = opened()
    for name in ("a3", "a4", "a5"):
        assert not conversation.add(message(name, "q1", Role.ASSISTANT, streaming=True))
    assert [shown.id for shown in conversation.branch] == ["q1", "a3"]
    assert conversation.place("a3") == (2, 5)
    conversation.replace(message("a3", "q1", Role.ASSISTANT, "Done"))
    assert not conversation.add(message("a6", "q1", Role.ASSISTANT, streaming=True))
    assert conversation.branch[-1].id == "a6"


def test_an_answer_that_goes_on_is_no_new_one() -> None:
    conversation = opened()
    assert not conversation.add(message("a1", "q1", Role.ASSISTANT, "Hi", streaming=True))
    assert conversation.streaming is not None
    assert conversation.place("a1") == (0, 2)
    assert conversation.grow("a1", " there", 2) == " there"


def test_a_branch_remembers_from_its_last_mark_on() -> None:
    conversation = opened()
    conversation.add(message("q2", "a1", Role.USER, "More"))
    conversation.add(message("q3", "q2", Role.USER, "More"))
    assert conversation.memory_start == (None, "")
    conversation.remember("q2", Memory(summary="They met.", context_size=512))
    assert conversation.memory_start == ("q2", "They met.")
    conversation.remember("q3", Memory(context_size=512))
    assert conversation.memory_start == ("q3", "")
    conversation.remember(None, Memory(context_size=2048))
    assert conversation.memory_start == (None, "")


def test_only_an_answer_is_the_last_answer() -> None:
    conversation = opened()
    assert conversation.last_answer is not None
    conversation.add(message("q2", "a1", Role.USER, "More"))
    assert conversation.last_answer is None


def test_families_follow_what_comes_and_goes() -> None:
    conversation = opened()
    assert conversation.has_branches
    assert conversation.siblings("a2") == ("a1", "a2")
    conversation.add(message("a3", "q1", Role.ASSISTANT, streaming=True))
    conversation.add(message("a3", "q1", Role.ASSISTANT, "again"))
    assert conversation.siblings("a1") == ("a1", "a2", "a3")
    assert [answer.id for answer in conversation.all_streaming] == []
    conversation.remove(("a3", "a2"))
    assert conversation.siblings("a1") == ("a1",)
    assert conversation.siblings("gone") == ()
    assert not conversation.has_branches
    assert not conversation.can_go_on("a1"), "it is complete"


def test_only_what_changed_is_told() -> None:
    conversation = opened()
    assert conversation.take_changes() is None, "nothing was told before"
    assert conversation.take_changes() == []
    conversation.add(message("q2", "a1", Role.USER, "More"))
    assert conversation.take_changes() == [2]
    conversation.look_at("a2")
    assert conversation.take_changes() == [1]
    conversation.add(message("q3", None, Role.USER, "Another beginning"))
    conversation.look_at("a2")
    assert conversation.take_changes() == [0, 1], "the first question is one of two now"
    conversation.replace(message("q1", None, Role.USER, "Hello again"))
    assert conversation.take_changes() == [0]


def test_a_chat_that_is_read_again_changes_only_what_is_other() -> None:
    conversation = opened()
    conversation.take_changes()
    stored = Conversation(chat=opened("a2").chat, messages=conversation.messages)
    conversation.take_over(msgspec.json.decode(msgspec.json.encode(stored), type=Conversation))
    assert [shown.id for shown in conversation.branch] == ["q1", "a2"]
    assert conversation.take_changes() == [1]
    other = (message("q1", None, Role.USER, "Hello"), message("a2", "q1", Role.ASSISTANT, "Good day"),
             message("q2", "a2", Role.USER, "More"))  # fmt: skip
    conversation.take_over(Conversation(chat=opened("q2").chat, messages=other))
    assert [(shown.id, shown.text) for shown in conversation.branch] == [
        ("q1", "Hello"),
        ("a2", "Good day"),
        ("q2", "More"),
    ]
    assert conversation.take_changes() == [1, 2]
    assert conversation.messages == other


def test_the_end_of_a_chat_becomes_the_whole_chat() -> None:
    whole = opened().messages
    end = OpenConversation(Conversation(chat=opened().chat, messages=whole[1:]))
    assert [shown.id for shown in end.branch] == ["a1"]
    end.take_changes()
    end.take_over(Conversation(chat=opened().chat, messages=whole))
    assert [shown.id for shown in end.branch] == ["q1", "a1"]
    assert end.messages == whole
    assert end.take_changes() == [0, 1]


@pytest.mark.parametrize("seed", range(20))
def test_what_is_kept_up_is_what_the_tree_says(seed: int) -> None:
    chance = random.Random(seed)
    conversation = opened()
    told: list[Message] = []
    stars: set[str] = set()
    for number in range(60):
        known = [known.id for known in conversation.messages]
        match chance.randrange(7):
            case 0 | 1 | 2:
                parent = chance.choice([*known, conversation.leaf_id, conversation.leaf_id])
                role = chance.choice((Role.USER, Role.ASSISTANT))
                conversation.add(message(f"m{number}", parent, role, "x", streaming=chance.random() < 0.2))
            case 3 if known:
                conversation.look_at(chance.choice(known))
            case 4 if known:
                ended = conversation.message(chance.choice(known))
                assert ended is not None
                changed = msgspec.structs.replace(
                    ended, status=MessageStatus.STOPPED, parts=(TextPart(f"{number}"),), starred=False
                )
                assert conversation.replace(changed).starred is ended.starred
            case 5 if chance.random() < 0.3:
                kept = tuple(each for each in conversation.messages if chance.random() < 0.9)
                leaf = chance.choice([each.id for each in kept] or [None])
                chat = msgspec.structs.replace(conversation.chat, leaf_id=leaf)
                conversation.take_over(Conversation(chat=chat, messages=kept))
            case 6 if known:
                chosen, starred = chance.choice(known), chance.random() < 0.6
                assert conversation.star(chosen, starred) is (starred is not (chosen in stars))
                stars = {*stars, chosen} if starred else stars - {chosen}
            case _:
                leaves = [name for name in known if all(other.parent_id != name for other in conversation.messages)]
                conversation.remove(tuple(chance.sample(leaves, min(1, len(leaves)))))
        tree = conversation.messages
        shown = branch(tree, conversation.leaf_id)
        assert conversation.branch == shown == tuple(conversation.upwards)[::-1]
        assert [conversation.shows(each.id) for each in tree] == [each in shown for each in tree]
        assert conversation.has_branches == (len({each.parent_id for each in tree}) < len(tree))
        stars &= {each.id for each in tree}
        assert {each.id for each in tree if each.starred} == stars
        assert conversation.all_streaming == tuple(each for each in tree if each.status is MessageStatus.STREAMING)
        for each in tree:
            assert conversation.can_go_on(each.id) == (each.id == conversation.leaf_id and can_go_on(each, tree))
        if chance.random() < 0.5:
            places = conversation.take_changes()
            if places is not None:
                same = [place for place in range(len(shown)) if place not in places]
                assert all(shown[place] is told[place] for place in same)
            told = list(shown)


class Counted(dict[str, Message]):
    """Messages that count how often one of them is asked for."""

    asked = 0

    def __getitem__(self, message_id: str) -> Message:
        self.asked += 1
        return super().__getitem__(message_id)


def test_a_long_chat_is_not_walked_for_each_change() -> None:
    conversation = opened()
    for number in range(5000):
        conversation.add(message(f"m{number}", conversation.leaf_id, Role(("user", "assistant")[number % 2]), "x"))
    conversation.take_changes()
    counted = conversation._messages = Counted(conversation._messages)
    conversation.add(message("q", "m4998", Role.USER, "Otherwise"))
    assert conversation.take_changes() == [5001]
    assert conversation.streaming is None
    assert conversation.memory_start == (None, "")
    assert conversation.has_branches
    assert next(conversation.upwards).id == "q"
    assert conversation.look_at("m4999")
    assert conversation.take_changes() == [5001]
    assert counted.asked < 10


def test_a_star_outlives_the_end_of_its_answer() -> None:
    conversation = opened()
    answer = message("a3", "q1", Role.ASSISTANT, "He", streaming=True)
    conversation.add(answer)
    conversation.take_changes()
    assert conversation.star("a3", True)
    assert conversation.take_changes() == [1]
    assert not conversation.star("a3", True)
    assert not conversation.star("nobody", True)
    assert conversation.grow("a3", "llo", 2) == "llo"
    ended = conversation.replace(message("a3", "q1", Role.ASSISTANT, "Hello"))  # as it was begun: without a star
    assert ended == conversation.message("a3")
    assert (ended.starred, ended.text, ended.status) == (True, "Hello", MessageStatus.COMPLETE)
    assert conversation.star("a3", False)
    assert not conversation.replace(message("a3", "q1", Role.ASSISTANT, "Hello")).starred
