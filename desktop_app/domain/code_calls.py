"""Tool calls that are written like code: `[get(city="Paris")]`, `get.call(city="Paris")` and `call:get{city:…}`."""

import re
from typing import Any

DEEPEST = 50
"""How deep lists and objects of arguments may lie in each other."""

_TOKEN = re.compile(
    r"""\s*(?:<\|"\|>(?P<quoted>.*?)<\|"\|>|"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>(?:[^'\\]|\\.)*)'"""
    r"""|(?P<word>[\w.+/-]+)|(?P<sign>[][{}(),:=]))""",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r"}
_CONSTANTS = {"true": True, "True": True, "false": False, "False": False, "null": None, "None": None}
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_CLOSERS = {"(": (")", "="), "{": ("}", ":")}

Token = tuple[str, str]


def read_code_calls(text: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the calls in `text` as (name, arguments); raises ValueError where it is anything else."""
    reader = _Reader(_tokens(text))
    calls: list[tuple[str, dict[str, Any]]] = []
    is_list = reader.take("[")
    while not calls or reader.take(","):
        calls.append(reader.call())
    if is_list:
        reader.expect("]")
    reader.expect_end()
    return calls


def _tokens(text: str) -> list[Token]:
    tokens, at, end = [], 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            raise ValueError(text[at : at + 20])
        tokens.append((found.lastgroup, found[found.lastgroup]))
        at = found.end()
    return tokens


class _Reader:
    """Goes through tokens; every method raises ValueError where something else stands there."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = [*tokens, ("end", "")]
        self._at = 0

    def take(self, sign: str) -> bool:
        """Go behind `sign` if it is next."""
        found = self._tokens[self._at] == ("sign", sign)
        self._at += found
        return found

    def expect(self, sign: str) -> None:
        """Go behind `sign`."""
        if not self.take(sign):
            raise ValueError(sign)

    def expect_end(self) -> None:
        """Make sure that nothing follows."""
        if self._tokens[self._at][0] != "end":
            raise ValueError(self._tokens[self._at][1])

    def call(self) -> tuple[str, dict[str, Any]]:
        """Read one call."""
        name = self._word()
        if name == "call" and self.take(":"):
            name = self._word()
        opener = next((sign for sign in _CLOSERS if self.take(sign)), "")
        if not opener:
            raise ValueError(name)
        return name.removesuffix(".call"), self._pairs(*_CLOSERS[opener], 0)

    def _next(self) -> Token:
        token = self._tokens[self._at]
        if token[0] == "end":
            raise ValueError("end")
        self._at += 1
        return token

    def _word(self) -> str:
        kind, text = self._next()
        if kind == "sign":
            raise ValueError(text)
        return text

    def _pairs(self, closer: str, between: str, depth: int) -> dict[str, Any]:
        pairs: dict[str, Any] = {}
        while not self.take(closer):
            if pairs:
                self.expect(",")
            key = self._word()
            self.expect(between)
            pairs[key] = self._value(depth + 1)
        return pairs

    def _list(self, depth: int) -> list[Any]:
        values: list[Any] = []
        while not self.take("]"):
            if values:
                self.expect(",")
            values.append(self._value(depth + 1))
        return values

    def _value(self, depth: int) -> Any:
        if depth > DEEPEST:
            raise ValueError("too deep")
        kind, text = self._next()
        if kind == "quoted":
            return text
        if kind in ("double", "single"):
            return _ESCAPE.sub(_unescaped, text)
        if kind == "word":
            return _plain(text)
        if text == "{":
            return self._pairs("}", ":", depth)
        if text == "[":
            return self._list(depth)
        raise ValueError(text)


def _plain(word: str) -> Any:
    if word in _CONSTANTS:
        return _CONSTANTS[word]
    number = _NUMBER.fullmatch(word)
    if number is None:
        raise ValueError(word)
    return float(word) if number[1] or number[2] else int(word)


def _unescaped(found: re.Match[str]) -> str:
    name = found[1]
    return chr(int(name[1:], 16)) if len(name) > 1 else _ESCAPED.get(name, name)
