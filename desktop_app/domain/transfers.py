"""Files of models on their way from one place of this computer to another, as frozen values."""

from enum import StrEnum

import msgspec

from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.models import ModelFile


class Placing(StrEnum):
    """What to do with a model file that a person brings."""

    IN_PLACE = "in_place"
    COPY = "copy"
    MOVE = "move"


class TransferState(StrEnum):
    """Where a transfer stands."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """A model, or with an empty `name` the whole models folder, that is copied or moved into `folder`.

    `size` and `done` are in bytes.
    """

    id: str
    name: str
    placing: Placing
    source: str
    folder: str
    size: int
    done: int = 0
    state: TransferState = TransferState.RUNNING
    error: ErrorInfo | None = None


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """A model file that a person brings: `size` in bytes of all parts; `inside` where it is in the models folder."""

    path: str
    name: str
    size: int
    inside: bool


class Brought(msgspec.Struct, frozen=True):
    """A model that was taken in; `was_there` where the models folder had the very same file already."""

    model: ModelFile
    was_there: bool = False
