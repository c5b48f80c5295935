"""'Run again' with scripted services: thoughts and calls, failures at once, and giving up early."""

from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from types import SimpleNamespace

import msgspec
import pytest

from desktop_app.domain.chats import Chat, Conversation
from desktop_app.domain.errors import EngineError, ErrorCode, ErrorInfo, StorageError
from desktop_app.domain.messages import FinishReason, Message, MessageStatus, Receipt, Role
from desktop_app.domain.parts import TextPart, ThoughtPart, ToolCallPart
from desktop_app.domain.sampling import Sampling
from desktop_app.services.insight.again import Again
from desktop_app.services.requests.answer_listener import AnswerListener
from desktop_app.services.requests.requests import Task

CALL = ToolCallPart("look", "{}", "<call>look</call>")
RECEIPT = Receipt(model_name="m", tokens_hash="aa", seed=5, completion_tokens=3, prompt_hash="bb")


def message(name: str, role: Role, parent: str | None, *parts: object, receipt: Receipt | None = None) -> Message:
    return Message(
        id=name,
        chat_id="c",
        parent_id=parent,
        role=role,
        parts=tuple(parts),
        status=MessageStatus.COMPLETE,
        created_at=0.0,
        receipt=receipt,
    )


ANSWER = message("a", Role.ASSISTANT, "q", ThoughtPart("Hm."), TextPart("I look. "), CALL, receipt=RECEIPT)
CONVERSATION = Conversation(
    chat=Chat(id="c", created_at=0.0, updated_at=0.0, system_prompt="Be brief."),
    messages=(message("q", Role.USER, None, TextPart("What is there?")), ANSWER),
)


class Script:
    """Chats that open when told, and engines that let `play` answer at once."""

    def __init__(self, play: Callable[[AnswerListener], None], *, opened: bool = True) -> None:
        self.play = play
        self.opening: Future[Conversation] = Future()
        self.asked: list[Task] = []
        self.cancelled: list[str] = []
        self.vocabulary_is_there = True
        if opened:
            self.opening.set_result(CONVERSATION)
        chats = SimpleNamespace(open_chat=lambda _chat_id: self.opening)
        self.again = Again(database=None, chats=chats, engines=self, events=None)

    def generate(self, _path: str, task: Task, listener: AnswerListener) -> str:
        self.asked.append(task)
        self.play(listener)
        return "request"

    def cancel(self, request_id: str) -> None:
        self.cancelled.append(request_id)

    def questions_to(self, _path: str) -> "Script":
        return self

    def pieces_of(self, text: str) -> "Future[SimpleNamespace]":
        cut: Future[SimpleNamespace] = Future()
        if self.vocabulary_is_there:
            cut.set_result(SimpleNamespace(pieces=tuple(bytes([each]) for each in text.encode())))
        else:
            cut.set_exception(EngineError(ErrorCode.ENGINE_FAILED))
        return cut


def writes(text: str, receipt: Receipt = RECEIPT) -> Callable[[AnswerListener], None]:
    def play(listener: AnswerListener) -> None:
        listener.on_thought("Hm.\n")
        listener.on_text(text)
        listener.on_tool_call(CALL)
        listener.on_finished(receipt)

    return play


def test_the_same_thought_text_and_call() -> None:
    script = Script(writes("I look. "))
    rerun = script.again.run("c", "a", "/m").result(0)
    assert rerun.parts == ANSWER.parts
    assert (rerun.difference, rerun.same_tokens) == (None, True)
    task = script.asked[0]
    assert [turn.content for turn in task.turns] == ["Be brief.", "What is there?"]
    assert task.sampling == Sampling(seed=5)
    assert task.reproducible is False


def test_another_text() -> None:
    rerun = Script(writes("I see. ", msgspec.structs.replace(RECEIPT, tokens_hash="cc"))).again.run("c", "a", "/m")
    difference = rerun.result(0).difference
    assert difference is not None
    assert (difference.token, difference.before, difference.after) == (7, "l", "s")


def test_where_the_model_is_gone_words_are_compared() -> None:
    script = Script(writes("I see. "))
    script.vocabulary_is_there = False
    difference = script.again.run("c", "a", "/m").result(0).difference
    assert difference is not None
    assert (difference.token, difference.before) == (3, "look.")


