"""What is said where there is no window yet: that the one that is running already is waited for."""

import threading
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox

from desktop_app.domain.errors import EngineError, ErrorCode
from desktop_app.gui import without_window
from desktop_app.gui.without_window import wait_with_words


@pytest.fixture
def answered(qapp: QApplication) -> Iterator[threading.Event]:
    """Set once the other program answers; at the end of the test in any case."""
    made = threading.Event()
    yield made
    made.set()


def when_asked(do: Callable[[QMessageBox], None]) -> QTimer:
    """Do something to the box that says what is waited for, once it is shown; keep the timer as long."""

    def look() -> None:
        box = QApplication.activeModalWidget()
        if isinstance(box, QMessageBox):
            watch.stop()
            do(box)

    watch = QTimer(interval=10)
    watch.timeout.connect(look)
    watch.start()
    return watch


def test_what_takes_longer_than_a_moment_is_said(answered: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(without_window, "PATIENCE_SECONDS", 0.0)
    said: list[str] = []

    def do(box: QMessageBox) -> None:
        said.append(box.text())
        answered.set()

    watch = when_asked(do)
    made: list[bool] = []
    assert wait_with_words(lambda: answered.wait() and "place", lambda: made.append(True)) == "place"
    assert said == ["Inglenook is running already."]
    assert made == [True]
    assert QApplication.activeModalWidget() is None
    assert not watch.isActive()


def test_who_waits_can_give_up(answered: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(without_window, "PATIENCE_SECONDS", 0.0)
    watch = when_asked(lambda box: box.button(QMessageBox.StandardButton.Cancel).click())
    assert wait_with_words(answered.wait, lambda: None) is None
    assert not watch.isActive()


def test_nothing_is_said_of_what_comes_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(without_window, "PATIENCE_SECONDS", 600.0)

    def fail() -> None:
        raise EngineError(ErrorCode.OWNER_UNREACHABLE, "gone")

    assert wait_with_words(lambda: "place", fail) == "place"
    with pytest.raises(EngineError):
        wait_with_words(fail, lambda: None)
