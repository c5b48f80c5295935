"""The window as a whole: drawers, pages, actions, notices, names of controls, cut-off text."""

from collections.abc import Callable
from functools import partial

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDropEvent, QFontMetrics, QTextLayout
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from desktop_app.domain.prompt_templates import Placeholder, PlaceholderType, PromptTemplate
from desktop_app.domain.sizes import readable_size
from desktop_app.gui.dialogs.crash import CrashDialog
from desktop_app.gui.first_run.page import FirstRunPage, Offer
from desktop_app.gui.look.theme import Theme, load_theme
from desktop_app.gui.templates.form import Surroundings
from desktop_app.gui.templates.sheet import TemplateSheet
from desktop_app.gui.widgets.controls import ElidedLabel
from desktop_app.gui.window.context_meter import short_count
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.services.models import library
from desktop_app.services.writing.prompt_library import LibraryTemplate
from desktop_app.settings.schema import Appearance, Settings
from desktop_app.settings.window_state import WindowState
from tests.gui.conftest import QWEN, STARTER, TODAY, destroy

CONTROLS = (QAbstractButton, QAbstractSlider, QLineEdit, QPlainTextEdit, QComboBox, QAbstractItemView)
NewWindow = Callable[..., MainWindow]
PAGES = ("chat", "first_run", "models", "settings")


TEMPLATE = LibraryTemplate(
    key="own/t.md",
    is_own=True,
    title="T",
    folder="",
    template=PromptTemplate(
        title="T",
        body="x",
        placeholders=tuple(
            Placeholder(name=f"p{place}", type=kind, choices=("a",)) for place, kind in enumerate(PlaceholderType)
        ),
    ),
)
"""One with a placeholder of every type."""


def show_everything(window: MainWindow) -> None:
    """Fill every page, so that all controls exist."""
    window.models_page.set_models([STARTER, QWEN], QWEN.path)
    window.templates_page.set_templates([TEMPLATE])
    for page in PAGES:
        window.show_page(page)
    assert TEMPLATE.template is not None
    around = Surroundings(clipboard="copied")
    window.templates_page.open_sheet(TemplateSheet(window.theme, TEMPLATE, TEMPLATE.template, around))
    window.composer.set_text("A question")
    window.composer.set_editing("m", "An old question")
    window.notice.show_notice("Something was deleted.", ("Undo", partial(int)))
    window.command_palette.open()
    window.command_palette.dismiss()


# Drawers


def test_a_wide_window_shows_all_three_parts(window: MainWindow) -> None:
    assert window.sidebar.width() == 264
    assert window.panel.width() == 328
    assert window.centre.geometry().left() == 264
    assert window.centre.width() == 1360 - 264 - 328
    assert not window.top_bar.panel_button.isVisible()
    assert not window.top_bar.sidebar_button.isVisible()


