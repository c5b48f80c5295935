"""The guided tour in the whole window, over the real model: every step, leaving, and going on after a restart."""

from collections.abc import Callable
from datetime import datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.domain.messages import Role
from desktop_app.domain.tour import STEPS, TourStep
from desktop_app.gui.start import Session
from desktop_app.gui.tour.context import ContextPart
from desktop_app.gui.tour.embeddings import EmbeddingsPart
from desktop_app.gui.tour.invention import InventionPart
from desktop_app.gui.tour.loop import LoopPart
from desktop_app.gui.tour.page import TourPage
from desktop_app.gui.tour.privacy import PrivacyPart
from desktop_app.gui.tour.sliders import TemperaturePart, TopPPart
from desktop_app.gui.tour.tokens import TokensPart
from tests.e2e.steps import SHORT, WAIT_MS, ask, ready, use, wait_for_answers
from tests.scripted_tour import part_of


def begin(qtbot: QtBot, session: Session) -> TourPage:
    """Open the tour with F1 and wait until the model can be asked."""
    controller = session.controller
    assert controller is not None
    qtbot.waitUntil(lambda: controller.tour._is_loaded, timeout=WAIT_MS)
    QTest.keyClick(session.window, Qt.Key.Key_F1)
    assert session.window.page == "tour"
    page = session.window.tour_page
    qtbot.waitUntil(lambda: not page._hindrance, timeout=WAIT_MS)
    return page


def do_tokens(page: TourPage, until: Callable) -> None:
    part = part_of(page, TokensPart)
    part.box.setPlainText("Donaudampfschifffahrt")
    until(lambda: "“Donaudampfschifffahrt” alone is " in page.seen.text())
    assert len(part.flow.pieces) > 3


def do_embeddings(page: TourPage, until: Callable) -> None:
    until(lambda: "nearest to “queen”" in page.seen.text())
    part_of(page, EmbeddingsPart).sums.begin_with("bread")
    until(lambda: "This model keeps “bread” nearest to “" in page.seen.text())


def do_attention(page: TourPage, until: Callable) -> None:
    until(lambda: page.seen.text().startswith("For “him” the early layers"))
    assert "the late ones at “Paul”" in page.seen.text()


def do_next_token(page: TourPage, until: Callable) -> None:
    part = part_of(page, LoopPart)
    until(lambda: len(part.flow.pieces) == 6)
    part.next_button.click()
    until(lambda: bool(page.seen.text()))
    part.play_button.click()
    until(lambda: len(part._drawn) >= 3 or part._ended)


def do_temperature(page: TourPage, until: Callable) -> None:
    part = part_of(page, TemperaturePart)
    until(lambda: "the model gave it" in page.seen.text())
    part.row.editor.settle(0.1)
    (sharp,) = [bar for bar in part.columns[0].view.bars.rows.bars if bar.share > 0.9]
    assert sharp.before < 0.9
    part.write_button.click()
    until(lambda: page.seen.text().startswith("The model finds the words of the cool text"))
    assert all(text.text().startswith("The best thing about rain is") for text in part.texts)


def do_top_k(page: TourPage, until: Callable) -> None:
    until(lambda: page.seen.text().startswith("5 of 49,152 tokens"))


def do_top_p(page: TourPage, until: Callable) -> None:
    part = part_of(page, TopPPart)
    until(lambda: page.seen.text().startswith("The same p of 0.80"))
    sure, unsure = (column.steps[-1].count for column in part.columns)
    assert sure * 10 < unsure


def do_context(page: TourPage, until: Callable) -> None:
    part = part_of(page, ContextPart)
    until(lambda: "All of it is " in page.seen.text())
    assert "is open" in part.heading.text()
    assert [row.speaker for row in part.meter.rows][-3:-1] == ["You", "Model"]


def do_invention(page: TourPage, until: Callable) -> None:
    part = part_of(page, InventionPart)
    part.ask_button.click()
    until(lambda: "the model was sure of" in page.seen.text())
    assert part.flow.isVisible()


def do_privacy(page: TourPage, until: Callable) -> None:
    until(lambda: "nothing went over the network" in page.seen.text())
    part = part_of(page, PrivacyPart)
    part.offline.click()
    assert part.asking.is_offline, "the switch is the setting"
    part.offline.click()
    assert not part.asking.is_offline


