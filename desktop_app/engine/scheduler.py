"""Serves the requests of a model: computes them together, chooses their tokens, tells what becomes of them."""

import functools
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import msgspec

from desktop_app.domain.errors import EngineError, ErrorCode, ErrorInfo
from desktop_app.domain.messages import FinishReason
from desktop_app.domain.sampling import Sampling
from desktop_app.engine.choices import Choice
from desktop_app.engine.drafts import DraftGauge, Guesser
from desktop_app.engine.next_token import logits_of
from desktop_app.engine.outcome import Outcome
from desktop_app.engine.picker import Picked, Picker
from desktop_app.engine.planning import Planned, Planner
from desktop_app.engine.prefix_cache import PrefixCache
from desktop_app.engine.request_queue import RequestQueue
from desktop_app.engine.sequences import Answer, Request, SequenceState, Taken
from desktop_app.engine.snapshots import Snapshots, common_length
from desktop_app.engine.threads import ThreadTuner
from desktop_app.protocol.engine import Failed, Logits, PromptProgress

if TYPE_CHECKING:
    from desktop_app.engine.llama import Batch, Context, Model, SamplerChain


IDLE_SECONDS = 1.0
"""How long nobody asks for anything before what was read goes to the disk."""
WORTH_SHARING = 32
"""Tokens that another request is reading and the memory does not know, from which on they are waited for."""


class Listener(Protocol):
    """Who is told what becomes of the requests; `engine.outbox.Outbox` passes it on."""

    def put(self, event: msgspec.Struct) -> None:
        """Take any event but text."""

    def put_text(self, request_id: str, text: str, count: int, choices: tuple[Choice, ...] = ()) -> None:
        """Take the next text of an answer, which `count` tokens made."""


