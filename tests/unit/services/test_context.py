"""What is left out when a conversation outgrows the context, and what stands for it."""

from desktop_app.domain.summaries import clean_summary
from desktop_app.protocol.helper import TemplateMessage
from desktop_app.services.requests.context import (
    SUMMARY_INTRODUCTION,
    pieces,
    remembered_turns,
    room_for_prompt,
    turns_to_drop,
)
from desktop_app.services.requests.requests import Turn

SYSTEM = Turn("system", "Be kind.")
TALK = (Turn("user", "a" * 10), Turn("assistant", "b" * 10), Turn("user", "c" * 10), Turn("assistant", "d" * 10))


def turns(*lengths: int, system: bool = False) -> list[TemplateMessage]:
    made = [TemplateMessage("system", "s" * 10)] if system else []
    roles = ("user", "assistant")
    made.extend(TemplateMessage(roles[index % 2], "x" * length) for index, length in enumerate(lengths))
    return made


def test_whole_turns_go_until_half_is_left() -> None:
    conversation = turns(100, 100, 100, 100, 100, 100, 100)
    assert turns_to_drop(conversation, prompt_tokens=700, context_size=700) == 4


def test_what_is_left_begins_with_a_question() -> None:
    dropped = turns_to_drop(turns(10, 400, 10, 10, 10), prompt_tokens=440, context_size=400)
    assert dropped == 2


def test_the_system_prompt_and_the_last_question_stay() -> None:
    conversation = turns(100, 100, 5000, system=True)
    assert turns_to_drop(conversation, prompt_tokens=5210, context_size=500) == 2
    assert turns_to_drop(turns(5000), prompt_tokens=5000, context_size=500) == 0


def test_room_is_kept_for_the_answer() -> None:
    assert room_for_prompt(8192, 1024) == 7168
    assert room_for_prompt(400, 1024) == 300


def test_a_summary_ends_the_system_prompt() -> None:
    turns = remembered_turns((SYSTEM, *TALK), 2, "They met.")
    assert turns == (Turn("system", f"Be kind.\n\n{SUMMARY_INTRODUCTION}\nThey met."), *TALK[2:])


def test_without_a_system_prompt_it_begins_the_first_turn() -> None:
    turns = remembered_turns(TALK, 2, "They met.")
    assert turns == (Turn("user", f"{SUMMARY_INTRODUCTION}\nThey met.\n\n{'c' * 10}"), TALK[3])


def test_nothing_dropped_is_nothing_changed() -> None:
    assert remembered_turns((SYSTEM, *TALK), 0, "") == (SYSTEM, *TALK)


def test_pieces_begin_with_questions_and_hold_what_fits() -> None:
    assert pieces(TALK, 100) == [4]
    assert pieces(TALK, 25) == [2, 4]
    assert pieces(TALK, 1) == [2, 4]
    assert pieces((), 10) == []


def test_a_cut_summary_ends_with_a_whole_sentence() -> None:
    assert clean_summary("They met at 2.5 knots. Then they", is_cut=True) == "They met at 2.5 knots."
    assert clean_summary("They met. Then they", is_cut=False) == "They met. Then they"
    assert clean_summary("They met at 2.5 and", is_cut=True) == "They met at 2.5 and"
    assert clean_summary("他们见面了。然后", is_cut=True) == "他们见面了。"


def test_a_thought_is_no_summary() -> None:
    assert (
        clean_summary("<think>Hm.\n</think>\n\n They met.\n\n\n\nThen they parted. ", is_cut=False)
        == "They met.\n\nThen they parted."
    )
    assert clean_summary("<think>I should say that they met", is_cut=False) == ""
