"""The shape of a model, as far as planning it takes: read from its header, with llama.cpp's defaults.

The rules are those of llama.cpp as llama-cpp-python 0.3.36 carries it; its source files are named where they are followed.
"""

from functools import cached_property

import msgspec

from desktop_app.domain.families import FAMILIES, Family
from desktop_app.domain.gguf import Header

RECURRENT = FAMILIES[Family.RECURRENT]
"""llm_arch_is_recurrent: no layer looks back at the tokens."""
RECURRENT_TOO = frozenset({"falcon-h1"})
"""Each layer has both a state and a cache."""
MOSTLY_RECURRENT = frozenset({"qwen3next", "qwen35", "qwen35moe", "qwen4exp", "minimax-01"})
"""Unless the file tells otherwise, one layer in `full_attention_interval` (4) looks back, the others have a state."""
FULL_ATTENTION_INTERVAL = 4

TIED = frozenset({"gemma", "gemma2", "gemma3", "gemma3n", "gemma4", "command-r", "cohere2", "lfm2", "openelm"})
"""Families whose files have one table of the tokens for what goes in and what comes out."""

GEMMA3N_OWN_CACHES = 20
"""The other layers of this family read the caches of these first ones."""


class _Window(msgspec.Struct, frozen=True):
    """How a family slides, where the file does not tell: one in `period` layers sees everything, the last or the first."""

    period: int
    size: int = 0
    dense_first: bool = False


WINDOWS = {
    "afmoe": _Window(4),
    "cohere2": _Window(4),
    "cohere2moe": _Window(4, dense_first=True),
    "exaone-moe": _Window(4, 128),
    "exaone4": _Window(4),
    "gemma2": _Window(2, 4096),
    "gemma3": _Window(6),
    "gemma3n": _Window(5),
    "gpt-oss": _Window(2),
    "laguna": _Window(4, dense_first=True),
    "llama4": _Window(4, 8192),
    "mellum": _Window(4),
    "muse-glimmer": _Window(4),
    "olmo2": _Window(4),
    "plamo3": _Window(8),
    "smallthinker": _Window(4, dense_first=True),
}
"""After load_arch_hparams of each family in src/models/. Others that carry a window (Phi 3, Qwen 2) are not slid."""


