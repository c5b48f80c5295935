"""Plans a model for a computer that may have layers of it on others: whether it does, and which of them then hold some."""

from collections.abc import Collection, Sequence

import msgspec

from desktop_app.domain.fit import Device, Machine
from desktop_app.domain.offload import Plan, Weights, Wishes, plan
from desktop_app.domain.servers import server_of
from desktop_app.domain.shape import Shape

SERVER_PACE = 0.9
"""How fast another computer is counted, as a share of this one's memory, where it is to hold only what does not fit here.

How fast it is nobody tells, so that no estimate of speed is shown with it.
"""


def with_servers(machine: Machine, servers: Sequence[Device], *, always: bool) -> Machine:
    """Return a computer together with devices of other ones, `always` used or only for what does not fit here."""
    pace = 0.0 if always else SERVER_PACE * machine.bandwidth
    paced = (msgspec.structs.replace(device, bandwidth=pace) for device in servers)
    return msgspec.structs.replace(machine, devices=(*machine.devices, *paced))


def without_servers(machine: Machine) -> Machine:
    """Return a computer alone."""
    here = tuple(device for device in machine.devices if device.kind != "server")
    return msgspec.structs.replace(machine, devices=here)


def gives_share(devices: Collection[str], servers: Collection[str]) -> bool:
    """Return whether a person gave one of the `servers` a share of a model: its devices are among those named."""
    return any(server_of(name) in servers for name in devices)


def wants_servers(alone: Plan, wishes: Wishes, *, always: bool) -> bool:
    """Return whether a model's layers are to go to servers, too; `alone` is how it would be without them."""
    return wishes.gpu_layers != 0 and (always or not alone.fits)  # with 0 none goes anywhere


def plan_as_loaded(shape: Shape, weights: Weights, machine: Machine, wishes: Wishes) -> Plan:
    """Return the plan that a worker comes to on `machine`: with its servers only where they are wanted."""
    here = without_servers(machine)
    servers = [device for device in machine.devices if device.kind == "server"]
    alone = plan(shape, weights, here, wishes)
    always = machine.servers_always or gives_share(wishes.devices, {server_of(device.name) for device in servers})
    if not servers or not wants_servers(alone, wishes, always=always):
        return alone
    return plan(shape, weights, with_servers(here, servers, always=always), wishes)


def servers_in(made: Plan, devices: Sequence[Device]) -> tuple[str, ...]:
    """Return the addresses of those servers that a plan puts layers on; `devices` may have others than servers, too."""
    elsewhere = {device.name for device in devices if device.kind == "server"}
    used = (server_of(share.device) for share in made.shares if share.layers and share.device in elsewhere)
    return tuple(dict.fromkeys(used))
