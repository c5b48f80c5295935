"""The curated list of models: whole, plausible, and true where it can be compared with a real file."""

import hashlib
import re
from itertools import pairwise

import msgspec
import pytest

from desktop_app.domain.catalogue import Catalogue, CatalogueFile, CatalogueModel, CatalogueShape
from desktop_app.domain.gguf import read_header
from desktop_app.domain.hub import is_repository, is_safe_name
from desktop_app.domain.model_names import split_file_name, split_part
from desktop_app.services.models.library import STARTER_FILE, find_starter
from desktop_app.sources.catalogue import read_catalogue
from desktop_app.support.paths import resources

CATALOGUE = read_catalogue()
MODELS = CATALOGUE.models
FILES = [(model, file) for model in MODELS for file in model.files]

BITS = {
    "Q3_K_M": 3.9,
    "Q4_1": 5.0,
    "Q4_K": 4.85,
    "Q4_K_M": 4.85,
    "Q5_K": 5.7,
    "Q5_K_M": 5.7,
    "Q6_K": 6.57,
    "Q8_0": 8.5,
    "MXFP4": 4.6,
}
"""Usual bits per weight of whole files."""
CLAIMABLE = {
    field.name for struct in (CatalogueModel, CatalogueShape, CatalogueFile) for field in msgspec.structs.fields(struct)
}

each_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
each_file = pytest.mark.parametrize(
    ("model", "file"), FILES, ids=[f"{model.id}-{file.quantization}" for model, file in FILES]
)


def usual_size(model: CatalogueModel, file: CatalogueFile) -> float:
    return model.parameters * BITS[file.quantization] / 8


def weights(shape: CatalogueShape, *, tied: bool) -> int:
    """Count the weights of the large matrices; `tied` models use one matrix for both ends."""
    attention = shape.embedding_length * shape.key_length * 2 * (shape.head_count + shape.head_count_kv)
    experts = max(1, shape.expert_count)
    layer = attention + 3 * shape.embedding_length * shape.feed_forward_length * experts
    return shape.layer_count * layer + shape.vocabulary_size * shape.embedding_length * (1 if tied else 2)


def test_the_list_is_one_format_with_notes() -> None:
    assert CATALOGUE.format == 1
    assert re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", CATALOGUE.checked)
    assert any("'verified'" in note for note in CATALOGUE.notes)
    assert all(note.endswith(".") for note in CATALOGUE.notes)


def test_about_twenty_five_models_from_tiny_to_large() -> None:
    assert 22 <= len(MODELS) <= 32
    sizes = sorted(model.parameters for model in MODELS)
    assert sizes[0] < 200_000_000
    assert 65_000_000_000 < sizes[-1] < 75_000_000_000
    bounds = [0.1e9, 0.5e9, 1e9, 2e9, 4e9, 8e9, 16e9, 35e9, 75e9]
    for low, high in pairwise(bounds):
        assert any(low <= size <= high for size in sizes), f"nothing between {low:g} and {high:g} parameters"
    assert any(model.shape.expert_count for model in MODELS)


def test_ids_names_and_repositories_are_unique() -> None:
    for values in (
        [model.id for model in MODELS],
        [model.name for model in MODELS],
        [model.repository for model in MODELS],
    ):
        assert len(values) == len(set(values))


def test_what_the_format_does_not_know_is_refused() -> None:
    raw = msgspec.json.decode((resources() / "models" / "catalogue.json").read_bytes())
    raw["models"][0]["surprise"] = 1
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(raw, Catalogue)
    del raw["models"][0]["surprise"]
    raw["format"] = 2
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(raw, Catalogue)


@each_model
def test_a_model_is_described_in_plain_words(model: CatalogueModel) -> None:
    assert re.fullmatch(r"[a-z0-9]+(?:[.-][a-z0-9]+)*", model.id)
    assert model.name.strip() == model.name != ""
    assert model.family
    assert re.fullmatch(r"[a-z0-9.-]+", model.licence)
    assert is_repository(model.repository)
    assert model.source.endswith(".")
    assert model.languages
    assert all(re.fullmatch(r"[a-z]{2,3}(?:-[A-Za-z0-9]+)*", language) for language in model.languages)
    assert model.good_at
    for values in (model.languages, model.good_at, model.verified):
        assert len(values) == len(set(values))
    if "multilingual" in model.good_at or "translation" in model.good_at:
        assert len(model.languages) > 2


@each_model
def test_a_summary_is_one_short_sentence(model: CatalogueModel) -> None:
    assert model.summary.endswith(".")
    assert len(model.summary) <= 110
    assert ". " not in model.summary
    assert not re.search(r"(?i)image|vision|picture|photo|visual", model.summary)