def test_below_1100_the_panel_is_a_drawer(new_window: NewWindow) -> None:
    window = new_window(900, 640)
    assert window.sidebar.isVisible()
    assert not window.panel.isVisible()
    window.top_bar.panel_button.click()
    assert window.panel.isVisible()
    assert window.panel.geometry().right() == 899
    assert window.centre.width() == 900 - 264  # the drawer lies over it
    assert window.stage.scrim.isVisible()
    QTest.mouseClick(window.stage.scrim, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert not window.panel.isVisible()
    assert not window.stage.scrim.isVisible()


def test_below_760_the_sidebar_is_a_drawer_too(new_window: NewWindow) -> None:
    window = new_window(700, 640)
    assert not window.sidebar.isVisible()
    assert window.centre.width() == 700
    window.top_bar.sidebar_button.click()
    assert window.sidebar.isVisible()
    assert window.sidebar.geometry().left() == 0
    window.sidebar.chat_chosen.emit("lamp")
    assert not window.sidebar.isVisible()


def test_a_drawer_that_was_clicked_open_shows_no_ring(new_window: NewWindow, qtbot: QtBot) -> None:
    window = new_window(700, 640)
    window.activateWindow()
    window.composer.focus()
    qtbot.waitUntil(window.composer.field.hasFocus)
    for opened, ring in ((window.top_bar.sidebar_button.click, True), (None, False)):
        if opened is None:
            qtbot.mouseClick(window.top_bar.sidebar_button, Qt.MouseButton.LeftButton)
        else:
            opened()  # as by its shortcut
        assert window.stage.drawer is window.sidebar
        assert window.sidebar.new_chat.hasFocus()
        assert window.sidebar.new_chat.has_ring is ring
        window.stage.close_drawer()


def test_only_one_drawer_is_open(new_window: NewWindow) -> None:
    window = new_window(700, 640)
    window.stage.toggle_sidebar()
    window.stage.toggle_panel()
    assert window.panel.isVisible()
    assert not window.sidebar.isVisible()


def test_escape_closes_a_drawer_before_it_stops_an_answer(new_window: NewWindow, qtbot: QtBot) -> None:
    window = new_window(900, 640)
    window.activateWindow()
    window.composer.set_state("streaming")
    window.stage.toggle_panel()
    with qtbot.assertNotEmitted(window.composer.stop_requested):
        window.commands.stop.trigger()
    assert not window.panel.isVisible()
    with qtbot.waitSignal(window.composer.stop_requested):
        window.commands.stop.trigger()


def test_a_wider_window_takes_the_drawer_in(new_window: NewWindow) -> None:
    window = new_window(900, 640)
    window.stage.toggle_panel()
    window.resize(1360, 860)
    assert window.panel.isVisible()
    assert not window.stage.scrim.isVisible()


def test_larger_text_makes_drawers_sooner(new_window: NewWindow) -> None:
    window = new_window(1360, 860, 150)
    assert not window.panel.isVisible()
    assert window.sidebar.width() == 396


def test_tab_stays_within_an_open_drawer(new_window: NewWindow, qtbot: QtBot) -> None:
    window = new_window(900, 640)
    window.activateWindow()
    window.composer.focus()
    qtbot.waitUntil(lambda: window.composer.field.hasFocus())
    window.stage.toggle_panel()
    for _press in range(25):
        QTest.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Tab)
        assert window.panel.isAncestorOf(QApplication.focusWidget() or window)
    window.stage.close_drawer()
    assert window.composer.field.hasFocus()


def test_a_drawer_that_was_taken_in_gives_no_focus_back_later(new_window: NewWindow, qtbot: QtBot) -> None:
    """What had it then is not where somebody is by the next time."""
    window = new_window(900, 640)
    window.activateWindow()
    window.composer.focus()
    qtbot.waitUntil(window.composer.field.hasFocus)
    window.stage.toggle_panel()
    window.resize(1360, 860)
    window.resize(900, 640)
    window.top_bar.pill.setFocus()
    window.stage.toggle_panel()
    assert window.panel.isAncestorOf(QApplication.focusWidget())
    window.stage.close_drawer()
    assert window.top_bar.pill.hasFocus()


def test_a_drawer_closes_when_what_had_the_focus_before_it_is_gone(new_window: NewWindow, qtbot: QtBot) -> None:
    window = new_window(900, 640)
    window.activateWindow()
    field = QLineEdit(window.chat_slot)
    field.show()
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    window.stage.toggle_panel()
    assert window.panel.isAncestorOf(QApplication.focusWidget())
    destroy(field)
    window.stage.close_drawer()
    assert not window.panel.isVisible()


def test_the_person_may_close_sidebar_and_panel(window: MainWindow) -> None:
    window.commands.toggle_sidebar.trigger()
    window.commands.toggle_panel.trigger()
    assert window.centre.width() == 1360
    assert window.top_bar.sidebar_button.isVisible()
    assert window.top_bar.panel_button.isVisible()
    kept = window.remembered(WindowState())
    assert not kept.sidebar_open
    assert not kept.panel_open


