"""A hub on loopback for each test, and the real client on it."""

import random
from collections.abc import Callable, Iterator

import pytest

from desktop_app.sources import fetch as fetch_module
from desktop_app.sources.http import open_session
from desktop_app.sources.hub import Hub
from desktop_app.support.network import Gate, NetworkUse
from tests.compiled_once import compiled_once
from tests.forks import forked_children
from tests.hub.server import HubServer
from tests.judged_once import judged_once
from tests.programs import PRELOADED
from tests.unhurried import unhurried

REPOSITORY = "maker/Small-GGUF"
FILE = "Small-Q4_K_M.gguf"


@pytest.fixture(scope="session", autouse=True)
def _forked() -> Iterator[None]:
    with forked_children(PRELOADED), judged_once(), compiled_once(), unhurried():
        yield


@pytest.fixture
def server() -> Iterator[HubServer]:
    hub = HubServer()
    hub.start()
    yield hub
    hub.stop()


@pytest.fixture
def data() -> bytes:
    return b"GGUF" + random.Random(5).randbytes(3_000_000)


@pytest.fixture
def uses() -> list[NetworkUse]:
    return []


@pytest.fixture
def gate(uses: list[NetworkUse]) -> Iterator[Gate]:
    made = Gate(uses.append)
    open_session(made)
    yield made
    open_session(made)  # closes the connections of this test


@pytest.fixture
def make_hub(server: HubServer, gate: Gate) -> Callable[..., Hub]:
    del gate
    return lambda token="": Hub(server.endpoint, token)


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again after hundredths of a second instead of seconds."""
    monkeypatch.setattr(fetch_module, "LONGEST_WAIT", 0.01)
