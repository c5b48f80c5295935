"""The candidates below the sliders: bars, steps, and why there are none."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.distribution import Distribution
from desktop_app.domain.sampling import Sampling
from desktop_app.gui.look.theme import Theme, load_theme, retheme
from desktop_app.gui.panel.sampling.bars import Bar
from desktop_app.gui.panel.sampling.next_word import ROWS, NextWord
from desktop_app.gui.panel.sampling.next_word_text import percent, tail_words, token_words
from desktop_app.gui.panel.sampling.tab import SamplingTab
from desktop_app.settings.schema import Appearance

SHARES = np.array([0.40, 0.23, 0.12, 0.08, 0.06, 0.05, 0.03, 0.02, 0.01])
PIECES = {token: f" word{token}".encode() for token in range(len(SHARES))}
PLAIN = Sampling(temperature=1.0, top_k=0, top_p=1.0, min_p=0.0)


@pytest.fixture
def block(host: QWidget, theme: Theme) -> NextWord:
    made = NextWord(theme, host)
    made.resize(300, 400)
    made.show()
    return made


@pytest.fixture
def filled(block: NextWord) -> NextWord:
    block.set_sampling(PLAIN)
    block.show_logits(Distribution(np.log(SHARES).astype(np.float32)), "It always ends", PIECES, (8,))
    return block


def values(block: NextWord) -> list[str]:
    return [bar.value for bar in block.bars.rows.bars]


def told(block: NextWord, row: int) -> str:
    return str(block.bars.rows.data(block.bars.rows.index(row), Qt.ItemDataRole.AccessibleTextRole))


def chips(block: NextWord) -> list[str]:
    return [str(block.chips.model().index(row, 0).data()) for row in range(block.chips.model().rowCount())]


def test_the_likeliest_are_shown_with_their_share(filled: NextWord) -> None:
    assert [bar.word for bar in filled.bars.rows.bars] == [f"word{token}" for token in range(ROWS)]
    assert values(filled)[:3] == ["40 %", "23 %", "12 %"]
    assert filled.tail.text() == "It always ends __"
    assert "9 words are left" in filled.legend.text()
    assert filled.bars.isVisible()
    assert not filled.reason.isVisible()


def test_long_words_that_begin_alike_look_different(filled: NextWord) -> None:
    bars = filled.bars
    usual = bars.word_width
    bars.show_bars([Bar(word, 0.1, 0.1, "10 %", word) for word in ("implementation", "implementations")])
    picture = bars.grab().toImage()
    first, second = (picture.copy(bars.visualRect(bars.rows.index(row))) for row in range(2))
    assert first != second
    filled.set_sampling(Sampling(temperature=2.0, top_k=0))
    assert bars.word_width == usual < bars.width() // 2


def test_a_slider_redraws_at_once_and_says_what_cut_a_word(filled: NextWord) -> None:
    filled.set_sampling(Sampling(temperature=0.5, top_k=4, top_p=1.0, min_p=0.2))
    assert values(filled) == ["68 %", "23 %", "6.2 %", "2.7 %", "cut", "cut", "cut", "cut"]
    assert told(filled, 4) == "word4: cut by top-k. It had 6.0 %."
    assert told(filled, 0) == "word0: 68 %, and 40 % before."
    filled.set_sampling(Sampling(temperature=0.5, top_k=4, top_p=1.0, min_p=0.25))
    assert told(filled, 3) == "word3: cut by min-p. It had 8.0 %."
    assert "3 words are left" in filled.legend.text()


def test_each_step_can_be_looked_at(filled: NextWord) -> None:
    sampling = Sampling(temperature=0.5, top_k=4, top_p=1.0, min_p=0.25)
    filled.set_sampling(sampling)
    assert chips(filled) == ["Model", "Top-k", "Min-p", "Temperature", "All steps"]
    assert filled.chips.currentIndex().data() == "All steps"
    first = filled.chips.visualRect(filled.chips.model().index(1, 0)).center()
    QTest.mouseClick(filled.chips.viewport(), Qt.MouseButton.LeftButton, pos=first)
    assert values(filled)[:5] == ["48 %", "28 %", "14 %", "9.6 %", "cut"]
    filled.chips.setFocus()
    QTest.keyClick(filled.chips, Qt.Key.Key_Right)
    assert values(filled)[:4] == ["53 %", "31 %", "16 %", "cut"]
    assert filled.bars.rows.bars[0].before == pytest.approx(0.40 / 0.83)
    filled.set_sampling(Sampling(temperature=0.5, top_k=4, top_p=1.0, min_p=0.2))
    assert filled.chips.currentIndex().data() == "Min-p", "it stays for as long as the step is on"
    filled.set_sampling(PLAIN)
    assert chips(filled) == ["Model", "All steps"]
    assert filled.chips.currentIndex().data() == "All steps"


def test_settings_that_leave_no_word_say_so(filled: NextWord) -> None:
    filled.set_sampling(Sampling(temperature=1e-44, top_k=0, top_p=1.0, min_p=0.0))
    assert "no word" in filled.reason.text()
    assert filled.reason.isVisible()
    assert not filled.bars.isVisible()
    filled.set_sampling(PLAIN)
    assert filled.bars.isVisible()
    assert not filled.reason.isVisible()


def test_a_reason_stands_in_their_place_and_may_offer_to_read(filled: NextWord, qtbot: QtBot) -> None:
    filled.clear("The model has not read this chat yet.", can_read=True)
    assert filled.reason.isVisible()
    assert not filled.bars.isVisible()
    with qtbot.waitSignal(filled.reading_wanted):
        filled.read_button.click()
    filled.clear("Ask something.")
    assert not filled.read_button.isVisible()
    filled.set_sampling(Sampling())
    assert filled.reason.text() == "Ask something."


def test_unknown_words_are_wanted_once(block: NextWord, qtbot: QtBot) -> None:
    block.set_sampling(PLAIN)
    with qtbot.waitSignal(block.pieces_wanted) as wanted:
        block.show_logits(Distribution(np.log(SHARES).astype(np.float32)), "It", {0: b" known"})
    assert wanted.args == [tuple(range(1, ROWS))]
    assert [bar.word for bar in block.bars.rows.bars][:2] == ["known", "…"]
    with qtbot.assertNotEmitted(block.pieces_wanted):
        block.set_sampling(Sampling())
        block.add_pieces(PIECES)
    assert [bar.word for bar in block.bars.rows.bars][:2] == ["word0", "word1"]


def test_many_moves_compute_the_chain_once_each_and_ask_nobody(
    filled: NextWord, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    calls: list[Sampling] = []
    chain = Distribution.chain
    monkeypatch.setattr(Distribution, "chain", lambda self, sampling: calls.append(sampling) or chain(self, sampling))
    moves = [Sampling(temperature=0.1 + place / 50) for place in range(50)]
    with qtbot.assertNotEmitted(filled.pieces_wanted):
        for sampling in (*moves, moves[-1]):
            filled.set_sampling(sampling)
    assert calls == moves


def test_the_tab_has_it_below_its_rows_in_every_theme(host: QWidget, theme: Theme) -> None:
    tab = SamplingTab(theme, host)
    tab.resize(328, 700)
    tab.show()
    block = tab.next_word
    assert block is tab.next_word
    block.show_logits(Distribution(np.log(SHARES).astype(np.float32)), "It always ends", PIECES)
    QTest.qWait(0)
    last = max(row.mapTo(tab.body, QPoint()).y() for row in tab.rows.values())
    assert block.mapTo(tab.body, QPoint()).y() > last
    height = block.bars.height()
    retheme(tab, load_theme(Appearance.DARK, 150, system_dark=True))
    assert block.bars.height() == height * 3 // 2
    assert block.theme.dark


def test_how_tokens_are_written() -> None:
    assert token_words(b" dark", "ends", ends=False) == "dark"
    assert token_words(b"ing", "end", ends=False) == "…ing"
    assert token_words(b"The", "ends\n", ends=False) == "The"
    assert token_words(b".", "ends", ends=False) == "."
    assert token_words(b"\n\n", "ends", ends=False) == "⏎⏎"
    assert token_words(b"  ", "ends", ends=False) == "␣␣"
    assert token_words(b"<|im_end|>", "ends", ends=True) == "(end of the answer)"
    assert token_words("ö".encode()[:1], "", ends=False) == "\ufffd"
    assert token_words(None, "ends", ends=False) == "…"


def test_how_shares_and_tails_are_written() -> None:
    assert [percent(share) for share in (1.0, 0.614, 0.1, 0.0999, 0.052, 0.001, 0.0004, 0.0)] == [
        "100 %", "61 %", "10 %", "10 %", "5.2 %", "0.1 %", "< 0.1 %", "0 %",
    ]  # fmt: skip
    assert tail_words("") == "__"
    assert tail_words("One\n\ntwo") == "One two __"
    assert tail_words("word " * 100).startswith("…")
