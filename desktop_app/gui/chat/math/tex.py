"""Reads TeX formulas into trees. Free of Qt.

What is read is the mathematics of LaTeX and amsmath that answers contain; a command that is not
known stays as it is written, and a formula that is broken is an error.
"""

import re

from desktop_app.gui.chat.math.symbols import (
    ACCENTS,
    ALIGNED,
    ALPHABETS,
    CENTRED,
    CHARACTERS,
    DROPPED,
    IGNORED,
    INTEGRALS,
    LARGE,
    LIMITS,
    NAMED,
    NEGATED,
    SIGNS,
    SPACES,
    SPELLED,
    TEXTS,
    WIDE_ACCENTS,
    Kind,
)
from desktop_app.gui.chat.math.tree import (
    Accent,
    Delimited,
    Delimiter,
    Fraction,
    Grid,
    Large,
    Node,
    Root,
    Row,
    Scripts,
    Sign,
    Space,
    Stack,
    Styled,
    Words,
)

LONGEST = 4000
"""A longer formula is not read."""
_DEEPEST = 40
_TOKEN = re.compile(r"\\(?:[A-Za-z]+\*?|.)|\\$|[ \t\n\r\u2028]+|%[^\n]*\n?|.", re.DOTALL)
_COLUMNS = re.compile(r"[lcr]")
_FENCES = {"p": ("(", ")"), "b": ("[", "]"), "B": ("{", "}"), "v": ("|", "|"), "V": ("‖", "‖"), "": ("", "")}
_SIZES = {"big": 1.2, "Big": 1.8, "bigg": 2.4, "Bigg": 3.0}


class TexError(ValueError):
    """A formula that cannot be read; it is shown as it is written."""


def read(source: str, *, unfinished: bool = False) -> Node:
    """Return the tree of a formula without its dollar signs; an `unfinished` one may end anywhere.

    Raises TexError.
    """
    if len(source) > LONGEST:
        raise TexError("too long")
    reader = _Reader([token for token in _TOKEN.findall(source) if not token.startswith("%")], unfinished=unfinished)
    return reader.whole()


def strip(source: str) -> tuple[str, bool, bool]:
    r"""Return what `$`, `$$`, `\(` or `\[` opens, whether it is a formula of its own, and whether it is closed."""
    for opener, closer, is_own in (("$$", "$$", True), ("\\[", "\\]", True), ("\\(", "\\)", False), ("$", "$", False)):
        if source.startswith(opener):
            body = source[len(opener) :]
            return (body[: -len(closer)], is_own, True) if body.endswith(closer) else (body, is_own, False)
    return source, False, False


