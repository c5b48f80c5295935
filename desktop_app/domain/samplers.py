"""What llama.cpp's samplers make of the candidates for the next token, one pure function for each.

They follow llama.cpp to the last bit of its 32-bit numbers where that decides what is cut: it adds up in the order in
which the candidates lie, and a sum of 150,000 numbers depends on it. Where each formula comes from stands with it.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.intp]

SMALLEST = float(np.finfo(np.float32).tiny)
"""The smallest float32 that is still precise."""
MIROSTAT_TOKENS = 100
"""How many of the likeliest tokens mirostat 1 estimates the distribution's shape from, as in the paper."""
_COLDEST = 1e-6
"""The lowest temperature of a dynamic one."""
_FIRST_RANKS = 2048
"""How many of the likeliest tokens top-p looks at before it looks at all."""
_ADAPTIVE_WIDTH, _ADAPTIVE_PEAK, _ADAPTIVE_SHARPNESS = np.float32(0.3), np.float32(5.0), np.float32(10.0)


class Ranking:
    """The tokens that are left, from the likeliest on, put in order only as far as somebody looks.

    `settled` is their order but for the `moved` ones among them, which stand where their `logits` are.
    """

    def __init__(self, settled: Ids, moved: Ids, logits: Floats) -> None:
        self.settled = settled
        self.moved = moved
        self._logits = logits

    def __len__(self) -> int:
        """How many there are."""
        return len(self.settled)

    def first(self, count: int) -> Ids:
        """Return the `count` likeliest, or all where there are fewer."""
        if not len(self.moved):
            return self.settled[:count]
        marked = np.zeros(len(self._logits), dtype=bool)
        marked[self.moved] = True
        head = self.settled[: count + len(self.moved)]
        rest = head[~marked[head]]
        moved = self.moved[np.argsort(-self._logits[self.moved], kind="stable")]
        merged = np.insert(rest, np.searchsorted(-self._logits[rest], -self._logits[moved]), moved)[:count]
        if len(merged) == len(self):
            self.settled, self.moved = merged, merged[:0]
        return merged


class Candidates(NamedTuple):
    """The tokens that may come next.

    `logits` has one for every token of the vocabulary, by its number; `ids` are the tokens that are left, in the order
    in which llama.cpp has them, `is_sorted` whether it knows them to be sorted, and `order` the same tokens from the
    likeliest on. `is_whole` says that `ids` are all tokens by their number.
    """

    logits: Floats
    ids: Ids
    order: Ranking
    is_sorted: bool
    is_whole: bool = False

    @property
    def own(self) -> Floats:
        """The logits of what is left, in the order of `ids`."""
        return self.logits if self.is_whole else self.logits[self.ids]


def rank(logits: Floats) -> Ids:
    """Return all tokens from the likeliest on: the one time that a whole vocabulary is sorted."""
    return np.argsort(-logits, kind="stable")


def all_candidates(logits: Floats) -> Candidates:
    """Return every token as a candidate."""
    order = _settled(logits, rank(logits))
    return Candidates(logits, np.arange(len(logits), dtype=np.intp), order, is_sorted=False, is_whole=True)


def probabilities(left: Candidates) -> Floats:
    """Return the softmax of what is left, in the order of `ids`, as 32-bit numbers give it."""
    weights, total = _weights(left)
    weights /= total
    return weights


def moved(left: Candidates, tokens: Ids, values: Floats) -> Candidates:
    """Return the candidates where `tokens` have other logits; only these are ranked again."""
    logits = left.logits.copy()
    logits[tokens] = values
    if not left.is_whole:
        kept = np.zeros(len(logits), dtype=bool)
        kept[left.ids] = True
        tokens = tokens[kept[tokens]]
    order = Ranking(left.order.settled, np.union1d(left.order.moved, tokens), logits)
    return left._replace(logits=logits, order=order, is_sorted=False)


def penalties(
    left: Candidates, tokens: Ids, counts: Floats, repeat: float, frequency: float, presence: float
) -> Candidates:
    """Make `tokens`, which were there `counts` times lately, less likely.

    Keskar and others 2019 (arXiv 1909.05858) for repetition, with llama.cpp's multiplication below zero; OpenAI's API
    reference for the other two.
    """
    values = left.logits[tokens]
    values = np.where(values <= 0, values * np.float32(repeat), values / np.float32(repeat))
    return moved(left, tokens, values - (counts * np.float32(frequency) + np.float32(presence)))


