"""What is read from a prompt and its tokens when a chat template is checked."""

from pathlib import Path

import pytest

from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.protocol.engine import Pieces
from desktop_app.services.engines.template_checks import (
    ANSWER,
    NEXT_QUESTION,
    SAMPLE,
    TemplateMemory,
    ends_turn,
    lost_text,
    reads_back,
)

WHOLE = "\n".join(turn.content for turn in SAMPLE)


def read(*pieces: str) -> Pieces:
    """Return pieces of which those in angle brackets end an answer."""
    return Pieces(
        request_id="r",
        tokens=tuple(range(len(pieces))),
        pieces=tuple(piece.encode() for piece in pieces),
        ends=tuple(piece.startswith("<") for piece in pieces),
    )


def test_lost_text() -> None:
    assert lost_text(SAMPLE, WHOLE) is None
    assert lost_text(SAMPLE, WHOLE.replace(SAMPLE[0].content, "")) is ErrorCode.TEMPLATE_LOSES_SYSTEM
    assert lost_text(SAMPLE, WHOLE.replace(ANSWER, "")) is ErrorCode.TEMPLATE_LOSES_TEXT
    assert lost_text(SAMPLE, "") is ErrorCode.TEMPLATE_LOSES_TEXT


@pytest.mark.parametrize(
    ("pieces", "same"),
    [
        (("<s>", "Hello", " you"), True),
        (("<s>", " Hello", " you"), True),
        (("<s>", "Hello"), False),
        (("<s>", "Hello", " <unk>"), False),
    ],
)
def test_a_prompt_is_read_back(pieces: tuple[str, ...], same: bool) -> None:
    assert reads_back("<s>\nHello you", read(*pieces)) == same


@pytest.mark.parametrize(
    ("pieces", "ends"),
    [
        (("u", ANSWER[:5], ANSWER[5:], "<end>", NEXT_QUESTION), True),
        (("u", ANSWER, "\n", "<end>", NEXT_QUESTION), True),
        (("u", "<end>", ANSWER, NEXT_QUESTION, "<end>"), False),
        ((ANSWER, "<end>", "example", ANSWER, NEXT_QUESTION), False),
        (("<end>", NEXT_QUESTION), True),  # the answer is not there, which is found otherwise
        ((ANSWER, "<end>"), True),
    ],
)
def test_an_answer_is_ended(pieces: tuple[str, ...], ends: bool) -> None:
    assert ends_turn(read(*pieces), NEXT_QUESTION) == ends


def test_an_answer_that_nothing_follows() -> None:
    assert ends_turn(read("u", ANSWER, "<end>", "\n"))
    assert not ends_turn(read("u", ANSWER, "\n"))


def test_the_memory_outlives_a_damaged_file(tmp_path: Path) -> None:
    file = tmp_path / "data/templates.json"
    finding = ErrorInfo(ErrorCode.TEMPLATE_NO_END, {"model": "Tiny"})
    memory = TemplateMemory(file)
    assert memory.of("a") is None
    memory.remember("a", (finding,))
    memory.remember("b", ())
    assert TemplateMemory(file).of("a") == (finding,)
    assert TemplateMemory(file).of("b") == ()
    file.write_text("{")
    assert memory.of("a") is None
    memory.remember("b", ())
    assert memory.of("b") == ()
