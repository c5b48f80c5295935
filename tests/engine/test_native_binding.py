"""The binding of llama.cpp in this process: logits, pieces, chains, memory."""

import math
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from desktop_app.domain.families import FAMILIES
from desktop_app.domain.sampling import Sampling
from desktop_app.engine.likeliest import LikeliestFinder
from desktop_app.engine.outcome import Outcome
from desktop_app.engine.picker import Picker
from desktop_app.engine.sampler import build_chain
from desktop_app.engine.scheduler import Scheduler
from desktop_app.engine.sequences import Request
from desktop_app.engine.text import CharacterAssembler
from desktop_app.protocol.engine import Finished
from tests.short_starter import LAYERS, RARE_WORDS

TOLERANCE = 1e-3
PROMPTS = [
    "Hello",
    "What is the capital of France?",
    "Once upon a time, in a land far away,",
    "def fibonacci(n):\n    ",
    "1, 2, 3, 4, 5,",
    "Der schnelle braune Fuchs springt über den faulen Hund.",
    "Le chat est assis sur la chaise et",
    "日本の首都は",
    "Привет, как дела?",
    "🔥 emoji 🎉 and 👨‍👩‍👧 families",
    "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n",
    '{"name": "value", "list": [1, 2,',
    "The mitochondria is the powerhouse of",
    "SELECT * FROM users WHERE",
    "   leading and trailing spaces   ",
    "\n\n\n",
    "A" * 200,
    "The quick brown fox jumps over the lazy dog. " * 20,
    "To be, or not to be, that is the",
    "Roses are red,\nviolets are",
]


@pytest.fixture(scope="module")
def llama() -> Iterator[object]:
    from desktop_app.engine import llama as binding

    backend = binding.start_backend(lambda _reason: None)
    assert [device.name for device in backend.devices()] == ["CPU"]
    yield binding
    backend.close()


@pytest.fixture(scope="module")
def model(llama, starter: Path) -> Iterator[object]:
    loaded = llama.Model(starter, extra_buffers=True, on_progress=lambda _fraction: True)
    yield loaded
    loaded.close()


@pytest.fixture(scope="module")
def context(llama, model) -> Iterator[object]:
    made = llama.Context(model, size=1024, threads=2, batch_size=512, sequences=1, on_gpu=False)
    yield made
    made.close()


@pytest.fixture
def batch(llama) -> Iterator[object]:
    made = llama.Batch(512)
    yield made
    made.close()


def read(context, batch, tokens: list[int]) -> int:
    """Read `tokens` into an empty context and return the row of the last one."""
    context.forget_all()
    batch.clear()
    for position, token in enumerate(tokens):
        row = batch.add(token, position, 0, wants_logits=position == len(tokens) - 1)
    assert context.decode(batch) is Outcome.DONE
    return row


@pytest.mark.filterwarnings("default")
def test_logits_agree_with_the_high_level_class(model, context, batch, starter: Path) -> None:
    import llama_cpp
    from llama_cpp.llama import Llama

    peer = Llama(str(starter), n_ctx=1024, n_batch=512, n_threads=2, n_threads_batch=2, verbose=False)
    worst = 0.0
    for prompt in PROMPTS:
        tokens = peer.tokenize(prompt.encode(), add_bos=False, special=True)
        assert tokens == model.tokenize(prompt)
        peer.reset()
        peer.eval(tokens)
        theirs = llama_cpp.llama_get_logits_ith(peer._ctx.ctx, -1)[: model.vocabulary_size]
        ours = context.logits(read(context, batch, tokens))
        worst = max(worst, max(abs(a - b) for a, b in zip(ours, theirs, strict=True)))
    peer.close()
    print(f"largest difference of logits: {worst}")
    assert worst <= TOLERANCE


@pytest.mark.parametrize("text", PROMPTS)
def test_pieces_put_together_are_the_text(model, text: str) -> None:
    assembler = CharacterAssembler()
    shown = [assembler.feed(model.piece(token, special=True)) for token in model.tokenize(text)]
    assert "".join(shown) + assembler.finish() == text
    assert all("\ufffd" not in piece for piece in shown)


