"""What is changed on a loaded model, and what it makes of texts besides answers: adapters, control vectors, embeddings."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from desktop_app.domain.errors import ErrorCode
from desktop_app.domain.model_defaults import Adapter
from desktop_app.protocol import engine as protocol
from tests.benchmarks.gguf_writer import write_adapter, write_control_vector
from tests.endless import ENDLESS
from tests.engine.conftest import WorkerProcess

QUESTION = "What is the capital of France?"
GREEDY = {"temperature": 0.0, "max_tokens": 12}
LENGTH = 576
"""The starter model's embedding."""


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    return write_adapter(tmp_path / "adapter.gguf", "blk.0.attn_q.weight", (LENGTH, LENGTH))


@pytest.fixture
def vector(tmp_path: Path) -> Path:
    return write_control_vector(tmp_path / "vector.gguf", LENGTH, (1, 2))


def use(worker: WorkerProcess, *adapters: Adapter) -> None:
    worker.send(protocol.UseAdapters("u", adapters))
    event = worker.until(protocol.AdaptersUsed, protocol.Failed)[-1]
    assert isinstance(event, protocol.AdaptersUsed), event


def embed(worker: WorkerProcess, text: str) -> np.ndarray:
    worker.send(protocol.Embed("e", text))
    event = worker.until(protocol.Embedding, protocol.Failed)[-1]
    assert isinstance(event, protocol.Embedding), event
    return np.array(event.vector)


@pytest.mark.parametrize("kind", ["adapter", "vector"])
def test_it_comes_and_goes_while_the_model_stays_loaded(loaded, chat, kind: str, request) -> None:
    file = str(request.getfixturevalue(kind))
    usual = loaded.ask(chat(QUESTION), **GREEDY).text
    use(loaded, Adapter(file, 2.0))
    changed = loaded.ask(chat(QUESTION), **GREEDY)
    assert changed.text != usual
    assert changed.end.cached_tokens == 0  # what was read without it is worth nothing
    use(loaded, Adapter(file, 0.0))
    assert loaded.ask(chat(QUESTION), **GREEDY).text == usual
    use(loaded)
    assert loaded.ask(chat(QUESTION), **GREEDY).text == usual


def test_both_at_once_and_twice_the_same_vector(loaded, chat, adapter: Path, vector: Path) -> None:
    usual = loaded.ask(chat(QUESTION), **GREEDY).text
    use(loaded, Adapter(str(vector), 1.5), Adapter(str(vector), -1.5))
    assert loaded.ask(chat(QUESTION), **GREEDY).text == usual  # they cancel each other
    use(loaded, Adapter(str(adapter)), Adapter(str(vector), 2.0))
    assert loaded.ask(chat(QUESTION), **GREEDY).text != usual
    use(loaded)


def test_it_waits_for_the_answers_at_work(loaded, adapter: Path) -> None:
    loaded.send(
        loaded.generate("Once upon a time", "long", max_tokens=60),
        protocol.UseAdapters("u", (Adapter(str(adapter)),)),
        loaded.generate("Once upon a time", "later", max_tokens=2),
    )
    events = loaded.until(protocol.AdaptersUsed)
    assert [event.request_id for event in events if isinstance(event, protocol.Finished)] == ["long"]
    assert isinstance(loaded.reply().end, protocol.Finished)
    use(loaded)


@pytest.mark.parametrize("kind", ["missing", "text", "other shape", "other vector", "layer beyond"])
def test_what_cannot_be_used_is_said_and_changes_nothing(loaded, chat, tmp_path: Path, kind: str) -> None:
    file = tmp_path / "file.gguf"
    writers: dict[str, Callable[[], object]] = {
        "missing": lambda: None,
        "text": lambda: file.write_text("hello"),
        "other shape": lambda: write_adapter(file, "blk.0.attn_q.weight", (64, 64)),
        "other vector": lambda: write_control_vector(file, 64, (1,)),
        "layer beyond": lambda: write_control_vector(file, LENGTH, (3,)),
    }
    writers[kind]()
    usual = loaded.ask(chat(QUESTION), **GREEDY).text
    loaded.send(protocol.UseAdapters("u", (Adapter(str(file)),)))
    event = loaded.until(protocol.AdaptersUsed, protocol.Failed)[-1]
    assert isinstance(event, protocol.Failed)
    assert event.error.code is ErrorCode.ADAPTER_UNUSABLE
    assert event.error.params == {"path": str(file)}
    assert loaded.ask(chat(QUESTION), **GREEDY).text == usual


def test_texts_that_mean_the_same_are_closer(loaded) -> None:
    cat, kitten, tax = (
        embed(loaded, text)
        for text in ("The cat sleeps on the sofa.", "A kitten is asleep on the couch.", "Income tax is due in April.")
    )
    assert cat.shape == (LENGTH,)
    for each in (cat, kitten, tax):
        assert np.linalg.norm(each) == pytest.approx(1.0, abs=1e-5)
    assert cat @ kitten > cat @ tax
    assert embed(loaded, "The cat sleeps on the sofa.") == pytest.approx(cat, abs=1e-4)


def test_a_text_is_embedded_while_an_answer_is_written(loaded) -> None:
    alone = embed(loaded, "Hello there")
    loaded.send(loaded.generate("Once upon a time", max_tokens=1900, **ENDLESS), protocol.Embed("e", "Hello there"))
    events = loaded.until(protocol.Embedding)
    assert not any(isinstance(event, protocol.Finished) for event in events)
    assert np.array(events[-1].vector) @ alone == pytest.approx(1.0, abs=1e-3)
    loaded.send(protocol.Cancel("r"))
    loaded.reply()


def test_a_vector_that_is_given_up_ends_in_the_midst_of_it(loaded) -> None:
    long = "word " * 2000
    loaded.send(protocol.Embed("e", long), protocol.Embed("f", "Hello there"), protocol.Cancel("e"))
    events = loaded.until(protocol.Embedding, protocol.Failed)
    events += loaded.until(protocol.Embedding, protocol.Failed)
    given_up, wanted = events
    assert (given_up.request_id, given_up.vector) == ("e", ())
    assert wanted.request_id == "f"
    assert np.array(wanted.vector) @ embed(loaded, "Hello there") == pytest.approx(1.0, abs=1e-3)
    loaded.send(protocol.Cancel("e"))  # late, and of no effect
    assert embed(loaded, "Hello there").shape == (LENGTH,)


@pytest.mark.parametrize(("text", "code"), [("", ErrorCode.ENGINE_FAILED), ("word " * 3000, ErrorCode.PROMPT_TOO_LONG)])
def test_texts_without_a_vector(loaded, text: str, code: ErrorCode) -> None:
    loaded.send(protocol.Embed("e", text))
    event = loaded.until(protocol.Embedding, protocol.Failed)[-1]
    assert isinstance(event, protocol.Failed)
    assert event.error.code is code
