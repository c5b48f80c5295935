"""The tools that a model wanted to call: lines between the text of its answer that open."""

from PySide6.QtCore import Qt

from desktop_app.domain.messages import MessageStatus
from desktop_app.domain.parts import TextPart, ThoughtPart, ToolCallPart
from desktop_app.gui.chat.entries import RowKind
from desktop_app.gui.chat.rows.fold_head import FoldHead
from desktop_app.gui.look.theme import load_theme
from desktop_app.settings.schema import Appearance

WEATHER = ToolCallPart("get_weather", '{"city": "Paris"}', "<tool_call>…</tool_call>")
TIME = ToolCallPart("get_time", "{}", "<tool_call>…</tool_call>")
OPENED = '{\n  "city": "Paris"\n}'
LONG = "First the lamp, then the rope.\n\n" * 600


def heads(view) -> list[FoldHead]:
    found = [head for head in view.viewport().findChildren(FoldHead) if head.isVisible()]
    return sorted(found, key=lambda head: head.y())


def lines(view) -> list[str]:
    """Return what is shown from top to bottom."""
    shown = [(head.y(), head.toggle.text()) for head in heads(view)]
    shown += [(widget.y(), widget.toPlainText().strip("\n")) for widget in view.realised_texts()]
    return [text for _y, text in sorted(shown)]


def settle(view, qtbot) -> None:
    view.flush()
    qtbot.waitUntil(lambda: not (view.is_filling or view._streaming.timer.isActive()))


def toggle(view, qtbot, place: int = 0) -> None:
    qtbot.mouseClick(heads(view)[place].toggle, Qt.MouseButton.LeftButton)
    settle(view, qtbot)


def test_a_call_stands_among_the_text_and_opens(view, shown, qtbot) -> None:
    view.show_messages([shown("a", "I look.\n\n", then=(WEATHER, TextPart("It rains.")))], chat_id="c")
    settle(view, qtbot)
    assert lines(view) == ["I look.", "Wanted to call get_weather", "It rains."]
    toggle(view, qtbot)
    assert lines(view) == ["I look.", "Wanted to call get_weather", OPENED, "It rains."]
    opened = view.realised_texts()[1]
    assert opened.accessibleName() == "Tool call, message 1"
    (code,) = opened.shown.codes
    assert code.language == "json"
    toggle(view, qtbot)
    assert lines(view) == ["I look.", "Wanted to call get_weather", "It rains."]


def test_calls_without_text(view, shown, qtbot) -> None:
    thought = ThoughtPart("Hm.", 3.0)
    view.show_messages([shown("a", "", thought=thought, then=(WEATHER, TextPart("\n"), TIME))], chat_id="c")
    settle(view, qtbot)
    assert lines(view) == ["Thought for 3 seconds", "Wanted to call get_weather", "Wanted to call get_time"]
    toggle(view, qtbot, 1)
    assert lines(view)[1:] == ["Wanted to call get_weather", OPENED, "Wanted to call get_time"]
    first, second = heads(view)[1:]
    assert second.y() > first.y() + first.height()


def test_calls_while_the_model_writes(view, shown, qtbot) -> None:
    view.show_messages([shown("q", "Rain?", user=True), shown("a", "", status=MessageStatus.STREAMING)], chat_id="c")
    view.add_thought("a", "Hm.")
    view.add_text("a", "I *look*.\n\n")
    view.add_call("a", WEATHER)
    settle(view, qtbot)
    assert lines(view) == ["Rain?", "Thought for a moment", "I look.", "Wanted to call get_weather"]
    view.add_text("a", "\n")
    view.add_call("a", TIME)
    settle(view, qtbot)
    assert lines(view)[3:] == ["Wanted to call get_weather", "Wanted to call get_time"]
    toggle(view, qtbot, 1)
    view.add_text("a", "It **rai")
    settle(view, qtbot)
    assert [widget.has_caret for widget in view.realised_texts()] == [False, False, False, True]
    view.add_text("a", "ns**.")
    view.finish(
        shown("a", "I *look*.\n\n", thought=ThoughtPart("Hm.", 1.0),
              then=(WEATHER, TextPart("\n"), TIME, TextPart("It **rains**.")))
    )  # fmt: skip
    settle(view, qtbot)
    assert lines(view)[2:] == ["I look.", "Wanted to call get_weather", OPENED, "Wanted to call get_time", "It rains."]


