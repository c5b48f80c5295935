"""Chooses the tokens of one answer: the sampler chain, what a grammar allows, and what was ruled out by hand."""

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import msgspec

from desktop_app.domain.errors import EngineError, ErrorCode
from desktop_app.domain.sampling import SEED_MAX, Sampling
from desktop_app.engine.choices import Choice
from desktop_app.engine.sampler import build_chain, choose_seed

if TYPE_CHECKING:
    from desktop_app.engine.likeliest import Floats
    from desktop_app.engine.llama import Candidates, Context, Grammar, Model, SamplerChain


class Picked(msgspec.Struct, frozen=True):
    """A token; where that was asked for, `choice` tells how it came to be chosen."""

    token: int
    choice: Callable[[], Choice] | None = None


class Picker:
    """Chooses one token after the other behind `prompt`; used by the thread that decodes.

    `grammar` is GBNF, empty for none; `options` is how many of the likeliest tokens are told with each, None where
    nothing is told. With `forced` those tokens are taken one after the other, whatever the model would say.
    The grammar goes on behind what was `begun`, the last tokens of the prompt, where it allows them, and begins anew
    otherwise. Raises EngineError GRAMMAR_INVALID.
    """

    def __init__(
        self,
        model: "Model",
        new_chain: "Callable[[Model], SamplerChain]",
        sampling: Sampling,
        prompt: Sequence[int],
        grammar: str = "",
        options: int | None = None,
        forced: Sequence[int] = (),
        begun: Sequence[int] = (),
    ) -> None:
        self.seed = choose_seed(sampling)
        self._model = model
        self._new_chain = new_chain
        self._sampling = sampling
        self._prompt = prompt
        self._grammar_text = grammar
        self._options = options
        self._forced = forced
        self._begun = begun
        self._banned: dict[int, set[int]] = {}
        self._restarts = 0
        self._grammar = self._new_grammar()
        self._chain = self._build_chain()

    def pick(self, context: "Context", row: int, position: int, *, later: bool = False) -> Picked:
        """Choose the token at `position` from row `row` of the last batch, and take note of it.

        Where how it came to be chosen is asked for only `later`, while the next batch is computed, most of that is
        worked out then.

        What the grammar rules out is found by a look at the one token that the chain takes, and only where it is
        ruled out does the chain choose again from what the grammar leaves: a look at every token of a
        vocabulary costs more than many models take for a token. Raises EngineError GRAMMAR_STUCK.
        """
        banned = tuple(self._banned.get(position, ()))
        if self._grammar is None and not banned and not self._forced:
            token = context.sample(self._chain, row)
            return Picked(token, self._told(context, row, token, token, is_free=True, later=later))
        token = context.choose(self._chain, row, banned)
        if self._grammar is not None:
            if not self._grammar.allows(token):
                candidates = self._allowed(self._grammar, context, row, banned)
                token = self._chain.choose(candidates) if len(candidates) else -1
                if token < 0 or token in banned or not self._grammar.allows(token):
                    raise EngineError(ErrorCode.GRAMMAR_STUCK, f"no token fits at {position}")
            if not self._model.ends_answer(token):
                self._grammar.accept(token)
        taken, token = token, self._forced[position - len(self._prompt)] if self._forced else token
        self._chain.accept((token,))
        return Picked(token, self._told(context, row, token, taken, later=later))

    @staticmethod
    def _allowed(grammar: "Grammar", context: "Context", row: int, banned: Sequence[int]) -> "Candidates":
        """Return the candidates that `grammar` leaves."""
        possible = grammar.possible()
        candidates = context.candidates(row, banned, possible)
        if possible is None:
            grammar.restrict(candidates)
        return candidates

    def rewind(self, tokens: Sequence[int], wrong: int) -> None:
        """Go back behind `tokens`, the answer so far, where `wrong` may not come next."""
        position = len(self._prompt) + len(tokens)
        self._banned = {at: banned for at, banned in self._banned.items() if at <= position}
        self._banned.setdefault(position, set()).add(wrong)
        if self._grammar is not None:
            self._grammar.close()
            self._grammar = self._new_grammar()
        if self._grammar is not None:
            for token in tokens:
                self._grammar.accept(token)
        self.resample(self._sampling, tokens)

    def resample(self, sampling: Sampling, tokens: Sequence[int]) -> None:
        """Choose as `sampling` says from now on, behind `tokens`, the answer so far; grammar and seed stay."""
        self._sampling = sampling
        self._restarts += 1
        self._chain.close()
        self._chain = self._build_chain()
        self._chain.accept(tokens)

    def close(self) -> None:
        """Free what is native."""
        self._chain.close()
        if self._grammar is not None:
            self._grammar.close()

    def _told(
        self, context: "Context", row: int, token: int, taken: int, *, is_free: bool = False, later: bool
    ) -> Callable[[], Choice] | None:
        """Return what tells how `token` came to be chosen, None where nobody asks.

        The chain took `taken`, from all candidates where it `is_free`. Where all that the chain says is at hand, the
        rest can be worked out later, from a copy of the row: the next batch has rows of its own.
        """
        if self._options is None:
            return None
        known = self._chain.first if is_free else ()
        left: Callable[[Sequence[int]], Sequence[float]] = self._chain.probabilities
        can_wait = later
        if self._sampling.temperature <= 0.0:
            left = functools.partial(_alone, taken)
        elif known:
            left = self._chain.kept_probabilities()
        else:
            can_wait = False
        logits = context.copy_row(row) if can_wait else context.row(row)
        tell = functools.partial(self._choice, context, logits, token, known, left)
        if can_wait:
            return tell
        choice = tell()
        return lambda: choice

    def _choice(
        self,
        context: "Context",
        logits: "Floats",
        token: int,
        known: Sequence[int],
        left: Callable[[Sequence[int]], Sequence[float]],
    ) -> Choice:
        """Return how `token` came to be chosen by a row of `logits`; `left` tells how likely tokens were then."""
        assert self._options is not None
        likeliest = context.likeliest(logits, self._options, token, known)
        return Choice(token, likeliest, tuple(left((token, *likeliest.tokens))), self._model.named_piece)

    def _new_grammar(self) -> "Grammar | None":
        if not self._grammar_text:
            return None
        grammar = self._model.grammar(self._grammar_text)
        for token in self._begun:
            if not grammar.allows(token):
                grammar.close()
                return self._model.grammar(self._grammar_text)
            grammar.accept(token)
        return grammar

    def _build_chain(self) -> "SamplerChain":
        seed = (self.seed + self._restarts) % (SEED_MAX + 1)  # else the same draw would be taken again
        chain, tokenize = self._new_chain(self._model), self._model.tokenize
        return build_chain(chain, self._sampling, seed, self._prompt, tokenize, self._options)


def _alone(taken: int, tokens: Sequence[int]) -> Sequence[float]:
    """Return how likely `tokens` were where a chain left one alone, as it does at temperature 0."""
    return [float(each == taken) for each in tokens]
