"""The Models page: downloads, what the hub has, and what is here."""

from collections.abc import Callable

import msgspec
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from desktop_app.domain.catalogue import CatalogueFile, CatalogueModel
from desktop_app.domain.downloads import Download, DownloadState
from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.hub import HubFile, HubModel, HubRepository, Query, Reference, Sort, Variant
from desktop_app.domain.models import ModelFile
from desktop_app.gui.models import page as page_module
from desktop_app.gui.models.page import ModelsPage
from desktop_app.gui.models.presence import Presence
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.sources.catalogue import read_catalogue
from desktop_app.support.formats import duration
from tests.gui.conftest import QWEN, STARTER


def variant(quantization: str, size: int) -> Variant:
    return Variant(name="M", quantization=quantization, files=(HubFile(name=f"M-{quantization}.gguf", size=size),))


def download(**changes: object) -> Download:
    values = {"id": "d", "repository": "a/M-GGUF", "commit": "c", "variant": variant("Q4_K_M", 1_000), "folder": "/"}
    return Download(**{**values, **changes})


@pytest.fixture
def page(window: MainWindow) -> ModelsPage:
    window.models_page.set_models([STARTER, QWEN], QWEN.path)
    window.show_page("models")
    return window.models_page


def test_a_download_is_shown_from_the_queue_to_its_end(page: ModelsPage, qtbot: QtBot) -> None:
    page.show_download(download())
    card = page.download_cards["d"]
    assert card.isVisible()
    assert "waiting" in card.progress.text()
    large = variant("Q4_K_M", 1_000_000)
    page.show_download(download(state=DownloadState.RUNNING, variant=large, done=500_000, speed=10_000.0))
    assert card.progress.text() == "500 kB of 1 MB   10 kB/s   50 s left"
    assert card.bar.value() == card.bar.maximum() // 2
    page.show_download(download(state=DownloadState.RUNNING, done=500, speed=10.0))
    assert card.progress.text() == "500 B of 1 kB   next to nothing is coming"
    page.show_download(download(state=DownloadState.RUNNING, done=500, waits=12.0))
    assert "retrying in 12 seconds" in card.progress.text()
    with qtbot.waitSignal(page.pause_requested) as paused:
        card.toggle.click()
    assert paused.args == ["d"]
    page.show_download(download(state=DownloadState.PAUSED, done=500))
    with qtbot.waitSignal(page.resume_requested):
        card.toggle.click()
    page.show_download(download(state=DownloadState.FAILED, error=ErrorInfo(ErrorCode.DOWNLOAD_TLS)))
    assert card.toggle.text() == "Try again"
    assert "certificate" in card.problem.text()
    assert card.problem.isVisible()
    with qtbot.waitSignal(page.cancel_requested):
        card.cancel.click()
    page.remove_download("d")
    assert not card.isVisible()


def test_what_moves_on_rebuilds_nothing(page: ModelsPage) -> None:
    page.show_download(download(state=DownloadState.RUNNING))
    card = page.download_cards["d"]
    local = dict(page.local_cards)
    for done in range(0, 1000, 10):
        page.show_download(download(state=DownloadState.RUNNING, done=done, speed=5.0))
    assert page.download_cards == {"d": card}
    assert page.local_cards == local


