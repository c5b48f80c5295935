"""What loading decides where other computers may hold layers: whom it connects to, what goes where, and what is said."""

from pathlib import Path

import msgspec
import psutil
import pytest

pytest.importorskip("llama_cpp")

from desktop_app.domain.elsewhere import servers_in
from desktop_app.domain.errors import EngineError, ErrorCode
from desktop_app.domain.fit import Device
from desktop_app.domain.gguf import read_header
from desktop_app.domain.models import ModelInfo
from desktop_app.domain.offload import Plan, Share
from desktop_app.domain.servers import ServerAnswer, Trouble
from desktop_app.engine.loading import badge
from desktop_app.engine.offloading import Offloading
from desktop_app.protocol.engine import Load
from desktop_app.services.words.device_words import device_words
from desktop_app.services.words.error_text import explain
from tests.unit.engine.test_loading_choices import LOG, MB, PLAN, Devices, read


class FakeServers:
    """Servers that count how often they are connected to."""

    def __init__(self, *free: int, missing: tuple[ServerAnswer, ...] = ()) -> None:
        self.missing: tuple[ServerAnswer, ...] = ()
        self.devices: tuple[Device, ...] = ()
        self.connected = 0
        self._found = tuple(
            Device(name=f"10.0.0.{place + 2}:50052", kind="server", free_memory=size, total_memory=size)
            for place, size in enumerate(free)
        )
        self._missing = missing

    def connect(self) -> None:
        self.connected += 1
        self.devices, self.missing = self._found, self._missing


def over(starter_model: str, servers: FakeServers, *free: int, **wishes: object) -> list[Plan]:
    load = Load(model_path=starter_model, context_size=2048, servers=("10.0.0.2:50052",), **wishes)
    header = read_header(Path(starter_model))
    return list(Offloading(load, header, Devices(*free), servers).plans())


@pytest.fixture
def little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave less free than the starter model needs, but more than the process."""
    memory = psutil.virtual_memory()._replace(available=170 * MB)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)


DEAD = ServerAnswer(address="10.0.0.3:50052", trouble=Trouble.REFUSED, detail="refused")


def test_servers_are_connected_to_only_where_a_model_does_not_fit(starter_model: str) -> None:
    servers = FakeServers(8000 * MB)
    assert over(starter_model, servers)[0].gpu_layers == 0
    assert over(starter_model, servers, 8000 * MB)[0].gpu_layers == 31
    assert over(starter_model, servers, servers_always=True, gpu_layers=0)[0].gpu_layers == 0
    assert servers.connected == 0


def test_servers_for_every_model_come_behind_the_cards(starter_model: str) -> None:
    servers = FakeServers(8000 * MB)
    (first, *_smaller) = over(starter_model, servers, servers_always=True)
    assert [(share.device, share.layers) for share in first.shares] == [("10.0.0.2:50052", 31)]
    (first, *_smaller) = over(starter_model, servers, 8000 * MB, servers_always=True)
    assert [share.layers for share in first.shares] == [31, 0]


@pytest.mark.usefixtures("little_memory")
def test_what_does_not_fit_here_goes_to_servers(starter_model: str) -> None:
    servers = FakeServers(8000 * MB, missing=(DEAD,))
    first = over(starter_model, servers)[0]
    assert servers.connected == 1
    assert first.fits
    assert first.shares[0].layers > 0


@pytest.mark.usefixtures("little_memory")
def test_a_model_that_does_not_fit_without_a_missing_server_is_refused(starter_model: str) -> None:
    with pytest.raises(EngineError) as caught:
        over(starter_model, FakeServers(missing=(DEAD,)))
    assert caught.value.code is ErrorCode.SERVER_NEEDED
    explanation = explain(caught.value.info)
    assert explanation.sentence == ("This model does not fit without the server 10.0.0.3:50052, which cannot be used.")
    assert explanation.next_step.startswith("The computer is there, but nobody listens at this port. ")


def test_badges_and_words_tell_which_layers_are_elsewhere() -> None:
    here = Share(device="CUDA0", layers=10, weights=1, kv_cache=0, compute=0)
    there = Share(device="10.0.0.2:50052", layers=12, weights=1, kv_cache=0, compute=0)
    second = msgspec.structs.replace(there, device="10.0.0.2:50052/2", layers=1)
    servers = tuple(
        Device(name=share.device, kind="server", free_memory=1, total_memory=1) for share in (there, second)
    )
    log = read(LOG.replace("28/33", "23/33"))
    both = msgspec.structs.replace(PLAN, gpu_layers=23, shares=(here, there, second))
    assert badge(both, log, servers) == "GPU + remote 23/33"
    away = msgspec.structs.replace(PLAN, gpu_layers=13, shares=(there, second))
    assert badge(away, read(LOG.replace("28/33", "13/33")), servers) == "Remote 13/33"
    unused = msgspec.structs.replace(PLAN, shares=(msgspec.structs.replace(here, layers=28),))
    assert badge(unused, read(LOG), servers) == "GPU 28/33"
    model = ModelInfo(name="m", path="/m", plan=both, servers=servers_in(both, servers), missing_servers=(DEAD,))
    assert model.servers == ("10.0.0.2:50052",)
    assert device_words(model).startswith(
        "10 of 33 layers are on the graphics card. 13 of 33 layers are on 10.0.0.2:50052. "
        "10 are in this computer's memory. "
    )
    assert "Without 10.0.0.3:50052: The computer is there" in device_words(model)
