"""Sampling presets of other programs, and what becomes of values that llama.cpp has not."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.domain.foreign.presets import read_any_preset
from desktop_app.domain.presets import Preset, PresetUnreadableError, Repairs, applied, written_preset
from desktop_app.domain.sampling import LONGEST_WINDOW, Sampling


def read(name: str, content: object) -> tuple[Preset, Repairs]:
    return read_any_preset(name, content if isinstance(content, bytes) else json.dumps(content).encode())


def test_our_own_are_read_as_ever() -> None:
    mine = Preset("Mine", {"temperature": 0.3})
    assert read("any.json", written_preset(mine)) == (mine, Repairs())


def test_what_text_generation_webui_leaves_out_changes_nothing() -> None:
    preset, repairs = read("min_p.yaml", b"min_p: 0.05\n")
    assert repairs == Repairs()
    assert preset == Preset("", {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "min_p": 0.05})
    written = b"""temperature: 0.7
top_p: 0.9
top_k: 20
repetition_penalty: 1.15
repetition_penalty_range: 0
dry_multiplier: 0.8
dry_sequence_breakers: '"\\n", ":", "\\""'
smoothing_factor: 0.2
tfs: 1
temperature_last: true
"""
    preset, repairs = read("Big.yml", written)
    used = applied(preset, Sampling())
    assert (used.temperature, used.top_p, used.top_k, used.min_p) == (0.7, 0.9, 20, 0.0)
    assert (used.repeat_penalty, used.repeat_last_n) == (1.15, LONGEST_WINDOW)
    assert (used.dry_multiplier, used.dry_breakers) == (0.8, ("\n", ":", '"'))
    assert used.steps[-1] == "temperature"
    assert repairs == Repairs(dropped=("smoothing_factor",))


def test_a_preset_of_sillytavern() -> None:
    given_values = {
        "temp": 3,
        "typical_p": 0.9,
        "rep_pen": 1.1,
        "rep_pen_range": 600,
        "freq_pen": 0.1,
        "presence_pen": 0.2,
        "nsigma": 1.5,
        "mirostat_mode": 0,
        "mirostat_tau": 5,
        "dry_sequence_breakers": '["\\n", "*"]',
        "dry_penalty_last_n": -1,
        "xtc_probability": 0.5,
        "samplers": ["dry", "top_k", "typ_p", "top_p", "min_p", "xtc", "temperature"],
        "genamt": 350,
        "seed": 7,
        "add_bos_token": True,
    }
    preset, repairs = read("Weird.json", given_values)
    used = applied(preset, Sampling(seed=3, max_tokens=99))
    assert (used.temperature, used.typical_p, used.repeat_penalty, used.repeat_last_n) == (2.0, 0.9, 1.1, 600)
    assert (used.frequency_penalty, used.presence_penalty, used.top_n_sigma) == (0.1, 0.2, 1.5)
    assert (used.dry_breakers, used.dry_last_n, used.xtc_probability) == (("\n", "*"), LONGEST_WINDOW, 0.5)
    assert used.order[:3] == ("dry", "top_k", "typical_p")
    assert (used.seed, used.max_tokens) == (3, 99)
    assert repairs == Repairs(clamped=("temperature",))


def test_a_dynamic_temperature_is_its_middle_and_its_range() -> None:
    dynamic = {"temp": 1, "top_p": 1, "dynatemp": True, "min_temp": 0.5, "max_temp": 1.5}
    used = applied(read("x.json", dynamic)[0], Sampling())
    assert (used.temperature, used.dynatemp_range) == (1.0, 0.5)
    assert applied(read("x.json", {**dynamic, "dynatemp": False})[0], Sampling()).dynatemp_range == 0.0
    written = b"dynamic_temperature: true\ndynatemp_low: 0.1\ndynatemp_high: 2\nmin_p: 0.1"
    assert applied(read("x.yaml", written)[0], Sampling()).dynatemp_range == 0.95


def test_a_preset_of_lm_studio_is_its_values_alone() -> None:
    fields = [
        {"key": "llm.prediction.systemPrompt", "value": "Be brief."},
        {"key": "llm.prediction.topKSampling", "value": 12},
        {"key": "llm.prediction.topPSampling", "value": {"checked": False, "value": 0.2}},
    ]
    preset, repairs = read("x.preset.json", {"name": "Brief", "operation": {"fields": fields}})
    assert (preset, repairs) == (Preset("Brief", {"top_k": 12}), Repairs())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", b"{}"),
        ("a.json", b'{"temperature": 0.5}'),  # any file may have a temperature
        ("a.json", b'{"temperature": "hot", "top_p": []}'),
        ("a.json", b"[1]"),
        ("a.json", b'{"inglenook_preset": 1}'),
        ("a.yaml", b"title: a book\n"),
        ("a.yaml", b": : :"),
        ("a.yaml", b"\xff\xfe"),
        ("a.yaml", b"a: &a [*a]"),
    ],
)
def test_what_is_no_preset_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(PresetUnreadableError):
        read_any_preset(name, content)


value = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.lists(st.text(max_size=3))
names = st.sampled_from(
    [
        "temp",
        "temperature",
        "top_k",
        "top_p",
        "rep_pen",
        "rep_pen_range",
        "dry_sequence_breakers",
        "dry_penalty_last_n",
        "samplers",
        "sampler_priority",
        "temperature_last",
        "dynamic_temperature",
        "dynatemp",
        "dynatemp_low",
        "dynatemp_high",
        "tfs",
        "name",
    ]
)


@given(st.dictionaries(names, value))
def test_whatever_they_hold_can_be_used_or_is_refused(found: dict[str, object]) -> None:
    try:
        preset, _repairs = read("x.json", found)
    except PresetUnreadableError:
        return
    assert isinstance(applied(preset, Sampling()), Sampling)
