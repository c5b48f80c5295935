"""Each native sampler against the formula that the distribution is shown by, for fixed logits, to 1e-5."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from desktop_app.domain import samplers
from desktop_app.domain.distribution import Distribution, Step
from desktop_app.domain.samplers import Candidates, all_candidates
from desktop_app.domain.sampling import Sampling

TOLERANCE = 1e-5
_random = np.random.default_rng(11)
LOGITS = {
    "usual": _random.normal(0.0, 2.5, 60),
    "peaked": np.concatenate(([12.0], _random.normal(0.0, 1.0, 59))),
    "flat": _random.normal(0.0, 0.05, 60),
    "ties": np.repeat([3.0, 1.0, -2.0], 20) + np.repeat(np.arange(60) * 0.0, 1),
    "ruled out": np.where(np.arange(60) % 7 == 0, -np.inf, _random.normal(0.0, 2.0, 60)),
    "far apart": np.linspace(0.0, -400.0, 60),
}
Shares = np.ndarray
"""A probability for each token."""


@pytest.fixture(params=LOGITS)
def logits(request: pytest.FixtureRequest) -> np.ndarray:
    return LOGITS[request.param].astype(np.float32)


@pytest.fixture
def ours(llama, model, logits: np.ndarray) -> Iterator[Callable[..., Shares]]:
    """Runs a chain of one native sampler over the logits and returns the distribution of what it left."""
    chains = []

    def run(name: str, *arguments: object, history: tuple[int, ...] = ()) -> Shares:
        chain = llama.SamplerChain(model)
        chains.append(chain)
        getattr(chain, f"add_{name}")(*arguments)
        chain.accept(history)
        candidates = llama.Candidates(len(logits))
        candidates.fill(logits)
        chain.apply(candidates)
        kept = candidates.logits()
        left = np.full(len(logits), -np.inf)
        for token, logit in kept.items():
            left[token] = logit
        return softmax(left)

    yield run
    for chain in chains:
        chain.close()


def softmax(logits: np.ndarray) -> Shares:
    powers = np.exp(logits - logits.max())
    return powers / powers.sum()


def shares(left: Candidates) -> Shares:
    return np.array(Step("", left).probabilities(range(len(left.logits))))


def same(native: Shares, expected: Candidates) -> None:
    """Compare as sorted, too: of equal tokens any may have been kept."""
    wanted = shares(expected)
    np.testing.assert_allclose(np.sort(native), np.sort(wanted), atol=TOLERANCE)
    differs = np.abs(native - wanted) > TOLERANCE
    assert len({round(value, 5) for value in (*native[differs], *wanted[differs])}) <= 2, "not only ties differ"


@pytest.mark.parametrize("k", [1, 3, 40, 1000])
def test_top_k(ours, logits, k: int) -> None:
    same(ours("top_k", k), samplers.top_k(all_candidates(logits), k))


@pytest.mark.parametrize("p", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_top_p(ours, logits, p: float) -> None:
    same(ours("top_p", p), samplers.top_p(all_candidates(logits), p))


@pytest.mark.parametrize("p", [0.01, 0.05, 0.3, 1.0])
def test_min_p(ours, logits, p: float) -> None:
    same(ours("min_p", p), samplers.min_p(all_candidates(logits), p))


@pytest.mark.parametrize("p", [0.0, 0.2, 0.6, 0.95])
def test_typical_p(ours, logits, p: float) -> None:
    same(ours("typical", p), samplers.typical_p(all_candidates(logits), p))


@pytest.mark.parametrize("n", [0.5, 1.0, 2.0])
def test_top_n_sigma(ours, logits, n: float) -> None:
    same(ours("top_n_sigma", n), samplers.top_n_sigma(all_candidates(logits), n))


@pytest.mark.parametrize("heat", [0.0, 0.1, 0.8, 1.0, 1.9])
def test_temperature(ours, logits, heat: float) -> None:
    same(ours("temperature", heat), samplers.temperature(all_candidates(logits), heat))


@pytest.mark.parametrize(("heat", "spread", "exponent"), [(1.0, 0.5, 1.0), (0.7, 0.7, 2.0), (1.2, 1.5, 0.5)])
def test_dynamic_temperature(ours, logits, heat: float, spread: float, exponent: float) -> None:
    expected = samplers.dynamic_temperature(all_candidates(logits), heat, spread, exponent)
    same(ours("dynamic_temperature", heat, spread, exponent), expected)


@pytest.mark.parametrize(("heat", "spread"), [(1.0, 1.0), (0.05, 2.0), (2.0, 2.0)])
def test_dynamic_temperature_leaves_what_is_nearly_certain_however_steep_it_is(
    llama, model, heat: float, spread: float
) -> None:
    candidates = llama.Candidates(4)
    for exponent in (1.0, 2.0, 3.0, 5.0):
        chain = llama.SamplerChain(model)
        chain.add_dynamic_temperature(heat, spread, exponent)
        chain.add_pick(7)
        for ahead in np.arange(1.0, 120.0, 0.5):
            logits = np.array([3.0 + ahead, 3.0, 2.0, 1.0], np.float32)
            candidates.fill(logits)
            taken = chain.choose(candidates)
            assert taken == 0 or ahead < 20.0, f"{taken}, with an exponent of {exponent} and {ahead} ahead"
            simulated = samplers.dynamic_temperature(all_candidates(logits), heat, spread, exponent)
            assert np.isfinite(shares(simulated)).all()
        chain.close()


@pytest.mark.parametrize("threshold", [0.01, 0.1, 0.3])
def test_xtc(ours, logits, threshold: float) -> None:
    same(ours("xtc", 1.0, threshold, 1), samplers.xtc(all_candidates(logits), 1.0, threshold, draw=0.5))


def test_xtc_with_probability_zero_cuts_nothing(ours, logits) -> None:
    same(ours("xtc", 0.0, 0.1, 1), all_candidates(logits))


HISTORY = (7, 8, 9, 7, 7, 30)


@pytest.mark.parametrize(("last_n", "repeat", "frequency", "presence"), [
    (64, 1.3, 0.0, 0.0), (64, 1.0, 0.5, 0.0), (64, 1.0, 0.0, 0.7), (3, 1.2, 0.3, -0.4),
])  # fmt: skip
def test_penalties(ours, logits, last_n: int, repeat: float, frequency: float, presence: float) -> None:
    seen = HISTORY[-last_n:]
    tokens = np.array(sorted(set(seen)), dtype=np.int32)
    counts = np.array([seen.count(token) for token in tokens], dtype=np.float32)
    expected = samplers.penalties(all_candidates(logits), tokens, counts, repeat, frequency, presence)
    same(ours("penalties", last_n, repeat, frequency, presence, history=HISTORY), expected)


@pytest.mark.parametrize("allowed", [1, 2, 4, 5])
def test_dry(ours, model, logits, allowed: int) -> None:
    words = [token for token in range(20, 60) if model.piece(token).isalnum()][:6]
    a, b, end, go_on, other, _ = words
    history = (other, a, b, end, go_on, other, other, a, b, end)  # its last four were there before
    sampling = Sampling(
        dry_multiplier=0.8, dry_base=1.75, dry_allowed_length=allowed, dry_last_n=64, dry_breakers=("\n",),
        top_k=0, top_p=1.0, min_p=0.0, temperature=1.0,
    )  # fmt: skip
    expected = Distribution(logits, history).chain(sampling)[-1]
    assert np.isclose(expected.left.logits[go_on], logits[go_on] - (0.8 * 1.75 ** (4 - allowed) if allowed <= 4 else 0))
    same(ours("dry", 0.8, 1.75, allowed, 64, ["\n"], history=history), expected.left)


def test_logit_bias(ours, logits) -> None:
    tokens = np.array([3, 40], dtype=np.int32)
    left = all_candidates(logits)
    expected = samplers.moved(left, tokens, logits[tokens] + np.array([2.0, -50.0], dtype=np.float32))
    same(ours("logit_bias", {3: 2.0, 40: -50.0}), expected)


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("tau", [1.0, 2.0, 3.0, 5.0])
def test_mirostat(ours, model, logits, version: int, tau: float) -> None:
    """What it aims at first is twice tau; version 1 counts with the whole vocabulary's size."""
    whole = np.full(model.vocabulary_size, -np.inf, dtype=np.float32)
    whole[: len(logits)] = logits
    left = all_candidates(whole)._replace(ids=np.arange(len(logits)))
    ranked = left.order.first(len(whole))
    left = left._replace(order=samplers.Ranking(ranked[ranked < len(logits)], ranked[:0], whole))
    expected = samplers.mirostat(left, version, 2 * tau)
    same(ours("mirostat", version, 1, tau, 0.1), expected._replace(logits=logits))


@pytest.mark.parametrize("target", [0.1, 0.5, 0.9])
def test_adaptive_p(ours, logits, target: float) -> None:
    same(ours("adaptive_pick", target, 0.9, 1), samplers.adaptive_p(all_candidates(logits), target))
