"""Questions from the command line and from clients of the owner, answered beside the window's chats."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

from desktop_app.domain.chats import ChatStart
from desktop_app.domain.errors import AppError, ErrorInfo, error_from_info
from desktop_app.domain.messages import FinishReason, Receipt, Role
from desktop_app.domain.parts import ToolCallPart, beginning, written
from desktop_app.domain.prompt_moment import at_moment
from desktop_app.protocol import owner as protocol
from desktop_app.protocol.owner import Question
from desktop_app.services.answering.turns import Asked
from desktop_app.services.chats.chats import Chats
from desktop_app.services.data_folder.owner import Reply
from desktop_app.services.engines.engines import Engines
from desktop_app.services.events import AnswerDelta, AnswerEnded, QuestionReturned, ServiceEvent, ToolCallMade
from desktop_app.services.requests.answer_listener import AnswerListener
from desktop_app.services.requests.requests import Task, Turn
from desktop_app.support.publisher import Publisher


class _Asked(AnswerListener):
    """Passes an answer on as the owner's messages."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    def on_text(self, text: str) -> None:
        """Pass on the next piece."""
        self._reply(protocol.Delta(text))

    def on_tool_call(self, call: ToolCallPart) -> None:
        """Pass on a call as the model wrote it."""
        self._reply(protocol.Delta(call.source))

    def on_finished(self, receipt: Receipt) -> None:
        """Tell the end."""
        self._reply(protocol.Ended(receipt))

    def on_failed(self, error: ErrorInfo) -> None:
        """Tell what went wrong."""
        self._reply(protocol.Refused(error))


class Questions:
    """Answers questions through the loaded engines."""

    def __init__(self, engines: Engines, chats: Chats, events: Publisher[ServiceEvent]) -> None:
        self._engines = engines
        self._chats = chats
        self._events = events

    def ask(self, question: Question, reply: Reply) -> str:
        """Begin an answer; `reply` gets `Delta`s and then `Ended` or `Refused`, in a service thread."""
        begun = beginning(question.sampling.begin_with)
        if begun:
            reply(protocol.Delta(written(begun)))
        if question.save:
            return self._ask_and_save(question, reply)
        turns = [Turn(Role.USER.value, question.text)]
        if question.system_prompt:
            turns.insert(0, Turn(Role.SYSTEM.value, at_moment(question.system_prompt, time.time())))
        task = Task(tuple(turns), question.sampling, so_far=begun)
        return self._engines.generate(question.model_path, task, _Asked(reply))

    def cancel(self, request_id: str) -> None:
        """Stop an answer."""
        self._engines.cancel(request_id)
        self._chats.stop(request_id)

    def _ask_and_save(self, question: Question, reply: Reply) -> str:
        asked: Asked | None = None
        early: list[ServiceEvent] = []  # those that come before the ids are known, in whatever thread
        lock = threading.Lock()

        def hear(event: ServiceEvent) -> None:
            with lock:
                ids = asked
                if ids is None:
                    early.append(event)
                    return
            pass_on(event, ids)

        def pass_on(event: ServiceEvent, ids: Asked) -> None:
            match event:
                case AnswerDelta(message_id=ids.answer_id, text=text):
                    reply(protocol.Delta(text))
                case ToolCallMade(message_id=ids.answer_id, call=call):
                    reply(protocol.Delta(call.source))
                case AnswerEnded(message=message) if message.id == ids.answer_id:
                    unsubscribe()
                    reply(_last_words(message.receipt, message.error))
                case QuestionReturned(chat_id=ids.chat_id, error=error):
                    unsubscribe()
                    reply(protocol.Refused(error))

        unsubscribe = self._events.subscribe(hear)
        begun = self._chats.ask(
            None,
            question.text,
            model_path=question.model_path,
            sampling=question.sampling,
            start=ChatStart(question.system_prompt),
        )
        with lock:  # what comes from now on waits for its turn
            asked = begun
            for event in early:
                pass_on(event, begun)
        return begun.answer_id


def _last_words(receipt: Receipt | None, error: ErrorInfo | None) -> protocol.OwnerMessage:
    if error is not None:
        return protocol.Refused(error)
    return protocol.Ended(receipt or Receipt(model_name="", finish_reason=FinishReason.CANCELLED))


def wait_for_answer(begin: Callable[[Reply], str], on_text: Callable[[str], None]) -> tuple[str, "Future[Receipt]"]:
    """Begin an answer, hand its text to `on_text`; returns its id and a future of its receipt or AppError.

    Where `on_text` fails (a closed terminal), the future fails with that.
    """
    result: Future[Receipt] = Future()

    def reply(message: protocol.OwnerMessage) -> None:
        if result.done():
            return
        match message:
            case protocol.Delta(text=text):
                try:
                    on_text(text)
                except OSError as error:
                    result.set_exception(error)
            case protocol.Ended(receipt=receipt):
                result.set_result(receipt)
            case protocol.Refused(error=error):
                failure: AppError = error_from_info(error)
                result.set_exception(failure)

    return begin(reply), result


__all__ = ["Question", "Questions", "wait_for_answer"]
