"""What a model looks at, and which words it keeps near each other, asked of real workers with real models."""

import shutil
from pathlib import Path

import msgspec
import pytest

from desktop_app.domain.attention import MOST, Attention
from desktop_app.domain.errors import ErrorCode
from desktop_app.domain.messages import FinishReason
from desktop_app.domain.near_words import NearWords
from desktop_app.protocol import engine as protocol
from tests.engine.conftest import WorkerProcess
from tests.engine.tiny_models import write_tiny_model

PROMPT = "<|im_start|>user\nThe queen has a red hat. What is red?<|im_end|>\n<|im_start|>assistant\n"
TEXT = "The hat of the queen is red."


def attend(worker: WorkerProcess, prompt: str = PROMPT, text: str = TEXT) -> msgspec.Struct | None:
    worker.send(protocol.Attend("a", prompt, text))
    return worker.until(protocol.Attended, protocol.Failed, protocol.Finished)[-1]


def attention(worker: WorkerProcess, prompt: str = PROMPT, text: str = TEXT) -> Attention:
    told = attend(worker, prompt, text)
    assert isinstance(told, protocol.Attended), told
    return told.attention


def near(worker: WorkerProcess, plus: list[str], minus: list[str] | None = None, count: int = 10) -> NearWords:
    worker.send(protocol.FindNear("n", tuple(plus), tuple(minus or []), count))
    told = worker.until(protocol.NearFound, protocol.Failed)[-1]
    assert isinstance(told, protocol.NearFound), told
    return told.words


def refusal(told: msgspec.Struct | None) -> ErrorCode:
    assert isinstance(told, protocol.Failed), told
    return told.error.code


def check(told: Attention, *, whole: float = 1.0) -> None:
    """Each token looks only at what comes before it, and all that it looks at is told, where that is little."""
    for number in range(len(told)):
        for band in range(len(told.layers)):
            looks = told.looks(number, band)
            before = told.first + number
            assert len({look.place for look in looks}) == len(looks) == min(MOST, before)
            assert all(look.place < before for look in looks)
            assert [look.weight for look in looks] == sorted((look.weight for look in looks), reverse=True)
            if before <= MOST:
                assert sum(look.weight for look in looks) == pytest.approx(whole, abs=0.002)


def test_each_token_looks_at_those_before_it(whole_loaded: WorkerProcess) -> None:
    told = attention(whole_loaded)
    assert b"".join(told.pieces).decode() == PROMPT + TEXT
    assert b"".join(told.pieces[told.first :]).decode() == TEXT
    assert [piece for piece, control in zip(told.pieces, told.controls, strict=True) if control] == [
        b"<|im_start|>", b"<|im_end|>", b"<|im_start|>"
    ]  # fmt: skip
    assert told.layers == (tuple(range(10)), tuple(range(10, 20)), tuple(range(20, 30)))
    check(told)


def test_a_long_text_is_read_in_parts_with_its_progress(loaded: WorkerProcess) -> None:
    sentence = "The keeper wrote down the wind, and the sea was loud. "
    loaded.send(protocol.Attend("a", sentence * 12, sentence * 12))
    *events, end = loaded.until(protocol.Attended)
    assert isinstance(end, protocol.Attended)
    progress = [event for event in events if isinstance(event, protocol.PromptProgress)]
    told = end.attention
    count = len(told.pieces)
    assert [event.done for event in progress] == [*range(64, count - 1, 64), count - 1]
    assert {event.total for event in progress} == {count - 1}
    assert len(told) == count - told.first > 128
    check(told)


def test_where_nothing_precedes_the_text_its_first_token_looks_at_nothing(loaded: WorkerProcess) -> None:
    told = attention(loaded, "", TEXT)
    assert b"".join(told.pieces).decode() == TEXT
    assert told.first == 1
    check(told)


def test_what_cannot_be_looked_at_is_refused(loaded: WorkerProcess) -> None:
    assert refusal(attend(loaded, PROMPT, "")) is ErrorCode.ENGINE_FAILED
    assert refusal(attend(loaded, "word " * 3000, TEXT)) is ErrorCode.PROMPT_TOO_LONG
    check(attention(loaded))


def test_it_can_be_given_up_and_answers_go_on(whole_loaded: WorkerProcess, chat) -> None:
    whole_loaded.send(protocol.Attend("a", "word " * 1500, TEXT))
    whole_loaded.until(protocol.PromptProgress)
    whole_loaded.send(protocol.Cancel("a"))
    end = whole_loaded.until(protocol.Finished)[-1]
    assert isinstance(end, protocol.Finished)
    assert end.reason is FinishReason.CANCELLED
    assert whole_loaded.ask(chat("Hello"), temperature=0.0, max_tokens=4).finished.completion_tokens == 4


