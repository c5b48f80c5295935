"""Says before a download whether a model fits this computer, from its figures and the memory that is free now."""

import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import TypeVar

import msgspec

from desktop_app.domain.catalogue import CatalogueModel, CatalogueShape
from desktop_app.domain.errors import AppError
from desktop_app.domain.fit import GPU_BANDWIDTH, MEMORY_BANDWIDTH, UNIFIED_BANDWIDTH, USUAL_CONTEXT, Device, Machine
from desktop_app.domain.gguf import read_header, read_prefix
from desktop_app.domain.hardware import ELSEWHERE, METAL, DeviceKind, Hardware, Report
from desktop_app.domain.hub import HubRepository
from desktop_app.domain.models import CPU, GPU, ModelInfo
from desktop_app.domain.offload import bytes_per_token, weights_of
from desktop_app.domain.shape import Shape, shape_of, sliding_pattern
from desktop_app.domain.verdict import Verdict, judge
from desktop_app.services.events import AnswerEnded, EngineChanged, ServiceEvent
from desktop_app.services.models.room import available_memory, total_memory
from desktop_app.services.network.hub import HubLink
from desktop_app.support.files import UNREADABLE, replace_json

MOST_JUDGED = 200
"""Choices of one repository that are judged; some have thousands of files."""
LEAST_TOKENS = 32
"""How long an answer must be to tell anything about speed."""
LARGE = 500_000_000
"""Bytes that are read for one token of a model which tells how fast larger ones will be."""
MEMORY = ""
"""Stands for the computer's own memory among the names of cards."""

Judged = TypeVar("Judged")


class Seen(msgspec.Struct, frozen=True):
    """Bytes a second that decoding got out of a memory: at most with any model, and with one that tells of larger ones."""

    most: float = 0.0
    large: float = 0.0

    def for_others(self, usual: float) -> float:
        """Return what other models will get, `usual` (0 for unknown) where no model told yet, or none told of more."""
        return self.large or (self.most if self.most > (usual or GPU_BANDWIDTH) else usual)


