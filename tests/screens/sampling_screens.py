"""The screens of the panel's sliders, with the next word below them."""

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import Qt

from desktop_app.domain.distribution import Distribution
from desktop_app.domain.messages import MessageStatus
from desktop_app.domain.sampling import Sampling
from desktop_app.gui.panel.sampling.form_examples import SCHEMAS
from desktop_app.gui.panel.sampling.tab import ALL_GROUPS
from desktop_app.gui.window.main_window import MainWindow
from tests.screens import pictures
from tests.screens.chat_screens import SECOND_ANSWER, fill_chat
from tests.screens.shown_window import show_panel


def drawer_panel(window: MainWindow) -> None:
    fill_chat(window)
    show_panel(window)


CANDIDATES = (" dark", " off", " safely", " cleanly", "ness", " up", " well", "\n", ".", " properly", "<|im_end|>")


def next_word(window: MainWindow) -> None:
    """The candidates below the sliders, as far as the drawer has room for them."""
    fill_chat(window, last=MessageStatus.STOPPED)
    drawer_panel(window)
    pictures.settle(window)
    shares = np.array([0.40, 0.23, 0.12, 0.07, 0.05, 0.03, 0.021, 0.02, 0.015, 0.012, 0.009])
    logits = np.full(2000, np.log(2e-5), dtype=np.float32)
    logits[: len(shares)] = np.log(shares)
    tab = window.panel.sampling_tab
    pieces = {token: piece.encode() for token, piece in enumerate(CANDIDATES)}
    tab.set_sampling(Sampling(temperature=0.7, top_p=0.9))
    tab.next_word.set_sampling(tab.sampling)
    tab.next_word.show_logits(Distribution(logits), SECOND_ANSWER.removesuffix(" dark"), pieces, (10,))
    pictures.settle(window)
    tab.verticalScrollBar().setValue(tab.verticalScrollBar().maximum())


def next_word_step(window: MainWindow) -> None:
    next_word(window)
    chips = window.panel.sampling_tab.next_word.chips
    chips.setFocus(Qt.FocusReason.TabFocusReason)
    chips.setCurrentIndex(chips.model().index(4, 0))


def next_word_unread(window: MainWindow) -> None:
    fill_chat(window)
    drawer_panel(window)
    view = window.panel.sampling_tab.next_word
    view.clear("The model has not read this chat yet: 3,174 tokens of it are new to it.", can_read=True)


def show_groups(window: MainWindow, *names: str, sampling: Sampling) -> None:
    """Open groups of the Sampling tab, and scroll to the first of them."""
    fill_chat(window)
    show_panel(window)
    tab = window.panel.sampling_tab
    tab.set_sampling(sampling)
    tab.open((ALL_GROUPS, *names))
    pictures.settle(window, 100)
    head = tab.groups.sections[names[0]].head if names else tab.more
    tab.verticalScrollBar().setValue(head.mapTo(tab.body, head.rect().topLeft()).y() - 8)


def sampling_groups(window: MainWindow) -> None:
    show_groups(window, sampling=Sampling(temperature=0.7, dry_multiplier=0.8, dry_allowed_length=4, stop=("END",)))
    window.panel.sampling_tab.verticalScrollBar().setValue(0)


def sampling_repetition(window: MainWindow) -> None:
    show_groups(window, "Repetition", "DRY", sampling=Sampling(repeat_penalty=1.1, dry_multiplier=0.8))


def sampling_mirostat(window: MainWindow) -> None:
    show_groups(window, "More filters", "XTC", "Mirostat", sampling=Sampling(mirostat=2))


def sampling_words(window: MainWindow) -> None:
    words = Sampling(begin_with="Sure, here it is:", stop=("END", "\n\n", " User:"),
                     banned=("delve", "tapestry", "as an AI language model"),
                     logit_bias={"perhaps": -100.0, "sea": 5.0}, json_schema=SCHEMAS[0][1])  # fmt: skip
    show_groups(window, "Words", "Answer format", sampling=words)


def sampling_order(window: MainWindow) -> None:
    show_groups(window, "Order of the steps", sampling=Sampling(order=("temperature", "top_k"), top_n_sigma=1.0))
    window.panel.sampling_tab.groups.chain.view.setCurrentRow(1)
    window.panel.sampling_tab.groups.chain.view.setFocus(Qt.FocusReason.TabFocusReason)


def sampling_greedy(window: MainWindow) -> None:
    fill_chat(window, last=MessageStatus.STREAMING)
    show_panel(window)
    tab = window.panel.sampling_tab
    tab.offer_thinking(True)
    tab.set_streaming(True)
    tab.presets.chosen.emit(tab.presets.preset("Deterministic"))


SCREENS: dict[str, Callable[[MainWindow], object]] = {
    "drawer-panel": drawer_panel,
    "sampling-groups": sampling_groups,
    "sampling-repetition": sampling_repetition,
    "sampling-mirostat": sampling_mirostat,
    "sampling-words": sampling_words,
    "sampling-order": sampling_order,
    "sampling-greedy": sampling_greedy,
    "next-word": next_word,
    "next-word-step": next_word_step,
    "next-word-unread": next_word_unread,
}
