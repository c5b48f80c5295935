"""Prompt templates as values, and the readable files that hold them: TOML between `+++` lines, then the prompt.

    +++
    title = "Translate"
    description = "Into another language, with notes on what was hard."
    tags = ["language"]

    [placeholders.text]
    type = "long_text"
    help = "What is to be translated."

    [[examples]]
    user = "..."
    assistant = "..."
    +++
    Translate the text below. {% if tone %}Keep it {{ tone }}.{% endif %}

The prompt and `system` are Jinja templates, filled in by the helper process; examples are plain text and become
turns of their own. A placeholder that is used but not declared is a text. A file without `+++` is a prompt alone.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec

from desktop_app.domain.errors import ErrorCode, ErrorInfo, TemplateFileError
from desktop_app.domain.examples import Example
from desktop_app.domain.front_matter import FENCE, FrontMatterError, read_front_matter, toml_value
from desktop_app.domain.template_names import used_names
from desktop_app.support.i18n import _, ngettext

MOST_BYTES = 256_000
"""How large a template's file may be."""
MOST_PLACEHOLDERS = 50
"""As many as a form can ask for."""
MOST_EXAMPLES = 20

_DAY = r"(today([+-]\d{1,4})?|\d{4}-\d\d-\d\d)?"

Value = str | int | float


class PlaceholderType(StrEnum):
    """How a value is asked for; the names stand in people's files and are never renamed."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    CHOICE = "choice"
    NUMBER = "number"
    FILE = "file"
    CLIPBOARD = "clipboard"
    SELECTION = "selection"
    DATE = "date"


class Placeholder(msgspec.Struct, frozen=True, kw_only=True):
    """What stands for a value in a prompt, by its name there; `least`, `most` and `step` bound a number.

    The default of a date is a day as 2026-11-26, or 'today', or so many days from it, as in 'today+14'.

    One that is `optional` may stay empty, for sections that are left out then.
    """

    name: str = ""
    type: PlaceholderType = PlaceholderType.TEXT
    label: str = ""
    help: str = ""
    default: Value = ""
    choices: tuple[str, ...] = ()
    optional: bool = False
    least: float = 0
    most: float = 1000
    step: float = 1

    @property
    def title(self) -> str:
        """The label, or the name as words."""
        return self.label or self.name.replace("_", " ").strip().capitalize()


class PromptTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """One template; `body_line` is the line of its file, counted from 1, at which the prompt begins.

    So is `system_line` for the system prompt.
    """

    title: str
    body: str
    description: str = ""
    folder: str = ""
    tags: tuple[str, ...] = ()
    system: str = ""
    placeholders: tuple[Placeholder, ...] = ()
    examples: tuple[Example, ...] = ()
    body_line: int = 1
    system_line: int = 1

    def located(self, error: ErrorInfo) -> ErrorInfo:
        """Return an error from filling in `body` and `system`, in this order, with its line in the file."""
        if error.code is not ErrorCode.PROMPT_TEMPLATE_UNFILLED or "template" not in error.params:
            return error
        begins = self.system_line if error.params["template"] else self.body_line
        line = int(error.params["line"]) + begins - 1
        return msgspec.structs.replace(error, params={**error.params, "line": line})


class _Head(msgspec.Struct, frozen=True):
    """What may stand between the fences; what a newer release adds is passed over."""

    title: str = ""
    description: str = ""
    folder: str = ""
    tags: tuple[str, ...] = ()
    system: str = ""
    placeholders: dict[str, Placeholder] = {}
    examples: tuple[Example, ...] = ()


def parse_template(text: str, title: str = "", folder: str = "") -> PromptTemplate:
    """Read a template's file; `title` and `folder` stand in where the file names none.

    Raises TemplateFileError PROMPT_TEMPLATE_INVALID with the line and what is wrong there.
    """
    head, head_text, template = _read(text, title, folder)
    _check_placeholders(head, head_text)
    if not template.body.strip():
        raise _fault(template.body_line, _("There is no prompt below the second +++ line."))
    count = len(template.placeholders)
    if count > MOST_PLACEHOLDERS:
        words = ngettext(
            "There is {count} placeholder, and a form holds {most} at most.",
            "There are {count} placeholders, and a form holds {most} at most.",
            count,
        )
        raise _fault(template.body_line, words.format(count=count, most=MOST_PLACEHOLDERS))
    return template


def read_unchecked(text: str) -> PromptTemplate:
    """Read a template's file that is still being written: nothing need be in it yet, and no form need be able to ask for it.

    Raises TemplateFileError PROMPT_TEMPLATE_INVALID where it cannot be read at all.
    """
    return _read(text, "", "")[2]


def format_template(template: PromptTemplate) -> str:
    """Write a template as its file; `parse_template` reads the same one from it."""
    lines = [FENCE, f"title = {toml_value(template.title)}"]
    if template.description:
        lines.append(f"description = {toml_value(template.description)}")
    if template.folder:
        lines.append(f"folder = {toml_value(template.folder)}")
    if template.tags:
        lines.append(f"tags = {toml_value(template.tags)}")
    if template.system:
        lines.append(f"system = {toml_value(template.system)}")
    for placeholder in template.placeholders:
        lines += ["", f"[placeholders.{_key(placeholder.name)}]", *_placeholder_lines(placeholder)]
    for example in template.examples:
        lines += [
            "",
            "[[examples]]",
            f"user = {toml_value(example.user)}",
            f"assistant = {toml_value(example.assistant)}",
        ]
    return "\n".join([*lines, FENCE, template.body, ""])


def retitled(text: str, title: str) -> str:
    """Return a template's file with another title; all else stays as it was written."""
    line = f"title = {toml_value(title)}"
    lines = text.removeprefix("\ufeff").split("\n")
    if lines[0].rstrip() != FENCE:
        return "\n".join([FENCE, line, FENCE, *lines])
    end = next((place for place, each in enumerate(lines[1:], 1) if each.rstrip() == FENCE or each.startswith("[")), 1)
    for place in range(1, end):
        if re.match(r"title\s*=", lines[place]):
            return "\n".join([*lines[:place], line, *lines[place + 1 :]])
    return "\n".join([lines[0], line, *lines[1:]])


