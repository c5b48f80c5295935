"""Loads a model into a worker: checks the file, fits it into memory, tests it with a tiny decode."""

import array
import math
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import msgspec

from desktop_app.domain.elsewhere import servers_in
from desktop_app.domain.errors import AppError, EngineError, ErrorCode, ModelError
from desktop_app.domain.fit import Device, can_keep_as, context_size, prompt_chunk
from desktop_app.domain.gguf import Header, read_header
from desktop_app.domain.hardware import has_part_for_cards
from desktop_app.domain.model_defaults import Adapter
from desktop_app.domain.model_names import part_names, split_file_name
from desktop_app.domain.models import CPU, GPU, GPU_AND_CPU, ModelInfo, StepsLeft
from desktop_app.domain.offload import Limit, Plan
from desktop_app.domain.shape import shape_of
from desktop_app.engine.adapting import Adapting
from desktop_app.engine.allocations import Allocations
from desktop_app.engine.backend import Backend
from desktop_app.engine.cpu import Watch, physical_cores
from desktop_app.engine.drafts import MOST_GUESSED
from desktop_app.engine.embedding import Embedder
from desktop_app.engine.fingerprint import fingerprint
from desktop_app.engine.guesser import ModelGuesser, same_vocabulary
from desktop_app.engine.llama import (
    Batch,
    Context,
    Model,
    SamplerChain,
    cpu_features,
    engine_version,
    most_devices,
)
from desktop_app.engine.offloading import Offloading
from desktop_app.engine.own_context import OwnContexts
from desktop_app.engine.placement import Placement
from desktop_app.engine.servers import Servers
from desktop_app.engine.snapshots import Identity, Snapshots
from desktop_app.engine.threads import ThreadTuner
from desktop_app.protocol.engine import Load, LoadProgress, Reading, SelfTesting
from desktop_app.support.i18n import N_

MAX_SEQUENCES = 64
_PROGRESS_SECONDS = 0.05
_UNCERTAIN = 0.1
"""Which part of the weights that were meant for devices may seem to be missing there: sizes are predicted to 5 %."""
_NEXT_TO_NOTHING = 0.01
"""Which part of them does not make it a model on a device: norms are kept with 32 bits, which each of them can compute with."""


_FEW_SPLITS = 3
"""Parts of the work more than usual that may have other causes: some models have more tables that the computer keeps."""

_NO_MEMORY = (
    "failed to allocate",
    "unable to allocate",
    "Cannot allocate memory",
    "out of memory",
    "OutOfDeviceMemory",
    "bad_alloc",
)
_NOT_SUPPORTED = ("unknown model architecture", "unknown pre-tokenizer", "unknown tokenizer", "invalid ggml type")


class LoadedModel(msgspec.Struct, frozen=True):
    """What a worker needs to serve requests."""

    model: Model
    context: Context
    batch: Batch
    adapting: Adapting
    embedder: Embedder
    guesser: ModelGuesser | None
    info: ModelInfo
    own_contexts: OwnContexts

    def close(self) -> None:
        """Free it all, in the order that llama.cpp demands."""
        if self.guesser is not None:
            self.guesser.close()
        self.embedder.close()
        self.batch.close()
        self.context.close()
        self.model.close()


