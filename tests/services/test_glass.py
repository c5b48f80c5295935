"""How tokens were chosen, from the model to the database and back; old answers worked out, and new ones branched off."""

import threading

import msgspec
import pytest

from desktop_app.app import App
from desktop_app.domain.answer_tokens import branched, spans
from desktop_app.domain.errors import AppError
from desktop_app.domain.messages import Message, MessageStatus
from desktop_app.domain.model_defaults import ModelDefaults
from desktop_app.domain.parts import TextPart, ThoughtPart
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.traces import Traces
from desktop_app.helper.templates import CHATML
from desktop_app.protocol import engine as protocol
from desktop_app.services.answering import answers
from desktop_app.services.answering.answers import AnswerSaver
from desktop_app.services.engines.engine import Engine
from desktop_app.services.events import AnswerDelta
from desktop_app.storage import chats as rows
from desktop_app.storage import shelf

QUESTION = "Name three colours of the sea."


def greedy(tokens: int) -> Sampling:
    return Sampling(temperature=0.0, max_tokens=tokens, seed=1)


def ask(app: App, heard, model: str, tokens: int = 16) -> Message:
    asked = app.chats.ask(None, QUESTION, model_path=model, sampling=greedy(tokens))
    return heard.answer(asked.answer_id).message


def recorded(app: App, message: Message) -> Traces:
    traces = app.glass.recorded(message.id).result(60)
    assert traces is not None
    return traces


def words(traces: Traces, message: Message) -> str:
    return "".join(message.text[span.begin : span.end] for span in spans(traces, "", message.text) if span is not None)


def test_an_answer_is_recorded_and_read_back_after_a_restart(open_app, starter_model: str) -> None:
    with open_app() as (app, heard):
        message = ask(app, heard, starter_model)
        traces = recorded(app, message)
        assert len(traces) == 16
        assert words(traces, message) == message.text
        assert all(0.0 < traces.probability(number) <= 1.0 for number in range(16))
        assert all(len(trace.options) == 8 for trace in traces)
        first = list(traces)
    with open_app() as (app, _heard):
        assert list(recorded(app, message)) == first


def test_nothing_is_recorded_where_that_is_switched_off(open_app, starter_model: str) -> None:
    with open_app(record_probabilities=False) as (app, heard):
        message = ask(app, heard, starter_model)
        assert app.glass.recorded(message.id).result(60) is None


def test_what_was_stopped_and_continued_is_recorded_to_its_end(app: App, heard, starter_model: str) -> None:
    message = ask(app, heard, starter_model, 6)
    app.chats.go_on(message.chat_id, message.id, model_path=starter_model, sampling=greedy(5))
    longer = heard.answer(message.id).message
    traces = recorded(app, longer)
    assert len(traces) == 11
    assert words(traces, longer) == longer.text
    long = Sampling(max_tokens=2000, seed=2, temperature=1.2)
    asked = app.chats.regenerate(message.chat_id, message.id, model_path=starter_model, sampling=long)
    heard.wait_for(AnswerDelta, lambda event: event.message_id == asked.answer_id and event.start > 20)
    app.chats.stop(asked.answer_id)
    stopped = heard.answer(asked.answer_id).message
    assert stopped.status is MessageStatus.STOPPED
    assert words(recorded(app, stopped), stopped) == stopped.text


@pytest.mark.usefixtures("whole_starter")  # the words of the short one may be cut into other tokens
def test_an_old_answer_is_worked_out_and_kept(open_app, starter_model: str) -> None:
    with open_app(record_probabilities=False) as (app, heard):
        message = ask(app, heard, starter_model)
        traces = app.glass.work_out(message.chat_id, message.id, starter_model).future.result(60)
        assert words(traces, message) == message.text
        assert list(recorded(app, message)) == list(traces)
        taken = sum(trace.options[0].token == trace.chosen.token for trace in traces)
        assert taken >= len(traces) - 2  # it was greedy; tokens at a near-tie may part
        assert app.engines.loaded().result(60)[0].busy is False


