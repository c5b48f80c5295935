"""Lists that are made in threads which overtake each other: what was asked for last is shown, whenever the rest comes."""

from collections.abc import Callable
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from desktop_app.domain.errors import ErrorCode, StorageError
from desktop_app.domain.messages import Message, MessageStatus, Role
from desktop_app.gui.start import Session
from tests.e2e.steps import WAIT_MS, ready
from tests.e2e.test_temporary_drafts import settled
from tests.held_back import HeldBack
from tests.walks.scripted_models import ScriptedModels

Case = tuple[Callable[[], object], Callable[["Future[Any]"], object]]
"""What asks for a list, and how the next list that is asked for is made to be the one that a future brings."""


class Shown:
    """What was shown of lists, in order."""

    def __init__(self) -> None:
        self.all: list[object] = []

    def __call__(self, first: object, *_others: object, backups: object = None, is_locked: bool = False) -> None:
        self.all.append(backups if backups is not None else first)


def backups(session: Session, patch: pytest.MonkeyPatch, shown: Shown) -> Case:
    patch.setattr(session.window.settings_page, "show_backups", shown)
    asks = session.controller.chat_files._show_backups
    return asks, lambda future: patch.setattr(session.app.backups, "backups", lambda: future)


def readable_backups(session: Session, patch: pytest.MonkeyPatch, shown: Shown) -> Case:
    patch.setattr(session.window.settings_page, "show_lock", lambda **named: shown(None, **named))
    here = session.controller.lock

    def come(future: "Future[Any]") -> None:
        app = SimpleNamespace(pool=SimpleNamespace(submit=lambda *_given: future), paths=session.app.paths)
        patch.setattr(here, "_app", app)

    return here._show, come


def ledger(session: Session, patch: pytest.MonkeyPatch, shown: Shown) -> Case:
    patch.setattr(session.window.settings_page, "show_ledger", shown)
    asks = session.controller._network_controller._show
    return asks, lambda future: patch.setattr(session.app.ledger, "newest", lambda _count: future)


def places(session: Session, patch: pytest.MonkeyPatch, shown: Shown) -> Case:
    patch.setattr(session.window.data_page, "show_places", shown)
    asks = session.controller._own_data._look_again
    return asks, lambda future: patch.setattr(session.app.own_data, "look", lambda: SimpleNamespace(future=future))


def quick_models(session: Session, patch: pytest.MonkeyPatch, shown: Shown) -> Case:
    quick = session.desktop.quick
    patch.setattr(quick, "_listed", shown)
    return quick.show, lambda future: patch.setattr(session.app.library, "models", lambda: future)


def comparison(session: Session, patch: pytest.MonkeyPatch, shown: Shown) -> Case:
    page, here = session.window.compare_page, session.controller.receipts
    patch.setattr(page, "show_diff", lambda _left, _right, diff: shown(diff))
    message = Message(
        id="1",
        chat_id="1",
        parent_id=None,
        role=Role.ASSISTANT,
        parts=(),
        status=MessageStatus.COMPLETE,
        created_at=0.0,
    )
    page.candidates = dict.fromkeys("ab", SimpleNamespace(message=message))

    def come(future: "Future[Any]") -> None:
        patch.setattr(here, "_app", SimpleNamespace(pool=SimpleNamespace(submit=lambda *_given: future)))

    return lambda: here._compute("a", "b"), come


def other_apps(session: Session, patch: pytest.MonkeyPatch, shown: Shown) -> Case:
    here = session.controller.moving_in
    patch.setattr(here.page, "show_found", shown)
    return here._find, lambda future: patch.setattr(
        session.app.imports, "found", lambda: SimpleNamespace(future=future)
    )


def changes(session: Session, patch: pytest.MonkeyPatch, shown: Shown) -> Case:
    here = session.controller._about
    patch.setattr(session.window.about_page, "show_news", lambda _news, made, _first: shown(made))
    news = SimpleNamespace(files=(), manifest=SimpleNamespace(changes=""))

    def come(future: "Future[Any]") -> None:
        updates = SimpleNamespace(suited=lambda _files: None)
        patch.setattr(
            here, "_app", SimpleNamespace(pool=SimpleNamespace(submit=lambda *_given: future), updates=updates)
        )

    return lambda: here._read_changes(news), come


