"""Reads no block again that only goes on in its last line: what the line begins with says what it is. Free of Qt."""

import re

from markdown_it.rules_core import StateCore, block
from markdown_it.token import Token

from desktop_app.gui.chat.markdown import inlines, syntax

BLOCKS = "known blocks"
"""Set in the parser's environment to what was read of a text that grows."""

_WORDS = re.compile(r"[*_]{0,3}[\"'(“‘«]?[^\W\d_]|`{1,2}[^\W\d_`]")
"""What a line of a paragraph begins with that no more text makes a heading, a list, a rule, a fence, or a table of."""


class KnownBlocks:
    """The blocks of the text that was read last; `parsed_characters` counts the parser's work."""

    def __init__(self) -> None:
        self.parsed_characters = 0
        self._source = ""
        self._goes_on = False
        self._tokens: list[Token] = []
        self._last: Token | None = None
        self._undecided: set[int] = set()

    def read(self, state: StateCore) -> None:
        """Take over what is known, with more text in its last paragraph, or read all of it."""
        if not self._take_over(state):
            self.parsed_characters += len(state.src)
            block(state)
            # what is finished stays as it is, though the text after a cut may begin with the same words
            is_open = state.env[syntax.STREAMING] and not state.env[inlines.REFERENCES]
            self._last = _last_paragraph(state.tokens, state.src) if is_open else None
            self._undecided = state.env.get(syntax.UNDECIDED, set())
        self._source, self._tokens, self._goes_on = state.src, state.tokens, state.env[syntax.GOES_ON]

    @property
    def is_in_words(self) -> bool:
        """Whether the last line that was read is one of words in a paragraph."""
        return self._last is not None

    def _take_over(self, state: StateCore) -> bool:
        env, known, last = state.env, self._source, self._last
        if last is None or not state.src.startswith(known) or env[syntax.GOES_ON] is not self._goes_on:
            return False
        more = state.src[len(known) :]
        if "\n" in more or env[inlines.REFERENCES] or not env[syntax.STREAMING]:
            return False
        last.content = (last.content + known[len(known.rstrip()) :] + more).strip()
        state.tokens = self._tokens
        env[syntax.UNDECIDED] = self._undecided
        return True


def read_blocks(state: StateCore) -> None:
    """Stand in for the parser's own rule: read the blocks of a text."""
    known: KnownBlocks | None = state.env.get(BLOCKS)
    if known is not None:
        known.read(state)
    else:
        block(state)


def _last_paragraph(tokens: list[Token], source: str) -> Token | None:
    """Return the text of the paragraph that the last line of `source` is words of, None where it is something else."""
    place = next((place for place in range(len(tokens) - 1, -1, -1) if tokens[place].nesting >= 0), 0)
    if not place or tokens[place].type != "inline" or tokens[place - 1].type != "paragraph_open":
        return None
    last, line = tokens[place], source[source.rfind("\n") + 1 :].rstrip()
    words = last.content[last.content.rfind("\n") + 1 :].lstrip()
    is_there = bool(words) and line.endswith(words) and last.map is not None and last.map[1] == source.count("\n") + 1
    return last if is_there and _WORDS.match(words) else None
