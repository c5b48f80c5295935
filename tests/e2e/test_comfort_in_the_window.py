"""What makes long chats easy: quoting what was said, and going from question to question."""

from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from tests.e2e.conftest import Running
from tests.e2e.steps import SHORT, WAIT_MS, ask, ready, use, wait_for_answers


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
        seen = [view.top_entry.text]
        while view.top_entry is not view.entries[0]:
            window.commands.previous_question.trigger()
            seen.append(view.top_entry.text)
        assert seen == [entry.text for entry in reversed(view.entries) if entry.is_user][-len(seen) :]
        window.commands.next_question.trigger()
        assert view.top_entry.text == "And an animal?"
