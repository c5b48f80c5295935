"""Writing files so that a crash leaves the old one or the new one, never half of one."""

import os
from pathlib import Path


def replace_file(file: Path, content: bytes) -> None:
    """Write `content` beside `file`, flush it to the disk, then rename; raises OSError."""
    beside = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        with beside.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(file)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
