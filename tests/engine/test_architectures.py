"""Models that remember in other ways say the same whether or not they have read the beginning before; in real workers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop_app.protocol import engine as protocol
from tests.engine.conftest import WorkerProcess
from tests.engine.tiny_models import ARCHITECTURES, write_tiny_model

GREEDY = {"temperature": 0.0, "max_tokens": 16, "seed": 1}
QUESTION = "The keeper wrote down the wind. And then?"
OTHER = "Nothing of this was ever read before."


@pytest.fixture(scope="module", params=ARCHITECTURES)
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("tiny") / "tiny.gguf", request.param)


@pytest.fixture(scope="module")
def tiny(model: Path) -> Iterator[WorkerProcess]:
    """A worker that has room for one sequence alone."""
    running = WorkerProcess()
    events = running.load(model, context_size=1024, sequences=1)
    assert isinstance(events[-1], protocol.Loaded), events[-1]
    yield running
    running.end()


def fresh(tiny: WorkerProcess, prompt: str) -> str:
    """Return the answer to `prompt` with nothing of it in memory."""
    tiny.ask(OTHER, **GREEDY)
    reply = tiny.ask(prompt, **GREEDY)
    assert reply.finished.cached_tokens == 0
    assert reply.finished.completion_tokens > 1
    return reply.text


def tokens(tiny: WorkerProcess, text: str) -> int:
    tiny.send(protocol.CountTokens("n", text))
    told = tiny.until(protocol.TokenCount)[-1]
    assert isinstance(told, protocol.TokenCount)
    return told.count


def test_an_answer_written_anew_reads_one_token(tiny: WorkerProcess) -> None:
    expected = fresh(tiny, QUESTION)
    again = tiny.ask(QUESTION, **GREEDY)
    assert again.text == expected
    assert again.finished.cached_tokens == again.finished.prompt_tokens - 1


def test_a_question_that_is_edited_is_read_from_where_it_begins(tiny: WorkerProcess) -> None:
    first = QUESTION * 3
    edited = first + " Is the sea loud?"
    expected = fresh(tiny, edited)
    tiny.ask(OTHER, **GREEDY)
    tiny.ask(first, **GREEDY)
    tiny.ask(first + " Was the tide high?", **GREEDY)
    reply = tiny.ask(edited, **GREEDY)
    assert reply.text == expected
    assert reply.finished.cached_tokens >= tokens(tiny, first) - 1


def test_a_beginning_that_goes_on_otherwise(tiny: WorkerProcess) -> None:
    prompt = QUESTION[:20] + "down"
    expected = fresh(tiny, prompt)
    tiny.ask(OTHER, **GREEDY)
    tiny.ask(QUESTION, **GREEDY)
    assert tiny.ask(prompt, **GREEDY).text == expected


@pytest.mark.parametrize("moment", ["waiting", "reading", "writing"])
def test_a_cancelled_answer_changes_nothing(tiny: WorkerProcess, moment: str) -> None:
    prompt = QUESTION * 8
    expected = fresh(tiny, prompt)
    tiny.ask(OTHER, **GREEDY)
    tiny.send(tiny.generate(prompt, "c", temperature=1.0, max_tokens=400, stop=("never",)))
    if moment != "waiting":
        tiny.until(protocol.PromptProgress if moment == "reading" else protocol.Tokens)
    tiny.send(protocol.Cancel("c"))
    assert isinstance(tiny.reply().end, protocol.Finished)
    assert tiny.ask(prompt, **GREEDY).text == expected


def test_going_back_to_a_chat_that_was_written_to_the_disk(model: Path, tmp_path: Path, spawn) -> None:
    prompt = QUESTION * 10
    texts, cached = [], []
    for _ in range(2):
        worker = spawn()
        worker.load(model, context_size=2048, sequences=1, snapshot_folder=str(tmp_path), snapshot_bytes=1 << 30)
        request = worker.generate(prompt, **GREEDY)
        worker.send(protocol.Generate(request_id="r", prompt=prompt, sampling=request.sampling, keep_as="chat"))
        reply = worker.reply()
        texts.append(reply.text)
        cached.append(reply.finished.cached_tokens)
        worker.send(protocol.Unload())
        worker.exit_code()
    assert texts[0] == texts[1]
    total = reply.finished.prompt_tokens
    assert cached[0] == 0
    assert cached[1] in (total - 1, 0)  # a state of more than the question cannot be cut for every family


def test_four_at_once_say_what_each_says_alone(model: Path, spawn) -> None:
    prompts = [f"{QUESTION} {word}" for word in ("Go on.", "Why is that?", "Who was there?", "End it now.")]
    worker = spawn()
    worker.load(model, context_size=2048, sequences=4)
    alone = [worker.ask(prompt, f"a{number}", **GREEDY).text for number, prompt in enumerate(prompts)]
    for number, prompt in enumerate(prompts):
        worker.send(worker.generate(prompt, f"b{number}", **GREEDY))
    together = dict.fromkeys(range(4), "")
    ended = 0
    while ended < 4:
        event = worker.next()
        ended += isinstance(event, protocol.Finished)
        if isinstance(event, protocol.Tokens):
            together[int(event.request_id[1:])] += event.text
    assert list(together.values()) == alone
