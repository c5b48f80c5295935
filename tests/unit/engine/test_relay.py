"""Connections that are carried to a server: what comes and goes, and when a server counts as lost."""

import queue
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from desktop_app.domain.servers import Address, parse_address
from desktop_app.engine.patience import USUAL_PATIENCE, Patience
from desktop_app.engine.relay import Relay, watch_over
from tests import strange_servers as strange
from tests.strange_servers import answering, dead_address, speaks

SECONDS = 60.0


@contextmanager
def relayed(
    address: str, patience: Patience = USUAL_PATIENCE
) -> Iterator[tuple[Relay, "queue.Queue[tuple[str, float]]"]]:
    parsed = parse_address(address)
    assert isinstance(parsed, Address)
    lost: queue.Queue[tuple[str, float]] = queue.Queue()
    relay = Relay(parsed, lambda reason, silence: lost.put((reason, silence)), patience)
    try:
        yield relay, lost
    finally:
        relay.close()


def connected(relay: Relay) -> socket.socket:
    host, _colon, port = relay.endpoint.partition(":")
    assert host == "127.0.0.1"
    return socket.create_connection((host, int(port)), SECONDS)


def read_all(connection: socket.socket) -> bytes:
    got = b""
    with suppress(ConnectionResetError):  # it was ended before all that was sent had been read
        while piece := connection.recv(65536):
            got += piece
    return got


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_bytes_come_and_go_over_several_connections(host: str) -> None:
    content = bytes(range(256)) * 4000
    with answering(strange.echoes, host) as address, relayed(address) as (relay, lost):
        for _time in range(3):
            with connected(relay) as connection:
                connection.sendall(content[:1000])
                got = b""
                while len(got) < 1000:
                    got += connection.recv(65536)
                assert got == content[:1000]
        with connected(relay) as connection:
            connection.sendall(content[:300_000])
            got = b""
            while len(got) < 300_000:
                got += connection.recv(65536)
            assert got == content[:300_000]
        assert relay.received == 303_000
        assert lost.empty()


def test_who_hangs_up_here_loses_no_server() -> None:
    with answering(strange.silent) as address, relayed(address) as (relay, lost):
        for _time in range(20):
            connected(relay).close()
        with connected(relay) as connection:
            connection.sendall(b"x")
        relay.close()
        assert lost.empty()


@pytest.mark.parametrize("behaviour", [strange.closes, strange.reads_and_closes])
def test_a_server_that_hangs_up_is_lost_once(behaviour: strange.Behaviour) -> None:
    with answering(behaviour) as address, relayed(address) as (relay, lost):
        with connected(relay) as connection:
            connection.sendall(b"x")
            reason, silence = lost.get(timeout=SECONDS)
            assert reason
            assert silence == 0.0
            assert read_all(connection) == b""
        with connected(relay) as connection:
            connection.sendall(b"x")
            assert read_all(connection) == b""
        assert lost.empty()


def test_a_server_that_cannot_be_reached_any_more_is_lost() -> None:
    with relayed(dead_address()) as (relay, lost):
        with connected(relay) as connection:
            assert read_all(connection) == b""
        assert "refused" in lost.get(timeout=SECONDS)[0].lower()


def test_what_ends_with_the_relay_is_not_lost() -> None:
    with answering(strange.silent) as address, relayed(address) as (relay, lost):
        with connected(relay) as connection:
            connection.sendall(b"x")
            relay.close()
            assert read_all(connection) == b""
        assert lost.empty()


HASTY = Patience(seconds=0.5, times=0.0)
HELLO = struct.pack("<BQ", 14, 24) + bytes(24)


def test_a_server_that_hangs_is_lost_once_an_answer_is_overdue() -> None:
    with answering(strange.silent) as address, relayed(address, HASTY) as (relay, lost), connected(relay) as connection:
        connection.sendall(HELLO)
        assert lost.get(timeout=SECONDS) == ("it hangs", 0.5)
        assert read_all(connection) == b""
        assert lost.empty()


def test_a_server_that_takes_nothing_more_is_lost() -> None:
    """Nothing is to be answered, but the system keeps no more of what is sent."""
    release = threading.Event()
    with (
        answering(lambda _connection: release.wait(SECONDS) and None) as address,
        relayed(address, HASTY) as (relay, lost),
    ):
        with connected(relay) as connection, suppress(OSError):
            connection.sendall(struct.pack("<BQ", 6, 100_000_000) + bytes(100_000_000))
        assert lost.get(timeout=SECONDS) == ("it hangs", 0.5)
        release.set()


def test_who_owes_nothing_may_be_silent() -> None:
    """Commands that get no answer, half a command, and one that was answered."""
    patience = Patience(seconds=2.0, times=0.0)
    with answering(speaks()) as address, relayed(address, patience) as (relay, lost), connected(relay) as connection:
        connection.sendall(HELLO)
        assert len(connection.recv(65536)) == 8 + 28
        connection.sendall(HELLO[:20])
        with pytest.raises(queue.Empty):
            lost.get(timeout=1.5 * patience.seconds)


@pytest.mark.skipif(not hasattr(socket, "TCP_KEEPCNT"), reason="only Linux tells all of it")
def test_the_system_looks_after_a_server_that_says_nothing() -> None:
    with socket.socket() as far:
        watch_over(far)
        options = [socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT]
        assert far.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert [far.getsockopt(socket.IPPROTO_TCP, option) for option in options] == [15, 5, 3]