def test_what_is_remembered_comes_back(new_window: NewWindow) -> None:
    first = new_window(780, 500)  # no larger than the screen that tests have
    first.stage.toggle_sidebar()
    kept = first.remembered(WindowState())
    second = new_window()
    second.restore(kept)
    assert second.size() == first.size()
    assert not second.sidebar.isVisible()


def test_damaged_geometry_is_ignored(window: MainWindow) -> None:
    window.restore(WindowState(geometry="no base64 at ä all"))
    assert window.width() == 1360


# Pages and actions


@pytest.mark.parametrize("page", ["first_run", "models", "settings"])
def test_other_pages_have_no_panel_and_no_bar(window: MainWindow, page: str) -> None:
    window.show_page(page)
    assert window.page == page
    assert not window.panel.isVisible()
    assert not window.top_bar.isVisible()
    window.show_page("chat")
    assert window.panel.isVisible()
    assert window.top_bar.isVisible()


def test_escape_leads_back_to_the_conversation(window: MainWindow) -> None:
    window.show_page("settings")
    QTest.keyClick(window.settings_page, Qt.Key.Key_Escape)
    assert window.page == "chat"


def test_a_narrow_page_keeps_the_way_to_the_sidebar(new_window: NewWindow) -> None:
    window = new_window(700, 640)
    window.show_page("settings")
    assert window.top_bar.sidebar_button.isVisible()
    assert not window.top_bar.pill.isVisible()
    assert not window.top_bar.context.isVisible()


def test_shortcuts_are_unique_and_actions_complete(window: MainWindow) -> None:
    entries = window.commands.entries
    keys = [sequence.toString() for entry in entries for sequence in entry.action.shortcuts()]
    assert len(set(keys)) == len(keys)
    names = [entry.name for entry in entries]
    assert all(names)
    assert len(set(names)) == len(names)
    for entry in entries:
        assert entry.action.text()
        assert not window.theme.icon(entry.icon).isNull()
        assert entry.action in window.actions()


@pytest.mark.parametrize(
    ("key", "modifiers", "page"),
    [(Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier, "settings"),
     (Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier, "models")],
)  # fmt: skip
def test_shortcuts_ask_for_pages(
    window: MainWindow, qtbot: QtBot, key: Qt.Key, modifiers: Qt.KeyboardModifier, page: str
) -> None:
    window.activateWindow()
    window.composer.focus()
    qtbot.waitUntil(lambda: window.composer.field.hasFocus())
    with qtbot.waitSignal(window.sidebar.page_requested) as asked:
        QTest.keyClick(window.composer.field, key, modifiers)
    assert asked.args == [page]


def test_the_command_palette_finds_and_runs(window: MainWindow, qtbot: QtBot) -> None:
    palette = window.command_palette
    window.commands.palette.trigger()
    assert palette.isVisible()
    assert palette.rows.rowCount() == len(window.commands.entries)
    QTest.keyClicks(palette.field, "new ch")
    assert palette.rows.entries[0].name == "New chat"
    with qtbot.waitSignal(window.sidebar.new_chat_requested):
        QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert not palette.isVisible()


def test_the_command_palette_moves_with_the_keys_and_closes(window: MainWindow) -> None:
    palette = window.command_palette
    palette.open()
    QTest.keyClick(palette.field, Qt.Key.Key_Down)
    assert palette.list.currentIndex().row() == 1
    QTest.keyClick(palette.field, Qt.Key.Key_Up)
    QTest.keyClick(palette.field, Qt.Key.Key_Up)
    assert palette.list.currentIndex().row() == palette.rows.rowCount() - 1
    QTest.keyClicks(palette.field, "nothing like it")
    assert palette.nothing.isVisible()
    QTest.keyClick(palette.field, Qt.Key.Key_Escape)
    QTest.keyClick(palette.field, Qt.Key.Key_Escape)
    assert not palette.isVisible()


# Top bar


