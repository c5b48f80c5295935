"""What comes late, twice or in mid-change to the services: it finds what it means, and nothing else."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest

from desktop_app.domain.chats import Chat, Conversation
from desktop_app.domain.downloads import Download, DownloadState
from desktop_app.domain.errors import AppError, EngineError, ErrorCode, ErrorInfo
from desktop_app.domain.hub import HubFile, Variant
from desktop_app.domain.messages import FinishReason, Message, MessageStatus, Receipt, Role
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.traces import Traces
from desktop_app.domain.unsent import NextQuestion, Unsent
from desktop_app.protocol import helper as helper_protocol
from desktop_app.protocol import owner as owner_protocol
from desktop_app.services.answering.answering import Answering
from desktop_app.services.answering.answers import Answer, AnswerSaver
from desktop_app.services.answering.titles import Titles
from desktop_app.services.answering.turns import Asked, NewTurn, Writer
from desktop_app.services.chats.lost import Lost
from desktop_app.services.chats.unsent import UnsentQuestions
from desktop_app.services.data_folder.desk import Desk
from desktop_app.services.data_folder.questions import Questions
from desktop_app.services.events import AnswerDelta, DownloadChanged, QuestionReturned, ServiceEvent
from desktop_app.services.hardware.probing import Probing
from desktop_app.services.hardware.tuning import Tuning
from desktop_app.services.insight.again import Again
from desktop_app.services.models.transfers import Transfers
from desktop_app.services.requests.context import AS_USUAL
from desktop_app.settings.schema import WhenFull
from desktop_app.storage import chats as rows
from desktop_app.storage.database import Database
from desktop_app.support.publisher import Publisher
from tests.unit.services.held import HeldPool

BLOCKED_SECONDS = 0.2
"""How long another thread is given for what it must not be able to do meanwhile."""


def streaming(message_id: str = "a", chat_id: str = "c") -> Message:
    return Message(
        id=message_id, chat_id=chat_id, parent_id=None, role=Role.ASSISTANT, parts=(), status=MessageStatus.STREAMING,
        created_at=0.0,
    )  # fmt: skip


class HeldEngines:
    """Takes note of what is asked; nothing is answered by itself."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Any]] = []
        self.cancelled: list[str] = []
        self.fits: Future[bool] = Future()
        self.waiting: list[Callable[[], None]] = []

    def generate(self, model_path: str, _task: object, listener: Any) -> str:
        self.asked.append((f"r{len(self.asked)}", model_path, listener))
        return self.asked[-1][0]

    def cancel(self, request_id: str) -> None:
        self.cancelled.append(request_id)

    def resample(self, _request_id: str, _sampling: Sampling) -> None:
        raise AssertionError("nobody asked for that")

    def fit_together(self, _paths: Sequence[str]) -> "Future[bool]":
        return self.fits

    def when_free(self, call: Callable[[], None]) -> None:
        self.waiting.append(call)


# Answers


def test_the_last_words_of_an_answer_are_written_behind_all_others(tmp_path: Path) -> None:
    database = Database(tmp_path / "chats.db")
    database.open().result(60)
    message = streaming()
    chat = Chat(id="c", created_at=0.0, updated_at=0.0)

    def store(connection: Any) -> None:
        rows.insert_chat(connection, chat)
        rows.insert_message(connection, message)

    database.write(store).result(60)
    saver = AnswerSaver(database, Publisher(), HeldPool())

    def ended(_answer: Answer, last: Message) -> None:
        saver.keep(last, Traces.of(()))
        saver.finish(last)

    class EndsMeanwhile(Answer):
        def take_unsaved(self) -> Message | None:
            taken = super().take_unsaved()
            self.thread = threading.Thread(target=self.end, args=(MessageStatus.COMPLETE,))
            self.thread.start()
            self.thread.join(BLOCKED_SECONDS)
            return taken

    answer = EndsMeanwhile(message, Publisher(), ended, (), None, "", lambda _id, _memory, _behind: None)
    saver.add(answer)
    answer.on_text("Hello")
    saver._save_growing(answer)
    answer.thread.join()
    (stored,) = database.read(lambda connection: rows.load_conversation(connection, "c")).result(60).messages
    database.close()
    assert (stored.text, stored.status) == ("Hello", MessageStatus.COMPLETE)


