"""How large a result a device computes at most, asked of a false ggml."""

from collections.abc import Callable

import pytest

from desktop_app.engine.result_sizes import largest_result

OVERHEAD = 400
VALUE_BYTES = 4


class FalseGgml:
    """Keeps the lengths of tensors; its one device computes results of up to `largest` bytes."""

    def __init__(self, largest: float) -> None:
        self.largest = largest
        self.room = 0
        self.lengths: list[int] = []
        self.freed = 0

    def function(self, name: str, *_types: object) -> Callable[..., object]:
        functions: dict[str, Callable[..., object]] = {
            "ggml_tensor_overhead": lambda: OVERHEAD,
            "ggml_init": self._init,
            "ggml_new_tensor_1d": lambda _context, _type, length: self._add(length),
            "ggml_scale": lambda _context, tensor, _factor: self._add(self.lengths[tensor]),
            "ggml_backend_dev_supports_op": lambda _device, tensor: self.lengths[tensor] * VALUE_BYTES <= self.largest,
            "ggml_free": lambda _context: setattr(self, "freed", self.freed + 1),
        }
        return functions[name]

    def _init(self, memory: object) -> int:
        self.room = memory.size // OVERHEAD  # type: ignore[attr-defined]
        assert memory.leaves_out  # type: ignore[attr-defined]
        return 1

    def _add(self, length: int) -> int:
        self.lengths.append(length)
        assert len(self.lengths) <= self.room
        return len(self.lengths) - 1


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
    assert ggml.freed == 1
