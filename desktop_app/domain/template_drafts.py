"""A template while it is written in a form: what of its file a form can show, and what becomes of it with each change."""

import re
from collections.abc import Mapping

import msgspec

from desktop_app.domain.errors import TemplateFileError
from desktop_app.domain.examples import Example
from desktop_app.domain.front_matter import FENCE, read_front_matter
from desktop_app.domain.prompt_templates import Placeholder, PromptTemplate, format_template, read_unchecked
from desktop_app.domain.template_names import used_names

TITLE, DESCRIPTION, PROMPT = "title", "description", "prompt"
"""Where a mistake may be; those of a placeholder are at its name."""

_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}(?!")|\'\'\'.*?\'{3,5}(?!\')|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'', re.DOTALL
)
_BRACES = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")
_ENDS = {"{{": "}}", "{%": "%}", "{#": "#}"}
_TABLE = re.compile(r"\s*\[placeholders\.\s*[\"']?(\w+)")
_KNOWN = frozenset(["title", "description", "folder", "tags", "system", "placeholders", "examples"])


class TemplateDraft(msgspec.Struct, frozen=True):
    """A template as it is written; `known` has all placeholders that it ever had, by name, also those that are gone."""

    template: PromptTemplate
    known: Mapping[str, Placeholder]
    unused: frozenset[str]
    """Placeholders that the file has without a use for them: they stay."""

    def with_prompt(self, body: str) -> "TemplateDraft":
        """Return it with another prompt, and the placeholders that are in it; while a tag is open, they stay as they are."""
        body = body_of(body)
        template = msgspec.structs.replace(self.template, body=body)
        if not has_open_tag(body):
            names = used_names(f"{template.system}\n{body}")
            wanted = {*names, *self.unused}
            placeholders = [each for name, each in self.known.items() if name in wanted]
            placeholders += [Placeholder(name=name) for name in names if name not in self.known]
            template = msgspec.structs.replace(template, placeholders=tuple(placeholders))
        return self.of(template)

    def with_placeholder(self, placeholder: Placeholder) -> "TemplateDraft":
        """Return it with this placeholder in place of the one of its name."""
        placeholders = [placeholder if each.name == placeholder.name else each for each in self.template.placeholders]
        return self.of(msgspec.structs.replace(self.template, placeholders=tuple(placeholders)))

    def of(self, template: PromptTemplate) -> "TemplateDraft":
        """Return it with what was changed here in the template."""
        known = {**self.known, **{each.name: each for each in template.placeholders}}
        return msgspec.structs.replace(self, template=template, known=known)


def draft_of(text: str, known: Mapping[str, Placeholder] | None = None) -> TemplateDraft | None:
    """Return what a form can show of a template's file, and write again with nothing lost; None where it cannot.

    So it is where there are comments, names that are not ours, or a tag that has no end. `known` has placeholders that
    there were before.
    """
    try:
        template = read_unchecked(text)
        if _has_more(text) or without_lines(read_unchecked(format_template(template))) != without_lines(template):
            return None
    except TemplateFileError:
        return None
    if has_open_tag(template.system) or has_open_tag(template.body):
        return None
    declared = {each.name: each for each in template.placeholders}
    used = used_names(f"{template.system}\n{template.body}")
    gone = {name: each for name, each in (known or {}).items() if name not in declared}
    return TemplateDraft(template, {**declared, **gone}, frozenset(declared) - frozenset(used))


def body_of(text: str) -> str:
    """Return a prompt without the empty lines around it, as it is read from its file."""
    lines = text.strip("\n").split("\n")
    blank = next((count for count, line in enumerate(lines) if line.strip()), 0)
    return "\n".join(lines[blank:])


def without_lines(template: PromptTemplate) -> PromptTemplate:
    """Return a template without the lines at which its parts stand, to compare it with others."""
    return msgspec.structs.replace(template, body_line=1, system_line=1)


def has_open_tag(text: str) -> bool:
    """Whether a tag begins that does not end before the next one: somebody is just writing it."""
    end = ""
    for found in _BRACES.finditer(text):
        if found[0] == end:
            end = ""
        elif found[0] in _ENDS and end:
            return True
        elif found[0] in _ENDS:
            end = _ENDS[found[0]]
    return bool(end)


def place_of(text: str, line: int) -> str:
    """Return what of a file stands in a line, counted from 1: a placeholder's name, or one of the places above, or nothing."""
    lines = text.split("\n")
    fences = [place for place, each in enumerate(lines, 1) if each.rstrip() == FENCE][:2]
    if lines[0].rstrip() != FENCE or (len(fences) == 2 and line >= fences[1]):
        return PROMPT
    for each in reversed(lines[:line]):
        if table := _TABLE.match(each):
            return table[1]
        if each.startswith("["):
            return ""
    return next((name for name in (TITLE, DESCRIPTION) if re.match(rf"{name}\s*=", lines[line - 1])), "")


def _has_more(text: str) -> bool:
    """Whether a file that can be read says what is passed over when it is read."""
    head, values, _body, _line = read_front_matter(text)
    own = frozenset(Placeholder.__struct_fields__) - {"name"}
    tables = values.get("placeholders", {}).values()
    examples = values.get("examples", ())
    return (
        "#" in _STRING.sub("", head)
        or not values.keys() <= _KNOWN
        or any(not table.keys() <= own for table in tables)
        or any(not example.keys() <= frozenset(Example.__struct_fields__) for example in examples)
    )
