"""Tells llama.cpp where the parts of a model go, as a plan says."""

import ctypes
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from desktop_app.domain.offload import Plan
    from desktop_app.engine.backend import Backend


class _Override(ctypes.Structure):
    """llama_model_tensor_buft_override: tensors whose names a pattern matches, and the memory that they go to."""

    _fields_ = (("pattern", ctypes.c_char_p), ("memory", ctypes.c_void_p))


class Placement:
    """The C arrays for a plan; they have to stay as long as the model is being loaded."""

    def __init__(self, plan: "Plan", backend: "Backend", most_devices: int) -> None:
        """`most_devices` is how many shares llama.cpp reads, whatever there are."""
        self.gpu_layers = plan.gpu_layers
        used = [share for share in plan.shares if share.layers]
        self._devices = backend.pointers([share.device for share in used]) if used else None
        shares = [float(share.layers) for share in used][:most_devices]
        self._split = (ctypes.c_float * most_devices)(*shares)
        self._overrides: Any = None
        if plan.cpu_experts:
            pattern = expert_pattern(plan.cpu_experts)
            self._overrides = (_Override * 2)(_Override(pattern, backend.processor_memory()), _Override())

    def apply(self, parameters: Any) -> None:
        """Write it into llama_model_params."""
        parameters.n_gpu_layers = self.gpu_layers
        if self._devices is not None:
            parameters.devices = ctypes.addressof(self._devices)
            parameters.tensor_split = ctypes.cast(self._split, type(parameters.tensor_split))
        if self._overrides is not None:
            parameters.tensor_buft_overrides = ctypes.addressof(self._overrides)


def expert_pattern(layers: int) -> bytes:
    """Return a pattern of the names of the experts' tensors in the first so many layers."""
    numbers = "|".join(map(str, range(layers)))
    return rf"blk\.({numbers})\.ffn_(up|down|gate|gate_up)_(ch|)exps".encode()
