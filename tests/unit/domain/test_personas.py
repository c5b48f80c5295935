"""Personas: their files, read with the place of every fault, and the values that cannot be used as they stand."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.domain.errors import ErrorCode, PersonaError
from desktop_app.domain.front_matter import FrontMatterError, read_front_matter
from desktop_app.domain.personas import LONGEST_PERSONA_NAME, Persona, checked_sampling, format_persona, parse_persona
from desktop_app.domain.sampling import Sampling, Thinking

FILE = """+++
name = "Sailor"
greeting = "Ahoy."
questions = ["Where to?", " ", "Why?"]
model = "Qwen3 8B"
newer = "something that a newer release added"

[sampling]
temperature = 1.2
+++

You speak like a sailor.

Briefly.
"""

line = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp", "Zs")), max_size=20)
texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r"), max_size=60).map(str.strip)


def test_a_file_is_read() -> None:
    read = parse_persona(FILE, "sailor")
    assert read.findings == ()
    assert read.persona == Persona(
        name="Sailor",
        greeting="Ahoy.",
        questions=("Where to?", "Why?"),
        model="Qwen3 8B",
        sampling={"temperature": 1.2},
        prompt="You speak like a sailor.\n\nBriefly.",
    )
    assert read.persona.sampling_over(Sampling(top_k=3)) == Sampling(top_k=3, temperature=1.2)


def test_a_name_is_no_longer_than_a_list_can_bear() -> None:
    persona = parse_persona(f'+++\nname = "{"Sailor " * 100_000}"\n+++\nHi', "sailor").persona
    assert persona.name == ("Sailor " * 100)[:LONGEST_PERSONA_NAME]


def test_a_file_without_a_head_is_a_prompt() -> None:
    assert parse_persona("\ufeffYou are terse.\r\n", "terse").persona == Persona(name="terse", prompt="You are terse.")
    assert parse_persona("", "empty").persona == Persona(name="empty")


@given(name=line.filter(bool), greeting=texts, prompt=texts,
       questions=st.lists(line.filter(bool), max_size=6).map(tuple), temperature=st.floats(0, 2))  # fmt: skip
def test_what_is_written_is_read_again(name, greeting, prompt, questions, temperature) -> None:
    persona = Persona(
        name=name, greeting=greeting, prompt=prompt, questions=questions, sampling={"temperature": temperature}
    )
    assert parse_persona(format_persona(persona), "other").persona == persona


def test_values_of_every_kind_are_written() -> None:
    changes = {"logit_bias": {"sea 🌊": 5.0}, "stop": ["END", "\n\n"], "thinking": Thinking.OFF, "seed": None}
    persona = Persona(name="a", greeting="One\n+++\ntwo", prompt="+++\nx", sampling=changes)
    read = parse_persona(format_persona(persona), "a")
    assert read.findings == ()
    del changes["seed"]
    assert read.persona == msgspec.structs.replace(persona, sampling=changes)


@pytest.mark.parametrize(
    ("text", "line_number", "words"),
    [
        ('+++\nname = "a"\n', 1, "second +++ line"),
        ('+++\nname = "a"\nquestions = ["a"\n+++\nx', 4, ""),
        ('+++\ngreeting = "a"\nname = 3\n+++\nx', 3, "name: Expected `str`"),
        ('+++\nname = "a"\n\n[sampling]\nquestions = 1\n[questions]\n+++\nx', 6, "questions"),
        ('+++\nname = "a"\nname = "b"\n+++\nx', 3, "set twice"),
    ],
)
def test_a_fault_is_told_with_its_line(text: str, line_number: int, words: str) -> None:
    with pytest.raises(PersonaError) as caught:
        parse_persona(text, "x")
    assert caught.value.code is ErrorCode.PERSONA_INVALID
    assert words in str(caught.value.info.params["problem"])
    assert abs(int(caught.value.info.params["line"]) - line_number) <= 1


def test_a_head_that_is_nested_without_end_is_refused() -> None:
    deep = "[" * 50_000 + "]" * 50_000
    with pytest.raises(FrontMatterError):
        read_front_matter(f"+++\na = {deep}\n+++\n")


@pytest.mark.parametrize(
    ("name", "value", "used", "code"),
    [
        ("temperature", 9, 2.0, ErrorCode.PERSONA_VALUE_CLAMPED),
        ("temperature", -1.5, 0.0, ErrorCode.PERSONA_VALUE_CLAMPED),
        ("top_k", 10**30, 500, ErrorCode.PERSONA_VALUE_CLAMPED),
        ("top_k", float("inf"), 500, ErrorCode.PERSONA_VALUE_CLAMPED),
        ("top_k", 2.5, 2, ErrorCode.PERSONA_VALUE_CLAMPED),
        ("temperature", float("nan"), None, ErrorCode.PERSONA_VALUE_UNUSABLE),
        ("temperature", True, None, ErrorCode.PERSONA_VALUE_UNUSABLE),
        ("temperature", "warm", None, ErrorCode.PERSONA_VALUE_UNUSABLE),
        ("order", ["top_k", "top_k"], None, ErrorCode.PERSONA_VALUE_UNUSABLE),
        ("sparkle", 3, None, ErrorCode.PERSONA_SETTING_UNKNOWN),
    ],
)
def test_values_out_of_bounds_are_brought_in_and_others_left_out(name, value, used, code) -> None:
    kept, findings = checked_sampling({name: value, "min_p": 0.1})
    assert kept == ({name: used, "min_p": 0.1} if used is not None else {"min_p": 0.1})
    assert [finding.code for finding in findings] == [code]
    assert findings[0].params["name"] == name


def test_values_that_are_no_numbers_are_kept() -> None:
    assert checked_sampling({"thinking": "off", "stop": ["END"], "temperature": 1}) == (
        {"thinking": "off", "stop": ["END"], "temperature": 1.0},
        (),
    )


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ('questions = ["Why?"', "A list has no closing bracket"),
        ('name = "Sailor', "closing quotation mark"),
        ("name Sailor", "An equals sign is missing"),
        ("name = Sailor", "without quotation marks"),
        ('name = "a"\nname = "b"', "A name is set twice"),
        ('name = "a" b', "The line goes on after its value"),
    ],
)
def test_faults_of_a_head_are_told_in_words_of_our_own(head: str, words: str) -> None:
    with pytest.raises(FrontMatterError) as caught:
        read_front_matter(f"+++\n{head}\n+++\nYou are a sailor.")
    assert words in caught.value.problem


def test_a_favoured_line_break_is_written_and_read() -> None:
    persona = Persona(name="Brief", sampling={"logit_bias": {"\n": -5.0, 'a "word"': 2.0}})
    assert parse_persona(format_persona(persona), "").persona == persona
