"""Personas in the window: the row in an empty chat, the greeting, the page, the editor and the pictures."""

from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.personas import Persona
from desktop_app.domain.sampling import Sampling
from desktop_app.gui.look.lines import line_pitch
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.personas.editor import PersonaSheet
from desktop_app.gui.personas.page import PersonasPage
from desktop_app.gui.personas.picture import MOST_SIDE, PersonaPicture, Pictures, read_image
from desktop_app.gui.personas.start import StartPage
from desktop_app.gui.widgets.controls import ElidedLabel
from desktop_app.gui.widgets.scrolled_body import UprightArea
from desktop_app.services.writing.personas import LibraryPersona
from desktop_app.support.paths import resources
from tests.gui.conftest import QWEN

PICTURE = str(resources() / "personas" / "pictures" / "teacher.svg")
TEACHER = Persona(
    name="Patient teacher",
    description="Explains.",
    greeting="What would you like to understand?",
    questions=("Why is the sky blue?", "What is a derivative?"),
    templates=("Explain a term",),
    sampling={"temperature": 0.4},
)


def entry(persona: Persona | None = TEACHER, **named: object) -> LibraryPersona:
    name = persona.name if persona is not None else "broken"
    values = {"key": f"own/{name}.md", "is_own": True, "name": name, "picture": PICTURE, "persona": persona, **named}
    return LibraryPersona(**values)


@pytest.fixture
def pictures(host: QWidget) -> Pictures:
    return Pictures(lambda read, then: then(read()), host)


@pytest.fixture
def start(host: QWidget, theme: Theme, pictures: Pictures) -> StartPage:
    made = StartPage(theme, pictures, host)
    made.show()
    return made


@pytest.fixture
def page(host: QWidget, theme: Theme, pictures: Pictures) -> PersonasPage:
    made = PersonasPage(theme, pictures)
    made.setParent(host)
    made.resize(760, 600)
    made.show()
    return made


def several(count: int) -> list[LibraryPersona]:
    return [entry(Persona(name=f"Persona {number}"), is_own=number % 2 == 1) for number in range(count)]


def test_a_row_of_personas_begins_a_chat(start: StartPage, qtbot: QtBot) -> None:
    broken = entry(None, error=ErrorInfo(ErrorCode.PERSONA_GONE))
    start.show_entries([entry(is_own=False), broken, entry(Persona(name="Mine"))])
    assert [tile.text() for tile in start.tiles] == ["Mine", "Patient teacher"]
    with qtbot.waitSignal(start.persona_chosen) as chosen:
        QTest.keyClick(start.tiles[1], Qt.Key.Key_Space)
    assert chosen.args == [entry().key]
    with qtbot.waitSignal(start.all_requested):
        start.all.click()


NAMES = (
    "A very long name of a persona that nobody would read to its end",
    "Donaudampfschifffahrtsgesellschaftskapitän",
    "W" * 40,
    "船" * 40,
    "شخصية " * 12,
)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_has_no_room_ends_in_an_ellipsis_and_is_told(start: StartPage, theme: Theme, name: str) -> None:
    start.show_entries([entry(Persona(name=name, description="Explains."))])
    (tile,) = start.tiles
    metrics = QFontMetrics(theme.font("small"))
    assert len(tile.lines) == 2
    assert all(metrics.horizontalAdvance(line) <= tile.width() for line in tile.lines)
    assert tile.lines[1].endswith("…")
    assert tile.toolTip() == f"{name}\nExplains."
    start.show_chosen(entry(Persona(name=name, greeting="Hello.")))
    (head,) = (label for label in start.findChildren(ElidedLabel) if label.text() == name)
    assert head.minimumSizeHint().width() < 100


def test_a_name_that_has_room_is_not_told_twice(start: StartPage) -> None:
    start.show_entries([entry()])
    (tile,) = start.tiles
    assert tile.lines == ["Patient", "teacher"] or tile.lines == ["Patient teacher"]
    assert tile.toolTip() == "Explains."


