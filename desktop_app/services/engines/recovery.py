"""What is tried after a model's worker died: safer settings step by step, and in the end an explanation."""

from collections.abc import Callable
from enum import StrEnum

import msgspec

from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.models import ModelInfo
from desktop_app.protocol.engine import Load
from desktop_app.services.background.process import signal_name
from desktop_app.support.i18n import N_

SMALLEST_CONTEXT = 1024
"""Tokens below which a context is not made smaller: a chat would be of no use in it."""
MOST_HALVINGS = 2
"""How often a context is halved for lack of memory; each time is a whole load."""
CRASHES_BEFORE_A_STEP = 2
"""Crashes in mid-answer, without an answer between them, before anything is changed: one may be chance."""
MOST_LOSSES = 1
"""How often a load that lost a server is begun anew by itself, without an answer between: then without that server."""

_ILLEGAL_INSTRUCTION_ON_WINDOWS = 0xC000001D
_DEVICE_WORDS = ("cuda", "vulkan", "vk::", "metal", "rocm", "hip error", "sycl", "opencl", "device")
_MEMORY_WORDS = (
    "out of memory",
    "failed to allocate",
    "unable to allocate",
    "cannot allocate",
    "bad_alloc",
    "insufficient memory",
    "mem_buffer != null",
)


class Cause(StrEnum):
    """Why a worker died."""

    ENDED = "ended"
    STUCK = "stuck"
    INSTRUCTION = "instruction"
    MEMORY = "memory"
    DEVICE = "device"
    CRASH = "crash"
    SERVER = "server"
    """Another computer with layers of the model is gone."""


class Stage(StrEnum):
    """What a worker was doing."""

    STARTING = "starting"
    READING = "reading"
    TESTING = "testing"
    ANSWERING = "answering"


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """How a worker held its model: layers on the GPU, tokens of context (0 where it was not known yet)."""

    gpu_layers: int = 0
    context_size: int = 0
    safe_mode: bool = False


class Death(msgspec.Struct, frozen=True, kw_only=True):
    """How a worker died; `last_words` is what the engine said before it gave up, `signal` a name or an exit code.

    `server` is the address of another computer that was lost, `silent_seconds` how long it owed an answer, if it did.
    """

    cause: Cause
    stage: Stage
    attempt: Attempt
    path: str
    signal: str = ""
    last_words: str = ""
    server: str = ""
    silent_seconds: int = 0

    @property
    def detail(self) -> str:
        """All of it in English, for a report."""
        words = f", its last words: {self.last_words}" if self.last_words else ""
        return f"{self.cause} while {self.stage}, exit by {self.signal}, {self.attempt}{words}"


class Measures(msgspec.Struct, frozen=True, kw_only=True):
    """What differs from how a person wants a model to be loaded, since its workers died so; None for as they want it."""

    safe_mode: bool = False
    gpu_layers: int | None = None
    context_size: int | None = None
    halvings: int = 0

    def applied(self, load: Load) -> Load:
        """Return how the model is loaded in place of `load`."""
        return msgspec.structs.replace(
            load,
            safe_mode=load.safe_mode or self.safe_mode,
            gpu_layers=load.gpu_layers if self.gpu_layers is None else self.gpu_layers,
            context_size=load.context_size if self.context_size is None else self.context_size,
        )

    def told_in(self, model: ModelInfo) -> ModelInfo:
        """Return `model` with what was changed, in English message ids."""
        reason, changes = model.device_reason, []
        if self.gpu_layers is not None:
            reason = N_("It crashed before, so fewer of its layers are on the graphics card.")
        if self.gpu_layers == 0:
            reason = N_("It crashed before, so the graphics card is not used.")
        if self.safe_mode:
            changes.append(N_("It crashed before, so it runs with safe CPU settings."))
        if self.context_size is not None:
            changes.append(N_("It ran out of memory before, so its context is smaller."))
        return msgspec.structs.replace(model, device_reason=reason, changes=tuple(changes))