def test_enter_searches_at_once_and_typing_after_a_pause(
    page: ModelsPage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    page._timer.setInterval(1)
    with qtbot.waitSignal(page.search_requested) as asked:
        QTest.keyClicks(page.search, "gemma")
    assert asked.args == [Query(text="gemma")]
    page._timer.setInterval(page_module.SEARCH_MS * 100)
    with qtbot.waitSignal(page.search_requested) as asked:
        QTest.keyClicks(page.search, " 3")
        QTest.keyClick(page.search, Qt.Key.Key_Return)
    assert asked.args == [Query(text="gemma 3")]
    with qtbot.assertNotEmitted(page.search_requested):
        QTest.keyClick(page.search, Qt.Key.Key_Return)  # the same again


def search(page: ModelsPage, text: str) -> None:
    page.search.setText(text)
    QTest.keyClick(page.search, Qt.Key.Key_Return)


def test_filters_narrow_the_search_and_come_with_it(page: ModelsPage, qtbot: QtBot) -> None:
    assert not page._filters.isVisible()
    search(page, "gemma")
    assert page._filters.isVisible()
    for choice, words in (
        (page._filters.order, "Newest"),
        (page._filters.licence, "MIT"),
        (page._filters.parameters, "5 to 10 B"),
    ):
        choice.setCurrentText(words)
    with qtbot.waitSignal(page.search_requested) as asked:
        page._filters.parameters.activated.emit(page._filters.parameters.currentIndex())
    narrow = Query(text="gemma", sort=Sort.UPDATED, licence="mit", least=5 * 10**9, most=10 * 10**9)
    assert asked.args == [narrow]
    with qtbot.waitSignal(page.search_requested) as asked:
        page._filters.fits.click()
    assert asked.args == [msgspec.structs.replace(narrow, fits=True)]


def test_what_was_found_can_be_opened_and_downloaded(page: ModelsPage, qtbot: QtBot) -> None:
    page.search.setText("m")
    QTest.keyClick(page.search, Qt.Key.Key_Return)
    page.show_found([HubModel(repository="a/M-GGUF", downloads=5), HubModel(repository="b/N-GGUF")], has_more=True)
    card = page.hub_cards["a/M-GGUF"]
    with qtbot.waitSignal(page.repository_requested) as opened:
        card.choose.click()
    assert opened.args == ["a/M-GGUF"]
    assert card.choose.waits
    repository = HubRepository(
        repository="a/M-GGUF", commit="c", variants=(variant("Q2_K", 10), variant("Q4_K_M", 20), variant("Q8_0", 40))
    )
    page.show_repository(repository)
    assert [card.choice.itemText(place) for place in range(3)] == ["Q2_K · 10 B", "Q4_K_M · 20 B", "Q8_0 · 40 B"]
    assert card.choice.currentIndex() == 1
    card.choice.setCurrentIndex(2)
    with qtbot.waitSignal(page.download_requested) as wanted:
        card.download.click()
    assert wanted.args == [repository, repository.variants[2]]
    page.show_problem("b/N-GGUF", "It is gone.")
    assert page.hub_cards["b/N-GGUF"].problem.isVisible()
    with qtbot.waitSignal(page.more_requested):
        page._more.click()


def test_a_link_shows_its_repository_with_the_named_choice(page: ModelsPage) -> None:
    repository = HubRepository(repository="a/M-GGUF", commit="c", variants=(variant("Q4_K_M", 20), variant("Q8_0", 40)))
    page.show_repository(repository, Reference(repository="a/M-GGUF", quantization="Q8_0"))
    assert page.hub_cards["a/M-GGUF"].choice.currentText() == "Q8_0 · 40 B"


def test_nothing_found_and_an_emptied_search(page: ModelsPage) -> None:
    page.search.setText("zzz")
    QTest.keyClick(page.search, Qt.Key.Key_Return)
    assert page._status_line.text() == "Searching…"
    page.show_found([], has_more=False)
    assert page._status_line.text() == "Nothing was found for “zzz”."
    page.search.selectAll()
    QTest.keyClick(page.search, Qt.Key.Key_Delete)
    assert not page._status_line.isVisible()


def test_another_text_size_keeps_all_of_it(
    window: MainWindow, page: ModelsPage, large_theme: Callable[[], object]
) -> None:
    page.show_download(download())
    page.show_found([HubModel(repository="a/M-GGUF")], has_more=False)
    page.show_repository(HubRepository(repository="a/M-GGUF", commit="c", variants=(variant("Q8_0", 40),)))
    window.set_theme(large_theme())
    assert set(page.download_cards) == {"d"}
    assert page.hub_cards["a/M-GGUF"].choice.currentText() == "Q8_0 · 40 B"
    assert set(page.local_cards) == {STARTER.path, QWEN.path}


@pytest.mark.parametrize(("seconds", "words"), [(0, "0 s"), (59.4, "59 s"), (60, "1 min"), (3599, "1 h 0 min"), (8000, "2 h 13 min")])  # fmt: skip
def test_spans_are_short(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.fixture
def large_theme() -> Callable[[], object]:
    from desktop_app.gui.look.theme import load_theme
    from desktop_app.settings.schema import Appearance

    return lambda: load_theme(Appearance.LIGHT, 150, system_dark=False)


def test_a_model_in_memory_says_so_and_can_be_taken_out(page: ModelsPage, qtbot: QtBot) -> None:
    card = page.local_cards[QWEN.path]
    assert not card.unload.isVisible()
    page.set_computer("This computer has 16 GB.")
    page.set_presences({QWEN.path: Presence(True, fraction=0.43)})
    assert card.badge.accessibleName() == "loading 43 %"
    assert card.unload.text() == "Cancel"
    page.set_presences({QWEN.path: Presence(True, 5_200_000_000), STARTER.path: Presence(True, 300_000_000)})
    assert card.badge.accessibleName() == "loaded · 5.2 GB"
    assert "2 models in memory take 5.5 GB" in page._computer_line.text()
    with qtbot.waitSignal(page.unload_requested) as asked:
        card.unload.click()
    assert asked.args == [QWEN.path]
    page.set_presences({QWEN.path: Presence(True, 5_200_000_000, busy=True)})
    assert not card.unload.isEnabled()
    assert "answering" in card.unload.toolTip()
    page.set_presences({})
    assert card.badge.accessibleName() == "ready"
    assert not card.unload.isVisible()
    assert page._computer_line.text() == "This computer has 16 GB."


def test_what_waits_has_a_place_and_can_be_put_first(page: ModelsPage, qtbot: QtBot) -> None:
    page.show_download(download(id="run", state=DownloadState.RUNNING))
    for name in "abc":
        page.show_download(download(id=name))
    page.set_queue(["a", "b", "c"])
    cards = page.download_cards
    qtbot.waitUntil(lambda: [card.next.isVisible() for card in cards.values()] == [False, False, True, True])
    assert "waiting" in cards["a"].progress.text()
    assert "waiting for 1 other first" in cards["b"].progress.text()
    assert "waiting for 2 others first" in cards["c"].progress.text()
    with qtbot.waitSignal(page.next_requested) as asked:
        cards["c"].next.click()
    assert asked.args == ["c"]
    page.set_queue(["c", "a", "b"])
    qtbot.waitUntil(lambda: cards["c"].y() < cards["a"].y() < cards["b"].y())
    assert cards["run"].y() < cards["c"].y()
    page.show_download(download(id="c", state=DownloadState.RUNNING, speed=1.0))
    page.set_queue(["a", "b"])
    assert not cards["c"].next.isVisible()


def test_what_does_not_fit_is_counted(page: ModelsPage) -> None:
    search(page, "llama")
    page.show_found([HubModel(repository="a/M-GGUF")], has_more=False, hidden=1)
    assert page._status_line.text() == "1 model that does not fit this computer is left out."
    search(page, "other")
    page.show_found([], has_more=False, hidden=12)
    assert page._status_line.text().startswith("Nothing was found for “other”. 12 models that do not fit")


def test_the_tooltip_of_a_short_name_is_its_path(page: ModelsPage, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _place, text, *_: shown.append(text))
    card = page.local_cards[QWEN.path]
    QApplication.sendEvent(card.name, QHelpEvent(QEvent.Type.ToolTip, QPoint(1, 1), QPoint(1, 1)))
    assert shown == [QWEN.path]


def test_the_suggested_model_stands_out_also_in_words(page: ModelsPage, qtbot: QtBot) -> None:
    models = read_catalogue().models[1:4]
    page.set_recommended(models, suggested=models[1].id)
    qtbot.waitUntil(lambda: len(page.recommended_cards) == 3)
    chosen = page.recommended_cards[models[1].id]
    assert chosen.suggested is not None
    assert chosen.suggested.accessibleName() == "suggested for this computer"
    assert [each.suggested for name, each in page.recommended_cards.items() if name != models[1].id] == [None, None]
    window = page.window()
    for width, is_shown in ((420, False), (1200, True)):
        window.resize(width, 800)
        qtbot.waitUntil(lambda is_shown=is_shown: chosen.suggested.isHidden() is not is_shown)


@pytest.mark.parametrize("is_let_go", [True, False])
def test_words_are_searched_for_whose_field_goes_right_after(
    window: MainWindow, page: ModelsPage, qtbot: QtBot, large_theme: Callable[[], object], is_let_go: bool
) -> None:
    sought: list[str] = []
    page.search_requested.connect(lambda query: sought.append(query.text))
    QTest.keyClicks(page.search, "small")
    if is_let_go:
        window.show_page("chat")
        for _part in page.let_go_in_parts():
            pass
    else:
        window.set_theme(large_theme())
    qtbot.waitUntil(lambda: not page._timer.isActive())
    window.show_page("models")
    assert (page.search.text(), sought) == ("small", ["small"])


def recommended(*names: str) -> CatalogueModel:
    """A model of the curated list with files of these names."""
    model = read_catalogue().models[1]
    files = tuple(
        CatalogueFile(quantization=name, names=(f"M-{name}.gguf",), bytes=9, sha256="", bytes_are="exact")
        for name in names
    )
    return msgspec.structs.replace(model, repository="a/M-GGUF", files=files)


@pytest.mark.parametrize(
    "path", ["/models/a/M-GGUF/M-Q8_0.gguf", "/cache/hub/models--a--M-GGUF/snapshots/0123/M-Q8_0.gguf"]
)
def test_what_is_here_or_comes_is_not_offered_for_download(page: ModelsPage, qtbot: QtBot, path: str) -> None:
    model = recommended("Q4_K_M", "Q8_0")
    page.set_recommended([model])
    qtbot.waitUntil(lambda: model.id in page.recommended_cards)
    card = page.recommended_cards[model.id]
    card.choice.setCurrentIndex(1)
    with qtbot.waitSignal(page.recommended_requested) as asked:
        card.download.click()
    assert asked.args == [Reference(repository="a/M-GGUF", file="M-Q8_0.gguf")]
    assert card.download.waits
    with qtbot.assertNotEmitted(page.recommended_requested):
        card.download.click()
    page.show_problem("a/M-GGUF", "It is gone.")
    assert (card.summary.text(), card.download.waits) == ("It is gone.", False)
    card.download.click()
    assert card.summary.text() == model.summary  # the problem is of the try before
    page.show_download(download(variant=variant("Q8_0", 9)))
    assert (card.download.text(), card.download.waits) == ("Show", False)
    card.download.click()
    assert page.download_cards["d"].toggle.hasFocus()
    card.choice.setCurrentIndex(0)
    assert card.download.text() == "Download"
    card.choice.setCurrentIndex(1)
    page.remove_download("d")
    assert card.download.text() == "Download"
    page.set_models([STARTER, QWEN, ModelFile(path=path, name="M", size=9)], QWEN.path)
    assert (card.download.text(), card.download.accessibleName()) == ("Chat", f"Chat with {model.name}")
    assert card.details.text().startswith("on this computer")
    with qtbot.waitSignal(page.chat_requested) as chosen:
        card.download.click()
    assert chosen.args == [path]
    page.set_models([STARTER, QWEN, ModelFile(path=path, name="M", size=5, lacks=4)], QWEN.path)
    assert card.download.text() == "Download"  # a part of it is not there
    page.show_download(download(variant=variant("Q8_0", 9)))
    shown: list[str] = []
    page.holdings.changed.connect(lambda: shown.append(card.download.text()))
    page.remove_download("d", path)
    page.set_models([STARTER, QWEN, ModelFile(path=path, name="M", size=9)], QWEN.path)
    assert shown == ["Chat"]  # at once, before the list of models comes
    page.set_models([STARTER, QWEN], QWEN.path)
    assert card.download.text() == "Download"


def test_the_keyboard_goes_from_choose_to_download(page: ModelsPage, qtbot: QtBot) -> None:
    page.window().activateWindow()
    qtbot.waitActive(page.window())
    search(page, "m")
    page.show_found([HubModel(repository="a/M-GGUF", downloads=5)], has_more=False)
    card = page.hub_cards["a/M-GGUF"]
    card.choose.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(card.choose, Qt.Key.Key_Space)
    assert card.choose.waits
    assert card.choose.has_ring
    page.show_repository(HubRepository(repository="a/M-GGUF", commit="c", variants=(variant("Q4_K_M", 20),)))
    assert card.download.has_ring


@pytest.mark.parametrize("by_keyboard", [True, False])
def test_the_keyboard_stays_among_the_cards_where_one_goes(page: ModelsPage, qtbot: QtBot, by_keyboard: bool) -> None:
    page.window().activateWindow()
    qtbot.waitActive(page.window())
    for name in ("one", "two"):
        page.show_download(download(id=name))
    cards = dict(page.download_cards)
    reason = Qt.FocusReason.TabFocusReason if by_keyboard else Qt.FocusReason.MouseFocusReason
    cards["one"].cancel.setFocus(reason)
    page.remove_download("one")
    assert cards["two"].toggle.hasFocus()
    assert cards["two"].toggle.has_ring is by_keyboard
    page.remove_download("two")
    assert page.hasFocus()  # and not a control elsewhere in the window


def test_a_model_that_comes_or_goes_leaves_the_other_cards_as_they_are(page: ModelsPage, qtbot: QtBot) -> None:
    page.window().activateWindow()
    qtbot.waitActive(page.window())
    card = page.local_cards[QWEN.path]
    card.chat.setFocus(Qt.FocusReason.TabFocusReason)
    new = ModelFile(path="/models/a.gguf", name="A", size=9)
    page.set_models([STARTER, new, QWEN], new.path)
    qtbot.waitUntil(lambda: new.path in page.local_cards)
    assert list(page.local_cards) == [STARTER.path, new.path, QWEN.path]
    assert page.local_cards[QWEN.path] is card
    assert card.chat.has_ring
    assert "answers now" not in card.details.text()
    qtbot.waitUntil(lambda: 0 < page.local_cards[new.path].y() < card.y())
    page.set_models([QWEN, STARTER], QWEN.path)
    qtbot.waitUntil(lambda: card.y() < page.local_cards[STARTER.path].y())
    assert list(page.local_cards) == [QWEN.path, STARTER.path]
    page.set_models([STARTER], None)
    assert page.local_cards[STARTER.path].chat.has_ring


def test_tab_goes_down_the_page_whatever_came_first(page: ModelsPage, qtbot: QtBot) -> None:
    window = page.window()
    window.activateWindow()
    qtbot.waitActive(window)
    page.set_recommended([recommended("Q4_K_M")])
    search(page, "m")
    page.show_found([HubModel(repository="a/M-GGUF"), HubModel(repository="b/N-GGUF")], has_more=True)
    page.show_download(download())
    page.show_download(download(id="e"))
    page.set_queue(["e", "d"])  # which puts them in this order
    page.set_models([STARTER, ModelFile(path="/models/a.gguf", name="A", size=9), QWEN], None)
    qtbot.waitUntil(lambda: len(page.local_cards) == 3 and len(page.hub_cards) == 2)
    qtbot.waitUntil(lambda: page.local_cards[STARTER.path].y() < page.local_cards[QWEN.path].y())
    page.search.setFocus()
    seen = [page.search]
    while page.isAncestorOf(focused := window.focusWidget()) and len(seen) < 60:
        seen.append(focused)
        QTest.keyClick(focused, Qt.Key.Key_Tab)

    def places() -> list[int]:
        return [each.mapTo(page.body, each.rect().center()).y() for each in seen]

    qtbot.waitUntil(lambda: places() == sorted(places()))
    assert {page.choose_button, page.hub_cards["b/N-GGUF"].choose, page.download_cards["d"].cancel} < set(seen)
