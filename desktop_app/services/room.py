"""How much memory there is, and how much a model and a worker take."""

from pathlib import Path

from desktop_app.services.library import parts_of

OVERHEAD_BYTES = 700_000_000
"""What a worker takes beside its model's file, context included, as a rule."""


def available_memory() -> int:
    """Return the bytes that programs can still have without swapping."""
    import psutil  # few starts need it

    return int(psutil.virtual_memory().available)


def total_memory() -> int:
    """Return the bytes of memory that this computer has."""
    import psutil

    return int(psutil.virtual_memory().total)


def memory_needed(model_path: str) -> int:
    """Return about how many bytes a worker with this model takes."""
    try:
        return sum(part.stat().st_size for part in parts_of(Path(model_path))) + OVERHEAD_BYTES
    except OSError:
        return 0  # loading it will tell what is wrong


def process_memory(pid: int) -> int:
    """Return the bytes that a process has in memory; 0 where it is gone."""
    import psutil

    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0
