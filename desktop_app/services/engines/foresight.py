"""Says before models are loaded what they would take, and whether there is room for several of them at once."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import TypeVar

import msgspec

from desktop_app.domain.elsewhere import plan_as_loaded, servers_in
from desktop_app.domain.errors import AppError
from desktop_app.domain.fit import MEMORY_BANDWIDTH, Machine
from desktop_app.domain.gguf import read_header
from desktop_app.domain.model_defaults import LoadOptions
from desktop_app.domain.offload import Limit, Plan
from desktop_app.domain.together import Held, Wanted, fit_together, with_room_of
from desktop_app.domain.tuning import AS_USUAL_HERE
from desktop_app.engine.offloading import wanted_of
from desktop_app.services.engines.load_orders import LoadOrders
from desktop_app.services.models.room import available_memory, total_memory

Seen = TypeVar("Seen")


class Forecast(msgspec.Struct, frozen=True):
    """What a model would take of the computer's memory, 0 where its file cannot be read, and what is free for it.

    `is_too_large` says that there is no room for its weights alone, wherever they are, `has_experts` that it is a
    mixture. `plan` says what of it would be on graphics cards or on other computers (`servers`), None where it has none to choose.
    """

    needed: int
    free: int
    plan: Plan | None = None
    servers: tuple[str, ...] = ()
    is_too_large: bool = False
    has_experts: bool = False


class Foresight:
    """Plans with the memory that is free now."""

    def __init__(
        self,
        *,
        orders: LoadOrders,
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
        self._most = most
        self._machine = machine
        self._available_memory = available_memory
        self._workers = workers
        self._pool = pool

    def forecast(self, model_path: str, options: LoadOptions) -> "Future[Forecast]":
        """Return what a model would take with `options`, and what it could have once its own worker is gone."""
        return self._for_machine(lambda machine: self._foresee(model_path, options, machine), Forecast(0, 0))

    def fit_together(self, model_paths: Sequence[str], missing: Callable[[], Sequence[str]]) -> "Future[bool]":
        """Return whether there is memory for all of these models at once, of which `missing` have to be loaded."""
        return self._for_machine(lambda machine: self._plan(model_paths, missing, machine), False)

    def _for_machine(self, look: "Callable[[Machine], Seen]", at_the_end: "Seen") -> "Future[Seen]":
        """Return what `look` makes of the computer in a thread of the pool, `at_the_end` where the services are closing."""
        seen: Future[Seen] = Future()

        def pass_on(looked: "Future[Seen]") -> None:
            if error := looked.exception():
                seen.set_exception(error)
            else:
                seen.set_result(looked.result())

        def told(machine: "Future[Machine]") -> None:
            try:
                looked = self._pool.submit(look, machine.result())
            except RuntimeError:
                seen.set_result(at_the_end)
            else:
                looked.add_done_callback(pass_on)

        self._machine().add_done_callback(told)
        return seen

    def _foresee(self, model_path: str, options: LoadOptions, machine: Machine) -> Forecast:
        staying = [msgspec.structs.replace(each, stays=not _is_of(each, model_path)) for each in self._workers(())]
        room = with_room_of(self._as_workers_know_it(machine), staying)
        wanted = self._wanted_of(model_path, machine, options)
        if wanted is None:
            return Forecast(needed=0, free=room.free_memory)
        made = plan_as_loaded(wanted.shape, wanted.weights, room, wanted.wishes)
        return Forecast(
            needed=made.host,
            free=room.free_memory,
            plan=made if made.limit is not Limit.NO_DEVICE else None,
            servers=servers_in(made, room.devices),
            is_too_large=wanted.weights.total > room.free_anywhere,
            has_experts=any(wanted.weights.experts),
        )

    def _plan(self, model_paths: Sequence[str], missing: Callable[[], Sequence[str]], machine: Machine) -> bool:
        room = with_room_of(self._as_workers_know_it(machine), self._workers(model_paths))
        wanted = [each for path in missing() if (each := self._wanted_of(path, machine)) is not None]
        return len(model_paths) <= self._most and fit_together(wanted, room)

    def _as_workers_know_it(self, machine: Machine) -> Machine:
        """Return the computer with the memory that is free now, and without the speeds that were measured: nobody tells them."""
        devices = tuple(msgspec.structs.replace(device, bandwidth=0.0) for device in machine.devices)
        free = self._available_memory()
        return msgspec.structs.replace(machine, free_memory=free, bandwidth=MEMORY_BANDWIDTH, devices=devices)

    def _wanted_of(self, model_path: str, machine: Machine, options: LoadOptions | None = None) -> Wanted | None:
        """Return what is to be known of a model that is to be loaded; None where it cannot be read, as loading it will tell."""
        try:
            tuned = self._orders.preferences(model_path).get(machine.cards, AS_USUAL_HERE)
            load = self._orders.load(model_path, tuned, options)
            return wanted_of(load, read_header(Path(load.model_path)))
        except AppError:
            return None


def _is_of(worker: Held, model_path: str) -> bool:
    return worker.model is not None and worker.model.path == model_path


def processor_alone() -> "Future[Machine]":
    """Return a computer of which no graphics card is known."""
    machine: Future[Machine] = Future()
    machine.set_result(Machine(free_memory=available_memory(), total_memory=total_memory()))
    return machine
