"""The whole window in this process, over the real engine and real files."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from string import ascii_letters

import pytest
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from desktop_app.domain.openings import Opening
from desktop_app.gui.start import Session
from desktop_app.gui.system.language import application, speak
from desktop_app.services.data_folder.place import Place
from desktop_app.settings.schema import Language
from desktop_app.settings.store import SettingsStore
from desktop_app.settings.window_state import WindowState, save_window_state
from desktop_app.support.paths import Paths
from tests.compiled_once import compiled_once
from tests.forks import forked_children
from tests.judged_once import judged_once
from tests.unhurried import unhurried
from tests.walks.checks import Watched
from tests.walks.scripted_models import ScriptedModels

Running = Callable[..., AbstractContextManager[Session]]
WAIT_MS = 60_000
USUAL_TOKENS = 24
"""How long answers are where a test does not say: the short starter would write until its context is full."""


@pytest.fixture(scope="session", autouse=True)
def _forked() -> Iterator[None]:
    """The windows in this process have forks for workers; programs that tests start spawn theirs, as everywhere."""
    with forked_children(), judged_once(), compiled_once(), unhurried(), pytest.MonkeyPatch.context() as patch:
        # Each answer would start a program that keeps the computer awake; `tests/unit/support/test_awake.py` is about it.
        patch.setattr("desktop_app.app.keeper", lambda _reason: ())
        yield


@pytest.fixture(scope="session", autouse=True)
def _every_word_is_right(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Have a dictionary in which all words are made of letters: to read the system's takes longer than most tests type.

    A test that is about words takes away `ENCHANT_CONFIG_DIR`.
    """
    folder = tmp_path_factory.mktemp("words") / "hunspell"
    folder.mkdir()
    parts = f"{ascii_letters}'"
    (folder / "en_US.aff").write_text("SET UTF-8\nCOMPOUNDMIN 1\nCOMPOUNDFLAG A\n", encoding="utf-8")
    (folder / "en_US.dic").write_text(f"{len(parts)}\n" + "".join(f"{part}/A\n" for part in parts), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ENCHANT_CONFIG_DIR", str(folder.parent))
        yield


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedModels]:
    """Models that answer as far as the test says, in place of the real engine."""
    made = ScriptedModels(monkeypatch)
    yield made
    made.close()


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    """Notes what goes wrong; nothing leads out of the app, and all speak English again after it."""
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda _url: True)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_given: "")
    yield Watched(monkeypatch)
    speak(application(), Language.ENGLISH)


@pytest.fixture
def running(qtbot: QtBot, paths: Paths) -> Running:
    """Return a context manager that runs the window over the test's folders, as often as wanted."""

    @contextmanager
    def run(*, welcomed: bool = True, wait: bool = True, opening: Opening | None = None) -> Iterator[Session]:
        if welcomed and not paths.window_file.exists():
            save_window_state(paths.window_file, WindowState(welcomed=True))
            if not paths.settings_file.exists():
                settings = SettingsStore(paths.settings_file)
                settings.change("engine", "context_size", 2048)  # the usual one takes as long as to read the weights
                settings.change("sampling", "max_tokens", USUAL_TOKENS)
        place = Place.take(paths)
        assert place is not None
        session = Session(paths, place, opening)
        try:
            with qtbot.waitSignal(session.services_started, timeout=WAIT_MS) if wait else nullcontext():
                session.show()
            yield session
        except BaseException:
            print(reports())  # what the app met before may be why the test failed
            raise
        finally:
            from PySide6.QtCore import QCoreApplication, QEvent

            try:
                session.end()
            except BaseException:
                clear_up(session)
                raise
            finally:
                session.deleteLater()
                QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        # The app says calmly what nobody caught, and goes on: the test would, too.
        assert not reports(), reports()

    def reports() -> str:
        return "\n".join(file.read_text("utf-8") for file in paths.logs.glob("crash-*.txt"))

    return run


def clear_up(session: Session) -> None:
    """End what a session that failed to end has left: the next tests would meet its processes, threads and windows."""
    for end in (
        lambda: session.app.stop() if session.app is not None else None,
        session._place.leave,
        session._finish_submitted,
        lambda: session._watch.stop() if session._watch is not None else None,
        session._collector.stop,
    ):
        with suppress(Exception):  # the failure that is told is the first one
            end()
    for window in QApplication.topLevelWidgets():
        window.hide()
        window.deleteLater()
