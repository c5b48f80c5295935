"""Decides what each decode computes: one token of every answer being written, and a piece of the prompts."""

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import msgspec

from desktop_app.domain.errors import EngineError, ErrorCode, ErrorInfo
from desktop_app.domain.messages import FinishReason
from desktop_app.engine.outcome import Outcome
from desktop_app.engine.sampler import build_chain, choose_seed
from desktop_app.engine.sequences import Answer, Request, SequenceState, cancelled_while_waiting
from desktop_app.engine.snapshots import LEAST_TOKENS, SnapshotDamagedError, Snapshots
from desktop_app.engine.threads import ThreadTuner
from desktop_app.protocol.engine import Failed, PromptProgress

if TYPE_CHECKING:
    from desktop_app.engine.llama import Batch, Context, Model, SamplerChain


IDLE_SECONDS = 1.0
"""How long nobody asks for anything before what was read goes to the disk."""
WORTH_SAVING = 64
"""Tokens that are not on disk yet, from which on they are written."""
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

    def put_text(self, request_id: str, text: str, count: int) -> None:
        """Take the next text of an answer, which `count` tokens made."""


class Planned(msgspec.Struct, frozen=True):
    """A sequence's share of a batch; `row` is where its next token can be sampled, None in mid-prompt."""

    sequence: SequenceState
    count: int
    row: int | None


