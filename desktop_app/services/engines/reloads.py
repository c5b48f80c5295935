"""The models that are to be loaded anew, and answer still."""

from concurrent.futures import Future

from desktop_app.domain.models import ModelInfo


class Reloads:
    """Who waits for them, by their paths; whoever calls holds the lock of the engines, unless something else is said."""

    def __init__(self) -> None:
        self._waiting: dict[str, Future[ModelInfo]] = {}

    def wait(self, model_path: str) -> "Future[ModelInfo]":
        """Return the future of a model that is loaded anew later, the same for all who want that."""
        return self._waiting.setdefault(model_path, Future())

    def take(self, model_path: str) -> "Future[ModelInfo] | None":
        """Return the future of a model whose time has come; None where nobody waits for that."""
        return self._waiting.pop(model_path, None)

    def take_all(self) -> "list[Future[ModelInfo]]":
        """Return the futures of all of them."""
        waiting = list(self._waiting.values())
        self._waiting.clear()
        return waiting

    def moved(self, model_path: str, new_path: str) -> None:
        """Know a model by another path."""
        if model_path in self._waiting:
            self._waiting[new_path] = self._waiting.pop(model_path)


def hand_on(waiting: "Future[ModelInfo]", loaded: "Future[ModelInfo]") -> None:
    """Tell those who waited what became of it; without the lock, as they may do anything then."""
    if loaded.cancelled():
        waiting.cancel()
    elif (error := loaded.exception()) is not None:
        waiting.set_exception(error)
    else:
        waiting.set_result(loaded.result())
