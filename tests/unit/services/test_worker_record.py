"""What is known of a worker while it lives says why it died."""

import signal

import pytest

from desktop_app.protocol.engine import Load, Reading, ServerLost
from desktop_app.protocol.last_words import Aborting
from desktop_app.services.engines.recovery import Attempt, Cause, Death, Stage
from desktop_app.services.engines.worker_record import SERVER_CRASHED, WorkerRecord

NO_ROOM = "ggml_backend: failed to allocate the buffer of a device"


def begun(gpu_layers: int = 0) -> WorkerRecord:
    record = WorkerRecord()
    record.begin_to_read(Load(model_path="/m", context_size=4096))
    record.place(Reading(gpu_layers, 2048))
    return record


def died(record: WorkerRecord, *, was_wanted: bool = False) -> Death:
    return record.death("/m", -signal.SIGABRT, overdue=False, was_wanted=was_wanted, memory_was_short=lambda: False)


@pytest.mark.parametrize(("layers", "cause"), [(0, Cause.MEMORY), (1, Cause.DEVICE)])
def test_a_device_is_at_fault_only_where_layers_are_on_it(layers: int, cause: Cause) -> None:
    record = begun(layers)
    record.note(Aborting(NO_ROOM), tuple)
    death = died(record)
    assert (death.cause, death.stage, death.last_words) == (cause, Stage.READING, NO_ROOM)
    assert death.attempt == Attempt(gpu_layers=layers, context_size=2048)


def test_another_computer_that_answered_nonsense_is_one_of_those_in_use() -> None:
    record = begun()
    record.note(Aborting("GGML_ASSERT(n_tokens) failed"), lambda: ["10.0.0.2:50052"])
    assert died(record).cause is Cause.CRASH
    record.note(Aborting(f"{SERVER_CRASHED} crashed or returned malformed response"), lambda: ["10.0.0.2:50052"])
    assert (died(record).cause, died(record).server) == (Cause.SERVER, "10.0.0.2:50052")


def test_one_that_is_known_to_be_lost_stays_the_reason() -> None:
    record = begun()
    record.note(ServerLost("10.0.0.7:50052", "it hangs", 60), tuple)
    record.note(Aborting(f"{SERVER_CRASHED} crashed"), lambda: ["10.0.0.2:50052"])
    death = died(record)
    assert (death.cause, death.server, death.silent_seconds) == (Cause.SERVER, "10.0.0.7:50052", 60)
    assert died(record, was_wanted=True).cause is Cause.ENDED


def test_wrong_numbers_count_as_a_crash() -> None:
    record = begun(3)
    record.stage = Stage.TESTING
    death = record.failed_test("/m", "the logits are no numbers")
    assert (death.cause, death.stage, death.attempt.gpu_layers) == (Cause.CRASH, Stage.TESTING, 3)
