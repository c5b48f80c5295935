"""What a computer runs that lends its devices to models of others: llama.cpp's own server, in a process of its own."""

import contextlib
import os
import socket

from desktop_app.domain.errors import AppError, ErrorCode, ErrorInfo
from desktop_app.domain.servers import ServerDevice
from desktop_app.engine.cpu import physical_cores, set_thread_environment
from desktop_app.protocol.last_words import Aborting
from desktop_app.protocol.servers import Offered, Serving, ServingFailed
from desktop_app.protocol.wire import Wire
from desktop_app.support.child import live_with_parent
from desktop_app.support.pipe import Pipe


def run(connection: Pipe, engine_folder: str, host: str, port: int) -> None:
    """Say what is offered, then serve until the process is ended; `engine_folder` is as for a worker, `host` an IPv4 address.

    It comes back, with ServingFailed, only where nobody can be served.
    """
    live_with_parent()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the owner is gone
        _serve(connection, engine_folder, host, port)


def _serve(connection: Pipe, engine_folder: str, host: str, port: int) -> None:
    os.environ["GGML_NO_BACKTRACE"] = "1"
    if engine_folder:
        os.environ["LLAMA_CPP_LIB_PATH"] = engine_folder
    set_thread_environment(os.environ)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # where llama.cpp tells of every connection
    wire: Wire[Offered] = Wire(connection, Offered)
    try:
        from desktop_app.engine import llama

        backend = llama.start_backend(lambda reason: wire.send(Aborting(reason)))
    except (ImportError, OSError, RuntimeError) as error:  # what the binding says of libraries that it cannot load
        wire.send(ServingFailed(ErrorInfo(ErrorCode.ENGINE_MISSING, detail=str(error))))
        return
    except AppError as error:
        wire.send(ServingFailed(error.info))
        return
    if not backend.speaks_with_servers:
        wire.send(ServingFailed(ErrorInfo(ErrorCode.ENGINE_NO_SERVING, detail=str(llama.engine_folder()))))
        return
    endpoint = f"{host}:{port}"
    problem = _why_not_at(host, port)
    if problem:
        wire.send(ServingFailed(ErrorInfo(ErrorCode.SERVER_PORT_TAKEN, {"server": endpoint}, problem)))
        return
    wire.send(
        Serving(
            tuple(
                Offered(device.description, ServerDevice(device.free_memory, device.total_memory))
                for device in backend.offered()
            )
        )
    )
    backend.serve(endpoint, physical_cores())
    wire.send(ServingFailed(ErrorInfo(ErrorCode.SERVER_PORT_TAKEN, {"server": endpoint}, backend.log())))


def _why_not_at(host: str, port: int) -> str:
    """Return why nobody can listen there, empty where somebody can; llama.cpp does not say."""
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        return str(error)
    return ""