CASES = [backups, readable_backups, ledger, places, quick_models, comparison, other_apps, changes]


@pytest.mark.parametrize("case", CASES)
def test_of_two_lists_the_newer_one_stays(
    running,
    qtbot: QtBot,
    models: ScriptedModels,
    monkeypatch: pytest.MonkeyPatch,
    case: Callable[[Session, pytest.MonkeyPatch, Shown], Case],
) -> None:
    with running() as session:
        ready(qtbot, session)
        with monkeypatch.context() as patch:
            shown = Shown()
            asks, come = case(session, patch, shown)
            older: Future[Any] = Future()
            newer: Future[Any] = Future()
            for future in (older, newer):
                come(future)
                asks()
            newer.set_result("newer")
            older.set_result("older")
            settled(qtbot, session)
            qtbot.waitUntil(lambda: bool(shown.all), timeout=WAIT_MS)
        assert shown.all == ["newer"]


def test_the_page_of_one_s_own_data_is_shown_though_something_else_looks_them_through(
    running, qtbot: QtBot, models: ScriptedModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as session:
        ready(qtbot, session)
        with monkeypatch.context() as patch:
            looks = [SimpleNamespace(future=Future()) for _ in range(2)]
            waiting = iter(looks)
            patch.setattr(session.app.own_data, "look", lambda: next(waiting))
            session.window.commands.own_data.trigger()
            session.controller._own_data._look_again()
            looks[1].future.set_result([])
            qtbot.waitUntil(lambda: session.window.page == "data", timeout=WAIT_MS)


def test_a_window_offers_the_models_of_now_and_not_those_that_were_listed_for_its_beginning(
    running, qtbot: QtBot, models: ScriptedModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as session:
        ready(qtbot, session)
        controller = session.controller
        listed = session.app.library.models().result(60)
        with monkeypatch.context() as patch:
            lists: list[Future[Any]] = []
            patch.setattr(session.app.library, "models", lambda: lists.append(Future()) or lists[-1])
            controller.choice.begin()
            controller._files.refresh()
            qtbot.waitUntil(lambda: bool(lists), timeout=WAIT_MS)
            *older, newest = lists
            newest.set_result([])  # what was asked for last tells that there is none by now
            qtbot.waitUntil(lambda: not controller.model.models, timeout=WAIT_MS)
            for late in older:
                late.set_result(listed)
            settled(qtbot, session)
        assert not controller.model.models


def test_the_models_are_listed_again_where_that_was_wanted_while_it_went_wrong(
    running, qtbot: QtBot, models: ScriptedModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as session:
        ready(qtbot, session)
        files = session.controller._files
        with monkeypatch.context() as patch:
            lists: list[Future[Any]] = []
            patch.setattr(session.app.library, "models", lambda: lists.append(Future()) or lists[-1])
            files.refresh()
            qtbot.waitUntil(lambda: bool(lists), timeout=WAIT_MS)
            files.refresh()
            lists[0].set_exception(StorageError(ErrorCode.STORAGE_FAILED))
            qtbot.waitUntil(lambda: len(lists) > 1, timeout=WAIT_MS)
            lists[1].set_result([])
            qtbot.waitUntil(lambda: not session.controller.model.models, timeout=WAIT_MS)


def test_a_suggestion_is_made_though_an_older_judgement_comes_last(
    running, qtbot: QtBot, models: ScriptedModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as session:
        ready(qtbot, session)
        here = session.controller._models_controller
        here.begin_judging()
        qtbot.waitUntil(lambda: here._knows_cards and here._judged == here._judgings > 0, timeout=WAIT_MS)
        with monkeypatch.context() as slow:
            verdicts = HeldBack(slow, session.app.fitting, "judge_recommended")
            here._judge_all()
            qtbot.waitUntil(lambda: len(verdicts) > 0, timeout=WAIT_MS)
            verdicts.let_go()
            here._judge_all()
            qtbot.waitUntil(lambda: here._judged == here._judgings, timeout=WAIT_MS)
            verdicts.tell()
            settled(qtbot, session)
        with qtbot.waitSignal(here.suggested):
            here.begin_judging()