def test_an_emoji_is_split_over_tokens(model) -> None:
    tokens = model.tokenize("👨‍👩‍👧")
    assert any(not model.piece(token).decode("utf-8", "ignore") for token in tokens)


def test_control_tokens_have_no_text_unless_asked_for(model) -> None:
    assert model.piece(model.end_token) == b""
    assert model.piece(model.end_token, special=True) == b"<|im_end|>"
    assert model.ends_answer(model.end_token)


def test_no_token_is_lost_because_it_is_long(model) -> None:
    longest = max(len(model.piece(token, special=True)) for token in range(model.vocabulary_size))
    assert longest > 32


def test_the_native_chain(llama) -> None:
    chain = build_chain(llama.SamplerChain(model), Sampling(), 1)
    assert chain.names == ["top-k", "top-p", "min-p", "temp", "dist"]
    chain.close()
    chain.close()


def test_a_chain_that_is_watched_leaves_the_same(llama, model) -> None:
    sampling = Sampling(top_p=0.9, temperature=0.7)
    plain = build_chain(llama.SamplerChain(model), sampling, 1)
    watched = build_chain(llama.SamplerChain(model), sampling, 1, told=5)
    assert watched.names == ["top-k", "watch", "top-p", "min-p", "temp", "dist", "watch"]
    candidates = llama.Candidates(model.vocabulary_size)
    for seed in range(20):
        logits = (np.random.default_rng(seed).normal(size=model.vocabulary_size) * 3).astype(np.float32)
        candidates.fill(logits)
        taken, left = plain.choose(candidates), candidates.logits()
        candidates.fill(logits)
        assert watched.choose(candidates) == taken
        assert candidates.logits() == left
        assert watched.first == tuple(np.argsort(-logits)[:5].tolist())
        weights = {token: math.exp(logit) for token, logit in left.items()}
        wanted = [*weights, *(set(range(50)) - weights.keys())]
        expected = [weights.get(token, 0.0) / sum(weights.values()) for token in wanted]
        assert watched.probabilities(wanted) == pytest.approx(expected, rel=1e-4)
    candidates.fill_only(np.arange(4, dtype=np.int32), logits[:4])
    watched.choose(candidates)
    assert watched.first == (), "there are fewer than are to be noted"
    plain.close()
    watched.close()


@pytest.mark.parametrize("settings", [{}, {"temperature": 0.0}, {"repeat_penalty": 1.2, "top_k": 0, "min_p": 0.0}])
def test_what_is_told_of_a_token_copies_no_vocabulary(llama, model, context, batch, settings, monkeypatch) -> None:
    """The candidates are filled by llama.cpp itself, and what its chain has sorted is not looked for again."""
    row = read(context, batch, model.tokenize("The quick brown fox"))
    monkeypatch.setattr(llama.Candidates, "fill", lambda *_arguments: pytest.fail("the candidates were filled here"))
    if not settings:
        monkeypatch.setattr(LikeliestFinder, "_highest", lambda *_arguments: pytest.fail("they were looked for"))
    picker = Picker(model, llama.SamplerChain, Sampling(seed=2, **settings), (1,), options=8)
    picked = picker.pick(context, row, 1)
    assert picked.choice is not None
    trace = picked.choice().trace()
    logits = np.array(context.logits(row))
    assert [option.token for option in trace.options] == np.argsort(-logits)[:8].tolist()
    assert trace.chosen.probability == pytest.approx(
        float(np.exp(logits[picked.token]) / np.exp(logits).sum()), rel=1e-4
    )
    assert trace.chosen.sampled_probability > 0.0
    picker.close()


