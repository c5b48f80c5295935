"""Looks at the logits in the scheduler: what they cost, whom they wait for, and what they leave as it was."""

import array
import struct
from collections.abc import Sequence

import pytest

from desktop_app.domain.messages import FinishReason
from desktop_app.domain.sampling import Sampling
from desktop_app.engine.next_token import Look, breakers_among
from desktop_app.engine.sequences import Request
from desktop_app.protocol.engine import Finished, Logits
from tests.unit.engine.scripted_engine import ScriptedContext, ScriptedModel, Stage


class LookingContext(ScriptedContext):
    """Has logits of its last token, and of nothing else."""

    def logits(self, row: int) -> "array.array[float]":
        token, *_, wants_logits = self.batch.rows[row]
        assert wants_logits
        return array.array("f", [float(token), 0.5])


@pytest.fixture
def stage() -> Stage:
    made = Stage(sequences=2)
    made.context.__class__ = LookingContext
    return made


def look(stage: Stage, prompt: Sequence[int], name: str = "look", *, keep_as: str = "chat", **wanted) -> None:
    stage.scheduler.submit(
        Request(request_id=name, prompt=tuple(prompt), sampling=Sampling(temperature=0.0), received=0.0,
                keep_as=keep_as, look=Look(**wanted))
    )  # fmt: skip


def ask(stage: Stage, prompt: Sequence[int], name: str = "a", *, keep_as: str = "chat", tokens: int = 3) -> None:
    sampling = Sampling(temperature=0.0, max_tokens=tokens)
    stage.scheduler.submit(
        Request(request_id=name, prompt=tuple(prompt), sampling=sampling, received=0.0, keep_as=keep_as)
    )


def told(stage: Stage, name: str = "look") -> Logits | None:
    return next((event for event in stage.told if isinstance(event, Logits) and event.request_id == name), None)


def run_look(stage: Stage, name: str = "look") -> Logits:
    for _ in range(100):
        if (found := told(stage, name)) is not None:
            return found
        stage.scheduler.step()
    raise AssertionError("it is never told")


def test_a_look_at_the_end_of_an_answer_costs_one_token_and_leaves_the_chat_known(stage: Stage) -> None:
    ask(stage, [5, 6, 7], tokens=6)
    stage.run()
    stage.context.decoded.clear()
    look(stage, [5, 6, 7, 8, 9, 10])
    found = run_look(stage)
    assert struct.unpack("<2f", found.values) == (10.0, 0.5)
    assert [[row[0] for row in rows] for rows in stage.context.decoded] == [[10]]
    assert not [event for event in stage.told if isinstance(event, Finished) and event.request_id == "look"]
    ask(stage, [5, 6, 7, 8, 9, 10, 11, 50], name="b", tokens=1)
    end = stage.run("b")
    assert isinstance(end, Finished)
    assert end.cached_tokens == 6
    assert {sequence.keep_as for sequence in stage.scheduler._sequences} == {"chat", ""}


def test_a_look_at_another_branch_leaves_the_newer_one_in_the_memory(stage: Stage) -> None:
    stage.context.size = 400
    ask(stage, range(100, 200), tokens=1)
    stage.run()
    look(stage, [*range(100, 110), 7])
    run_look(stage)
    stage.context.decoded.clear()
    ask(stage, [*range(100, 200), 9], name="b", tokens=1)
    end = stage.run("b")
    assert isinstance(end, Finished)
    assert end.cached_tokens == 100
    kept = {sequence.keep_as: sequence.evaluated for sequence in stage.scheduler._sequences}
    assert kept[""] == 11, "the look's own part is for no disk"


def test_a_look_waits_until_nobody_writes(stage: Stage) -> None:
    ask(stage, [5], tokens=4)
    stage.scheduler.step()
    look(stage, [60, 61])
    ask(stage, [30], name="b", keep_as="other", tokens=3)
    stage.run("a")
    stage.run("b")
    assert told(stage) is None
    assert all(
        len({row[2] for row in rows}) <= 2 and 61 not in [row[0] for row in rows] for rows in stage.context.decoded
    )
    run_look(stage)


def test_a_question_goes_before_a_look_that_is_being_read(stage: Stage) -> None:
    stage.context.size = 400
    look(stage, range(10, 90))
    stage.scheduler.step()
    ask(stage, range(200, 216), name="b", keep_as="other", tokens=2)
    stage.context.decoded.clear()
    stage.run("b")
    assert told(stage) is None
    first = stage.context.decoded[0]
    assert [row[0] for row in first] == list(range(200, 208)), "its prompt is read first"


def test_a_look_that_costs_too_much_only_says_so(stage: Stage) -> None:
    look(stage, range(10, 40), most_unread=20)
    found = run_look(stage)
    assert (found.values, found.unread) == (b"", 30)
    assert stage.context.decoded == []
    look(stage, range(10, 40), name="again", most_unread=30)
    assert run_look(stage, "again").values


def test_a_look_can_be_cancelled(stage: Stage) -> None:
    look(stage, range(10, 60))
    stage.scheduler.step()
    stage.scheduler.cancel("look")
    end = stage.run("look")
    assert isinstance(end, Finished)
    assert end.reason is FinishReason.CANCELLED
    assert told(stage) is None


class Wordy(ScriptedModel):
    """Its tokens are these words, and it tells the bytes of what it tokenizes."""

    words = ("a", "b:", "the la", "mp", ": the lamp", "x")

    def piece(self, token: int, *, special: bool = False) -> bytes:
        assert special
        return self.words[token].encode()

    def tokenize(self, text: str | bytes) -> list[int]:
        assert isinstance(text, bytes)
        return list(text)


def test_breakers_are_found_where_they_begin() -> None:
    found = breakers_among(Wordy(), [0, 1, 2, 3, 4, 5], [":", "the lamp", ""])
    assert found == {1: ((),), 2: (tuple(b"mp"),), 4: ((),)}