DO: dict[TourStep, Callable[[TourPage, Callable], None]] = {
    TourStep.TOKENS: do_tokens,
    TourStep.EMBEDDINGS: do_embeddings,
    TourStep.ATTENTION: do_attention,
    TourStep.NEXT_TOKEN: do_next_token,
    TourStep.TEMPERATURE: do_temperature,
    TourStep.TOP_K: do_top_k,
    TourStep.TOP_P: do_top_p,
    TourStep.CONTEXT: do_context,
    TourStep.INVENTION: do_invention,
    TourStep.PRIVACY: do_privacy,
}


def walk(page: TourPage, steps: tuple[TourStep, ...], qtbot: QtBot) -> None:
    for step in steps:
        assert page.step is step
        DO[step](page, lambda seen: qtbot.waitUntil(seen, timeout=WAIT_MS))
        page.next_button.click()


@pytest.mark.usefixtures("whole_starter")
def test_the_whole_tour_with_a_restart_in_between(running, qtbot: QtBot) -> None:
    half = len(STEPS) // 2
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Hello")
        wait_for_answers(qtbot, session, 2)
        page = begin(qtbot, session)
        walk(page, STEPS[:half], qtbot)
        QTest.keyClick(session.window, Qt.Key.Key_Escape)
        assert session.window.page == "chat"
    with running() as session:
        ready(qtbot, session)
        qtbot.waitUntil(lambda: session.controller.chat.conversation is not None, timeout=WAIT_MS)
        page = begin(qtbot, session)
        assert page.progress.done == tuple(step.value for step in STEPS[:half])
        walk(page, STEPS[half:], qtbot)
        assert session.window.page == "chat"
        assert page.progress.done == tuple(step.value for step in STEPS)
        assert page.step is STEPS[0]


def test_the_offer_goes_away_for_good(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        offer = session.controller.tour._offer
        qtbot.waitUntil(offer.isVisible, timeout=WAIT_MS)
        offer.dismiss.click()
        assert not offer.isVisible()
    with running() as session:
        ready(qtbot, session)
        controller = session.controller
        qtbot.waitUntil(lambda: controller.tour._is_loaded, timeout=WAIT_MS)
        assert not controller.tour._offer.isVisible()


def test_the_offer_is_for_an_empty_chat_and_leads_to_the_tour(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        offer = session.controller.tour._offer
        qtbot.waitUntil(offer.isVisible, timeout=WAIT_MS)
        ask(session, "Hello")
        wait_for_answers(qtbot, session, 2)
        assert not offer.isVisible()
        session.window.commands.new_chat.trigger()
        assert offer.isVisible()
        offer.take.click()
        assert session.window.page == "tour"
        session.window.show_page("chat")
        assert not offer.isVisible()


def test_without_a_model_it_leads_to_one_and_loads_it(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        controller, engines = session.controller, session.app.engines
        path = controller.model.path
        qtbot.waitUntil(lambda: engines.loaded_model(path) is not None, timeout=WAIT_MS)
        qtbot.waitUntil(lambda: controller.tour._is_loaded, timeout=WAIT_MS)
        engines.unload(path)
        controller.model.path = None
        session.window.commands.tour.trigger()
        page = session.window.tour_page
        assert "none is chosen" in page.obstacle.text()
        page.way_on.click()
        assert session.window.page == "models"
        controller.choice.choose(path)
        session.window.commands.tour.trigger()
        qtbot.waitUntil(lambda: bool(page.seen.text()), timeout=WAIT_MS)


def test_a_model_that_was_unloaded_meanwhile_is_loaded_when_it_is_wanted(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        page = begin(qtbot, session)
        qtbot.waitUntil(lambda: bool(page.seen.text()), timeout=WAIT_MS)
        session.app.engines.unload(session.controller.model.path)
        qtbot.waitUntil(lambda: page.way_on.isVisible() and page.way_on.text() == "Load it", timeout=WAIT_MS)
        assert not page.parts[TourStep.TOKENS].isVisible()
        page.way_on.click()
        qtbot.waitUntil(lambda: page.parts[TourStep.TOKENS].isVisible(), timeout=WAIT_MS)


def test_the_open_chat_is_shown_as_its_model_reads_it(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Hello")
        question = wait_for_answers(qtbot, session, 2)[0]
        assert session.controller is not None
        chat = session.controller.chat.chat
        session.app.chats.set_system_prompt(chat.id, "It is {{date}}.")
        qtbot.waitUntil(lambda: "{{" in session.controller.chat.chat.system_prompt, timeout=WAIT_MS)
        system, asked, _answer = session.controller.tour._chat_turns()
        moment = datetime.fromtimestamp(question.created_at).astimezone()
        assert system == (Role.SYSTEM, f"It is {moment:%Y-%m-%d}.")
        assert asked == (Role.USER, "Hello")
