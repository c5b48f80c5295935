"""Verdicts on models before they are downloaded, and the speed that was measured here."""

from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from desktop_app.domain.errors import DownloadError, EngineError, ErrorCode, ModelError
from desktop_app.domain.fit import MEMORY_BANDWIDTH, UNIFIED_BANDWIDTH, KvType, Machine
from desktop_app.domain.gguf import Header, read_header
from desktop_app.domain.hardware import DeviceKind, Hardware, Report, WhyNot
from desktop_app.domain.hub import HubFile, HubRepository, Variant
from desktop_app.domain.messages import Message, MessageStatus, Receipt, Role
from desktop_app.domain.models import ModelInfo
from desktop_app.domain.offload import Limit, Plan, Share, bytes_per_token, weights_of
from desktop_app.domain.shape import shape_of
from desktop_app.domain.verdict import Fit
from desktop_app.services.events import AnswerEnded, EngineChanged, EngineState
from desktop_app.services.models import fitting as fitting_module
from desktop_app.services.models.fitting import Fitting, shape_from
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
def hub(starter_model: str) -> Hub:
    with Path(starter_model).open("rb") as file:
        return Hub(file.read(128 * 1024))


@pytest.fixture
def fitting(hub: Hub, pool: Executor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fitting:
    monkeypatch.setattr(fitting_module, "available_memory", lambda: 12 * GIGABYTE)
    monkeypatch.setattr(fitting_module, "total_memory", lambda: 16 * GIGABYTE)
    return Fitting(hub, pool, tmp_path / "data" / "speed.json")


def repository(*sizes: int) -> HubRepository:
    variants = tuple(
        Variant(name="M", quantization=f"Q{place}_0", files=(HubFile(name=f"M-Q{place}_0.gguf", size=size),))
        for place, size in enumerate(sizes)
    )
    return HubRepository(repository="a/M-GGUF", commit="c", variants=variants)


def test_one_look_judges_every_choice(fitting: Fitting, hub: Hub) -> None:
    verdicts = fitting.judge_repository(repository(98_362_432, 5 * GIGABYTE, 10 * GIGABYTE, 40 * GIGABYTE)).result(60)
    assert [verdict.fit for verdict in verdicts] == [Fit.MEMORY, Fit.MEMORY, Fit.MEMORY, Fit.TOO_LARGE]
    assert [verdict.fits_well for verdict in verdicts] == [True, True, False, False]
    assert verdicts[0].tokens_per_second > verdicts[1].tokens_per_second > 0
    assert hub.asked == 1


def test_what_cannot_be_read_is_an_error(fitting: Fitting, hub: Hub) -> None:
    hub.content = b"<html>not found</html>"
    with pytest.raises(ModelError):
        fitting.judge_repository(repository(1000)).result(60)
    hub.error = DownloadError(ErrorCode.DOWNLOAD_OFFLINE)
    with pytest.raises(DownloadError):
        fitting.judge_repository(repository(1000)).result(60)


def test_the_curated_list_is_judged_without_a_network(fitting: Fitting, hub: Hub) -> None:
    models = read_catalogue().models
    verdicts = fitting.judge_recommended(models).result(60)
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


@pytest.fixture
def starter_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the starter for a model that tells how fast others are."""
    monkeypatch.setattr(fitting_module, "LARGE", 1)


@pytest.mark.usefixtures("starter_counts")
def test_speed_is_learnt_from_answers_and_kept(hub: Hub, fitting: Fitting, tmp_path: Path, starter_model: str) -> None:
    assert fitting.machine().result(60) == Machine(
        free_memory=12 * GIGABYTE, total_memory=16 * GIGABYTE, bandwidth=MEMORY_BANDWIDTH
    )
    header = read_header(Path(starter_model))
    read = bytes_per_token(shape_of(header), weights_of(shape_of(header), [header.sizes]))
    assert read == pytest.approx(Path(starter_model).stat().st_size, rel=0.02)
    with ThreadPoolExecutor(1) as pool:
        own = Fitting(hub, pool, tmp_path / "data" / "speed.json")
        model = ModelInfo(name="Starter", path=starter_model)
        own.hear(EngineChanged(model_path=starter_model, state=EngineState.READY, model=model))
        own.hear(answered(8, 900.0))  # too short to tell
        own.hear(answered(100, 80.0))
        own.hear(answered(100, 60.0))  # something else was running
    own.hear(answered(100, 90.0))  # the services are closing
    again = Fitting(hub, pool, tmp_path / "data" / "speed.json")
    assert again.machine().result(60).bandwidth == pytest.approx(80.0 * read)


def test_a_header_is_read_once_for_all_answers_of_a_loaded_model(
    hub: Hub, tmp_path: Path, starter_model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []

    def counted(path: Path) -> Header:
        read.append(path)
        return read_header(path)

    monkeypatch.setattr(fitting_module, "read_header", counted)
    for times in (1, 2):
        with ThreadPoolExecutor(1) as pool:
            own = Fitting(hub, pool, tmp_path / f"{times}.json")
            for _ in range(times):
                own.hear(loaded(starter_model, "CPU"))
                for _answer in range(3):
                    own.hear(answered(100, 80.0))
                pool.submit(lambda: None).result(60)  # all of these are learnt
        assert read == [Path(starter_model)] * times
        read.clear()


def loaded(path: str, device: str, *layers: int) -> EngineChanged:
    shares = tuple(
        Share(device=f"CUDA{place}", layers=count, weights=0, kv_cache=0, compute=0)
        for place, count in enumerate(layers)
    )
    plan = Plan(
        context=1, kv_type=KvType.F16, flash_attention=True, gpu_layers=sum(layers), all_layers=31, shares=shares,
        cpu_experts=0, context_on_gpu=True, host=0, tokens_per_second=0.0, limit=Limit.NONE, fits=True,
    )  # fmt: skip
    model = ModelInfo(name="Starter", path=path, device=device, plan=plan)
    return EngineChanged(model_path=path, state=EngineState.READY, model=model)


def report(*names: str, kind: DeviceKind = DeviceKind.CARD) -> Report:
    cards = [
        Hardware(
            name=name,
            kind=kind,
            free_memory=20 * GIGABYTE,
            total_memory=24 * GIGABYTE,
            largest_buffer=GIGABYTE,
            largest_result=4 * GIGABYTE,
        )
        for name in names
    ]
    left_aside = Hardware(name="Vulkan0", kind=DeviceKind.CARD, why_not=WhyNot.SAME_CARD, detail="CUDA0")
    return Report(looked_at=0.0, devices=(*cards, left_aside))


def knowing(found: Report | None) -> Callable[[], "Future[Report | None]"]:
    def told() -> "Future[Report | None]":
        future: Future[Report | None] = Future()
        future.set_result(found)
        return future

    return told


@pytest.mark.usefixtures("starter_counts")
def test_what_runs_on_a_card_tells_of_the_card_alone(hub: Hub, tmp_path: Path, starter_model: str) -> None:
    with ThreadPoolExecutor(1) as pool:
        own = Fitting(hub, pool, tmp_path / "speed.json", knowing(report("CUDA0", "CUDA1")))
        own.hear(loaded(starter_model, "GPU", 0, 31))
        own.hear(answered(100, 900.0))
        for mixed in (loaded(starter_model, "GPU", 10, 21), loaded(starter_model, "GPU 10/31", 10)):
            own.hear(mixed)
            own.hear(answered(100, 5000.0))
    first, second = own.machine().result(60).devices
    assert (first.name, first.kind, first.bandwidth, first.free_memory) == ("CUDA0", "gpu", 0.0, 20 * GIGABYTE)
    assert (first.largest_buffer, first.largest_result) == (GIGABYTE, 4 * GIGABYTE)
    assert second.bandwidth == pytest.approx(900.0 * 98_362_432, rel=0.02)
    assert own.machine().result(60).bandwidth == MEMORY_BANDWIDTH


def test_a_small_model_makes_no_other_seem_slow(hub: Hub, tmp_path: Path, starter_model: str) -> None:
    with ThreadPoolExecutor(1) as pool:
        own = Fitting(hub, pool, tmp_path / "speed.json", knowing(report("CUDA0")))
        own.measured(starter_model, 40.0, "")  # held up by more than the memory
        own.measured(starter_model, 300.0, "CUDA0")
        machine = own.machine().result(60)
        assert (machine.bandwidth, machine.devices[0].bandwidth) == (MEMORY_BANDWIDTH, 0.0)
        (paced,) = own.paced([model for model in (loaded(starter_model, "CPU").model,) if model is not None])
        assert paced.plan is not None
        assert paced.plan.tokens_per_second == pytest.approx(40.0)  # of itself it tells
        own.measured(starter_model, 400.0, "")
        own.measured(starter_model, 4000.0, "CUDA0")
        machine = own.machine().result(60)
        assert machine.bandwidth == pytest.approx(400.0 * 98_362_432, rel=0.02)  # at least that
        assert machine.devices[0].bandwidth == pytest.approx(4000.0 * 98_362_432, rel=0.02)


def test_the_speed_of_loaded_models_follows_what_was_measured(hub: Hub, tmp_path: Path, starter_model: str) -> None:
    models = [
        event.model
        for event in (
            loaded(starter_model, "CPU"), loaded(starter_model, "GPU", 31), loaded(starter_model, "GPU", 0, 31),
            loaded(starter_model, "GPU 10/31", 10), loaded(str(tmp_path / "gone.gguf"), "CPU"),
        )
        if event.model is not None
    ]  # fmt: skip
    with ThreadPoolExecutor(1) as pool:
        own = Fitting(hub, pool, tmp_path / "speed.json")
        assert own.paced(models) == tuple(models)
        own.measured(starter_model, 80.0, "")
        own.measured(starter_model, 900.0, "CUDA1")
        paces = [model.plan.tokens_per_second for model in own.paced(models) if model.plan is not None]
    assert paces == pytest.approx([80.0, 0.0, 900.0, 0.0, 0.0])


@pytest.mark.parametrize(
    ("found", "fits"),
    [
        (report("CUDA0"), [Fit.GPU, Fit.GPU, Fit.GPU, Fit.TOO_LARGE]),
        (report("Vulkan0", kind=DeviceKind.INTEGRATED), [Fit.GPU, Fit.GPU, Fit.GPU, Fit.TOO_LARGE]),
        (report(), [Fit.MEMORY, Fit.MEMORY, Fit.MEMORY, Fit.TOO_LARGE]),
        (None, [Fit.MEMORY, Fit.MEMORY, Fit.MEMORY, Fit.TOO_LARGE]),
    ],
)
def test_verdicts_know_the_cards(
    hub: Hub, pool: Executor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: Report | None, fits: list[Fit]
) -> None:
    monkeypatch.setattr(fitting_module, "available_memory", lambda: 12 * GIGABYTE)
    monkeypatch.setattr(fitting_module, "total_memory", lambda: 16 * GIGABYTE)
    fitting = Fitting(hub, pool, tmp_path / "speed.json", knowing(found))
    verdicts = fitting.judge_repository(repository(98_362_432, 5 * GIGABYTE, 9 * GIGABYTE, 40 * GIGABYTE)).result(60)
    assert [verdict.fit for verdict in verdicts] == fits


@pytest.mark.parametrize(
    ("backend", "kind", "bandwidth"),
    [
        ("MTL", DeviceKind.INTEGRATED, UNIFIED_BANDWIDTH),
        ("MTL", DeviceKind.CARD, 0.0),
        ("Vulkan", DeviceKind.INTEGRATED, 0.0),
    ],
)
def test_the_memory_of_apples_processors_is_faster_than_that_of_usual_computers(
    hub: Hub, pool: Executor, tmp_path: Path, backend: str, kind: DeviceKind, bandwidth: float
) -> None:
    card = Hardware(name="MTL0", kind=kind, backend=backend, free_memory=11 * GIGABYTE, total_memory=11 * GIGABYTE)
    found = Report(looked_at=0.0, devices=(card,))
    judging = Fitting(hub, pool, tmp_path / "speed.json", knowing(found))
    assert [device.bandwidth for device in judging.machine().result(60).devices] == [bandwidth]


@pytest.mark.parametrize("is_given_up", [False, True])
def test_a_look_at_the_hardware_that_fails_leaves_the_processor(
    hub: Hub, pool: Executor, tmp_path: Path, is_given_up: bool
) -> None:
    look: Future[Report | None] = Future()
    if is_given_up:
        look.cancel()
    else:
        look.set_exception(EngineError(ErrorCode.ENGINE_START_FAILED))
    machine = Fitting(hub, pool, tmp_path / "speed.json", lambda: look).machine().result(60)
    assert (machine.devices, machine.cards) == ((), ())
    assert machine.free_memory > 0
