"""The star below a message: a mark on those that have one, and a button on all others."""

from dataclasses import replace

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.domain.messages import MessageStatus
from desktop_app.gui.chat.rows.footer import Footer, RevealedButton
from desktop_app.gui.chat.view import ChatView, MessageView
from tests.gui.chat.conftest import MakeView


def starred(made: MessageView, has_star: bool = True) -> MessageView:
    return replace(made, message=msgspec.structs.replace(made.message, starred=has_star))


def footer(view: ChatView, message_id: str) -> Footer:
    entry = next(entry for entry in view.entries if entry.id == message_id)
    found = view.realised_footer(entry)
    assert found is not None
    return found


def star(view: ChatView, message_id: str) -> RevealedButton:
    names = ("Star this message", "Remove the star")
    (button,) = [
        each for each in footer(view, message_id).findChildren(RevealedButton) if each.accessibleName() in names
    ]
    return button


def test_a_star_is_to_be_seen_though_nobody_looks_at_the_question(view: ChatView, shown: MakeView) -> None:
    marked, other = starred(shown("q1", "Why?", user=True)), shown("q2", "How?", user=True)
    view.show_messages([marked, shown("a1", "So."), other, starred(shown("a2", "Thus."))], chat_id="c")
    assert [star(view, name).accessibleName() for name in ("q1", "a1", "q2", "a2")] == [
        "Remove the star",
        "Star this message",
        "Star this message",
        "Remove the star",
    ]
    assert star(view, "q1").revealed
    assert not star(view, "q2").revealed
    footer(view, "q1").reveal(False)  # the pointer was there, and has gone
    assert star(view, "q1").revealed
    assert star(view, "q1") in footer(view, "q1").chain()


def test_the_button_asks_for_its_message(view: ChatView, shown: MakeView, qtbot: QtBot) -> None:
    view.show_messages([shown("q1", "Why?", user=True), shown("a1", "So.")], chat_id="c")
    for name in ("q1", "a1"):
        with qtbot.waitSignal(view.star_requested) as asked:
            QTest.keyClick(star(view, name), Qt.Key.Key_Space)
        assert asked.args == [name]


def test_another_star_changes_the_mark_and_nothing_else(view: ChatView, shown: MakeView) -> None:
    views = [shown(f"m{number}", f"Message {number}", user=not number % 2) for number in range(40)]
    view.show_messages(views, chat_id="c")
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum() // 2)
    before, entries = view.sights.place, list(view.entries)
    seen = next(entry.id for entry in view.entries if view.realised_footer(entry) is not None)
    place = next(place for place, each in enumerate(views) if each.message.id == seen)
    views[place] = starred(views[place])
    view.show_messages(views, chat_id="c", changed=[place])
    assert star(view, seen).accessibleName() == "Remove the star"
    views[place] = starred(views[place], False)
    view.show_messages(views, chat_id="c", changed=[place])
    assert star(view, seen).accessibleName() == "Star this message"
    assert view.sights.place == before
    assert list(view.entries) == entries


def test_an_answer_that_is_written_has_no_button_but_its_mark(view: ChatView, shown: MakeView) -> None:
    live = shown("a1", "So", status=MessageStatus.STREAMING)
    view.show_messages([shown("q1", "Why?", user=True), live], chat_id="c")
    assert star(view, "a1").isHidden()
    view.show_messages([shown("q1", "Why?", user=True), starred(live)], chat_id="c", changed=[1])
    assert not star(view, "a1").isHidden()
    view.finish(starred(shown("a1", "So it is.")))
    assert star(view, "a1").accessibleName() == "Remove the star"
