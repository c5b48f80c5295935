"""What a model receives: the parts of a prompt and the places of its tokens."""

import pytest

from desktop_app.domain.received import Part, PartKind, Received, Token, parts_of_prompt, read_tokens

TURNS = (("system", "Be terse."), ("user", "Hello"), ("assistant", "Hello"), ("user", "Hello again"))
PROMPT = "<s>system Be terse.</s><s>user Hello</s><s>assistant Hello</s><s>user Hello again</s><s>assistant"


def kinds(parts: tuple[Part, ...]) -> list[tuple[PartKind, str]]:
    return [(part.kind, PROMPT[part.start : part.end]) for part in parts]


def test_turns_are_found_in_their_order_and_all_else_is_the_templates() -> None:
    parts = parts_of_prompt(PROMPT, TURNS)
    assert "".join(text for _kind, text in kinds(parts)) == PROMPT
    assert [pair for pair in kinds(parts) if pair[0] is not PartKind.TEMPLATE] == [
        (PartKind.SYSTEM, "Be terse."),
        (PartKind.QUESTION, "Hello"),
        (PartKind.ANSWER, "Hello"),
        (PartKind.QUESTION, "Hello again"),
    ]


def test_what_a_template_changed_counts_as_the_templates() -> None:
    parts = parts_of_prompt("BE TERSE. Hello", (("system", "Be terse."), ("user", " Hello \n"), ("user", "")))
    assert [(part.kind, part.start) for part in parts] == [(PartKind.TEMPLATE, 0), (PartKind.QUESTION, 10)]
    assert parts_of_prompt("", TURNS) == ()


def test_a_role_that_is_not_known_is_the_templates() -> None:
    assert [part.kind for part in parts_of_prompt("a tool's answer", (("tool", "tool"),))] == [PartKind.TEMPLATE] * 3


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_a_character_in_several_tokens_belongs_to_the_one_that_completes_it(cut: int) -> None:
    lamp = "💡".encode()
    text, tokens = read_tokens((7, 8, 9), (b"a" + lamp[:cut], lamp[cut:], b"<|end|>"), (False, False, True))
    assert text == "a💡<|end|>"
    assert tokens == (Token(7, 0, 1, False), Token(8, 1, 2, False), Token(9, 2, 9, True))


def test_bytes_that_are_no_text_are_shown_all_the_same() -> None:
    text, tokens = read_tokens((1, 2), (b"\xff", b"\xf0\x9f"), (False, False))
    assert text == "\ufffd\ufffd"
    assert [token.end for token in tokens] == [1, 2]


def test_counts_are_tokens_by_part_and_control_tokens_are_the_templates() -> None:
    pieces = [b"<s>", b"system", b" ", b"Be", b" terse", b".", b"</s>"]
    text, tokens = read_tokens(range(7), pieces, [piece in (b"<s>", b"</s>") for piece in pieces])
    received = Received(text=text, parts=parts_of_prompt(text, TURNS[:1]), tokens=tokens)
    assert received.counts() == {PartKind.SYSTEM: 3, PartKind.TEMPLATE: 4}
    assert sum(received.counts().values()) == len(tokens)
    without = Received(text=text, parts=received.parts)
    assert without.counts() == {PartKind.SYSTEM: len("Be terse."), PartKind.TEMPLATE: len("<s>system </s>")}
    assert Received(text="", parts=(), tokens=()).counts() == {}
