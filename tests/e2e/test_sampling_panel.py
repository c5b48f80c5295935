"""The Sampling tab in the whole window: changes in mid-answer, forms that the model checks, presets on disk."""

import json

from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.domain.messages import MessageStatus
from desktop_app.domain.model_defaults import ModelDefaults
from desktop_app.domain.sampling import Sampling
from desktop_app.gui.dialogs.name import NameDialog
from desktop_app.gui.panel.sampling.form_dialog import FormDialog
from desktop_app.gui.panel.sampling.tab import ALL_GROUPS
from desktop_app.gui.start import Session
from desktop_app.gui.widgets.numbers import NumberField
from desktop_app.services.data_folder.locked_history import Change
from desktop_app.settings.store import SettingsStore
from desktop_app.support.paths import Paths
from tests.e2e.lock_steps import PASSPHRASE, lock, open_with
from tests.e2e.steps import SHORT, STORY, WAIT_MS, ask, nothing_stored, ready, shown, use, wait_for_answers


def test_a_change_in_mid_answer_is_felt_said_and_in_the_receipt(running, qtbot: QtBot) -> None:
    with running() as session:
        tab = session.window.panel.sampling_tab
        ready(qtbot, session)
        use(session, Sampling(temperature=1.4, max_tokens=2000, seed=5, min_p=0.1))
        ask(session, STORY)
        qtbot.waitUntil(lambda: len(shown(session)) == 2 and len(shown(session)[-1].text) > 20, timeout=WAIT_MS)
        tab.editors["seed"].settle(6)
        assert tab.when.text() == "Applies from the next answer on."
        tab.editors["temperature"].settle(0.0)
        assert tab.when.text() == "Applies from the next word on."
        tab.editors["max_tokens"].settle(60)
        _, answer = wait_for_answers(qtbot, session, 2)
        assert not tab.when.isVisible()
        receipt = answer.receipt
        assert receipt.resampled_at is not None
        assert 0 < receipt.resampled_at <= receipt.completion_tokens
        assert (receipt.sampling.temperature, receipt.sampling.max_tokens, receipt.sampling.seed) == (0.0, 60, 5)
        assert receipt.seed == 5
        tab.editors["max_tokens"].settle(8)
        assert not tab.when.isVisible(), "nothing streams"
        ask(session, "Hello")
        answer = wait_for_answers(qtbot, session, 4)[-1]
        assert answer.status is MessageStatus.COMPLETE
        assert (answer.receipt.resampled_at, answer.receipt.seed) == (None, 6)


def stored(session: Session, chat_id: str) -> Sampling:
    return session.app.chats.open_chat(chat_id).result(30).chat.sampling


def test_a_change_reaches_the_answer_of_a_chat_that_is_left_at_once(running, qtbot: QtBot) -> None:
    with running() as session:
        tab = session.window.panel.sampling_tab
        ready(qtbot, session)
        use(session, Sampling(temperature=1.4, max_tokens=2000, seed=5, min_p=0.1))
        ask(session, STORY)
        qtbot.waitUntil(lambda: len(shown(session)) == 2 and len(shown(session)[-1].text) > 20, timeout=WAIT_MS)
        chat_id = session.controller.chat.chat_id
        tab.change("max_tokens", 60)
        session.window.commands.new_chat.trigger()
        qtbot.waitUntil(lambda: not session.app.chats.streaming_answers(chat_id), timeout=WAIT_MS)
        answer = session.app.chats.open_chat(chat_id).result(30).messages[-1]
        assert answer.receipt.sampling.max_tokens == 60
        assert stored(session, chat_id).max_tokens == 60


def test_what_is_changed_while_the_first_question_is_stored_is_for_its_answer(running, qtbot: QtBot) -> None:
    with running() as session:
        tab = session.window.panel.sampling_tab
        ready(qtbot, session)
        usual = session.app.settings.value.sampling
        with nothing_stored(session):
            ask(session, STORY)
            tab.change("temperature", 0.0)
            tab.change("max_tokens", 7)
        _, answer = wait_for_answers(qtbot, session, 2)
        assert (answer.receipt.sampling.temperature, answer.receipt.sampling.max_tokens) == (0.0, 7)
        assert (tab.sampling.temperature, tab.sampling.max_tokens) == (0.0, 7)
        assert stored(session, session.controller.chat.chat_id) == tab.sampling
        assert session.app.settings.value.sampling == usual, "it was changed for this chat"


