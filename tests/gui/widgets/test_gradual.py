"""Many small things are done a few at a time, in their order, and what is replaced is not done at all."""

import itertools

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop_app.gui.widgets.gradual import AT_ONCE, PER_TURN, Gradual


def test_the_first_come_at_once_and_the_rest_a_few_per_turn(qtbot: QtBot) -> None:
    parent, done, turns = QObject(), [], []
    gradual = Gradual(lambda: turns.append(len(done)), parent)
    gradual.put("a", [lambda number=number: done.append(number) for number in range(20)])
    assert done == list(range(AT_ONCE))
    qtbot.waitUntil(lambda: len(done) == 20)
    assert done == list(range(20))
    assert max(after - before for before, after in itertools.pairwise(turns)) == PER_TURN
    qtbot.waitUntil(lambda: not gradual._timer.isActive())


def test_what_is_replaced_is_not_done(qtbot: QtBot) -> None:
    parent, done = QObject(), []
    gradual = Gradual(lambda: None, parent)
    gradual.put("a", [lambda: done.append("old")] * 20)
    gradual.put("b", [lambda: done.append("other")] * 5)
    gradual.put("a", [lambda: done.append("new")] * 6)
    qtbot.waitUntil(lambda: done.count("new") == 6 and done.count("other") == 5)
    assert done.count("old") == AT_ONCE


def test_nothing_more_is_made_for_what_is_out_of_sight(host: QWidget, qtbot: QtBot) -> None:
    parent, done = QWidget(host), []
    gradual = Gradual(lambda: None, parent)
    parent.hide()
    gradual.put("a", [lambda: done.append("a")] * 20)
    for _ in range(5):
        QCoreApplication.processEvents()
    assert len(done) == AT_ONCE
    parent.show()
    QCoreApplication.processEvents()
    assert len(done) > AT_ONCE
    parent.hide()
    count = len(done)
    for _ in range(5):
        QCoreApplication.processEvents()
    assert len(done) == count
    parent.show()
    qtbot.waitUntil(lambda: len(done) == 20)