class Loader:
    """Carries out one `Load` with the engine build named `build`. `tell` gets the progress; `goes_on` is asked whether to go on.

    `servers` may hold layers; they are the caller's to close.
    """

    def __init__(
        self,
        load: Load,
        backend: Backend,
        build: str,
        tell: Callable[[msgspec.Struct], None],
        goes_on: Callable[[], bool],
        servers: Servers,
    ) -> None:
        self._servers = servers
        self._load = load
        self._build = build
        self._backend = backend
        self._tell = tell
        self._goes_on = goes_on
        self._path = Path(load.model_path)
        self._progress_told = -math.inf

    def run(self) -> LoadedModel:
        """Load and test the model.

        Raises ModelError, EngineError, or `engine.llama.LoadCancelled`.
        """
        started = time.perf_counter()
        header = read_header(self._path)
        self._check_options(header)
        offloading = Offloading(self._load, header, self._backend, self._servers)
        for plan in offloading.plans():
            try:
                self._check_memory(offloading.context_in_memory(plan))
                model, context, adapting = self._load_once(plan)
                break
            except AppError as error:
                problem = self._explained(error)
                if problem.code is not ErrorCode.MODEL_NO_MEMORY:
                    raise problem from error
        else:
            raise problem
        batch = Batch(context.batch_size)
        self._tell(SelfTesting())
        self._self_test(model, context, batch, plan.gpu_layers)
        info = self._info(model, context, header, plan)
        self._servers.leave_all_but(info.servers)
        return LoadedModel(
            model=model,
            context=context,
            batch=batch,
            adapting=adapting,
            embedder=Embedder(model, self._threads),
            guesser=self._load_guesser(model, context.size, plan),
            info=msgspec.structs.replace(info, load_seconds=time.perf_counter() - started),
            own_contexts=OwnContexts(
                self._load,
                header,
                model,
                adapting,
                size=context.size,
                threads=physical_cores(),
                plan=plan,
            ),
        )

    def _load_guesser(self, model: Model, size: int, plan: Plan) -> ModelGuesser | None:
        """Load the draft model, where there is to be one, where the model is, as far as there is room.

        Raises ModelError DRAFT_UNUSABLE.
        """
        path = self._load.draft_path
        if not path:
            return None
        wanted = Load(model_path=path, context_size=size, gpu_layers=self._load.gpu_layers if plan.gpu_layers else 0)
        problem: AppError | None = None
        try:
            for place in Offloading(wanted, read_header(Path(path)), self._backend).plans():
                try:
                    return self._open_guesser(model, Path(path), size, place)
                except AppError as error:
                    problem = self._explained(error)
                    if problem.code is not ErrorCode.MODEL_NO_MEMORY:
                        break
        except AppError as error:
            problem = error
        detail = problem.info.detail if problem is not None else ""
        raise ModelError(ErrorCode.DRAFT_UNUSABLE, detail, path=path) from problem

    def _open_guesser(self, model: Model, path: Path, size: int, place: Plan) -> ModelGuesser:
        """Load the draft model with its layers at a `place`; raises AppError."""
        self._backend.clear_log()
        draft = Model(
            path,
            extra_buffers=not self._load.safe_mode,
            on_progress=lambda _fraction: self._goes_on(),
            placement=Placement(place, self._backend, most_devices()),
        )
        on_gpu = place.gpu_layers > 0
        try:
            if draft.is_recurrent or not same_vocabulary(model, draft):
                raise ModelError(ErrorCode.DRAFT_UNUSABLE, "another vocabulary, or a memory of states")
            chunk = prompt_chunk(draft.parameter_count, on_gpu=on_gpu)
            context = Context(draft, size=size, threads=self._threads, batch_size=chunk, sequences=1, on_gpu=on_gpu)
        except AppError:
            draft.close()
            raise
        return ModelGuesser(draft, context, Batch(context.batch_size))

    def _check_options(self, header: Header) -> None:
        """Refuse what cannot work before gigabytes are read."""
        kv_type = self._load.kv_type
        if kv_type is not None and not can_keep_as(shape_of(header), kv_type):
            raise ModelError(ErrorCode.MODEL_KV_TYPE, path=str(self._path), kv_type=kv_type.value)
        for adapter in self._load.adapters:
            if not Path(adapter.path).is_file():
                raise ModelError(ErrorCode.ADAPTER_UNUSABLE, "the file is not there", path=adapter.path)

    def _load_once(self, plan: Plan) -> tuple[Model, Context, Adapting]:
        self._backend.clear_log()
        self._tell(Reading(plan.gpu_layers, plan.context))
        model = Model(
            self._path,
            extra_buffers=not self._load.safe_mode,
            on_progress=self._report,
            mmap=self._load.mmap,
            mlock=self._load.mlock,
            placement=Placement(plan, self._backend, most_devices()),
        )
        try:
            if not model.writes_text:
                raise ModelError(ErrorCode.MODEL_UNSUPPORTED, "it does not write text", path=str(self._path))
            context = Context(
                model,
                size=context_size(self._load.context_size, model.trained_context),
                threads=self._threads,
                batch_size=self._load.batch_size or prompt_chunk(model.parameter_count, on_gpu=plan.gpu_layers > 0),
                sequences=self._sequences,
                on_gpu=plan.gpu_layers > 0,
                kv_type=plan.kv_type,
                rows=self._sequences + MOST_GUESSED,
                flash_attention=self._load.flash_attention,
                kept_on_gpu=plan.context_on_gpu,
            )
        except AppError:
            model.close()
            raise
        try:
            adapting = Adapting(model, context)
            adapting.use(self._load.adapters)
        except AppError:
            context.close()
            model.close()
            raise
        return model, context, adapting

    @property
    def _threads(self) -> int:
        return self._load.threads or physical_cores()

    @property
    def _sequences(self) -> int:
        return max(1, min(self._load.sequences, MAX_SEQUENCES))

    def _check_memory(self, needed: int) -> None:
        """Refuse a context that cannot fit: the system would grant the memory, then kill for its use."""
        import psutil  # only here, and not needed by the owner

        available = psutil.virtual_memory().available
        if needed > available:
            detail = f"the context needs about {needed} bytes, {available} are free"
            raise ModelError(ErrorCode.MODEL_NO_MEMORY, detail, path=str(self._path))

    def _report(self, fraction: float) -> bool:
        now = time.perf_counter()
        if fraction >= 1.0 or now - self._progress_told >= _PROGRESS_SECONDS:
            self._progress_told = now
            self._tell(LoadProgress(fraction))
        return self._goes_on()

    def _explained(self, error: AppError) -> AppError:
        """Return what llama.cpp's log makes of a refusal."""
        log = self._backend.log()
        detail = f"{error.info.detail} {log}".strip()
        path = str(self._path)
        if any(sign in log for sign in _NO_MEMORY):
            return ModelError(ErrorCode.MODEL_NO_MEMORY, detail, path=path)
        if any(sign in log for sign in _NOT_SUPPORTED):
            return ModelError(ErrorCode.MODEL_UNSUPPORTED, detail, path=path)
        return type(error)(error.code, detail, **error.info.params)

    def _self_test(self, model: Model, context: Context, batch: Batch, gpu_layers: int) -> None:
        """Decode a few tokens together and one alone, the two ways that an answer takes."""
        tokens = model.tokenize("Hello, hello")[:6] or [max(model.begin_token, 0)]
        for position, token in enumerate(tokens):
            row = batch.add(token, position, 0, wants_logits=position == len(tokens) - 1)
        context.decode(batch)
        self._check(context.logits(row), gpu_layers)
        batch.clear()
        row = batch.add(tokens[0], len(tokens), 0, wants_logits=True)
        context.decode(batch)
        self._check(context.logits(row), gpu_layers)
        chain = SamplerChain(model)
        chain.add_greedy_pick()
        model.piece(context.sample(chain, row))
        chain.close()
        context.forget_all()

    def _check(self, logits: "array.array[float]", gpu_layers: int) -> None:
        """Refuse what no sound model computes: the model is at fault where the processor's safe settings computed it.

        A file with a hole of zeros loads, and says the same to everything.
        """
        highest, lowest = max(logits), min(logits)
        if any(map(math.isnan, logits)) or not math.isfinite(highest):
            detail = "self-test: the logits are no numbers"
            if self._load.safe_mode and gpu_layers == 0:
                raise ModelError(ErrorCode.MODEL_DAMAGED, detail, path=str(self._path))
            raise EngineError(ErrorCode.ENGINE_FAILED, detail)
        if highest == lowest:
            raise ModelError(ErrorCode.MODEL_DAMAGED, "self-test: all logits are equal", path=str(self._path))

    def _info(self, model: Model, context: Context, header: Header, plan: Plan) -> ModelInfo:
        allocations = self._backend.allocations
        return ModelInfo(
            name=split_file_name(self._path.name)[0],  # what files call themselves inside is often an internal name
            path=str(self._path),
            quantization=header.quantization,
            architecture=header.architecture,
            parameter_count=model.parameter_count,
            layer_count=model.layer_count,
            file_size=header.file_size,
            context_size=context.size,
            trained_context=model.trained_context,
            vocabulary_size=model.vocabulary_size,
            chat_template=model.chat_template,
            begin_token=_token_text(model, model.begin_token),
            end_token=_token_text(model, model.end_token),
            control_texts=model.control_texts,
            engine_build=self._build,
            engine_version=engine_version(),
            device=badge(plan, allocations, self._servers.devices),
            device_reason=why_alone(plan, self._backend.backends()),
            plan=plan,
            allocated=self._backend.allocated(),
            weights_left=weights_left(plan, allocations),
            steps_left=steps_left(plan, allocations),
            servers=servers_in(plan, self._servers.devices),
            missing_servers=self._servers.missing,
            safe_mode=self._load.safe_mode,
            model_hash=_quick_hash(self._path),
            kv_type=plan.kv_type.value,
            threads=self._threads,
            cores=physical_cores(),
            cpu_features=" ".join(cpu_features()),
        )


