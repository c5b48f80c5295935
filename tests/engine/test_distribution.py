"""The distribution that is shown equals what the native chain samples from, for random settings and real logits."""

import os
import random

import msgspec
import numpy as np
import pytest

from desktop_app.domain.chain import biased_texts
from desktop_app.domain.distribution import ChainState, Distribution
from desktop_app.domain.sampling import CHAIN_ORDER, Sampling
from desktop_app.engine.next_token import breakers_among
from desktop_app.engine.outcome import Outcome
from desktop_app.engine.sampler import build_chain

SOAK = bool(os.environ.get("INGLENOOK_SOAK"))
SETTINGS = 1000 if SOAK else 60
DRAWS = 20_000
TOLERANCE = 1e-5
BREAKERS = (("\n", ":", '"', "*"), (), ("the lamp", " a"), ("ightkee", "\n\n", "öt"))
WORDS = ("lamp", "the", "Once", "lighthouse", "ö")
STORY = (
    "<|im_start|>user\nTell me about the lamp: the lamp of the lighthouse.<|im_end|>\n<|im_start|>assistant\n"
    'The lamp of the lighthouse is the lamp that the keeper lights. "The lamp," he said, "the lamp of the lighthouse'
)


@pytest.fixture(scope="module")
def texts(model) -> list[list[int]]:
    tokens = model.tokenize(STORY)
    return [tokens, tokens[:30], model.tokenize("1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2,"), tokens[:1]]


@pytest.fixture(scope="module")
def real_logits(llama, model, texts) -> list[np.ndarray]:
    context = llama.Context(model, size=512, threads=1, batch_size=512, sequences=1, on_gpu=False)
    batch = llama.Batch(512)
    found = []
    for tokens in texts:
        context.forget_all()
        batch.clear()
        for position, token in enumerate(tokens):
            row = batch.add(token, position, 0, wants_logits=position == len(tokens) - 1)
        assert context.decode(batch) is Outcome.DONE
        found.append(np.array(context.logits(row), dtype=np.float32))
    batch.close()
    context.close()
    return found


def made_up(kind: int, size: int) -> np.ndarray:
    """Logits of other shapes than the model's: wide, narrow, with ties, with tokens ruled out."""
    chance = np.random.default_rng(kind)
    values = chance.normal(0.0, (1.0, 6.0, 2.5)[kind % 3], size)
    if kind % 4 == 1:
        values = np.round(values, 2)
    if kind % 5 == 2:
        values[chance.random(size) < 0.3] = -np.inf
    return values.astype(np.float32)


def some_settings(chance: random.Random) -> Sampling:
    """Any settings within their bounds, each step on about half of the time, in any order."""

    def maybe(value: float, off: float) -> float:
        return value if chance.random() < 0.5 else off

    order = list(CHAIN_ORDER)
    if chance.random() < 0.5:
        chance.shuffle(order)
    picked = chance.choice(["dist"] * 4 + ["mirostat", "adaptive", "greedy"])
    return msgspec.convert(
        {
            "temperature": 0.0 if picked == "greedy" else chance.choice([1.0, chance.uniform(0.05, 2.0)]),
            "top_k": int(maybe(chance.choice([1, 5, 40, 200, 500]), 0)),
            "top_p": maybe(chance.choice([0.0, chance.random(), chance.uniform(0.9, 1.0)]), 1.0),
            "min_p": maybe(chance.choice([chance.random(), chance.uniform(0.0, 0.1)]), 0.0),
            "typical_p": maybe(chance.random(), 1.0),
            "top_n_sigma": maybe(chance.uniform(0.1, 5.0), 0.0),
            "xtc_probability": maybe(chance.random(), 0.0),
            "xtc_threshold": chance.uniform(0.0, 0.5),
            "repeat_penalty": maybe(chance.uniform(1.0, 2.0), 1.0),
            "repeat_last_n": chance.choice([1, 5, 64, 8192]),
            "presence_penalty": maybe(chance.uniform(-2.0, 2.0), 0.0),
            "frequency_penalty": maybe(chance.uniform(-2.0, 2.0), 0.0),
            "dry_multiplier": maybe(chance.uniform(0.1, 5.0), 0.0),
            "dry_base": chance.uniform(1.0, 4.0),
            "dry_allowed_length": chance.randint(1, 5),
            "dry_last_n": chance.choice([4, 64, 8192]),
            "dry_breakers": list(chance.choice(BREAKERS)),
            "dynatemp_range": maybe(chance.uniform(0.05, 2.0), 0.0),
            "dynatemp_exponent": chance.uniform(0.1, 5.0),
            "mirostat": chance.choice([1, 2]) if picked == "mirostat" else 0,
            "mirostat_tau": chance.uniform(0.1, 10.0),
            "adaptive_target": chance.uniform(0.01, 1.0) if picked == "adaptive" else 0.0,
            "adaptive_decay": chance.uniform(0.0, 0.99),
            "logit_bias": {word: chance.uniform(-20, 20) for word in WORDS if chance.random() < 0.1},
            "order": order[: chance.choice([0, 3, 9])],
        },
        Sampling,
    )


