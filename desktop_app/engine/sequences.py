"""The state of one sequence in the context, and of the answer that is being written in it."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from desktop_app.domain.messages import FinishReason
from desktop_app.domain.sampling import Sampling
from desktop_app.engine.snapshots import common_length
from desktop_app.engine.text import CharacterAssembler, StopScanner
from desktop_app.protocol.engine import Finished

if TYPE_CHECKING:
    from desktop_app.engine.llama import SamplerChain


class Request:
    """What a client asked for, and when the worker got it (monotonic seconds)."""

    def __init__(
        self,
        request_id: str,
        prompt: Sequence[int],
        sampling: Sampling,
        stops: Sequence[str],
        received: float,
        keep_as: str = "",
    ) -> None:
        """What is read may be kept on disk under `keep_as`, where that is not empty."""
        self.request_id = request_id
        self.prompt = tuple(prompt)
        self.sampling = sampling
        self.stops = tuple(stops)
        self.received = received
        self.keep_as = keep_as
        self.cancelled = False


class Answer:
    """An answer in the making: its sampler, its text, its figures."""

    def __init__(self, request: Request, chain: "SamplerChain", seed: int, cached: int) -> None:
        self.request = request
        self.chain = chain
        self.seed = seed
        self.cached = cached
        self.count = 0
        self._characters = CharacterAssembler()
        self._scanner = StopScanner(request.stops)
        self._stopped = False
        self._first_token = 0.0
        self._last_token = 0.0

    def take(self, piece: bytes) -> tuple[str, bool]:
        """Take in a token's bytes; return text to show, and whether a stop string ended the answer."""
        self._last_token = time.monotonic()
        if self.count == 0:
            self._first_token = self._last_token
        self.count += 1
        text, self._stopped = self._scanner.feed(self._characters.feed(piece))
        return text, self._stopped

    def rest(self, reason: FinishReason) -> str:
        """Return the text that was held back, nothing after a stop string.

        The beginning of a character is dropped where the answer was cut, and shown as U+FFFD where
        the model itself ended there.
        """
        if self._stopped:
            return ""
        if reason is not FinishReason.STOP:
            return self._scanner.finish()
        shown, _ = self._scanner.feed(self._characters.finish())
        return shown + self._scanner.finish()

    def finished(self, reason: FinishReason) -> Finished:
        """Return the event that ends the request."""
        writing = self._last_token - self._first_token
        return Finished(
            request_id=self.request.request_id,
            reason=reason,
            seed=self.seed,
            prompt_tokens=len(self.request.prompt),
            cached_tokens=self.cached,
            completion_tokens=self.count,
            seconds_to_first_token=self._first_token - self.request.received if self.count else 0.0,
            tokens_per_second=(self.count - 1) / writing if self.count > 1 and writing > 0 else 0.0,
        )


def cancelled_while_waiting(request: Request) -> Finished:
    """Return the event for a request that was cancelled before it had its turn."""
    return Finished(
        request_id=request.request_id,
        reason=FinishReason.CANCELLED,
        seed=request.sampling.seed or 0,
        prompt_tokens=len(request.prompt),
        cached_tokens=0,
        completion_tokens=0,
        seconds_to_first_token=0.0,
        tokens_per_second=0.0,
    )


class SequenceState:
    """One sequence of the context.

    `tokens` are the prompt and the answer so far; the first `evaluated` of them are in the
    context's memory and stay there after the answer, for the next prompt that begins the same.
    The first `saved` of them are on disk, under `keep_as`.
    `parked` is set while the context has no room for it beside the others.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.tokens: list[int] = []
        self.evaluated = 0
        self.keep_as = ""
        self.saved = 0
        self.answer: Answer | None = None
        self.parked = False
        self.last_used = 0

    @property
    def pending(self) -> int:
        """How many tokens are still to be evaluated."""
        return len(self.tokens) - self.evaluated

    def common_prefix(self, tokens: Sequence[int]) -> int:
        """Return how many of `tokens`, from the first on, are in the memory already."""
        return min(common_length(self.tokens, tokens), self.evaluated)

    def keep(self, count: int, forget: Callable[[int, int], bool]) -> None:
        """Keep the first `count` evaluated tokens in the memory and `forget` the rest.

        Recurrent models cannot forget a part; then all of it goes and is read again.
        """
        if forget(self.number, count):
            self.evaluated = min(self.evaluated, count)
        else:
            forget(self.number, 0)
            self.evaluated = 0
        self.saved = min(self.saved, self.evaluated)
