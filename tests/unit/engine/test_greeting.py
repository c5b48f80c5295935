"""What comes of asking all sorts of addresses what they offer."""

import socket

import pytest

from desktop_app.domain.servers import ServerAnswer, ServerDevice, Trouble
from desktop_app.engine.greeting import PURPOSE, ask_server
from desktop_app.support.network import Gate, NetworkUse
from tests import strange_servers as strange
from tests.strange_servers import GB, Behaviour, answering, dead_address, speaks

SECONDS, HASTY_SECONDS = 60.0, 0.5
"""How long silence is borne here, and of servers that are silent."""


class Asked:
    """An answer, and what the ledger got."""

    def __init__(self, address: str, *, offline: bool = False, seconds: float = SECONDS) -> None:
        self.uses: list[NetworkUse] = []
        gate = Gate(self.uses.append, offline=offline)
        self.answer: ServerAnswer = ask_server(address, gate, seconds, seconds)


def test_a_server_tells_its_devices_and_the_ledger_what_came() -> None:
    with answering(speaks(devices=((GB, 2 * GB), (0, 3 * GB)))) as address:
        asked = Asked(address)
    assert asked.answer == ServerAnswer(
        address=address, version="7.0.0", devices=(ServerDevice(GB, 2 * GB), ServerDevice(0, 3 * GB))
    )
    (use,) = asked.uses
    assert (use.host, use.purpose, use.received) == (address, PURPOSE, 36 + 12 + 24 + 24)


@pytest.mark.skipif(not socket.has_ipv6, reason="this computer has no IPv6")
def test_a_server_may_have_an_ipv6_address() -> None:
    with answering(speaks(), "::1") as address:
        assert address.startswith("[::1]:")
        assert Asked(address).answer.trouble is None


@pytest.mark.parametrize(
    ("behaviour", "trouble"),
    [
        (strange.random_bytes, Trouble.NONSENSE),
        (strange.http, Trouble.NONSENSE),
        (strange.echoes, Trouble.NONSENSE),
        (strange.stops_in_the_middle, Trouble.NONSENSE),
        (strange.closes_in_the_middle, Trouble.NONSENSE),
        (strange.closes, Trouble.CLOSED),
        (strange.reads_and_closes, Trouble.CLOSED),
        (strange.silent, Trouble.SILENT),
        (speaks(version=(6, 0, 0)), Trouble.OTHER_VERSION),
        (speaks(version=(8, 0, 0)), Trouble.OTHER_VERSION),
        (speaks(version=(7, 1, 0)), Trouble.OTHER_VERSION),
        (speaks(devices=()), Trouble.NO_DEVICE),
        (speaks(count=4_000_000_000), Trouble.NONSENSE),
        (speaks(devices=((3 * GB, GB),)), Trouble.NONSENSE),
    ],
)
def test_what_is_no_usable_server_is_told_apart(behaviour: Behaviour, trouble: Trouble) -> None:
    is_silent = behaviour in (strange.silent, strange.stops_in_the_middle)
    with answering(behaviour) as address:
        asked = Asked(address, seconds=HASTY_SECONDS if is_silent else SECONDS)
    assert asked.answer.trouble is trouble, asked.answer
    assert asked.answer.devices == ()
    assert [use.host for use in asked.uses] == [address]


def test_another_version_is_named() -> None:
    with answering(speaks(version=(6, 2, 1))) as address:
        assert Asked(address).answer.version == "6.2.1"


def test_nobody_at_an_address() -> None:
    assert Asked(dead_address()).answer.trouble is Trouble.REFUSED
    assert Asked("no-such-computer.invalid:50052").answer.trouble is Trouble.UNKNOWN_HOST
    assert Asked("nonsense").answer.trouble is Trouble.UNKNOWN_HOST


def test_offline_nothing_is_connected_to() -> None:
    connections: list[socket.socket] = []
    with answering(connections.append) as address:
        asked = Asked(address, offline=True)
    assert asked.answer.trouble is Trouble.OFFLINE
    assert connections == []
    assert asked.uses == []
