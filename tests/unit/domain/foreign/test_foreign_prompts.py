"""Prompts of Open WebUI as templates: what they ask for, and text that only looks like a tag."""

import json

import jinja2
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.domain.foreign.prompts import NoPromptsError, foreign_prompts
from desktop_app.domain.prompt_templates import (
    Placeholder,
    PlaceholderType,
    PromptTemplate,
    format_template,
    parse_template,
)


def one(content: str, **more: object) -> PromptTemplate:
    (found,) = foreign_prompts(json.dumps([{"command": "/essay", "content": content, **more}]).encode())
    return found


def filled(template: PromptTemplate, **given_values: object) -> str:
    return jinja2.Environment(autoescape=False).from_string(template.body).render(**given_values)


def test_what_a_prompt_asks_for() -> None:
    template = one(
        'Write about {{topic}} for {{ who to reach | select:options=["children", "experts"]:default="experts" }}, '
        '{{length | number:min=100:max=900:default=300:required}} words, by {{CURRENT_DATE}}. '
        '{{notes | textarea:placeholder="Anything: else"}} {{CLIPBOARD}} {{USER_NAME}} {{topic}}',
        title="Essay",
    )  # fmt: skip
    assert template.title == "Essay"
    assert template.placeholders == (
        Placeholder(name="topic"),
        Placeholder(
            name="who_to_reach",
            type=PlaceholderType.CHOICE,
            choices=("children", "experts"),
            default="experts",
            optional=True,
        ),
        Placeholder(name="length", type=PlaceholderType.NUMBER, default=300, least=100, most=900),
        Placeholder(name="CURRENT_DATE", type=PlaceholderType.DATE, default="today"),
        Placeholder(name="notes", type=PlaceholderType.LONG_TEXT, help="Anything: else", optional=True),
        Placeholder(name="CLIPBOARD", type=PlaceholderType.CLIPBOARD),
        Placeholder(name="USER_NAME"),
    )
    again = parse_template(format_template(template))
    assert again == msgspec.structs.replace(template, body_line=again.body_line)
    assert filled(template, topic="bees").startswith("Write about bees for ")


def test_what_only_looks_like_a_tag_stays_as_it_is() -> None:
    words = "100 {% of {# it #} and {{ }} or {{{a}}} and %} {{ 日本 }}"
    template = one(words)
    assert [each.name for each in template.placeholders] == ["a"]
    assert filled(template, a="x") == words.replace("{{{a}}}", "{x}")
    for words in ("{}}", "{{}", "}}}{", "{ {a}}", "## Title\n{x: 1}", "%}}{%"):
        assert filled(one(words)) == words
    assert one("## Title\n{x: 1}").body == "## Title\n{x: 1}"
    assert one("{{if}} {{1st}}").body == "{{ if_ }} {{ _1st }}"


def test_titles_and_what_is_no_prompt() -> None:
    assert one("Hello").title == "essay"
    assert one("Hello", name="A name").title == "A name"
    for content in (b"", b"[]", b'[{"command": "/x", "content": " "}]', b'{"title": "x"}', b"\xff", b"[" * 100_000):
        with pytest.raises(NoPromptsError):
            foreign_prompts(content)


words = st.text(st.sampled_from("{}%#|:=\"'[] a1_\n\\日,.-"), max_size=60)
parts = st.one_of(
    words,
    st.sampled_from(
        ["{{a}}", "{{b | select:options=[]}}", "{{c | number:min=9:max=1:default=x}}", "{{d|date:default=soon}}",
         "{{e | text:default=true}}", "{{f | number:default=5:min=1}}", '{{g | select:options=["x"]:default="y"}}'],
    ),
)  # fmt: skip


@given(st.lists(parts, min_size=1, max_size=8).map("".join).filter(str.strip))
def test_every_prompt_becomes_a_template_that_can_be_filled_in(content: str) -> None:
    template = one(content)
    again = parse_template(format_template(template))
    assert again.placeholders == template.placeholders
    filled(again, **{each.name: "x" for each in again.placeholders})


@given(words.filter(str.strip))
def test_a_prompt_without_variables_stays_word_for_word(content: str) -> None:
    template = one(content)
    if not template.placeholders:
        assert filled(template) == content.strip("\n")