def distribution(model, logits: np.ndarray, tokens: list[int], sampling: Sampling) -> Distribution:
    return Distribution(
        logits,
        tokens,
        {text: model.tokenize(text) for text in biased_texts(sampling.logit_bias)},
        breakers_among(model, tokens, sampling.dry_breakers),
    )


def first_draw(seed: int) -> float:
    """The float that std::mt19937 with that seed gives first, between 0 and 1."""
    number = int.from_bytes(np.random.RandomState(seed).bytes(4), "little")
    return min(float(np.float32(number) / np.float32(2**32)), 1.0)


def native(llama, model, sampling: Sampling, seed: int, tokens: list[int], logits: np.ndarray) -> np.ndarray:
    """The probabilities that the native chain draws from, by token."""
    chain = build_chain(llama.SamplerChain(model), sampling, seed, tokens, model.tokenize)
    candidates = llama.Candidates(len(logits))
    candidates.fill(logits)
    taken = chain.choose(candidates)
    chain.close()
    left = np.full(len(logits), -np.inf)
    if sampling.temperature <= 0.0:
        left[taken] = 0.0
    else:
        kept = candidates.logits()
        left[list(kept)] = list(kept.values())
    weights = np.exp(left - left.max())
    return weights / weights.sum()


def shown(found: Distribution, sampling: Sampling, state: ChainState) -> np.ndarray:
    last = found.chain(sampling, state)[-1]
    return np.array(last.probabilities(range(len(last.left.logits))))


def variation(ours: np.ndarray, theirs: np.ndarray, logits: np.ndarray) -> float:
    """Half of the summed differences; of tokens with equal logits either may have been cut, so they count together."""
    _, group = np.unique(logits, return_inverse=True)
    return 0.5 * float(np.abs(np.bincount(group, ours) - np.bincount(group, theirs)).sum())


@pytest.mark.parametrize("place", range(SETTINGS))
def test_the_distribution_is_that_of_the_native_chain(llama, model, texts, real_logits, place: int) -> None:
    chance = random.Random(place)
    which = place % 6
    tokens = texts[which % len(texts)]
    logits = real_logits[which] if which < len(texts) else made_up(place, model.vocabulary_size)
    sampling, seed = some_settings(chance), chance.randrange(2**31)
    state = ChainState(xtc_draw=first_draw(seed))
    ours = shown(distribution(model, logits, tokens, sampling), sampling, state)
    theirs = native(llama, model, sampling, seed, tokens, logits)
    assert variation(ours, theirs, logits) < TOLERANCE, sampling


@pytest.mark.parametrize("place", range(SETTINGS))
def test_what_is_chosen_among_few_is_what_llama_cpp_chooses(llama, model, texts, real_logits, place: int) -> None:
    """One token after the other, each of which the samplers take note of."""
    import llama_cpp.llama_cpp as c

    chance = random.Random(place)
    tokens, sampling, seed = texts[place % len(texts)], some_settings(chance), chance.randrange(2**31)
    ours, theirs = (build_chain(llama.SamplerChain(model), sampling, seed, tokens, model.tokenize) for _ in range(2))
    context = llama.Context(model, size=64, threads=1, batch_size=16, sequences=1, on_gpu=False)
    batch = llama.Batch(16)
    row = batch.add(tokens[0], 0, 0, wants_logits=True)
    assert context.decode(batch) is Outcome.DONE
    for turn in range(8):
        which = (place + turn) % 6
        logits = real_logits[which] if which < len(texts) else made_up(place + turn, model.vocabulary_size)
        context.row(row)[:] = logits
        expected = c.llama_sampler_sample(theirs.pointer, context._context, row)
        assert context.sample(ours, row) == expected, sampling
    for each in (ours, theirs, batch, context):
        each.close()


