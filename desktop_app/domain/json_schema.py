"""What a JSON Schema asks for that no grammar made of it can keep, and where it is wrong."""

import json
import json.decoder
import json.scanner
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from desktop_app.domain.flaws import Flaw, flaw_at
from desktop_app.support.i18n import N_

LOST = frozenset(
    (
        "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "uniqueItems", "contains",
        "not", "if", "then", "else", "patternProperties", "propertyNames", "minProperties", "maxProperties",
        "dependentRequired", "dependentSchemas", "unevaluatedProperties", "unevaluatedItems",
    )
)  # fmt: skip
"""Keywords of JSON Schema 2020-12 that llama.cpp's converter passes over without a word."""
TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
_NAMED = ("properties", "$defs", "definitions")
_DATA = ("const", "enum", "default", "examples")

_PROBLEMS = {
    "Unterminated string starting at": N_("A text has no closing quotation mark"),
    "Expecting property name enclosed in double quotes": N_("A name in double quotation marks is missing"),
    "Expecting ':' delimiter": N_("A colon is missing"),
    "Expecting ',' delimiter": N_("A comma is missing"),
    "Expecting value": N_("A value is missing"),
    "Extra data": N_("There is more after its end"),
    "Invalid control character at": N_("A text contains a line break or another control character"),
    "Illegal trailing comma before end of object": N_("There is a comma before the end"),
    "Illegal trailing comma before end of array": N_("There is a comma before the end"),
}
"""What Python's reader says, in words that can be translated."""


def lost_keywords(schema: object) -> set[str]:
    """Return the keywords of a parsed schema that would be passed over."""
    return {name for part in _schemas(schema) for name in part if name in LOST}


def schema_flaw(text: str) -> Flaw | None:
    """Return the first thing that is wrong with a schema, None where the converter can be asked for the rest."""
    try:
        schema, places = _read(text)
    except json.JSONDecodeError as error:
        return flaw_at(text, error.pos, N_("This is not JSON: {problem}."), problem=_PROBLEMS.get(error.msg, error.msg))
    except RecursionError:
        return Flaw(words=N_("It is nested too deep."))
    if not isinstance(schema, dict):
        return flaw_at(text, 0, N_("A schema is an object: it begins with “{{”."))
    for part in sorted(_schemas(schema), key=lambda part: places.get(id(part), 0)):
        found = _flaw_of(part, schema)
        if found is not None:
            name, words, params = found
            at = text.find(json.dumps(name), places.get(id(part), 0))
            return flaw_at(text, max(at, 0), words, **params)
    return None


def _flaw_of(part: Mapping[str, object], root: object) -> tuple[str, str, dict[str, str]] | None:
    """Return the keyword of one schema that is wrong, the words for it and their parameters."""
    lost = next((name for name in part if name in LOST), None)
    if lost is not None:
        return lost, N_("“{keyword}” cannot be enforced while an answer is written. Remove it."), {"keyword": lost}
    kinds = part.get("type", [])
    for kind in (kinds,) if isinstance(kinds, str) else kinds if isinstance(kinds, list) else (None,):
        if kind not in TYPES:
            return "type", N_("A type is one of {types}."), {"types": ", ".join(TYPES)}
    reference = part.get("$ref")
    if reference is not None and not _leads_somewhere(reference, root):
        return "$ref", N_("“$ref” leads nowhere: it has to name a part of this schema, as “#/$defs/name” does."), {}
    pattern = part.get("pattern")
    if pattern is not None and not (isinstance(pattern, str) and pattern.startswith("^") and pattern.endswith("$")):
        return "pattern", N_("A pattern begins with “^” and ends with “$”."), {}
    return None


def _leads_somewhere(reference: object, root: object) -> bool:
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return False
    target = root
    for name in reference[2:].split("/"):
        if not isinstance(target, Mapping) or name not in target:
            return False
        target = target[name]
    return True


def _read(text: str) -> tuple[object, dict[int, int]]:
    """Parse `text`, and return where each object in it begins, by its id; raises JSONDecodeError."""
    places: dict[int, int] = {}

    def parse_object(begin: tuple[str, int], *rest: Any) -> tuple[Any, int]:
        value, end = json.decoder.JSONObject(begin, *rest)  # type: ignore[attr-defined]
        places[id(value)] = begin[1] - 1
        return value, end

    decoder = json.JSONDecoder()
    decoder.parse_object = parse_object  # type: ignore[attr-defined]
    decoder.scan_once = json.scanner.py_make_scanner(decoder)  # type: ignore[attr-defined]
    return decoder.decode(text), places


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
