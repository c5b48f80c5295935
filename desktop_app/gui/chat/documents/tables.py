"""Tables in a document: columns as wide as their words need, and scrolled sideways where the view is too narrow."""

from PySide6.QtGui import QFont, QFontMetricsF, QTextLength, QTextTable

from desktop_app.gui.chat.documents.styles import CELL_SIDE, TABLE_BAR, TABLE_BOTTOM, Styles
from desktop_app.gui.chat.markdown.operations import Cell, Rows

_WIDEST = 320
"""A column gets no more than so many pixels (at 100 %) while others lack room."""
_EASY = 200
"""What a column gets where the table is scrolled, if its lines are that long."""
_SPARE = 4
"""What Qt takes for itself, and loses by rounding."""
_NARROWEST = 150
"""Where the words of a column would need more, they are broken rather than that the table is scrolled."""


class TableBlock:
    """A table: several of Qt's below each other where it is long, which share the widths of their columns.

    The widths follow from its first rows alone. `offset` is how many pixels are out of sight at the
    left, `total` how wide it is, `room` how wide the document was when it was fitted.

    It keeps no distance from the document above where it `is_rest` of a table there.

    Qt lays columns out from the left only, so those of a `mirrored` one stand in the document in the opposite order.
    """

    def __init__(self, styles: Styles, *, mirrored: bool = False, is_rest: bool = False) -> None:
        self._styles = styles
        self.mirrored = mirrored
        self._is_rest = is_rest
        self._goes_on = self._is_scrolled = False
        self._metrics = QFontMetricsF(styles.font)
        bold = QFont(styles.font)
        bold.setWeight(QFont.Weight.Bold)
        self._bold = QFontMetricsF(bold)
        self._known: dict[Cell, tuple[float, float]] = {}
        self._columns: list[tuple[float, float]] = []
        self._shares: list[QTextLength] = []
        self._fitted: list[QTextTable] = []
        self.frames: list[QTextTable] = []
        self.offset = self.total = self.room = 0

    @property
    def is_wide(self) -> bool:
        """Whether it does not fit into the room that it was given."""
        return self.total > self.room > 0

    @property
    def farthest(self) -> int:
        """How many pixels can be out of sight at the left."""
        return self.total - self.room

    def measure(self, rows: Rows) -> None:
        """Take over the widths that `rows`, the first of the table, need."""
        count = max((len(row) for row in rows), default=0)
        columns = [(0.0, 0.0)] * count
        for row in rows:
            for place, cell in enumerate(row):
                word, line = self._needs(cell)
                columns[place] = (max(columns[place][0], word), max(columns[place][1], line))
        if columns != self._columns:
            self._columns = columns
            self._fitted.clear()

    def fit(self, room: int, *, goes_on: bool = False) -> None:
        """Divide `room` pixels among the columns, or more where their words do not fit.

        No distance is kept below where it `goes_on` there, unless there has to be room for a scroll bar.
        """
        if goes_on is not self._goes_on:
            self._goes_on = goes_on
            self._fitted.clear()
        if room != self.room or not self._fitted:
            self.room = room
            self._divide()
            self._fitted.clear()
        for frame in self.frames:
            if frame not in self._fitted:
                self._apply(frame)

    def scroll(self, offset: int) -> None:
        """Show the table from `offset` pixels on."""
        offset = max(0, min(offset, self.farthest))
        self._is_scrolled = True
        if offset != self.offset:
            self.offset = offset
            for frame in self.frames:
                self._apply(frame)

    def _divide(self) -> None:
        px = self._styles.theme.px
        side = 2 * px(CELL_SIDE) + px(_SPARE)
        wanted = [line + side for _word, line in self._columns]
        if sum(wanted) > self.room:
            wanted = [max(min(line, px(_WIDEST)), min(word, px(_NARROWEST))) + side for word, line in self._columns]
        if sum(wanted) > self.room:
            least = [min(word, px(_NARROWEST)) + side for word, _line in self._columns]
            if sum(least) <= self.room:
                wanted = _shrunk(wanted, least, self.room)
            else:  # scrolled anyway, so that there is no need to be narrow
                wanted = [
                    max(width, min(line, px(_EASY)) + side)
                    for width, (_w, line) in zip(least, self._columns, strict=True)
                ]
        self.total = max(self.room, round(sum(wanted)))
        self.offset = self.farthest if self.mirrored and not self._is_scrolled else min(self.offset, self.farthest)
        whole = sum(wanted) or 1
        self._shares = [QTextLength(QTextLength.Type.PercentageLength, 100 * width / whole) for width in wanted]
        if self.mirrored:
            self._shares.reverse()

    def _apply(self, frame: QTextTable) -> None:
        made = self._styles.table()
        px = self._styles.theme.px
        if self._is_rest or self.frames[0] is not frame:
            made.setTopMargin(0)
        is_end = self.frames[-1] is frame and (self.is_wide or not self._goes_on)
        made.setBottomMargin(px(TABLE_BOTTOM) + (px(TABLE_BAR) if self.is_wide else 0) if is_end else 0)
        made.setColumnWidthConstraints(self._shares)
        if self.is_wide:
            made.setWidth(QTextLength(QTextLength.Type.FixedLength, self.total))
            made.setLeftMargin(-self.offset)
            made.setRightMargin(self.offset)  # or Qt would make the columns wider
        if frame.format() != made:
            frame.setFormat(made)
        self._fitted.append(frame)

    def add(self, frame: QTextTable) -> None:
        """Let one more of Qt's tables belong to it; the one before no longer keeps a distance below."""
        if self.frames and self.frames[-1] in self._fitted:
            self._fitted.remove(self.frames[-1])
        self.frames.append(frame)

    def cut(self, count: int) -> None:
        """Forget all but the first `count` of Qt's tables."""
        for frame in self.frames[count:]:
            if frame in self._fitted:
                self._fitted.remove(frame)
        del self.frames[count:]

    def _needs(self, cell: Cell) -> tuple[float, float]:
        known = self._known.get(cell)
        if known is None:
            known = self._known[cell] = self._measure(cell)
        return known

    def _measure(self, cell: Cell) -> tuple[float, float]:
        """Return the widths of the longest word and of the longest line of a cell."""
        is_bold = any(run.style.bold or run.style.code for run in cell)
        advance = (self._bold if is_bold else self._metrics).horizontalAdvance
        formulas = 0.0
        text = ""
        for run in cell:
            width = self._styles.formula_width(run) if run.style.math else None
            if width is None:
                text += run.text
            else:
                formulas += width
        line = max((advance(piece) for piece in text.split("\u2028")), default=0.0)
        word = max((advance(piece) for piece in text.split()), default=0.0)
        return max(word, formulas), line + formulas


def _shrunk(wanted: list[float], least: list[float], room: int) -> list[float]:
    """Take from columns in proportion to what they have over their least, until they fit or have no more than that."""
    spare = sum(wanted) - sum(least)
    over = min(sum(wanted) - room, spare)
    if spare <= 0:
        return wanted
    return [width - over * (width - low) / spare for width, low in zip(wanted, least, strict=True)]