def test_an_answer_beside_it_stays_the_same(loaded: WorkerProcess, chat) -> None:
    alone = loaded.ask(chat("Tell me about the sea."), temperature=0.0, max_tokens=24, seed=1)
    loaded.send(
        protocol.Attend("a", "word " * 200, TEXT),
        loaded.generate(chat("Tell me about the sea."), temperature=0.0, max_tokens=24, seed=1),
    )
    events = [*loaded.until(protocol.Finished, protocol.Attended), *loaded.until(protocol.Finished, protocol.Attended)]
    assert "".join(event.text for event in events if isinstance(event, protocol.Tokens)) == alone.text
    (told,) = (event for event in events if isinstance(event, protocol.Attended))
    check(told.attention)


@pytest.fixture(params=["llama", "gemma3", "lfm2", "mamba"])
def tiny(request: pytest.FixtureRequest, tmp_path: Path, spawn) -> tuple[str, WorkerProcess, Path]:
    path = write_tiny_model(tmp_path / "tiny.gguf", request.param)
    running = spawn()
    events = running.load(path, context_size=512, sequences=1)
    assert isinstance(events[-1], protocol.Loaded), events[-1]
    return request.param, running, path


def test_other_kinds_of_models(tiny: tuple[str, WorkerProcess, Path]) -> None:
    kind, running, path = tiny
    if kind == "mamba":
        assert refusal(attend(running)) is ErrorCode.ATTENTION_HIDDEN
    else:
        told = attention(running)
        check(told)
        layers = [layer for band in told.layers for layer in band]
        assert layers == sorted(layers)
        assert (len(layers) < 4) == (kind == "lfm2")
    assert near(running, ["keeper"]).length == 64
    path.unlink()
    running.send(protocol.FindNear("n", ("keeper",), (), 5))
    assert refusal(running.until(protocol.NearFound, protocol.Failed)[-1]) is ErrorCode.VECTORS_HIDDEN


# Near words


def test_words_of_a_kind_are_near_each_other(whole_loaded: WorkerProcess) -> None:
    days = near(whole_loaded, ["Monday"], count=6)
    assert {"Tuesday", "Wednesday", "Thursday", "Friday"} <= {each.word for each in days.near}
    assert (days.length, days.vocabulary) == (576, 49152)
    assert days.words[0].pieces == (b" Monday",)
    assert [each.similarity for each in days.near] == sorted((each.similarity for each in days.near), reverse=True)


def test_sums_and_differences(whole_loaded: WorkerProcess) -> None:
    assert near(whole_loaded, ["king", "woman"], ["man"]).near[0].word == "queen"
    assert near(whole_loaded, ["walking", "swam"], ["walked"]).near[0].word == "swimming"
    asked = near(whole_loaded, [" King ", "woman", ""], ["man"])
    assert [each.word for each in asked.words] == ["King", "woman", "man"]
    assert not {"king", "woman", "man"} & {each.word.casefold() for each in asked.near}


def test_a_word_of_several_tokens_is_their_mean(loaded: WorkerProcess) -> None:
    told = near(loaded, ["lighthousekeeper"], count=20)
    assert len(told.words[0].pieces) > 1
    assert b"".join(told.words[0].pieces).strip() == b"lighthousekeeper"
    assert len(told.near) == 20


@pytest.mark.parametrize(
    ("plus", "minus"), [((), ()), ((), ("man",)), (("  ",), ()), (("king",) * 5, ("man",) * 4), (("\n",), ())]
)
def test_what_is_no_sum_of_words_is_refused(loaded: WorkerProcess, plus: tuple, minus: tuple) -> None:
    loaded.send(protocol.FindNear("n", plus, minus, 5))
    assert refusal(loaded.until(protocol.NearFound, protocol.Failed)[-1]) is ErrorCode.VECTORS_NO_WORD


def test_a_file_that_was_cut_after_loading(starter: Path, tmp_path: Path, spawn) -> None:
    """Without a mapping, so that the worker itself does not fall over it."""
    copy = Path(shutil.copy(starter, tmp_path / "cut.gguf"))
    running = spawn()
    running.load(copy, context_size=256, mmap=False)
    with copy.open("r+b") as file:
        file.truncate(1_000_000)
    running.send(protocol.FindNear("n", ("king",), (), 5))
    assert refusal(running.until(protocol.NearFound, protocol.Failed)[-1]) is ErrorCode.VECTORS_HIDDEN
    assert running.ask("Hello", temperature=0.0, max_tokens=2).finished.completion_tokens == 2
