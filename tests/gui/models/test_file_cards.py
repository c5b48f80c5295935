"""Files of models in the window: on their way, missing, changed; and the questions about them."""

from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.models import ModelFile
from desktop_app.domain.transfers import Arrival, Brought, Placing, Transfer
from desktop_app.gui.dialogs.option import OptionDialog
from desktop_app.gui.look.theme import Theme, load_theme
from desktop_app.gui.models.card import ModelCard
from desktop_app.gui.models.files_controller import brought_words
from desktop_app.gui.models.import_dialog import import_dialog, move_dialog
from desktop_app.gui.models.local_sheet import LocalSheet
from desktop_app.gui.models.page import ModelsPage
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.settings.schema import Appearance
from tests.gui.conftest import QWEN, STARTER

GONE = ModelFile(path="/usb/gone-Q8_0.gguf", name="gone", quantization="Q8_0", missing=True)


def transfer(**changes: object) -> Transfer:
    values = {"id": "t", "name": "Small", "placing": Placing.COPY, "source": "/a/s.gguf", "folder": "/m", "size": 1000}
    return Transfer(**{**values, **changes})


def arrival(name: str = "Small") -> Arrival:
    return Arrival(path=f"/a/{name}.gguf", name=name, size=2_000_000_000, inside=False)


@pytest.fixture
def page(window: MainWindow) -> ModelsPage:
    window.models_page.set_models([STARTER, QWEN, GONE], QWEN.path)
    window.show_page("models")
    return window.models_page


def test_a_transfer_is_shown_from_begin_to_end(page: ModelsPage, qtbot: QtBot) -> None:
    page.show_transfer(transfer())
    card = page.transfer_cards["t"]
    assert card.isVisible()
    assert card.details.text() == "copying to /m"
    page.show_transfer(transfer(done=250))
    assert page.transfer_cards == {"t": card}
    assert (card.progress.text(), card.bar.value()) == ("250 B of 1 kB", 250)
    with qtbot.waitSignal(page.transfer_cancel_requested) as asked:
        card.cancel.click()
    assert asked.args == ["t"]
    assert card.cancel.waits
    page.remove_transfer("t")
    assert not card.isVisible()
    page.remove_transfer("unknown")


def test_the_whole_folder_has_a_name_of_its_own(page: ModelsPage) -> None:
    page.show_transfer(transfer(name="", placing=Placing.MOVE))
    card = page.transfer_cards["t"]
    assert (card.name.text(), card.details.text()) == ("Models folder", "moving to /m")


def test_a_transfer_that_began_before_the_page_was_shown_is_there(window: MainWindow) -> None:
    window.models_page.show_transfer(transfer())
    window.models_page.set_folder_note("It cannot be reached.", "Settings")
    window.show_page("models")
    assert window.models_page.transfer_cards["t"].isVisible()
    assert window.models_page._folder_line.isVisible()


def test_a_missing_file_has_its_path_and_two_ways_on(page: ModelsPage, qtbot: QtBot) -> None:
    assert set(page.local_cards) == {STARTER.path, QWEN.path}
    card = page.missing_cards[GONE.path]
    assert GONE.path in card.words_below.text()
    with qtbot.waitSignal(page.locate_requested) as asked:
        card.locate.click()
    assert asked.args == [GONE.path]
    with qtbot.waitSignal(page.forget_requested) as asked:
        card.forget.click()
    assert asked.args == [GONE.path]
    page.set_models([STARTER, QWEN], QWEN.path)
    assert page.missing_cards == {}


def test_a_file_that_is_cut_off_says_how_much_is_missing(page: ModelsPage, qtbot: QtBot) -> None:
    cut = ModelFile(path="/usb/cut-Q8_0.gguf", name="cut", quantization="Q8_0", size=3_000_000, lacks=7_000_000)
    page.set_models([STARTER, cut], STARTER.path)
    assert set(page.local_cards) == {STARTER.path}
    card = page.incomplete_cards[cut.path]
    assert "/usb/cut-Q8_0.gguf is incomplete: 7 MB of 10 MB are missing. Download" in card.words_below.text()
    with qtbot.waitSignal(page.delete_requested) as asked:
        card.delete.click()
    assert asked.args == [cut.path]
    page.set_models([cut], None)
    qtbot.waitUntil(page.incomplete_cards[cut.path].isVisible)
    page.set_models([msgspec.structs.replace(cut, lacks=0)], cut.path)
    assert set(page.local_cards) == {cut.path}
    assert page.incomplete_cards == {}


@pytest.mark.parametrize(
    "model", [QWEN, GONE, msgspec.structs.replace(QWEN, lacks=7_000_000)], ids=["whole", "missing", "incomplete"]
)
def test_the_buttons_of_every_file_go_below_it_in_a_narrow_window(page: ModelsPage, model: ModelFile) -> None:
    page.set_models([STARTER, model], STARTER.path)
    card = (page.local_cards | page.missing_cards | page.incomplete_cards)[model.path]
    for width, is_below in ((400, True), (1200, False)):
        page.resize(width, 600)
        assert (card.row.direction() is QBoxLayout.Direction.TopToBottom) is is_below


