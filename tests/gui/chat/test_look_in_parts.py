"""A window is told of another look some widgets at a time, and a conversation once."""

from collections import Counter
from collections.abc import Callable
from itertools import pairwise

import pytest
from PySide6.QtWidgets import QWidget

from desktop_app.gui.chat.rows.footer import Footer
from desktop_app.gui.chat.view import ChatView
from desktop_app.gui.look.theme import Themed, load_theme
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.settings.schema import Appearance


def test_a_window_takes_another_look_on_in_parts(
    new_window: Callable[..., MainWindow], shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = new_window()
    view = window.chat_view()
    view.show_messages([shown("q", "Why?", user=True), shown("a", "Because.")], chat_id="c")
    told: Counter[QWidget] = Counter()
    for kind in (ChatView, Footer):

        def tell(widget, theme, usual=kind.set_theme) -> None:
            told[widget] += 1
            usual(widget, theme)

        monkeypatch.setattr(kind, "set_theme", tell)
    dark = load_theme(Appearance.DARK, 100, system_dark=False)

    def count() -> int:
        return sum(widget.theme is dark for widget in window.findChildren(QWidget) if isinstance(widget, Themed))

    counts = [count(), *(count() for _part in window.set_theme_in_parts(dark)), count()]
    assert counts[0] == 0
    assert max(after - before for before, after in pairwise(counts)) <= counts[-1] / 2
    assert told[view] == 1
    assert set(told.values()) == {1}
    assert any(isinstance(widget, Footer) for widget in told)


def test_no_widget_is_told_of_another_look_in_the_turn_that_lays_the_conversation_out(
    new_window: Callable[..., MainWindow],
) -> None:
    window = new_window()
    parts = window.set_theme_in_parts(load_theme(Appearance.DARK, 125, system_dark=False))
    former = window.stage.theme
    while window.stage.theme is former:
        next(parts)
    told = [each for each in window.stage.findChildren(QWidget) if isinstance(each, Themed)]
    assert {each.theme for each in told} == {former}
    for _part in parts:
        pass
    assert window.sidebar.theme is window.stage.theme
