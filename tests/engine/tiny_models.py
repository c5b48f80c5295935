"""Writes tiny models of several architectures with random weights, which the real engine loads in no time.

Names of keys and tensors are those of llama.cpp's `src/llama-arch.cpp`, shapes those of its loader.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tests.benchmarks import gguf_writer as gguf

ARCHITECTURES = ("llama", "mamba", "lfm2", "gemma3")
"""Attention alone; recurrent alone; both, layer by layer; attention within a window."""
WINDOW = 16
"""How many tokens the layers of the last one look back."""

_EMBEDDING, _FEED_FORWARD, _HEADS, _HEAD_LENGTH = 64, 96, 4, 16
_LAYERS = 4
_CONVOLUTION, _INNER, _STATE, _STEPS = 4, 128, 8, 4
_SPREAD = 0.35
"""Standard deviation of the weights: large enough that what was read earlier changes what is said now."""
_TEMPLATE = (
    "{% for message in messages %}<|{{ message.role }}|>{{ message.content }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
_WORDS = gguf.Plan(
    layers=_LAYERS,
    embedding=_EMBEDDING,
    feed_forward=_FEED_FORWARD,
    heads=_HEADS,
    heads_kv=_HEADS,
    vocabulary=300,
    context=4096,
    kind=gguf.F32_TENSOR,
    merges=8,
)

_Shapes = Iterator[tuple[str, tuple[int, ...]]]


class _Family(NamedTuple):
    integers: dict[str, int]
    tensors: _Shapes


def write_tiny_model(path: Path, architecture: str, seed: int = 1, template: str = _TEMPLATE) -> Path:
    """Write a model of one of `ARCHITECTURES` with the weights of `seed` and return its path.

    An empty `template` leaves the chat template out.
    """
    numbers, tensors = {"llama": _llama, "mamba": _mamba, "lfm2": _lfm2, "gemma3": _gemma3}[architecture]()
    entries = [gguf.entry("general.architecture", gguf.STRING, gguf.text(architecture))]
    common = {
        "block_count": _LAYERS,
        "context_length": _WORDS.context,
        "embedding_length": _EMBEDDING,
        "vocab_size": _WORDS.vocabulary,
    }
    for key, number in (common | numbers).items():
        entries.append(gguf.entry(f"{architecture}.{key}", gguf.U32, struct.pack("<I", number)))
    epsilon = struct.pack("<f", 1e-5)
    entries.append(gguf.entry(f"{architecture}.attention.layer_norm_rms_epsilon", gguf.F32, epsilon))
    if architecture == "lfm2":
        heads = struct.pack(f"<{_LAYERS}i", *(_HEADS if _attends(layer) else 0 for layer in range(_LAYERS)))
        entries.append(gguf.array("lfm2.attention.head_count_kv", gguf.I32, _LAYERS, heads))
    entries += gguf.bpe(_WORDS)
    if template:
        entries.append(gguf.entry("tokenizer.chat_template", gguf.STRING, gguf.text(template)))
    random = np.random.default_rng(seed)
    outside = [("token_embd.weight", (_EMBEDDING, _WORDS.vocabulary))]
    outside.append(("token_embd_norm.weight" if architecture == "lfm2" else "output_norm.weight", (_EMBEDDING,)))
    if architecture != "lfm2":
        outside.append(("output.weight", (_EMBEDDING, _WORDS.vocabulary)))
    weights = [(name, shape, _weights(name, shape, random)) for name, shape in (*outside, *tensors)]
    path.write_bytes(_file(entries, weights))
    return path


def _file(entries: list[bytes], weights: list[tuple[str, tuple[int, ...], bytes]]) -> bytes:
    header = b"GGUF" + struct.pack("<IQQ", 3, len(weights), len(entries)) + b"".join(entries)
    data = b""
    for name, shape, values in weights:
        header += gguf.text(name) + struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
        header += struct.pack("<IQ", gguf.F32_TENSOR, len(data))
        data += values.ljust(gguf.padded(len(values)), b"\0")
    return header.ljust(gguf.padded(len(header)), b"\0") + data


def _weights(name: str, shape: tuple[int, ...], random: np.random.Generator) -> bytes:
    if name.endswith("ssm_a"):
        values = -random.uniform(0.05, 1.0, shape)  # a state grows without end where it is positive
    elif name.endswith(("norm.weight", "ssm_d")):
        values = np.ones(shape)
    else:
        values = random.standard_normal(shape) * _SPREAD
    return values.astype("<f4").tobytes()


def _attends(layer: int) -> bool:
    return layer % 2 == 1


def _attention_numbers() -> dict[str, int]:
    return {
        "feed_forward_length": _FEED_FORWARD,
        "attention.head_count": _HEADS,
        "attention.key_length": _HEAD_LENGTH,
        "attention.value_length": _HEAD_LENGTH,
    }


def _attention(layer: int) -> _Shapes:
    square = (_EMBEDDING, _HEADS * _HEAD_LENGTH)
    for part in ("q", "k", "v", "output"):
        yield f"blk.{layer}.attn_{part}.weight", square


def _norms(layer: int, *names: str, length: int = _EMBEDDING) -> _Shapes:
    for name in names:
        yield f"blk.{layer}.{name}.weight", (length,)


def _feed_forward(layer: int) -> _Shapes:
    yield f"blk.{layer}.ffn_gate.weight", (_EMBEDDING, _FEED_FORWARD)
    yield f"blk.{layer}.ffn_up.weight", (_EMBEDDING, _FEED_FORWARD)
    yield f"blk.{layer}.ffn_down.weight", (_FEED_FORWARD, _EMBEDDING)


def _llama() -> _Family:
    numbers = _attention_numbers() | {"attention.head_count_kv": _HEADS, "rope.dimension_count": _HEAD_LENGTH}

    def tensors() -> _Shapes:
        for layer in range(_LAYERS):
            yield from _norms(layer, "attn_norm", "ffn_norm")
            yield from _attention(layer)
            yield from _feed_forward(layer)

    return _Family(numbers, tensors())


def _gemma3() -> _Family:
    numbers = _attention_numbers() | {"attention.head_count_kv": _HEADS, "attention.sliding_window": WINDOW}

    def tensors() -> _Shapes:
        for layer in range(_LAYERS):
            yield from _norms(layer, "attn_norm", "ffn_norm", "post_attention_norm", "post_ffw_norm")
            yield from _norms(layer, "attn_q_norm", "attn_k_norm", length=_HEAD_LENGTH)
            yield from _attention(layer)
            yield from _feed_forward(layer)

    return _Family(numbers, tensors())


def _lfm2() -> _Family:
    numbers = _attention_numbers() | {"shortconv.l_cache": 3}

    def tensors() -> _Shapes:
        for layer in range(_LAYERS):
            yield from _norms(layer, "attn_norm", "ffn_norm")
            yield from _feed_forward(layer)
            if _attends(layer):
                yield from _norms(layer, "attn_q_norm", "attn_k_norm", length=_HEAD_LENGTH)
                yield from _attention(layer)
            else:
                yield f"blk.{layer}.shortconv.conv.weight", (3, _EMBEDDING)
                yield f"blk.{layer}.shortconv.in_proj.weight", (_EMBEDDING, 3 * _EMBEDDING)
                yield f"blk.{layer}.shortconv.out_proj.weight", (_EMBEDDING, _EMBEDDING)

    return _Family(numbers, tensors())


def _mamba() -> _Family:
    numbers = {
        "feed_forward_length": 0,
        "attention.head_count": 0,
        "ssm.conv_kernel": _CONVOLUTION,
        "ssm.inner_size": _INNER,
        "ssm.state_size": _STATE,
        "ssm.time_step_rank": _STEPS,
    }

    def tensors() -> _Shapes:
        for layer in range(_LAYERS):
            yield from _norms(layer, "attn_norm")
            name = f"blk.{layer}.ssm_"
            yield f"{name}in.weight", (_EMBEDDING, 2 * _INNER)
            yield f"{name}conv1d.weight", (_CONVOLUTION, _INNER)
            yield f"{name}conv1d.bias", (_INNER,)
            yield f"{name}x.weight", (_INNER, _STEPS + 2 * _STATE)
            yield f"{name}dt.weight", (_STEPS, _INNER)
            yield f"{name}dt.bias", (_INNER,)
            yield f"{name}a", (_STATE, _INNER)
            yield f"{name}d", (_INNER,)
            yield f"{name}out.weight", (_INNER, _EMBEDDING)

    return _Family(numbers, tensors())
