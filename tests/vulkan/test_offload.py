"""Layers on a device by Vulkan: what is seen, what is held where, and that the same comes out of it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from desktop_app.domain.fit import KvType
from desktop_app.domain.models import ModelInfo, StepsLeft
from desktop_app.domain.offload import Limit
from desktop_app.services.doctor import self_test
from desktop_app.services.hardware.builds import list_devices
from desktop_app.services.words.device_words import device_words
from desktop_app.support.paths import Paths
from tests.benchmarks.gguf_writer import Plan, write_model
from tests.engine.conftest import PATIENCE, WorkerProcess
from tests.engine.distributions import LIKELIEST, STORY, TOKENS, assert_alike, scored
from tests.engine.tiny_models import write_tiny_model

pytestmark = pytest.mark.vulkan

WIDE = Plan(
    layers=8,
    embedding=2048,
    feed_forward=8192,
    heads=16,
    heads_kv=16,
    vocabulary=8000,
    context=65536,
    kind=12,
    merges=2000,
)
"""A model of random numbers whose context is large beside its weights: 300 MB."""
QUESTION = (
    "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
    "<|im_start|>user\nHow do I keep bread fresh for longer?<|im_end|>\n<|im_start|>assistant\n"
)
UNROUNDING = """
import ctypes, os, sys
import llama_cpp
parameters = llama_cpp.llama_model_quantize_default_params()
parameters.ftype = llama_cpp.LLAMA_FTYPE_MOSTLY_F16
parameters.allow_requantize = True
sys.exit(llama_cpp.llama_model_quantize(*map(os.fsencode, sys.argv[1:]), ctypes.byref(parameters)))
"""


def test_the_device_is_seen_with_its_name_and_memory(vulkan: str) -> None:
    found, error = list_devices(vulkan)
    assert found is not None, error
    (device,) = [device for device in found.devices if device.is_gpu]
    assert device.name == "Vulkan0"
    assert device.description.startswith("llvmpipe")
    assert 0 < device.free_memory <= device.total_memory
    assert device.largest_result == 1 << 27


@pytest.mark.usefixtures("hidden")
def test_a_hidden_device_is_not_seen(vulkan: str) -> None:
    found, error = list_devices(vulkan)
    assert found is not None, error
    assert [device.is_gpu for device in found.devices] == [False]


@pytest.mark.usefixtures("hidden")
def test_without_its_device_a_model_answers_on_the_processor_and_says_so(vulkan: str, spawn, starter: Path) -> None:
    loaded = spawn(vulkan)
    model = loaded.load(starter, context_size=512)[-1].model
    assert (model.device, model.plan.limit, model.allocated) == ("CPU", Limit.NO_DEVICE, {})
    assert loaded.ask(STORY, max_tokens=3).end.completion_tokens == 3


def test_the_self_test_of_a_new_engine_sees_the_device(vulkan: str, tmp_path: Path) -> None:
    test = self_test(Paths.below(tmp_path), vulkan)
    assert test.ok, test.message
    assert test.device == "GPU"


@pytest.fixture(scope="module")
def unrounded(starter: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The starter's weights with 16 bits each, which hold them as they are."""
    file = tmp_path_factory.mktemp("unrounded") / "unrounded.gguf"
    command = [sys.executable, "-c", UNROUNDING, str(starter), str(file)]
    subprocess.run(command, capture_output=True, check=True, timeout=PATIENCE)
    yield file
    file.unlink()


@pytest.fixture(scope="module")
def exactly(unrounded: Path) -> Iterator[WorkerProcess]:
    """A worker whose processor computes without rounding.

    With weights of four bits it rounds what goes into each layer to eight bits: over 200 tokens it then agrees with
    this one about the likeliest token for 191 to 196 of them, with a divergence of 0.0016 to 0.0034.
    """
    worker = WorkerProcess()
    worker.load(unrounded, context_size=512)
    yield worker
    worker.end()


@pytest.fixture(scope="module")
def answer(exactly: WorkerProcess) -> str:
    """What the processor itself answers to QUESTION, always with the likeliest token."""
    return exactly.ask(QUESTION, max_tokens=TOKENS + 10, temperature=0.0).text


def test_no_layers_on_the_device_are_the_processor_alone(
    vulkan: str, spawn, starter: Path, request: pytest.FixtureRequest
) -> None:
    with_device = spawn(vulkan)
    model = with_device.load(starter, context_size=512, gpu_layers=0)[-1].model
    request.getfixturevalue("hidden")
    without = spawn(vulkan)
    without.load(starter, context_size=512)
    assert (model.device, model.plan.limit, model.allocated) == ("CPU", Limit.SWITCHED_OFF, {})
    assert_alike("no layers", scored(without, STORY), scored(with_device, STORY), agreeing=1.0, mean=1e-9)