def test_the_pill_tells_what_answers(window: MainWindow, qtbot: QtBot) -> None:
    bar = window.top_bar
    assert bar.pill.accessibleName() == "Model: Qwen3 8B Q4_K_M CPU"
    assert bar.pill.toolTip() == "No graphics card was found."
    bar.set_model("Qwen3 8B", "Q4_K_M", "", "", "loading", 0.4)
    assert "loading 40 %" in bar.pill.accessibleName()
    bar.set_model("Qwen3 8B", "Q4_K_M", "", "The file is damaged.", "failed", 0.0)
    assert "failed" in bar.pill.accessibleName()
    menu = bar.menu()
    qtbot.addWidget(menu)
    with qtbot.waitSignal(bar.model_chosen) as chosen:
        menu.actions()[0].trigger()
    assert chosen.args == [STARTER.path]
    with qtbot.waitSignal(bar.file_requested):
        menu.actions()[-1].trigger()


def test_what_an_open_menu_offers_of_a_load_that_is_done_does_nothing(window: MainWindow, qtbot: QtBot) -> None:
    bar = window.top_bar

    def offered(start: str) -> QAction:
        menu = bar.menu()
        qtbot.addWidget(menu)
        return next(action for action in menu.actions() if action.text().startswith(start))

    bar.set_model("Qwen3 8B", "Q4_K_M", "", "", "loading", 0.4)
    cancel = offered("Cancel loading")
    bar.set_model("Qwen3 8B", "Q4_K_M", "", "", "loading", 0.8)
    with qtbot.waitSignal(bar.unload_requested):
        cancel.trigger()
    bar.set_model("Qwen3 8B", "Q4_K_M", "CPU", "", "ready", 1.0)
    with qtbot.assertNotEmitted(bar.unload_requested):
        cancel.trigger()
    unload = offered("Unload")
    bar.set_model("SmolLM2 135M Instruct", "Q4_1", "CPU", "", "ready", 1.0)
    with qtbot.assertNotEmitted(bar.unload_requested):
        unload.trigger()
    with qtbot.waitSignal(bar.unload_requested):
        offered("Unload").trigger()


@pytest.mark.parametrize("width", [500, 560, 600, 640])
def test_a_title_can_be_told_from_others_in_a_small_window(width: int, new_window: NewWindow) -> None:
    window = new_window()
    window.resize(width, 640)
    bar = window.top_bar
    bar.set_model("SmolLM2 135M Instruct", "Q4_1", "CPU", "No graphics card was found.", "ready", 1.0)
    bar.set_has_branches(True)
    QApplication.processEvents()
    assert bar.title.width() >= 72
    assert bar.pill.width() > 0.7 * bar.pill.sizeHint().width()  # nor is much of the model's name given up for it


@pytest.mark.parametrize(("width", "shown"), [(900, ""), (1360, "Q4_K_M")])
def test_a_rather_narrow_bar_leaves_the_room_of_the_quantization_to_the_title(
    width: int, shown: str, new_window: NewWindow
) -> None:
    window = new_window()
    window.resize(width, 640)
    bar = window.top_bar
    bar.set_model("Qwen3 8B", "Q4_K_M", "GPU 28/33", "", "ready", 1.0)
    bar.set_context(3100, 8192)
    QApplication.processEvents()
    assert bar.pill.shown_quantization == shown
    assert "Q4_K_M" in bar.pill.accessibleName()
    assert bar.title.width() >= 160


def test_the_meter_warns_when_the_context_fills_up(window: MainWindow) -> None:
    meter = window.top_bar.context
    assert meter.accessibleName() == "Context 3.1k / 8k"
    assert "nearly full" not in meter.toolTip()
    window.top_bar.set_context(7100, 8192)
    assert meter.is_nearly_full
    assert "nearly full" in meter.toolTip()
    window.top_bar.set_context(None, None)
    assert not meter.isVisible()


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0"), (999, "999"), (1024, "1k"), (3174, "3.1k"), (8192, "8k"), (131072, "128k")]
)
def test_counts_are_short(count: int, words: str) -> None:
    assert short_count(count) == words


# Notices, first run, models, crash


