"""How much memory there is, and how much a model and a worker take."""

import contextlib
from pathlib import Path

from desktop_app.domain.errors import AppError
from desktop_app.domain.fit import KvType, context_size, processor_need
from desktop_app.domain.gguf import START_BYTES, Header, check_ordinary, read_header, read_prefix
from desktop_app.domain.model_defaults import LoadOptions, chosen
from desktop_app.domain.shape import shape_of
from desktop_app.services.models.library import parts_of


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

    `usual_context` is what the settings say, in tokens, 0 for none in particular. Reads the start of the file's header,
    some milliseconds; 0 where it cannot be read, since loading it will tell what is wrong.
    """
    file = Path(model_path)
    try:
        header = _figures(file)
        weights = sum(part.stat().st_size for part in parts_of(file))
    except (AppError, OSError, ValueError):  # the last for a path with a NUL character
        return 0
    return processor_need(
        shape_of(header),
        weights,
        context=context_size(chosen(options.context_size, usual_context), header.number("context_length")),
        kv_type=options.kv_type.kv_type or KvType.F16,
        batch_size=options.batch_size,
    ).total


def _figures(file: Path) -> Header:
    """Return what the header says of the model's figures, without its vocabulary where that stands behind them.

    A load waits for it, and the vocabulary would take ten times as long. Raises OSError or ModelError.
    """
    check_ordinary(file)
    with file.open("rb") as opened:
        header = read_prefix(opened.read(START_BYTES), file.stat().st_size, str(file))
    shape = shape_of(header)
    is_enough = shape.layer_count and shape.embedding_length and shape.vocabulary_size
    return header if is_enough else read_header(file)


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