class Asking:
    """Two models that are to answer one question, before it is known whether both fit into memory."""

    def __init__(self) -> None:
        self.engines = HeldEngines()
        self.saved: list[Message] = []
        saver: Any = type("Saver", (), {})()
        saver.add = saver.close = lambda *_given: None
        saver.keep = lambda message, _traces: self.saved.append(message)
        saver.finish = lambda _message: None
        titles: Any = type("Titles", (), {})()
        titles.owe = titles.answered = lambda *_given, **_options: None
        engines: Any = self.engines
        self.answering = Answering(None, engines, Publisher(), saver, titles)
        self.turn = NewTurn(
            chat_id="c", question=None, answers=(streaming("a"), streaming("b")),
            writers=(Writer("/a.gguf", Sampling()), Writer("/b.gguf", Sampling())), previous_leaf=None,
            when_full=WhenFull.DROP,
        )  # fmt: skip

    def begin(self) -> None:
        self.answering._answer(self.turn, Chat(id="c", created_at=0.0, updated_at=0.0), ())

    @property
    def models(self) -> list[str]:
        return [model for _id, model, _listener in self.engines.asked]


def test_an_answer_that_was_stopped_before_its_turn_loads_no_model() -> None:
    asking = Asking()
    asking.begin()
    asking.answering.stop("b")  # it is not known yet whether both fit
    asking.engines.fits.set_result(True)
    assert asking.models == ["/a.gguf"]
    assert [(message.id, message.status) for message in asking.saved] == [("b", MessageStatus.STOPPED)]


@pytest.mark.parametrize("when", ["asked", "fits", "free"])
def test_no_model_is_loaded_for_a_question_once_all_is_closed(when: str) -> None:
    asking = Asking()
    if when == "asked":  # its question was being stored
        asking.answering.close()
    asking.begin()
    if when == "fits":
        asking.answering.close()
    asking.engines.fits.set_result(False)
    asked = list(asking.models)
    asking.answering.close()
    for call in asking.engines.waiting:
        call()
    assert asking.models == asked == (["/a.gguf"] if when == "free" else [])
    if when == "fits":
        assert {message.status for message in asking.saved} == {MessageStatus.INTERRUPTED}


# Titles


def titles_of(engines: HeldEngines, database: Any = None) -> Titles:
    taken: Any = engines
    return Titles(database, taken, Publisher(), lambda: True)


CHAT = Chat(id="c", created_at=0.0, updated_at=0.0, title="Hello")
TURNS = (helper_protocol.TemplateMessage("user", "Write a friendly greeting"),)


def receipt(reason: FinishReason) -> Receipt:
    return Receipt(model_name="m", finish_reason=reason)


def test_a_question_ends_the_title_that_is_written_whatever_became_of_an_earlier_one() -> None:
    engines = HeldEngines()
    titles = titles_of(engines)
    titles.answered(CHAT, "/m", TURNS, "Hi", AS_USUAL, is_first=True)
    titles.give_way()
    titles.answered(CHAT, "/m", TURNS, "Hi", AS_USUAL, is_first=False)  # the earlier one has not ended yet
    (_first, _m, earlier), (second, _model, _later) = engines.asked
    earlier.on_finished(receipt(FinishReason.CANCELLED))
    engines.cancelled.clear()
    titles.give_way()
    assert engines.cancelled == [second]


def test_a_title_that_was_complete_before_it_gave_way_is_not_asked_for_again() -> None:
    engines = HeldEngines()

    class Writes:
        def write(self, _action: object, follow: Callable[["Future[Any]"], object]) -> object:
            return follow(Future())

    titles = titles_of(engines, Writes())
    titles.answered(CHAT, "/m", TURNS, "Hi", AS_USUAL, is_first=True)
    titles.give_way()
    ((_id, _model, title),) = engines.asked
    title.on_text("Friendly greeting")
    title.on_finished(receipt(FinishReason.STOP))
    titles.answered(CHAT, "/m", TURNS, "Hi", AS_USUAL, is_first=False)
    assert len(engines.asked) == 1


# Running again


class Opened:
    """Chats that are opened when the test says so."""

    def __init__(self) -> None:
        self.opening: list[Future[Conversation]] = []

    def open_chat(self, _chat_id: str) -> "Future[Conversation]":
        self.opening.append(Future())
        return self.opening[-1]


def test_giving_up_a_second_run_ends_that_one_and_the_first_was_never_begun() -> None:
    engines, chats = HeldEngines(), Opened()
    parts: Any = {"database": None, "chats": chats, "engines": engines, "events": Publisher()}
    again = Again(**parts)
    conversation = Conversation(chat=Chat(id="c", created_at=0.0, updated_at=0.0), messages=(streaming(),))
    first = again.run("c", "a", "/m")
    again.cancel("a")
    second = again.run("c", "a", "/m")
    for opening in chats.opening:
        opening.set_result(conversation)
    assert first.cancelled()
    assert [request_id for request_id, _model, _listener in engines.asked] == ["r0"]
    again.cancel("a")
    assert engines.cancelled == ["r0"]
    engines.asked[0][2].on_finished(receipt(FinishReason.CANCELLED))
    assert second.cancelled()


# Transfers


