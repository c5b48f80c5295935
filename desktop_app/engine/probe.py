"""Looks at the devices of an engine build, in a process of its own that may crash."""

import contextlib
import ctypes
import os
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from desktop_app.domain.errors import AppError, ErrorCode, ErrorInfo
from desktop_app.protocol.last_words import Aborting
from desktop_app.protocol.probe import DevicesListed, Look, ProbeFailed
from desktop_app.protocol.wire import Wire
from desktop_app.support.child import live_with_parent
from desktop_app.support.nvml import driver_version, open_nvml
from desktop_app.support.pipe import Pipe

LONGEST_LOG = 4000
"""Characters of what the backends said; all that matters comes at its end."""
CUDA_DRIVER = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
"""The part of NVIDIA's driver that computes."""


def run(connection: Pipe, engine_folder: str) -> None:
    """Hear what to load, say what there is, or what is wrong, and end; `engine_folder` is empty for the installed build."""
    live_with_parent()
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):  # whoever asked is gone
        _look(connection, engine_folder)
    os._exit(0)  # Python would take its modules apart first, and drivers their threads


def _look(connection: Pipe, engine_folder: str) -> None:
    os.environ["GGML_NO_BACKTRACE"] = "1"
    if engine_folder:
        os.environ["LLAMA_CPP_LIB_PATH"] = engine_folder
    nvidia = _NvidiaDriver()
    wire: Wire[Look] = Wire(connection, Look)
    parts = wire.receive().parts
    if has_cuda(engine_folder, parts):
        threading.Thread(target=start_cuda, daemon=True).start()
    try:
        from desktop_app.engine import llama

        backend = llama.start_backend(lambda reason: wire.send(Aborting(reason)), parts)
    except (ImportError, OSError, RuntimeError) as error:  # what the binding says of libraries that it cannot load
        wire.send(ProbeFailed(ErrorInfo(ErrorCode.ENGINE_MISSING, detail=str(error))))
        return
    except AppError as error:
        wire.send(ProbeFailed(error.info))
        return
    wire.send(
        DevicesListed(
            engine_version=llama.engine_version(),
            engine_folder=str(llama.engine_folder()),
            cpu_variant=backend.cpu_variant,
            cpu_features=llama.cpu_features(),
            devices=backend.devices(),
            backends=backend.backends(),
            log=backend.log()[-LONGEST_LOG:],
            nvidia_driver=nvidia.version(),
        )
    )
    backend.close()


def has_cuda(engine_folder: str, parts: Sequence[str]) -> bool:
    """Return whether CUDA is among the `parts` that are to be loaded, or where none are named, in the folder of the build."""
    from desktop_app.engine.backend import library_folders, part_in

    folders = library_folders(Path(engine_folder)) if engine_folder and not parts else ()
    names = [Path(part).name for part in parts] + [file.name for folder in folders for file in folder.glob("*ggml-*")]
    return any(part_in(name) == "CUDA" for name in names)


def start_cuda(load: Callable[[str], ctypes.CDLL] = ctypes.CDLL) -> None:
    """Begin what the engine asks of the driver first, while its libraries are still being read: the driver does it once.

    Memory is left to the engine, though that makes a context, and NVML would tell sooner how much is free: whether
    there can be a context is a part of the question.
    """
    with contextlib.suppress(OSError, AttributeError):  # the engine will say what is wrong
        load(CUDA_DRIVER).cuInit(0)


class _NvidiaDriver:
    """Asks NVIDIA's driver for its version, beside all else: it takes its time to wake a card."""

    def __init__(self) -> None:
        self._version = ""
        self._asking = threading.Thread(target=self._ask, daemon=True)
        self._asking.start()

    def version(self) -> str:
        """Return it, empty where there is no such driver."""
        self._asking.join()
        return self._version

    def _ask(self) -> None:
        library = open_nvml()
        self._version = driver_version(library) if library is not None else ""
