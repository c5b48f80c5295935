"""The About page: details to copy, parts with their licences, updates in all their states, the way back."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.domain.updates import News, Standing
from desktop_app.gui.about.page import AboutPage, back_words
from desktop_app.gui.about.parts_card import RULE, licence_text, unwrapped
from desktop_app.gui.look.theme import Theme, load_theme, retheme
from desktop_app.gui.models.card_text import read_card
from desktop_app.settings.schema import Appearance
from desktop_app.support.build import this_build
from desktop_app.support.notices import Part, parts_here
from tests.screens.about_screens import BACKUP, CHANGES, DETAILS, FILES, MANIFEST

PARTS = (
    Part("Blue", "1.0", "MIT", ("Blue's terms",), "https://example.org/blue"),
    Part("Green", "2.1", "Apache-2.0", ("First", "Second")),
    Part("shiboken6", "6.11.2", "LGPL-3.0-only", ()),
)


@pytest.fixture
def page(qtbot: QtBot, theme: Theme) -> AboutPage:
    made = AboutPage(theme)
    qtbot.addWidget(made)
    made.resize(1000, 700)
    made.show_details(DETAILS)
    made.show_parts(PARTS)
    made.show()
    return made


def test_the_details_are_copied_without_the_name_of_the_home_folder(page: AboutPage) -> None:
    page.show_details((*DETAILS, ("Folder", str(Path.home() / "engines"))))
    page.copy.click()
    copied = QGuiApplication.clipboard().text()
    assert "Version: 0.1.0\n" in copied
    assert "Folder: ~/engines\n" in copied
    assert str(Path.home()) not in copied
    assert page.copy.text() == "Copied"


def test_parts_are_painted_in_another_theme(page: AboutPage, theme: Theme, qtbot: QtBot) -> None:
    """Their words would be dark on dark."""
    qtbot.waitExposed(page)
    chosen = page.parts.list
    area = chosen.visualRect(page.parts.rows.index(0))

    def ground() -> QColor:
        return chosen.viewport().grab().toImage().pixelColor(area.left() + 4, area.center().y())

    assert ground() == theme.colors.selected
    dark = load_theme(Appearance.DARK, 100, system_dark=False)
    retheme(page, dark)
    assert ground() == dark.colors.selected


def test_parts_are_searched_by_name_and_licence(page: AboutPage) -> None:
    card = page.parts
    assert card.count.text() == "3 components"
    assert card.title.text() == "Blue 1.0"
    assert card.text.toPlainText() == "Blue's terms"
    QTest.keyClicks(card.search, "apache")
    assert [part.name for part in card.rows.entries] == ["Green"]
    assert card.text.toPlainText() == f"First{RULE}Second"
    assert card.home.isHidden()  # it has no page
    card.search.clear()
    assert card.title.text() == "Green 2.1"  # which stays chosen
    card.search.setText("nothing at all")
    assert card.count.text() == "No components match."
    assert card.text.toPlainText() == ""


def test_the_keyboard_goes_from_the_search_into_the_list(page: AboutPage, qtbot: QtBot) -> None:
    card = page.parts
    page.activateWindow()
    card.search.setFocus()
    QTest.keyClick(card.search, Qt.Key.Key_Down)
    qtbot.waitUntil(card.list.hasFocus)
    QTest.keyClick(card.list, Qt.Key.Key_Down)
    assert card.title.text() == "Green 2.1"


def test_the_page_of_a_part_is_asked_for(page: AboutPage, qtbot: QtBot) -> None:
    with qtbot.waitSignal(page.link_activated) as asked:
        page.parts.home.click()
    assert asked.args == ["https://example.org/blue"]


def test_every_part_of_this_copy_has_a_licence_and_its_text() -> None:
    parts = parts_here()
    assert {"Qt", "Python", "llama.cpp and ggml", "SQLCipher", "msgspec", "cryptography"} <= {
        part.name for part in parts
    }
    assert [part.name for part in parts if not part.licence] == []
    without = [part.name.lower() for part in parts if not part.texts]
    assert all(name.startswith(("pyside6", "shiboken6")) for name in without)  # Qt's texts stand for both
    qt = next(part for part in parts if part.name == "Qt")
    assert "may be replaced" in licence_text(qt)
    for part in parts:
        for text in part.texts:
            assert unwrapped(text).split() == text.split()


def test_the_list_that_a_frozen_copy_has_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desktop_app.support.notices.resources", lambda: tmp_path)
    (tmp_path / "notices.json").write_text('[["broken"')
    assert parts_here() == ()  # nor is there a folder with texts
    (tmp_path / "notices.json").write_text('[{"name": "X", "version": "1", "licence": "MIT", "texts": ["words"]}]')
    assert parts_here() == (Part("X", "1", "MIT", ("words",)),)


def test_what_a_copy_was_built_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desktop_app.support.build.resources", lambda: tmp_path / "resources")
    (tmp_path / "resources").mkdir()
    assert this_build().commit == ""
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/HEAD").write_text("ref: refs/heads/main\n")
    (tmp_path / ".git/packed-refs").write_text("# pack-refs\nabc123 refs/heads/main\n")
    assert this_build().commit == "abc123"
    (tmp_path / ".git/HEAD").write_text("def456\n")
    assert this_build().commit == "def456"
    (tmp_path / "resources/build.json").write_text('{"commit": "789abc", "date": 1795651200}')
    assert (this_build().commit, this_build().date) == ("789abc", 1795651200)


# Updates


def test_a_newer_release_is_shown_with_its_changes_and_its_installers(page: AboutPage, qtbot: QtBot) -> None:
    page.show_news(News(Standing.OLDER, MANIFEST, FILES), read_card(CHANGES), FILES[1])
    card = page.updates
    assert card.title.text() == "Inglenook 0.2.0, of Dec 3, 2026"
    assert card.changes is not None
    qtbot.waitUntil(lambda: "all licences" in card.changes.text.toPlainText())
    assert card.choice.currentData() == FILES[1]
    with qtbot.waitSignal(page.fetch_requested) as asked:
        card.fetch.click()
    assert asked.args == [FILES[1]]
    card.show_progress(FILES[1], 1_000_000)
    assert (card.fetch.isVisible(), card.stop.isVisible(), card.choice.isEnabled()) == (False, True, False)
    with qtbot.waitSignal(page.stop_requested):
        card.stop.click()
    card.show_stopped("It did not work.")
    assert (card.fetch.isVisible(), card.progress.text()) == (True, "It did not work.")
    card.show_arrived("/there/x.deb")
    assert "/there/x.deb is here" in card.progress.text()
    with qtbot.waitSignal(page.folder_requested):
        card.folder.click()
    with qtbot.waitSignal(page.link_activated) as opened:
        card.web.click()
    assert opened.args == [MANIFEST.page]


def test_the_newest_and_those_that_are_too_old_get_words(page: AboutPage) -> None:
    page.show_news(News(Standing.NEWEST, MANIFEST), (), None)
    assert page.updates.status.text() == "This is the newest release."
    assert not page.updates.title.isVisible()
    page.show_news(News(Standing.TOO_OLD, MANIFEST), (), None)
    assert "older than 0.1.0" in page.updates.status.text()
    assert not page.updates.fetch.isVisible()
    assert page.updates.web.isVisible()


def test_a_build_without_a_source_can_neither_look_nor_be_told_to(page: AboutPage) -> None:
    page.show_source(is_there=False)
    assert not page.updates.look.isEnabled()
    assert not page.updates.switch.isEnabled()
    assert "no address" in page.updates.status.text()


def test_nothing_is_asked_before_somebody_clicks(page: AboutPage, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(page.look_requested), qtbot.assertNotEmitted(page.agreed):
        page.show_agreed(True)
        page.show_agreed(False)
    with qtbot.waitSignal(page.agreed) as agreed:
        page.updates.switch.click()
    assert agreed.args == [True]


def test_another_text_size_keeps_what_is_shown(page: AboutPage, qtbot: QtBot) -> None:
    page.show_agreed(True)
    page.show_news(News(Standing.OLDER, MANIFEST, FILES), read_card(CHANGES), FILES[0])
    page.theme = load_theme(Appearance.LIGHT, 150, system_dark=False)
    page.apply_theme()
    assert page.updates.switch.isChecked()
    assert page.updates.title.text() == "Inglenook 0.2.0, of Dec 3, 2026"
    assert page.parts.count.text() == "3 components"
    with qtbot.waitSignal(page.look_requested):
        page.updates.look.click()


def test_the_way_back_names_the_backup_of_before_the_update() -> None:
    words = back_words((BACKUP,), "/data/inglenook.db")
    assert BACKUP.path in words
    assert "move /data/inglenook.db aside" in words
    assert "keeps a backup" in back_words((), "/data/inglenook.db")
