"""A process that is forked from another one than multiprocessing's own server; on systems that have such servers."""

from contextvars import ContextVar
from multiprocessing import context, forkserver, process
from multiprocessing.popen_forkserver import Popen

BARE = forkserver.ForkServer()
_server: ContextVar[forkserver.ForkServer] = ContextVar("server", default=forkserver._forkserver)


class BareProcess(context.ForkServerProcess):
    """Is forked from `BARE`, once `connect` has taken the place of multiprocessing's own function."""

    @staticmethod
    def _Popen(process_obj: process.BaseProcess) -> Popen:
        token = _server.set(BARE)
        try:
            return Popen(process_obj)
        finally:
            _server.reset(token)


def connect(fds: list[int]) -> tuple[int, int]:
    """Have a process forked by the server that is chosen in this thread."""
    pair: tuple[int, int] = _server.get().connect_to_new_process(fds)
    return pair