AS_WANTED = Measures()


class Verdict(msgspec.Struct, frozen=True):
    """What became of a death: the error for who waited, and whether another way to load the model is left."""

    error: ErrorInfo
    can_go_on: bool


def cause_of(code: int, last_words: str, *, overdue: bool, on_gpu: bool, memory_was_short: Callable[[], bool]) -> Cause:
    """Tell why a worker ended, from its exit code (negative: a signal's number) and its last words.

    The system's killer of processes leaves no words, and a failed allocation that nobody catches is an
    abort; so both are put down to memory where that `memory_was_short`.
    """
    name, words = signal_name(code), last_words.lower()
    if overdue:
        return Cause.STUCK
    if name == "SIGILL" or code == _ILLEGAL_INSTRUCTION_ON_WINDOWS:
        return Cause.INSTRUCTION
    if on_gpu and any(sign in words for sign in _DEVICE_WORDS):
        return Cause.DEVICE
    if any(sign in words for sign in _MEMORY_WORDS):
        return Cause.MEMORY
    if name in ("SIGKILL", "SIGABRT") and not words and memory_was_short():
        return Cause.MEMORY
    return Cause.ENDED if name in ("SIGKILL", "SIGTERM", "SIGINT", "0") else Cause.CRASH


def next_measures(tried: Measures, death: Death) -> Measures | None:
    """Return what is changed before a model is loaded again, None where nothing is left to try.

    Each step can be taken a few times only, so no row of deaths is endless.
    """
    return next((changed for step in _STEPS[death.cause] if (changed := step(tried, death.attempt))), None)


def _safe_settings(tried: Measures, attempt: Attempt) -> Measures | None:
    return None if attempt.safe_mode else msgspec.structs.replace(tried, safe_mode=True)


