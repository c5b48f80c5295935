"""The tree of a chat in the window: answers side by side, other models, other words, new chats, and the map."""

from pathlib import Path
from random import Random

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from desktop_app.domain.messages import Message, MessageStatus, Role
from desktop_app.domain.model_defaults import LoadOptions, ModelDefaults
from desktop_app.domain.sampling import Sampling
from desktop_app.gui.branches.map_dialog import BranchMapDialog
from desktop_app.gui.dialogs.confirm import ConfirmDialog
from desktop_app.gui.start import Session
from desktop_app.gui.widgets.controls import Label
from desktop_app.services.answering.turns import Writer
from tests.e2e.conftest import Running
from tests.e2e.steps import SHORT, STORY, WAIT_MS, ask, ready, shown, use, wait_for_answers
from tests.walks.scripted_models import ScriptedModels

LONG = Sampling(max_tokens=2000, seed=7, grammar="root ::= [a-z] root")
"""It has no other end than the context's."""


@pytest.fixture
def other(starter_model: str, tmp_path: Path) -> str:
    """Return a second model: the starter under another name, without a copy."""
    file = tmp_path / "other-Q4_1.gguf"
    file.symlink_to(starter_model)
    return str(file)


def trigger(menu: QMenu, words: str) -> None:
    action = next(action for action in menu.actions() if action.text() == words)
    assert action.isEnabled()
    action.trigger()
    menu.deleteLater()


def answers(session: Session) -> list[Message]:
    conversation = session.controller.chat.conversation
    return list(conversation.answers) if conversation is not None else []


def test_alternatives_stream_side_by_side_and_a_number_takes_one(
    running: Running, qtbot: QtBot, models: ScriptedModels
) -> None:
    def begun(count: int) -> None:
        qtbot.waitUntil(lambda: models.read().result() is None and models.asked == count, timeout=WAIT_MS)
        models.write(Random(count), 8).result()

    with running() as session:
        window = session.window
        session.settings.change("history", "model_titles", False)  # else the model is asked for one as well
        ready(qtbot, session)
        ask(session, STORY)
        begun(1)
        models.finish().result()
        first = wait_for_answers(qtbot, session, 2)[-1]
        window.commands.alternatives.trigger()
        page = window.alternatives_page
        assert window.page == "alternatives"
        begun(3)
        qtbot.waitUntil(lambda: all(len(a.text) > 20 for a in answers(session)[1:]) and len(answers(session)) == 4,
                        timeout=WAIT_MS)  # fmt: skip
        assert [column.answer_id for column in page.columns] == [answer.id for answer in answers(session)]
        assert page.columns[0].answer_id == first.id
        assert [column.is_streaming for column in page.columns] == [False, True, True, True]
        assert page.stop.isVisible()
        texts = [column.view.rows[-1].entry.text for column in page.columns]
        assert all(texts)
        window.resize(420, 640)
        assert page.tabs.isVisible()
        assert [column.isVisible() for column in page.columns] == [True, False, False, False]
        window.resize(1360, 860)
        assert all(column.isVisible() for column in page.columns)

        QTest.keyClick(page, Qt.Key.Key_3)
        assert window.page == "chat"
        third = page.columns[2].answer_id
        qtbot.waitUntil(lambda: shown(session)[-1].id == third, timeout=WAIT_MS)
        qtbot.waitUntil(lambda: models.read().result() is None and models.asked == 1, timeout=WAIT_MS)
        qtbot.waitUntil(
            lambda: sum(a.status is MessageStatus.STREAMING for a in answers(session)) == 1, timeout=WAIT_MS
        )
        assert shown(session)[-1].status is MessageStatus.STREAMING, "the one that was taken goes on"
        session.controller.chat.stop()
        qtbot.waitUntil(lambda: models.read().result() is None and not models.asked, timeout=WAIT_MS)
        ready(qtbot, session)
        assert len(answers(session)) == 4, "the others stay"
        kept = [answer for answer in session.app.chats.open_chat(first.chat_id).result(60).messages if answer.receipt]
        assert len(kept) == 4

        window.commands.side_by_side.trigger()
        assert [column.is_streaming for column in page.columns] == [False] * 4
        page.compare.click()
        assert window.page == "compare"


