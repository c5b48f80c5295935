"""The scheduler with a scripted engine: who computes what, and when."""

import time

import pytest

from desktop_app.domain.errors import EngineError, ErrorCode
from desktop_app.domain.messages import FinishReason
from desktop_app.domain.sampling import Sampling
from desktop_app.engine.drafts import DraftGauge
from desktop_app.engine.outcome import Outcome
from desktop_app.engine.sequences import Request
from desktop_app.protocol.engine import Failed, Finished, PromptProgress
from tests.unit.engine.scripted_engine import Stage, SteadyTuner


def test_one_answer() -> None:
    stage = Stage()
    stage.submit([5, 6, 7])
    end = stage.run()
    assert stage.text() == "8 9 10 "
    assert isinstance(end, Finished)
    assert (end.reason, end.prompt_tokens, end.cached_tokens, end.completion_tokens) == (FinishReason.LENGTH, 3, 0, 3)


def test_control_tokens_are_named_where_that_is_asked_for() -> None:
    sampling = Sampling(temperature=0.0, max_tokens=3)
    for control_tokens, text in ((True, "6 7! 8 "), (False, "6 7 8 ")):
        stage = Stage()
        stage.model.marks = {7: "7! "}
        request = Request(request_id="a", prompt=(5,), sampling=sampling, received=0.0, control_tokens=control_tokens)
        stage.scheduler.submit(request)
        stage.run()
        assert stage.text() == text


def test_a_prompt_is_read_in_chunks_and_its_last_token_alone() -> None:
    stage = Stage()
    stage.submit(range(10, 30))
    stage.run()
    assert [len(rows) for rows in stage.context.decoded] == [8, 8, 3, 1, 1, 1]
    done = [e.done for e in stage.told if isinstance(e, PromptProgress)]
    assert done == [0, 8, 16, 19, 20]


def test_the_next_turn_reads_only_what_is_new() -> None:
    stage = Stage()
    stage.submit([5, 6, 7])
    stage.run()
    stage.context.decoded.clear()
    stage.submit([5, 6, 7, 8, 9, 50, 51], name="b")
    end = stage.run("b")
    assert isinstance(end, Finished)
    assert end.cached_tokens == 5
    evaluated = [token for rows in stage.context.decoded for token, *_ in rows]
    assert evaluated == [50, 51, 52, 53]


def test_asking_the_same_again_evaluates_one_token_of_it() -> None:
    stage = Stage()
    for name in ("a", "b"):
        stage.submit([5, 6, 7], name=name)
        end = stage.run(name)
    assert isinstance(end, Finished)
    assert end.cached_tokens == 2
    assert stage.text("a") == stage.text("b")


def test_a_model_that_cannot_forget_a_part_reads_all_again() -> None:
    stage = Stage()
    stage.context.forgets_parts = False
    stage.submit([5, 6, 7])
    stage.run()
    stage.submit([5, 6, 90], name="b")
    end = stage.run("b")
    assert isinstance(end, Finished)
    assert end.cached_tokens == 0
    assert stage.text("b") == "91 92 93 "


def test_the_end_token_is_not_part_of_the_answer() -> None:
    stage = Stage()
    stage.context.ends_after = 5
    stage.submit([5, 6, 7], max_tokens=50)
    end = stage.run()
    assert isinstance(end, Finished)
    assert (end.reason, end.completion_tokens, stage.text()) == (FinishReason.STOP, 2, "8 9 ")


def test_a_stop_string_over_two_tokens() -> None:
    stage = Stage()
    stage.submit([5], max_tokens=50, stops=("9 10",))
    end = stage.run()
    assert isinstance(end, Finished)
    assert (end.reason, stage.text()) == (FinishReason.STOP, "6 7 8 ")


def test_a_prompt_that_fills_the_context_is_refused() -> None:
    stage = Stage(size=10)
    stage.submit(range(10, 20))
    end = stage.run()
    assert isinstance(end, Failed)
    assert end.error.code is ErrorCode.PROMPT_TOO_LONG
    assert end.error.params == {"prompt_tokens": 10, "context_size": 10}
    stage.submit(range(10, 19), name="b")
    assert isinstance(stage.run("b"), Finished)


def test_an_empty_prompt_is_refused() -> None:
    stage = Stage()
    stage.submit([])
    assert isinstance(stage.run(), Failed)


def test_an_answer_ends_where_the_context_does() -> None:
    stage = Stage(size=10)
    stage.submit([5, 6, 7], max_tokens=500)
    end = stage.run()
    assert isinstance(end, Finished)
    assert (end.reason, end.completion_tokens) == (FinishReason.LENGTH, 8)  # the last one needs no room


