"""Turns blocks of Markdown into flat drawing operations, which are cheap to compare. Free of Qt."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from desktop_app.gui.chat.markdown.visible import visible

if TYPE_CHECKING:  # the parser is imported when there is something to read
    from markdown_it.token import Token

    from desktop_app.gui.chat.markdown.markdown import Block

SAFE_SCHEMES = ("http", "https", "mailto")
"""What a link may open; anything else stays text."""

LINE = "\u2028"
"""A line break inside a paragraph."""

DEEPEST = 6
"""Lists, and quotes, within each other are set in no further than this, or no room would be left."""


class Style(NamedTuple):
    """How a run of text looks."""

    bold: bool = False
    italic: bool = False
    struck: bool = False
    code: bool = False
    math: bool = False
    heading: int = 0
    href: str = ""


class Text(NamedTuple):
    """A run of text in the current paragraph."""

    style: Style
    text: str


class Paragraph(NamedTuple):
    """The beginning of a paragraph; `kind` is text, math, item, inside, marker, heading, rule or plain.

    An item is the first paragraph in an item of a list, those below it are inside it; where it does not begin with
    words, its marker stands alone. `quotes` counts bars left of it.
    """

    kind: str
    depth: int = 0
    quotes: int = 0
    level: int = 0


class Code(NamedTuple):
    """A code block."""

    language: str
    source: str
    depth: int = 0


Cell = tuple[Text, ...]


Rows = tuple[tuple[Cell, ...], ...]


class Table(NamedTuple):
    """A table; the first row is the header, but where it goes on with the one that begins with the rows `start`."""

    rows: Rows
    aligns: tuple[str, ...]
    start: Rows = ()


Operation = Text | Paragraph | Code | Table


def is_safe(url: str) -> bool:
    """Return whether a link to `url` may be opened."""
    try:
        return urlsplit(url).scheme.lower() in SAFE_SCHEMES
    except ValueError:
        return False


def operations(block: "Block") -> list[Operation]:
    """Return what draws `block`."""
    if block.start:
        return _table_going_on(block)
    walk = _Walk(number=block.number)
    for token in block.tokens:
        walk.take(token)
    return walk.made


def _table_going_on(block: "Block") -> list[Operation]:
    """Return what draws more rows of a table: its head is there to be read, and not to be shown again."""
    (start,) = operations(replace(block, tokens=block.start, start=()))
    (table,) = operations(replace(block, start=()))
    assert isinstance(start, Table)
    assert isinstance(table, Table)
    return [Table(table.rows[1:], table.aligns, start.rows)] if table.rows[1:] else []


def plain_operations(text: str) -> list[Operation]:
    """Return what draws `text` as it was typed."""
    made: list[Operation] = []
    for line in text.removesuffix("\n").split("\n"):
        made.append(Paragraph("plain"))
        if line:
            made.append(Text(Style(), visible(line)))
    return made


@dataclass
class _Walk:
    """The state while the tokens of one block pass by."""

    number: int | None
    made: list[Operation] = field(default_factory=list)
    lists: list[int | None] = field(default_factory=list)
    quotes: int = 0
    marker: str = ""
    heading: int = 0
    rows: list[list[Cell]] | None = None
    aligns: list[str] = field(default_factory=list)

    def take(self, token: "Token") -> None:
        """Take the next token."""
        kind = token.type
        if kind == "paragraph_open":
            self._begin()
        elif kind == "inline":
            self._inline(token)
        elif kind == "heading_open":
            self.heading = int(token.tag[1])
            self._begin()
        elif kind == "heading_close":
            self.heading = 0
        elif kind in ("fence", "code_block"):
            self._take_marker()
            words = token.info.split()
            language = visible(words[0]) if words else ""
            self.made.append(Code(language, token.content, min(len(self.lists) + self.quotes, DEEPEST)))
        elif kind in ("math_block", "math_pending"):
            self._begin("math")
            self.made.append(Text(Style(math=True), visible(token.content).replace("\n", LINE)))
        elif kind == "hr":
            self._take_marker()
            self.made.append(Paragraph("rule", self._depth, self._bars))
        else:
            self._take_container(token)

    def _take_container(self, token: "Token") -> None:
        kind = token.type
        if kind == "bullet_list_open":
            self.lists.append(None)
        elif kind == "ordered_list_open":
            outermost = not self.lists and self.number is not None
            self.lists.append(self.number if outermost else int(token.attrs.get("start", 1)))
        elif kind in ("bullet_list_close", "ordered_list_close"):
            self.lists.pop()
        elif kind == "list_item_open":
            self._take_marker()
            number = self.lists[-1]
            self.marker = "•\t" if number is None else f"{number}.\t"
            self.lists[-1] = None if number is None else number + 1
        elif kind == "list_item_close":
            self._take_marker()
        elif kind == "blockquote_open":
            self.quotes += 1
        elif kind == "blockquote_close":
            self.quotes -= 1
        else:
            self._take_table(token)

    def _take_table(self, token: "Token") -> None:
        if token.type == "table_open":
            self.rows = []
        elif token.type == "tr_open" and self.rows is not None:
            self.rows.append([])
        elif token.type == "th_open":
            self.aligns.append(str(token.attrs.get("style", "")).removeprefix("text-align:"))
        elif token.type == "table_close" and self.rows is not None:
            self._take_marker()
            self.made.append(Table(tuple(map(tuple, self.rows)), tuple(self.aligns)))
            self.rows, self.aligns = None, []

    @property
    def _depth(self) -> int:
        return min(len(self.lists), DEEPEST)

    @property
    def _bars(self) -> int:
        return min(self.quotes, DEEPEST)

    def _begin(self, kind: str = "text") -> None:
        kind = "heading" if self.heading else "item" if self.lists else kind
        marker, self.marker = self.marker, ""
        continues = kind == "item" and not marker
        self.made.append(Paragraph("inside" if continues else kind, self._depth, self._bars, self.heading))
        if marker:
            self.made.append(Text(Style(heading=self.heading), marker))

    def _take_marker(self) -> None:
        """Give an item that does not begin with words a paragraph for its marker."""
        if self.marker:
            self.made += Paragraph("marker", self._depth, self._bars), Text(Style(), self.marker)
            self.marker = ""

    def _inline(self, token: "Token") -> None:
        if self.rows is None:
            self.made += _runs(token, Style(heading=self.heading))
        else:
            self.rows[-1].append(tuple(_runs(token, Style(bold=len(self.rows) == 1))))


_TOGGLES = {
    "strong_open": ("bold", 1), "strong_close": ("bold", -1), "em_open": ("italic", 1), "em_close": ("italic", -1),
    "s_open": ("struck", 1), "s_close": ("struck", -1),
}  # fmt: skip


def _runs(token: "Token", base: Style) -> list[Text]:
    """Return the runs of an inline token, neighbours of one style joined."""
    depth = {"bold": int(base.bold), "italic": 0, "struck": 0}
    links = [""]  # an address within a link is a link of its own
    runs: list[Text] = []
    for child in token.children or ():
        toggle = _TOGGLES.get(child.type)
        if toggle is not None:
            depth[toggle[0]] += toggle[1]
            continue
        if child.type == "link_open":
            target = str(child.attrs.get("href", ""))
            links.append(target if is_safe(target) else "")
            continue
        if child.type == "link_close":
            links.pop()
            continue
        kind, href = child.type, links[-1]
        style = Style(
            depth["bold"] > 0, depth["italic"] > 0, depth["struck"] > 0, kind == "code_inline", kind == "math_inline",
            base.heading, href,
        )  # fmt: skip
        text = _text_of(child)
        if kind == "image":  # never loaded: its words stand for it, and lead to it
            source = str(child.attrs.get("src", ""))
            style = style._replace(href=href or (source if is_safe(source) else ""))
        if runs and runs[-1].style == style:
            runs[-1] = Text(style, runs[-1].text + text)
        elif text:
            runs.append(Text(style, text))
    return runs


def _text_of(token: "Token") -> str:
    if token.type == "softbreak":
        return " "
    if token.type == "hardbreak":
        return LINE
    if token.type == "image":
        return visible(str(token.content) or str(token.attrs.get("src", "")))
    return visible(str(token.content)).replace("\n", LINE)
