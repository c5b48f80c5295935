"""A next question that the model suggests, as a person would ask it behind what was said; nothing of it is stored."""

from collections.abc import Callable
from concurrent.futures import Future

from desktop_app.domain.chats import Conversation
from desktop_app.domain.errors import ErrorInfo, error_from_info
from desktop_app.domain.messages import FinishReason, Receipt, Role
from desktop_app.domain.parts import TextPart
from desktop_app.domain.sampling import Sampling, Thinking
from desktop_app.domain.suggestions import clean_suggestion
from desktop_app.domain.tree import branch
from desktop_app.services.answering.turns import remembered, turns_of
from desktop_app.services.chats.chats import Chats
from desktop_app.services.engines.engines import Engines
from desktop_app.services.requests.answer_listener import AnswerListener
from desktop_app.services.requests.reading import Reading
from desktop_app.services.requests.requests import Task, Turn
from desktop_app.settings.schema import WhenFull

SAMPLING = Sampling(thinking=Thinking.OFF, temperature=0.7, max_tokens=200)
INSTRUCTION = (
    "Write the next message that I could send you in this conversation: one question or request that leads further, in "
    "the language of the conversation, as I would write it. Write only that message."
)
"""Told to the model, so never translated."""


class Suggestions:
    """Asks for them. The conversation is shown to the model as it has just seen it, so only the wish behind it is read."""

    def __init__(self, chats: Chats, engines: Engines) -> None:
        self._chats = chats
        self._engines = engines

    def begin(self, chat_id: str, model_path: str, typed: str, on_text: Callable[[str], None]) -> Reading[str]:
        """Have the model write a next message for the open branch, going on from what is `typed`.

        `on_text` is told each piece in a service thread; the future has the whole of it, what is typed included. It
        fails with AppError.
        """
        reading: Reading[str] = Reading(self._engines.cancel)

        def opened(loaded: "Future[Conversation]") -> None:
            error = loaded.exception()
            if error is not None:
                reading.future.set_exception(error)
            else:
                conversation = loaded.result()
                writing = _Writing(typed, on_text, reading.future, reading.cancel)
                reading.begin(lambda: self._ask(conversation, model_path, typed, writing))

        self._chats.open_chat(chat_id).add_done_callback(opened)
        return reading

    def _ask(self, conversation: Conversation, model_path: str, typed: str, writing: "_Writing") -> str:
        chat = conversation.chat
        path = [message for message in branch(conversation.messages, chat.leaf_id) if message.written]
        _start, remembering = remembered(path, WhenFull.DROP)
        task = Task(
            (*turns_of(chat, path), Turn(Role.USER.value, INSTRUCTION)),
            SAMPLING,
            keep_as=chat.keep_as,
            remembering=remembering,
            so_far=(TextPart(typed),) if typed else (),
            in_background=True,
        )
        return self._engines.generate(model_path, task, writing)


class _Writing(AnswerListener):
    """Gathers what the model writes, up to the end of its first line: what follows is talk about it."""

    def __init__(
        self, typed: str, on_text: Callable[[str], None], ended: "Future[str]", stop: Callable[[], None]
    ) -> None:
        self._typed = typed
        self._on_text = on_text
        self._ended = ended
        self._stop = stop
        self._written = ""

    def on_text(self, text: str) -> None:
        """Hand it on, until there is a line."""
        if self._ended.done():
            return
        self._written += text
        if "\n" in self._written.lstrip():
            self._end()
            self._stop()
        else:
            self._on_text(text)

    def on_finished(self, receipt: Receipt) -> None:
        """All of it is there, unless it was given up."""
        if self._ended.done():
            return
        if receipt.finish_reason is FinishReason.CANCELLED:
            self._ended.cancel()
        else:
            self._end()

    def on_failed(self, error: ErrorInfo) -> None:
        """Say why there is none."""
        if not self._ended.done():
            self._ended.set_exception(error_from_info(error))

    def _end(self) -> None:
        line = next((line for line in self._written.splitlines() if line.strip()), "")
        before = self._written[: len(self._written) - len(self._written.lstrip())]  # it parts both where it has lines
        written = before + line.strip() if line else ""
        self._ended.set_result(self._typed + written if self._typed else clean_suggestion(line))
