"""What is wanted of a text of the notebook at once with something else, before the disk has answered."""

from concurrent.futures import Future

import pytest
from pytestqt.qtbot import QtBot

from desktop_app.app import App
from desktop_app.domain.notebook import NotebookText
from desktop_app.domain.sampling import Sampling
from desktop_app.gui.session.windows import OpenWindow, Windows
from desktop_app.gui.start import Session
from tests.e2e.conftest import Running
from tests.e2e.steps import WAIT_MS, ready

BEGIN = "Once upon a time"


def with_a_text(session: Session, qtbot: QtBot) -> tuple[App, Windows]:
    """Return the services and the windows, once the notebook has a text."""
    ready(qtbot, session)
    assert session.app is not None
    assert session.windows is not None
    session.app.notebook.save(NotebookText(id="one", text=BEGIN, sampling=Sampling())).result(60)
    return session.app, session.windows


def show_the_list(qtbot: QtBot, *windows: OpenWindow) -> None:
    """Show the text in the list of each window."""
    for each in windows:
        each.window.show_page("notebook")
        lines = each.window.notebook_page.list.lines
        qtbot.waitUntil(lambda lines=lines: "one" in lines, timeout=WAIT_MS)


@pytest.mark.parametrize("goes", [True, False])
def test_a_text_that_is_read_late_is_left_to_whoever_has_deleted_or_opened_it(
    running: Running, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, *, goes: bool
) -> None:
    """The database reads in several threads: what was read first may be heard of last."""
    with running() as session:
        app, windows = with_a_text(session, qtbot)
        here, there = windows.all[0], windows.open("")
        show_the_list(qtbot, here, there)
        notebook, page = there.controller.notebook, there.window.notebook_page
        assert notebook is not None
        read = app.notebook.open("one", notebook).result(60)
        late: Future[NotebookText | None] = Future()
        with monkeypatch.context() as patch:
            patch.setattr(app.notebook, "open", lambda _text_id, _by: late)
            page.list.lines["one"].row.click()
        line = here.window.notebook_page.list.lines["one"]
        (line.delete if goes else line.row).click()
        if goes:
            qtbot.waitUntil(lambda: not page.list.lines, timeout=WAIT_MS)
            qtbot.waitUntil(lambda: here.window.notice.isVisible(), timeout=WAIT_MS)
        else:
            qtbot.waitUntil(lambda: here.window.notebook_page.is_writing, timeout=WAIT_MS)
        late.set_result(read)
        heard: list[bool] = []
        notebook._bridge.call(lambda: heard.append(True))
        qtbot.waitUntil(lambda: bool(heard), timeout=WAIT_MS)
        assert not page.is_writing
        assert not notebook.text_id


@pytest.mark.parametrize("opens_first", [True, False])
@pytest.mark.parametrize("elsewhere", [True, False])
def test_a_text_that_is_opened_and_deleted_is_not_shown_as_if_it_were_kept(
    running: Running, qtbot: QtBot, *, opens_first: bool, elsewhere: bool
) -> None:
    with running() as session:
        _app, windows = with_a_text(session, qtbot)
        deleting, opening = windows.all[0], windows.open("") if elsewhere else windows.all[0]
        show_the_list(qtbot, deleting, opening)
        acts = [
            opening.window.notebook_page.list.lines["one"].row.click,
            deleting.window.notebook_page.list.lines["one"].delete.click,
        ]
        for act in acts if opens_first else reversed(acts):
            act()
        notice = deleting.window.notice
        qtbot.waitUntil(lambda: notice.isVisible() and BEGIN in notice.label.text(), timeout=WAIT_MS)
        assert opening.controller.notebook is not None
        page, notebook = opening.window.notebook_page, opening.controller.notebook
        qtbot.waitUntil(lambda: not page.is_writing and not notebook.text_id and not page.list.lines, timeout=WAIT_MS)
        notice.action.click()
        qtbot.waitUntil(lambda: "one" in page.list.lines, timeout=WAIT_MS)
