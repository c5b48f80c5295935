"""What is tried after a worker's death, and where it ends."""

import enum
import itertools
import signal

import msgspec
import pytest

from desktop_app.domain.errors import ErrorCode
from desktop_app.domain.models import ModelInfo
from desktop_app.protocol.engine import Load
from desktop_app.services.background.process import signal_name
from desktop_app.services.engines.recovery import (
    AS_WANTED,
    SMALLEST_CONTEXT,
    Attempt,
    Cause,
    Death,
    Measures,
    Recovery,
    Stage,
    Verdict,
    cause_of,
    next_measures,
)
from desktop_app.services.words.error_text import explain

FILE = "/models/a.gguf"
ON_GPU = Attempt(gpu_layers=33, context_size=8192)
ON_CPU = Attempt(context_size=8192)
SAFE = Attempt(context_size=8192, safe_mode=True)


def death(cause: Cause, stage: Stage = Stage.TESTING, attempt: Attempt = ON_CPU, last_words: str = "") -> Death:
    server = "10.0.0.2:50052" if cause is Cause.SERVER else ""
    return Death(
        cause=cause, stage=stage, attempt=attempt, path=FILE, signal="SIGSEGV", last_words=last_words, server=server
    )


def held(attempt: Attempt, measures: Measures) -> Attempt:
    """Return how the worker after one with `attempt` holds its model."""
    layers, size = measures.gpu_layers, measures.context_size
    return Attempt(
        gpu_layers=attempt.gpu_layers if layers is None else layers,
        context_size=attempt.context_size if size is None else size,
        safe_mode=attempt.safe_mode or measures.safe_mode,
    )


def ladder(cause: Cause, attempt: Attempt, stage: Stage = Stage.TESTING) -> tuple[list[Measures], Verdict]:
    """Let one worker after the other die of the same cause; return what was tried, and the last verdict."""
    recovery, tried = Recovery(), []
    assert recovery.begin("as set") is None
    for _ in range(20):
        verdict = recovery.died(death(cause, stage, held(attempt, recovery.measures)))
        if not verdict.can_go_on:
            assert recovery.begin("as set") == verdict.error
            return tried, verdict
        tried.append(recovery.measures)
    raise AssertionError(f"a loop: {tried}")


@pytest.mark.parametrize(
    ("code", "words", "on_gpu", "short", "expected"),
    [
        (-signal.SIGILL, "", False, False, Cause.INSTRUCTION),
        (0xC000001D, "", False, False, Cause.INSTRUCTION),
        (-signal.SIGKILL, "", False, True, Cause.MEMORY),
        (-signal.SIGKILL, "", False, False, Cause.ENDED),
        (-signal.SIGTERM, "", False, True, Cause.ENDED),
        (0, "", False, True, Cause.ENDED),
        (-signal.SIGABRT, "", False, True, Cause.MEMORY),
        (-signal.SIGABRT, "", False, False, Cause.CRASH),
        (-signal.SIGABRT, "GGML_ASSERT(n_tokens <= n_batch) failed", False, True, Cause.CRASH),
        (-signal.SIGABRT, "failed to allocate buffer of size 9", False, False, Cause.MEMORY),
        (-signal.SIGABRT, "ggml.c:1644: GGML_ASSERT(ctx->mem_buffer != NULL) failed", False, False, Cause.MEMORY),
        (-signal.SIGABRT, "CUDA error: out of memory", True, False, Cause.DEVICE),
        (-signal.SIGABRT, "vk::Queue::submit: ErrorDeviceLost", True, False, Cause.DEVICE),
        (-signal.SIGABRT, "GGML_ASSERT(device) failed", False, False, Cause.CRASH),
        (-signal.SIGSEGV, "", True, True, Cause.CRASH),
        (-99, "", False, False, Cause.CRASH),
        (1, "", False, False, Cause.CRASH),
    ],
)
def test_causes(code: int, words: str, on_gpu: bool, short: bool, expected: Cause) -> None:
    assert cause_of(code, words, overdue=False, on_gpu=on_gpu, memory_was_short=lambda: short) is expected


def test_one_that_was_ended_because_it_did_not_answer() -> None:
    cause = cause_of(-signal.SIGKILL, "", overdue=True, on_gpu=False, memory_was_short=lambda: True)
    assert cause is Cause.STUCK


def test_an_illegal_instruction_leads_to_safe_settings_and_no_further() -> None:
    tried, verdict = ladder(Cause.INSTRUCTION, ON_GPU)
    assert tried == [Measures(safe_mode=True)]
    assert verdict.error.code is ErrorCode.ENGINE_UNSUITED


