"""Whatever a person does in whatever order in up to three windows: they show what is stored, and nothing goes wrong.

A walk that fails prints its seed and all its steps, and takes the same ones again; how fast the threads are is left to
chance. `INGLENOOK_SEED` has `make soak` take other walks, `INGLENOOK_STEPS` longer ones.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, qInstallMessageHandler
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from desktop_app.gui.session.windows import OpenWindow, Windows
from desktop_app.gui.start import Session
from desktop_app.gui.window.main_window import MainWindow
from tests.e2e.conftest import Running
from tests.e2e.steps import ready
from tests.walks.checks import Checks, Watched
from tests.walks.scripted_models import ScriptedModels
from tests.walks.walk import Walk

SOAK = bool(os.environ.get("INGLENOOK_SOAK"))
FIRST = 1000 * int(os.environ.get("INGLENOOK_SEED", "0"))
STEPS = int(os.environ.get("INGLENOOK_STEPS", "150" if SOAK else "25"))
WALKS = 50 if SOAK else 1
WITH_MODEL = 10 if SOAK else 1
SESSIONS = 2


@pytest.mark.parametrize("seed", range(FIRST, FIRST + WALKS))
def test_windows_show_what_is_stored_whatever_is_done(
    running: Running,
    qtbot: QtBot,
    watched: Watched,
    models: ScriptedModels,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    seed: int,
) -> None:
    go(running, qtbot, watched, models, monkeypatch, tmp_path, seed)


@pytest.mark.parametrize("seed", range(FIRST, FIRST + WITH_MODEL))
def test_so_they_do_with_a_model_that_writes_by_itself(
    running: Running, qtbot: QtBot, watched: Watched, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, seed: int
) -> None:
    go(running, qtbot, watched, None, monkeypatch, tmp_path, seed)


@pytest.mark.parametrize("ends", [True, False])
def test_a_walk_that_fails_leaves_nothing_to_the_next(
    running: Running,
    qtbot: QtBot,
    watched: Watched,
    models: ScriptedModels,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    ends: bool,
) -> None:
    def cannot_end(_windows: Windows) -> None:
        raise RuntimeError("the windows cannot end")

    def fail(walk: Walk, session: Session, _checks: Checks, _steps: int) -> None:
        session.windows.open()
        session.window.close()
        session.window.commands.new_window.trigger()
        session.window.commands.new_folder.trigger()  # a dialog
        if not ends:
            patch.setattr(Windows, "end", cannot_end)
        walk._qtbot.waitUntil(lambda: False, timeout=1)

    monkeypatch.setattr(Walk, "go", fail)
    before = qInstallMessageHandler(None)
    qInstallMessageHandler(before)
    with pytest.raises(TimeoutError if ends else RuntimeError), pytest.MonkeyPatch.context() as patch:
        go(running, qtbot, watched, models, monkeypatch, tmp_path, 0)
    after = qInstallMessageHandler(None)
    qInstallMessageHandler(after)
    assert after is before
    assert [each for each in QApplication.topLevelWidgets() if isinstance(each, MainWindow)] == []
    assert QApplication.activeModalWidget() is None
    with running() as session:
        ready(qtbot, session)


def test_a_window_that_is_made_anew_while_it_is_looked_at_is_looked_at_again(
    running: Running, qtbot: QtBot, watched: Watched, models: ScriptedModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as session:
        ready(qtbot, session)
        windows, look = session.windows, Checks._content
        assert windows is not None
        former = windows.foremost

        def make_anew(checks: Checks, opened: OpenWindow) -> Iterator[str]:
            """As when another language is taken on while the database is asked."""
            if opened is former:
                windows._renew(opened)
                QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            return look(checks, opened)

        monkeypatch.setattr(Checks, "_content", make_anew)
        checks = Checks(qtbot, session, watched)
        went = "window 0 was closed or made anew while it was looked at"
        assert went in checks.settled()
        assert went not in checks.settled()


def go(
    running: Running,
    qtbot: QtBot,
    watched: Watched,
    models: ScriptedModels | None,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    seed: int,
) -> None:
    """Take a walk of two sessions."""
    files = tmp_path / "files"
    files.mkdir()
    walk = Walk(qtbot, models, files, seed)
    monkeypatch.setattr(QFileDialog, "open", lambda dialog: walk.answer_dialog(dialog))
    for _ in range(SESSIONS):
        with watched.qt_messages(), running() as session:
            session.settings.change("network", "offline", True)
            ready(qtbot, session)
            walk.go(session, Checks(qtbot, session, watched), STEPS)
