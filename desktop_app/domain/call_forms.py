"""The forms in which models write tool calls, and their readers, which wait where more text may come."""

import json
import re
from collections.abc import Generator
from typing import Any, NoReturn, TypeVar

import msgspec

from desktop_app.domain.code_calls import DEEPEST, read_code_calls
from desktop_app.domain.parts import ToolCallPart

LONGEST_NAME = 128
_NAME = re.compile(rf"[\w./:-]{{0,{LONGEST_NAME + 1}}}")
_BLANKS = re.compile(r"\s*")
_IN_STRING = re.compile(r'["\\]')
_OUTSIDE = re.compile(r"[^\s\w.,:+-]")
_NAMES = ("name", "tool_name")
_ARGUMENTS = ("arguments", "parameters")
_IDS = ("id", "tool_call_id")

T = TypeVar("T")
Reading = Generator[None, None, T]
"""Reads something, and yields whenever it needs more text to go on."""


class JsonCalls(msgspec.Struct, frozen=True, kw_only=True):
    """JSON objects with a name and arguments, alone, in a list, or one after the other."""


class NamedCalls(msgspec.Struct, frozen=True, kw_only=True):
    """A name, then its arguments: a JSON object, or keys and values between marks of their own.

    `begin` stands before each name, and only where it is empty there is just one call. One of `name_ends` stands
    behind the name (none where they are empty), and `end` behind the arguments. An id may stand between name and
    `id_end` (`id_begin` before it), or before the name (no `id_begin`).
    """

    begin: str = ""
    name_ends: tuple[str, ...] = ()
    id_begin: str = ""
    id_end: str = ""
    key_begin: str = ""
    key_ends: tuple[str, ...] = ()
    value_begin: str = ""
    value_end: str = ""
    end: str = ""


class CodeCalls(msgspec.Struct, frozen=True, kw_only=True):
    """Calls that are written like code, up to the mark that ends them."""


Form = JsonCalls | NamedCalls | CodeCalls


class Cursor:
    """A place in a text that grows until it `is_final`."""

    def __init__(self, text: str, at: int) -> None:
        self.text = text
        self.at = at
        self.is_final = False

    def blanks(self) -> Reading[None]:
        """Go to what is not blank."""
        while True:
            found = _BLANKS.match(self.text, self.at)
            assert found is not None
            self.at = found.end()
            if self.at < len(self.text) or self.is_final:
                return
            yield

    def take(self, *marks: str) -> Reading[str]:
        """Go behind blanks and one of `marks`, and return it; stay, and return nothing, where none follows."""
        begin = self.at
        yield from self.blanks()
        longest = max(map(len, marks))
        while True:
            rest = self.text[self.at : self.at + longest]
            mark = next((mark for mark in marks if rest.startswith(mark)), "")
            if mark:
                self.at += len(mark)
                return mark
            if self.is_final or not any(mark.startswith(rest) for mark in marks):
                self.at = begin
                return ""
            yield

    def name(self) -> Reading[str]:
        """Go behind a name, and return it; nothing where there is none or it is too long."""
        yield from self.blanks()
        while True:
            found = _NAME.match(self.text, self.at)
            assert found is not None
            if found.end() - self.at > LONGEST_NAME:
                return ""
            if found.end() < len(self.text) or self.is_final:
                self.at = found.end()
                return found[0]
            yield

    def until(self, *marks: str) -> Reading[tuple[str, str] | None]:
        """Go behind the first of `marks`, and return what stands before it and the mark; None where none follows."""
        looked, longest = self.at, max(map(len, marks))
        while True:
            places = [(place, mark) for mark in marks if (place := self.text.find(mark, looked)) >= 0]
            if places:
                place, mark = min(places)
                text, self.at = self.text[self.at : place], place + len(mark)
                return text, mark
            if self.is_final:
                return None
            looked = max(self.at, len(self.text) - longest + 1)
            yield

    def rest(self) -> Reading[str]:
        """Go to the end of the text once it is final, and return it."""
        while not self.is_final:
            yield
        text, self.at = self.text[self.at :], len(self.text)
        return text

    def json(self) -> Reading[Any]:
        """Go behind a JSON object or list, and return it; None where there is none."""
        yield from self.blanks()
        begin = at = self.at
        if not self.text.startswith(("{", "["), begin):
            return None
        depth, inside = 0, False
        while True:
            found = (_IN_STRING if inside else _OUTSIDE).search(self.text, at)
            if found is None:
                if self.is_final:
                    return None
                at = max(at, len(self.text))
                yield
                continue
            mark, at = found[0], found.end()
            if mark == "\\":
                at += 1
            elif mark == '"':
                inside = not inside
            elif mark not in "{}[]":
                return None
            else:
                depth += 1 if mark in "{[" else -1
                if depth == 0:
                    self.at = at
                    return _load(self.text[begin:at])


def read_calls(form: Form, end: str, cursor: Cursor, *, needs_end: bool) -> Reading[list[ToolCallPart]]:
    """Read calls and go behind their `end`; none where the text is no call. Their sources are empty."""
    match form:
        case CodeCalls():
            return (yield from _code_calls(end, cursor))
        case JsonCalls():
            calls = yield from _json_calls(end, cursor, needs_end=needs_end)
        case NamedCalls():
            calls = yield from _named_calls(form, cursor)
            if calls and end and not (yield from cursor.take(end)) and needs_end:
                return []
    return calls


