"""The distribution of the next token: what the model says, and what each step of the sampling chain makes of it."""

from collections.abc import Callable, Mapping, Sequence

import msgspec
import numpy as np

from desktop_app.domain import samplers
from desktop_app.domain.chain import pick_of, token_biases
from desktop_app.domain.dry import Breakers, Repetition, dry_penalties, repetition
from desktop_app.domain.errors import EngineError, ErrorCode
from desktop_app.domain.samplers import Candidates, Floats
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.sampling_rules import active_steps

MODEL = "model"
"""The name of what stands before the first step."""
LOGIT_BIAS = "logit_bias"
PARAMETERS: dict[str, tuple[str, ...]] = {
    LOGIT_BIAS: ("logit_bias",),
    "penalties": ("repeat_last_n", "repeat_penalty", "frequency_penalty", "presence_penalty"),
    "dry": ("dry_multiplier", "dry_base", "dry_allowed_length", "dry_last_n"),
    "top_n_sigma": ("top_n_sigma",),
    "top_k": ("top_k",),
    "typical_p": ("typical_p",),
    "top_p": ("top_p",),
    "min_p": ("min_p",),
    "xtc": ("xtc_probability", "xtc_threshold"),
    "temperature": ("temperature", "dynatemp_range", "dynatemp_exponent"),
    "greedy": (),
    "mirostat": ("mirostat", "mirostat_tau"),
    "adaptive_p": ("adaptive_target",),
}
"""What each step depends on."""
STATEFUL = ("xtc", "mirostat", "adaptive_p")
"""The steps that `ChainState` has something for."""
PICKS = {"greedy": "greedy", "mirostat": "mirostat", "adaptive_p": "adaptive_p", "dist": ""}
"""The name of the last step by what takes the token; a plain draw changes nothing."""


_Key = tuple[object, ...]
"""What a step was made of: its name, its parameters, and its part of the state."""


class ChainState(msgspec.Struct, frozen=True, kw_only=True):
    """What the steps with a memory or a draw of their own bring along; the defaults are those of a new answer.

    `mu` is mirostat's, in bits; `weighted_sum` and `total_weight` are what adaptive-p took before; XTC strikes where
    its `xtc_draw`, 0 to 1, is at most its probability.
    """

    mu: float | None = None
    weighted_sum: float = 0.0
    total_weight: float = 0.0
    xtc_draw: float = 0.0


AT_FIRST = ChainState()


class Step:
    """What a step has left: `name` is that of `domain.sampling.Step`, 'model', 'logit_bias' or of what takes the token."""

    def __init__(self, name: str, left: Candidates) -> None:
        self.name = name
        self.left = left
        own = left.own
        self._highest = float(own.max())
        self.count = int(np.count_nonzero(own > -np.inf)) if np.isfinite(self._highest) else 0
        """How many tokens may still come; 0 where the settings leave none."""
        self._total = 0.0

    def probabilities(self, tokens: Sequence[int]) -> list[float]:
        """Return how likely each of `tokens` is now, 0 for those that are cut."""
        if not self.count or not len(tokens):
            return [0.0] * len(tokens)
        if not self._total:
            weights = np.exp(self.left.own - np.float32(self._highest))  # each is as precise as its own logit
            self._total = float(weights.sum(dtype=np.float64))
        logits = self._logits(tokens).astype(np.float64)
        values: list[float] = (np.exp(logits - self._highest) / self._total).tolist()
        return values

    def keeps(self, tokens: Sequence[int]) -> list[bool]:
        """Return which of `tokens` may still come."""
        kept: list[bool] = (self._logits(tokens) > -np.inf).tolist()
        return kept

    def _logits(self, tokens: Sequence[int]) -> Floats:
        """Return the logits of `tokens`, -inf for those that are cut."""
        wanted = np.asarray(tokens, dtype=np.intp)
        logits = self.left.logits[wanted]
        if len(self.left.ids) < len(self.left.logits):
            kept = np.zeros(len(self.left.logits), dtype=bool)
            kept[self.left.ids] = True
            logits[~kept[wanted]] = -np.inf
        return logits

    def likeliest(self, count: int) -> list[int]:
        """Return the tokens that are the likeliest now, the first first."""
        tokens: list[int] = self.left.order.first(min(count, self.count)).tolist()
        return tokens


class Row(msgspec.Struct, frozen=True):
    """A token with its probability after and before a step; `cut_by` names the step that took it away."""

    token: int
    probability: float
    before: float
    cut_by: str | None = None


