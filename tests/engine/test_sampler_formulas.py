"""Each native sampler against its published formula in NumPy, for fixed logits, to 1e-5."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

TOLERANCE = 1e-5
_random = np.random.default_rng(11)
LOGITS = {
    "usual": _random.normal(0.0, 2.5, 60),
    "peaked": np.concatenate(([12.0], _random.normal(0.0, 1.0, 59))),
    "flat": _random.normal(0.0, 0.05, 60),
    "ties": np.repeat([3.0, 1.0, -2.0], 20) + np.repeat(np.arange(60) * 0.0, 1),
    "ruled out": np.where(np.arange(60) % 7 == 0, -np.inf, _random.normal(0.0, 2.0, 60)),
}
Distribution = np.ndarray


@pytest.fixture(scope="module")
def llama() -> Iterator[object]:
    from desktop_app.engine import llama as binding

    backend = binding.start_backend(lambda _reason: None)
    yield binding
    backend.close()


@pytest.fixture(scope="module")
def model(llama, starter: Path) -> Iterator[object]:
    loaded = llama.Model(starter, gpu_layers=0, extra_buffers=False, on_progress=lambda _fraction: True)
    yield loaded
    loaded.close()


@pytest.fixture(params=LOGITS)
def logits(request: pytest.FixtureRequest) -> np.ndarray:
    return LOGITS[request.param].astype(np.float32).astype(np.float64)


@pytest.fixture
def ours(llama, model, logits: np.ndarray) -> Iterator[Callable[..., Distribution]]:
    """Runs a chain of one sampler over the logits and returns the distribution of what it left."""
    chains = []

    def run(name: str, *arguments: object, history: tuple[int, ...] = ()) -> Distribution:
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


def softmax(logits: np.ndarray) -> Distribution:
    powers = np.exp(logits - logits.max())
    return powers / powers.sum()


def only(keep: np.ndarray, logits: np.ndarray) -> Distribution:
    return softmax(np.where(keep, logits, -np.inf))


def falling(logits: np.ndarray) -> np.ndarray:
    """The tokens from the likeliest to the least likely."""
    return np.argsort(-logits, kind="stable")


def first(count: int, order: np.ndarray) -> np.ndarray:
    keep = np.zeros(len(order), dtype=bool)
    keep[order[:count]] = True
    return keep


def entropy(probabilities: np.ndarray) -> float:
    positive = probabilities[probabilities > 0.0]
    return float(-(positive * np.log(positive)).sum())


def same(ours: Distribution, expected: Distribution) -> None:
    """Compare as sorted, too: of equal tokens any may have been kept."""
    np.testing.assert_allclose(np.sort(ours), np.sort(expected), atol=TOLERANCE)
    differs = np.abs(ours - expected) > TOLERANCE
    assert len({round(value, 5) for value in (*ours[differs], *expected[differs])}) <= 2, "not only ties differ"


@pytest.mark.parametrize("k", [1, 3, 40, 1000])
def test_top_k(ours, logits, k: int) -> None:
    """Fan and others 2018 (arXiv 1805.04833): the k likeliest."""
    same(ours("top_k", k), only(first(k, falling(logits)), logits))


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9, 0.999])
def test_top_p(ours, logits, p: float) -> None:
    """Holtzman and others 2019 (arXiv 1904.09751): the smallest set whose probabilities reach p."""
    order = falling(logits)
    reached = np.cumsum(softmax(logits)[order]) >= np.float32(p)
    count = int(np.argmax(reached)) + 1 if reached.any() else len(logits)
    same(ours("top_p", p), only(first(count, order), logits))


@pytest.mark.parametrize("p", [0.01, 0.05, 0.3, 1.0])
def test_min_p(ours, logits, p: float) -> None:
    """Nguyen and others 2024 (arXiv 2407.01082): at least p times the likeliest."""
    same(ours("min_p", p), only(logits >= logits.max() + np.log(np.float32(p)), logits))


@pytest.mark.parametrize("p", [0.2, 0.6, 0.95])
def test_typical_p(ours, logits, p: float) -> None:
    """Meister and others 2022 (arXiv 2202.00666): those whose surprise is nearest to the entropy, until they reach p."""
    if not np.isfinite(logits).all():
        pytest.skip("llama.cpp's entropy of a distribution with zeros is no number")
    probabilities = softmax(logits)
    with np.errstate(divide="ignore"):
        shift = np.abs(-np.log(probabilities) - entropy(probabilities))
    order = np.argsort(shift, kind="stable")
    over = np.cumsum(probabilities[order]) > np.float32(p)
    count = int(np.argmax(over)) + 1 if over.any() else len(logits)
    same(ours("typical", p), only(first(count, order), logits))


@pytest.mark.parametrize("n", [0.5, 1.0, 2.0])
def test_top_n_sigma(ours, logits, n: float) -> None:
    """Tang and others 2024 (arXiv 2411.07641): within n standard deviations of the highest logit."""
    deviation = logits[np.isfinite(logits)].std()
    same(ours("top_n_sigma", n), only(logits >= logits.max() - n * deviation, logits))


@pytest.mark.parametrize("temperature", [0.1, 0.8, 1.0, 1.9])
def test_temperature(ours, logits, temperature: float) -> None:
    """Ackley and others 1985, the Boltzmann machine: logits over the temperature."""
    same(ours("temperature", temperature), softmax(logits / np.float32(temperature)))


@pytest.mark.parametrize(("temperature", "spread", "exponent"), [(1.0, 0.5, 1.0), (0.7, 0.7, 2.0), (1.2, 1.5, 0.5)])
def test_dynamic_temperature(ours, logits, temperature: float, spread: float, exponent: float) -> None:
    """Zhu and others 2023 (arXiv 2309.02772), as llama.cpp has it: the temperature follows the entropy over its largest."""
    least, most = max(0.0, temperature - spread), temperature + spread
    share = entropy(softmax(logits)) / np.log(len(logits))
    same(
        ours("dynamic_temperature", temperature, spread, exponent),
        softmax(logits / (least + (most - least) * share**exponent)),
    )


@pytest.mark.parametrize("threshold", [0.01, 0.1, 0.3])
def test_xtc(ours, logits, threshold: float) -> None:
    """p-e-w 2024, text-generation-webui pull request 6335: of those above the threshold the least likely stays."""
    probabilities = softmax(logits)
    order = falling(logits)
    above = int((probabilities >= np.float32(threshold)).sum())
    keep = np.ones(len(logits), dtype=bool)
    if above >= 2:
        keep[order[: above - 1]] = False
    same(ours("xtc", 1.0, threshold, 1), only(keep, logits))


def test_xtc_with_probability_zero_cuts_nothing(ours, logits) -> None:
    same(ours("xtc", 0.0, 0.1, 1), softmax(logits))


HISTORY = (7, 8, 9, 7, 7, 30)


@pytest.mark.parametrize(("last_n", "repeat", "frequency", "presence"), [
    (64, 1.3, 0.0, 0.0), (64, 1.0, 0.5, 0.0), (64, 1.0, 0.0, 0.7), (3, 1.2, 0.3, -0.4),
])  # fmt: skip
def test_penalties(ours, logits, last_n: int, repeat: float, frequency: float, presence: float) -> None:
    """Keskar and others 2019 (arXiv 1909.05858) for repetition; OpenAI's API reference for the other two."""
    expected = logits.copy()
    seen = HISTORY[-last_n:]
    for token in set(seen):
        expected[token] = expected[token] / repeat if expected[token] > 0 else expected[token] * repeat
        expected[token] -= seen.count(token) * frequency + presence
    same(ours("penalties", last_n, repeat, frequency, presence, history=HISTORY), softmax(expected))


