"""Painted widgets show their parts to screen readers, and what happens elsewhere is announced once."""

import gc
from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleEvent
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.messages import Message, MessageStatus, Role
from desktop_app.domain.parts import TextPart
from desktop_app.gui.chat.view import MessageView
from desktop_app.gui.look.theme import Theme, load_theme
from desktop_app.gui.panel.glass.option_bars import Bar, OptionBars
from desktop_app.gui.panel.section import SectionHead
from desktop_app.gui.widgets.accessible import SpokenParts, speak
from desktop_app.gui.widgets.controls import Button
from desktop_app.gui.widgets.progress_bar import ProgressBar
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.settings.schema import Appearance
from tests.gui.conftest import destroy

NAME, PRESS = QAccessible.Text.Name, "Press"
BARS = (Bar("sea", 0.5), Bar("lake", 0.3), Bar("pond", 0.2, is_cut=True))
POLITE, AT_ONCE = QAccessible.AnnouncementPoliteness.Polite, QAccessible.AnnouncementPoliteness.Assertive


@pytest.fixture(autouse=True)
def spoken(qapp: QApplication) -> None:
    speak(qapp)


@pytest.fixture
def bars(host: QWidget, theme: Theme) -> OptionBars:
    made = OptionBars(theme, host)
    made.set_bars(BARS, 0)
    made.resize(made.sizeHint())
    made.show()
    return made


def test_painted_rows_are_a_list(bars: OptionBars, qtbot: QtBot) -> None:
    whole = QAccessible.queryAccessibleInterface(bars)
    assert (whole.role(), whole.childCount()) == (QAccessible.Role.List, 3)
    parts = [whole.child(number) for number in range(3)]
    assert parts[0].text(NAME) == "“sea”, 50 %"
    assert "left out" in parts[2].text(NAME)
    assert {part.role() for part in parts} == {QAccessible.Role.ListItem}
    assert [bool(part.state().selected) for part in parts] == [True, False, False]
    assert [whole.indexOfChild(part) for part in parts] == [0, 1, 2]
    assert parts[1].parent().text(NAME) == "Words that might have come"
    for part in parts:  # whatever a reader asks
        assert part.relations() == []
        assert part.window() is bars.window().windowHandle()
        assert not part.foregroundColor().isValid()
        assert not part.backgroundColor().isValid()
        part.setText(NAME, "another")
        assert part.actionInterface().actionNames() == [PRESS]
        assert part.actionInterface().keyBindingsForAction(PRESS) == []
        assert part.textInterface() is None
        assert part.valueInterface() is None
        assert part.object() is None
        assert (part.childCount(), part.child(0), part.focusChild()) == (0, None, None)
    area = parts[1].rect()
    assert whole.childAt(area.center().x(), area.center().y()).text(NAME) == parts[1].text(NAME)
    with qtbot.waitSignal(bars.chosen) as chosen:
        parts[1].actionInterface().doAction(PRESS)
    assert chosen.args == [1]
    assert parts[1].state().selected
    bars.set_bars(BARS[:1], 0)
    assert whole.childCount() == 1
    assert not parts[2].isValid()
    assert parts[2].text(NAME) == ""


def test_parts_go_with_their_widget(host: QWidget, theme: Theme) -> None:
    made = OptionBars(theme, host)
    made.set_bars(BARS, 0)
    number = QAccessible.uniqueId(QAccessible.queryAccessibleInterface(made).child(1))
    assert QAccessible.accessibleInterface(number) is not None
    destroy(made)
    gc.collect()
    assert QAccessible.accessibleInterface(number) is None


