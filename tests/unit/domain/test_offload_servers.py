"""Plans with other computers: their memory holds what does not fit here."""

import msgspec
import pytest

from desktop_app.domain.fit import Device, KvType, Machine
from desktop_app.domain.offload import Limit, Wishes, even_weights, plan
from tests.unit.domain.test_fit import GB, QWEN3_8B, QWEN3_8B_BYTES
from tests.unit.domain.test_offload import LLAMA_70B, LLAMA_70B_BYTES, machine


def beside(memory: float, card: float, *servers: float, pace: float) -> Machine:
    """A computer with so many free GB of memory and on a card, and servers with so many."""
    here = machine(memory, card) if card else machine(memory)
    elsewhere = tuple(
        Device(name=f"server {place}", kind="server", free_memory=int(size * GB), total_memory=int(size * GB), bandwidth=pace)
        for place, size in enumerate(servers)
    )  # fmt: skip
    return msgspec.structs.replace(here, devices=(*here.devices, *elsewhere))


@pytest.mark.parametrize("card", [0, 12])
def test_servers_hold_no_more_than_does_not_fit_here(card: float) -> None:
    weights, wishes = even_weights(LLAMA_70B, LLAMA_70B_BYTES), Wishes(context=4096, kv_type=KvType.F16)
    alone = beside(24, card, pace=0.0)
    assert not plan(LLAMA_70B, weights, alone, wishes).fits
    slow = beside(24, card, 24, 24, pace=0.9 * alone.bandwidth)
    found = plan(LLAMA_70B, weights, slow, wishes)
    assert found.fits
    assert 0 < found.gpu_layers < found.all_layers
    fewer = msgspec.structs.replace(wishes, gpu_layers=found.gpu_layers - 1)
    assert not plan(LLAMA_70B, weights, slow, fewer).fits
    layers = {share.device: share.layers for share in found.shares}
    assert layers["server 0"] > 0
    if card:
        with_more_on_servers = plan(LLAMA_70B, weights, beside(24, 0, 24, 24, pace=1.0), wishes)
        assert layers["card 0"] > 0
        assert sum(layers.values()) >= with_more_on_servers.gpu_layers


def test_servers_that_are_wanted_for_every_model_hold_what_the_card_does_not() -> None:
    weights, wishes = even_weights(QWEN3_8B, QWEN3_8B_BYTES), Wishes(context=4096, kv_type=KvType.F16)
    whole = plan(QWEN3_8B, weights, beside(64, 0, 24, pace=0.0), wishes)
    assert (whole.gpu_layers, whole.limit) == (whole.all_layers, Limit.NONE)
    assert [share.device for share in whole.shares if share.layers] == ["server 0"]
    on_card = plan(QWEN3_8B, weights, beside(64, 24, 24, pace=0.0), wishes)
    assert [share.device for share in on_card.shares if share.layers] == ["card 0"]
    both = plan(QWEN3_8B, weights, beside(64, 4, 24, pace=0.0), wishes)
    assert [share.device for share in both.shares if share.layers] == ["card 0", "server 0"]
    assert both.gpu_layers == both.all_layers


def test_a_server_is_no_card_beside_which_an_integrated_one_is_left() -> None:
    weights, wishes = even_weights(QWEN3_8B, QWEN3_8B_BYTES), Wishes(context=4096, kv_type=KvType.F16)
    inside = machine(64, 32, kind="integrated")
    server = Device(name="server", kind="server", free_memory=24 * GB, total_memory=24 * GB)
    found = plan(QWEN3_8B, weights, msgspec.structs.replace(inside, devices=(*inside.devices, server)), wishes)
    assert [share.device for share in found.shares] == ["card 0", "server"]