class Shape(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """What it takes to plan a model; 0 where a value does not apply.

    `head_counts_kv` has one count for each layer, 0 for those without a cache of their own, or a single
    one for all. `feed_forward_length` is that of one expert in mixtures. `value_length` is 0 where the
    values are computed from the keys. `sliding_layers` tells which layers see `sliding_window` tokens
    only; empty for none. `state_length` values are kept for each of the `state_layers` that have a
    state, whatever the context.
    """

    architecture: str
    layer_count: int
    embedding_length: int
    feed_forward_length: int
    head_count: int
    head_counts_kv: tuple[int, ...]
    key_length: int
    value_length: int
    vocabulary_size: int
    trained_context: int
    expert_count: int = 0
    expert_used_count: int = 0
    sliding_window: int = 0
    sliding_layers: tuple[bool, ...] = ()
    sliding_key_length: int = 0
    sliding_value_length: int = 0
    state_layers: int = 0
    state_length: int = 0

    @property
    def is_tied(self) -> bool:
        """Whether models of its family have no output of their own; of others a file's tensors tell."""
        return self.architecture in TIED

    @cached_property
    def kept_values(self) -> tuple[tuple[int, int], ...]:
        """How many values of the keys and of the values each layer keeps for each token; planning asks hundreds of times."""
        return tuple(self._kept_in(layer) for layer in range(self.layer_count))

    @cached_property
    def cached_heads(self) -> tuple[int, ...]:
        """How many heads of keys each layer keeps."""
        counts = self.head_counts_kv
        return counts if len(counts) > 1 else counts * self.layer_count

    @cached_property
    def widest_values(self) -> int:
        """How many values the layer keeps for each token that keeps most, keys left out."""
        return max((values for _keys, values in self.kept_values), default=0)

    def slides(self, layer: int) -> bool:
        """Whether `layer` sees the window only."""
        return bool(self.sliding_layers) and self.sliding_layers[layer]

    def _kept_in(self, layer: int) -> tuple[int, int]:
        heads = self.cached_heads[layer]
        if self.slides(layer):
            return heads * (self.sliding_key_length or self.key_length), heads * (
                self.sliding_value_length or self.value_length
            )
        return heads * self.key_length, heads * self.value_length


def shape_of(header: Header) -> Shape:
    """Return the shape of the model that `header` describes, with llama.cpp's defaults (llama-model.cpp, load_hparams)."""
    layers = header.layer_count
    heads = _for_layers(header, "attention.head_count", (0,) * layers)
    head_count = max(heads, default=0)
    share = header.number("embedding_length") // head_count if head_count else 0
    is_latent = header.number("attention.key_length_mla") > 0 and header.number("attention.value_length_mla") > 0
    heads_kv, state_layers = _layers_with_memory(header, _for_layers(header, "attention.head_count_kv", heads))
    state_length = _state_length(header, head_count)
    window, sliding_layers = _sliding(header)
    return Shape(
        architecture=header.architecture,
        layer_count=layers,
        embedding_length=header.number("embedding_length"),
        feed_forward_length=_feed_forward_length(header),
        head_count=head_count,
        head_counts_kv=heads_kv or (0,),
        key_length=header.number("attention.key_length") or share,
        value_length=0 if is_latent else header.number("attention.value_length") or share,
        vocabulary_size=header.lengths.get("tokenizer.ggml.tokens", 0) or header.number("vocab_size"),
        trained_context=header.number("context_length"),
        expert_count=header.number("expert_count"),
        expert_used_count=max(_for_layers(header, "expert_used_count", (0,) * layers), default=0),
        sliding_window=window,
        sliding_layers=sliding_layers,
        sliding_key_length=header.number("attention.key_length_swa"),
        sliding_value_length=header.number("attention.value_length_swa"),
        state_layers=state_layers if state_length else 0,
        state_length=state_length,
    )


def sliding_pattern(layer_count: int, period: int, *, dense_first: bool = False) -> tuple[bool, ...]:
    """Return which layers slide where one in `period` sees everything (llama-hparams.cpp, set_swa_pattern)."""
    dense = 0 if dense_first else period - 1
    return tuple(period == 0 or layer % period != dense for layer in range(layer_count))


def _for_layers(header: Header, name: str, default: tuple[int, ...]) -> tuple[int, ...]:
    """Return the value called `name` for each layer: files hold one for all or one for each."""
    values = header.arrays.get(f"{header.architecture}.{name}", ())
    if len(values) >= header.layer_count > 0:
        return tuple(int(value) for value in values[: header.layer_count])
    number = header.number(name)
    return (number,) * header.layer_count if number else default


def _feed_forward_length(header: Header) -> int:
    """Return the widest layer's length; that of an expert where there are some."""
    experts = _for_layers(header, "expert_feed_forward_length", ())
    if header.number("expert_count") and experts:
        return max(experts)
    return max(_for_layers(header, "feed_forward_length", ()), default=0)


def _layers_with_memory(header: Header, heads_kv: tuple[int, ...]) -> tuple[tuple[int, ...], int]:
    """Return the heads that each layer really keeps, and how many layers have a state (llama-model.cpp, create_memory)."""
    layers, architecture = header.layer_count, header.architecture
    if architecture in RECURRENT:
        return (0,) * layers, layers
    if architecture in MOSTLY_RECURRENT:
        interval = header.number("full_attention_interval") or FULL_ATTENTION_INTERVAL
        usual = tuple(int((layer + 1) % interval != 0) for layer in range(layers))
        recurrent = _for_layers(header, "attention.recurrent_layers", usual)
        heads_kv = tuple(0 if state else heads for heads, state in zip(heads_kv, recurrent, strict=True))
    state_layers = layers if architecture in RECURRENT_TOO else heads_kv.count(0)
    own = layers - header.number("nextn_predict_layers") - header.number("attention.shared_kv_layers")
    if architecture == "gemma3n":
        own = min(own, GEMMA3N_OWN_CACHES)
    return heads_kv[: max(own, 0)] + (0,) * min(layers - own, layers), state_layers


def _state_length(header: Header, head_count: int) -> int:
    """Return how many values a recurrent layer keeps (llama-hparams.cpp, n_embd_r and n_embd_s)."""
    embedding, state = header.number("embedding_length"), header.number("ssm.state_size")
    inner, taps = header.number("ssm.inner_size"), header.number("ssm.conv_kernel")
    if head := header.number("wkv.head_size"):
        return embedding * ((header.number("token_shift_count") or 2) + head)
    if length := header.number("shortconv.l_cache"):
        return embedding * (length - 1) + state * inner
    if head := header.number("kda.head_dim"):
        return head_count * head * (3 * (taps - 1 if taps else 3) + head)
    return max(taps - 1, 0) * (inner + 2 * header.number("ssm.group_count") * state) + state * inner


def _sliding(header: Header) -> tuple[int, tuple[bool, ...]]:
    """Return the window and which layers slide, none where the family does not or the file has no window."""
    layers, family = header.layer_count, WINDOWS.get(header.architecture)
    window = header.number("attention.sliding_window") or (family.size if family else 0)
    pattern = header.arrays.get(f"{header.architecture}.attention.sliding_window_pattern", ())
    if window and layers and len(pattern) >= layers:
        return window, tuple(bool(slides) for slides in pattern[:layers])
    if window and family:
        period = header.number("attention.sliding_window_pattern") or family.period
        return window, sliding_pattern(layers, period, dense_first=family.dense_first)
    return 0, ()