def test_tiles_are_not_made_anew_for_each_chat_that_is_opened(start: StartPage) -> None:
    start.show_entries(several(4))
    tiles = list(start.tiles)
    start.show_chosen(None)
    assert start.tiles == tiles
    start.show_chosen(entry())
    start.show_chosen(None)
    assert len(start.tiles) == len(tiles)
    assert start.tiles != tiles


def test_what_nobody_sees_is_made_once_in_a_turn_of_its_own(start: StartPage, theme: Theme, qtbot: QtBot) -> None:
    start.show_entries(several(4))
    start.hide()
    before = list(start.tiles)
    start.show_entries(several(3))
    start.set_theme(theme)
    assert start.tiles == before
    qtbot.waitUntil(lambda: len(start.tiles) == 3)


def test_what_comes_into_sight_is_made_before_it_does_and_not_again(start: StartPage, theme: Theme) -> None:
    start.hide()
    start.show_entries(several(3))
    start.show()
    shown = list(start.tiles)
    assert len(shown) == 3
    QApplication.processEvents()
    assert start.tiles == shown


def test_it_lies_in_its_place_after_a_conversation_was_scrolled(start: StartPage, host: QWidget) -> None:
    start.show_entries(several(4))
    start.hide()
    host.scroll(0, -40)
    start.show()
    assert start.geometry() == host.rect()


def test_while_it_is_hidden_it_looks_at_nothing_of_the_conversation(
    host: QWidget, theme: Theme, pictures: Pictures
) -> None:
    seen: list[QEvent.Type] = []

    class Watched(StartPage):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            seen.append(event.type())
            return super().eventFilter(watched, event)

    start = Watched(theme, pictures, host)
    host.resize(700, 600)
    start.show()
    assert start.geometry() == host.rect()
    host.resize(720, 600)
    assert QEvent.Type.Resize in seen
    start.hide()
    seen.clear()
    host.resize(740, 600)
    host.repaint()
    assert not seen


@pytest.mark.parametrize(("width", "height"), [(768, 700), (600, 470), (380, 340)])
def test_no_tile_is_cut_off_at_any_size(start: StartPage, host: QWidget, width: int, height: int) -> None:
    start.show_entries(several(16))
    host.resize(width, height)
    QTest.qWait(0)
    assert start.geometry() == host.rect()
    for tile in [*start.tiles, start.all]:
        corner = tile.mapTo(host, tile.rect().bottomRight())
        assert host.rect().contains(corner), tile.text()
        assert tile.size() == tile.sizeHint()
    assert start.tiles
    host.resize(width, 240)  # no room for a tile: there is the way to all of them
    QTest.qWait(0)
    assert not start.tiles
    assert host.rect().contains(start.all.mapTo(host, start.all.rect().bottomRight()))
    for low in range(170, 20, -10):
        host.resize(width, low)
        QTest.qWait(0)
        assert not start.all.isVisible() or start.all.size() == start.all.sizeHint(), low
    assert not start.all.isVisible()  # there is no room for it either
    host.resize(width, height)
    QTest.qWait(0)
    assert start.tiles
    assert start.all.isVisible()


def test_tiles_that_no_longer_fit_into_the_one_line_there_is_go(start: StartPage, host: QWidget) -> None:
    start.show_entries(several(8))
    host.resize(900, 430)
    QTest.qWait(0)
    assert len(start.tiles) == 8
    host.resize(500, 430)
    QTest.qWait(0)
    assert start.tiles
    assert all(tile.size() == tile.sizeHint() for tile in start.tiles)
    host.resize(900, 430)
    QTest.qWait(0)
    assert len(start.tiles) == 8


def test_the_greeting_stands_where_the_answers_will(start: StartPage, qtbot: QtBot) -> None:
    start.show_chosen(entry())
    assert start.greeting is not None
    assert start.greeting.toPlainText() == "What would you like to understand?"
    with qtbot.waitSignal(start.question_chosen) as chosen:
        start.questions[1].click()
    assert chosen.args == ["What is a derivative?"]
    with qtbot.waitSignal(start.template_chosen) as chosen:
        start.templates[0].click()
    assert chosen.args == ["Explain a term"]
    start.show_chosen(entry(Persona(name="Bare")))
    assert start.greeting.toPlainText() == "Ask anything."
    start.show_chosen(None)
    assert start.greeting is None


