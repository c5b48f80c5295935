"""Other computers that hold layers of a model (llama.cpp's RPC): their addresses, what they offer, why one is not used."""

import ipaddress
import re
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:  # the settings need the bounds alone, and every start the settings
    from desktop_app.domain.fit import Device

MOST_SERVERS = 16
"""GGML_RPC_MAX_SERVERS."""
LONGEST_ADDRESS = 300
"""Characters; a host's name has 253 at most."""
COUNTED_SHARE = 0.75
"""Of the memory of a device that tells all of it as free: a processor does, whatever else its computer holds."""

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_LONGEST_NAME = 253
HIGHEST_PORT = 65535


class Flaw(StrEnum):
    """Why what was typed is no address of a server."""

    EMPTY = "empty"
    NO_PORT = "no_port"
    PORT = "port"
    """Not a number from 1 to 65,535."""
    BRACKETS = "brackets"
    """An IPv6 address outside of brackets, or something else inside of them."""
    HOST = "host"
    TWICE = "twice"
    TOO_MANY = "too_many"


class Address(msgspec.Struct, frozen=True):
    """Where a server answers; `host` is a name or an IP address without brackets, in lower case."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(text: str) -> Address | Flaw:
    """Return the address in `text`, or what is wrong with it: host:port, an IPv6 address in brackets."""
    text = text.strip().lower()
    if not text:
        return Flaw.EMPTY
    if "/" in text:
        return Flaw.HOST
    if text.startswith("["):
        host, closed, rest = text[1:].partition("]")
        if not closed or not _is_ipv6(host):
            return Flaw.BRACKETS
        host = str(ipaddress.IPv6Address(host))
    else:
        host, colon, rest = text.partition(":")
        if ":" in rest and (_is_ipv6(text) or _is_ipv6(text.rpartition(":")[0])):
            return Flaw.BRACKETS
        rest = colon + rest
        if not _is_host(host):
            return Flaw.HOST
    if not rest:
        return Flaw.NO_PORT
    if not rest.startswith(":"):
        return Flaw.BRACKETS
    digits = rest[1:]
    if not digits:
        return Flaw.NO_PORT
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > 5 or not 1 <= int(digits) <= HIGHEST_PORT:
        return Flaw.PORT
    return Address(host, int(digits))


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def _is_host(text: str) -> bool:
    """Whether it is a name of a host, or an IPv4 address: what ends in a number is no name."""
    labels = text.removesuffix(".").split(".")
    if labels[-1].isdecimal():
        try:
            ipaddress.IPv4Address(text)
        except ValueError:
            return False
        return True
    return len(text) <= _LONGEST_NAME and all(_LABEL.fullmatch(label) for label in labels)


def with_address(addresses: tuple[str, ...], text: str) -> tuple[str, ...] | Flaw:
    """Return `addresses` with the one in `text` behind them, or why it cannot be added."""
    parsed = parse_address(text)
    if isinstance(parsed, Flaw):
        return parsed
    if str(parsed) in addresses:
        return Flaw.TWICE
    if len(addresses) >= MOST_SERVERS:
        return Flaw.TOO_MANY
    return (*addresses, str(parsed))


def usable(addresses: tuple[str, ...]) -> tuple[str, ...]:
    """Return those that are addresses, each once and as it is written here: a settings file may hold anything."""
    parsed = (parse_address(text) for text in addresses)
    found = (str(address) for address in parsed if isinstance(address, Address))
    return tuple(dict.fromkeys(found))[:MOST_SERVERS]


class Trouble(StrEnum):
    """Why a server is not used."""

    OFFLINE = "offline"
    """The person has switched the network off."""
    NO_PART = "no_part"
    """This engine build cannot speak with servers."""
    UNKNOWN_HOST = "unknown_host"
    REFUSED = "refused"
    """The computer is there, and nobody listens."""
    UNREACHABLE = "unreachable"
    SILENT = "silent"
    """Somebody took the connection and said nothing: a server that serves another one does that, too."""
    CLOSED = "closed"
    """It ended the connection instead of answering: llama.cpp's servers do that where the protocol is too old."""
    NONSENSE = "nonsense"
    OTHER_VERSION = "other_version"
    NO_DEVICE = "no_device"


class ServerDevice(msgspec.Struct, frozen=True):
    """A device of a server; all that the protocol tells of it is its memory, in bytes."""

    free_memory: int
    total_memory: int


class ServerAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of asking a server; `trouble` is None where it can be used, `version` is its protocol's, empty where untold.

    `detail` is for a report, in English and technical.
    """

    address: str
    trouble: Trouble | None = None
    version: str = ""
    devices: tuple[ServerDevice, ...] = ()
    detail: str = ""


def device_name(address: str, number: int) -> str:
    """Return what a server's device is called here: by the address, and from the second one on with its number."""
    return address if number == 0 else f"{address}/{number + 1}"


def server_of(device: str) -> str:
    """Return the address in the name of a server's device."""
    return device.partition("/")[0]


def devices_of(answer: ServerAnswer) -> "tuple[Device, ...]":
    """Return what a plan may count on of a server, none where it cannot be used."""
    if answer.trouble is not None:
        return ()
    from desktop_app.domain.fit import Device

    return tuple(
        Device(
            name=device_name(answer.address, number),
            kind="server",
            free_memory=_counted(device.free_memory, device.total_memory),
            total_memory=device.total_memory,
        )
        for number, device in enumerate(answer.devices)
    )


def _counted(free: int, total: int) -> int:
    return int(free * COUNTED_SHARE) if free >= total else free
