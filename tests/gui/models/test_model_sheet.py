"""The sheets of the Models page: a model on this computer, and a repository of the hub."""

import msgspec
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QEnterEvent, QFontMetrics, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.downloads import Download
from desktop_app.domain.families import Family, Network
from desktop_app.domain.fit import Device
from desktop_app.domain.hub import HubFile, HubModel, Reference, Variant
from desktop_app.domain.models import ModelFile
from desktop_app.domain.verdict import judge
from desktop_app.gui.look.theme import load_theme
from desktop_app.gui.models.fit_words import computer_words, fit_badge, fit_explanation, fit_words
from desktop_app.gui.models.hub_sheet import HubSheet
from desktop_app.gui.models.local_sheet import LocalSheet
from desktop_app.gui.models.page import ModelsPage
from desktop_app.gui.widgets.controls import ElidedLabel, Label
from desktop_app.gui.widgets.selectable_text import SelectableText
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.services.models.freshness import Freshness, freshness
from desktop_app.settings.schema import Appearance
from tests.gui.conftest import QWEN, STARTER
from tests.gui.models.model_sheets import (
    DETAILS,
    FULL,
    LONG,
    MACHINE,
    NAME,
    ORIGIN,
    SHAPE,
    VERDICTS,
    NewWindow,
    open_hub,
    open_local,
    repository,
    variant,
    written,
)


@pytest.fixture
def page(window: MainWindow) -> ModelsPage:
    window.models_page.set_models([STARTER, QWEN], QWEN.path)
    window.show_page("models")
    return window.models_page


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
    assert sheet.check.waits
    assert "Reading the whole file" in sheet.outcomes["check"].label.text()
    sheet.show_checked(whole)
    assert not sheet.check.waits
    assert words in sheet.outcomes["check"].label.text()
    assert sheet.outcomes["check"].button.isVisible() is offers


def test_the_same_key_twice_asks_for_no_more_than_a_check(window: MainWindow, qtbot: QtBot) -> None:
    sheet = open_local(window)
    window.activateWindow()
    qtbot.waitActive(window)
    sheet.check_requested.connect(sheet.show_checking)
    sheet.check.setFocus(Qt.FocusReason.TabFocusReason)
    asked: list[None] = []
    sheet.check_requested.connect(lambda: asked.append(None))
    with qtbot.assertNotEmitted(sheet.newer_requested):  # the button beside it
        for _times in range(2):
            QTest.keyClick(window.focusWidget(), Qt.Key.Key_Space)
    assert asked == [None]
    assert sheet.check.has_ring


def test_a_newer_version_can_be_downloaded(window: MainWindow, qtbot: QtBot) -> None:
    sheet = open_local(window)
    sheet.show_looking()
    assert sheet.newer.waits
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
    sheet = HubSheet(window.theme, NAME, window.models_page.holdings)
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
    assert button.waits
    with qtbot.assertNotEmitted(sheet.download_requested):
        button.click()
    sheet.show_refused(FULL.variants[1], "The disk is full.")
    assert not button.waits
    assert sheet._note.text() == "The disk is full."


def test_a_choice_that_comes_or_is_here_leads_to_that(window: MainWindow, qtbot: QtBot) -> None:
    page, sheet = window.models_page, open_hub(window)
    button, (words, _badge) = sheet.downloads["Q4_K_M-0.gguf"], sheet._rows["Q4_K_M-0.gguf"]
    button.click()
    coming = Download(id="d", repository=NAME, commit="c", variant=FULL.variants[0], folder="/")
    page.show_download(coming)
    assert (button.text(), button.waits) == ("Show", False)
    assert button.accessibleName() == "Show the download of Qwen3-8B Q4_K_M"
    assert not sheet._note.isVisible()  # it would move what is below the mouse
    with qtbot.waitSignal(sheet.show_requested) as shown:
        button.click()
    assert shown.args == ["d"]
    page.remove_download("d")
    path = f"/models/{NAME}/Q4_K_M-0.gguf"
    page.set_models([QWEN, ModelFile(path=path, name="Qwen3 8B")], None)
    assert (button.text(), button.accessibleName()) == ("Chat", "Chat with Qwen3-8B Q4_K_M")
    assert words.text() == "5.0 GB · on this computer"
    with qtbot.waitSignal(sheet.chat_requested) as chosen:
        button.click()
    assert chosen.args == [path]
    assert sheet.downloads["Q8_0-0.gguf"].text() == "Download"


def test_a_choice_that_fits_with_other_computers_says_so_and_names_them() -> None:
    server = Device(name="10.0.0.2:50052/2", kind="server", free_memory=200_000_000_000, total_memory=200_000_000_000)
    machine = msgspec.structs.replace(MACHINE, devices=(*MACHINE.devices, server))
    verdict = judge(SHAPE, 90_000_000_000, machine, wanted_context=8192)
    assert fit_badge(verdict) == ("fits remotely", "warn")
    assert fit_words(verdict) == "with 1 more computer"
    assert "which fits only with 10.0.0.2:50052" in fit_explanation(verdict)


def test_the_memory_of_cards_is_told_beside_the_computers_own() -> None:
    card = Device(name="CUDA0", kind="gpu", free_memory=22_000_000_000, total_memory=24_000_000_000)
    inside = Device(name="Vulkan0", kind="integrated", free_memory=30_000_000_000, total_memory=32_000_000_000)
    alone = computer_words(msgspec.structs.replace(MACHINE, devices=()))
    assert "graphics" not in alone
    assert computer_words(msgspec.structs.replace(MACHINE, devices=(inside,))) == alone  # it is the same memory
    one = computer_words(msgspec.structs.replace(MACHINE, devices=(card, inside)))
    assert one == f"{alone} Its graphics card has 24 GB of its own, 22 GB of it free."
    two = computer_words(msgspec.structs.replace(MACHINE, devices=(card, card)))
    assert two.endswith("Its 2 graphics cards have 48 GB of their own together, 44 GB of it free.")


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
    sheet = HubSheet(window.theme, NAME, window.models_page.holdings)
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
    sheet = HubSheet(window.theme, NAME, window.models_page.holdings)
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
    window.models_page.show_download(
        Download(id="d", repository=NAME, commit="c", variant=FULL.variants[0], folder="/")
    )
    written(qtbot, hub)
    window.set_theme(load_theme(look, size, system_dark=False))
    card = written(qtbot, hub)
    assert "A chart and a page" in card.text.toPlainText()
    assert card.text._theme.dark is (look is Appearance.DARK)
    assert hub.downloads["Q4_K_M-0.gguf"].text() == "Show"


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
