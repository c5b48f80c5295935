"""Asks devices what they compute: the rest llama.cpp leaves to the processor, or does in another way, and says nothing."""

import contextlib
import ctypes
from collections.abc import Callable, Iterator
from typing import Any

from desktop_app.domain.fit import WITHOUT_FLASH, KvType, can_keep_as
from desktop_app.domain.shape import Shape

_VALUE_BYTES = 4
_MOST_BITS = 40
"""No device has a limit beyond so many bits of bytes: one that computes with that has none."""
_F32, _F16 = 0, 1
"""GGML_TYPE_F32 and GGML_TYPE_F16."""
_KV_TYPES = {KvType.F16: _F16, KvType.Q8_0: 8, KvType.Q4_0: 2}
_CELLS = 256
"""As many as llama.cpp's cache has at least."""
_MOST_TENSORS = 256

Function = Callable[..., Callable[..., Any]]
"""Returns a C function of ggml, with its types set."""


class _Memory(ctypes.Structure):
    """ggml_init_params; `leaves_out` the values of tensors, and has their shapes alone."""

    _fields_ = (("size", ctypes.c_size_t), ("buffer", ctypes.c_void_p), ("leaves_out", ctypes.c_bool))


@contextlib.contextmanager
def _tensors(function: Function) -> Iterator[int]:
    """Give the C pointer of what holds the shapes of tensors."""
    size = _MOST_TENSORS * function("ggml_tensor_overhead", ctypes.c_size_t)()
    context = function("ggml_init", ctypes.c_void_p, _Memory)(_Memory(size, None, True))
    try:
        yield context
    finally:
        function("ggml_free", None, ctypes.c_void_p)(context)


def largest_result(function: Function, device: int) -> int:
    """Return the bytes of the largest result that the device at that C pointer computes, 0 where there is no end.

    Vulkan's drivers have such an end (ggml-vulkan.cpp, ggml_backend_vk_device_supports_op): 128 MiB for Mesa's software
    device, 4 GiB for usual cards.
    """
    pointer = ctypes.c_void_p
    supports = function("ggml_backend_dev_supports_op", ctypes.c_bool, pointer, pointer)
    new = function("ggml_new_tensor_1d", pointer, pointer, ctypes.c_int, ctypes.c_int64)
    scale = function("ggml_scale", pointer, pointer, pointer, ctypes.c_float)

    known, end = 0, 1 << _MOST_BITS
    with _tensors(function) as context:

        def computes(size: int) -> bool:
            return bool(supports(device, scale(context, new(context, _F32, size // _VALUE_BYTES), 2.0)))

        if not computes(end):
            while end - known > _VALUE_BYTES:
                middle = (known + end) // (2 * _VALUE_BYTES) * _VALUE_BYTES
                known, end = (middle, end) if computes(middle) else (known, middle)
    return known


def flash_types(function: Function, device: int, shape: Shape) -> tuple[KvType, ...]:
    """Return in which forms of a model's context the device at that C pointer does flash attention.

    CUDA does it for some lengths of heads only, Vulkan for those that eight divides, and not with every driver. Where
    values are computed from keys their length is not known, and all is hoped for.
    """
    if shape.architecture == WITHOUT_FLASH:
        return ()
    pointer, number = ctypes.c_void_p, ctypes.c_int64
    supports = function("ggml_backend_dev_supports_op", ctypes.c_bool, pointer, pointer)
    new = function("ggml_new_tensor_4d", pointer, pointer, ctypes.c_int, number, number, number, number)
    flash = function("ggml_flash_attn_ext", *[pointer] * 6, *[ctypes.c_float] * 3)

    def computes(kv_type: int, keys: int, values: int, heads: int) -> bool:
        with _tensors(function) as context:
            asked = new(context, _F32, keys, 1, shape.head_count, 1)
            kept = (new(context, kv_type, length, _CELLS, heads, 1) for length in (keys, values))
            mask = new(context, _F16, _CELLS, 1, 1, 1)
            return bool(supports(device, flash(context, asked, *kept, mask, 1.0, 0.0, 0.0)))

    heads = {
        (keys // count, values // count, count)
        for (keys, values), count in zip(shape.kept_values, shape.cached_heads, strict=True)
        if keys and values and shape.head_count % count == 0
    }
    return tuple(
        kv_type
        for kv_type, ggml_type in _KV_TYPES.items()
        if can_keep_as(shape, kv_type) and all(computes(ggml_type, *each) for each in heads)
    )
