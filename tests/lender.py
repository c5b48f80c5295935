"""Another computer that lends its processor: a server of llama.cpp on this one, as `inglenook serve-rpc` runs it."""

import os
import queue
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest

from desktop_app.protocol.servers import Offered
from desktop_app.services.hardware.lending import Lending
from tests.strange_servers import dead_address

ENGINE_WITH_PART = os.environ.get("INGLENOOK_TEST_VARIANTS", "")
"""The folder of an engine that can be split over computers."""
needs_part = pytest.mark.skipif(
    not ENGINE_WITH_PART or not any(Path(ENGINE_WITH_PART).glob("*ggml-rpc*")),
    reason="needs an engine with the part for other computers",
)
SECONDS = 60.0


class Lender:
    """Serves until it is killed."""

    def __init__(self) -> None:
        self.address = dead_address()
        host, _colon, port = self.address.partition(":")
        serving: queue.Queue[Sequence[Offered]] = queue.Queue()
        self._lending = Lending(ENGINE_WITH_PART, host, int(port), serving.put)
        self._lending.start()
        self.offered = serving.get(timeout=SECONDS)

    def freeze(self) -> None:
        """Let it hold its connections and say nothing."""
        assert self._lending.pid is not None
        os.kill(self._lending.pid, signal.SIGSTOP)

    def kill(self) -> None:
        self._lending.kill()
        self._lending.ended.result(SECONDS)
