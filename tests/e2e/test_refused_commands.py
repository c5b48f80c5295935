"""Commands that cannot be used just now: their keys say why, whatever the chat is like."""

from random import Random

from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.gui.start import Session
from desktop_app.gui.widgets.key_names import written
from tests.e2e.conftest import Running
from tests.e2e.steps import STORY, WAIT_MS, ask, ready, wait_for_answers
from tests.walks.scripted_models import ScriptedModels


def refused(session: Session) -> dict[str, str]:
    """Return the commands of the page that are disabled, each with why."""
    commands = session.window.commands
    there = [entry for entry in commands.entries if entry.action.isVisible()]
    return {entry.name: commands.why_not(entry.name) for entry in there if not entry.action.isEnabled()}


def press(session: Session, keys: QKeySequence) -> str:
    """Press the keys of a command in the question field; return what is said then."""
    notice = session.window.notice
    for shown in notice.notices:
        notice.dismiss(shown)
    QTest.keySequence(session.window.composer.field, keys)
    return notice.label.text() if notice.isVisible() else ""


def test_each_command_that_is_disabled_says_why(running: Running, qtbot: QtBot, models: ScriptedModels) -> None:
    with running() as session:
        window = session.window
        session.settings.change("history", "model_titles", False)  # else the model is asked for one as well
        ready(qtbot, session)
        nothing = refused(session)
        assert all(nothing.values()), nothing
        assert nothing["alternatives"] == "There is no answer here yet."
        assert nothing["delete"] == "Open a chat first."
        window.commands.rename.trigger()
        assert window.notice.label.text().startswith("Open a chat first.")

        window.commands.temporary_chat.trigger()
        ask(session, STORY)
        qtbot.waitUntil(lambda: models.read().result() is None and models.asked == 1, timeout=WAIT_MS)
        models.write(Random(1), 4).result()
        qtbot.waitUntil(lambda: session.controller.chat.is_streaming, timeout=WAIT_MS)
        writing = refused(session)
        assert all(writing.values()), writing
        assert writing["alternatives"] == writing["suggest"] != nothing["suggest"]
        assert writing["pin"] == "This is a temporary chat. Keep it first."
        window.composer.field.setFocus()
        for name in ("alternatives", "suggest", "regenerate"):
            assert press(session, getattr(window.commands, name).shortcut()) == writing[name]

        models.finish().result()
        wait_for_answers(qtbot, session, 2)
        complete = refused(session)
        assert all(complete.values()), complete
        assert "alternatives" not in complete
        assert complete["stop"] == "No answer is being written."

        window.show_page("settings")
        assert refused(session)["toggle_panel"] == "The panel stands beside the chat alone."


def test_buttons_name_the_keys_of_their_commands(running: Running, qtbot: QtBot) -> None:
    with running() as session:
        window = session.window
        ready(qtbot, session)
        assert window.sidebar.bar.new_folder.toolTip().endswith(f"({written('Ctrl+Shift+F')})")
        session.settings.change("shortcuts", "keys", {"find_next": "Ctrl+Alt+7"})
        window.commands.find.trigger()
        bar = session.controller.find.bar
        expected = f"Next place ({written('Ctrl+Alt+7')})"
        qtbot.waitUntil(lambda: bar.next.toolTip() == expected, timeout=WAIT_MS)
