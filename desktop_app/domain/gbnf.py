"""Reads a grammar in llama.cpp's GBNF as llama.cpp does, and says where it is wrong.

llama.cpp itself tells no place, takes all memory for a repetition that runs backwards, and calls itself
for each bracket; so this comes first.
"""

import re

from desktop_app.domain.flaws import Flaw, flaw_at
from desktop_app.support.i18n import N_

DEEPEST_NESTING = 200
"""Brackets within brackets; some ten thousand end the process that compiles them."""
MOST_REPETITIONS = 2000
"""llama.cpp's own limit (MAX_REPETITION_THRESHOLD in llama-grammar.cpp)."""
MOST_ELEMENTS = 200_000
"""What a rule may grow to when its repetitions are written out, as llama.cpp does."""

_NAME = re.compile(r"[A-Za-z0-9-]+")
_SPACE = re.compile(r"(?:[ \t]|#[^\r\n]*)*")
_SPACE_AND_LINES = re.compile(r"(?:[ \t\r\n]|#[^\r\n]*)*")
_NUMBER = re.compile(r"[0-9]+")
_TOKEN = re.compile(r"!?<(?:\[[0-9]+\]|[^>\[][^>]*)>")
_CHARACTER = re.compile(r'\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|[trn\\"\[\]])|[^\\]', re.DOTALL)


class _FlawError(Exception):
    def __init__(self, at: int, words: str, **params: str | int) -> None:
        super().__init__(words)
        self.at, self.words, self.params = at, words, params


def grammar_flaw(text: str) -> Flaw | None:
    """Return the first thing that is wrong with a grammar, None where llama.cpp can be asked for the rest."""
    try:
        _Reader(text).read()
    except _FlawError as flaw:
        return flaw_at(text, flaw.at, flaw.words, **flaw.params)
    return None


