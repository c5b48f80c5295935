"""Says before models are loaded what they would take, and whether there is room for several of them at once."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future

import msgspec

from desktop_app.domain.errors import AppError
from desktop_app.domain.fit import Machine
from desktop_app.domain.model_defaults import LoadOptions
from desktop_app.domain.together import Held, Wanted, fit_together, with_room_of
from desktop_app.engine.offloading import wanted_of
from desktop_app.services.load_orders import LoadOrders
from desktop_app.services.room import available_memory, memory_needed, total_memory
from desktop_app.settings.schema import EngineSettings


class Forecast(msgspec.Struct, frozen=True):
    """What a model would take of the computer's memory, 0 where its file cannot be read, and what is free for it."""

    needed: int
    free: int


class Foresight:
    """Plans with the memory that is free now."""

    def __init__(
        self,
        *,
        orders: LoadOrders,
        settings: Callable[[], EngineSettings],
        most: int,
        machine: "Callable[[], Future[Machine]]",
        available_memory: Callable[[], int],
        workers: Callable[[Sequence[str]], Sequence[Held]],
        pool: Executor,
    ) -> None:
        """`most` is how many models are loaded at once, however much room there is.

        `workers` returns all workers, of which those of the models given, and those that answer, stay.
        """
        self._orders = orders
        self._settings = settings
        self._most = most
        self._machine = machine
        self._available_memory = available_memory
        self._workers = workers
        self._pool = pool

    def forecast(self, model_path: str, options: LoadOptions, own_memory: Callable[[], int]) -> "Future[Forecast]":
        """Return what a model would take with `options`, and what it could have; `own_memory` is what its worker has now."""

        def look() -> Forecast:
            needed = memory_needed(model_path, options, self._settings().context_size)
            return Forecast(needed=needed, free=self._available_memory() + own_memory())

        return self._pool.submit(look)

    def fit_together(self, model_paths: Sequence[str], missing: Callable[[], Sequence[str]]) -> "Future[bool]":
        """Return whether there is memory for all of these models at once, of which `missing` have to be loaded."""
        fits: Future[bool] = Future()

        def pass_on(planned: "Future[bool]") -> None:
            if error := planned.exception():
                fits.set_exception(error)
            else:
                fits.set_result(planned.result())

        def told(machine: "Future[Machine]") -> None:
            try:
                planned = self._pool.submit(self._plan, model_paths, missing, machine.result())
            except RuntimeError:  # the services are closing
                fits.set_result(False)
            else:
                planned.add_done_callback(pass_on)

        self._machine().add_done_callback(told)
        return fits

    def _plan(self, model_paths: Sequence[str], missing: Callable[[], Sequence[str]], machine: Machine) -> bool:
        machine = msgspec.structs.replace(machine, free_memory=self._available_memory())
        room = with_room_of(machine, self._workers(model_paths))
        wanted = [each for path in missing() if (each := self._wanted_of(path)) is not None]
        return len(model_paths) <= self._most and fit_together(wanted, room)

    def _wanted_of(self, model_path: str) -> Wanted | None:
        """Return what is to be known of a model that is to be loaded; None where it cannot be read, as loading it will tell."""
        try:
            return wanted_of(self._orders.load(model_path, self._orders.preferred(model_path)))
        except AppError:
            return None


def processor_alone() -> "Future[Machine]":
    """Return a computer of which no graphics card is known."""
    machine: Future[Machine] = Future()
    machine.set_result(Machine(free_memory=available_memory(), total_memory=total_memory()))
    return machine
