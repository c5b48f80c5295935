"""What is looked at in a grammar or a schema before llama.cpp has it."""

import pytest

from desktop_app.domain.gbnf import nesting
from desktop_app.domain.json_schema import lost_keywords


@pytest.mark.parametrize(
    ("grammar", "depth"),
    [
        ("", 0),
        ('root ::= "a"', 0),
        ('root ::= ("a" ("b" | ("c")))', 3),
        ('root ::= "((((" [(((] ("a")', 1),
        ('root ::= "\\"((" ("a") # (((((\n', 1),
        ("root ::= " + "(" * 5000, 5000),
        ("))))((", 0),
    ],
)
def test_nesting(grammar: str, depth: int) -> None:
    assert nesting(grammar) == depth


def test_keywords_that_would_be_passed_over() -> None:
    schema = {
        "properties": {"minimum": {"type": "integer", "maximum": 3}, "not": {"const": {"if": 1}}},
        "items": [{"uniqueItems": True}],
        "anyOf": [{"$defs": {"contains": {"not": {}}}}],
        "enum": [{"then": 1}],
    }
    assert lost_keywords(schema) == {"maximum", "uniqueItems", "not"}
    assert lost_keywords({"type": "object", "properties": {"a": {"type": "string", "maxLength": 3}}}) == set()
