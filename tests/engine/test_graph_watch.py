"""What is looked at while llama.cpp computes, in this process: attention weights and token vectors, checked by NumPy."""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from desktop_app.domain.errors import EngineError, ErrorCode
from desktop_app.domain.gguf_types import TENSOR_BLOCKS
from desktop_app.engine.graph_watch import GraphWatch
from desktop_app.engine.outcome import Outcome
from desktop_app.engine.tensor_rows import TensorRows, _conversion
from tests.short_starter import LAYERS

TEXT = "The keeper of the lighthouse wrote down the wind, and the sea was loud."
NO_CONVERSION = {9, 15, 24, 25, 26, 27, 28}
"""What only intermediate results are kept as, whole numbers, and 64-bit floats: no weights are."""


@pytest.fixture(scope="module")
def native() -> Iterator[tuple[object, object]]:
    from desktop_app.engine import llama as binding

    backend = binding.start_backend(lambda _reason: None)
    yield binding, backend
    backend.close()


@pytest.fixture(scope="module")
def model(native, starter: Path) -> Iterator[object]:
    loaded = native[0].Model(starter, extra_buffers=True, on_progress=lambda _fraction: True)
    yield loaded
    loaded.close()


def watched(native, model, wanted, take, tokens: list[int]) -> Outcome:
    """Read `tokens` in a context that is looked at."""
    llama, backend = native
    watch = GraphWatch(backend, wanted, take)
    watch.armed = True
    context = llama.Context(model, size=256, threads=2, batch_size=64, sequences=1, on_gpu=False, watch=watch)
    batch = llama.Batch(64)
    try:
        for place, token in enumerate(tokens):
            batch.add(token, place, 0, wants_logits=place == len(tokens) - 1)
        outcome = context.decode(batch)
        watch.check()
    finally:
        batch.close()
        context.close()
    return outcome


def test_the_weights_are_the_softmax_of_queries_and_keys(native, model) -> None:
    tokens = model.tokenize(TEXT)
    seen: dict[str, np.ndarray] = {}
    watched(native, model, lambda name: name.startswith(("kq-", "kq_soft_max-")), seen.__setitem__, tokens)
    assert len(seen) == 2 * len(LAYERS)
    count, head_length = len(tokens), model.embedding_length // 9
    for layer in range(len(LAYERS)):
        scores = seen[f"kq-{layer}"][:, :, :count].astype(np.float64) / math.sqrt(head_length)
        scores[:, np.triu(np.ones((count, count), bool), 1)] = -np.inf
        expected = np.exp(scores - scores.max(axis=-1, keepdims=True))
        expected /= expected.sum(axis=-1, keepdims=True)
        weights = seen[f"kq_soft_max-{layer}"]
        assert weights.shape[:2] == (9, count)
        np.testing.assert_allclose(weights[:, :, :count], expected, atol=1e-5)
        assert not weights[:, :, count:].any()


def test_the_vectors_in_the_file_are_those_that_the_model_computes_with(native, model, starter: Path) -> None:
    tokens = model.tokenize(TEXT)
    seen: dict[str, np.ndarray] = {}
    watched(native, model, lambda name: name == "embd", seen.__setitem__, tokens)
    table = TensorRows(native[1], starter, "token_embd.weight", model.vocabulary_size)
    rows = np.concatenate([table.rows(token, token + 1) for token in tokens])
    np.testing.assert_array_equal(rows, seen["embd"][0])
    np.testing.assert_array_equal(table.rows(0, 100)[40], table.rows(40, 41)[0])
    table.close()


def test_what_the_looking_raises_comes_out_and_the_computing_ends(native, model) -> None:
    seen: list[str] = []

    def take(name: str, _values: np.ndarray) -> None:
        seen.append(name)
        raise ZeroDivisionError(name)

    with pytest.raises(ZeroDivisionError, match="kq_soft_max-0"):
        watched(native, model, lambda name: name.startswith("kq_soft_max-"), take, model.tokenize(TEXT))
    assert seen == ["kq_soft_max-0"]


def test_a_tensor_of_another_form_is_refused(native, model) -> None:
    """The cache is kept as 16-bit floats."""
    with pytest.raises(EngineError) as refused:
        watched(native, model, lambda name: name == "cache_k_l0 (view)", lambda *_: None, model.tokenize(TEXT))
    assert refused.value.code is ErrorCode.ATTENTION_HIDDEN


@pytest.mark.parametrize("kind", sorted(set(TENSOR_BLOCKS) - NO_CONVERSION))
def test_every_type_of_weights_can_be_read(native, kind: int) -> None:
    convert = _conversion(native[1], kind)
    assert (convert is None) == (kind == 0)
    if convert is not None:
        values, size = TENSOR_BLOCKS[kind]
        out = np.full(values, np.nan, np.float32)
        convert(bytes(size), out.ctypes.data, values)
        assert np.isfinite(out).all()


@pytest.mark.parametrize("kind", sorted(NO_CONVERSION))
def test_what_is_no_weight_is_refused(native, kind: int) -> None:
    with pytest.raises(EngineError) as refused:
        _conversion(native[1], kind)
    assert refused.value.code is ErrorCode.VECTORS_HIDDEN


@pytest.mark.parametrize(("name", "count"), [("no.such.weight", 49152), ("token_embd.weight", 49151)])
def test_a_table_that_is_not_there_is_refused(native, starter: Path, name: str, count: int) -> None:
    with pytest.raises(EngineError) as refused:
        TensorRows(native[1], starter, name, count)
    assert refused.value.code is ErrorCode.VECTORS_HIDDEN
