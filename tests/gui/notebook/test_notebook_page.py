"""The page of the notebook: its list, and what is chosen and told beside a text."""

from collections.abc import Callable
from itertools import pairwise

import msgspec
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.notebook import UNTIL_STOPPED, Continuation, Marks, NotebookEntry, title_of
from desktop_app.domain.presets import Preset
from desktop_app.domain.sampling import Sampling
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.notebook.editor import room_beside
from desktop_app.gui.notebook.rows import TextList
from desktop_app.gui.notebook.values_dialog import ValuesDialog
from desktop_app.gui.notebook.writing import WritingView
from desktop_app.gui.window.main_window import MainWindow
from tests.gui.conftest import QWEN, STARTER

ENTRIES = [NotebookEntry(name, name.title(), 1e9 - place, 10) for place, name in enumerate(("one", "two", "three"))]


@pytest.fixture
def texts(host: QWidget, theme: Theme) -> TextList:
    made = TextList(theme, host)
    made.resize(800, 600)
    made.show()
    made.show_entries(ENTRIES)
    return made


@pytest.fixture
def view(host: QWidget, theme: Theme) -> WritingView:
    made = WritingView(theme, host)
    made.resize(900, 700)
    made.show_sampling(Sampling(max_tokens=200))
    made.show_models([STARTER, QWEN], QWEN.path)
    made.show()
    return made


def order(texts: TextList) -> list[str]:
    return [line.row.entry.id for line in sorted(texts.lines.values(), key=lambda line: line.y())]


def test_the_list_follows_what_becomes_of_texts(texts: TextList, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: order(texts) == ["one", "two", "three"])
    two = texts.lines["two"]
    changed = msgspec.structs.replace(ENTRIES[1], title="Second", updated_at=2e9)
    texts.show_entries([changed, ENTRIES[0], NotebookEntry("four", "", 0.0, 0)])
    qtbot.waitUntil(lambda: order(texts) == ["two", "one", "four"])
    assert texts.lines["two"] is two
    assert two.row.accessibleName() == "Second"
    assert two.delete.accessibleName() == "Delete “Second”"
    assert texts.lines["four"].row.accessibleName() == "Empty text"


def test_rows_open_and_delete_their_text(texts: TextList, qtbot: QtBot) -> None:
    with qtbot.waitSignal(texts.opened) as opened:
        QTest.keyClick(texts.lines["two"].row, Qt.Key.Key_Space)
    with qtbot.waitSignal(texts.delete_requested) as deleted:
        texts.lines["three"].delete.click()
    assert (opened.args, deleted.args) == (["two"], ["three"])
    texts.lines["three"].delete.setFocus()
    texts.show_entries(ENTRIES[:2])
    row = texts.lines["two"].row
    assert (row.hasFocus(), row.has_ring) == (True, False)  # rather than whatever comes next


def test_values_are_chosen_beside_the_text(view: WritingView) -> None:
    chosen: list[Sampling] = []
    view.sampling_chosen.connect(chosen.append)
    view.length.setCurrentIndex(view.length.findData(UNTIL_STOPPED))
    view.length.activated.emit(view.length.currentIndex())
    view.stop_at.setCurrentIndex(1)
    view.stop_at.activated.emit(1)
    view.preset.setCurrentIndex(view.preset.findText("Creative"))
    view.preset.activated.emit(view.preset.currentIndex())
    assert chosen == [
        Sampling(max_tokens=UNTIL_STOPPED),
        Sampling(max_tokens=200, stop=("\n",)),
        Sampling(max_tokens=200, temperature=1.2, top_p=0.98, min_p=0.02),
    ]


def test_values_of_ones_own_are_shown_as_such(view: WritingView) -> None:
    assert view.preset.currentText() == "Balanced"
    view.show_sampling(Sampling(max_tokens=77, temperature=0.33, stop=("END",)))
    assert view.preset.currentText() == "Values of your own"
    assert view.length.currentText() == "77 tokens"
    assert view.stop_at.currentText() == "Ends at stop strings of your own"
    view.show_presets([Preset("Mine", {"temperature": 0.33})])
    assert view.preset.currentText() == "Mine"