class Fitting:
    """Judges models for this computer; its speed estimates follow what was measured here."""

    def __init__(
        self,
        hub: HubLink,
        pool: Executor,
        file: Path,
        hardware: "Callable[[], Future[Report | None]] | None" = None,
        with_servers: Callable[[Machine], Machine] = lambda machine: machine,
    ) -> None:
        """`file` keeps what was measured; `hardware` tells which graphics cards the engine was found to use.

        `with_servers` adds to a computer what others are known to offer it; it is asked where the engine can use them.
        """
        self._hub = hub
        self._pool = pool
        self._file = file
        self._hardware = hardware
        self._with_servers = with_servers
        self._known: dict[str, ModelInfo] = {}
        self._measured: dict[str, Seen] | None = None
        self._read: dict[str, float] = {}
        """Bytes that one token takes, by the paths of models; a header has the whole vocabulary, and takes long to read."""

    @property
    def _speeds(self) -> dict[str, Seen]:
        """What was seen of the computer's memory, and of cards by their names."""
        if self._measured is None:
            try:
                self._measured = msgspec.json.decode(self._file.read_bytes(), type=dict[str, Seen])
            except UNREADABLE:
                self._measured = {}
        return self._measured

    def machine(self) -> "Future[Machine]":
        """Return this computer as it is now, with its cards as the engine saw them last, and what others offer it."""
        result: Future[Machine] = Future()

        def told(found: "Future[Report | None]") -> None:
            report = None if found.cancelled() or found.exception() is not None else found.result()
            result.set_result(self._machine(report))

        try:
            (self._hardware or self._no_hardware)().add_done_callback(told)
        except RuntimeError:  # the services are closing
            result.set_result(self._machine(None))
        return result

    def judge_recommended(self, models: Sequence[CatalogueModel]) -> "Future[list[list[Verdict]]]":
        """Return a verdict for each file of each model, without a network."""

        def judge_all(machine: Machine) -> list[list[Verdict]]:
            return [[_judge(shape_from(model.shape), file.bytes, machine) for file in model.files] for model in models]

        return self._for_machine(judge_all)

    def judge_repository(self, repository: HubRepository) -> "Future[list[Verdict]]":
        """Return a verdict for each of a repository's first choices, after one look at the start of its smallest file.

        Fails with DownloadError or ModelError.
        """
        file = repository.variants[0].files[0]
        start = self._hub.start_of(repository.repository, repository.commit, file)

        def judge_choices(machine: Machine) -> list[Verdict]:
            shape = shape_of(read_prefix(start.result(), file.size, file.name))
            return [_judge(shape, variant.size, machine) for variant in repository.variants[:MOST_JUDGED]]

        return self._for_machine(judge_choices, after=start)

    def hear(self, event: ServiceEvent) -> None:
        """Learn from each answer how fast this computer reads weights; returns at once."""
        if isinstance(event, EngineChanged) and event.model is not None:
            self._known[event.model.name] = event.model
            self._read.pop(event.model.path, None)  # it was loaded anew, and may be another file
        elif isinstance(event, AnswerEnded) and event.message.receipt is not None:
            receipt = event.message.receipt
            model = self._known.get(receipt.model_name)
            place = place_of(model) if model is not None else None
            if model is not None and place is not None and receipt.completion_tokens >= LEAST_TOKENS:
                with contextlib.suppress(RuntimeError):  # the services are closing
                    self._pool.submit(self._learn, Path(model.path), receipt.tokens_per_second, place)

    def measured(self, model_path: str, tokens_per_second: float, place: str) -> None:
        """Learn from what was measured of a model; `place` read its weights: a card, or MEMORY.

        Reads its header, so not for the window's thread.
        """
        self._learn(Path(model_path), tokens_per_second, place)

    def paced(self, models: Sequence[ModelInfo]) -> tuple[ModelInfo, ...]:
        """Return loaded models, their plans with the speeds that follow from what was measured here.

        Reads headers, so not for the window's thread.
        """
        return tuple(map(self._paced, models))

    def _for_machine(
        self, judge_for: Callable[[Machine], Judged], after: "Future[bytes] | None" = None
    ) -> "Future[Judged]":
        """Return what `judge_for` makes of this computer, in a thread of the pool, once `after` has come."""
        result: Future[Judged] = Future()

        def run(machine: Machine) -> None:
            try:
                result.set_result(judge_for(machine))
            except AppError as error:
                result.set_exception(error)

        def told(machine: "Future[Machine]") -> None:
            try:
                self._pool.submit(run, machine.result())
            except RuntimeError:  # the services are closing
                result.cancel()

        if after is None:
            self.machine().add_done_callback(told)
        else:
            after.add_done_callback(lambda _: self.machine().add_done_callback(told))
        return result

    def _machine(self, report: Report | None) -> Machine:
        machine = Machine(
            free_memory=available_memory(),
            total_memory=total_memory(),
            devices=tuple(
                Device(
                    name=card.name,
                    kind="integrated" if card.kind is DeviceKind.INTEGRATED else "gpu",
                    free_memory=card.free_memory,
                    total_memory=card.total_memory,
                    bandwidth=self._speeds.get(card.name, Seen()).for_others(_usual_bandwidth(card)),
                    largest_buffer=card.largest_buffer,
                    largest_result=card.largest_result,
                )
                for card in (report.cards if report is not None else ())
            ),
            seen_at=report.looked_at if report is not None else 0.0,
            cards=report.card_names if report is not None else (),
        )
        speed = self._speeds.get(MEMORY, Seen()).for_others(MEMORY_BANDWIDTH)
        machine = msgspec.structs.replace(machine, bandwidth=speed)
        speaks = report is not None and report.engine is not None and ELSEWHERE in report.engine.backends
        return self._with_servers(machine) if speaks else machine

    def _no_hardware(self) -> "Future[Report | None]":
        nothing: Future[Report | None] = Future()
        nothing.set_result(None)
        return nothing

    def _paced(self, model: ModelInfo) -> ModelInfo:
        place = place_of(model)
        speed = self._speeds.get(place, Seen()).most if place is not None else 0.0
        read = self._bytes_read(Path(model.path)) if speed else 0.0
        if model.plan is None or not read:
            return model
        return msgspec.structs.replace(model, plan=msgspec.structs.replace(model.plan, tokens_per_second=speed / read))

    def _bytes_read(self, file: Path) -> float:
        """Return how much of a model is read for one token, 0 where the file was removed meanwhile."""
        if str(file) not in self._read:
            try:
                header = read_header(file)
            except AppError:
                return 0.0
            shape = shape_of(header)
            self._read[str(file)] = bytes_per_token(shape, weights_of(shape, [header.sizes]))
        return self._read[str(file)]

    def _learn(self, file: Path, tokens_per_second: float, place: str) -> None:
        """Keep the highest bandwidth seen: small models are held up by more than memory, so they show too little.

        By the starter alone every other model would seem several times too slow, and a tiny one would be suggested.
        """
        read = self._bytes_read(file)
        speed, known = tokens_per_second * read, self._speeds.get(place, Seen())
        seen = Seen(max(known.most, speed), max(known.large, speed) if read >= LARGE else known.large)
        if seen != known:
            self._measured = {**self._speeds, place: seen}
            with contextlib.suppress(OSError):
                replace_json(self._file, self._measured)


def place_of(model: ModelInfo) -> str | None:
    """Return what reads all weights of a model: MEMORY, or a card by its name; None where several do."""
    if model.device == CPU:
        return MEMORY
    used = [share.device for share in model.plan.shares if share.layers] if model.plan is not None else []
    return used[0] if model.device == GPU and len(used) == 1 else None


def _usual_bandwidth(card: Hardware) -> float:
    """Return what reading weights on a card gets before it was measured, 0 for what is usual for its kind."""
    is_apples = card.kind is DeviceKind.INTEGRATED and card.backend in METAL
    return UNIFIED_BANDWIDTH if is_apples else 0.0


def _judge(shape: Shape, weights_bytes: int, machine: Machine) -> Verdict:
    return judge(shape, weights_bytes, machine, wanted_context=USUAL_CONTEXT)


def shape_from(known: CatalogueShape) -> Shape:
    """Return the shape that the curated list knows of a model."""
    slides = known.sliding_window and known.sliding_window_pattern
    return Shape(
        architecture=known.architecture,
        layer_count=known.layer_count,
        embedding_length=known.embedding_length,
        feed_forward_length=known.feed_forward_length,
        head_count=known.head_count,
        head_counts_kv=(known.head_count_kv,) * known.layer_count,
        key_length=known.key_length,
        value_length=known.value_length,
        vocabulary_size=known.vocabulary_size,
        trained_context=known.trained_context,
        expert_count=known.expert_count,
        expert_used_count=known.expert_used_count,
        sliding_window=known.sliding_window,
        sliding_layers=sliding_pattern(known.layer_count, known.sliding_window_pattern) if slides else (),
    )
