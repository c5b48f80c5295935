"""What is left out when a conversation outgrows the context."""

from desktop_app.protocol.helper import TemplateMessage
from desktop_app.services.context import room_for_prompt, turns_to_drop


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
