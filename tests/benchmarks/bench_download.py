"""Downloads against a hub-shaped server on loopback: throughput against curl, bytes fetched again after sudden ends,
and what four downloads cost the window's thread.

    python -m pytest tests/benchmarks/bench_download.py -s -q
"""

import os
import random
import shutil
import signal
import statistics
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from desktop_app.domain.downloads import DownloadState
from desktop_app.domain.hub import HubRepository
from desktop_app.protocol.hub import Connect
from desktop_app.services.events import DownloadChanged, ServiceEvent
from desktop_app.services.network.downloads import Downloads
from desktop_app.services.network.hub import HubLink
from desktop_app.support.publisher import Publisher
from tests.hub.server import HubServer

GIGABYTE = 1_000_000_000
LIMIT = 300_000_000
ROUNDS = 3
KILLS = 20
REPOSITORY = "maker/Large-GGUF"
FILE = "Large-Q4_K_M.gguf"
WAIT_SECONDS = 120.0


@pytest.fixture(scope="module")
def data() -> bytes:
    return b"GGUF" + random.Random(1).randbytes(1 << 20) * (GIGABYTE >> 20)


@pytest.fixture
def server(data: bytes, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    hub = HubServer()
    hub.add(REPOSITORY, {FILE: data})
    hub.start()
    yield hub
    hub.stop()


class Queue:
    """The download queue as the app has it."""

    def __init__(self, server: HubServer, home: Path) -> None:
        self.ended = threading.Event()
        self.done = 0
        events: Publisher[ServiceEvent] = Publisher()
        events.subscribe(self._note)
        self.pool = ThreadPoolExecutor(4)
        self.link = HubLink(self.pool, lambda: Connect(endpoint=server.endpoint), lambda use: None)
        self.downloads = Downloads(
            file=home / "downloads.json",
            link=self.link,
            folder=lambda: home / "models",
            most=lambda: 4,
            events=events,
            pool=self.pool,
            on_done=lambda download, hashes: None,
        )
        self.repository: HubRepository = self.link.repository(REPOSITORY).result(WAIT_SECONDS)

    def _note(self, event: ServiceEvent) -> None:
        if isinstance(event, DownloadChanged):
            self.done = event.download.done
            if event.download.state is DownloadState.DONE:
                self.ended.set()

    def fetch(self) -> float:
        self.ended.clear()
        began = time.perf_counter()
        self.downloads.add(self.repository, self.repository.variants[0])
        assert self.ended.wait(WAIT_SECONDS)
        return time.perf_counter() - began

    def close(self) -> None:
        self.downloads.close()
        self.link.close()
        self.pool.shutdown()


@pytest.mark.filterwarnings("default")
def test_throughput(server: HubServer, tmp_path: Path) -> None:
    """Print how fast a gigabyte comes, its hash included, against curl."""
    server.bytes_per_second = LIMIT
    address = f"{server.endpoint}/{REPOSITORY}/resolve/main/{FILE}"
    ours: list[float] = []
    curl: list[float] = []
    queue = Queue(server, tmp_path)
    for _ in range(ROUNDS):
        began = time.perf_counter()
        subprocess.run(["curl", "-sS", "-o", str(tmp_path / "curl.gguf"), address], check=True)
        curl.append(time.perf_counter() - began)
        (tmp_path / "curl.gguf").unlink()
        ours.append(queue.fetch())
        shutil.rmtree(tmp_path / "models")
    queue.close()
    ratios = [theirs / own for theirs, own in zip(curl, ours, strict=True)]
    print(
        f"\n1 GB at {LIMIT / 1e6:.0f} MB/s: ours {statistics.median(ours):.2f} s, curl {statistics.median(curl):.2f} s"
    )
    print(
        f"throughput of ours / curl: {statistics.median(ratios):.3f} (goal 0.95), {min(ratios):.3f} to {max(ratios):.3f}"
    )


@pytest.mark.filterwarnings("default")
def test_bytes_fetched_again(server: HubServer, data: bytes, tmp_path: Path) -> None:
    """Print how much is fetched twice when the download process is killed at random moments."""
    server.bytes_per_second = LIMIT
    server.piece = 32 * 1024  # what was counted and not sent would be counted against the client
    chance = random.Random(2)
    queue = Queue(server, tmp_path)
    worker = threading.Thread(target=queue.fetch)
    worker.start()
    kills, mark = 0, 0
    while not queue.ended.wait(chance.uniform(0.02, 0.12)):
        process = queue.link._process
        if kills < KILLS and queue.done > mark and process is not None and process.pid is not None:
            os.kill(process.pid, signal.SIGKILL)
            kills += 1
            mark = queue.done
            server.bytes_per_second = LIMIT // 2  # so that it lasts for all of them
    worker.join()
    queue.close()
    again = server.sent[FILE] - len(data)
    print(
        f"\n{kills} kills: {again / 1e6:.1f} MB of {len(data) / 1e6:.0f} sent again, {again / len(data):.2%} (goal 1 %)"
    )
