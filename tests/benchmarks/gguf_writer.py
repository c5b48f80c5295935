"""Writes small GGUF models with random weights, so that a model of any shape can be loaded and measured."""

import itertools
import string
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

U16, U32, I32, F32, STRING, ARRAY = 2, 4, 5, 6, 8, 9
ALIGNMENT = 32
F32_TENSOR = 0
QUANTIZED = {1: (1, 2), 2: (32, 18), 8: (32, 34), 12: (256, 144)}
"""Values and bytes in a block of the types that can be written: F16, Q4_0, Q8_0, Q4_K."""
_NORMAL, _UNKNOWN, _CONTROL, _BYTE = 1, 2, 3, 6
"""Kinds of tokens in llama.cpp."""
_CHUNK = 1 << 22


class Plan(NamedTuple):
    """A model to write. `kind` is the tensor type of its matrices; with `merges` the vocabulary is of the BPE kind."""

    layers: int
    embedding: int
    feed_forward: int
    heads: int
    heads_kv: int
    vocabulary: int
    context: int
    kind: int
    merges: int = 0
    experts: int = 0
    experts_used: int = 0
    tied: bool = False
    head_length: int = 0

    @property
    def values_per_head(self) -> int:
        """How long a head is: `head_length`, or an equal share of the embedding."""
        return self.head_length or self.embedding // self.heads


class _Tensor(NamedTuple):
    name: str
    shape: tuple[int, ...]
    kind: int

    @property
    def size(self) -> int:
        values, size = (1, 4) if self.kind == F32_TENSOR else QUANTIZED[self.kind]
        return int(np.prod(self.shape)) // values * size


def write_model(path: Path, plan: Plan) -> Path:
    """Write a model of the llama family after `plan` and return its path."""
    _write(path, list(_tensors(plan)), list(_entries(plan)))
    return path


def write_split_model(folder: Path, plan: Plan, count: int, *, bare_first: bool) -> list[Path]:
    """Write a model as llama.cpp's tool splits one: its values stand in the first part alone.

    With `bare_first` that part has no tensors. Returns the paths of the parts.
    """
    tensors = list(_tensors(plan))
    begin = 1 if bare_first else 0
    shares: list[list[_Tensor]] = [[]] * begin + [tensors[place :: count - begin] for place in range(count - begin)]
    paths = []
    for number, share in enumerate(shares):
        own = [
            entry("split.no", U16, struct.pack("<H", number)),
            entry("split.count", U16, struct.pack("<H", count)),
            entry("split.tensors.count", I32, struct.pack("<i", len(tensors))),
        ]
        paths.append(folder / f"Split-F16-{number + 1:05d}-of-{count:05d}.gguf")
        _write(paths[-1], share, [*(_entries(plan) if number == 0 else ()), *own])
    return paths


def _write(path: Path, tensors: list[_Tensor], entries: list[bytes]) -> None:
    header = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(entries)) + b"".join(entries)
    offset = 0
    for tensor in tensors:
        header += text(tensor.name) + struct.pack(f"<I{len(tensor.shape)}Q", len(tensor.shape), *tensor.shape)
        header += struct.pack("<IQ", tensor.kind, offset)
        offset += padded(tensor.size)
    random = np.random.default_rng(1)
    with path.open("wb") as file:
        file.write(header + bytes(padded(len(header)) - len(header)))
        for tensor in tensors:
            _write_weights(file, tensor, random)
            file.write(bytes(padded(tensor.size) - tensor.size))


def write_adapter(path: Path, tensor: str, shape: tuple[int, int], rank: int = 4) -> Path:
    """Write a LoRA adapter for one matrix of a llama model, `shape` being its inputs and outputs; return its path."""
    parts = [
        _Tensor(f"{tensor}.lora_a", (shape[0], rank), F32_TENSOR),
        _Tensor(f"{tensor}.lora_b", (rank, shape[1]), F32_TENSOR),
    ]
    entries = [
        entry("general.type", STRING, text("adapter")),
        entry("general.architecture", STRING, text("llama")),
        entry("adapter.type", STRING, text("lora")),
        entry("adapter.lora.alpha", F32, struct.pack("<f", 50_000.0 * rank)),
    ]
    _write(path, parts, entries)
    return path


def write_control_vector(path: Path, length: int, layers: tuple[int, ...]) -> Path:
    """Write control vectors of `length` random numbers for these layers, counted from 1; return its path."""
    parts = [_Tensor(f"direction.{layer}", (length,), F32_TENSOR) for layer in layers]
    entries = [
        entry("general.architecture", STRING, text("controlvector")),
        entry("controlvector.model_hint", STRING, text("llama")),
    ]
    _write(path, parts, entries)
    return path


def _tensors(plan: Plan) -> Iterator[_Tensor]:
    embedding, kind = plan.embedding, plan.kind
    asked = plan.values_per_head * plan.heads
    kept = plan.values_per_head * plan.heads_kv
    yield _Tensor("token_embd.weight", (embedding, plan.vocabulary), kind)
    yield _Tensor("output_norm.weight", (embedding,), F32_TENSOR)
    if not plan.tied:
        yield _Tensor("output.weight", (embedding, plan.vocabulary), kind)
    for layer in range(plan.layers):
        name = f"blk.{layer}."
        yield _Tensor(f"{name}attn_norm.weight", (embedding,), F32_TENSOR)
        yield _Tensor(f"{name}attn_q.weight", (embedding, asked), kind)
        yield _Tensor(f"{name}attn_k.weight", (embedding, kept), kind)
        yield _Tensor(f"{name}attn_v.weight", (embedding, kept), kind)
        yield _Tensor(f"{name}attn_output.weight", (asked, embedding), kind)
        yield _Tensor(f"{name}ffn_norm.weight", (embedding,), F32_TENSOR)
        experts, suffix = ((plan.experts,), "_exps") if plan.experts else ((), "")
        if plan.experts:
            yield _Tensor(f"{name}ffn_gate_inp.weight", (embedding, plan.experts), F32_TENSOR)
        yield _Tensor(f"{name}ffn_gate{suffix}.weight", (embedding, plan.feed_forward, *experts), kind)
        yield _Tensor(f"{name}ffn_up{suffix}.weight", (embedding, plan.feed_forward, *experts), kind)
        yield _Tensor(f"{name}ffn_down{suffix}.weight", (plan.feed_forward, embedding, *experts), kind)


