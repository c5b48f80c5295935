"""What a worker is told: as a person set it for the model, else for all models, else as it was measured, else as is usual."""

import pytest

from desktop_app.domain.model_defaults import LoadOptions, ModelDefaults
from desktop_app.domain.tuning import AS_USUAL_HERE, Preferred
from desktop_app.protocol.engine import Load
from desktop_app.services.engines.load_orders import LoadOrders
from desktop_app.services.hardware.servers import NO_SERVERS
from desktop_app.settings.schema import EngineSettings

MEASURED = Preferred(batch_size=256, flash_attention=True, threads=3, gpu_layers=5)


def ordered(settings: EngineSettings, own: LoadOptions, tuned: Preferred = MEASURED) -> Load:
    orders = LoadOrders(
        settings=lambda: settings,
        defaults=lambda _path: ModelDefaults(loading=own),
        tuned=lambda _path: {},
        servers=NO_SERVERS,
        snapshot_folder="",
    )
    return orders.load("/m.gguf", tuned)


@pytest.mark.parametrize(
    ("own", "for_all", "measured", "expected"),
    [
        (None, -1, None, -1),
        (None, -1, 5, 5),
        (None, -1, 0, 0),
        (None, 0, 5, 0),
        (None, 0, None, 0),
        (None, 10, 5, 10),
        (3, 0, 5, 3),
        (0, 10, 5, 0),
        (-1, 0, 5, -1),
    ],
)
def test_layers(own: int | None, for_all: int, measured: int | None, expected: int) -> None:
    """With 0 for all the graphics card is switched off, whatever was measured."""
    tuned = Preferred(batch_size=0, flash_attention=None, gpu_layers=measured)
    load = ordered(EngineSettings(gpu_layers=for_all), LoadOptions(gpu_layers=own), tuned)
    assert load.gpu_layers == expected


def test_threads_batches_and_contexts() -> None:
    usual = ordered(EngineSettings(threads=0, context_size=0), LoadOptions(), AS_USUAL_HERE)
    assert (usual.threads, usual.batch_size, usual.context_size) == (0, 0, 0)
    found = ordered(EngineSettings(threads=0), LoadOptions())
    assert (found.threads, found.batch_size, found.flash_attention) == (3, 256, True)
    own = ordered(EngineSettings(threads=2, context_size=4096), LoadOptions(batch_size=64, context_size=1024))
    assert (own.threads, own.batch_size, own.context_size) == (2, 64, 1024)
    for_all = ordered(EngineSettings(context_size=4096), LoadOptions())
    assert for_all.context_size == 4096


def test_the_room_for_what_was_read_is_in_gigabytes() -> None:
    assert ordered(EngineSettings(snapshot_gigabytes=3), LoadOptions()).snapshot_bytes == 3_000_000_000
