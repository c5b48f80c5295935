"""Fixtures for the window's parts: a theme, chats, a shown main window."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from desktop_app.domain.chats import Chat
from desktop_app.domain.models import ModelFile
from desktop_app.gui.look.theme import Theme, load_theme
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.settings.schema import Appearance, AppearanceSettings, Settings

TODAY = date(2026, 11, 19)  # a Thursday

STARTER = ModelFile(
    path="/m/starter.gguf", name="SmolLM2 135M Instruct", quantization="Q4_1", size=98_362_432, is_starter=True
)
QWEN = ModelFile(path="/m/qwen.gguf", name="Qwen3 8B", quantization="Q4_K_M", size=5_027_783_488)


@pytest.fixture(params=[100, 150])
def text_size(request: pytest.FixtureRequest) -> int:
    """Both text sizes that screens are checked at."""
    size: int = request.param
    return size


@pytest.fixture
def theme(qapp: object) -> Theme:
    """The light theme at 100 %."""
    return load_theme(Appearance.LIGHT, 100, system_dark=False)


@pytest.fixture
def themed_app(qapp: QApplication, theme: Theme) -> Iterator[None]:
    """The application dressed as the window dresses it, where fields are wider."""
    before = qapp.font(), qapp.palette(), qapp.styleSheet()
    theme.apply(qapp)
    yield
    qapp.setStyleSheet("")  # from one sheet to another Qt tells what is gone already, too, at times
    qapp.setStyleSheet(before[2])
    qapp.setPalette(before[1])
    qapp.setFont(before[0])


@pytest.fixture
def settings() -> Settings:
    """Settings without motion."""
    return Settings(appearance=AppearanceSettings(reduced_motion=True))


@pytest.fixture
def new_window(
    qtbot: QtBot, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., MainWindow]]:
    """Makes a shown window of a size and text size; it is gone for good when the test is over."""
    made: list[MainWindow] = []
    for name in ("BUDGET_SECONDS", "FRAME_SECONDS"):  # a busy computer would leave rows to the next frames
        monkeypatch.setattr(f"desktop_app.gui.chat.layout.placing.{name}", 60.0)

    def make(width: int = 1360, height: int = 860, text_size: int = 100) -> MainWindow:
        window = MainWindow(load_theme(Appearance.LIGHT, text_size, system_dark=False), settings)
        made.append(window)
        window.resize(width, height)
        window.sidebar.set_chats(some_chats(), TODAY)
        window.top_bar.set_models([STARTER, QWEN])
        window.top_bar.set_title("Lighthouse timer in Python")
        window.top_bar.set_model("Qwen3 8B", "Q4_K_M", "CPU", "No graphics card was found.", "ready", 1.0)
        window.top_bar.set_context(3174, 8192)
        window.show()
        qtbot.waitExposed(window)
        return window

    yield make
    for window in made:
        window.close()
        destroy(window)


def destroy(widget: QWidget) -> None:
    """Delete `widget` now rather than when an event loop is next entered."""
    widget.deleteLater()
    QCoreApplication.sendPostedEvents(widget, QEvent.Type.DeferredDelete.value)
    assert not isValid(widget)


@pytest.fixture
def window(new_window: Callable[..., MainWindow]) -> MainWindow:
    """A shown window of the usual size."""
    return new_window()


@pytest.fixture
def host(qtbot: QtBot) -> Iterator[QWidget]:
    """A shown window to put a part into; its size is nobody's wish."""
    made = QWidget()
    made.resize(1000, 700)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.close()
    destroy(made)


def chat(name: str, days: float = 0, *, pinned: bool = False, title: str = "") -> Chat:
    """Return a chat last used `days` days before the noon of TODAY, local time."""
    noon = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC).replace(tzinfo=None).astimezone()
    moment = (noon - timedelta(days=days)).timestamp()
    return Chat(id=name, title=title or name.title(), created_at=moment, updated_at=moment, pinned=pinned)


def some_chats() -> list[Chat]:
    """Return a few chats of different days."""
    return [chat("boat", 40), chat("lamp"), chat("lease", 1), chat("thesis", 300, pinned=True), chat("oven", 9)]
