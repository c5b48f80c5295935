"""Whatever a person does on all pages, against a hub on loopback, and whatever ends beside: all shown is as it is stored.

A walk that fails prints its seed and all its steps, as in `tests/e2e/test_random_walks.py`.
"""

import os
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from desktop_app.support.paths import Paths
from tests.e2e.conftest import Running, models, running, watched
from tests.e2e.steps import ready
from tests.engine.tiny_models import write_tiny_model
from tests.hub.conftest import REPOSITORY
from tests.hub.server import HubServer
from tests.walks.checks import Checks, Watched
from tests.walks.scripted_models import ScriptedModels
from tests.walks.wide_walk import WideWalk

__all__ = ["models", "running", "watched"]
SOAK = bool(os.environ.get("INGLENOOK_SOAK"))
FIRST = 1000 * int(os.environ.get("INGLENOOK_SEED", "0"))
STEPS = int(os.environ.get("INGLENOOK_STEPS", "120" if SOAK else "10"))
WALKS = 30 if SOAK else 1
WITH_MODEL = 10 if SOAK else 1
SESSIONS = 3 if SOAK else 2


@pytest.fixture
def hub(server: HubServer, paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> HubServer:
    """A hub with tiny models, which the real engine can load."""
    monkeypatch.delenv("HF_HUB_OFFLINE")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))  # the system's trash
    (tmp_path / "share").mkdir()
    server.piece = 16 * 1024
    for number, name in enumerate((REPOSITORY, *(f"other/Model-{number}-GGUF" for number in range(4)))):
        base = name.rpartition("/")[2].removesuffix("-GGUF")
        data = write_tiny_model(tmp_path / "tiny.gguf", "llama", number).read_bytes()
        server.add(name, {f"{base}-Q4_K_M.gguf": data, f"{base}-Q8_0.gguf": data + b"\0", "README.md": b"# A model\n"})
    paths.config.mkdir(parents=True)
    paths.settings_file.write_text(f'{{"network": {{"mirror": "{server.endpoint}"}}}}')
    return server


@pytest.mark.parametrize("seed", range(FIRST, FIRST + WALKS))
def test_all_pages_show_what_is_stored_whatever_is_done(
    running: Running,
    qtbot: QtBot,
    watched: Watched,
    models: ScriptedModels,
    hub: HubServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    seed: int,
) -> None:
    go(running, qtbot, watched, models, hub, monkeypatch, tmp_path, seed)


@pytest.mark.parametrize("seed", range(FIRST, FIRST + WITH_MODEL))
def test_so_they_do_with_real_models(
    running: Running,
    qtbot: QtBot,
    watched: Watched,
    hub: HubServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    seed: int,
) -> None:
    go(running, qtbot, watched, None, hub, monkeypatch, tmp_path, seed)


def go(
    running: Running,
    qtbot: QtBot,
    watched: Watched,
    models: ScriptedModels | None,
    hub: HubServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    seed: int,
) -> None:
    """Take a walk of several sessions with the same data."""
    files, more = tmp_path / "files", tmp_path / "more"
    files.mkdir()
    more.mkdir()
    for number in (7, 8):
        write_tiny_model(more / f"mine-{number}-F32.gguf", "llama", number)
    (more / "broken.gguf").write_bytes(b"GGUF")
    walk = WideWalk(qtbot, models, files, seed, hub, more)
    monkeypatch.setattr(QFileDialog, "open", lambda dialog: walk.answer_dialog(dialog))
    for _ in range(SESSIONS):
        with watched.qt_messages(), running(wait=not walk.has_lock) as session:
            walk.begin(session)
            ready(qtbot, session)
            walk.go(session, Checks(qtbot, session, watched), STEPS)
