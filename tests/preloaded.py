"""What the process holds that `tests.forks` forks: all that workers, helpers and hub processes import, and the starter model, loaded whole and short.

The short one is there with the usual context as well, which whoever starts with no settings asks for. It never ends an
answer by itself: what it writes is senseless, and an end would come by chance, at any place.
"""

import functools
import gc
import os
import time
from pathlib import Path

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
from desktop_app.engine.outcome import Outcome
from desktop_app.engine.patience import USUAL_PATIENCE
from desktop_app.engine.servers import Servers
from desktop_app.protocol.engine import Load, Reading, SelfTesting
from desktop_app.services.engines.load_orders import SEQUENCES
from desktop_app.services.models.library import find_starter
from desktop_app.support.network import Gate
from tests.preloaded_run import SHORT_STARTER, WHOLE_STARTER

CONTEXT_SIZE, USUAL_SIZE = 2048, 0
STEP_TOKENS, STEP_SECONDS = 8, 0.004
"""A step of writing takes as long as with all layers, without their work: what happens while an answer is written has its time."""
AS_GOOD_AS_NEVER = -100.0
"""The logit of each token that ends an answer. A grammar that allows nothing else still lets it come."""
SHORT = Path(os.environ[SHORT_STARTER])
load_model, load_anew, close = llama.Model, loading.Loader.run, loading.LoadedModel.close
decode = llama.Context.decode


def wanted_whole() -> bool:
    return WHOLE_STARTER in os.environ


def read_model(path: Path, **options: object) -> llama.Model:
    """Read the weights of the short starter where those of the starter are wanted, and not whole."""
    is_starter = path.resolve() == Path(ORDER.model_path).resolve()
    return load_model(SHORT if is_starter and not wanted_whole() else path, **options)


def load_starter(order: Load) -> loading.LoadedModel:
    """Load the starter model as tests do that do not say how."""
    backend = llama.start_backend(lambda _reason: None)
    servers = Servers((), backend, Gate(lambda _use: None), lambda *_lost: None, USUAL_PATIENCE)
    build = f"installed {llama.BINDING_VERSION}"
    return load_anew(loading.Loader(order, backend, build, lambda _event: None, lambda: True, servers))


loading.Model = read_model  # type: ignore[attr-defined]
ORDER = Load(model_path=str(find_starter()), context_size=CONTEXT_SIZE, sequences=SEQUENCES)
LOADED_SHORT = {
    size: load_starter(msgspec.structs.replace(ORDER, context_size=size)) for size in (CONTEXT_SIZE, USUAL_SIZE)
}
MODEL = LOADED_SHORT[CONTEXT_SIZE].model
SHORT_VOCABULARY = MODEL.vocabulary_size
ENDS = [token for token in range(SHORT_VOCABULARY) if MODEL.ends_answer(token)]
os.environ[WHOLE_STARTER] = "1"
LOADED_WHOLE = {CONTEXT_SIZE: load_starter(ORDER)}
del os.environ[WHOLE_STARTER]


def close_loaded(loaded: loading.LoadedModel) -> None:
    """Leave what was there before the worker to the end of its process: each would copy it to free it."""
    if all(loaded is not known for known in (*LOADED_SHORT.values(), *LOADED_WHOLE.values())):
        close(loaded)


def decode_patiently(context: llama.Context, batch: llama.Batch) -> Outcome:
    """Take the time of all layers where there are few, and have no answer end behind them."""
    if wanted_whole():
        return decode(context, batch)
    if batch.size <= STEP_TOKENS:
        time.sleep(STEP_SECONDS)
    outcome = decode(context, batch)
    if outcome is Outcome.DONE and context._vocabulary_size == SHORT_VOCABULARY:
        for row in range(batch.size):
            if batch._wants[row]:
                context.row(row)[ENDS] = AS_GOOD_AS_NEVER
    return outcome


@functools.wraps(load_anew)
def run_loader(loader: loading.Loader) -> loading.LoadedModel:
    """Return the model that is there, where it is loaded as this one is wanted; the rest of its order is the worker's."""
    loaded = (LOADED_WHOLE if wanted_whole() else LOADED_SHORT).get(loader._load.context_size)
    wanted = msgspec.structs.replace(
        loader._load,
        context_size=ORDER.context_size,
        snapshot_folder="",
        snapshot_bytes=0,
        guesses=ORDER.guesses,
        offline=ORDER.offline,
    )
    if loaded is None or wanted != ORDER or loader._build != loaded.info.engine_build:
        return load_anew(loader)
    loader._tell(Reading(loaded.info.plan.gpu_layers, loaded.info.plan.context))
    loader._report(1.0)
    loader._tell(SelfTesting())
    return loaded


llama.Context.decode = decode_patiently
loading.Loader.run = run_loader
loading.LoadedModel.close = close_loaded
gc.freeze()  # no fork has to look, in its own collections, at what is here, and to copy it for that
