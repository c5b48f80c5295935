"""Measures with which settings a model is fastest here, keeps the best, and tells them to whoever loads the model."""

import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, InvalidStateError
from pathlib import Path

import msgspec

from desktop_app.domain.errors import EngineError, ErrorCode, ModelError, error_from_info
from desktop_app.domain.hardware import PartsTried
from desktop_app.domain.tuning import Preferences, Trial, preferred
from desktop_app.engine import measuring
from desktop_app.protocol.measure import Event, Measure, Measured, MeasuringEnded, MeasuringFailed
from desktop_app.services.background.process import ChildProcess
from desktop_app.services.models.room import file_stamps
from desktop_app.support.files import UNREADABLE, replace_json

SECONDS = 45.0
"""How long it may go on beginning trials."""


class Tuned(msgspec.Struct, frozen=True, kw_only=True):
    """What was found out about a model: the best trial, and all of them; it holds for a file, an engine build, and cards."""

    best: Trial
    trials: tuple[Trial, ...]
    stamps: tuple[tuple[int, int], ...]
    cards: tuple[str, ...]
    engine_folder: str = ""


class Measuring:
    """A measuring under way: `future` has what was found, and is cancelled where it was given up."""

    def __init__(self) -> None:
        self.future: Future[Tuned] = Future()
        self.process: ChildProcess[Event] | None = None

    def cancel(self) -> None:
        """Give it up; nothing is changed by it."""
        self.future.cancel()
        if self.process is not None:
            self.process.kill()


