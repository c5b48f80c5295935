"""What several windows have in common, and what one of them has for itself: settings, shortcuts, trouble and notices."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.gui.look.theme import Themed
from desktop_app.gui.session.windows import OpenWindow
from desktop_app.gui.settings.page import SettingsPage
from desktop_app.gui.system.language import application
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.services.events import AnswerWaits, Problem, QuestionReturned
from desktop_app.support.paths import Paths
from tests.e2e.steps import SHORT, WAIT_MS, ask, one_more, ready, shown_in, use, wait_for_answers


def test_settings_and_look_change_in_all(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        first, other = one_more(qtbot, session)
        session.settings.change("appearance", "text_size", 120)
        session.settings.change("keyboard", "send_key", "ctrl_enter")
        for opened in (first, other):
            qtbot.waitUntil(lambda opened=opened: opened.window.theme.scale == 1.2, timeout=WAIT_MS)
        assert first.window.theme is other.window.theme  # it is made once
        for opened in (first, other):
            opened.window.composer.set_text("x")
            with qtbot.assertNotEmitted(opened.window.composer.send_requested):
                QTest.keyClick(opened.window.composer.field, Qt.Key.Key_Return)


class Drawn(QObject):
    """Notes, of each painting of windows, whether all was in one look; `styled` once that changes."""

    def __init__(self, windows: Sequence[MainWindow], styled: Callable[[], object]) -> None:
        super().__init__()
        self.whole: list[bool] = []
        self._styled = iter([styled])
        for window in windows:
            window.centre.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note it."""
        if event.type() == QEvent.Type.PaletteChange:
            next(self._styled, int)()
        elif event.type() == QEvent.Type.Paint and isinstance(watched, QWidget):
            window = watched.window()
            assert isinstance(window, MainWindow)
            looks = {each.theme for each in window.findChildren(QWidget) if isinstance(each, Themed)}
            self.whole.append(looks == {window.theme} and application().styleSheet() == window.theme.style_sheet())
        return False


