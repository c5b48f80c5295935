"""How soon 200 found files have their verdicts, how soon a library of 500 files is listed, and what four downloads
cost the window's thread.

    python -m pytest tests/benchmarks/bench_models.py -s -q
"""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from desktop_app.domain.hub import HubFile, HubRepository, Variant
from desktop_app.protocol.hub import Connect
from desktop_app.services.events import DownloadChanged, ServiceEvent
from desktop_app.services.models.fitting import Fitting
from desktop_app.services.models.library import Library
from desktop_app.services.network.hub import HubLink
from desktop_app.settings.window_state import WindowState, save_window_state
from desktop_app.support.paths import Paths
from desktop_app.support.publisher import Publisher
from tests.hub.server import HubServer

FILES = 200
LIBRARY = 500
DOWNLOADS = 4
WAIT_SECONDS = 120.0


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    hub = HubServer()
    hub.start()
    yield hub
    hub.stop()


@pytest.mark.filterwarnings("default")
def test_verdicts(server: HubServer, starter: str, tmp_path: Path) -> None:
    """Print how long the verdicts on a page of found files take, their metadata read over HTTP."""
    content = Path(starter).read_bytes()[:300_000]
    size = Path(starter).stat().st_size
    repositories = []
    for number in range(FILES):
        name = f"maker/Model-{number}-GGUF"
        server.add(name, {"model-Q4_1.gguf": content})
        variant = Variant(name="model", quantization="Q4_1", files=(HubFile(name="model-Q4_1.gguf", size=size),))
        repositories.append(HubRepository(repository=name, commit="main", variants=(variant,)))
    with ThreadPoolExecutor(4) as pool:
        link = HubLink(pool, lambda: Connect(endpoint=server.endpoint), lambda use: None)
        fitting = Fitting(link, pool, tmp_path / "speed.json")
        fitting.judge_repository(repositories[0]).result(WAIT_SECONDS)  # the process is there
        began = time.perf_counter()
        judged = [fitting.judge_repository(repository) for repository in repositories]
        assert all(verdicts.result(WAIT_SECONDS) for verdicts in judged)
        print(f"\n{FILES} files judged in {time.perf_counter() - began:.2f} s (goal 2)")
        link.close()


@pytest.mark.filterwarnings("default")
def test_library(tmp_path: Path) -> None:
    """Print how long it takes to list a library."""
    paths = Paths.below(tmp_path)
    for number in range(LIBRARY):
        file = paths.data / "models" / f"maker{number % 20}" / f"Model-{number}-GGUF" / f"Model-{number}-Q4_K_M.gguf"
        file.parent.mkdir(parents=True)
        file.write_bytes(b"GGUF")
    with ThreadPoolExecutor(1) as pool:
        library = Library(paths, lambda: "", pool, Publisher())
        took = []
        for _ in range(5):
            began = time.perf_counter()
            models = library.models().result()
            took.append((time.perf_counter() - began) * 1000)
    print(f"\n{len(models)} models listed in {took[0]:.0f} ms, then {min(took[1:]):.0f} ms (goal 100)")


@pytest.mark.filterwarnings("default")
def test_the_window_while_it_downloads(server: HubServer, tmp_path: Path) -> None:
    """Print the CPU time of the window's thread per turn of its event loop while four downloads are shown."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QEventLoop, QTimer
    from PySide6.QtWidgets import QApplication

    from desktop_app.gui.start import Session
    from desktop_app.services.data_folder.place import Place
    from tests.benchmarks.stream_window import SETTLE_MS, Pulse

    application = QApplication.instance() or QApplication([])
    assert application is not None
    data = os.urandom(1 << 20) * 40
    server.add("maker/Many-GGUF", {f"Model-{number}-Q4_0.gguf": data for number in range(DOWNLOADS)})
    server.bytes_per_second = 8_000_000
    paths = Paths.below(tmp_path)
    paths.config.mkdir(parents=True)
    paths.settings_file.write_text(f'{{"network": {{"mirror": "{server.endpoint}", "downloads_at_once": 4}}}}')
    save_window_state(paths.window_file, WindowState(welcomed=True))
    place = Place.take(paths)
    assert place is not None
    session = Session(paths, place)
    loop = QEventLoop()
    session.services_started.connect(lambda: QTimer.singleShot(SETTLE_MS, loop.quit))
    session.show()
    loop.exec()
    app = session.app
    assert app is not None
    repository = app.hub.repository("maker/Many-GGUF").result(WAIT_SECONDS)
    ended: set[str] = set()

    def note(event: ServiceEvent) -> None:
        if isinstance(event, DownloadChanged) and event.download.state == "done":
            ended.add(event.download.id)
            if len(ended) == DOWNLOADS:
                QTimer.singleShot(0, loop, loop.quit)

    app.events.subscribe(note)
    session.window.show_page("models")
    QTimer.singleShot(SETTLE_MS, loop.quit)
    loop.exec()
    pulse = Pulse()
    pulse.start()
    for variant in repository.variants:
        app.downloads.add(repository, variant)
    loop.exec()
    pulse.stop()
    costs = sorted(pulse.costs)
    session.end()
    print(
        f"\n{DOWNLOADS} downloads, {len(costs)} turns of the event loop: median {costs[len(costs) // 2]:.2f} ms, "
        f"p99 {costs[int(len(costs) * 0.99)]:.2f}, p99.9 {costs[int(len(costs) * 0.999)]:.2f} (goal 16), "
        f"worst {costs[-1]:.2f}"
    )
