"""Answers of the starter model, from a real worker over a real pipe. They assert behaviour, not knowledge."""

from pathlib import Path

import pytest

from desktop_app.domain.errors import ErrorCode
from desktop_app.domain.messages import FinishReason
from desktop_app.domain.sampling import SEED_MAX
from desktop_app.protocol import engine as protocol
from tests.endless import ENDLESS
from tests.engine.tiny_models import write_tiny_model

LONG_TEXT = "The quick brown fox jumps over the lazy dog near the river bank. " * 20
STORY = "<|im_start|>user\nWrite a very long story about a lighthouse keeper.<|im_end|>\n<|im_start|>assistant\n"


def forget(loaded) -> None:
    """Make the worker forget its prefix, so that the next prompt is read as the first one was."""
    loaded.ask("%%", max_tokens=1)


def test_a_greedy_answer_streams(whole_loaded, chat) -> None:
    reply = whole_loaded.ask(chat("What is the capital of France?"), temperature=0.0)
    end = reply.finished
    assert end.reason is FinishReason.STOP
    assert reply.text.strip()
    assert "<|im_end|>" not in reply.text
    assert len(reply.pieces) > 1
    assert sum(piece.count for piece in reply.pieces) == end.completion_tokens
    assert end.seconds_to_first_token > 0
    assert end.tokens_per_second > 0


def test_progress_begins_with_the_reuse_and_ends_with_the_prompt(loaded) -> None:
    forget(loaded)
    reply = loaded.ask(LONG_TEXT, max_tokens=1)
    done = [event.done for event in reply.progress]
    total = reply.finished.prompt_tokens
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, total)
    assert len(done) > 2
    assert {event.total for event in reply.progress} == {total}


def test_the_same_seed_repeats_an_answer(loaded) -> None:
    first = loaded.ask(STORY, max_tokens=40, seed=11)
    again = loaded.ask(STORY, max_tokens=40, seed=11)  # the prompt is known by now
    other = loaded.ask(STORY, max_tokens=40, seed=12)
    assert first.text == again.text
    assert again.finished.cached_tokens == again.finished.prompt_tokens - 1
    assert other.text != first.text
    assert first.finished.seed == 11


def test_a_random_seed_is_told_and_repeats_the_answer(spawn, starter) -> None:
    """Without guesses: the shape of a batch moves logits a little, which can turn a near-tie round."""
    worker = spawn()
    worker.load(starter, context_size=2048, guesses=False)
    first = worker.ask(STORY, max_tokens=30)
    seed = first.finished.seed
    assert 0 <= seed <= SEED_MAX
    assert worker.ask(STORY, max_tokens=30, seed=seed).text == first.text
    assert worker.ask(STORY, max_tokens=30).text != first.text, "the next one is drawn anew"


def test_each_parameter_reaches_the_sampler(loaded) -> None:
    wild = {"temperature": 2.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0, "max_tokens": 16, "seed": 3}
    greedy = loaded.ask(STORY, **(wild | {"temperature": 0.0})).text
    assert loaded.ask(STORY, **wild).text != greedy
    for narrow in ({"top_k": 1}, {"top_p": 0.0}, {"min_p": 1.0}):
        assert loaded.ask(STORY, **(wild | narrow)).text == greedy, narrow


def test_length(loaded) -> None:
    end = loaded.ask(STORY, temperature=0.0, max_tokens=7).finished
    assert (end.reason, end.completion_tokens) == (FinishReason.LENGTH, 7)


def test_a_stop_string(loaded) -> None:
    whole = loaded.ask(STORY, temperature=0.0, max_tokens=40).text
    stop = whole[20:32]  # in the midst of tokens
    reply = loaded.ask(STORY, temperature=0.0, max_tokens=40, stop=(stop, "never"))
    assert reply.text == whole[: whole.index(stop)]
    assert reply.finished.reason is FinishReason.STOP


def test_cancelled_in_the_first_millisecond(whole_loaded) -> None:
    for number in range(5):
        request = whole_loaded.generate(STORY, f"early {number}", max_tokens=500)
        whole_loaded.send(request, protocol.Cancel(request.request_id))
        end = whole_loaded.reply().finished
        assert (end.request_id, end.reason) == (request.request_id, FinishReason.CANCELLED)
        assert end.completion_tokens < 100  # the thread that takes the cancel may have to wait for its turn