def missing_names(template: PromptTemplate, values: Mapping[str, Value]) -> tuple[str, ...]:
    """Return the names of the placeholders that need a value and have none."""
    return tuple(
        each.name for each in template.placeholders if not each.optional and not str(values.get(each.name, "")).strip()
    )


def _read(text: str, title: str, folder: str) -> tuple[_Head, str, PromptTemplate]:
    """Return what stands between the fences, as values and as text, and the template; raises TemplateFileError."""
    try:
        head_text, values, body, body_line = read_front_matter(text)
    except FrontMatterError as error:
        raise _fault(error.line, error.problem) from error
    head = _read_head(values, head_text)
    placeholders = [msgspec.structs.replace(table, name=name) for name, table in head.placeholders.items()]
    declared = head.placeholders.keys()
    placeholders += [Placeholder(name=name) for name in used_names(f"{head.system}\n{body}") if name not in declared]
    template = PromptTemplate(
        title=" ".join(head.title.split()) or title,
        body=body.strip("\n"),
        description=" ".join(head.description.split()),
        folder=head.folder.strip() or folder,
        tags=head.tags,
        system=head.system.strip(),
        placeholders=tuple(placeholders),
        examples=head.examples,
        body_line=body_line,
        system_line=_line_of(".system", head_text) if head.system else 1,
    )
    return head, head_text, template


def _read_head(values: Mapping[str, Any], text: str) -> _Head:
    """Take the values that stand between the fences as `text`; its first line is line 2 of the file."""
    try:
        head = msgspec.convert(values, _Head)
    except msgspec.ValidationError as error:
        message, _at, path = str(error).partition(" - at `$")
        raise _fault(_line_of(path.rstrip("`"), text), f"{message}.") from error
    if len(head.examples) > MOST_EXAMPLES:
        raise _fault(
            _line_of(".examples", text),
            ngettext(
                "There is more than {most} example.", "There are more than {most} examples.", MOST_EXAMPLES
            ).format(most=MOST_EXAMPLES),
        )
    return head


def _check_placeholders(head: _Head, text: str) -> None:
    """Find what a form could not ask for."""
    for name, table in head.placeholders.items():
        problem = _problem_of(name, table)
        if problem:  # looking for the line takes as long as all else
            raise _fault(_line_of(f".placeholders.{name}", text), problem)


def _problem_of(name: str, table: Placeholder) -> str:
    """Return why a form could not ask for a placeholder, empty where it can."""
    words = ""
    if not name.isidentifier() or not name.isascii():
        words = _("“{name}” cannot be used as a name; letters, digits and _ can.")
    elif table.type is PlaceholderType.CHOICE and not table.choices:
        words = _("The choice “{name}” has no choices.")
    elif table.type is PlaceholderType.CHOICE and table.default and table.default not in table.choices:
        words = _("The default of “{name}” is not one of its choices.")
    elif table.type is PlaceholderType.DATE and not re.fullmatch(_DAY, str(table.default)):
        words = _("The default of “{name}” is not a day such as 2026-11-26, today or today+14.")
    elif table.type is PlaceholderType.NUMBER and isinstance(table.default, str) and table.default:
        words = _("The default of “{name}” is not a number.")
    elif table.type is PlaceholderType.NUMBER and (not table.least < table.most or table.step <= 0):
        words = _("There is no number between the bounds of “{name}”.")
    return words.format(name=name)


def _line_of(path: str, text: str) -> int:
    """Return the line of the file that holds the value at `path`, as msgspec writes it, or near it."""
    lines = text.split("\n")
    line = 0
    for name in re.findall(r"[^.\[\]]+", path):
        if name == "...":
            continue
        pattern = re.compile(rf"\s*(\[+\s*[^\]]*\b{re.escape(name)}\b|[\"']?{re.escape(name)}\b[\"']?\s*[=.])")
        found = next((place for place in range(line, len(lines)) if pattern.match(lines[place])), None)
        line = line if found is None else found
    return line + 2


def _fault(line: int, problem: str) -> TemplateFileError:
    return TemplateFileError(ErrorCode.PROMPT_TEMPLATE_INVALID, line=line, problem=problem.rstrip("."))


def _placeholder_lines(placeholder: Placeholder) -> list[str]:
    usual = Placeholder()
    lines = [f'type = "{placeholder.type}"']
    for name in Placeholder.__struct_fields__[2:]:
        value = getattr(placeholder, name)
        if value == getattr(usual, name):
            continue
        if isinstance(value, bool):
            lines.append(f"{name} = {str(value).lower()}")
        elif isinstance(value, tuple):
            lines.append(f"{name} = {toml_value(value)}")
        else:
            lines.append(f"{name} = {toml_value(value) if isinstance(value, str) else value}")
    return lines


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else toml_value(name)
