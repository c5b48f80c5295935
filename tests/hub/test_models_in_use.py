"""A newer version of a model that is loaded, on a system that lets nobody replace an open file."""

import shutil
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from desktop_app.app import App
from desktop_app.domain.downloads import DownloadState
from desktop_app.domain.errors import ErrorCode
from desktop_app.domain.hub import HubRepository
from desktop_app.protocol.hub import Connect
from desktop_app.services.events import DownloadChanged, ServiceEvent
from desktop_app.services.network.hub import HubLink
from desktop_app.settings.store import SettingsStore
from desktop_app.support.paths import Paths
from tests import as_windows
from tests.hub.conftest import FILE, REPOSITORY
from tests.hub.server import HubServer

WAIT_SECONDS = 60.0


@pytest.fixture
def app(tmp_path: Path, server: HubServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    monkeypatch.delenv("HF_HUB_OFFLINE")
    paths = Paths.below(tmp_path)
    settings = SettingsStore(paths.settings_file)
    settings.change("network", "mirror", server.endpoint)
    made = App(paths, settings)
    made.hub._target = as_windows.run_hub
    yield made
    made.stop()


def repository(server: HubServer) -> HubRepository:
    with ThreadPoolExecutor(2) as pool:
        link = HubLink(pool, lambda: Connect(endpoint=server.endpoint), lambda use: None)
        found = link.repository(REPOSITORY).result(WAIT_SECONDS)
        link.close()
    return found


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="Windows does it by itself")
def test_its_worker_is_let_go_and_the_newer_one_takes_its_place(
    app: App, server: HubServer, starter_model: str, data: bytes
) -> None:
    model = app.library.folder / REPOSITORY / FILE
    model.parent.mkdir(parents=True)
    shutil.copy(starter_model, model)
    app.engines.load(str(model)).result(WAIT_SECONDS)
    assert as_windows.is_open(model)
    server.add(REPOSITORY, {FILE: data})
    told: list[DownloadChanged] = []
    is_done = threading.Event()

    def hear(event: ServiceEvent) -> None:
        if isinstance(event, DownloadChanged):
            told.append(event)
            if event.download.state is DownloadState.DONE:
                is_done.set()

    app.events.subscribe(hear)
    newer = repository(server)
    app.downloads.add(newer, newer.variants[0])
    assert is_done.wait(WAIT_SECONDS), told
    errors = [event.download.error.code for event in told if event.download.error is not None]
    assert errors[:1] == [ErrorCode.DOWNLOAD_IN_USE]
    assert model.read_bytes() == data
    assert app.engines.worker_pids() == ()
