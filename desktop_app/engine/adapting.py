"""Applies LoRA adapters and control vectors to a context, and changes them while the model stays loaded."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from desktop_app.domain.errors import AppError, ErrorCode, ModelError
from desktop_app.domain.gguf import CONTROL_VECTOR, Tensor, read_header
from desktop_app.domain.model_defaults import Adapter

if TYPE_CHECKING:
    from desktop_app.engine.llama import Context, Model

_F32 = 0
"""ggml's number for 32-bit floats, the only type that control vectors come in."""
_DIRECTION = "direction."
"""What the tensors of a file of control vectors are called, before the number of their layer."""


class Adapting:
    """Knows what is applied; a LoRA adapter's file is read once, however often it comes and goes."""

    def __init__(self, model: "Model", context: "Context") -> None:
        self._model = model
        self._context = context
        self._loaded: dict[tuple[str, int, int], object] = {}
        self._applied: tuple[list[tuple[object, float]], npt.NDArray[np.float32] | None] = ([], None)

    def use(self, adapters: Sequence[Adapter]) -> None:
        """Apply `adapters` and no others; what was read before is to be forgotten.

        Raises ModelError ADAPTER_UNUSABLE, and then nothing has changed.
        """
        weights: list[tuple[object, float]] = []
        directions: npt.NDArray[np.float32] | None = None
        for adapter in adapters:
            if _is_control_vector(adapter):
                more = self._directions(adapter) * np.float32(adapter.scale)
                directions = more if directions is None else directions + more
            else:
                weights.append((self._weights(adapter), adapter.scale))
        self._context.apply_adapters(weights)
        self._context.apply_control(directions)
        self._applied = weights, directions

    def apply_to(self, context: "Context") -> None:
        """Apply to another context of the model what is in use; raises EngineError ENGINE_FAILED."""
        weights, directions = self._applied
        context.apply_adapters(weights)
        context.apply_control(directions)

    def _weights(self, adapter: Adapter) -> object:
        path = Path(adapter.path)
        try:
            status = path.stat()
        except OSError as error:  # it went away since its header was read
            raise _unusable(adapter, str(error)) from error
        key = (adapter.path, status.st_mtime_ns, status.st_size)
        if key not in self._loaded:
            self._loaded[key] = self._model.load_adapter(path)
        return self._loaded[key]

    def _directions(self, adapter: Adapter) -> "npt.NDArray[np.float32]":
        """Read a file of control vectors, as llama.cpp's `cvector-generator` writes them: a tensor for each layer."""
        length = self._model.embedding_length
        directions = np.zeros((self._model.layer_count - 1, length), np.float32)
        try:
            with Path(adapter.path).open("rb") as file:
                for tensor in read_header(Path(adapter.path)).tensors:
                    row = _layer_of(tensor) - 1
                    if tensor.kind != _F32 or tensor.size != length or not 0 <= row < len(directions):
                        raise _unusable(adapter, f"{tensor.name} has {tensor.size} values of type {tensor.kind}")
                    file.seek(tensor.offset)
                    directions[row] = np.frombuffer(file.read(length * 4), "<f4")
        except (OSError, ValueError) as error:
            raise _unusable(adapter, str(error)) from error
        return directions


def _is_control_vector(adapter: Adapter) -> bool:
    try:
        return read_header(Path(adapter.path)).architecture == CONTROL_VECTOR
    except AppError as error:
        raise _unusable(adapter, str(error)) from error


def _layer_of(tensor: Tensor) -> int:
    number = tensor.name.removeprefix(_DIRECTION)
    return int(number) if tensor.name.startswith(_DIRECTION) and number.isdecimal() else 0


def _unusable(adapter: Adapter, detail: str) -> ModelError:
    return ModelError(ErrorCode.ADAPTER_UNUSABLE, detail, path=adapter.path)
