"""Remembers what other computers said when they were last asked, so that models are judged with them and nobody is asked for that."""

import contextlib
import threading
from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path

import msgspec

from desktop_app.domain.fit import Machine
from desktop_app.domain.servers import ServerAnswer, Trouble, device_name, devices_of, usable
from desktop_app.services.events import EngineChanged, ServersChanged, ServiceEvent
from desktop_app.services.hardware.servers import ServerUse
from desktop_app.support.files import UNREADABLE, replace_json
from desktop_app.support.publisher import Publisher

OF_HERE = frozenset({Trouble.OFFLINE, Trouble.NO_PART})
"""What tells nothing of a server."""
PASSING = OF_HERE | {Trouble.SILENT}
"""What an engine meets of itself and does not last: a server serves one model at a time, and that may be another one of ours."""


class KnownServers:
    """The last answer of each server in the settings, kept in a file; nothing here connects to anybody."""

    def __init__(self, *, file: Path, use: ServerUse, pool: Executor, events: Publisher[ServiceEvent]) -> None:
        self._file = file
        self._use = use
        self._pool = pool
        self._events = events
        self._lock = threading.Lock()
        self._kept: dict[str, ServerAnswer] | None = None

    def note(self, answers: Sequence[ServerAnswer]) -> None:
        """Keep what servers said; writes a file where that is new, so not for the window's thread."""
        told = {answer.address: answer for answer in answers if answer.trouble not in OF_HERE}
        listed = usable(self._use.settings().addresses)
        with self._lock:
            before = self._read()
            known = {address: answer for address, answer in (before | told).items() if address in listed}
            if known == before:
                return
            self._kept = known
            with contextlib.suppress(OSError):  # then they are asked again after the next start
                replace_json(self._file, known)
        self._events.publish(ServersChanged())

    def hear(self, event: ServiceEvent) -> None:
        """Learn from a model that is loaded which servers cannot be used any more; returns at once."""
        if isinstance(event, EngineChanged) and event.model is not None:
            gone = [answer for answer in event.model.missing_servers if answer.trouble not in PASSING]
            if gone:
                with contextlib.suppress(RuntimeError):  # the services are closing
                    self._pool.submit(self.note, gone)

    def answers(self) -> tuple[ServerAnswer, ...]:
        """Return the last answers of the servers in the settings, of those that were asked; reads a file the first time."""
        with self._lock:
            known = self._read()
        return tuple(known[address] for address in usable(self._use.settings().addresses) if address in known)

    def added_to(self, machine: Machine) -> Machine:
        """Return a computer with what its servers said that they have; offline without any."""
        if self._use.offline():
            return machine
        always = self._use.settings().for_every_model
        devices = [device for answer in self.answers() for device in devices_of(answer)]
        return msgspec.structs.replace(
            machine, devices=(*machine.devices, *devices), servers_always=always and bool(devices)
        )

    def device_names(self) -> tuple[str, ...]:
        """Return what the devices of all servers in the settings are called; one that was never asked is taken to have one."""
        counts = {answer.address: max(1, len(answer.devices)) for answer in self.answers()}
        listed = usable(self._use.settings().addresses)
        return tuple(device_name(each, number) for each in listed for number in range(counts.get(each, 1)))

    def _read(self) -> dict[str, ServerAnswer]:
        if self._kept is None:
            try:
                self._kept = msgspec.json.decode(self._file.read_bytes(), type=dict[str, ServerAnswer])
            except UNREADABLE:
                self._kept = {}
        return self._kept
