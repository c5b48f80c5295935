"""Qt's text formats for each kind of operation in one theme, made once and shared by all documents."""

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QTextBlockFormat,
    QTextCharFormat,
    QTextFormat,
    QTextFrameFormat,
    QTextLength,
    QTextOption,
    QTextTableCellFormat,
    QTextTableFormat,
)

from desktop_app.gui.chat.documents.tones import Tone
from desktop_app.gui.chat.markdown.operations import Paragraph, Style, Text
from desktop_app.gui.look.theme import SEMIBOLD, Theme

QUOTES = QTextFormat.Property.UserProperty.value + 1
"""The block property that counts quote bars."""
RULE = QTextFormat.Property.UserProperty.value + 2
"""The block property of a horizontal rule."""
TURNED = QTextFormat.Property.UserProperty.value + 3
"""The block property of a paragraph whose margins are those of one that reads from right to left."""

CARD_MARGIN = 10
HEADER_HEIGHT = 31
STRIP_HEIGHT = 32
CODE_PADDING = 12
INDENT = 24
CELL_SIDE = 8
TABLE_BOTTOM = CARD_MARGIN
TABLE_BAR = 12
SLIVER = 1
"""Pixels of the empty line before and after code, in any size."""
_HEADINGS = {1: 20, 2: 17, 3: 15}
_ALIGN = {
    "center": Qt.AlignmentFlag.AlignHCenter,
    "left": Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute,
    "right": Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute,
}
_OTHER_TAB = {
    QTextOption.TabType.LeftTab: QTextOption.TabType.RightTab,
    QTextOption.TabType.RightTab: QTextOption.TabType.LeftTab,
}
"""Qt swaps both where one reads from right to left, and so takes the way for the position."""
_MINIMUM = QTextBlockFormat.LineHeightTypes.MinimumHeight.value
_FIXED = QTextBlockFormat.LineHeightTypes.FixedHeight.value


