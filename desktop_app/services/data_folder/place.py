"""A window's place in its data folder: the owner's, or that of one who waits for a command to end."""

import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from desktop_app.domain.errors import EngineError, ErrorCode
from desktop_app.services.data_folder.owner import Ownership, become_owner
from desktop_app.support.paths import Paths

if TYPE_CHECKING:  # most starts find no owner
    from desktop_app.domain.openings import Opening
    from desktop_app.services.data_folder.owner_client import OwnerClient

Held: TypeAlias = "Ownership | OwnerClient | None"
Join = Callable[[], Held]
Patiently = Callable[[Join], Held]
"""Has something done that may take long; None where it was given up."""


def _at_once(join: Join) -> Held:
    return join()


class Place:
    """Owns the data folder, or waits for it; `leave` gives it back from any thread."""

    def __init__(self, paths: Paths, held: "Ownership | OwnerClient", opening: "Opening | None" = None) -> None:
        self._paths = paths
        self._held = held
        self._opening = opening
        self._lock = threading.Lock()
        self._left = False

    @classmethod
    def take(
        cls, paths: Paths, opening: "Opening | None" = None, activation: str = "", patiently: Patiently = _at_once
    ) -> "Place | None":
        """Return a place, or None where another window has the folder, came forward instead, and opens `opening`.

        `activation` is what the desktop gave this start for its window. Where the folder has an owner, that one is
        asked by way of `patiently`: it may take long to answer. Raises EngineError OWNER_UNREACHABLE and StorageError DATA_FOLDER_UNWRITABLE.
        """
        held: Held = become_owner(paths) or patiently(partial(_join, paths, opening, activation))
        return None if held is None else cls(paths, held, opening)

    @property
    def ownership(self) -> Ownership | None:
        """The ownership, or None as long as a command in a terminal has it."""
        return self._held if isinstance(self._held, Ownership) else None

    def wait(self) -> bool:
        """Wait until this is the owner's place; False where another window came first, or after `leave`.

        Blocks as long as the command takes. Raises what `take` raises.
        """
        while not isinstance(self._held, Ownership):
            self._held.wait_until_gone()
            self._held.close()
            held = None if self._left else _join(self._paths, self._opening)
            if held is None or not self._keep(held):
                return False
        return True

    def leave(self) -> None:
        """Wait no more, or own the folder no more; what it served must have stopped before."""
        with self._lock:
            self._left = True
            self._held.close()

    def _keep(self, held: "Ownership | OwnerClient") -> bool:
        with self._lock:
            self._held = held
            if self._left:
                held.close()
            return not self._left


def _join(paths: Paths, opening: "Opening | None", activation: str = "") -> "Ownership | OwnerClient | None":
    """Join the folder; None where its owner's window came forward and opens `opening`."""
    ownership = become_owner(paths)
    if ownership is not None:
        return ownership
    from desktop_app.services.data_folder.owner_client import join

    while True:
        held = join(paths)
        if isinstance(held, Ownership):
            return held
        try:
            held.raise_window(opening, activation)
        except EngineError as error:
            if error.code is ErrorCode.OWNER_HAS_NO_WINDOW:
                return held
            held.close()
            if error.code is not ErrorCode.OWNER_UNREACHABLE:
                raise
            # the owner ended just now, so there is a new one to be found, or none
        else:
            held.close()
            return None
