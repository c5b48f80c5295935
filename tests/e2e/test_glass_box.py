"""The glass box in the window, with the real model: look at an answer, choose a word, branch, work out, tint."""

import threading

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.domain.messages import MessageStatus
from desktop_app.domain.parts import TextPart
from desktop_app.domain.sampling import Sampling
from desktop_app.gui.panel.glass.tab import GlassTab
from desktop_app.gui.start import Session
from desktop_app.services.requests.reading import ReadingListener
from desktop_app.storage import chats as rows
from tests.e2e.steps import SENTENCE, WAIT_MS, ask, ready, shown, use, wait_for_answers


def open_glass_box(qtbot: QtBot, session: Session, place: int = 0) -> GlassTab:
    """Press the button under an answer, counted from the last one, and wait until its words are there."""
    view = session.window.chat_view()
    answers = [row.entry for row in view.rows if row.entry is not None and not row.entry.is_user]
    entry = list(dict.fromkeys(answers))[-1 - place]
    footer = view.realised_footer(entry)
    assert footer is not None
    footer._glass.click()
    tab = session.window.panel.glass_tab
    qtbot.waitUntil(lambda: tab.flow.isVisible() or tab.work_out.isVisible(), timeout=WAIT_MS)
    return tab


def click_word(tab: GlassTab, number: int) -> None:
    assert tab.flow._flow is not None
    place = tab.flow._area(tab.flow._flow, number).center()
    QTest.mouseClick(tab.flow.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(round(place.x()), round(place.y())))


def choose_other(tab: GlassTab) -> str:
    """Choose the likeliest word that can be branched to, and return it."""
    tab.bars.setFocus()
    for row in range(len(tab.bars.bars)):
        tab.bars._choose(row)
        option = tab._option
        if tab.branch.isEnabled() and option is not None and option.piece.strip().isalpha():
            return option.piece.decode()
    raise AssertionError("nothing to branch to")


def test_an_answer_is_looked_at_and_branched(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SENTENCE)
        ask(session, "Name three colours of the sea.")
        _question, answer = wait_for_answers(qtbot, session, 2)
        tab = open_glass_box(qtbot, session)
        assert session.window.panel.tab == "glass"
        assert len(tab._traces) == 16
        assert "".join(tab.flow._texts) == answer.text
        number = 5
        click_word(tab, number)
        assert tab.number == number
        begun = "".join(tab.flow._texts[:number]) + choose_other(tab)
        tab.branch.click()
        qtbot.waitUntil(lambda: shown(session)[-1].id != answer.id, timeout=WAIT_MS)
        _question, other = wait_for_answers(qtbot, session, 2)
        assert other.text.startswith(begun)
        assert len(other.text) > len(begun)
        view = session.window.chat_view()
        footer = view.realised_footer(view.rows[-1].entry)
        assert footer is not None
        assert footer._count.text() == "2 / 2"
        qtbot.waitUntil(lambda: "".join(tab.flow._texts) == other.text, timeout=WAIT_MS)
        assert number + 1 < len(tab._traces) <= number + 1 + 16
        footer._back.click()
        qtbot.waitUntil(lambda: shown(session)[-1].id == answer.id, timeout=WAIT_MS)
        assert shown(session)[-1] == answer
        qtbot.waitUntil(lambda: "".join(tab.flow._texts) == answer.text, timeout=WAIT_MS)


def test_an_unrecorded_answer_is_worked_out_and_the_chat_is_tinted(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, Sampling(temperature=1.2, max_tokens=24, seed=2))
        session.app.settings.change("engine", "record_probabilities", False)
        ask(session, "Tell me of the sea.")
        (_question, answer) = wait_for_answers(qtbot, session, 2)
        session.window.commands.show_sureness.trigger()
        tab = open_glass_box(qtbot, session)
        assert tab.tint.isChecked()
        assert not tab.flow.isVisible()
        tab.work_out.click()
        qtbot.waitUntil(tab.flow.isVisible, timeout=WAIT_MS)
        assert "".join(tab.flow._texts) == answer.text
        view = session.window.chat_view()

        def tinted() -> int:
            return sum(len(widget.extraSelections()) for widget in view.realised_texts())

        qtbot.waitUntil(lambda: tinted() > 0, timeout=WAIT_MS)
        tab.tint.click()
        assert tinted() == 0
        assert not session.window.commands.show_sureness.isChecked()


