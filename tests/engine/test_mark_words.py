"""A mark that a model writes as its token is told from the same words, spelled."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop_app.domain.control_texts import BREAK
from desktop_app.domain.sampling import Sampling
from desktop_app.protocol import engine as protocol
from tests.benchmarks import gguf_writer
from tests.engine.conftest import WorkerProcess

PLAN = gguf_writer.Plan(
    layers=1, embedding=64, feed_forward=96, heads=4, heads_kv=4, vocabulary=270, context=256, kind=gguf_writer.F32_TENSOR
)  # fmt: skip
CONTROL, DEFINED = 3, 4
MARKS = {"<think>": DEFINED, "</think>": DEFINED, "[THINK]": CONTROL, "<|other|>": CONTROL}


def write_model(folder: Path) -> Path:
    """Write a tiny model whose last tokens are MARKS."""
    vocabulary = gguf_writer._vocabulary

    def with_marks(words: list[str], kinds: list[int]) -> Iterator[bytes]:
        return vocabulary([*words[: -len(MARKS)], *MARKS], [*kinds[: -len(MARKS)], *MARKS.values()])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gguf_writer, "_vocabulary", with_marks)
        return gguf_writer.write_model(folder / "tiny.gguf", PLAN)


@pytest.fixture(scope="module")
def marking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerProcess]:
    running = WorkerProcess()
    events = running.load(write_model(tmp_path_factory.mktemp("tiny")), context_size=256, sequences=1)
    assert isinstance(events[-1], protocol.Loaded), events[-1]
    yield running
    running.end()


@pytest.mark.parametrize(
    ("bias", "stop", "text"),
    [
        ({"<think>": 100.0}, (), "a <think>"),
        ({"<think>": -100.0}, (), f"a <think{BREAK}>"),
        ({"<think>": -100.0}, ("k>?",), f"a <think{BREAK}>"),
        ({"<think>": 100.0}, ("k>?",), "a <think>"),
    ],
)
def test_a_mark_that_is_spelled_is_broken(
    marking: WorkerProcess, bias: dict[str, float], stop: tuple[str, ...], text: str
) -> None:
    sampling = Sampling(grammar='root ::= "a <think>"', max_tokens=40, seed=1, logit_bias=bias)
    marking.send(protocol.Generate(request_id="r", prompt="Hello", sampling=sampling, stop=stop))
    assert marking.reply().text == text


@pytest.mark.parametrize(("control_tokens", "text"), [(True, "[THINK]"), (False, "")])
def test_control_tokens_that_mark_thoughts_are_named_and_others_are_not(
    marking: WorkerProcess, control_tokens: bool, text: str
) -> None:
    for mark, told in (("[THINK]", text), ("<|other|>", "")):
        sampling = Sampling(max_tokens=1, temperature=0.0, logit_bias={mark: 100.0})
        marking.send(
            protocol.Generate(request_id="r", prompt="Hello", sampling=sampling, control_tokens=control_tokens)
        )
        assert marking.reply().text == told