def test_it_is_gone_on_with_by_keyboard_where_there_is_a_text(view: WritingView, qtbot: QtBot) -> None:
    asked: list[None] = []
    view.go_on_requested.connect(lambda: asked.append(None))
    view.editor.setFocus()
    control = Qt.KeyboardModifier.ControlModifier
    QTest.keyClick(view.editor, Qt.Key.Key_Return, control)
    assert not asked
    QTest.keyClicks(view.editor, "Once")
    QTest.keyClick(view.editor, Qt.Key.Key_Return, control)
    assert len(asked) == 1
    assert view.editor.text() == "Once"
    assert view.title.text() == "Once"
    view.go_on.setFocus()
    view.editor.begin_writing(again=False)
    view.refresh()
    assert view.stop.hasFocus()  # where the button was that was pressed
    QTest.keyClick(view.stop, Qt.Key.Key_Return, control)
    assert len(asked) == 1
    view.editor.end_writing()
    view.refresh()
    assert view.go_on.hasFocus()


def test_takes_are_walked(view: WritingView) -> None:
    view.editor.show_text("Once more", Marks((), Continuation(4, (" again", " more"), 1)))
    view.refresh()
    assert view.place.text() == "2 / 2"
    assert not view.next.isEnabled()
    view.previous.click()
    assert view.editor.text() == "Once again"
    assert not view.previous.isEnabled()
    view.editor.show_text("Once", Marks())
    view.refresh()
    assert not view.again.isVisible()


def test_what_the_model_does_not_see_is_told(view: WritingView) -> None:
    view.show_seen(100, 8192, 0, "")
    assert not view.left_out.isVisible()
    assert view.meter.isVisible()
    view.show_seen(8000, 8192, 12, "the harbour")
    assert "“the harbour”" in view.left_out.text()
    assert "no longer see how the text begins" in view.meter.toolTip()


def test_little_room_is_the_texts(view: WritingView) -> None:
    assert view.length.isVisible()
    assert view._foot.direction() == QBoxLayout.Direction.LeftToRight
    view.resize(420, 560)
    assert not view.length.isVisible()
    assert view.values.isVisible()
    assert view._foot.direction() == QBoxLayout.Direction.TopToBottom
    assert view._told.direction() == QBoxLayout.Direction.LeftToRight
    view.resize(320, 560)
    assert view._told.direction() == QBoxLayout.Direction.TopToBottom


def test_the_dialog_of_values_tells_each_change(host: QWidget, theme: Theme, qtbot: QtBot) -> None:
    dialog = ValuesDialog(theme, Sampling(temperature=0.5), host)
    dialog.show()
    with qtbot.waitSignal(dialog.tab.sampling_changed) as changed:
        dialog.tab.change("top_k", 7)
    assert changed.args == [Sampling(temperature=0.5, top_k=7)]
    dialog.tab.groups.sections["Words"].head.setChecked(True)
    assert "stop" in dialog.tab.groups.lists
    assert "begin_with" not in dialog.tab.groups.editors  # a text begins as it stands there
    dialog.accept()


def test_notices_leave_its_buttons_free(new_window: Callable[..., MainWindow]) -> None:
    window = new_window()
    window.show_page("notebook")
    page = window.notebook_page
    page.show_text()
    window.notice.show_notice("Something was done.")
    foot = page.writing.go_on.mapTo(window.centre, page.writing.go_on.rect().topLeft()).y()
    assert window.notice.geometry().bottom() < foot


