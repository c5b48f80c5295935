"""A smaller model that guesses: it gives up where that is asked for, and where it fails answers go on without it."""

from collections.abc import Callable, Sequence

import pytest

from desktop_app.domain.errors import EngineError, ErrorCode
from desktop_app.domain.messages import FinishReason
from desktop_app.engine.choices import Likeliest
from desktop_app.engine.guesser import ModelGuesser
from desktop_app.engine.outcome import Outcome
from desktop_app.protocol.engine import Finished
from tests.unit.engine.scripted_engine import ScriptedBatch, ScriptedContext, ScriptedModel, Stage

LONG = tuple(range(5, 35))
"""More than the draft model reads at once."""


class DraftContext(ScriptedContext):
    """Sure that a token one higher comes next; what it is told to do `meanwhile` happens while it computes."""

    def __init__(self, batch: ScriptedBatch) -> None:
        super().__init__(batch)
        self.meanwhile: Callable[[], None] = lambda: None

    def decode(self, batch: ScriptedBatch) -> Outcome:
        self.meanwhile()
        outcome = super().decode(batch)
        return Outcome.ABORTED if self.aborts else outcome

    def row(self, row: int) -> int:
        return row

    def likeliest(self, row: int, _count: int, _chosen: int, _known: Sequence[int] = ()) -> Likeliest:
        return Likeliest((self.batch.rows[row][0] + 1,), (0.9,), 0.0, 0.0)


@pytest.fixture
def context() -> DraftContext:
    return DraftContext(ScriptedBatch())


@pytest.fixture
def stage(context: DraftContext) -> Stage:
    return Stage(guesses=True, guesser=ModelGuesser(ScriptedModel(), context, context.batch))


def read_by(context: DraftContext) -> int:
    return sum(len(rows) for rows in context.decoded)


def test_a_cancelled_answer_waits_for_no_draft_model_that_reads_its_prompt(stage: Stage, context: DraftContext) -> None:
    context.meanwhile = lambda: stage.scheduler.cancel("a")
    stage.submit(LONG, max_tokens=9)
    end = stage.run()
    assert isinstance(end, Finished)
    assert end.reason is FinishReason.CANCELLED
    assert read_by(context) == context.batch.capacity


def test_what_a_draft_model_read_before_it_gave_up_is_not_read_again(stage: Stage, context: DraftContext) -> None:
    pieces = iter(range(100))
    context.meanwhile = lambda: stage.scheduler.cancel("a") if next(pieces) == 2 else None
    stage.submit(LONG, max_tokens=9)
    stage.run()
    assert context.cells[0] == list(LONG[: 2 * context.batch.capacity])
    context.decoded.clear()
    stage.submit(LONG, "b", max_tokens=4)
    assert stage.run("b").true_guesses > 0
    assert context.decoded[0][0][:2] == (LONG[16], 16)


@pytest.mark.parametrize("forgets_parts", [True, False])
def test_an_answer_goes_on_without_guesses_where_the_draft_model_fails(
    stage: Stage, context: DraftContext, forgets_parts: bool
) -> None:
    context.forgets_parts = forgets_parts
    context.outcomes = [Outcome.DONE, EngineError(ErrorCode.ENGINE_FAILED, "no memory for it")]
    stage.submit(LONG, max_tokens=3)
    end = stage.run()
    assert isinstance(end, Finished)
    assert end.completion_tokens == 3
    assert stage.text() == "35 36 37 "
