"""Notices: how long they stay, what they offer, and what comes back."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QPoint, QPointF
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import (
    QApplication,
)
from pytestqt.qtbot import QtBot

from desktop_app.gui.window.main_window import MainWindow

NewWindow = Callable[..., MainWindow]


def test_an_undo_runs_once_and_closes(window: MainWindow) -> None:
    undone: list[int] = []
    window.notice.show_notice("“Lamp” was moved to the trash.", ("Undo", partial(undone.append, 1)))
    assert window.notice.isVisible()
    window.notice.action.click()
    assert undone == [1]
    assert not window.notice.isVisible()


def test_choices_stand_below_the_words_until_another_notice(window: MainWindow) -> None:
    chosen: list[str] = []
    choices = [(name, partial(chosen.append, name)) for name in ("Forget the oldest", "New chat")]
    window.notice.show_notice("The context is full.", None, "error", choices=choices)
    QApplication.processEvents()
    first, second = window.notice.choices
    assert first.y() > window.notice.label.geometry().bottom()
    assert first.geometry().right() < second.x()
    second.click()
    assert chosen == ["New chat"]
    assert not window.notice.isVisible()
    window.notice.show_notice("Saved.")
    assert window.notice.choices == []


def test_what_a_notice_offers_comes_back_when_another_covered_it(window: MainWindow, qtbot: QtBot) -> None:
    bar, chosen = window.notice, []
    for _again in range(2):
        bar.show_notice("It differs.", timeout=0, choices=[("Keep the new answer", partial(chosen.append, "kept"))])
    running = bar.show_notice("The answer is written again…", ("Stop", partial(int)), timeout=0, chat_id="1")
    bar.show_notice("Saved.", timeout=10)
    qtbot.waitUntil(lambda: bar.label.text() == "The answer is written again…")
    assert bar.action.isVisible()
    bar.show_notice("Moved to the trash.", ("Undo", partial(chosen.append, "undone")))
    bar.dismiss(running)
    assert bar.label.text() == "Moved to the trash."
    bar.action.click()
    assert (bar.label.text(), bar.action.isHidden(), len(bar.choices)) == ("It differs.", True, 1)
    bar.choices[0].click()
    assert chosen == ["undone", "kept"]
    assert not bar.isVisible()


def test_what_a_notice_offers_for_another_chat_does_not_come_back(window: MainWindow) -> None:
    window.notice.show_notice("It differs.", timeout=0, chat_id="1")
    window.notice.show_notice("Saved.")
    window.notice.show_chat("2")
    assert window.notice.label.text() == "Saved."
    window.notice.close_button.click()
    assert not window.notice.isVisible()


def test_a_notice_goes_away_and_an_error_stays(window: MainWindow, qtbot: QtBot) -> None:
    window.notice.show_notice("Saved.", timeout=10)
    qtbot.waitUntil(lambda: not window.notice.isVisible())
    window.notice.show_notice("The disk is full. Make room, then try again.", kind="error")
    assert not window.notice._timer.isActive()
    window.notice.close_button.click()
    assert not window.notice.isVisible()


def test_a_notice_waits_while_its_window_is_closed(window: MainWindow, qtbot: QtBot) -> None:
    """As it can be where an icon in the tray stands for it."""
    window.notice.show_notice("Discarded.", ("Undo", partial(int)), timeout=200)
    window.hide()
    window.notice.show_notice("Discarded, too.", ("Undo", partial(int)), timeout=200)
    assert not window.notice._timer.isActive()
    window.show()
    assert window.notice.isVisible()
    qtbot.waitUntil(lambda: not window.notice.isVisible())


def test_a_notice_that_lasts_stays_when_the_pointer_leaves_it(window: MainWindow) -> None:
    for timeout, goes in ((0, False), (None, True)):
        window.notice.show_notice("The answer is written again…", timeout=timeout)
        inside = QPointF(5, 5)
        QApplication.sendEvent(window.notice, QEnterEvent(inside, inside, inside))
        assert not window.notice._timer.isActive()
        QApplication.sendEvent(window.notice, QEvent(QEvent.Type.Leave))
        assert window.notice._timer.isActive() is goes


def test_a_notice_never_covers_the_composer(new_window: NewWindow) -> None:
    window = new_window(900, 640)
    window.notice.show_notice("A long sentence that needs more than one line. " * 4, kind="error")
    QApplication.processEvents()
    bottom = window.notice.mapTo(window, QPoint(0, window.notice.height())).y()
    assert bottom <= window.composer.mapTo(window, QPoint(0, 0)).y()
    label = window.notice.label
    assert label.height() >= label.heightForWidth(label.width())
