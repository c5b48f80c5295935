"""How long the glass box of a 4,000-token answer takes to open: from the blob to the painted tab.

    QT_QPA_PLATFORM=offscreen python -m pytest tests/benchmarks/bench_glass.py -s -q

The steps are told apart by the thread that does them: the database's reader unpacks, the window lays out and paints.
Seconds of the thread are measured, so that other programs do not count. Nothing is asserted about a time.
"""

import statistics
import time
from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_app.domain.answer_tokens import branched, spans
from desktop_app.domain.parts import TextPart
from desktop_app.domain.traces import unpack
from desktop_app.gui.look.theme import load_theme
from desktop_app.gui.panel.glass.tab import GlassTab
from desktop_app.settings.schema import Appearance
from tests.traced_answers import made_up_traces

TOKENS = 4000
ROUNDS = 9
SENTENCE = "The keeper wrote down the wind, the tide and every ship that passed, and slept.\n\n"

pytestmark = pytest.mark.filterwarnings("default")


def milliseconds(action: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        began = time.thread_time()
        action()
        times.append(1000 * (time.thread_time() - began))
    return statistics.median(times)


def test_opening_an_answer(qtbot: QtBot) -> None:
    text = SENTENCE * 240
    traces = made_up_traces(text)
    text = "".join(traces.piece(number).decode() for number in range(TOKENS))
    traces = made_up_traces(text)
    blob = traces.packed()
    tab = GlassTab(load_theme(Appearance.LIGHT, 100, system_dark=False))
    tab.resize(310, 800)
    tab.show()
    qtbot.waitExposed(tab)
    parts = (TextPart(text),)

    def open_tab() -> None:
        tab.show_traces(traces, lambda number, option: branched(traces, number, option, parts) is not None)
        QApplication.processEvents()
        tab.repaint()

    print(f"\n{len(traces)} tokens, {len(blob) / len(traces):.0f} bytes a token on the disk")
    print(f"pack {milliseconds(traces.packed):.1f} ms, unpack {milliseconds(lambda: unpack(blob)):.1f} ms")
    print(f"open the tab {milliseconds(open_tab):.1f} ms")
    print(f"choose a word {milliseconds(lambda: tab.choose(2000)):.1f} ms")
    print(f"find the words in the text, for the chat's tints {milliseconds(lambda: spans(traces, '', text)):.1f} ms")
    tab.close()
