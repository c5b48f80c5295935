"""Formats of text on paper: the conversation's, with what the window paints around code and quotes left to Qt."""

from PySide6.QtGui import QTextFrameFormat, QTextTableCellFormat, QTextTableFormat

from desktop_app.gui.chat.documents.styles import CARD_MARGIN, CODE_PADDING, INDENT, Styles
from desktop_app.gui.look.theme import Theme, load_theme
from desktop_app.settings.schema import Appearance

RESOLUTION = 600
"""Dots per inch that text is laid out at."""
BODY_POINTS = 10.5


def paper_theme() -> Theme:
    """Return the light theme at the printer's resolution; a QGuiApplication must exist."""
    screen = load_theme(Appearance.LIGHT, 100, system_dark=False)
    percent = round(100 * BODY_POINTS / 72 * RESOLUTION / screen.tokens.type.body)
    return load_theme(Appearance.LIGHT, percent, system_dark=False)


class PaperStyles(Styles):
    """The formats of one theme, complete without a row that paints the rest."""

    def code_frame(self, depth: int, *, has_strip: bool = False) -> QTextFrameFormat:  # nothing folds
        """Return the frame around code with its own ground."""
        px = self.theme.px
        made = QTextFrameFormat()
        made.setBorder(0)
        made.setBackground(self.theme.colors.code)
        made.setPadding(px(CODE_PADDING))
        made.setTopMargin(px(CARD_MARGIN))
        made.setBottomMargin(px(CARD_MARGIN))
        made.setLeftMargin(px(INDENT) * depth)
        return made

    def table(self) -> QTextTableFormat:
        """Return the format of a table, whose head is repeated on each page."""
        made = super().table()
        made.setHeaderRowCount(1)
        return made

    def _cell_format(self) -> QTextTableCellFormat:
        made = super()._cell_format()
        made.setBottomBorder(max(1, self.theme.px(0.75)))
        return made
