"""What is read beyond CommonMark: TeX, which is kept as it is written, and what is nested too deeply. Free of Qt."""

import re

from markdown_it.rules_block import StateBlock, list_block
from markdown_it.rules_inline import StateInline

DEEPEST = 30
"""Quotes and lists (which count twice) within each other; what is nested deeper stays text."""
STREAMING = "streaming"
"""Set in the parser's environment while the text is still being written."""
GOES_ON = "goes on"
"""Set in the parser's environment where the text begins with the next item of a list that was read before."""
UNDECIDED = "undecided"
"""What the parser's environment keeps: the lines at which TeX begins at the top level, or not, as what is still written says."""

_UNCLOSED = "unclosed"
_LAST_CLOSERS = "last closers"


def too_deep(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Take what is nested too deeply as a paragraph; the parser would leave it out."""
    if silent or state.level < DEEPEST:
        return False
    token = state.push("paragraph_open", "p", 1)
    token.map = [start, end]
    token = state.push("inline", "", 0)
    token.content = state.getLines(start, end, state.blkIndent, False).strip()
    token.map = [start, end]
    token.children = []
    state.push("paragraph_close", "p", -1)
    state.line = end
    return True


def next_item(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read the first line as the next item of a list: within the list nobody asks whether a table begins there."""
    if silent or start or state.level or not state.env.get(GOES_ON):
        return False
    return list_block(state, start, end, silent)


def display_math(state: StateBlock, start: int, end: int, silent: bool) -> bool:
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
    undecided = bool(state.env.get(STREAMING)) and _is_at_top(state)
    if found and undecided and last == state.lineMax - 1 and not state.src.endswith("\n"):
        found, last = False, end  # the closing line may go on
    if not found and not undecided:
        unclosed[place] = last
        return False
    if not found:
        state.env.setdefault(UNDECIDED, set()).add(start)
    if silent:
        return True
    after = last + 1 if found else end
    token = state.push("math_block" if found else "math_pending", "math", 0)
    token.content = state.getLines(start, after, state.blkIndent, False).strip()
    token.map = [start, after]
    token.block = True
    state.line = after
    return True


def _is_at_top(state: StateBlock) -> bool:
    """Return whether the rule is asked at the top level, or for the next row of a table there."""
    if state.parentType != "table":
        return not state.level
    return next((not token.level for token in reversed(state.tokens) if token.type == "table_open"), False)


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


def inline_math(state: StateInline, silent: bool) -> bool:
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