def _quick_hash(path: Path) -> str:
    """Return what tells a model's files from others, as a receipt names it; empty where they cannot be read."""
    try:
        return f"quick:{fingerprint(path.with_name(name) for name in part_names(path.name))}"
    except OSError:
        return ""


def tuner_for(load: Load, info: ModelInfo) -> ThreadTuner | None:
    """Return what finds the number of threads; None where a person chose it, or a graphics card does all the work."""
    return None if load.threads or info.device == GPU else ThreadTuner(physical_cores(), load=Watch().load)


def open_snapshots(load: Load, info: ModelInfo, using: Sequence[Adapter]) -> Snapshots | None:
    """Return where a loaded model keeps what it has read `using` adapters; None where that is not wanted or files are gone."""
    if not load.snapshot_folder or load.snapshot_bytes <= 0:
        return None
    path = Path(load.model_path)
    try:
        model = fingerprint(path.with_name(name) for name in part_names(path.name))
        adapters = tuple(f"{fingerprint([Path(adapter.path)])} {adapter.scale}" for adapter in using)
    except OSError:
        return None
    identity = Identity(
        model=model,
        engine=f"{info.engine_build}, {info.engine_version}, {'safe' if info.safe_mode else 'fast'}",
        device=info.device,
        kv_type=info.kv_type,
        adapters=adapters,
    )
    return Snapshots(Path(load.snapshot_folder), identity, load.snapshot_bytes)


