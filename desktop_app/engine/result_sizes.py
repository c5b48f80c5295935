"""Finds how large a result a device computes at most: what is larger, llama.cpp leaves to the processor, and says nothing."""

import ctypes
from collections.abc import Callable
from typing import Any

_F32 = 0
"""GGML_TYPE_F32."""
_VALUE_BYTES = 4
_MOST_BITS = 40
"""No device has a limit beyond so many bits of bytes: one that computes with that has none."""


class _Memory(ctypes.Structure):
    """ggml_init_params; `leaves_out` the values of tensors, and has their shapes alone."""

    _fields_ = (("size", ctypes.c_size_t), ("buffer", ctypes.c_void_p), ("leaves_out", ctypes.c_bool))


def largest_result(function: Callable[..., Callable[..., Any]], device: int) -> int:
    """Return the bytes of the largest result that the device at that C pointer computes, 0 where there is no end.

    `function` returns a C function of ggml, with its types set. Vulkan's drivers have such an end (ggml-vulkan.cpp,
    ggml_backend_vk_device_supports_op): 128 MiB for Mesa's software device, 4 GiB for usual cards.
    """
    pointer, number = ctypes.c_void_p, ctypes.c_int64
    overhead = function("ggml_tensor_overhead", ctypes.c_size_t)()
    supports = function("ggml_backend_dev_supports_op", ctypes.c_bool, pointer, pointer)
    new = function("ggml_new_tensor_1d", pointer, pointer, ctypes.c_int, number)
    scale = function("ggml_scale", pointer, pointer, pointer, ctypes.c_float)
    context = function("ggml_init", pointer, _Memory)(_Memory(2 * (_MOST_BITS + 1) * overhead, None, True))

    def computes(size: int) -> bool:
        return bool(supports(device, scale(context, new(context, _F32, size // _VALUE_BYTES), 2.0)))

    known, end = 0, 1 << _MOST_BITS
    if not computes(end):
        while end - known > _VALUE_BYTES:
            middle = (known + end) // (2 * _VALUE_BYTES) * _VALUE_BYTES
            known, end = (middle, end) if computes(middle) else (known, middle)
    function("ggml_free", None, pointer)(context)
    return known
