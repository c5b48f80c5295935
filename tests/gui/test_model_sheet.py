"""The sheets of the Models page: a model on this computer, and a repository of the hub."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from types import SimpleNamespace

import msgspec
import pytest
from markdown_it import MarkdownIt
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QEnterEvent, QFontMetrics, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.errors import DownloadError, ErrorCode, ErrorInfo, ModelError
from desktop_app.domain.families import Family, Network
from desktop_app.domain.fit import Device, Machine
from desktop_app.domain.hub import HubFile, HubModel, HubRepository, Reference, Variant
from desktop_app.domain.models import ModelDetails, ModelFile, Origin, OriginFile
from desktop_app.domain.shape import Shape
from desktop_app.domain.verdict import judge
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.chat.entries import PIECE
from desktop_app.gui.chat.markdown import Block, parse_whole
from desktop_app.gui.chat.text_row import TextRow
from desktop_app.gui.controls import ElidedLabel, Label
from desktop_app.gui.main_window import MainWindow
from desktop_app.gui.models import card_text
from desktop_app.gui.models.card_text import MOST, CardText, cut_card, read_card
from desktop_app.gui.models.cards import parameter_words
from desktop_app.gui.models.facts import SelectableText
from desktop_app.gui.models.fit_words import fit_badge, fit_explanation, fit_words
from desktop_app.gui.models.hub_sheet import HubSheet, choice_words, language_words
from desktop_app.gui.models.local_sheet import LocalSheet
from desktop_app.gui.models.page import ModelsPage
from desktop_app.gui.sheet_controller import SheetController
from desktop_app.gui.theme import load_theme
from desktop_app.services.freshness import Freshness, freshness
from desktop_app.settings.schema import Appearance
from tests.gui.conftest import QWEN, STARTER

NewWindow = Callable[..., MainWindow]
NAME = "maker/Qwen3-8B-GGUF"
LONG = ModelFile(path=f"/home/someone/{'deep_folder/' * 9}{'x' * 90}.gguf", name="long " * 30, size=5)
ORIGIN = Origin(repository=NAME, commit="7c41481f57cb95916b40", files=(OriginFile(name="Qwen3.gguf", sha256="old"),))
DETAILS = ModelDetails(
    path=QWEN.path, name="Qwen3 8B", architecture="qwen3", quantization="Q4_K_M", size=QWEN.size, parameters="8B",
    layers=36, context=40_960, licence="apache-2.0", has_chat_template=True, last_used=1_795_000_000,
)  # fmt: skip
MACHINE = Machine(free_memory=16_000_000_000, total_memory=32_000_000_000)
SHAPE = Shape(
    architecture="qwen3", layer_count=36, embedding_length=4096, feed_forward_length=12288, head_count=32,
    head_counts_kv=(8,), key_length=128, value_length=128, vocabulary_size=151936, trained_context=40960,
)  # fmt: skip
VERDICTS = [judge(SHAPE, size, MACHINE, wanted_context=8192) for size in (5_000_000_000, 90_000_000_000)]
CARD = """# A card

<script>alert(1)</script> <img src="https://example.org/spy.png">

