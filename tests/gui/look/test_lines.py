"""Text in several lines: with room between them, and no short word alone in the last one."""

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QRect, Qt
from PySide6.QtGui import QFont, QImage, QPainter

from desktop_app.gui.look.lines import Lines
from desktop_app.gui.look.theme import Theme, load_theme
from desktop_app.gui.widgets.controls import Label
from desktop_app.settings.schema import Appearance

SENTENCE = "All that Inglenook keeps is on this computer: 18 GB in 35 files. Nothing of it is sent anywhere."


def rows(
    lines: Lines, width: int, alignment: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignTop
) -> list[tuple[int, int, int]]:
    """Return where each line has ink: its first row of pixels, and its first and last column."""
    image = QImage(width, lines.height + 4, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    lines.paint(painter, QRect(0, 0, width, image.height()), alignment)
    painter.end()
    pixels = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), -1)[:, :width] != 0xFFFFFFFF
    inked = pixels.any(axis=1)
    begins = [row for row in range(len(inked)) if inked[row] and not (row and inked[row - 1])]
    found = []
    for begin, end in zip(begins, [*begins[1:], len(inked)], strict=True):
        columns = np.flatnonzero(pixels[begin:end].any(axis=0))
        found.append((begin, int(columns[0]), int(columns[-1])))
    return found


def width_of(theme: Theme, words: str) -> int:
    return Label(theme, words).fontMetrics().horizontalAdvance(words)


def test_lines_have_the_distance_of_the_tokens(theme: Theme) -> None:
    lines = Lines(theme, theme.font("body"), "Hat\nHat\nHat", 400)
    tops = [top for top, _left, _right in rows(lines, 400)]
    assert [after - before for before, after in pairwise(tops)] == [21, 21]  # 1.5 times 14


def test_one_line_takes_no_more_room_than_before(theme: Theme) -> None:
    label = Label(theme, "Hat", "small", wraps=True)
    assert label.heightForWidth(400) == label.fontMetrics().height()


def test_no_short_word_stands_alone_in_the_last_line(theme: Theme) -> None:
    font = theme.font("body")
    width = width_of(theme, SENTENCE) - 10  # all but the last word has room
    lines = Lines(theme, font, SENTENCE, width)
    (_top, _left, first), (_below, _edge, last) = rows(lines, width)
    assert lines.count == 2
    assert first < width_of(theme, SENTENCE.removesuffix(" anywhere.")) - 10
    assert last > width_of(theme, "anywhere.")


def test_a_word_stands_alone_where_it_would_take_another_line(theme: Theme) -> None:
    words = "Nobody here"
    lines = Lines(theme, theme.font("body"), words, width_of(theme, "Nobody") + 2)
    assert lines.count == 2


@pytest.mark.parametrize(
    ("alignment", "share"),
    [
        (Qt.AlignmentFlag.AlignLeft, 0.0),
        (Qt.AlignmentFlag.AlignHCenter, 0.5),
        (Qt.AlignmentFlag.AlignRight, 1.0),
    ],
)
def test_lines_stand_where_they_are_aligned(alignment: Qt.AlignmentFlag, share: float, theme: Theme) -> None:
    width = width_of(theme, SENTENCE) - 10
    for _top, left, right in rows(Lines(theme, theme.font("body"), SENTENCE, width), width, alignment):
        assert abs(left - (width - (right - left)) * share) <= 3


def test_a_label_lays_other_words_and_fonts_out_anew(theme: Theme) -> None:
    label = Label(theme, "Hat", "small", wraps=True)
    one = label.heightForWidth(400)
    label.setText("Hat\nHat")
    two = label.heightForWidth(400)
    label.setFont(theme.font("title"))
    assert one < two < label.heightForWidth(400)
    label.theme = load_theme(Appearance.LIGHT, 200, system_dark=False)
    label.apply_theme()
    assert label.heightForWidth(400) == label.height_of(2) > 1.9 * two
    for width in range(20, 400, 10):  # more than are kept
        assert label.heightForWidth(width) >= label.height_of(2)


def test_a_label_is_as_high_as_its_lines(theme: Theme) -> None:
    label = Label(theme, "Hat\nHat", "body", wraps=True)
    label.setContentsMargins(0, 3, 0, 4)
    assert label.heightForWidth(400) == label.height_of(2) + 7 == label.sizeHint().height()


@pytest.fixture
def laid_out(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The widths in which labels lay their words out."""
    widths: list[int] = []

    class Counted(Lines):
        def __init__(self, theme: Theme, font: QFont, words: str, width: int) -> None:
            widths.append(width)
            super().__init__(theme, font, words, width)

    monkeypatch.setattr("desktop_app.gui.widgets.controls.Lines", Counted)
    return widths


def test_words_that_fit_in_one_line_are_laid_out_once(theme: Theme, laid_out: list[int]) -> None:
    label = Label(theme, "A hat", wraps=True)
    heights = {label.heightForWidth(width) for width in range(100, 140)}
    assert len(laid_out) == 1
    label.heightForWidth(10)
    assert laid_out[1:] == [10]  # there they do not fit
    assert heights == {label.height_of(1)}


def test_words_are_laid_out_once_in_each_width_that_a_layout_asks_for(theme: Theme, laid_out: list[int]) -> None:
    label = Label(theme, SENTENCE, wraps=True)
    for _sweep in range(3):
        for width in range(100, 170, 10):
            label.heightForWidth(width)
        QCoreApplication.sendEvent(label, QEvent(QEvent.Type.FontChange))  # as when a label gets its style
    assert len(laid_out) == 8  # one of them in no width at all


def test_another_font_lays_words_out_anew(theme: Theme) -> None:
    label = Label(theme, SENTENCE, wraps=True)
    before = label.heightForWidth(200)
    label.set_theme(load_theme(Appearance.LIGHT, 150, system_dark=False))
    assert label.heightForWidth(200) > before