def test_what_is_not_there_cannot_be_worked_out(app: App, heard, starter_model: str) -> None:
    message = ask(app, heard, starter_model, 2)
    for chat_id, message_id in ((message.chat_id, "nobody"), ("nowhere", message.id)):
        assert isinstance(app.glass.work_out(chat_id, message_id, starter_model).future.exception(60), AppError)
    assert isinstance(app.glass.work_out(message.chat_id, message.id, "/no/model.gguf").future.exception(60), AppError)


def long_answer(app: App, heard, model: str) -> Message:
    """Return an answer of some hundred tokens, which is read in several steps, of which nothing was recorded."""
    short = ask(app, heard, model, 2)
    long = msgspec.structs.replace(short, id="long", parts=(TextPart("The lamp stays lit all night. " * 50),))
    app.database.write(lambda connection: rows.insert_message(connection, long)).result(60)
    return long


def test_how_far_an_answer_is_read_is_told(open_app, starter_model: str) -> None:
    with open_app(record_probabilities=False) as (app, heard):
        message = ask(app, heard, starter_model, 40)
        told: list[float] = []
        app.glass.work_out(message.chat_id, message.id, starter_model, told.append).future.result(60)
        assert len(told) > 2
        assert told == sorted(told)
        assert told[0] < 0.5
        assert told[-1] > 0.9  # both texts are cut together, and then each for itself