def test_cancelled_while_the_prompt_is_read(whole_loaded) -> None:
    forget(whole_loaded)
    whole_loaded.send(whole_loaded.generate(LONG_TEXT, max_tokens=5))
    whole_loaded.until(protocol.PromptProgress)
    whole_loaded.send(protocol.Cancel("r"))
    end = whole_loaded.reply().finished
    assert (end.reason, end.completion_tokens) == (FinishReason.CANCELLED, 0)
    # what an aborted decode left behind must not show in the next answer
    begin = LONG_TEXT[: len(LONG_TEXT) // 3]
    greedy = {"temperature": 0.0, "max_tokens": 5}  # of which it is sure, in whatever pieces the prompt was read
    aborted = whole_loaded.ask(begin, **greedy)
    forget(whole_loaded)
    assert aborted.text == whole_loaded.ask(begin, **greedy).text


def test_cancelled_between_tokens_and_once_more_too_late(loaded) -> None:
    loaded.send(loaded.generate(STORY, max_tokens=1900, **ENDLESS))
    loaded.until(protocol.Tokens)
    loaded.send(protocol.Cancel("r"))
    end = loaded.reply().finished
    assert end.reason is FinishReason.CANCELLED
    assert 0 < end.completion_tokens < 1900
    loaded.send(protocol.Cancel("r"), protocol.Cancel("never was"))
    assert loaded.ask(STORY, temperature=0.0, max_tokens=2).finished.reason is FinishReason.LENGTH


def test_waiting_requests_have_their_turn_or_are_cancelled(whole_loaded) -> None:
    whole_loaded.send(
        whole_loaded.generate(STORY, "1", max_tokens=20, temperature=0.0),
        whole_loaded.generate(STORY, "2", max_tokens=5, temperature=0.0),
        whole_loaded.generate(STORY, "3", max_tokens=5, temperature=0.0),
        protocol.Cancel("2"),
    )
    ends = [whole_loaded.reply().end for _ in range(3)]
    assert {end.request_id: end.reason for end in ends} == {
        "1": FinishReason.LENGTH,
        "2": FinishReason.CANCELLED,
        "3": FinishReason.LENGTH,
    }


def test_tokens_are_counted_while_an_answer_is_written(loaded) -> None:
    loaded.send(
        loaded.generate(STORY, max_tokens=1900, **ENDLESS), protocol.CountTokens("count", "<|im_start|>This, this")
    )
    events = loaded.until(protocol.TokenCount)
    assert not any(isinstance(event, protocol.Finished) for event in events)
    assert events[-1] == protocol.TokenCount("count", 4)
    loaded.send(protocol.Cancel("r"))
    loaded.reply()


def test_a_prompt_longer_than_the_context(loaded) -> None:
    reply = loaded.ask(LONG_TEXT * 10)
    assert isinstance(reply.end, protocol.Failed)
    assert reply.end.error.code is ErrorCode.PROMPT_TOO_LONG
    assert reply.end.error.params["context_size"] == 2048
    assert reply.end.error.params["prompt_tokens"] > 2048
    assert loaded.ask(STORY, temperature=0.0, max_tokens=2).finished.completion_tokens == 2


def test_the_second_turn_reads_only_what_is_new(loaded) -> None:
    first = loaded.ask(STORY, temperature=0.0, max_tokens=20)
    kept = first.finished.prompt_tokens + first.finished.completion_tokens - 1
    turn = STORY + first.text + "<|im_end|>\n<|im_start|>user\nGo on.<|im_end|>\n<|im_start|>assistant\n"
    end = loaded.ask(turn, max_tokens=1).finished
    assert kept - 2 <= end.cached_tokens <= kept  # the last tokens may be cut differently in the new text
    assert end.prompt_tokens - end.cached_tokens < 20


def test_the_context_fills_up(spawn, tmp_path: Path) -> None:
    """Of a small model, whose 250 tokens take no time; the grammar keeps it from ending by itself."""
    worker = spawn()
    info = worker.load(write_tiny_model(tmp_path / "tiny.gguf", "llama"), context_size=256)[-1].model
    assert info.context_size == 256
    end = worker.ask("Once upon a time", max_tokens=5000, seed=1, grammar="root ::= [a-z ]{2000}").finished
    assert end.reason is FinishReason.LENGTH
    assert end.prompt_tokens + end.completion_tokens == 257  # the last token needs no room


def test_several_answers_at_once(spawn, starter, chat) -> None:
    worker = spawn()
    worker.load(starter, context_size=1024, sequences=3)
    worker.send(*(worker.generate(chat(f"Count from {n} to ten."), str(n), max_tokens=30, **ENDLESS) for n in range(3)))
    ends = [worker.reply().end for _ in range(3)]
    assert {end.request_id for end in ends} == {"0", "1", "2"}
    assert all(isinstance(end, protocol.Finished) and end.completion_tokens == 30 for end in ends)


@pytest.mark.parametrize("text", ["", "a\x00b", "😀", "x" * 5000])
def test_odd_texts_can_be_counted(loaded, text: str) -> None:
    loaded.send(protocol.CountTokens("odd", text))
    assert loaded.next().count >= (1 if text else 0)