@pytest.mark.parametrize(
    "beside", [{"grammar": "root ::= [ a-zA-Z]+"}, {"forced": (300, 301)}], ids=["grammar", "forced"]
)
def test_a_grammar_and_a_forced_text_copy_no_vocabulary(llama, model, context, batch, beside, monkeypatch) -> None:
    row = read(context, batch, model.tokenize("The quick brown fox"))
    free = Picker(model, llama.SamplerChain, Sampling(seed=2), (1,), options=8)
    bound = Picker(model, llama.SamplerChain, Sampling(seed=2), (1,), options=8, **beside)
    monkeypatch.setattr(llama.Candidates, "fill", lambda *_arguments: pytest.fail("the candidates were filled here"))
    picked, expected = bound.pick(context, row, 1), free.pick(context, row, 1)
    assert picked.token == beside.get("forced", (expected.token,))[0]
    assert picked.choice is not None
    assert expected.choice is not None
    assert picked.choice().likeliest.tokens == expected.choice().likeliest.tokens
    free.close()
    bound.close()


@pytest.mark.parametrize(
    ("settings", "looks_before"),
    [({}, 0), ({"temperature": 0.0}, 0), ({"repeat_penalty": 1.2}, 1), ({"top_k": 4}, 1)],
    ids=str,
)
def test_what_is_told_while_the_next_token_is_computed_is_what_is_told_at_once(
    llama, model, context, batch, settings: dict[str, object], looks_before: int, monkeypatch
) -> None:
    row = read(context, batch, model.tokenize("The quick brown fox"))
    made = [Picker(model, llama.SamplerChain, Sampling(seed=2, **settings), (1,), options=8) for _ in range(2)]
    at_once = made[0].pick(context, row, 1)
    looks, real = [], LikeliestFinder.look
    monkeypatch.setattr(LikeliestFinder, "look", lambda *given: looks.append(given) or real(*given))
    later = made[1].pick(context, row, 1, later=True)
    assert len(looks) == looks_before
    expected = at_once.choice()
    context.row(row)[:] = 0.0  # as the next batch does
    made[1].resample(Sampling(seed=2, temperature=0.5, top_k=20), (later.token,))  # as a slider does
    told = later.choice()
    assert later.token == at_once.token
    assert (told.likeliest, told.left, told.trace()) == (expected.likeliest, expected.left, expected.trace())
    for picker in made:
        picker.close()


_CHAINS: dict[str, tuple[dict[str, object], bool]] = {
    "usual": ({}, True),
    "greedy": ({"temperature": 0.0}, True),
    "top-k 1": ({"top_k": 1}, True),
    "top-k 128": ({"top_k": 128, "temperature": 1.5}, True),
    "XTC, dynamic": ({"xtc_probability": 0.5, "xtc_threshold": 0.05, "dynatemp_range": 0.5}, True),
    "adaptive": ({"adaptive_target": 0.3}, True),
    "min-p alone": ({"top_k": 0, "top_p": 1.0, "min_p": 0.1}, True),
    "min-p before top-k": ({"min_p": 0.1, "order": ("min_p", "top_k")}, True),
    "penalties": ({"repeat_penalty": 1.3}, True),
    "penalties of all kinds": ({"repeat_penalty": 1.1, "frequency_penalty": 0.4, "presence_penalty": 0.6}, True),
    "penalties of 1000": ({"repeat_penalty": 1.3, "repeat_last_n": 1000}, True),
    "penalties, DRY": ({"repeat_penalty": 1.3, "dry_multiplier": 0.8}, True),
    "DRY of everything": ({"dry_multiplier": 5.0, "dry_allowed_length": 1, "dry_breakers": ()}, True),
    "DRY, min-p": ({"dry_multiplier": 0.8, "top_k": 0, "top_p": 1.0, "min_p": 0.1}, True),
    "greedy, penalties": ({"repeat_penalty": 1.3, "temperature": 0.0}, True),
    "greedy, DRY": ({"dry_multiplier": 5.0, "dry_allowed_length": 1, "temperature": 0.0}, True),
    "bias": ({"logit_bias": {" the": 7.0, " a": 5.0, " and": -20.0}}, True),
    "bias, greedy": ({"logit_bias": {" the": 7.0, " a": 5.0}, "temperature": 0.0}, True),
    "bias, penalties": ({"logit_bias": {" the": 7.0, " a": 9.0}, "repeat_penalty": 1.5}, True),
    "top-n-sigma": ({"top_n_sigma": 1.0}, True),
    "wide top-n-sigma": ({"top_n_sigma": 3.0, "min_p": 0.0, "top_p": 1.0}, True),
    "top-n-sigma, adaptive": ({"top_n_sigma": 2.5, "min_p": 0.0, "top_p": 1.0, "adaptive_target": 0.1}, True),
    "top-n-sigma, min-p": ({"top_n_sigma": 1.0, "top_k": 0, "top_p": 1.0, "min_p": 0.1}, True),
    "top-n-sigma behind penalties": ({"top_n_sigma": 1.0, "repeat_penalty": 1.3}, False),
    "top-n-sigma before penalties": (
        {"top_n_sigma": 1.0, "repeat_penalty": 1.3, "order": ("top_n_sigma", "penalties", "top_k")},
        False,
    ),
    "top-n-sigma behind a bias": ({"top_n_sigma": 1.0, "logit_bias": {" the": 7.0}}, False),
    "top-k 129": ({"top_k": 129}, False),
    "no top-k": ({"top_k": 0}, False),
    "mirostat": ({"mirostat": 2}, False),
    "favours": ({"presence_penalty": -0.5}, False),
    "favours now and then": ({"repeat_penalty": 1.1, "frequency_penalty": -0.5}, False),
    "heat first": ({"order": ("temperature",)}, False),
}
"""Settings, and whether what they lead to is found among few of the tokens."""


