"""Says whether several models fit a computer at the same time: its memory, and that of each of its graphics cards.

Each is planned with what those before it leave, as their workers find it when they load one after the other.
"""

from collections.abc import Sequence

import msgspec

from desktop_app.domain.elsewhere import plan_as_loaded, servers_in
from desktop_app.domain.fit import DEVICE_BYTES, Machine
from desktop_app.domain.models import ModelInfo
from desktop_app.domain.offload import Plan, Weights, Wishes
from desktop_app.domain.servers import server_of
from desktop_app.domain.shape import Shape


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A model that is to be loaded."""

    shape: Shape
    weights: Weights
    wishes: Wishes


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A worker as it is now: the bytes that it has in the computer's memory, and its `model` since `loaded_at`.

    `loaded_at` is in seconds since 1970; `model` is None while it is being loaded. What `stays` is not ended to make room.
    """

    memory: int
    stays: bool
    model: ModelInfo | None = None
    loaded_at: float = 0.0


def fit_together(models: Sequence[Wanted], machine: Machine) -> bool:
    """Return whether all of `models` can be loaded, one after the other."""
    for each in models:
        made = plan_as_loaded(each.shape, each.weights, machine, each.wishes)
        if not made.fits:
            return False
        machine = left_by(made, machine)
    return True


def left_by(made: Plan, machine: Machine) -> Machine:
    """Return what is left of a computer once a model was loaded so; a server serves one model at a time."""
    taken = {share.device: share.total for share in made.shares}
    shared = sum(taken.get(device.name, 0) for device in machine.devices if device.kind == "integrated")
    return _with_less(machine, made.host + shared, taken, servers_in(made, machine.devices))


def with_room_of(machine: Machine, workers: Sequence[Held]) -> Machine:
    """Return a computer as it will be once the workers that do not stay are gone.

    Its own memory is as it is now, that of its devices as it was `seen_at`: models that were loaded since then have
    taken of it, and those that were there before give theirs back.
    """
    back = sum(worker.memory for worker in workers if not worker.stays or worker.model is None)
    taken: dict[str, int] = {}
    servers: set[str] = set()
    for worker in workers:
        if worker.model is None:
            continue
        was_seen = worker.loaded_at <= machine.seen_at
        sign = 1 if worker.stays and not was_seen else -1 if not worker.stays and was_seen else 0
        for device, size in worker.model.allocated.items():
            taken[device] = taken.get(device, 0) + sign * (size + DEVICE_BYTES if size else 0)
        if worker.stays:
            servers |= set(worker.model.servers)
    return _with_less(machine, -back, taken, servers)


def _with_less(machine: Machine, host: int, taken: dict[str, int], servers: Sequence[str] | set[str]) -> Machine:
    """Return a computer without so many bytes of its memory and of its devices', and without some servers."""
    devices = tuple(
        msgspec.structs.replace(device, free_memory=max(0, device.free_memory - taken.get(device.name, 0)))
        for device in machine.devices
        if device.kind != "server" or server_of(device.name) not in servers
    )
    return msgspec.structs.replace(machine, free_memory=max(0, machine.free_memory - host), devices=devices)
