"""Templates and personas in another language: every text of theirs, and nothing that a program reads."""

from pathlib import Path

import pytest

from desktop_app.domain.personas import parse_persona
from desktop_app.domain.prompt_templates import parse_template
from desktop_app.domain.translated_files import translated_persona, translated_template

RESOURCES = Path(__file__).resolve().parents[3] / "resources"
TEMPLATES = sorted((RESOURCES / "templates").rglob("*.md"))
PERSONAS = sorted((RESOURCES / "personas").glob("*.md"))
CHOICE = """+++
title = "Sum up"
tags = ["texts"]

[placeholders.depth]
type = "choice"
choices = ["short", "thorough"]
default = "short"

[placeholders.due]
type = "date"
default = "today+14"

[[examples]]
user = "Question"
assistant = "Answer"
+++
Sum it up.
{% if depth == "thorough" %}
Leave nothing out.
{% endif %}
{{ depth }} {{ due }} {{ other }}
"""


def shouted(text: str) -> str:
    """Return a text as another language might have it; what stands in brackets stays."""
    return f"»{text}«"


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.stem)
def test_a_template_without_translation_stays_as_it_is(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert translated_template(text, lambda words: words) == text


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.stem)
def test_all_of_a_template_is_translated(file: Path) -> None:
    before = parse_template(file.read_text(encoding="utf-8"))
    after = parse_template(translated_template(file.read_text(encoding="utf-8"), shouted))
    assert (after.title, after.description) == (shouted(before.title), shouted(before.description))
    assert after.body.startswith("»")
    assert [each.name for each in after.placeholders] == [each.name for each in before.placeholders]
    assert all(each.label.startswith("»") for each in after.placeholders)
    assert [each.type for each in after.placeholders] == [each.type for each in before.placeholders]
    assert all(not each.choices or each.default in ("", *each.choices) for each in after.placeholders)


def test_a_test_of_a_choice_follows_the_choice() -> None:
    after = parse_template(translated_template(CHOICE, shouted))
    assert '{% if depth == "»thorough«" %}' in after.body
    depth, due, other = after.placeholders
    assert (depth.choices, depth.default) == (("»short«", "»thorough«"), "»short«")
    assert (due.default, other.label) == ("today+14", "»Other«")
    assert after.examples[0].assistant == "»Answer«"
    assert after.tags == ("»texts«",)


@pytest.mark.parametrize("file", PERSONAS, ids=lambda file: file.stem)
def test_all_of_a_persona_is_translated(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert translated_persona(text, lambda words: words) == text
    before, after = parse_persona(text, "").persona, parse_persona(translated_persona(text, shouted), "").persona
    assert (after.name, after.prompt) == (shouted(before.name), shouted(before.prompt))
    assert after.questions == tuple(map(shouted, before.questions))
    assert after.templates == tuple(map(shouted, before.templates))
    assert (after.sampling, after.picture) == (before.sampling, before.picture)
