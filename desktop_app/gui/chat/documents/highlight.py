"""Colours source code line by line, so that each line of a growing code block is read once."""

import importlib
from functools import cache
from typing import Any

from pygments.lexer import ExtendedRegexLexer, Lexer, RegexLexer
from pygments.lexers import LEXERS
from pygments.token import Comment, Keyword, Name, Number, Operator, String, _TokenType

from desktop_app.gui.chat.documents.tones import Tone

Run = tuple[Tone, str]

_TONES = (
    (Comment.Preproc, Tone.KEYWORD),
    (Comment.PreprocFile, Tone.STRING),
    (Comment, Tone.COMMENT),
    (String, Tone.STRING),
    (Number, Tone.NUMBER),
    (Keyword.Type, Tone.TEXT),
    (Keyword, Tone.KEYWORD),
    (Operator.Word, Tone.KEYWORD),
    (Name.Tag, Tone.KEYWORD),
)
_OPEN_COMMENTS = {"/*": "*/", "<!--": "-->"}
LONGEST_LINE = 1000
"""Longer lines (minified code) are not coloured: some lexers, Java's too, take quadratic time on them."""


@cache
def _tone(kind: _TokenType) -> Tone:
    return next((tone for family, tone in _TONES if kind in family), Tone.TEXT)


@cache
def _modules() -> dict[str, tuple[str, str]]:
    """Return the module and class of each alias.

    Pygments' own look-up scans every installed distribution for plug-ins when it meets half a
    name, which happens each time a fence's first line arrives in pieces.
    """
    return {alias: (entry[0], name) for name, entry in LEXERS.items() for alias in entry[2]}


def suffix(language: str) -> str:
    """Return how names of files in `language` usually end, '.txt' where that is not known."""
    patterns = (entry[3] for entry in LEXERS.values() if language.lower() in entry[2])
    endings = (pattern.removeprefix("*") for names in patterns for pattern in names)
    return next((ending for ending in endings if ending[:1] == "." and ending[1:].isalnum()), ".txt")


@cache
def _lexer(language: str) -> Lexer | None:
    entry = _modules().get(language.lower())
    if entry is None:
        return None
    lexer = getattr(importlib.import_module(entry[0]), entry[1])()
    return lexer if isinstance(lexer, Lexer) else None


class LineHighlighter:
    """Colours one block of code in `language`, whole lines at a time."""

    def __init__(self, language: str) -> None:
        lexer = _lexer(language) if language else None
        resumable = isinstance(lexer, RegexLexer) and not isinstance(lexer, ExtendedRegexLexer)
        self._machine = lexer if resumable else None
        self._per_line = lexer if language.lower() in ("json", "jsonc", "json5") else None
        self._stack = ["root"]
        self._closer = ""

    def feed(self, lines: str) -> list[Run]:
        """Colour `lines`, which end with a line feed, and remember the state after them."""
        runs: list[Run] = []
        for line in lines.splitlines(keepends=True):
            runs += self._read(line)
        return _joined(runs)

    def peek(self, line: str) -> list[Run]:
        """Colour a line that is not complete, without remembering anything."""
        stack, closer = list(self._stack), self._closer
        runs = self._read(line)
        self._stack, self._closer = stack, closer
        return _joined(runs)

    def _read(self, line: str) -> list[Run]:
        if len(line) > LONGEST_LINE:
            return [(Tone.TEXT, line)]
        runs: list[Run] = []
        if self._closer:
            end = line.find(self._closer)
            if end < 0:
                return [(Tone.COMMENT, line)]
            end += len(self._closer)
            self._closer = ""
            runs.append((Tone.COMMENT, line[:end]))
            line = line[end:]
        if self._machine is not None:
            pieces = self._run_machine(self._machine, line)
        elif self._per_line is not None:
            pieces = [(_tone(kind), text) for _, kind, text in self._per_line.get_tokens_unprocessed(line)]
        else:
            return [*runs, (Tone.TEXT, line)]
        self._note_open_comment(pieces)
        return runs + pieces

    def _note_open_comment(self, pieces: list[Run]) -> None:
        """Remember a comment that several lexers read with one expression over many lines."""
        if not pieces or pieces[-1][0] is not Tone.COMMENT:
            return
        text = pieces[-1][1].strip()
        for opener, closer in _OPEN_COMMENTS.items():
            if text.startswith(opener) and closer not in text[len(opener) :]:
                self._closer = closer

    def _run_machine(self, lexer: RegexLexer, text: str) -> list[Run]:
        """Run the lexer's own state machine from the state that the line before left."""
        rules: dict[str, Any] = lexer._tokens  # noqa: SLF001 - Pygments offers no other way to resume
        runs: list[Run] = []
        place = 0
        while place < len(text):
            for match_rule, action, new_state in rules[self._stack[-1]]:
                match = match_rule(text, place)
                if match is None:
                    continue
                if isinstance(action, _TokenType):
                    runs.append((_tone(action), match.group()))
                elif action is not None:
                    runs += [(_tone(kind), piece) for _, kind, piece in action(lexer, match) if piece]
                place = match.end()
                self._change_state(new_state)
                break
            else:
                if text[place] == "\n":
                    self._stack = ["root"]
                runs.append((Tone.TEXT, text[place]))
                place += 1
        return runs

    def _change_state(self, change: object) -> None:
        stack = self._stack
        if isinstance(change, tuple):
            for step in change:
                self._change_state(step)
        elif isinstance(change, int):
            del stack[max(1, len(stack) + change) :]
        elif change == "#pop":
            del stack[max(1, len(stack) - 1) :]
        elif change == "#push":
            stack.append(stack[-1])
        elif isinstance(change, str):
            stack.append(change)


def _joined(runs: list[Run]) -> list[Run]:
    """Join neighbours of one tone; spaces take any."""
    joined: list[Run] = []
    for tone, text in runs:
        if not text:
            continue
        if joined and (joined[-1][0] is tone or not text.strip(" ")):
            joined[-1] = (joined[-1][0], joined[-1][1] + text)
        else:
            joined.append((tone, text))
    return joined
