"""Reading aloud in a process of its own: in order, broken off, paused, without a voice, and with one that hangs or dies."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor

import pytest

from desktop_app.domain.errors import ErrorCode
from desktop_app.gui.speech import process
from desktop_app.protocol.speech import Command, Say
from desktop_app.protocol.wire import Wire
from desktop_app.services.background.process import ChildProcess
from desktop_app.services.events import ServiceEvent, SpeechFailed, SpeechOpened, SpeechTaken, TextSpoken, WordSpoken
from desktop_app.services.writing.speech import Speech
from desktop_app.support.child import live_with_parent
from desktop_app.support.publisher import Publisher
from tests.unit.services.held import HeldPool

WAIT_SECONDS = 60


class Heard:
    """What is told, to wait for."""

    def __init__(self) -> None:
        self.events: list[ServiceEvent] = []
        self._changed = threading.Condition()

    def __call__(self, event: ServiceEvent) -> None:
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    def wait_for(self, kind: type, count: int = 1) -> list:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.of(kind)) >= count, WAIT_SECONDS), self.events
        return self.of(kind)

    def of(self, kind: type) -> list:
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def speech(pool: ThreadPoolExecutor, heard: Heard) -> Iterator[Speech]:
    made = speech_for(pool, heard)
    yield made
    made.close()


def speech_for(pool: Executor, heard: Callable[[ServiceEvent], None], seconds: float = 10.0 * WAIT_SECONDS) -> Speech:
    """Return what speaks with all the time that a busy computer may take, where a test does not say otherwise."""
    events: Publisher[ServiceEvent] = Publisher()
    events.subscribe(heard)
    return Speech(pool, events, seconds)


def pids(speech: Speech) -> int:
    assert speech._child is not None
    assert speech._child.pid is not None
    return speech._child.pid


def test_each_word_is_told_and_then_the_end(speech: Speech, heard: Heard) -> None:
    speech.say(process.run_without_sound, "A red boat.", language="en")
    heard.wait_for(TextSpoken)
    assert heard.events == [
        SpeechOpened(True),
        WordSpoken(1, 0, 1),
        WordSpoken(1, 2, 3),
        WordSpoken(1, 6, 4),
        TextSpoken(1),
    ]
    pid = pids(speech)
    speech.say(process.run_without_sound, "And again.")
    heard.wait_for(TextSpoken, 2)
    assert pids(speech) == pid  # it is started once
    assert len(heard.of(SpeechOpened)) == 1


def test_another_text_breaks_the_first_off(speech: Speech, heard: Heard) -> None:
    speech.say(process.run_without_sound, "word " * 500)
    heard.wait_for(WordSpoken)
    speech.say(process.run_without_sound, "Short.")
    (said,) = heard.wait_for(TextSpoken)
    assert said.number == 2
    assert [taken.number for taken in heard.of(SpeechTaken)] == [1]


def test_silence_for_a_text_leaves_the_one_in_its_place(speech: Speech, heard: Heard) -> None:
    former = speech.say(process.run_without_sound, "word " * 500)
    heard.wait_for(WordSpoken)
    speech.say(process.run_without_sound, "Another window reads this.")
    speech.silence(former)
    (said,) = heard.wait_for(TextSpoken)
    assert said.number == 2


def test_only_the_last_text_asked_for_while_it_starts_is_spoken(speech: Speech, heard: Heard) -> None:
    for _time in range(5):
        speech.say(process.run_without_sound, "One.")
    (said,) = heard.wait_for(TextSpoken)
    assert said.number == 5


def test_silence_says_no_more(speech: Speech, heard: Heard) -> None:
    number = speech.say(process.run_without_sound, "word " * 500)
    heard.wait_for(WordSpoken)
    speech.silence(number)
    told = len(heard.of(WordSpoken))
    speech.say(process.run_without_sound, "End.")
    heard.wait_for(TextSpoken)
    assert [event.number for event in heard.of(WordSpoken)[told:]] == [2]
    assert heard.of(SpeechFailed) == []


def test_no_word_that_was_about_to_be_told_comes_after_the_silence(pool: ThreadPoolExecutor, heard: Heard) -> None:
    is_told, may_go_on, is_silent = threading.Event(), threading.Event(), threading.Event()
    number = 1
    after: list[ServiceEvent] = []

    def hear(event: ServiceEvent) -> None:
        if isinstance(event, WordSpoken) and event.number == number:
            is_told.set()
            may_go_on.wait(WAIT_SECONDS)
        if is_silent.is_set():
            after.append(event)
        heard(event)

    speech = speech_for(pool, hear)
    assert speech.say(process.run_without_sound, "word " * 500) == number
    assert is_told.wait(WAIT_SECONDS)
    silencing = threading.Thread(target=lambda: (speech.silence(number), is_silent.set()))
    silencing.start()
    silencing.join(0.2)  # it waits for the word
    may_go_on.set()
    silencing.join(WAIT_SECONDS)
    speech.say(process.run_without_sound, "End.")
    heard.wait_for(TextSpoken)
    assert [event for event in after if isinstance(event, WordSpoken) and event.number == number] == []
    speech.close()


def test_a_pause_lasts_until_it_goes_on(speech: Speech, heard: Heard) -> None:
    speech.say(process.run_without_sound, "one two three")
    heard.wait_for(WordSpoken)
    speech.pause()
    speech.resume()
    heard.wait_for(TextSpoken)


def test_a_voice_that_is_paused_is_not_taken_for_one_that_hangs(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    is_late, end_if = threading.Event(), ChildProcess.end_if

    def look(child: ChildProcess, waiting: Callable[[], bool]) -> None:
        end_if(child, waiting)
        is_late.set()

    monkeypatch.setattr(ChildProcess, "end_if", look)
    pool = HeldPool()
    speech = speech_for(pool, heard, 0.0)
    speech.say(process.run_without_sound, "x")
    speech.pause()
    pool.run_all()
    assert is_late.wait(WAIT_SECONDS)
    speech.resume()
    heard.wait_for(TextSpoken)
    speech.close()


def test_a_computer_without_a_voice_is_told(pool: ThreadPoolExecutor, heard: Heard) -> None:
    speech = speech_for(pool, heard)
    speech.say(without_voice, "Hello.")
    (failed,) = heard.wait_for(SpeechFailed)
    assert (failed.number, failed.error.code) == (1, ErrorCode.SPEECH_MISSING)
    speech.close()


def test_a_missing_library_is_told(pool: ThreadPoolExecutor, heard: Heard) -> None:
    speech = speech_for(pool, heard)
    speech.say(without_library, "Hello.")
    (failed,) = heard.wait_for(SpeechFailed)
    assert failed.error.code is ErrorCode.SPEECH_MISSING
    assert "libpulse" in failed.error.detail
    speech.say(process.run_without_sound, "It was installed.")
    heard.wait_for(TextSpoken)
    speech.close()


def test_a_voice_that_hangs_is_ended_and_another_one_goes_on(pool: ThreadPoolExecutor, heard: Heard) -> None:
    speech = speech_for(pool, heard, 0.3)
    speech.say(hanging, "x")
    (failed,) = heard.wait_for(SpeechFailed)
    assert failed.error.code is ErrorCode.SPEECH_SILENT
    speech.close()
    fresh = Heard()
    speech = speech_for(pool, fresh)
    speech.say(process.run_without_sound, "Fine.")
    fresh.wait_for(TextSpoken)
    speech.close()


def test_a_voice_that_dies_is_told(speech: Speech, heard: Heard) -> None:
    speech.say(process.run_without_sound, "word " * 500)
    heard.wait_for(WordSpoken)
    os.kill(pids(speech), signal.SIGKILL)
    (failed,) = heard.wait_for(SpeechFailed)
    assert (failed.number, failed.error.code) == (1, ErrorCode.SPEECH_ENDED)
    speech.say(process.run_without_sound, "Again.")
    heard.wait_for(TextSpoken)


def test_it_rests_only_while_nothing_is_spoken(speech: Speech, heard: Heard) -> None:
    speech.say(process.run_without_sound, "word " * 40)
    heard.wait_for(WordSpoken)
    speech.rest()
    assert speech._child is not None
    heard.wait_for(TextSpoken)
    speech.rest()
    assert speech._child is None
    speech.say(process.run_without_sound, "Once more.")
    heard.wait_for(TextSpoken, 2)


def test_it_rests_also_when_it_was_about_to_be_started(heard: Heard) -> None:
    pool = HeldPool()
    speech = speech_for(pool, heard)
    number = speech.say(process.run_without_sound, "word " * 40)
    speech.silence(number)
    speech.rest()
    pool.run_all()
    assert speech._child is None
    speech.silence(speech.say(process.run_without_sound, "word " * 40))
    speech.rest()
    speech.say(process.run_without_sound, "Once more.")
    pool.run_all()
    heard.wait_for(TextSpoken)
    speech.close()


def test_after_the_end_nothing_is_started(pool: ThreadPoolExecutor, heard: Heard) -> None:
    speech = speech_for(pool, heard)
    speech.say(process.run_without_sound, "Hello.")
    speech.close()
    speech.say(process.run_without_sound, "Hello.")
    pool.submit(lambda: None).result()
    assert heard.of(TextSpoken) == []


def without_voice(connection) -> None:
    process.run(connection, "no such engine")


def without_library(connection) -> None:
    import sys

    class Refusing:
        def find_spec(self, name, *_rest):
            if name == "PySide6.QtTextToSpeech":
                raise ImportError("libpulse.so.0: cannot open shared object file: No such file or directory")

    sys.meta_path.insert(0, Refusing())
    process.run(connection)


def hanging(connection) -> None:
    live_with_parent()
    assert isinstance(Wire(connection, Command).receive(), Say)
    time.sleep(60)


@pytest.mark.parametrize(
    ("platform", "chosen"),
    [
        ("linux", {"QT_QPA_PLATFORM": "offscreen"}),
        (
            "darwin",
            {"QT_MAC_DISABLE_FOREGROUND_APPLICATION_TRANSFORM": "1", "QT_EVENT_DISPATCHER_CORE_FOUNDATION": "1"},
        ),
        ("win32", {}),
    ],
)
def test_each_system_tells_what_is_spoken_in_a_loop_that_hears_it(platform: str, chosen: dict[str, str]) -> None:
    """Without its own loop macOS never says that a sentence ended, and nothing more would be read."""
    environ: dict[str, str] = {}
    process.set_environment(environ, platform)
    assert environ == chosen