def test_a_transfer_that_nobody_waits_for_any_more_holds_up_no_other() -> None:
    pool = HeldPool()
    transfers = Transfers(pool, Publisher())
    unwanted = transfers.submit(lambda: 1)
    assert unwanted.cancel()
    wanted = transfers.submit(lambda: 2)
    pool.run_all()
    assert wanted.result(0) == 2
    later = transfers.submit(lambda: 3)
    pool.run_all()
    assert later.result(0) == 3


# Questions that wait


def test_a_question_that_waits_is_asked_though_nobody_may_look_where_its_model_is() -> None:
    chat = msgspec.structs.replace(CHAT, model_path="/m")
    waiting: Future[Any] = Future()
    waiting.set_result((chat, Unsent(queue=(NextQuestion(id="n", text="And then?"),))))
    asked: list[str] = []
    parts: Any = type("Parts", (), {})()
    parts.read = lambda _action: waiting
    parts.write = lambda _action, follow: follow(Future())
    parts.ask = lambda _chat_id, _text, model_path, **_more: asked.append(model_path)

    def refuse(_path: str) -> str:
        raise PermissionError("a folder of somebody else's")

    UnsentQuestions(database=parts, chats=parts, events=Publisher(), find_model=refuse, lost=Lost()).send_next("c")
    assert asked == ["/m"]


# Clients of the owner


class AskedAtOnce:
    """Chats that refuse a question before they have told its ids, as when their database is closed."""

    def __init__(self, events: Publisher[ServiceEvent]) -> None:
        self._events = events

    def ask(self, *_given: object, **_options: object) -> Asked:
        self._events.publish(AnswerDelta("c", "a", "Hel", 0))
        self._events.publish(QuestionReturned("c", "Hello", (), ErrorInfo(ErrorCode.STORAGE_FAILED), (), False))
        return Asked("c", "q", "a")


def test_a_client_hears_also_what_was_told_before_its_question_had_a_name() -> None:
    events: Publisher[ServiceEvent] = Publisher()
    replies: list[owner_protocol.OwnerMessage] = []
    chats: Any = AskedAtOnce(events)
    engines: Any = HeldEngines()
    questions = Questions(engines, chats, events)
    question = owner_protocol.Question(text="Hello", model_path="/m", save=True)
    asking = threading.Thread(target=questions.ask, args=(question, replies.append), daemon=True)
    asking.start()
    asking.join(60)
    assert not asking.is_alive()
    assert replies == [owner_protocol.Delta("Hel"), owner_protocol.Refused(ErrorInfo(ErrorCode.STORAGE_FAILED))]


def test_a_client_hears_of_its_download_in_the_order_in_which_it_came() -> None:
    events: Publisher[ServiceEvent] = Publisher()
    replies: list[owner_protocol.OwnerMessage] = []
    file = HubFile(name="m.gguf", size=4)
    queued = Download(id="d", repository="m/M", commit="c", folder="/",
                      variant=Variant(name="m", quantization="Q8_0", files=(file,)))  # fmt: skip
    done = msgspec.structs.replace(queued, state=DownloadState.DONE)
    threads: list[threading.Thread] = []

    class Adds:
        def add(self, *_given: object) -> Download:
            events.publish(DownloadChanged(queued))
            return queued

    def reply(message: owner_protocol.OwnerMessage) -> None:
        if not threads:  # it arrives while its beginning is told
            threads.append(threading.Thread(target=events.publish, args=(DownloadChanged(done),)))
            threads[0].start()
            threads[0].join(BLOCKED_SECONDS)
        replies.append(message)

    nobody: Any = None
    downloads: Any = Adds()
    Desk(nobody, downloads, events).get(nobody, nobody, reply)
    threads[0].join()
    assert replies == [owner_protocol.Downloading(queued), owner_protocol.Arrived(done)]


# Work that cannot be begun


def stumble(*_given: object) -> Any:
    raise KeyError("nobody thought of this")


def test_a_measuring_that_cannot_be_begun_does_not_go_on_for_ever(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        tuning = Tuning(
            file=tmp_path / "tuning.json", pool=pool, engine_folder=lambda: "", release=stumble,
            on_measured=lambda *_measured: None,
        )  # fmt: skip
        errors = [tuning.measure("/m", lambda _trial, _done: None).future.exception(60) for _time in range(2)]
    codes = [error.code for error in errors if isinstance(error, AppError)]
    assert codes == [ErrorCode.ENGINE_START_FAILED] * 2


def test_a_look_at_the_hardware_that_cannot_be_begun_does_not_go_on_for_ever() -> None:
    with ThreadPoolExecutor(1) as pool:
        probing = Probing(pool=pool, file=None, engine_folder=stumble)
        first = probing.look()
        assert isinstance(first.exception(60), EngineError)
        second = probing.look()
        assert isinstance(second.exception(60), EngineError)
    assert second is not first
