"""Plans where a layer more just fits, and for files of which only the front was read."""

import msgspec
import pytest

from desktop_app.domain.fit import SAFETY, Device, KvType, Machine, parameter_count
from desktop_app.domain.gguf import PartSizes
from desktop_app.domain.offload import Wishes, even_weights, plan, weights_of
from desktop_app.domain.shape import Shape
from tests.unit.domain.test_fit import GB, QWEN3_8B, QWEN3_8B_BYTES
from tests.unit.domain.test_offload import needed

GEMMA3_4B = msgspec.structs.replace(
    QWEN3_8B, architecture="gemma3", layer_count=34, embedding_length=2560, feed_forward_length=10240, head_count=8,
    head_counts_kv=(4,), key_length=256, value_length=256, vocabulary_size=262_144,
)  # fmt: skip


@pytest.mark.parametrize("kinds", [("gpu", "gpu"), ("gpu", "integrated")])
def test_a_plan_that_fits_needs_no_more_than_is_free_at_any_border(kinds: tuple[str, str]) -> None:
    """Byte by byte nothing is left over where a layer more just fits, or what several cards hold copies of."""
    seen = set()
    for size in range(3_000, 15_000, 23):
        cards = [
            Device(name=f"card {place}", kind=kind, free_memory=size * 1_000_000, total_memory=80 * GB)
            for place, kind in enumerate(kinds)
        ]
        host = size * 2_000_000 if "integrated" in kinds else 64 * GB
        computer = Machine(free_memory=host, total_memory=64 * GB, devices=tuple(cards))
        made = plan(
            QWEN3_8B, even_weights(QWEN3_8B, QWEN3_8B_BYTES), computer, Wishes(context=32768, kv_type=KvType.F16)
        )
        seen.add(sum(share.layers > 0 for share in made.shares))
        free = {device.name: device.free_memory for device in cards} | {"host": host}
        assert not made.fits or all(
            taken * SAFETY <= free[place] + 1 for place, taken in needed(made, computer).items()
        )
    assert max(seen) == kinds.count("gpu"), "an integrated one is left aside beside a card"


@pytest.mark.parametrize(("shape", "tables"), [(QWEN3_8B, 2), (GEMMA3_4B, 1)], ids=["qwen3", "gemma3"])
def test_the_parts_of_a_file_that_was_not_read_are_about_what_its_tensors_tell(shape: Shape, tables: int) -> None:
    """A card gets a copy of the table where a family has no output of its own."""
    table = shape.vocabulary_size * shape.embedding_length
    block = (parameter_count(shape) - table) // shape.layer_count
    sizes = PartSizes(layers=dict.fromkeys(range(shape.layer_count), block))
    sizes.add("token_embd.weight", table)
    if tables == 2:
        sizes.add("output.weight", table)
    told = weights_of(shape, [sizes])
    guessed = even_weights(shape, told.total)
    assert guessed.total == told.total == shape.layer_count * block + tables * table
    assert guessed.is_tied == told.is_tied == (tables == 1)
    assert guessed.output == pytest.approx(told.output, rel=0.001)
    assert guessed.layers[0] == pytest.approx(told.layers[0], rel=0.001)
