"""What scrolls keeps the room of its scroll bar: nothing moves when there comes to be more of it, or less."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.fit import Machine
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.panel.sampling.tab import ALL_GROUPS, SamplingTab
from desktop_app.gui.settings.page import SettingsPage
from desktop_app.gui.widgets.pages import Page
from desktop_app.gui.window.main_window import MainWindow
from tests.screens.model_screens import recommend


class Filled(Page):
    """A page with one part that can be made too high for it."""

    def build(self, column: QVBoxLayout) -> None:
        """Fill it."""
        self.part = QWidget()
        column.addWidget(self.part)


def across(part: QWidget, page: QWidget) -> tuple[int, int]:
    """Return where `part` begins in `page`, and how wide it is."""
    return part.mapTo(page, QPoint()).x(), part.width()


def shown(qtbot: QtBot, page: QWidget, theme: Theme, width: int) -> None:
    qtbot.addWidget(page)
    page.setStyleSheet(theme.style_sheet())
    page.resize(width, 500)
    page.show()
    qtbot.waitExposed(page)


def test_a_page_stands_still_and_is_in_the_middle_with_and_without_a_bar(qtbot: QtBot, theme: Theme) -> None:
    page = Filled(theme)
    shown(qtbot, page, theme, 1000)
    begin, width = across(page.part, page)
    assert page.verticalScrollBar().maximum() == 0
    page.part.setMinimumHeight(2000)
    qtbot.waitUntil(lambda: page.verticalScrollBar().maximum() > 0)
    assert across(page.part, page) == (begin, width)
    assert 2 * begin + width == page.width()


def test_the_search_of_the_settings_stands_still_while_one_types(qtbot: QtBot, theme: Theme) -> None:
    page = SettingsPage(theme)
    shown(qtbot, page, theme, 700)
    qtbot.waitUntil(lambda: page.verticalScrollBar().maximum() > 0)
    before = across(page.search, page)
    page.search.setText("font")
    qtbot.waitUntil(lambda: page.verticalScrollBar().maximum() == 0)
    assert across(page.search, page) == before


def test_the_sliders_keep_their_length_when_a_group_opens(qtbot: QtBot, theme: Theme) -> None:
    tab = SamplingTab(theme)
    shown(qtbot, tab, theme, 310)
    before = across(tab.rows["temperature"], tab)
    assert tab.verticalScrollBar().maximum() == 0
    tab.open([ALL_GROUPS, "DRY"])
    qtbot.waitUntil(lambda: tab.verticalScrollBar().maximum() > 0)
    assert across(tab.rows["temperature"], tab) == before


def test_a_bar_without_anything_to_scroll_shows_no_handle(qtbot: QtBot, theme: Theme) -> None:
    page = Filled(theme)
    shown(qtbot, page, theme, 400)
    bar = page.verticalScrollBar()

    def colours() -> int:
        image = bar.grab().toImage()
        return len({image.pixel(image.width() // 2, y) for y in range(image.height())})

    assert colours() == 1
    page.part.setMinimumHeight(2000)
    qtbot.waitUntil(lambda: colours() > 1)


class Painted(QObject):
    """Looks at the cards whenever the page is about to be painted."""

    def __init__(self, look: Callable[[], None]) -> None:
        super().__init__()
        self._look = look

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look."""
        if event.type() == QEvent.Type.Paint:
            self._look()
        return False


def test_cards_that_come_a_few_at_a_time_are_never_seen_squeezed(
    new_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    window = new_window(1264, 752)
    window.show_page("models")
    page = window.models_page
    qtbot.waitUntil(page.isVisible)
    seen: list[tuple[int, int]] = []

    def look() -> None:
        cards = page.recommended_cards.values()
        short = [card for card in cards if card.height() < card.heightForWidth(card.width())]
        seen.append((len(cards), len(short)))

    painted = Painted(look)
    page.viewport().installEventFilter(painted)
    recommend(window, Machine(free_memory=11_000_000_000, total_memory=16_000_000_000))
    qtbot.waitUntil(lambda: len(page.recommended_cards) > 20, timeout=20_000)
    assert max(count for count, _short in seen) > 6
    assert [short for _count, short in seen if short] == []
