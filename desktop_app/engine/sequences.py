"""The state of one sequence in the context, and of the answer that is being written in it."""

import array
import hashlib
import time
from collections.abc import Callable, Collection, Sequence

import msgspec

from desktop_app.domain.mark_words import WordBreaker
from desktop_app.domain.messages import FinishReason
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.sampling_rules import during_answer
from desktop_app.engine.choices import Choice
from desktop_app.engine.drafts import PromptLookup
from desktop_app.engine.next_token import Look
from desktop_app.engine.picker import Picker
from desktop_app.engine.snapshots import common_length
from desktop_app.engine.text import CharacterAssembler, Held, PhraseScanner, StopScanner
from desktop_app.protocol.engine import Finished


class Request(msgspec.Struct, kw_only=True, eq=False):
    """What a client asked for, and when the worker got it (seconds of `time.perf_counter`); `number` counts them.

    What is read may be kept on disk under `keep_as`, where that is not empty. `grammar` is GBNF;
    `probabilities` is how many of the likeliest tokens are told with each choice, None where nothing is
    told. A text that is `forced` is not written but taken as it is. Control tokens that mark thoughts and calls have
    names in the text of the answer where `control_tokens` is true. Where it is a `look`, nothing is written: the logits behind the prompt are told.
    The tokens `begun` are of the answer, too, and stand at the end of the prompt; `said` is their text.
    """

    request_id: str
    prompt: tuple[int, ...]
    sampling: Sampling
    received: float
    stops: tuple[str, ...] = ()
    keep_as: str = ""
    grammar: str = ""
    probabilities: int | None = None
    forced: tuple[int, ...] = ()
    begun: tuple[int, ...] = ()
    said: str = ""
    control_tokens: bool = False
    number: int = 0
    look: Look | None = None
    cancelled: bool = False


class _Note(msgspec.Struct, frozen=True):
    """What belongs to a token whose text is held back."""

    state: tuple[bytes, int]
    choice: Choice | None
    mark: str


class Taken(msgspec.Struct, frozen=True):
    """What a token adds to an answer: text to show, of how many tokens, and whether a stop string ended it.

    `withdrawn` is how many tokens, this one among them, are to be taken back, since they say what is banned.
    """

    text: str = ""
    count: int = 0
    choices: tuple[Choice, ...] = ()
    stopped: bool = False
    withdrawn: int = 0


