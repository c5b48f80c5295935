"""Long chats: the end is there at once, what is above follows a few messages at a time and moves nothing."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.domain.messages import MessageStatus
from desktop_app.gui.chat.entries import MessageView, RowKind
from desktop_app.gui.chat.layout.earlier import AT_ONCE, PER_TURN
from desktop_app.gui.chat.view import ChatView
from desktop_app.gui.look.theme import load_theme
from desktop_app.settings.schema import Appearance

COUNT = 2_000
TEXT = "An answer with some words in it.\n\n- and\n- a list\n"


class Asked(Sequence[MessageView]):
    """A branch that notes how many of its messages were asked for at a time."""

    def __init__(self, views: Sequence[MessageView]) -> None:
        self._views = views
        self.counts: list[int] = []

    def __len__(self) -> int:
        return len(self._views)

    def __getitem__(self, place: Any) -> Any:
        found = self._views[place]
        self.counts.append(len(found) if isinstance(place, slice) else 1)
        return found


@pytest.fixture
def branch(shown: Callable[..., MessageView]) -> Asked:
    return Asked([shown(f"m{n}", f"{n} {TEXT}", user=n % 2 == 0) for n in range(COUNT)])


def seen(view: ChatView) -> list[tuple[str, int]]:
    while view.is_filling:  # a busy computer lays out fewer rows within a frame
        view._placing.fill_timer.stop()
        view.place()
    return [(text.row.entry.id, text.y()) for text in view.realised_texts() if text.row and text.row.entry]


def is_complete(view: ChatView) -> bool:
    return not view._earlier_timer.isActive()


def check_rows(view: ChatView) -> None:
    rows = view.rows
    assert [row.index for row in rows] == list(range(len(rows)))
    assert view._list.total == sum(row.height for row in rows)
    assert [row.entry.id for row in rows if row.kind is RowKind.TEXT and row.entry] == [f"m{n}" for n in range(COUNT)]
    assert [entry.number for entry in view.entries] == list(range(1, COUNT + 1))


def test_only_the_end_of_a_long_chat_is_made_before_it_is_seen(view: ChatView, branch: Asked, qtbot: QtBot) -> None:
    view.show_messages(branch, chat_id="c")
    assert sum(branch.counts) == AT_ONCE
    assert seen(view)[-1][0] == f"m{COUNT - 1}"
    qtbot.waitUntil(lambda: is_complete(view))
    assert sum(branch.counts) == COUNT
    assert max(branch.counts) == PER_TURN
    check_rows(view)


def test_what_is_seen_stays_when_the_rest_is_there(view: ChatView, branch: Asked, qtbot: QtBot) -> None:
    view.show_messages(branch, chat_id="c")
    before = seen(view)
    bar = view.verticalScrollBar()
    estimate = bar.maximum()
    qtbot.waitUntil(lambda: is_complete(view))
    assert seen(view) == before
    assert bar.value() == bar.maximum()
    assert bar.maximum() == pytest.approx(estimate, rel=0.2)
    check_rows(view)


def test_scrolling_above_what_is_made_shows_what_is_there(view: ChatView, branch: Asked) -> None:
    view.show_messages(branch, chat_id="c")
    bar = view.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    (first, _y), *_rest = seen(view)
    assert 0.4 * COUNT < int(first[1:]) < 0.6 * COUNT
    check_rows(view)


def test_home_goes_to_the_first_message_at_once(view: ChatView, branch: Asked) -> None:
    view.show_messages(branch, chat_id="c")
    QTest.keyClick(view, Qt.Key.Key_Home)
    assert seen(view)[0][0] == "m0"
    check_rows(view)


def test_a_step_over_the_edge_of_what_is_made_is_only_a_step(view: ChatView, branch: Asked) -> None:
    view.show_messages(branch, chat_id="c")
    bar = view.verticalScrollBar()
    first = COUNT - AT_ONCE
    while seen(view)[0][0] != f"m{first}":
        bar.setValue(bar.value() - 40)
        assert view._branch._earlier is not None
    while view._branch._earlier is not None:
        before = dict(seen(view))
        bar.setValue(bar.value() - 40)
    after = dict(seen(view))
    common = before.keys() & after.keys()
    assert common
    assert {after[name] - before[name] for name in common} == {40}
    check_rows(view)


@pytest.mark.parametrize("number", [3, COUNT - 3])
def test_the_note_about_memory_stands_where_it_belongs(
    view: ChatView, branch: Asked, qtbot: QtBot, number: int
) -> None:
    view.show_messages(branch, chat_id="c")
    view.set_memory_start(f"m{number}", "")
    qtbot.waitUntil(lambda: is_complete(view))
    (note,) = [row for row in view.rows if row.kind is RowKind.NOTE]
    assert note.entry is view.entries[number]
    check_rows(view)


def test_an_early_message_can_be_brought_into_sight_at_once(view: ChatView, branch: Asked) -> None:
    view.show_messages(branch, chat_id="c")
    view.sights.reveal("m7", 0)
    assert "m7" in dict(seen(view))
    check_rows(view)


def test_a_theme_that_comes_meanwhile_holds_for_all(view: ChatView, branch: Asked) -> None:
    view.show_messages(branch, chat_id="c")
    view.set_theme(load_theme(Appearance.DARK, 150, system_dark=True))
    assert is_complete(view) or view._branch._earlier is None
    check_rows(view)


def test_an_answer_that_grows_lists_no_rows_but_its_own(
    view: ChatView, branch: Asked, shown: Callable[..., MessageView], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    view.show_messages([*branch, shown("live", "", status=MessageStatus.STREAMING)], chat_id="c")
    qtbot.waitUntil(lambda: is_complete(view))
    listed: list[int] = []
    made = view._list.made
    monkeypatch.setattr(view._list, "made", lambda entries, *rest: listed.append(len(entries)) or made(entries, *rest))
    for _ in range(12):
        view.add_text("live", "word " * 300 + "\n\n")
        view.flush()
    assert listed
    assert set(listed) == {1}
    rows = view.rows
    assert [row.index for row in rows] == list(range(len(rows)))
    assert view._list.total == sum(row.height for row in rows)
    assert [row.entry.id for row in rows if row.kind is RowKind.FOOTER and row.entry][-2:] == [f"m{COUNT - 1}", "live"]