@pytest.mark.parametrize("rounded", [False, True], ids=["", "with equal ones"])
@pytest.mark.parametrize(("settings", "few"), _CHAINS.values(), ids=_CHAINS)
def test_a_choice_among_few_is_llama_cpps_own(
    llama, model, context, batch, settings: dict[str, object], few: bool, rounded: bool, monkeypatch
) -> None:
    import llama_cpp.llama_cpp as c

    row = read(context, batch, model.tokenize("The quick brown fox"))
    sampling = Sampling(seed=4, **settings)
    ours, theirs, unbound = (
        build_chain(llama.SamplerChain(model), sampling, 4, (1, 2), model.tokenize) for _ in range(3)
    )
    real, whole = c.llama_sampler_sample, []
    monkeypatch.setattr(c, "llama_sampler_sample", lambda *given: whole.append(given) or real(*given))
    random = np.random.default_rng(5)
    taken = [1, 2]
    for _ in range(60):
        logits = (random.normal(size=model.vocabulary_size) * 3.0).astype(np.float32)
        logits[list(set(taken))] += 9.0  # so that those that are penalised would be among the likeliest
        context.row(row)[:] = np.round(logits) if rounded else logits
        taken.append(context.sample(ours, row))
        assert taken[-1] == real(theirs.pointer, context._context, row)
        assert taken[-1] == context.choose(unbound, row)
        unbound.accept(taken[-1:])
    undecided = 15 if sampling.top_n_sigma else 0  # by rounding
    assert rounded or (len(whole) <= undecided if few else len(whole) == 60)
    assert len(set(taken)) > 5, "what was taken says nothing of a choice"
    for chain in (ours, theirs, unbound):
        chain.close()


def test_a_step_that_keeps_all_is_no_cut(llama, model, context, batch) -> None:
    import llama_cpp.llama_cpp as c

    row = read(context, batch, model.tokenize("The quick brown fox"))
    chains = [llama.SamplerChain(model) for _ in range(2)]
    for chain in chains:
        chain.add_logit_bias({5: 1.0})
        chain.add_top_k(0)
        chain.add_min_p(0.0)
        chain.add_top_p(0.99)
        chain.add_pick(7)
    ours, theirs = chains
    random = np.random.default_rng(5)
    for _ in range(20):
        context.row(row)[:] = random.normal(size=model.vocabulary_size)
        assert context.sample(ours, row) == c.llama_sampler_sample(theirs.pointer, context._context, row)
    ours.close()
    theirs.close()


