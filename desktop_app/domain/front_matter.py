"""Readable files with a head: TOML between two `+++` lines, then a text. Read with the line of every fault."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from desktop_app.support.i18n import N_, _

FENCE = "+++"
_PROBLEMS = {
    "Unterminated string": N_("A text has no closing quotation mark"),
    "Unclosed array": N_("A list has no closing bracket"),
    "Unclosed inline table": N_("A table has no closing brace"),
    "Expected '=' after a key in a key/value pair": N_("An equals sign is missing after a name"),
    "Invalid value": N_("A value is missing, or is a text without quotation marks"),
    "Invalid statement": N_("This line sets no value"),
    "Expected newline or end of document after a statement": N_("The line goes on after its value"),
    "Cannot overwrite a value": N_("A name is set twice"),
    "Invalid initial character for a key part": N_("A name begins with a character that has to be in quotation marks"),
}
"""What Python's reader of TOML says, in words that can be translated."""


class FrontMatterError(ValueError):
    """A head that cannot be read; `line` counts from 1, `problem` is told as it stands, translated where it is known."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"line {line}: {problem}")
        self.line = line
        self.problem = problem


class FrontMatter(NamedTuple):
    """What stands between the fences, as its text and as values, and the text below them, from `body_line` on."""

    head: str
    values: dict[str, Any]
    body: str
    body_line: int

    def line_of(self, name: str) -> int:
        """Return the line of the file that sets `name`, the first of the head where none does."""
        pattern = re.compile(rf"\s*\[*[\"']?{re.escape(name)}\b")
        lines = self.head.split("\n")
        return next((place for place, line in enumerate(lines, 2) if pattern.match(line)), 2)


def read_front_matter(text: str) -> FrontMatter:
    """Take a file apart; one without a first fence is all text. Raises FrontMatterError."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    if lines[0].rstrip() != FENCE:
        return FrontMatter("", {}, "\n".join(lines), 1)
    end = next((place for place, line in enumerate(lines) if place and line.rstrip() == FENCE), None)
    if end is None:
        raise FrontMatterError(1, _("The second +++ line, which ends the description, is missing"))
    head = "\n".join(lines[1:end])
    try:
        values = tomllib.loads(head)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        place = re.search(r"\s*\(at (?:line (\d+), column \d+|end of document)\)$", message)
        line = int(place[1]) + 1 if place and place[1] else end
        problem = message[: place.start()] if place else message
        raise FrontMatterError(line, _PROBLEMS.get(problem, problem)) from error
    except RecursionError as error:
        raise FrontMatterError(2, _("The description is nested too deeply")) from error
    body = lines[end + 1 :]
    blank = next((count for count, line in enumerate(body) if line.strip()), 0)
    return FrontMatter(head, values, "\n".join(body[blank:]), end + 2 + blank)


Toml = str | float | bool | Sequence[Any] | Mapping[str, Any]
"""What a head can hold; a whole number counts as one with a fraction here."""


def toml_value(value: Toml) -> str:
    """Return a value as TOML writes it; a text in several lines where it has several, unless one would end the head."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        if "\n" in value and not any(line.rstrip() == FENCE for line in value.split("\n")):
            return f'"""\n{"".join(map(_escaped, value))}"""'
        return _in_one_line(value)
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_in_one_line(name)} = {toml_value(each)}' for name, each in value.items())}}}"
    return f"[{', '.join(toml_value(each) for each in value)}]"


def _in_one_line(text: str) -> str:
    """Return a text as TOML writes it in one line, the only form that a name has."""
    return '"{}"'.format("".join(map(_escaped, text)).replace("\n", "\\n"))


_ESCAPES = {"\\": "\\\\", '"': '\\"', "\t": "\\t", "\b": "\\b", "\f": "\\f", "\r": "\\r"}


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character != "\n" and (ord(character) < 32 or ord(character) == 127):
        return f"\\u{ord(character):04X}"
    return character
