"""A person looks where the data is, deletes some of it, and then everything, in the real window."""

from pytestqt.qtbot import QtBot

from desktop_app.domain.own_data import DataKind
from desktop_app.gui.data.erase_dialog import EraseDialog
from desktop_app.gui.dialogs.confirm import ConfirmDialog
from desktop_app.gui.start import Session
from desktop_app.support.paths import Paths
from tests.e2e.steps import SHORT, WAIT_MS, ask, ready, use, wait_for_answers


def dialog_of(session: Session, kind: type):
    return next(each for each in session.window.findChildren(kind) if each.isVisible())


def open_page(qtbot: QtBot, session: Session) -> None:
    session.window.commands.own_data.trigger()
    qtbot.waitUntil(lambda: session.window.page == "data", timeout=WAIT_MS)


def test_everything_goes_and_the_next_start_is_the_first(running, qtbot: QtBot, paths: Paths) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Where does the lamplighter live?")
        wait_for_answers(qtbot, session, 2)
        open_page(qtbot, session)
        page = session.window.data_page
        qtbot.waitUntil(lambda: page.use.chart.isVisible(), timeout=WAIT_MS)
        assert page.places.rows[DataKind.CHATS].place.size >= paths.database.stat().st_size
        assert "1 chat" not in page.total.text()
        page.erase.click()
        asking = dialog_of(session, EraseDialog)
        assert not asking.accept_button.isEnabled()
        asking.accept_button.click()
        assert asking.isVisible()  # nothing happens by a slip
        asking.sure.click()
        with qtbot.waitSignal(session.window.quit_requested, timeout=WAIT_MS):
            asking.accept_button.click()
        assert paths.database.exists()
    assert session.erased is not None
    assert session.erased.left == ()
    assert session.erased.files > 3
    left = [file for file in paths.data.parent.rglob("*") if file.is_file()]
    assert left == [paths.data / "owner.lock"]
    with running(welcomed=False) as session:
        qtbot.waitUntil(lambda: session.window.page == "first_run", timeout=WAIT_MS)
        assert session.window.sidebar.list.rows.rowCount() == 0


def test_what_models_have_read_goes_alone(running, qtbot: QtBot, paths: Paths) -> None:
    kept = paths.snapshots / "one" / "read.kv"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"x" * 5000)
    with running() as session:
        ready(qtbot, session)
        open_page(qtbot, session)
        page = session.window.data_page
        row = page.places.rows[DataKind.SNAPSHOTS]
        assert row.amount.text() == "5 kB"
        row.delete_button.click()
        asking = dialog_of(session, ConfirmDialog)
        asking.cancel_button.click()
        assert kept.exists()
        row.delete_button.click()
        dialog_of(session, ConfirmDialog).accept_button.click()
        qtbot.waitUntil(lambda: DataKind.SNAPSHOTS not in page.places.rows, timeout=WAIT_MS)
        assert not kept.exists()
        assert "5 kB is free now." in session.window.notice.label.text()
        assert page.places.rows[DataKind.CHATS].place.path == str(paths.database)
    assert session.erased is None
    assert paths.window_file.exists()