def test_an_undo_runs_once_and_closes(window: MainWindow) -> None:
    undone: list[int] = []
    window.notice.show_notice("“Lamp” was moved to the trash.", ("Undo", partial(undone.append, 1)))
    assert window.notice.isVisible()
    window.notice.action.click()
    assert undone == [1]
    assert not window.notice.isVisible()


def test_choices_stand_below_the_words_until_another_notice(window: MainWindow) -> None:
    chosen: list[str] = []
    choices = [(name, partial(chosen.append, name)) for name in ("Forget the oldest", "New chat")]
    window.notice.show_notice("The context is full.", None, "error", choices=choices)
    QApplication.processEvents()
    first, second = window.notice.choices
    assert first.y() > window.notice.label.geometry().bottom()
    assert first.geometry().right() < second.x()
    second.click()
    assert chosen == ["New chat"]
    assert not window.notice.isVisible()
    window.notice.show_notice("Saved.")
    assert window.notice.choices == []


def test_what_a_notice_offers_comes_back_when_another_covered_it(window: MainWindow, qtbot: QtBot) -> None:
    bar, chosen = window.notice, []
    for _again in range(2):
        bar.show_notice("It differs.", timeout=0, choices=[("Keep the new answer", partial(chosen.append, "kept"))])
    running = bar.show_notice("The answer is written again…", ("Stop", partial(int)), timeout=0, chat_id="1")
    bar.show_notice("Saved.", timeout=10)
    qtbot.waitUntil(lambda: bar.label.text() == "The answer is written again…")
    assert bar.action.isVisible()
    bar.show_notice("Moved to the trash.", ("Undo", partial(chosen.append, "undone")))
    bar.dismiss(running)
    assert bar.label.text() == "Moved to the trash."
    bar.action.click()
    assert (bar.label.text(), bar.action.isHidden(), len(bar.choices)) == ("It differs.", True, 1)
    bar.choices[0].click()
    assert chosen == ["undone", "kept"]
    assert not bar.isVisible()


def test_what_a_notice_offers_for_another_chat_does_not_come_back(window: MainWindow) -> None:
    window.notice.show_notice("It differs.", timeout=0, chat_id="1")
    window.notice.show_notice("Saved.")
    window.notice.show_chat("2")
    assert window.notice.label.text() == "Saved."
    window.notice.close_button.click()
    assert not window.notice.isVisible()


def test_a_notice_goes_away_and_an_error_stays(window: MainWindow, qtbot: QtBot) -> None:
    window.notice.show_notice("Saved.", timeout=10)
    qtbot.waitUntil(lambda: not window.notice.isVisible())
    window.notice.show_notice("The disk is full. Make room, then try again.", kind="error")
    assert not window.notice._timer.isActive()
    window.notice.close_button.click()
    assert not window.notice.isVisible()


def test_a_notice_never_covers_the_composer(new_window: NewWindow) -> None:
    window = new_window(900, 640)
    window.notice.show_notice("A long sentence that needs more than one line. " * 4, kind="error")
    QApplication.processEvents()
    bottom = window.notice.mapTo(window, QPoint(0, window.notice.height())).y()
    assert bottom <= window.composer.mapTo(window, QPoint(0, 0)).y()
    label = window.notice.label
    assert label.height() >= label.heightForWidth(label.width())


def test_enter_on_the_first_run_takes_the_main_way(window: MainWindow, qtbot: QtBot) -> None:
    window.show_page("first_run")
    window.activateWindow()
    page = window.first_run
    qtbot.waitUntil(lambda: page.starter_button is not None and page.starter_button.hasFocus())
    with qtbot.waitSignal(page.starter_requested):
        QTest.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Return)
    assert page.file_button is not None
    page.file_button.setFocus(Qt.FocusReason.TabFocusReason)
    with qtbot.waitSignal(page.file_requested), qtbot.assertNotEmitted(page.starter_requested):
        QTest.keyClick(page.file_button, Qt.Key.Key_Enter)