class Answer:
    """An answer in the making: how its tokens are chosen, its text, its figures."""

    def __init__(self, request: Request, picker: Picker, cached: int, marks: Collection[str] = ()) -> None:
        """`marks` are the texts of the tokens that mark thoughts and calls; words that spell them get a BREAK."""
        self.request = request
        self.picker = picker
        self.cached = cached
        self.count = 0
        self.resampled_at: int | None = None
        self.decodes = self.guessed = self.true_guesses = 0
        self.lookup = PromptLookup()
        self._characters = CharacterAssembler()
        self._phrases: PhraseScanner[_Note] = PhraseScanner(request.sampling.banned, request.said)
        self._scanner = StopScanner(request.stops, request.said)
        self._breaker = WordBreaker(marks)
        self._stopped = False
        self._first_token = 0.0
        self._last_token = 0.0

    def resample(self, wanted: Sampling, tokens: Sequence[int]) -> None:
        """Go on as `wanted`, as far as that can be, behind `tokens`, those of the answer so far."""
        sampling = during_answer(self.request.sampling, wanted)
        if sampling != self.request.sampling:
            self.request.sampling = sampling
            self.picker.resample(sampling, tokens)
            self.resampled_at = self.count

    @property
    def depends_on_its_text(self) -> bool:
        """Whether what it says may end it, or take tokens back."""
        return bool(self.request.stops or self.request.sampling.banned)

    def note(self) -> None:
        """Take note that one more token was chosen."""
        self._last_token = time.perf_counter()
        if self.count == 0:
            self._first_token = self._first_token or self._last_token
        self.count += 1

    def take(self, piece: bytes, choice: Choice | None = None, mark: str = "") -> Taken:
        """Take in the bytes of a token that was noted; where it is a mark, they are the text of `mark`."""
        note = _Note(self._characters.state, choice, mark)
        safe, withdrawn = self._phrases.feed(self._characters.feed(piece), note)
        if withdrawn:
            self.count -= len(withdrawn)
            self._characters.state = withdrawn[0].note.state
            return Taken(withdrawn=len(withdrawn))
        text, self._stopped = self._scanner.feed(self._noted(safe))
        return Taken(self._breaker.feed(text), len(safe), _choices(safe), stopped=self._stopped)

    def rest(self, reason: FinishReason) -> Taken:
        """Return what was held back, no text after a stop string.

        The beginning of a character is dropped where the answer was cut, and shown as U+FFFD where
        the model itself ended there.
        """
        safe = self._phrases.finish()
        if self._stopped:
            return Taken("", len(safe), _choices(safe))
        text = self._noted(safe)
        if reason is FinishReason.STOP:
            text += self._characters.finish()
        shown, _ = self._scanner.feed(text)
        return Taken(self._breaker.feed(shown + self._scanner.finish()), len(safe), _choices(safe))

    def _noted(self, safe: Sequence[Held[_Note]]) -> str:
        """Return the text of tokens that are not taken back, of which the breaker takes note."""
        for held in safe:
            self._breaker.note(held.text, held.note.mark)
        return "".join(held.text for held in safe)

    def finished(self, reason: FinishReason, tokens: Sequence[int] = ()) -> Finished:
        """Return the event that ends the request, in which `tokens` were written."""
        writing = self._last_token - self._first_token
        return Finished(
            request_id=self.request.request_id,
            reason=reason,
            seed=self.picker.seed,
            prompt_tokens=len(self.request.prompt),
            cached_tokens=self.cached,
            completion_tokens=self.count,
            seconds_to_first_token=self._first_token - self.request.received if self.count else 0.0,
            tokens_per_second=(self.count - 1) / writing if self.count > 1 and writing > 0 else 0.0,
            decodes=self.decodes,
            guessed_tokens=self.guessed,
            true_guesses=self.true_guesses,
            sampling=self.request.sampling if self.resampled_at is not None else None,
            resampled_at=self.resampled_at,
            tokens_hash=_hash_of(tokens),
        )


def _choices(held: Sequence[Held[_Note]]) -> tuple[Choice, ...]:
    return tuple([each.note.choice for each in held if each.note.choice is not None])


def _hash_of(tokens: Sequence[int]) -> str:
    return hashlib.blake2b(array.array("i", tokens).tobytes(), digest_size=8).hexdigest()


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
    `parked` is set while the context has no room for it beside the others; while it `follows` another
    sequence, it waits until that one has read the `shared` tokens that both begin with.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.tokens: list[int] = []
        self.evaluated = 0
        self.keep_as = ""
        self.saved = 0
        self.answer: Answer | None = None
        self.parked = False
        self.follows: SequenceState | None = None
        self.shared = 0
        self.last_used = 0

    @property
    def is_active(self) -> bool:
        """Whether its answer can go on now."""
        return self.answer is not None and not self.parked and self.follows is None

    @property
    def pending(self) -> int:
        """How many tokens are still to be evaluated."""
        return len(self.tokens) - self.evaluated

    def common_prefix(self, tokens: Sequence[int]) -> int:
        """Return how many of `tokens`, from the first on, are in the memory already."""
        return min(common_length(self.tokens, tokens), self.evaluated)

    def keep(self, count: int, forget: Callable[[int, int], bool]) -> bool:
        """Keep the first `count` evaluated tokens in the memory and `forget` the rest; False where that cannot be done.

        Recurrent models cannot forget a part.
        """
        if not forget(self.number, count):
            return False
        self.evaluated = min(self.evaluated, count)
        self.saved = min(self.saved, self.evaluated)
        return True
