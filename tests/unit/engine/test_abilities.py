"""What devices compute, asked of a false ggml."""

from collections.abc import Callable, Collection

import msgspec
import pytest

from desktop_app.domain.fit import KvType
from desktop_app.domain.shape import Shape
from desktop_app.engine.abilities import flash_types, largest_result

OVERHEAD = 400
VALUE_BYTES = 4
F32, F16, Q8_0, Q4_0 = 0, 1, 8, 2
SHAPE = Shape(
    architecture="llama",
    layer_count=2,
    embedding_length=1024,
    feed_forward_length=4096,
    head_count=8,
    head_counts_kv=(2,),
    key_length=128,
    value_length=128,
    vocabulary_size=8000,
    trained_context=4096,
)
ALL = tuple(KvType)


class FalseGgml:
    """Keeps the shapes of tensors; its one device computes results of up to `largest` bytes, and flash attention with `lengths`."""

    def __init__(self, largest: float = 0, lengths: Collection[int] = (), types: Collection[int] = (F16,)) -> None:
        self.largest = largest
        self.lengths = lengths
        self.types = types
        self.room = 0
        self.tensors: list[tuple[int, ...]] = []
        self.open = 0

    def function(self, name: str, *_types: object) -> Callable[..., object]:
        functions: dict[str, Callable[..., object]] = {
            "ggml_tensor_overhead": lambda: OVERHEAD,
            "ggml_init": self._init,
            "ggml_new_tensor_1d": lambda _context, _type, length: self._add(length),
            "ggml_new_tensor_4d": lambda _context, *shape: self._add(*shape),
            "ggml_scale": lambda _context, tensor, _factor: self._add(*self.tensors[tensor]),
            "ggml_flash_attn_ext": self._flash,
            "ggml_backend_dev_supports_op": self._supports,
            "ggml_free": self._free,
        }
        return functions[name]

    def _init(self, memory: object) -> int:
        self.room = memory.size // OVERHEAD  # type: ignore[attr-defined]
        assert memory.leaves_out  # type: ignore[attr-defined]
        self.open += 1
        return 1

    def _add(self, *shape: int) -> int:
        self.tensors.append(shape)
        assert len(self.tensors) <= self.room
        return len(self.tensors) - 1

    def _flash(self, _context: int, asked: int, keys: int, values: int, mask: int, *_numbers: float) -> int:
        queries, kept, looked_at, masked = (self.tensors[each] for each in (asked, keys, values, mask))
        assert queries[0] == masked[0] - 1 == F32
        assert queries[1] == kept[1], "ggml would end the process"
        assert queries[3] % kept[3] == 0
        assert masked[1] == kept[2] == looked_at[2]
        assert kept[0] == looked_at[0]
        return self._add(kept[0], kept[1], looked_at[1])

    def _supports(self, device: int, tensor: int) -> bool:
        assert device == 7
        shape = self.tensors[tensor]
        if len(shape) == 1:
            return shape[0] * VALUE_BYTES <= self.largest
        return shape[0] in self.types and set(shape[1:]) <= set(self.lengths)

    def _free(self, _context: int) -> None:
        self.open -= 1
        self.tensors.clear()


@pytest.mark.parametrize(
    ("largest", "expected"),
    [
        (float("inf"), 0),
        (0, 0),
        (4, 4),
        (1 << 27, 1 << 27),
        ((1 << 32) - 1, (1 << 32) - 4),
        ((1 << 40) - 4, (1 << 40) - 4),
    ],
)
def test_the_end_is_found_to_a_value(largest: float, expected: int) -> None:
    ggml = FalseGgml(largest)
    assert largest_result(ggml.function, 7) == expected
    assert ggml.open == 0


@pytest.mark.parametrize(
    ("changes", "lengths", "types", "expected"),
    [
        ({}, {128}, {F16, Q8_0, Q4_0}, ALL),
        ({}, {128}, {F16}, (KvType.F16,)),
        ({}, {64}, {F16, Q8_0, Q4_0}, ()),
        ({"architecture": "grok"}, {128}, {F16, Q8_0, Q4_0}, ()),
        ({"key_length": 100, "value_length": 100}, {100}, {F16, Q8_0, Q4_0}, (KvType.F16,)),  # none of whole blocks
        ({"key_length": 192}, {192, 128}, {F16, Q8_0}, (KvType.F16, KvType.Q8_0)),
        ({"key_length": 192}, {128}, {F16, Q8_0}, ()),
        ({"sliding_window": 512, "sliding_layers": (True, False), "sliding_key_length": 64}, {128}, {F16}, ()),
        ({"key_length": 576, "value_length": 0, "head_counts_kv": (1,)}, {}, {}, ALL),
        ({"head_counts_kv": (0, 2)}, {128}, {F16}, (KvType.F16,)),
        ({"head_counts_kv": (0,)}, {}, {}, ALL),
        ({"head_counts_kv": (3,)}, {}, {}, ALL),  # which ggml cannot even be asked about
    ],
    ids=str,
)
def test_flash_attention_is_what_the_device_says_of_each_layer(
    changes: dict[str, object], lengths: Collection[int], types: Collection[int], expected: tuple[KvType, ...]
) -> None:
    ggml = FalseGgml(lengths=lengths, types=types)
    assert flash_types(ggml.function, 7, msgspec.structs.replace(SHAPE, **changes)) == expected
    assert ggml.open == 0