def test_prompts_are_read_with_as_many_threads_as_have_a_core_however_many_write() -> None:
    tuner = SteadyTuner(4)
    stage = Stage(tuner=tuner, sequences=2)
    stage.context.threads = 4  # as it was made
    tuner.threads = 3  # as the last answer left it
    stage.submit(range(1, 13), max_tokens=3)
    stage.run("a")
    assert [len(rows) for rows in stage.context.decoded] == [8, 3, 1, 1, 1]
    assert stage.context.used_threads == [4, 4, 3, 3, 3]
    tuner.threads = 2
    stage.submit([50], name="b", max_tokens=5)
    stage.scheduler.step()
    stage.submit(range(60, 70), name="c", max_tokens=1)
    stage.run("c")
    assert [len(rows) for rows in stage.context.decoded[5:]] == [1, 8, 3, 2]
    assert stage.context.used_threads[5:] == [
        2,
        4,
        4,
        2,
    ]  # an answer that is written meanwhile waits for the longer part


def test_cancelled_while_waiting() -> None:
    stage = Stage()
    stage.submit([5], name="a", max_tokens=50)
    stage.scheduler.step()
    stage.submit([6], name="b")
    stage.scheduler.cancel("b")
    end = stage.end("b")  # at once, not when its turn comes
    assert isinstance(end, Finished)
    assert (end.reason, end.completion_tokens) == (FinishReason.CANCELLED, 0)
    assert stage.context.aborts == 0


def test_cancelled_while_writing_and_too_late() -> None:
    stage = Stage()
    stage.submit([5], max_tokens=50)
    stage.scheduler.step()
    stage.scheduler.cancel("a")
    assert stage.context.aborts == 1
    stage.scheduler.step()
    end = stage.end("a")
    assert isinstance(end, Finished)
    assert (end.reason, end.completion_tokens) == (FinishReason.CANCELLED, 1)
    stage.scheduler.cancel("a")
    stage.scheduler.cancel("never was")
    assert stage.context.aborts == 0


@pytest.mark.parametrize("recurrent", [False, True])
def test_an_aborted_decode_is_done_again(recurrent: bool) -> None:
    stage = Stage(sequences=2, recurrent=recurrent)
    stage.context.outcomes = [Outcome.DONE, Outcome.ABORTED]
    stage.submit([5, 6, 7], name="a")
    stage.submit([50, 60, 70], name="b")
    stage.run("a")
    stage.run("b")
    assert (stage.text("a"), stage.text("b")) == ("8 9 10 ", "71 72 73 ")


def test_a_failed_decode_ends_its_requests_and_the_worker_goes_on() -> None:
    stage = Stage()
    stage.context.outcomes = [Outcome.DONE, EngineError(ErrorCode.ENGINE_FAILED, "boom")]
    stage.submit([5, 6, 7])
    end = stage.run()
    assert isinstance(end, Failed)
    assert end.error.detail == "boom"
    stage.submit([5, 6, 7], name="b")
    again = stage.run("b")
    assert isinstance(again, Finished)
    assert again.cached_tokens == 0


def test_two_answers_share_each_decode() -> None:
    stage = Stage(sequences=2)
    stage.submit([5], name="a", max_tokens=4)
    stage.submit([50], name="b", max_tokens=4)
    stage.run("a")
    stage.run("b")
    assert [len(rows) for rows in stage.context.decoded] == [2, 2, 2, 2]
    assert (stage.text("a"), stage.text("b")) == ("6 7 8 9 ", "51 52 53 54 ")


def test_a_long_prompt_does_not_hold_up_an_answer() -> None:
    stage = Stage(sequences=2)
    stage.submit([5], name="a", max_tokens=20)
    stage.scheduler.step()
    stage.submit(range(100, 130), name="b")
    for _ in range(3):
        written = stage.text("a")
        stage.scheduler.step()
        assert len(stage.text("a")) > len(written)


def test_more_requests_than_sequences_wait_their_turn() -> None:
    stage = Stage(sequences=2)
    for number in range(5):
        stage.submit([10 * number + 1], name=str(number))
    for number in range(5):
        assert isinstance(stage.run(str(number)), Finished)
    ends = [e.request_id for e in stage.told if isinstance(e, Finished)]
    assert ends == ["0", "1", "2", "3", "4"]


def test_idle_prefixes_give_way_when_the_context_is_full() -> None:
    stage = Stage(size=20, sequences=2)
    stage.submit(range(100, 110), name="a", max_tokens=2)
    stage.run("a")
    stage.submit(range(200, 212), name="b", max_tokens=4)
    assert isinstance(stage.run("b"), Finished)
    assert stage.text("b") == "212 213 214 215 "


def test_the_youngest_waits_when_two_answers_fill_the_context() -> None:
    stage = Stage(size=20, sequences=2)
    stage.submit([5], name="a", max_tokens=14)
    stage.submit([50], name="b", max_tokens=14)
    stage.run("a")
    stage.run("b")
    assert stage.text("a") == "".join(f"{number} " for number in range(6, 20))
    assert stage.text("b") == "".join(f"{number} " for number in range(51, 65))


