"""What a person does with the files of models in the window: brings them, moves them, loses and finds them."""

import json
import shutil
from pathlib import Path
from threading import Event

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from desktop_app.domain.messages import MessageStatus
from desktop_app.domain.transfers import Placing
from desktop_app.gui.dialogs.option import OptionDialog
from desktop_app.gui.start import Session
from desktop_app.services.models import transfers
from desktop_app.support import placing
from desktop_app.support.paths import Paths
from tests.e2e.steps import SHORT, WAIT_MS, ask, ready, shown, use, wait_for_answers
from tests.whole_models import whole_model


@pytest.fixture
def brought(tmp_path: Path, short_starter: str) -> Path:
    file = tmp_path / "Downloads" / "Mine-Q4_1.gguf"
    file.parent.mkdir()
    shutil.copy(short_starter, file)
    return file


def dialog(session: Session, qtbot: QtBot) -> OptionDialog:
    """Return the question that is asked, once it is."""
    found: list[OptionDialog] = []

    def is_open() -> bool:
        found[:] = [child for child in session.window.findChildren(OptionDialog) if child.isVisible()]
        return bool(found)

    qtbot.waitUntil(is_open, timeout=WAIT_MS)
    return found[0]


def answer(asked: OptionDialog, value: object) -> None:
    next(button for button in asked.buttons if button.answer.value == value).click()
    asked.accept_button.click()


def come_back(session: Session) -> None:
    """Do what the window system does when somebody comes back to the window."""
    QApplication.sendEvent(session.window, QEvent(QEvent.Type.WindowActivate))