def test_another_size_that_is_as_narrow_arranges_no_card_anew(
    page: ModelsPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.resize(1200, 600)
    arranged: list[ModelCard] = []
    monkeypatch.setattr(ModelCard, "_fit", lambda card: arranged.append(card))
    for width, count in ((1200, 0), (400, len(page.local_cards) + len(page.missing_cards))):
        page.resizeEvent(QResizeEvent(QSize(width, 590), page.size()))
        assert len(arranged) == count


def test_only_missing_files_are_still_a_group(page: ModelsPage, qtbot: QtBot) -> None:
    page.set_models([GONE], None)
    qtbot.waitUntil(page.missing_cards[GONE.path].isVisible)
    assert not page._empty.isVisible()


def test_the_folder_line_says_what_can_be_done(page: ModelsPage, qtbot: QtBot) -> None:
    assert not page._folder_line.isVisible()
    page.set_folder_note("The models folder cannot be reached.", "Settings")
    assert (page._folder_line.label.text(), page._folder_line.button.text()) == (
        "The models folder cannot be reached.", "Settings",
    )  # fmt: skip
    with qtbot.waitSignal(page.folder_requested):
        page._folder_line.button.click()
    page.set_folder_note("")
    assert not page._folder_line.isVisible()


def test_another_text_size_keeps_them(window: MainWindow, page: ModelsPage) -> None:
    page.show_transfer(transfer(done=500))
    page.set_folder_note("Some models are elsewhere.", "Move them, too")
    window.set_theme(load_theme(Appearance.DARK, 150, system_dark=False))
    assert page.transfer_cards["t"].progress.text() == "500 B of 1 kB"
    assert set(page.missing_cards) == {GONE.path}
    assert page._folder_line.button.text() == "Move them, too"


def test_a_changed_file_says_so_until_it_turns_out_whole(page: ModelsPage) -> None:
    changed = msgspec.structs.replace(QWEN, changed=True)
    page.set_models([STARTER, changed], QWEN.path)
    assert "changed since" in page.local_cards[QWEN.path].badge.toolTip()
    assert page.local_cards[STARTER.path].badge.toolTip() == ""
    sheet = LocalSheet(page.theme, changed)
    page.open_sheet(sheet)
    assert sheet.outcomes["changed"].isVisible()
    sheet.show_checked(False)
    assert sheet.outcomes["changed"].isVisible()
    sheet.show_checked(True)
    assert not sheet.outcomes["changed"].isVisible()


def test_names_of_any_kind_are_shown(window: MainWindow, page: ModelsPage) -> None:
    models = [
        ModelFile(path="/m/" + "x" * 250 + ".gguf", name="x" * 250),
        ModelFile(path="/m/two\nlines.gguf", name="two lines", missing=True),
    ]
    page.set_models(models, None)
    page.repaint()
    assert page.local_cards[models[0].path].width() <= page.viewport().width()
    window.grab()


# Questions


def opened(dialog: OptionDialog, qtbot: QtBot) -> OptionDialog:
    dialog.open()
    qtbot.waitUntil(dialog.buttons[0].hasFocus)
    return dialog


def test_using_a_file_where_it_is_comes_first(theme: Theme, host: QWidget, qtbot: QtBot) -> None:
    dialog = opened(import_dialog(theme, [arrival()], Path("/m"), host), qtbot)
    assert dialog.windowTitle() == "Add Small"
    assert [button.answer.value for button in dialog.buttons] == list(Placing)
    assert "2.0 GB" in dialog.buttons[1].accessibleDescription()
    with qtbot.waitSignal(dialog.answered) as answered:
        QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert answered.args == [Placing.IN_PLACE]


@pytest.mark.parametrize("width", [300, 420, 900])
def test_answers_are_whole_in_a_narrow_window(theme: Theme, host: QWidget, qtbot: QtBot, width: int) -> None:
    host.resize(width, 600)
    dialog = opened(import_dialog(theme, [arrival("a name of several long words " * 4)], Path("/m" * 40), host), qtbot)
    assert dialog.width() <= width
    for button in dialog.buttons:
        assert dialog.rect().contains(button.geometry())
        assert button.height() >= button.heightForWidth(button.width())
    assert dialog.rect().contains(dialog.accept_button.geometry())


def test_arrow_keys_choose_and_enter_takes_it(theme: Theme, host: QWidget, qtbot: QtBot) -> None:
    dialog = opened(import_dialog(theme, [arrival("a"), arrival("b")], Path("/m"), host), qtbot)
    assert dialog.windowTitle() == "Add 2 models"
    QTest.keyClick(dialog.buttons[0], Qt.Key.Key_Down)
    assert dialog.buttons[1].isChecked()
    assert dialog.buttons[1].hasFocus()
    with qtbot.waitSignal(dialog.answered) as answered:
        QTest.keyClick(dialog.buttons[1], Qt.Key.Key_Return)
    assert answered.args == [Placing.COPY]


def test_escape_answers_nothing(theme: Theme, host: QWidget, qtbot: QtBot) -> None:
    dialog, answers = opened(move_dialog(theme, 1, 5, Path("/m"), host), qtbot), []
    dialog.answered.connect(answers.append)
    with qtbot.waitSignal(dialog.rejected):  # it may be gone behind that
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert answers == []


def test_an_answer_is_as_high_as_its_words(theme: Theme, host: QWidget, qtbot: QtBot) -> None:
    dialog = opened(import_dialog(theme, [arrival()], Path("/a-very-long-folder" * 12), host), qtbot)
    for button in dialog.buttons:
        assert button.height() >= button.heightForWidth(button.width())
        assert dialog.rect().contains(button.geometry())
    assert dialog.rect().contains(dialog.accept_button.geometry())
    dialog.close()


@pytest.mark.parametrize(
    ("path", "was_there", "words"),
    [
        ("/m/Small.gguf", False, "Small was added."),
        ("/m/Small-2.gguf", False, "because another model has the same name"),
        ("/m/Small.gguf", True, "was in the models folder already"),
    ],
)
def test_a_name_that_is_taken_has_words(path: str, was_there: bool, words: str) -> None:
    brought = Brought(ModelFile(path=path, name="Small"), was_there)
    assert words in brought_words(Path("/usb/Small.gguf"), brought)