def test_an_answer_that_begins_with_a_call(view, shown, qtbot) -> None:
    view.show_messages([shown("a", "", status=MessageStatus.STREAMING)], chat_id="c")
    view.set_progress("a", "Reading the prompt…")
    settle(view, qtbot)
    view.add_call("a", WEATHER)
    settle(view, qtbot)
    assert lines(view) == ["Wanted to call get_weather"]
    view.finish(shown("a", "", then=(WEATHER,)))
    settle(view, qtbot)
    assert lines(view) == ["Wanted to call get_weather"]
    assert [row.height for row in view.rows if row.kind is RowKind.TEXT] == [0]
    footer = view.realised_footer(view._branch.entries[0])
    assert footer is not None
    assert footer._copy.isVisible()


def test_an_end_with_calls_that_were_not_told(view, shown, qtbot) -> None:
    view.show_messages([shown("a", "", status=MessageStatus.STREAMING)], chat_id="c")
    view.add_text("a", "I look.")
    view.finish(shown("a", "I look.", then=(WEATHER, TextPart("So."))))
    settle(view, qtbot)
    assert lines(view) == ["I look.", "Wanted to call get_weather", "So."]


def test_opening_a_chat_while_calls_are_written(view, shown, qtbot) -> None:
    view.show_messages([shown("a", "I look.", then=(WEATHER,), status=MessageStatus.STREAMING)], chat_id="c")
    view.add_text("a", "So.")
    settle(view, qtbot)
    assert lines(view) == ["I look.", "Wanted to call get_weather", "So."]


def test_another_theme_after_a_call(view, shown, qtbot) -> None:
    view.show_messages([shown("a", "", status=MessageStatus.STREAMING)], chat_id="c")
    view.add_text("a", "I look.")
    view.add_call("a", WEATHER)
    view.add_text("a", "So")
    view.set_theme(load_theme(Appearance.DARK, 150, system_dark=False))
    view.add_text("a", " it is.")
    settle(view, qtbot)
    assert lines(view) == ["I look.", "Wanted to call get_weather", "So it is."]


def test_long_text_before_and_behind_a_call(view, shown, qtbot) -> None:
    streamed = shown("a", "", status=MessageStatus.STREAMING)
    view.show_messages([streamed], chat_id="c")
    view.add_text("a", LONG)
    view.add_call("a", WEATHER)
    view.add_text("a", LONG)
    view.finish(shown("a", LONG, then=(WEATHER, TextPart(LONG))))
    settle(view, qtbot)
    rows = [row.text for row in view.rows if row.kind is RowKind.TEXT]
    assert "".join(rows) == LONG * 2
    kinds = [row.kind for row in view.rows]
    assert len(LONG) == sum(len(row.text) for row in view.rows[: kinds.index(RowKind.FOLD)])
    view.show_messages([shown("b", LONG, then=(WEATHER, TextPart(LONG)))], chat_id="d")
    settle(view, qtbot)
    assert "".join(row.text for row in view.rows if row.kind is RowKind.TEXT) == LONG * 2


def test_the_same_chat_keeps_what_is_open(view, shown, qtbot) -> None:
    views = [shown("a", "I look.", then=(WEATHER,))]
    view.show_messages(views, chat_id="c")
    settle(view, qtbot)
    toggle(view, qtbot)
    view.show_messages(views, chat_id="c")
    settle(view, qtbot)
    assert lines(view) == ["I look.", "Wanted to call get_weather", OPENED]
    view.show_messages([shown("a", "I look.", then=(TIME,))], chat_id="c")
    settle(view, qtbot)
    assert lines(view) == ["I look.", "Wanted to call get_time"]


def test_a_long_name_is_cut(view, shown, qtbot) -> None:
    view.show_messages([shown("a", "", then=(ToolCallPart("a" * 128, "{}", "…"),))], chat_id="c")
    settle(view, qtbot)
    (head,) = heads(view)
    assert head.toggle.text().endswith("a…")
    assert head.toggle.width() < view.viewport().width()


def test_copying_as_markdown_has_the_call(view, shown, qtbot) -> None:
    view.show_messages([shown("a", "I look.", then=(WEATHER, TextPart("So.")))], chat_id="c")
    settle(view, qtbot)
    expected = (
        'I look.\n\n```json\n{\n  "name": "get_weather",\n  "arguments": {\n    "city": "Paris"\n  }\n}\n```\n\nSo.'
    )
    assert view._branch.entries[0].markdown == expected
    view._interaction.select_message(view._branch.entries[0])
    assert view._interaction.selected_text() == "I look.\n\nSo."
    assert view._interaction.selected_markdown() == "I look.\n\nSo."