def test_moving_among_parts_moves_the_readers_focus(
    bars: OptionBars, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    told: list[QAccessibleEvent] = []
    monkeypatch.setattr(QAccessible, "isActive", lambda: True)
    monkeypatch.setattr(QAccessible, "updateAccessibility", told.append)
    bars.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(bars.hasFocus)
    qtbot.keyClick(bars, Qt.Key.Key_Down)
    assert [event.accessibleInterface().text(NAME) for event in told if event.type() == QAccessible.Event.Focus] == [
        "“lake”, 30 %"
    ]


def test_a_head_says_whether_it_is_open(host: QWidget, theme: Theme) -> None:
    head = SectionHead(theme, "More", parent=host)
    interface = QAccessible.queryAccessibleInterface(head)
    assert (interface.role(), interface.text(NAME)) == (QAccessible.Role.Button, "More")
    assert (interface.state().expandable, interface.state().expanded) == (1, 0)
    interface.actionInterface().doAction(PRESS)
    assert head.isChecked()
    assert (interface.state().expanded, interface.state().collapsed) == (1, 0)


def test_a_button_that_waits_is_told_to_be_busy(host: QWidget, theme: Theme, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[QAccessibleEvent] = []
    monkeypatch.setattr(QAccessible, "isActive", lambda: True)
    monkeypatch.setattr(QAccessible, "updateAccessibility", told.append)
    button = Button(theme, "Check", parent=host)
    clicks: list[None] = []
    button.clicked.connect(lambda: clicks.append(None))
    interface = QAccessible.queryAccessibleInterface(button)
    assert (interface.role(), interface.text(NAME)) == (QAccessible.Role.Button, "Check")
    assert (interface.state().disabled, interface.state().busy, interface.state().focusable) == (0, 0, 1)
    for waits in (True, False):
        told.clear()
        button.set_waiting(waits=waits)
        assert (interface.state().disabled, interface.state().busy) == (waits, waits)
        assert QAccessible.Event.StateChanged in [event.type() for event in told]
        interface.actionInterface().doAction(PRESS)
    assert clicks == [None]


def test_a_checkable_button_is_told_as_qt_tells_its_own(host: QWidget, theme: Theme) -> None:
    button, of_qt = Button(theme, "Any", parent=host), QPushButton("Any", host)
    for each in (button, of_qt):
        each.setCheckable(True)
        each.setChecked(True)
    ours, theirs = (QAccessible.queryAccessibleInterface(each) for each in (button, of_qt))
    assert ours.role() == theirs.role()
    for name in ("checkable", "checked", "pressed", "defaultButton", "focusable", "disabled"):
        assert getattr(ours.state(), name) == getattr(theirs.state(), name), name


def test_a_bar_has_its_value(host: QWidget, theme: Theme) -> None:
    bar = ProgressBar(theme, "Download of a model", host)
    bar.set_fraction(0.25)
    interface = QAccessible.queryAccessibleInterface(bar)
    assert interface.role() == QAccessible.Role.ProgressBar
    assert interface.valueInterface().currentValue() == 250


def test_a_bar_is_as_thick_as_the_text_size_asks(host: QWidget, theme: Theme) -> None:
    bar = ProgressBar(theme, "Download of a model", host)
    bar.set_theme(load_theme(Appearance.LIGHT, 200, system_dark=False))
    assert bar.height() == 2 * theme.px(6)


def test_every_painted_list_can_be_read(window: MainWindow) -> None:
    """Whoever mixes it in says how many parts there are, and what and where they are."""
    for kind in SpokenParts.__subclasses__():
        assert all(
            getattr(kind, name) is not getattr(SpokenParts, name) for name in ("part_count", "part_words", "part_area")
        )


class Heard:
    """Stands for the reader: what was announced, and how urgently."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.words: list[str] = []
        self.urgency: list[QAccessible.AnnouncementPoliteness] = []
        monkeypatch.setattr(QAccessible, "isActive", lambda: True)
        monkeypatch.setattr(QAccessible, "updateAccessibility", self._hear)

    def _hear(self, event: QAccessibleEvent) -> None:
        if isinstance(event, QAccessibleAnnouncementEvent):
            self.words.append(event.message())
            self.urgency.append(event.politeness())


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Heard:
    return Heard(monkeypatch)


def message(text: str, status: MessageStatus, error: ErrorInfo | None = None) -> Message:
    return Message(id="a", chat_id="c", parent_id=None, role=Role.ASSISTANT, parts=(TextPart(text),), status=status,
                   created_at=0.0, error=error)  # fmt: skip


@pytest.mark.parametrize(
    ("status", "failure", "words", "urgency"),
    [
        (MessageStatus.COMPLETE, None, "The answer is complete.", POLITE),
        (MessageStatus.STOPPED, None, "The answer was stopped.", POLITE),
        (MessageStatus.FAILED, ("Memory was full.", "Close programs."), "Memory was full. Close programs.", AT_ONCE),
    ],
)
def test_the_end_of_an_answer_is_said_once(
    window: MainWindow,
    heard: Heard,
    status: MessageStatus,
    failure: tuple[str, str] | None,
    words: str,
    urgency: object,
) -> None:
    view = window.chat_view()
    view.append_message(MessageView(message("", MessageStatus.STREAMING), 0, 1, None))
    for word in ("one ", "two ", "three"):
        view.add_text("a", word)
        view.flush()
    assert heard.words == []  # not one for each token
    error = ErrorInfo(ErrorCode.ENGINE_OUT_OF_MEMORY) if failure else None
    view.finish(MessageView(message("one two three", status, error), 0, 1, failure))
    assert heard.words == [words]
    assert heard.urgency == [urgency]


def test_a_model_that_is_loaded_or_cannot_be_is_said(window: MainWindow, heard: Heard) -> None:
    def show(state: str, reason: str = "") -> None:
        window.top_bar.set_model("Qwen3 8B", "Q4_K_M", "CPU", reason, state, 0.5)

    show("ready")
    assert heard.words == []  # it was there
    for _ in range(3):
        show("loading")
    show("ready")
    show("ready")
    assert heard.words == ["Qwen3 8B is ready."]
    show("loading")
    show("failed", "The file is damaged.")
    assert heard.words[1:] == ["Qwen3 8B could not be loaded: The file is damaged."]
    assert heard.urgency == [POLITE, AT_ONCE]


@pytest.mark.parametrize(("kind", "urgency"), [("info", POLITE), ("error", AT_ONCE)])
def test_notices_are_said(window: MainWindow, heard: Heard, kind: str, urgency: object) -> None:
    window.notice.show_notice("It is in the trash.", None, kind)
    assert (heard.words, heard.urgency) == (["It is in the trash."], [urgency])


def test_nothing_is_said_where_nobody_listens(
    new_window: Callable[..., MainWindow], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = Heard(monkeypatch)
    monkeypatch.setattr(QAccessible, "isActive", lambda: False)
    new_window().notice.show_notice("It is in the trash.")
    assert heard.words == []
