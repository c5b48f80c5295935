"""Measures how fast a model reads and writes with one setting after the other, in a process of its own."""

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.domain.errors import AppError
from desktop_app.domain.fit import KvType, can_keep_as
from desktop_app.domain.hardware import cards_of_engine
from desktop_app.domain.offload import Plan
from desktop_app.domain.shape import shape_of
from desktop_app.domain.tuning import Computer, Search, Trial, Tried
from desktop_app.engine.cpu import physical_cores, set_thread_environment
from desktop_app.protocol.engine import Load
from desktop_app.protocol.measure import Measure, Measured, MeasuringEnded, MeasuringFailed
from desktop_app.protocol.wire import Wire
from desktop_app.support.child import live_with_parent
from desktop_app.support.pipe import Pipe

if TYPE_CHECKING:
    from desktop_app.engine.backend import Backend
    from desktop_app.engine.llama import Batch, Context, Model

WARM_SECONDS, READ_SECONDS, WRITE_SECONDS = 0.2, 1.2, 1.0
"""How long a trial warms up, reads and writes: long enough that a stumble of the computer does not decide."""
MOST_READ = 2048
LEAST_WRITTEN, MOST_WRITTEN = 4, 256
CONTEXT = MOST_READ + MOST_WRITTEN


def run(connection: Pipe, engine_folder: str) -> None:
    """Measure what the one command asks for, and end; `engine_folder` is empty for the installed build."""
    live_with_parent()
    os.environ["GGML_NO_BACKTRACE"] = "1"
    if engine_folder:
        os.environ["LLAMA_CPP_LIB_PATH"] = engine_folder
    set_thread_environment(os.environ)
    wire: Wire[Measure] = Wire(connection, Measure)
    command = wire.receive()
    from desktop_app.engine import llama

    backend = llama.start_backend(lambda _reason: None, command.parts)
    try:
        _measure(command, backend, wire)
    except AppError as error:
        wire.send(MeasuringFailed(error.info))
    backend.close()


def _measure(command: Measure, backend: "Backend", wire: "Wire[Measure]") -> None:
    end = time.monotonic() + command.seconds
    bench = Bench(command, backend)
    search = Search(bench.computer)
    count = 0
    while (tried := search.next()) is not None and (not search.is_of_use or time.monotonic() < end):
        trial = bench.trial(tried)
        search.tell(trial)
        count += 1
        used = 1.0 - max(0.0, end - time.monotonic()) / command.seconds
        wire.send(Measured(trial, min(1.0, max(used, count / search.most_trials)), bench.place))
    bench.close()
    wire.send(MeasuringEnded(search.best, bench.cards))


class Bench:
    """A model that is loaded again only where another number of its layers is on devices."""

    def __init__(self, command: Measure, backend: "Backend") -> None:
        """Raises ModelError where the model cannot be read."""
        from desktop_app.domain.gguf import read_header
        from desktop_app.engine.offloading import Offloading

        self._command = command
        self._backend = backend
        self._path = Path(command.model_path)
        self._header = read_header(self._path)
        planned = next(Offloading(self._load(-1), self._header, backend).plans())
        self.computer = Computer(
            physical_cores=physical_cores(),
            logical_cores=os.cpu_count() or 1,
            layers=planned.gpu_layers,
            all_layers=planned.all_layers if planned.shares else 0,
            can_quantize=can_keep_as(shape_of(self._header), KvType.Q8_0),
        )
        self.cards = cards_of_engine(backend.devices())
        self._layers = -1
        self._model: Model | None = None
        self.place: str | None = None
        """What reads all weights of the model that is loaded: empty for the computer's memory, None for several places."""

    def trial(self, tried: Tried) -> Trial:
        """Return how fast it is; a setting that does not work here counts as no speed at all."""
        try:
            return self._trial(tried)
        except AppError:
            return Trial(tried=tried, reading=0.0, writing=0.0)

    def close(self) -> None:
        """Free the model."""
        if self._model is not None:
            self._model.close()
            self._model = None

    def _trial(self, tried: Tried) -> Trial:
        from desktop_app.engine.llama import Batch, Context

        model = self._loaded(tried.gpu_layers)
        context = Context(
            model,
            size=min(CONTEXT, model.trained_context or CONTEXT),
            threads=tried.threads,
            batch_size=tried.batch_size,
            sequences=1,
            on_gpu=tried.gpu_layers > 0,
            kv_type=tried.kv_type,
            flash_attention=tried.flash_attention,
        )
        batch = Batch(context.batch_size)
        try:
            known = model.vocabulary_size
            writing, position = _write(context, batch, 0, WARM_SECONDS, known)
            context.forget_all()
            reading, position = _read(context, batch, writing, known)
            writing, _position = _write(context, batch, position, WRITE_SECONDS, known)
        finally:
            batch.close()
            context.close()
        return Trial(tried=tried, reading=reading, writing=writing)

    def _loaded(self, layers: int) -> "Model":
        from desktop_app.engine.llama import Model, most_devices
        from desktop_app.engine.offloading import Offloading
        from desktop_app.engine.placement import Placement

        if self._model is None or layers != self._layers:
            self.close()
            plan = next(Offloading(self._load(layers), self._header, self._backend).plans())
            self._model = Model(
                self._path,
                extra_buffers=not self._command.safe_mode,
                on_progress=lambda _fraction: True,
                placement=Placement(plan, self._backend, most_devices()),
            )
            self._layers = layers
            self.place = _place(plan)
        return self._model

    def _load(self, layers: int) -> Load:
        return Load(model_path=self._command.model_path, context_size=CONTEXT, gpu_layers=layers)


def _place(plan: Plan) -> str | None:
    used = [share.device for share in plan.shares if share.layers]
    if not used:
        return ""
    is_whole = plan.gpu_layers == plan.all_layers and plan.cpu_experts == 0 and len(used) == 1
    return used[0] if is_whole else None


def _write(context: "Context", batch: "Batch", position: int, seconds: float, known: int) -> tuple[float, int]:
    """Write tokens, of which `known` ones exist, one by one behind `position`; returns how many a second, and the position behind them."""
    started, count = time.perf_counter(), 0
    most = min(MOST_WRITTEN, context.size - position)
    while count < min(LEAST_WRITTEN, most) or (count < most and time.perf_counter() - started < seconds):
        batch.clear()
        batch.add(_token(position + count, known), position + count, 0, wants_logits=True)
        context.decode(batch)
        context.wait()  # as whoever chooses the next token has to
        count += 1
    return count / (time.perf_counter() - started), position + count


def _read(context: "Context", batch: "Batch", writing: float, known: int) -> tuple[float, int]:
    """Read a prompt in whole batches, as long as there is time; a slow model reads less of it than a batch holds."""
    started, position = time.perf_counter(), 0
    room = context.size - min(MOST_WRITTEN, context.size // 4)
    size = min(batch.capacity, room, max(16, int(writing * 4 * READ_SECONDS)))
    while position + size <= room and time.perf_counter() - started < READ_SECONDS:
        batch.clear()
        for place in range(position, position + size):
            batch.add(_token(place, known), place, 0, wants_logits=place == position + size - 1)
        context.decode(batch)
        position += size
    context.wait()
    return position / (time.perf_counter() - started), position


def _token(place: int, known: int) -> int:
    """Return some token or other of the `known` ones: what it is makes no difference to the time."""
    return (5 + place % 200) % known
