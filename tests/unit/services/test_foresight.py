"""What is said of a model before it is loaded: where it would be, and what it would take of which memory."""

from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from desktop_app.domain.fit import Device, KvType, Machine
from desktop_app.domain.model_defaults import LoadOptions, ModelDefaults
from desktop_app.domain.models import ModelInfo
from desktop_app.domain.offload import Limit
from desktop_app.domain.together import Held
from desktop_app.domain.tuning import Preferences, Preferred
from desktop_app.services.engines.foresight import Forecast, Foresight
from desktop_app.services.engines.load_orders import LoadOrders
from desktop_app.services.hardware.servers import NO_SERVERS
from desktop_app.settings.schema import EngineSettings
from tests.benchmarks import gguf_writer

MB, GB = 1_000_000, 1_000_000_000
CARD = Device(name="CUDA0", kind="gpu", free_memory=8 * GB, total_memory=8 * GB)
Foresee = Callable[..., Forecast]
NOTHING_MEASURED: Preferences = {}


def foresight_of(
    pool: Executor,
    free: int,
    devices: tuple[Device, ...],
    workers: tuple[Held, ...] = (),
    tuned: Preferences = NOTHING_MEASURED,
) -> Foresight:
    machine: Future[Machine] = Future()
    cards = tuple(f"Card {device.name}" for device in devices)
    machine.set_result(Machine(free_memory=0, total_memory=16 * GB, devices=devices, seen_at=10.0, cards=cards))
    return Foresight(
        orders=LoadOrders(
            settings=EngineSettings,
            defaults=lambda _path: ModelDefaults(),
            tuned=lambda _path: tuned,
            servers=NO_SERVERS,
            snapshot_folder="",
        ),
        most=4,
        machine=lambda: machine,
        available_memory=lambda: free,
        workers=lambda _paths: workers,
        pool=pool,
    )


@pytest.fixture
def foresee(starter_model: str) -> Foresee:
    def look(*devices: Device, free: int = 4 * GB, workers: tuple[Held, ...] = (), **options: object) -> Forecast:
        with ThreadPoolExecutor(1) as pool:
            foresight = foresight_of(pool, free, devices, workers)
            return foresight.forecast(starter_model, LoadOptions(**options)).result(60)

    return look


def test_what_is_on_a_card_takes_nothing_of_the_computers_memory(foresee: Foresee) -> None:
    alone, beside = foresee(), foresee(CARD)
    assert alone.plan is None
    assert beside.plan is not None
    assert (beside.plan.gpu_layers, beside.plan.all_layers, beside.plan.limit) == (31, 31, Limit.NONE)
    assert beside.needed < 150 * MB < 400 * MB < alone.needed


def test_a_model_is_too_large_where_its_weights_alone_have_no_room_anywhere(foresee: Foresee) -> None:
    assert foresee(free=50 * MB).is_too_large
    assert not foresee(free=200 * MB).is_too_large  # its context is
    assert not foresee(CARD, free=50 * MB).is_too_large
    inside = Device(name="Vulkan0", kind="integrated", free_memory=8 * GB, total_memory=8 * GB)
    assert foresee(inside, free=50 * MB).is_too_large


def test_it_follows_what_is_set(foresee: Foresee) -> None:
    half = foresee(CARD, gpu_layers=15)
    assert half.plan is not None
    assert (half.plan.gpu_layers, half.plan.limit) == (15, Limit.WISHED)
    none = foresee(CARD, gpu_layers=0)
    assert none.plan is not None
    assert none.plan.limit is Limit.SWITCHED_OFF
    assert foresee(CARD).needed < half.needed < none.needed
    assert foresee(CARD, gpu_layers=15, context_size=512).needed < half.needed


@pytest.mark.parametrize(("cards", "layers"), [((), 31), (("Card CUDA0",), 0), (("Card CUDA0", "Card CUDA1"), 31)])
def test_what_was_measured_counts_with_the_cards_that_were_there(
    starter_model: str, cards: tuple[str, ...], layers: int
) -> None:
    tuned = {cards: Preferred(batch_size=0, flash_attention=None, gpu_layers=0)}
    with ThreadPoolExecutor(1) as pool:
        made = foresight_of(pool, 4 * GB, (CARD,), tuned=tuned).forecast(starter_model, LoadOptions()).result(60)
    assert made.plan is not None
    assert made.plan.gpu_layers == layers


