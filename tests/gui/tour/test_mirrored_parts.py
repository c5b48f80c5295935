"""What the tour draws where one reads from right to left."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QApplication, QWidget

from desktop_app.gui.look.theme import Theme
from desktop_app.gui.system.language import speak
from desktop_app.gui.tour.piece_flow import BOX, Piece, PieceFlow
from desktop_app.gui.tour.turn_meter import LABEL_SHARE, TurnMeter, TurnRow
from desktop_app.settings.schema import Language
from tests.gui.conftest import destroy
from tests.gui.look.test_mirroring import inked


@pytest.fixture(autouse=True)
def _arabic(qapp: QApplication) -> Iterator[None]:
    speak(qapp, Language.ARABIC)
    yield
    speak(qapp, Language.ENGLISH)


def room_beside(widget: QWidget, area: QRect) -> tuple[int, int]:
    """Return how much is empty at the left and at the right of what is drawn in the upper half, where no full stop is."""
    room = inked(widget, area)
    destroy(widget)
    return room


def test_the_full_stop_of_an_english_turn_stays_behind_it(theme: Theme) -> None:
    lefts = []
    for words in ("llll", "llll."):
        meter = TurnMeter(theme)
        meter.show_rows([TurnRow("ا", words, 1)])
        meter.resize(600, meter.sizeHint().height())
        left = round(600 * (1 - LABEL_SHARE))
        lefts.append(room_beside(meter, QRect(left, 0, 600 - left, meter.height() // 2))[0])
    assert lefts[1] < lefts[0]


def test_the_full_stop_of_an_english_piece_stays_behind_it(theme: Theme) -> None:
    rights = []
    for words in ("llll", "llll."):
        flow = PieceFlow(theme, "")
        flow.resize(600, 60)
        flow.show_pieces([Piece("ا", 1), Piece(words, 2)])
        box = flow._places[1].toRect()
        rights.append(room_beside(flow, QRect(box.left() + 4, 4, box.width() - 8, BOX // 2 - 4))[1])
    assert rights[1] > rights[0]