def test_reading_an_answer_can_be_given_up_and_asked_for_again(
    open_app, starter_model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[protocol.Event] = []
    passed_on = Engine._on_event

    def note(engine: Engine, process: object, event: protocol.Event) -> None:
        said.append(event)
        passed_on(engine, process, event)

    monkeypatch.setattr(Engine, "_on_event", note)
    with open_app(record_probabilities=False) as (app, heard):
        message = long_answer(app, heard, starter_model)
        known, ended = threading.Event(), threading.Event()

        def give_up(_fraction: float) -> None:
            """Give it up at once: on a busy computer it is read to its end before another thread has its turn."""
            known.wait(60)
            reading.cancel()

        reading = app.glass.work_out(message.chat_id, message.id, starter_model, give_up)
        known.set()
        reading.future.add_done_callback(lambda _done: ended.set())
        assert ended.wait(60)
        assert reading.future.cancelled()
        end = next(event for event in said if isinstance(event, protocol.Finished) and event.reason == "cancelled")
        assert end.completion_tokens < 300
        assert recorded_nothing(app, message)
        assert not app.engines.is_busy(starter_model)
        reading.cancel()  # again, and too late
        traces = app.glass.work_out(message.chat_id, message.id, starter_model).future.result(120)
        assert len(traces) > 300
        assert words(traces, message) == message.text
        later = {event.request_id for event in said[said.index(end) :] if isinstance(event, protocol.Tokens)}
        assert len(later) == 1  # those of the second reading
        assert end.request_id not in later
        assert list(recorded(app, message)) == list(traces)


def test_reading_can_be_given_up_before_it_begins(open_app, starter_model: str) -> None:
    with open_app(record_probabilities=False) as (app, heard):
        message = ask(app, heard, starter_model, 4)
        held = threading.Event()
        app.database.read(lambda _connection: held.wait(60))
        ended = threading.Event()
        reading = app.glass.work_out(message.chat_id, message.id, starter_model)
        reading.future.add_done_callback(lambda _done: ended.set())
        reading.cancel()
        held.set()
        assert ended.wait(60)
        assert reading.future.cancelled()
        assert not app.engines.is_busy(starter_model)


def recorded_nothing(app: App, message: Message) -> bool:
    return app.glass.recorded(message.id).result(60) is None


@pytest.mark.parametrize("number", [0, 3, 7])
def test_an_answer_branches_at_a_token(app: App, heard, starter_model: str, number: int) -> None:
    message = ask(app, heard, starter_model)
    traces = recorded(app, message)
    was = traces[number]
    option = next(o for o in was.options if o.token != was.chosen.token and o.piece.strip() and not o.is_control)
    begins = branched(traces, number, option, message.parts)
    assert begins is not None
    (part,) = begins.parts
    assert isinstance(part, TextPart)
    asked = app.chats.regenerate(
        message.chat_id, message.id, model_path=starter_model, sampling=greedy(6), begins=begins
    )
    other = heard.answer(asked.answer_id).message
    assert other.text.startswith(part.text)
    assert len(other.text) > len(part.text)
    conversation = app.chats.open_chat(message.chat_id).result(60)
    assert [each.id for each in conversation.messages[1:]] == [message.id, other.id]
    assert conversation.messages[1] == message
    assert {each.parent_id for each in conversation.messages[1:]} == {conversation.messages[0].id}
    after = recorded(app, other)
    assert len(after) == number + 1 + 6
    assert after[number].chosen.token == option.token
    assert words(after, other) == other.text
    assert list(recorded(app, message)) == list(traces)


def test_deleting_a_chat_deletes_what_was_recorded(app: App, heard, starter_model: str) -> None:
    message = ask(app, heard, starter_model, 3)
    app.ordering.delete([message.chat_id]).result(60)
    assert app.glass.recorded(message.id).result(60) is not None  # it can still be restored
    while app.database.write(lambda connection: shelf.empty_slice(connection, before=1e12)).result(60):
        pass
    assert app.glass.recorded(message.id).result(60) is None


@pytest.mark.parametrize("number", [0, 5])
def test_an_answer_branches_in_its_thought(app: App, heard, starter_model: str, number: int) -> None:
    thinking = CHATML + "{{ '<think>\n' }}"
    app.model_defaults.change(starter_model, ModelDefaults(chat_template=thinking))
    message = ask(app, heard, starter_model, 12)
    assert message.thought
    assert not message.text
    traces = recorded(app, message)
    found = spans(traces, message.thought, "")
    assert "".join(message.thought[span.begin : span.end] for span in found if span is not None) == message.thought
    was = traces[number]
    option = next(o for o in was.options[::-1] if o.token != was.chosen.token and o.piece.strip().isalpha())
    begins = branched(traces, number, option, message.parts)
    assert begins is not None
    (part,) = begins.parts
    assert isinstance(part, ThoughtPart)
    asked = app.chats.regenerate(
        message.chat_id, message.id, model_path=starter_model, sampling=greedy(6), begins=begins
    )
    other = heard.answer(asked.answer_id).message
    assert other.thought.startswith(part.text)
    assert len(other.thought) > len(part.text)
    assert not other.text
    assert len(recorded(app, other)) == number + 1 + 6


def test_what_is_being_saved_is_not_saved_again(
    app: App, heard, starter_model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow disk: the saver has time for many rounds before the end of an answer is on it."""
    monkeypatch.setattr(answers, "SAVE_SECONDS", 0.01)
    monkeypatch.setattr(answers, "RETRY_SECONDS", 0.0)
    look, rounds, go = AnswerSaver._to_try_again, threading.Semaphore(0), threading.Event()

    def counted(saver: AnswerSaver) -> list[Message]:
        if saver._unsaved:
            rounds.release()
        return look(saver)

    heard.at_once(AnswerDelta, lambda _event: app.database.write(lambda _connection: go.wait(60)))
    monkeypatch.setattr(AnswerSaver, "_to_try_again", counted)
    asked = app.chats.ask(None, QUESTION, model_path=starter_model, sampling=greedy(16))
    for _round in range(5):
        assert rounds.acquire(timeout=60)
    go.set()
    assert len(recorded(app, heard.answer(asked.answer_id).message)) == 16
