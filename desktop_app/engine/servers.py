"""The servers that a worker may hold layers in: asked first, then connected to through relays."""

import threading
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor

from desktop_app.domain.fit import Device
from desktop_app.domain.servers import Address, ServerAnswer, Trouble, devices_of, parse_address
from desktop_app.engine.backend import Backend
from desktop_app.engine.greeting import ask_server
from desktop_app.engine.patience import Patience
from desktop_app.engine.relay import Relay
from desktop_app.support.network import Gate

PURPOSE = "model layers"
"""What the ledger says of it."""
AGAIN_SECONDS = 10.0
"""How long a server that has just answered may take to do so again: another computer may have been faster."""


class Servers:
    """Connected to only when a model needs them.

    `on_lost` gets a server's address, the reason, and for how many seconds it said nothing (0 where its connection
    ended), in a thread of its own.
    """

    def __init__(
        self,
        addresses: Sequence[str],
        backend: Backend,
        gate: Gate,
        on_lost: Callable[[str, str, float], None],
        patience: Patience,
    ) -> None:
        self._addresses = addresses
        self._backend = backend
        self._gate = gate
        self._on_lost = on_lost
        self._patience = patience
        self._relays: dict[str, Relay] = {}
        self._is_connected = False
        self.devices: tuple[Device, ...] = ()
        """What they offer, once `connect` was called."""
        self.missing: tuple[ServerAnswer, ...] = ()
        """Those that are not used, with the reason."""

    def connect(self) -> None:
        """Ask all of them at once, and take in those that answer; a second call does nothing."""
        if self._is_connected or not self._addresses:
            return
        self._is_connected = True
        if not self._backend.speaks_with_servers:
            self.missing = tuple(ServerAnswer(address=each, trouble=Trouble.NO_PART) for each in self._addresses)
            return
        with ThreadPoolExecutor(len(self._addresses), thread_name_prefix="greeting") as pool:
            answers = list(pool.map(lambda each: ask_server(each, self._gate), self._addresses))
        self.missing = tuple(answer for answer in answers if answer.trouble is not None)
        for answer in answers:
            if answer.trouble is None:
                self._take_in(answer)

    def leave_all_but(self, addresses: Collection[str]) -> None:
        """End the connections to those that hold no layers after all: others may want them."""
        for address in [address for address in self._relays if address not in addresses]:
            relay = self._relays.pop(address)
            self._gate.leave(relay, relay.received)
            relay.close()

    def close(self) -> None:
        """Tell the gate what came over the connections, and end them: llama.cpp aborts where it still needs one."""
        relays, self._relays = self._relays, {}
        for relay in relays.values():
            self._gate.leave(relay, relay.received)
        for relay in relays.values():
            relay.close()

    def _take_in(self, answer: ServerAnswer) -> None:
        address = parse_address(answer.address)
        assert isinstance(address, Address), "it was asked"
        relay = Relay(address, lambda reason, silence: self._on_lost(answer.address, reason, silence), self._patience)
        self._relays[answer.address] = relay
        self._gate.enter(relay, answer.address, PURPOSE)
        found = devices_of(answer)
        silent = (answer.address, "it does not answer any more", AGAIN_SECONDS)
        alarm = threading.Timer(AGAIN_SECONDS, self._on_lost, silent)
        alarm.daemon = True
        alarm.start()
        is_there = self._backend.add_server(relay.endpoint, [device.name for device in found])
        alarm.cancel()
        if is_there:
            self.devices += found
