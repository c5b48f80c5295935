"""The card of a model, as its sheet shows it."""

import re

import pytest
from markdown_it import MarkdownIt
from PySide6.QtCore import QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from desktop_app.gui.chat.entries import PIECE
from desktop_app.gui.chat.markdown.markdown import Block, parse_whole
from desktop_app.gui.chat.rows.text_row import TextRow
from desktop_app.gui.models import card_text
from desktop_app.gui.models.card_text import MOST, cut_card, read_card
from desktop_app.gui.models.hub_sheet import choice_words, language_words
from desktop_app.gui.models.model_words import parameter_words
from desktop_app.gui.window.main_window import MainWindow
from tests.gui.models.model_sheets import (
    NewWindow,
    open_hub,
    variant,
    written,
)


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
    copy = next(button for button in card.text.findChildren(QAbstractButton) if button.accessibleName() == "Copy code")
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


SHORT = 200


def test_hostile_cards_are_read_once_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading takes longer with the square of a piece's length, so no piece is long, and none is read twice."""
    lengths: list[int] = []

    def note(parser: MarkdownIt, text: str, *others: object) -> list[Block]:
        lengths.append(len(text))
        return parse_whole(parser, text[:SHORT], *others)  # all of it would take seconds, and is read in other tests

    monkeypatch.setattr(card_text, "parse_whole", note)
    for hostile in ("\\[", "[", "![a", "*a ", "`", "> ", "$a ", "<b>"):
        alone = (hostile * MOST)[: 5 * PIECE // 2]  # two pieces and a part of a third
        behind = "[r]: https://example.org/\n\n" + "A paragraph.\n\n" * 700 + alone[: 3 * PIECE // 2]
        for text in (alone, behind):
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
