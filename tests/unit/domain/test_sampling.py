"""Sampling parameters: declared once, checked at the edges."""

import msgspec
import pytest

from desktop_app.domain.sampling import CHAIN_ORDER, PRESETS, Sampling, with_changes


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


def test_every_parameter_has_title_and_help() -> None:
    schema = msgspec.json.schema(Sampling)["$defs"]["Sampling"]["properties"]
    for name, field in schema.items():
        described = field if "title" in field else next(kind for kind in field["anyOf"] if "title" in kind)
        assert described["title"], name
        assert described["description"].endswith("."), name


def test_the_chain_names_fields() -> None:
    assert set(CHAIN_ORDER) <= set(Sampling.__struct_fields__)
