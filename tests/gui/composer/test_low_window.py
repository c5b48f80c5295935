"""The composer in a low window, with all that can be in it."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.parts import FilePart
from desktop_app.domain.unsent import NextQuestion
from desktop_app.gui.window.main_window import MainWindow

WAITING = [NextQuestion(id=str(number), text=f"Question {number}") for number in range(9)]
FILES = [FilePart(name=f"note {number}.txt", text="Words", size=5, tokens=1) for number in range(6)]


@pytest.mark.parametrize("text_size", [100, 200])
def test_no_part_lies_over_another_one(new_window: Callable[..., MainWindow], qtbot: QtBot, text_size: int) -> None:
    window = new_window(400, 420, text_size)
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
    qtbot.waitUntil(lambda: composer.field.viewport().rect().contains(composer.field.cursorRect()))
    rows = [row for row in composer.queued.rows if row.isVisible()]
    assert all(above.geometry().bottom() < below.geometry().top() for above, below in pairwise(rows))
    window.resize(1200, 1500)
    qtbot.waitUntil(lambda: composer.field.height() >= 8 * composer.field.fontMetrics().lineSpacing())