def top_n_sigma(left: Candidates, n: float) -> Candidates:
    """Rule out what is more than n standard deviations below the highest logit.

    Tang and others 2024 (arXiv 2411.07641). What is ruled out stays among the candidates with a logit of -inf.
    """
    own = left.own
    finite = own if own.size and own.min() > -np.inf else own[own != -np.inf]
    if n <= 0 or len(own) <= 1 or not len(finite):
        return left
    mean = _sum(finite) / np.float32(len(finite))
    distance = finite - mean
    distance *= distance
    bound = finite.max() - np.float32(n) * np.sqrt(_sum(distance) / np.float32(len(finite)))
    if left.is_whole:
        return left._replace(logits=np.where(own < bound, np.float32(-np.inf), own))
    logits = left.logits.copy()
    logits[left.ids[own < bound]] = -np.inf
    return left._replace(logits=logits)


def top_k(left: Candidates, k: int) -> Candidates:
    """Keep the k likeliest. Fan and others 2018 (arXiv 1805.04833)."""
    return _first(left, min(k, len(left.ids)))


def top_p(left: Candidates, p: float) -> Candidates:
    """Keep the fewest whose probabilities reach p. Holtzman and others 2019 (arXiv 1904.09751)."""
    if p >= 1.0:
        return left
    weights, total = _weights(left)
    highest = left.logits[left.order.first(1)[0]]
    size = len(left.ids)
    for looked_at in (min(_FIRST_RANKS, size), size):
        ranked = weights[:looked_at] if left.is_sorted else _exp(left.logits[left.order.first(looked_at)] - highest)
        reached = np.add.accumulate(ranked / total, dtype=np.float32) >= np.float32(p)
        if reached.any():
            return _first(left, int(reached.argmax()) + 1)
    return _first(left, size)


def min_p(left: Candidates, p: float) -> Candidates:
    """Keep what is at least p times as likely as the likeliest. Nguyen and others 2024 (arXiv 2407.01082)."""
    if p <= 0.0:
        return left
    own = left.own
    keep = own >= own.max() + _log(np.float32(p))
    count = int(keep.sum())
    if left.is_sorted or not count:
        return _first(left, max(1, count))
    return Candidates(left.logits, left.ids[keep], _settled(left.logits, left.order.first(count)), is_sorted=False)


def typical_p(left: Candidates, p: float) -> Candidates:
    """Keep what surprises as much as is usual here, until it exceeds p. Meister and others 2022 (arXiv 2202.00666).

    What has no probability at all goes first, as in `engine.llama`: its surprise is no number. Of tokens that surprise
    the same to the last bit, as in a distribution of thousands of equals, llama.cpp may keep another one.
    """
    if p >= 1.0:
        return left
    left = _sorted(min_p(left, SMALLEST))
    chances = probabilities(left)
    surprise = _log(chances)
    np.negative(surprise, out=surprise)
    surprise -= _sum(chances * surprise)
    order = np.argsort(np.abs(surprise, out=surprise), kind="stable")
    over = np.add.accumulate(chances[order], dtype=np.float32) > np.float32(p)
    kept = order[: int(over.argmax()) + 1] if over.any() else order
    marked = np.zeros(len(order), dtype=bool)
    marked[kept] = True
    return Candidates(left.logits, left.ids[kept], _settled(left.logits, left.ids[marked]), is_sorted=False)


def xtc(left: Candidates, probability: float, threshold: float, draw: float) -> Candidates:
    """Of those at least as likely as `threshold` leave only the least likely, where `draw` is at most `probability`.

    p-e-w 2024, text-generation-webui pull request 6335.
    """
    if probability <= 0.0 or threshold > 0.5 or len(left.ids) < 2 or np.float32(draw) > np.float32(probability):
        return left
    left = _sorted(left)
    above = probabilities(left) >= np.float32(threshold)
    first = (len(above) if above.all() else int(above.argmin())) - 1
    if first <= 0:
        return left
    return Candidates(left.logits, left.ids[first:], _settled(left.logits, left.ids[first:]), is_sorted=True)


def temperature(left: Candidates, heat: float) -> Candidates:
    """Divide the logits by the temperature; 0 or less leaves the likeliest. Ackley and others 1985."""
    if heat > 0.0:
        with np.errstate(over="ignore"):
            return left._replace(logits=left.logits / np.float32(heat))
    logits = np.full_like(left.logits, -np.inf)
    likeliest = left.ids[left.own.argmax()]
    logits[likeliest] = left.logits[likeliest]
    return left._replace(logits=logits)


def never_cold(heat: float, spread: float) -> tuple[float, float]:
    """Return a dynamic temperature and its spread that rise as high as these, and never sink to 0.

    Near 0 quotients are beyond all numbers, and where two are, llama.cpp takes whichever candidate lies last.
    """
    if spread < heat:
        return heat, spread
    return (heat + spread + _COLDEST) / 2.0, (heat + spread - _COLDEST) / 2.0