def test_the_first_run_offers_two_ways(window: MainWindow, qtbot: QtBot) -> None:
    window.show_page("first_run")
    page = window.first_run
    assert page.starter_button is not None
    assert page.file_button is not None
    with qtbot.waitSignal(page.starter_requested):
        page.starter_button.click()
    with qtbot.waitSignal(page.file_requested):
        page.file_button.click()


def test_without_the_starter_the_first_run_leads_to_models(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "find_starter", lambda: None)
    window.show_page("first_run")
    window.activateWindow()
    page = window.first_run
    assert page.starter_button is None
    qtbot.waitUntil(lambda: page.offer_button is not None and page.offer_button.hasFocus())
    with qtbot.assertNotEmitted(page.starter_requested):
        QTest.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Return)
    assert window.page == "models"


def first_page(window: MainWindow, qtbot: QtBot) -> FirstRunPage:
    window.show_page("first_run")
    qtbot.waitExposed(window)
    return window.first_run


def test_what_suits_the_computer_is_offered_and_nothing_moves(window: MainWindow, qtbot: QtBot) -> None:
    page = first_page(window, qtbot)
    window.resize(1200, 800)
    QApplication.processEvents()
    assert page.starter_button is not None
    assert page.offer_button is not None
    before = page.starter_button.mapTo(window, QPoint(0, 0))
    with qtbot.waitSignal(page.models_requested), qtbot.assertNotEmitted(page.offer_taken):
        page.offer_button.click()
    window.show_page("first_run")
    words = "Good all-rounder for laptops, with a thinking mode that can be turned off. About 9 tok/s here."
    offer = Offer("Qwen3 4B", words, "Download 2.5 GB", "Download Qwen3 4B", "suggested for this computer")
    for shown in (offer, offer._replace(badge="", words="1.0 GB of 2.5 GB", fraction=0.4)):
        page.show_offer(shown)
        QApplication.processEvents()
        assert page.starter_button.mapTo(window, QPoint(0, 0)) == before
    assert page.offer_button.text() == "Download 2.5 GB"
    assert page.offer_button.accessibleName() == "Download Qwen3 4B"
    page.offer_button.setFocus(Qt.FocusReason.TabFocusReason)
    with qtbot.waitSignal(page.offer_taken), qtbot.assertNotEmitted(page.models_requested):
        QTest.keyClick(page.offer_button, Qt.Key.Key_Return)
    page.show_offer(offer._replace(is_taken=True))
    assert not page.offer_button.isEnabled()
    assert page._offer_badge.isVisible()
    window.resize(420, 640)
    QApplication.processEvents()
    assert not page._offer_badge.isVisible()  # it would be cut


def test_no_line_of_an_offer_ends_within_a_unit(window: MainWindow, qtbot: QtBot) -> None:
    page = first_page(window, qtbot)
    page.show_offer(Offer("Qwen3 4B", "Writes and sums up in English. About 14 tok/s here.", "Download 2.5 GB"))
    label = page._offer_words
    layout = QTextLayout(label.text(), label.font())
    ends = set()
    for width in range(label.fontMetrics().horizontalAdvance("tok/s here."), 600, 5):
        layout.beginLayout()
        while (line := layout.createLine()).isValid():
            line.setLineWidth(width)
            ends.add(label.text()[line.textStart() : line.textStart() + line.textLength()][-4:].strip())
        layout.endLayout()
    assert "14" in ends  # some widths are too narrow for the unit
    assert not [end for end in ends if end.rstrip("\u2060").endswith("/")]
    page.show_offer(Offer("Qwen3 4B", "The folder /media/me/models is full.", "Try again", is_problem=True))
    assert label.text() == "The folder /media/me/models is full."  # a long path may break anywhere