def read_bare_call(cursor: Cursor) -> Reading[list[ToolCallPart]]:
    """Read a text that is a JSON object with a name and arguments, and nothing else."""
    value = yield from cursor.json()
    if not isinstance(value, dict) or not any(key in value for key in _ARGUMENTS):
        return []
    yield from cursor.blanks()
    return _calls_in(value) if cursor.at == len(cursor.text) else []


def _json_calls(end: str, cursor: Cursor, *, needs_end: bool) -> Reading[list[ToolCallPart]]:
    calls: list[ToolCallPart] = []
    while True:
        found = _calls_in((yield from cursor.json()))
        if not found:
            return []
        calls += found
        if not end or (yield from cursor.take(end)) or not needs_end:
            return calls


def _named_calls(form: NamedCalls, cursor: Cursor) -> Reading[list[ToolCallPart]]:
    calls: list[ToolCallPart] = []
    while not form.begin or (yield from cursor.take(form.begin)):
        call = yield from _named_call(form, cursor)
        if call is None or (form.end and not (yield from cursor.take(form.end))):
            return []
        calls.append(call)
        if not form.begin:
            break
    return calls


def _named_call(form: NamedCalls, cursor: Cursor) -> Reading[ToolCallPart | None]:
    name, call_id = (yield from cursor.name()), ""
    if form.id_end and not form.id_begin and (yield from cursor.take(form.id_end)):
        call_id, name = name, (yield from cursor.name())
    elif form.id_begin and (yield from cursor.take(form.id_begin)):
        call_id = yield from cursor.name()
    if not name or (form.name_ends and not (yield from cursor.take(*form.name_ends))):
        return None
    if form.key_begin:
        return _call(name, (yield from _pairs(form, cursor)), call_id)
    return _call(name, (yield from cursor.json()), call_id)


def _pairs(form: NamedCalls, cursor: Cursor) -> Reading[dict[str, Any] | None]:
    pairs: dict[str, Any] = {}
    while (yield from cursor.take(form.key_begin)):
        key = yield from cursor.until(*form.key_ends)
        if key is None or (form.value_begin and not (yield from cursor.take(form.value_begin))):
            return None
        value = yield from cursor.until(form.value_end)
        if value is None:
            return None
        text = value[0].removeprefix("\n").removesuffix("\n")
        if text.startswith("<![CDATA[") and text.endswith("]]>"):
            text = text[len("<![CDATA[") : -len("]]>")]
        pairs[key[0].strip()] = text if 'string="true"' in key[1] else _value(text)
    return pairs


def _code_calls(end: str, cursor: Cursor) -> Reading[list[ToolCallPart]]:
    if end:
        found = yield from cursor.until(end)
        text = found[0] if found is not None else ""
    else:
        text = yield from cursor.rest()
    try:
        read = read_code_calls(text)
    except ValueError:
        return []
    calls = [_call(name, arguments, "") for name, arguments in read]
    return [call for call in calls if call is not None] if None not in calls else []


def _calls_in(value: Any) -> list[ToolCallPart]:
    calls = [_json_call(item) for item in (value if isinstance(value, list) else [value])]
    return [call for call in calls if call is not None] if None not in calls else []


def _json_call(value: Any) -> ToolCallPart | None:
    if not isinstance(value, dict):
        return None
    inner = value["function"] if isinstance(value.get("function"), dict) else value
    name = next((inner[key] for key in _NAMES if key in inner), "")
    arguments: Any = next((inner[key] for key in _ARGUMENTS if key in inner), {})
    call_id = next((value[key] for key in _IDS if key in value), "")
    if isinstance(arguments, str):
        arguments = _load(arguments)
    return _call(name, arguments, str(call_id))


def _call(name: Any, arguments: Any, call_id: str) -> ToolCallPart | None:
    if not isinstance(name, str) or not isinstance(arguments, dict):
        return None
    plain = name.removeprefix("functions.")
    if plain != name and ":" in plain:  # Kimi counts its calls, and its ids are the whole
        plain, call_id = plain.rpartition(":")[0], name
    found = _NAME.fullmatch(plain)
    if not plain or found is None or len(plain) > LONGEST_NAME or not _is_shallow(arguments, DEEPEST):
        return None
    try:
        text = json.dumps(arguments, ensure_ascii=False, allow_nan=False)
        f"{text}{call_id}".encode()  # half a surrogate pair can be neither kept nor sent
    except ValueError:
        return None
    return ToolCallPart(plain, text, "", call_id)


def _is_shallow(value: Any, deepest: int) -> bool:
    """Return whether lists and objects lie at most `deepest` deep in each other, so that each thread can write them."""
    if not isinstance(value, dict | list):
        return True
    items = value.values() if isinstance(value, dict) else value
    return deepest > 0 and all(_is_shallow(item, deepest - 1) for item in items)


def _value(text: str) -> Any:
    """Return a value that is written as JSON, or as it is where it is a text."""
    value = _load(text)
    is_text = isinstance(value, str) or (value is None and text.strip() != "null")
    return text if is_text else value


def _load(text: str) -> Any:
    try:
        return json.loads(text, strict=False, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
