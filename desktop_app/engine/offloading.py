"""Finds a place for a model on the devices as they are now, and a smaller one where llama.cpp finds no room all the same."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from desktop_app.domain.elsewhere import gives_share, wants_servers, with_servers
from desktop_app.domain.errors import AppError, EngineError, ErrorCode, ModelError
from desktop_app.domain.fit import Device, KvType, Machine, context_size, memory_needed, processor_need
from desktop_app.domain.gguf import Header, PartSizes, read_header
from desktop_app.domain.hardware import DeviceFound, DeviceKind
from desktop_app.domain.model_names import part_names
from desktop_app.domain.offload import Limit, Plan, Weights, Wishes, plan, weights_of
from desktop_app.domain.shape import Shape, shape_of
from desktop_app.domain.together import Wanted
from desktop_app.engine.backend import Backend
from desktop_app.engine.servers import Servers
from desktop_app.protocol.engine import Load

STEPS_DOWN = (0.75, 0.5, 0.25, 0.0)
"""How much of the first number of layers is tried, where there turned out to be less room than was told."""


class Offloading:
    """Makes plans for one model, from its headers and what its owner wished."""

    def __init__(self, load: Load, header: Header, backend: Backend, servers: Servers | None = None) -> None:
        """Raises ModelError where a part of a split model cannot be read; `servers` are asked only where they are needed."""
        self._load = load
        self._backend = backend
        self._servers = servers
        self._flash_types: dict[str, tuple[KvType, ...]] = {}
        wanted = wanted_of(load, header)
        self.shape: Shape = wanted.shape
        self.weights: Weights = wanted.weights
        self._wished = wanted.wishes
        self._always = load.servers_always or gives_share(load.devices, load.servers)

    def plans(self) -> Iterator[Plan]:
        """Yield the best plan, and then ones with fewer and fewer layers on devices, down to none.

        Where that was too much, since more was wished than fits or others have taken memory meanwhile, comes next what
        fits by then.

        Raises EngineError SERVER_NEEDED for a model that does not fit without servers that cannot be used.
        """
        first = self._plan(self._wishes())
        wanted = self._load.servers and wants_servers(first, self._wishes(), always=self._always)
        if self._servers is not None and wanted:
            first = self._with_servers(self._servers)
        yield first
        most = tried = first.gpu_layers
        fits = self._plan(msgspec.structs.replace(self._wishes(), gpu_layers=None))
        if (fits.gpu_layers, -fits.cpu_experts) < (tried, -first.cpu_experts):
            most = tried = fits.gpu_layers
            yield msgspec.structs.replace(fits, limit=Limit.REFUSED)
        for share in STEPS_DOWN:
            layers = int(most * share)
            if layers < tried:
                tried = layers
                smaller = self._plan(msgspec.structs.replace(self._wishes(), gpu_layers=layers))
                yield msgspec.structs.replace(smaller, limit=Limit.REFUSED)

    def context_in_memory(self, made: Plan) -> int:
        """Return the bytes that a plan's context takes of the computer's memory, with the work on it where no device does that."""
        if made.gpu_layers == 0:
            need = processor_need(
                self.shape,
                self.weights.total,
                context=self._wished.context,
                kv_type=made.kv_type,
                batch_size=self._load.batch_size,
                sequences=self._load.sequences,
            )
            return need.kv_cache + need.compute
        need = memory_needed(
            self.shape,
            self.weights.total,
            context=self._wished.context,
            kv_type=made.kv_type,
            batch=1,
            physical_batch=1,
            sequences=self._load.sequences,
            flash_attention=made.flash_attention,
        )
        return need.kv_cache - sum(share.kv_cache for share in made.shares)

    def _with_servers(self, servers: Servers) -> Plan:
        servers.connect()
        plan = self._plan(self._wishes())
        if servers.missing and not plan.fits:
            missing = servers.missing[0]
            details = "; ".join(f"{each.address}: {each.trouble}, {each.detail}" for each in servers.missing)
            raise EngineError(ErrorCode.SERVER_NEEDED, details, server=missing.address, trouble=str(missing.trouble))
        return plan

    def _plan(self, wishes: Wishes) -> Plan:
        return plan(self.shape, self.weights, self._machine(), wishes)

    def _wishes(self) -> Wishes:
        """Return what was wished, with the shares of those devices that are there, in the engine's order."""
        shares = dict(zip(self._load.devices, self._load.split, strict=False))
        elsewhere = self._servers.devices if self._servers is not None else ()
        there = (device.name for device in (*self._devices(), *elsewhere))
        split = tuple(shares[name] for name in there if name in shares)
        return msgspec.structs.replace(self._wished, split=split) if split else self._wished

    def _machine(self) -> Machine:
        import psutil  # only here, and not needed by the owner

        memory = psutil.virtual_memory()
        machine = Machine(
            free_memory=int(memory.available), total_memory=int(memory.total), devices=tuple(self._devices())
        )
        elsewhere = self._servers.devices if self._servers is not None else ()
        return with_servers(machine, elsewhere, always=self._always)

    def _devices(self) -> Iterator[Device]:
        """Yield this computer's graphics cards."""
        for device in _each_once(self._backend.devices()):
            if device.is_gpu:
                yield Device(
                    name=device.name,
                    kind=_kind(device.kind),
                    free_memory=device.free_memory,
                    total_memory=device.total_memory,
                    largest_buffer=device.largest_buffer,
                    largest_result=device.largest_result,
                    flash_types=self._flash(device.name),
                )

    def _flash(self, name: str) -> tuple[KvType, ...]:
        """Return in which forms of the context a graphics card does flash attention; it is asked once."""
        if name not in self._flash_types:
            self._flash_types[name] = self._backend.flash_types(name, self.shape)
        return self._flash_types[name]


def _each_once(devices: Sequence[DeviceFound]) -> Iterator[DeviceFound]:
    """Leave out a card that another backend of the build computes on already: it has its memory only once."""
    places: set[str] = set()
    for device in devices:
        if device.bus_id not in places:
            yield device
        if device.bus_id:
            places.add(device.bus_id)


def _kind(kind: DeviceKind) -> Literal["gpu", "integrated"]:
    return "integrated" if kind is DeviceKind.INTEGRATED else "gpu"


def wanted_of(load: Load, header: Header) -> Wanted:
    """Return what there is to plan about a model whose file has this header; raises ModelError where another part has none."""
    shape = shape_of(header)
    return Wanted(
        shape=shape,
        weights=weights_of(shape, [header.sizes, *_other_parts(Path(load.model_path))]),
        wishes=Wishes(
            context=context_size(load.context_size, header.number("context_length")),
            kv_type=load.kv_type,
            gpu_layers=load.gpu_layers if load.gpu_layers >= 0 else None,
            split=load.split,
            cpu_experts=load.cpu_experts,
            context_on_gpu=load.context_on_gpu,
            flash_attention=load.flash_attention,
            devices=load.devices,
            batch_size=load.batch_size,
            sequences=load.sequences,
        ),
    )


def _other_parts(path: Path) -> list[PartSizes]:
    """Return the sizes that the headers of a split model's other files tell."""
    sizes = []
    for name in part_names(path.name):
        if name != path.name:
            try:
                sizes.append(read_header(path.with_name(name)).sizes)
            except AppError as error:
                raise ModelError(ErrorCode.MODEL_PARTS_MISSING, str(error), path=str(path), names=name) from error
    return sizes
