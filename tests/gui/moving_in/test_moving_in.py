"""The page that brings chats in: what it says, what can be chosen, by mouse, by keyboard, and read aloud."""

import time

import msgspec
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.moving_in import Leftovers, Origin
from desktop_app.domain.offers import Arrival, Offer, Preview
from desktop_app.gui.look.theme import load_theme
from desktop_app.gui.moving_in.offer_rows import OfferPainter
from desktop_app.gui.moving_in.page import MovingInPage, Step
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.services.chat_files.arrivals import Imported
from desktop_app.services.chat_files.import_words import (
    arrival_words,
    content_words,
    imported_words,
    leftover_words,
    preview_title,
    preview_words,
)
from desktop_app.settings.schema import Appearance
from tests.counting import calls
from tests.screens.moving_in_screens import CAME, FOUND, NOTHING_NEW, PREVIEW
from tests.walked_controls import has_ring

COMING = sum(offer.arrival is not Arrival.THERE for offer in PREVIEW.offers)


@pytest.fixture
def page(window: MainWindow) -> MovingInPage:
    window.resize(1000, 800)
    window.show_page("moving_in")
    return window.moving_in_page


def row_of(page: MovingInPage, arrival: Arrival) -> int:
    rows = page.rows.rows
    return next(place for place, row in enumerate(rows) if isinstance(row, Offer) and row.arrival is arrival)


def check_state(page: MovingInPage, place: int) -> object:
    return page.rows.data(page.rows.index(place), Qt.ItemDataRole.CheckStateRole)


# Where it begins


def test_the_page_looks_for_other_apps_only_when_it_is_opened(window: MainWindow, qtbot: QtBot) -> None:
    page = window.moving_in_page
    opened: list[bool] = []
    page.opened.connect(lambda: opened.append(True))
    assert opened == []
    window.show_page("moving_in")
    assert opened == [True]
    page.show_found(FOUND)
    assert [button.accessibleName() for button in page.door.found_buttons] == [
        "View the chats of LM Studio",
        "View the chats of Jan",
    ]
    with qtbot.waitSignal(page.path_chosen) as chosen:
        page.door.found_buttons[0].click()
    assert chosen.args == [FOUND[0].path]
    page.show_found(())
    assert page.door.found_buttons == []


def test_a_file_or_a_folder_can_be_chosen_or_dropped(page: MovingInPage, qtbot: QtBot) -> None:
    with qtbot.waitSignal(page.file_requested):
        QTest.keyClick(page.door.file_button, Qt.Key.Key_Space)
    with qtbot.waitSignal(page.folder_requested):
        page.door.folder_button.click()
    with qtbot.waitSignal(page.path_chosen) as chosen:
        assert drop(page, "/tmp/chats")
    assert chosen.args == ["/tmp/chats"]
    page.show_importing()
    assert not drop(page, "/tmp/more")


