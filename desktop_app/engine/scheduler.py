"""Decides what each decode computes: one token of every answer being written, and a piece of the prompts."""

import contextlib
import functools
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import msgspec

from desktop_app.domain.errors import EngineError, ErrorCode, ErrorInfo
from desktop_app.domain.messages import FinishReason
from desktop_app.domain.sampling import Sampling
from desktop_app.engine.checkpoints import Checkpoints
from desktop_app.engine.choices import Choice
from desktop_app.engine.drafts import FROM_MODEL, MOST_GUESSED, DraftGauge, Guesser
from desktop_app.engine.next_token import logits_of
from desktop_app.engine.outcome import Outcome
from desktop_app.engine.picker import Picked, Picker
from desktop_app.engine.sequences import Answer, Request, SequenceState, Taken, cancelled_while_waiting
from desktop_app.engine.snapshots import LEAST_TOKENS, SnapshotDamagedError, Snapshots, common_length
from desktop_app.engine.threads import ThreadTuner
from desktop_app.protocol.engine import Failed, Logits, PromptProgress

if TYPE_CHECKING:
    from desktop_app.engine.llama import Batch, Context, Model, SamplerChain


IDLE_SECONDS = 1.0
"""How long nobody asks for anything before what was read goes to the disk."""
WORTH_SAVING = 64
"""Tokens that are not on disk yet, from which on they are written."""
WORTH_A_CHECKPOINT = 8
"""Tokens from which on a state is kept that a model without a way back can go back to."""
WORTH_SHARING = 32
"""Tokens that another request is reading and the memory does not know, from which on they are waited for."""
WORTH_LOADING = 64
"""Tokens that a snapshot knows and the memory does not, from which on it is read."""
SPARE_CELLS = 1024
"""Tokens of idle sequences that may stay in the memory beside an answer.

Attention passes over every cell in use, whoever it belongs to: the starter model writes 66 tokens a
second beside 500 of them, and 40 beside 3,000.
"""
LAST_SAVING_SECONDS = 1.0
"""How long an ending worker goes on beginning snapshots."""


class Listener(Protocol):
    """Who is told what becomes of the requests; `engine.outbox.Outbox` passes it on."""

    def put(self, event: msgspec.Struct) -> None:
        """Take any event but text."""

    def put_text(self, request_id: str, text: str, count: int, choices: tuple[Choice, ...] = ()) -> None:
        """Take the next text of an answer, which `count` tokens made."""


class _Action(msgspec.Struct, frozen=True):
    """What is called between two decodes; `after` is the number of the last request that has to end first, None for none."""

    call: Callable[[], None]
    after: int | None


