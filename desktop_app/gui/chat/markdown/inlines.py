"""Reads the text within blocks that are still open, and what was read before not again. Free of Qt.

Of a paragraph that grows, all but its end is kept: up to a blank before which nothing is open that what follows could
close. Cells of a table and items of a list are kept whole. None of it may depend on link references.
"""

from dataclasses import replace

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

INLINES = "inlines"
"""The key of the `Inlines` in the parser's environment."""
STEP = 200
"""A paragraph is kept up to a place at least so many characters before its end."""
REFERENCES = "references"
"""The parser's own key of the addresses that a text gives names."""


class Inlines:
    """What was read at the last time; `parsed_characters` counts the parser's work."""

    def __init__(self) -> None:
        self.parsed_characters = 0
        self._known: dict[str, list[Token]] = {}
        self._reading: list[tuple[Token, list[Token]]] = []
        self._kept = ""
        self._kept_tokens: list[Token] = []
        self._tried = 0

    def read(self, state: StateCore) -> None:
        """Read what is not known, without what was kept before it."""
        self._reading = []
        for token in state.tokens:
            if token.type != "inline":
                continue
            before, rest = self._known.get(token.content), ""
            if before is None:
                self._keep_more(token.content, state.md)
                goes_on = self._goes_on(token.content)
                before = self._kept_tokens if goes_on else []
                rest = token.content[len(self._kept) :] if goes_on else token.content
            token.children = self._parse(rest, state.md).tokens if rest else []
            self._reading.append((token, before))

    def complete(self) -> None:
        """Put what was known to what was read, once the parser has joined its pieces."""
        self._known = {}
        for token, before in self._reading:
            token.children = _joined(before, token.children or [])
            self._known[token.content] = token.children
        self._reading = []

    def forget(self) -> None:
        """Read everything again: a link reference was found."""
        self._known, self._kept, self._kept_tokens, self._tried = {}, "", [], 0

    def _goes_on(self, content: str) -> bool:
        return bool(self._kept) and content.startswith(self._kept)

    def _parse(self, text: str, parser: MarkdownIt) -> StateInline:
        self.parsed_characters += len(text)
        state = StateInline(text, parser, {}, [])
        parser.inline.tokenize(state)
        for rule in parser.inline.ruler2.getRules(""):
            rule(state)
        return state

    def _keep_more(self, content: str, parser: MarkdownIt) -> None:
        """Keep more of a text that grows, where it became long enough since the last try."""
        if not self._goes_on(content):
            if len(content) < 2 * STEP:
                return
            self._kept, self._kept_tokens, self._tried = "", [], 0
        if len(content) - max(self._tried, len(self._kept)) < 2 * STEP:
            return
        place = _place_to_cut(content, len(content) - STEP, len(self._kept))
        self._tried = len(content) - STEP
        if place:
            state = self._parse(content[len(self._kept) : place], parser)
            if _is_closed(state):
                self._kept_tokens = _joined(self._kept_tokens, state.tokens)
                self._kept = content[:place]


def read_inlines(state: StateCore) -> None:
    """Stand in for the parser's own rule: read the text within blocks."""
    known: Inlines | None = state.env.get(INLINES)
    if known is not None and state.env.get(REFERENCES):
        known.forget()
        known = None
    if known is not None:
        known.read(state)
        return
    for token in state.tokens:
        if token.type == "inline":
            token.children = []
            state.md.inline.parse(token.content, state.md, state.env, token.children)


def complete_inlines(state: StateCore) -> None:
    """Put what was known to what was read."""
    known: Inlines | None = state.env.get(INLINES)
    if known is not None and not state.env.get(REFERENCES):
        known.complete()


def _place_to_cut(content: str, last: int, first: int) -> int:
    """Return a place between `first` and `last` behind a lone blank before a word, 0 where there is none."""
    place = content.rfind(" ", first, last)
    while place > first + 1:
        if not content[place - 1].isspace() and content[place + 1].isalnum():
            return place + 1
        place = content.rfind(" ", first, place)
    return 0


def _is_closed(state: StateInline) -> bool:
    """Return whether nothing is left open that what follows could close, or that could make it something else."""
    if any(delimiter.open and delimiter.end < 0 for delimiter in state.delimiters):
        return False
    ticks = dollars = 0
    for token in state.tokens:
        if token.type in ("text_special", "image") or (token.type == "text" and "[" in token.content):
            return False
        if token.type == "code_inline":
            ticks += 2 * len(token.markup) + token.content.count("`")
        if token.type in ("code_inline", "math_inline"):
            dollars += token.content.count("$")
        if token.type == "math_inline":
            ticks += token.content.count("`")
    return state.src.count("`") == ticks and state.src.count("$") == dollars


def _joined(before: list[Token], after: list[Token]) -> list[Token]:
    """Return both as the parser would have made them of one text."""
    if before and after and before[-1].type == after[0].type == "text":
        seam = replace(before[-1], content=before[-1].content + after[0].content)
        return [*before[:-1], seam, *after[1:]]
    return [*before, *after]
