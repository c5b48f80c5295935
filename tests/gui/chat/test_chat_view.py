import subprocess
import sys
from dataclasses import replace

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from desktop_app.domain.messages import FinishReason, MessageStatus, Receipt
from desktop_app.gui.chat.documents.documents import GROWN
from desktop_app.gui.chat.entries import PIECE, RowKind, cut_blocks, cut_lines
from desktop_app.gui.chat.rows.note import Note
from desktop_app.gui.chat.rows.text_row import TextRow
from desktop_app.gui.chat.view import ChatView
from desktop_app.gui.look.lines import Lines
from desktop_app.gui.look.theme import load_theme
from desktop_app.settings.schema import Appearance

CODE = "Text\n\n```python\nx = 1\nprint(x)\n```\n"


def conversation(shown, count: int, text: str = "An answer.\n\n- with\n- a list\n\nand an end.\n") -> list:
    return [shown(f"m{n}", f"{n} {text}", user=n % 2 == 0) for n in range(count)]


def settle(view: ChatView, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not view.is_filling and not view._streaming.timer.isActive())


def widget_of(view: ChatView, name: str) -> TextRow:
    return next(w for w in view.realised_texts() if w.row.entry.id == name)


def test_ten_thousand_messages_realise_only_what_is_seen(view, shown, qtbot) -> None:
    view.show_messages(conversation(shown, 10_000), chat_id="c")
    settle(view, qtbot)
    assert 3 < view.realised < 40
    bar = view.verticalScrollBar()
    for step in range(60):
        bar.setValue(bar.maximum() * step // 60)
        settle(view, qtbot)
    assert view.realised < 40


def test_measuring_rows_above_moves_nothing(view, shown, qtbot) -> None:
    long = "word " * 400
    view.show_messages([shown(f"m{n}", long, user=n % 2 == 0) for n in range(60)], chat_id="c")
    settle(view, qtbot)
    bar = view.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    settle(view, qtbot)
    for _ in range(20):
        first = view.realised_texts()[-1]
        row, before = first.row, first.y()
        bar.setValue(bar.value() - 30)
        settle(view, qtbot)
        moved = view.realised_text(row)
        assert moved is None or moved.y() - before == 30


def test_it_sticks_to_the_end_while_an_answer_grows(view, shown, qtbot) -> None:
    views = [*conversation(shown, 7), shown("live", "", status=MessageStatus.STREAMING)]
    view.show_messages(views, chat_id="c")
    for _ in range(30):
        view.add_text("live", "Some more words, and\n\nanother paragraph. ")
    settle(view, qtbot)
    bar = view.verticalScrollBar()
    assert bar.value() == bar.maximum() > 0
    last = widget_of(view, "live")
    assert last.y() + last.height() <= view.viewport().height()


def test_it_stays_where_it_is_when_scrolled_away(view, shown, qtbot) -> None:
    view.show_messages([*conversation(shown, 30), shown("live", "", status=MessageStatus.STREAMING)], chat_id="c")
    settle(view, qtbot)
    view.verticalScrollBar().setValue(200)
    settle(view, qtbot)
    before = {w.row: w.y() for w in view.realised_texts()}
    view.add_text("live", "text\n\n" * 200)
    settle(view, qtbot)
    assert {w.row: w.y() for w in view.realised_texts()} == before
    assert view._to_end.isVisible()
    qtbot.mouseClick(view._to_end, Qt.MouseButton.LeftButton)
    settle(view, qtbot)
    assert view.verticalScrollBar().value() == view.verticalScrollBar().maximum()
    assert not view._to_end.isVisible()


def test_finishing_changes_no_height(view, shown, qtbot) -> None:
    text = CODE + "\nand **more**"
    view.show_messages([*conversation(shown, 9), shown("live", "", status=MessageStatus.STREAMING)], chat_id="c")
    view.add_text("live", text)
    settle(view, qtbot)
    before = [(w.row, w.geometry()) for w in view.realised_texts()]
    view.finish(shown("live", text))
    settle(view, qtbot)
    assert [(w.row, w.geometry()) for w in view.realised_texts()] == before
    assert not widget_of(view, "live").has_caret


def test_text_that_never_came_is_shown_at_the_end(view, shown, qtbot) -> None:
    view.show_messages([shown("live", "", status=MessageStatus.STREAMING)], chat_id="c")
    view.add_text("live", "Half")
    view.finish(shown("live", "Half and whole"))
    assert widget_of(view, "live").toPlainText() == "Half and whole"
    view.show_messages([shown("live", "", status=MessageStatus.STREAMING)], chat_id="d")
    view.add_text("live", "Half")
    view.finish(shown("live", "Quite different"))
    settle(view, qtbot)
    assert widget_of(view, "live").toPlainText() == "Quite different"


def test_late_references_are_linked_at_the_end(view, shown, qtbot) -> None:
    text = "see [ref]\n\nmore\n\n[ref]: https://example.org\n"
    view.show_messages([shown("live", "", status=MessageStatus.STREAMING)], chat_id="c")
    for letter in text:
        view.add_text("live", letter)
        view.flush()
    view.finish(shown("live", text))
    settle(view, qtbot)
    assert widget_of(view, "live").toPlainText().startswith("see ref")


def test_a_streaming_answer_with_text_goes_on(view, shown, qtbot) -> None:
    view.show_messages([shown("live", "It was ", status=MessageStatus.STREAMING)], chat_id="c")
    view.add_text("live", "late.")
    settle(view, qtbot)
    assert widget_of(view, "live").toPlainText() == "It was late."


def test_long_messages_are_several_rows(view, shown, qtbot) -> None:
    paragraph = "word " * 300 + "\n\n"
    view.show_messages([shown("live", "", status=MessageStatus.STREAMING)], chat_id="c")
    for _ in range(20):
        view.add_text("live", paragraph)
        view.flush()
    view.finish(shown("live", paragraph * 20))
    settle(view, qtbot)
    rows = [row for row in view.rows if row.kind is RowKind.TEXT]
    assert len(rows) >= 3
    assert "".join(row.text for row in rows) == paragraph * 20
    streamed = [view.document(row).document.toPlainText() for row in rows]
    view._layout.documents.clear()
    assert [view.document(row).document.toPlainText() for row in rows] == streamed


def test_what_an_answer_adds_to_stays_small(view, shown, qtbot) -> None:
    paragraph = "word " * 40 + "\n\n"
    view.show_messages([shown("live", "", status=MessageStatus.STREAMING)], chat_id="c")
    most = 0
    for _ in range(80):
        view.add_text("live", paragraph)
        view.flush()
        most = max(most, view._layout.streams[0].document.document.characterCount())
    assert len(view.entries[0].text) == 80 * len(paragraph)
    assert most <= GROWN + 2 * len(paragraph)


def test_cuts_keep_every_character() -> None:
    text = ("para\n\n" * 600 + "```\n" + "code\n\n" * 3000 + "```\n\n- a\n\n- b\n\n") * 2
    for ends in ([piece.end for piece in cut_blocks(text)], cut_lines(text), cut_lines("x" * 3 * PIECE)):
        assert ends == sorted(set(ends))
    assert cut_blocks(text)[-1].end == len(text)
    assert all(text[: piece.end].count("```") % 2 == 0 for piece in cut_blocks(text))


def test_sibling_and_action_signals(view, shown, qtbot) -> None:
    view.show_messages([shown("q", "Hi", user=True), shown("a", "Yes", siblings=(1, 3))], chat_id="c")
    settle(view, qtbot)
    footer = view.realised_footer(view.rows[-1].entry)
    with qtbot.waitSignal(view.sibling_requested) as walked:
        qtbot.mouseClick(footer._back, Qt.MouseButton.LeftButton)
    assert walked.args == ["a", -1]
    with qtbot.waitSignal(view.regenerate_requested) as asked:
        qtbot.mouseClick(footer._regenerate, Qt.MouseButton.LeftButton)
    assert asked.args == ["a"]
    assert footer._receipt.text() == "412 tokens · 61 tok/s · first token after 0.18 s"
    for row, name in ((view.rows[1], "q"), (view.rows[-1], "a")):
        with qtbot.waitSignal(view.edit_requested) as edited:
            qtbot.mouseClick(view.realised_footer(row.entry)._edit, Qt.MouseButton.LeftButton)
        assert edited.args == [name]


def test_a_column_has_no_footers_and_stays_where_it_is(theme, shown, qtbot) -> None:
    column = ChatView(theme, is_column=True)
    qtbot.addWidget(column)
    column.resize(300, 200)
    column.show()
    column.show_messages([shown("a", "One.\n\n" * 30, status=MessageStatus.STREAMING)], chat_id="a")
    settle(column, qtbot)
    assert not [row for row in column.rows if row.kind is RowKind.FOOTER]
    assert (column.verticalScrollBar().value(), column.verticalScrollBar().maximum() > 200) == (0, True)
    moved = []
    column.scrolled.connect(moved.append)
    before = column.verticalScrollBar().maximum()
    column.add_text("a", "Two.\n\n" * 10)
    column.flush()
    assert column.verticalScrollBar().maximum() > before
    assert (column.verticalScrollBar().value(), moved) == (0, [])
    column.verticalScrollBar().setValue(column.verticalScrollBar().maximum())
    assert len(moved) == 1
    settle(column, qtbot)
    end = column.verticalScrollBar().value()
    column.add_text("a", "Three.\n\n" * 10)
    column.flush()
    assert column.verticalScrollBar().value() == end, "also at its end"


def test_an_answer_of_another_app_says_what_made_it(view, shown, qtbot) -> None:
    answer = shown("a", "Hello")
    receipt = Receipt(model_name="gpt-4o")
    view.show_messages([replace(answer, message=msgspec.structs.replace(answer.message, receipt=receipt))], chat_id="c")
    settle(view, qtbot)
    assert view.realised_footer(view.rows[-1].entry)._receipt.text() == "gpt-4o"


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (MessageStatus.FAILED, "Memory was full."),
        (MessageStatus.INTERRUPTED, "Interrupted:"),
        (MessageStatus.STOPPED, "Stopped"),
    ],
)
def test_endings_are_said(view, shown, qtbot, status, words) -> None:
    failure = ("Memory was full.", "Close something.") if status is MessageStatus.FAILED else None
    view.show_messages([shown("a", "Half", status=status, failure=failure)], chat_id="c")
    settle(view, qtbot)
    footer = view.realised_footer(view.rows[-1].entry)
    assert words in footer._sentence.text() + footer._receipt.text()
    assert footer._retry.isVisible() is (status is not MessageStatus.STOPPED)
    if footer._retry.isVisible():
        with qtbot.waitSignal(view.retry_requested):
            qtbot.mouseClick(footer._retry, Qt.MouseButton.LeftButton)