class Styles:
    """The formats of one theme; thrown away with it."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self.font = theme.font("body")
        self._chars: dict[Style, QTextCharFormat] = {}
        self._paragraphs: dict[Paragraph, QTextBlockFormat] = {}
        self._tones: dict[Tone, QTextCharFormat] = {}
        from desktop_app.gui.chat.math.formula import Formulas  # when there is something to write

        self.formulas = Formulas(self.font, theme.font("mono"))
        self.plain = QTextCharFormat()
        self.cell = self._cell_format()

    def char(self, style: Style) -> QTextCharFormat:
        """Return the format of a run of text."""
        made = self._chars.get(style)
        if made is None:
            made = self._chars[style] = self._char(style)
        return made

    def formula(self, run: Text, *, is_alone: bool) -> QTextCharFormat | None:
        """Return the format of the character that draws a formula; None where it is shown as it is written."""
        return self.formulas.char(run.text, self._size(run.style), is_alone=is_alone)

    def formula_width(self, run: Text) -> float | None:
        """Return how wide a formula is drawn, in pixels; None where it is shown as it is written."""
        return self.formulas.width(run.text, self._size(run.style))

    def _size(self, style: Style) -> int:
        return self.theme.px(_HEADINGS.get(style.heading, 14) if style.heading else self.theme.tokens.type.body)

    def tone(self, tone: Tone) -> QTextCharFormat:
        """Return the format of a piece of code."""
        made = self._tones.get(tone)
        if made is None:
            made = QTextCharFormat()
            self._set_mono(made)
            made.setForeground(self.theme.colors.named(tone.value))
            self._tones[tone] = made
        return made

    def paragraph(self, paragraph: Paragraph) -> QTextBlockFormat:
        """Return the format of a paragraph."""
        made = self._paragraphs.get(paragraph)
        if made is None:
            made = self._paragraphs[paragraph] = self._paragraph(paragraph)
        return made

    def turned(self, made: QTextBlockFormat) -> QTextBlockFormat:
        """Return the format of a paragraph that reads from right to left: Qt turns what is in it, but not its margins."""
        turned = QTextBlockFormat(made)
        turned.setLeftMargin(made.rightMargin())
        turned.setRightMargin(made.leftMargin())
        turned.setTabPositions([QTextOption.Tab(tab.position, _OTHER_TAB[tab.type]) for tab in made.tabPositions()])
        turned.setProperty(TURNED, True)
        return turned

    def sliver(self) -> QTextBlockFormat:
        """Return the format of the empty line that Qt wants before and after frames."""
        made = QTextBlockFormat()
        made.setLineHeight(SLIVER, _FIXED)
        return made

    def code_line(self) -> QTextBlockFormat:
        """Return the format of a line of code."""
        made = QTextBlockFormat()
        made.setLineHeight(19.5 * self.theme.scale, _MINIMUM)
        made.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # whatever script its first comment is in
        return made

    def code_frame(self, depth: int, *, has_strip: bool = False) -> QTextFrameFormat:
        """Return the frame around code: room for the card's header above, the card is painted by the row.

        Below there is room for a strip with the button of long code where it `has_strip`.
        """
        px = self.theme.px
        made = QTextFrameFormat()
        made.setBorder(0)
        made.setPadding(px(CODE_PADDING))
        made.setTopMargin(px(CARD_MARGIN) + px(HEADER_HEIGHT))
        made.setBottomMargin(px(CARD_MARGIN) + (px(STRIP_HEIGHT) if has_strip else 0))
        made.setLeftMargin(px(INDENT) * depth + px(2))
        made.setRightMargin(px(2))
        return made

    def table(self) -> QTextTableFormat:
        """Return the format of a table."""
        made = QTextTableFormat()
        made.setBorder(0)
        made.setCellPadding(0)
        made.setCellSpacing(0)
        made.setTopMargin(self.theme.px(2))
        made.setBottomMargin(self.theme.px(TABLE_BOTTOM))
        made.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
        return made

    def cell_block(self, align: str, *, mirrored: bool) -> QTextBlockFormat:
        """Return the format of the paragraph in a table's cell; one that says nothing else is as the table reads."""
        made = QTextBlockFormat()
        made.setLineHeight(self._line(), _MINIMUM)
        made.setAlignment(_ALIGN.get(align, _ALIGN["right" if mirrored else "left"]))
        return made

    def _line(self, size: int | None = None) -> float:
        type_ = self.theme.tokens.type
        return (size or type_.body) * (type_.line_height if size is None else 1.3) * self.theme.scale

    def _char(self, style: Style) -> QTextCharFormat:
        made = QTextCharFormat()
        if style.code or style.math:
            self._set_mono(made)
        if style.code:
            made.setBackground(self.theme.colors.code)
        if style.heading:
            made.setProperty(QTextFormat.Property.FontPixelSize, self.theme.px(_HEADINGS.get(style.heading, 14)))
            made.setFontWeight(SEMIBOLD)
        if style.bold:
            made.setFontWeight(SEMIBOLD if not style.heading else QFont.Weight.Bold)
        made.setFontItalic(style.italic or style.math)
        made.setFontStrikeOut(style.struck)
        if style.href:
            made.setAnchor(True)
            made.setAnchorHref(style.href)
            made.setForeground(self.theme.colors.accent)
            made.setFontUnderline(True)
        return made

    def _set_mono(self, made: QTextCharFormat) -> None:
        font = self.theme.font("mono")
        made.setFontFamilies(font.families())
        made.setFontFixedPitch(True)
        made.setProperty(QTextFormat.Property.FontPixelSize, font.pixelSize())

    def _paragraph(self, paragraph: Paragraph) -> QTextBlockFormat:
        px = self.theme.px
        made = QTextBlockFormat()
        kind = paragraph.kind
        made.setLeftMargin(px(INDENT) * paragraph.depth + px(16) * paragraph.quotes)
        made.setLineHeight(self._line(), _MINIMUM)
        if kind != "plain":
            is_item = kind in ("item", "inside", "marker")
            made.setBottomMargin(px(4) if is_item else px(8))
            made.setTopMargin(0 if is_item else px(8))
        if kind == "heading":
            made.setHeadingLevel(paragraph.level)
            made.setTopMargin(px(14) if paragraph.level < 3 else px(10))
            made.setBottomMargin(px(6))
            made.setLineHeight(self._line(_HEADINGS.get(paragraph.level, 14)), _MINIMUM)
        elif kind == "math":
            made.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        elif kind in ("item", "marker"):
            made.setTextIndent(-px(20))
            stop = QTextOption.Tab(px(20), QTextOption.TabType.LeftTab)
            made.setTabPositions([stop])
        elif kind == "rule":
            made.setProperty(RULE, True)
        if paragraph.quotes:
            made.setProperty(QUOTES, paragraph.quotes)
        return made

    def _cell_format(self) -> QTextTableCellFormat:
        px = self.theme.px
        made = QTextTableCellFormat()
        made.setTopPadding(px(6))
        made.setBottomPadding(px(6))
        made.setLeftPadding(px(CELL_SIDE))
        made.setRightPadding(px(CELL_SIDE))
        made.setBottomBorder(1)
        made.setBottomBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
        made.setBottomBorderBrush(QColor(self.theme.colors.line))
        return made