def test_questions_that_wait_are_asked_with_what_the_panel_shows(running, qtbot: QtBot) -> None:
    with running() as session:
        composer, tab = session.window.composer, session.window.panel.sampling_tab
        ready(qtbot, session)
        use(session, Sampling(temperature=1.4, max_tokens=2000, seed=5, min_p=0.1))
        ask(session, STORY)
        qtbot.waitUntil(lambda: len(shown(session)) == 2, timeout=WAIT_MS)
        chat_id = session.controller.chat.chat_id
        tab.change("top_k", 7)
        composer.queue_requested.emit("And then?")
        assert stored(session, chat_id).top_k == 7
        qtbot.waitUntil(lambda: len(session.controller.chat.queue) == 1, timeout=WAIT_MS)
        for count in (8, 9, 10):  # as a slider does that is dragged
            tab.change("top_k", count)
        qtbot.waitUntil(lambda: not session.controller._sampling._keeping, timeout=WAIT_MS)
        assert not session.controller._sampling._timer.isActive()
        assert stored(session, chat_id).top_k == 10
        tab.change("max_tokens", 8)
        *_, answer = wait_for_answers(qtbot, session, 4)
        assert (answer.receipt.sampling.top_k, answer.receipt.sampling.max_tokens) == (10, 8)


def test_a_number_that_is_typed_is_used_before_its_field_is_left(running, qtbot: QtBot) -> None:
    with running() as session:
        tab = session.window.panel.sampling_tab
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Hello")
        _, first = wait_for_answers(qtbot, session, 2)
        field = next(each for each in tab.editors["temperature"].widgets if isinstance(each, NumberField))
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, "0.3")
        session.window.commands.alternatives.trigger()
        qtbot.waitUntil(lambda: shown(session)[-1].id != first.id, timeout=WAIT_MS)
        _, answer = wait_for_answers(qtbot, session, 2)
        assert answer.receipt.sampling.temperature == 0.3


def test_what_is_heard_late_of_a_change_moves_no_slider_back(running, qtbot: QtBot) -> None:
    with running() as session:
        sampling, tab = session.controller._sampling, session.window.panel.sampling_tab
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Hello")
        wait_for_answers(qtbot, session, 2)
        shown_then: list[int] = []
        session.controller._bridge.happened.connect(lambda _event: shown_then.append(tab.sampling.top_k))
        with nothing_stored(session):
            for count in (7, 8, 9):
                tab.change("top_k", count)
                sampling.end()
        qtbot.waitUntil(lambda: not sampling._keeping, timeout=WAIT_MS)
        assert set(shown_then) == {9}


def test_the_first_chat_begins_with_what_was_kept(running, qtbot: QtBot, paths: Paths) -> None:
    kept = SettingsStore(paths.settings_file)
    kept.change("sampling", "temperature", 0.0)
    kept.change("sampling", "top_k", 7)
    kept.change("engine", "context_size", 2048)
    with running() as session:
        tab = session.window.panel.sampling_tab
        ready(qtbot, session)
        assert (tab.sampling.temperature, tab.sampling.top_k) == (0.0, 7)
        tab.change("max_tokens", 6)
        ask(session, "Hello")
        answer = wait_for_answers(qtbot, session, 2)[1]
        assert answer.receipt is not None
        assert answer.receipt.sampling == Sampling(temperature=0.0, top_k=7, max_tokens=6)
        sampling = session.app.settings.value.sampling
        assert (sampling.temperature, sampling.top_k) == (0.0, 7)


def test_the_first_chat_begins_with_what_is_set_for_its_model(running, qtbot: QtBot, starter_model: str) -> None:
    with running() as session:
        ready(qtbot, session)
        session.app.model_defaults.change(starter_model, ModelDefaults(sampling={"top_k": 9}))
    with running() as session:
        ready(qtbot, session)
        assert session.controller.chat.chat is None
        assert session.window.panel.sampling_tab.sampling.top_k == 9


def test_what_was_changed_for_the_first_chat_stays_while_its_model_is_found_or_chosen(
    running, qtbot: QtBot, starter_model: str
) -> None:
    with running() as session:
        tab = session.window.panel.sampling_tab
        usual = session.app.settings.value.sampling
        tab.change("begin_with", "So")
        session.controller._sampling.end()
        ready(qtbot, session)
        assert tab.sampling.begin_with == "So"
        session.app.model_defaults.change(starter_model, ModelDefaults(sampling={"top_k": 9, "temperature": 0.4}))
        qtbot.waitUntil(lambda: tab.sampling.top_k == 9)
        tab.change("temperature", 0.3)
        session.controller.choice.choose(starter_model)
        assert (tab.sampling.begin_with, tab.sampling.top_k, tab.sampling.temperature) == ("So", 9, 0.3)
        assert session.app.settings.value.sampling == usual, "it was changed for this chat alone"
        qtbot.waitUntil(
            lambda: not session.controller.chat.drafts.comes_back, timeout=WAIT_MS
        )  # else that is waited for
        session.window.commands.new_chat.trigger()
        assert (tab.sampling.begin_with, tab.sampling.temperature) == ("", 0.4)