def test_what_is_typed_is_answered_several_times(running: Running, qtbot: QtBot) -> None:
    with running() as session:
        window = session.window
        session.settings.change("history", "model_titles", False)
        ready(qtbot, session)
        use(session, Sampling(max_tokens=8, seed=7))
        assert not window.commands.alternatives.isEnabled(), "nothing is typed, and nothing was asked"
        for number in (1, 2):  # in a new chat, and behind another question
            window.show_page("chat")
            window.composer.set_text(STORY)
            window.commands.alternatives.trigger()
            assert window.composer.text() == ""
            assert window.page == "alternatives"
            said = wait_for_answers(qtbot, session, 2 * number)
            qtbot.waitUntil(lambda number=number: len([a for a in answers(session) if a.receipt]) == 4 * number,
                            timeout=WAIT_MS)  # fmt: skip
            ready(qtbot, session)
            assert [message.text for message in said if message.role is Role.USER] == [STORY] * number
            beside = answers(session)[-4:]
            assert {answer.parent_id for answer in beside} == {shown(session)[-2].id}
            assert [column.answer_id for column in window.alternatives_page.columns] == [each.id for each in beside]
            assert len({answer.receipt.sampling.seed for answer in beside if answer.receipt}) == 4


@pytest.mark.parametrize("command", ["regenerate", "alternatives", "continue_answer"])
def test_the_view_goes_to_an_answer_that_is_wanted_from_further_up(
    running: Running, qtbot: QtBot, command: str
) -> None:
    with running() as session:
        window = session.window
        session.settings.change("history", "model_titles", False)
        window.resize(1360, 400)
        ready(qtbot, session)
        use(session, Sampling(max_tokens=40, grammar='root ::= "one\\n\\n" root'))
        ask(session, STORY)
        wait_for_answers(qtbot, session, 2)
        view = window.chat_view()
        bar = view.verticalScrollBar()
        qtbot.waitUntil(lambda: bar.maximum() > 100)
        bar.setValue(0)
        assert not view.sights.place.sticks
        getattr(window.commands, command).trigger()
        qtbot.waitUntil(lambda: view.sights.place.sticks, timeout=WAIT_MS)
        ready(qtbot, session)
        window.show_page("chat")
        qtbot.waitUntil(lambda: bar.maximum() > 0 and bar.value() == bar.maximum())


def test_columns_scroll_together_and_stay_where_they_are(running: Running, qtbot: QtBot) -> None:
    with running() as session:
        window = session.window
        ready(qtbot, session)
        use(session, Sampling(max_tokens=60, temperature=0.0, grammar='root ::= "one\\n\\n" root'))
        ask(session, STORY)
        wait_for_answers(qtbot, session, 2)
        window.resize(1360, 360)
        window.commands.alternatives.trigger()
        page = window.alternatives_page
        bars = [column.view.verticalScrollBar() for column in page.columns]
        qtbot.waitUntil(lambda: min(bar.maximum() for bar in bars) > 60, timeout=WAIT_MS)
        assert [bar.value() for bar in bars] == [0] * 4, "text that comes moves nothing"
        bars[1].setValue(40)
        assert [bar.value() for bar in bars] == [40] * 4
        session.controller.chat.stop()
        ready(qtbot, session)
        assert [bar.value() for bar in bars] == [40] * 4


