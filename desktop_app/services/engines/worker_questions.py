"""Short questions to one model's worker, each with one answer: what its tokens are, what is near, whether a form is good."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TypeVar

import msgspec

from desktop_app.domain.attention import Attention
from desktop_app.domain.errors import EngineError, ErrorCode, ErrorInfo, error_from_info
from desktop_app.domain.ids import new_id
from desktop_app.domain.near_words import NearWords
from desktop_app.protocol import engine as protocol
from desktop_app.services.background.process import ChildProcess

Told = TypeVar("Told")
Result = TypeVar("Result")

Answer = (
    protocol.Failed
    | protocol.Attended
    | protocol.TokenCount
    | protocol.Pieces
    | protocol.AdaptersUsed
    | protocol.GrammarChecked
    | protocol.Embedding
    | protocol.NearFound
)
"""What answers a question."""


class WorkerQuestions:
    """The questions that wait for their answer; they fail with EngineError where no model is loaded."""

    def __init__(self, worker: "Callable[[], ChildProcess[protocol.Event] | None]", lock: "threading.RLock") -> None:
        """`worker` returns the process that answers, None where no model is loaded; it is asked under the `lock`."""
        self._worker = worker
        self._lock = lock
        self._asked: dict[str, Future[protocol.Event]] = {}

    def __len__(self) -> int:
        return len(self._asked)

    def __contains__(self, request_id: str) -> bool:
        return request_id in self._asked

    def check_grammar(self, grammar: str, json_schema: str) -> "Future[ErrorInfo | None]":
        """Ask whether answers can be kept to a form; the future has what is wrong with it, None for nothing."""
        return self.ask(
            lambda id_: protocol.CheckGrammar(id_, grammar, json_schema),
            protocol.GrammarChecked,
            lambda told: told.error,
        )

    def attention_in(self, text: str) -> "Future[Attention]":
        """Return what the tokens of a short text look at, all but the first.

        Fails with EngineError where no model is loaded, and ATTENTION_HIDDEN, ATTENTION_NO_MEMORY or PROMPT_TOO_LONG.
        """
        return self.ask(lambda id_: protocol.Attend(id_, "", text), protocol.Attended, lambda told: told.attention)

    def near_words(self, plus: Sequence[str], minus: Sequence[str], count: int) -> "Future[NearWords]":
        """Return the `count` words whose vectors are nearest to the sum of those of `plus`, less those of `minus`.

        Fails with EngineError where no model is loaded, and VECTORS_HIDDEN or VECTORS_NO_WORD.
        """
        return self.ask(
            lambda id_: protocol.FindNear(id_, tuple(plus), tuple(minus), count),
            protocol.NearFound,
            lambda told: told.words,
        )

    def count_tokens(self, text: str, *, as_words: bool = True) -> "Future[int]":
        """Count the tokens of what somebody says, or of a prompt; fails with EngineError where no model is loaded."""
        return self.ask(
            lambda id_: protocol.CountTokens(id_, text, as_words), protocol.TokenCount, lambda told: told.count
        )

    def pieces_of(self, text: str, *, opened: bool = False) -> "Future[protocol.Pieces]":
        """Return the tokens of `text`, `opened` as those of a prompt; fails with EngineError where no model is loaded."""
        return self.ask(lambda id_: protocol.Tokenize(id_, text, opened), protocol.Pieces, lambda told: told)

    def pieces(self, tokens: Sequence[int]) -> "Future[dict[int, bytes]]":
        """Return the bytes of each token; fails with EngineError where no model is loaded."""
        return self.ask(
            lambda id_: protocol.Detokenize(id_, tuple(tokens)),
            protocol.Pieces,
            lambda told: dict(zip(told.tokens, told.pieces, strict=True)),
        )

    def ask(
        self, command: Callable[[str], msgspec.Struct], kind: type[Told], result: Callable[[Told], Result]
    ) -> "Future[Result]":
        """Send the question that `command` makes of its id; the future has what `result` makes of the answer."""
        answer: Future[protocol.Event] = Future()
        told: Future[Result] = Future()

        def pass_on(done: "Future[protocol.Event]") -> None:
            error, event = done.exception(), None if done.exception() else done.result()
            if isinstance(event, kind):
                told.set_result(result(event))
            else:
                told.set_exception(error or EngineError(ErrorCode.ENGINE_FAILED, f"answered by {event}"))

        answer.add_done_callback(pass_on)
        with self._lock:
            process = self._worker()
            request_id = new_id()
            if process is not None:
                self._asked[request_id] = answer
        if process is None:
            answer.set_exception(EngineError(ErrorCode.ENGINE_FAILED, "no model is loaded"))
        else:
            process.send(command(request_id))
        return told

    def hear(self, event: Answer) -> None:
        """Hand the answer to a question to who asked it."""
        waiting = self._asked.pop(event.request_id, None)
        if waiting is None:
            return
        if isinstance(event, protocol.Failed):
            waiting.set_exception(error_from_info(event.error))
        else:
            waiting.set_result(event)

    def take_all(self) -> "list[Future[protocol.Event]]":
        """Return all that wait, and forget them: the worker is gone."""
        waiting = list(self._asked.values())
        self._asked.clear()
        return waiting