class _Reader:
    """A cursor over tokens."""

    def __init__(self, tokens: list[str], *, unfinished: bool) -> None:
        self._tokens = tokens
        self._place = 0
        self._unfinished = unfinished
        self._depth = 0
        self._alphabet = ""
        if unfinished and tokens and tokens[-1].startswith("\\"):
            tokens.pop()  # it may go on

    def whole(self) -> Node:
        """Read everything; lines that are divided outside of an environment are rows."""
        cells = self._cells(end="")
        if len(cells) == 1 and len(cells[0]) == 1:
            return cells[0][0]
        return Grid(cells, "rl", style="d", gap=0.0)

    # Tokens

    def _peek(self) -> str:
        """Return the next token that is not blank, empty at the end."""
        while self._place < len(self._tokens) and self._tokens[self._place].isspace():
            self._place += 1
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        self._place += 1
        return token

    def _expect(self, token: str) -> None:
        found = self._next()
        if found != token and (found or not self._unfinished):
            raise TexError(f"{found!r} where {token!r} is missing")

    def _raw_group(self) -> str:
        """Return the source of the group that follows."""
        if self._peek() != "{":
            return self._next()
        self._next()
        depth, begin = 1, self._place
        while self._place < len(self._tokens):
            token = self._tokens[self._place]
            depth += (token == "{") - (token == "}")
            self._place += 1
            if not depth:
                return "".join(self._tokens[begin : self._place - 1])
        if not self._unfinished:
            raise TexError("a group has no end")
        return "".join(self._tokens[begin:])

    # Rows

    def _row(self, ends: tuple[str, ...], *, is_last: bool = False) -> Row:
        """Read until one of `ends`, which is not taken; the formula may end first where this `is_last`."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise TexError("nested too deeply")
        alphabet = self._alphabet
        items: list[Node] = []
        while (token := self._peek()) and token not in ends:
            if token in ("}", "\\right", "\\end", "&", "\\\\"):
                raise TexError(f"{token!r} closes nothing")
            if token in ("\\over", "\\atop", "\\choose"):
                self._next()
                items = [self._infix(token, Row(tuple(items)), self._row(ends, is_last=is_last))]
                break
            if token in ("\\displaystyle", "\\textstyle", "\\scriptstyle"):
                self._next()
                items.append(Styled(token[1], self._row(ends, is_last=is_last)))
                break
            if token[1:] in ("rm", "bf", "it") and token[0] == "\\":
                self._alphabet = ALPHABETS[self._next()[1:]]
                continue
            node = self._scripted()
            if node is not None:
                items.append(node)
        if not token and not is_last and not self._unfinished:
            raise TexError("it has no end")
        self._alphabet = alphabet
        self._depth -= 1
        return Row(tuple(items))

    @staticmethod
    def _infix(token: str, above: Node, below: Node) -> Node:
        fraction = Fraction(above, below, line=token == "\\over")
        return Delimited("(", (fraction,), (), ")") if token == "\\choose" else fraction

    def _scripted(self) -> Node | None:
        """Read an atom with its scripts."""
        base: Node | None = Row(()) if self._peek() in ("^", "_") else self._atom()
        if base is None:
            return None
        below: Node | None = None
        above: Node | None = None
        while (token := self._peek()) in ("^", "_", "'", "\\limits", "\\nolimits"):
            self._next()
            if token == "_":
                below = self._joined(below, self._argument())
            elif token == "^":
                above = self._joined(above, self._argument())
            elif token == "'":
                above = self._joined(above, Sign("′"))
            elif isinstance(base, Large):
                base = Large(base.text, limits=token == "\\limits", is_word=base.is_word)
        if below is None and above is None:
            return base
        if isinstance(base, Stack) and base.over is None and below is None:  # \overbrace{…}^{…}
            return Stack(base.base, above, base.under)
        if isinstance(base, Accent) and base.mark in ("overbrace", "underbrace"):
            return Stack(base, above, below)
        return Scripts(base, below, above)

    @staticmethod
    def _joined(first: Node | None, second: Node) -> Node:
        return second if first is None else Row((first, second))

    def _argument(self) -> Node:
        """Read a group, or one atom."""
        token = self._peek()
        if not token:
            if self._unfinished:
                return Row(())
            raise TexError("an argument is missing")
        if token == "{":
            self._next()
            row = self._row(("}",))
            self._expect("}")
            return row
        if token.isdigit() and token.isascii():  # \frac12 is a half
            self._next()
            return Sign(token, Kind.ORDINARY, self._alphabet or "rm")
        self._depth += 1
        if self._depth > _DEEPEST:
            raise TexError("nested too deeply")
        node = self._atom()
        self._depth -= 1
        return node if node is not None else Row(())

    def _optional(self) -> Node | None:
        if self._peek() != "[":
            return None
        self._next()
        row = self._row(("]",))
        self._expect("]")
        return row

    # Atoms

    def _atom(self) -> Node | None:
        token = self._peek()
        if token == "{":
            return self._argument()
        if token in ("}", "&", "\\\\", "\\right", "\\end", "^", "_"):
            raise TexError(f"{token!r} stands where something is missing")
        self._next()
        if token == "~":
            return Space(6 / 18)
        if token.startswith("\\"):
            return self._command(token[1:])
        return self._character(token)

    def _character(self, token: str) -> Node:
        if token.isalpha() and token.isascii():
            return Sign(token, Kind.ORDINARY, self._alphabet or "it")
        if token.isdigit() and token.isascii():
            digits = [token]
            while self._place < len(self._tokens) and self._is_number(self._place):
                digits.append(self._tokens[self._place])
                self._place += 1
            return Sign("".join(digits), Kind.ORDINARY, self._alphabet or "rm")
        sign, kind = CHARACTERS.get(token, (token, Kind.ORDINARY))
        return Sign(sign, kind, self._greek(sign))

    def _is_number(self, place: int) -> bool:
        token = self._tokens[place]
        if token == "." and place + 1 < len(self._tokens):
            token = self._tokens[place + 1]
        return token.isdigit() and token.isascii()

    def _greek(self, sign: str) -> str:
        small = "α" <= sign <= "ω" or sign in "ϵϑϰϕϱϖ"
        return self._alphabet or ("it" if small else "rm")

    def _command(self, name: str) -> Node | None:
        if name in SIGNS:
            sign, kind = SIGNS[name]
            return Sign(sign, kind, self._greek(sign))
        if name in LARGE:
            return Large(LARGE[name], limits=True)
        if name in INTEGRALS:
            return Large(INTEGRALS[name], limits=False)
        if name in NAMED:
            return Large(SPELLED.get(name, name), limits=name in LIMITS, is_word=True)
        if name in SPACES:
            return Space(SPACES[name])
        if name in ACCENTS:
            return Accent(ACCENTS[name], self._argument(), is_wide=name in WIDE_ACCENTS)
        if name in ALPHABETS or name == "operatorname*":
            return self._in_alphabet(name)
        if name in IGNORED:
            return None
        if name in DROPPED:
            self._raw_group()
            return None
        if name in TEXTS:
            return Words(self._raw_group(), is_bold=name == "textbf", is_italic=name == "textit")
        return self._structure(name)

    def _in_alphabet(self, name: str) -> Node:
        if name.startswith("operatorname"):
            return Large(self._raw_group(), limits=name.endswith("*"), is_word=True)
        before, self._alphabet = self._alphabet, ALPHABETS[name]
        body = self._argument()
        self._alphabet = before
        return body

    def _structure(self, name: str) -> Node | None:
        if name in ("frac", "dfrac", "tfrac", "cfrac", "binom", "dbinom", "tbinom"):
            return self._fraction(name)
        if name == "sqrt":
            index = self._optional()
            return Root(self._argument(), index)
        if name == "left":
            return self._delimited()
        if name == "begin":
            return self._environment()
        if name == "not":
            return self._negated()
        if name in ("overset", "stackrel", "underset"):
            script, base = self._argument(), self._argument()
            return Stack(base, under=script) if name == "underset" else Stack(base, over=script)
        if name in ("xrightarrow", "xleftarrow"):
            under, over = self._optional(), self._argument()
            return Stack(Sign("⟶" if name == "xrightarrow" else "⟵", Kind.RELATION), over, under)
        return self._decoration(name)

    def _decoration(self, name: str) -> Node:
        if name in ("underline", "overbrace", "underbrace", "cancel", "bcancel", "xcancel"):
            return Accent(name, self._argument(), is_wide=True)
        if name in ("boxed", "fbox", "phantom", "hphantom", "vphantom"):
            return Styled("b" if "box" in name else "p", self._argument())
        if name == "textcolor":
            self._raw_group()
            return self._argument()
        if name in ("substack", "shortstack"):
            self._expect("{")
            cells = self._cells("}")
            self._expect("}")
            return Grid(cells, "c", style="s", is_close=True)
        if name in ("bmod", "pmod", "mod"):
            return self._modulo(name)
        size = name.rstrip("lrm") if name not in _SIZES else name
        if size in _SIZES:
            kind = {"l": Kind.OPENING, "r": Kind.CLOSING, "m": Kind.RELATION}.get(name[len(size) :], Kind.ORDINARY)
            return Delimiter(self._delimiter(), _SIZES[size], kind)
        return Sign(f"\\{name}", Kind.ORDINARY, "source")

    def _modulo(self, name: str) -> Node:
        word = Sign("mod", Kind.BINARY)
        if name == "bmod":
            return word
        body = self._argument()
        if name == "mod":
            return Row((Space(1.0), Sign("mod"), Space(6 / 18), body))
        return Row((Space(1.0), Sign("("), Sign("mod"), Space(6 / 18), body, Sign(")")))

    def _fraction(self, name: str) -> Node:
        style = name[0] if name[0] in "dt" else "d" if name == "cfrac" else ""
        above, below = self._argument(), self._argument()
        if name.endswith("binom"):
            return Delimited("(", (Fraction(above, below, line=False, style=style),), (), ")")
        return Fraction(above, below, style=style)

    def _negated(self) -> Node:
        node = self._atom()
        if isinstance(node, Sign) and node.text in NEGATED:
            return Sign(NEGATED[node.text], node.kind)
        return Accent("not", node or Row(()))

    def _delimiter(self) -> str:
        token = self._next()
        if token == ".":
            return ""
        if token.startswith("\\") and token[1:] in SIGNS:
            return SIGNS[token[1:]][0]
        if token in ("<", ">"):
            return "⟨" if token == "<" else "⟩"
        if len(token) == 1 and token not in "{}^_&":
            return token
        if not token and self._unfinished:
            return ""
        raise TexError(f"{token!r} is no delimiter")

    def _delimited(self) -> Node:
        left = self._delimiter()
        parts: list[Node] = []
        middles: list[str] = []
        while True:
            parts.append(self._row(("\\right", "\\middle")))
            if self._peek() != "\\middle":
                break
            self._next()
            middles.append(self._delimiter())
        self._expect("\\right")
        right = self._delimiter() if self._peek() or not self._unfinished else ""
        return Delimited(left, tuple(parts), tuple(middles), right)

    # Environments

    def _environment(self) -> Node:
        name = self._raw_group()
        aligns = "c"
        if name in ("array", "tabular"):
            aligns = "".join(_COLUMNS.findall(self._raw_group())) or "c"
        elif name.startswith("alignat"):
            self._raw_group()
        cells = self._cells(end="\\end")
        if self._peek() or not self._unfinished:
            self._expect("\\end")
            if self._raw_group() != name and not self._unfinished:
                raise TexError(f"{name} has no end")
        if name in ("array", "tabular"):
            return Grid(cells, aligns)
        if name.endswith("matrix") and name[:-6] in _FENCES:
            return Grid(cells, "c", *_FENCES[name[:-6]])
        if name == "smallmatrix":
            return Grid(cells, "c", style="s", is_close=True)
        if name in ("cases", "dcases", "rcases"):
            sides = ("", "}") if name == "rcases" else ("{", "")
            return Grid(cells, "l", *sides, style="d" if name == "dcases" else "t")
        if name in ALIGNED:
            return Grid(cells, "rl" * max(map(len, cells)), style="d", gap=0.0)
        if name in CENTRED:
            return Grid(cells, "c", style="d")
        raise TexError(f"{name} is not known")

    def _cells(self, end: str) -> tuple[tuple[Node, ...], ...]:
        ends = ("&", "\\\\", "\\cr", *((end,) if end else ()))
        rows: list[list[Node]] = [[]]
        while True:
            while self._peek() in ("\\hline", "\\toprule", "\\midrule", "\\bottomrule"):
                self._next()
            rows[-1].append(self._row(ends, is_last=not end))
            token = self._peek()
            if token == "&":
                self._next()
            elif token in ("\\\\", "\\cr"):
                self._next()
                if self._peek() == "[":
                    self._optional()  # a distance
                rows.append([])
            else:
                break
        if len(rows) > 1 and len(rows[-1]) == 1 and rows[-1][0] == Row(()):
            rows.pop()
        return tuple(map(tuple, rows))
