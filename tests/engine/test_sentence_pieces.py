"""Answers of models whose vocabulary puts a space before a text by itself go on where they were left."""

import json
from collections.abc import Iterator

import pytest

from desktop_app.domain.control_texts import as_words
from desktop_app.domain.sampling import Sampling
from desktop_app.protocol import engine as protocol
from tests.benchmarks import gguf_writer
from tests.engine.conftest import WorkerProcess

PLAN = gguf_writer.Plan(
    layers=1, embedding=64, feed_forward=96, heads=4, heads_kv=4, vocabulary=272, context=512, kind=gguf_writer.F32_TENSOR
)  # fmt: skip
BEGINNINGS = ("", "{", '{"', "y", "a", *"bcdef", "<", "</")
"""What the words are that begin with a space; all else is bytes."""
GRAMMAR = r'root ::= "{\"answer\": " ("true" | "false" | "null") "}"'


@pytest.fixture(scope="module")
def pieces(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerProcess]:
    """A worker with a tiny model of such a vocabulary, random weights in it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gguf_writer, "_words", lambda: iter((*BEGINNINGS, "zzz")))
        model = gguf_writer.write_model(tmp_path_factory.mktemp("tiny") / "tiny.gguf", PLAN)
    running = WorkerProcess()
    events = running.load(model, context_size=512, sequences=1)
    assert isinstance(events[-1], protocol.Loaded), events[-1]
    yield running
    running.end()


@pytest.mark.parametrize("begun", ["{", '{"', '{"ans', '{"answer": t', '{"answer": true}'])
@pytest.mark.parametrize("before", ["Is it so?</s>", "Is it so? ", "Is it so?\n"])
def test_a_grammar_goes_on_where_an_answer_was_left(pieces: WorkerProcess, before: str, begun: str) -> None:
    sampling = Sampling(grammar=GRAMMAR, max_tokens=40, seed=1)
    pieces.send(protocol.Generate(request_id="r", prompt=before + begun, sampling=sampling, begun=begun))
    assert json.loads(begun + pieces.reply().text).keys() == {"answer"}


@pytest.mark.parametrize("begun", ["a </s> {", " a </s>", "</s> a <s>"])
@pytest.mark.parametrize("before", ["Is it so?</s>", "Is it so?\n"])
def test_a_grammar_goes_on_behind_what_looks_like_a_control_token(
    pieces: WorkerProcess, before: str, begun: str
) -> None:
    said = as_words(begun, pieces.control_texts)
    sampling = Sampling(grammar=f'root ::= "{begun}" "yes"', max_tokens=40, seed=1)
    pieces.send(protocol.Generate(request_id="r", prompt=before + said, sampling=sampling, begun=said))
    assert pieces.reply().text == "yes"


@pytest.mark.parametrize("text", ["{a y}", " {a y}", "a", "é 🐈"])
@pytest.mark.parametrize("before", ["Is it so?</s>", "Is it so? ", "Is it so?\n", ""])
def test_what_is_read_of_an_answer_says_what_it_says(pieces: WorkerProcess, before: str, text: str) -> None:
    sampling = Sampling(temperature=0.0, max_tokens=1)
    pieces.send(protocol.Score(request_id="r", prompt=before, text=text, sampling=sampling, probabilities=2))
    traces = pieces.reply().traces
    assert b"".join(trace.chosen.piece for trace in traces) == text.encode()


@pytest.mark.parametrize("text", ["a </s>", "<s>é</s>🐈", "<unk>", "{</s></s> a"])
def test_what_looks_like_a_control_token_is_read_as_words(pieces: WorkerProcess, text: str) -> None:
    before = b"Is it so?</s>\n"
    pieces.send(protocol.Tokenize("r", before.decode() + as_words(text, pieces.control_texts)))
    told = pieces.next()
    assert isinstance(told, protocol.Pieces)
    assert sum(told.controls) == 1
    assert b"".join(told.pieces).removeprefix(b" ").replace(b"</s> \n", b"</s>\n", 1) == before + text.encode()


@pytest.mark.parametrize("text", [" </s>", "a </s> </s>", "</s>", "a <s></s>y"])
def test_words_have_the_tokens_that_a_model_writes_them_with(pieces: WorkerProcess, text: str) -> None:
    told = []
    for command in (
        protocol.CountTokens("r", f"</s>{as_words(text, pieces.control_texts)}</s>"),
        protocol.CountTokens("r", text, as_words=True),
    ):
        pieces.send(command)
        told.append(pieces.next())
    counts = [count.count for count in told if isinstance(count, protocol.TokenCount)]
    assert counts[0] == counts[1] + 2


@pytest.mark.parametrize(("begun", "count"), [(" a", 1), (" a y", 2), ("a", 1)])
@pytest.mark.parametrize("before", ["Is it so?</s>", "Is it so?\n"])
def test_no_second_space_is_read_before_what_was_written(
    pieces: WorkerProcess, before: str, begun: str, count: int
) -> None:
    sampling = Sampling(max_tokens=1, temperature=0.0)
    prompts = []
    for said in ("", begun):
        pieces.send(protocol.Generate(request_id="r", prompt=before + said, sampling=sampling, begun=said))
        prompts.append(pieces.reply().finished.prompt_tokens)
    assert prompts[1] - prompts[0] == count
