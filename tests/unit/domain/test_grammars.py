"""What is said of a grammar or a schema before llama.cpp has it, and where."""

import pytest

from desktop_app.domain.flaws import flaw_at
from desktop_app.domain.gbnf import grammar_flaw
from desktop_app.domain.json_schema import lost_keywords, schema_flaw

GOOD_GRAMMARS = [
    'root ::= "a"',
    'root::="a"',
    '# a comment\n\nroot ::= ("a" ("b" | ("c")))\r\n',
    'root ::= "((((" [(((] ("a")',
    'root ::= "\\"((" ("a") # (((((\n',
    'root ::= (\n[a-z]+\n| .\n) x-1*\nx-1 ::=\n  [^\\x00-\\u00ff\\]]{2 , 3} | ""',
    'root ::= "a" | | "b"',
    'root ::= "a"++ <[7]> !<think>',
    'root ::= "x" root | "y"',
    'root ::= ("a" | "b" root) tail\ntail ::= "c"',
]
BAD_GRAMMARS = [
    ("", 1, 1, "no rule called root"),
    ('answer ::= "yes"', 1, 1, "no rule called root"),
    ('root ::= "a" other\nthird ::= nowhere', 1, 14, "other"),
    ('root ::= "open', 1, 10, "closing quotation"),
    ("root ::= [\\\\", 1, 10, "not closed"),
    ('root ::= "\\q"', 1, 11, "only these"),
    ('root ::= "\\x4"', 1, 11, "only these"),
    ('root = "a"', 1, 6, "::="),
    ('root\n::= "a"', 1, 5, "::="),
    ('root ::= "b"\nx_y ::= "a"', 2, 2, "::="),
    ('root ::= ("a"', 1, 10, "not closed"),
    ('root ::= "a" )', 1, 14, "does not belong here"),
    ('root ::= "a"root ::= "b"', 1, 18, "does not belong here"),
    ('root ::= "a"\n  | "b"', 2, 3, "name"),
    ('root ::= * "a"', 1, 10, "to be repeated"),
    ('root ::= "a"{3,1}', 1, 13, "smaller"),
    ('root ::= "a"{}', 1, 13, "{2,5}"),
    ('root ::= "a"{,3}', 1, 13, "{2,5}"),
    ('root ::= "a"{2', 1, 13, "{2,5}"),
    ('root ::= "a"{3000}', 1, 13, "2000"),
    ('root ::= "a"{1,9999999999999999999}', 1, 13, "2000"),
    ('root ::= (("a"{2000}){2000}){2000}', 1, 28, "too much"),
    ('root ::= !"a"', 1, 10, "token"),
    ("root ::= root", 1, 10, "begins with itself"),
    ('root ::= "q" | a\na ::= (b "x")\nb ::= a "y"', 3, 7, "begins with itself"),
    ("root ::= " + "(" * 90_000, 1, 210, "deep"),
    ("root ::= \x00", 1, 10, "zero"),
]


@pytest.mark.parametrize("grammar", GOOD_GRAMMARS)
def test_a_grammar_that_llama_cpp_takes_has_no_flaw(grammar: str) -> None:
    assert grammar_flaw(grammar) is None


@pytest.mark.parametrize(("grammar", "line", "column", "words"), BAD_GRAMMARS)
def test_the_place_of_what_is_wrong_with_a_grammar(grammar: str, line: int, column: int, words: str) -> None:
    flaw = grammar_flaw(grammar)
    assert flaw is not None
    assert (flaw.line, flaw.column) == (line, column), flaw
    assert words in flaw.words.format(**flaw.params)


@pytest.mark.parametrize(
    ("schema", "line", "column", "words"),
    [
        ("", 1, 1, "not JSON"),
        ('{\n "type": "object",\n}', 3, 1, "not JSON"),
        ('{"type": "object', 1, 10, "A text has no closing quotation mark"),
        ('{"type" "object"}', 1, 9, "A colon is missing"),
        ('{"type": }', 1, 10, "A value is missing"),
        ('{"type": "object"} x', 1, 20, "There is more after its end"),
        ("[]", 1, 1, "object"),
        ("17", 1, 1, "object"),
        ('{"type": "nonsense"}', 1, 2, "array, boolean"),
        ('{"items":\n {"type": ["string", "foo"]}}', 2, 3, "array, boolean"),
        ('{"$ref": "https://example.com/schema.json"}', 1, 2, "leads nowhere"),
        ('{"$ref": "#/nowhere"}', 1, 2, "leads nowhere"),
        ('{"type": "string", "pattern": "^(a"}', 1, 20, "pattern"),
        ('{"properties": {"maximum": {"type": "integer",\n "maximum": 3}}}', 2, 2, "“maximum” cannot be enforced"),
        ('{"properties": ' * 3000 + "{}" + "}" * 3000, 0, 0, "too deep"),
    ],
)
def test_the_place_of_what_is_wrong_with_a_schema(schema: str, line: int, column: int, words: str) -> None:
    flaw = schema_flaw(schema)
    assert flaw is not None
    assert (flaw.line, flaw.column) == (line, column), flaw
    assert words in flaw.words.format(**flaw.params)


@pytest.mark.parametrize(
    "schema",
    [
        "{}",
        '{"type": "object", "properties": {"type": {"type": "string", "pattern": "^a$"}, "not": {"const": {"if": 1}}}}',
        '{"$defs": {"name": {"type": "string"}}, "items": {"$ref": "#/$defs/name"}}',
    ],
)
def test_a_schema_that_can_be_kept_has_no_flaw(schema: str) -> None:
    assert schema_flaw(schema) is None


def test_places_are_counted_from_one() -> None:
    assert [(flaw_at("ab\nc", at, "").line, flaw_at("ab\nc", at, "").column) for at in range(5)] == [
        (1, 1), (1, 2), (1, 3), (2, 1), (2, 2),
    ]  # fmt: skip


def test_keywords_that_would_be_passed_over() -> None:
    schema = {
        "properties": {"minimum": {"type": "integer", "maximum": 3}, "not": {"const": {"if": 1}}},
        "items": [{"uniqueItems": True}],
        "anyOf": [{"$defs": {"contains": {"not": {}}}}],
        "enum": [{"then": 1}],
    }
    assert lost_keywords(schema) == {"maximum", "uniqueItems", "not"}
    assert lost_keywords({"type": "object", "properties": {"a": {"type": "string", "maxLength": 3}}}) == set()