def test_words_are_found_in_the_open_text(new_window: Callable[..., MainWindow]) -> None:
    window = new_window()
    window.show_page("notebook")
    page = window.notebook_page
    assert not window.find_on_page(0)  # the list
    page.show_text()
    editor = page.writing.editor
    editor.show_text("The sea 🚣 was calm.\nA SEA of sand.\nsea", Marks())
    assert window.find_on_page(0)
    bar = page.writing.finding.bar
    assert window.focusWidget() is bar.field
    QTest.keyClicks(bar.field, "sea")
    assert (editor.textCursor().selectionStart(), bar.count.text()) == (4, "1 of 3")  # from the end on, and around
    window.find_on_page(1)
    assert (editor.textCursor().selectedText(), bar.count.text()) == ("SEA", "2 of 3")
    QTest.keyClick(bar.field, Qt.Key.Key_Return)
    assert bar.count.text() == "3 of 3"
    QTest.keyClick(bar.field, Qt.Key.Key_Return)
    assert bar.count.text() == "1 of 3"
    QTest.keyClick(bar.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert bar.count.text() == "3 of 3"
    QTest.keyClicks(bar.field, "x")
    assert bar.count.text() == "None"
    QTest.keyClick(bar.field, Qt.Key.Key_Escape)
    assert not bar.isVisible()
    assert window.focusWidget() is editor
    assert page.is_writing


def test_how_the_model_ended_is_told_until_the_text_is_another_one(view: WritingView) -> None:
    editor = view.editor
    for change in (editor.undo, lambda: QTest.keyClicks(editor, "x"), view.previous.click):
        editor.show_text("Once", Marks())
        for words, again in ((" more", False), (" again", True)):
            editor.begin_writing(again=again)
            editor.write(words)
            editor.end_writing()
        view.refresh()
        view.show_state("2 tokens")
        change()
        assert view.status.text() == ""


def test_what_nothing_stands_before_is_not_tried_again(view: WritingView) -> None:
    view.editor.show_text("Once more", Marks((), Continuation(4, (" more",), 0)))
    view.refresh()
    assert view.again.isEnabled()
    cursor = view.editor.textCursor()
    cursor.setPosition(4)
    cursor.movePosition(QTextCursor.MoveOperation.Start, QTextCursor.MoveMode.KeepAnchor)
    view.editor.setTextCursor(cursor)
    QTest.keyClick(view.editor, Qt.Key.Key_Delete)
    assert view.editor.text() == " more"
    assert not view.again.isEnabled()  # a model needs something to go on with
    view.editor.undo()
    assert view.again.isEnabled()


def test_nothing_that_is_found_lies_behind_the_bar(new_window: Callable[..., MainWindow]) -> None:
    window = new_window()
    window.show_page("notebook")
    page = window.notebook_page
    page.show_text()
    editor = page.writing.editor
    editor.show_text("A lighthouse\u00a0keeper came.", Marks())
    window.find_on_page(0)
    bar = page.writing.finding.bar
    QTest.keyClicks(bar.field, "house keeper")
    assert bar.count.text() == "1 of 1"
    found = editor.viewport().mapTo(editor, editor.cursorRect().topLeft())
    assert found.y() > bar.area().bottom()
    page.show_list()
    page.show_text()
    assert not bar.isVisible()
    assert editor.viewport().y() < bar.area().bottom()


def test_no_button_is_cut_off_where_there_is_little_room(view: WritingView, qtbot: QtBot) -> None:
    view.editor.show_text("Once more", Marks((), Continuation(4, (" again", " more"), 1)))
    view.refresh()
    view.resize(300, 700)
    shown = (view.previous, view.place, view.next, view.again, view.go_on)

    def is_whole(widget: QWidget) -> bool:
        is_in_sight = view.rect().contains(widget.mapTo(view, widget.rect().bottomRight()))
        return is_in_sight and widget.width() >= widget.sizeHint().width()

    qtbot.waitUntil(lambda: all(map(is_whole, shown)))


def test_many_texts_can_be_searched(new_window: Callable[..., MainWindow], qtbot: QtBot) -> None:
    window = new_window()
    window.show_page("notebook")
    texts = window.notebook_page.list
    many = [NotebookEntry(f"t{number}", f"Text {number}", 1e9 - number, 10) for number in range(6)]
    texts.show_entries(many[:5])
    assert not window.find_on_page(0)  # they are seen at a glance
    asked: list[str] = []
    texts.searched.connect(asked.append)
    texts.show_entries(many)
    qtbot.waitUntil(lambda: len(texts.lines) == 6)
    assert window.find_on_page(0)
    assert window.focusWidget() is texts.search
    QTest.keyClicks(texts.search, "ab")
    assert asked == ["a", "ab"]
    texts.show_found(["t4", "t2"])
    qtbot.waitUntil(lambda: order(texts) == ["t2", "t4"])
    with qtbot.waitSignal(texts.opened) as opened:
        QTest.keyClick(texts.search, Qt.Key.Key_Return)
    assert opened.args == ["t2"]
    texts.show_entries(many[:3])
    assert asked == ["a", "ab", "ab"]  # a text may have changed
    texts.show_found([])
    assert not texts.lines
    assert texts._nothing.text() == "No text has these words."
    QTest.keyClick(texts.search, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: order(texts) == ["t0", "t1", "t2"])
    texts.show_found(["t1"])  # what was asked before comes late
    assert len(texts.lines) == 3


@pytest.mark.parametrize("width", [900, 420, 300])
def test_the_buttons_end_where_the_text_does_however_narrow_it_is(view: WritingView, qtbot: QtBot, width: int) -> None:
    view.resize(width, 640)
    view.editor.show_text("ab cd", Marks(((2, 5),), Continuation(2, (" ef", " cd"), 1)))
    view.refresh()
    buttons = (view.previous, view.place, view.next, view.again, view.go_on)
    assert all(button.isVisible() for button in buttons)
    edge = view.width() - room_beside(view.theme, view.width())

    def ends() -> list[int]:
        """Where the lines of buttons end."""
        places = [QRect(button.mapTo(view, QPoint()), button.size()) for button in buttons]
        lasts = [place for place, after in pairwise(places) if after.top() > place.bottom()]
        return [place.right() + 1 for place in (*lasts, places[-1])]

    qtbot.waitUntil(lambda: ends() == [edge] * (1 if width > 300 else 2))


@pytest.mark.parametrize("text", ["# The lighthouse", "> The lighthouse\nIt was dark.", "\n\nThe lighthouse"])
def test_the_heading_says_what_the_list_does(view: WritingView, text: str) -> None:
    view.editor.show_text(text, Marks())
    assert view.title.text() == title_of(text) == "The lighthouse"


def test_another_take_leaves_the_model_at_rest(view: WritingView) -> None:
    view.editor.show_text("ab cd", Marks(((2, 5),), Continuation(2, (" ef", " cd"), 1)))
    view.refresh()
    view.previous.click()
    assert view.editor.text() == "ab ef"
    assert view.go_on.isVisible()
    assert not view.stop.isVisible()


def test_the_list_is_walked_and_used_with_the_keyboard(texts: TextList, qtbot: QtBot) -> None:
    many = [NotebookEntry(f"t{place}", f"Text {place}", 1e9 - place, 10) for place in range(7)]
    texts.show_entries(many)
    qtbot.waitUntil(lambda: order(texts) == [entry.id for entry in many])
    texts.window().activateWindow()
    assert texts.begin_search()
    qtbot.waitUntil(texts.search.hasFocus)
    QTest.keyClick(texts.search, Qt.Key.Key_Down)
    rows = [texts.lines[entry.id].row for entry in many]
    assert rows[0].hasFocus()
    QTest.keyClick(rows[0], Qt.Key.Key_Down)
    assert rows[1].hasFocus()
    with qtbot.waitSignal(texts.opened) as opened:
        QTest.keyClick(rows[1], Qt.Key.Key_Return)
    assert opened.args == ["t1"]
    with qtbot.waitSignal(texts.delete_requested) as deleted:
        QTest.keyClick(rows[1], Qt.Key.Key_Delete)
    assert deleted.args == ["t1"]
    texts.show_entries([many[0], *many[2:]])
    assert rows[2].hasFocus(), "whoever deletes one after another stays there"
    texts.show_entries(many[:1])
    assert rows[0].hasFocus()
    QTest.keyClick(rows[0], Qt.Key.Key_Down)
    assert rows[0].hasFocus()
    texts.show_entries(many)
    QTest.keyClick(rows[0], Qt.Key.Key_Up)
    assert texts.search.hasFocus()


def test_nothing_is_done_with_a_long_text_before_it_is_all_there(view: WritingView, qtbot: QtBot) -> None:
    def offered() -> list[str]:
        return [action.text() for action in view.menu().actions() if action.isEnabled() and action.text()]

    view.editor.show_text("There was a boat.\n" * 20_000, Marks())
    assert view.editor.is_filling
    assert offered() == ["Delete this text"]
    qtbot.waitUntil(lambda: not view.editor.is_filling)
    view.refresh()
    assert {"Copy all", "Save as a file…", "Ask about it in a new chat"} <= {*offered()}