@pytest.mark.parametrize("version", [1, 2])
def test_mirostat_with_what_it_has_learnt(llama, model, texts, real_logits, version: int) -> None:
    """Its mu moves with the surprise of each token that it took."""
    sampling = Sampling(mirostat=version, mirostat_tau=3.0, mirostat_eta=0.4)
    chain = build_chain(llama.SamplerChain(model), sampling, 5, texts[0], model.tokenize)
    candidates = llama.Candidates(model.vocabulary_size)
    mu = 6.0
    for logits in real_logits * 3:
        ours = shown(Distribution(logits), sampling, ChainState(mu=mu))
        candidates.fill(logits)
        taken = chain.choose(candidates)
        kept = candidates.logits()
        left = np.full(len(logits), -np.inf)
        left[list(kept)] = list(kept.values())
        weights = np.exp(left - left.max())
        assert variation(ours, weights / weights.sum(), logits) < TOLERANCE
        mu -= 0.4 * (-np.log2(ours[taken]) - 3.0)
    chain.close()


def test_adaptive_p_with_what_it_took(llama, model, texts, real_logits) -> None:
    """Its target moves with the probability of each token that it took."""
    sampling = Sampling(adaptive_target=0.3, adaptive_decay=0.7, min_p=0.01)
    chain = build_chain(llama.SamplerChain(model), sampling, 5, texts[0], model.tokenize, told=0)
    candidates = llama.Candidates(model.vocabulary_size)
    total, weight = 0.3 / 0.3, 1 / 0.3
    for logits in real_logits * 3:
        state = ChainState(weighted_sum=total, total_weight=weight)
        steps = Distribution(logits).chain(sampling, state)
        candidates.fill(logits)
        taken = chain.choose(candidates)
        everything = range(model.vocabulary_size)
        ours, native = steps[-1].probabilities(everything), np.array(chain.probabilities(everything))
        assert 0.5 * sum(abs(a - b) for a, b in zip(ours, native, strict=True)) < TOLERANCE
        chain.accept((taken,))
        total, weight = steps[-2].probabilities([taken])[0] + 0.7 * total, 1 + 0.7 * weight
    chain.close()


CHAINS = (
    Sampling(),
    Sampling(temperature=1.5, top_k=0, top_p=0.99, min_p=0.0),
    Sampling(xtc_probability=0.999, xtc_threshold=0.05, typical_p=0.8, dynatemp_range=0.5),
    Sampling(repeat_penalty=1.4, dry_multiplier=2.0, top_n_sigma=1.5, presence_penalty=-0.5),
)


@pytest.mark.parametrize("sampling", CHAINS if SOAK else CHAINS[:1])
def test_the_tokens_drawn_follow_it(llama, model, texts, real_logits, sampling: Sampling) -> None:
    """A chi-square test of 20,000 tokens; the 0.1 % point of its distribution is the border."""
    logits, tokens = real_logits[0], texts[0]
    probabilities = shown(distribution(model, logits, tokens, sampling), sampling, ChainState())
    counts = np.zeros(len(logits))
    chain = build_chain(llama.SamplerChain(model), sampling, 11, tokens, model.tokenize)
    candidates = llama.Candidates(len(logits))
    for _ in range(DRAWS):
        candidates.fill(logits)
        counts[chain.choose(candidates)] += 1
    chain.close()
    assert counts[probabilities == 0.0].sum() <= DRAWS * 0.003, "XTC does not strike once in a thousand"
    expected = probabilities * DRAWS
    large = expected >= 5
    square = ((counts[large] - expected[large]) ** 2 / expected[large]).sum()
    if (rest := expected[~large].sum()) > 0:
        square += (counts[~large].sum() - rest) ** 2 / max(rest, 1.0)
    freedom = max(1, int(large.sum()))
    border = freedom * (1 - 2 / (9 * freedom) + 3.09 * np.sqrt(2 / (9 * freedom))) ** 3  # Wilson and Hilferty 1931
    assert square < border
