"""A native chain of samplers, and what can be seen of it while it chooses."""

import ctypes
from collections.abc import Callable, Mapping, Sequence

import llama_cpp.llama_cpp as c

from desktop_app.domain.samplers import MIROSTAT_TOKENS, SMALLEST, never_cold
from desktop_app.engine.chain_watch import ChainWatch
from desktop_app.engine.cuts import Cut, RatioCut, TopCut
from desktop_app.engine.llama.c_text import text_of
from desktop_app.engine.llama.candidates import Candidates
from desktop_app.engine.llama.model import Model

_WATCHING = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)
"""A sampler's function that gets candidates, as plain addresses: objects for them would be made for every token."""
_WATCH_NAME = ctypes.c_char_p(b"watch")
_NAMING = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)(
    lambda _sampler: ctypes.cast(_WATCH_NAME, ctypes.c_void_p).value
)


class SamplerChain:
    """A native chain of samplers for one model; `engine.sampler.build_chain` fills it.

    It has three parts: samplers that alter the logits of some tokens, each whatever the others are, one that needs to see
    all tokens, and the rest.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self._chain, *self._parts = (
            c.llama_sampler_chain_init(c.llama_sampler_chain_default_params()) for _ in range(4)
        )
        for part in self._parts:
            c.llama_sampler_chain_add(self._chain, part)
        self._altering, self._sigma, self._rest = self._parts
        self._first: ChainWatch | None = None
        self._left: ChainWatch | None = None
        self._watching: list[object] = []  # what llama.cpp only points at
        self._has_rest = False
        self.cut: Cut | None = None
        """What cuts before anything else than top-n-sigma needs to see all tokens, None for nothing."""
        self.alters = False
        """Whether logits are altered before that, and none but those of `raised` tokens to higher ones."""
        self.deviations = 0.0
        """How many standard deviations below the likeliest token top-n-sigma cuts, as the first; 0 where it does not."""
        self.raised: tuple[int, ...] = ()
        self.is_greedy = False
        """Whether it takes the likeliest candidate, and does nothing else."""

    @property
    def pointer(self) -> object:
        """The C pointer, for `Context`."""
        return self._chain

    @property
    def names(self) -> list[str]:
        """llama.cpp's names of the samplers, in order."""
        found = [
            c.llama_sampler_chain_get(part, place)
            for part in self._parts
            for place in range(c.llama_sampler_chain_n(part))
        ]
        return [text_of(c.llama_sampler_name(sampler)) for sampler in found]

    def add_logit_bias(self, biases: Mapping[int, float]) -> None:
        """Add to the logits of single tokens."""
        entries = (c.llama_logit_bias * len(biases))(*(c.llama_logit_bias(*entry) for entry in biases.items()))
        self._add_altering(c.llama_sampler_init_logit_bias(self._model.vocabulary_size, len(biases), entries))
        self.raised = tuple(token for token, bias in biases.items() if bias > 0.0)

    def add_penalties(self, last_n: int, repeat: float, frequency: float, presence: float) -> None:
        """Make tokens among the last `last_n` less likely."""
        size = self._model.vocabulary_size
        add = self._add_altering if min(repeat - 1.0, frequency, presence) >= 0.0 else self._add
        add(c.llama_sampler_init_penalties(size, last_n, repeat, frequency, presence))

    def add_dry(
        self, multiplier: float, base: float, allowed_length: int, last_n: int, breakers: Sequence[str]
    ) -> None:
        """Keep sequences among the last `last_n` tokens from going on as they did; `breakers` end a sequence."""
        texts = [breaker.encode("utf-8", errors="replace") for breaker in breakers]
        array_of_texts = (ctypes.c_char_p * len(texts))(*texts)
        vocabulary = self._model.vocabulary
        self._add_altering(
            c.llama_sampler_init_dry(vocabulary, multiplier, base, allowed_length, last_n, array_of_texts, len(texts))
        )

    def add_top_n_sigma(self, n: float) -> None:
        """Keep logits within `n` standard deviations of the highest."""
        sampler = c.llama_sampler_init_top_n_sigma(n)
        if self._is_empty:
            self.deviations = n
            c.llama_sampler_chain_add(self._sigma, sampler)
        else:
            self._add(sampler)

    def add_top_k(self, k: int) -> None:
        """Keep the `k` likeliest tokens; 0 keeps all."""
        self._add_cut(c.llama_sampler_init_top_k(k), TopCut(k) if k > 0 else None)

    def add_typical(self, p: float) -> None:
        """Keep the tokens of usual surprise until they add up to `p`.

        Tokens without any probability go first: with one of them llama.cpp's entropy is no number, and what it keeps
        is left to chance.
        """
        self._add(c.llama_sampler_init_min_p(SMALLEST, 1))
        self._add(c.llama_sampler_init_typical(p, 1))

    def add_top_p(self, p: float) -> None:
        """Keep the fewest tokens whose probabilities add up to `p`."""
        self._add(c.llama_sampler_init_top_p(p, 1))

    def add_min_p(self, p: float) -> None:
        """Drop tokens less likely than `p` times the likeliest."""
        self._add_cut(c.llama_sampler_init_min_p(p, 1), RatioCut(p) if p > 0.0 else None)

    def add_xtc(self, probability: float, threshold: float, seed: int) -> None:
        """Drop the likeliest choices now and then."""
        self._add(c.llama_sampler_init_xtc(probability, threshold, 1, seed))

    def add_temperature(self, temperature: float) -> None:
        """Divide the logits by `temperature`."""
        self._add(c.llama_sampler_init_temp(temperature))

    def add_dynamic_temperature(self, temperature: float, spread: float, exponent: float) -> None:
        """Divide the logits by a temperature that follows their entropy."""
        self._add(c.llama_sampler_init_temp_ext(*never_cold(temperature, spread), exponent))

    def add_mirostat(self, version: int, seed: int, tau: float, eta: float) -> None:
        """Cut and draw so that the surprise stays near `tau`."""
        if version == 1:
            size = self._model.vocabulary_size
            self._add(c.llama_sampler_init_mirostat(size, seed, tau, eta, MIROSTAT_TOKENS))
        else:
            self._add(c.llama_sampler_init_mirostat_v2(seed, tau, eta))

    def add_adaptive_pick(self, target: float, decay: float, seed: int) -> None:
        """Draw a token about as likely as `target`."""
        self._add(c.llama_sampler_init_adaptive_p(target, decay, seed))

    def add_pick(self, seed: int) -> None:
        """Draw one of the tokens that are left."""
        self._add(c.llama_sampler_init_dist(seed))

    def add_greedy_pick(self) -> None:
        """Take the likeliest token."""
        self.is_greedy = self._is_empty
        self._add_cut(c.llama_sampler_init_greedy(), TopCut(1))

    def add_first_watch(self, count: int) -> None:
        """Note the first `count` of the candidates as they are at this place, each time that a token is chosen."""
        self._first = self._add_watch(ChainWatch(count))

    def add_left_watch(self) -> None:
        """Note what is left of the candidates at this place, each time that a token is chosen."""
        self._left = self._add_watch(ChainWatch())

    @property
    def first(self) -> tuple[int, ...]:
        """The first candidates as they were at the place that notes them; none where there is no such place."""
        return self._first.first() if self._first is not None else ()

    def probabilities(self, tokens: Sequence[int]) -> list[float]:
        """Return how likely each of `tokens` was when one was chosen last, by what was left; 0 for one that was cut.

        The chain ends with `add_left_watch`, behind a pick that draws.
        """
        assert self._left is not None
        return self._left.probabilities(tokens)

    def kept_probabilities(self) -> Callable[[Sequence[int]], list[float]]:
        """Return `probabilities` for after it has chosen again; it begins by cutting to the likeliest."""
        assert self._left is not None
        return self._left.kept()

    def accept(self, tokens: Sequence[int]) -> None:
        """Take note of tokens that were there before."""
        for token in tokens:
            c.llama_sampler_accept(self._chain, token)

    def apply(self, candidates: Candidates) -> None:
        """Let each sampler of the chain reorder, cut and choose from `candidates`."""
        c.llama_sampler_apply(self._chain, candidates.pointer)

    def choose(self, candidates: Candidates) -> int:
        """Run the chain over `candidates` and return the token that it takes; it does not take note of it."""
        self.apply(candidates)
        return self._taken_of(candidates)

    def choose_among(self, candidates: Candidates, border: float) -> int | None:
        """Return the token that the chain takes from all tokens, where `candidates` are all that reach `border`, and `raised` ones.

        What top-n-sigma cuts is cut already. None where these are not enough to say.
        """
        assert self.cut is not None
        if self.alters:
            c.llama_sampler_apply(self._altering, candidates.pointer)
        if (self.alters or not self.cut.is_certain) and not self.cut.suffices(candidates.values(), border):
            return None
        c.llama_sampler_apply(self._rest, candidates.pointer)
        return self._taken_of(candidates)

    @staticmethod
    def _taken_of(candidates: Candidates) -> int:
        taken = candidates.taken
        assert taken is not None, "a chain ends with what takes one"
        return taken

    def close(self) -> None:
        """Free the chain; a second call does nothing."""
        if self._chain:
            c.llama_sampler_free(self._chain)
            self._chain = None

    @property
    def _is_empty(self) -> bool:
        return not (self.alters or self.deviations or self._has_rest)

    def _add(self, sampler: object) -> None:
        self._has_rest = True
        c.llama_sampler_chain_add(self._rest, sampler)

    def _add_altering(self, sampler: object) -> None:
        """Add what makes some tokens less likely, whatever the others are."""
        if self._has_rest or self.deviations:
            self._add(sampler)
        else:
            self.alters = True
            c.llama_sampler_chain_add(self._altering, sampler)

    def _add_cut(self, sampler: object, cut: Cut | None) -> None:
        if not self._has_rest:
            self.cut = cut
        self._add(sampler)

    def _add_watch(self, watch: ChainWatch) -> ChainWatch:
        apply = _WATCHING(watch.see)
        interface = c.llama_sampler_i(
            name=ctypes.cast(_NAMING, c.llama_sampler_i_name), apply=ctypes.cast(apply, c.llama_sampler_i_apply)
        )
        self._watching += (apply, interface)
        self._add(c.llama_sampler_init(ctypes.byref(interface), None))
        return watch