def test_another_look_is_drawn_once_it_is_whole(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        windows = [opened.window for opened in one_more(qtbot, session)]
        change = session.settings.change
        drawn = Drawn(windows, lambda: change("appearance", "text_size", 120))  # while the other one is taken on
        change("appearance", "theme", "dark")
        for window in windows:
            qtbot.waitUntil(
                lambda window=window: window.theme.dark and window.theme.scale == 1.2 and window.updatesEnabled(),
                timeout=WAIT_MS,
            )
        count = len(drawn.whole)
        for window in windows:
            window.centre.update()
        qtbot.waitUntil(lambda: len(drawn.whole) >= count + len(windows), timeout=WAIT_MS)
        assert all(drawn.whole)


def test_a_window_that_is_closed_while_another_look_is_taken_on_keeps_it_from_no_other(
    running, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as session:
        ready(qtbot, session)
        first, other = one_more(qtbot, session)
        other.window.show_page("settings")
        qtbot.waitUntil(lambda: bool(other.window.settings_page.sections), timeout=WAIT_MS)
        closing = iter([other.window.commands.close_window.trigger])
        usual = SettingsPage._make_next

        def make(page: SettingsPage) -> None:
            usual(page)
            next(closing, int)()

        monkeypatch.setattr(SettingsPage, "_make_next", make)
        session.settings.change("appearance", "text_size", 120)
        qtbot.waitUntil(lambda: first.window.theme.scale == 1.2 and first.window.updatesEnabled(), timeout=WAIT_MS)
        qtbot.waitUntil(lambda: not isValid(other.window), timeout=WAIT_MS)


def test_a_window_that_is_made_while_another_look_is_taken_on_has_the_one_that_is_wanted_in_the_end(
    running, qtbot: QtBot
) -> None:
    with running() as session:
        ready(qtbot, session)
        first, change = session.windows.foremost, session.settings.change
        opened: list[OpenWindow] = []

        def open_in_a_newer_one() -> None:
            change("appearance", "text_size", 150)
            opened.append(session.windows.open())
            change("appearance", "text_size", 100)

        drawn = Drawn([first.window], lambda: QTimer.singleShot(0, open_in_a_newer_one))
        change("appearance", "theme", "dark")
        qtbot.waitUntil(lambda: bool(opened) and session.windows._taking is None, timeout=WAIT_MS)
        for window in (first.window, opened[0].window):
            assert (window.theme.scale, window.theme.dark) == (1.0, True)
        first.window.centre.removeEventFilter(drawn)


def test_no_window_stays_frozen_where_the_run_ends_while_another_look_is_taken_on(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        beside = QWidget()
        qtbot.addWidget(beside)
        beside.show()
        session.settings.change("appearance", "theme", "dark")
        qtbot.waitUntil(lambda: not beside.updatesEnabled(), timeout=WAIT_MS)
    assert beside.updatesEnabled()


def test_trouble_and_a_second_start_reach_the_window_used_last(
    running, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as session:
        ready(qtbot, session)
        first, other = one_more(qtbot, session)
        monkeypatch.setattr(other.window, "raise_", lambda: None)  # the platform of the tests has no order of windows
        other.window.showMinimized()
        assert session.app is not None
        session.app.events.publish(Problem(ErrorInfo(ErrorCode.SETTINGS_UNSAVED, {"path": "x"}, "")))
        session.app.desk.raise_window()
        qtbot.waitUntil(lambda: not other.window.isMinimized(), timeout=WAIT_MS)
        assert not other.window.notice.isHidden()
        assert first.window.notice.isHidden()


def test_models_that_take_turns_are_told_of_where_they_were_asked(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Name a colour.")
        answer = wait_for_answers(qtbot, session, 2)[-1]
        first, second = session.windows.foremost, session.windows.open()
        second.window.notice.show_notice("It was moved to the trash.", ("Undo", partial(int)))
        session.app.events.publish(AnswerWaits(answer.chat_id, answer.id))
        qtbot.waitUntil(lambda: "not enough memory" in first.window.notice.label.text(), timeout=WAIT_MS)
        QCoreApplication.processEvents()
        assert second.window.notice.label.text() == "It was moved to the trash."


def test_a_question_that_comes_back_is_told_in_its_own_window(running, qtbot: QtBot, tmp_path: Path) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Name a colour.")
        answer = wait_for_answers(qtbot, session, 2)[-1]
        first, other = one_more(qtbot, session)
        first.controller.chat.asking.regenerate(answer.id)
        qtbot.waitUntil(lambda: len(shown_in(first)[-1:]) == 1 and shown_in(first)[-1].id != answer.id, timeout=WAIT_MS)
        qtbot.waitUntil(lambda: not first.controller.chat.is_streaming, timeout=WAIT_MS)
        first.controller.branches.show_siblings(answer.id)
        assert first.window.page == "alternatives"
        other.controller.model.path = str(tmp_path / "gone.gguf")
        other.window.composer.set_text("Is anybody there?")
        QTest.keyClick(other.window.composer.field, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: other.window.composer.text() == "Is anybody there?", timeout=WAIT_MS)
        qtbot.waitUntil(other.window.notice.isVisible, timeout=WAIT_MS)
        QCoreApplication.processEvents()
        assert first.window.notice.isHidden()
        assert first.window.page == "alternatives"


def test_what_does_not_fit_is_asked_again_where_it_was_asked(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Name a colour.")
        answer = wait_for_answers(qtbot, session, 2)[-1]
        first, other = one_more(qtbot, session, answer.chat_id)
        qtbot.waitUntil(lambda: len(shown_in(other)) == 2, timeout=WAIT_MS)
        other.controller.chat.asking.regenerate(answer.id)
        qtbot.waitUntil(lambda: shown_in(first)[-1].id != answer.id, timeout=WAIT_MS)
        qtbot.waitUntil(lambda: not first.controller.chat.is_streaming, timeout=WAIT_MS)
        longer = shown_in(first)[-1]
        first.controller.chat.asking.go_on(longer.id)
        qtbot.waitUntil(lambda: len(shown_in(other)[-1].text) > len(longer.text), timeout=WAIT_MS)
        qtbot.waitUntil(lambda: not other.controller.chat.is_streaming, timeout=WAIT_MS)
        session.app.events.publish(
            QuestionReturned(answer.chat_id, "", (), ErrorInfo(ErrorCode.CONTEXT_FULL))  # as where that is too long
        )
        offered = [
            lambda opened=opened: [button.text() for button in opened.window.notice.choices]
            for opened in (first, other)
        ]
        qtbot.waitUntil(lambda: all(choices() for choices in offered), timeout=WAIT_MS)
        assert [choices()[0] for choices in offered] == ["Forget the oldest", "New chat"]


def test_shortcuts_and_zoom_act_in_all_windows_at_once(running, qtbot: QtBot, paths: Paths) -> None:
    with running() as session:
        ready(qtbot, session)
        first, other = one_more(qtbot, session)
        other.window.show_page("settings")
        other.window.settings_page.shortcut_chosen.emit("models", "Ctrl+N")
        for opened in (first, other):
            commands = opened.window.commands
            qtbot.waitUntil(lambda commands=commands: keys_of(commands.models) == "Ctrl+N", timeout=WAIT_MS)
            assert keys_of(commands.new_chat) == ""
        assert session.settings.value.shortcuts.keys == {"models": "Ctrl+N"}
        other.window.settings_page.shortcut_chosen.emit("models", None)
        for opened in (first, other):
            commands = opened.window.commands
            qtbot.waitUntil(lambda commands=commands: keys_of(commands.models) == "Ctrl+M", timeout=WAIT_MS)
            assert keys_of(commands.new_chat) == "Ctrl+N"
        assert session.settings.value.shortcuts.keys == {}
        first.window.commands.zoom_in.trigger()
        for opened in (first, other):
            qtbot.waitUntil(lambda opened=opened: opened.window.theme.scale == 1.1, timeout=WAIT_MS)


def test_the_shortcut_of_a_template_can_be_taken_and_is_known_in_all_windows(running, qtbot: QtBot) -> None:
    key = "built-in/Writing/shorten.md"
    with running() as session:
        ready(qtbot, session)
        first, other = one_more(qtbot, session)
        assert session.app is not None
        session.app.prompts.set_shortcut(key, "Ctrl+Alt+9").result()
        for opened in (first, other):
            qtbot.waitUntil(lambda opened=opened: template_keys(opened) == "Ctrl+Alt+9", timeout=WAIT_MS)
        other.window.settings_page.shortcut_chosen.emit("models", "Ctrl+Alt+9")
        for opened in (first, other):
            commands = opened.window.commands
            qtbot.waitUntil(lambda commands=commands: keys_of(commands.models) == "Ctrl+Alt+9", timeout=WAIT_MS)
            qtbot.waitUntil(lambda opened=opened: template_keys(opened) == "", timeout=WAIT_MS)


def keys_of(action: QAction) -> str:
    return action.shortcut().toString()


def template_keys(opened: OpenWindow) -> str:
    """Return the shortcut of the one template that has one; empty where none has."""
    entries = opened.window.commands.entries
    return next((keys_of(entry.action) for entry in entries if entry.name.startswith("template:")), "")


def test_the_last_messages_can_be_reached_by_commands(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        commands = session.window.commands
        assert not commands.copy_answer.isEnabled()
        use(session, SHORT)
        ask(session, "What is the capital of France?")
        question, answer = wait_for_answers(qtbot, session, 2)
        qtbot.waitUntil(commands.regenerate.isEnabled, timeout=WAIT_MS)
        assert not commands.previous_version.isEnabled()
        commands.copy_answer.trigger()
        assert QGuiApplication.clipboard().text() == answer.text
        commands.regenerate.trigger()
        assert session.windows is not None
        front = session.windows.foremost
        qtbot.waitUntil(lambda: shown_in(front)[-1].id != answer.id, timeout=WAIT_MS)
        wait_for_answers(qtbot, session, 2)
        qtbot.waitUntil(commands.previous_version.isEnabled, timeout=WAIT_MS)
        commands.previous_version.trigger()
        qtbot.waitUntil(lambda: shown_in(front)[-1].id == answer.id, timeout=WAIT_MS)
        commands.edit_question.trigger()
        assert session.window.composer.text() == question.text
        commands.pin.trigger()
        qtbot.waitUntil(lambda: front.controller.chat.chat is not None and front.controller.chat.chat.pinned)
        found = [choice.name for choice in session.window.finder("capital")]
        assert found == ["What is the capital of France?"]
        assert [choice.about for choice in session.window.finder("smollm")] == ["Model"]
