"""Formulas in an answer: drawn in the colours of the look, in the line or by themselves, and copied as TeX."""

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter, QPixmap

from desktop_app.domain.messages import MessageStatus
from desktop_app.gui.chat.documents.document import RowDocument
from desktop_app.gui.chat.documents.styles import Styles
from desktop_app.gui.chat.markdown.markdown import make_parser, parse_whole
from desktop_app.gui.chat.markdown.operations import operations
from desktop_app.gui.chat.math.boxes import Box, Type
from desktop_app.gui.chat.math.formula import FORMULA, SIGN, picture_of
from desktop_app.gui.chat.math.setting import Setter, Style
from desktop_app.gui.chat.math.tex import read
from desktop_app.gui.look.theme import Theme, load_theme
from desktop_app.settings.schema import Appearance

OWN = Style(0, display=True)


@pytest.fixture
def setter(theme: Theme) -> Setter:
    return Setter(Type(16.0, theme.font("mono")))


def document_of(theme: Theme, text: str, width: int = 600) -> RowDocument:
    document = RowDocument(Styles(theme))
    document.write([operation for block in parse_whole(make_parser(), text) for operation in operations(block)])
    document.document.setTextWidth(width)
    return document


def ink(box: Box) -> list[tuple[int, int]]:
    """Return the pixels that a box draws, its baseline at (20, 80)."""
    image = QImage(300, 160, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    box.paint(painter, QPointF(20, 80), QColor("black"))
    painter.end()
    return [(x, y) for x in range(300) for y in range(160) if image.pixelColor(x, y).value() < 128]


@pytest.mark.parametrize(
    "source",
    ["x", r"\frac{a}{b}", r"\sqrt{x^2+1}", r"\sum_{i=1}^n i", r"\int_0^1", r"\begin{pmatrix}a&b\\c&d\end{pmatrix}",
     r"\left\{\frac{a}{b}\right\}", r"\hat{x}", r"\overbrace{a+b}^n", r"\underline{x}", r"\boxed{x}", r"\text{words}",
     r"\left(\frac{a}{b}\right)", r"\left[\frac{a}{b}\right]", r"\left|\frac{a}{b}\right|", r"\left\langle\frac{a}{b}\right\rangle",
     r"\left\lfloor\frac{a}{b}\right\rceil", r"\left\|\frac ab\right/", r"\vec{v}\ddot{q}\tilde{n}\mathring{a}\breve{x}\grave{e}",
     r"\cancel{x}\not A", r"\nowhere", r"\mathbb{R}\mathfrak{g}", r"\left\uparrow\frac{a}{b}\right."],
)  # fmt: skip
def test_a_box_is_as_large_as_what_it_draws(setter: Setter, source: str) -> None:
    box = setter.set(read(source), OWN)
    drawn = ink(box)
    assert drawn
    assert min(x for x, _y in drawn) >= 20 - 2
    assert max(x for x, _y in drawn) <= 20 + box.width + 4
    assert min(y for _x, y in drawn) >= 80 - box.ascent - 2
    assert max(y for _x, y in drawn) <= 80 + box.descent + 2


def test_parts_stand_where_they_belong(setter: Setter) -> None:
    def size(source: str, style: Style = OWN) -> Box:
        return setter.set(read(source), style)

    x = size("x")
    assert size("x^2").ascent > x.ascent
    assert size("x^2").descent == pytest.approx(x.descent, abs=0.5)
    assert size("x_2").descent > x.descent
    assert size(r"\frac{x}{x}").height > 2 * x.height
    assert size(r"\sum_{i=1}^n").height > size(r"\sum_{i=1}^n", Style()).height  # in a line, limits stand beside
    assert size("a+b").width > size("a").width + size("+").width + size("b").width
    assert size("{}+b").width < size("a+b").width
    one = size(r"\left(x\right)")
    assert size(r"\left(\frac{x}{\frac{x}{x}}\right)").height > 2 * one.height


def test_formulas_are_characters_that_hold_their_tex(theme: Theme) -> None:
    document = document_of(theme, "a $x^2$ b\n\n$$\n\\frac{1}{2}\n$$\n\n\\(y\\) and $\\frac{1$ and `$z$`\n")
    assert document.document.toRawText().count(SIGN) == 3
    assert r"$\frac{1$" in document.document.toPlainText()  # what is broken is shown as it is written
    block = document.document.begin()
    types = set()
    while block.isValid():
        runs = block.begin()
        while not runs.atEnd():
            types.add(runs.fragment().charFormat().objectType())
            runs += 1
        block = block.next()
    assert types == {0, FORMULA}


def test_a_line_is_no_higher_for_letters_and_as_high_as_a_fraction_needs(theme: Theme) -> None:
    def height(text: str) -> float:
        return float(document_of(theme, text).document.size().height())

    assert height("a line with $x_1^2+y$ in it") == height("a line with x in it")
    assert height(r"a line with $\frac{\frac{1}{2}}{\frac{3}{4}}$") > height("a line")


def test_a_formula_that_is_too_wide_is_drawn_smaller(theme: Theme) -> None:
    wide = "$$\n" + "+".join(f"\\frac{{x}}{{{number}}}" for number in range(60)) + "\n$$"
    narrow, broad = document_of(theme, wide, 300), document_of(theme, wide, 3000)
    assert narrow.document.size().width() <= 300
    assert narrow.document.size().height() < broad.document.size().height()


@pytest.mark.parametrize(
    "source", [r"\int_0^1 f", r"\left\{\frac{a}{b}\right\}", r"\hat{f}\vec{v}", r"\sqrt{x^2}", r"\mathfrak{g}"]
)
def test_a_picture_of_a_formula_holds_all_of_it(setter: Setter, source: str) -> None:
    box = setter.set(read(source), OWN)
    picture = picture_of(box, QColor("black"), 1.0)
    ground = QPixmap(picture.pixmap.size())
    ground.fill(QColor("white"))
    painter = QPainter(ground)
    painter.drawPixmap(0, 0, picture.pixmap)
    painter.end()
    image = ground.toImage()
    drawn = [
        (x, y) for x in range(image.width()) for y in range(image.height()) if image.pixelColor(x, y).value() < 128
    ]
    assert sorted((x - picture.x + 20, y - picture.y + 80) for x, y in drawn) == sorted(ink(box))


def test_a_formula_is_drawn_once_while_the_answer_grows(view, shown, qtbot, monkeypatch: pytest.MonkeyPatch) -> None:
    paint, drawn = Box.paint, []
    monkeypatch.setattr(Box, "paint", lambda box, *arguments: drawn.append(box) or paint(box, *arguments))
    view.show_messages([shown("live", "Let $x^2$ be", status=MessageStatus.STREAMING)], chat_id="c")
    for _ in range(10):
        view.add_text("live", " more words")
        view.flush()
        view.grab()
    assert len(drawn) == 1


@pytest.mark.parametrize("appearance", [Appearance.LIGHT, Appearance.DARK])
def test_it_is_drawn_in_the_colour_of_the_text(view, shown, qtbot, appearance: Appearance) -> None:
    theme = load_theme(appearance, 100, system_dark=False)
    view.set_theme(theme)
    view.show_messages([shown("a", "$$\n\\rule \\blacksquare\\blacksquare\n$$")], chat_id="c")
    qtbot.waitUntil(lambda: bool(view.realised_texts()))
    image = view.realised_texts()[0].grab().toImage()
    colours = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert theme.colors.text.name() in colours


def test_it_grows_while_it_streams(view, shown, qtbot) -> None:
    view.show_messages([shown("live", "", status=MessageStatus.STREAMING)], chat_id="c")
    heights = []
    for piece in ("It is\n\n$$\n", "\\frac{-b", " \\pm \\sqrt{b^2", "-4ac}}{2a", "}\n$$", "\n\nand so on."):
        view.add_text("live", piece)
        view.flush()
        (row,) = [widget for widget in view.realised_texts() if widget.row.entry.id == "live"]
        heights.append(row.height())
        if "frac" in row.row.text:
            assert SIGN in row.document().toRawText()
    assert heights == sorted(heights)
    view.finish(shown("live", view.rows[1].entry.whole))
    assert view.rows[1].height == heights[-1]


def test_it_is_copied_as_tex(view, shown, qtbot) -> None:
    view.show_messages([shown("a", "Let $x^2$ be\n\n$$\n\\frac{1}{2}\n$$\n\nthen \\(y\\).")], chat_id="c")
    qtbot.waitUntil(lambda: bool(view.realised_texts()))
    view._interaction.select_message(view.rows[1].entry)
    view._interaction.copy_selection()
    assert QGuiApplication.clipboard().text() == "Let $x^2$ be\n$$\n\\frac{1}{2}\n$$\nthen \\(y\\)."