@pytest.mark.parametrize("allowed", [1, 2, 4, 5])
def test_dry(ours, model, logits, allowed: int) -> None:
    """p-e-w 2024, text-generation-webui pull request 5677: multiplier * base ** (length - allowed)."""
    words = [token for token in range(20, 60) if model.piece(token).isalnum()][:6]
    a, b, end, go_on, other, _ = words
    history = (other, a, b, end, go_on, other, other, a, b, end)  # its last four were there before
    expected = logits.copy()
    if allowed <= 4:
        expected[go_on] -= 0.8 * 1.75 ** (4 - allowed)
    same(ours("dry", 0.8, 1.75, allowed, 64, ["\n"], history=history), softmax(expected))


def test_logit_bias(ours, logits) -> None:
    expected = logits.copy()
    expected[3] += 2.0
    expected[40] -= 50.0
    same(ours("logit_bias", {3: 2.0, 40: -50.0}), softmax(expected))


@pytest.mark.parametrize("tau", [1.0, 2.0, 5.0])
def test_mirostat_2(ours, logits, tau: float) -> None:
    """Basu and others 2020 (arXiv 2007.14966), algorithm 2: those whose surprise in bits is at most mu, 2 tau at first."""
    with np.errstate(divide="ignore"):
        surprise = -np.log2(softmax(logits))
    keep = surprise <= 2 * tau
    if not keep.any():
        keep[falling(logits)[0]] = True
    same(ours("mirostat", 2, 1, tau, 0.1), only(keep, logits))