def _entries(plan: Plan) -> Iterator[bytes]:
    yield entry("general.architecture", STRING, text("llama"))
    numbers = {
        "block_count": plan.layers,
        "context_length": plan.context,
        "embedding_length": plan.embedding,
        "feed_forward_length": plan.feed_forward,
        "attention.head_count": plan.heads,
        "attention.head_count_kv": plan.heads_kv,
        "attention.key_length": plan.values_per_head,
        "attention.value_length": plan.values_per_head,
        "rope.dimension_count": plan.values_per_head,
        "vocab_size": plan.vocabulary,
    }
    if plan.experts:
        numbers |= {"expert_count": plan.experts, "expert_used_count": plan.experts_used}
    for key, number in numbers.items():
        yield entry(f"llama.{key}", U32, struct.pack("<I", number))
    yield entry("llama.attention.layer_norm_rms_epsilon", F32, struct.pack("<f", 1e-5))
    yield from bpe(plan) if plan.merges else _sentence_pieces(plan)


def _sentence_pieces(plan: Plan) -> Iterator[bytes]:
    words = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    kinds = [_UNKNOWN, _CONTROL, _CONTROL] + [_BYTE] * 256
    words += itertools.islice((f"▁{word}" for word in _words()), plan.vocabulary - len(words))
    kinds += [_NORMAL] * (plan.vocabulary - len(kinds))
    yield entry("tokenizer.ggml.model", STRING, text("llama"))
    yield from _vocabulary(words, kinds)
    scores = struct.pack(f"<{plan.vocabulary}f", *(-float(rank) for rank in range(plan.vocabulary)))
    yield array("tokenizer.ggml.scores", F32, plan.vocabulary, scores)


def bpe(plan: Plan) -> Iterator[bytes]:
    """Give the entries of a vocabulary of the BPE kind, which can write every byte."""
    # The letters that GPT-2's vocabulary writes the 256 bytes with.
    letters = [chr(code) for code in (*range(33, 127), *range(161, 173), *range(174, 256), *range(256, 324))]
    words = [*letters, "<|end|>"]
    words += itertools.islice((f"Ġ{word}" for word in _words()), plan.vocabulary - len(words))
    kinds = [_NORMAL] * len(letters) + [_CONTROL] + [_NORMAL] * (plan.vocabulary - len(letters) - 1)
    yield entry("tokenizer.ggml.model", STRING, text("gpt2"))
    yield entry("tokenizer.ggml.pre", STRING, text("gpt-2"))
    yield from _vocabulary(words, kinds)
    pairs = [f"Ġ{word[:-2]} {word[-2:]}" for word in itertools.islice(_words(), plan.merges)]
    yield array("tokenizer.ggml.merges", STRING, plan.merges, b"".join(map(text, pairs)))
    for name in ("bos", "eos"):
        yield entry(f"tokenizer.ggml.{name}_token_id", U32, struct.pack("<I", len(letters)))


def _vocabulary(words: list[str], kinds: list[int]) -> Iterator[bytes]:
    yield array("tokenizer.ggml.tokens", STRING, len(words), b"".join(map(text, words)))
    yield array("tokenizer.ggml.token_type", I32, len(kinds), struct.pack(f"<{len(kinds)}i", *kinds))


def _words() -> Iterator[str]:
    """Give words of six letters, about as long as a usual vocabulary's."""
    for letters in itertools.product(string.ascii_lowercase, repeat=6):
        yield "".join(reversed(letters))


def _write_weights(file: BinaryIO, tensor: _Tensor, random: np.random.Generator) -> None:
    count = int(np.prod(tensor.shape))
    if tensor.kind == F32_TENSOR:
        weights = np.ones(count) if len(tensor.shape) == 1 else random.standard_normal(count) * 0.02
        file.write(weights.astype("<f4").tobytes())
        return
    values, size = QUANTIZED[tensor.kind]
    for start in range(0, count, _CHUNK):
        blocks = min(_CHUNK, count - start) // values
        if size == 2:
            file.write((random.standard_normal(blocks, dtype=np.float32) * 0.02).astype("<f2").tobytes())
        else:
            data = random.integers(0, 256, (blocks, size), dtype=np.uint8)
            data[:, :4] = np.frombuffer(struct.pack("<2e", 0.001, 0.001), np.uint8)  # else a random scale could be NaN
            file.write(data.tobytes())


def padded(size: int) -> int:
    """Return `size` rounded up to the alignment of the data."""
    return -(-size // ALIGNMENT) * ALIGNMENT


def text(value: str) -> bytes:
    """Return a string as the format writes it: its length in bytes, then the bytes."""
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def entry(key: str, kind: int, value: bytes) -> bytes:
    """Return one entry of the header: its key, its type and its value."""
    return text(key) + struct.pack("<I", kind) + value


def array(key: str, kind: int, count: int, data: bytes) -> bytes:
    """Return an entry whose value is an array of `count` values of a type."""
    return entry(key, ARRAY, struct.pack("<IQ", kind, count) + data)