def test_copy_button_copies_the_code(view, shown, qtbot) -> None:
    view.show_messages([shown("a", CODE)], chat_id="c")
    settle(view, qtbot)
    buttons = [b for b in widget_of(view, "a").findChildren(QToolButton) if b.isVisible()]
    (button,) = [b for b in buttons if b.accessibleName() == "Copy code"]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "x = 1\nprint(x)"


def test_only_safe_links_are_followed(view, shown, qtbot) -> None:
    view.show_messages([shown("a", "[x](https://example.org)")], chat_id="c")
    settle(view, qtbot)
    followed: list[str] = []
    view.link_activated.connect(followed.append)
    for url in ("https://example.org", "file:///etc/passwd", "javascript:alert(1)", "mailto:a@b.c"):
        widget_of(view, "a").anchorClicked.emit(QUrl(url))
    assert followed == ["https://example.org", "mailto:a@b.c"]


def test_selection_over_messages(view, shown, qtbot) -> None:
    view.show_messages([shown("q", "First words", user=True), shown("a", "Second words\n\nThird")], chat_id="c")
    settle(view, qtbot)
    begin, end = widget_of(view, "q"), widget_of(view, "a")
    target = end.mapToGlobal(QPoint(end.width() - 2, end.height() - 4))
    QTest.mousePress(begin.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(1, 15))
    view._interaction.row_dragged(begin.row, target.toPointF())
    QTest.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "First words\n\nSecond words\nThird"
    QTest.mousePress(end.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(1, 15))
    assert not begin.textCursor().hasSelection()


