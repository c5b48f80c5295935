"""Sampling parameters: name, default, bounds and help of each, declared once.

The panel, the presets, the command line, the documentation and the wire derive from these fields.
Titles and descriptions are English message ids: whoever shows them passes them through gettext.
"""

import functools
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
import msgspec.inspect
from msgspec import Meta

from desktop_app.support.i18n import N_

SEED_MAX = 2**32 - 2
"""The largest seed; llama.cpp keeps 2**32 - 1 (LLAMA_DEFAULT_SEED) for 'choose one'."""
LONGEST_WINDOW = 8192
"""How many of the last tokens the penalties and DRY may look at."""
LONGEST_GRAMMAR = 100_000
"""Characters that a grammar may have."""


class Thinking(StrEnum):
    """Whether a model thinks before it answers; only where its chat template knows a switch for that."""

    AUTO = "auto"
    ON = "on"
    OFF = "off"


Step = Literal["penalties", "dry", "top_n_sigma", "top_k", "typical_p", "top_p", "min_p", "xtc", "temperature"]
CHAIN_ORDER: tuple[Step, ...] = (
    "penalties", "dry", "top_n_sigma", "top_k", "typical_p", "top_p", "min_p", "xtc", "temperature",
)  # fmt: skip
"""The order in which the samplers reshape and cut the distribution: llama.cpp's own."""


