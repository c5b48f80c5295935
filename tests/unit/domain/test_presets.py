"""Sampling presets: what they change and leave alone, and how those of another release are read."""

import json

import msgspec
import pytest

from desktop_app.domain.presets import (
    Preset,
    PresetUnreadableError,
    Repairs,
    applied,
    built_in,
    clean_name,
    is_in_force,
    preset_of,
    read_preset,
    repaired,
    written_preset,
)
from desktop_app.domain.sampling import Sampling, Thinking

OWN = {"max_tokens": 99, "seed": 7, "thinking": Thinking.OFF}
TYPED = {"stop": ("END",), "grammar": 'root ::= "a"', "logit_bias": {"a": 2.0}}


@pytest.mark.parametrize("preset", built_in(), ids=lambda preset: preset.name)
def test_a_preset_leaves_the_persons_own_alone(preset: Preset) -> None:
    changed = applied(preset, Sampling(temperature=0.35, mirostat=2, **OWN, **TYPED))
    assert changed == msgspec.convert({**OWN, **TYPED, **preset.changes}, Sampling)
    assert is_in_force(preset, changed)
    assert [other.name for other in built_in() if is_in_force(other, changed)] == [preset.name]


def test_what_is_saved_brings_the_same_values_back() -> None:
    mine = Sampling(temperature=0.35, order=("temperature", "top_k"), dry_breakers=("\n",), **OWN, **TYPED)
    saved = preset_of("Mine", mine)
    assert set(saved.changes) == {"temperature", "order", "dry_breakers", "stop", "grammar", "logit_bias"}
    assert applied(saved, Sampling(**OWN)) == mine
    again, repairs = read_preset(written_preset(saved))
    assert (again, repairs) == (saved, Repairs())


def test_what_another_release_wrote_is_clamped_or_left_out() -> None:
    changes, repairs = repaired(
        {
            "temperature": 7,
            "top_k": -3,
            "min_p": float("inf"),
            "top_p": float("nan"),
            "typical_p": "much",
            "repeat_penalty": True,
            "order": ["top_k", "top_k"],
            "stop": [""],
            "unheard_of": 1,
            "seed": 4,
            "xtc_probability": 0.25,
        }
    )
    assert changes == {"temperature": 2.0, "top_k": 0, "min_p": 1.0, "xtc_probability": 0.25}
    assert isinstance(changes["top_k"], int)
    assert repairs.clamped == ("temperature", "top_k", "min_p")
    assert set(repairs.dropped) == {"top_p", "typical_p", "repeat_penalty", "order", "stop", "unheard_of", "seed"}
    assert isinstance(applied(Preset("x", changes), Sampling()), Sampling)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"\xff\xfe", b'{"name": "x"}', b'{"sampling": {}}', b"[" * 100_000, b'{"inglenook_preset": 1}'],
)
def test_what_is_no_preset_is_refused(content: bytes) -> None:
    with pytest.raises(PresetUnreadableError):
        read_preset(content)


def test_a_file_of_a_newer_release_is_read_as_far_as_it_can_be() -> None:
    file = {"inglenook_preset": 9, "name": " My\nprose ", "sampling": {"temperature": 1.1, "wisdom": 3}, "more": 1}
    preset, repairs = read_preset(json.dumps(file).encode())
    assert preset == Preset("My prose", {"temperature": 1.1})
    assert repairs == Repairs(dropped=("wisdom",))


def test_names_are_one_line_and_not_too_long() -> None:
    assert clean_name("  a \t b\x00c\u202e ") == "a b c"
    assert len(clean_name("x" * 500)) == 60


def test_a_preset_that_keeps_answers_to_a_schema_takes_the_place_of_a_grammar() -> None:
    current = Sampling(grammar='root ::= "yes"')
    assert applied(Preset("plain", {"temperature": 0.1}), current).grammar == current.grammar
    used = applied(Preset("form", {"json_schema": "{}"}), current)
    assert (used.grammar, used.json_schema) == ("", "{}")


def test_numbers_without_end_are_brought_within_bounds() -> None:
    huge = 10**400
    good, repairs = repaired({"temperature": huge, "top_k": -huge})
    assert (good["temperature"], good["top_k"]) == (2.0, 0)
    assert repairs == Repairs(clamped=("temperature", "top_k"))
