"""The tokens of an answer as a table: their numbers in the vocabulary, their pieces, and their probabilities."""

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QFontMetrics, QGuiApplication
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView, QWidget

from desktop_app.domain.traces import Traces
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.look.tints import percent
from desktop_app.support.i18n import _
from desktop_app.support.isolates import isolated

Index = QModelIndex | QPersistentModelIndex
ROW = 26
SHOWN_ROWS = 7
_SIGNS = {"\n": "↵", " ": "␣", "\t": "⇥", "\r": "␍"}


def visible_piece(piece: bytes) -> str:
    """Return a token's bytes so that each can be seen: blanks and line ends as signs, parts of characters as numbers."""
    try:
        text = piece.decode()
    except UnicodeDecodeError:
        return " ".join(f"{byte:02X}" for byte in piece)
    return "".join(_SIGNS.get(sign) or (sign if sign.isprintable() else f"U+{ord(sign):04X}") for sign in text)


class TokenRows(QAbstractTableModel):
    """A row for each token, read when it is drawn."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._traces = Traces.of(())
        self._titles = (_("Id"), _("Piece"), _("Probability"))

    def set_traces(self, traces: Traces) -> None:
        """Show other tokens."""
        self.beginResetModel()
        self._traces = traces
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        """As many as there are tokens."""
        return 0 if parent is not None and parent.isValid() else len(self._traces)

    def columnCount(self, parent: Index | None = None) -> int:
        """Three."""
        return len(self._titles)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """What a cell says, and how it is aligned."""
        if role == Qt.ItemDataRole.DisplayRole:
            row = index.row()
            if index.column() == 0:
                return str(self._traces.token(row))
            if index.column() == 1:
                piece = visible_piece(self._traces.piece(row))
                return isolated(piece) if QGuiApplication.isRightToLeft() else piece
            return percent(self._traces.probability(row))
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() != 1:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The columns' titles, and the tokens' places."""
        if role == Qt.ItemDataRole.TextAlignmentRole and orientation is Qt.Orientation.Horizontal:
            side = Qt.AlignmentFlag.AlignLeft if section == 1 else Qt.AlignmentFlag.AlignRight
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return self._titles[section] if orientation is Qt.Orientation.Horizontal else str(section + 1)


class TokenTable(Themed, QTableView):
    """Shows some rows at a time; `picked` carries the number of the token that a person chose."""

    picked = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        QTableView.__init__(self, parent)
        self.theme = theme
        self.rows = TokenRows(self)
        self.setProperty("look", "tokens")
        self.setModel(self.rows)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(_("Tokens of the answer"))
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setSectionsClickable(False)
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.selectionModel().currentRowChanged.connect(self._changed)
        self._silent = False
        self.apply_theme()

    def set_traces(self, traces: Traces) -> None:
        """Show the tokens of another answer."""
        self._silent = True
        self.rows.set_traces(traces)
        self._silent = False
        self._fit()

    def choose(self, number: int) -> None:
        """Mark a token without telling anybody."""
        self._silent = True
        self.setCurrentIndex(self.rows.index(number, 1))
        self._silent = False

    def apply_theme(self) -> None:
        """Take over font and sizes."""
        px = self.theme.px
        self.setFont(self.theme.font("label"))
        self.horizontalHeader().setFont(self.theme.font("small"))
        self.verticalHeader().setDefaultSectionSize(px(ROW))
        metrics = QFontMetrics(self.theme.font("small"))
        for section, least in ((0, 64), (2, 92)):
            title = str(self.rows.headerData(section, Qt.Orientation.Horizontal))
            self.horizontalHeader().resizeSection(section, max(px(least), metrics.horizontalAdvance(title) + px(20)))
        self._fit()
        super().apply_theme()

    def _fit(self) -> None:
        rows = min(max(1, self.rows.rowCount()), SHOWN_ROWS)
        self.setFixedHeight(rows * self.theme.px(ROW) + self.horizontalHeader().sizeHint().height() + 4)

    def _changed(self, current: QModelIndex) -> None:
        if current.isValid() and not self._silent:
            self.picked.emit(current.row())
