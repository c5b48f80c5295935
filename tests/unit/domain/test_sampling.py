"""Sampling parameters: declared once, checked at the edges."""

import msgspec
import pytest

from desktop_app.domain.sampling import BASIC, CHAIN_ORDER, PRESETS, Sampling, parameters, with_changes


@pytest.mark.parametrize("changes", PRESETS.values(), ids=PRESETS.keys())
def test_presets_are_within_bounds(changes: dict[str, object]) -> None:
    assert isinstance(with_changes(Sampling(), changes), Sampling)


@pytest.mark.parametrize(
    "changes",
    [{"temperature": 2.1}, {"temperature": -0.1}, {"top_k": 501}, {"min_p": 1.5}, {"seed": -1}, {"max_tokens": 0}],
)
def test_values_out_of_bounds_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        with_changes(Sampling(), changes)


OTHERS = {"begin_with", "stop", "logit_bias", "order", "dry_breakers", "banned", "grammar", "json_schema", "thinking"}


def test_every_parameter_has_title_and_help() -> None:
    names = {parameter.name for parameter in parameters()}
    assert set(Sampling.__struct_fields__) - names == OTHERS
    for parameter in parameters():
        assert parameter.title, parameter.name
        assert parameter.description.endswith("."), parameter.name
    assert set(BASIC) <= names | {"thinking"}


def test_switched_off_is_the_default() -> None:
    fresh = Sampling()
    assert (fresh.repeat_penalty, fresh.presence_penalty, fresh.frequency_penalty) == (1.0, 0.0, 0.0)
    assert not any((fresh.dry_multiplier, fresh.top_n_sigma, fresh.xtc_probability, fresh.dynatemp_range))
    assert not any((fresh.mirostat, fresh.adaptive_target, fresh.stop, fresh.logit_bias))
    assert not any((fresh.banned, fresh.grammar, fresh.json_schema, fresh.begin_with))
    assert (fresh.typical_p, fresh.steps) == (1.0, CHAIN_ORDER)


def test_what_older_releases_stored_can_be_read() -> None:
    stored = msgspec.msgpack.encode({"temperature": 0.3, "top_k": 20, "seed": 7})
    assert msgspec.msgpack.decode(stored, type=Sampling) == Sampling(temperature=0.3, top_k=20, seed=7)
    whole = Sampling(stop=("END",), logit_bias={"yes": 2.0}, order=("xtc", "top_k"), mirostat=2)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(whole), type=Sampling) == whole


@pytest.mark.parametrize(
    "changes", [{"stop": [""]}, {"stop": ["x"] * 17}, {"logit_bias": {"a": 101.0}}, {"order": ["top_k", "top_k"]}]
)
def test_lists_out_of_bounds_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        with_changes(Sampling(), changes)


def test_a_grammar_and_a_schema_take_each_other_s_place() -> None:
    with_schema = with_changes(Sampling(), {"json_schema": "{}"})
    with_grammar = with_changes(with_schema, {"grammar": 'root ::= "a"'})
    assert (with_grammar.grammar, with_grammar.json_schema) == ('root ::= "a"', "")
    back = with_changes(with_grammar, {"json_schema": "{}"})
    assert (back.grammar, back.json_schema) == ("", "{}")
    assert with_changes(back, {"temperature": 0.1, "grammar": ""}).json_schema == "{}"
