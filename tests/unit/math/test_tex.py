"""What is read of TeX, what is an error, and that nothing hangs."""

import os

import pytest

from desktop_app.gui.chat.math.symbols import Kind, letter
from desktop_app.gui.chat.math.tex import LONGEST, TexError, read, strip
from desktop_app.gui.chat.math.tree import (
    Accent,
    Delimited,
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
from tests.markdown_texts import chance_of

X = Sign("x", Kind.ORDINARY, "it")
ONE, TWO = Sign("1"), Sign("2")


def only(source: str, **options: bool) -> Node:
    row = read(source, **options)
    assert isinstance(row, Row)
    (node,) = row.items
    return node


@pytest.mark.parametrize(
    ("source", "node"),
    [
        ("x", X),
        ("12.5", Sign("12.5")),
        (r"\alpha", Sign("α", Kind.ORDINARY, "it")),
        (r"\Omega", Sign("Ω")),
        (r"\leq", Sign("≤", Kind.RELATION)),
        ("-", Sign("−", Kind.BINARY)),
        ("x^2_1", Scripts(X, ONE, TWO)),
        ("x'^2", Scripts(X, None, Row((Sign("′"), TWO)))),
        (r"\frac12", Fraction(ONE, TWO)),
        (r"\dfrac{1}{2}", Fraction(Row((ONE,)), Row((TWO,)), style="d")),
        (r"{1 \over 2}", Row((Fraction(Row((ONE,)), Row((TWO,))),))),
        (r"\binom{1}{2}", Delimited("(", (Fraction(Row((ONE,)), Row((TWO,)), line=False),), (), ")")),
        (r"\sqrt[1]{x}", Root(Row((X,)), Row((ONE,)))),
        (r"\sqrt x", Root(X)),
        (r"\sum", Large("∑", limits=True)),
        (r"\int\limits_1", Scripts(Large("∫", limits=True), ONE)),
        (r"\lim_x", Scripts(Large("lim", limits=True, is_word=True), X)),
        (r"\operatorname{rot}", Large("rot", limits=False, is_word=True)),
        (r"\left(x\middle|1\right]", Delimited("(", (Row((X,)), Row((ONE,))), ("|",), "]")),
        (r"\hat x", Accent("^", X)),
        (r"\overline{x}", Accent("-", Row((X,)), is_wide=True)),
        (r"\overset{1}{x}", Stack(Row((X,)), over=Row((ONE,)))),
        (r"\text{if  a}", Words("if  a")),
        (r"\mathbb{R}", Row((Sign("R", Kind.ORDINARY, "bb"),))),
        (r"\quad", Space(1.0)),
        (r"\not=", Sign("≠", Kind.RELATION)),
        (r"\boxed{x}", Styled("b", Row((X,)))),
        (r"\begin{pmatrix}x&1\\2&x\end{pmatrix}", Grid(
            ((Row((X,)), Row((ONE,))), (Row((TWO,)), Row((X,)))), "c", "(", ")")),
        (r"\begin{cases}x\\\end{cases}", Grid(((Row((X,)),),), "l", "{", "")),
        (r"\nowhere", Sign(r"\nowhere", Kind.ORDINARY, "source")),
    ],
)  # fmt: skip
def test_what_is_read(source: str, node: Node) -> None:
    assert only(source) == node


def test_lines_of_a_formula_are_rows() -> None:
    grid = read(r"x &= 1 \\ x &= 2")
    assert isinstance(grid, Grid)
    assert [len(row) for row in grid.cells] == [2, 2]


@pytest.mark.parametrize(
    "source",
    [r"\frac{1}", "{x", "x}", r"\left(x", r"\right)", r"\begin{pmatrix}x", r"\end{x}", r"\begin{nothing}\end{nothing}",
     "x^", "^^", r"\sqrt[1", "{" * 41 + "}" * 41, "x" * (LONGEST + 1), r"\begin{pmatrix}x\end{cases}"],
)  # fmt: skip
def test_what_is_broken_is_an_error(source: str) -> None:
    with pytest.raises(TexError):
        read(source)


@pytest.mark.parametrize(
    "source",
    [r"\frac{-b\pm\sqrt{b^2-4ac}}{2a}", r"\begin{pmatrix}a&b\\c&d\end{pmatrix}^{-1}", r"\left(\sum_{i=1}^n x_i\right)^2",
     r"\text{if } x \ge 0", r"\underbrace{a+b}_{n}", r"\sqrt[3]{x}", r"a &= b \\ c &= d"],
)  # fmt: skip
def test_an_unfinished_formula_is_read_at_every_moment(source: str) -> None:
    read(source)
    for cut in range(len(source)):
        if source[:cut].count(r"\begin") == source[:cut].count(r"\begin{pmatrix}"):
            read(source[:cut], unfinished=True)


def test_random_tex_is_read_or_refused() -> None:
    pieces = ["\\frac", "{", "}", "^", "_", "\\left", "\\right", "(", ")", "|", "\\sqrt", "[", "]", "\\begin{matrix}", "\\end{matrix}",
              "&", "\\\\", "x", "1", "\\sum", "\\limits", "'", "\\not", "\\text", " ", "\\over", "\\", "\\displaystyle", "\\bf", "%", "\\hat",
              "\\middle", "\\big", "\\substack", "\\begin{array}", "\\color", "~", "\\pmod", "\u2028", "é", "\\operatorname"]  # fmt: skip
    chance = chance_of(3)
    outcomes = set()
    for _ in range(100_000 if os.environ.get("INGLENOOK_SOAK") else 3000):
        source = "".join(chance.choice(pieces) for _ in range(chance.randrange(1, 20)))
        for unfinished in (False, True):
            try:
                read(source, unfinished=unfinished)
                outcomes.add("read")
            except TexError:
                outcomes.add("refused")
    assert outcomes == {"read", "refused"}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("$x$", ("x", False, True)),
        ("$$x$$", ("x", True, True)),
        ("$$x", ("x", True, False)),
        (r"\(x\)", ("x", False, True)),
        (r"\[x", ("x", True, False)),
    ],
)
def test_what_opens_a_formula(source: str, expected: tuple[str, bool, bool]) -> None:
    assert strip(source) == expected


@pytest.mark.parametrize(
    ("sign", "alphabet", "expected"),
    [("x", "it", "𝑥"), ("h", "it", "ℎ"), ("R", "bb", "ℝ"), ("A", "bf", "𝐀"), ("1", "bb", "𝟙"), ("β", "bi", "𝜷"), ("L", "cal", "ℒ"),
     ("+", "it", "+"), ("é", "it", "é")],
)  # fmt: skip
def test_letters_of_alphabets(sign: str, alphabet: str, expected: str) -> None:
    assert letter(sign, alphabet) == expected
