"""The About page over the real services: details, licences, and updates from a server with TLS."""

import platform
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from desktop_app.gui.start import Session
from desktop_app.support.paths import Paths
from tests.e2e.conftest import running
from tests.e2e.steps import WAIT_MS, ready
from tests.hub.test_updates import INSTALLER, LIST, NAME, PUBLIC, Place, certificate
from tests.hub.update_server import UpdateServer

__all__ = ["certificate", "running"]


@pytest.fixture
def place(certificate: Path, paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.delenv("HF_HUB_OFFLINE")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    server = UpdateServer(certificate)
    server.start()
    made = Place(server, paths, tmp_path)
    made.publish(made.manifest())
    yield made
    made.link.close()
    made.pool.shutdown()
    server.stop()


def open_about(session: Session, qtbot: QtBot, place: Place) -> None:
    assert session.app is not None
    session.app.updates._source_file = place.source
    session.window.commands.about.trigger()
    qtbot.waitUntil(lambda: session.window.page == "about", timeout=WAIT_MS)


def test_what_this_copy_is_and_is_made_of(running, qtbot: QtBot, place: Place) -> None:
    with running() as session:
        ready(qtbot, session)
        session.window.show_page("settings")
        session.window.settings_page.about_card.show_button.click()
        qtbot.waitUntil(lambda: session.window.page == "about", timeout=WAIT_MS)
        page = session.window.about_page
        assert page.facts.value("Version")
        assert page.facts.value("llama-cpp-python") == "0.3.36"
        qtbot.waitUntil(lambda: len(page.parts.rows.entries) > 40, timeout=WAIT_MS)
        assert "no address" in page.updates.status.text()  # a build from source looks nowhere
        session.window.commands.models.trigger()
        assert session.window.page == "models"
        assert place.server.requests == []


def test_whoever_agrees_is_told_and_can_bring_the_installer(running, qtbot: QtBot, place: Place, paths: Paths) -> None:
    with running() as session:
        ready(qtbot, session)
        open_about(session, qtbot, place)
        page = session.window.about_page
        assert not session.settings.value.updates.look
        assert place.server.requests == []
        page.updates.switch.click()
        qtbot.waitUntil(lambda: page.updates.title.isVisible(), timeout=WAIT_MS)
        assert session.settings.value.updates.look
        assert place.server.requests == [LIST, LIST + ".sig"]
        page.updates.fetch.click()
        qtbot.waitUntil(lambda: page.updates.folder.isVisible(), timeout=WAIT_MS)
        assert (paths.updates / NAME).read_bytes() == INSTALLER
        assert session.app is not None
        uses = session.app.ledger.newest(5).result(60)
        assert {use.purpose for use in uses} == {"update", "update file"}


def test_a_server_that_is_away_is_a_line_and_no_more(running, qtbot: QtBot, place: Place) -> None:
    place.configure("https://127.0.0.1:1/manifest.json", PUBLIC)
    with running() as session:
        ready(qtbot, session)
        open_about(session, qtbot, place)
        page = session.window.about_page
        page.updates.look.click()
        qtbot.waitUntil(lambda: "cannot be reached" in page.updates.status.text(), timeout=WAIT_MS)
        assert not page.updates.look.waits


def test_a_release_that_was_found_by_itself_is_a_quiet_notice(running, qtbot: QtBot, place: Place) -> None:
    with running() as session:
        ready(qtbot, session)
        assert session.app is not None
        session.app.updates._source_file = place.source
        session.settings.change("updates", "look", True)
        session.app.updates.begin()
        notice = session.window.notice
        qtbot.waitUntil(lambda: notice.isVisible() and "0.2.0" in notice.label.text(), timeout=WAIT_MS)
        notice.action.click()
        qtbot.waitUntil(lambda: session.window.page == "about", timeout=WAIT_MS)
        qtbot.waitUntil(lambda: session.window.about_page.updates.title.isVisible(), timeout=WAIT_MS)
