"""What makes chats easy: quoting what was said, going from question to question, and questions that are suggested."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from desktop_app.domain.sampling import Sampling
from desktop_app.gui.chat.view import ChatView
from desktop_app.gui.conversation import suggestion_controller
from desktop_app.services.chats import suggestions
from tests.e2e.conftest import Running
from tests.e2e.steps import SHORT, WAIT_MS, ask, ready, use, wait_for_answers

ESCAPE = Qt.Key.Key_Escape
MARGIN = 16


def question_at_top(view: ChatView) -> str:
    """Return the question that begins at the upper edge, but for a margin."""
    value = view._anchor.value()
    tops = {view._list.top(entry.first_row.index) - value: entry.text for entry in view.entries if entry.is_user}
    return tops.get(MARGIN, tops.get(24, ""))  # above the first one there is more


def test_what_is_selected_is_quoted_by_a_key_and_by_the_menu(running: Running, qtbot: QtBot) -> None:
    with running() as session:
        window = session.window
        view, composer = window.chat_view(), window.composer
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Name a colour.")
        wait_for_answers(qtbot, session, 2)
        window.commands.quote.trigger()
        assert window.notice.label.text().startswith("Select something")
        assert not composer.text()
        row = view.entries[0].rows[0]
        view._interaction.select_message(view.entries[0])
        window.commands.quote.trigger()
        assert composer.text() == "> Name a colour.\n\n"
        assert composer.field.hasFocus()
        view._interaction.show_menu(row, view.mapToGlobal(view.rect().center()).toPointF())
        menu = view.findChild(QMenu)
        next(action for action in menu.actions() if action.text() == "Quote in the question").trigger()
        menu.close()
        assert composer.text() == "> Name a colour.\n\n> Name a colour.\n\n"
        window.show_page("settings")
        view._interaction.select_message(view.entries[0])
        window.commands.quote.trigger()
        assert (window.page, composer.field.hasFocus()) == ("chat", True), "where it is quoted is seen"


def test_commands_go_from_question_to_question(running: Running, qtbot: QtBot) -> None:
    with running() as session:
        window = session.window
        view, bar = window.chat_view(), window.chat_view().verticalScrollBar()
        window.resize(900, 420)
        ready(qtbot, session)
        use(session, SHORT)
        for place, question in enumerate(("Name a colour.", "And an animal?", "And a plant?", "And a town?"), 1):
            ask(session, question)
            wait_for_answers(qtbot, session, 2 * place)
        qtbot.waitUntil(lambda: bar.value() == bar.maximum() > 0, timeout=WAIT_MS)
        window.show_page("settings")
        window.commands.previous_question.trigger()
        assert window.page == "chat"
        seen = [question_at_top(view)]
        while seen[-1] != "Name a colour.":
            window.commands.previous_question.trigger()
            seen.append(question_at_top(view))
        assert seen == [entry.text for entry in reversed(view.entries) if entry.is_user][-len(seen) :]
        window.commands.next_question.trigger()
        assert question_at_top(view) == "And an animal?"


def test_the_model_suggests_a_question_that_can_be_changed(
    running: Running, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as session:
        window, composer = session.window, session.window.composer
        usual = composer.field.placeholderText()
        ready(qtbot, session)
        assert not window.commands.suggest.isEnabled(), "there is nothing to go on from"
        use(session, SHORT)
        ask(session, "Name a colour.")
        answer = wait_for_answers(qtbot, session, 2)[-1]
        words = [action.text() for action in session.controller.branches.menu(answer.id).actions()]
        assert window.commands.suggest.text() in words
        monkeypatch.setattr(suggestions, "SAMPLING", Sampling(max_tokens=40, grammar='root ::= "Is it red?"'))
        window.commands.suggest.trigger()
        assert "writes a question" in composer.field.placeholderText()
        qtbot.waitUntil(lambda: composer.field.placeholderText() == usual, timeout=WAIT_MS)
        assert composer.text() == "Is it red?"
        assert len(session.app.chats.open_chat(answer.chat_id).result(60).messages) == 2

        monkeypatch.setattr(suggestions, "SAMPLING", Sampling(max_tokens=2000, grammar='root ::= "a" root'))
        for leave in (lambda: QTest.keyClicks(composer.field, "!"), lambda: QTest.keyClick(composer.field, ESCAPE)):
            composer.set_text("")
            window.commands.suggest.trigger()
            qtbot.waitUntil(lambda: len(composer.text()) > 3, timeout=WAIT_MS)
            leave()
            assert composer.field.placeholderText() == usual
            kept = composer.text()
            qtbot.waitUntil(lambda: not session.app.engines.is_busy(session.controller.model.path), timeout=WAIT_MS)
            assert composer.text() == kept, "what is there stays, and nothing is added"


def test_a_suggestion_is_undone_as_one_and_ends_with_the_next_answer(
    running: Running, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as session:
        composer, commands = session.window.composer, session.window.commands
        usual = composer.field.placeholderText()
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Name a colour.")
        wait_for_answers(qtbot, session, 2)
        said: list[str] = []
        monkeypatch.setattr(suggestion_controller, "announce_question", lambda _widget, words: said.append(words))
        QTest.keyClicks(composer.field, "Is it")
        monkeypatch.setattr(
            suggestions, "SAMPLING", Sampling(max_tokens=40, grammar='root ::= " true that 😀 it is red?"')
        )
        commands.suggest.trigger()
        qtbot.waitUntil(lambda: composer.field.placeholderText() == usual, timeout=WAIT_MS)
        assert composer.text() == "Is it true that 😀 it is red?"
        assert said == [composer.text()], "once it is there, and not word by word"
        composer.field.undo()
        assert composer.text() == "Is it"
        composer.field.undo()
        assert not composer.text()

        monkeypatch.setattr(suggestions, "SAMPLING", Sampling(max_tokens=2000, grammar='root ::= "word " root'))
        commands.suggest.trigger()
        qtbot.waitUntil(lambda: len(composer.text()) > 3, timeout=WAIT_MS)
        commands.regenerate.trigger()
        qtbot.waitUntil(lambda: composer.field.placeholderText() == usual, timeout=WAIT_MS)
        kept = composer.text()
        assert kept.count("word") < 900
        qtbot.waitUntil(lambda: not session.controller.chat.is_streaming, timeout=WAIT_MS)
        assert composer.text() == kept


def test_escape_ends_a_suggestion_before_it_leaves_the_focus_on_the_chat(
    running: Running, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as session:
        window, composer = session.window, session.window.composer
        usual = composer.field.placeholderText()
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Name a colour.")
        wait_for_answers(qtbot, session, 2)
        window.commands.focus_mode.trigger()
        monkeypatch.setattr(suggestions, "SAMPLING", Sampling(max_tokens=2000, grammar='root ::= "word " root'))
        window.commands.suggest.trigger()
        qtbot.waitUntil(lambda: len(composer.text()) > 1, timeout=WAIT_MS)
        QTest.keyClick(composer.field, ESCAPE)
        assert (composer.field.placeholderText(), window.stage.focuses) == (usual, True)
        QTest.keyClick(composer.field, ESCAPE)
        assert not window.stage.focuses


def test_it_says_why_no_question_is_suggested(running: Running, qtbot: QtBot) -> None:
    with running() as session:
        window, controller = session.window, session.controller
        notice, composer = window.notice, window.composer
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Name a colour.")
        question, _answer = wait_for_answers(qtbot, session, 2)
        controller.chat.edits.edit(question.id)
        window.commands.suggest.trigger()
        assert notice.label.text().startswith("First finish what you are editing")
        assert composer.text() == "Name a colour."
        composer.cancel_editing()
        controller.model.path = None
        for command in (
            window.commands.suggest,
            window.commands.regenerate,
            window.commands.measure,
            window.commands.received,
        ):
            notice.hide()
            command.trigger()
            assert (notice.isVisible(), notice.label.text()) == (True, "Choose a model first"), command.text()
        notice.action.click()
        assert window.page == "models"