def dynamic_temperature(left: Candidates, heat: float, spread: float, exponent: float) -> Candidates:
    """Let the temperature follow the entropy over its largest. Zhu and others 2023 (arXiv 2309.02772), as in llama.cpp."""
    if spread <= 0.0:
        return temperature(left, heat)
    size = len(left.ids)
    if size <= 1:
        return left
    heat, spread = never_cold(heat, spread)
    left = _sorted(left)
    chances = probabilities(left)
    positive = chances[chances > 0]
    entropy = _sum(-(positive * _log(positive)))
    share = entropy / -_log(np.float32(1.0) / np.float32(size))
    least = max(np.float32(0.0), np.float32(heat) - np.float32(spread))
    most = np.float32(heat) + np.float32(spread)
    risen = np.float32(max(0.0, float(share)) ** float(np.float32(exponent)))
    return temperature(left, float(least + (most - least) * risen))


def mirostat(left: Candidates, version: int, mu: float) -> Candidates:
    """Keep what is not more surprising than mu, in bits. Basu and others 2020 (arXiv 2007.14966), algorithms 1 and 2."""
    left = _sorted(left)
    chances = probabilities(left)
    if version == 1:
        return _first(left, min(max(_mirostat_k(chances, mu, len(left.logits)), 1), len(chances)))
    with np.errstate(divide="ignore"):
        surprise = -np.log2(chances.astype(np.float64)).astype(np.float32)
    over = surprise > np.float32(mu)
    return _first(left, max(1, int(over.argmax())) if over.any() else len(chances))


def adaptive_p(left: Candidates, target: float) -> Candidates:
    """Let logits fall off with the distance to a probability. llama.cpp pull request 17927 (MrJackSpade, ddh0)."""
    chances = probabilities(left)
    distance = np.abs((chances - np.float32(target)) * (np.float32(1.0) / _ADAPTIVE_WIDTH))
    steered = _ADAPTIVE_PEAK - _ADAPTIVE_SHARPNESS * distance * distance / (np.float32(1.0) + distance)
    logits = left.logits.copy()
    logits[left.ids] = np.where(left.own == -np.inf, left.own, steered)
    ranked = left.order.first(len(left.order))
    ranked = ranked[np.argsort(-logits[ranked], kind="stable")]  # quick: they rise to the target and fall behind it
    return left._replace(logits=logits, order=_settled(logits, ranked), is_sorted=False)


def adapted_target(target: float, weighted_sum: float, total_weight: float) -> float:
    """Return the probability that adaptive-p favours now, from what it took before."""
    wanted = min(max(target, 0.0), 1.0)
    return min(max(2.0 * wanted - weighted_sum / total_weight, 0.0), 1.0) if total_weight else wanted


def _first(left: Candidates, count: int) -> Candidates:
    ids = left.order.first(count)
    return Candidates(left.logits, ids, _settled(left.logits, ids), is_sorted=True)


def _settled(logits: Floats, ranked: Ids) -> Ranking:
    return Ranking(ranked, ranked[:0], logits)


def _sorted(left: Candidates) -> Candidates:
    return left if left.is_sorted else _first(left, len(left.order))


def _weights(left: Candidates) -> tuple[Floats, np.float32]:
    """Return how likely each is against the likeliest, in the order of `ids`, and the sum of that."""
    own = left.own
    weights = own - own.max()
    _exp(weights, out=weights)
    return weights, _sum(weights)


def _sum(values: Floats) -> np.float32:
    """Add up one after the other, as C does; NumPy's own sum adds pairs."""
    return np.float32(np.add.accumulate(values, dtype=np.float32)[-1]) if len(values) else np.float32(0.0)


def _exp(values: Floats, out: Floats | None = None) -> Floats:
    """Return C's expf, which is precise to the last bit; NumPy's own is not."""
    out = np.empty_like(values) if out is None else out
    return np.exp(values, out=out, dtype=np.float64, casting="same_kind")  # in slices: no copies of 64 bits are made


def _log(values: "Floats | np.float32") -> Floats:
    """Return C's logf."""
    out = np.empty(np.shape(values), np.float32)
    return np.log(values, out=out, dtype=np.float64, casting="same_kind")


def _mirostat_k(chances: Floats, mu: float, vocabulary_size: int) -> int:
    """Return how many to keep by Zipf's exponent of the likeliest; 1 where there is no such number, as on x86."""
    ranks = np.arange(min(MIROSTAT_TOKENS, len(chances)) - 1)
    with np.errstate(all="ignore"):
        steps = _log(np.float32(ranks + 2) / np.float32(ranks + 1))
        falls = _log(chances[ranks] / chances[ranks + 1])
        exponent = _sum(steps * falls) / _sum(steps * steps)
        rest = exponent - np.float32(1.0)
        raised = np.float32(2.0 ** float(np.float32(mu)))
        missing = np.float32(1.0) - np.float32(np.power(float(vocabulary_size), -float(rest)))
        k = np.float32(np.power(float((rest * raised) / missing), 1.0 / float(exponent) if exponent else np.inf))
    return int(k) if np.isfinite(k) and k < 2**31 else 1
