"""Texts that nobody would write: they are shown as far as they are seen, and the window goes on."""

import pytest

from desktop_app.domain.messages import MessageStatus
from desktop_app.gui.chat.entries import RowKind
from desktop_app.gui.chat.view import ChatView

MANY = 2_000_000


def settle(view: ChatView, qtbot) -> None:
    qtbot.waitUntil(lambda: not view.is_filling and not view._streaming.timer.isActive())


@pytest.mark.parametrize("unit", ["word ", "x", "line of words\n"])
@pytest.mark.parametrize("user", [True, False])
def test_two_megabytes_build_only_what_is_seen(view, shown, qtbot, unit: str, user: bool) -> None:
    view.show_messages([shown("a", unit * (MANY // len(unit)), user=user)], chat_id="c")
    settle(view, qtbot)
    if user:  # all of it is only shown where somebody wants it
        assert len(view.rows) == 3
        view.toggle_question(view.entries[0])
        settle(view, qtbot)
        view.scroll_to_end()
        settle(view, qtbot)
    assert len(view.rows) > 60
    assert view._layout.documents.built <= 3 + 3 * user
    bar = view.verticalScrollBar()
    bar.setValue(0)
    settle(view, qtbot)
    assert view._layout.documents.built <= 6 + 3 * user
    longest = max(row.end - row.begin for row in view.rows if row.kind is RowKind.TEXT)
    assert longest <= 40_000


def test_a_line_that_streams_without_end_is_several_rows(view, shown, qtbot) -> None:
    view.show_messages([shown("live", "", status=MessageStatus.STREAMING)], chat_id="c")
    before = view._layout.documents.parser
    text = "word " * 20_000
    for place in range(0, len(text), 2000):
        view.add_text("live", text[place : place + 2000])
        view.flush()
    stream = view._layout.streams[0]
    assert stream.reader.parsed_characters < 12 * len(text)
    view.finish(shown("live", text))
    settle(view, qtbot)
    rows = [row for row in view.rows if row.kind is RowKind.TEXT]
    assert len(rows) > 5
    assert max(row.end - row.begin for row in rows) <= 20_000
    assert "".join(row.text for row in rows) == text
    assert view._layout.documents.parser is before


def test_all_at_once_is_cut_as_well(view, shown, qtbot) -> None:
    view.show_messages([shown("live", "", status=MessageStatus.STREAMING)], chat_id="c")
    text = "word " * 40_000
    view.add_text("live", text[:20])
    view.flush()
    view.finish(shown("live", text))
    settle(view, qtbot)
    assert max(row.end - row.begin for row in view.rows if row.kind is RowKind.TEXT) <= 20_000
    assert "".join(row.text for row in view.rows if row.kind is RowKind.TEXT) == text


def test_five_hundred_quotes_within_each_other(view, shown, qtbot) -> None:
    view.show_messages([shown("a", "> " * 500 + "the end"), shown("b", "- " * 500 + "the end")], chat_id="c")
    settle(view, qtbot)
    for row in view.realised_texts():
        assert row.toPlainText().endswith("the end")
