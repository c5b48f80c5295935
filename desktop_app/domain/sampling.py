"""Sampling parameters: name, default, bounds and help of each, declared once.

The panel, the presets, the command line, the documentation and the wire derive from these fields.
Titles and descriptions are English message ids: whoever shows them passes them through gettext.
"""

from typing import Annotated

import msgspec
import msgspec.inspect
from msgspec import Meta

SEED_MAX = 2**32 - 2
"""The largest seed; llama.cpp keeps 2**32 - 1 (LLAMA_DEFAULT_SEED) for 'choose one'."""


class Sampling(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the next token is chosen. `extra_json_schema` gives a control its `step` and `scale`."""

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


CHAIN_ORDER = ("top_k", "top_p", "min_p", "temperature")
"""The order in which the samplers cut and reshape the distribution; llama.cpp's own order."""

PRESETS: dict[str, dict[str, float | int]] = {
    "Precise": {"temperature": 0.2, "top_p": 0.9},
    "Balanced": {},
    "Creative": {"temperature": 1.2, "top_p": 0.98, "min_p": 0.02},
}
"""Named settings, each as its differences from the defaults."""


def with_changes(base: Sampling, changes: dict[str, object]) -> Sampling:
    """Return `base` with `changes` applied and every bound checked.

    Raises msgspec.ValidationError for a value out of bounds or an unknown name's wrong type.
    """
    return msgspec.convert({**msgspec.structs.asdict(base), **changes}, Sampling)


class Parameter(msgspec.Struct, frozen=True):
    """One sampling parameter as its declaration describes it."""

    name: str
    title: str
    description: str
    kind: type[int] | type[float]
    least: float
    most: float


def parameters() -> tuple[Parameter, ...]:
    """Return every parameter, in the order of declaration."""
    found = []
    for field in msgspec.inspect.type_info(Sampling).fields:  # type: ignore[attr-defined]
        kinds = field.type.types if isinstance(field.type, msgspec.inspect.UnionType) else (field.type,)
        described = next(kind for kind in kinds if isinstance(kind, msgspec.inspect.Metadata))
        schema, number = described.extra_json_schema or {}, described.type
        assert isinstance(number, msgspec.inspect.IntType | msgspec.inspect.FloatType)
        kind = int if isinstance(number, msgspec.inspect.IntType) else float
        assert number.ge is not None
        assert number.le is not None
        found.append(Parameter(field.name, schema["title"], schema["description"], kind, number.ge, number.le))
    return tuple(found)