def test_theme_and_size_can_change(view, shown, qtbot) -> None:
    view.show_messages([*conversation(shown, 5), shown("live", "Some", status=MessageStatus.STREAMING)], chat_id="c")
    settle(view, qtbot)
    before = widget_of(view, "live").height()
    view.set_theme(load_theme(Appearance.DARK, 150, system_dark=True))
    settle(view, qtbot)
    assert widget_of(view, "live").height() > before
    view.add_text("live", " more")
    settle(view, qtbot)
    assert widget_of(view, "live").toPlainText() == "Some more"


@pytest.mark.parametrize("sizes", [(150, 200, 80, 100), (110, 120, 130, 120, 110, 100)])
def test_the_same_line_stays_at_the_top_while_the_size_changes(view, shown, qtbot, sizes: tuple[int, ...]) -> None:
    words = " ".join(f"word{number}" for number in range(1200))
    view.show_messages([shown("q", "Why?", user=True), shown("a", words), shown("b", "End. " * 400)], chat_id="c")
    settle(view, qtbot)
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum() // 3)
    settle(view, qtbot)

    def at_top() -> int:
        widget = widget_of(view, "a")
        point = QPoint(widget.viewport().width() // 2, -widget.y() + view.theme.px(8))
        return widget.cursorForPosition(point).position()

    before = at_top()
    for size in sizes:
        view.set_theme(load_theme(Appearance.LIGHT, size, system_dark=False))
        settle(view, qtbot)
        assert abs(at_top() - before) < 250, size  # within two lines of about 110 characters
    if sizes[-1] == 100:
        assert at_top() == before


def test_odd_text_is_shown(view, shown, qtbot) -> None:
    odd = [
        "x" * 50_000,
        "🙂👩‍👩‍👧‍👦" * 50,
        "עברית العربية",
        "\x00\x01\u2028\u2029",
        "|" * 300,
        "> " * 200 + "x",
        "`" * 999,
        "- " * 100,
    ]
    views = [shown(f"{n}{user}", text, user=user) for n, text in enumerate(odd) for user in (True, False)]
    view.show_messages(views, chat_id="c")
    settle(view, qtbot)
    for step in range(20):
        view.verticalScrollBar().setValue(view.verticalScrollBar().maximum() * step // 20)
        settle(view, qtbot)
    view.grab()


def test_names_for_screen_readers(view, shown, qtbot) -> None:
    view.show_messages([shown("q", "Hi", user=True), shown("a", "Yes")], chat_id="c")
    settle(view, qtbot)
    assert [w.accessibleName() for w in view.realised_texts()] == ["You, message 1", "Assistant, message 2"]


def test_same_chat_keeps_its_place(view, shown, qtbot) -> None:
    views = conversation(shown, 40)
    view.show_messages(views, chat_id="c")
    settle(view, qtbot)
    view.verticalScrollBar().setValue(300)
    settle(view, qtbot)
    view.show_messages([*views[:-1], shown("other", "Another end")], chat_id="c")
    settle(view, qtbot)
    assert view.verticalScrollBar().value() == 300
    view.show_messages(views, chat_id="d")
    settle(view, qtbot)
    assert view.verticalScrollBar().value() == view.verticalScrollBar().maximum()


def test_memory_note_and_progress(view, shown, qtbot) -> None:
    views = [*conversation(shown, 4), shown("live", "", status=MessageStatus.STREAMING)]
    view.show_messages(views, chat_id="c")
    view.set_memory_start("m2")
    view.set_progress("live", "Reading the prompt…")
    settle(view, qtbot)
    assert [row.entry.id for row in view.rows if row.kind is RowKind.NOTE] == ["m2"]
    assert widget_of(view, "live").progress == "Reading the prompt…"
    view.add_text("live", "Now")
    settle(view, qtbot)
    assert widget_of(view, "live").progress == ""


def test_a_summary_is_opened_and_closed(view, shown, qtbot) -> None:
    view.show_messages(conversation(shown, 4), chat_id="c")
    view.set_memory_start("m2", "They met. " * 40)
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum() // 2)
    settle(view, qtbot)
    (row,) = (row for row in view.rows if row.kind is RowKind.NOTE)
    (note,) = (note for note in view.viewport().findChildren(Note) if note.isVisible())
    assert note.accessibleDescription() == note.summary == "They met. " * 40
    assert note.chain() == [note.toggle]
    closed = row.height
    qtbot.mouseClick(note.toggle, Qt.MouseButton.LeftButton)
    settle(view, qtbot)
    assert row.height > closed + 30
    assert note.label.isVisible()
    assert note.label.geometry().bottom() < row.height
    lines = Lines(view.theme, note.label.font(), note.summary.strip(), note.label.width())
    assert lines.count > 1
    assert abs(note.label.height() - lines.height) <= 1, "as far apart as the lines of labels"
    qtbot.mouseClick(note.toggle, Qt.MouseButton.LeftButton)
    settle(view, qtbot)
    assert row.height == closed
    assert not note.label.isVisible()
    view.set_memory_start("m2")
    settle(view, qtbot)
    assert not note.toggle.isVisible()


@pytest.mark.parametrize(
    ("status", "reason", "button"),
    [
        (MessageStatus.STOPPED, FinishReason.CANCELLED, "_continue"),
        (MessageStatus.COMPLETE, FinishReason.LENGTH, "_continue"),
        (MessageStatus.COMPLETE, FinishReason.STOP, ""),
        (MessageStatus.INTERRUPTED, FinishReason.CANCELLED, "_go_on"),
        (MessageStatus.STREAMING, FinishReason.STOP, ""),
    ],
)
def test_only_the_last_answer_that_was_cut_can_be_continued(view, shown, qtbot, status, reason, button) -> None:
    made = shown("a", "Once upon", status=status)
    if made.message.receipt is not None:
        receipt = msgspec.structs.replace(made.message.receipt, finish_reason=reason)
        made = replace(made, message=msgspec.structs.replace(made.message, receipt=receipt))
    view.show_messages([shown("q", "Hi", user=True), made], chat_id="c")
    settle(view, qtbot)
    footer = view.realised_footer(view.rows[-1].entry)
    shown_buttons = [name for name in ("_continue", "_go_on") if getattr(footer, name).isVisible()]
    assert shown_buttons == ([button] if button else [])
    if not button:
        return
    assert getattr(footer, button) in footer.chain()
    with qtbot.waitSignal(view.continue_requested) as asked:
        qtbot.mouseClick(getattr(footer, button), Qt.MouseButton.LeftButton)
    assert asked.args == ["a"]
    view.append_message(shown("q2", "More", user=True))
    settle(view, qtbot)
    assert not getattr(footer, button).isVisible()


def test_siblings_can_be_walked_while_they_stream(view, shown, qtbot) -> None:
    views = [shown("q", "Hi", user=True), shown("a", "Yes", siblings=(0, 3), status=MessageStatus.STREAMING)]
    view.show_messages(views, chat_id="c")
    settle(view, qtbot)
    footer = view.realised_footer(view.rows[-1].entry)
    assert footer._count.text() == "1 / 3"
    assert footer._forth.isVisible()
    assert not footer._alternatives.isVisible()


def test_warm_up_and_empty_hint(view, shown, qtbot) -> None:
    view.empty_hint("Ask anything.")
    view.warm_up()
    view.show_messages([], chat_id="")
    settle(view, qtbot)
    assert view.accessibleDescription() == "Ask anything."
    view.grab()


def test_none_survives_many_calls() -> None:
    """PySide6 6.12.0 loses a reference to None per call on Python 3.11, and aborts after some thousands."""
    script = (
        "from PySide6.QtCore import QObject\nmade = QObject()\nfor _ in range(20_000):\n    made.setObjectName('x')\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)


def test_keys_scroll(view, shown, qtbot) -> None:
    view.show_messages(conversation(shown, 60), chat_id="c")
    settle(view, qtbot)
    bar = view.verticalScrollBar()
    QTest.keyClick(view, Qt.Key.Key_Home)
    settle(view, qtbot)
    assert bar.value() == 0
    QTest.keyClick(view, Qt.Key.Key_PageDown)
    settle(view, qtbot)
    assert bar.value() == bar.pageStep()
    QTest.keyClick(view.realised_texts()[0], Qt.Key.Key_End)
    settle(view, qtbot)
    assert bar.value() == bar.maximum()


def test_an_empty_view_imports_no_parser() -> None:
    script = (
        "import sys, desktop_app.gui.chat.view; sys.exit(any(m in sys.modules for m in ('markdown_it', 'pygments')))"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)


def test_a_button_that_goes_while_an_answer_is_written_on_leaves_the_focus_to_the_view(view, shown, qtbot) -> None:
    written_on = shown("a", "Yes", siblings=(1, 3), status=MessageStatus.STREAMING)
    view.show_messages([shown("a", "Yes", siblings=(1, 3))], chat_id="c")
    settle(view, qtbot)
    entry = view.rows[-1].entry
    footer = view.realised_footer(entry)
    another = QPushButton("Another part", view)  # to which Qt would go
    another.show()
    for button, keeper in ((footer._regenerate, view), (footer._back, footer._back)):
        footer.lend(entry)
        button.setFocus()
        assert view.window().focusWidget() is button
        before, entry.view = entry.view, written_on
        footer.lend(entry)
        assert view.window().focusWidget() is keeper  # one version is gone to from another while it is written, too
        entry.view = before