class Tuning:
    """One model is measured at a time; what was found is kept in `file`, by the path of the model, for each set of cards."""

    def __init__(
        self,
        *,
        file: Path,
        pool: Executor,
        engine_folder: Callable[[], str],
        parts: Callable[[str], PartsTried] = lambda _folder: PartsTried(),
        release: Callable[[str], bool],
        on_measured: Callable[[str, float, str], None],
        target: Callable[..., None] = measuring.run,
    ) -> None:
        """`parts` says what to load of an engine build; `release` ends a model's worker, False where it answers.

        `on_measured` gets a path, tokens a second, and what read the weights: a card, or the computer's memory ("").
        """
        self._file = file
        self._pool = pool
        self._engine_folder = engine_folder
        self._parts = parts
        self._release = release
        self._on_measured = on_measured
        self._target = target
        self._running: Measuring | None = None

    def measure(
        self, model_path: str, on_trial: Callable[[Trial, float], None], seconds: float | None = None
    ) -> Measuring:
        """Begin, for SECONDS where nothing else is said; `on_trial` is told in a service thread of each trial, and which part is done (0 to 1).

        Fails with EngineError TUNING_BUSY while the model answers or another one is measured, else with why it cannot
        be loaded.
        """
        measuring = Measuring()
        if self._running is not None and not self._running.future.done():
            measuring.future.set_exception(EngineError(ErrorCode.TUNING_BUSY))
            return measuring
        self._running = measuring
        begun = self._pool.submit(self._begin, measuring, model_path, on_trial, SECONDS if seconds is None else seconds)
        begun.add_done_callback(lambda done: self._stumble(measuring, done))
        return measuring

    def known(self, model_path: str) -> tuple[Tuned, ...]:
        """Return what was found out about a model, once for each set of cards it was measured with.

        Nothing where its file or the engine is another one now.
        """
        tuned = self._all().get(model_path, ())
        if not tuned:
            return ()
        stamps, engine = file_stamps(model_path), self._engine_folder()
        return tuple(each for each in tuned if each.stamps == stamps and each.engine_folder == engine)

    def preferences(self, model_path: str) -> Preferences:
        """Return how a model is to be loaded to be fastest, by the cards with which that was found."""
        return {tuned.cards: preferred(tuned.best.tried, tuned.trials[0]) for tuned in self.known(model_path)}

    def close(self) -> None:
        """Give up what is measured."""
        if self._running is not None:
            self._running.cancel()

    def _begin(
        self, measuring: Measuring, model_path: str, on_trial: Callable[[Trial, float], None], seconds: float
    ) -> None:
        if measuring.future.cancelled():  # before anything was begun: the model may stay loaded
            return
        stamps = file_stamps(model_path)
        if not self._release(model_path):
            self._fail(measuring, EngineError(ErrorCode.TUNING_BUSY))
            return
        told: list[Measured] = []
        engine_folder = self._engine_folder()

        def on_event(event: Event) -> None:
            match event:
                case Measured(trial=trial, done=done):
                    told.append(event)
                    on_trial(trial, done)
                case MeasuringFailed(error=error):
                    self._fail(measuring, error_from_info(error))
                case MeasuringEnded(best=None):
                    self._fail(measuring, EngineError(ErrorCode.ENGINE_FAILED, "nothing could be measured"))
                case MeasuringEnded(best=best, cards=cards) if best is not None:
                    trials = tuple(each.trial for each in told)
                    tuned = Tuned(best=best, trials=trials, stamps=stamps, cards=cards, engine_folder=engine_folder)
                    self._keep(measuring, model_path, tuned, told)

        def on_exit(code: int, _overdue: bool) -> None:
            self._fail(measuring, EngineError(ErrorCode.ENGINE_CRASHED, f"measuring ended with code {code}"))

        parts = self._parts(engine_folder).load
        process: ChildProcess[Event] = ChildProcess(
            "measuring", self._target, (engine_folder,), Event, on_event, on_exit
        )
        measuring.process = process
        if measuring.future.cancelled():
            return
        try:
            process.start()
        except OSError as error:
            self._fail(measuring, EngineError(ErrorCode.ENGINE_START_FAILED, str(error)))
            return
        process.send(Measure(model_path, seconds, parts=parts))
        if measuring.future.cancelled():  # while it was started
            process.kill()

    def _keep(self, measuring: Measuring, model_path: str, tuned: Tuned, told: Sequence[Measured]) -> None:
        """Keep what was found, unless the file has gone or is another one by now: it would be told of the wrong model."""
        if (stamps := file_stamps(model_path)) != tuned.stamps:
            code = ErrorCode.MODEL_CHANGED_MEANWHILE if stamps else ErrorCode.MODEL_NOT_FOUND
            self._fail(measuring, ModelError(code, path=model_path))
            return
        if not measuring.future.set_running_or_notify_cancel():
            return  # given up in the last moment
        before = self._all()
        others = [each for each in before.get(model_path, ()) if each.cards != tuned.cards]  # which may come back
        known = {**before, model_path: (*others, tuned)}
        with contextlib.suppress(OSError):  # it is of use until the app ends, and can be measured again
            replace_json(self._file, known)
        for place, trial in _fastest(told).items():
            self._on_measured(model_path, trial.writing, place)
        measuring.future.set_result(tuned)

    def _stumble(self, measuring: Measuring, begun: "Future[None]") -> None:
        """End what could not be begun for a reason that nobody thought of: else nothing could be measured any more."""
        error = begun.exception()
        if error is not None:
            self._fail(measuring, EngineError(ErrorCode.ENGINE_START_FAILED, repr(error)))

    @staticmethod
    def _fail(measuring: Measuring, error: EngineError | Exception) -> None:
        with contextlib.suppress(InvalidStateError):  # it has ended, or was given up
            measuring.future.set_exception(error)

    def _all(self) -> dict[str, tuple[Tuned, ...]]:
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=dict[str, tuple[Tuned, ...]])
        except UNREADABLE:
            return {}


def _fastest(told: Sequence[Measured]) -> dict[str, Trial]:
    """Return the best trial of each place that read all of the weights by itself."""
    fastest: dict[str, Trial] = {}
    for each in told:
        if each.place is not None:
            fastest[each.place] = min(fastest.get(each.place, each.trial), each.trial, key=lambda trial: trial.seconds)
    return fastest
