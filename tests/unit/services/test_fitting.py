"""Verdicts on models before they are downloaded, and the speed that was measured here."""

from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from desktop_app.domain.errors import DownloadError, ErrorCode, ModelError
from desktop_app.domain.fit import MEMORY_BANDWIDTH, Fit, Machine, shape_of
from desktop_app.domain.gguf import read_header
from desktop_app.domain.hub import HubFile, HubRepository, Variant
from desktop_app.domain.messages import Message, MessageStatus, Receipt, Role
from desktop_app.domain.models import ModelInfo
from desktop_app.services import fitting as fitting_module
from desktop_app.services.events import AnswerEnded, EngineChanged, EngineState
from desktop_app.services.fitting import Fitting, shape_from
from desktop_app.sources.catalogue import read_catalogue

GIGABYTE = 1_000_000_000


class Hub:
    """Answers with the start of a real file."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.error: Exception | None = None
        self.asked = 0

    def start_of(self, repository: str, commit: str, file: HubFile) -> "Future[bytes]":
        self.asked += 1
        result: Future[bytes] = Future()
        if self.error is not None:
            result.set_exception(self.error)
        else:
            result.set_result(self.content)
        return result


@pytest.fixture
def pool() -> Iterator[Executor]:
    with ThreadPoolExecutor(2) as made:
        yield made


@pytest.fixture
def hub(starter_model: str) -> Hub:
    with Path(starter_model).open("rb") as file:
        return Hub(file.read(128 * 1024))


@pytest.fixture
def fitting(hub: Hub, pool: Executor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fitting:
    monkeypatch.setattr(fitting_module, "available_memory", lambda: 12 * GIGABYTE)
    monkeypatch.setattr(fitting_module, "total_memory", lambda: 16 * GIGABYTE)
    return Fitting(hub, pool, tmp_path / "data" / "speed.json")  # type: ignore[arg-type]


def repository(*sizes: int) -> HubRepository:
    variants = tuple(
        Variant(name="M", quantization=f"Q{place}_0", files=(HubFile(name=f"M-Q{place}_0.gguf", size=size),))
        for place, size in enumerate(sizes)
    )
    return HubRepository(repository="a/M-GGUF", commit="c", variants=variants)


def test_one_look_judges_every_choice(fitting: Fitting, hub: Hub) -> None:
    verdicts = fitting.judge_repository(repository(98_362_432, 5 * GIGABYTE, 10 * GIGABYTE, 40 * GIGABYTE)).result(10)
    assert [verdict.fit for verdict in verdicts] == [Fit.MEMORY, Fit.MEMORY, Fit.MEMORY, Fit.TOO_LARGE]
    assert [verdict.fits_well for verdict in verdicts] == [True, True, False, False]
    assert verdicts[0].tokens_per_second > verdicts[1].tokens_per_second > 0
    assert hub.asked == 1


def test_what_cannot_be_read_is_an_error(fitting: Fitting, hub: Hub) -> None:
    hub.content = b"<html>not found</html>"
    with pytest.raises(ModelError):
        fitting.judge_repository(repository(1000)).result(10)
    hub.error = DownloadError(ErrorCode.DOWNLOAD_OFFLINE)
    with pytest.raises(DownloadError):
        fitting.judge_repository(repository(1000)).result(10)


def test_the_curated_list_is_judged_without_a_network(fitting: Fitting, hub: Hub) -> None:
    models = read_catalogue().models
    verdicts = fitting.judge_recommended(models).result(10)
    assert [len(fits) for fits in verdicts] == [len(model.files) for model in models]
    fits = {
        model.id: [verdict.fit for verdict in verdict_list]
        for model, verdict_list in zip(models, verdicts, strict=True)
    }
    assert set(fits["smollm2-135m-instruct"]) == {Fit.MEMORY}
    assert any(set(found) == {Fit.TOO_LARGE} for found in fits.values())
    assert hub.asked == 0


def test_the_list_knows_the_starter_as_its_file_does(starter_model: str) -> None:
    assert shape_from(read_catalogue().models[0].shape) == shape_of(read_header(Path(starter_model)))


def answered(tokens: int, speed: float) -> AnswerEnded:
    receipt = Receipt(model_name="Starter", completion_tokens=tokens, tokens_per_second=speed)
    message = Message(id="a", chat_id="c", parent_id=None, role=Role.ASSISTANT, parts=(),
                      status=MessageStatus.COMPLETE, created_at=0.0, receipt=receipt)  # fmt: skip
    return AnswerEnded(message)


def test_speed_is_learnt_from_answers_and_kept(hub: Hub, fitting: Fitting, tmp_path: Path, starter_model: str) -> None:
    assert fitting.machine() == Machine(
        free_memory=12 * GIGABYTE, total_memory=16 * GIGABYTE, bandwidth=MEMORY_BANDWIDTH
    )
    size = Path(starter_model).stat().st_size
    with ThreadPoolExecutor(1) as pool:
        own = Fitting(hub, pool, tmp_path / "data" / "speed.json")  # type: ignore[arg-type]
        model = ModelInfo(name="Starter", path=starter_model)
        own.hear(EngineChanged(model_path=starter_model, state=EngineState.READY, model=model))
        own.hear(answered(8, 900.0))  # too short to tell
        own.hear(answered(100, 80.0))
        own.hear(answered(100, 60.0))  # something else was running
    own.hear(answered(100, 90.0))  # the services are closing
    again = Fitting(hub, pool, tmp_path / "data" / "speed.json")  # type: ignore[arg-type]
    assert again.machine().bandwidth == pytest.approx(80.0 * size)