def test_a_card_that_was_measured_to_be_slow_holds_what_its_worker_will_put_there(foresee: Foresee) -> None:
    slow = Device(name="CUDA0", kind="gpu", free_memory=2 * GB, total_memory=2 * GB, bandwidth=1e8)
    made = foresee(slow, context_size=65536)
    assert made.plan is not None
    assert (made.plan.gpu_layers, made.plan.kv_type) == (31, KvType.Q8_0)


def test_another_computer_is_told_of_only_where_the_model_needs_it(foresee: Foresee) -> None:
    server = Device(name="10.0.0.2:50052", kind="server", free_memory=9 * GB, total_memory=9 * GB)
    assert foresee(server).plan is None
    needy = foresee(server, free=200 * MB)
    assert needy.plan is not None
    assert needy.servers == ("10.0.0.2:50052",)


def test_its_own_worker_gives_back_what_it_holds_and_another_does_not(foresee: Foresee, starter_model: str) -> None:
    full = Device(name="CUDA0", kind="gpu", free_memory=100 * MB, total_memory=8 * GB)

    def worker(path: str) -> Held:
        model = ModelInfo(name="m", path=path, context_size=1, allocated={"CUDA0": 6 * GB})
        return Held(memory=GB, stays=False, model=model, loaded_at=5.0)

    own, other = foresee(full, workers=(worker(starter_model),)), foresee(full, workers=(worker("/other.gguf"),))
    assert own.plan is not None
    assert other.plan is not None
    assert (own.plan.gpu_layers, own.free) == (31, 5 * GB)
    assert (other.plan.gpu_layers, other.plan.limit, other.free) == (0, Limit.MEMORY, 4 * GB)


def test_it_is_said_while_another_model_is_being_loaded(foresee: Foresee) -> None:
    assert foresee(workers=(Held(memory=GB, stays=True),)).needed == foresee().needed > 0


def test_no_more_models_are_together_than_are_ever_loaded_at_once(starter_model: str) -> None:
    paths = [f"/{number}.gguf" for number in range(5)]
    with ThreadPoolExecutor(1) as pool:
        foresight = foresight_of(pool, 4 * GB, ())
        assert foresight.fit_together(paths[:4], lambda: [starter_model]).result(60)
        assert not foresight.fit_together(paths, list).result(60)


def test_models_are_together_where_those_that_are_missing_have_room(starter_model: str, tmp_path: Path) -> None:
    gone = str(tmp_path / "gone.gguf")  # loading it will tell
    with ThreadPoolExecutor(1) as pool:
        ample, short = (foresight_of(pool, free, ()) for free in (4 * GB, 100 * MB))
        assert ample.fit_together([starter_model], lambda: [starter_model, gone]).result(60)
        assert not short.fit_together([starter_model], lambda: [starter_model, gone]).result(60)
        assert short.fit_together([starter_model], lambda: [gone]).result(60)
        assert short.fit_together([starter_model], list).result(60), "it is loaded already"


@pytest.mark.parametrize("experts", [0, 4])
def test_a_mixture_is_told_by_its_header(tmp_path: Path, experts: int) -> None:
    shape = gguf_writer.Plan(
        layers=2, embedding=32, feed_forward=32, heads=2, heads_kv=2, vocabulary=300, context=256,
        kind=gguf_writer.F32_TENSOR, experts=experts, experts_used=experts // 2,
    )  # fmt: skip
    file = gguf_writer.write_model(tmp_path / "made.gguf", shape)
    with ThreadPoolExecutor(1) as pool:
        forecast = foresight_of(pool, GB, ()).forecast(str(file), LoadOptions()).result(60)
    assert forecast.needed > 0
    assert forecast.has_experts == (experts > 0)


def test_a_file_that_cannot_be_read_takes_nothing(tmp_path) -> None:
    with ThreadPoolExecutor(1) as pool:
        foresight = foresight_of(pool, GB, (CARD,))
        assert foresight.forecast(str(tmp_path / "none.gguf"), LoadOptions()).result(60) == Forecast(0, GB)
    assert foresight.forecast(str(tmp_path / "none.gguf"), LoadOptions()).result(0) == Forecast(0, 0)  # closing