def test_a_failure_that_comes_at_once() -> None:
    script = Script(lambda listener: listener.on_failed(ErrorInfo(ErrorCode.ENGINE_CRASHED)))
    with pytest.raises(EngineError):
        script.again.run("c", "a", "/m").result(0)
    script.play = writes("I look. ")
    assert script.again.run("c", "a", "/m").result(0).difference is None


def test_given_up_before_the_chat_was_read() -> None:
    script = Script(writes("I look. "), opened=False)
    running = script.again.run("c", "a", "/m")
    script.again.cancel("a")
    script.opening.set_result(CONVERSATION)
    with pytest.raises(CancelledError):
        running.result(0)
    assert script.asked == []


def test_given_up_and_begun_anew_before_the_first_one_has_ended() -> None:
    listeners: list[AnswerListener] = []
    script = Script(listeners.append)
    first = script.again.run("c", "a", "/m")
    script.again.cancel("a")
    second = script.again.run("c", "a", "/m")
    listeners[0].on_finished(msgspec.structs.replace(RECEIPT, finish_reason=FinishReason.CANCELLED))
    with pytest.raises(CancelledError):
        first.result(0)
    writes("I look. ")(listeners[1])
    assert second.result(0).difference is None
    assert script.cancelled == ["request"]


def test_an_answer_that_is_gone_ends_it_with_words() -> None:
    script = Script(writes("I look. "))
    running = script.again.run("c", "other", "/m")
    with pytest.raises(StorageError) as caught:
        running.result(0)
    assert caught.value.code is ErrorCode.MESSAGE_NOT_FOUND


STOPPED = msgspec.structs.replace(RECEIPT, finish_reason=FinishReason.CANCELLED, completion_tokens=2)
IN_TWO = msgspec.structs.replace(
    ANSWER,
    parts=(TextPart("I look. Twice."),),
    receipt=STOPPED.and_then(msgspec.structs.replace(RECEIPT, seed=6)),
)


def in_goes(*texts: str) -> Callable[[AnswerListener], None]:
    """Write one text for each go; each ends at its length."""
    left = list(texts)

    def play(listener: AnswerListener) -> None:
        listener.on_text(left.pop(0))
        listener.on_finished(msgspec.structs.replace(RECEIPT, finish_reason=FinishReason.LENGTH))

    return play


def test_an_answer_that_was_continued_comes_again_go_by_go() -> None:
    script = Script(in_goes("I look. ", "Twice."), opened=False)
    running = script.again.run("c", "a", "/m")
    script.opening.set_result(msgspec.structs.replace(CONVERSATION, messages=(CONVERSATION.messages[0], IN_TWO)))
    rerun = running.result(0)
    assert rerun.parts == IN_TWO.parts
    assert rerun.difference is None
    assert [task.sampling for task in script.asked] == [
        Sampling(seed=5, max_tokens=2),
        Sampling(seed=6),
    ]
    assert [task.so_far for task in script.asked] == [(), (TextPart("I look. "),)]
    assert rerun.receipt.completion_tokens == 6
    assert [go.completion_tokens for go in rerun.receipt.goes] == [3, 3]


def test_a_go_that_ends_by_itself_is_the_last() -> None:
    def play(listener: AnswerListener) -> None:
        listener.on_text("I look.")
        listener.on_finished(RECEIPT)

    script = Script(play, opened=False)
    running = script.again.run("c", "a", "/m")
    script.opening.set_result(msgspec.structs.replace(CONVERSATION, messages=(CONVERSATION.messages[0], IN_TWO)))
    difference = running.result(0).difference
    assert difference is not None
    assert difference.after == ""
    assert len(script.asked) == 1


def test_given_up_between_two_goes() -> None:
    def play(listener: AnswerListener) -> None:
        script.again.cancel("a")
        in_goes("I look. ")(listener)

    script = Script(play, opened=False)
    running = script.again.run("c", "a", "/m")
    script.opening.set_result(msgspec.structs.replace(CONVERSATION, messages=(CONVERSATION.messages[0], IN_TWO)))
    with pytest.raises(CancelledError):
        running.result(0)
    assert len(script.asked) == 1
