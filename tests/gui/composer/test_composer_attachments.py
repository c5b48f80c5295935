"""The composer with attached files and with questions that come next."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.messages import Message, MessageStatus, Role
from desktop_app.domain.parts import FilePart, question_parts
from desktop_app.domain.unsent import NextQuestion
from desktop_app.gui.chat.rows.sent_file import SentFile
from desktop_app.gui.chat.view import ChatView, MessageView
from desktop_app.gui.composer.attachment_chips import Attached
from desktop_app.gui.composer.attachment_dialog import PIECE, AttachmentDialog
from desktop_app.gui.composer.composer import Composer
from desktop_app.gui.composer.drop_ground import DropGround
from desktop_app.gui.composer.question_field import LONG_CHARACTERS, LONG_LINES
from desktop_app.gui.look.theme import Theme
from desktop_app.settings.schema import SendKey
from tests.gui.conftest import destroy

NOTE = FilePart(name="note.txt", text="The lamp is green.", size=18, tokens=12)
LONG_NAME = FilePart(name="a name that is much longer than any chip is wide, and then some.pdf", text="x", size=2_000_000,
                     tokens=90_000, pages=9, blank_pages=2)  # fmt: skip
LATIN = FilePart(name="list.csv", text="Köln", size=4, tokens=3, guessed_encoding="Latin-1")
QUEUE = (NextQuestion(id="1", text="One"), NextQuestion(id="2", text="Two", files=(NOTE,)))
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def composer(host: QWidget, theme: Theme) -> Composer:
    made = Composer(theme, host)
    made.resize(736, made.sizeHint().height())
    made.show()
    made.focus()
    return made


@pytest.fixture
def view(host: QWidget, theme: Theme) -> Iterator[ChatView]:
    made = ChatView(theme, host)
    made.resize(700, 600)
    made.show()
    yield made
    destroy(made)


def paste(composer: Composer, text: str) -> None:
    QApplication.clipboard().setText(text)
    composer.field.paste()


def settle(composer: Composer) -> None:
    composer.resize(composer.width(), composer.sizeHint().height())
    QApplication.processEvents()


def key(composer: Composer, pressed: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(composer.field, pressed, held)


@pytest.mark.parametrize(
    ("text", "is_long"),
    [
        ("x" * LONG_CHARACTERS, False),
        ("x" * (LONG_CHARACTERS + 1), True),
        ("x\n" * (LONG_LINES - 1) + "x", False),
        ("x\n" * LONG_LINES, True),
    ],
)
def test_only_a_long_pasted_text_is_told_of(composer: Composer, text: str, is_long: bool) -> None:
    told: list[str] = []
    composer.field.long_text_pasted.connect(told.append)
    paste(composer, text)
    assert told == ([text] if is_long else [])
    assert composer.text() == ("" if is_long else text)


def test_with_the_other_setting_a_long_text_is_inserted(composer: Composer, qtbot: QtBot) -> None:
    composer.field.set_attaches_long(False)
    with qtbot.assertNotEmitted(composer.field.long_text_pasted):
        paste(composer, "x" * 5000)
    assert composer.text() == "x" * 5000


def test_undo_right_after_takes_the_paste_back_and_later_undoes_typing(composer: Composer, qtbot: QtBot) -> None:
    QTest.keyClicks(composer.field, "a")
    paste(composer, "x" * 5000)
    with qtbot.waitSignal(composer.field.paste_undone):
        key(composer, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    paste(composer, "x" * 5000)
    QTest.keyClicks(composer.field, "b")
    with qtbot.assertNotEmitted(composer.field.paste_undone):
        key(composer, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert composer.text() == ""


def test_files_are_told_of_whether_dropped_on_the_field_or_around_it(
    composer: Composer, host: QWidget, qtbot: QtBot
) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/a/one.txt"), QUrl("https://example.org/x"), QUrl.fromLocalFile("/a/two")])
    assert composer.field.canInsertFromMimeData(data)
    with qtbot.waitSignal(composer.field.files_given) as given:
        composer.field.insertFromMimeData(data)
    assert given.args == [["/a/one.txt", "/a/two"]]
    assert composer.text() == ""

    ground = DropGround(host)
    hovered: list[bool] = []
    ground.hovered.connect(hovered.append)
    action, button, held = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(5, 5), action, data, button, held)
    ground.dragEnterEvent(enter)
    assert enter.isAccepted()
    with qtbot.waitSignal(ground.files_dropped) as dropped:
        ground.dropEvent(QDropEvent(QPointF(5, 5), action, data, button, held))
    assert dropped.args == [["/a/one.txt", "/a/two"]]
    assert hovered == [True, False]
    words = QMimeData()
    words.setText("only words")
    refused = QDragEnterEvent(QPoint(5, 5), action, words, button, held)
    ground.dragEnterEvent(refused)
    assert not refused.isAccepted()


def test_a_question_may_be_files_alone_but_none_that_is_still_read(composer: Composer, qtbot: QtBot) -> None:
    attached = Attached("large.pdf")
    composer.attachments.add(attached)
    settle(composer)
    assert not composer.send.isEnabled()
    assert "still being read" in composer.send.toolTip()
    with qtbot.assertNotEmitted(composer.send_requested):
        key(composer, Qt.Key.Key_Return)
    attached.part = NOTE
    composer.attachments.refresh()
    assert composer.send.isEnabled()
    with qtbot.waitSignal(composer.send_requested) as sent:
        key(composer, Qt.Key.Key_Return)
    assert sent.args == [""]
    assert [file.name for file in composer.files] == ["note.txt"]


def test_chips_say_size_and_tokens_warn_and_tell_what_was_lost(composer: Composer) -> None:
    composer.set_context(100, 8192)
    composer.set_files((NOTE, LONG_NAME, LATIN))
    settle(composer)
    note, large, latin = (chip.open for chip in composer.attachments.chips)
    assert note.text() == "note.txt  18 B · 12 tokens"
    assert "too long" in large.text()
    assert "8,192" in large.toolTip()
    assert "2 pages have no text" in large.toolTip()
    assert LONG_NAME.name in large.accessibleName()
    assert "Latin-1" in latin.toolTip()
    composer.set_token_count(3)
    assert composer.tokens.text().startswith("90,018 tokens · ")
    composer.set_context(100, 131_072)
    assert "too long" not in large.text()
    assert composer.tokens.text() == "90,018 tokens · 69 % full"
    composer.set_files(())
    settle(composer)
    assert composer.tokens.text() == "3 tokens"  # that the context is 0 % full helps nobody


@pytest.mark.parametrize("width", [736, 420, 300])
def test_chips_stay_inside_and_are_scrolled_where_there_are_many(composer: Composer, width: int) -> None:
    composer.resize(width, composer.height())
    composer.set_files((NOTE, LONG_NAME) * 10)
    settle(composer)
    settle(composer)
    chips = composer.attachments
    assert chips.height() <= 160
    assert chips.geometry().bottom() < composer.field.geometry().top()
    for chip in chips.chips:
        assert chip.geometry().right() <= chips.width()
        assert chip.close_button.geometry().right() <= chip.width()
    composer.set_files(())
    settle(composer)
    assert not chips.isVisible()


def test_the_keyboard_opens_and_removes_files(composer: Composer, qtbot: QtBot) -> None:
    composer.set_files((NOTE, LATIN))
    settle(composer)
    first, second = composer.attachments.chips
    key(composer, Qt.Key.Key_Tab)
    assert first.open.hasFocus()
    with qtbot.waitSignal(composer.attachments.opened) as opened:
        QTest.keyClick(first.open, Qt.Key.Key_Space)
    assert opened.args[0].part == NOTE
    QTest.keyClick(first.open, Qt.Key.Key_Tab)
    assert first.close_button.hasFocus()
    with qtbot.waitSignal(composer.attachments.changed):
        QTest.keyClick(first.close_button, Qt.Key.Key_Space)
    assert composer.files == (LATIN,)
    assert second.close_button.hasFocus()
    QTest.keyClick(second.close_button, Qt.Key.Key_Delete)
    assert composer.files == ()
    assert composer.field.hasFocus()


def test_a_long_file_comes_into_its_dialog_whole(host: QWidget, theme: Theme, qtbot: QtBot) -> None:
    file = FilePart(name="long.txt", text="line\n" * PIECE, size=5 * PIECE, is_pasted=True)
    dialog = AttachmentDialog(theme, file, can_insert=True, parent=host)
    dialog.open()
    qtbot.waitUntil(lambda: dialog.text.toPlainText() == file.text)
    assert dialog.text.verticalScrollBar().value() == 0
    with qtbot.waitSignal(dialog.insert_requested):
        dialog.insert.click()


def test_up_in_an_empty_field_asks_for_the_question_before(composer: Composer, qtbot: QtBot) -> None:
    with qtbot.waitSignal(composer.previous_requested):
        key(composer, Qt.Key.Key_Up)
    for held in (SHIFT, Qt.KeyboardModifier.ControlModifier):
        with qtbot.assertNotEmitted(composer.previous_requested):
            key(composer, Qt.Key.Key_Up, held)
    QTest.keyClicks(composer.field, "a")
    with qtbot.assertNotEmitted(composer.previous_requested):
        key(composer, Qt.Key.Key_Up)
    composer.set_text("")
    composer.set_editing("m1", "")
    with qtbot.assertNotEmitted(composer.previous_requested):
        key(composer, Qt.Key.Key_Up)


def test_editing_brings_the_files_along_and_the_draft_with_its_own_back(composer: Composer, qtbot: QtBot) -> None:
    composer.set_text("draft")
    composer.set_files((LATIN,))
    composer.set_editing("m1", "old", (NOTE,))
    assert composer.files == (NOTE,)
    composer.set_state("streaming")
    with qtbot.assertNotEmitted(composer.stop_requested), qtbot.waitSignal(composer.edit_cancelled):
        key(composer, Qt.Key.Key_Escape)
    assert (composer.text(), composer.files) == ("draft", (LATIN,))
    with qtbot.waitSignal(composer.stop_requested):
        key(composer, Qt.Key.Key_Escape)


def test_shift_enter_sends_where_that_is_set(composer: Composer, qtbot: QtBot) -> None:
    composer.set_send_key(SendKey.SHIFT_ENTER)
    QTest.keyClicks(composer.field, "one")
    key(composer, Qt.Key.Key_Return)
    assert composer.text() == "one\n"
    QApplication.sendEvent(composer.field, QInputMethodEvent("かん", []))
    with qtbot.assertNotEmitted(composer.send_requested):
        key(composer, Qt.Key.Key_Return, SHIFT)
    QApplication.sendEvent(composer.field, QInputMethodEvent("", []))
    with qtbot.waitSignal(composer.send_requested):
        key(composer, Qt.Key.Key_Return, SHIFT)
    assert "Shift+Enter sends" in composer.hint.text()


def test_while_an_answer_streams_enter_asks_next_and_stop_stays_where_it_is(composer: Composer, qtbot: QtBot) -> None:
    composer.set_state("streaming")
    settle(composer)
    place = composer.send.geometry()
    assert not composer.later.isVisible()
    QTest.keyClicks(composer.field, "more")
    settle(composer)
    assert composer.later.isVisible()
    assert composer.send.geometry() == place
    with qtbot.waitSignal(composer.queue_requested) as asked:
        key(composer, Qt.Key.Key_Return)
    assert asked.args == ["more"]
    with qtbot.waitSignal(composer.queue_requested):
        composer.later.click()


def test_a_question_that_waits_is_kept_from_the_composer_in_any_state(composer: Composer, qtbot: QtBot) -> None:
    for state in ("streaming", "idle"):
        composer.set_state(state)
        composer.set_editing("1", "One", queued=True)
        assert composer.later.text() == "Save"
        with (
            qtbot.assertNotEmitted(composer.edit_submitted),
            qtbot.assertNotEmitted(composer.send_requested),
            qtbot.waitSignal(composer.queued_submitted) as kept,
        ):
            key(composer, Qt.Key.Key_Return)
        assert kept.args == ["1", "One"]
        composer.cancel_editing()


def test_what_waits_is_listed_and_says_why(composer: Composer, qtbot: QtBot) -> None:
    queued = composer.queued
    queued.show_queue(QUEUE, "")
    settle(composer)
    assert [row.words.text() for row in queued.rows] == ["Next: One", "Two (with 1 file)"]
    assert not queued.send.isVisible()
    assert not queued.rows[0].earlier.isEnabled()
    assert not queued.rows[1].after.isEnabled()
    with qtbot.waitSignal(queued.move_requested) as moved:
        queued.rows[1].earlier.click()
    assert moved.args == ["2", -1]
    with qtbot.waitSignal(queued.edit_requested) as edited:
        queued.rows[1].edit.click()
    assert edited.args == ["2"]
    with qtbot.waitSignal(queued.remove_requested) as removed:
        queued.rows[0].remove.click()
    assert removed.args == ["1"]
    queued.show_queue(QUEUE[:1], "It waits.")
    settle(composer)
    assert queued.why.text() == "It waits."
    assert not queued.rows[0].earlier.isVisible()
    assert not queued.rows[1].isVisible()
    with qtbot.waitSignal(queued.send_requested):
        queued.send.click()
    queued.show_queue((), "")
    assert not queued.isVisible()


def test_sent_files_stand_above_the_question_and_can_be_opened(view: ChatView, qtbot: QtBot) -> None:
    message = Message(id="q", chat_id="c", parent_id=None, role=Role.USER, parts=question_parts("Why?", (NOTE, LATIN)),
                      status=MessageStatus.COMPLETE, created_at=0.0)  # fmt: skip
    view.show_messages([MessageView(message=message, sibling_index=0, sibling_count=1, failure=None)], chat_id="c")
    qtbot.waitUntil(lambda: len([each for each in view.findChildren(SentFile) if each.isVisible()]) == 2)
    qtbot.waitUntil(lambda: len(view.realised_texts()) == 1)
    shown = sorted(view.findChildren(SentFile), key=lambda each: each.y())
    assert [each.button.text() for each in shown] == ["note.txt  18 B · 12 tokens", "list.csv  4 B · 3 tokens"]
    (bubble,) = view.realised_texts()
    assert shown[-1].geometry().bottom() < bubble.y()
    assert {each.geometry().right() for each in shown} == {bubble.geometry().right()}
    with qtbot.waitSignal(view.file_requested) as opened:
        shown[1].button.click()
    assert opened.args == [LATIN]