def test_the_sequence_that_knows_the_prompt_gets_it() -> None:
    stage = Stage(sequences=2)
    for name, first in (("a", 5), ("b", 50)):
        stage.submit([first, first + 1, first + 2], name=name)
    stage.run("a")
    stage.run("b")
    for name, first in (("c", 50), ("d", 5)):
        stage.submit([first, first + 1, first + 2, 99], name=name)
        end = stage.run(name)
        assert isinstance(end, Finished)
        assert end.cached_tokens == 3


def test_stop_ends_the_loop() -> None:
    stage = Stage()
    stage.submit([5], max_tokens=50)
    stage.scheduler.stop()
    stage.scheduler.run()
    assert stage.context.aborts == 1


def test_alternatives_of_one_question_read_it_once() -> None:
    stage = Stage(size=400, sequences=3)
    stage.batch.capacity = 64
    prompt = list(range(1, 41))
    for name in "abc":
        stage.submit(prompt, name)
    for name in "abc":
        assert isinstance(stage.run(name), Finished)
    read = sum(len(rows) for rows in stage.context.decoded)
    assert read == 40 + 2 + 3 * 2  # once, its last token twice more, and two tokens of each answer
    cached = {e.request_id: e.cached_tokens for e in stage.told if isinstance(e, Finished)}
    assert cached == {"a": 0, "b": 39, "c": 39}
    assert {stage.text(name) for name in "abc"} == {"41 42 43 "}


def test_who_waits_for_a_question_to_be_read_goes_on_alone_when_that_is_cancelled() -> None:
    stage = Stage(sequences=2)
    prompt = list(range(1, 41))
    stage.submit(prompt, "a")
    stage.submit(prompt, "b")
    stage.scheduler.step()
    stage.scheduler.step()
    stage.scheduler.cancel("a")
    end = stage.run("b")
    assert isinstance(end, Finished)
    assert 0 < end.cached_tokens < 39
    assert stage.text("b") == "41 42 43 "


def test_who_waits_can_be_cancelled() -> None:
    stage = Stage(sequences=2)
    prompt = list(range(1, 41))
    stage.submit(prompt, "a")
    stage.submit(prompt, "b")
    stage.scheduler.step()
    stage.scheduler.cancel("b")
    end = stage.run("b")
    assert isinstance(end, Finished)
    assert (end.reason, end.completion_tokens) == (FinishReason.CANCELLED, 0)
    assert isinstance(stage.run("a"), Finished)


def test_a_call_when_idle_lets_answers_end_and_holds_back_new_ones() -> None:
    stage = Stage(sequences=2)
    calls: list[str] = []
    stage.submit([1, 2, 3], "a")
    stage.scheduler.step()
    stage.scheduler.call(lambda: calls.append("idle"), when_idle=True)
    stage.scheduler.call(lambda: calls.append("behind it"), when_idle=False)
    stage.submit([1, 2, 3], "b")
    stage.scheduler.step()
    assert calls == []
    stage.run("a")
    assert stage.end("b") is None
    stage.run("b")
    assert calls == ["idle", "behind it"]


def test_a_call_when_idle_lets_a_request_before_it_go_first_though_it_has_not_begun() -> None:
    stage = Stage(sequences=2)
    ended: list[bool] = []
    stage.submit([1, 2, 3], "before")
    stage.scheduler.call(lambda: ended.append(stage.end("before") is not None), when_idle=True)
    stage.submit([1, 2, 3], "after")
    stage.run("after")
    assert ended == [True]


def test_sampling_that_changes_is_taken_between_two_decodes() -> None:
    stage = Stage()
    stage.submit([1, 2], max_tokens=9)
    stage.scheduler.step()
    stage.scheduler.step()
    chain = stage.scheduler._sequences[0].answer.picker._chain
    stage.scheduler.resample("a", Sampling(temperature=0.0, max_tokens=3))
    stage.scheduler.resample("a", Sampling(temperature=0.0, max_tokens=4, seed=5))
    end = stage.run()
    assert chain.closed
    assert isinstance(end, Finished)
    assert (end.completion_tokens, end.resampled_at) == (4, 1)
    assert end.sampling == Sampling(temperature=0.0, max_tokens=4), "the last one counts, and the seed stays"
    stage.scheduler.resample("a", Sampling())
    assert stage.scheduler._queue._resampled == {}, "an answer that ended is forgotten"


