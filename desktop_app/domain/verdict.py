"""Says before a model is loaded how it would fit this computer: where it would run, and about how fast.

What is planned is what a worker would do with the model (`domain.offload`), its tensors taken as quantized alike.
Sizes are in bytes, contexts in tokens.
"""

import bisect
from collections.abc import Sequence
from enum import StrEnum

import msgspec

from desktop_app.domain.elsewhere import plan_as_loaded, servers_in, without_servers
from desktop_app.domain.fit import CELL_STEP, SAFETY, WORKER_BYTES, Device, KvType, Machine, Need, padded
from desktop_app.domain.offload import Plan, Weights, Wishes, even_weights, whole_need
from desktop_app.domain.shape import Shape

COMFORTABLE_SHARE = 0.5
"""Of the computer's memory, for a model that fits well: the other half is for the other programs."""

LEAST_CONTEXT = 2048
"""A question, its answer and a little history; with less than this a model is of no use for chatting."""

LEAST_BITS = 2.5
"""Bits for each weight of the smallest quantizations (IQ2, Q2_K) that still answer sensibly."""

USABLE_SPEED = 6.0
"""Tokens a second of somebody who reads along: four to five words."""


class Fit(StrEnum):
    """Where a model would run."""

    GPU = "gpu"
    PARTLY = "partly"
    """Some layers, or the experts of some, are left to the processor."""
    MEMORY = "memory"
    REMOTE = "remote"
    """Some layers are on other computers."""
    TOO_LARGE = "too_large"


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """How a model fits a computer.

    `need` is for the wanted context, or for the least useful one where only that fits. `context` is the
    largest that fits in the same place, 0 where none does. `gpu_layers` counts the output as one more
    layer, as llama.cpp does, and those on other computers, whose addresses are `servers`. `fits_well` says that the
    wanted context fits here and leaves the other programs their memory. `tokens_per_second` is 0 where nobody can tell.
    """

    fit: Fit
    need: Need
    context: int
    gpu_layers: int
    tokens_per_second: float
    fits_well: bool
    servers: tuple[str, ...] = ()


def judge(
    shape: Shape, weights_bytes: int, machine: Machine, *, wanted_context: int, kv_type: KvType | None = None
) -> Verdict:
    """Say where a model would run on `machine`, how well, and about how fast; takes some milliseconds.

    Where the wanted context fits nowhere, the least useful one is tried. No more is wanted than the model was
    trained for. Without a `kv_type` the context is kept as it fits best.
    """
    wanted = min(wanted_context, shape.trained_context or wanted_context)
    judging = _Judging(shape, even_weights(shape, weights_bytes), machine, kv_type)
    made = judging.plan(wanted)
    if not made.fits and wanted > LEAST_CONTEXT:
        made = judging.plan(LEAST_CONTEXT)
    if not made.fits:
        need = whole_need(shape, weights_bytes, judging.plan(wanted))
        return Verdict(fit=Fit.TOO_LARGE, need=need, context=0, gpu_layers=0, tokens_per_second=0.0, fits_well=False)
    servers = servers_in(made, machine.devices)
    return Verdict(
        fit=judging.fit_of(made),
        need=whole_need(shape, weights_bytes, made),
        context=judging.largest_context(made),
        gpu_layers=made.gpu_layers,
        tokens_per_second=0.0 if servers else made.tokens_per_second,
        fits_well=made.context == wanted and not servers and judging.is_comfortable(made),
        servers=servers,
    )


def fit_of(made: Plan, devices: Sequence[Device] = ()) -> Fit:
    """Return where a plan puts a model; `devices` are those of the computer and of others."""
    if not made.fits:
        return Fit.TOO_LARGE
    if servers_in(made, devices):
        return Fit.REMOTE
    if made.gpu_layers == 0:
        return Fit.MEMORY
    return Fit.GPU if made.gpu_layers == made.all_layers and made.cpu_experts == 0 else Fit.PARTLY


def may_fit(parameters: int, machine: Machine) -> bool:
    """Return False for a model that is certain to fit `machine` in no quantization that is of use; 0 parameters may be any."""
    weights = parameters * LEAST_BITS / 8
    return (weights + WORKER_BYTES) * SAFETY <= machine.free_anywhere if parameters else True


def suggest(verdicts: Sequence[Verdict]) -> int | None:
    """Return the index of the best choice for a newcomer, None where nothing fits well.

    Of those that fit well and write at least as fast as one reads, the one with the most bytes of
    weights: a larger model knows more, and a finer quantization loses less. Of equals the faster, then
    the first. Where all are slow, the fastest that fits well: a slow answer is better than none.
    """
    good = [index for index, verdict in enumerate(verdicts) if verdict.fits_well]
    fast = [index for index in good if verdicts[index].tokens_per_second >= USABLE_SPEED]
    if fast:
        return max(fast, key=lambda index: (verdicts[index].need.weights, verdicts[index].tokens_per_second))
    return max(good, key=lambda index: verdicts[index].tokens_per_second, default=None)


class _Judging:
    """Plans one model for one computer with contexts of several sizes."""

    def __init__(self, shape: Shape, weights: Weights, machine: Machine, kv_type: KvType | None) -> None:
        self._shape = shape
        self._weights = weights
        self._machine = machine
        self._alone = without_servers(machine)
        self._kv_type = kv_type

    def plan(self, context: int) -> Plan:
        """Return the plan that a worker would come to."""
        return self._plan(self._machine, Wishes(context=context, kv_type=self._kv_type))

    def fit_of(self, made: Plan) -> Fit:
        """Return where a plan puts the model."""
        return fit_of(made, self._machine.devices)

    def largest_context(self, made: Plan) -> int:
        """Return the largest context up to the trained one with which as many layers stay where a plan has them.

        A card that holds a part of the model may hold a smaller one: then any part will do.
        """
        most = max(self._shape.trained_context, made.context)
        larger = range(padded(made.context + 1), most + 1, CELL_STEP)
        fit = self.fit_of(made)
        where = self._machine if fit is Fit.REMOTE else self._alone

        def is_too_large(context: int) -> bool:
            wishes = Wishes(context=context, kv_type=self._kv_type)
            if fit in (Fit.PARTLY, Fit.REMOTE):
                return self.fit_of(self._plan(where, wishes)) is not fit
            as_made = msgspec.structs.replace(wishes, gpu_layers=made.gpu_layers, cpu_experts=made.cpu_experts)
            return not self._plan(where, as_made).fits

        count = bisect.bisect_left(larger, True, key=is_too_large)
        return larger[count - 1] if count else made.context

    def is_comfortable(self, made: Plan) -> bool:
        """Return whether what lies in the computer's memory leaves enough of it to others."""
        shared = {device.name for device in self._machine.devices if device.kind == "integrated"}
        beside = sum(share.total for share in made.shares if share.device in shared)
        if fit_of(made) is Fit.GPU and not beside:
            return True
        return made.host + beside <= self._machine.total_memory * COMFORTABLE_SHARE

    def _plan(self, machine: Machine, wishes: Wishes) -> Plan:
        return plan_as_loaded(self._shape, self._weights, machine, wishes)
