"""The dialog that measures a model on this computer: what leads where, and that its table can be read at any width."""

from collections.abc import Callable
from concurrent.futures import Future
from types import SimpleNamespace

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_app.domain.tuning import Trial, Tried
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.models.tuning_controller import TuningController
from desktop_app.gui.models.tuning_dialog import TuningDialog, settings_words
from desktop_app.gui.widgets.controls import Button, Label
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.services.hardware.tuning import Tuned
from desktop_app.support.i18n import translator

USUAL = Tried(threads=8, batch_size=512, flash_attention=True)
ON_CARD = Tried(threads=8, batch_size=512, gpu_layers=33)
TRIALS = [
    Trial(tried=USUAL, reading=90.0, writing=8.0),
    Trial(tried=msgspec.structs.replace(USUAL, batch_size=128), reading=95.0, writing=9.0),
]


@pytest.fixture
def opened(new_window: Callable[..., MainWindow], qtbot: QtBot) -> Callable[[int], TuningDialog]:
    def make(width: int = 1180) -> TuningDialog:
        window = new_window(width, 640)
        dialog = TuningDialog(window.theme, "Qwen3 8B", window)
        qtbot.addWidget(dialog)
        dialog.open()
        qtbot.waitExposed(dialog)
        return dialog

    return make


def test_before_anything_is_known_there_is_one_thing_to_do(opened, qtbot: QtBot) -> None:
    dialog = opened()
    qtbot.waitUntil(dialog.measure.hasFocus)
    assert not dialog._area.isVisible()  # nothing stands in an empty frame
    dialog.show_measuring()
    assert not dialog._area.isVisible()
    dialog.add_trial(TRIALS[0], 0.5)
    assert dialog._area.isVisible()


def test_rows_that_come_one_by_one_stand_as_close_as_all_at_once(opened, qtbot: QtBot) -> None:
    dialog = opened()
    trials = [
        Trial(tried=msgspec.structs.replace(USUAL, threads=count), reading=9.0, writing=9.0) for count in (8, 4, 2)
    ]

    def tops() -> list[int]:
        return [
            label.y() for label in dialog._body.findChildren(Label) if label.isVisible() and "thread" in label.text()
        ]

    dialog.show_known(trials, trials[0])
    qtbot.waitUntil(lambda: len(set(tops())) == 3)
    together = tops()
    dialog.show_measuring()
    for trial in trials:
        dialog.add_trial(trial, 1.0)
    qtbot.waitUntil(lambda: tops() == together)


