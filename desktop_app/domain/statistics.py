"""What a person and the models did, counted from what is stored; nothing of it is ever sent anywhere."""

import time
from collections import Counter, defaultdict
from datetime import date

import msgspec


class Counted(msgspec.Struct, frozen=True):
    """What statistics need of a receipt; its other fields are passed over when it is decoded."""

    model_name: str = ""
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    seconds_to_first_token: float = 0.0
    tokens_per_second: float = 0.0
    energy: float | None = None

    @property
    def seconds(self) -> float:
        """How long the model worked: until the first token, and on the others at its speed."""
        others = max(0, self.completion_tokens - 1)
        return self.seconds_to_first_token + (others / self.tokens_per_second if self.tokens_per_second > 0 else 0.0)


class ModelUse(msgspec.Struct, frozen=True, kw_only=True):
    """What one model wrote: answers, tokens, and the seconds that it took."""

    name: str
    answers: int
    tokens: int
    seconds: float


class Statistics(msgspec.Struct, frozen=True, kw_only=True):
    """The counts over all chats that are there, the trash left out.

    `days` are the answers of each day that has any, the oldest first. `energy` is in watt hours, of the
    `measured_answers` whose computer told it. Times are Unix time in seconds.
    """

    chats: int = 0
    questions: int = 0
    answers: int = 0
    tokens_read: int = 0
    tokens_reused: int = 0
    tokens_written: int = 0
    seconds: float = 0.0
    energy: float = 0.0
    measured_answers: int = 0
    first_at: float = 0.0
    days: tuple[tuple[date, int], ...] = ()
    models: tuple[ModelUse, ...] = ()


class Tally:
    """Adds up messages one by one, in any order."""

    def __init__(self) -> None:
        self._questions = 0
        self._days: Counter[date] = Counter()
        self._models: defaultdict[str, list[float]] = defaultdict(lambda: [0, 0, 0.0])
        self._read = self._reused = self._measured = 0
        self._energy = 0.0
        self._first_at = float("inf")

    def add_question(self, created_at: float) -> None:
        """Count a question."""
        self._questions += 1
        self._first_at = min(self._first_at, created_at)

    def add_answer(self, created_at: float, receipt: Counted | None) -> None:
        """Count an answer; one without a receipt came from elsewhere, or was broken off before its first word."""
        self._first_at = min(self._first_at, created_at)
        local = _local(created_at)
        self._days[date(local.tm_year, local.tm_mon, local.tm_mday)] += 1
        if receipt is None:
            self._models[""][0] += 1
            return
        use = self._models[receipt.model_name]
        use[0] += 1
        use[1] += receipt.completion_tokens
        use[2] += receipt.seconds
        self._read += receipt.prompt_tokens - receipt.cached_tokens
        self._reused += receipt.cached_tokens
        if receipt.energy is not None:
            self._energy += receipt.energy
            self._measured += 1

    def statistics(self, chats: int) -> Statistics:
        """Return the sums; models by what they wrote, the most first."""
        models = [
            ModelUse(name=name, answers=int(answers), tokens=int(tokens), seconds=seconds)
            for name, (answers, tokens, seconds) in self._models.items()
        ]
        models.sort(key=lambda use: (-use.tokens, -use.answers, use.name))
        return Statistics(
            chats=chats,
            questions=self._questions,
            answers=sum(use.answers for use in models),
            tokens_read=self._read,
            tokens_reused=self._reused,
            tokens_written=sum(use.tokens for use in models),
            seconds=sum(use.seconds for use in models),
            energy=self._energy,
            measured_answers=self._measured,
            first_at=self._first_at if self._first_at < float("inf") else 0.0,
            days=tuple(sorted(self._days.items())),
            models=tuple(models),
        )


def _local(moment: float) -> time.struct_time:
    """Return a time as the clocks here show it; Windows knows none before 1970."""
    return time.localtime(max(moment, 0.0))