class Scheduler:
    """Serves requests in the order of their coming, as many at once as the context has sequences.

    One thread calls `run`; `submit`, `cancel` and `stop` are for any thread. The last token of a
    prompt is always evaluated by itself: llama.cpp's logits may depend on what else is in a batch,
    and so the same prompt, seed and settings give the same answer whether or not the prompt had to be
    read again, as long as no other answer is written at the same time. Where several sequences share the context and it is full, the prefixes kept of idle
    ones go first, then the youngest answer waits and is read again later.

    With `snapshots`, what was read goes to the disk while nobody asks, and comes back from there. With
    a `tuner`, the number of threads follows what else the computer does.
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
    ) -> None:
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
        self._stopping = False

    def submit(self, request: Request) -> None:
        """Queue `request`; its end is told by exactly one Finished or Failed."""
        with self._changed:
            self._waiting.append(request)
            self._changed.notify()

    def cancel(self, request_id: str) -> None:
        """End a request soon; unknown and ended ones are ignored."""
        with self._changed:
            waiting = next((request for request in self._waiting if request.request_id == request_id), None)
            if waiting is not None:
                self._waiting.remove(waiting)
            elif (current := self._current.get(request_id)) is not None:
                current.cancelled = True
                self._context.abort()
        if waiting is not None:
            self._listener.put(cancelled_while_waiting(waiting))

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
        if self._snapshots is None:
            return
        deadline = time.monotonic() + LAST_SAVING_SECONDS
        while (sequence := self._unsaved()) is not None and time.monotonic() < deadline:
            self._save(sequence)
        self._snapshots.close()

    def step(self) -> None:
        """Start what can be started, and compute one batch."""
        self._end_cancelled()
        while self._admit_one():
            pass
        planned = self._plan()
        if not planned:
            return
        try:
            outcome = self._decode(writes=all(share.row is not None for share in planned))
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

    def _decode(self, *, writes: bool) -> Outcome:
        """Compute the batch; where it only `writes` answers on, its time tells of the threads."""
        started = time.monotonic()
        outcome = self._context.decode(self._batch)
        if self._tuner is not None and writes and outcome is Outcome.DONE:
            before = self._tuner.threads
            if self._tuner.note(time.monotonic() - started, self._batch.size) != before:
                self._context.use_threads(self._tuner.threads)
        return outcome

    def _wait_for_work(self) -> bool:
        """Wait for a request, and save what was read meanwhile; False when it is time to stop."""
        while True:
            unsaved = self._unsaved()
            with self._changed:
                if self._changed.wait_for(
                    lambda: self._stopping or self._waiting or self._current, IDLE_SECONDS if unsaved else None
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
        sequence.keep(0, self._context.forget)

    def _end_cancelled(self) -> None:
        with self._changed:
            self._context.clear_abort()  # under the lock: a cancel from now on sets it again
            ended = [s for s in self._sequences if s.answer is not None and s.answer.request.cancelled]
        for sequence in ended:
            self._finish(sequence, FinishReason.CANCELLED)

    def _admit_one(self) -> bool:
        """Give the next waiting request a sequence; False where none waits or none is free."""
        idle = [sequence for sequence in self._sequences if sequence.answer is None]
        if not idle or any(sequence.parked for sequence in self._sequences):
            return False
        with self._changed:
            if not self._waiting:
                return False
            request = self._waiting.popleft()
            self._current[request.request_id] = request
        refusal = self._refusal(request)
        if refusal is not None:
            self._forget_request(request)
            self._listener.put(Failed(request.request_id, refusal))
            return True
        best = self._recall(request, idle)
        self._start(request, self._spare(request, best, idle))
        return True

    def _most_known(self, request: Request, idle: list[SequenceState]) -> SequenceState:
        return max(idle, key=lambda s: (s.common_prefix(request.prompt), -s.last_used))

    def _spare(self, request: Request, best: SequenceState, idle: list[SequenceState]) -> SequenceState:
        """Return `best`, or another sequence that shares its beginning, where the rest of `best` is somebody else's.

        A recurrent model's state cannot be shared in part.
        """
        known = min(best.common_prefix(request.prompt), len(request.prompt) - 1)
        others = [sequence for sequence in idle if sequence is not best]
        if not others or best.keep_as in ("", request.keep_as) or best.evaluated - known < WORTH_SAVING:
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
        if len(request.prompt) + 1 > self._context.size:
            sizes: dict[str, str | int | float] = {
                "prompt_tokens": len(request.prompt),
                "context_size": self._context.size,
            }
            return ErrorInfo(ErrorCode.PROMPT_TOO_LONG, sizes)
        return None

    def _start(self, request: Request, sequence: SequenceState) -> None:
        known = min(sequence.common_prefix(request.prompt), len(request.prompt) - 1)
        sequence.keep(known, self._context.forget)
        sequence.tokens = list(request.prompt)
        if sequence.keep_as != request.keep_as:
            sequence.keep_as, sequence.saved = request.keep_as, 0
        self._clock += 1
        sequence.last_used = self._clock
        seed = choose_seed(request.sampling)
        chain = self._new_chain(self._model)
        build_chain(chain, request.sampling, seed, request.prompt, self._model.tokenize)
        sequence.answer = Answer(request, chain, seed, cached=sequence.evaluated)
        self._tell_progress(sequence, sequence.answer)

    def _plan(self) -> list[Planned]:
        """Fill the batch: the tokens of answers first, then prompts, the oldest first."""
        self._batch.clear()
        active = [s for s in self._sequences if s.answer is not None and not s.parked]
        planned = [self._add(sequence, 1) for sequence in active if sequence.pending == 1]
        for sequence in sorted((s for s in active if s.pending > 1), key=lambda s: s.last_used):
            room = self._batch.capacity - self._batch.size
            if room > 0:
                planned.append(self._add(sequence, min(room, sequence.pending - 1)))
        return planned

    def _add(self, sequence: SequenceState, count: int) -> Planned:
        is_last = sequence.pending == 1
        row = 0
        for position in range(sequence.evaluated, sequence.evaluated + count):
            row = self._batch.add(sequence.tokens[position], position, sequence.number, wants_logits=is_last)
        return Planned(sequence, count, row if is_last else None)

    def _advance(self, share: Planned) -> None:
        """Note what was computed, and sample where the sequence has come to its end."""
        sequence = share.sequence
        answer = sequence.answer
        assert answer is not None
        sequence.evaluated += share.count
        if answer.count == 0:
            self._tell_progress(sequence, answer)
        if share.row is None:
            return
        token = self._context.sample(answer.chain, share.row)
        if self._model.ends_answer(token):
            self._finish(sequence, FinishReason.STOP)
            return
        sequence.tokens.append(token)
        text, stopped = answer.take(self._model.piece(token))
        self._listener.put_text(answer.request.request_id, text, 1)
        if stopped:
            self._finish(sequence, FinishReason.STOP)
        elif answer.count >= answer.request.sampling.max_tokens or len(sequence.tokens) > self._context.size:
            self._finish(sequence, FinishReason.LENGTH)

    def _take_back(self, sequence: SequenceState) -> None:
        """Forget what an aborted decode may have left behind."""
        sequence.keep(0 if self._model.is_recurrent else sequence.evaluated, self._context.forget)

    def _make_room(self) -> None:
        """Free a part of a full context, the least valuable first."""
        kept = [s for s in self._sequences if s.answer is None and s.evaluated]
        if kept:
            self._empty(min(kept, key=lambda s: s.last_used))
            return
        active = [s for s in self._sequences if s.answer is not None and not s.parked]
        youngest = max(active, key=lambda s: s.last_used)
        if len(active) > 1:
            youngest.keep(0, self._context.forget)
            youngest.parked = True
        else:
            self._finish(youngest, FinishReason.LENGTH)

    def _fail(self, planned: list[Planned], error: ErrorInfo) -> None:
        """End the requests of a batch that could not be computed, and start from an empty memory."""
        self._context.forget_all()
        for sequence in self._sequences:
            sequence.evaluated = sequence.saved = 0
        for share in planned:
            answer = self._release(share.sequence)
            self._listener.put(Failed(answer.request.request_id, error))

    def _finish(self, sequence: SequenceState, reason: FinishReason) -> None:
        answer = self._release(sequence)
        rest = answer.rest(reason)
        if rest:
            self._listener.put_text(answer.request.request_id, rest, 0)
        self._listener.put(answer.finished(reason))

    def _release(self, sequence: SequenceState) -> Answer:
        """Take the answer out of its sequence; what waited for room may go on."""
        answer = sequence.answer
        assert answer is not None
        sequence.answer = None
        for other in self._sequences:
            other.parked = False
        answer.chain.close()
        self._forget_request(answer.request)
        return answer

    def _forget_request(self, request: Request) -> None:
        with self._changed:
            self._current.pop(request.request_id, None)

    def _tell_progress(self, sequence: SequenceState, answer: Answer) -> None:
        self._listener.put(
            PromptProgress(answer.request.request_id, sequence.evaluated, len(answer.request.prompt), answer.cached)
        )