@pytest.mark.parametrize(
    "settings",
    [
        {"presence_penalty": 2.0, "frequency_penalty": 2.0, "repeat_penalty": 2.0, "repeat_last_n": 1000},
        {"top_k": 0, "top_p": 1.0, "min_p": 0.00001, "temperature": 2.0},
    ],
    ids=["penalties", "min-p"],
)
def test_where_few_do_not_show_what_is_kept_all_are_looked_at(
    llama, model, context, batch, settings: dict[str, object], monkeypatch
) -> None:
    """Many of the likeliest have become less likely than others, or many are nearly as likely as the likeliest."""
    import llama_cpp.llama_cpp as c

    row = read(context, batch, model.tokenize("The quick brown fox"))
    lowered = range(100, 160)
    sampling = Sampling(seed=4, **settings)
    ours, theirs = (build_chain(llama.SamplerChain(model), sampling, 4, tuple(lowered)) for _ in range(2))
    real, whole = c.llama_sampler_sample, []
    monkeypatch.setattr(c, "llama_sampler_sample", lambda *given: whole.append(given) or real(*given))
    random = np.random.default_rng(5)
    for _ in range(20):
        logits = (random.normal(size=model.vocabulary_size) * 2.0).astype(np.float32)
        logits[lowered] += 9.0
        context.row(row)[:] = logits
        assert context.sample(ours, row) == real(theirs.pointer, context._context, row)
    assert len(whole) == 20
    ours.close()
    theirs.close()