def test_a_request_that_waits_takes_the_change_with_it() -> None:
    stage = Stage()
    stage.submit([1, 2], "a")
    stage.submit([3, 4], "b", max_tokens=9)
    stage.scheduler.step()
    stage.scheduler.resample("b", Sampling(temperature=0.0, max_tokens=2))
    stage.run("a")
    end = stage.run("b")
    assert (end.completion_tokens, end.resampled_at) == (2, 0)
    stage.submit([5], "c")
    stage.scheduler.resample("c", Sampling())
    stage.scheduler.cancel("c")
    assert stage.scheduler._queue._resampled == {}


def test_a_graphics_card_computes_the_next_token_while_the_last_one_is_told() -> None:
    stage = Stage(elsewhere=True)
    stage.submit([5, 6, 7], max_tokens=5)
    end = stage.run()
    assert isinstance(end, Finished)
    assert (end.reason, end.completion_tokens) == (FinishReason.LENGTH, 5)
    assert stage.text() == "8 9 10 11 12 "
    assert stage.told_while_computing == ["8 ", "9 ", "10 ", "11 "], "for the last one nothing is computed"
    assert isinstance(stage.told[-1], Finished), "the text comes before the end"
    assert [len(rows) for rows in stage.context.decoded] == [2, 1, 1, 1, 1, 1]


def test_the_processor_tells_a_token_before_it_computes_the_next_one() -> None:
    stage = Stage()
    stage.submit([5, 6, 7], max_tokens=5)
    stage.run()
    assert stage.told_while_computing == []


def test_pieces_of_a_prompt_are_not_waited_for() -> None:
    stage = Stage(elsewhere=True)
    stage.submit(range(10, 40), max_tokens=3)
    stage.run()
    assert [len(rows) for rows in stage.context.decoded] == [8, 8, 8, 5, 1, 1, 1]
    assert stage.context.waits == 3, "only a token that is to be chosen needs what was computed"


@pytest.mark.parametrize("elsewhere", [False, True])
def test_no_token_too_many_is_computed_where_the_text_may_end_an_answer(elsewhere: bool) -> None:
    stage = Stage(elsewhere=elsewhere)
    stage.submit([5], max_tokens=50, stops=("9 10",))
    end = stage.run()
    assert isinstance(end, Finished)
    assert (end.reason, end.completion_tokens, stage.text()) == (FinishReason.STOP, 5, "6 7 8 ")
    assert len(stage.context.decoded) == 5


def test_what_was_chosen_is_told_where_the_next_token_cannot_be_computed() -> None:
    stage = Stage(elsewhere=True)
    stage.context.outcomes = [Outcome.DONE, Outcome.DONE, EngineError(ErrorCode.ENGINE_FAILED, "boom")]
    stage.submit([5])
    assert isinstance(stage.run(), Failed)
    assert stage.text() == "6 7 "
    assert isinstance(stage.told[-1], Failed)


def test_a_cancelled_answer_tells_what_was_chosen() -> None:
    stage = Stage(elsewhere=True)
    stage.submit([5], max_tokens=50)
    stage.scheduler.step()
    assert stage.text() == ""
    stage.scheduler.cancel("a")
    end = stage.run()
    assert isinstance(end, Finished)
    assert (end.reason, end.completion_tokens, stage.text()) == (FinishReason.CANCELLED, 1, "6 ")
    assert isinstance(stage.told[-1], Finished)


def test_answers_beside_each_other_are_told_in_their_order_while_the_next_tokens_are_computed() -> None:
    stage = Stage(sequences=2, elsewhere=True)
    stage.submit([5], name="a", max_tokens=4)
    stage.submit([50], name="b", max_tokens=6, stops=("zzz",))
    stage.run("a")
    stage.run("b")
    assert (stage.text("a"), stage.text("b")) == ("6 7 8 9 ", "51 52 53 54 55 56 ")
    assert stage.told_while_computing == ["6 ", "7 ", "8 "]


@pytest.mark.parametrize(("prompt", "is_weighed"), [([5, 6, 7], False), ([7, 8, 9, 5, 6, 7], True)])
def test_how_many_guesses_are_worth_it_is_weighed_where_there_are_some(
    monkeypatch: pytest.MonkeyPatch, prompt: list[int], is_weighed: bool
) -> None:
    weighed, real = [], DraftGauge.length
    monkeypatch.setattr(DraftGauge, "length", lambda *given: weighed.append(given) or real(*given))
    stage = Stage(guesses=True)
    stage.submit(prompt)
    assert isinstance(stage.run(), Finished)
    assert bool(weighed) is is_weighed


def test_a_clock_that_seldom_goes_on_harms_no_guesses(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `time.monotonic` of Windows, which a fast model outruns before Python 3.13: some of its decodes took no time."""
    monkeypatch.setattr(time, "monotonic", lambda: 7.0)
    stage = Stage(guesses=True)
    stage.submit([7, 8, 9, 5, 6, 7, 8, 9, 5, 6], max_tokens=20)
    end = stage.run()
    assert isinstance(end, Finished)
    assert end.tokens_per_second > 0.0
