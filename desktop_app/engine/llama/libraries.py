"""The libraries of the engine build in use: where they are, what they can do, how they are made ready."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import llama_cpp
import llama_cpp.llama_cpp as c

from desktop_app.domain.errors import EngineError, ErrorCode
from desktop_app.engine.backend import Backend
from desktop_app.engine.llama.c_text import text_of

BINDING_VERSION: str = llama_cpp.__version__
"""Version of llama-cpp-python."""


def engine_folder() -> Path:
    """Return the folder of the libraries in use."""
    return Path(os.path.abspath(c._lib._name)).parent  # noqa: SLF001, PTH100 - resolving links would leave the folder


def engine_version() -> str:
    """Return llama.cpp's version, and the binding's."""
    return f"llama.cpp {text_of(c.llama_version())}, llama-cpp-python {BINDING_VERSION}"


def cpu_features() -> tuple[str, ...]:
    """Return which instructions and libraries the loaded CPU code uses, as llama.cpp names them."""
    parts = text_of(c.llama_print_system_info()).split("CPU : ")[-1].split("|")
    return tuple(part.split("=")[0].strip() for part in parts if part.strip().endswith("= 1"))


def most_devices() -> int:
    """Return how many devices a model can be split over at most."""
    return int(c.llama_max_devices())


def start_backend(on_abort: Callable[[str], None], parts: Sequence[str] = ()) -> Backend:
    """Make the engine build ready to compute; once per process. `parts` are the libraries to load of a build in parts.

    Raises EngineError ENGINE_MISSING where no part of it can compute on this computer.
    """
    backend = Backend(c._lib, engine_folder(), on_abort, parts)  # noqa: SLF001 - the handle has no public name
    c.llama_backend_init()
    if not backend.devices():
        raise EngineError(ErrorCode.ENGINE_MISSING, f"no device in {engine_folder()}: {backend.log()}")
    return backend
