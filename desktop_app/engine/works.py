"""Makes the works that a loaded model does beside the scheduler, each with what it needs of the engine."""

from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.engine.attending import Reading
from desktop_app.engine.graph_watch import GraphWatch
from desktop_app.engine.llama import SamplerChain
from desktop_app.engine.near_search import TABLE, NearSearch
from desktop_app.engine.reproducing import Reproduction
from desktop_app.engine.tensor_rows import TensorRows

if TYPE_CHECKING:
    from desktop_app.engine.backend import Backend
    from desktop_app.engine.loading import LoadedModel
    from desktop_app.engine.scheduler import Listener
    from desktop_app.engine.sequences import Request
    from desktop_app.engine.side_work import Work
    from desktop_app.protocol.engine import FindNear


class Works:
    """What they tell goes to `listener`."""

    def __init__(self, loaded: "LoadedModel", backend: "Backend", listener: "Listener") -> None:
        self._loaded = loaded
        self._backend = backend
        self._listener = listener

    def reproduction(self, request: "Request") -> "Work":
        """Return the work of writing a reproducible answer."""
        loaded = self._loaded
        return Reproduction(request, self._listener, loaded.model, loaded.own_contexts.open, SamplerChain)

    def reading(self, request: "Request") -> "Work":
        """Return the work of telling what the tokens of a text look at."""
        loaded = self._loaded
        return Reading(
            request,
            self._listener,
            loaded.model,
            loaded.own_contexts.open_watched,
            lambda wanted, take: GraphWatch(self._backend, wanted, take),
        )

    def search(self, command: "FindNear", request: "Request") -> "Work":
        """Return the work of finding the words that are near to some."""
        model, path = self._loaded.model, Path(self._loaded.info.path)
        return NearSearch(
            command,
            request,
            self._listener,
            model,
            lambda: TensorRows(self._backend, path, TABLE, model.vocabulary_size),
        )
