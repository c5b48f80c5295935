"""A chat with messages that cannot be read any more: it opens, at the start too, and goes on."""

from pytestqt.qtbot import QtBot
from sqlcipher3 import dbapi2

from desktop_app.support.paths import Paths
from tests.e2e.conftest import Running
from tests.e2e.steps import SHORT, WAIT_MS, ask, ready, shown, use, wait_for_answers


def test_a_chat_with_damaged_messages_opens_at_the_start_and_goes_on(
    qtbot: QtBot, running: Running, paths: Paths
) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        for question in ("Name a colour.", "Name a tree."):
            ask(session, question)
            qtbot.waitUntil(lambda: session.window.composer.state == "idle", timeout=WAIT_MS)
        wait_for_answers(qtbot, session, 4)
    with dbapi2.connect(str(paths.database)) as connection:
        connection.execute("UPDATE messages SET parts = x'c1c1' WHERE sequence IN (1, 4)")
    connection.close()
    with running() as session:
        ready(qtbot, session)
        qtbot.waitUntil(lambda: len(shown(session)) == 4, timeout=WAIT_MS)
        entries = session.window.chat_view().entries
        assert "damaged" in entries[0].text
        assert entries[3].view.failure is not None
        assert "damaged" in entries[3].view.failure[0]
        ask(session, "Name a bird.")
        assert wait_for_answers(qtbot, session, 6)[5].text
