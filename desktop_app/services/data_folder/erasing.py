"""Deleting everything: ordered while the app runs, carried out when nothing uses the files any more.

The order is a file, written before anything is deleted and removed last. Where the app or the computer ends in
between, the next start goes on with it before it opens anything.
"""

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from desktop_app.services.data_folder.owner_frames import lock_file_of
from desktop_app.support.files import UNREADABLE, patiently, read_file, replace_file, sync_folder
from desktop_app.support.paths import Paths

if TYPE_CHECKING:  # every start asks whether there is an order, and few find one
    from desktop_app.domain.own_data import Erasure

_ORDER = "erase.json"


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to go: all of the app's folders, and of `models_folder` the model files where `models` says so."""

    models: bool
    models_folder: str


def order(paths: Paths, models_folder: Path, *, models: bool) -> None:
    """Have everything deleted when the app ends; raises OSError, and then nothing will be."""
    content = msgspec.json.encode(Order(models=models, models_folder=str(models_folder)))
    replace_file(_order_file(paths), content, private=True)
    sync_folder(paths.data)


def is_ordered(paths: Paths) -> bool:
    """Whether everything is to be deleted; a file that is no whole order is none."""
    return _read(paths) is not None


def carry_out(paths: Paths) -> "Erasure":
    """Delete what was ordered; for the owner of the data folder, while nothing is open in it.

    The chats go first. What cannot be removed is told, and the order is given up all the same: whoever starts the app
    again is not to lose what was made since then.
    """
    from desktop_app.services.data_folder.own_data import erase, model_files, own_entries

    wanted = _read(paths)
    if wanted is None:
        return _sum([])
    models = paths.models
    kept = {lock_file_of(paths), _order_file(paths), models}
    own = [entry for entry in own_entries(paths) if entry not in kept]
    own.sort(key=lambda entry: not entry.name.startswith(paths.database.stem))
    erased = [erase(own)]
    if wanted.models:
        erased.append(erase([models]))
        folder = Path(wanted.models_folder)
        erased.append(erase([] if folder == models else model_files(folder)))
    _forget(_order_file(paths))
    for folder in (paths.logs, paths.config):
        with contextlib.suppress(OSError):  # what is not empty stays
            folder.rmdir()
    return _sum(erased)


def _forget(order_file: Path) -> None:
    """Have no order any more: what is made from now on is not to go at the next start."""
    try:
        patiently(lambda: order_file.unlink(missing_ok=True))
    except OSError:
        order_file.write_bytes(b"")  # Windows keeps the name while a program has it open, and lets others write


def _order_file(paths: Paths) -> Path:
    return paths.data / _ORDER


def _read(paths: Paths) -> Order | None:
    try:
        return msgspec.json.decode(read_file(_order_file(paths)), type=Order)
    except UNREADABLE:
        return None


def _sum(parts: "Sequence[Erasure]") -> "Erasure":
    from desktop_app.domain.own_data import Erasure

    return Erasure(
        size=sum(part.size for part in parts),
        files=sum(part.files for part in parts),
        left=tuple(path for part in parts for path in part.left),
    )
