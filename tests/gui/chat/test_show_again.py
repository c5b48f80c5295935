"""A long chat that is shown again: only what changed is looked at, and what stays keeps its rows and its place."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from desktop_app.domain.chats import Chat, Conversation
from desktop_app.domain.messages import Role
from desktop_app.domain.parts import TextPart, ThoughtPart
from desktop_app.gui.chat.entries import MessageView, RowKind
from desktop_app.gui.chat.view import ChatView
from desktop_app.gui.conversation.conversation import OpenConversation
from desktop_app.gui.conversation.message_views import BranchViews
from tests.unit.gui.test_conversation import message

COUNT = 1000


class Asked(Sequence[MessageView]):
    """A branch that notes which of its messages were asked for."""

    def __init__(self, views: Sequence[MessageView]) -> None:
        self._views = views
        self.places: list[int] = []

    def __len__(self) -> int:
        return len(self._views)

    def __getitem__(self, place: Any) -> Any:
        self.places += range(len(self))[place] if isinstance(place, slice) else [place]
        return self._views[place]


def long_chat() -> OpenConversation:
    messages = []
    for number in range(COUNT):
        role = Role.ASSISTANT if number % 2 else Role.USER
        messages.append(message(f"m{number}", f"m{number - 1}" if number else None, role, f"{number} words"))
    chat = Chat(id="chat", created_at=0.0, updated_at=0.0, leaf_id=f"m{COUNT - 1}")
    return OpenConversation(Conversation(chat=chat, messages=tuple(messages)))


def show(view: ChatView, chat: OpenConversation) -> list[int]:
    """Show the chat as it is now; returns the places that were looked at."""
    views = Asked(BranchViews(chat))
    view.show_messages(views, chat_id="chat", changed=chat.take_changes())
    check(view, chat)
    return sorted(set(views.places))


def check(view: ChatView, chat: OpenConversation) -> None:
    rows = view.rows
    assert [row.index for row in rows] == list(range(len(rows)))
    assert view._list.total == sum(row.height for row in rows)
    shown = [(row.entry.id, row.text) for row in rows if row.kind is RowKind.TEXT and row.entry]
    assert shown == [(message.id, message.text) for message in chat.branch]
    assert view._branch._by_id == {entry.id: entry for entry in view.entries}
    assert [entry.number for entry in view.entries] == list(range(1, len(chat.branch) + 1))


def test_nothing_is_looked_at_where_nothing_changed(view: ChatView) -> None:
    chat = long_chat()
    show(view, chat)
    rows = list(view.rows)
    assert show(view, chat) == []
    assert list(view.rows) == rows


def test_another_end_is_all_that_is_looked_at(view: ChatView) -> None:
    chat = long_chat()
    show(view, chat)
    above = list(view.rows)[:-3]
    chat.add(message("other", f"m{COUNT - 2}", Role.ASSISTANT, "another answer"))
    assert show(view, chat) == [COUNT - 1]
    assert list(view.rows)[: len(above)] == above
    chat.look_at(f"m{COUNT - 1}")
    assert show(view, chat) == [COUNT - 1]
    assert view.entries[-1].view.sibling_count == 2


def test_a_message_far_above_gets_a_sibling(view: ChatView, qtbot) -> None:
    chat = long_chat()
    show(view, chat)
    view.verticalScrollBar().setValue(0)
    chat.add(message("other", "m0", Role.ASSISTANT, "another answer"))
    assert show(view, chat) == [1]
    chat.look_at(f"m{COUNT - 1}")
    assert show(view, chat) == list(range(1, COUNT))
    qtbot.waitUntil(lambda: not view.is_filling)
    assert view.entries[1].view.sibling_count == 2
    footer = view.realised_footer(view.entries[1])
    assert footer is not None
    assert footer.entry is not None
    assert footer.entry.view.sibling_count == 2


def test_a_text_that_changed_far_above_is_shown(view: ChatView) -> None:
    chat = long_chat()
    show(view, chat)
    end = view.entries[-1]
    chat.replace(message("m4", "m3", Role.USER, "said otherwise"))
    assert show(view, chat)[0] == 4
    assert view.entries[-1] is end
    chat.remove((f"m{COUNT - 1}",))
    assert show(view, chat) == []


def test_a_fold_far_above_is_opened_without_listing_all_below(view: ChatView, monkeypatch: pytest.MonkeyPatch) -> None:
    chat = long_chat()
    thought = msgspec.structs.replace(
        message("m1", "m0", Role.ASSISTANT), parts=(ThoughtPart("Hm."), TextPart("1 words"))
    )
    chat.replace(thought)
    show(view, chat)
    listed: list[int] = []
    made = view._list.made
    monkeypatch.setattr(view._list, "made", lambda entries, *rest: listed.append(len(entries)) or made(entries, *rest))
    entry = view.entries[1]
    assert entry.thought is not None
    for shown in ([RowKind.FOLD, RowKind.TEXT, RowKind.TEXT], [RowKind.FOLD, RowKind.TEXT]):
        view.toggle_fold(entry.thought)
        rows = view.rows
        assert [row.index for row in rows] == list(range(len(rows)))
        assert [row.kind for row in rows if row.entry is entry][:-1] == shown
        assert view._list.total == sum(row.height for row in rows)
    assert listed == [1, 1]


def test_the_note_about_memory_moves_without_listing_all(view: ChatView, monkeypatch: pytest.MonkeyPatch) -> None:
    chat = long_chat()
    show(view, chat)
    listed: list[int] = []
    made = view._list.made
    monkeypatch.setattr(view._list, "made", lambda entries, *rest: listed.append(len(entries)) or made(entries, *rest))
    for marked, summary in (("m4", ""), ("m4", "They met."), (f"m{COUNT - 1}", ""), (None, "")):
        view.set_memory_start(marked, summary)
        check(view, chat)
        noted = [row.entry.id for row in view.rows if row.kind is RowKind.NOTE and row.entry]
        assert noted == ([marked] if marked else [])
    assert listed == [1] * 5


@pytest.mark.parametrize("chat", ["a", "b", ""])
def test_a_column_that_was_scrolled_shows_less(theme, shown, qtbot, chat: str) -> None:
    column = ChatView(theme, is_column=True, clock=lambda: 0.0)
    qtbot.addWidget(column)
    column.resize(300, 200)
    column.show()
    column.show_messages([shown(name, "One.\n\n" * 30) for name in "abcd"], chat_id="a")
    bar = column.verticalScrollBar()
    qtbot.waitUntil(lambda: not column.is_filling and bar.maximum() > 0)
    bar.setValue(bar.maximum())
    assert column._anchor._index > 1
    left = [shown("e", "Two.\n\n" * 60)] if chat else []
    column.show_messages(left, chat_id=chat)
    qtbot.waitUntil(lambda: not column.is_filling)
    assert [entry.id for entry in column.entries] == [view.message.id for view in left]
    assert len(column.realised_texts()) == len(left)
    assert (bar.maximum() > 0) == bool(left)
    assert bar.value() == 0 or chat == "a", "another chat begins at the top"