class Distribution:
    """The logits behind a text, sorted once, and the chain over them as often as a slider moves.

    `recent` are the last tokens of the text, for the penalties and DRY. `tokens` has those of each written form of
    the words of a logit bias, `breakers` what ends a sequence for DRY among the recent tokens.
    Raises EngineError ENGINE_FAILED where the logits are not numbers.
    """

    def __init__(
        self,
        logits: Floats,
        recent: Sequence[int] = (),
        tokens: Mapping[str, Sequence[int]] | None = None,
        breakers: Breakers | None = None,
    ) -> None:
        if np.isnan(logits).any() or np.isposinf(logits).any():
            raise EngineError(ErrorCode.ENGINE_NOT_NUMBERS)
        self.model = Step(MODEL, samplers.all_candidates(logits))
        self._recent = list(recent)
        self._tokens = dict(tokens or {})
        self._breakers = dict(breakers or {})
        self._counted: tuple[int, samplers.Ids, Floats] | None = None
        self._repetition: Repetition | None = None
        self._last: list[tuple[_Key, Step]] = []

    @classmethod
    def of(
        cls, values: bytes, recent: Sequence[int], tokens: Mapping[str, Sequence[int]], breakers: Breakers
    ) -> "Distribution":
        """Read the logits from little-endian 32-bit numbers, one for each token of the vocabulary."""
        return cls(np.frombuffer(values, dtype="<f4").astype(np.float32), recent, tokens, breakers)

    def chain(self, sampling: Sampling, state: ChainState = AT_FIRST) -> tuple[Step, ...]:
        """Return the model's own distribution, and what each step that is on leaves of it.

        It ends with a step that leaves nothing, where there is one. What stands before the first step that changed
        since the last call is not computed again.
        """
        appliers = self._appliers(sampling, state)
        biases = sampling.logit_bias and token_biases(sampling.logit_bias, lambda text: self._tokens.get(text, ()))
        pick = PICKS[pick_of(sampling)]
        names = (*((LOGIT_BIAS,) if biases else ()), *active_steps(sampling), *((pick,) if pick else ()))
        steps, known, told = [self.model], self._last, list[tuple[_Key, Step]]()
        for place, name in enumerate(names):
            if not steps[-1].count:
                break
            key: _Key = (
                name,
                *(getattr(sampling, field) for field in PARAMETERS[name]),
                state if name in STATEFUL else None,
            )
            if place < len(known) and known[place][0] == key:
                step = known[place][1]
            else:
                known, step = [], Step(name, appliers[name](steps[-1].left))
            steps.append(step)
            told.append((key, step))
        self._last = told
        return tuple(steps)

    def _appliers(self, sampling: Sampling, state: ChainState) -> dict[str, Callable[[Candidates], Candidates]]:
        wanted = sampling
        return {
            LOGIT_BIAS: lambda left: self._biased(left, wanted),
            "penalties": lambda left: self._penalized(left, wanted),
            "dry": lambda left: self._kept_from_repeating(left, wanted),
            "top_n_sigma": lambda left: samplers.top_n_sigma(left, wanted.top_n_sigma),
            "top_k": lambda left: samplers.top_k(left, wanted.top_k),
            "typical_p": lambda left: samplers.typical_p(left, wanted.typical_p),
            "top_p": lambda left: samplers.top_p(left, wanted.top_p),
            "min_p": lambda left: samplers.min_p(left, wanted.min_p),
            "xtc": lambda left: samplers.xtc(left, wanted.xtc_probability, wanted.xtc_threshold, state.xtc_draw),
            "temperature": lambda left: samplers.dynamic_temperature(
                left, wanted.temperature, wanted.dynatemp_range, wanted.dynatemp_exponent
            ),
            "greedy": lambda left: samplers.top_k(left, 1),
            "mirostat": lambda left: samplers.mirostat(
                left, wanted.mirostat, state.mu if state.mu is not None else 2.0 * wanted.mirostat_tau
            ),
            "adaptive_p": lambda left: samplers.adaptive_p(
                left, samplers.adapted_target(wanted.adaptive_target, state.weighted_sum, state.total_weight)
            ),
        }

    def _biased(self, left: Candidates, sampling: Sampling) -> Candidates:
        biases = token_biases(sampling.logit_bias, lambda text: self._tokens.get(text, ()))
        tokens = np.fromiter(biases, dtype=np.intp, count=len(biases))
        added = np.fromiter(biases.values(), dtype=np.float32, count=len(biases))
        return samplers.moved(left, tokens, left.logits[tokens] + added)

    def _penalized(self, left: Candidates, sampling: Sampling) -> Candidates:
        if self._counted is None or self._counted[0] != sampling.repeat_last_n:
            seen = np.asarray(self._recent[-sampling.repeat_last_n :], dtype=np.intp)
            tokens, counts = np.unique(seen, return_counts=True)
            self._counted = (sampling.repeat_last_n, tokens, counts.astype(np.float32))
        _window, tokens, times = self._counted
        return samplers.penalties(
            left,
            tokens,
            times,
            sampling.repeat_penalty,
            sampling.frequency_penalty,
            sampling.presence_penalty,
        )

    def _kept_from_repeating(self, left: Candidates, sampling: Sampling) -> Candidates:
        seen = self._recent[-sampling.dry_last_n :]
        if self._repetition is None or self._repetition.size != len(seen):
            self._repetition = repetition(seen, self._breakers)
        taken = dry_penalties(
            self._repetition,
            self._breakers,
            float(np.float32(sampling.dry_multiplier)),
            float(np.float32(sampling.dry_base)),
            sampling.dry_allowed_length,
        )
        if taken is None:
            return left
        tokens = np.fromiter(taken, dtype=np.intp, count=len(taken))
        amounts = np.fromiter(taken.values(), dtype=np.float32, count=len(taken))
        return samplers.moved(left, tokens, left.logits[tokens] - amounts)


def rows(steps: Sequence[Step], shown: int, against: int, count: int) -> tuple[Row, ...]:
    """Return the `count` tokens that matter most to the model or after step `shown`, against step `against`.

    They stand by the larger of both probabilities, so that a bar does not change its place while a slider moves.
    """
    model, after, before = steps[0], steps[shown], steps[against]
    tokens = list(dict.fromkeys((*model.likeliest(count), *after.likeliest(count))))
    first, last, earlier = (step.probabilities(tokens) for step in (model, after, before))
    order = sorted(range(len(tokens)), key=lambda place: (-max(first[place], last[place]), place))[:count]
    kept = [(step.name, step.keeps(tokens)) for step in steps[: shown + 1]]

    def cut_by(place: int) -> str | None:
        return next((name for name, keeps in kept if not keeps[place]), None)

    return tuple(Row(tokens[place], last[place], earlier[place], cut_by(place)) for place in order)