@pytest.mark.parametrize(("layers", "badge", "limit"), [(15, "GPU 15/31", Limit.WISHED), (-1, "GPU", Limit.NONE)])
def test_layers_on_the_device_compute_the_same(
    vulkan: str,
    spawn,
    unrounded: Path,
    exactly: WorkerProcess,
    answer: str,
    monkeypatch: pytest.MonkeyPatch,
    layers: int,
    badge: str,
    limit: Limit,
) -> None:
    """Where neither side rounds: the device's sums are kept to 32 bits, as they are not by itself."""
    monkeypatch.setenv("GGML_VK_DISABLE_F16", "1")
    on_device = spawn(vulkan)
    model = on_device.load(unrounded, context_size=512, gpu_layers=layers)[-1].model
    assert (model.device, model.plan.limit) == (badge, limit)  # of thirty layers and the output
    seen = scored(on_device, answer, QUESTION)
    assert len(seen) == TOKENS
    assert_alike(f"{badge}, 16 bits, exactly", scored(exactly, answer, QUESTION), seen, agreeing=0.99, mean=1e-4)


def test_what_the_device_rounds_is_little(
    vulkan: str, spawn, starter: Path, exactly: WorkerProcess, answer: str
) -> None:
    """As it is used, with weights of four bits; the processor rounds elsewhere, so both together are only told."""
    on_device, on_processor = spawn(vulkan), spawn()
    on_device.load(starter, context_size=512)
    on_processor.load(starter, context_size=512)
    seen, elsewhere, true = (scored(worker, answer, QUESTION) for worker in (on_device, on_processor, exactly))
    assert len(seen) == TOKENS
    assert_alike("processor, 4 bits, and exact", true, elsewhere, agreeing=0.0)
    assert_alike("GPU, 4 bits, and the processor", elsewhere, seen, agreeing=0.0)
    assert_alike("GPU, 4 bits, and exact", true, seen)


def test_what_is_written_on_the_device_is_as_likely_elsewhere(
    vulkan: str, spawn, starter: Path, exactly: WorkerProcess
) -> None:
    """One token at a time takes other ways through a device than a prompt does."""
    worker, prompt = spawn(vulkan), STORY[:300]
    worker.load(starter, context_size=512)
    ask = worker.generate(prompt, max_tokens=24, temperature=0.0)
    worker.send(msgspec.structs.replace(ask, probabilities=LIKELIEST))
    answer = worker.reply()
    traces = answer.traces
    assert_alike("GPU, written, and exact", scored(exactly, answer.text, prompt), traces, agreeing=0.9)


@pytest.mark.parametrize("layers", [0, 1, 4, 15, 30, -1])
@pytest.mark.parametrize(
    "options",
    [
        {"context_size": 512},
        {"context_size": 8192},
        {"context_size": 4096, "sequences": 4, "kv_type": KvType.Q8_0},
        {"context_size": 2048, "flash_attention": False},
        {"context_size": 8192, "flash_attention": False},
        {"context_size": 2048, "context_on_gpu": False},
    ],
    ids=lambda options: " ".join(f"{name} {value}" for name, value in options.items()),
)
def test_so_much_memory_is_taken_as_was_planned(
    vulkan: str, spawn, starter: Path, layers: int, options: dict[str, object]
) -> None:
    model = spawn(vulkan).load(starter, gpu_layers=layers, **options)[-1].model
    planned = sum(share.weights + share.kv_cache + share.compute for share in model.plan.shares)
    taken = model.allocated.get("Vulkan0", 0)
    apart = f" ({planned / taken - 1:+.1%})" if taken else ""
    print(f"\n{model.device}, {options}: {planned} bytes planned, {taken} taken{apart}")
    assert (taken > 0) == (layers != 0)
    assert planned == pytest.approx(taken, rel=0.05)


