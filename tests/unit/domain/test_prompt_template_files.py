"""Template files read and written: what a person may write, and what they are told where it is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, meta

from desktop_app.domain.errors import ErrorCode, TemplateFileError
from desktop_app.domain.examples import Example
from desktop_app.domain.prompt_templates import (
    MOST_PLACEHOLDERS,
    Placeholder,
    PlaceholderType,
    PromptTemplate,
    format_template,
    missing_names,
    parse_template,
    retitled,
)
from desktop_app.domain.template_names import used_names

WHOLE = '''+++
title = "Translate"
description = "Into another language."
folder = "Translating"
tags = ["language", "letters"]
system = "You translate into {{ language }}."

[placeholders.text]
type = "long_text"
help = "What is to be translated."

[placeholders.language]
type = "choice"
choices = ["German", "French"]
default = "French"

[placeholders.length]
type = "number"
default = 3
most = 9
optional = true

[[examples]]
user = "Hello"
assistant = """
Bonjour,
vous"""
+++

Translate for {{ reader }}.
{{ text }}
'''


def fault(text: str) -> tuple[int, str]:
    with pytest.raises(TemplateFileError) as caught:
        parse_template(text)
    assert caught.value.code is ErrorCode.PROMPT_TEMPLATE_INVALID
    line, problem = caught.value.info.params["line"], caught.value.info.params["problem"]
    assert isinstance(line, int)
    return line, str(problem)


def test_everything_that_a_file_can_say() -> None:
    template = parse_template(WHOLE)
    assert (template.title, template.folder, template.tags) == ("Translate", "Translating", ("language", "letters"))
    names = [placeholder.name for placeholder in template.placeholders]
    assert names == ["text", "language", "length", "reader"]  # the one that is only used comes last, as a text
    kinds = [placeholder.type.value for placeholder in template.placeholders]
    assert kinds == ["long_text", "choice", "number", "text"]
    assert template.examples == (Example("Hello", "Bonjour,\nvous"),)
    assert template.body == "Translate for {{ reader }}.\n{{ text }}"
    assert WHOLE.split("\n")[template.body_line - 1] == "Translate for {{ reader }}."


def test_a_file_without_a_head_is_a_prompt() -> None:
    template = parse_template("Say {{ this }}.\n", title="hello", folder="Notes")
    assert (template.title, template.folder, template.body, template.body_line) == (
        "hello",
        "Notes",
        "Say {{ this }}.",
        1,
    )
    assert template.placeholders == (Placeholder(name="this"),)


def test_windows_line_ends_and_a_byte_order_mark() -> None:
    assert parse_template("\ufeff" + WHOLE.replace("\n", "\r\n")) == parse_template(WHOLE)


@pytest.mark.parametrize(
    ("wrong", "line", "words"),
    [
        ("+++\ntitle = 'x'\nbody", 1, "second +++"),
        ("+++\ntitle = \n+++\nx", 2, "A value is missing"),
        ("+++\ntitle = 'a'\n\ntags = [1]\n+++\nx", 4, "Expected `str`"),
        ("+++\ntitle = 'a'\n[placeholders.a]\n[placeholders.b]\ntype = 'colour'\n+++\nx", 5, "Invalid enum value"),
        ("+++\n[placeholders.a]\ntype = 'choice'\n+++\nx", 2, "has no choices"),
        ("+++\n[placeholders.a]\ntype = 'choice'\nchoices = ['u']\ndefault = 'v'\n+++\nx", 2, "not one of its choices"),
        ("+++\n[placeholders.a]\ntype = 'number'\ndefault = 'v'\n+++\nx", 2, "not a number"),
        ("+++\n[placeholders.a]\ntype = 'number'\nleast = 9\nmost = 1\n+++\nx", 2, "There is no number between"),
        ("+++\n[placeholders.'a b']\n+++\nx", 2, "cannot be used as a name"),
        ("+++\nx = " + "[" * 5000 + "\n+++\nx", 2, ""),
        ("+++\ntitle = 'x'\n+++\n \n", 4, "no prompt"),
    ],
)  # fmt: skip
def test_mistakes_are_told_with_their_line(wrong: str, line: int, words: str) -> None:
    found, problem = fault(wrong)
    assert found == line
    assert words in problem


def test_a_thousand_placeholders_are_refused() -> None:
    _line, problem = fault("\n".join(f"{{{{ name_{place} }}}}" for place in range(1000)))
    assert "1000 placeholders" in problem
    fits = parse_template(" ".join(f"{{{{ n{place} }}}}" for place in range(MOST_PLACEHOLDERS)))
    assert len(fits.placeholders) == MOST_PLACEHOLDERS


texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)
lines_of_words = st.text(st.sampled_from('abc é"\\+{}%\n'), min_size=1, max_size=60).filter(lambda text: text.strip())


@given(title=texts, system=texts, tags=st.lists(texts, max_size=3), body=lines_of_words, question=texts)
def test_what_is_written_reads_the_same(title: str, system: str, tags: list[str], body: str, question: str) -> None:
    template = PromptTemplate(
        title=title,
        body=body,
        system=system,
        tags=tuple(tags),
        placeholders=(
            Placeholder(name="one", type=PlaceholderType.CHOICE, choices=("a", "b\n"), default="a", optional=True),
            Placeholder(name="two", type=PlaceholderType.NUMBER, default=2.5, step=0.5, help=title),
        ),
        examples=(Example(question, title),),
    )
    read = parse_template(format_template(template))
    again = parse_template(format_template(read))
    assert without_places(again) == without_places(read)
    assert read.title == " ".join(title.split())
    assert read.system == system.replace("\r\n", "\n").strip()
    assert read.tags == tuple(tags)
    assert read.examples == template.examples
    assert read.placeholders[:2] == template.placeholders


def without_places(template: PromptTemplate) -> tuple[object, ...]:
    return tuple(getattr(template, name) for name in template.__struct_fields__ if not name.endswith("_line"))


def test_another_title_leaves_the_rest() -> None:
    changed = retitled(WHOLE, 'A "new" one')
    assert parse_template(changed).title == 'A "new" one'
    assert changed.split("\n")[2:] == WHOLE.split("\n")[2:]
    assert parse_template(retitled("Only a prompt", "Titled")).title == "Titled"
    assert parse_template(retitled("+++\n[placeholders.a]\n+++\n{{ a }}", "Titled")).title == "Titled"


def test_what_has_no_value_is_named() -> None:
    template = parse_template(WHOLE)
    assert missing_names(template, {"text": " ", "language": "French"}) == ("text", "reader")
    assert missing_names(template, {"text": "x", "language": "French", "reader": "me"}) == ()


@pytest.mark.parametrize(
    "body",
    [
        "{{ a }} {{ b | upper }} {{ c.d }} {{ e['f'] }}",
        "{% if a and not b or c == 'd e' %}{{ f }}{% elif g is defined %}x{% endif %}",
        "{% for each in items %}{{ loop.index }} {{ each }}{% endfor %}",
        "{% for a, b in pairs.items() %}{{ a }}{{ b }}{% endfor %}",
        "{% set x = a ~ b %}{{ x }}",
        "{%- if a -%}{{- b -}}{%- endif -%}",
        "{# {{ hidden }} #}{% raw %}{{ shown }}{% endraw %}{{ real }}",
        "{{ text.split('\\n') | map('trim') | join(sep) }}",
        "{{ a if b else 'c' }} {{ [d, e] }} {{ {'k': f} }}",
        "{{ range(n) | list }} {{ 1.5 }} {{ true }}",
        "{% macro row(cell) %}{{ cell }}{% endmacro %}{{ row(a) }}",
        "no tags, { one } {brace",
    ],
)
def test_the_names_are_those_that_jinja_finds(body: str) -> None:
    expected = meta.find_undeclared_variables(Environment().parse(body)) - {"range"}
    assert set(used_names(body)) == expected


def test_a_look_at_hostile_text_ends() -> None:
    for text in ("{{" * 100_000, "{%" * 100_000, "{# " * 80_000, "{{ '" * 60_000 + "}}", "{% raw %}" * 30_000):
        assert used_names(text) == ()
