"""Messages between the owner and the process that measures how fast a model is with which settings.

The owner sends one `Measure`; the process tells each `Measured` trial, then `MeasuringEnded` or `MeasuringFailed`, and
ends. It can be ended at any time before.
"""

import msgspec

from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.tuning import Trial


class Measure(msgspec.Struct, frozen=True, tag=True):
    """Measure the model at `model_path` for at most about so many seconds, loading it included.

    `parts` are the libraries to load of a build with loadable parts.
    """

    model_path: str
    seconds: float
    safe_mode: bool = False
    parts: tuple[str, ...] = ()


class Measured(msgspec.Struct, frozen=True, tag=True):
    """A trial, and which part of all is done, 0 to 1.

    `place` is what read all of the weights: empty for the computer's memory, a card by its name, None for several.
    """

    trial: Trial
    done: float
    place: str | None = None


class MeasuringEnded(msgspec.Struct, frozen=True, tag=True):
    """All was tried, or the time is over; `best` is None where nothing could be measured.

    `cards` are the graphics cards that were there, by `domain.hardware.cards_of_engine`.
    """

    best: Trial | None
    cards: tuple[str, ...] = ()


class MeasuringFailed(msgspec.Struct, frozen=True, tag=True):
    """The model could not be loaded."""

    error: ErrorInfo


Event = Measured | MeasuringEnded | MeasuringFailed