def choose_in(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    """Let the next file dialog choose a file."""
    monkeypatch.setattr(QFileDialog, "open", lambda dialog: dialog.filesSelected.emit([str(file)]))


def open_models(session: Session, qtbot: QtBot) -> None:
    ready(qtbot, session)
    session.window.show_page("models")
    qtbot.waitUntil(lambda: bool(session.window.models_page.local_cards), timeout=WAIT_MS)


@pytest.mark.parametrize("how", list(Placing))
def test_a_dropped_file_is_used_as_the_answer_says(
    running, qtbot: QtBot, paths: Paths, brought: Path, how: Placing
) -> None:
    copy = paths.data / "models" / brought.name
    expected = brought if how is Placing.IN_PLACE else copy
    with running() as session:
        open_models(session, qtbot)
        page = session.window.models_page
        page.files_dropped.emit([str(brought)])
        asked = dialog(session, qtbot)
        assert asked.buttons[0].isChecked()
        assert asked.buttons[0].answer.value is Placing.IN_PLACE
        answer(asked, how)
        qtbot.waitUntil(lambda: str(expected) in page.local_cards, timeout=WAIT_MS)
        if how is Placing.IN_PLACE:
            assert session.window.page == "chat"
        else:
            qtbot.waitUntil(lambda: "Mine was added" in session.window.notice.label.text(), timeout=WAIT_MS)
            session.window.notice.action.click()
            assert session.window.page == "chat"
        assert "Mine" in session.window.top_bar.pill.accessibleName()
    assert brought.exists() is (how is not Placing.MOVE)
    assert copy.exists() is (how is not Placing.IN_PLACE)


def test_nothing_is_done_before_the_answer_and_after_a_cancel(
    running, qtbot: QtBot, paths: Paths, brought: Path
) -> None:
    with running() as session:
        open_models(session, qtbot)
        session.window.models_page.files_dropped.emit([str(brought)])
        asked = dialog(session, qtbot)
        QTest.keyClick(asked, Qt.Key.Key_Escape)
        qtbot.waitUntil(lambda: session.window.findChildren(OptionDialog) == [], timeout=WAIT_MS)
        assert list(session.window.models_page.local_cards) == [session.controller.model.path]
    assert not (paths.data / "chosen.json").exists()


def test_several_files_are_asked_about_once_and_a_bad_one_is_told(
    running, qtbot: QtBot, paths: Paths, brought: Path
) -> None:
    other = brought.with_name("Other-Q8_0.gguf")
    other.write_bytes(whole_model(b"some numbers"))
    page_of_a_site = brought.with_name("site.gguf")
    page_of_a_site.write_text("<html>")
    with running() as session:
        open_models(session, qtbot)
        page = session.window.models_page
        page.files_dropped.emit([str(page_of_a_site), str(brought), str(other)])
        asked = dialog(session, qtbot)
        assert asked.windowTitle() == "Add 2 models"
        assert "not a GGUF" in session.window.notice.label.text()
        answer(asked, Placing.COPY)
        qtbot.waitUntil(lambda: len(page.local_cards) == 3, timeout=WAIT_MS)
        assert session.window.page == "models"
    assert {file.name for file in (paths.data / "models").iterdir()} == {brought.name, other.name}


def test_a_file_that_is_cut_off_is_told_and_not_taken_in(running, qtbot: QtBot, paths: Paths, brought: Path) -> None:
    with brought.open("r+b") as file:
        size = brought.stat().st_size
        file.truncate(size - 5_000_000)
    with running() as session:
        open_models(session, qtbot)
        session.window.models_page.files_dropped.emit([str(brought)])
        words = f"{brought} is incomplete: 5 MB of {size / 1e6:.0f} MB are missing. Download the file again"
        qtbot.waitUntil(lambda: words in session.window.notice.label.text(), timeout=WAIT_MS)
        assert session.window.findChildren(OptionDialog) == []
        assert str(brought) not in session.window.models_page.local_cards
    assert not (paths.data / "chosen.json").exists()


def test_the_first_run_uses_a_file_where_it_is_and_asks_nothing(running, qtbot: QtBot, brought: Path) -> None:
    with running(welcomed=False) as session:
        session.window.first_run.files_dropped.emit([str(brought)])
        qtbot.waitUntil(lambda: session.window.page == "chat", timeout=WAIT_MS)
        assert session.window.findChildren(OptionDialog) == []
        qtbot.waitUntil(lambda: "Mine" in session.window.top_bar.pill.accessibleName(), timeout=WAIT_MS)


@pytest.mark.parametrize("how", [Placing.COPY, Placing.MOVE])
def test_a_copy_shows_how_far_it_is_and_can_be_cancelled(
    running, qtbot: QtBot, paths: Paths, brought: Path, how: Placing, monkeypatch: pytest.MonkeyPatch, other_disk
) -> None:
    whole = brought.read_bytes()
    monkeypatch.setattr(placing, "PIECE", 1_000_000)
    monkeypatch.setattr(transfers, "TELL_SECONDS", 0.0)  # what is told last before it waits is told at all
    with running() as session:
        open_models(session, qtbot)
        page = session.window.models_page
        held = hold_after(monkeypatch, pieces=12)
        page.files_dropped.emit([str(brought)])
        answer(dialog(session, qtbot), how)
        qtbot.waitUntil(lambda: bool(page.transfer_cards), timeout=WAIT_MS)
        (card,) = page.transfer_cards.values()
        qtbot.waitUntil(lambda: card.progress.text().startswith("12"), timeout=WAIT_MS)
        assert card.progress.text().endswith(f"MB of {len(whole) / 1e6:.0f} MB")
        assert card.isVisible()
        card.cancel.click()
        held.set()
        qtbot.waitUntil(lambda: page.transfer_cards == {}, timeout=WAIT_MS)
        assert len(page.local_cards) == 1
    assert brought.read_bytes() == whole
    assert list((paths.data / "models").iterdir()) == []


def hold_after(monkeypatch: pytest.MonkeyPatch, pieces: int) -> Event:
    """Let copying wait after some pieces until the returned event is set."""
    held = Event()
    real = placing._copy_range
    copied = 0

    def copy(*arguments: object) -> int:
        nonlocal copied
        copied += 1
        if copied > pieces:
            held.wait(60)
        return real(*arguments)

    monkeypatch.setattr(placing, "_copy_range", copy)
    return held


def test_closing_the_window_ends_a_copy_and_loses_nothing(
    running, qtbot: QtBot, paths: Paths, brought: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placing, "PIECE", 1_000_000)
    with running() as session:
        open_models(session, qtbot)
        held = hold_after(monkeypatch, pieces=10)
        session.window.models_page.files_dropped.emit([str(brought)])
        answer(dialog(session, qtbot), Placing.COPY)
        qtbot.waitUntil(lambda: bool(session.window.models_page.transfer_cards), timeout=WAIT_MS)
        assert session.app is not None
        session.app.transfers.close()  # what the end of the session does first
        held.set()
    assert list((paths.data / "models").iterdir()) == []
    assert brought.exists()


# Files that go and come back


def test_a_missing_file_is_told_located_and_forgotten(
    running, qtbot: QtBot, brought: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as session:
        open_models(session, qtbot)
        page = session.window.models_page
        page.files_dropped.emit([str(brought)])
        answer(dialog(session, qtbot), Placing.IN_PLACE)
        qtbot.waitUntil(lambda: str(brought) in page.local_cards, timeout=WAIT_MS)
        session.window.show_page("models")
        new = brought.rename(brought.with_name("Renamed-Q4_1.gguf"))
        come_back(session)
        qtbot.waitUntil(lambda: str(brought) in page.missing_cards, timeout=WAIT_MS)
        card = page.missing_cards[str(brought)]
        assert str(brought) in card.words_below.text()
        assert "Mine" not in [action.text() for action in session.window.top_bar.menu().actions()]
        choose_in(monkeypatch, new)
        card.locate.click()
        qtbot.waitUntil(lambda: str(new) in page.local_cards, timeout=WAIT_MS)
        assert page.missing_cards == {}
        assert session.controller.model.path == str(new)
        new.unlink()
        session.window.show_page("chat")
        session.window.show_page("models")  # which looks at the disk, too
        qtbot.waitUntil(lambda: str(new) in page.missing_cards, timeout=WAIT_MS)
        page.missing_cards[str(new)].forget.click()
        qtbot.waitUntil(lambda: page.missing_cards == {}, timeout=WAIT_MS)


def test_a_file_that_is_cut_off_in_the_folder_is_not_offered_until_it_is_whole(
    running, qtbot: QtBot, paths: Paths, brought: Path
) -> None:
    own = paths.data / "models" / brought.name
    own.parent.mkdir(parents=True)
    data = brought.read_bytes()
    own.write_bytes(data[:-5_000_000])

    def offered() -> list[str]:
        return [action.text() for action in session.window.top_bar.menu().actions()]

    with running() as session:
        open_models(session, qtbot)
        page = session.window.models_page
        qtbot.waitUntil(lambda: str(own) in page.incomplete_cards, timeout=WAIT_MS)
        assert not any("Mine" in text for text in offered())
        own.write_bytes(data)
        come_back(session)
        qtbot.waitUntil(lambda: str(own) in page.local_cards, timeout=WAIT_MS)
        assert any("Mine" in text for text in offered())
        own.write_bytes(data[:-5_000_000])
        page.local_cards[str(own)].chat.click()
        come_back(session)
        qtbot.waitUntil(lambda: "incomplete" in session.window.top_bar.pill.toolTip(), timeout=WAIT_MS)


@pytest.mark.parametrize(("lacks", "words"), [(10**9, "was not found"), (5_000_000, "is incomplete")])
def test_a_question_to_a_missing_model_stays_and_another_is_offered(
    lacks: int, words: str, running, qtbot: QtBot, paths: Paths, brought: Path, starter_model: str
) -> None:
    cut = paths.data / "models" / "Cut-Q4_1.gguf"  # no model to offer
    cut.parent.mkdir(parents=True)
    cut.write_bytes(brought.read_bytes()[:-5_000_000])
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        session.window.models_page.files_dropped.emit([str(brought)])
        answer(dialog(session, qtbot), Placing.IN_PLACE)
        qtbot.waitUntil(lambda: session.controller.model.path == str(brought), timeout=WAIT_MS)
        ask(session, "Hello")
        wait_for_answers(qtbot, session, 2)
        session.app.engines.release(str(brought))
        data = brought.read_bytes()[:-lacks]
        brought.unlink()
        if data:
            brought.write_bytes(data)
        come_back(session)
        qtbot.waitUntil(lambda: "failed" in session.window.top_bar.pill.accessibleName(), timeout=WAIT_MS)
        ask(session, "Are you there?")
        notice = session.window.notice
        qtbot.waitUntil(lambda: words in notice.label.text() and notice.action.isVisible(), timeout=WAIT_MS)
        qtbot.waitUntil(lambda: session.window.composer.text() == "Are you there?", timeout=WAIT_MS)
        assert len(shown(session)) == 2
        assert "SmolLM2" in notice.action.text()
        notice.action.click()
        assert session.controller.model.path == starter_model
        QTest.keyClick(session.window.composer.field, Qt.Key.Key_Return)
        *_, last = wait_for_answers(qtbot, session, 4)
        assert last.status is MessageStatus.COMPLETE


# The models folder


@pytest.fixture
def model(paths: Paths, short_starter: str) -> Path:
    file = paths.data / "models" / "Mine-Q4_1.gguf"
    file.parent.mkdir(parents=True)
    shutil.copy(short_starter, file)
    return file


def change_folder(session: Session, folder: Path) -> None:
    session.window.show_page("settings")
    field = session.window.settings_page.row("folders", "models").editor.widgets[0]
    assert isinstance(field, QLineEdit)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, str(folder))
    QTest.keyClick(field, Qt.Key.Key_Return)


def test_a_chat_finds_its_model_after_the_folder_was_moved(
    running, qtbot: QtBot, paths: Paths, model: Path, starter_model: str, tmp_path: Path
) -> None:
    folder = tmp_path / "other" / "models"
    new = folder / model.name
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        session.controller.choice.choose(str(model))
        ask(session, "Hello")
        chat_id = wait_for_answers(qtbot, session, 2)[0].chat_id
        session.window.sidebar.new_chat_requested.emit()
        change_folder(session, folder)
        answer(dialog(session, qtbot), True)
        qtbot.waitUntil(lambda: "in the new folder" in session.window.notice.label.text(), timeout=WAIT_MS)
        qtbot.waitUntil(lambda: session.controller.model.path == str(new), timeout=WAIT_MS)
        assert not model.exists()
        assert json.loads(paths.settings_file.read_text())["folders"] == {"models": str(folder)}
    with running() as session:
        ready(qtbot, session)
        session.controller.choice.choose(starter_model)
        session.window.sidebar.chat_chosen.emit(chat_id)
        qtbot.waitUntil(lambda: len(shown(session)) == 2, timeout=WAIT_MS)
        assert session.controller.chat.chat.model_path == str(model)  # as it was stored
        qtbot.waitUntil(lambda: session.controller.model.path == str(new), timeout=WAIT_MS)
        use(session, SHORT)
        ask(session, "And again?")
        *_, last = wait_for_answers(qtbot, session, 4)
        assert last.status is MessageStatus.COMPLETE


def test_leaving_the_models_changes_the_folder_alone(running, qtbot: QtBot, model: Path, tmp_path: Path) -> None:
    with running() as session:
        ready(qtbot, session)
        change_folder(session, tmp_path / "new")
        answer(dialog(session, qtbot), False)
        page = session.window.models_page
        qtbot.waitUntil(
            lambda: str(model) not in [one.path for one in session.controller.model.models], timeout=WAIT_MS
        )
        assert model.exists()
        session.window.settings_page.reset_requested.emit("folders", "models")
        session.window.show_page("models")
        qtbot.waitUntil(lambda: str(model) in page.local_cards, timeout=WAIT_MS)


def test_a_change_that_is_given_up_changes_nothing(
    running, qtbot: QtBot, paths: Paths, model: Path, tmp_path: Path
) -> None:
    with running() as session:
        ready(qtbot, session)
        change_folder(session, tmp_path / "new")
        dialog(session, qtbot).cancel_button.click()
        field = session.window.settings_page.row("folders", "models").editor.widgets[0]
        qtbot.waitUntil(lambda: field.text() == "", timeout=WAIT_MS)
        assert session.settings.value.folders.models == ""
    assert model.exists()
    assert not (tmp_path / "new").exists()


def test_a_folder_that_cannot_be_used_is_told_and_not_taken(running, qtbot: QtBot, model: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with running() as session:
        ready(qtbot, session)
        change_folder(session, tmp_path / "file" / "models")
        answer(dialog(session, qtbot), True)
        qtbot.waitUntil(lambda: "cannot be written" in session.window.notice.label.text(), timeout=WAIT_MS)
        assert session.settings.value.folders.models == ""
    assert model.exists()


def test_a_move_that_was_stopped_is_offered_again(
    running, qtbot: QtBot, paths: Paths, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other_disk
) -> None:
    folder = tmp_path / "new"
    monkeypatch.setattr(placing, "PIECE", 1_000_000)
    with running() as session:
        open_models(session, qtbot)
        page = session.window.models_page
        held = hold_after(monkeypatch, pieces=10)
        change_folder(session, folder)
        answer(dialog(session, qtbot), True)
        qtbot.waitUntil(lambda: bool(page.transfer_cards), timeout=WAIT_MS)
        session.window.show_page("models")
        (card,) = page.transfer_cards.values()
        assert card.name.text() == "Models folder"
        card.cancel.click()
        held.set()
        qtbot.waitUntil(lambda: page._folder_line.button.isVisible(), timeout=WAIT_MS)
        assert str(model.parent) in page._folder_line.label.text()
        assert str(model) in page.local_cards
    with running() as session:
        open_models(session, qtbot)
        page = session.window.models_page
        qtbot.waitUntil(lambda: page._folder_line.button.isVisible(), timeout=WAIT_MS)
        page._folder_line.button.click()
        qtbot.waitUntil(lambda: str(folder / model.name) in page.local_cards, timeout=WAIT_MS)
        qtbot.waitUntil(lambda: not page._folder_line.isVisible(), timeout=WAIT_MS)
    assert not model.exists()


def test_an_unplugged_folder_is_told_calmly_and_comes_back(
    running, qtbot: QtBot, paths: Paths, starter_model: str, tmp_path: Path
) -> None:
    folder = tmp_path / "disk" / "models"
    folder.mkdir(parents=True)
    (folder / "Mine-Q4_1.gguf").write_bytes(b"GGUF")
    paths.config.mkdir(parents=True)
    paths.settings_file.write_text(json.dumps({"folders": {"models": str(folder)}}))
    with running() as session:
        open_models(session, qtbot)
        page = session.window.models_page
        qtbot.waitUntil(lambda: len(page.local_cards) == 2, timeout=WAIT_MS)
        assert not page._folder_line.isVisible()
        folder.rename(tmp_path / "away")
        come_back(session)
        qtbot.waitUntil(page._folder_line.isVisible, timeout=WAIT_MS)
        assert str(folder) in page._folder_line.label.text()
        qtbot.waitUntil(lambda: list(page.local_cards) == [starter_model], timeout=WAIT_MS)
        page._folder_line.button.click()
        assert session.window.page == "settings"
        (tmp_path / "away").rename(folder)
        session.window.show_page("models")
        qtbot.waitUntil(lambda: len(page.local_cards) == 2, timeout=WAIT_MS)
        qtbot.waitUntil(lambda: not page._folder_line.isVisible(), timeout=WAIT_MS)


def test_a_link_in_the_models_folder_goes_to_the_trash_alone(
    running, qtbot: QtBot, paths: Paths, brought: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = paths.data.parent / "share"
    share.mkdir(parents=True)
    monkeypatch.setenv("XDG_DATA_HOME", str(share))
    link = paths.data / "models" / "link-Q4_1.gguf"
    link.parent.mkdir(parents=True)
    link.symlink_to(brought)
    size = brought.stat().st_size
    with running() as session:
        open_models(session, qtbot)
        page = session.window.models_page
        qtbot.waitUntil(lambda: str(link) in page.local_cards, timeout=WAIT_MS)
        page.local_cards[str(link)].delete.click()
        qtbot.waitUntil(lambda: str(link) not in page.local_cards, timeout=WAIT_MS)
    assert brought.stat().st_size == size
    assert (share / "Trash" / "files" / link.name).is_symlink()