class _Reader:
    """Walks over a grammar once; brackets are kept on a list, so that depth costs no stack."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._open: list[tuple[int, int]] = []
        self._size = self._last = 0  # elements of this bracket, and of the item before; 0 where there is none
        self._defined: set[str] = set()
        self._named: dict[str, int] = {}
        self._rule_name = ""
        self._at_front = [True]  # of an alternative, for each bracket
        self._front: dict[str, dict[str, int]] = {}

    def read(self) -> None:
        if "\0" in self._text:
            raise _FlawError(self._text.index("\0"), N_("A grammar has no zero characters."))
        self._skip(lines=True)
        while self._at < len(self._text):
            self._rule()
        if "root" not in self._defined:
            raise _FlawError(0, N_("There is no rule called root, with which an answer begins."))
        for name, at in self._named.items():
            if name not in self._defined:
                raise _FlawError(at, N_("There is no rule called {name}."), name=name)
        for name, front in self._front.items():
            if name in front:
                raise _FlawError(front[name], N_("The rule {name} begins with itself, without end."), name=name)
            self._replace(name, front)

    def _replace(self, name: str, front: dict[str, int]) -> None:
        """Let rules that begin with `name` begin with what that begins with."""
        for other in self._front.values():
            if name in other:
                at = other[name]
                other.update({begin: at for begin in front if begin not in other})

    def _rule(self) -> None:
        name = self._match(_NAME)
        if not name:
            raise _FlawError(self._at, N_("A rule begins with its name, of letters, digits and hyphens."))
        self._skip()
        if not self._take("::="):
            raise _FlawError(self._at, N_("“::=” has to follow the name of a rule."))
        self._skip(lines=True)
        self._size = self._last = 0
        self._defined.add(name)
        self._rule_name, self._at_front = name, [True]
        while self._item():
            self._skip(lines=bool(self._open))
        if self._open:
            raise _FlawError(self._open[-1][0], N_("This bracket is not closed."))
        if self._at < len(self._text) and self._peek() not in "\r\n":
            raise _FlawError(self._at, N_("This does not belong here: a new rule begins on a new line."))
        self._skip(lines=True)

    def _item(self) -> bool:
        """Read the next part of a rule; False where the rule ends."""
        sign = self._peek()
        if not sign or (sign in "\r\n" and not self._open):
            return False
        if sign == '"':
            self._quoted('"', N_("This text has no closing quotation mark."))
        elif sign == "[":
            self._class()
        elif sign == "(":
            self._open_bracket()
        elif sign == ")" and self._open:
            self._close_bracket()
        elif sign in "*+?{":
            self._repetition(sign)
        elif _NAME.match(sign):
            self._name()
        else:
            return self._other(sign)
        return True

    def _other(self, sign: str) -> bool:
        if sign == "|":
            self._at += 1
            self._last = 0
            self._at_front[-1] = len(self._at_front) == 1 or self._at_front[-2]
            self._skip(lines=True)
        elif sign == ".":
            self._at += 1
            self._add(1)
        elif sign in "<!":
            if not self._match(_TOKEN):
                raise _FlawError(self._at, N_("A token is written as <name> or <[number]>."))
            self._add(1)
        else:
            return False
        return True

    def _name(self) -> None:
        at, name = self._at, self._match(_NAME)
        self._named.setdefault(name, at)
        if self._at_front[-1]:
            self._front.setdefault(self._rule_name, {}).setdefault(name, at)
        self._add(1)

    def _quoted(self, end: str, unclosed: str) -> None:
        start = self._at
        self._at += 1
        count = 0
        while self._peek() != end:
            if not self._peek():
                raise _FlawError(start, unclosed)
            self._character()
            count += 1
        self._at += 1
        self._add(max(count, 1))

    def _class(self) -> None:
        self._quoted("]", N_("This group of characters is not closed by “]”."))
        self._last = 1

    def _character(self) -> None:
        if not self._match(_CHARACTER):
            raise _FlawError(
                self._at,
                N_('After “\\” only these can stand: n r t \\ " [ ], x and 2, u and 4, U and 8 hexadecimal digits.'),
            )

    def _open_bracket(self) -> None:
        if len(self._open) >= DEEPEST_NESTING:
            raise _FlawError(self._at, N_("Brackets are nested more than {most} deep."), most=DEEPEST_NESTING)
        self._open.append((self._at, self._size))
        self._at_front.append(self._at_front[-1])
        self._size = self._last = 0
        self._at += 1
        self._skip(lines=True)

    def _close_bracket(self) -> None:
        inside = self._size
        self._at_front.pop()
        self._size = self._open.pop()[1]
        self._at += 1
        self._add(max(inside, 1))

    def _repetition(self, sign: str) -> None:
        if not self._last:
            raise _FlawError(self._at, N_("“{sign}” has to follow what is to be repeated."), sign=sign)
        start = self._at
        self._at += 1
        if sign != "{":
            return
        least = most = self._count(start)
        if self._take(","):
            self._skip(lines=bool(self._open))
            number = self._match(_NUMBER)
            most = self._limited(int(number), start) if number else least
            self._skip(lines=bool(self._open))
            if number and most < least:
                raise _FlawError(start, N_("The first number of a repetition is the smaller one."))
        if not self._take("}"):
            raise _FlawError(start, N_("A repetition is written as {{3}}, {{2,}} or {{2,5}}."))
        self._add(self._last * max(most, 1), again=True)

    def _count(self, start: int) -> int:
        self._skip(lines=bool(self._open))
        number = self._match(_NUMBER)
        if not number:
            raise _FlawError(start, N_("A repetition is written as {{3}}, {{2,}} or {{2,5}}."))
        self._skip(lines=bool(self._open))
        return self._limited(int(number[:12]), start)

    def _limited(self, number: int, start: int) -> int:
        if number > MOST_REPETITIONS:
            raise _FlawError(start, N_("More than {most} repetitions are too many."), most=MOST_REPETITIONS)
        return number

    def _add(self, size: int, *, again: bool = False) -> None:
        """Take note of an item of `size` elements, in place of the one before where it is that `again`."""
        self._at_front[-1] = False
        self._size += size - (self._last if again else 0)
        self._last = size
        if self._size > MOST_ELEMENTS:
            raise _FlawError(self._at, N_("The repetitions in this rule add up to too much."))

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _take(self, sign: str) -> bool:
        found = self._text.startswith(sign, self._at)
        self._at += len(sign) if found else 0
        return found

    def _match(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return found.group() if found else ""

    def _skip(self, *, lines: bool = False) -> None:
        self._match(_SPACE_AND_LINES if lines else _SPACE)