def test_enter_twice_on_what_is_offered_presses_nothing_else(window: MainWindow, qtbot: QtBot) -> None:
    page = first_page(window, qtbot)
    window.activateWindow()
    qtbot.waitActive(window)
    offer = Offer("Qwen3 4B", "Good.", "Download 2.5 GB")
    page.show_offer(offer)
    assert page.offer_button is not None
    page.offer_taken.connect(lambda: page.show_offer(offer._replace(is_taken=True)))
    page.offer_button.setFocus(Qt.FocusReason.TabFocusReason)
    with (
        qtbot.assertNotEmitted(page.starter_requested),
        qtbot.assertNotEmitted(page.file_requested),
        qtbot.assertNotEmitted(page.models_requested),
    ):
        for _times in range(2):
            QTest.keyClick(window.focusWidget(), Qt.Key.Key_Return)
    assert not page.offer_button.isEnabled()
    page.show_offer(offer._replace(button="Show"))
    assert page.offer_button.hasFocus()
    page.show_offer(offer._replace(is_taken=True))
    assert page.file_button is not None
    page.file_button.setFocus()
    page.show_offer(offer)
    assert page.file_button.hasFocus()  # where somebody went meanwhile


def test_models_of_other_apps_are_chosen_on_the_models_page(window: MainWindow, qtbot: QtBot) -> None:
    page = first_page(window, qtbot)
    page.show_found("Found on this computer: 3 models of LM Studio.")
    assert page.file_button is not None
    with qtbot.waitSignal(page.models_requested), qtbot.assertNotEmitted(page.file_requested):
        page.file_button.click()
    page.show_found("")
    with qtbot.waitSignal(page.file_requested), qtbot.assertNotEmitted(page.models_requested):
        page.file_button.click()


def test_models_are_cards_with_a_way_into_a_chat(window: MainWindow, qtbot: QtBot) -> None:
    window.models_page.set_models([STARTER], None)
    window.show_page("models")
    window.models_page.set_models([STARTER, QWEN], STARTER.path)
    QApplication.processEvents()
    assert list(window.models_page.local_cards) == [STARTER.path, QWEN.path]
    words = [card.details.text() for card in window.models_page.local_cards.values()]
    assert words == ["starter model · 98 MB · on this computer · answers now", "Q4_K_M · 5.0 GB · on this computer"]
    with qtbot.waitSignal(window.models_page.chat_requested) as asked:
        window.models_page.local_cards[QWEN.path].chat.click()
    assert asked.args == [QWEN.path]


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0 B"), (999, "999 B"), (98_362_432, "98 MB"), (999_600_000, "1.0 GB"), (43e9, "43 GB")]
)
def test_sizes_are_readable(size: int, words: str) -> None:
    assert readable_size(size) == words


def test_dropped_model_files_are_told_and_others_ignored(window: MainWindow, qtbot: QtBot) -> None:
    window.show_page("models")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/m/a.GGUF"), QUrl.fromLocalFile("/m/notes.txt"), QUrl("https://x.test/b.gguf")])
    event = QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    with qtbot.waitSignal(window.models_page.files_dropped) as dropped:
        window.models_page.dropEvent(event)
    assert dropped.args == [["/m/a.GGUF"]]


def test_the_crash_report_can_be_copied(qtbot: QtBot, theme: Theme) -> None:
    dialog = CrashDialog(theme, "Traceback: something")
    qtbot.addWidget(dialog)
    dialog.copy_button.click()
    assert QApplication.clipboard().text() == "Traceback: something"
    assert dialog.copy_button.text() == "Copied"
    with qtbot.waitSignals([dialog.quit_requested, dialog.rejected]):
        dialog.quit_button.click()
    with qtbot.waitSignal(dialog.accepted):
        dialog.continue_button.click()


# Everything at once


def test_every_control_has_an_accessible_name(window: MainWindow, qtbot: QtBot) -> None:
    show_everything(window)
    dialog = CrashDialog(window.theme, "report")
    qtbot.addWidget(dialog)
    nameless = []
    for root in (window, dialog):
        for control in root.findChildren(QWidget):
            own = not control.objectName().startswith("qt_") and not isinstance(control, QScrollBar)
            inside = any(isinstance(parent, QComboBox) for parent in ancestors(control))
            if own and not inside and isinstance(control, CONTROLS):
                text = control.text() if isinstance(control, QAbstractButton) else ""
                if not control.accessibleName() and not text:
                    nameless.append(f"{type(control).__name__} in {type(control.parent()).__name__}")
    assert not nameless


