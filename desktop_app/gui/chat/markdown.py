"""Reads Markdown while it is being written: what can no longer change is committed, the rest is read again."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

_FENCE = re.compile(r"^(`{3,}|~{3,})([^\n]*)$")
_LISTS = ("bullet_list_open", "ordered_list_open")
_ENDED_BY_BLANK_LINE = ("paragraph_open", "heading_open", "table_open", "blockquote_open", "hr", "math_block")
_STREAMING = "streaming"
_UNCLOSED = "unclosed"
_LAST_CLOSERS = "last closers"
_REFERENCES = "references"


@dataclass(frozen=True)
class Block:
    """A top-level block: its tokens, and whether it goes on with the list that was committed before it.

    `number` is what an ordered list's first item here counts as.
    """

    tokens: tuple[Token, ...]
    continues: bool = False
    number: int | None = None

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
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    interrupted: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    parser.block.ruler.before("fence", "math_block", _display_math, interrupted)
    parser.inline.ruler.before("escape", "math_inline", _inline_math)
    return parser


def parse_whole(parser: MarkdownIt, text: str, references: dict[str, Any] | None = None) -> list[Block]:
    """Read a finished text at once; `references` are link references defined elsewhere in the message."""
    env: dict[str, Any] = {_REFERENCES: dict(references or {})}
    return [Block(tuple(tokens)) for tokens in _top_level(parser.parse(_plain_lines(text), env))]


def find_references(parser: MarkdownIt, text: str) -> dict[str, Any]:
    """Return the link references that `text` defines."""
    env: dict[str, Any] = {}
    parser.parse(_plain_lines(text), env)
    found: dict[str, Any] = env.get(_REFERENCES, {})
    return found


class MarkdownReader:
    """Turns pieces of text into blocks.

    The tail is the source that is not committed; it begins where a top-level block begins. A
    block is committed when a later one has begun on a line that is complete, or when nothing
    that follows could change it. `parsed_characters` counts the parser's work.
    """

    def __init__(self, parser: MarkdownIt) -> None:
        self._parser = parser
        self._tail = ""
        self._carriage_return = ""
        self._fence: _Fence | None = None
        self._continues = False
        self._number: int | None = None
        self._references: dict[str, Any] = {}
        self.has_references = False
        self.parsed_characters = 0
        self.committed_characters = 0

    @property
    def tail(self) -> str:
        """The source of the open blocks."""
        return self._tail

    @property
    def is_clean_cut(self) -> bool:
        """Whether the tail begins a block of its own, rather than going on with a committed list."""
        return not self._continues

    @property
    def references(self) -> dict[str, Any]:
        """The link references that the committed text defines."""
        return dict(self._references)

    def feed(self, text: str) -> None:
        """Take the next piece of text, of any length."""
        text = self._carriage_return + text
        self._carriage_return = ""
        if text.endswith("\r"):  # the line feed may follow in the next piece
            text, self._carriage_return = text[:-1], "\r"
        self._tail += _plain_lines(text)

    def flush(self, final: bool = False) -> tuple[list[Block], list[Block]]:
        """Return the blocks committed now, and the open ones, which replace the previous open ones."""
        if final:
            self._tail += "\n" if self._carriage_return else ""
            self._carriage_return = ""
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
        env: dict[str, Any] = {_STREAMING: not final, _REFERENCES: dict(self._references)}
        source = self._tail
        self.parsed_characters += len(source)
        blocks = [self._block(tokens, first=place == 0) for place, tokens in
                  enumerate(_top_level(self._parser.parse(source, env)))]  # fmt: skip
        self.has_references = self.has_references or bool(env[_REFERENCES])
        if final:
            self._cut(source, source.count("\n") + 1, env)
            return blocks, []
        if not blocks:
            return [], []
        lines = source.split("\n")
        complete = len(lines) - 1
        first_open = _first_open(blocks, lines, complete)
        done, opened = blocks[:first_open], blocks[first_open:]
        cut = _last_line(done[-1], lines) if done else 0
        if done:
            self._continues, self._number = False, None
        if opened and opened[0].kind in _LISTS:
            items, rest = _split_list(opened[0], complete)
            if items is not None:
                done.append(items)
                opened[0] = rest
                cut = _first_line(rest.tokens[1])
                self._continues, self._number = True, rest.number
        self._cut(source, cut, env)
        return done, opened

    def _block(self, tokens: list[Token], first: bool) -> Block:
        continues = first and self._continues and tokens[0].type in _LISTS
        return Block(tuple(tokens), continues, self._number if continues else _list_start(tokens[0]))

    def _cut(self, source: str, lines: int, env: dict[str, Any]) -> None:
        """Take `lines` whole lines off the tail, and keep the references that they define."""
        if not lines:
            return
        for label, reference in env[_REFERENCES].items():
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


def _plain_lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


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
    while end > _first_line(first) + 1 and end <= len(lines) and not lines[end - 1].strip():
        end -= 1
    return end


def _first_open(blocks: list[Block], lines: list[str], complete: int) -> int:
    """Return the place of the first block that later text could still change."""
    place = 0
    for candidate, block in enumerate(blocks):
        # a table exists once its second line is complete
        if _first_line(block.tokens[0]) + (block.kind == "table_open") < complete:
            place = candidate
    while place and blocks[place].kind == "math_pending":
        place -= 1  # it may yet turn out to be text of the paragraph before it
    if place == len(blocks) - 1 and blocks[place].kind in _ENDED_BY_BLANK_LINE:
        end = _last_line(blocks[place], lines)
        if end < complete and not lines[end].strip():
            return place + 1
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


def _display_math(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    r"""Read `$$ … $$` or `\[ … \]` without blank lines in it as a block of its own.

    At the top level of a text that is still being written, what is not closed yet is pending.
    """
    if state.is_code_block(start):
        return False
    line = _line(state, start)
    closer = {"$$": "$$", "\\[": "\\]"}.get(line[:2])
    if closer is None:
        return False
    last = start
    found = len(line.rstrip()) >= 4 and line.rstrip().endswith(closer)
    # A paragraph asks this for each of its lines: what was looked through once is not looked through again.
    unclosed: dict[tuple[object, ...], int] = state.env.setdefault(_UNCLOSED, {})
    place = (closer, state.level, state.blkIndent, end)
    if not found and start < unclosed.get(place, 0):
        return False
    while not found:
        last += 1
        if last >= end:
            break
        if state.isEmpty(last) or state.sCount[last] < state.blkIndent:
            unclosed[place] = last
            return False
        found = _line(state, last).rstrip().endswith(closer)
    undecided = not state.level and bool(state.env.get(_STREAMING))
    if found and undecided and last == state.lineMax - 1 and not state.src.endswith("\n"):
        found, last = False, end  # the closing line may go on
    if not found and not undecided:
        unclosed[place] = last
        return False
    if silent:
        return True
    after = last + 1 if found else end
    token = state.push("math_block" if found else "math_pending", "math", 0)
    token.content = state.getLines(start, after, state.blkIndent, False).strip()
    token.map = [start, after]
    token.block = True
    state.line = after
    return True


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


_INLINE_MATH = re.compile(
    r"\$\$(?!\s)(?:\\.|[^$\\])+?\$\$"
    r"|\$(?![\s$])(?:\\.|[^$\\])*?(?<!\s)\$(?!\d)"
    r"|\\\((?:[^\\]|\\(?!\)))+?\\\)"
    r"|\\\[(?:[^\\]|\\(?!\]))+?\\\]",
    re.DOTALL,
)


def _can_close(state: StateInline) -> bool:
    r"""Return whether the closer of `\(` or `\[` comes at all; without this, a text of openers takes quadratic time."""
    closer = {"\\(": "\\)", "\\[": "\\]"}.get(state.src[state.pos : state.pos + 2])
    if closer is None:
        return True
    known = state.env.get(_LAST_CLOSERS)
    if known is None or known[0] is not state.src:
        known = (state.src, {closer: state.src.rfind(closer) for closer in ("\\)", "\\]")})
        state.env[_LAST_CLOSERS] = known
    return bool(known[1][closer] > state.pos)


def _inline_math(state: StateInline, silent: bool) -> bool:
    r"""Keep `$…$`, `$$…$$`, `\(…\)` and `\[…\]` as they are written."""
    if state.src[state.pos] not in "$\\" or not _can_close(state):
        return False
    match = _INLINE_MATH.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    if not silent:
        token = state.push("math_inline", "math", 0)
        token.content = match[0]
    state.pos = match.end()
    return True
