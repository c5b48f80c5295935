"""What could come in: folders of other apps on this computer, and the chats of a file or folder, as frozen values."""

from enum import StrEnum

import msgspec

from desktop_app.domain.moving_in import NOTHING_LEFT, Leftovers, Origin, SkippedChat


class FoundChats(msgspec.Struct, frozen=True, kw_only=True):
    """A folder with the chats of another app; `files` counts what looks like one."""

    origin: Origin
    path: str
    files: int


class Arrival(StrEnum):
    """What becomes of a chat that comes in: it is new, gets what it lacks, leaves the trash, or is there as it is."""

    NEW = "new"
    COMPLETED = "completed"
    BACK = "back"
    THERE = "there"


class Offer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A chat that could come in, and what would become of it; `models` are names, times Unix time in seconds."""

    id: str
    title: str
    messages: int
    branches: int
    models: tuple[str, ...]
    first_at: float
    last_at: float
    arrival: Arrival


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """All of a file or folder; `origin` is None for what this app wrote itself.

    `skipped` are the first of the chats that cannot be read, `skips` counts all. `stamp` changes with the file.
    """

    path: str
    origin: Origin | None
    offers: tuple[Offer, ...]
    leftovers: Leftovers = NOTHING_LEFT
    skipped: tuple[SkippedChat, ...] = ()
    skips: int = 0
    stamp: str = ""

    def counts(self) -> dict[Arrival, int]:
        """Return how many chats would become what."""
        found = dict.fromkeys(Arrival, 0)
        for offer in self.offers:
            found[offer.arrival] += 1
        return found
