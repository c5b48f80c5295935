"""The composer in a low window, with all that can be in it."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.parts import FilePart
from desktop_app.domain.unsent import NextQuestion
from desktop_app.gui.window.main_window import MainWindow
from tests.screens.geometry import flaws

WAITING = [NextQuestion(id=str(number), text=f"Question {number}") for number in range(9)]
FILES = [FilePart(name=f"note {number}.txt", text="Words", size=5, tokens=1) for number in range(6)]


@pytest.mark.usefixtures("themed_app")
@pytest.mark.parametrize(("text_size", "height"), [(100, 420), (200, 840), (200, 720)])
def test_no_part_lies_over_another_one(
    new_window: Callable[..., MainWindow], qapp: QApplication, qtbot: QtBot, text_size: int, height: int
) -> None:
    window = new_window(400, 420, text_size)
    window.theme.apply(qapp)
    window.chat_view()  # which takes some of the height
    window.setMinimumHeight(height)  # the last is all that a screen with 768 lines has
    window.resize(window.width(), height)
    composer = window.composer
    composer.set_state("streaming")
    composer.queued.show_queue(WAITING, "The answer was stopped, so the next question is waiting.")
    composer.set_files(FILES)
    composer.set_text("\n".join(f"line {number}" for number in range(20)))

    def parts() -> list[QRect]:
        shown: list[QWidget] = [composer.queued, composer.attachments, composer.field, composer.send]
        return [part.geometry() for part in shown]

    qtbot.waitUntil(lambda: all(above.bottom() < below.top() for above, below in pairwise(parts())))
    assert parts()[-1].bottom() < composer.height()
    assert composer.geometry().top() > 0
    assert flaws(composer) == []
    qtbot.waitUntil(lambda: composer.field.viewport().rect().contains(composer.field.cursorRect()))
    rows = [row for row in composer.queued.rows if row.isVisible()]
    assert all(above.geometry().bottom() < below.geometry().top() for above, below in pairwise(rows))
    window.resize(1200, 1500)
    qtbot.waitUntil(lambda: composer.field.height() >= 8 * composer.field.fontMetrics().lineSpacing())
