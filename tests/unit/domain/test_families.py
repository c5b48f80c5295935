"""Which family of networks a model belongs to: by name, by the numbers of its header, and honestly unknown."""

from itertools import combinations
from pathlib import Path

import pytest

from desktop_app.domain.families import FAMILIES, MIXTURES, Family, Network, network_named, network_of
from desktop_app.domain.gguf import Header, Scalar, read_header
from desktop_app.domain.shape import MOSTLY_RECURRENT, RECURRENT_TOO
from desktop_app.gui.models.family_words import family_words
from desktop_app.sources.catalogue import read_catalogue


def header(architecture: str, arrays: dict[str, tuple[int, ...]] | None = None, **values: Scalar) -> Header:
    """Two underscores in a name stand for a dot."""
    named = {f"{architecture}.{name.replace('__', '.')}": value for name, value in values.items()}
    return Header(
        metadata={"general.architecture": architecture, **named},
        lengths={},
        arrays={f"{architecture}.{name}": numbers for name, numbers in (arrays or {}).items()},
        file_size=1,
        needed_size=1,
    )


@pytest.mark.parametrize(
    ("architecture", "family", "is_mixture"),
    [
        ("llama", Family.TRANSFORMER, False),
        ("qwen3", Family.TRANSFORMER, False),
        ("gemma3", Family.TRANSFORMER, False),
        ("qwen3moe", Family.TRANSFORMER, True),
        ("gpt-oss", Family.TRANSFORMER, True),
        ("deepseek2", Family.TRANSFORMER, True),
        ("rwkv7", Family.RECURRENT, False),
        ("mamba2", Family.RECURRENT, False),
        ("jamba", Family.HYBRID, False),
        ("granitehybrid", Family.HYBRID, False),
        ("falcon-h1", Family.HYBRID, False),
        ("qwen3next", Family.HYBRID, True),
        ("lfm2", Family.CONVOLUTIONAL_HYBRID, False),
        ("lfm2moe", Family.CONVOLUTIONAL_HYBRID, True),
        ("bert", Family.ENCODER, False),
        ("gemma-embedding", Family.ENCODER, False),
        ("t5", Family.ENCODER_DECODER, False),
        ("dream", Family.DIFFUSION, False),
        ("llada-moe", Family.DIFFUSION, True),
        ("wavtokenizer-dec", Family.SPEECH, False),
        ("clip", Family.IMAGE_READER, False),
        ("llama5", Family.UNKNOWN, False),
        ("", Family.UNKNOWN, False),
    ],
)
def test_a_name_tells_the_family(architecture: str, family: Family, is_mixture: bool) -> None:
    assert network_named(architecture) == Network(family=family, is_mixture=is_mixture)


def test_no_name_is_of_two_families_and_the_planner_agrees() -> None:
    for one, other in combinations(FAMILIES.values(), 2):
        assert not one & other
    every = frozenset().union(*FAMILIES.values())
    assert every >= MIXTURES
    assert FAMILIES[Family.HYBRID] >= MOSTLY_RECURRENT | RECURRENT_TOO
    assert set(FAMILIES) | {Family.UNKNOWN} == set(Family)


def test_the_header_says_how_many_experts_there_are() -> None:
    mixtral = network_of(header("llama", attention__head_count=32, expert_count=8, expert_used_count=2))
    assert mixtral == Network(family=Family.TRANSFORMER, is_mixture=True, experts=8, asked=2)
    by_layer = network_of(header("qwen3moe", {"expert_used_count": (0, 4, 8)}, expert_count=128))
    assert by_layer == Network(family=Family.TRANSFORMER, is_mixture=True, experts=128, asked=8)
    for asked in (0, -1, 9):
        odd = network_of(header("llama", expert_count=8, expert_used_count=asked))
        assert odd == Network(family=Family.TRANSFORMER, is_mixture=True, experts=8)
    assert network_of(header("llama", expert_count=0)) == Network(family=Family.TRANSFORMER)


@pytest.mark.parametrize(
    ("found", "family"),
    [
        (header("new", attention__head_count=8), Family.TRANSFORMER),
        (header("new", {"attention.head_count": (8, 8)}), Family.TRANSFORMER),
        (header("new", attention__head_count=8, attention__causal=False), Family.ENCODER),
        (header("new", ssm__state_size=16), Family.RECURRENT),
        (header("new", wkv__head_size=64, attention__head_count=0), Family.RECURRENT),
        (header("new", {"attention.head_count_kv": (0, 0)}, ssm__state_size=16), Family.RECURRENT),
        (header("new", ssm__state_size=16, attention__head_count=8), Family.HYBRID),
        (header("new", {"attention.head_count_kv": (0, 8)}, kda__head_dim=128), Family.HYBRID),
        (header("new", shortconv__l_cache=3, attention__head_count=8), Family.CONVOLUTIONAL_HYBRID),
        (header("new"), Family.UNKNOWN),
        (header("new", block_count=4, attention__head_count="many"), Family.UNKNOWN),
        (header("mamba", attention__head_count=8), Family.RECURRENT),
    ],
)
def test_a_name_that_is_not_known_is_judged_by_its_numbers(found: Header, family: Family) -> None:
    assert network_of(found).family is family


def test_the_starter_is_a_transformer(starter_model: str) -> None:
    assert network_of(read_header(Path(starter_model))) == Network(family=Family.TRANSFORMER)


def test_every_model_of_the_curated_list_is_known() -> None:
    for model in read_catalogue().models:
        network = network_named(model.shape.architecture)
        assert network.family is Family.TRANSFORMER
        assert network.is_mixture == (model.shape.expert_count > 0)


def test_each_family_is_said_in_one_sentence() -> None:
    sentences = set()
    for family in Family:
        for network in (
            Network(family=family),
            Network(family=family, is_mixture=True),
            Network(family=family, is_mixture=True, experts=128, asked=8),
        ):
            words = family_words(network, "some-name")
            assert words.endswith(".")
            assert words.count(".") == 1
            assert "{" not in words
            assert len(words) < 230
            sentences.add(words)
    assert len(sentences) == len(Family) + 4  # mixtures are told of transformers and hybrids
    counted = family_words(Network(family=Family.TRANSFORMER, is_mixture=True, experts=128, asked=8), "qwen3moe")
    assert "8 of 128" in counted
    assert "“some-name”" in family_words(Network(), "some-name")
    assert family_words(Network(), "") == ""