@each_model
def test_only_known_fields_are_claimed_as_verified(model: CatalogueModel) -> None:
    assert set(model.verified) <= CLAIMABLE
    # a claim about sizes or hashes needs one that was read somewhere
    if "bytes" in model.verified:
        assert any(file.bytes_are == "exact" for file in model.files)
    if "sha256" in model.verified:
        assert any(file.sha256 for file in model.files)


@each_model
def test_a_shape_is_plausible(model: CatalogueModel) -> None:
    shape = model.shape
    assert shape.architecture
    assert 12 <= shape.layer_count <= 100
    assert shape.head_count % shape.head_count_kv == 0
    assert shape.key_length in {64, 128, 256}
    assert shape.value_length in {64, 128, 256}
    assert shape.embedding_length % 64 == 0
    assert shape.feed_forward_length > 0
    assert 32_000 <= shape.vocabulary_size <= 300_000
    assert 4096 <= shape.trained_context <= 1 << 20
    assert (shape.expert_count > 0) == (shape.expert_used_count > 0)
    assert shape.expert_used_count <= shape.expert_count
    assert (shape.sliding_window > 0) == (shape.sliding_window_pattern > 0)
    assert shape.sliding_window < shape.trained_context
    assert (model.active_parameters < model.parameters) == (shape.expert_count > 0)


@each_model
def test_the_shape_makes_up_the_parameters(model: CatalogueModel) -> None:
    # norms and biases are left out: they are below one in a hundred everywhere
    nearest = min(abs(weights(model.shape, tied=tied) / model.parameters - 1) for tied in (True, False))
    assert nearest < 0.01


@each_model
def test_files_run_from_small_to_large(model: CatalogueModel) -> None:
    # some official repositories hold a single quantization
    assert 1 <= len(model.files) <= 4
    sizes = [file.bytes for file in model.files]
    assert sizes == sorted(set(sizes))
    assert len({file.quantization for file in model.files}) == len(model.files)


@each_file
def test_a_file_can_be_asked_for(model: CatalogueModel, file: CatalogueFile) -> None:
    assert file.names
    for name in file.names:
        assert name.endswith(".gguf")
        assert not name.startswith("/")
        assert ".." not in name
        assert is_safe_name(name)
        assert split_file_name(name.rpartition("/")[2])[1] == file.quantization
    assert file.sha256 == "" or re.fullmatch(r"[0-9a-f]{64}", file.sha256)
    if len(file.names) > 1:
        assert file.sha256 == ""
        parts = [split_part(name) for name in file.names]
        assert [part[:2] for part in parts if part] == [(number, len(parts)) for number in range(1, len(parts) + 1)]
        assert len({part[2] for part in parts if part}) == 1
    else:
        assert split_part(file.names[0]) is None


@each_file
def test_a_size_fits_the_parameters_and_the_quantization(model: CatalogueModel, file: CatalogueFile) -> None:
    # in small models the large vocabulary weighs more, and rows that K-quants cannot split are kept finer
    allowed = 0.25 if file.bytes_are == "estimated" or model.parameters > 1.5e9 else 0.4
    assert abs(file.bytes / usual_size(model, file) - 1) < allowed


def test_hashes_are_not_repeated() -> None:
    hashes = [file.sha256 for _, file in FILES if file.sha256]
    assert len(hashes) == len(set(hashes))


def test_the_starter_comes_first_and_is_the_file_that_is_installed() -> None:
    starter = MODELS[0]
    path = find_starter()
    assert path is not None
    [file] = [file for file in starter.files if STARTER_FILE in file.names]
    assert file.bytes_are == "exact"
    assert path.stat().st_size == file.bytes
    with path.open("rb") as opened:
        assert hashlib.file_digest(opened, "sha256").hexdigest() == file.sha256
    header = read_header(path)
    assert header.quantization == file.quantization
    assert header.metadata["general.license"] == starter.licence
    shape = starter.shape
    assert (
        header.architecture,
        header.layer_count,
        header.number("embedding_length"),
        header.number("feed_forward_length"),
        header.number("attention.head_count"),
        header.number("attention.head_count_kv"),
        header.number("rope.dimension_count"),
        header.number("vocab_size"),
        header.number("context_length"),
    ) == (
        shape.architecture,
        shape.layer_count,
        shape.embedding_length,
        shape.feed_forward_length,
        shape.head_count,
        shape.head_count_kv,
        shape.key_length,
        shape.vocabulary_size,
        shape.trained_context,
    )
