"""Every prompt template that comes with the app: it reads, it fills in the real helper, and it keeps to the rules."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from desktop_app.domain.prompt_templates import Placeholder, PlaceholderType, PromptTemplate, Value, parse_template
from desktop_app.domain.template_names import used_names
from desktop_app.services.requests.templates import Templates
from desktop_app.services.writing.prompt_files import template_files
from desktop_app.support.paths import resources

FOLDERS = {
    "Writing", "Translating", "Summarising", "Explaining", "Code", "Data", "Study", "Work", "Everyday", "Ideas",
    "Thinking critically",
}  # fmt: skip
FILES = [file for file, _status in template_files(resources() / "templates")]
SAMPLE = "a short sample"
WAIT_SECONDS = 60.0


@pytest.fixture(scope="module")
def all_of_them() -> list[PromptTemplate]:
    return [parse_template(file.read_text(encoding="utf-8"), folder=file.parent.name) for file in FILES]


def sample(placeholder: Placeholder) -> Value:
    if placeholder.type is PlaceholderType.DATE:
        return "2026-11-26"
    if placeholder.default != "":
        return placeholder.default
    if placeholder.type is PlaceholderType.CHOICE:
        return placeholder.choices[0]
    return placeholder.least if placeholder.type is PlaceholderType.NUMBER else SAMPLE


def test_there_are_enough_in_every_folder(all_of_them: list[PromptTemplate]) -> None:
    assert len(all_of_them) >= 40
    assert {template.folder for template in all_of_them} == FOLDERS
    titles = [template.title for template in all_of_them]
    assert len(set(titles)) == len(titles)
    assert sum(bool(template.examples) for template in all_of_them) >= 12
    assert {placeholder.type for template in all_of_them for placeholder in template.placeholders} == set(
        PlaceholderType
    )


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_keeps_to_the_rules(file) -> None:
    text = file.read_text(encoding="utf-8")
    template = parse_template(text, folder=file.parent.name)
    assert template.title
    assert 20 <= len(template.description) <= 90, "one line of a card"
    assert template.description.endswith(".")
    assert template.tags
    assert template.placeholders
    used = used_names(f"{template.system}\n{template.body}")
    assert {placeholder.name for placeholder in template.placeholders} == set(used)
    for placeholder in template.placeholders:
        assert placeholder.help.endswith("."), placeholder.name
    optional = {placeholder.name for placeholder in template.placeholders if placeholder.optional}
    assert {name for name in optional if f"% if {name} %" not in text} == set(), "a section of its own"
    assert 200 <= len(template.body + template.system) <= 2000
    assert "!" not in template.body + template.description
    for example in template.examples:
        assert example.user.strip()
        assert example.assistant.strip()


@pytest.fixture(scope="module")
def filled(all_of_them: list[PromptTemplate]) -> Iterator[dict[str, tuple[str, str]]]:
    """Each template by its title, filled with all values and with only those that it needs."""
    with ThreadPoolExecutor(2) as pool:
        helper = Templates(pool)
        found = {}
        for template in all_of_them:
            whole = {each.name: sample(each) for each in template.placeholders}
            bare = {each.name: "" if each.optional else sample(each) for each in template.placeholders}
            found[template.title] = [helper.fill([template.body, template.system], values) for values in (whole, bare)]
        yield {
            title: (both[0].result(WAIT_SECONDS)[0], both[1].result(WAIT_SECONDS)[0]) for title, both in found.items()
        }
        helper.close()


def test_each_fills_in(all_of_them: list[PromptTemplate], filled: dict[str, tuple[str, str]]) -> None:
    for template in all_of_them:
        whole, bare = filled[template.title]
        for text in (whole, bare):
            assert 100 <= len(text) <= 2500, template.title
            assert "{{" not in text
            assert "{%" not in text
            assert "\n\n\n" not in text, f"{template.title}: a hole in the text"
        for placeholder in template.placeholders:
            if placeholder.type is not PlaceholderType.CHOICE:
                assert str(sample(placeholder)) in whole, f"{template.title}: {placeholder.name}"
        if any(placeholder.optional for placeholder in template.placeholders):
            assert len(bare) < len(whole), template.title