class Scheduler:
    """Serves requests in the order of their coming, as many at once as the context has sequences.

    One thread calls `run`; `submit`, `cancel` and `stop` are for any thread. The last token of a
    prompt is always evaluated by itself: llama.cpp's logits may depend on what else is in a batch,
    and so the same prompt, seed and settings give the same answer whether or not the prompt had to be
    read again, as long as no other answer is written at the same time. Where several sequences share the context and it is full, the prefixes kept of idle
    ones go first, then the youngest answer waits and is read again later.

    A request that begins as another one that is being read waits for that, and shares what both begin with.

    A look at the logits begins only while nobody's answer is being made, and lets those that come meanwhile go first.
    What it reads is kept as that of any other request, but it takes nothing from anybody that would be missed.

    With `snapshots`, what was read goes to the disk while nobody asks, and comes back from there. With
    a `tuner`, the number of threads follows what else the computer does. With `guesses`, a single
    answer without a seed is computed several tokens at a time where the next ones can be guessed, from its
    own text, or else by the `guesser`; not for models that cannot take a token back.

    Where a graphics card computes, `elsewhere`, it waits for nothing but the choice of the next token: the text of the
    last one is made and told while that one is computed.
    """

    def __init__(
        self,
        model: "Model",
        context: "Context",
        batch: "Batch",
        new_chain: "Callable[[Model], SamplerChain]",
        listener: Listener,
        snapshots: Snapshots | None = None,
        tuner: ThreadTuner | None = None,
        *,
        guesses: bool = False,
        guesser: Guesser | None = None,
        elsewhere: bool = False,
    ) -> None:
        self._tuner = tuner
        self._threads = tuner.most if tuner is not None else 0
        self._model = model
        self._context = context
        self._batch = batch
        self._new_chain = new_chain
        self._listener = listener
        self._elsewhere = elsewhere
        self._sequences = tuple(SequenceState(number) for number in range(context.sequences))
        self._queue = RequestQueue((context, guesser) if guesser is not None else (context,))
        self._cache = PrefixCache(
            context, self._sequences, snapshots, is_recurrent=model.is_recurrent, elsewhere=elsewhere
        )
        self._gauge = DraftGauge() if guesses and not model.is_recurrent else None
        self._planner = Planner(batch, context.size, self._gauge, guesser)
        self._clock = 0
        self._untold: list[Callable[[], object]] = []

    def submit(self, request: Request) -> None:
        """Queue `request`; its end is told by exactly one Finished, Failed, or Logits for a look."""
        self._queue.submit(request)

    def call(self, action: Callable[[], None], *, when_idle: bool) -> None:
        """Have the computing thread call `action` between two decodes.

        `when_idle` lets all requests end that were submitted before, and begins none that came after.
        """
        self._queue.call(action, when_idle=when_idle)

    def begin_anew(self, snapshots: Snapshots | None) -> None:
        """Forget all that was read, and keep what will be read in `snapshots`; only within a `call` when idle."""
        self._cache.begin_anew(snapshots)

    def cancel(self, request_id: str) -> None:
        """End a request soon; unknown and ended ones are ignored."""
        end = self._queue.cancel(request_id)
        if end is not None:
            self._listener.put(end)

    def resample(self, request_id: str, sampling: Sampling) -> None:
        """Let a request go on with other sampling from its next token on; unknown and ended ones are ignored."""
        self._queue.resample(request_id, sampling)

    def stop(self) -> None:
        """Make `run` return soon, in mid-decode too; open requests are left without an end."""
        self._queue.stop()

    def forget_kept(self, keep_as: str) -> None:
        """Delete what is kept under `keep_as`, and keep nothing more of it on disk."""
        self._queue.forget_kept(keep_as, self._sequences)
        self._cache.forget_snapshots(keep_as)

    def run(self) -> None:
        """Serve requests until `stop`."""
        while self._queue.is_busy or self._wait_for_work():
            self.step()

    def close(self) -> None:
        """Keep what was read last, now that `run` has returned; waits for the disk."""
        self._cache.close()

    def step(self) -> None:
        """Start what can be started, and compute one batch."""
        if not self._queue.is_quiet:
            self._end_cancelled()
        self._join_leaders()
        if not self._queue.is_quiet:
            self._take_in()
        planned = self._planner.plan(self._sequences)
        if not planned:
            self._tell()
            return
        try:
            outcome = self._decode(planned)
        except EngineError as error:
            self._fail(planned, error.info)
            return
        if outcome is Outcome.DONE:
            for share in planned:
                self._advance(share)
        elif outcome is Outcome.ABORTED:
            for share in planned:
                self._cache.take_back(share.sequence)
        else:
            self._make_room()

    def _take_in(self) -> None:
        """Do what was asked since the last decode."""
        last = self._queue.act(self._is_idle)
        while self._admit_one(last):
            pass
        self._take_resampled()

    def _is_idle(self) -> bool:
        return all(sequence.answer is None for sequence in self._sequences)

    def _take_resampled(self) -> None:
        """Let answers go on with the sampling that was asked for since the last decode."""
        for sequence in self._sequences:
            answer = sequence.answer
            if answer is None:
                continue
            wanted = self._queue.resampled(answer.request.request_id)
            if wanted is not None:
                answer.resample(wanted, sequence.tokens[len(answer.request.prompt) :])

    def _decode(self, planned: list[Planned]) -> Outcome:
        """Compute the batch; where it only writes answers on, its time tells of the threads and of the guesses.

        A piece of a prompt is not waited for: the next one is made ready meanwhile. llama.cpp has two of them at most.
        """
        self._use_threads(planned)
        started = time.perf_counter()
        outcome = self._context.decode(self._batch)
        self._tell()
        rows = [share.rows[0] for share in planned if share.rows]
        if rows:
            self._context.wait(rows[0] if outcome is Outcome.DONE else None)
        seconds = time.perf_counter() - started
        if outcome is not Outcome.DONE or len(rows) < len(planned):
            return outcome
        if self._gauge is not None and len(planned) == 1:
            self._gauge.note_time(self._batch.size, seconds)
        if self._tuner is not None and not any(share.guesses for share in planned):
            self._tuner.note(seconds, self._batch.size)
        return outcome

    def _use_threads(self, planned: list[Planned]) -> None:
        """Read and write with as many threads as the tuner says for each."""
        if self._tuner is None:
            return
        wanted = self._tuner.threads if all(share.rows for share in planned) else self._tuner.for_reading()
        if wanted != self._threads:
            self._threads = wanted
            self._context.use_threads(wanted)

    def _wait_for_work(self) -> bool:
        """Wait for a request, and save what was read meanwhile; False when it is time to stop."""
        while True:
            unsaved = self._cache.unsaved()
            found = self._queue.wait(IDLE_SECONDS if unsaved else None)
            if found is not None:
                return found
            if unsaved is not None:
                self._cache.save(unsaved)

    def _end_cancelled(self) -> None:
        for sequence in self._queue.cancelled(self._sequences):
            self._finish(sequence, FinishReason.CANCELLED)

    def _admit_one(self, last: float) -> bool:
        """Give the next waiting request, up to number `last`, a sequence; False where none waits or none is free."""
        idle = [sequence for sequence in self._sequences if sequence.answer is None]
        if not idle or any(sequence.parked for sequence in self._sequences):
            return False
        request = self._queue.take(last, all_idle=len(idle) == len(self._sequences))
        if request is None:
            return False
        refusal = self._refusal(request)
        if refusal is None:
            try:
                picker = Picker(
                    self._model,
                    self._new_chain,
                    request.sampling,
                    request.prompt,
                    request.grammar,
                    request.probabilities,
                    request.forced,
                    request.begun,
                )
            except EngineError as error:
                refusal = error.info
        if refusal is not None:
            self._queue.ended(request)
            self._listener.put(Failed(request.request_id, refusal))
            return True
        leader = self._leader(request, idle)
        if leader is not None:
            self._follow(request, picker, leader, min(idle, key=lambda s: s.last_used))
        else:
            best = self._cache.recall(request, idle)
            if not self._is_too_much(request, picker, best):
                self._start(request, picker, self._cache.spare(request, best, idle))
        return True

    def _is_too_much(self, request: Request, picker: Picker, best: SequenceState) -> bool:
        """Say how much of a look's prompt would have to be read, and drop it, where that is more than it may cost."""
        unread = len(request.prompt) - best.common_prefix(request.prompt)
        if request.look is None or request.look.most_unread is None or unread <= request.look.most_unread:
            return False
        picker.close()
        self._queue.ended(request)
        self._listener.put(Logits(request_id=request.request_id, unread=unread))
        return True

    def _leader(self, request: Request, idle: list[SequenceState]) -> SequenceState | None:
        """Return the sequence at work that begins as `request` for longer than any idle one."""
        known = self._cache.most_known(request, idle).common_prefix(request.prompt)
        active = [s for s in self._sequences if s.answer is not None and not s.parked]
        best = max(active, key=lambda s: common_length(s.tokens, request.prompt), default=None)
        if best is None or common_length(best.tokens, request.prompt) - known < WORTH_SHARING:
            return None
        return best

    def _follow(self, request: Request, picker: Picker, leader: SequenceState, sequence: SequenceState) -> None:
        """Let `sequence` wait until `leader` has read what both begin with."""
        self._cache.empty(sequence)
        sequence.shared = min(common_length(leader.tokens, request.prompt), len(request.prompt) - 1)
        sequence.follows = leader
        self._begin(request, picker, sequence)

    def _join_leaders(self) -> None:
        """Let those go on whose leader has read what they share, or will not any more."""
        for sequence in self._sequences:
            leader, answer = sequence.follows, sequence.answer
            if leader is None or answer is None:
                continue
            count = min(sequence.shared, leader.evaluated)
            if count < sequence.shared and leader.answer is not None and not leader.parked:
                continue
            sequence.follows = None
            sequence.evaluated = answer.cached = self._cache.join(sequence, leader, count)
            self._tell_progress(sequence, answer)

    def _refusal(self, request: Request) -> ErrorInfo | None:
        if not request.prompt:
            return ErrorInfo(ErrorCode.ENGINE_FAILED, detail="the prompt has no tokens")
        wanted = len(request.prompt) + len(request.forced)
        if wanted + 1 > self._context.size:
            sizes: dict[str, str | int | float] = {
                "prompt_tokens": wanted,
                "context_size": self._context.size,
            }
            return ErrorInfo(ErrorCode.PROMPT_TOO_LONG, sizes)
        return None

    def _start(self, request: Request, picker: Picker, sequence: SequenceState) -> None:
        known = min(sequence.common_prefix(request.prompt), len(request.prompt) - 1)
        self._cache.keep(sequence, known)
        self._cache.check_in(sequence)
        self._tell_progress(sequence, self._begin(request, picker, sequence))

    def _begin(self, request: Request, picker: Picker, sequence: SequenceState) -> Answer:
        sequence.tokens = list(request.prompt)
        if sequence.keep_as != request.keep_as:
            sequence.keep_as = request.keep_as if request.look is None else ""
            sequence.saved = 0
        self._clock += 1
        sequence.last_used = self._clock
        sequence.answer = Answer(request, picker, sequence.evaluated, self._model.marks.values())
        return sequence.answer

    def _advance(self, share: Planned) -> None:
        """Note what was computed, and sample where the sequence has come to its end."""
        sequence = share.sequence
        answer = sequence.answer
        assert answer is not None
        sequence.evaluated += share.count
        if answer.count == 0:
            self._tell_progress(sequence, answer)
        if not share.rows:
            if sequence.pending == 1:
                self._cache.check_in(sequence)  # for another answer to the same question
            return
        if answer.request.look is not None:
            values = self._context.logits(share.rows[0])
            self._release(sequence)
            self._listener.put(logits_of(answer.request.request_id, self._model, answer.request.look, values))
            return
        answer.decodes += 1
        true = 0
        for row, guess in zip(share.rows, (*share.guesses, None), strict=True):
            token = self._sample(sequence, answer, row)
            if self._gauge is not None and share.not_guessed is not None and token is not None:
                self._gauge.note(share.kind, 1, int(token == share.not_guessed))
            if token is None or token != guess:
                break
            sequence.evaluated += 1
            true += 1
        if share.guesses:
            self._note_guesses(share, answer, true)

    def _note_guesses(self, share: Planned, answer: Answer, true: int) -> None:
        """Forget the guesses that were wrong, and take note of how many were."""
        sequence, guessed = share.sequence, len(share.guesses)
        if self._gauge is not None and not answer.request.forced:
            answer.guessed += guessed
            answer.true_guesses += true
            self._gauge.note(share.kind, guessed, true)
        self._cache.keep(sequence, sequence.evaluated)

    def _sample(self, sequence: SequenceState, answer: Answer, row: int) -> int | None:
        """Choose and take the next token; None where the answer does not go on behind it."""
        later = self._elsewhere and not answer.depends_on_its_text
        try:
            picked = answer.picker.pick(self._context, row, len(sequence.tokens), later=later)
        except EngineError as error:
            self._release(sequence)
            self._listener.put(Failed(answer.request.request_id, error.info))
            return None
        forced = answer.request.forced
        if not forced and self._model.ends_answer(picked.token):
            self._finish(sequence, FinishReason.STOP)
            return None
        sequence.tokens.append(picked.token)
        answer.note()
        stopped = False
        if later:
            self._untold.append(functools.partial(self._take_text, answer, picked))
        else:
            taken = self._take_text(answer, picked)
            if taken.withdrawn:
                self._withdraw(sequence, answer, taken.withdrawn)
                return None
            stopped = taken.stopped
        if stopped or answer.count == len(forced) > 0:
            self._finish(sequence, FinishReason.STOP)
        elif answer.count >= (len(forced) or answer.request.sampling.max_tokens) or self._is_full(sequence):
            self._finish(sequence, FinishReason.LENGTH)
        else:
            return picked.token
        return None

    def _take_text(self, answer: Answer, picked: Picked) -> Taken:
        """Take in what a token says, and tell it unless it is withdrawn."""
        mark = self._model.marks.get(picked.token, "")
        piece = self._model.piece(picked.token, special=bool(mark) and answer.request.control_tokens)
        choice = picked.choice() if picked.choice is not None else None
        if choice is not None and not piece:
            choice = msgspec.structs.replace(choice, silent=True)
        taken = answer.take(piece, choice, mark if piece else "")
        if not taken.withdrawn:
            self._listener.put_text(answer.request.request_id, taken.text, taken.count, taken.choices)
        return taken

    def _tell(self) -> None:
        """Tell the text of the tokens that were chosen last."""
        untold, self._untold = self._untold, []
        for tell in untold:
            tell()

    def _is_full(self, sequence: SequenceState) -> bool:
        return len(sequence.tokens) > self._context.size

    def _withdraw(self, sequence: SequenceState, answer: Answer, count: int) -> None:
        """Take the last `count` tokens back, since they say what is banned, and have another one in their place."""
        wrong = sequence.tokens[-count]
        del sequence.tokens[-count:]
        answer.picker.rewind(sequence.tokens[len(answer.request.prompt) :], wrong)
        self._cache.keep(sequence, len(sequence.tokens) - 1)

    def _make_room(self) -> None:
        """Free a part of a full context, the least valuable first."""
        kept = [s for s in self._sequences if s.answer is None and s.evaluated]
        if kept:
            self._cache.empty(min(kept, key=lambda s: s.last_used))
            return
        active = [s for s in self._sequences if s.is_active]
        youngest = max(active, key=lambda s: s.last_used)
        if len(active) > 1:
            self._cache.keep(youngest, 0)
            youngest.parked = True
        else:
            self._finish(youngest, FinishReason.LENGTH)

    def _fail(self, planned: list[Planned], error: ErrorInfo) -> None:
        """End the requests of a batch that could not be computed, and start from an empty memory."""
        self._cache.forget_all()
        for share in planned:
            answer = self._release(share.sequence)
            self._listener.put(Failed(answer.request.request_id, error))

    def _finish(self, sequence: SequenceState, reason: FinishReason) -> None:
        answer = self._release(sequence)
        rest = answer.rest(reason)
        if rest.text or rest.count:
            self._listener.put_text(answer.request.request_id, rest.text, rest.count, rest.choices)
        self._listener.put(answer.finished(reason, sequence.tokens[len(answer.request.prompt) :]))

    def _release(self, sequence: SequenceState) -> Answer:
        """Take the answer out of its sequence; what waited for room may go on."""
        answer = sequence.answer
        assert answer is not None
        self._tell()
        sequence.answer = None
        sequence.follows = None
        for other in self._sequences:
            other.parked = False
        answer.picker.close()
        self._queue.ended(answer.request)
        return answer

    def _tell_progress(self, sequence: SequenceState, answer: Answer) -> None:
        self._listener.put(
            PromptProgress(answer.request.request_id, sequence.evaluated, len(answer.request.prompt), answer.cached)
        )
