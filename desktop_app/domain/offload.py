"""Plans where a model goes: which of its layers onto which graphics card, and how its context is kept.

llama.cpp puts whole layers, each with its part of the context's memory, one after the other onto the devices that it is
given, the last layers of the model first among those that are moved, and counts the output as one layer more
(llama-model.cpp, load_tensors). The table of the tokens stays in the computer's memory. Of a mixture the experts of
some layers can stay there too, while all else of these layers is on a card.

A plan is the best of all that fit, by the time that writing a token takes: so it never needs more than is free, and
with more memory it never becomes worse. Sizes are in bytes, bandwidths in bytes a second.
"""

import math
from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import cached_property
from itertools import accumulate, pairwise

import msgspec

from desktop_app.domain.fit import (
    DEVICE_BYTES,
    GPU_BANDWIDTH,
    MOST_TOKENS_PER_SECOND,
    SAFETY,
    Device,
    KvType,
    Machine,
    Need,
    can_keep_as,
    graph_on,
    layer_caches,
    memory_needed,
    needs_flash_attention,
    parameter_count,
    prompt_chunk,
)
from desktop_app.domain.gguf import PartSizes
from desktop_app.domain.shape import Shape

WORTH_QUANTIZING = 1.1
"""How much faster an answer has to be for a context to be kept as q8_0 instead of f16: it is not quite the same."""
ROUNDING = 1e-9
"""What the sum of shares may be over by."""
EXPERT_STEPS = 16
"""How many numbers of layers that leave their experts behind are tried, at most."""