@pytest.fixture(scope="module")
def wide(vulkan: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    file = write_model(tmp_path_factory.mktemp("wide") / "wide.gguf", WIDE)
    yield file
    file.unlink()


@pytest.mark.parametrize("kv_type", [KvType.F16, KvType.Q8_0])
def test_a_context_that_the_computer_keeps_visits_the_device(vulkan: str, spawn, wide: Path, kv_type: KvType) -> None:
    model = spawn(vulkan).load(wide, context_size=16384, context_on_gpu=False, kv_type=kv_type)[-1].model
    assert (model.device, model.plan.context_on_gpu) == ("GPU", False)
    assert_as_planned(model)


@pytest.mark.parametrize(("wishes", "used"), [({}, 1), ({"split": (1.0, 1.0)}, 2), ({"split": (1.0, 2.0)}, 2)])
def test_two_devices_take_what_was_planned(
    vulkan: str, spawn, wide: Path, monkeypatch: pytest.MonkeyPatch, wishes: dict[str, object], used: int
) -> None:
    """llama.cpp takes one that is named twice for two, each with memory of its own."""
    monkeypatch.setenv("GGML_VK_VISIBLE_DEVICES", "0,0")
    model = spawn(vulkan).load(wide, context_size=8192, kv_type=KvType.Q8_0, **wishes)[-1].model
    assert (model.device, len(model.allocated)) == ("GPU", used)
    assert_as_planned(model)


@pytest.mark.parametrize("largest", [30, 70, 74, 200], ids=lambda size: f"{size} MiB at once")
def test_scores_larger_than_what_is_asked_for_at_once_are_there_twice(
    vulkan: str, spawn, starter: Path, monkeypatch: pytest.MonkeyPatch, largest: int
) -> None:
    """Those of the starter are 72 MiB with this context; without flash attention alone there are any."""
    monkeypatch.setenv("GGML_VK_SUBALLOCATION_BLOCK_SIZE", str(largest << 20))
    model = spawn(vulkan).load(starter, context_size=4096, flash_attention=False)[-1].model
    assert model.device == "GPU"
    assert_as_planned(model)


@pytest.mark.parametrize("wishes", [{}, {"flash_attention": True}], ids=str)
def test_heads_that_flash_attention_does_not_know_take_what_was_planned(
    vulkan: str, spawn, tmp_path: Path, wishes: dict[str, object]
) -> None:
    """Those of 100 values: llama.cpp leaves it out for them, and attends in the way that takes more memory."""
    odd = WIDE._replace(layers=4, embedding=800, feed_forward=3200, heads=8, heads_kv=2, kind=2)
    model = spawn(vulkan).load(write_model(tmp_path / "odd.gguf", odd), context_size=8192, **wishes)[-1].model
    assert (model.device, model.plan.flash_attention) == ("GPU", False)
    assert_as_planned(model)


def test_weights_that_the_device_cannot_compute_with_are_told(vulkan: str, spawn, tmp_path: Path) -> None:
    """The logits of 512 tokens would take more than the 128 MB that Mesa's device has for one result."""
    words = WIDE._replace(layers=2, embedding=256, feed_forward=1024, heads=4, heads_kv=2, vocabulary=152_000)
    model = spawn(vulkan).load(write_model(tmp_path / "words.gguf", words), context_size=512)[-1].model
    (share,) = model.plan.shares
    assert share.weights * 0.9 < model.weights_left < share.weights
    assert (model.device, model.plan.limit) == ("GPU 1/3", Limit.NONE)
    assert "stay in the computer's memory: the graphics card cannot compute with them" in device_words(model)


def test_what_the_processor_does_for_the_device_is_told(vulkan: str, spawn, starter: Path, tmp_path: Path) -> None:
    """Mesa's device cannot do what a state of eight values takes, nor compute scores of more than 128 MB."""
    left = spawn(vulkan).load(write_tiny_model(tmp_path / "tiny.gguf", "mamba"), context_size=512)[-1].model
    assert (left.device, left.steps_left) == ("GPU + CPU", StepsLeft.ALL)
    assert "The processor does some of their steps" in device_words(left)
    reading = spawn(vulkan).load(starter, context_size=8192, flash_attention=False)[-1].model
    assert (reading.device, reading.steps_left) == ("GPU", StepsLeft.READING)
    assert "While a prompt is read the processor does" in device_words(reading)
    usual = spawn(vulkan).load(starter, context_size=8192)[-1].model
    assert (usual.device, usual.steps_left) == ("GPU", StepsLeft.NONE)


def assert_as_planned(model: ModelInfo) -> None:
    for share in model.plan.shares:
        planned, taken = share.weights + share.kv_cache + share.compute, model.allocated.get(share.device, 0)
        print(f"\n{share.device}: {planned} bytes planned, {taken} taken")
        assert planned == pytest.approx(taken, rel=0.05)
