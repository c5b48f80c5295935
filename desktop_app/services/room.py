"""How much memory there is, and how much a model and a worker take."""

import contextlib
from pathlib import Path

from desktop_app.domain.errors import AppError
from desktop_app.domain.fit import KvType, context_size, processor_need
from desktop_app.domain.gguf import read_header
from desktop_app.domain.model_defaults import LoadOptions, chosen
from desktop_app.domain.shape import shape_of
from desktop_app.services.library import parts_of


def available_memory() -> int:
    """Return the bytes that programs can still have without swapping."""
    import psutil  # few starts need it

    return int(psutil.virtual_memory().available)


def total_memory() -> int:
    """Return the bytes of memory that this computer has."""
    import psutil

    return int(psutil.virtual_memory().total)


def memory_needed(model_path: str, options: LoadOptions, usual_context: int) -> int:
    """Return about how many bytes a worker takes that loads this model so, all in the computer's memory.

    `usual_context` is what the settings say, in tokens, 0 for none in particular. Reads the file's header, some tens of milliseconds; 0 where it cannot be read, since loading it will
    tell what is wrong.
    """
    file = Path(model_path)
    try:
        header = read_header(file)
        weights = sum(part.stat().st_size for part in parts_of(file))
    except (AppError, OSError):
        return 0
    return processor_need(
        shape_of(header),
        weights,
        context=context_size(chosen(options.context_size, usual_context), header.number("context_length")),
        kv_type=options.kv_type.kv_type or KvType.F16,
        batch_size=options.batch_size,
    ).total


def file_stamps(model_path: str) -> tuple[tuple[int, int], ...]:
    """Return size and time of change, in nanoseconds, of each part of a model; those that cannot be read are left out."""
    stamps = []
    for part in parts_of(Path(model_path)):
        with contextlib.suppress(OSError):
            status = part.stat()
            stamps.append((status.st_size, status.st_mtime_ns))
    return tuple(stamps)


def out_of_memory_kills() -> int:
    """Return how many processes the system has ended for lack of memory since it started; 0 where it does not tell."""
    with contextlib.suppress(OSError, ValueError):
        for line in Path("/proc/vmstat").read_text("ascii").splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    return 0


def process_memory(pid: int) -> int:
    """Return the bytes that a process has in memory; 0 where it is gone."""
    import psutil

    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0