def test_a_crash_leads_to_safe_settings_then_to_fewer_and_no_layers_on_the_gpu() -> None:
    tried, verdict = ladder(Cause.CRASH, ON_GPU)
    assert [(each.safe_mode, each.gpu_layers) for each in tried] == [(True, None), (True, 16), (True, 0)]
    assert verdict.error.code is ErrorCode.ENGINE_CRASHES_EVERYWHERE


def test_a_failing_device_loses_its_layers_first() -> None:
    tried, _verdict = ladder(Cause.DEVICE, ON_GPU)
    assert [(each.safe_mode, each.gpu_layers) for each in tried] == [(False, 16), (False, 0), (True, 0)]


def test_out_of_memory_halves_the_context() -> None:
    tried, verdict = ladder(Cause.MEMORY, ON_CPU)
    assert [each.context_size for each in tried] == [4096, 2048]
    assert verdict.error.code is ErrorCode.ENGINE_NEVER_FITS
    assert "2,048" in explain(verdict.error).sentence


def test_a_small_context_is_not_made_useless() -> None:
    tried, verdict = ladder(Cause.MEMORY, Attempt(context_size=2 * SMALLEST_CONTEXT - 1))
    assert tried == []
    assert verdict.error.code is ErrorCode.ENGINE_NEVER_FITS
    tried, _verdict = ladder(Cause.MEMORY, Attempt(context_size=2 * SMALLEST_CONTEXT))
    assert [each.context_size for each in tried] == [SMALLEST_CONTEXT]


def test_safe_settings_that_are_on_already_are_not_tried_again() -> None:
    tried, verdict = ladder(Cause.CRASH, SAFE)
    assert tried == []
    assert verdict.error.code is ErrorCode.ENGINE_KEEPS_CRASHING


def test_a_crash_in_mid_answer_may_be_chance_once() -> None:
    tried, _verdict = ladder(Cause.CRASH, ON_CPU, Stage.ANSWERING)
    assert tried == [AS_WANTED, Measures(safe_mode=True)]


def test_an_answer_between_two_crashes_counts() -> None:
    recovery = Recovery()
    recovery.begin(1)
    for _ in range(5):
        assert recovery.died(death(Cause.CRASH, Stage.ANSWERING)).can_go_on
        recovery.answered()
    assert recovery.measures == AS_WANTED


def test_a_file_that_crashes_the_engine_while_it_is_read() -> None:
    tried, verdict = ladder(Cause.CRASH, ON_CPU, Stage.READING)
    assert tried == [Measures(safe_mode=True)]
    assert verdict.error.code is ErrorCode.ENGINE_FILE_CRASHES
    assert FILE in explain(verdict.error).sentence


def test_what_the_engine_says_it_cannot_bear_in_a_file_is_the_file_s_fault() -> None:
    recovery = Recovery()
    recovery.begin(1)
    verdict = recovery.died(death(Cause.CRASH, Stage.READING, last_words="GGML_ASSERT(n_expert) failed"))
    assert not verdict.can_go_on
    assert verdict.error.code is ErrorCode.MODEL_DAMAGED
    assert "n_expert" in verdict.error.detail
    assert recovery.begin(1) == verdict.error


def test_a_change_of_anything_begins_anew() -> None:
    recovery = Recovery()
    recovery.begin(("build", Load(model_path=FILE), (1, 2)))
    while recovery.died(death(Cause.CRASH, attempt=held(ON_GPU, recovery.measures))).can_go_on:
        pass
    assert recovery.begin(("build", Load(model_path=FILE), (1, 2))) is not None
    assert recovery.begin(("build", Load(model_path=FILE, gpu_layers=0), (1, 2))) is None
    assert recovery.measures == AS_WANTED


@pytest.mark.parametrize("cause", [Cause.ENDED, Cause.STUCK])
def test_being_ended_changes_nothing(cause: Cause) -> None:
    recovery = Recovery()
    recovery.begin(1)
    for stage in Stage:
        assert not recovery.died(death(cause, stage)).can_go_on
    assert recovery.measures == AS_WANTED
    assert recovery.begin(1) is None


def test_an_engine_that_does_not_even_start_is_no_fault_of_the_model() -> None:
    recovery = Recovery()
    recovery.begin(1)
    verdict = recovery.died(death(Cause.INSTRUCTION, Stage.STARTING))
    assert (verdict.error.code, verdict.can_go_on) == (ErrorCode.ENGINE_UNSUITED, False)
    assert recovery.begin(1) is None


