"""What the process holds that `tests.forks` forks: all that workers, helpers and hub processes import, and the starter model, loaded."""

import functools

import msgspec

import desktop_app.engine.intake
import desktop_app.engine.servers
import desktop_app.engine.side_work
import desktop_app.engine.works
import desktop_app.helper.exports.reading
import desktop_app.helper.pdf
import desktop_app.helper.prompt_templates
import desktop_app.helper.templates
import desktop_app.sources.fetch
import desktop_app.sources.http
import desktop_app.sources.hub  # noqa: F401
from desktop_app.engine import llama, loading
from desktop_app.engine.patience import USUAL_PATIENCE
from desktop_app.engine.servers import Servers
from desktop_app.protocol.engine import Load, Reading, SelfTesting
from desktop_app.services.library import find_starter
from desktop_app.services.load_orders import SEQUENCES
from desktop_app.support.network import Gate

CONTEXT_SIZE = 2048


def load_starter() -> tuple[Load, loading.LoadedModel]:
    """Load the starter model as tests do that do not say how."""
    load = Load(model_path=str(find_starter()), context_size=CONTEXT_SIZE, sequences=SEQUENCES)
    backend = llama.start_backend(lambda _reason: None)
    servers = Servers((), backend, Gate(lambda _use: None), lambda *_lost: None, USUAL_PATIENCE)
    build = f"installed {llama.BINDING_VERSION}"
    return load, loading.Loader(load, backend, build, lambda _event: None, lambda: True, servers).run()


ORDER, LOADED = load_starter()
load_anew = loading.Loader.run


@functools.wraps(load_anew)
def run_loader(loader: loading.Loader) -> loading.LoadedModel:
    """Return the model that is there, where it is loaded as this one is wanted; the rest of its order is the worker's."""
    wanted = msgspec.structs.replace(
        loader._load, snapshot_folder="", snapshot_bytes=0, guesses=ORDER.guesses, offline=ORDER.offline
    )
    if wanted != ORDER or loader._build != LOADED.info.engine_build:
        return load_anew(loader)
    loader._tell(Reading(LOADED.info.plan.gpu_layers, LOADED.info.plan.context))
    loader._report(1.0)
    loader._tell(SelfTesting())
    return LOADED


loading.Loader.run = run_loader  # type: ignore[method-assign]