def drop(widget: QWidget, path: str) -> bool:
    """Drag a file over a widget and let go, where it is welcome; whether it was."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(path)])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    entering = QDragEnterEvent(QPointF(9, 9).toPoint(), Qt.DropAction.CopyAction, data, buttons, keys)
    widget.dragEnterEvent(entering)
    if not entering.isAccepted():
        return False
    widget.dropEvent(QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, data, buttons, keys))
    return True


@pytest.mark.parametrize("name", ["chatgpt-2026.ZIP", "conversations.json"])
def test_an_export_that_is_dropped_on_the_chat_is_no_attachment(window: MainWindow, qtbot: QtBot, name: str) -> None:
    attached: list[list[str]] = []
    window.files_dropped.connect(attached.append)
    ground = window.chat_slot.parentWidget()
    with qtbot.waitSignal(window.export_dropped) as dropped:
        assert drop(ground, f"/tmp/{name}")
    assert dropped.args == [f"/tmp/{name}"]
    assert attached == []
    drop(ground, "/tmp/notes.json")
    assert attached == [["/tmp/notes.json"]]


def test_what_is_wrong_with_a_file_is_said_with_the_next_step(page: MovingInPage) -> None:
    assert not page.door.trouble.isVisible()
    page.show_reading("notes.md")
    page.show_door(ErrorInfo(ErrorCode.IMPORT_UNKNOWN, {"path": "/tmp/notes.md"}))
    assert page.step is Step.DOOR
    assert page.door.trouble.isVisible()
    assert "/tmp/notes.md is not a chat export" in page.door.trouble.text()
    assert "Choose what ChatGPT" in page.door.trouble.text()
    page.show_door()
    assert not page.door.trouble.isVisible()


# What would come


def test_chats_of_one_day_are_said_to_be_of_that_day() -> None:
    noon = time.mktime((2026, 11, 28, 12, 0, 0, 0, 0, -1))
    offer = msgspec.structs.replace(PREVIEW.offers[0], messages=4, first_at=noon, last_at=noon + 60)
    one_day = msgspec.structs.replace(PREVIEW, offers=(offer,))
    assert content_words(one_day).startswith("4 messages from Nov 28, 2026.")
    two_days = msgspec.structs.replace(one_day, offers=(offer, msgspec.structs.replace(offer, last_at=noon + 86_400)))
    assert content_words(two_days).startswith("8 messages, from Nov 28, 2026 to Nov 29, 2026.")


def test_a_preview_is_told_in_whole_sentences() -> None:
    assert preview_title(PREVIEW) == "248 chats from ChatGPT"
    assert arrival_words(NOTHING_NEW) == "3 are here already and stay as they are."
    assert leftover_words(PREVIEW.leftovers) == (
        "31 images are left out. 4 attached files are left out. 12 answers of tools are left out."
    )
    assert leftover_words(Leftovers()) == ""
    assert content_words(NOTHING_NEW).endswith("The model was Qwen3 8B.")
    assert "gpt-4o, o3-mini, gpt-4-turbo and 2 more" in content_words(PREVIEW)
    assert "chats have branches" in content_words(PREVIEW)
    assert content_words(Preview(path="/x", origin=Origin.JAN, offers=())) == ""
    lines = preview_words(PREVIEW).splitlines()
    assert lines[-2:] == [
        "An older talk (conversations.json, 17): skipped: it is damaged",
        "Chat without a title (conversations.json, 90): skipped: there is no message in it",
    ]


def test_all_of_which_something_would_become_is_chosen_at_first(page: MovingInPage, qtbot: QtBot) -> None:
    page.show_preview(PREVIEW)
    assert page.offer.accept_button.text() == f"Import {COMING} chats"
    assert check_state(page, row_of(page, Arrival.NEW)) == Qt.CheckState.Checked
    there = row_of(page, Arrival.THERE)
    assert check_state(page, there) is None
    page.rows.toggle(page.rows.index(there))
    assert len(page.rows.chosen) == COMING
    with qtbot.waitSignal(page.import_requested) as asked:
        page.offer.accept_button.click()
    assert asked.args == [PREVIEW, frozenset(page.rows.chosen), "From ChatGPT"]
    page.offer.folder_switch.click()
    with qtbot.waitSignal(page.import_requested) as asked:
        page.offer.accept_button.click()
    assert asked.args[2] == ""


def test_chats_of_our_own_keep_their_folders_unless_others_are_wished(page: MovingInPage, qtbot: QtBot) -> None:
    own = msgspec.structs.replace(PREVIEW, origin=None)
    page.show_preview(own)
    with qtbot.waitSignal(page.import_requested) as asked:
        page.offer.accept_button.click()
    assert asked.args[2] == ""
    page.offer.folder_switch.click()
    page.show_preview(own)  # given up, and looked at again
    with qtbot.waitSignal(page.import_requested) as asked:
        page.offer.accept_button.click()
    assert asked.args[2] == "From Inglenook"
    page.show_preview(PREVIEW)
    assert page.offer.folder_switch.isChecked()


def test_a_click_chooses_one_and_the_buttons_all_that_are_listed(page: MovingInPage) -> None:
    page.show_preview(PREVIEW)
    view = page.offer.list
    place = view.visualRect(page.rows.index(1)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert check_state(page, 1) == Qt.CheckState.Unchecked
    QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    page.offer.search.setText("BOAT gpt-4o")
    listed = [row for row in page.rows.rows if isinstance(row, Offer)]
    assert listed
    assert all("boat" in row.title.casefold() and "gpt-4o" in row.models for row in listed)
    page.offer.none_button.click()
    left = len(page.rows.chosen)
    assert COMING - len(listed) - 1 <= left < COMING
    page.offer.search.clear()
    page.offer.none_button.click()
    assert not page.offer.accept_button.isEnabled()
    assert page.offer.accept_button.text() == "Nothing is chosen"
    page.offer.all_button.click()
    assert len(page.rows.chosen) == COMING
    page.offer.search.setText("no such title")
    assert page.offer.nothing.isVisible()
    assert not page.offer.list.isVisible()


def test_everything_works_by_keyboard_alone(page: MovingInPage, qtbot: QtBot) -> None:
    page.show_preview(PREVIEW)
    assert page.offer.search.hasFocus()
    QTest.keyClick(page.offer.search, Qt.Key.Key_Down)
    view = page.offer.list
    assert view.hasFocus()
    assert view.currentIndex().row() == 0
    QTest.keyClick(view, Qt.Key.Key_Space)
    assert check_state(page, 0) == Qt.CheckState.Unchecked
    QTest.keyClick(view, Qt.Key.Key_Down)
    QTest.keyClick(view, Qt.Key.Key_Space)
    assert check_state(page, 1) == Qt.CheckState.Unchecked
    QTest.keyClick(view, Qt.Key.Key_Home)
    QTest.keyClick(view, Qt.Key.Key_Up)
    assert page.offer.search.hasFocus()
    with qtbot.waitSignal(page.import_requested):
        QTest.keyClick(page.offer.accept_button, Qt.Key.Key_Space)


def test_the_row_that_the_keyboard_is_at_has_a_ring_however_it_came_there(page: MovingInPage) -> None:
    page.show_preview(PREVIEW)
    page.offer.list.setFocus(Qt.FocusReason.TabFocusReason)
    assert page.offer.list.currentIndex().row() == 0
    assert has_ring(page.offer.list)


def test_rows_are_read_aloud_with_their_check_marks(page: MovingInPage) -> None:
    page.show_preview(PREVIEW)
    index = page.rows.index(0)
    assert page.rows.data(index) == "Names for a small boat, Nov 18, 2026 · 1 message"
    assert page.rows.flags(index) & Qt.ItemFlag.ItemIsUserCheckable
    assert page.rows.setData(index, Qt.CheckState.Unchecked.value, Qt.ItemDataRole.CheckStateRole)
    assert check_state(page, 0) == Qt.CheckState.Unchecked
    last = page.rows.index(page.rows.rowCount() - 1)
    assert page.rows.data(last) == "Chat without a title, skipped: there is no message in it"
    assert not page.rows.flags(last) & Qt.ItemFlag.ItemIsUserCheckable
    assert "gpt-4o" in str(page.rows.data(index, Qt.ItemDataRole.ToolTipRole))


def test_each_step_says_aloud_what_there_is_to_know(page: MovingInPage) -> None:
    assert page.spoken == ""
    page.show_door(ErrorInfo(ErrorCode.IMPORT_UNKNOWN, {"path": "/tmp/notes.md"}))
    assert "is not a chat export" in page.spoken
    page.show_reading("export.zip")
    assert page.spoken == "Reading export.zip…"
    page.show_preview(NOTHING_NEW)
    assert page.spoken == "3 chats from LM Studio\n3 are here already and stay as they are."
    page.show_outcome(Imported(new=2, new_ids=CAME[:2], changed_ids=CAME[:2]))
    assert page.spoken == "The import is complete\n2 chats were imported."


def test_thousands_of_rows_cost_what_is_seen_of_them(page: MovingInPage, monkeypatch: pytest.MonkeyPatch) -> None:
    painted = 0
    real = OfferPainter.paint

    def count(self, painter, option, index) -> None:
        nonlocal painted
        painted += 1
        real(self, painter, option, index)

    monkeypatch.setattr(OfferPainter, "paint", count)
    first = PREVIEW.offers[0]
    offers = tuple(msgspec.structs.replace(first, id=str(number), title=f"Chat {number}") for number in range(5000))
    page.show_preview(msgspec.structs.replace(PREVIEW, offers=offers))
    view = page.offer.list
    seen = view.viewport().height() // view.sizeHintForRow(0) + 2
    painted = 0
    view.viewport().repaint()
    assert 0 < painted <= seen
    painted = 0
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum() // 2)
    page.rows.choose_listed(False)
    view.viewport().repaint()
    assert painted <= 2 * seen
    assert calls(view.doItemsLayout) < 100


# While and after


def test_progress_is_shown_and_can_be_given_up(page: MovingInPage, qtbot: QtBot) -> None:
    page.show_reading("export.zip")
    page.show_progress(500, 1000)
    assert page.under_way.bar.value() == page.under_way.bar.maximum() // 2
    page.show_importing()
    page.show_progress(1234, 5000)
    assert page.under_way.words.text() == "1,234 of 5,000 chats imported. You can go on chatting meanwhile."
    with qtbot.waitSignal(page.given_up):
        QTest.keyClick(page.under_way.cancel_button, Qt.Key.Key_Space)
    assert page.under_way.cancel_button.waits
    assert page.under_way.cancel_button.hasFocus()
    page.show_importing()
    assert not page.under_way.cancel_button.waits


def test_an_outcome_leads_to_the_chats_and_back(page: MovingInPage, qtbot: QtBot) -> None:
    page.show_preview(PREVIEW)
    outcome = Imported(new=170, new_ids=CAME, changed_ids=CAME)
    page.show_outcome(outcome)
    assert page.outcome.show_button.hasFocus()
    assert not page.outcome.again_button.isVisible()
    with qtbot.waitSignal(page.show_requested) as asked:
        page.outcome.show_button.click()
    assert asked.args == [outcome]
    with qtbot.waitSignal(page.removal_requested):
        page.outcome.remove_button.click()
    page.show_outcome(outcome, removed=True)
    assert not page.outcome.remove_button.isVisible()
    assert not page.outcome.show_button.isVisible()
    page.outcome.more_button.click()
    assert page.step is Step.DOOR


def test_an_import_that_ended_early_says_how_many_came_and_can_be_gone_on_with(
    page: MovingInPage, qtbot: QtBot
) -> None:
    page.show_preview(PREVIEW)
    info = ErrorInfo(ErrorCode.IMPORT_DISK_FULL, {"path": PREVIEW.path})
    page.show_outcome(Imported(new=3, new_ids=CAME[:3], changed_ids=CAME[:3], error=info))
    assert page.outcome.title.text() == "The import was not completed"
    assert page.outcome.words.text() == "3 chats were imported."
    assert "The disk is full" in page.outcome.trouble.text()
    assert page.outcome.remove_button.isVisible()
    with qtbot.waitSignal(page.path_chosen) as again:
        page.outcome.again_button.click()
    assert again.args == [PREVIEW.path]
    assert imported_words(Imported(new=1, stopped=True)) == (
        "1 chat was imported. The import was cancelled; the other chats were not imported."
    )


def test_another_text_size_keeps_what_was_chosen(page: MovingInPage, window: MainWindow) -> None:
    page.show_preview(PREVIEW)
    page.offer.none_button.click()
    page.rows.toggle(page.rows.index(0))
    window.set_theme(load_theme(Appearance.DARK, 150, system_dark=True))
    assert page.step is Step.OFFER
    assert page.offer.isVisible()
    assert page.offer.accept_button.text() == "Import 1 chat"


@pytest.mark.parametrize("step", list(Step))
@pytest.mark.parametrize("size", [(420, 640), (1360, 860)])
def test_every_control_has_a_name_and_fits(window: MainWindow, step: Step, size: tuple[int, int]) -> None:
    window.resize(*size)
    window.show_page("moving_in")
    page = window.moving_in_page
    page.show_found(FOUND)
    page.show_preview(PREVIEW)
    {
        Step.DOOR: page.show_door,
        Step.READING: lambda: page.show_reading("export.zip"),
        Step.OFFER: lambda: page.show_preview(PREVIEW),
        Step.IMPORTING: page.show_importing,
        Step.DONE: lambda: page.show_outcome(Imported(new=170, new_ids=CAME, changed_ids=CAME)),
    }[step]()
    QTest.qWait(0)
    assert page.body is not None
    controls = [
        each for kind in (QAbstractButton, QLineEdit, QAbstractItemView) for each in page.body.findChildren(kind)
    ]
    for control in controls:
        if control.isVisible():
            assert control.accessibleName() or (isinstance(control, QAbstractButton) and control.text())
            left = control.mapTo(page.body, control.rect().topLeft()).x()
            assert left >= 0
            assert left + control.width() <= page.body.width()
            assert page.body.width() <= page.viewport().width()


def test_the_first_run_leads_there_quietly(window: MainWindow, qtbot: QtBot) -> None:
    window.show_page("first_run")
    button = window.first_run.import_button
    assert button is not None
    assert not button.hasFocus()
    with qtbot.waitSignal(window.first_run.import_requested):
        button.click()
    button.setFocus(Qt.FocusReason.TabFocusReason)
    with qtbot.waitSignal(window.first_run.import_requested):
        QTest.keyClick(button, Qt.Key.Key_Return)
