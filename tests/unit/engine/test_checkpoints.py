"""States that a model goes back to which cannot forget a part."""

import errno
import mmap

import pytest

from desktop_app.domain.errors import EngineError, ErrorCode
from desktop_app.engine.checkpoints import Checkpoints


class States:
    """A context whose states cannot be copied where there is a `trouble`."""

    trouble: Exception | None = None

    def copy_state(self, _sequence: int, *, partial: bool) -> mmap.mmap:
        assert partial
        if self.trouble is not None:
            raise self.trouble
        return mmap.mmap(-1, 8)

    def restore_state(self, _sequence: int, _state: mmap.mmap, *, partial: bool) -> bool:
        return partial

    def forget(self, _sequence: int, _start: int) -> bool:
        return True


@pytest.mark.parametrize(
    "trouble", [OSError(errno.ENOMEM, "Cannot allocate memory"), EngineError(ErrorCode.ENGINE_FAILED)]
)
def test_a_state_that_there_is_no_memory_for_is_done_without(trouble: Exception) -> None:
    states = States()
    checkpoints = Checkpoints(states)
    checkpoints.take(0, 10)
    states.trouble = trouble
    checkpoints.take(0, 20)
    assert checkpoints.go_back(0, 30) == 10
    checkpoints.close()
