"""Keeps what the check of types found out for the user's next clone, which would find out the same for most of a minute.

mypy itself looks at the content of each file, at what that imports and at how it was told to check, and checks anew what is
another one.
"""

import os
import shutil
from contextlib import suppress
from pathlib import Path

import engine_build

FOLDER = ".mypy_cache"


def take(root: Path) -> bool:
    """Give a clone in which no types were checked yet what another one found out, if any did; returns whether it is such a clone."""
    target = root / FOLDER
    if target.exists():
        return False
    unfinished = target.with_name(f"{FOLDER}.{os.getpid()}")
    try:
        shutil.copytree(_kept(), unfinished)
        unfinished.rename(target)
    except OSError:  # there is nothing, or another clone is just replacing it
        shutil.rmtree(unfinished, ignore_errors=True)
    return True


def keep(root: Path) -> None:
    """Keep what was found out in a clone; where it cannot be kept, the next one finds it out by itself."""
    with suppress(OSError):
        engine_build.publish(root / FOLDER, _kept())


def _kept() -> Path:
    return engine_build.cache() / "types"