def test_reading_once_more_is_given_up_by_its_button_and_with_its_chat(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SENTENCE)
        session.app.settings.change("engine", "record_probabilities", False)
        ask(session, "Tell me of the sea.")
        _question, short = wait_for_answers(qtbot, session, 2)
        long = msgspec.structs.replace(short, id="long", parts=(TextPart("The lamp stays lit. " * 150),))

        def lengthen(connection) -> None:
            rows.insert_message(connection, long)
            rows.update_chat(connection, long.chat_id, leaf_id=long.id)

        session.app.database.write(lengthen).result(60)
        session.controller.chat.open_chat(long.chat_id)
        qtbot.waitUntil(lambda: shown(session)[-1].id == long.id, timeout=WAIT_MS)
        tab, path = open_glass_box(qtbot, session), session.controller.chat.model_path

        def begin() -> None:
            tab.work_out.click()
            assert tab.reading.isVisible()
            qtbot.waitUntil(lambda: "%" in tab.reading.words.text(), timeout=WAIT_MS)

        begin()
        tab.reading.cancel.click()
        qtbot.waitUntil(tab.work_out.isVisible, timeout=WAIT_MS)
        assert not tab.reading.isVisible()
        begin()
        session.window.sidebar.new_chat_requested.emit()
        qtbot.waitUntil(lambda: "Ask something" in tab.hint.text(), timeout=WAIT_MS)
        assert not tab.reading.isVisible()
        qtbot.waitUntil(lambda: not session.app.engines.is_busy(path), timeout=WAIT_MS)
        session.controller.chat.open_chat(long.chat_id)
        qtbot.waitUntil(tab.work_out.isVisible, timeout=WAIT_MS)
        begin()
        qtbot.waitUntil(tab.flow.isVisible, timeout=WAIT_MS)
        assert "".join(tab.flow._texts) == long.text


