"""Reproducible requests on the scripted engine: they take turns with the others, and free what they took."""

from typing import TYPE_CHECKING

import msgspec

from desktop_app.domain.errors import EngineError, ErrorCode
from desktop_app.domain.messages import FinishReason
from desktop_app.domain.sampling import Sampling
from desktop_app.engine.reproducing import Reproduction
from desktop_app.engine.sequences import Request
from desktop_app.engine.side_work import SideLane
from desktop_app.protocol.engine import Failed, Finished
from tests.unit.engine.scripted_engine import ScriptedBatch, ScriptedChain, ScriptedContext, Stage

if TYPE_CHECKING:
    from desktop_app.engine.llama import Batch, Context


class OwnBatch(ScriptedBatch):
    closed = False

    def close(self) -> None:
        self.closed = True


class OwnContext(ScriptedContext):
    closed = False

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        assert not self.closed
        super().abort()


class Lane:
    """A side lane beside a scheduler, and the contexts that it opened."""

    def __init__(self) -> None:
        self.stage = Stage(size=400)
        self.opened: list[OwnContext] = []
        self.refuses = False
        self.side_lane = SideLane(lambda action: self.stage.scheduler.call(action, when_idle=False))

    def _open(self) -> "tuple[Context, Batch]":
        if self.refuses:
            raise EngineError(ErrorCode.REPRODUCIBLE_NO_MEMORY, needed="2 GB", free="1 GB")
        self.opened.append(OwnContext(OwnBatch(), 400))
        return self.opened[-1], self.opened[-1].batch

    def submit(self, name: str, max_tokens: int = 3, prompt: tuple[int, ...] = (5, 6)) -> None:
        sampling = Sampling(temperature=0.0, max_tokens=max_tokens)
        request = Request(request_id=name, prompt=prompt, sampling=sampling, received=0.0)
        self.side_lane.submit(
            Reproduction(
                request,
                self.stage,
                self.stage.model,
                self._open,
                ScriptedChain,
            )
        )

    def run(self, *names: str) -> None:
        for _ in range(1000):
            if all(self.stage.end(name) is not None for name in names):
                return
            self.stage.scheduler.step()
        raise AssertionError(f"no end of {names}")


def reason(end: msgspec.Struct | None) -> FinishReason:
    assert isinstance(end, Finished), end
    return end.reason


def test_it_takes_turns_with_the_other_answers() -> None:
    lane = Lane()
    lane.stage.submit([1, 2], "usual", max_tokens=20)
    lane.submit("own", max_tokens=20)
    for _ in range(10):
        lane.stage.scheduler.step()
    own, usual = len(lane.opened[0].decoded), len(lane.stage.context.decoded)
    assert abs(own - usual) <= 1
    assert own >= 9
    lane.run("own", "usual")


def test_one_after_the_other_each_in_an_empty_context_that_is_freed() -> None:
    lane = Lane()
    lane.submit("first")
    lane.submit("second")
    lane.run("first", "second")
    assert [context.closed for context in lane.opened] == [True, True]
    assert [context.batch.closed for context in lane.opened] == [True, True]  # type: ignore[attr-defined]
    assert lane.opened[0].decoded == lane.opened[1].decoded
    assert lane.stage.text("first") == lane.stage.text("second")
    assert lane.stage.context.decoded == []
    lane.submit("third")
    lane.run("third")
    assert len(lane.opened) == 3


def test_there_is_no_room_for_one() -> None:
    lane = Lane()
    lane.refuses = True
    lane.submit("big")
    lane.submit("too")
    lane.run("big", "too")
    end = lane.stage.end("big")
    assert isinstance(end, Failed)
    assert end.error.code is ErrorCode.REPRODUCIBLE_NO_MEMORY
    lane.refuses = False
    lane.submit("fits")
    lane.run("fits")
    assert reason(lane.stage.end("fits")) is FinishReason.LENGTH


def test_cancelled_waiting_writing_and_after_the_end() -> None:
    lane = Lane()
    lane.submit("writes", max_tokens=100)
    lane.submit("waits")
    for _ in range(4):
        lane.stage.scheduler.step()
    lane.side_lane.cancel("waits")
    assert reason(lane.stage.end("waits")) is FinishReason.CANCELLED
    lane.side_lane.cancel("writes")
    lane.run("writes")
    assert reason(lane.stage.end("writes")) is FinishReason.CANCELLED
    lane.side_lane.cancel("writes")
    lane.side_lane.cancel("never was")
    assert len(lane.opened) == 1


def test_stop_goes_no_further_and_close_frees_what_is_left() -> None:
    lane = Lane()
    lane.submit("long", max_tokens=100)
    for _ in range(4):
        lane.stage.scheduler.step()
    lane.side_lane.stop()
    decoded = len(lane.opened[0].decoded)
    for _ in range(4):
        lane.stage.scheduler.step()
    assert len(lane.opened[0].decoded) <= decoded + 1
    lane.side_lane.close()
    assert lane.opened[0].closed
    lane.side_lane.cancel("long")
