"""How sampling parameters hang together: which steps are on, which change nothing, and when a change is felt.

Words are English message ids, as in `domain/sampling.py`.
"""

from collections.abc import Callable
from enum import StrEnum

import msgspec

from desktop_app.domain.sampling import Sampling, Step
from desktop_app.support.i18n import N_

STEP_TITLES: dict[Step, str] = {
    "penalties": N_("Repetition penalties"),
    "dry": N_("DRY"),
    "top_n_sigma": N_("Top-n-sigma"),
    "top_k": N_("Top-k"),
    "typical_p": N_("Typical-p"),
    "top_p": N_("Top-p"),
    "min_p": N_("Min-p"),
    "xtc": N_("XTC"),
    "temperature": N_("Temperature"),
}
"""What a step of the chain is called."""

_ON: dict[str, Callable[[Sampling], bool]] = {
    "penalties": lambda s: (s.repeat_penalty, s.frequency_penalty, s.presence_penalty) != (1.0, 0.0, 0.0),
    "dry": lambda s: s.dry_multiplier > 0.0,
    "top_n_sigma": lambda s: s.top_n_sigma > 0.0,
    "top_k": lambda s: s.top_k > 0,
    "typical_p": lambda s: s.typical_p < 1.0,
    "top_p": lambda s: s.top_p < 1.0,
    "min_p": lambda s: s.min_p > 0.0,
    "xtc": lambda s: s.xtc_probability > 0.0,
    "temperature": lambda s: s.temperature != 1.0 or s.dynatemp_range > 0.0,
}
_CUTS = ("top_n_sigma", "top_k", "typical_p", "top_p", "min_p", "xtc_probability", "xtc_threshold")
_HEAT = ("dynatemp_range", "dynatemp_exponent")
_MIROSTAT = ("mirostat", "mirostat_tau", "mirostat_eta")
_ADAPTIVE = ("adaptive_target", "adaptive_decay")

NEXT_ANSWER = frozenset(("seed", "thinking", "grammar", "json_schema", "begin_with", "stop", "banned"))
"""Parameters that an answer keeps from its beginning to its end; all others may change between two of its tokens."""

OF_ONE_CHAT = ("begin_with", "stop", "banned", "logit_bias", "grammar", "json_schema")
"""What says what an answer is to be, not how its words are chosen: it is written for one chat, with care."""


class Hindrance(StrEnum):
    """Why a parameter changes nothing, as words that follow its title."""

    GREEDY = N_("no effect at temperature 0")
    MIROSTAT = N_("no effect with mirostat")
    GRAMMAR = N_("no effect beside a grammar")


def is_on(step: str, sampling: Sampling) -> bool:
    """Return whether a step of the chain is switched on."""
    return _ON[step](sampling)


def matters(step: str, sampling: Sampling) -> bool:
    """Return whether a step can change which token is taken: no cut does where the likeliest is, or where mirostat cuts."""
    if sampling.temperature <= 0.0:
        return step in ("penalties", "dry")
    return not sampling.mirostat or step in ("penalties", "dry", "temperature")


def active_steps(sampling: Sampling) -> tuple[Step, ...]:
    """Return the steps that a chain has, in their order."""
    return tuple(step for step in sampling.steps if is_on(step, sampling) and matters(step, sampling))


def hindrances(sampling: Sampling) -> dict[str, Hindrance]:
    """Return the parameters that change nothing beside the others, each with the reason."""
    found: dict[str, Hindrance] = {}
    if sampling.mirostat:
        found |= dict.fromkeys((*_CUTS, *_ADAPTIVE), Hindrance.MIROSTAT)
    if sampling.temperature <= 0.0:
        found |= dict.fromkeys((*_CUTS, *_HEAT, *_MIROSTAT, *_ADAPTIVE), Hindrance.GREEDY)
    if sampling.grammar and sampling.json_schema:
        found["json_schema"] = Hindrance.GRAMMAR
    return found


def during_answer(running: Sampling, wanted: Sampling) -> Sampling:
    """Return what an answer that began with `running` goes on with where `wanted` is asked for."""
    return msgspec.structs.replace(wanted, **{name: getattr(running, name) for name in NEXT_ANSWER})
