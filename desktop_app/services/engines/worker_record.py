"""What is known of a worker while it lives, to tell why it died."""

from collections.abc import Callable, Sequence

import msgspec

from desktop_app.protocol.engine import Load, Reading, ServerLost
from desktop_app.protocol.last_words import Aborting
from desktop_app.services.background.process import signal_name
from desktop_app.services.engines.recovery import Attempt, Cause, Death, Stage, cause_of

SERVER_CRASHED = "Remote RPC server"
"""llama.cpp's words where another computer answered nonsense."""


class WorkerRecord:
    """One for each start of a worker. `lost_server` is the address of another computer that it has lost, or has to leave."""

    def __init__(self) -> None:
        self.stage = Stage.STARTING
        self.attempt = Attempt()
        self.lost_server = ""
        self._server_silence = 0
        self._last_words = ""

    def begin_to_read(self, load: Load) -> None:
        """Note how a model is to be loaded, which begins now."""
        self.stage = Stage.READING
        self.attempt = Attempt(context_size=load.context_size, safe_mode=load.safe_mode)

    def place(self, reading: Reading) -> None:
        """Note where the model's layers go."""
        self.attempt = msgspec.structs.replace(
            self.attempt, gpu_layers=reading.gpu_layers, context_size=reading.context_size
        )

    def note(self, event: Aborting | ServerLost, servers: Callable[[], Sequence[str]]) -> None:
        """Keep what is told shortly before a worker's end; `servers` are the other computers that it uses."""
        match event:
            case Aborting(reason=reason):
                self._last_words = reason
                if SERVER_CRASHED in reason and not self.lost_server:  # its connection stood, which tells nothing
                    self.lost_server = ", ".join(servers())
            case ServerLost(address=address, reason=reason, silent_seconds=silence):
                self.lost_server, self._last_words, self._server_silence = address, reason, silence

    def death(
        self, path: str, code: int, *, overdue: bool, was_wanted: bool, memory_was_short: Callable[[], bool]
    ) -> Death:
        """Return how the worker of the model at `path` died that has ended with exit code `code`.

        It was `overdue` where it did not end in time, and its end `was_wanted` where the model is given up.
        """
        cause = cause_of(
            code,
            self._last_words,
            overdue=overdue,
            on_gpu=self.attempt.gpu_layers > 0,
            memory_was_short=memory_was_short,
        )
        if self.lost_server:
            cause = Cause.SERVER
        if was_wanted:
            cause = Cause.ENDED
        return Death(
            cause=cause,
            stage=self.stage,
            attempt=self.attempt,
            path=path,
            signal=signal_name(code),
            last_words=self._last_words,
            server=self.lost_server,
            silent_seconds=self._server_silence,
        )

    def failed_test(self, path: str, detail: str) -> Death:
        """Return what counts as a death: the worker of the model at `path` computes, and its numbers are wrong."""
        return Death(cause=Cause.CRASH, stage=self.stage, attempt=self.attempt, path=path, last_words=detail)