def test_the_tab_follows_what_is_written_and_what_is_chosen(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        tab = session.window.panel.glass_tab
        session.window.panel.show_tab("glass")
        assert "Ask something" in tab.hint.text()
        use(session, SENTENCE)
        ask(session, "Name a colour.")
        qtbot.waitUntil(lambda: "being written" in tab.hint.text() or tab.flow.isVisible(), timeout=WAIT_MS)
        _question, first = wait_for_answers(qtbot, session, 2)
        qtbot.waitUntil(lambda: "".join(tab.flow._texts) == first.text, timeout=WAIT_MS)
        ask(session, "And another one?")
        messages = wait_for_answers(qtbot, session, 4)
        assert messages[-1].status is MessageStatus.COMPLETE
        qtbot.waitUntil(lambda: "".join(tab.flow._texts) == messages[-1].text, timeout=WAIT_MS)
        open_glass_box(qtbot, session, place=1)
        qtbot.waitUntil(lambda: "".join(tab.flow._texts) == first.text, timeout=WAIT_MS)
        session.window.sidebar.new_chat_requested.emit()
        qtbot.waitUntil(lambda: "Ask something" in tab.hint.text(), timeout=WAIT_MS)


@pytest.mark.usefixtures("whole_starter")
def test_what_was_looked_at_is_found_out_and_follows_the_chosen_word(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SENTENCE)
        ask(session, "Name three colours of the sea.")
        _question, answer = wait_for_answers(qtbot, session, 2)
        tab = open_glass_box(qtbot, session)
        block = tab.attention
        assert block.look.isEnabled()
        block.look.click()
        qtbot.waitUntil(block.flow.isVisible, timeout=WAIT_MS)
        words = "".join(block._words)
        assert words.endswith(answer.text)
        assert "Name three colours of the sea." in words
        assert [block.bands.tabText(place) for place in range(block.bands.count())] == ["Early", "Middle", "Late"]
        click_word(tab, 5)
        assert block.number == 5
        assert block.sentence.text().startswith(f"When it chose “{tab.flow.word(5)}”, it looked most at: “")
        assert "layers 21 to 30" in block.rest.text()
        late = block.sentence.text()
        block.bands.setCurrentIndex(0)
        assert "layers 1 to 10" in block.rest.text()
        assert block.sentence.text() != late
        block.flow._pick(block._attention.first + 3)
        assert tab.number == 3
        block.flow._pick(0)  # a word of the prompt: nothing is known of what it looked at
        assert block.flow.chosen == block._attention.first + 3
        session.window.panel.show_tab("sampling")
        session.window.panel.show_tab("glass")
        assert block.flow.isVisible()
        ask(session, "And of the sky?")
        wait_for_answers(qtbot, session, 4)
        qtbot.waitUntil(lambda: tab.flow.isVisible() and block.look.isVisible(), timeout=WAIT_MS)
        open_glass_box(qtbot, session, 1)
        qtbot.waitUntil(block.flow.isVisible, timeout=WAIT_MS)  # it is known already


def test_looking_can_be_given_up(running, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    tell, goes_on = ReadingListener._tell, threading.Event()

    def tell_and_wait(listener: ReadingListener) -> None:
        tell(listener)
        goes_on.wait(WAIT_MS / 1000)  # so that it has not ended when it is given up

    monkeypatch.setattr(ReadingListener, "_tell", tell_and_wait)
    with running() as session:
        ready(qtbot, session)
        use(session, SENTENCE)
        ask(session, "Which of these is a colour? " + "lighthouse keeper " * 40)
        wait_for_answers(qtbot, session, 2)
        tab = open_glass_box(qtbot, session)
        tab.attention.look.click()
        assert tab.attention.reading.isVisible()
        qtbot.waitUntil(lambda: "%" in tab.attention.reading.words.text(), timeout=WAIT_MS)
        tab.attention.reading.cancel.click()
        assert tab.attention.look.isVisible()
        goes_on.set()
        tab.attention.look.click()
        qtbot.waitUntil(tab.attention.flow.isVisible, timeout=WAIT_MS)


@pytest.mark.usefixtures("whole_starter")
def test_words_are_added_and_taken_away_as_vectors(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SENTENCE)
        session.window.panel.show_tab("glass")
        tab = session.window.panel.glass_tab
        tab.vectors.head.click()
        sums = tab.sums
        assert sums is not None

        def nearest() -> str:
            return sums.bars.bars[0].label if sums.heading.text().startswith("Nearest") else ""

        qtbot.waitUntil(lambda: nearest() == "queen", timeout=WAIT_MS)
        assert [field.text() for field in (sums.base, sums.less, sums.more)] == ["king", "man", "woman"]
        assert "576" in sums.note.text()
        sums.less.clear()
        sums.more.clear()
        sums.base.setFocus()
        sums.base.selectAll()
        QTest.keyClicks(sums.base, "Monday")
        qtbot.waitUntil(lambda: nearest() in ("Tuesday", "Wednesday", "Thursday"), timeout=WAIT_MS)
        row = next(row for row, bar in enumerate(sums.bars.bars) if bar.label == "Friday")
        sums.bars._choose(row)
        qtbot.waitUntil(
            lambda: sums.base.text() == "Friday" and "Monday" in {b.label for b in sums.bars.bars}, timeout=WAIT_MS
        )
        sums.base.clear()
        sums.ask()
        assert sums.heading.text() == "Put in a word to begin with."
        ask(session, "Name a king and a queen.")
        wait_for_answers(qtbot, session, 2)
        qtbot.waitUntil(tab.flow.isVisible, timeout=WAIT_MS)
        number = next(number for number in range(len(tab._traces)) if tab.flow.word(number).isalpha())
        click_word(tab, number)
        assert sums.base.text() == tab.flow.word(number)
        qtbot.waitUntil(lambda: nearest() != "", timeout=WAIT_MS)


def test_a_word_that_no_token_is_is_the_mean_of_its_pieces(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        session.window.panel.show_tab("glass")
        session.window.panel.glass_tab.vectors.head.click()
        sums = session.window.panel.glass_tab.sums
        assert sums is not None
        sums.begin_with("lighthousekeeper")
        qtbot.waitUntil(lambda: "“lighthousekeeper” is cut into" in sums.note.text(), timeout=WAIT_MS)
        assert sums.bars.isVisible()
