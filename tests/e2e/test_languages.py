"""Another language while the window is open: everything is said in it, and everything stays where it was."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QObject, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.examples import Example
from desktop_app.domain.messages import Role
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.search import SearchFilter
from desktop_app.gui.conversation.conversation import Opening
from desktop_app.gui.personas.start import StartPage
from desktop_app.gui.sidebar.list_bar import View
from desktop_app.gui.start import Session
from desktop_app.gui.system.language import application, speak
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.services.insight.again import Again
from desktop_app.services.insight.receipt_text import rerun_words
from desktop_app.settings.schema import Language
from desktop_app.support.i18n import LANGUAGES, _
from desktop_app.support.paths import Paths
from tests.e2e.steps import SHORT, STORY, WAIT_MS, ask, ready, shown, use, wait_for_answers

ROOT = Path(__file__).resolve().parents[2]
OTHERS = [Language(name) for name in LANGUAGES if name != "en"]


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    speak(application(), Language.ENGLISH)


def choose(qtbot: QtBot, session: Session, language: Language) -> None:
    """Choose a language as the settings page does, and wait until another window is there."""
    assert session.controller is not None
    former = session.window
    session.controller._settings.change("language", "language", language)
    qtbot.waitUntil(lambda: session.window is not former, timeout=WAIT_MS)


def test_the_first_page_stays_until_it_is_answered(running, qtbot: QtBot) -> None:
    with running(welcomed=False) as session:
        assert session.window.page == "first_run"
        choose(qtbot, session, Language.GERMAN)
        assert session.window.page == "first_run"
        session.window.show_page("settings")
        choose(qtbot, session, Language.ENGLISH)
        assert session.window.page == "settings"
        QTest.keyClick(session.window, Qt.Key.Key_Escape)
        assert session.window.page == "first_run"
        session.window.commands.new_chat.trigger()
        choose(qtbot, session, Language.GERMAN)
        assert session.window.page == "chat"


def test_all_stays_where_it_was(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        for question in ("Name a colour.", "Name a tree.", "Name a bird."):
            ask(session, question)
            qtbot.waitUntil(lambda: session.window.composer.state == "idle", timeout=WAIT_MS)
        wait_for_answers(qtbot, session, 6)
        window = session.window
        window.resize(900, 460)
        view = window.chat_view()
        view.verticalScrollBar().setValue(20)
        QTest.keyClicks(window.composer.field, "half a question")
        window.panel.show_tab("prompt")
        window.sidebar.search.setText("tree")
        window.sidebar.bar.choose_view(View.ARCHIVE)
        window.sidebar.filters.choose_role(Role.USER)
        window.sidebar.filters.choose_place((None, None, False), "Not in the archive")
        window.show_page("settings")
        bar = window.settings_page.verticalScrollBar()
        qtbot.waitUntil(lambda: bar.maximum() >= 180)
        bar.setValue(180)
        place, size = view.sights.place, window.size()
        for language in (Language.GERMAN, Language.ARABIC, Language.ENGLISH):
            choose(qtbot, session, language)
            new = session.window
            assert new.size() == size
            assert new.page == "settings"
            assert new.sidebar.settings.text() == _("Settings")
            assert new.panel.tab == "prompt"
            assert new.sidebar.search.text() == "tree"
            assert new.sidebar.bar.view is View.ARCHIVE
            assert new.sidebar.filters.chosen() == SearchFilter(role=Role.USER, archived=False)
            assert new.sidebar.filters.place.text() == _("Not in the archive")
            assert new.composer.text() == "half a question"
            qtbot.waitUntil(lambda: session.window.settings_page.verticalScrollBar().value() == 180)
            assert len(shown(session)) == 6
            assert new.chat_view().sights.place == place
            mirrored = language is Language.ARABIC
            assert new.layoutDirection() is (
                Qt.LayoutDirection.RightToLeft if mirrored else Qt.LayoutDirection.LeftToRight
            )
        session.window.composer.field.undo()
        assert session.window.composer.text() == ""
        assert len(session.windows.all) == 1


def test_a_window_that_goes_saves_nothing_of_what_was_taken_over(
    running, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Name a colour.")
        chat_id = wait_for_answers(qtbot, session, 2)[0].chat_id
        QTest.keyClicks(session.window.composer.field, "half a question")
        chat, former = session.controller.chat, session.controller.chat.drafts
        qtbot.waitUntil(lambda: chat.chat.draft == "half a question", timeout=WAIT_MS)
        session.window.show_page("settings")
        gone = session.window
        with monkeypatch.context() as patch:
            patch.setattr(MainWindow, "deleteLater", lambda _window: None)  # it may come late
            choose(qtbot, session, Language.GERMAN)
        former._timer.timeout.emit()
        gone.deleteLater()

        def draft() -> str:
            return session.app.chats.open_chat(chat_id).result(60).chat.draft

        qtbot.waitUntil(lambda: draft() == "half a question", timeout=WAIT_MS)
        session.app.database.write(lambda _connection: None).result(60)
        QCoreApplication.processEvents()
        assert (draft(), session.window.composer.text()) == ("half a question", "half a question")


def test_the_words_that_are_looked_for_stay_found(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        for question in ("A lamp, a lamp and a lamp.", "One more lamp."):
            ask(session, question)
            qtbot.waitUntil(lambda: session.window.composer.state == "idle", timeout=WAIT_MS)
        wait_for_answers(qtbot, session, 4)
        controller = session.controller
        assert controller is not None
        controller.find.open()
        QTest.keyClicks(controller.find.bar.field, "lamp")
        qtbot.waitUntil(lambda: not controller.find._steps.isActive(), timeout=WAIT_MS)
        session.window.commands.find_next.trigger()
        controller.find.bar.field.setSelection(1, 2)
        before = controller.find.bar.count.text()
        assert before.startswith(("2", "3", "4"))
        place = session.window.chat_view().sights.place
        for language in (Language.GERMAN, Language.ARABIC, Language.ENGLISH):
            choose(qtbot, session, language)
            find = session.controller.find
            assert (find.is_open, find.bar.field.text(), find.bar.field.selectedText()) == (True, "lamp", "am")
            assert session.window.focusWidget() is find.bar.field
            qtbot.waitUntil(lambda: not session.controller.find._steps.isActive(), timeout=WAIT_MS)
            assert session.window.chat_view().sights.place == place
        assert session.controller.find.bar.count.text() == before
        session.window.commands.find_next.trigger()
        assert session.controller.find.bar.count.text() != before


def test_an_answer_goes_on_meanwhile(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, Sampling(max_tokens=1900, seed=7, min_p=0.0))
        ask(session, STORY)
        qtbot.waitUntil(lambda: len(shown(session)) == 2 and len(shown(session)[1].text) > 30, timeout=WAIT_MS)
        choose(qtbot, session, Language.FRENCH)
        assert session.window.composer.state == "streaming"
        so_far = len(shown(session)[1].text)
        qtbot.waitUntil(lambda: len(shown(session)[1].text) > so_far + 100, timeout=WAIT_MS)
        session.controller.chat.stop()
        answer = wait_for_answers(qtbot, session, 2)[1]
        assert len(answer.text) > so_far + 100
        assert session.window.chat_view().entries[1].markdown == answer.text


def test_every_window_speaks_it(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        assert session.windows is not None
        session.windows.open()
        former = [opened.window for opened in session.windows.all]
        assert len(former) == 2
        places = [window.geometry() for window in former]
        drafts = ["one", "two"]
        for window, draft in zip(former, drafts, strict=True):
            window.composer.set_text(draft)
        choose(qtbot, session, Language.SPANISH)
        windows = [opened.window for opened in session.windows.all]
        assert [window.sidebar.settings.text() for window in windows] == [_("Settings")] * 2
        assert [window.geometry() for window in windows] == places
        assert [window.composer.text() for window in windows] == drafts
        assert [window.is_foremost for window in windows] == [True, False]
        assert all(window.isVisible() for window in windows)


def test_templates_and_personas_are_told_anew(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        assert session.app is not None
        before = {entry.key: entry for entry in session.app.prompts.entries().result()}
        choose(qtbot, session, Language.FRENCH)
        after = {entry.key: entry for entry in session.app.prompts.entries().result()}
        assert after.keys() == before.keys()
        assert {entry.title for entry in after.values()} == {_(entry.title) for entry in before.values()}
        personas = session.app.personas.entries(()).result()
        choose(qtbot, session, Language.ENGLISH)
        english = session.app.personas.entries(()).result()
        assert [entry.key for entry in personas] == [entry.key for entry in english]
        assert {entry.title for entry in session.app.prompts.entries().result()} == {
            entry.title for entry in before.values()
        }


def test_a_message_that_is_edited_stays_in_the_field(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Name a colour.")
        wait_for_answers(qtbot, session, 2)
        session.window.composer.set_text("a draft")
        assert session.controller is not None
        session.controller.chat.edits.edit_last()
        session.window.composer.set_text("Name another colour.")
        edited = session.window.composer.editing_id
        assert edited is not None
        choose(qtbot, session, Language.GERMAN)
        qtbot.waitUntil(lambda: len(shown(session)) == 2, timeout=WAIT_MS)
        composer = session.window.composer
        qtbot.waitUntil(lambda: session.controller.chat.which.typed_early is False, timeout=WAIT_MS)
        assert (composer.editing_id, composer.text()) == (edited, "Name another colour.")
        assert session.window.chat_view()._interaction.edited_id == edited
        composer.escape()
        assert composer.text() == "a draft"


def test_a_deleted_chat_can_be_had_back(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Name a colour.")
        wait_for_answers(qtbot, session, 2)
        assert session.controller is not None
        chat_id = session.controller.chat.chat_id
        qtbot.waitUntil(lambda: chat_id in session.controller.listed_chats, timeout=WAIT_MS)
        session.window.sidebar.list.wishes.deleted.emit([chat_id])
        qtbot.waitUntil(session.window.notice.isVisible, timeout=WAIT_MS)
        words = session.window.notice.label.text()
        for language in (Language.GERMAN, Language.ARABIC):
            choose(qtbot, session, language)
            assert session.window.notice.isVisible()
            assert session.window.notice.label.text() == words
        qtbot.waitUntil(lambda: chat_id not in session.controller.listed_chats, timeout=WAIT_MS)
        QTest.mouseClick(session.window.notice.action, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: chat_id in session.controller.listed_chats, timeout=WAIT_MS)
        qtbot.waitUntil(lambda: len(shown(session)) == 2, timeout=WAIT_MS)
        assert session.controller.chat.chat_id == chat_id
        assert session.window.notice.isHidden()


def test_a_deleted_template_can_be_had_back(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        assert session.app is not None
        key = session.app.prompts.create("---\ntitle: Ours\n---\nSay {{ word }}.").result()
        session.window.show_page("templates")
        assert session.controller is not None
        templates = session.controller._templates_controller
        qtbot.waitUntil(lambda: key in templates._entries, timeout=WAIT_MS)
        templates._delete(key)
        qtbot.waitUntil(session.window.notice.isVisible, timeout=WAIT_MS)
        choose(qtbot, session, Language.FRENCH)
        templates = session.controller._templates_controller
        qtbot.waitUntil(lambda: bool(templates._entries) and key not in templates._entries, timeout=WAIT_MS)
        QTest.mouseClick(session.window.notice.action, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: key in templates._entries, timeout=WAIT_MS)


def test_the_way_to_the_backups_is_still_offered(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        session.tell("They can still be read.", about_backups=True)
        for language in (Language.GERMAN, Language.ARABIC):
            choose(qtbot, session, language)
        former = session.window
        QTest.mouseClick(former.notice.action, Qt.MouseButton.LeftButton)
        page = session.window.settings_page
        assert session.window.page == "settings"
        qtbot.waitUntil(lambda: page.lock_card is not None and page.verticalScrollBar().value() > 0, timeout=WAIT_MS)


def test_the_ways_on_from_a_full_context_are_still_offered(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Name a colour.")
        wait_for_answers(qtbot, session, 2)
        session.window.composer.set_text("A long question.")
        assert session.controller is not None
        chat = session.controller.chat
        chat.asking.overflowed.emit(ErrorInfo(ErrorCode.CONTEXT_FULL), chat.asking.anyway)
        choose(qtbot, session, Language.SPANISH)
        forget, anew, more = session.window.notice.choices
        QTest.mouseClick(more, Qt.MouseButton.LeftButton)
        assert session.window.page == "models"
        QTest.mouseClick(forget, Qt.MouseButton.LeftButton)
        wait_for_answers(qtbot, session, 4)
        assert shown(session)[2].text == "A long question."
        session.window.composer.set_text("Something else.")
        anew.click()
        assert shown(session) == []
        assert session.window.composer.text() == "Something else."


def test_what_the_next_chat_begins_with_stays_chosen(running, qtbot: QtBot, paths: Paths) -> None:
    file = paths.personas / "sailor.md"
    file.parent.mkdir(parents=True)
    file.write_text(
        '+++\nname = "Sailor"\n\n[sampling]\ntemperature = 0.0\nmax_tokens = 8\n+++\nYou speak like a sailor.\n'
    )
    with running() as session:
        ready(qtbot, session)
        page = session.window.chat_view().findChild(StartPage)
        qtbot.waitUntil(lambda: "Sailor" in [tile.text() for tile in page.tiles], timeout=WAIT_MS)
        next(tile for tile in page.tiles if tile.text() == "Sailor").click()
        opening = Opening(title="Rhymes", examples=(Example("A cat", "It sat."),))
        session.controller.chat.begin_with(opening)
        session.window.show_page("settings")
        choose(qtbot, session, Language.GERMAN)
        qtbot.waitUntil(lambda: bool(session.controller._personas._entries), timeout=WAIT_MS)
        session.window.show_page("chat")
        page = session.window.chat_view().findChild(StartPage)
        assert page.greeting is not None
        ready(qtbot, session)
        ask(session, "A dog")
        messages = wait_for_answers(qtbot, session, 4)
        assert [message.text for message in messages[:3]] == ["A cat", "It sat.", "A dog"]
        chat = session.controller.chat.chat
        assert (chat.system_prompt, chat.sampling.max_tokens) == ("You speak like a sailor.", 8)


def test_what_was_typed_for_the_next_chats_prompt_stays(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        session.window.panel.show_tab("prompt")
        prompt = session.window.panel.prompt_tab.prompt
        prompt.setFocus()
        prompt.selectAll()
        QTest.keyClicks(prompt, "You are brief.")
        prompt.settle()
        choose(qtbot, session, Language.SPANISH)
        assert session.window.panel.prompt_tab.prompt.toPlainText() == "You are brief."
        ready(qtbot, session)
        ask(session, "Hello")
        wait_for_answers(qtbot, session, 2)
        assert session.controller.chat.chat.system_prompt == "You are brief."


def test_an_answer_that_is_written_again_goes_on(running, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped, written = Event(), Event()
    gates, end = iter((stopped, written)), Again._ended

    def end_late(again: Again, *run: Any) -> None:
        next(gates).wait(WAIT_MS / 1000)  # else it could be done before the other window is there
        end(again, *run)

    monkeypatch.setattr(Again, "_ended", end_late)
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, STORY)
        answer = wait_for_answers(qtbot, session, 2)[1]
        assert session.app is not None
        assert session.controller is not None
        session.controller.receipts.run_again(answer.id)
        choose(qtbot, session, Language.FRENCH)
        assert session.window.notice.action.isVisible()
        QTest.mouseClick(session.window.notice.action, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: not session.app.again._runs, timeout=WAIT_MS)
        assert session.window.notice.isHidden()
        stopped.set()
        session.controller.receipts.run_again(answer.id)
        writing = session.window.notice.label.text()
        choose(qtbot, session, Language.GERMAN)
        assert session.window.notice.label.text() == writing
        written.set()
        qtbot.waitUntil(lambda: answer.id in session.controller.receipts._reruns, timeout=WAIT_MS)
        assert session.window.notice.label.text() == rerun_words(session.controller.receipts._reruns[answer.id])


def test_what_was_written_again_can_still_be_kept(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Name a colour.")
        answer = wait_for_answers(qtbot, session, 2)[1]
        use(session, Sampling(temperature=2.0, max_tokens=16, seed=5))
        assert session.controller is not None
        session.controller.receipts.answer_otherwise(answer.id)
        qtbot.waitUntil(lambda: session.window.page == "compare", timeout=WAIT_MS)
        receipts = session.controller.receipts
        receipts._tell(answer.id, receipts._reruns[answer.id])
        choose(qtbot, session, Language.CHINESE)
        compare, keep = session.window.notice.choices
        QTest.mouseClick(compare, Qt.MouseButton.LeftButton)
        assert session.window.page == "compare"
        keep.click()
        qtbot.waitUntil(lambda: session.controller.chat.conversation.place(answer.id)[1] == 2, timeout=WAIT_MS)


class Gone(QObject):
    """Something that no window has."""

    def go_on(self) -> None: ...


def test_a_notice_goes_with_its_window_where_nothing_else_can_do_what_it_offers(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        gone = Gone()
        session.window.notice.show_notice("It waits.", ("Go on", partial(gone.go_on)), timeout=0)
        choose(qtbot, session, Language.GERMAN)
        assert session.window.notice.isHidden()
        session.window.notice.show_notice("It failed.", None, "error")
        choose(qtbot, session, Language.FRENCH)
        assert session.window.notice.label.text() == "It failed."
        assert session.window.notice.isVisible()
