"""What goes over the bridge from the services' threads into the window's, and what is spared it."""

from concurrent.futures import Future

import pytest
from pytestqt.qtbot import QtBot

from desktop_app.domain.errors import EngineError, ErrorCode
from desktop_app.domain.ids import new_id
from desktop_app.gui.bridge import Bridge, Newest
from desktop_app.services.events import AnswerDelta, ChatsChanged, ServiceEvent, ThoughtDelta
from desktop_app.support.publisher import Publisher

SLICES = 20


@pytest.fixture
def events() -> Publisher[ServiceEvent]:
    return Publisher()


def test_what_an_answer_gains_reaches_those_alone_who_want_it(events: Publisher[ServiceEvent], qtbot: QtBot) -> None:
    window, tray = Bridge(), Bridge()
    window.listen(events)
    tray.listen(events, to_growth=False)
    turns, grown, told, tray_told = {window: 0, tray: 0}, list[object](), list[object](), list[object]()
    for bridge in turns:
        bridge._calls.connect(lambda _action, bridge=bridge: turns.update({bridge: turns[bridge] + 1}))
    window.grew.connect(grown.append)
    window.happened.connect(told.append)
    tray.happened.connect(tray_told.append)
    tray.grew.connect(tray_told.append)

    chat_id, message_id = new_id(), new_id()
    thought = ThoughtDelta(chat_id, message_id, "so", 0)
    pieces = [AnswerDelta(chat_id, message_id, "a", number) for number in range(SLICES)]
    last = ChatsChanged(removed=(chat_id,))
    for event in (thought, *pieces, last):
        events.publish(event)
    qtbot.waitUntil(lambda: len(told) == len(tray_told) == 1)

    assert grown == [thought, *pieces]
    assert told == tray_told == [last]
    assert turns == {window: SLICES + 2, tray: 1}  # a turn of the window's event loop for each slice, and no more
    window.close()
    tray.close()


def test_what_was_asked_for_before_something_else_is_not_handed_on(qtbot: QtBot) -> None:
    bridge, shown, ends = Bridge(), list[int](), list[str]()
    newest = Newest(bridge)
    first: Future[int] = Future()
    second: Future[int] = Future()
    for future in (first, second):
        newest.when_done(future, shown.append)
        bridge.when_done(future, lambda _number: ends.append("end"))
    second.set_result(2)
    first.set_result(1)  # which was overtaken
    qtbot.waitUntil(lambda: len(ends) == 2)
    assert shown == [2]
    bridge.close()


def test_what_follows_an_answer_follows_a_newer_one_where_that_overtakes_it(qtbot: QtBot) -> None:
    bridge, shown, told = Bridge(), list[int](), list[str]()
    newest = Newest(bridge)
    first: Future[int] = Future()
    second: Future[int] = Future()
    newest.when_done(first, shown.append, after=lambda: told.append("first"))
    newest.when_done(second, shown.append, after=lambda: told.append("second"))
    second.set_result(2)
    first.set_result(1)
    bridge.call(lambda: told.append("end"))
    qtbot.waitUntil(lambda: "end" in told)
    assert (shown, told) == ([2], ["first", "second", "end"])
    bridge.close()


def test_an_older_failure_is_told_only_where_nobody_says_what_follows_one(qtbot: QtBot) -> None:
    bridge, told = Bridge(), list[str]()
    bridge.failed.connect(lambda error: told.append(f"told {error.detail}"))
    newest = Newest(bridge)
    older: Future[int] = Future()
    forgotten: Future[int] = Future()
    latest: Future[int] = Future()
    newest.when_done(older, lambda _number: None, lambda _error: told.append("older"))
    newest.when_done(forgotten, lambda _number: None)
    newest.when_done(latest, lambda _number: None, lambda _error: told.append("latest"))
    for future, name in ((latest, "a"), (older, "b"), (forgotten, "c")):
        future.set_exception(EngineError(ErrorCode.ENGINE_FAILED, name))
    bridge.call(lambda: told.append("end"))
    qtbot.waitUntil(lambda: "end" in told)
    assert told == ["latest", "told c", "end"]
    bridge.close()