def test_once_it_is_known_there_is_nothing_left_to_do(opened) -> None:
    dialog = opened()

    def asks(button: Button) -> bool:
        """Whether a button is filled with the accent."""
        QApplication.processEvents()
        return button.grab().toImage().pixelColor(6, button.height() // 2) == dialog.theme.colors.named("accent")

    assert (asks(dialog.measure), asks(dialog.close_button)) == (True, False)
    dialog.show_known(TRIALS, TRIALS[0])
    assert (asks(dialog.measure), asks(dialog.close_button)) == (False, True)
    dialog.show_measuring()
    assert not asks(dialog.close_button), "giving up is not the thing to do"


def test_nothing_is_called_the_fastest_of_one(opened) -> None:
    dialog = opened()
    dialog.show_known(TRIALS[:1], TRIALS[0])
    assert "others may be faster" in dialog.outcome.text()
    dialog.show_known(TRIALS, TRIALS[0])
    assert "are the fastest here" in dialog.outcome.text()


@pytest.mark.parametrize(("first", "words"), [(ON_CARD, "nothing is changed"), (USUAL, "fastest of the others")])
def test_where_the_first_did_not_work_nothing_is_faster_than_it(opened, first: Tried, words: str) -> None:
    dialog = opened()
    failed = Trial(tried=first, reading=0.0, writing=0.0)
    dialog.show_known([failed, TRIALS[1]], TRIALS[1])
    assert words in dialog.outcome.text()


@pytest.mark.parametrize("was_looked", [True, False])
@pytest.mark.parametrize(("cards", "shown"), [((), 0), (("A card",), 1), (("Another",), None)])
def test_what_was_found_with_other_cards_is_not_shown(
    window: MainWindow, qtbot: QtBot, cards: tuple[str, ...], shown: int | None, was_looked: bool
) -> None:
    def done(value: object) -> Future:
        future: Future = Future()
        future.set_result(value)
        return future

    known = [
        Tuned(best=trial, trials=tuple(TRIALS), stamps=(), cards=found_with)
        for trial, found_with in zip(TRIALS, ((), ("A card",)), strict=True)
    ]
    report = SimpleNamespace(card_names=cards)
    app = SimpleNamespace(
        pool=SimpleNamespace(submit=lambda _work, _path: done(known)),
        tuning=SimpleNamespace(known=None),
        probing=SimpleNamespace(remembered=lambda: done(report if was_looked else None), look=lambda: done(report)),
    )
    controller = TuningController(
        app, Bridge(window), window, model_path=lambda: "/m.gguf", model_name=lambda _path: "Qwen3 8B"
    )
    told: list[Trial] = []
    controller.open()
    (dialog,) = window.findChildren(TuningDialog)
    qtbot.addWidget(dialog)
    dialog.show_known = lambda _trials, best: told.append(best)
    passed: list[bool] = []
    for _step in range(3):  # what was asked for comes in turns of the event loop
        controller._bridge.call(lambda: passed.append(True))
        qtbot.waitUntil(lambda: bool(passed))
        passed.clear()
    assert told == ([TRIALS[shown]] if shown is not None else [])


def test_the_end_of_a_measurement_that_was_given_up_ends_no_other_one(window: MainWindow, qtbot: QtBot) -> None:
    known: Future[list[Tuned]] = Future()
    known.set_result([])
    begun: list[tuple[Future[Tuned], Callable[[Trial, float], None]]] = []

    def measure(_path: str, told: Callable[[Trial, float], None]) -> SimpleNamespace:
        begun.append((Future(), told))
        return SimpleNamespace(future=begun[-1][0], cancel=lambda: None)

    app = SimpleNamespace(
        pool=SimpleNamespace(submit=lambda _work, _path: known),
        tuning=SimpleNamespace(known=None, measure=measure),
        engines=SimpleNamespace(load=lambda _path: None),
    )
    controller = TuningController(
        app, Bridge(window), window, model_path=lambda: "/m.gguf", model_name=lambda _path: "Qwen3 8B"
    )
    dialogs = []
    for _time in range(2):
        controller.open()
        dialogs.append(controller._dialog)
        dialogs[-1].measure.click()
        if len(dialogs) == 1:
            begun[0][0].set_result(Tuned(best=TRIALS[0], trials=tuple(TRIALS), stamps=(), cards=()))
            dialogs[0].reject()  # before that is told
    added: list[Trial] = []
    dialogs[1].add_trial = lambda trial, _done: added.append(trial)
    begun[1][1](TRIALS[1], 0.5)
    passed: list[bool] = []
    controller._bridge.call(lambda: passed.append(True))
    qtbot.waitUntil(lambda: bool(passed))
    assert added == [TRIALS[1]]
    dialogs[1].reject()


@pytest.mark.parametrize(("width", "share"), [(420, 0.8), (1180, 0.4)])
def test_the_settings_have_room_at_any_width(opened, qtbot: QtBot, width: int, share: float) -> None:
    dialog = opened(width)
    dialog.show_known(TRIALS, TRIALS[1])
    settings = dialog._grid.itemAtPosition(1, 0).widget()
    qtbot.waitUntil(lambda: settings.width() > share * dialog._body.width() > 0)
    figures = [label for label in dialog._body.findChildren(Label) if "tok/s" in label.text()]
    assert len(figures) == 4
    assert all(figure.geometry().right() <= dialog._body.width() for figure in figures)
    assert dialog._body.width() <= dialog._area.viewport().width()


def test_what_no_card_does_is_not_told_where_there_is_none() -> None:
    assert "GPU" not in settings_words(USUAL, USUAL)
    assert "33 layers on the GPU" in settings_words(ON_CARD, ON_CARD)
    assert settings_words(msgspec.structs.replace(ON_CARD, gpu_layers=0), ON_CARD) == "nothing on the GPU"


def test_a_long_title_is_not_cut_off(opened, qtbot: QtBot) -> None:
    translator.use("de")
    try:
        dialog = opened(420)
    finally:
        translator.use("en")
    (title,) = [label for label in dialog.findChildren(Label) if label.text() == dialog.windowTitle()]
    room = title.contentsRect()
    asked = title.fontMetrics().boundingRect(room, Qt.TextFlag.TextWordWrap, title.text())
    assert asked.width() <= room.width()
    assert asked.height() <= room.height()