![A chart](https://example.org/chart.png) and [a page](https://example.org/page), [a file](files/x.md), [another](file:///etc/passwd).

```python
print("hello")
```
"""


def variant(quantization: str, size: int, sha256: str = "", parts: int = 1) -> Variant:
    files = tuple(HubFile(name=f"{quantization}-{part}.gguf", size=size, sha256=sha256) for part in range(parts))
    return Variant(name="Qwen3-8B", quantization=quantization, files=files)


def repository(*variants: Variant, **more: object) -> HubRepository:
    return HubRepository(repository=NAME, commit="c", variants=variants, **more)  # type: ignore[arg-type]


FULL = repository(
    variant("Q4_K_M", 5_000_000_000), variant("Q8_0", 4_500_000_000, parts=2), licence="apache-2.0", downloads=12_345,
    parameters=8_200_000_000, trained_context=40_960, updated=1_790_000_000, languages=("en", "de", "moe"),
)  # fmt: skip


@pytest.fixture
def page(window: MainWindow) -> ModelsPage:
    window.models_page.set_models([STARTER, QWEN], QWEN.path)
    window.show_page("models")
    return window.models_page


def open_local(window: MainWindow, model: ModelFile = QWEN) -> LocalSheet:
    sheet = LocalSheet(window.theme, model)
    sheet.closed.connect(window.models_page.close_sheet)
    window.show_page("models")
    window.models_page.open_sheet(sheet)
    sheet.show_details(DETAILS)
    sheet.show_origin(ORIGIN)
    return sheet


def open_hub(window: MainWindow, markdown: str = CARD) -> HubSheet:
    sheet = HubSheet(window.theme, NAME)
    sheet.closed.connect(window.models_page.close_sheet)
    window.show_page("models")
    window.models_page.open_sheet(sheet)
    sheet.show_repository(FULL)
    sheet.show_card(read_card(markdown), is_whole=True)
    return sheet


def written(qtbot: QtBot, sheet: HubSheet) -> CardText:
    card = sheet.card
    assert card is not None
    qtbot.waitUntil(lambda: not card._timer.isActive())
    return card


def test_the_licence_is_that_of_the_card_where_the_file_tells_none(window: MainWindow) -> None:
    sheet = open_local(window)
    assert sheet.facts.value("Licence") == "Apache 2.0"
    sheet.show_details(msgspec.structs.replace(DETAILS, licence=""))
    assert sheet.facts.value("Licence") == "unknown"
    sheet.show_origin(msgspec.structs.replace(ORIGIN, licence="gemma"))
    assert sheet.facts.value("Licence") == "Gemma"


def test_both_sheets_say_which_family_a_model_is_of(window: MainWindow) -> None:
    local = open_local(window)
    assert "“qwen3”" in local.facts.value("Family")  # nothing was said of its network
    network = Network(family=Family.TRANSFORMER, is_mixture=True, experts=128, asked=8)
    local.show_details(msgspec.structs.replace(DETAILS, network=network))
    assert local.facts.value("Family").startswith("A mixture-of-experts transformer")
    hub = open_hub(window)
    hub.show_repository(msgspec.structs.replace(FULL, architecture="mamba"))
    assert hub.facts.value("Family").startswith("A recurrent network")
    hub.show_repository(msgspec.structs.replace(FULL, architecture="brand-new"))
    assert "“brand-new”" in hub.facts.value("Family")
    hub.show_repository(FULL)
    assert hub.facts.value("Family") == "unknown"


# In the page


def test_name_and_button_ask_for_the_details(page: ModelsPage, qtbot: QtBot) -> None:
    card = page.local_cards[QWEN.path]
    with qtbot.waitSignal(page.details_requested) as asked:
        QTest.mouseClick(card.name, Qt.MouseButton.LeftButton)
    assert asked.args == [QWEN]
    with qtbot.waitSignal(page.details_requested):
        QTest.keyClick(card.info, Qt.Key.Key_Space)
    assert card.info.accessibleName() == "About Qwen3 8B"
    centre = QPointF(card.name.rect().center())
    QApplication.sendEvent(card.name, QEnterEvent(centre, centre, centre))
    assert card.name.font().underline()
    QApplication.sendEvent(card.name, QEvent(QEvent.Type.Leave))
    assert not card.name.font().underline()
    page.search.setText("qwen")
    page.show_found([HubModel(repository=NAME)], has_more=False)
    with qtbot.waitSignal(page.repository_details_requested) as wanted:
        page.hub_cards[NAME].info.click()
    assert wanted.args == [NAME]


@pytest.mark.parametrize("way", ["button", "escape", "again"])
def test_ways_back(window: MainWindow, page: ModelsPage, way: str) -> None:
    window.activateWindow()
    sheet = open_local(window)
    card = page.local_cards[QWEN.path]
    assert not card.isVisible()  # and so out of the keyboard's reach
    assert sheet.back is not None
    assert sheet.back.hasFocus()
    if way == "button":
        sheet.back.click()
    elif way == "escape":
        text = sheet.facts.findChildren(SelectableText)[0]
        text.setFocus()
        QTest.keyClick(text, Qt.Key.Key_Escape)
    else:
        window.show_page("models")
    assert window.page == "models"
    assert page.sheet_content is None
    assert card.isVisible()
    assert card.info.hasFocus()
    QTest.keyClick(card.info, Qt.Key.Key_Escape)
    assert window.page == "chat"


def test_the_sheet_is_as_large_as_the_page(window: MainWindow, page: ModelsPage) -> None:
    sheet = open_local(window)
    window.resize(900, 640)
    QApplication.processEvents()
    assert sheet.size() == page.size()
    window.resize(1200, 700)
    QApplication.processEvents()
    assert sheet.size() == page.size()
    page.close_sheet()
    assert page.local_cards[QWEN.path].isVisible()


def test_a_use_rebuilds_no_card(page: ModelsPage) -> None:
    card = page.local_cards[QWEN.path]
    page.set_models([STARTER, msgspec.structs.replace(QWEN, last_used=5.0)], QWEN.path)
    assert page.local_cards[QWEN.path] is card


# A model on this computer


def test_facts_of_a_file(window: MainWindow) -> None:
    sheet = LocalSheet(window.theme, QWEN)
    window.show_page("models")
    window.models_page.open_sheet(sheet)
    value = sheet.facts.value
    assert (value("File"), value("Layers"), value("Last used")) == (QWEN.path, "…", "…")
    assert not sheet.newer.isVisible()
    sheet.show_details(DETAILS)
    assert value("Architecture") == "qwen3"
    assert value("Trained context") == "40,960 tokens"
    assert value("Licence") == "Apache 2.0"
    assert value("Chat template") == "yes"
    assert value("Last used").startswith("Nov 1")
    assert value("Source") == "a file that was placed here"
    sheet.show_origin(ORIGIN)
    assert value("Source") == f"{NAME}, revision 7c41481f57cb"
    assert sheet.newer.isVisible()
    sheet.show_details(None, "The file is damaged.")
    assert value("Architecture") == "unknown"
    assert sheet.outcomes["problem"].label.text() == "The file is damaged."


@pytest.mark.parametrize(
    ("model", "words"),
    [(STARTER, "the app itself, as its starter model"),
     (ModelFile(path="/o", name="o", app="Ollama"), "Ollama, which keeps it")],
)  # fmt: skip
def test_where_other_models_came_from(window: MainWindow, model: ModelFile, words: str) -> None:
    sheet = LocalSheet(window.theme, model)
    window.show_page("models")
    window.models_page.open_sheet(sheet)
    assert sheet.facts.value("Source") == words


def test_the_path_can_be_copied(window: MainWindow) -> None:
    sheet = open_local(window)
    text = next(t for t in sheet.facts.findChildren(SelectableText) if t.accessibleName() == "File")
    text.selectAll()
    text.copy()
    assert QGuiApplication.clipboard().text() == QWEN.path


@pytest.mark.parametrize(
    ("whole", "words", "offers"),
    [(True, "whole", False), (False, "damaged: download it again", True), (None, "No checksum", False)],
)
def test_what_a_check_finds(window: MainWindow, whole: bool | None, words: str, offers: bool) -> None:
    sheet = open_local(window)
    sheet.show_checking()
    assert not sheet.check.isEnabled()
    assert "Reading the whole file" in sheet.outcomes["check"].label.text()
    sheet.show_checked(whole)
    assert sheet.check.isEnabled()
    assert words in sheet.outcomes["check"].label.text()
    assert sheet.outcomes["check"].button.isVisible() is offers


def test_a_newer_version_can_be_downloaded(window: MainWindow, qtbot: QtBot) -> None:
    sheet = open_local(window)
    sheet.show_looking()
    assert not sheet.newer.isEnabled()
    sheet.show_freshness(Freshness.OUTDATED, FULL, FULL.variants[0])
    line = sheet.outcomes["newer"]
    assert "newer version of 5.0 GB" in line.label.text()
    with qtbot.waitSignal(sheet.download_requested) as wanted:
        line.button.click()
    assert wanted.args == [FULL, FULL.variants[0]]
    sheet.show_queued("newer")
    assert not line.button.isVisible()
    for state, words in ((Freshness.NEWEST, "newest"), (Freshness.GONE, "no longer"), (Freshness.UNKNOWN, "checksum")):
        sheet.show_freshness(state, FULL, None)
        assert words in line.label.text()


@pytest.mark.parametrize(
    ("files", "state"),
    [([("Qwen3.gguf", "old")], Freshness.NEWEST), ([("Qwen3.gguf", "new")], Freshness.OUTDATED),
     ([("Qwen3.gguf", "")], Freshness.UNKNOWN), ([("Other.gguf", "old")], Freshness.GONE), ([], Freshness.GONE)],
)  # fmt: skip
def test_versions_are_compared_by_name_and_hash(files: list[tuple[str, str]], state: Freshness) -> None:
    there = tuple(
        Variant(name="Q", quantization="", files=(HubFile(name=name, sha256=sha256),)) for name, sha256 in files
    )
    assert freshness(ORIGIN, repository(*there)) is state


# A repository of the hub


def test_a_repository_with_all_its_choices(window: MainWindow, qtbot: QtBot) -> None:
    sheet = HubSheet(window.theme, NAME)
    window.show_page("models")
    window.models_page.open_sheet(sheet)
    assert sheet.facts.value("Repository") == NAME
    assert sheet.facts.value("Licence") == "…"
    assert sheet._note.text() == "Asking the hub…"
    sheet.show_repository(FULL)
    value = sheet.facts.value
    assert (value("Licence"), value("Parameters"), value("Downloads")) == ("Apache 2.0", "8.2 B", "12,345")
    assert (value("Updated"), value("Languages")) == ("Sep 21, 2026", "English, Deutsch")
    words = [label.text() for label in sheet._choices.findChildren(Label)]
    assert words == ["Q4_K_M", "5.0 GB", "Q8_0", "9.0 GB · 2 parts"]
    button = sheet.downloads["Q8_0-0.gguf"]
    assert button.accessibleName() == "Download Qwen3-8B Q8_0"
    with qtbot.waitSignal(sheet.download_requested) as wanted:
        button.click()
    assert wanted.args == [FULL, FULL.variants[1]]
    assert not button.isEnabled()
    sheet.show_refused(FULL.variants[1], "The disk is full.")
    assert button.isEnabled()
    sheet.show_queued(FULL.variants[1])
    assert "queue" in sheet._note.text()
    assert not button.isEnabled()


def test_a_choice_that_fits_with_other_computers_says_so_and_names_them() -> None:
    server = Device(name="10.0.0.2:50052/2", kind="server", free_memory=200_000_000_000, total_memory=200_000_000_000)
    machine = msgspec.structs.replace(MACHINE, devices=(*MACHINE.devices, server))
    verdict = judge(SHAPE, 90_000_000_000, machine, wanted_context=8192)
    assert fit_badge(verdict) == ("fits remotely", "warn")
    assert fit_words(verdict) == "with 1 more computer"
    assert "which fits only with 10.0.0.2:50052" in fit_explanation(verdict)


def test_each_choice_says_whether_it_fits(new_window: NewWindow, qtbot: QtBot) -> None:
    sheet = open_hub(new_window(1360, 860))
    qtbot.waitUntil(lambda: len(sheet.downloads) == 2)
    before = [button.y() for button in sheet.downloads.values()]
    sheet.show_verdicts(VERDICTS)
    words, badges = zip(*sheet._rows.values(), strict=True)
    qtbot.waitUntil(lambda: all(badge.isVisible() for badge in badges))
    assert [badge.accessibleName() for badge in badges] == ["fits", "too large"]
    assert "tok/s here" in words[0].text()
    assert "needs" in words[1].text()
    assert [button.y() for button in sheet.downloads.values()] == before
    sheet.resize(380, 700)
    assert not any(badge.isVisible() for badge in badges)


def test_thousands_of_files_are_shown_a_few_at_a_time(window: MainWindow, qtbot: QtBot) -> None:
    many = repository(*(variant(f"Q{number}", 1_000_000 + number) for number in range(3000)))
    sheet = HubSheet(window.theme, NAME)
    window.show_page("models")
    window.models_page.open_sheet(sheet)
    sheet.show_repository(many)
    more = sheet._more
    assert more is not None
    qtbot.waitUntil(more.isVisible)
    assert len(sheet.downloads) == 60
    assert more.text() == "Show 2,940 more files"
    more.click()
    assert not more.isVisible()
    qtbot.waitUntil(more.isVisible)
    assert len(sheet.downloads) == 120
    page = window.models_page
    page.show_found([HubModel(repository=NAME)], has_more=False)
    page.show_repository(many, Reference(repository=NAME, quantization="Q2900"))
    card = page.hub_cards[NAME]
    assert card.choice.count() == 101
    with qtbot.waitSignal(page.download_requested) as asked:
        card.download.click()
    assert asked.args == [many, many.variants[2900]]


def test_what_a_repository_lacks_is_said(window: MainWindow) -> None:
    sheet = HubSheet(window.theme, NAME)
    window.show_page("models")
    window.models_page.open_sheet(sheet)
    sheet.show_repository(repository(gated=True))
    assert "no GGUF file" in sheet._note.text()
    sheet.show_repository(repository(variant("Q8_0", 5), gated=True))
    assert "accept a licence" in sheet._note.text()
    sheet.show_card([], is_whole=True)
    assert sheet._card_note.text() == "This repository has no model card."
    sheet.show_card_problem("The network is gone.")
    assert sheet._card_note.isVisible()
    assert sheet.facts.value("Languages") == "unknown"


def test_a_card_is_text_and_loads_nothing(window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[object] = []
    monkeypatch.setattr(TextRow, "loadResource", lambda *arguments: loaded.append(arguments), raising=False)
    sheet = open_hub(window)
    card = written(qtbot, sheet)
    text = card.text.toPlainText()
    assert "<script>alert(1)</script>" in text
    assert '<img src="https://example.org/spy.png">' in text
    assert "A chart and a page, a file, [another](file:///etc/passwd)." in text
    assert "\ufffc" not in text  # no image, not even an empty one
    links = re.findall('href="([^"]*)"', card.text.document().toHtml())
    assert links == ["https://example.org/chart.png", "https://example.org/page"]
    assert loaded == []
    with qtbot.waitSignal(sheet.link_activated) as opened:
        card.text.anchorClicked.emit(QUrl("https://example.org/page"))
    assert opened.args == ["https://example.org/page"]
    with qtbot.assertNotEmitted(sheet.link_activated):
        for url in ("file:///etc/passwd", "javascript:alert(1)", "relative.md"):
            card.text.anchorClicked.emit(QUrl(url))


def test_a_card_is_copied_by_keyboard_and_its_code_by_button(window: MainWindow, qtbot: QtBot) -> None:
    card = written(qtbot, open_hub(window))
    card.text.selectAll()
    QTest.keyClick(card.text, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert "A chart and a page" in QGuiApplication.clipboard().text()
    copy = next(button for button in card.text.chain() if button.accessibleName() == "Copy code")
    copy.click()
    assert QGuiApplication.clipboard().text() == 'print("hello")'
    QTest.keyClick(card.text, Qt.Key.Key_Escape)
    assert window.models_page.sheet_content is None


def test_keys_scroll_the_sheet(new_window: NewWindow, qtbot: QtBot) -> None:
    window = new_window(900, 640)
    sheet = open_hub(window, "A paragraph.\n\n" * 80)
    card = written(qtbot, sheet)
    bar = sheet.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 1000)
    QTest.keyClick(card.text, Qt.Key.Key_End)
    assert bar.value() == bar.maximum()
    bar.setValue(0)
    card.row_dragged(card._row, QPointF(sheet.viewport().mapToGlobal(QPoint(5, sheet.height() + 5))))
    assert bar.value() > 0


def test_long_cards_are_cut_between_paragraphs() -> None:
    assert cut_card("short") == ("short", True)
    text, is_whole = cut_card("A paragraph.\n\n" * 100_000)
    assert not is_whole
    assert MOST - 100 < len(text) <= MOST
    assert text.endswith("A paragraph.")
    assert cut_card("x" * 100_000) == ("x" * MOST, False)


def test_hostile_cards_are_read_once_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading takes longer with the square of a piece's length, so no piece is long, and none is read twice."""
    lengths: list[int] = []

    def note(parser: MarkdownIt, text: str, *others: object) -> list[Block]:
        lengths.append(len(text))
        return parse_whole(parser, text, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(card_text, "parse_whole", note)
    for hostile in ("\\[", "[", "![a", "*a ", "`", "> ", "$a ", "<b>"):
        behind = "[r]: https://example.org/\n\n" + "A paragraph.\n\n" * 700 + (hostile * MOST)[: MOST // 2]
        for text in ((hostile * MOST)[:MOST], behind):
            lengths.clear()
            assert read_card(text)
            assert lengths
            assert max(lengths) <= 2 * PIECE
            assert sum(lengths) <= len(text)


def test_references_reach_over_pieces() -> None:
    made = read_card("[here][r]\n\n" + "A paragraph.\n\n" * 1500 + "[r]: https://example.org/\n")
    assert "https://example.org/" in str(made[:3])


def test_a_long_card_is_written_a_little_at_a_time(window: MainWindow, qtbot: QtBot) -> None:
    text, _ = cut_card("Some *words* and `code`.\n\n- an item\n- another\n\n" * 2000)
    sheet = open_hub(window, text)
    assert sheet.card is not None
    assert sheet.card._timer.isActive()
    card = written(qtbot, sheet)
    assert card.text.document().blockCount() > 1000
    assert card.height() == card.text.height() >= 5000


def test_words() -> None:
    assert [parameter_words(count) for count in (0, 135_000_000, 8_200_000_000)] == ["", "135 M", "8.2 B"]
    assert language_words(("fr", "moe", "fr")) == "français"
    assert choice_words(variant("Q8_0", 1_000_000)) == "1 MB"


# Both, in every size and look


@pytest.mark.parametrize(("width", "height"), [(1360, 860), (900, 640), (700, 640), (420, 640)])
@pytest.mark.parametrize("kind", ["local", "long", "hub"])
def test_no_text_is_cut_off(
    new_window: NewWindow, qtbot: QtBot, text_size: int, width: int, height: int, kind: str
) -> None:
    window = new_window(width, height, text_size)
    if kind == "hub":
        hub = open_hub(window)
        hub.show_verdicts(VERDICTS)
        written(qtbot, hub)
    else:
        sheet = open_local(window, LONG if kind == "long" else QWEN)
        sheet.show_checked(False)
        sheet.show_freshness(Freshness.OUTDATED, FULL, FULL.variants[0])
    shown = window.models_page.sheet_content
    assert shown is not None

    def whole() -> None:
        assert shown.body is not None
        assert shown.body.width() <= shown.viewport().width()
        assert not cut_off(shown)

    qtbot.waitUntil(whole)  # a label that wraps is as high as its text once the layout has gone round


def cut_off(shown: QWidget) -> list[str]:
    """Return the controls and labels that are too small for what they say, or reach beyond their parent."""
    cut = [
        f"{button.text() or button.accessibleName()!r}: {button.size()} < {button.sizeHint()}"
        for button in shown.findChildren(QAbstractButton)
        if button.isVisible()
        and (
            button.width() < button.sizeHint().width()
            or button.height() < button.sizeHint().height()
            or not button.parentWidget().rect().contains(button.geometry())
        )
    ]
    for label in shown.findChildren(QLabel):
        if label.isVisible() and label.text() and not isinstance(label, ElidedLabel):
            if label.wordWrap():
                fits = label.height() >= label.heightForWidth(label.width()) - 1
            else:
                fits = label.width() >= QFontMetrics(label.font()).horizontalAdvance(label.text())
            if not fits:
                cut.append(f"{label.text()!r}: {label.size()}")
    cut += [
        f"{text.toPlainText()!r}: {text.size()}"
        for text in shown.findChildren(SelectableText)
        if text.document().size().height() > text.viewport().height() + 1
    ]
    return cut


@pytest.mark.parametrize(("look", "size"), [(Appearance.DARK, 100), (Appearance.LIGHT, 150), (Appearance.DARK, 150)])
def test_another_theme_keeps_all_of_it(window: MainWindow, qtbot: QtBot, look: Appearance, size: int) -> None:
    local = open_local(window)
    local.show_checked(False)
    window.set_theme(load_theme(look, size, system_dark=False))
    assert local.facts.value("Architecture") == "qwen3"
    assert "damaged" in local.outcomes["check"].label.text()
    assert local.outcomes["check"].button.isVisible()
    window.set_theme(load_theme(Appearance.LIGHT, 100, system_dark=False))
    hub = open_hub(window)
    hub.show_queued(FULL.variants[0])
    written(qtbot, hub)
    window.set_theme(load_theme(look, size, system_dark=False))
    card = written(qtbot, hub)
    assert "A chart and a page" in card.text.toPlainText()
    assert card.text._theme.dark is (look is Appearance.DARK)
    assert not hub.downloads["Q4_K_M-0.gguf"].isEnabled()


def test_every_control_has_an_accessible_name(window: MainWindow, qtbot: QtBot) -> None:
    for opened in (open_local, open_hub):
        sheet = opened(window)
        QTest.qWait(20)
        controls = [*sheet.findChildren(QAbstractButton), *sheet.findChildren(SelectableText)]
        if isinstance(sheet, HubSheet) and sheet.card is not None:
            controls.append(sheet.card.text)
        for control in controls:
            text = control.text() if isinstance(control, QAbstractButton) else ""
            assert control.accessibleName() or text, control


# The controller


class Answers:
    """Stands for a service: every question is kept with a future that the test resolves."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, tuple[object, ...], Future[object]]] = []

    def __getattr__(self, name: str) -> Callable[..., "Future[object]"]:
        def ask(*arguments: object) -> "Future[object]":
            future: Future[object] = Future()
            self.asked.append((name, arguments, future))
            return future

        return ask

    def of(self, name: str) -> "list[Future[object]]":
        return [future for asked, _, future in self.asked if asked == name]


@pytest.fixture
def pool() -> Iterator[Executor]:
    with ThreadPoolExecutor(1) as made:
        yield made


@pytest.fixture
def services(window: MainWindow, page: ModelsPage, pool: Executor) -> SimpleNamespace:
    added: list[object] = []
    made = SimpleNamespace(
        library=Answers(), hub=Answers(), fitting=Answers(), template_checks=Answers(), pool=pool, added=added,
        downloads=SimpleNamespace(add=lambda *arguments: added.append(arguments)),
    )  # fmt: skip
    bridge = Bridge(window)
    made.controller = SheetController(made, bridge, window)  # type: ignore[arg-type]
    return made


def test_nothing_is_asked_before_a_sheet_is_opened(services: SimpleNamespace, page: ModelsPage) -> None:
    assert services.hub.asked == services.library.asked == []
    page.repository_details_requested.emit(NAME)
    assert [(name, arguments) for name, arguments, _ in services.hub.asked] == [("repository", (NAME,)), ("card", (NAME,))]  # fmt: skip
    page.close_sheet()
    page.details_requested.emit(QWEN)
    assert [name for name, _, _ in services.library.asked] == ["details", "origin"]
    assert len(services.hub.asked) == 2


def test_answers_after_leaving_are_dropped(services: SimpleNamespace, page: ModelsPage, qtbot: QtBot) -> None:
    page.repository_details_requested.emit(NAME)
    page.close_sheet()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    services.hub.of("repository")[0].set_result(FULL)
    services.hub.of("card")[0].set_exception(DownloadError(ErrorCode.DOWNLOAD_TLS))
    page.repository_details_requested.emit(NAME)
    QTest.qWait(20)
    sheet = page.sheet_content
    assert isinstance(sheet, HubSheet)
    assert sheet.facts.value("Licence") == "…"
    services.hub.of("repository")[1].set_result(FULL)
    services.hub.of("card")[1].set_exception(DownloadError(ErrorCode.DOWNLOAD_TLS))
    qtbot.waitUntil(lambda: sheet.facts.value("Licence") == "Apache 2.0")
    assert "certificate" in sheet._card_note.text()
    sheet.downloads["Q8_0-0.gguf"].click()
    qtbot.waitUntil(lambda: services.added == [(FULL, FULL.variants[1])])
    qtbot.waitUntil(lambda: "queue" in sheet._note.text())


def test_a_check_can_be_left_and_tells_its_result(
    services: SimpleNamespace, window: MainWindow, page: ModelsPage, qtbot: QtBot
) -> None:
    page.details_requested.emit(QWEN)
    sheet = page.sheet_content
    assert isinstance(sheet, LocalSheet)
    sheet.check.click()
    page.close_sheet()
    page.details_requested.emit(STARTER)
    other = page.sheet_content
    assert isinstance(other, LocalSheet)
    other.check.click()
    assert not other.check.isEnabled()
    assert len(services.library.of("verify")) == 1  # one after the other
    services.library.of("verify")[0].set_result(False)
    qtbot.waitUntil(lambda: "The file of Qwen3 8B is damaged" in window.notice.label.text())
    assert len(services.library.of("verify")) == 2
    page.close_sheet()
    page.details_requested.emit(STARTER)
    other = page.sheet_content
    assert isinstance(other, LocalSheet)
    assert not other.check.isEnabled()  # it still runs
    services.library.of("verify")[1].set_exception(ModelError(ErrorCode.MODEL_NOT_FOUND, path="/m/starter.gguf"))
    qtbot.waitUntil(lambda: "was not found" in other.outcomes["check"].label.text())
    assert other.check.isEnabled()
    other.check.click()
    window.show_page("chat")  # the sheet stays open behind it
    services.library.of("verify")[2].set_result(True)
    qtbot.waitUntil(lambda: "The file of SmolLM2 135M Instruct is whole" in window.notice.label.text())
    assert other.check.isEnabled()


def test_looking_and_downloading_again(services: SimpleNamespace, page: ModelsPage, qtbot: QtBot) -> None:
    page.details_requested.emit(QWEN)
    sheet = page.sheet_content
    assert isinstance(sheet, LocalSheet)
    services.library.of("origin")[0].set_result(ORIGIN)
    qtbot.waitUntil(sheet.newer.isVisible)
    sheet.newer.click()
    services.hub.of("repository")[0].set_exception(DownloadError(ErrorCode.DOWNLOAD_OFFLINE))
    qtbot.waitUntil(lambda: "offline" in sheet.outcomes["newer"].label.text())
    same = repository(Variant(name="Q", quantization="", files=(HubFile(name="Qwen3.gguf", sha256="old"),)))
    sheet.newer.click()
    services.hub.of("repository")[1].set_result(same)
    qtbot.waitUntil(lambda: "newest" in sheet.outcomes["newer"].label.text())
    sheet.show_checked(False)
    sheet.outcomes["check"].button.click()
    assert services.hub.asked[-1][:2] == ("repository", (NAME, ORIGIN.commit))
    services.hub.of("repository")[2].set_result(same)
    qtbot.waitUntil(lambda: services.added == [(same, same.variants[0])])
    qtbot.waitUntil(lambda: "queue" in sheet.outcomes["check"].label.text())


def test_what_is_wrong_with_a_chat_template_is_told(services: SimpleNamespace, page: ModelsPage, qtbot: QtBot) -> None:
    page.details_requested.emit(QWEN)
    sheet = page.sheet_content
    assert isinstance(sheet, LocalSheet)
    (asked,) = services.template_checks.of("findings")
    asked.set_result(tuple(ErrorInfo(code, {"model": "Qwen3"}) for code in (ErrorCode.TEMPLATE_LOSES_SYSTEM, ErrorCode.TEMPLATE_NO_END)))  # fmt: skip
    outcome = sheet.outcomes["template"]
    qtbot.waitUntil(outcome.isVisible)
    system, end = outcome.label.text().splitlines()
    assert system.startswith("The chat template of Qwen3 leaves out the system prompt")
    assert system.endswith("Set another chat template in the model's defaults, or choose another model.")
    assert end.startswith("With its chat template, Qwen3 may not know when an answer is complete.")
    page.close_sheet()
    page.details_requested.emit(QWEN)
    sheet = page.sheet_content
    assert isinstance(sheet, LocalSheet)
    services.template_checks.of("findings")[1].set_result(())
    services.library.of("details")[1].set_result(DETAILS)
    qtbot.waitUntil(lambda: sheet.facts.value("Chat template") == "yes")
    assert not sheet.outcomes["template"].isVisible()


def test_the_folder_and_a_chat(
    services: SimpleNamespace, page: ModelsPage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    page.details_requested.emit(QWEN)
    sheet = page.sheet_content
    assert isinstance(sheet, LocalSheet)
    sheet.folder.click()
    assert opened == ["/m"]
    assert "/m" in sheet.outcomes["problem"].label.text()  # `append` answers None: nothing could show it
    with qtbot.waitSignal(page.chat_requested) as asked:
        sheet.chat.click()
    assert asked.args == [QWEN.path]
    assert page.sheet_content is None