class Planned(msgspec.Struct, frozen=True):
    """A sequence's share of a batch: `count` of its tokens, and guesses of what follows them.

    `rows` are where the tokens behind the last one and behind each guess can be sampled, none in mid-prompt.
    Where nothing was guessed, `not_guessed` is what would have been, None for nothing.
    """

    sequence: SequenceState
    count: int
    rows: tuple[int, ...]
    guesses: tuple[int, ...] = ()
    kind: int = FROM_MODEL
    not_guessed: int | None = None


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
        self._gauge = DraftGauge() if guesses and not model.is_recurrent else None
        self._checkpoints = Checkpoints(context) if model.is_recurrent else None
        self._guesser = guesser
        self._snapshots = snapshots
        self._tuner = tuner
        self._model = model
        self._context = context
        self._batch = batch
        self._new_chain = new_chain
        self._listener = listener
        self._sequences = tuple(SequenceState(number) for number in range(context.sequences))
        self._clock = 0
        self._changed = threading.Condition()
        self._waiting: deque[Request] = deque()
        self._current: dict[str, Request] = {}
        self._submitted = 0
        self._actions: deque[_Action] = deque()
        self._resampled: dict[str, Sampling] = {}
        self._stopping = False
        self._elsewhere = elsewhere
        self._untold: list[Callable[[], object]] = []

    def submit(self, request: Request) -> None:
        """Queue `request`; its end is told by exactly one Finished, Failed, or Logits for a look."""
        with self._changed:
            self._submitted += 1
            request.number = self._submitted
            self._waiting.append(request)
            self._changed.notify()

    def call(self, action: Callable[[], None], *, when_idle: bool) -> None:
        """Have the computing thread call `action` between two decodes.

        `when_idle` lets all requests end that were submitted before, and begins none that came after.
        """
        with self._changed:
            self._actions.append(_Action(action, self._submitted if when_idle else None))
            self._changed.notify()

    def begin_anew(self, snapshots: Snapshots | None) -> None:
        """Forget all that was read, and keep what will be read in `snapshots`; only within a `call` when idle."""
        for sequence in self._sequences:
            self._empty(sequence)
        if self._snapshots is not None:
            self._snapshots.close()
        self._snapshots = snapshots

    def cancel(self, request_id: str) -> None:
        """End a request soon; unknown and ended ones are ignored."""
        with self._changed:
            waiting = next((request for request in self._waiting if request.request_id == request_id), None)
            if waiting is not None:
                self._waiting.remove(waiting)
                self._resampled.pop(request_id, None)
            elif (current := self._current.get(request_id)) is not None:
                current.cancelled = True
                self._context.abort()
        if waiting is not None:
            self._listener.put(cancelled_while_waiting(waiting))

    def resample(self, request_id: str, sampling: Sampling) -> None:
        """Let a request go on with other sampling from its next token on; unknown and ended ones are ignored."""
        with self._changed:
            if request_id in self._current or any(waiting.request_id == request_id for waiting in self._waiting):
                self._resampled[request_id] = sampling

    def stop(self) -> None:
        """Make `run` return soon, in mid-decode too; open requests are left without an end."""
        with self._changed:
            self._stopping = True
            self._context.abort()
            self._changed.notify()

    def forget_kept(self, keep_as: str) -> None:
        """Delete what is kept under `keep_as`, and keep nothing more of it on disk."""
        with self._changed:
            for sequence in self._sequences:
                if sequence.keep_as == keep_as:
                    sequence.keep_as = ""
            for request in (*self._waiting, *self._current.values()):
                if request.keep_as == keep_as:
                    request.keep_as = ""
        if self._snapshots is not None:
            self._snapshots.forget(keep_as)

    def run(self) -> None:
        """Serve requests until `stop`."""
        while self._wait_for_work():
            self.step()

    def close(self) -> None:
        """Keep what was read last, now that `run` has returned; waits for the disk."""
        if self._checkpoints is not None:
            self._checkpoints.close()
        if self._snapshots is None:
            return
        deadline = time.monotonic() + LAST_SAVING_SECONDS
        while (sequence := self._unsaved()) is not None and time.monotonic() < deadline:
            self._save(sequence)
        self._snapshots.close()

    def step(self) -> None:
        """Start what can be started, and compute one batch."""
        self._end_cancelled()
        self._join_leaders()
        last = self._act()
        while self._admit_one(last):
            pass
        self._take_resampled()
        planned = self._plan()
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
                self._take_back(share.sequence)
        else:
            self._make_room()

    def _act(self) -> float:
        """Call what waits to be called; returns the number of the last request that may begin before the rest of it.

        What an action itself asks to be called has its turn after the next decode.
        """
        for _turn in range(len(self._actions)):
            with self._changed:
                action = self._actions[0]
                if action.after is not None and (
                    any(sequence.answer is not None for sequence in self._sequences)
                    or any(request.number <= action.after for request in self._waiting)
                ):
                    return action.after
                self._actions.popleft()
            action.call()
        return math.inf

    def _take_resampled(self) -> None:
        """Let answers go on with the sampling that was asked for since the last decode."""
        for sequence in self._sequences:
            answer = sequence.answer
            if answer is None:
                continue
            with self._changed:
                wanted = self._resampled.pop(answer.request.request_id, None)
            if wanted is not None:
                answer.resample(wanted, sequence.tokens[len(answer.request.prompt) :])

    def _decode(self, planned: list[Planned]) -> Outcome:
        """Compute the batch; where it only writes answers on, its time tells of the threads and of the guesses.

        A piece of a prompt is not waited for: the next one is made ready meanwhile. llama.cpp has two of them at most.
        """
        started = time.monotonic()
        outcome = self._context.decode(self._batch)
        self._tell()
        if any(share.rows for share in planned):
            self._context.wait()
        seconds = time.monotonic() - started
        if outcome is not Outcome.DONE or not all(share.rows for share in planned):
            return outcome
        guesses = any(share.guesses for share in planned)
        if self._gauge is not None and len(planned) == 1:
            self._gauge.note_time(self._batch.size, seconds)
        if self._tuner is not None and not guesses:
            before = self._tuner.threads
            if self._tuner.note(seconds, self._batch.size) != before:
                self._context.use_threads(self._tuner.threads)
        return outcome

    def _wait_for_work(self) -> bool:
        """Wait for a request, and save what was read meanwhile; False when it is time to stop."""
        while True:
            unsaved = self._unsaved()
            with self._changed:
                if self._changed.wait_for(
                    lambda: self._stopping or self._waiting or self._current or self._actions,
                    IDLE_SECONDS if unsaved else None,
                ):
                    return not self._stopping
            if unsaved is not None:
                self._save(unsaved)

    def _unsaved(self) -> SequenceState | None:
        """Return the idle sequence used last that has something worth writing down."""
        if self._snapshots is None:
            return None
        worth = [
            sequence
            for sequence in self._sequences
            if sequence.answer is None
            and sequence.keep_as
            and sequence.evaluated >= LEAST_TOKENS
            and sequence.evaluated - sequence.saved >= WORTH_SAVING
        ]
        return max(worth, key=lambda sequence: sequence.last_used, default=None)

    def _save(self, sequence: SequenceState) -> None:
        assert self._snapshots is not None
        keep_as, sequence.saved = sequence.keep_as, sequence.evaluated
        if keep_as:
            with contextlib.suppress(EngineError, OSError):  # it can be read again
                state = self._context.copy_state(sequence.number)
                self._snapshots.save(keep_as, sequence.tokens[: sequence.evaluated], state)

    def _empty(self, sequence: SequenceState) -> None:
        """Take an idle sequence out of the memory, and keep what is worth it."""
        if self._snapshots is not None and sequence.keep_as and sequence.evaluated - sequence.saved >= LEAST_TOKENS:
            self._save(sequence)
        self._keep(sequence, 0)

    def _keep(self, sequence: SequenceState, count: int) -> None:
        """Keep the first `count` evaluated tokens of a sequence in the memory, or as many as the model can go back to."""
        if sequence.keep(count, self._context.forget):
            if self._checkpoints is not None:
                self._checkpoints.forget(sequence.number, sequence.evaluated)
        else:
            self._go_back(sequence, count)

    def _go_back(self, sequence: SequenceState, count: int) -> None:
        """Put a sequence back to a state of at most `count` tokens, or else to its beginning."""
        length = self._checkpoints.go_back(sequence.number, count) if self._checkpoints is not None else 0
        if not length:
            self._context.forget(sequence.number, 0)
        sequence.evaluated = length
        sequence.saved = min(sequence.saved, length)

    def _end_cancelled(self) -> None:
        with self._changed:
            self._context.clear_abort()  # under the lock: a cancel from now on sets it again
            ended = [s for s in self._sequences if s.answer is not None and s.answer.request.cancelled]
        for sequence in ended:
            self._finish(sequence, FinishReason.CANCELLED)

    def _admit_one(self, last: float) -> bool:
        """Give the next waiting request, up to number `last`, a sequence; False where none waits or none is free."""
        idle = [sequence for sequence in self._sequences if sequence.answer is None]
        if not idle or any(sequence.parked for sequence in self._sequences):
            return False
        request = self._next_waiting(last, all_idle=len(idle) == len(self._sequences))
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
                )
            except EngineError as error:
                refusal = error.info
        if refusal is not None:
            self._forget_request(request)
            self._listener.put(Failed(request.request_id, refusal))
            return True
        leader = self._leader(request, idle)
        if leader is not None:
            self._follow(request, picker, leader, min(idle, key=lambda s: s.last_used))
        else:
            best = self._recall(request, idle)
            if not self._is_too_much(request, picker, best):
                self._start(request, picker, self._spare(request, best, idle))
        return True

    def _next_waiting(self, last: float, *, all_idle: bool) -> Request | None:
        """Take the request that is next, up to number `last`; a look has to wait until all others are done."""
        with self._changed:
            waiting = [request for request in self._waiting if request.number <= last]
            answers = (request for request in waiting if request.look is None)
            request = next(answers, None) or (waiting[0] if waiting and all_idle else None)
            if request is not None:
                self._waiting.remove(request)
                self._current[request.request_id] = request
        return request

    def _is_too_much(self, request: Request, picker: Picker, best: SequenceState) -> bool:
        """Say how much of a look's prompt would have to be read, and drop it, where that is more than it may cost."""
        unread = len(request.prompt) - best.common_prefix(request.prompt)
        if request.look is None or request.look.most_unread is None or unread <= request.look.most_unread:
            return False
        picker.close()
        self._forget_request(request)
        self._listener.put(Logits(request_id=request.request_id, unread=unread))
        return True

    def _leader(self, request: Request, idle: list[SequenceState]) -> SequenceState | None:
        """Return the sequence at work that begins as `request` for longer than any idle one."""
        known = self._most_known(request, idle).common_prefix(request.prompt)
        active = [s for s in self._sequences if s.answer is not None and not s.parked]
        best = max(active, key=lambda s: common_length(s.tokens, request.prompt), default=None)
        if best is None or common_length(best.tokens, request.prompt) - known < WORTH_SHARING:
            return None
        return best

    def _follow(self, request: Request, picker: Picker, leader: SequenceState, sequence: SequenceState) -> None:
        """Let `sequence` wait until `leader` has read what both begin with."""
        self._empty(sequence)
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
            if self._model.is_recurrent and count != leader.evaluated:
                count = 0  # its state is of all that it has read
            if count:
                self._context.share(leader.number, sequence.number, count)
            sequence.follows = None
            sequence.evaluated = answer.cached = count
            self._tell_progress(sequence, answer)

    def _most_known(self, request: Request, idle: list[SequenceState]) -> SequenceState:
        return max(idle, key=lambda s: (s.common_prefix(request.prompt), -s.last_used))

    def _spare(self, request: Request, best: SequenceState, idle: list[SequenceState]) -> SequenceState:
        """Return `best`, or another sequence that shares its beginning, where the rest of `best` is somebody else's.

        A recurrent model's state cannot be shared in part.
        """
        known = min(best.common_prefix(request.prompt), len(request.prompt) - 1)
        others = [sequence for sequence in idle if sequence is not best]
        same = request.look is None and best.keep_as == request.keep_as  # a look leaves the other branches as they are
        if not others or not best.keep_as or same or best.evaluated - known < WORTH_SAVING:
            return best
        if self._model.is_recurrent:
            known = 0
        other = min(others, key=lambda s: s.last_used)
        self._empty(other)
        if known:
            self._context.share(best.number, other.number, known)
        other.tokens, other.evaluated = best.tokens[:known], known
        return other

    def _recall(self, request: Request, idle: list[SequenceState]) -> SequenceState:
        """Return the sequence that knows most of the prompt, after a snapshot was read that knows more."""
        best = self._most_known(request, idle)
        if self._snapshots is None:
            return best
        known = min(best.common_prefix(request.prompt), len(request.prompt) - 1)
        found = self._snapshots.best(request.prompt, known + WORTH_LOADING)
        if found is not None:
            chosen = best if best.keep_as == request.keep_as else min(idle, key=lambda s: s.last_used)
            self._empty(chosen)
            try:
                state = self._snapshots.read(found[0])
            except (SnapshotDamagedError, OSError):
                return self._most_known(request, idle)
            if self._context.restore_state(chosen.number, state):
                chosen.tokens = list(found[0].tokens)
                chosen.evaluated = chosen.saved = len(chosen.tokens)
            else:
                self._context.forget(chosen.number, 0)
            state.close()
            best = chosen
        if request.look is not None:
            return best
        others = sorted((s for s in idle if s is not best and s.evaluated), key=lambda s: s.last_used)
        spare = sum(sequence.evaluated for sequence in others)
        most = SPARE_CELLS if request.sampling.seed is None else 0  # where tokens lie in the memory can tip a near-tie
        while others and spare > most:
            spare -= others[0].evaluated
            self._empty(others.pop(0))
        return best

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
        self._keep(sequence, known)
        self._check_in(sequence)
        self._tell_progress(sequence, self._begin(request, picker, sequence))

    def _begin(self, request: Request, picker: Picker, sequence: SequenceState) -> Answer:
        sequence.tokens = list(request.prompt)
        if sequence.keep_as != request.keep_as:
            sequence.keep_as = request.keep_as if request.look is None else ""
            sequence.saved = 0
        self._clock += 1
        sequence.last_used = self._clock
        sequence.answer = Answer(request, picker, cached=sequence.evaluated)
        return sequence.answer

    def _plan(self) -> list[Planned]:
        """Fill the batch: the tokens of answers first, then prompts, the oldest first."""
        self._batch.clear()
        active = [s for s in self._sequences if s.is_active]
        planned = [self._add(sequence, 1) for sequence in active if sequence.pending == 1]
        if len(active) == len(planned) == 1:
            planned = [self._add_guesses(planned[0])]
        for sequence in sorted((s for s in active if s.pending > 1), key=_turn):
            room = self._batch.capacity - self._batch.size
            if room > 0:
                planned.append(self._add(sequence, min(room, sequence.pending - 1)))
        return planned

    def _add(self, sequence: SequenceState, count: int) -> Planned:
        is_last = sequence.pending == 1
        row = 0
        for position in range(sequence.evaluated, sequence.evaluated + count):
            row = self._batch.add(sequence.tokens[position], position, sequence.number, wants_logits=is_last)
        return Planned(sequence, count, (row,) if is_last else ())

    def _add_guesses(self, share: Planned) -> Planned:
        """Add to the one token of `share` what may follow it."""
        sequence, answer = share.sequence, share.sequence.answer
        assert answer is not None
        request = answer.request
        if request.look is not None:
            return share
        if request.forced:
            share = msgspec.structs.replace(share, guesses=request.forced[answer.count :][:MOST_GUESSED])
        elif self._gauge is not None and request.sampling.seed is None:
            share = self._guess(self._gauge, share, answer)
        start = sequence.evaluated + 1
        rows = tuple(
            self._batch.add(token, start + offset, sequence.number, wants_logits=True)
            for offset, token in enumerate(share.guesses)
        )
        return msgspec.structs.replace(share, rows=(*share.rows, *rows))

    def _guess(self, gauge: DraftGauge, share: Planned, answer: Answer) -> Planned:
        """Return `share` with as many guesses as are worth it."""
        sequence = share.sequence
        room = min(
            self._batch.capacity - self._batch.size,
            self._context.size - len(sequence.tokens) - 1,
            answer.request.sampling.max_tokens - answer.count - 1,
        )
        found, kind = answer.lookup.guess(sequence.tokens, MOST_GUESSED)
        guesses = found[: gauge.length(kind, min(room, len(found)))]
        if not guesses and self._guesser is not None and (count := gauge.length(FROM_MODEL, room)):
            found = guesses = self._guesser.guess(sequence.tokens, count)
            kind = FROM_MODEL
        not_guessed = found[0] if found and not guesses else None
        return msgspec.structs.replace(share, guesses=tuple(guesses), kind=kind, not_guessed=not_guessed)

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
                self._check_in(sequence)  # for another answer to the same question
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
        self._keep(sequence, sequence.evaluated)

    def _check_in(self, sequence: SequenceState) -> None:
        """Take a state that can be gone back to: where a question begins, and where its answer does."""
        if self._checkpoints is not None and sequence.evaluated >= WORTH_A_CHECKPOINT:
            self._checkpoints.take(sequence.number, sequence.evaluated)

    def _sample(self, sequence: SequenceState, answer: Answer, row: int) -> int | None:
        """Choose and take the next token; None where the answer does not go on behind it."""
        try:
            picked = answer.picker.pick(self._context, row, len(sequence.tokens))
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
        if self._elsewhere and not answer.depends_on_its_text:
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
        piece = self._model.piece(picked.token, special=answer.request.control_tokens)
        choice = picked.choice
        if choice is not None and not piece:
            choice = msgspec.structs.replace(choice, silent=True)
        taken = answer.take(piece, choice)
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
        self._keep(sequence, len(sequence.tokens) - 1)

    def _take_back(self, sequence: SequenceState) -> None:
        """Forget what an aborted decode may have left behind."""
        if self._model.is_recurrent:
            self._go_back(sequence, sequence.evaluated)
        else:
            self._keep(sequence, sequence.evaluated)

    def _make_room(self) -> None:
        """Free a part of a full context, the least valuable first."""
        kept = [s for s in self._sequences if s.answer is None and s.evaluated]
        if kept:
            self._empty(min(kept, key=lambda s: s.last_used))
            return
        active = [s for s in self._sequences if s.is_active]
        youngest = max(active, key=lambda s: s.last_used)
        if len(active) > 1:
            self._keep(youngest, 0)
            youngest.parked = True
        else:
            self._finish(youngest, FinishReason.LENGTH)

    def _fail(self, planned: list[Planned], error: ErrorInfo) -> None:
        """End the requests of a batch that could not be computed, and start from an empty memory."""
        self._context.forget_all()
        for sequence in self._sequences:
            sequence.evaluated = sequence.saved = 0
            if self._checkpoints is not None:
                self._checkpoints.forget(sequence.number, 0)
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
        self._forget_request(answer.request)
        return answer

    def _forget_request(self, request: Request) -> None:
        with self._changed:
            self._current.pop(request.request_id, None)
            self._resampled.pop(request.request_id, None)

    def _tell_progress(self, sequence: SequenceState, answer: Answer) -> None:
        self._listener.put(
            PromptProgress(answer.request.request_id, sequence.evaluated, len(answer.request.prompt), answer.cached)
        )


def _turn(sequence: SequenceState) -> tuple[bool, int]:
    """Return what prompts are read by: questions before looks, the oldest first."""
    return sequence.answer is not None and sequence.answer.request.look is not None, sequence.last_used
