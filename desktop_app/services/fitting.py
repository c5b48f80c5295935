"""Says before a download whether a model fits this computer, from its figures and the memory that is free now."""

import contextlib
from collections.abc import Sequence
from concurrent.futures import Executor, Future
from pathlib import Path

import msgspec

from desktop_app.domain.catalogue import CatalogueModel, CatalogueShape
from desktop_app.domain.errors import AppError
from desktop_app.domain.fit import (
    USUAL_CONTEXT,
    Machine,
    Shape,
    Verdict,
    bytes_per_token,
    calibrate,
    judge,
    shape_of,
    sliding_pattern,
)
from desktop_app.domain.gguf import read_header, read_prefix
from desktop_app.domain.hub import HubRepository
from desktop_app.services.events import AnswerEnded, EngineChanged, ServiceEvent
from desktop_app.services.hub import HubLink
from desktop_app.services.room import available_memory, total_memory
from desktop_app.support.files import replace_file

MOST_JUDGED = 200
"""Choices of one repository that are judged; some have thousands of files."""
LEAST_TOKENS = 32
"""How long an answer must be to tell anything about speed."""


class Fitting:
    """Judges models for this computer; its speed estimates follow what was measured here."""

    def __init__(self, hub: HubLink, pool: Executor, file: Path) -> None:
        """`file` keeps what was measured."""
        self._hub = hub
        self._pool = pool
        self._file = file
        self._known: dict[str, str] = {}
        self._measured: float | None = None

    @property
    def _bandwidth(self) -> float:
        """Bytes a second that decoding gets out of this computer's memory; 0 before anything was measured."""
        if self._measured is None:
            try:
                self._measured = msgspec.json.decode(self._file.read_bytes(), type=float)
            except (OSError, msgspec.MsgspecError):
                self._measured = 0.0
        return self._measured

    def machine(self) -> Machine:
        """Return this computer as it is now; asks the system, so not for the window's thread."""
        machine = Machine(free_memory=available_memory(), total_memory=total_memory())
        return msgspec.structs.replace(machine, bandwidth=self._bandwidth) if self._bandwidth else machine

    def judge_recommended(self, models: Sequence[CatalogueModel]) -> "Future[list[list[Verdict]]]":
        """Return a verdict for each file of each model, without a network."""
        return self._pool.submit(self._judge_recommended, models)

    def judge_repository(self, repository: HubRepository) -> "Future[list[Verdict]]":
        """Return a verdict for each of a repository's first choices, after one look at the start of its smallest file.

        Fails with DownloadError or ModelError.
        """
        result: Future[list[Verdict]] = Future()
        file = repository.variants[0].files[0]

        def judged(start: "Future[bytes]") -> None:
            error = start.exception()
            if error is not None:
                result.set_exception(error)
                return
            try:
                shape = shape_of(read_prefix(start.result(), file.size, file.name))
            except AppError as failure:
                result.set_exception(failure)
                return
            machine = self.machine()
            result.set_result([_judge(shape, variant.size, machine) for variant in repository.variants[:MOST_JUDGED]])

        asked = self._hub.start_of(repository.repository, repository.commit, file)
        asked.add_done_callback(lambda start: self._pool.submit(judged, start))
        return result

    def hear(self, event: ServiceEvent) -> None:
        """Learn from each answer how fast this computer reads weights; returns at once."""
        if isinstance(event, EngineChanged) and event.model is not None:
            self._known[event.model.name] = event.model.path
        elif isinstance(event, AnswerEnded) and event.message.receipt is not None:
            receipt = event.message.receipt
            path = self._known.get(receipt.model_name)
            if path is not None and receipt.completion_tokens >= LEAST_TOKENS:
                with contextlib.suppress(RuntimeError):  # the services are closing
                    self._pool.submit(self._learn, Path(path), receipt.tokens_per_second)

    def measured(self, model_path: str, tokens_per_second: float) -> None:
        """Learn from what was measured of a model's speed; reads its header, so not for the window's thread."""
        self._learn(Path(model_path), tokens_per_second)

    def _learn(self, file: Path, tokens_per_second: float) -> None:
        """Keep the highest bandwidth seen: small models are held up by more than memory, so they show too little."""
        try:
            header = read_header(file)
        except AppError:
            return  # removed meanwhile
        read = bytes_per_token(shape_of(header), header.file_size)
        seen = calibrate(self.machine(), tokens_per_second, read).bandwidth
        if seen > self._bandwidth:
            self._measured = seen
            with contextlib.suppress(OSError):
                self._file.parent.mkdir(parents=True, exist_ok=True)
                replace_file(self._file, msgspec.json.encode(seen))

    def _judge_recommended(self, models: Sequence[CatalogueModel]) -> list[list[Verdict]]:
        machine = self.machine()
        return [[_judge(shape_from(model.shape), file.bytes, machine) for file in model.files] for model in models]


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
