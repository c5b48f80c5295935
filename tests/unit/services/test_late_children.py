"""What comes late, or never, to processes that help: each request has its own time, and whoever waits is told."""

from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from desktop_app.domain.errors import ErrorCode, ErrorInfo, ModelError
from desktop_app.domain.ids import new_id
from desktop_app.protocol import helper as helper_protocol
from desktop_app.protocol import speech as speech_protocol
from desktop_app.services.background import helper as helper_module
from desktop_app.services.background.helper import Helper
from desktop_app.services.events import ServiceEvent, SpeechFailed
from desktop_app.services.writing import speech as speech_module
from desktop_app.services.writing.speech import Speech
from desktop_app.support.publisher import Publisher
from tests.unit.services.held import HeldPool


class HeldChild:
    """Stands for `ChildProcess`: keeps what is sent, with its seconds."""

    all: ClassVar[list["HeldChild"]] = []

    def __init__(self, _name: str, _target: object, _arguments: object, _events: object,
                 on_event: Callable[[Any], None], on_exit: Callable[[int, bool], None]) -> None:  # fmt: skip
        self.hear, self.exit = on_event, on_exit
        self.sent: list[Any] = []
        self.seconds: list[float] = []
        self.waiting: list[Callable[[], bool]] = []
        self.later: list[tuple[float, Callable[[], None]]] = []
        self.was_late = False
        self.all.append(self)

    def start(self) -> None:
        """It runs."""

    def send(self, message: Any) -> None:
        self.sent.append(message)

    def send_with_deadline(self, message: Any, seconds: float, waiting: Callable[[], bool]) -> None:
        self.sent.append(message)
        self.seconds.append(seconds)
        self.waiting.append(waiting)

    def call_later(self, seconds: float, action: Callable[[], None]) -> None:
        self.later.append((seconds, action))

    def end_if(self, waiting: Callable[[], bool]) -> None:
        self.was_late = waiting()

    def kill(self) -> None:
        """It is told to end."""

    def close(self, _last_words: object, grace: float = 0.0) -> None:
        del grace


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> list[HeldChild]:
    monkeypatch.setattr(HeldChild, "all", [])
    monkeypatch.setattr(helper_module, "ChildProcess", HeldChild)
    monkeypatch.setattr(speech_module, "ChildProcess", HeldChild)
    return HeldChild.all


def test_the_time_of_a_request_begins_when_the_one_before_it_has_ended(children: list[HeldChild]) -> None:
    pool = HeldPool()
    helper = Helper(pool)
    requests = [helper_protocol.ReadPdf(request_id=new_id(), path="p", most=1) for _count in range(3)]
    info = ErrorInfo(ErrorCode.ATTACHMENT_PDF_STOPPED)
    answers = [helper.ask(request, 60.0, ended=info, overdue=info) for request in requests]
    pool.run_all()
    (child,) = children
    child.hear(helper_protocol.Ready(helper_protocol.VERSION))
    assert child.sent == requests[:1]
    for request, answer in zip(requests, answers, strict=True):
        assert child.sent[-1] is request
        child.hear(helper_protocol.PdfRead(request.request_id, "text", 1, 0))
        assert answer.result(0).text == "text"
    assert child.sent == requests
    assert not any(waiting() for waiting in child.waiting)


def test_a_request_behind_one_that_answers_in_the_last_moment_goes_to_the_next_helper(
    children: list[HeldChild],
) -> None:
    pool = HeldPool()
    helper = Helper(pool)
    requests = [helper_protocol.ReadPdf(request_id=new_id(), path="p", most=1) for _count in range(2)]
    info = ErrorInfo(ErrorCode.ATTACHMENT_PDF_STOPPED)
    first, second = [helper.ask(request, 60.0, ended=info, overdue=info) for request in requests]
    pool.run_all()
    (child,) = children
    assert child.waiting[0]()  # so it is ended
    child.hear(helper_protocol.PdfRead(requests[0].request_id, "text", 1, 0))
    child.exit(-9, True)
    pool.run_all()
    assert first.result(0).text == "text"
    assert not second.done()
    assert children[-1].sent == requests[1:]


def test_a_request_that_hangs_in_a_new_helper_has_its_own_time_from_the_moment_that_it_is_ready(
    children: list[HeldChild],
) -> None:
    """Else it had that of the start as well, and used up its share of the processor before: no one said why it ended."""
    pool = HeldPool()
    helper = Helper(pool)
    request = helper_protocol.RenderTemplate(request_id=new_id(), template="", messages=())
    ended, overdue = ErrorInfo(ErrorCode.TEMPLATE_INVALID), ErrorInfo(ErrorCode.TEMPLATE_TIMEOUT)
    answer = helper.ask(request, 2.0, ended=ended, overdue=overdue)
    pool.run_all()
    (child,) = children
    child.hear(helper_protocol.Ready(helper_protocol.VERSION))
    ((seconds, act),) = child.later
    assert seconds == 2.0
    act()
    assert child.was_late
    child.exit(-9, child.was_late)
    error = answer.exception(0)
    assert isinstance(error, ModelError)
    assert error.code is ErrorCode.TEMPLATE_TIMEOUT


def test_a_helper_that_is_not_asked_any_more_rests_whoever_asked_last(children: list[HeldChild]) -> None:
    pool = HeldPool()
    helper = Helper(pool, rest_seconds=600.0)
    info = ErrorInfo(ErrorCode.SPELLING_STOPPED)

    def ask() -> None:
        request = helper_protocol.ListDictionaries(new_id())
        answer = helper.ask(request, 10.0, ended=info, overdue=info)
        pool.run_all()
        children[-1].hear(helper_protocol.DictionariesListed(request.request_id, True, ()))
        assert answer.done()

    ask()
    ask()
    (first,) = children
    early, late = (act for seconds, act in first.later if seconds == 600.0)
    early()
    pool.run_all()
    ask()
    assert children == [first], "it was asked again before its time was over"
    late()
    [act for seconds, act in first.later if seconds == 600.0][-1]()
    pool.run_all()
    ask()
    assert len(children) == 2


# Speech


def test_a_pause_while_the_voice_is_being_started_holds(children: list[HeldChild]) -> None:
    pool = HeldPool()
    speech = Speech(pool, Publisher())
    speech.say(print, "Hello")
    speech.pause()
    pool.run_all()
    assert [type(message) for message in children[0].sent] == [speech_protocol.Say, speech_protocol.Pause]


def test_a_voice_that_cannot_be_started_is_told_and_looked_for_again(
    children: list[HeldChild], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[ServiceEvent] = []
    events: Publisher[ServiceEvent] = Publisher()
    events.subscribe(told.append)
    pool = HeldPool()
    speech = Speech(pool, events)

    def refuse(_self: object) -> None:
        raise OSError("no more processes")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(HeldChild, "start", refuse)
        number = speech.say(print, "Hello")
        pool.run_all()
    assert [(event.number, event.error.code) for event in told if isinstance(event, SpeechFailed)] == [
        (number, ErrorCode.SPEECH_MISSING)
    ]
    speech.say(print, "Hello again")
    pool.run_all()
    assert [message.text for message in children[-1].sent] == ["Hello again"]
