"""A model's worker process: reads commands, runs the engine, sends events.

The owner imports this module to spawn it, so nothing heavy is imported here: the engine build must
be chosen by environment variables before llama_cpp is imported. Three threads: the main one loads
and computes; the reader decodes commands, tokenizes and counts; the outbox writes.
"""

import contextlib
import os
import queue
import threading
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.domain.errors import AppError, EngineError, ErrorCode, ErrorInfo
from desktop_app.domain.hardware import cards_of_engine
from desktop_app.domain.model_defaults import Adapter
from desktop_app.domain.models import CPU, GPU
from desktop_app.engine.cpu import seconds_of_start, set_thread_environment
from desktop_app.engine.outbox import SLICE_SECONDS_ON_CPU, Outbox
from desktop_app.engine.patience import USUAL_PATIENCE, Patience
from desktop_app.protocol import engine as protocol
from desktop_app.protocol.last_words import Aborting
from desktop_app.protocol.wire import Wire
from desktop_app.support.child import live_with_parent
from desktop_app.support.files import UNDECODABLE
from desktop_app.support.network import Gate
from desktop_app.support.pipe import Pipe

if TYPE_CHECKING:
    from desktop_app.engine.backend import Backend
    from desktop_app.engine.intake import Intake
    from desktop_app.engine.loading import LoadedModel
    from desktop_app.engine.scheduler import Scheduler
    from desktop_app.engine.servers import Servers

_LAST_WORDS_SECONDS = 2.0


def run(connection: Pipe, engine_folder: str, patience: Patience = USUAL_PATIENCE) -> None:
    """Be a worker until `Unload`, or until the other end of `connection` is gone; then the process ends.

    `engine_folder` holds the engine build to use; empty for the installed one. `patience` is had with other computers.
    """
    live_with_parent()
    os.environ["GGML_NO_BACKTRACE"] = "1"  # else an abort runs a debugger, where one is installed
    if engine_folder:
        os.environ["LLAMA_CPP_LIB_PATH"] = engine_folder
    set_thread_environment(os.environ, seconds_of_start)
    Worker(Wire(connection, protocol.Command), Path(engine_folder) if engine_folder else None, patience).run()
    _leave()  # all was said and freed: Python would take its modules apart first, while somebody waits for the memory