def test_no_row_of_deaths_is_endless() -> None:
    """Whatever the causes are, and in whatever order they come."""
    causes = [cause for cause in Cause if cause not in (Cause.ENDED, Cause.STUCK)]
    for row in itertools.product(causes, repeat=3):
        recovery = Recovery()
        recovery.begin(1)
        for number in range(30):
            cause = row[number % len(row)]
            if not recovery.died(death(cause, attempt=held(ON_GPU, recovery.measures))).can_go_on:
                break
        else:
            raise AssertionError(row)
        assert number <= 5, row


@pytest.mark.parametrize("cause", list(Cause))
@pytest.mark.parametrize("stage", list(Stage))
def test_each_death_is_told_in_words(cause: Cause, stage: Stage) -> None:
    recovery = Recovery()
    for _ in range(8):
        told = explain(recovery.died(death(cause, stage, held(ON_GPU, recovery.measures))).error)
        assert told.sentence.endswith(".")
        assert told.next_step.endswith(".")
        assert "?" not in told.sentence


def test_the_build_learns_only_from_what_every_model_would_die_of() -> None:
    recovery = Recovery()
    recovery.begin(1)
    recovery.died(death(Cause.INSTRUCTION, Stage.ANSWERING))
    assert "instruction" in recovery.lesson
    recovery.died(death(Cause.MEMORY, Stage.TESTING))
    assert recovery.lesson == ""
    recovery.begin(2)
    for _ in range(2):
        recovery.died(death(Cause.CRASH, Stage.ANSWERING))
    assert recovery.measures.safe_mode
    assert recovery.lesson == ""


@pytest.mark.parametrize("stage", [Stage.READING, Stage.TESTING])
@pytest.mark.parametrize(("attempt", "is_learnt"), [(ON_CPU, True), (ON_GPU, False)], ids=["processor", "card"])
def test_what_a_drivers_fault_may_have_been_is_no_lesson_for_the_build(
    attempt: Attempt, is_learnt: bool, stage: Stage
) -> None:
    """A lesson is kept for good, and safe settings make every model slower on the processor."""
    recovery = Recovery()
    recovery.begin("as set")
    recovery.died(death(Cause.CRASH, stage, attempt))
    assert recovery.measures.safe_mode
    assert bool(recovery.lesson) == is_learnt


def test_measures_change_only_what_they_name() -> None:
    load = Load(model_path=FILE, context_size=9000, gpu_layers=-1, threads=3)
    assert AS_WANTED.applied(load) == load
    changed = Measures(safe_mode=True, gpu_layers=4, context_size=2048).applied(load)
    assert changed == msgspec.structs.replace(load, safe_mode=True, gpu_layers=4, context_size=2048)


def test_what_was_changed_is_told() -> None:
    model = ModelInfo(name="a", path=FILE, device_reason="as it is")
    assert AS_WANTED.told_in(model) == model
    told = Measures(safe_mode=True, gpu_layers=0, context_size=2048).told_in(model)
    assert told.device_reason == "It crashed before, so the graphics card is not used."
    assert [change.rpartition(" ")[2] for change in told.changes] == ["settings.", "smaller."]


def test_steps_know_their_end() -> None:
    assert next_measures(AS_WANTED, death(Cause.ENDED)) is None
    assert next_measures(Measures(gpu_layers=0), death(Cause.DEVICE, attempt=SAFE)) is None


def test_a_lost_server_changes_nothing_and_a_load_begins_anew_once() -> None:
    recovery = Recovery()
    first = recovery.died(death(Cause.SERVER, Stage.READING))
    assert first.can_go_on
    assert first.error.code is ErrorCode.SERVER_LOST
    assert first.error.params["server"] == "10.0.0.2:50052"
    assert not recovery.died(death(Cause.SERVER, Stage.READING)).can_go_on
    recovery.answered()
    assert recovery.died(death(Cause.SERVER, Stage.READING)).can_go_on
    assert recovery.measures == AS_WANTED
    assert recovery.begin(None) is None  # nothing is refused for it


def test_a_worker_that_ends_as_it_should_was_not_interrupted_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """There numbers that are exit codes have names among those of signals."""
    names = {each.name: each.value for each in signal.Signals} | {"CTRL_C_EVENT": 0, "CTRL_BREAK_EVENT": 1}
    monkeypatch.setattr(signal, "Signals", enum.IntEnum("Signals", names))
    assert cause_of(0, "", overdue=False, on_gpu=False, memory_was_short=lambda: False) is Cause.ENDED
    assert [signal_name(code) for code in (0, 3, 0xC0000005, -15)] == ["0", "3", "3221225477", "SIGTERM"]