def test_a_grammar_is_checked_by_the_model_and_kept_to(running, qtbot: QtBot) -> None:
    with running() as session:
        window = session.window
        tab = window.panel.sampling_tab
        ready(qtbot, session)
        qtbot.waitUntil(lambda: session.controller.model.context._size is not None, timeout=WAIT_MS)
        tab.open((ALL_GROUPS, "Answer format"))
        tab.groups.forms["grammar"].edit.click()
        (dialog,) = window.findChildren(FormDialog)
        dialog.field.setPlainText('root ::= "yes" | nowhere')
        qtbot.waitUntil(lambda: "There is no rule called nowhere" in dialog.status.text(), timeout=WAIT_MS)
        assert dialog.status.text().startswith("Line 1, column 18:")
        dialog.field.setPlainText('root ::= a? root | "b"\na ::= "a"')
        qtbot.waitUntil(lambda: "cannot be used" in dialog.status.text(), timeout=WAIT_MS)  # the engine alone sees it
        dialog.field.setPlainText('root ::= "never" | "always"')
        qtbot.waitUntil(lambda: dialog.accept_button.isEnabled(), timeout=WAIT_MS)
        assert dialog.status.text() == "The model can keep to this."
        dialog.accept_button.click()
        assert tab.groups.forms["grammar"].state.text() == "Set, 1 line"
        ask(session, "Does it rain in the desert?")
        _, answer = wait_for_answers(qtbot, session, 2)
        assert answer.text in ("never", "always")
        qtbot.waitUntil(lambda: not session.controller._sampling._timer.isActive(), timeout=WAIT_MS)
        assert session.settings.value.sampling.grammar == "", "it is for this chat alone"


def test_presets_of_ones_own_are_kept_imported_and_repaired(running, qtbot: QtBot, paths: Paths) -> None:
    with running() as session:
        window = session.window
        tab = window.panel.sampling_tab
        ready(qtbot, session)
        tab.open((ALL_GROUPS, "XTC"))
        tab.change("temperature", 1.15)
        tab.presets.save_requested.emit()
        (dialog,) = window.findChildren(NameDialog)
        QTest.keyClicks(dialog.field, "Prose")
        dialog.accept_button.click()
        assert tab.presets.state.text() == "Preset: Prose"
        qtbot.waitUntil(paths.presets_file.exists, timeout=WAIT_MS)
        assert json.loads(paths.presets_file.read_text()) == {"Prose": {"temperature": 1.15}}
        file = paths.config / "newer.json"
        file.write_text('{"inglenook_preset": 7, "name": "Prose", "sampling": {"temperature": 9, "wisdom": 1}}')
        tab.preset_dropped.emit(str(file))
        qtbot.waitUntil(lambda: "Prose 2" in window.notice.label.text(), timeout=WAIT_MS)
        words = window.notice.label.text()
        assert "Adjusted to the allowed range: Temperature." in words
        assert "Left out, since this release cannot use it: wisdom." in words
        window.notice.action.click()
        assert tab.sampling.temperature == 2.0
        tab.presets.delete_requested.emit(tab.presets.preset("Prose 2"))
        qtbot.waitUntil(lambda: [each.name for each in tab.presets.own] == ["Prose"], timeout=WAIT_MS)
        window.notice.action.click()
        qtbot.waitUntil(lambda: [each.name for each in tab.presets.own] == ["Prose", "Prose 2"], timeout=WAIT_MS)
        file.write_text("{")
        tab.preset_dropped.emit(str(file))
        qtbot.waitUntil(lambda: "newer.json is not a preset" in window.notice.label.text(), timeout=WAIT_MS)
        foreign = paths.config / "Big O.yaml"
        foreign.write_text("temperature: 0.9\ntop_a: 0.2\n")
        tab.preset_dropped.emit(str(foreign))
        qtbot.waitUntil(lambda: "“Big O” is in the menu" in window.notice.label.text(), timeout=WAIT_MS)
        assert "cannot use it: top_a." in window.notice.label.text()
        assert tab.presets.preset("Big O").changes == {"temperature": 0.9, "top_k": 0, "top_p": 1.0, "min_p": 0.0}
        session.controller._sampling_controller._export(str(paths.config / "out.json"))
        qtbot.waitUntil(lambda: "written to out.json" in window.notice.label.text(), timeout=WAIT_MS)
        assert json.loads((paths.config / "out.json").read_text())["sampling"] == {"temperature": 2.0}
    paths.presets_file.write_text('{"Prose": {"temperature": -4}}')
    with running() as session:
        tab = session.window.panel.sampling_tab
        qtbot.waitUntil(lambda: "another release" in session.window.notice.label.text(), timeout=WAIT_MS)
        assert tab.presets.preset("Prose").changes == {"temperature": 0.0}
        assert tab.open_sections == (ALL_GROUPS, "XTC"), "as they were left"


def test_a_value_that_is_typed_and_not_left_yet_outlives_the_lock(running, qtbot: QtBot, quick_keys: None) -> None:
    with running() as session:
        ready(qtbot, session)
        lock(qtbot, session, Change(wanted=PASSPHRASE))
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Hello")
        chat_id = wait_for_answers(qtbot, session, 2)[0].chat_id
        tab = session.window.panel.sampling_tab
        field = next(each for each in tab.editors["temperature"].widgets if isinstance(each, NumberField))
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, "0.3")
        session._keeper.lock()
        open_with(qtbot, session, PASSPHRASE)
        assert session.app.chats.open_chat(chat_id).result(60).chat.sampling.temperature == 0.3
