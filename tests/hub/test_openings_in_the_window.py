"""Links and files that the app is started with, alone or beside a window, against a hub on loopback."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from desktop_app.domain.openings import OpenFile, OpenLink
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.support.paths import Paths
from tests.e2e.conftest import running
from tests.e2e.steps import WAIT_MS, ready
from tests.hub.conftest import FILE, REPOSITORY
from tests.hub.server import HubServer

__all__ = ["running"]
LINK = f"inglenook://model/{REPOSITORY}/{FILE}"


@pytest.fixture
def hub(server: HubServer, paths: Paths, short_starter: str, monkeypatch: pytest.MonkeyPatch) -> HubServer:
    monkeypatch.delenv("HF_HUB_OFFLINE")
    server.add(REPOSITORY, {FILE: Path(short_starter).read_bytes(), "Small-Q8_0.gguf": b"GGUF"})
    paths.config.mkdir(parents=True)
    paths.settings_file.write_text(f'{{"network": {{"mirror": "{server.endpoint}"}}}}')
    return server


@pytest.fixture
def second_start(paths: Paths, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], str]]:
    """Return a function that starts the app once more, as a desktop does for a link, and returns what it said."""
    monkeypatch.setattr(MainWindow, "raise_", lambda _window: None)  # the platform of the tests has no order of windows
    started: list[subprocess.Popen[str]] = []

    def start(argument: str) -> str:
        process = subprocess.Popen(
            [sys.executable, "-m", "desktop_app", argument],
            env={**os.environ, "INGLENOOK_HOME": str(paths.data.parent)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        qtbot.waitUntil(lambda: process.poll() is not None, timeout=WAIT_MS)
        assert process.returncode == 0
        assert process.stdout is not None
        return process.stdout.read()

    yield start
    for process in started:
        process.kill()
        process.communicate()


def sent(hub: HubServer) -> int:
    """Return how many bytes of files the hub gave away beyond the few that tell a model's figures."""
    return sum(count for count in hub.sent.values() if count > 65_536)


def test_a_start_with_a_link_shows_the_model_and_downloads_nothing(running, qtbot: QtBot, hub: HubServer) -> None:
    with running(welcomed=False, opening=OpenLink(LINK)) as session:
        page = session.window.models_page
        assert session.window.page == "models"
        qtbot.waitUntil(lambda: REPOSITORY in page.hub_cards and page.hub_cards[REPOSITORY].download.isVisible(),
                        timeout=WAIT_MS)  # fmt: skip
        assert page.hub_cards[REPOSITORY].choice.currentText().startswith("Q4_K_M")
        assert session.app is not None
        assert session.app.downloads.list() == []
        assert sent(hub) == 0


def test_a_second_start_hands_its_link_over(running, qtbot: QtBot, hub: HubServer, second_start) -> None:
    with running() as session:
        ready(qtbot, session)
        page = session.window.models_page
        assert hub.requests == []
        assert second_start(LINK) == ""
        qtbot.waitUntil(lambda: session.window.page == "models", timeout=WAIT_MS)
        qtbot.waitUntil(lambda: REPOSITORY in page.hub_cards, timeout=WAIT_MS)
        assert session.app is not None
        assert session.app.downloads.list() == []


@pytest.mark.parametrize(
    ("link", "words"),
    [
        (f"inglenook://model/{REPOSITORY}/..%2f..%2fx.gguf", "characters in it"),
        ("inglenook://open?run=/bin/sh", "characters in it"),
        ("inglenook://install/a/b", "names no model"),
        ("inglenook:" + "a" * 9000, "too long"),
    ],
)
def test_a_hostile_link_is_a_line_in_the_window_and_nothing_else(
    running, qtbot: QtBot, hub: HubServer, second_start, link: str, words: str
) -> None:
    with running() as session:
        ready(qtbot, session)
        second_start(link)
        qtbot.waitUntil(session.window.notice.isVisible, timeout=WAIT_MS)
        assert words in session.window.notice.label.text()
        assert session.window.page == "chat"
        assert hub.requests == []


def test_a_second_start_hands_its_file_over(
    running, qtbot: QtBot, hub: HubServer, second_start, short_starter: str, tmp_path: Path
) -> None:
    own = tmp_path / "My model 家-Q4_1.gguf"
    shutil.copyfile(short_starter, own)
    with running() as session:
        ready(qtbot, session)
        second_start(own.as_uri())
        assert session.controller is not None
        qtbot.waitUntil(lambda: session.controller.model.path == str(own), timeout=WAIT_MS)
        ready(qtbot, session)
        assert hub.requests == []


def test_a_start_with_a_file_chats_with_it(
    running, qtbot: QtBot, hub: HubServer, short_starter: str, tmp_path: Path
) -> None:
    own = tmp_path / "Mine-Q4_1.gguf"
    shutil.copyfile(short_starter, own)
    with running(welcomed=False, opening=OpenFile(str(own))) as session:
        assert session.window.page == "chat"
        ready(qtbot, session)
        assert session.controller is not None
        assert session.controller.model.path == str(own)
        page = session.window.models_page
        session.window.show_page("models")
        qtbot.waitUntil(lambda: str(own) in page.local_cards, timeout=WAIT_MS)


def test_a_start_with_a_file_that_is_none_says_so(running, qtbot: QtBot, hub: HubServer, tmp_path: Path) -> None:
    with running(opening=OpenFile(str(tmp_path / "gone.gguf"))) as session:
        qtbot.waitUntil(session.window.notice.isVisible, timeout=WAIT_MS)
        assert "gone.gguf was not found" in session.window.notice.label.text()
