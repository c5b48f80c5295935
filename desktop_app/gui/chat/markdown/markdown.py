"""Reads Markdown while it is being written: what can no longer change is committed, the rest is read again."""

import re
from collections import deque
from collections.abc import Container, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.token import Token

from desktop_app.gui.chat.markdown import going_on, inlines, syntax
from desktop_app.gui.chat.markdown.segments import Cut, Cutter, TableStart, find_cuts

_FENCE = re.compile(r"^(`{3,}|~{3,})([^\n]*)$")
_LISTS = ("bullet_list_open", "ordered_list_open")
_ENDED_BY_BLANK_LINE = ("paragraph_open", "heading_open", "table_open", "blockquote_open", "hr", "math_block")
_BLANK = " \t"
_OTHER_BLANKS = r"\x00-\x1f\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_PLAIN_WORDS = re.compile(rf"(\n*)([^\W\d_][^{_OTHER_BLANKS}`*_~\[\]<>&\\$|]*)")
"""A line that is a paragraph without anything to be read in it: it begins with a letter, and has no sign of Markdown."""
_MORE_WORDS = re.compile(r"(?:[^\W_]|[ .,:!?'\"’“”–—-])*")
"""What changes nothing of what stands before it in a line of words, and has nothing to be read in itself."""


@dataclass(frozen=True)
class Block:
    """A top-level block: its tokens, and whether it goes on with the list that was committed before it.

    `number` is what an ordered list's first item here counts as; `start` are the tokens of the table that goes on
    here, whose head these rows share.
    """

    tokens: tuple[Token, ...]
    continues: bool = False
    number: int | None = None
    start: tuple[Token, ...] = ()

    @property
    def kind(self) -> str:
        """The type of the first token."""
        return str(self.tokens[0].type)


@dataclass
class _Fence:
    """A fence that is open at the top level: what closes it, where its text begins in the tail."""

    closer: re.Pattern[str]
    almost: re.Pattern[str]
    info: str
    markup: str
    begin: int
    searched: int


def make_parser() -> MarkdownIt:
    """Return a parser of CommonMark with tables, strike-through and TeX kept as it is; HTML stays text."""
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": 2 * syntax.DEEPEST})
    parser.enable(["table", "strikethrough"])
    interrupted: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    parser.block.ruler.before("table", "too_deep", syntax.too_deep)
    parser.block.ruler.before("table", "next_item", syntax.next_item)
    parser.block.ruler.before("fence", "math_block", syntax.display_math, interrupted)
    parser.inline.ruler.before("escape", "math_inline", syntax.inline_math)
    parser.core.ruler.at("block", going_on.read_blocks)
    parser.core.ruler.at("inline", inlines.read_inlines)
    parser.core.ruler.after("text_join", "complete_inlines", inlines.complete_inlines)
    return parser


def parse_whole(
    parser: MarkdownIt, text: str, references: dict[str, Any] | None = None, table: TableStart | None = None
) -> list[Block]:
    """Read a finished text at once.

    `references` are link references defined elsewhere in the message; `table` is the one that the text goes on with.
    """
    text = _plain_lines(text)
    if references is None and "]:" in text and find_cuts(text):
        references = find_references(parser, text)
    reader = MarkdownReader(parser, references, table)
    reader.feed(text)
    return reader.flush(final=True)[0]


def find_references(parser: MarkdownIt, text: str) -> dict[str, Any]:
    """Return the link references that `text` defines."""
    text = _plain_lines(text)
    env: dict[str, Any] = {}
    for begin, end in pairwise([0, *(cut.place for cut in find_cuts(text)), len(text)]):
        parser.block.parse(text[begin:end], parser, env, [])
    found: dict[str, Any] = env.get(inlines.REFERENCES, {})
    return {label: reference | {"map": [0, 0]} for label, reference in found.items()}


class MarkdownReader:
    """Turns pieces of text into blocks.

    The tail is the source that is not committed; it begins where a top-level block begins. A
    block is committed when a later one has begun on a line that is complete, or when nothing
    that follows could change it. Where `segments` cuts a text, everything before is committed.
    """

    def __init__(
        self, parser: MarkdownIt, references: dict[str, Any] | None = None, table: TableStart | None = None
    ) -> None:
        self._parser = parser
        self._cutter = Cutter(table)
        self._cuts: deque[Cut] = deque()
        self._tail = ""
        self._carriage_return = ""
        self._fence: _Fence | None = None
        self._continues = False
        self._number: int | None = None
        self._table: TableStart | None = None
        self._start: tuple[Token, ...] = ()
        self._references: dict[str, Any] = dict(references or {})
        self._blocks = going_on.KnownBlocks()
        self._inlines = inlines.Inlines()
        self._is_in_words = False
        self.has_references = False
        self.committed_characters = 0
        if table is not None:
            self._go_on_with(table)

    @property
    def tail(self) -> str:
        """The source of the open blocks."""
        return self._tail

    @property
    def is_clean_cut(self) -> bool:
        """Whether the tail begins a block of its own, rather than going on with a committed list."""
        return not self._continues

    @property
    def parsed_characters(self) -> int:
        """How much text was taken apart into blocks, some of it several times."""
        return self._blocks.parsed_characters

    @property
    def inline_characters(self) -> int:
        """How much text within blocks was read, some of it several times."""
        return self._inlines.parsed_characters

    @property
    def table(self) -> TableStart | None:
        """The table that the tail goes on with."""
        return self._table

    @property
    def references(self) -> dict[str, Any]:
        """The link references that the committed text defines."""
        return dict(self._references)

    def goes_on_with(self, text: str) -> str | None:
        """Return what is shown more of the last paragraph when `text` is fed next, where that is all that becomes of it.

        None where a flush has to tell.
        """
        if not self._is_in_words or self._carriage_return or self._cuts or _MORE_WORDS.fullmatch(text) is None:
            return None
        shown = self._tail.rstrip(" ")
        if not shown or _MORE_WORDS.fullmatch(shown, len(shown) - 1) is None:
            return None  # a sign that what follows may make something else of
        return (self._tail[len(shown) :] + text).rstrip(" ")

    def feed(self, text: str) -> None:
        """Take the next piece of text, of any length."""
        text = self._carriage_return + text
        self._carriage_return = ""
        if text.endswith("\r"):  # the line feed may follow in the next piece
            text, self._carriage_return = text[:-1], "\r"
        self._take(_plain_lines(text))

    def _take(self, text: str) -> None:
        self._tail += text
        self._cuts += self._cutter.feed(text)

    def flush(self, final: bool = False) -> tuple[list[Block], list[Block]]:
        """Return the blocks committed now, and the open ones, which replace the previous open ones."""
        if final and self._carriage_return:
            self._carriage_return = ""
            self._take("\n")
        done: list[Block] = []
        while self._cuts:
            cut = self._cuts.popleft()
            length = cut.place - self.committed_characters
            rest, self._tail = self._tail[length:], self._tail[:length]
            done += self._flush_segment(final=True)[0]
            self.committed_characters = cut.place
            self._tail = rest
            self._continues, self._number, self._table = False, None, None
            if cut.table is not None:
                self._go_on_with(cut.table)
        committed, opened = self._flush_segment(final)
        return done + committed, opened

    def _go_on_with(self, table: TableStart) -> None:
        """Let the tail be rows of `table`."""
        blocks = list(_top_level(self._parser.parse(table.head + table.rows, {inlines.REFERENCES: self._references})))
        self._start = tuple(blocks[0]) if blocks[0][0].type == "table_open" else ()
        self._table = table if self._start else None

    def _flush_segment(self, final: bool) -> tuple[list[Block], list[Block]]:
        done: list[Block] = []
        while True:
            if self._fence is not None:
                closed = self._read_fence()
                if closed is None and not final:
                    return done, [self._open_fence()]
                if closed is not None:
                    done.append(closed)
                    continue
                self._fence = None
            committed, opened = self._read(final)
            done += committed
            if final or not self._begin_fence(opened):
                return done, opened

    def _read(self, final: bool) -> tuple[list[Block], list[Block]]:
        env: dict[str, Any] = {
            syntax.STREAMING: not final,
            syntax.GOES_ON: self._continues,
            going_on.BLOCKS: self._blocks,
            inlines.INLINES: None if final else self._inlines,
            inlines.REFERENCES: dict(self._references),
        }
        head = self._table.head if self._table is not None and self._tail.strip(" \t\n") else ""
        source = head + self._tail
        blocks = [self._block(tokens, first=place == 0) for place, tokens in
                  enumerate(_top_level(self._tokens(source, env)))]  # fmt: skip
        self.has_references = self.has_references or bool(env[inlines.REFERENCES])
        extra = 2 if head else 0
        if final:
            self._cut(source.count("\n") + 1 - extra, env)
            return blocks, []
        if not blocks:
            return [], []
        lines = source.split("\n")
        complete = len(lines) - 1
        first_open = _first_open(blocks, lines, complete, env.get(syntax.UNDECIDED, ()))
        done, opened = blocks[:first_open], blocks[first_open:]
        cut = _last_line(done[-1], lines) if done else 0
        if done:
            self._continues, self._number, self._table = False, None, None
        if opened and opened[0].kind in _LISTS:
            items, rest = _split_list(opened[0], complete)
            if items is not None:
                done.append(items)
                opened[0] = rest
                cut = _first_line(rest.tokens[1])
                self._continues, self._number = True, rest.number
        self._cut(cut - extra, env)
        return done, opened

    def _tokens(self, source: str, env: dict[str, Any]) -> list[Token]:
        """Read a text; plain words, which most of what is written is, need no parser."""
        plain = _PLAIN_WORDS.fullmatch(source)
        self._is_in_words = plain is not None
        if plain is not None:
            return _plain_paragraph(plain[2].rstrip(" "), line=len(plain[1]))
        tokens = self._parser.parse(source, env)
        self._is_in_words = self._blocks.is_in_words
        return tokens

    def _block(self, tokens: list[Token], first: bool) -> Block:
        if first and self._table is not None and tokens[0].type == "table_open":
            return Block(tuple(tokens), continues=True, start=self._start)
        continues = first and self._continues and tokens[0].type in _LISTS
        return Block(tuple(tokens), continues, self._number if continues else _list_start(tokens[0]))

    def _cut(self, lines: int, env: dict[str, Any]) -> None:
        """Take `lines` whole lines off the tail, and keep the references that they define."""
        if lines <= 0:
            return
        source = self._tail
        for label, reference in env[inlines.REFERENCES].items():
            if reference["map"][1] <= lines:
                self._references.setdefault(label, reference | {"map": [0, 0]})
        position = 0
        for _ in range(lines):
            found = source.find("\n", position)
            position = found + 1 if found >= 0 else len(source)
        self._tail = source[position:]
        self.committed_characters += position

    def _begin_fence(self, opened: list[Block]) -> bool:
        """Notice a fence that is open at the top level: from then on only its closer is looked for."""
        if len(opened) != 1 or opened[0].kind != "fence":
            return False
        begin = self._tail.find("\n") + 1
        match = _FENCE.match(self._tail[: begin - 1]) if begin else None
        if match is None:
            return False
        if "|" in match[2] and "\n" not in self._tail[begin:]:
            return False  # the next line may yet make it the head of a table
        mark, least = re.escape(match[1][0]), len(match[1])
        self._fence = _Fence(
            closer=re.compile(rf"^ {{0,3}}{mark}{{{least},}}[ \t]*$", re.MULTILINE),
            almost=re.compile(rf"^ {{0,3}}{mark}*[ \t]*\Z", re.MULTILINE),
            info=opened[0].tokens[0].info,
            markup=match[1],
            begin=begin,
            searched=begin,
        )
        return True

    def _read_fence(self) -> Block | None:
        """Return the open fence as a committed block once its closing line is complete."""
        fence = self._fence
        assert fence is not None
        match = fence.closer.search(self._tail, fence.searched)
        last_line = max(fence.begin, self._tail.rfind("\n") + 1)
        if match is None or match.end() >= len(self._tail):
            fence.searched = last_line
            return None
        block = Block((_fence_token(fence, self._tail[fence.begin : match.start()]),))
        self.committed_characters += match.end() + 1
        self._tail = self._tail[match.end() + 1 :]
        self._fence = None
        return block

    def _open_fence(self) -> Block:
        fence = self._fence
        assert fence is not None
        last_line = max(fence.begin, self._tail.rfind("\n") + 1)
        beginning_to_close = fence.almost.match(self._tail, last_line)
        return Block((_fence_token(fence, self._tail[fence.begin : last_line if beginning_to_close else None]),))


def _fence_token(fence: _Fence, content: str) -> Token:
    return Token("fence", "code", 0, info=fence.info, markup=fence.markup, content=content, block=True)


def _plain_paragraph(text: str, line: int) -> list[Token]:
    """Return what the parser makes of plain words in line number `line`."""
    words = Token("text", "", 0, content=text)
    return [
        Token("paragraph_open", "p", 1, map=[line, line + 1], block=True),
        Token("inline", "", 0, map=[line, line + 1], level=1, children=[words], content=text, block=True),
        Token("paragraph_close", "p", -1, block=True),
    ]


def _plain_lines(text: str) -> str:
    """Return `text` as the parser takes it, so that what is read without it is the same."""
    text = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
    return text.replace("\0", "\ufffd") if "\0" in text else text


def _top_level(tokens: list[Token]) -> Iterator[list[Token]]:
    depth, begin = 0, 0
    for place, token in enumerate(tokens):
        depth += token.nesting
        if depth == 0:
            yield tokens[begin : place + 1]
            begin = place + 1


def _first_line(token: Token) -> int:
    return token.map[0] if token.map else 0


def _last_line(block: Block, lines: list[str]) -> int:
    """Return the line after `block`; blank lines that a list counts as its own are left out."""
    first = block.tokens[0]
    end = first.map[1] if first.map else 0
    while end > _first_line(first) + 1 and end <= len(lines) and not lines[end - 1].strip(_BLANK):
        end -= 1
    return end


def _first_open(blocks: list[Block], lines: list[str], complete: int, undecided: Container[int]) -> int:
    """Return the place of the first block that later text could still change; at `undecided` lines TeX may begin."""
    place = 0
    for candidate, block in enumerate(blocks):
        # a table exists once its second line is complete
        if _first_line(block.tokens[0]) + (block.kind == "table_open") < complete:
            place = candidate
    for candidate, block in enumerate(blocks[1 : place + 1]):
        if _first_line(block.tokens[0]) in undecided:
            place = candidate  # the block after it may yet turn out to be its text, or a row of its table
            break
    while place < len(blocks) and blocks[place].kind in _ENDED_BY_BLANK_LINE:
        end = _last_line(blocks[place], lines)
        if end >= complete or lines[end].strip(_BLANK):
            break
        place += 1
    return place


def _list_start(token: Token) -> int | None:
    return int(token.attrs.get("start", 1)) if token.type == "ordered_list_open" else None


def _split_list(block: Block, complete: int) -> tuple[Block | None, Block]:
    """Split a list before its last item that begins on a complete line."""
    tokens = block.tokens
    items = [place for place, token in enumerate(tokens) if token.type == "list_item_open" and token.level == 1]
    begun = [count for count, place in enumerate(items) if _first_line(tokens[place]) < complete]
    last = begun[-1] if begun else 0
    if not last:
        return None, block
    head = Block((*tokens[: items[last]], tokens[-1]), block.continues, block.number)
    number = block.number + last if block.number is not None else None
    return head, Block((tokens[0], *tokens[items[last] :]), continues=True, number=number)