def _fewer_layers(tried: Measures, attempt: Attempt) -> Measures | None:
    """Half of the layers on the GPU, then none."""
    if attempt.gpu_layers == 0:
        return None
    return msgspec.structs.replace(tried, gpu_layers=attempt.gpu_layers // 2 if tried.gpu_layers is None else 0)


def _smaller_context(tried: Measures, attempt: Attempt) -> Measures | None:
    half = attempt.context_size // 2
    if half < SMALLEST_CONTEXT or tried.halvings >= MOST_HALVINGS:
        return None
    return msgspec.structs.replace(tried, context_size=half, halvings=tried.halvings + 1)


_Step = Callable[[Measures, Attempt], Measures | None]
_STEPS: dict[Cause, tuple[_Step, ...]] = {
    Cause.SERVER: (),
    Cause.ENDED: (),
    Cause.STUCK: (),
    Cause.INSTRUCTION: (_safe_settings,),
    Cause.MEMORY: (_smaller_context,),
    Cause.DEVICE: (_fewer_layers, _safe_settings),
    Cause.CRASH: (_safe_settings, _fewer_layers),
}
"""What helps against each cause, the first thing to try first."""


class Recovery:
    """The deaths of one model's workers with one engine build, and what was changed after them.

    It lasts as long as the app runs: a driver that crashed once may be in order after a restart. What a
    whole build needs is remembered for longer, in `engine_memory`.
    """

    def __init__(self) -> None:
        self.measures = AS_WANTED
        self.lesson = ""
        """Why the whole build needs safe settings, should the next load go well; empty where it does not follow."""
        self._circumstances: object = None
        self._crashes = 0
        self._losses = 0
        self._refusal: ErrorInfo | None = None

    def begin(self, circumstances: object) -> ErrorInfo | None:
        """Return why the model is not even started, None where it is.

        Whatever a person can change is in `circumstances`; with other ones than before all begins anew.
        """
        if circumstances != self._circumstances:
            self._circumstances = circumstances
            self.measures, self.lesson, self._crashes, self._refusal = AS_WANTED, "", 0, None
            self._losses = 0
        return self._refusal

    def answered(self) -> None:
        """Note that an answer went well."""
        self._crashes = self._losses = 0

    def died(self, death: Death) -> Verdict:
        """Note a death, choose what is tried next, and say what became of it."""
        self.lesson = ""
        if death.cause is Cause.SERVER:
            self._losses += 1
            return Verdict(_told(death), can_go_on=self._losses <= MOST_LOSSES)
        if death.cause in (Cause.ENDED, Cause.STUCK) or death.stage is Stage.STARTING:
            return Verdict(_told(death), can_go_on=False)
        if death.cause is Cause.CRASH and death.stage is Stage.READING and death.last_words:
            return self._give_up(ErrorCode.MODEL_DAMAGED, death)  # what it cannot bear is in the file
        if death.stage is Stage.ANSWERING and death.cause in (Cause.CRASH, Cause.DEVICE):
            self._crashes += 1
            if self._crashes < CRASHES_BEFORE_A_STEP:
                return Verdict(_told(death), can_go_on=True)
        measures = next_measures(self.measures, death)
        if measures is None:
            return self._give_up(_last_word(self.measures, death), death)
        if measures.safe_mode and not self.measures.safe_mode and _is_of_the_build(death):
            self.lesson = death.detail
        self.measures = measures
        return Verdict(_told(death), can_go_on=True)

    def _give_up(self, code: ErrorCode, death: Death) -> Verdict:
        params: dict[str, str | int | float] = {"path": death.path, "context_size": death.attempt.context_size}
        self._refusal = ErrorInfo(code, params, death.detail)
        return Verdict(self._refusal, can_go_on=False)


def _is_of_the_build(death: Death) -> bool:
    """Whether every model would die so: of the processor, or before anybody has asked anything.

    Where layers were on a graphics card its driver may have been at fault, and be in order the next time.
    """
    has_no_card = death.attempt.gpu_layers == 0
    return death.cause is Cause.INSTRUCTION or (death.stage is not Stage.ANSWERING and has_no_card)


def _told(death: Death) -> ErrorInfo:
    """Return the error of a death after which a person may ask again."""
    starts_again = death.stage is not Stage.STARTING
    codes = {
        Cause.SERVER: ErrorCode.SERVER_SILENT if death.silent_seconds else ErrorCode.SERVER_LOST,
        Cause.ENDED: ErrorCode.ENGINE_CRASHED if death.signal == "0" else ErrorCode.ENGINE_KILLED,
        Cause.STUCK: ErrorCode.ENGINE_NOT_RESPONDING,
        Cause.INSTRUCTION: ErrorCode.ENGINE_ILLEGAL_INSTRUCTION if starts_again else ErrorCode.ENGINE_UNSUITED,
        Cause.MEMORY: ErrorCode.ENGINE_OUT_OF_MEMORY,
        Cause.DEVICE: ErrorCode.ENGINE_DEVICE_FAILED,
        Cause.CRASH: ErrorCode.ENGINE_CRASHED,
    }
    params: dict[str, str | int | float] = {"signal": death.signal}
    if death.server:
        params["server"] = death.server
    if death.silent_seconds:
        params["seconds"] = death.silent_seconds
    return ErrorInfo(codes[death.cause], params, death.detail)


def _last_word(tried: Measures, death: Death) -> ErrorCode:
    """Return the explanation that names what was tried."""
    if death.cause is Cause.INSTRUCTION:
        return ErrorCode.ENGINE_UNSUITED
    if death.cause is Cause.MEMORY:
        return ErrorCode.ENGINE_NEVER_FITS
    if death.stage is Stage.READING:
        return ErrorCode.ENGINE_FILE_CRASHES
    return ErrorCode.ENGINE_CRASHES_EVERYWHERE if tried.gpu_layers == 0 else ErrorCode.ENGINE_KEEPS_CRASHING
