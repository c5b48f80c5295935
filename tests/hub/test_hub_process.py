"""The hub process where something goes wrong that nobody thought of: whoever waits is told."""

import multiprocessing
import threading
from collections.abc import Callable

import pytest

from desktop_app.domain.errors import ErrorCode
from desktop_app.domain.hub import HubFile, Query
from desktop_app.protocol import hub as protocol
from desktop_app.protocol.wire import Wire
from desktop_app.sources import fetch, hub
from desktop_app.sources.process import HubProcess
from desktop_app.support.network import Gate

FETCH = protocol.Fetch(request_id="f", repository="m/M", commit="a" * 40, file=HubFile(name="m.gguf"), target="m.gguf")


@pytest.mark.parametrize(
    ("command", "place", "name"),
    [(FETCH, fetch.FileFetch, "run"), (protocol.Search("f", Query(text="x")), hub.Hub, "search")],
)
def test_whoever_waits_is_told(
    gate: Gate, monkeypatch: pytest.MonkeyPatch, command: protocol.Command, place: type, name: str
) -> None:
    del gate  # it puts back the session of these tests

    def stumble(*_given: object) -> Callable[..., object]:
        raise KeyError("nobody thought of this")

    monkeypatch.setattr(place, name, stumble)
    ours, theirs = multiprocessing.Pipe()
    wire: Wire[protocol.Event] = Wire(ours, protocol.Event)
    process = HubProcess(Wire(theirs, protocol.Command))
    thread = threading.Thread(target=process.serve)
    thread.start()
    wire.send(command)
    assert isinstance(wire.receive(), protocol.Ready)
    assert ours.poll(30)
    event = wire.receive()
    wire.send(protocol.Stop())
    thread.join()
    process._questions.shutdown()
    assert isinstance(event, protocol.Failed)
    assert (event.request_id, event.error.code) == ("f", ErrorCode.DOWNLOAD_SERVER)
    assert "nobody thought of this" in event.error.detail
