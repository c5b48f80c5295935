"""What a formula consists of. Free of Qt."""

from dataclasses import dataclass

from desktop_app.gui.chat.math.symbols import Kind


@dataclass(frozen=True)
class Sign:
    """Letters or a sign, in an alphabet ('it', 'rm', 'bf', …)."""

    text: str
    kind: Kind = Kind.ORDINARY
    alphabet: str = "rm"


@dataclass(frozen=True)
class Large:
    """A large operator, or one that is a word; `limits` says whether they stand above and below."""

    text: str
    limits: bool
    is_word: bool = False


@dataclass(frozen=True)
class Row:
    """What stands beside each other."""

    items: "tuple[Node, ...]"


@dataclass(frozen=True)
class Space:
    """A space of `width` em."""

    width: float


@dataclass(frozen=True)
class Words:
    """Text within a formula."""

    text: str
    is_bold: bool = False
    is_italic: bool = False


@dataclass(frozen=True)
class Fraction:
    """One above the other, with a line between unless there is `line`; `style` is 'd' or 't' where it is prescribed."""

    above: "Node"
    below: "Node"
    line: bool = True
    style: str = ""


@dataclass(frozen=True)
class Root:
    """A root, of `index` where it is not the square one."""

    body: "Node"
    index: "Node | None" = None


@dataclass(frozen=True)
class Scripts:
    """What stands below and above at the right of a base, or under and over it."""

    base: "Node"
    below: "Node | None" = None
    above: "Node | None" = None


@dataclass(frozen=True)
class Stack:
    """What is set over or under a base in small."""

    base: "Node"
    over: "Node | None" = None
    under: "Node | None" = None


@dataclass(frozen=True)
class Delimited:
    """Between delimiters as high as what they stand around; `middles` divide it."""

    left: str
    parts: "tuple[Node, ...]"
    middles: tuple[str, ...]
    right: str


@dataclass(frozen=True)
class Delimiter:
    """A delimiter of a height in em."""

    text: str
    height: float
    kind: Kind


@dataclass(frozen=True)
class Accent:
    """An accent above a body; with `under` a line, or a brace, that is drawn there instead."""

    mark: str
    body: "Node"
    is_wide: bool = False


@dataclass(frozen=True)
class Grid:
    """Cells in rows and columns between delimiters; `aligns` has a letter for each column, and repeats its last."""

    cells: "tuple[tuple[Node, ...], ...]"
    aligns: str
    left: str = ""
    right: str = ""
    style: str = "t"
    gap: float = 1.0
    is_close: bool = False


@dataclass(frozen=True)
class Styled:
    """A body in the style of a formula of its own ('d'), of a line ('t'), of scripts ('s'), unseen ('p'), or boxed ('b')."""

    style: str
    body: "Node"


Node = (
    Sign
    | Large
    | Row
    | Space
    | Words
    | Fraction
    | Root
    | Scripts
    | Stack
    | Delimited
    | Delimiter
    | Accent
    | Grid
    | Styled
)