class Counter:
    """Hears the end of answers, and counts the calls of functions of llama.cpp."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.calls: dict[str, int] = {}
        self.ends: list[Finished] = []

    def watch(self, module: object, name: str) -> None:
        real = getattr(module, name)

        def count(*given: object) -> object:
            self.calls[name] = self.calls.get(name, 0) + 1
            return real(*given)

        self._monkeypatch.setattr(module, name, count)

    def put(self, event: msgspec.Struct) -> None:
        if isinstance(event, Finished):
            self.ends.append(event)

    def put_text(self, *_told: object) -> None:
        pass


@pytest.mark.parametrize("settings", [{}, {"temperature": 0.0}, {"repeat_penalty": 1.2}], ids=str)
@pytest.mark.parametrize("answers", [1, 3])
def test_each_decode_is_waited_for_once_and_computed_in_the_graph_of_the_last_one(
    llama, model, batch, settings: dict[str, object], answers: int, monkeypatch
) -> None:
    """llama.cpp builds a graph again where it cannot use the last one: that takes a card longer than a token."""
    import llama_cpp.llama_cpp as c

    from desktop_app.engine.llama import context as module

    context = llama.Context(model, size=1024, threads=2, batch_size=512, sequences=4, on_gpu=False)
    counter = Counter(monkeypatch)
    scheduler = Scheduler(model, context, batch, llama.SamplerChain, counter, elsewhere=True)
    sampling = Sampling(max_tokens=40, seed=3, **settings)
    prompt = tuple(model.tokenize("Once upon a time"))
    for number in range(answers):
        scheduler.submit(Request(request_id=str(number), prompt=prompt, sampling=sampling, received=0.0))
    scheduler.step()
    scheduler.step()  # the prompts are read
    for name in ("llama_synchronize", "llama_decode"):
        counter.watch(c, name)
    counter.watch(module, "_ROW")
    c.llama_perf_context_reset(context._context)
    for step in range(30):
        context.use_threads(1 + step % 2)  # as the tuner does
        scheduler.step()
    assert counter.calls == {"llama_decode": 30, "_ROW": 30 * answers}
    assert c.llama_perf_context(context._context).n_reused >= 29
    while len(counter.ends) < answers:
        scheduler.step()
    scheduler.close()
    context.close()


def test_what_the_model_is(model) -> None:
    assert (model.layer_count, model.trained_context, model.vocabulary_size) == (len(LAYERS), 8192, 49152 - RARE_WORDS)
    assert model.writes_text
    assert not model.is_recurrent
    assert "<|im_start|>" in model.chat_template


def test_forgetting_a_part_and_reading_on(model, context, batch) -> None:
    tokens = model.tokenize("The quick brown fox jumps over the lazy dog")
    row = read(context, batch, tokens)
    expected = context.logits(row)
    assert context.forget(0, len(tokens) - 1)
    batch.clear()
    row = batch.add(tokens[-1], len(tokens) - 1, 0, wants_logits=True)
    context.decode(batch)
    again = context.logits(row)
    assert max(range(len(again)), key=again.__getitem__) == max(range(len(expected)), key=expected.__getitem__)


def test_a_decode_can_be_aborted_and_the_next_one_works(model, context, batch) -> None:
    context.forget_all()
    batch.clear()
    for position in range(512):
        batch.add(5, position, 0, wants_logits=position == 511)
    context.abort()
    assert context.decode(batch) is Outcome.ABORTED
    context.clear_abort()
    context.forget(0, 0)
    assert context.decode(batch) is Outcome.DONE


def test_a_full_context_says_so(model, llama, batch) -> None:
    small = llama.Context(model, size=256, threads=2, batch_size=512, sequences=1, on_gpu=False)
    assert small.size == small.batch_size == 256
    read(small, batch, [5] * 256)
    batch.clear()
    batch.add(5, 256, 0, wants_logits=True)
    assert small.decode(batch) is Outcome.FULL
    small.close()


def test_loading_can_be_cancelled(llama, starter: Path) -> None:
    with pytest.raises(llama.LoadCancelled):
        llama.Model(starter, extra_buffers=True, on_progress=lambda _fraction: False)


SCHEMA = '{"type": "array", "items": {"type": "object", "properties": {"ñame": {"type": "string"}, "n": {"type": "integer"}}, "required": ["ñame", "n"]}}'


@pytest.mark.parametrize(
    ("grammar", "text"),
    [
        ("", '[{"ñame": "a \\" b – 猫", "n": -12}, {"ñame":"", "n": 0}]'),
        ('root ::= ("yes" | "no") " 😀" [0-9]{3}', "yes 😀123"),
        ("root ::= [^a-z]+", "ÄÖ 42 \n 猫 ABC"),
    ],
)
def test_a_look_at_few_tokens_finds_what_a_look_at_all_finds(llama, model, grammar: str, text: str) -> None:
    """At each place of a text, tokens of single bytes included."""

    compiled = model.grammar(grammar or llama.grammar_of_schema(SCHEMA))
    candidates = llama.Candidates(model.vocabulary_size)
    few = 0
    for token in [*model.tokenize(text), None]:
        candidates.fill(np.zeros(model.vocabulary_size, np.float32))
        compiled.restrict(candidates)
        expected = sorted(token for token, logit in candidates.logits().items() if logit == 0.0)
        found = compiled.possible()
        if found is not None:
            few += 1
            assert sorted(found.tolist()) == expected
        if token is not None:
            assert token in expected
            compiled.accept(token)
    compiled.close()
    assert few >= 3


def test_the_engine_knows_every_architecture_that_the_table_of_families_has() -> None:
    from llama_cpp import llama_cpp

    known = Path(llama_cpp._lib._name).read_bytes()
    missing = [name for names in FAMILIES.values() for name in names if name.encode() + b"\0" not in known]
    assert missing == []


def test_an_aborted_text_has_no_vector_and_the_next_one_has(llama, model) -> None:
    context, batch = llama.EmbeddingContext(model, size=64, threads=2), llama.Batch(64)
    for place, token in enumerate(model.tokenize("Hello there", opened=True)):
        batch.add(token, place, 0, wants_logits=True)
    context.abort()
    assert context.embed(batch) is None
    context.clear_abort()
    assert context.embed(batch).shape == (576,)
    batch.close()
    context.close()