class Sampling(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the next token is chosen. `extra_json_schema` gives a control its `step`, `scale` and `group`.

    What is switched off is left out of the chain. An answer goes on behind `begin_with`. `stop` ends it before a text, `logit_bias` adds to the
    logits of single words. A text with one of the `banned` words and phrases is taken back to where it begins, and
    goes on otherwise. `grammar` (llama.cpp's GBNF, with the rule `root`) or else `json_schema` says which texts are
    allowed at all.
    """

    temperature: Annotated[
        float,
        Meta(
            title="Temperature",
            description="Higher is more varied and less predictable; 0 always takes the likeliest token.",
            ge=0.0,
            le=2.0,
            extra_json_schema={"step": 0.05},
        ),
    ] = 0.8
    top_k: Annotated[
        int,
        Meta(
            title="Top-k",
            description="Keeps only the k likeliest tokens; 0 keeps all.",
            ge=0,
            le=500,
            extra_json_schema={"step": 1, "scale": "log"},
        ),
    ] = 40
    top_p: Annotated[
        float,
        Meta(
            title="Top-p",
            description="Keeps the fewest tokens whose probabilities add up to p; 1 keeps all.",
            ge=0.0,
            le=1.0,
            extra_json_schema={"step": 0.01},
        ),
    ] = 0.95
    min_p: Annotated[
        float,
        Meta(
            title="Min-p",
            description="Drops tokens less likely than this share of the likeliest one; 0 drops none.",
            ge=0.0,
            le=1.0,
            extra_json_schema={"step": 0.01},
        ),
    ] = 0.05
    max_tokens: Annotated[
        int,
        Meta(
            title="Length",
            description="The most tokens that one answer may have.",
            ge=1,
            le=32768,
            extra_json_schema={"step": 1, "scale": "log"},
        ),
    ] = 1024
    seed: (
        Annotated[
            int,
            Meta(
                title="Seed",
                description="The same seed, prompt and settings repeat an answer; random when empty.",
                ge=0,
                le=SEED_MAX,
                extra_json_schema={"empty": "random"},
            ),
        ]
        | None
    ) = None
    thinking: Annotated[
        Thinking,
        Meta(
            title="Thinking",
            description="Whether the model thinks before it answers, where its template lets one choose.",
            extra_json_schema={"labels": {"auto": "As the model decides", "on": "On", "off": "Off"}},
        ),
    ] = Thinking.AUTO
    repeat_penalty: Annotated[
        float,
        Meta(
            title="Repeat penalty",
            description="Makes tokens that were there lately less likely; 1 changes nothing.",
            ge=1.0,
            le=2.0,
            extra_json_schema={"step": 0.01, "group": "Repetition"},
        ),
    ] = 1.0
    repeat_last_n: Annotated[
        int,
        Meta(
            title="Repeat window",
            description="How many of the last tokens the three penalties look at, the prompt's among them.",
            ge=1,
            le=LONGEST_WINDOW,
            extra_json_schema={"step": 1, "scale": "log", "group": "Repetition"},
        ),
    ] = 64
    presence_penalty: Annotated[
        float,
        Meta(
            title="Presence penalty",
            description="Taken from the logit of each token that was there at all; negative values favour it.",
            ge=-2.0,
            le=2.0,
            extra_json_schema={"step": 0.05, "group": "Repetition"},
        ),
    ] = 0.0
    frequency_penalty: Annotated[
        float,
        Meta(
            title="Frequency penalty",
            description="Taken from a token's logit once for each time it was there; negative values favour it.",
            ge=-2.0,
            le=2.0,
            extra_json_schema={"step": 0.05, "group": "Repetition"},
        ),
    ] = 0.0
    dry_multiplier: Annotated[
        float,
        Meta(
            title="DRY strength",
            description="How strongly a sequence of tokens that was there before is kept from going on; 0 is off.",
            ge=0.0,
            le=5.0,
            extra_json_schema={"step": 0.05, "group": "DRY"},
        ),
    ] = 0.0
    dry_base: Annotated[
        float,
        Meta(
            title="DRY base",
            description="How much stronger DRY gets with each further token of the repeated sequence.",
            ge=1.0,
            le=4.0,
            extra_json_schema={"step": 0.05, "group": "DRY"},
        ),
    ] = 1.75
    dry_allowed_length: Annotated[
        int,
        Meta(
            title="DRY length",
            description="Repeated sequences up to this many tokens are left alone.",
            ge=1,
            le=64,
            extra_json_schema={"step": 1, "group": "DRY"},
        ),
    ] = 2
    dry_last_n: Annotated[
        int,
        Meta(
            title="DRY window",
            description="How many of the last tokens DRY looks at, the prompt's among them.",
            ge=1,
            le=LONGEST_WINDOW,
            extra_json_schema={"step": 1, "scale": "log", "group": "DRY"},
        ),
    ] = 2048
    dry_breakers: Annotated[
        tuple[Annotated[str, Meta(min_length=1, max_length=100)], ...],
        Meta(
            title="DRY breakers",
            description="Texts that end a sequence: what stands before them does not count as a repetition.",
            max_length=32,
            extra_json_schema={"group": "DRY"},
        ),
    ] = ("\n", ":", '"', "*")
    top_n_sigma: Annotated[
        float,
        Meta(
            title="Top-n-sigma",
            description="Keeps tokens whose logit is at most n standard deviations below the highest; 0 keeps all.",
            ge=0.0,
            le=5.0,
            extra_json_schema={"step": 0.05, "group": "More filters"},
        ),
    ] = 0.0
    typical_p: Annotated[
        float,
        Meta(
            title="Typical-p",
            description="Keeps the tokens that surprise as much as is usual here, until they add up to p; 1 keeps all.",
            ge=0.0,
            le=1.0,
            extra_json_schema={"step": 0.01, "group": "More filters"},
        ),
    ] = 1.0
    xtc_probability: Annotated[
        float,
        Meta(
            title="XTC probability",
            description="How often the likeliest choices are left out, so that a less usual one is taken; 0 is never.",
            ge=0.0,
            le=1.0,
            extra_json_schema={"step": 0.01, "group": "XTC"},
        ),
    ] = 0.0
    xtc_threshold: Annotated[
        float,
        Meta(
            title="XTC threshold",
            description="Of the tokens at least this likely, XTC leaves only the least likely one.",
            ge=0.0,
            le=0.5,
            extra_json_schema={"step": 0.01, "group": "XTC"},
        ),
    ] = 0.1
    dynatemp_range: Annotated[
        float,
        Meta(
            title="Dynamic range",
            description="How far the temperature moves up and down with how unsure the model is; 0 keeps it fixed.",
            ge=0.0,
            le=2.0,
            extra_json_schema={"step": 0.05, "group": "Dynamic temperature"},
        ),
    ] = 0.0
    dynatemp_exponent: Annotated[
        float,
        Meta(
            title="Dynamic exponent",
            description="Above 1 the temperature stays low for longer, below 1 it rises sooner.",
            ge=0.1,
            le=5.0,
            extra_json_schema={"step": 0.05, "group": "Dynamic temperature"},
        ),
    ] = 1.0
    mirostat: Annotated[
        int,
        Meta(
            title="Mirostat",
            description="Steers how surprising the text is, in place of all cuts; 0 is off, 1 and 2 are its versions.",
            ge=0,
            le=2,
            extra_json_schema={"step": 1, "group": "Mirostat"},
        ),
    ] = 0
    mirostat_tau: Annotated[
        float,
        Meta(
            title="Mirostat tau",
            description="The surprise that is aimed at, in bits for each token.",
            ge=0.1,
            le=10.0,
            extra_json_schema={"step": 0.1, "group": "Mirostat"},
        ),
    ] = 5.0
    mirostat_eta: Annotated[
        float,
        Meta(
            title="Mirostat eta",
            description="How fast it corrects itself.",
            ge=0.01,
            le=1.0,
            extra_json_schema={"step": 0.01, "group": "Mirostat"},
        ),
    ] = 0.1
    adaptive_target: Annotated[
        float,
        Meta(
            title="Adaptive-p target",
            description="Favours tokens about this likely, and corrects itself by those it took; 0 is off.",
            ge=0.0,
            le=1.0,
            extra_json_schema={"step": 0.01, "group": "Adaptive-p"},
        ),
    ] = 0.0
    adaptive_decay: Annotated[
        float,
        Meta(
            title="Adaptive-p memory",
            description="How long it remembers what it took: near 1 for long.",
            ge=0.0,
            le=0.99,
            extra_json_schema={"step": 0.01, "group": "Adaptive-p"},
        ),
    ] = 0.9
    begin_with: Annotated[
        str,
        Meta(
            title="Answers begin with",
            description="The model goes on from these words as if they were its own, and does not think before them.",
            max_length=2000,
            extra_json_schema={"group": "Words"},
        ),
    ] = ""
    stop: Annotated[
        tuple[Annotated[str, Meta(min_length=1, max_length=200)], ...],
        Meta(
            title="Stop strings",
            description="An answer ends before it would say one of these.",
            max_length=16,
            extra_json_schema={"group": "Words"},
        ),
    ] = ()
    logit_bias: Annotated[
        dict[Annotated[str, Meta(min_length=1, max_length=100)], Annotated[float, Meta(ge=-100.0, le=100.0)]],
        Meta(
            title="More and less likely words",
            description="Added to the logit of a word's token: 5 is a push, 100 forces it, -100 rules it out.",
            max_length=300,
            extra_json_schema={"step": 1, "group": "Words"},
        ),
    ] = {}
    banned: Annotated[
        tuple[Annotated[str, Meta(min_length=1, max_length=100)], ...],
        Meta(
            title="Banned words and phrases",
            description="Where an answer says one of these, it is taken back to there and goes on otherwise.",
            max_length=100,
            extra_json_schema={"group": "Words"},
        ),
    ] = ()
    grammar: Annotated[
        str,
        Meta(
            title="Grammar",
            description="Which texts are allowed at all, in llama.cpp's GBNF.",
            max_length=LONGEST_GRAMMAR,
            extra_json_schema={"group": "Answer format", "kind": "form"},
        ),
    ] = ""
    json_schema: Annotated[
        str,
        Meta(
            title="JSON Schema",
            description="The answer is JSON, with the fields and types that the schema asks for.",
            max_length=LONGEST_GRAMMAR,
            extra_json_schema={"group": "Answer format", "kind": "form"},
        ),
    ] = ""
    order: tuple[Step, ...] = CHAIN_ORDER

    def __post_init__(self) -> None:
        """Refuse an order that names a step twice; llama.cpp's order follows for those that are left out."""
        if len(set(self.order)) != len(self.order):
            raise ValueError("a step stands twice in the order")

    @property
    def used_thinking(self) -> Thinking:
        """Whether the model is to think: a grammar leaves no room for a thought."""
        return Thinking.OFF if self.grammar or self.json_schema else self.thinking

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every step of the chain, in the order that a person chose."""
        return (*self.order, *(step for step in CHAIN_ORDER if step not in self.order))


BASIC = ("temperature", "top_k", "top_p", "min_p", "max_tokens", "seed", "thinking")
"""What is shown where there is room for little."""

PRESETS: dict[str, dict[str, float | int]] = {
    N_("Precise"): {"temperature": 0.2, "top_p": 0.9},
    N_("Balanced"): {},
    N_("Creative"): {"temperature": 1.2, "top_p": 0.98, "min_p": 0.02},
    N_("Deterministic"): {"temperature": 0.0},
    N_("Brainstorm"): {"temperature": 1.5, "top_k": 0, "top_p": 1.0, "min_p": 0.1, "presence_penalty": 0.5},
}
"""Named settings, each as its differences from the defaults; `domain.presets` says what they leave alone."""


_FORMS = ("grammar", "json_schema")
"""What an answer is kept to: one of them, since the other would never be looked at."""


def with_changes(base: Sampling, changes: dict[str, object]) -> Sampling:
    """Return `base` with `changes` applied and every bound checked; a grammar takes the place of a schema, and back.

    Raises msgspec.ValidationError for a value out of bounds or an unknown name's wrong type.
    """
    form = dict.fromkeys(_FORMS, "") if any(changes.get(name) for name in _FORMS) else {}
    return msgspec.convert({**msgspec.structs.asdict(base), **form, **changes}, Sampling)


class Parameter(msgspec.Struct, frozen=True):
    """One sampling parameter as its declaration describes it."""

    name: str
    title: str
    description: str
    kind: type[int] | type[float]
    least: float
    most: float


@functools.cache
def parameters() -> tuple[Parameter, ...]:
    """Return every parameter that is a number, in the order of declaration."""
    found = []
    for field in msgspec.inspect.type_info(Sampling).fields:  # type: ignore[attr-defined]
        kinds = field.type.types if isinstance(field.type, msgspec.inspect.UnionType) else (field.type,)
        described = next((kind for kind in kinds if isinstance(kind, msgspec.inspect.Metadata)), None)
        if described is None or not isinstance(described.type, msgspec.inspect.IntType | msgspec.inspect.FloatType):
            continue
        schema, number = described.extra_json_schema or {}, described.type
        kind = int if isinstance(number, msgspec.inspect.IntType) else float
        assert number.ge is not None
        assert number.le is not None
        found.append(Parameter(field.name, schema["title"], schema["description"], kind, number.ge, number.le))
    return tuple(found)
