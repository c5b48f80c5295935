"""Tokens of texts that read from right to left, or both ways, as they are drawn one by one."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from desktop_app.domain.traces import Option, Trace, Traces
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.panel.glass.attention_flow import AttentionFlow
from desktop_app.gui.panel.glass.token_flow import TokenFlow
from desktop_app.gui.panel.glass.token_table import TokenTable
from desktop_app.support.isolates import isolated

LEFT, RIGHT = Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft
ONCE = Option(token=1, piece=b" once", probability=0.5, sampled_probability=0.5)


@pytest.fixture
def mirrored(qapp: QApplication) -> Iterator[None]:
    """The app reads from right to left."""
    qapp.setLayoutDirection(RIGHT)
    yield
    qapp.setLayoutDirection(LEFT)


@pytest.mark.parametrize(("texts", "direction"), [(("one", " two"), LEFT), (("مرحبا", " يا"), RIGHT)])
def test_tokens_run_as_their_text_reads(
    texts: tuple[str, ...], direction: Qt.LayoutDirection, mirrored: None, theme: Theme, host: QWidget
) -> None:
    flow = TokenFlow(theme, host)
    flow.resize(300, 60)
    flow.set_tokens(texts, (0.5, 0.5))
    assert flow.layoutDirection() is direction
    places = [flow._area(flow._flow, number) for number in range(2)]
    assert (places[0].x() < places[1].x()) is (direction is LEFT)
    assert [flow._token_at(place.center()) for place in places] == [0, 1]


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (("one", " م", "رحبا", ",", " عام", " ", "2", "6", " two"), (0, 6, 7, 5, 4, 3, 2, 1, 8)),
        (("مرحبا", " one", " two", "،", " يا", " 2", "6", "."), (7, 5, 6, 4, 3, 1, 2, 0)),
    ],
)
def test_tokens_of_another_script_run_their_own_way_in_their_line(
    texts: tuple[str, ...], order: tuple[int, ...], theme: Theme, host: QWidget
) -> None:
    flow = TokenFlow(theme, host)
    flow.resize(600, 60)
    flow.set_tokens(texts, [0.5] * len(texts))
    areas = [flow._area(flow._flow, number) for number in range(len(texts))]
    assert tuple(sorted(range(len(texts)), key=lambda number: areas[number].x())) == order
    assert all(areas[before].right() <= areas[behind].x() + 0.01 for before, behind in pairwise(order))
    assert [flow._token_at(area.center()) for area in areas] == [*range(len(texts))]


def test_what_a_model_read_runs_as_the_text_that_is_asked_about(theme: Theme, host: QWidget) -> None:
    flow = AttentionFlow(theme, host)
    flow.set_words(("<|im_start|>", "user", "\n", "مرحبا"), 3)
    assert flow.layoutDirection() is RIGHT
    flow.set_words(("<|im_start|>", "user", "\n", "مرحبا", "Hello"), 4)
    assert flow.layoutDirection() is LEFT


def test_pieces_of_an_arabic_word_join(theme: Theme, host: QWidget) -> None:
    flow = TokenFlow(theme, host)
    flow.resize(300, 60)
    flow.set_tokens(("ع", "ندم", "ا", " قا", "بلت", "x"), [0.5] * 6)
    joiner = "\u200d"
    assert flow._flow.words == [f"ع{joiner}", f"{joiner}ندم{joiner}", f"{joiner}ا", "قا", "بلت", "x"]
    assert flow.word(0) == "ع"


def test_a_blank_before_a_word_is_shown_before_it(mirrored: None, theme: Theme, host: QWidget) -> None:
    """In a line from the right, a sign at the beginning of an English word would stand behind it."""
    table = TokenTable(theme, host)
    table.set_traces(Traces.of((Trace(chosen=ONCE, options=(ONCE,)),)))
    assert table.rows.index(0, 1).data() == isolated("␣once")
