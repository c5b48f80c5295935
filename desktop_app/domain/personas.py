"""Personas as values, and the readable files that hold them: TOML between `+++` lines, then the system prompt.

    +++
    name = "Patient teacher"
    description = "Explains step by step, and asks whether it is clear."
    picture = "teacher"
    model = "Qwen3 8B"
    greeting = "What would you like to understand?"
    questions = ["Why is the sky blue?"]
    templates = ["Explain a term"]

    [sampling]
    temperature = 0.4
    +++
    You are a patient teacher.

`picture` names one that comes with the app, or an image file beside the persona's. `sampling` holds what differs
from the person's own values. A file without `+++` is a system prompt alone.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from desktop_app.domain.errors import ErrorCode, ErrorInfo, PersonaError
from desktop_app.domain.front_matter import FENCE, FrontMatter, FrontMatterError, read_front_matter, toml_value
from desktop_app.domain.sampling import Sampling, parameters, with_changes

MOST_BYTES = 256_000
"""How large a persona's file may be."""
LONGEST_PERSONA_NAME = 200
"""Characters: whatever lists personas looks through all of them."""
MOST_QUESTIONS = 6
"""As many suggested questions as there is room for."""

Changes = dict[str, Any]


class _Head(msgspec.Struct, frozen=True, kw_only=True):
    """What may stand between the fences; what a newer release adds is passed over."""

    name: str = ""
    description: str = ""
    picture: str = ""
    model: str = ""
    greeting: str = ""
    questions: tuple[str, ...] = ()
    templates: tuple[str, ...] = ()
    sampling: Changes = {}


class Persona(_Head, frozen=True, kw_only=True):
    """Who a chat is begun with; `prompt` is the system prompt, `sampling` what differs from the person's own values."""

    name: str
    prompt: str = ""

    def sampling_over(self, base: Sampling) -> Sampling:
        """Return `base` with this persona's values, which `parse_persona` has checked."""
        return with_changes(base, self.sampling)


class ReadPersona(msgspec.Struct, frozen=True):
    """A persona and what was not taken as it stands in its file."""

    persona: Persona
    findings: tuple[ErrorInfo, ...] = ()


def parse_persona(text: str, name: str) -> ReadPersona:
    """Read a persona's file; `name` stands in where the file gives none.

    Sampling values out of bounds are brought in, and unknown ones left out; the findings say so.
    Raises PersonaError PERSONA_INVALID with the line and what is wrong there.
    """
    try:
        matter = read_front_matter(text)
    except FrontMatterError as fault:
        raise _invalid(fault.line, fault.problem) from fault
    head = _head_of(matter)
    sampling, findings = checked_sampling(head.sampling)
    persona = Persona(
        name=(" ".join(head.name.split()) or name)[:LONGEST_PERSONA_NAME],
        prompt=matter.body.strip(),
        description=" ".join(head.description.split()),
        picture=head.picture.strip(),
        model=head.model.strip(),
        greeting=head.greeting.strip(),
        questions=tuple(each.strip() for each in head.questions if each.strip())[:MOST_QUESTIONS],
        templates=head.templates,
        sampling=sampling,
    )
    return ReadPersona(persona, findings)


def format_persona(persona: Persona) -> str:
    """Write a persona as its file; `parse_persona` reads the same one from it."""
    lines = [FENCE]
    for name in ("name", "description", "picture", "model", "greeting", "questions", "templates"):
        value = getattr(persona, name)
        if value:
            lines.append(f"{name} = {toml_value(value)}")
    values = {name: value for name, value in persona.sampling.items() if value is not None}  # TOML knows no nothing
    if values:
        lines += ["", "[sampling]", *(f"{name} = {toml_value(value)}" for name, value in values.items())]
    return "\n".join([*lines, FENCE, persona.prompt, ""])


_MOST_TOLD = 1e15
"""A larger number is told as text, since messages between processes have no room for it."""


def checked_sampling(values: Mapping[str, Any]) -> tuple[Changes, tuple[ErrorInfo, ...]]:
    """Return the sampling values that can be used, and what was said about the others."""
    bounds = {parameter.name: parameter for parameter in parameters()}
    kept: Changes = {}
    findings: list[ErrorInfo] = []
    for name, value in values.items():
        used = value
        parameter = bounds.get(name)
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and value == value
        if parameter is not None and is_number:
            used = parameter.kind(min(max(value, parameter.least), parameter.most))
        told = value if is_number and abs(value) < _MOST_TOLD else str(value)
        try:
            with_changes(Sampling(), {name: used})
        except (msgspec.ValidationError, ValueError):
            findings.append(ErrorInfo(ErrorCode.PERSONA_VALUE_UNUSABLE, {"name": name, "value": told}))
            continue
        if name not in Sampling.__struct_fields__:
            findings.append(ErrorInfo(ErrorCode.PERSONA_SETTING_UNKNOWN, {"name": name}))
            continue
        if used != value:
            findings.append(ErrorInfo(ErrorCode.PERSONA_VALUE_CLAMPED, {"name": name, "value": told, "used": used}))
        kept[name] = used
    return kept, tuple(findings)


def _head_of(matter: FrontMatter) -> _Head:
    try:
        return msgspec.convert(matter.values, _Head)
    except msgspec.ValidationError as error:
        message, _at, path = str(error).partition(" - at `$.")
        name = path.rstrip("`").partition("[")[0]
        raise _invalid(matter.line_of(name), f"{name}: {message}" if name else message) from error


def _invalid(line: int, problem: str) -> PersonaError:
    return PersonaError(ErrorCode.PERSONA_INVALID, line=line, problem=problem.rstrip("."))
