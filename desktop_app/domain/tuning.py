"""Looks for the settings with which a model is fastest on this computer: what to try next, by what was measured so far."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from desktop_app.domain.fit import KvType

PROMPT_TOKENS, ANSWER_TOKENS = 300, 200
"""A usual turn: so much is read and so much written. What takes the least time for it is the best."""
WORTH_CHANGING = 1.03
"""How much faster another setting has to be than the one before it: less may be chance."""
BATCHES = (64, 128, 256, 512)
BATCHES_ON_GPU = (256, 512, 1024, 2048)


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of one trial; `flash_attention` of None is llama.cpp's own choice."""

    threads: int
    batch_size: int
    gpu_layers: int = 0
    flash_attention: bool | None = None
    kv_type: KvType = KvType.F16


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it, in tokens a second; both are 0 where it could not be done."""

    tried: Tried
    reading: float
    writing: float

    @property
    def was_done(self) -> bool:
        """Whether it could be done."""
        return self.reading > 0.0 and self.writing > 0.0

    @property
    def seconds(self) -> float:
        """What a usual turn takes; endless where it could not be done."""
        if not self.was_done:
            return float("inf")
        return PROMPT_TOKENS / self.reading + ANSWER_TOKENS / self.writing


class Preferred(msgspec.Struct, frozen=True, kw_only=True):
    """How a model is loaded where nobody set it otherwise; None leaves it as it is without."""

    batch_size: int
    flash_attention: bool | None
    threads: int | None = None
    gpu_layers: int | None = None


Preferences = Mapping[tuple[str, ...], Preferred]
"""How a model was found to be fastest, by what the graphics cards are called that were there (`domain.hardware`)."""


AS_USUAL_HERE = Preferred(batch_size=0, flash_attention=None)
"""For a model that was never measured on this computer, or not with the graphics cards that it has now."""


def leaves_cards_open(best: Tried, first: Trial) -> bool:
    """Whether nothing is known of the graphics cards, since the first trial, which was on them, could not be done."""
    return best.gpu_layers < first.tried.gpu_layers and not first.was_done


def preferred(best: Tried, first: Trial) -> Preferred:
    """Return what follows from the best trial; threads only where they are not those of the first, layers where fewer are better.

    Threads that are left alone go on following what else the computer does, and layers the memory that is free.
    Nothing follows where the cards could not be measured: there may have been no room on them just then.
    """
    if leaves_cards_open(best, first):
        return AS_USUAL_HERE
    return Preferred(
        batch_size=best.batch_size,
        flash_attention=best.flash_attention,
        threads=best.threads if best.threads != first.tried.threads else None,
        gpu_layers=best.gpu_layers if best.gpu_layers < first.tried.gpu_layers else None,
    )


class Computer(msgspec.Struct, frozen=True, kw_only=True):
    """What can be varied here: `layers` is how many the planner would put onto devices, of `all_layers`."""

    physical_cores: int
    logical_cores: int
    layers: int = 0
    all_layers: int = 0
    can_quantize: bool = True


class Search:
    """One setting after the other, each varied while the others stay as they were best; the first trial is llama.cpp's own.

    With a card the second one is the processor's, which a slow card would leave no time for.
    """

    def __init__(self, computer: Computer) -> None:
        self._computer = computer
        self._told: dict[Tried, Trial] = {}
        self._on_processor = Tried(
            threads=computer.physical_cores,
            batch_size=512,
            flash_attention=True,  # which is what llama.cpp chooses there
        )
        on_cards = msgspec.structs.replace(self._on_processor, gpu_layers=computer.layers, flash_attention=None)
        self._defaults = on_cards if computer.layers else self._on_processor
        self._best = self._defaults
        self._steps = self._candidates()

    def next(self) -> Tried | None:
        """Return what to try now, None where all was tried."""
        for tried in self._steps:
            if tried not in self._told:
                return tried
        return None

    def tell(self, trial: Trial) -> None:
        """Take note of what came of it."""
        self._told[trial.tried] = trial
        best = self._told.get(self._best)
        is_exact = trial.tried.kv_type is KvType.F16  # the other one is told, but not chosen for its speed
        if best is None or (is_exact and trial.seconds * WORTH_CHANGING < best.seconds):
            self._best = trial.tried

    @property
    def trials(self) -> Sequence[Trial]:
        """All that was told, in the order of the trials."""
        return list(self._told.values())

    @property
    def best(self) -> Trial | None:
        """The best so far, None before anything could be done; no slower than llama.cpp's defaults."""
        found = self._told.get(self._best)
        return found if found is not None and found.was_done else None

    @property
    def is_of_use(self) -> bool:
        """Whether it may end here: what cards do was compared with the processor, however slow they are."""
        return self._on_processor in self._told

    @property
    def most_trials(self) -> int:
        """About how many trials there are, for a progress bar."""
        computer = self._computer
        cards = 1 if computer.layers else 0
        return 1 + 2 + len(_threads(computer)) + len(BATCHES) + int(computer.can_quantize) + cards

    def _candidates(self) -> Iterator[Tried]:
        computer = self._computer
        yield self._defaults
        if computer.layers:  # not more than planned, either: that may fit now, and not beside what is open tomorrow
            yield self._on_processor
        for flash in (True, False):
            yield msgspec.structs.replace(self._best, flash_attention=flash)
        if self._best.gpu_layers < computer.all_layers or not computer.layers:
            for threads in _threads(computer):
                yield msgspec.structs.replace(self._best, threads=threads)
        for batch in BATCHES_ON_GPU if self._best.gpu_layers else BATCHES:
            yield msgspec.structs.replace(self._best, batch_size=batch)
        if computer.can_quantize:
            yield msgspec.structs.replace(self._best, kv_type=KvType.Q8_0, flash_attention=True)


def _threads(computer: Computer) -> list[int]:
    physical, logical = computer.physical_cores, computer.logical_cores
    return sorted({1, max(1, physical // 2), max(1, physical - 1), physical, logical})