def test_links_and_code_beside_each_other_do_what_they_do_in_the_chat(running: Running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Name a colour.")
        answer = wait_for_answers(qtbot, session, 2)[-1]
        session.app.branches.reword(answer.chat_id, answer.id, "```\ncode\n```").result(60)
        qtbot.waitUntil(lambda: shown(session)[-1].id != answer.id, timeout=WAIT_MS)
        session.controller.branches.show_siblings(answer.id)
        window, view = session.window, session.window.alternatives_page.columns[1].view
        with qtbot.waitSignals([window.chat_view().link_activated, window.chat_view().save_requested]):
            view.link_activated.emit("")
            view.save_requested.emit("", "code")
        QApplication.activeModalWidget().reject()


def test_two_models_answer_side_by_side(running: Running, qtbot: QtBot, other: str) -> None:
    with running() as session:
        window = session.window
        ready(qtbot, session)
        use(session, LONG)
        window.composer.set_text(STORY)
        menus = len(window.findChildren(QMenu))
        QTest.keyClick(
            window.composer.field,
            Qt.Key.Key_Return,
            Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
        )
        assert window.notice.label.text().startswith("There is only one model")
        qtbot.waitUntil(lambda: len(window.findChildren(QMenu)) == menus)  # what had nothing to offer is gone
        assert window.composer.text() == STORY
        session.controller.chat.asking.ask_also(Writer(other, LONG))
        assert window.page == "alternatives"
        page = window.alternatives_page
        qtbot.waitUntil(lambda: len(answers(session)) == 2 and all(a.text for a in answers(session)), timeout=WAIT_MS)
        assert page.question.text() == STORY
        assert page.columns[1].title.text() == "2 · other-Q4_1"
        page.stop.click()
        qtbot.waitUntil(lambda: not any(column.is_streaming for column in page.columns), timeout=WAIT_MS)
        assert all(column.end.text().startswith("Stopped") for column in page.columns)
        page.columns[1].take.click()
        second = page.columns[1].answer_id
        qtbot.waitUntil(lambda: shown(session)[-1].id == second, timeout=WAIT_MS)
        chat = session.controller.chat.chat
        assert chat is not None
        assert chat.model_path != other, "the chat keeps its own model"
        stopped = len(shown(session)[-1].text)
        use(session, SHORT)
        session.controller.chat.asking.continue_answer()
        qtbot.waitUntil(lambda: len(shown(session)[-1].text) > stopped, timeout=WAIT_MS)
        longer = wait_for_answers(qtbot, session, 2)[-1]
        assert (longer.id, longer.receipt.model_file) == (second, Path(other).name), "it is written on by its own model"
        assert session.controller.chat.chat.model_path == chat.model_path


def test_the_model_that_failed_is_asked_again(running: Running, qtbot: QtBot, other: str) -> None:
    """The second model's file is gone when it is asked, and is back after the next start."""
    target = Path(other).resolve()
    Path(other).unlink()
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        session.window.composer.set_text("Name a colour.")
        session.controller.chat.asking.ask_also(Writer(other, SHORT))
        qtbot.waitUntil(lambda: [a.status for a in answers(session)] == [MessageStatus.COMPLETE, MessageStatus.FAILED],
                        timeout=WAIT_MS)  # fmt: skip
        failed = answers(session)[-1]
        session.controller.branches.take(failed.id)
        qtbot.waitUntil(lambda: shown(session)[-1].id == failed.id, timeout=WAIT_MS)
        own = session.controller.chat.chat.model_path
    Path(other).symlink_to(target)
    with running() as session:
        qtbot.waitUntil(lambda: bool(shown(session)) and shown(session)[-1].id == failed.id, timeout=WAIT_MS)
        ready(qtbot, session)
        use(session, SHORT)
        view = session.window.chat_view()
        view.realised_footer(view.rows[-1].entry)._retry.click()
        qtbot.waitUntil(lambda: shown(session)[-1].id != failed.id, timeout=WAIT_MS)
        again = wait_for_answers(qtbot, session, 2)[-1]
        assert (again.status, again.receipt.model_file) == (MessageStatus.COMPLETE, Path(other).name)
        assert session.controller.chat.chat.model_path == own


def test_an_answer_is_edited_and_goes_on_in_a_new_chat(running: Running, qtbot: QtBot) -> None:
    with running() as session:
        window, chat = session.window, session.controller.chat
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Name a colour.")
        answer = wait_for_answers(qtbot, session, 2)[-1]
        view = window.chat_view()
        footer = view.realised_footer(view.rows[-1].entry)
        footer._edit.click()
        assert window.composer.text() == answer.text
        window.composer.set_text("Teal.")
        QTest.keyClick(window.composer.field, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: shown(session)[-1].text == "Teal.", timeout=WAIT_MS)
        footer = view.realised_footer(view.rows[-1].entry)
        assert footer._receipt.text() == "Edited by you"
        assert footer._count.text() == "2 / 2"
        assert not window.composer.text()

        origin = chat.chat
        assert origin is not None
        trigger(session.controller.branches.menu(shown(session)[-1].id), "Continue in a new chat")
        qtbot.waitUntil(lambda: chat.chat is not None and chat.chat.id != origin.id, timeout=WAIT_MS)
        assert chat.chat.title == f"{origin.title} (branch)"
        assert [message.text for message in shown(session)] == ["Name a colour.", "Teal."]
        assert origin.title in window.notice.label.text()
        window.notice.action.click()
        qtbot.waitUntil(lambda: chat.chat.id == origin.id, timeout=WAIT_MS)


def test_a_question_is_deleted_for_good_once_a_person_has_agreed(running: Running, qtbot: QtBot) -> None:
    with running() as session:
        window, chat = session.window, session.controller.chat
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Name a colour.")
        first = wait_for_answers(qtbot, session, 2)
        ask(session, "And an animal?")
        second = wait_for_answers(qtbot, session, 4)[2]
        view = window.chat_view()
        view.realised_footer(view.rows[-1].entry)._edit.click()
        trigger(session.controller.branches.menu(second.id), "Delete…")
        dialog = window.findChild(ConfirmDialog)
        assert dialog.windowTitle() == "Delete this question?"
        assert any("1 message that follows it" in label.text() for label in dialog.findChildren(Label))
        dialog.cancel_button.click()
        assert len(shown(session)) == 4, "closing it is a no"
        qtbot.waitUntil(lambda: window.findChild(ConfirmDialog) is None, timeout=WAIT_MS)
        session.controller.branches.ask_delete(second.id)
        window.findChild(ConfirmDialog).accept_button.click()
        qtbot.waitUntil(lambda: shown(session) == first, timeout=WAIT_MS)
        assert [entry.id for entry in view.entries] == [message.id for message in first]
        assert window.composer.editing_id is None, "what was edited is gone"
        assert window.commands.regenerate.isEnabled()
        session.controller.branches.ask_delete(first[0].id)
        window.findChild(ConfirmDialog).accept_button.click()
        qtbot.waitUntil(lambda: not view.entries, timeout=WAIT_MS)
        ask(session, "Name a bird.")
        wait_for_answers(qtbot, session, 2)
        assert len(session.app.chats.open_chat(chat.chat.id).result(60).messages) == 2


def test_a_question_is_asked_again_with_a_wish(running: Running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Name a colour.")
        first = wait_for_answers(qtbot, session, 2)
        for words in ("Shorter", "With an example"):
            before = shown(session)[-1].id
            menu = session.controller.branches.menu(before)
            trigger(next(a for a in menu.actions() if a.text() == "Ask again, with a wish").menu(), words)
            qtbot.waitUntil(lambda before=before: shown(session)[-1].id not in (before, first[-1].id), timeout=WAIT_MS)
            wait_for_answers(qtbot, session, 2)
            menu.deleteLater()
        assert shown(session)[0].text == "Name a colour.\n\nPlease give an example.", "one wish takes another's place"
        view = session.window.chat_view()
        assert view.realised_footer(view.entries[0])._count.text() == "3 / 3"
        assert first[0].text == "Name a colour."


def test_a_chat_is_duplicated_from_the_list(running: Running, qtbot: QtBot) -> None:
    with running() as session:
        window, chat = session.window, session.controller.chat
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Name a colour.")
        wait_for_answers(qtbot, session, 2)
        origin = chat.chat
        trigger(window.sidebar.list.menu_for(session.controller.listed_chats[origin.id]), "Duplicate")
        qtbot.waitUntil(lambda: chat.chat is not None and chat.chat.id != origin.id, timeout=WAIT_MS)
        assert chat.chat.title.endswith(" (copy)")
        assert shown(session)[0].text == "Name a colour."
        assert len(session.controller.listed_chats) == 2


def test_the_map_leads_to_another_branch(running: Running, qtbot: QtBot) -> None:
    with running() as session:
        window, chat = session.window, session.controller.chat
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Name a colour.")
        first = wait_for_answers(qtbot, session, 2)[-1]
        ask(session, "And an animal?")
        wait_for_answers(qtbot, session, 4)
        assert not window.top_bar.branches_button.isVisible()
        assert not window.commands.branch_map.isEnabled()
        trigger(session.controller.branches.menu(first.id), "Continue from here")
        qtbot.waitUntil(lambda: len(shown(session)) == 2, timeout=WAIT_MS)
        ask(session, "And a plant?")
        plants = wait_for_answers(qtbot, session, 4)
        assert window.top_bar.branches_button.isVisible()

        window.top_bar.branches_button.click()
        qtbot.waitUntil(lambda: bool(window.findChildren(BranchMapDialog)), timeout=WAIT_MS)
        dialog = window.findChildren(BranchMapDialog)[0]
        assert [row.words for row in dialog.rows] == ["Name a colour.", "And an animal?", "And a plant?"]
        assert dialog.list.currentIndex().row() == 2
        QTest.keyClick(dialog.list, Qt.Key.Key_Up)
        QTest.keyClick(dialog.list, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: shown(session)[-2].text == "And an animal?", timeout=WAIT_MS)
        assert len(chat.conversation.messages) == 6
        assert plants[-1].id in {message.id for message in chat.conversation.messages}


def test_the_context_is_told_of_the_branch_that_is_shown(running: Running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Name a colour.")
        first = wait_for_answers(qtbot, session, 2)
        meter, chat = session.window.top_bar.context, session.controller.chat
        short = meter.text()
        chat.asking.submit_edit(first[0].id, "Name a colour, please. " * 60)
        qtbot.waitUntil(lambda: shown(session)[0].id != first[0].id, timeout=WAIT_MS)
        second = wait_for_answers(qtbot, session, 2)
        long = meter.text()
        assert long != short
        chat.walk.look_at(first[0].id)
        qtbot.waitUntil(lambda: shown(session)[0].id == first[0].id, timeout=WAIT_MS)
        assert meter.text() == short
        other = session.windows.open(first[0].chat_id)
        qtbot.waitUntil(lambda: other.controller.chat.conversation is not None, timeout=WAIT_MS)
        other.controller.chat.walk.look_at(second[0].id)
        qtbot.waitUntil(lambda: meter.text() == long, timeout=WAIT_MS)


def test_the_context_is_told_of_an_answer_that_was_edited(running: Running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Name a colour.")
        answer = wait_for_answers(qtbot, session, 2)[-1]
        meter = session.window.top_bar.context
        short = meter.text()
        session.controller.chat.asking.submit_edit(answer.id, answer.text * 40)
        qtbot.waitUntil(lambda: shown(session)[-1].is_edited, timeout=WAIT_MS)
        assert meter.text() != short


def test_the_context_is_that_of_the_model_that_answers_next(running: Running, qtbot: QtBot, other: str) -> None:
    with running() as session:
        ready(qtbot, session)
        smaller = ModelDefaults(loading=LoadOptions(context_size=512))
        session.app.model_defaults.change(other, smaller)
        use(session, SHORT)
        meter, asking = session.window.top_bar.context, session.controller.chat.asking
        session.window.composer.set_text("Name a colour.")
        asking.ask_also(Writer(other, SHORT))
        qtbot.waitUntil(
            lambda: len(answers(session)) == 2 and all(a.receipt for a in answers(session)), timeout=WAIT_MS
        )
        assert meter.text().endswith("/ 2k")
        asking.regenerate(answers(session)[0].id, by=Writer(other, SHORT))
        qtbot.waitUntil(
            lambda: len(answers(session)) == 3 and all(a.receipt for a in answers(session)), timeout=WAIT_MS
        )
        assert meter.text().endswith("/ 2k")


def test_another_model_answers_once(running: Running, qtbot: QtBot, other: str) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Name a colour.")
        answer = wait_for_answers(qtbot, session, 2)[-1]
        before = session.controller.model.path
        session.controller.chat.asking.regenerate(answer.id, by=Writer(other, SHORT))
        qtbot.waitUntil(lambda: shown(session)[-1].receipt is not None and shown(session)[-1].id != answer.id,
                        timeout=WAIT_MS)  # fmt: skip
        assert shown(session)[-1].receipt.model_file == Path(other).name
        chat = session.app.chats.open_chat(answer.chat_id).result(60).chat
        assert (chat.model_path, session.controller.model.path) == (before, before)
        menu = session.controller.branches.menu(answer.id)
        values = next(a for a in menu.actions() if a.text() == "Regenerate with a preset's values").menu()
        values.actions()[0].trigger()
        qtbot.waitUntil(lambda: len(answers(session)) == 3, timeout=WAIT_MS)
        qtbot.waitUntil(lambda: shown(session)[-1].receipt is not None, timeout=WAIT_MS)
        assert session.controller._sampling.value == SHORT, "the chat keeps its own values"
        menu.deleteLater()