class Weights(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The sizes of a model's parts. `layers` are the blocks without their experts, which `experts` has, 0 for none.

    `table` is the table of the tokens, `output` what turns the last layer's numbers into logits: where a model has
    one table for both, it is in `output` too, since a card gets a copy of it.
    """

    layers: tuple[int, ...]
    experts: tuple[int, ...]
    table: int
    output: int
    is_tied: bool = False

    @cached_property
    def total(self) -> int:
        """What is in the file."""
        return sum(self.layers) + sum(self.experts) + self.table + (0 if self.is_tied else self.output)


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What a person has set; None leaves it to the planner.

    `gpu_layers` counts the output, `split` are the devices' shares in the order of the machine's devices, `cpu_experts`
    is how many layers leave their experts in the computer's memory. `devices` are the names of those to use, none for all.
    """

    context: int
    kv_type: KvType | None = None
    gpu_layers: int | None = None
    split: tuple[float, ...] = ()
    cpu_experts: int | None = None
    context_on_gpu: bool = True
    flash_attention: bool | None = None
    devices: tuple[str, ...] = ()
    batch_size: int = 0
    sequences: int = 1


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """What goes onto a device: so many `layers`, the output among them where it comes last, and what that takes."""

    device: str
    layers: int
    weights: int
    kv_cache: int
    compute: int

    @property
    def total(self) -> int:
        """All of it, and what its driver takes where anything is there."""
        return self.weights + self.kv_cache + self.compute + DEVICE_BYTES if self.layers else 0


class Limit(StrEnum):
    """Why no more is on a graphics card."""

    NONE = "none"
    """All of it is."""
    NO_DEVICE = "no_device"
    GONE = "gone"
    """None of the devices that a person named is there."""
    SWITCHED_OFF = "switched_off"
    WISHED = "wished"
    """A person wanted it so."""
    MEMORY = "memory"
    REFUSED = "refused"
    """More was tried, and the card had less room than it told."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Where a model goes. `gpu_layers` of `all_layers` are on a device, as llama.cpp counts; `host` stays with the computer.

    The first `cpu_experts` of all layers leave their experts in the computer's memory. `fits` is False for what a
    person wished and there is no room for, and where nothing fits at all.
    """

    context: int
    kv_type: KvType
    flash_attention: bool
    gpu_layers: int
    all_layers: int
    shares: tuple[Share, ...]
    cpu_experts: int
    context_on_gpu: bool
    host: int
    tokens_per_second: float
    limit: Limit
    fits: bool

    @property
    def split(self) -> tuple[float, ...]:
        """The layers of each device, as llama.cpp's `tensor_split` wants them."""
        return tuple(float(share.layers) for share in self.shares)


def even_weights(shape: Shape, weights_bytes: int) -> Weights:
    """Return about what the parts take of a file whose tensors are not known: as if all were quantized alike."""
    table = shape.vocabulary_size * shape.embedding_length
    experts = shape.expert_count * 3 * shape.embedding_length * shape.feed_forward_length
    block = max(1, (parameter_count(shape) - table) // max(1, shape.layer_count))
    everything = max(1, shape.layer_count * block + (1 if shape.is_tied else 2) * table)
    scale = weights_bytes / everything
    expert_bytes = int(min(experts, block) * scale)
    layer_bytes = int(block * scale) - expert_bytes
    rest = weights_bytes - shape.layer_count * (layer_bytes + expert_bytes)
    return Weights(
        layers=(layer_bytes,) * shape.layer_count,
        experts=(expert_bytes,) * shape.layer_count,
        table=rest if shape.is_tied else rest // 2,
        output=rest if shape.is_tied else rest - rest // 2,
        is_tied=shape.is_tied,
    )


def weights_of(shape: Shape, files: Sequence[PartSizes]) -> Weights:
    """Return the sizes of a model's parts from the headers of all its files."""
    table, output = (sum(getattr(sizes, part) for sizes in files) for part in ("table", "output"))
    is_tied = not any(sizes.has_output for sizes in files)
    layers, experts = ([0] * shape.layer_count for _ in range(2))
    for sizes in files:
        for target, found in ((layers, sizes.layers), (experts, sizes.experts)):
            for layer, size in found.items():
                if layer < shape.layer_count:
                    target[layer] += size
                else:
                    table += size  # of layers that are loaded but not run
    return Weights(
        layers=tuple(layers),
        experts=tuple(experts),
        table=table,
        output=output + sum(sizes.tokens for sizes in files) if is_tied else output,
        is_tied=is_tied,
    )


def bytes_per_token(shape: Shape, weights: Weights) -> float:
    """Return how much of the weights is read to write one token: of the table one row, of a mixture the experts asked.

    What is read of the cache comes on top, and grows with the text.
    """
    return sum(weights.layers) + sum(weights.experts) * _share_of_experts(shape) + weights.output


def whole_need(shape: Shape, weights_bytes: int, made: Plan) -> Need:
    """Return what a model needs by a plan in all, wherever it is."""
    chunk = prompt_chunk(parameter_count(shape), on_gpu=made.gpu_layers > 0)
    return memory_needed(
        shape,
        weights_bytes,
        context=made.context,
        kv_type=made.kv_type,
        batch=chunk,
        physical_batch=chunk,
        flash_attention=made.flash_attention,
    )


def plan(shape: Shape, weights: Weights, machine: Machine, wishes: Wishes) -> Plan:
    """Return the best plan that fits, or what was wished where that does not; takes a millisecond or two."""
    devices = _usable(machine, wishes)
    best: tuple[tuple[bool, float], _Frame, _Trial] | None = None
    for kv_type in _kv_types(shape, wishes, devices):
        frame = _Frame(shape, weights, machine, wishes, devices, kv_type)
        trial = max(frame.trials(), key=_rank)
        value = (trial.fits, worth(trial.tokens_per_second, kv_type))
        if best is None or value > best[0]:
            best = (value, frame, trial)
        if trial.fits and (not devices or (trial.layers == frame.all_layers and trial.cpu_experts == 0)):
            break  # nothing is better than this
    assert best is not None, "there is one type at least"
    return best[1].plan(best[2])


def worth(tokens_per_second: float, kv_type: KvType) -> float:
    """Return how good a plan is: its speed, a context at full precision counted as so much faster."""
    return tokens_per_second * (WORTH_QUANTIZING if kv_type is KvType.F16 else 1.0)


class _Trial(msgspec.Struct, frozen=True, kw_only=True):
    """Some layers on the devices: `ends` says up to which of all layers each device goes."""

    layers: int
    cpu_experts: int
    ends: tuple[int, ...]
    fits: bool
    tokens_per_second: float


class _Frame:
    """What stays the same while numbers of layers are tried, for one form of the context.

    Layers are the blocks and, last, the output.
    """

    def __init__(
        self,
        shape: Shape,
        weights: Weights,
        machine: Machine,
        wishes: Wishes,
        devices: Sequence[Device],
        kv_type: KvType,
    ) -> None:
        self._shape = shape
        self._weights = weights
        self._machine = machine
        self._wishes = wishes
        self._devices = devices
        self._kv_type = kv_type
        self._flashes = all(kv_type in device.flash_types for device in devices)
        # without a card's help the processor would fetch all of it from there, for each token
        self._kept_on_gpu = wishes.context_on_gpu and (self._flashes or not needs_flash_attention(kv_type))
        self.all_layers = shape.layer_count + 1
        self._needs = {on_gpu: self._need(on_gpu=on_gpu) for on_gpu in ((False, True) if devices else (False,))}
        self._caches = self._spread(self._needs[True]) if devices else [0] * self.all_layers
        self._expert_sums = list(accumulate(weights.experts, initial=0))
        self._most_experts = max((layer + 1 for layer, size in enumerate(weights.experts) if size), default=0)
        self._used = _share_of_experts(shape)
        self._bounds: dict[int, tuple[list[int], list[int], list[float]]] = {}

    def trials(self) -> Iterator[_Trial]:
        """Yield every candidate: all layers with fewer and fewer experts left behind, and fewer layers with none of them.

        All layers on one of several cards come before all of them together, which takes more.
        """
        wished = self._wishes.gpu_layers
        most = 0 if not self._devices else self.all_layers if wished is None else max(0, min(wished, self.all_layers))
        experts = self._wishes.cpu_experts
        if experts is not None:
            experts = min(experts, self._most_experts)
        left_behind = range(0, self._most_experts + 1, max(1, self._most_experts // EXPERT_STEPS))
        for count in {*left_behind, self._most_experts} if experts is None else (experts,):
            if self._extra(most, count) and self._wished_ends(most) is None:
                alone = (self._trial(most, count, only=place) for place in range(len(self._devices)))
                yield from (trial for trial in alone if trial.fits)
            yield self._trial(most, count)
        if wished is None:
            for layers in range(most):
                yield self._trial(layers, self._most_experts if experts is None else experts)

    def plan(self, trial: _Trial) -> Plan:
        """Return a trial in full."""
        need = self._needs[trial.layers > 0]
        weights, caches, _reads = self._sums(trial.cpu_experts)
        shares = []
        begin = self.all_layers - trial.layers
        is_shared = sum(end > start for start, end in pairwise((begin, *trial.ends))) > 1
        extra = self._extra(trial.layers, trial.cpu_experts) if is_shared else 0
        for device, end in zip(self._devices, trial.ends, strict=True):
            shares.append(
                Share(
                    device=device.name,
                    layers=end - begin,
                    weights=weights[end] - weights[begin],
                    kv_cache=caches[end] - caches[begin],
                    compute=graph_on(need, device) + extra if end > begin else 0,
                )
            )
            begin = end
        return Plan(
            context=need.context,
            kv_type=self._kv_type,
            flash_attention=self._flash(on_gpu=trial.layers > 0),
            gpu_layers=trial.layers,
            all_layers=self.all_layers,
            shares=tuple(shares),
            cpu_experts=trial.cpu_experts if trial.layers else 0,
            context_on_gpu=self._kept_on_gpu,
            host=self._host(trial.layers, trial.cpu_experts),
            tokens_per_second=min(trial.tokens_per_second, MOST_TOKENS_PER_SECOND),
            limit=self._limit(trial.layers),
            fits=trial.fits,
        )

    def _trial(self, layers: int, cpu_experts: int, only: int | None = None) -> _Trial:
        """Put layers onto the devices in their order, each filled before the next; or onto the `only` one of that place."""
        weights, caches, reads = self._sums(cpu_experts)
        first = begin = self.all_layers - layers
        need = self._needs[layers > 0]
        extra = self._extra(layers, cpu_experts) if only is None else 0
        ends, fits, host = [], True, self._host(layers, cpu_experts)
        seconds = reads[first] / self._machine.bandwidth
        wished = self._wished_ends(layers)
        for place, device in enumerate(self._devices):
            graph = graph_on(need, device) + extra
            room = self._room(device, host) - graph - DEVICE_BYTES if only in (None, place) else -1.0
            end = wished[place] if wished is not None else _fitting(weights, caches, begin, room)
            taken = weights[end] - weights[begin] + caches[end] - caches[begin]
            fits = fits and (end == begin or taken <= room)
            seconds += (reads[end] - reads[begin]) / self._pace(device)
            if end > begin and device.kind == "integrated":
                host += taken + graph + DEVICE_BYTES
            ends.append(end)
            begin = end
        if layers and ends[-1] < self.all_layers:  # what was wished all the same; llama.cpp would try it
            fits, ends[-1] = False, self.all_layers
        seconds += self._expert_sums[cpu_experts] * self._used / self._machine.bandwidth
        return _Trial(
            layers=layers,
            cpu_experts=cpu_experts,
            ends=tuple(ends),
            fits=fits and host * SAFETY <= self._machine.free_memory,
            tokens_per_second=1.0 / seconds if seconds > 0.0 else 0.0,
        )

    def _extra(self, layers: int, cpu_experts: int) -> int:
        """Return what each of several cards holds in a pipeline, 0 where llama.cpp makes none (llama-context.cpp)."""
        cards = sum(device.kind != "server" for device in self._devices)
        is_whole = layers == self.all_layers and cpu_experts == 0 and self._kept_on_gpu
        return self._needs[True].pipeline if is_whole and cards > 1 else 0

    def _sums(self, cpu_experts: int) -> tuple[list[int], list[int], list[float]]:
        """Return what the layers before each one add up to: weights, caches, and what is read of them for a token."""
        known = self._bounds.get(cpu_experts)
        if known is None:
            stays = [size if layer >= cpu_experts else 0 for layer, size in enumerate(self._weights.experts)]
            blocks = [own + more for own, more in zip(self._weights.layers, stays, strict=True)]
            reads = [own + more * self._used for own, more in zip(self._weights.layers, stays, strict=True)]
            known = self._bounds[cpu_experts] = (
                list(accumulate([*blocks, self._weights.output], initial=0)),
                list(accumulate(self._caches, initial=0)),
                list(accumulate([*reads, float(self._weights.output)], initial=0.0)),
            )
        return known

    def _host(self, layers: int, cpu_experts: int) -> int:
        """Return what stays in the computer's memory."""
        weights, caches, _reads = self._sums(cpu_experts)
        first = self.all_layers - layers
        moved = weights[-1] - weights[first]
        if self._weights.is_tied and layers:
            moved -= self._weights.output  # a copy: the table itself stays
        need = self._needs[layers > 0]
        return self._weights.total - moved + need.kv_cache - (caches[-1] - caches[first]) + need.compute + need.process

    def _spread(self, need: Need) -> list[int]:
        """Return what each layer keeps of the context, its part of a recurrent model's states included."""
        if not self._kept_on_gpu:
            return [0] * self.all_layers
        caches = layer_caches(self._shape, need.context, self._kv_type, transposed=not self._flash(on_gpu=True))
        states = max(0, need.kv_cache - sum(caches))
        each, rest = divmod(states, max(1, len(caches)))
        return [*(size + each + (rest if layer == 0 else 0) for layer, size in enumerate(caches)), 0]

    def _need(self, *, on_gpu: bool) -> Need:
        wishes = self._wishes
        chunk = wishes.batch_size or prompt_chunk(parameter_count(self._shape), on_gpu=on_gpu)
        return memory_needed(
            self._shape,
            self._weights.total,
            context=wishes.context,
            kv_type=self._kv_type,
            batch=chunk,
            physical_batch=chunk,
            sequences=wishes.sequences,
            flash_attention=self._flash(on_gpu=on_gpu),
            cache_apart=on_gpu and not self._kept_on_gpu,
            attends=self._flashes,
        )

    def _flash(self, *, on_gpu: bool) -> bool:
        if needs_flash_attention(self._kv_type):
            return True
        wished = self._wishes.flash_attention
        return (on_gpu if wished is None else wished) and (self._flashes or not on_gpu)

    def _wished_ends(self, layers: int) -> list[int] | None:
        """Return up to which layer each device goes by the shares that a person set, None where nobody did.

        As llama.cpp does it: a device has the layers whose place among all is before its share ends.
        """
        split = self._wishes.split
        if len(split) != len(self._devices) or sum(split) <= 0.0:
            return None
        first = self.all_layers - layers
        return [first + math.ceil(layers * part / sum(split) - ROUNDING) for part in accumulate(split)]

    def _room(self, device: Device, host: int) -> float:
        """Return what a device may hold where `host` bytes of the computer's memory, which integrated graphics share, are taken."""
        free = device.free_memory / SAFETY
        return min(free, self._machine.free_memory / SAFETY - host) if device.kind == "integrated" else free

    def _pace(self, device: Device) -> float:
        """Return how fast a device reads weights: a graphics card no slower than the processor, or it would not be used."""
        if device.kind == "server":
            return device.bandwidth or GPU_BANDWIDTH
        usual = self._machine.bandwidth if device.kind == "integrated" else GPU_BANDWIDTH
        return max(device.bandwidth or usual, self._machine.bandwidth)

    def _limit(self, layers: int) -> Limit:
        if not self._devices:
            return Limit.GONE if self._machine.devices and self._wishes.devices else Limit.NO_DEVICE
        if layers == self.all_layers:
            return Limit.NONE
        if self._wishes.gpu_layers is not None and layers >= self._wishes.gpu_layers:
            return Limit.SWITCHED_OFF if layers == 0 else Limit.WISHED
        return Limit.MEMORY


def _share_of_experts(shape: Shape) -> float:
    """Return which part of a mixture's experts computes a token."""
    return shape.expert_used_count / shape.expert_count if shape.expert_count else 1.0


def _rank(trial: _Trial) -> tuple[bool, float, int]:
    """Return what the best trial has most of; where none fits, the one without a device says what is missing."""
    if not trial.fits:
        return False, float(-trial.layers), 0
    return True, float(f"{trial.tokens_per_second:.6g}"), -trial.cpu_experts  # the same but for rounding is the same


def _kv_types(shape: Shape, wishes: Wishes, devices: Sequence[Device]) -> Sequence[KvType]:
    if wishes.kv_type is not None:
        return (wishes.kv_type,)
    may_quantize = can_keep_as(shape, KvType.Q8_0) and wishes.flash_attention is not False  # which it would switch on
    does = all(KvType.Q8_0 in device.flash_types for device in devices)
    return (KvType.F16, KvType.Q8_0) if may_quantize and does else (KvType.F16,)


def _usable(machine: Machine, wishes: Wishes) -> list[Device]:
    """Return the devices to fill, the fastest first; llama.cpp leaves an integrated one aside beside a card.

    Those of other computers come last: what is here needs no network.
    """
    wanted = [device for device in machine.devices if not wishes.devices or device.name in wishes.devices]
    servers = [device for device in wanted if device.kind == "server"]
    here = [device for device in wanted if device.kind != "server"]
    cards = [device for device in here if device.kind == "gpu"] or here[:1]
    if not wishes.split:
        cards.sort(key=lambda device: (-(device.bandwidth or GPU_BANDWIDTH), -device.total_memory))
    return [*cards, *servers]


def _fitting(weights: Sequence[int], caches: Sequence[int], begin: int, room: float) -> int:
    """Return up to which layer there is room, from `begin` on; of both the sums before each layer are given."""
    limit = weights[begin] + caches[begin] + room
    low, high = begin, len(weights) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if weights[middle] + caches[middle] <= limit:
            low = middle
        else:
            high = middle - 1
    return low
