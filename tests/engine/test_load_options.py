"""How a model can be loaded: types of the context, batches, memory modes and LoRA adapters, in real workers."""

from collections.abc import Callable
from pathlib import Path

import pytest

from desktop_app.domain.errors import ErrorCode
from desktop_app.domain.fit import KvType
from desktop_app.domain.model_defaults import Adapter
from desktop_app.protocol import engine as protocol
from tests.benchmarks.gguf_writer import Plan, write_adapter, write_model, write_split_model
from tests.engine.conftest import WorkerProcess

Spawn = Callable[..., WorkerProcess]
QUESTION = "What is the capital of France?"
GREEDY = {"temperature": 0.0, "max_tokens": 12}
QUERY = "blk.0.attn_q.weight"


@pytest.fixture(scope="module")
def usual(loaded: WorkerProcess, chat: Callable[[str], str]) -> str:
    return loaded.ask(chat(QUESTION), **GREEDY).text


@pytest.mark.parametrize(
    "options",
    [
        {"kv_type": KvType.Q8_0},
        {"kv_type": KvType.Q4_0, "batch_size": 16},
        {"mmap": False, "mlock": True, "batch_size": 64},
        {"mlock": True},
    ],
)
def test_ways_to_load(spawn: Spawn, starter: Path, chat: Callable[[str], str], usual: str, options: dict) -> None:
    worker = spawn()
    assert isinstance(worker.load(starter, context_size=512, **options)[-1], protocol.Loaded)
    reply = worker.ask(chat(QUESTION), **GREEDY)
    assert isinstance(reply.end, protocol.Finished)
    assert reply.end.completion_tokens > 0
    chunks = [event.done for event in reply.progress]
    if "batch_size" in options:
        assert chunks[0] <= options["batch_size"]
    if "kv_type" not in options:
        assert reply.text == usual  # only how the context is kept changes what comes out


def test_an_adapter_changes_the_answer_by_its_strength(
    spawn: Spawn, starter: Path, chat: Callable[[str], str], usual: str, tmp_path: Path
) -> None:
    adapter = write_adapter(tmp_path / "adapter with a space.gguf", QUERY, (576, 576))
    answers = []
    for scale in (0.0, 1.0):
        worker = spawn()
        worker.load(starter, context_size=512, adapters=(Adapter(str(adapter), scale),))
        answers.append(worker.ask(chat(QUESTION), **GREEDY).text)
    assert answers[0] == usual
    assert answers[1] != usual


@pytest.mark.parametrize("kind", ["missing", "other shape", "no adapter", "text"])
def test_an_adapter_that_cannot_be_used_is_said(spawn: Spawn, starter: Path, tmp_path: Path, kind: str) -> None:
    file = tmp_path / "adapter.gguf"
    if kind == "other shape":
        write_adapter(file, QUERY, (64, 64))
    elif kind == "no adapter":
        file = starter
    elif kind == "text":
        file.write_text("hello")
    worker = spawn()
    event = worker.load(starter, context_size=512, adapters=(Adapter(str(file)),))[-1]
    assert isinstance(event, protocol.LoadFailed)
    assert event.error.code is ErrorCode.ADAPTER_UNUSABLE
    assert event.error.params == {"path": str(file)}


def test_a_context_that_cannot_be_quantized_is_said_before_the_weights_are_read(spawn: Spawn, tmp_path: Path) -> None:
    plan = Plan(
        layers=1, embedding=96, feed_forward=96, heads=2, heads_kv=2, vocabulary=300, context=256, kind=1, head_length=48
    )  # fmt: skip
    model = write_model(tmp_path / "odd.gguf", plan)
    worker = spawn()
    events = worker.load(model, kv_type=KvType.Q8_0)
    assert isinstance(events[-1], protocol.LoadFailed)
    assert events[-1].error.code is ErrorCode.MODEL_KV_TYPE
    assert not any(isinstance(event, protocol.LoadProgress) for event in events)


@pytest.mark.parametrize("bare_first", [False, True])
def test_a_model_that_is_split(spawn: Spawn, tmp_path: Path, bare_first: bool) -> None:
    """The first part alone has the model's values; it may have no tensors, as those of very large models."""
    plan = Plan(layers=2, embedding=64, feed_forward=128, heads=2, heads_kv=2, vocabulary=400, context=512, kind=1)
    whole = write_model(tmp_path / "whole.gguf", plan)
    parts = write_split_model(tmp_path, plan, 3, bare_first=bare_first)
    worker = spawn()
    loaded, of_whole = worker.load(parts[0], context_size=256)[-1], spawn().load(whole, context_size=256)[-1]
    assert isinstance(loaded, protocol.Loaded), loaded
    assert isinstance(of_whole, protocol.Loaded), of_whole
    assert loaded.model.architecture == "llama"
    assert loaded.model.parameter_count == of_whole.model.parameter_count
    assert isinstance(worker.ask("aaa", max_tokens=4).end, protocol.Finished)