@pytest.mark.parametrize(("lines", "scrolls"), [(1, False), (60, True)])
def test_a_long_greeting_is_scrolled(start: StartPage, host: QWidget, lines: int, scrolls: bool) -> None:
    host.resize(600, 420)
    start.show_chosen(entry(Persona(name="Keeper", greeting="\n".join(["It is dark."] * lines), questions=("Why?",))))
    QTest.qWait(0)
    (area,) = start.findChildren(UprightArea)
    bar = area.verticalScrollBar()
    assert (bar.maximum() > 0) is scrolls
    bar.setValue(bar.maximum())
    (question,) = start.questions
    assert host.rect().contains(question.mapTo(host, question.rect().bottomRight()))
    assert start.greeting is not None
    assert start.greeting.verticalScrollBar().maximum() == 0, "all of it is there"
    pitch = line_pitch(start.theme, start.greeting.font())
    assert start.greeting.height() > pitch * (lines - 1), "as far apart as the lines of labels"


def test_the_page_says_what_is_wrong_and_offers_what_can_be_done(page: PersonasPage, qtbot: QtBot) -> None:
    broken = entry(
        None, error=ErrorInfo(ErrorCode.PERSONA_INVALID, {"line": 4, "problem": "A list has no closing bracket"})
    )
    missing = entry(findings=(ErrorInfo(ErrorCode.PERSONA_MODEL_MISSING, {"model": "Gemma"}),))
    page.show_entries([entry(Persona(name="Included"), is_own=False), missing, broken])
    mine, bad, included = page.cards[missing.key], page.cards[broken.key], page.cards["own/Included.md"]
    assert "“Gemma” is not on this computer" in mine.notes.text()
    assert "Line 4" in bad.words
    assert not bad.chat.isVisible()
    assert bad.delete.isVisible()
    assert not mine.show_file.isVisible()
    with qtbot.waitSignal(page.file_requested) as shown:
        bad.show_file.click()  # what is wrong in it can be mended there
    assert shown.args == [broken.key]
    assert included.copy.isVisible()
    assert not included.delete.isVisible()
    assert not included.edit.isVisible()
    for button, signal in ((mine.edit, page.edit_requested), (mine.copy, page.copy_requested),
                           (mine.export, page.export_requested), (mine.delete, page.delete_requested),
                           (mine.chat, page.chat_requested)):  # fmt: skip
        assert button.accessibleName()
        with qtbot.waitSignal(signal) as told:
            button.click()
        assert told.args == [missing.key]


def test_the_editor_keeps_each_change_at_once(page: PersonasPage, theme: Theme) -> None:
    page.show_entries([entry()])
    sheet = PersonaSheet(theme, entry().key, TEACHER, pictures=["assistant", "critic"], models=[QWEN], usual=Sampling())
    page.open_sheet(sheet)
    kept: list[Persona] = []
    sheet.changed.connect(lambda persona, _before: kept.append(persona))
    sheet.name.setText("  Kind   teacher ")
    sheet.name.editingFinished.emit()
    assert kept[-1].name == "Kind teacher"
    sheet.name.setText("")
    sheet.name.editingFinished.emit()
    assert sheet.name.text() == "Kind teacher"
    sheet.prompt.setPlainText("Be kind.")
    sheet.prompt.settle()
    sheet.questions.setPlainText("One?\n\n Two? \n")
    sheet.questions.settle()
    sheet.templates.setPlainText("Explain a term\nQuiz me")
    sheet.templates.settle()
    sheet.picture.setCurrentIndex(1)
    sheet.picture.activated.emit(1)
    sheet.model.setCurrentIndex(1)
    sheet.model.activated.emit(1)
    sheet.rows["top_k"].editor.settle(7)
    sheet.rows["temperature"].reset.click()
    assert kept[-1] == Persona(
        name="Kind teacher",
        description="Explains.",
        greeting="What would you like to understand?",
        prompt="Be kind.",
        questions=("One?", "Two?"),
        templates=("Explain a term", "Quiz me"),
        picture="critic",
        model="qwen",
        sampling={"top_k": 7},
    )
    assert page.close_sheet()
    assert not page.close_sheet()


