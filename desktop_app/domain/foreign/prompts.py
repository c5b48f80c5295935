"""Prompts of Open WebUI as prompt templates: its export, in which `{{name | type:property=value}}` asks for a value."""

import json
import re
from collections.abc import Iterator

from desktop_app.domain.foreign.decoding import UnreadableError, decoded
from desktop_app.domain.foreign.values import Values, amount, items, line, number, text, values
from desktop_app.domain.prompt_templates import Placeholder, PlaceholderType, PromptTemplate, Value

MOST_PROMPTS = 500
"""As many are taken from one file."""
MOST_FOREIGN_BYTES = 8_000_000

_VARIABLE = re.compile(r"\{\{(?!\{)(.{1,2000}?)\}\}", re.DOTALL)
_TAG = re.compile(r"[{}%#]*(?:\{[{%#]|[%#}]\})[{}%#]*|\{\Z")
"""Where Jinja could see a tag begin or end, with the braces around it, which could be one with what is written for it."""
_PROPERTY = re.compile(r':\s*(\w+)(?:\s*=\s*("(?:[^"\\]|\\.)*"|\[[^\]]*\]|[^:\s]+))?')
_TYPES = {
    "textarea": PlaceholderType.LONG_TEXT,
    "select": PlaceholderType.CHOICE,
    "number": PlaceholderType.NUMBER,
    "range": PlaceholderType.NUMBER,
    "date": PlaceholderType.DATE,
}
"""All other types are texts, as far as a person types them."""
_KNOWN = {
    "CLIPBOARD": Placeholder(type=PlaceholderType.CLIPBOARD),
    "CURRENT_DATE": Placeholder(type=PlaceholderType.DATE, default="today"),
}
"""What Open WebUI fills in itself and our forms can, too; all else that it knows is asked for."""
_WORDS_OF_JINJA = frozenset(["if", "else", "and", "or", "not", "in", "is", "for", "true", "false", "none", "loop"])


class NoPromptsError(Exception):
    """A file that holds no prompts of a program that is known."""


def foreign_prompts(content: bytes) -> list[PromptTemplate]:
    """Read an export of prompts; raises NoPromptsError."""
    try:
        found = decoded(content)
    except UnreadableError as error:
        raise NoPromptsError(str(error)) from error
    prompts = [each for each in map(values, items(found) or [found]) if _is_prompt(each)]
    if not prompts:
        raise NoPromptsError
    return [_template(each) for each in prompts[:MOST_PROMPTS]]


def _is_prompt(found: Values) -> bool:
    return isinstance(found.get("command"), str) and bool(text(found.get("content")).strip())


def _template(found: Values) -> PromptTemplate:
    placeholders: dict[str, Placeholder] = {}
    body = "".join(_body(text(found.get("content")).replace("\r\n", "\n"), placeholders))
    title = line(found.get("title")) or line(found.get("name")) or line(found.get("command")).lstrip("/")
    return PromptTemplate(title=title, body=body.strip("\n"), placeholders=tuple(placeholders.values()))


def _body(content: str, placeholders: dict[str, Placeholder]) -> Iterator[str]:
    """Give the parts of a prompt as Jinja has them, and note what they ask for."""
    place = 0
    for found in _VARIABLE.finditer(content):
        yield _literal(content[place : found.start()])
        name, _bar, said = found[1].partition("|")
        key = _name(name)
        if key:
            placeholders.setdefault(key, _placeholder(key, name.strip(), said.strip()))
            yield f"{{{{ {key} }}}}"
        else:
            yield _literal(found[0])
        place = found.end()
    yield _literal(content[place:])


def _literal(words: str) -> str:
    """Write what Jinja would take for a tag as a text of its own."""
    return _TAG.sub(lambda found: f"{{{{ {json.dumps(found[0])} }}}}", words)


def _name(said: str) -> str:
    """Return a name that Jinja knows as one; empty where none can be made."""
    name = re.sub(r"\W+", "_", said.strip(), flags=re.ASCII).strip("_")
    name = f"_{name}" if name[:1].isdigit() else name
    return f"{name}_" if name.lower() in _WORDS_OF_JINJA else name


def _placeholder(key: str, name: str, said: str) -> Placeholder:
    """Return what a variable asks for; one that only its name is known of is a text."""
    known = _KNOWN.get(name)
    kind = _TYPES.get(re.match(r"[\w-]*", said)[0].lower(), PlaceholderType.TEXT)  # type: ignore[index]
    given = {found[1].lower(): _value(found[2]) for found in _PROPERTY.finditer(said)}
    choices = tuple(text(each) for each in items(given.get("options")) if text(each))
    if kind is PlaceholderType.CHOICE and not choices:
        kind = PlaceholderType.TEXT
    least, most = amount(given.get("min")), number(given.get("max"))
    has_bounds = kind is PlaceholderType.NUMBER and most is not None and least < most
    default = known.default if known is not None else _default(kind, given.get("default"), choices)
    return Placeholder(
        name=key,
        type=known.type if known is not None else kind,
        help=line(given.get("placeholder")),
        default=default,
        choices=choices if kind is PlaceholderType.CHOICE else (),
        optional=bool(said) and "required" not in given,
        least=least if has_bounds else 0,
        most=most if has_bounds and most is not None else 1000,
    )


def _default(kind: PlaceholderType, given: object, choices: tuple[str, ...]) -> Value:
    """Return a default as far as it is one for this kind."""
    if kind is PlaceholderType.NUMBER:
        return number(given) or 0 if number(given) is not None else ""
    words = text(given)
    if kind is PlaceholderType.CHOICE:
        return words if words in choices else ""
    if kind is PlaceholderType.DATE:
        return words if re.fullmatch(r"\d{4}-\d\d-\d\d", words) else ""
    return words


def _value(written: str | None) -> object:
    """Return the value of a property: JSON, or the words as they stand; None for a property without one."""
    if written is None:
        return None
    try:
        return decoded(written.encode("utf-8", "replace"))
    except UnreadableError:
        return written