class Worker:
    """Serves one owner over one wire, with one model."""

    def __init__(self, wire: "Wire[protocol.Command]", engine_folder: Path | None, patience: Patience) -> None:
        self._wire = wire
        self._patience = patience
        self._engine_folder = engine_folder
        self._outbox = Outbox(wire.send, on_gone=_leave)
        self._openings: queue.SimpleQueue[protocol.Hello | protocol.Load | None] = queue.SimpleQueue()
        self._ending = threading.Event()
        self._intake: Intake | None = None
        self._scheduler: Scheduler | None = None
        self._servers: Servers | None = None

    def run(self) -> None:
        """Greet, load, serve; returns when the worker is to end."""
        threading.Thread(target=self._read, name="reader", daemon=True).start()
        try:
            self._serve()
        except AppError as error:
            if self._scheduler is not None:
                raise  # it has loaded: what is open ends with the process, as after any other crash
            self._outbox.put(protocol.LoadFailed(error.info))
        self._outbox.close()

    def _serve(self) -> None:
        hello = self._openings.get()
        if hello is None:
            return
        if not isinstance(hello, protocol.Hello) or hello.version != protocol.VERSION:
            raise EngineError(ErrorCode.ENGINE_VERSION, f"{hello}, and the worker speaks {protocol.VERSION}")
        backend, build, version = self._start_engine(hello.parts)
        self._outbox.put(protocol.Ready(protocol.VERSION, build, version, cards_of_engine(backend.devices())))
        load = self._openings.get()
        if isinstance(load, protocol.Load):
            self._load_and_answer(load, backend, build)
        backend.close()

    def _start_engine(self, parts: Sequence[str]) -> "tuple[Backend, str, str]":
        """Return the engine build's backend, its name and its version."""
        try:
            from desktop_app.engine import llama  # loads the libraries, now that the environment is set
        except (ImportError, FileNotFoundError) as error:
            raise EngineError(ErrorCode.ENGINE_MISSING, str(error)) from error
        except (OSError, RuntimeError, AttributeError) as error:  # a library of another build or platform
            raise EngineError(ErrorCode.ENGINE_START_FAILED, str(error)) from error
        backend = llama.start_backend(self._tell_abort, parts)
        build = self._engine_folder.name if self._engine_folder else f"installed {llama.BINDING_VERSION}"
        return backend, build, llama.engine_version()

    def _load_and_answer(self, load: protocol.Load, backend: "Backend", build: str) -> None:
        from desktop_app.engine.llama import LoadCancelled
        from desktop_app.engine.loading import Loader
        from desktop_app.engine.servers import Servers

        gate = Gate(lambda use: self._outbox.put(protocol.Used(use)), offline=load.offline)
        servers = self._servers = Servers(load.servers, backend, gate, self._lose_server, self._patience)
        try:
            loaded = Loader(load, backend, build, self._outbox.put, lambda: not self._ending.is_set(), servers).run()
        except LoadCancelled:
            servers.close()
            return
        except AppError:
            servers.close()
            raise
        self._answer(load, backend, loaded)
        servers.close()

    def _answer(self, load: protocol.Load, backend: "Backend", loaded: "LoadedModel") -> None:
        """Do what is asked of a model until the worker is to end."""
        from desktop_app.engine.intake import Intake
        from desktop_app.engine.llama import SamplerChain
        from desktop_app.engine.loading import open_snapshots, tuner_for
        from desktop_app.engine.scheduler import Scheduler
        from desktop_app.engine.side_work import SideLane
        from desktop_app.engine.works import Works

        scheduler = Scheduler(
            loaded.model,
            loaded.context,
            loaded.batch,
            SamplerChain,
            self._outbox,
            open_snapshots(load, loaded.info, load.adapters),
            tuner_for(load, loaded.info),
            guesses=load.guesses,
            guesser=loaded.guesser,
            elsewhere=loaded.info.device == GPU,
        )

        def use_adapters(adapters: Sequence[Adapter]) -> None:
            loaded.adapting.use(adapters)
            scheduler.begin_anew(open_snapshots(load, loaded.info, adapters))

        side_lane = SideLane(lambda action: scheduler.call(action, when_idle=False))
        works = Works(loaded, backend, self._outbox)
        self._scheduler = scheduler
        self._intake = Intake(
            loaded.model, scheduler, side_lane, works, loaded.embedder, use_adapters, self._outbox.put
        )
        if loaded.info.device == CPU:
            self._outbox.gather_for(SLICE_SECONDS_ON_CPU)
        self._outbox.put(protocol.Loaded(loaded.info))
        if not self._ending.is_set():
            scheduler.run()
        side_lane.close()
        scheduler.close()
        loaded.close()

    def _read(self) -> None:
        """Take commands until the owner is gone, which ends the process at once."""
        try:
            while True:
                self._handle(self._wire.receive())
        except (EOFError, OSError):
            _leave()
        except UNDECODABLE:
            _leave(1)
        except Exception:  # noqa: BLE001  # commands that nobody reads would be waited for
            traceback.print_exc()
            _leave(1)

    def _handle(self, command: protocol.Command) -> None:
        if self._ending.is_set():
            return  # the model is being freed
        match command:
            case protocol.Hello() | protocol.Load():
                self._openings.put(command)
            case protocol.ForgetKept(keep_as=keep_as):
                if self._scheduler is not None:
                    self._scheduler.forget_kept(keep_as)
            case protocol.Resample(request_id=request_id, sampling=sampling):
                if self._scheduler is not None:
                    self._scheduler.resample(request_id, sampling)
            case protocol.Cancel():
                if self._intake is not None:
                    self._intake.cancel(command.request_id)
            case protocol.Unload():
                self._end()
            case _ if self._intake is not None:
                self._intake.take(command)
            case _:
                error = ErrorInfo(ErrorCode.ENGINE_FAILED, detail="no model is loaded")
                self._outbox.put(protocol.Failed(command.request_id, error))

    def _end(self) -> None:
        self._ending.set()
        self._openings.put(None)
        if self._intake is not None:
            self._intake.stop()

    def _tell_abort(self, reason: str) -> None:
        """Say why ggml aborts the process, which it does as soon as this returns."""
        with contextlib.suppress(OSError):  # a program of Windows that has a window has nowhere to write to
            os.write(2, f"engine aborted: {reason}\n".encode())
        if self._servers is not None:
            self._servers.close()  # so that the ledger has them
        self._outbox.put(Aborting(reason))
        self._outbox.flush(_LAST_WORDS_SECONDS)

    def _lose_server(self, address: str, reason: str, silence: float) -> None:
        """Say that a part of the model is gone, and end the process: llama.cpp would do so without saying where it was."""
        lost = protocol.ServerLost(address, reason, round(silence))
        self._outbox.put(lost)  # first: without its connections llama.cpp aborts
        if self._servers is not None:
            self._servers.close()
        self._outbox.flush(_LAST_WORDS_SECONDS)
        _leave(1)


def _leave(code: int = 0) -> None:
    """End the process without waiting for a decode; everything of value is the owner's."""
    os._exit(code)