def badge(plan: Plan, allocations: Allocations, servers: Sequence[Device] = ()) -> str:
    """Return what a model's badge says: not what was planned, but what llama.cpp says that it did."""
    layers = plan.gpu_layers if allocations.offloaded is None else allocations.offloaded
    if not any(allocations.on_devices().values()) and allocations.buffers:
        layers = 0
    elif left := weights_left(plan, allocations):
        there = 1.0 - left / sum(share.weights for share in plan.shares)
        layers = max(1, int(layers * there)) if there > _NEXT_TO_NOTHING else 0
    if layers == 0:
        return CPU
    if servers_in(plan, servers):
        elsewhere = {device.name for device in servers}
        on_cards = any(share.layers for share in plan.shares if share.device not in elsewhere)
        return f"{'GPU + remote' if on_cards else 'Remote'} {layers}/{plan.all_layers}"
    if layers < plan.all_layers or plan.cpu_experts:
        return f"GPU {layers}/{plan.all_layers}"
    return GPU_AND_CPU if steps_left(plan, allocations) is StepsLeft.ALL else GPU


def why_alone(plan: Plan, backends: Collection[str]) -> str:
    """Return why a model is on the processor where the engine build, which has these `backends`, knows of nothing else."""
    if plan.limit is not Limit.NO_DEVICE or has_part_for_cards(backends):
        return ""
    return N_("This engine build computes on the processor alone. For a graphics card, see “Hardware” in the settings.")


def weights_left(plan: Plan, allocations: Allocations) -> int:
    """Return the bytes of weights that were meant for devices and are not there.

    llama.cpp keeps those that a device cannot compute with, by how they are stored or their size, and says nothing.
    """
    planned = sum(share.weights for share in plan.shares)
    left = planned - allocations.weights
    return left if allocations.buffers and left > _UNCERTAIN * planned else 0


def steps_left(plan: Plan, allocations: Allocations) -> StepsLeft:
    """Return which steps of layers on devices the processor does, since the devices cannot; llama.cpp says nothing of it.

    It tells into how many parts it splits the work: one for the table of the tokens and one for each device, and two
    more for each layer with such a step. Where the processor has work of its own within layers, nothing is to be seen.
    """
    is_mixed = plan.cpu_experts or not plan.context_on_gpu or weights_left(plan, allocations)
    if plan.gpu_layers == 0 or is_mixed or allocations.splits is None:
        return StepsLeft.NONE
    usual = 1 + sum(share.layers > 0 for share in plan.shares)
    most = usual + max(_FEW_SPLITS, plan.gpu_layers // 4)
    reading, writing = allocations.splits
    if writing > most:
        return StepsLeft.ALL
    # with fewer layers there, their weights come to a device while a prompt is read
    return StepsLeft.READING if reading > most and plan.gpu_layers >= plan.all_layers else StepsLeft.NONE


def _token_text(model: Model, token: int) -> str:
    return model.piece(token, special=True).decode("utf-8", errors="replace") if token >= 0 else ""
