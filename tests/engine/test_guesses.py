"""Several tokens of one decode where the next ones can be guessed: the text stays what it was; real model."""

import os
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec
import numpy as np
import pytest

from desktop_app.domain.errors import ErrorCode
from desktop_app.engine.drafts import DraftGauge
from desktop_app.engine.worker import run
from desktop_app.protocol import engine as protocol
from tests.benchmarks.gguf_writer import Plan, write_model
from tests.engine.conftest import WorkerProcess

Spawn = Callable[..., WorkerProcess]
NEAR_TIE = 1.0
"""How far apart two logits may be for the shape of a batch to turn them round (0.67 was seen)."""
SAMPLES = 400 if os.environ.get("INGLENOOK_SOAK") else 40
LIST = "The red fox jumps over the lazy dog, and the dog sleeps on.\n" * 4


def on_an_idle_computer(connection: Connection, engine_folder: str) -> None:
    """Be the real worker where further tokens of a decode always cost what they cost when nobody else computes."""
    DraftGauge.note_time = lambda *_arguments: None
    run(connection, engine_folder)


@pytest.fixture(scope="session")
def starter(whole: Path) -> Path:
    """With few layers it hardly ever goes on with what repeats itself, and is never as sure as a guess has to be."""
    return whole


@pytest.fixture(scope="module")
def plain(starter: Path) -> Iterator[WorkerProcess]:
    worker = WorkerProcess()
    worker.load(starter, context_size=2048, guesses=False)
    yield worker
    worker.end()


@pytest.fixture(scope="module")
def ahead(starter: Path) -> Iterator[WorkerProcess]:
    worker = WorkerProcess(target=on_an_idle_computer)
    worker.load(starter, context_size=2048)
    yield worker
    worker.end()


@pytest.fixture(scope="module")
def drafted(starter: Path) -> Iterator[WorkerProcess]:
    """The starter model as its own draft model: what it guesses is nearly always true."""
    worker = WorkerProcess(target=on_an_idle_computer)
    worker.load(starter, context_size=2048, draft_path=str(starter))
    yield worker
    worker.end()


def same_up_to_a_near_tie(worker: WorkerProcess, prompt: str, one: str, other: str) -> None:
    """Compare two greedy texts; where they part, both tokens have to be about as likely."""
    if one == other:
        return
    length = next(at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1])
    common = one[:length].rpartition(" ")[0]
    request = worker.generate(prompt + common, "tie", temperature=0.0, max_tokens=4)
    worker.send(protocol.Generate(request_id="tie", prompt=request.prompt, sampling=request.sampling, probabilities=2))
    traces = worker.reply().traces
    gaps = [float(np.log(t.options[0].probability / t.options[1].probability)) for t in traces]
    print(f"parted after {length} characters, where logits are {min(gaps):.2f} apart")
    assert min(gaps) < NEAR_TIE, (one[length - 40 : length + 20], other[length - 40 : length + 20])


def test_a_text_that_repeats_itself_takes_fewer_decodes(plain: WorkerProcess, ahead: WorkerProcess) -> None:
    prompt = LIST + "The red"
    slow, fast = (worker.ask(prompt, temperature=0.0, max_tokens=40) for worker in (plain, ahead))
    same_up_to_a_near_tie(plain, prompt, slow.text, fast.text)
    assert slow.finished.completion_tokens == fast.finished.completion_tokens == 40
    assert (slow.finished.decodes, slow.finished.guessed_tokens) == (40, 0)
    assert fast.finished.decodes <= 13
    assert fast.finished.true_guesses >= 26
    assert "".join(piece.text for piece in fast.pieces) == fast.text


def test_guesses_go_on_while_probabilities_are_told(ahead: WorkerProcess, drafted: WorkerProcess) -> None:
    request = ahead.generate(LIST + "The red", temperature=0.0, max_tokens=40)
    for worker in (ahead, drafted):
        silent = worker.ask(request.prompt, temperature=0.0, max_tokens=40)
        worker.send(msgspec.structs.replace(request, probabilities=8))
        told = worker.reply()
        assert told.text == silent.text
        assert told.finished.true_guesses >= 26
        traces = told.traces
        assert len(traces) == 40
        assert all(trace.options[0].token == trace.chosen.token for trace in traces)
        assert all(trace.chosen.probability > 0.5 for trace in traces[-15:])


