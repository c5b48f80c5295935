"""What a JSON Schema asks for that no grammar made of it can keep."""

from collections.abc import Iterator, Mapping, Sequence

LOST = frozenset(
    (
        "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "uniqueItems", "contains",
        "not", "if", "then", "else", "patternProperties", "propertyNames", "minProperties", "maxProperties",
        "dependentRequired", "dependentSchemas", "unevaluatedProperties", "unevaluatedItems",
    )
)  # fmt: skip
"""Keywords of JSON Schema 2020-12 that llama.cpp's converter passes over without a word."""
_NAMED = ("properties", "$defs", "definitions")
_DATA = ("const", "enum", "default", "examples")


def lost_keywords(schema: object) -> set[str]:
    """Return the keywords of a parsed schema that would be passed over."""
    return {name for part in _schemas(schema) for name in part if name in LOST}


def _schemas(value: object) -> Iterator[Mapping[str, object]]:
    """Walk over a schema and all in it; names of properties and plain values are none."""
    pending = [value]
    while pending:
        part = pending.pop()
        if isinstance(part, Mapping):
            yield part
            for name, inside in part.items():
                if name in _NAMED and isinstance(inside, Mapping):
                    pending.extend(inside.values())
                elif name not in _DATA:
                    pending.append(inside)
        elif isinstance(part, Sequence) and not isinstance(part, str):
            pending.extend(part)