@pytest.mark.parametrize("tau", [1.0, 3.0, 5.0])
def test_mirostat_1(ours, model, logits, tau: float) -> None:
    """Basu and others 2020, algorithm 1: the k likeliest, k from Zipf's exponent of the 100 likeliest."""
    ranked = np.sort(softmax(logits))[::-1]
    ranks = np.arange(min(100, len(ranked)) - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        steps, falls = np.log((ranks + 2) / (ranks + 1)), np.log(ranked[ranks] / ranked[ranks + 1])
    if not np.isfinite(falls).all():
        pytest.skip("the exponent of a distribution with zeros is not defined")
    exponent = (steps * falls).sum() / (steps**2).sum()
    rest = exponent - 1.0
    if abs(rest) < 1e-6:
        pytest.skip("a harmonic distribution has no k")
    size = model.vocabulary_size
    k = max(1, int(((rest * 2.0 ** (2 * tau)) / (1 - float(size) ** -rest)) ** (1 / exponent))) if exponent > 0 else 1
    same(ours("mirostat", 1, 1, tau, 0.1), only(first(k, falling(logits)), logits))


@pytest.mark.parametrize("target", [0.1, 0.5, 0.9])
def test_adaptive_p(ours, logits, target: float) -> None:
    """llama.cpp pull request 17927 (MrJackSpade, ddh0): logits fall off with the distance to the target."""
    distance = np.abs(softmax(logits) - target) / 0.3
    expected = 5.0 - 10.0 * distance**2 / (1.0 + distance)
    same(ours("adaptive_pick", target, 0.9, 1), only(np.isfinite(logits), expected))


def test_drawing_follows_the_distribution(llama, model, logits) -> None:
    """A chi-square test over 4,000 fixed seeds; the 0.1 % point of its distribution is the border."""
    probabilities = softmax(logits)
    counts = np.zeros(len(logits))
    draws = 4000
    candidates = llama.Candidates(len(logits))
    for seed in range(draws):
        chain = llama.SamplerChain(model)
        chain.add_pick(seed)
        candidates.fill(logits)
        taken = chain.choose(candidates)
        counts[taken] += 1
        chain.close()
    expected = probabilities * draws
    large = expected >= 5
    rest_seen, rest_expected = counts[~large].sum(), expected[~large].sum()
    square = ((counts[large] - expected[large]) ** 2 / expected[large]).sum()
    if rest_expected > 0:
        square += (rest_seen - rest_expected) ** 2 / max(rest_expected, 1.0)
    freedom = max(1, int(large.sum()))
    border = freedom * (1 - 2 / (9 * freedom) + 3.09 * np.sqrt(2 / (9 * freedom))) ** 3  # Wilson and Hilferty 1931
    assert square < border
    assert counts[probabilities == 0.0].sum() == 0