def test_what_does_not_repeat_itself_is_left_alone(ahead: WorkerProcess, chat) -> None:
    end = ahead.ask(chat("Write about the sea."), temperature=1.5, max_tokens=60).finished
    assert end.guessed_tokens < 30


def test_a_seeded_answer_is_not_guessed_since_batches_move_near_ties(ahead: WorkerProcess) -> None:
    assert ahead.ask(LIST, seed=4, max_tokens=30).finished.guessed_tokens == 0


def test_a_draft_model_guesses_what_no_text_repeats(plain: WorkerProcess, drafted: WorkerProcess) -> None:
    prompt = "The months of the year are January, February, March, April,"
    slow, fast = (worker.ask(prompt, temperature=0.0, max_tokens=8) for worker in (plain, drafted))
    assert slow.text == fast.text == " May, June, July, August,"
    assert fast.finished.true_guesses > 0
    assert fast.finished.decodes < fast.finished.completion_tokens
    again = drafted.ask(prompt, temperature=0.0, max_tokens=8, stop=("July",))
    assert again.text == " May, June, "


@pytest.mark.parametrize("limit", [1, 2, 3, 9])
def test_an_answer_never_gets_longer_than_it_may(ahead: WorkerProcess, drafted: WorkerProcess, limit: int) -> None:
    for worker in (ahead, drafted):
        reply = worker.ask(LIST, temperature=0.0, max_tokens=limit)
        assert reply.finished.completion_tokens == limit
        assert sum(piece.count for piece in reply.pieces) == limit


def test_the_next_turn_after_wrong_guesses_is_as_if_there_were_none(
    plain: WorkerProcess, ahead: WorkerProcess, drafted: WorkerProcess
) -> None:
    for worker in (ahead, drafted):
        first = worker.ask(LIST, temperature=0.0, max_tokens=25)
        prompt = LIST + first.text + "\nAnd then"
        second = worker.ask(prompt, temperature=0.0, max_tokens=20)
        assert second.finished.cached_tokens > second.finished.prompt_tokens - 12
        same_up_to_a_near_tie(plain, prompt, plain.ask(prompt, temperature=0.0, max_tokens=20).text, second.text)


def test_sampled_text_follows_the_same_distribution(plain: WorkerProcess, drafted: WorkerProcess) -> None:
    """A chi-square test over the second token of many short answers, of three that may come at each place."""
    prompt = "Red, green and blue. Red, green and"
    counts: list[dict[str, int]] = []
    guessed = 0
    for worker in (plain, drafted):
        seen: dict[str, int] = {}
        for _ in range(SAMPLES):
            reply = worker.ask(prompt, temperature=1.5, top_k=3, top_p=1.0, min_p=0.0, max_tokens=3)
            seen[reply.text] = seen.get(reply.text, 0) + 1
            guessed += reply.finished.guessed_tokens
        counts.append(seen)
    assert guessed > SAMPLES / 2, "else nothing is compared"
    texts = [text for text in counts[0] | counts[1] if counts[0].get(text, 0) + counts[1].get(text, 0) >= 10]
    square = 0.0
    for text in texts:
        one, other = counts[0].get(text, 0), counts[1].get(text, 0)
        square += (one - other) ** 2 / (one + other)  # two samples of the same size
    freedom = max(1, len(texts))
    border = freedom * (1 - 2 / (9 * freedom) + 3.72 * np.sqrt(2 / (9 * freedom))) ** 3  # Wilson and Hilferty: 0.01 %
    assert square < border, counts


@pytest.mark.parametrize("kind", ["missing", "another vocabulary", "text"])
def test_a_draft_model_that_cannot_be_used_is_said(spawn: Spawn, starter: Path, tmp_path: Path, kind: str) -> None:
    file = tmp_path / "draft.gguf"
    if kind == "another vocabulary":
        write_model(file, Plan(1, 64, 64, 2, 2, 1000, 128, 1))
    elif kind == "text":
        file.write_text("hello")
    event = spawn().load(starter, context_size=512, draft_path=str(file))[-1]
    assert isinstance(event, protocol.LoadFailed)
    assert event.error.code is ErrorCode.DRAFT_UNUSABLE
    assert event.error.params == {"path": str(file)}
