"""Titles that the model writes for new chats, in the background and never in a person's way."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING

import msgspec

from desktop_app.domain.chats import Chat
from desktop_app.domain.errors import AppError, ErrorCode, ErrorInfo
from desktop_app.domain.messages import FinishReason, Receipt
from desktop_app.domain.sampling import Sampling, Thinking
from desktop_app.domain.titles import clean_title
from desktop_app.protocol.helper import TemplateMessage
from desktop_app.services.background.rows import rows
from desktop_app.services.engines.engines import Engines
from desktop_app.services.events import ChatChanged, Problem, ServiceEvent
from desktop_app.services.requests.answer_listener import AnswerListener
from desktop_app.services.requests.context import Remembering
from desktop_app.services.requests.requests import Task
from desktop_app.settings.schema import WhenFull
from desktop_app.support.publisher import Publisher

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from desktop_app.storage.database import Database

MOST_TOKENS = 16
SAMPLING = Sampling(thinking=Thinking.OFF, temperature=0.2, max_tokens=MOST_TOKENS)
INSTRUCTION = "Write a title of two to five words for this conversation, in its language. Write only the title."
"""Told to the model, so never translated."""


class Titles:
    """Has the model that answered write a chat's title; a question of a person ends that at once.

    The conversation is shown to the model as it has just seen it, with the wish for a title after it:
    so only that is read. Where a question came in between, or the first answer did not come to its
    end, it is tried again after the next answer.
    """

    def __init__(
        self,
        database: "Database",
        engines: Engines,
        events: Publisher[ServiceEvent],
        wanted: Callable[[], bool],
    ) -> None:
        self._database = database
        self._engines = engines
        self._events = events
        self._wanted = wanted
        self._lock = threading.Lock()
        self._running: dict[str, _Title] = {}
        self._owed: set[str] = set()
        self._closed = False

    def answered(
        self,
        chat: Chat,
        model_path: str,
        turns: Sequence[TemplateMessage],
        answer: str,
        remembering: Remembering,
        *,
        is_first: bool,
    ) -> None:
        """Take note of a complete `answer` to `turns`; the first one of a chat gives it a title."""
        with self._lock:
            owed = chat.id in self._owed
            self._owed.discard(chat.id)
            if self._closed or chat.title_is_own or not answer or not (is_first or owed) or not self._wanted():
                return
            if chat.is_temporary:
                return
            title = _Title(chat, f"{turns[-1].content}\n{answer}", self._ended)
            self._running[chat.id] = title
        task = Task(
            (*turns, TemplateMessage("assistant", answer), TemplateMessage("user", INSTRUCTION)),
            SAMPLING,
            keep_as=chat.id,
            remembering=msgspec.structs.replace(remembering, when_full=WhenFull.STOP),
            in_background=True,
        )
        title.request_id = self._engines.generate(model_path, task, title)
        if title.gives_way:
            self._engines.cancel(title.request_id)

    def owe(self, chat_id: str) -> None:
        """Take note of a chat whose first answer is not complete: the next one that is gives it a title."""
        with self._lock:
            self._owed.add(chat_id)

    def give_way(self) -> None:
        """End what is being written: a person asks something."""
        with self._lock:
            running = list(self._running.values())
            self._owed |= {title.chat.id for title in running}
        for title in running:
            title.gives_way = True
            if title.request_id:
                self._engines.cancel(title.request_id)

    def close(self) -> None:
        """End what is being written, and begin no more."""
        with self._lock:
            self._closed = True
        self.give_way()

    def _ended(self, ended: "_Title", written: str) -> None:
        with self._lock:
            if self._running.get(ended.chat.id) is ended:  # else a later one runs by now
                del self._running[ended.chat.id]
            closed = self._closed
        title = clean_title(written, ended.conversation)
        if not title or closed or title == ended.chat.title:
            return
        with self._lock:
            self._owed.discard(ended.chat.id)  # it came to its end before it could give way

        def change(connection: "Connection") -> Chat | None:
            chat = rows.get_chat(connection, ended.chat.id)
            if chat.title_is_own or chat.title != ended.chat.title:
                return None
            return rows.update_chat(connection, chat.id, title=title)

        self._database.write(change, lambda changed: changed.add_done_callback(self._tell))

    def _tell(self, changed: "Future[Chat | None]") -> None:
        error = changed.exception()
        if isinstance(error, AppError):
            if error.code is not ErrorCode.CHAT_NOT_FOUND:
                self._events.publish(Problem(error.info))
        elif error is None and (chat := changed.result()) is not None:
            self._events.publish(ChatChanged(chat))


class _Title(AnswerListener):
    """One title in the making."""

    def __init__(self, chat: Chat, conversation: str, ended: Callable[["_Title", str], None]) -> None:
        self.chat = chat
        self.conversation = conversation
        self.request_id = ""
        self.gives_way = False
        self._ended = ended
        self._written: list[str] = []

    def on_text(self, text: str) -> None:
        self._written.append(text)

    def on_finished(self, receipt: Receipt) -> None:
        """A title that the model did not end itself is only the beginning of one."""
        self._ended(self, "".join(self._written) if receipt.finish_reason is FinishReason.STOP else "")

    def on_failed(self, error: ErrorInfo) -> None:
        """The first words stay the title; what was wrong will be told where a person asks for an answer."""
        del error
        self._ended(self, "")
