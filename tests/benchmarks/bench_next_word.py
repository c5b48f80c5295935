"""What a slider's move to repainted bars costs the window's thread, at a vocabulary of 152,000.

Figures are CPU time of this thread, from the slider's new value to the end of the painting.
"""

import os
import statistics
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import msgspec
import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_app.domain.distribution import Distribution
from desktop_app.domain.sampling import LONGEST_WINDOW, Sampling
from desktop_app.gui.look.theme import load_theme
from desktop_app.gui.panel.sampling.tab import SamplingTab
from desktop_app.settings.schema import Appearance

VOCABULARY = 152_000
MOVES = 300
EVERYTHING = Sampling(
    top_k=0, repeat_penalty=1.1, repeat_last_n=LONGEST_WINDOW, dry_multiplier=0.8, dry_last_n=LONGEST_WINDOW,
    top_n_sigma=4.0, typical_p=0.99, top_p=0.999, min_p=0.001, xtc_probability=0.5, dynatemp_range=0.3,
)  # fmt: skip
CHAINS = {
    "as it is usually": Sampling(),
    "no cut at all": Sampling(top_k=0, top_p=1.0, min_p=0.0),
    "every step, no top-k": EVERYTHING,
    "mirostat": Sampling(mirostat=2, repeat_penalty=1.1),
    "adaptive-p, no cut": Sampling(top_k=0, top_p=1.0, min_p=0.0, adaptive_target=0.3),
}


@pytest.fixture(scope="module")
def distribution() -> Distribution:
    chance = np.random.default_rng(4)
    recent = chance.integers(0, 2000, LONGEST_WINDOW).tolist()
    logits = chance.normal(0.0, 3.0, VOCABULARY).astype(np.float32)
    began = time.thread_time()
    made = Distribution(logits, recent)
    print(
        f"\nsorting {VOCABULARY:,} logits, once, not in the window's thread: {(time.thread_time() - began) * 1000:.1f} ms"
    )
    return made


@pytest.mark.parametrize("name", CHAINS)
def test_a_move_of_a_slider(qtbot: QtBot, distribution: Distribution, name: str) -> None:
    """Print what a move costs, from the slider to the painted bars."""
    tab = SamplingTab(load_theme(Appearance.LIGHT, 100, system_dark=False))
    qtbot.addWidget(tab)
    tab.resize(328, 860)
    block = tab.next_word
    tab.sampling_changed.connect(block.set_sampling)
    tab.set_sampling(CHAINS[name])
    block.set_sampling(CHAINS[name])
    block.show_logits(distribution, "It always ends", dict.fromkeys(range(VOCABULARY), b" word"))
    tab.show()
    qtbot.waitExposed(tab)
    QApplication.processEvents()
    costs, firsts = [], []
    values = [0.3 + (place * 37 % 100) / 100 for place in range(MOVES)]
    for value in values:
        began = time.thread_time()
        tab.editors["temperature"].settle(value)
        QApplication.processEvents()
        costs.append((time.thread_time() - began) * 1000)
    for value in values:
        first = msgspec.structs.replace(tab.sampling, repeat_penalty=1.0 + value / 2)
        began = time.thread_time()
        block.set_sampling(first)
        QApplication.processEvents()
        firsts.append((time.thread_time() - began) * 1000)
    print(f"\n{name}")
    for what, spent in (("temperature, its slider included", costs), ("repeat penalty, which is first", firsts)):
        spent.sort()
        print(f"  {what}: median {statistics.median(spent):.2f} ms, p99 {spent[MOVES * 99 // 100]:.2f} ms, "
              f"worst {spent[-1]:.2f} ms a move")  # fmt: skip
