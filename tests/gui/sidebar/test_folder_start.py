"""What chats of a folder begin with, in the window's parts: the dialog, and what the empty chat says."""

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.personas import Persona
from desktop_app.domain.shelf import NO_START, Folder, FolderStart
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.personas.picture import Pictures
from desktop_app.gui.personas.start import StartPage
from desktop_app.gui.sidebar.folder_start_dialog import FolderStartDialog
from desktop_app.gui.widgets.controls import Button
from tests.gui.conftest import QWEN
from tests.gui.personas.test_personas import entry, several

CLERK = entry(Persona(name="Clerk", prompt="You file."))
START = FolderStart(system_prompt="You work.", model_path=QWEN.path, persona=CLERK.key)
WORK = Folder(id="w", name="Work", start=START)


def make(host: QWidget, theme: Theme, folder: Folder, outer: Folder | None = None) -> FolderStartDialog:
    return FolderStartDialog(theme, folder, outer=outer, personas=[CLERK, entry()], models=[QWEN], parent=host)


def test_the_dialog_shows_what_is_chosen_and_says_what_goes_first(host: QWidget, theme: Theme) -> None:
    dialog = make(host, theme, WORK)
    assert dialog.start == START
    assert (dialog.persona.currentText(), dialog.model.currentText()) == ("Clerk", QWEN.name)
    words = " ".join(label.text() for label in dialog.findChildren(QWidget) if hasattr(label, "text"))
    assert "What you choose in a chat goes first, then what is chosen here, then the defaults of the model" in words
    assert "Chats that are here already stay as they are" in words


def test_the_dialog_tells_what_was_chosen_and_nothing_when_it_is_left(
    host: QWidget, theme: Theme, qtbot: QtBot
) -> None:
    dialog = make(host, theme, msgspec.structs.replace(WORK, start=NO_START))
    dialog.show()
    QTest.keyClick(dialog.persona, Qt.Key.Key_Down)
    dialog.prompt.setPlainText("  Be brief.\n")
    with qtbot.waitSignal(dialog.answered) as answered:
        dialog.accept_button.click()
    assert answered.args == [FolderStart(system_prompt="Be brief.", persona=CLERK.key)]
    left = make(host, theme, WORK)
    with qtbot.assertNotEmitted(left.answered):
        left.cancel_button.click()


def test_an_empty_prompt_shows_which_one_stands_there(host: QWidget, theme: Theme) -> None:
    dialog = make(host, theme, msgspec.structs.replace(WORK, start=FolderStart(persona=CLERK.key)))
    assert dialog.prompt.placeholderText() == "You file."
    dialog.persona.setCurrentIndex(0)
    assert dialog.prompt.placeholderText().startswith("None of its own")
    inner = make(host, theme, Folder(id="n", name="Notes", parent_id="w"), WORK)
    assert inner.persona.currentText() == inner.model.currentText() == "As in “Work”"
    assert inner.prompt.placeholderText() == "You work."
    inner.persona.setCurrentIndex(inner.persona.findData(entry().key))
    assert inner.prompt.placeholderText() != "You work."  # another persona brings its own
    assert inner.start == FolderStart(persona=entry().key)


def test_what_is_not_here_any_more_stays_until_something_else_is_chosen(host: QWidget, theme: Theme) -> None:
    start = FolderStart(model_path="/gone/Lost-7B.gguf", persona="own/lost.md")
    dialog = make(host, theme, msgspec.structs.replace(WORK, start=start))
    assert dialog.model.currentText() == "Lost-7B (missing)"
    assert dialog.start == start


@pytest.mark.parametrize(("width", "height"), [(768, 700), (600, 470), (380, 340)])
def test_the_empty_chat_says_in_which_folder_it_begins(
    host: QWidget, theme: Theme, qtbot: QtBot, width: int, height: int
) -> None:
    start = StartPage(theme, Pictures(lambda read, then: then(read()), host), host)
    start.show()
    start.show_entries(several(16))
    host.resize(width, height)
    before = len(start.tiles)
    start.show_folder("Work", "The folder brings a system prompt.")
    assert start.folder_row is not None
    assert start.folder_row.label.text() == (
        "This chat begins in the folder “Work”. The folder brings a system prompt."
    )
    assert len(start.tiles) <= before
    bottom = max([tile.mapTo(start, tile.rect().bottomLeft()).y() for tile in start.tiles], default=0)
    assert bottom <= start.height()
    with qtbot.waitSignal(start.folder_left):
        QTest.keyClick(start.folder_row.leave, Qt.Key.Key_Space)
    assert start.folder_row.leave.toolTip() == "Begin outside of the folder Work"
    start.show_chosen(entry())
    assert start.folder_row is not None
    assert start.greeting is not None
    assert [each.toolTip() for each in start.findChildren(Button) if each.text() == "Without it"] == [
        f"Begin without {entry().name}"
    ]
    start.show_folder("", "")
    assert start.folder_row is None
