"""Addresses of servers as people type them."""

import pytest

from desktop_app.domain.servers import (
    LONGEST_ADDRESS,
    MOST_SERVERS,
    Address,
    Flaw,
    device_name,
    parse_address,
    server_of,
    usable,
    with_address,
)


@pytest.mark.parametrize(
    ("text", "host", "port", "written"),
    [
        ("10.0.0.2:50052", "10.0.0.2", 50052, "10.0.0.2:50052"),
        ("  Big-Box.local:1 ", "big-box.local", 1, "big-box.local:1"),
        ("host_a:65535", "host_a", 65535, "host_a:65535"),
        ("box.:50052", "box.", 50052, "box.:50052"),
        ("[::1]:50052", "::1", 50052, "[::1]:50052"),
        ("[FE80:0:0:0:0:0:0:1]:9", "fe80::1", 9, "[fe80::1]:9"),
        ("[fe80::1%eth0]:9", "fe80::1%eth0", 9, "[fe80::1%eth0]:9"),
        ("localhost:00080", "localhost", 80, "localhost:80"),
    ],
)
def test_an_address_is_a_host_and_a_port(text: str, host: str, port: int, written: str) -> None:
    address = parse_address(text)
    assert address == Address(host, port)
    assert str(address) == written
    assert parse_address(written) == address


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("", Flaw.EMPTY),
        ("   ", Flaw.EMPTY),
        ("10.0.0.2", Flaw.NO_PORT),
        ("10.0.0.2:", Flaw.NO_PORT),
        ("[::1]", Flaw.NO_PORT),
        ("[::1]:", Flaw.NO_PORT),
        ("box:0", Flaw.PORT),
        ("box:65536", Flaw.PORT),
        ("box:123456", Flaw.PORT),
        ("box:-1", Flaw.PORT),
        ("box:+1", Flaw.PORT),
        ("box:5 0", Flaw.PORT),
        ("box:٥٠", Flaw.PORT),
        ("box:port", Flaw.PORT),
        ("http://box:50052", Flaw.HOST),
        ("http://box", Flaw.HOST),
        (":50052", Flaw.HOST),
        ("a b:50052", Flaw.HOST),
        ("-a:50052", Flaw.HOST),
        ("a..b:50052", Flaw.HOST),
        ("10.0.0.256:50052", Flaw.HOST),
        ("10.0.2:50052", Flaw.HOST),
        ("1234:50052", Flaw.HOST),
        (f"{'a' * 64}:50052", Flaw.HOST),
        (f"{'a.' * 150}b:50052", Flaw.HOST),
        ("bücher:50052", Flaw.HOST),
        ("me@box:50052", Flaw.HOST),
        ("::1:50052", Flaw.BRACKETS),
        ("fe80::1", Flaw.BRACKETS),
        ("[::1:50052", Flaw.BRACKETS),
        ("[box]:50052", Flaw.BRACKETS),
        ("[10.0.0.2]:50052", Flaw.BRACKETS),
        ("[]:50052", Flaw.BRACKETS),
        ("[::1]50052", Flaw.BRACKETS),
    ],
)
def test_what_is_no_address_says_why(text: str, flaw: Flaw) -> None:
    assert parse_address(text) is flaw


def test_an_address_is_added_once() -> None:
    assert with_address((), "Box:50052 ") == ("box:50052",)
    assert with_address(("box:50052",), "BOX:50052") is Flaw.TWICE
    assert with_address(("[::1]:1",), "[0:0::1]:1") is Flaw.TWICE
    assert with_address(("box:50052",), "box:50053") == ("box:50052", "box:50053")
    assert with_address((), "box") is Flaw.NO_PORT
    many = tuple(f"box:{port}" for port in range(1, MOST_SERVERS + 1))
    assert with_address(many, "box:99") is Flaw.TOO_MANY


def test_a_settings_file_may_hold_anything() -> None:
    assert usable(("Box:50052", "nonsense", "box:50052", "", "[::1]:2")) == ("box:50052", "[::1]:2")
    assert len(usable(tuple(f"box:{port}" for port in range(1, 40)))) == MOST_SERVERS
    assert len(f"[{'f' * 40}]:65535") < LONGEST_ADDRESS


def test_the_devices_of_a_server_go_by_its_address() -> None:
    names = [device_name("[::1]:50052", number) for number in range(3)]
    assert names == ["[::1]:50052", "[::1]:50052/2", "[::1]:50052/3"]
    assert {server_of(name) for name in names} == {"[::1]:50052"}
