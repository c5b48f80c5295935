"""An engine without a model, that a scheduler can be driven with: it counts, and remembers what was computed."""

from collections.abc import Sequence

import msgspec

from desktop_app.domain.errors import EngineError
from desktop_app.domain.sampling import Sampling
from desktop_app.engine.choices import Choice
from desktop_app.engine.drafts import Guesser
from desktop_app.engine.outcome import Outcome
from desktop_app.engine.scheduler import Scheduler
from desktop_app.engine.sequences import Request
from desktop_app.engine.threads import ThreadTuner
from desktop_app.protocol.engine import Failed, Finished, Tokens

END = 0


class ScriptedBatch:
    capacity = 8

    def __init__(self) -> None:
        self.rows: list[tuple[int, int, int, bool]] = []

    @property
    def size(self) -> int:
        return len(self.rows)

    def clear(self) -> None:
        self.rows = []

    def add(self, token: int, position: int, sequence: int, *, wants_logits: bool) -> int:
        self.rows.append((token, position, sequence, wants_logits))
        return len(self.rows) - 1


class ScriptedChain:
    def __init__(self, _model: "ScriptedModel") -> None:
        self.closed = False

    def add_greedy_pick(self) -> None:
        pass

    def accept(self, tokens: Sequence[int]) -> None:
        assert not self.closed

    def close(self) -> None:
        self.closed = True


class ScriptedModel:
    is_recurrent = False

    def __init__(self) -> None:
        self.marks: dict[int, str] = {}

    def tokenize(self, text: str) -> list[int]:
        return [ord(character) for character in text]

    def ends_answer(self, token: int) -> bool:
        return token == END

    def piece(self, token: int, *, special: bool = False) -> bytes:
        return f"{token}{'!' if special else ''} ".encode()


class ScriptedContext:
    """Counts up from the last token of a sequence; remembers what llama.cpp would have in memory."""

    def __init__(self, batch: ScriptedBatch, size: int = 100, sequences: int = 1) -> None:
        self.size = size
        self.sequences = sequences
        self.batch = batch
        self.cells: dict[int, list[int]] = {number: [] for number in range(sequences)}
        self.outcomes: list[Outcome | EngineError] = []
        self.decoded: list[list[tuple[int, int, int, bool]]] = []
        self.forgets_parts = True
        self.aborts = 0
        self.ends_after = 10**9
        self.computing = False
        self.waits = 0
        self.threads = 0
        self.used_threads: list[int] = []

    def decode(self, batch: ScriptedBatch) -> Outcome:
        used = sum(len(cells) for cells in self.cells.values())
        if used + batch.size > self.size:
            return Outcome.FULL
        for token, position, sequence, _ in batch.rows:
            cells = self.cells[sequence]
            assert position == len(cells), "a gap or an overlap in the memory"
            cells.append(token)
        self.decoded.append(list(batch.rows))
        self.used_threads.append(self.threads)
        self.computing = True
        outcome = self.outcomes.pop(0) if self.outcomes else Outcome.DONE
        if isinstance(outcome, EngineError):
            raise outcome
        return outcome

    def wait(self, _row: int | None = None) -> None:
        self.waits += 1
        self.computing = False

    def sample(self, chain: ScriptedChain, row: int) -> int:
        assert not chain.closed
        assert not self.computing
        token, position, _, wants_logits = self.batch.rows[row]
        assert wants_logits
        return END if position + 1 >= self.ends_after else token + 1

    def forget(self, sequence: int, start: int) -> bool:
        if start > 0 and start < len(self.cells[sequence]) and not self.forgets_parts:
            return False
        del self.cells[sequence][start:]
        return True

    def share(self, source: int, target: int, count: int) -> None:
        assert not self.cells[target]
        self.cells[target] = self.cells[source][:count]

    def use_threads(self, threads: int) -> None:
        self.threads = threads

    def forget_all(self) -> None:
        for cells in self.cells.values():
            cells.clear()

    def abort(self) -> None:
        self.aborts += 1

    def clear_abort(self) -> None:
        self.aborts = 0


class SteadyTuner(ThreadTuner):
    """One that tries nothing."""

    def note(self, _seconds: float, _width: int = 1) -> int:
        return self.threads


class Stage:
    """A scheduler on the scripted engine, and what it told."""

    def __init__(
        self,
        size: int = 100,
        sequences: int = 1,
        *,
        elsewhere: bool = False,
        recurrent: bool = False,
        guesses: bool = False,
        tuner: ThreadTuner | None = None,
        guesser: Guesser | None = None,
    ) -> None:
        self.batch = ScriptedBatch()
        self.model = ScriptedModel()
        self.model.is_recurrent = recurrent
        self.context = ScriptedContext(self.batch, size, sequences)
        self.told: list[msgspec.Struct] = []
        self.told_while_computing: list[str] = []
        self.scheduler = Scheduler(
            self.model,
            self.context,
            self.batch,
            ScriptedChain,
            self,
            tuner=tuner,
            elsewhere=elsewhere,
            guesses=guesses,
            guesser=guesser,
        )

    def put(self, event: msgspec.Struct) -> None:
        self.told.append(event)

    def put_text(self, request_id: str, text: str, count: int, _choices: tuple[Choice, ...] = ()) -> None:
        self.told.append(Tokens(request_id, text, count))
        if self.context.computing:
            self.told_while_computing.append(text)

    def submit(self, prompt: Sequence[int], name: str = "a", max_tokens: int = 3, stops: tuple[str, ...] = ()) -> None:
        sampling = Sampling(temperature=0.0, max_tokens=max_tokens)
        self.scheduler.submit(
            Request(request_id=name, prompt=tuple(prompt), sampling=sampling, stops=stops, received=0.0)
        )

    def run(self, name: str = "a") -> Finished | Failed:
        for _ in range(1000):
            end = self.end(name)
            if end is not None:
                return end
            self.scheduler.step()
        raise AssertionError("it never ends")

    def end(self, name: str) -> Finished | Failed | None:
        return next((e for e in self.told if isinstance(e, Finished | Failed) and e.request_id == name), None)

    def text(self, name: str = "a") -> str:
        return "".join(e.text for e in self.told if isinstance(e, Tokens) and e.request_id == name)
