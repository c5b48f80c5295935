"""What lines up: titles of pages, columns of values and sizes, cards of one list, controls beside each other."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.fit import Machine
from desktop_app.domain.prompt_templates import PromptTemplate
from desktop_app.gui.data.page import DataPage
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.receipts.block import ReceiptBlock
from desktop_app.gui.templates.cards import TemplateCard
from desktop_app.gui.templates.slash_list import SlashList
from desktop_app.gui.widgets.choice import Choice
from desktop_app.gui.widgets.controls import Button, Label
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.services.writing.prompt_library import LibraryTemplate
from tests.gui.conftest import QWEN, STARTER, destroy
from tests.screens.data_screens import PLACES
from tests.screens.glass_screens import RECEIPT, answered
from tests.screens.model_screens import recommend
from tests.screens.persona_screens import no_pictures
from tests.screens.template_screens import template_slash

NewWindow = Callable[..., MainWindow]
TITLES = {
    "models": "Models",
    "settings": "Settings",
    "templates": "Prompt templates",
    "personas": "Personas",
    "tour": "How it works",
    "map": "Map of the chats",
    "data": "Your data",
    "moving_in": "Import chats",
    "compare": "Compare answers",
    "alternatives": "Choose an answer",
}


def middle(widget: QWidget, within: QWidget) -> int:
    """Return how far the middle of `widget` is from the top of `within`."""
    return widget.mapTo(within, QPoint(0, 0)).y() + widget.height() // 2


def test_the_titles_of_all_pages_are_at_one_height(new_window: NewWindow) -> None:
    window = new_window()
    no_pictures(window)
    heights = {}
    for name, words in TITLES.items():
        window.show_page(name)
        QApplication.processEvents()  # the bar above the chat gives way
        found = [label for label in window.findChildren(Label) if label.text() == words and label.isVisible()]
        title = max(found, key=lambda label: label.font().pixelSize())
        heights[name] = middle(title, window)
    assert set(heights.values()) == {heights["models"]}, heights


def test_the_buttons_at_the_head_of_templates_and_personas_are_alike(new_window: NewWindow) -> None:
    window = new_window()
    no_pictures(window)
    window.resize(900, 640)  # where both columns are as wide as there is room
    found = []
    for name, begins in (("templates", "Good questions"), ("personas", "A persona begins")):
        window.show_page(name)
        QApplication.processEvents()
        page = window.templates_page if name == "templates" else window.personas_page
        words = next(label for label in page.findChildren(Label) if label.text().startswith(begins))
        first, second = page.new_button, page.import_button
        below = first.mapTo(window, QPoint(0, 0)) - words.mapTo(window, QPoint(0, words.height()))
        beside = second.mapTo(window, QPoint(0, 0)) - first.mapTo(window, QPoint(first.width(), 0))
        found.append((below, first.height(), beside, second.size()))
    assert found[0] == found[1]


def test_the_values_of_a_receipt_begin_in_one_line(theme: Theme, host: QWidget) -> None:
    block = ReceiptBlock(theme, host)
    block.show_answer(answered("a", "It stays dark.", RECEIPT))
    for row in block.rows:
        row.resize(480, row.sizeHint().height())
    assert len({row.value_begins for row in block.rows}) == 1
    longest = max(block.rows, key=lambda row: row.name_end)
    assert longest.value_begins == longest.name_end
    cramped = block.rows[0]
    cramped.resize(cramped.sizeHint().width() - 10, cramped.height())
    assert cramped.value_begins == longest.name_end - 10  # rather out of line than cut


def test_the_sizes_of_what_is_kept_end_in_one_line(qtbot: QtBot, theme: Theme) -> None:
    page = DataPage(theme)
    qtbot.addWidget(page)
    page.resize(1000, 700)
    page.show()
    page.show_places(PLACES)
    rows = page.places.rows.values()
    page.grab()  # which lays everything out
    ends = {row.amount.mapTo(page, row.amount.rect().topRight()).x() for row in rows}
    assert {row.delete_button is None for row in rows} == {True, False}
    assert len(ends) == 1


def test_what_chats_with_a_model_is_below_that_of_the_one_above(new_window: NewWindow) -> None:
    window = new_window()
    page = window.models_page
    window.show_page("models")
    for models, gap in (([STARTER], 8), ([STARTER, QWEN], 48)):  # alone it leaves no hole
        page.set_models(models, None)
        QApplication.processEvents()
        cards = page.local_cards.values()
        assert len({card.chat.mapTo(page, QPoint(0, 0)).x() for card in cards}) == 1
        starter = page.local_cards[STARTER.path]
        assert starter.info.x() - starter.chat.geometry().right() - 1 == gap


def test_cards_of_models_to_get_are_alike_whatever_fits(new_window: NewWindow, qtbot: QtBot) -> None:
    window = new_window()
    recommend(window, Machine(free_memory=11_000_000_000, total_memory=16_000_000_000))
    cards = window.models_page.recommended_cards.values()
    qtbot.waitUntil(lambda: len(cards) > 3)
    assert {card.words.direction() for card in cards} == {QBoxLayout.Direction.TopToBottom}


def test_a_narrow_bar_has_room_for_a_title(new_window: NewWindow) -> None:
    window = new_window(420, 640)
    QApplication.processEvents()
    bar = window.top_bar
    for name in ("Qwen3 8B", "A model with a name that is as long as they are"):
        bar.set_model(name, "Q4_K_M", "CPU", "", "ready", 1.0)
        QApplication.processEvents()
        assert bar.title.label.width() >= 90
    assert bar.pill.shown_badge == ""
    bar.set_model("Qwen3 8B", "Q4_K_M", "GPU", "It does not start.", "failed", 0.0)
    assert bar.pill.shown_badge == "failed"  # which has to be seen
    bar.set_model("Qwen3 8B", "Q4_K_M", "GPU", "", "loading", 0.4)
    QApplication.processEvents()
    assert bar.pill.shown_badge == "loading 40 %"
    window.resize(400, 640)
    QApplication.processEvents()
    assert bar.pill.shown_badge == "40 %"
    assert bar.pill.width() >= bar.pill.minimumSizeHint().width()


def test_the_templates_to_choose_from_are_as_wide_as_the_field_below(new_window: NewWindow) -> None:
    window = new_window()
    template_slash(window)
    QApplication.processEvents()
    [slash] = window.findChildren(SlashList)
    assert slash.width() == window.composer.width()


def test_a_way_back_stands_below_the_words_that_nothing_was_found(new_window: NewWindow) -> None:
    window = new_window()
    window.sidebar.show_starred()
    window.sidebar.set_found([], 1.0)
    QApplication.processEvents()
    sidebar = window.sidebar
    words = sidebar.empty.mapTo(sidebar, sidebar.empty.contentsRect().topLeft()).x()
    assert sidebar.unfilter.isVisible()
    assert sidebar.unfilter.mapTo(sidebar, QPoint(0, 0)).x() == words


@pytest.mark.parametrize("words", ["Short.", "So long that it takes more than the one line that there is room for."])
def test_the_words_of_a_template_are_close_to_its_title(words: str, theme: Theme, host: QWidget) -> None:
    template = PromptTemplate(title="Email", body="Write.", description=words)
    entry = LibraryTemplate(key="own/Email", is_own=False, title="Email", folder="Writing", template=template)
    card = TemplateCard(theme, entry, host)
    card.resize(340, 96)
    card.grab()  # which lays everything out
    name, about = card.name.geometry(), card.about.geometry()
    needed = card.about.heightForWidth(about.width())
    destroy(card)
    assert about.height() == needed  # else the words are in the middle of a larger area
    assert about.top() - name.bottom() <= 4
    assert abs(name.top() - (96 - about.bottom())) <= 3


def test_a_list_to_choose_from_is_as_high_as_a_button(qtbot: QtBot, theme: Theme, host: QWidget) -> None:
    choice = Choice(theme, host)
    choice.setStyleSheet(theme.style_sheet())
    choice.addItem("Same as the system")
    assert choice.sizeHint().height() == Button(theme, "Save", parent=host).sizeHint().height()


def test_a_list_that_opens_shows_each_choice_whole_and_below_it(qtbot: QtBot, theme: Theme, host: QWidget) -> None:
    choice = Choice(theme, host)
    choice.setStyleSheet(theme.style_sheet())
    choice.addItems(["Same as the system", "Light", "Dark"])
    choice.resize(choice.sizeHint())
    choice.show()
    choice.setCurrentIndex(1)
    choice.showPopup()
    view = choice.view()
    qtbot.waitUntil(view.isVisible)

    def whole(row: int) -> bool:
        area = view.visualRect(view.model().index(row, 0))
        return area.height() == 32 and view.viewport().rect().contains(area)

    qtbot.waitUntil(lambda: all(map(whole, range(3))))
    top = view.mapToGlobal(QPoint(0, 0)).y()
    choice.hidePopup()
    assert view.verticalScrollBar().maximum() == 0
    assert top >= choice.mapToGlobal(choice.rect().bottomLeft()).y()


def test_the_bar_stands_still_when_a_model_is_loaded(new_window: NewWindow) -> None:
    window = new_window()
    bar = window.top_bar
    bar.set_context(None, None)
    bar.set_model("Qwen3 8B", "Q4_K_M", "", "", "none", 0.0)
    assert not bar.context.isVisible()
    bar.set_model("Qwen3 8B", "Q4_K_M", "", "", "loading", 0.4)
    QApplication.processEvents()
    end = bar.pill.geometry().right()
    assert bar.context.text() == "Context 0 / …"
    bar.set_model("Qwen3 8B", "Q4_K_M", "CPU", "", "ready", 1.0)
    bar.set_context(0, 8192)
    QApplication.processEvents()
    assert abs(bar.pill.geometry().right() - end) <= 8
    window.show_page("settings")
    bar.set_model("Qwen3 8B", "Q4_K_M", "", "", "loading", 0.4)
    assert not bar.context.isVisible()
