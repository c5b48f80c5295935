"""Templates while they are written in a form: nothing of a file is lost, and placeholders come and go with the prompt."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.domain.examples import Example
from desktop_app.domain.prompt_templates import (
    Placeholder,
    PlaceholderType,
    PromptTemplate,
    format_template,
    parse_template,
    read_unchecked,
)
from desktop_app.domain.template_drafts import (
    PROMPT,
    TITLE,
    TemplateDraft,
    draft_of,
    has_open_tag,
    place_of,
    without_lines,
)
from desktop_app.support.paths import resources

BUNDLED = sorted((resources() / "templates").rglob("*.md"))
HEADED = '+++\ntitle = "Letter"\n[placeholders.name]\nlabel = "To"\n+++\nTo {{ name }}.\n'


def draft(text: str) -> TemplateDraft:
    found = draft_of(text)
    assert found is not None
    return found


@pytest.mark.parametrize("file", BUNDLED, ids=lambda file: file.stem)
def test_what_comes_with_the_app_is_shown_whole_and_written_the_same(file) -> None:
    text = file.read_text(encoding="utf-8")
    shown = draft(text)
    assert shown.unused == frozenset()
    again = shown.with_prompt(shown.template.body)
    assert again == shown
    assert without_lines(parse_template(format_template(again.template))) == without_lines(parse_template(text))


words = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
names = st.sampled_from(["one", "two", "three", "four"])
prompts = st.lists(
    st.one_of(
        st.sampled_from(["{{ one }}", "{% if two %}", "{% endif %}", "{{ three | upper }}", "\n", "+++", '"""', "{", "}}", "#"]),
        st.text(st.sampled_from('abc é"\\\n '), max_size=12),
    ),
    min_size=1,
    max_size=8,
).map("".join)  # fmt: skip
placeholders = st.builds(
    Placeholder,
    name=names,
    type=st.sampled_from(PlaceholderType),
    label=words,
    help=words,
    default=st.one_of(words, st.integers(-(2**40), 2**40), st.floats(allow_nan=False)),
    choices=st.lists(words, max_size=3).map(tuple),
    optional=st.booleans(),
    least=st.floats(-100, 100),
)
templates = st.builds(
    PromptTemplate,
    title=words.map(lambda text: " ".join(text.split())),
    description=words.map(lambda text: " ".join(text.split())),
    body=prompts,
    system=words,
    tags=st.lists(words, max_size=2).map(tuple),
    placeholders=st.lists(placeholders, max_size=4, unique_by=lambda each: each.name).map(tuple),
    examples=st.lists(st.builds(Example, words, words), max_size=2).map(tuple),
)


@given(templates, st.lists(prompts, max_size=4), placeholders)
def test_what_is_written_in_a_form_reads_the_same(
    template: PromptTemplate, bodies: list[str], changed: Placeholder
) -> None:
    shown = draft_of(format_template(template))
    if shown is None:
        assert has_open_tag(template.body) or has_open_tag(template.system)
        return
    for body in ("", *bodies):
        shown = shown.with_prompt(body) if body else shown
        shown = shown.with_placeholder(changed)
        if not has_open_tag(shown.template.body):
            read = read_unchecked(format_template(shown.template))
            assert without_lines(read) == without_lines(shown.template)
            assert draft_of(format_template(shown.template)) is not None


@pytest.mark.parametrize(
    "text",
    [
        HEADED.replace("[", "# a comment\n[", 1),
        HEADED.replace('"To"', '"To" # a comment'),
        HEADED.replace("label", "lable"),
        HEADED.replace("title", "heading"),
        HEADED + "{{ name",
        "+++\ntitle = 3\n+++\nx",
        "+++\ntitle",
        '+++\n[[examples]]\nuser = "a"\nassistant = "b"\nmood = "c"\n+++\nx',
    ],
)
def test_what_a_form_would_lose_is_not_shown_in_it(text: str) -> None:
    assert draft_of(text) is None


def test_a_sign_within_a_text_is_no_comment() -> None:
    for text in ('"#1"', '"""\n#\\"""" """"', "'# \"'", "'''\n#'''"):
        whole = HEADED.replace('"To"', text.replace('" """"', '"""'))
        assert draft(whole).template.placeholders[0].label.strip(), text


def test_placeholders_come_and_go_with_the_prompt_and_are_remembered() -> None:
    shown = draft(HEADED).with_prompt("To {{ name }}, from {{ sender }}.")
    assert [each.name for each in shown.template.placeholders] == ["name", "sender"]
    shown = shown.with_placeholder(Placeholder(name="sender", type=PlaceholderType.LONG_TEXT))
    gone = shown.with_prompt("To {{ name }}, from {{ send")
    assert gone.template.placeholders == shown.template.placeholders, "a tag is being written"
    gone = gone.with_prompt("From me.")
    assert gone.template.placeholders == ()
    assert gone.with_prompt("From {{ sender }}.").template.placeholders == (shown.template.placeholders[1],)
    read = draft_of("From me.", gone.known)
    assert read is not None
    back = read.with_prompt("{{ sender }}, {{ name }}").template.placeholders
    assert {each.name: each for each in back} == {each.name: each for each in shown.template.placeholders}


def test_a_placeholder_that_a_file_has_for_nothing_stays() -> None:
    shown = draft(HEADED.replace("To {{ name }}.", "To you."))
    names_there = [each.name for each in shown.with_prompt("To {{ whom }}.").template.placeholders]
    assert names_there == ["name", "whom"]


def test_the_places_of_lines() -> None:
    lines = HEADED.split("\n")
    places = {lines[line - 1]: place_of(HEADED, line) for line in range(1, len(lines))}
    assert places == {
        "+++": PROMPT,
        'title = "Letter"': TITLE,
        "[placeholders.name]": "name",
        'label = "To"': "name",
        "To {{ name }}.": PROMPT,
    }
    assert place_of("Say hello.", 1) == PROMPT
    assert place_of(format_template(msgspec.structs.replace(draft(HEADED).template, system="x")), 3) == ""


def test_a_look_at_many_open_tags_ends() -> None:
    assert has_open_tag("{{" * 100_000)
    assert not has_open_tag("{{ a }} }} {# {{ #} {% b %}".replace("{{ #}", "#}"))