def ancestors(widget: QWidget) -> list[QWidget]:
    found = []
    parent = widget.parentWidget()
    while parent is not None:
        found.append(parent)
        parent = parent.parentWidget()
    return found


@pytest.mark.parametrize(("width", "height"), [(1360, 860), (900, 640), (700, 640)])
@pytest.mark.parametrize("page", PAGES)
def test_no_text_is_cut_off(new_window: NewWindow, text_size: int, width: int, height: int, page: str) -> None:
    window = new_window(width, height, text_size)
    window.models_page.set_models([STARTER, QWEN], QWEN.path)
    window.show_page(page)
    window.composer.set_editing("m", "An old question")
    window.stage.toggle_panel()
    QApplication.processEvents()
    cut = [
        f"{type(button).__name__} {button.text() or button.accessibleName()!r}: {button.size()} < {button.sizeHint()}"
        for button in window.findChildren(QAbstractButton)
        if button.isVisible()
        and button is not window.top_bar.pill  # a model's name may be cut
        and (button.width() < button.sizeHint().width() or button.height() < button.sizeHint().height())
    ]
    for label in window.findChildren(QLabel):
        if label.isVisible() and label.text() and not isinstance(label, ElidedLabel):
            if label.wordWrap():
                fits = label.height() >= label.heightForWidth(label.width()) - 1
            else:
                fits = label.width() >= QFontMetrics(label.font()).horizontalAdvance(label.text())
            if not fits:
                cut.append(f"{label.text()!r}: {label.size()}")
    assert not cut


@pytest.mark.parametrize("page", PAGES)
def test_pages_never_scroll_sideways(new_window: NewWindow, text_size: int, page: str) -> None:
    window = new_window(900, 640, text_size)
    window.models_page.set_models([STARTER, QWEN], QWEN.path)
    window.show_page(page)
    QApplication.processEvents()
    shown = window.pages.currentWidget()
    assert shown is not None
    body = getattr(shown, "body", None)
    if body is not None:
        assert body.layout().minimumSize().width() <= body.width() <= shown.width()


def test_another_theme_reaches_every_part(window: MainWindow) -> None:
    show_everything(window)
    window.set_theme(load_theme(Appearance.DARK, 150, system_dark=False))
    assert window.sidebar.list._painter.theme.dark
    assert window.composer.send.theme.dark
    assert window.top_bar.height() == 78
    window.set_settings(Settings())
    window.sidebar.set_chats([], TODAY)


def test_no_heavy_module_is_needed_to_build_the_window() -> None:
    import subprocess
    import sys

    code = (
        "import sys\n"
        "from PySide6.QtWidgets import QApplication\n"
        "app = QApplication([])\n"
        "from desktop_app.gui.window.main_window import MainWindow\n"
        "from desktop_app.gui.look.theme import load_theme\n"
        "from desktop_app.settings.schema import Appearance, Settings\n"
        "window = MainWindow(load_theme(Appearance.LIGHT, 100, system_dark=False), Settings())\n"
        "heavy = {'sqlalchemy', 'alembic', 'markdown_it', 'pygments', 'llama_cpp', 'numpy', 'jinja2', 'huggingface_hub'}\n"
        "later = {'chat.view', 'conversation.conversation', 'panel.sampling.tab', 'forms.form', 'window.controller'}\n"
        "heavy |= {'desktop_app.gui.' + name for name in later} | {'desktop_app.services.events'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
        "window.show()\n"
        "window.grab()\n"
        "print('desktop_app.gui.panel.sampling.tab' in sys.modules)\n"
        "app.processEvents()\n"
        "print('desktop_app.gui.panel.sampling.tab' in sys.modules, window.panel.sampling_tab.isVisible())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.split("\n") == ["[]", "False", "True True", ""]