def test_the_page_has_the_focus_of_the_persona_that_goes(page: PersonasPage, host: QWidget, qtbot: QtBot) -> None:
    host.activateWindow()
    page.show_entries(several(4))
    page.cards["own/Persona 1.md"].delete.setFocus()
    page.show_entries(several(1))
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    qtbot.waitUntil(page.hasFocus)


def test_a_card_that_is_made_anew_has_the_focus_where_it_was(page: PersonasPage, host: QWidget, qtbot: QtBot) -> None:
    host.activateWindow()
    before = several(3)
    page.show_entries(before)
    former = page.cards["own/Persona 1.md"]
    former.delete.setFocus()
    page.show_entries(
        [
            msgspec.structs.replace(each, findings=(ErrorInfo(ErrorCode.PERSONA_GONE),)) if each is before[1] else each
            for each in before
        ]
    )
    qtbot.waitUntil(lambda: page.cards.get("own/Persona 1.md") not in (None, former))
    qtbot.waitUntil(lambda: page.cards["own/Persona 1.md"].delete.hasFocus())


def test_a_sheet_on_a_page_that_was_left_takes_no_focus(
    page: PersonasPage, host: QWidget, theme: Theme, qtbot: QtBot
) -> None:
    host.activateWindow()
    page.show_entries([entry()])
    elsewhere = QLineEdit(host)
    elsewhere.show()
    elsewhere.setFocus()
    page.hide()
    sheet = PersonaSheet(theme, entry().key, TEACHER, pictures=[], models=[], usual=Sampling())
    page.open_sheet(sheet)
    assert host.focusWidget() is elsewhere
    page.close_sheet()
    assert host.focusWidget() is elsewhere
    page.show()
    page.open_sheet(PersonaSheet(theme, entry().key, TEACHER, pictures=[], models=[], usual=Sampling()))
    assert page.isAncestorOf(host.focusWidget())


def test_a_picture_and_a_model_that_are_not_here_stay_until_they_are_changed(page: PersonasPage, theme: Theme) -> None:
    persona = Persona(name="a", picture="me.png", model="Gemma")
    sheet = PersonaSheet(theme, "own/a.md", persona, pictures=["assistant"], models=[QWEN], usual=Sampling())
    page.open_sheet(sheet)
    assert sheet.picture.currentText() == "me.png"
    assert sheet.model.currentText() == "Gemma"
    assert sheet.persona == persona


def test_an_image_of_ones_own_is_shown_in_a_circle(
    host: QWidget, theme: Theme, pictures: Pictures, tmp_path: Path
) -> None:
    file = tmp_path / "me.png"
    image = QImage(900, 300, QImage.Format.Format_RGB32)
    image.fill(QColor("blue"))
    image.save(str(file))
    read = read_image(str(file))
    assert (read.width(), read.height()) == (MOST_SIDE, MOST_SIDE)
    shown = PersonaPicture(theme, pictures, str(file), 40, host)
    shown.resize(40, 40)
    shown.show()
    shown.grab()  # the first time it is asked for, the second time it is there
    grabbed = shown.grab().toImage()
    assert grabbed.pixelColor(20, 20) == QColor("blue")
    assert grabbed.pixelColor(0, 0) != QColor("blue")


@pytest.mark.parametrize("content", [b"", b"not an image", b"\x89PNG\r\n\x1a\n"])
def test_an_image_that_cannot_be_read_leaves_the_ground(
    host: QWidget, theme: Theme, pictures: Pictures, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "me.png"
    file.write_bytes(content)
    assert read_image(str(file)).isNull()
    assert read_image(str(tmp_path / "gone.png")).isNull()
    shown = PersonaPicture(theme, pictures, str(file), 40, host)
    shown.resize(40, 40)
    shown.show()
    shown.grab()
    assert shown.grab().toImage().pixelColor(20, 20) == theme.colors.accent_soft
