"""Where a person's data is: a row for each kind, with its size, the way to it, and what can go by itself."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.domain.own_data import EXPENDABLE, DataKind, DataPlace
from desktop_app.domain.sizes import readable_size
from desktop_app.gui.data.words import about, title
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.controls import Button, ButtonSize, Card, ElidedLabel, IconButton, Label, Rule
from desktop_app.support.formats import number
from desktop_app.support.i18n import _, ngettext


class PlaceRow(QWidget):
    """One kind of data."""

    def __init__(self, theme: Theme, place: DataPlace, *, first: bool) -> None:
        super().__init__()
        px = theme.px
        self.place = place
        name = title(place.kind)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self._rule = Rule(theme, self, room=0)
        self._rule.setVisible(not first)
        outer.addWidget(self._rule)
        texts = QVBoxLayout()
        texts.setSpacing(px(4))
        texts.addWidget(Label(theme, name, "body", wraps=True))
        texts.addWidget(Label(theme, about(place.kind), "small", "muted", wraps=True))
        self.path = ElidedLabel(theme, place.path, "small", "muted")
        texts.addWidget(self.path)
        self.amount = Label(theme, readable_size(place.size), "body")
        files = ngettext("{count} file", "{count} files", place.files).format(count=number(place.files))
        self.amount.setToolTip(files)
        self.show_button = Button(theme, _("Show"), size=ButtonSize.SMALL)
        self.show_button.setAccessibleName(_("Show where this is: {name}").format(name=name))
        self.delete_button: IconButton | None = None
        tail = QHBoxLayout()
        tail.setSpacing(px(8))
        tail.addWidget(self.amount)
        tail.addSpacing(px(4))
        if place.kind in EXPENDABLE:
            self.delete_button = IconButton(theme, "trash", _("Delete this: {name}").format(name=name))
            tail.addWidget(self.delete_button)
        else:
            tail.addSpacing(px(32) + tail.spacing())  # so that all sizes end in one line
        tail.addWidget(self.show_button)
        self._tail = QWidget()
        tail.setContentsMargins(0, 0, 0, 0)
        self._tail.setLayout(tail)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._row.setContentsMargins(0, px(10), 0, px(10))
        self._row.setSpacing(px(12))
        self._row.addLayout(texts, 1)
        self._row.addWidget(self._tail, 0, Qt.AlignmentFlag.AlignVCenter)
        outer.addLayout(self._row)

    def stack(self, stacked: bool) -> None:
        """Have size and buttons below the words where it is narrow."""
        down, across = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        self._row.setDirection(down if stacked else across)
        start = Qt.AlignmentFlag.AlignLeading if stacked else Qt.AlignmentFlag(0)
        self._row.setAlignment(self._tail, start | Qt.AlignmentFlag.AlignVCenter)


class PlacesCard(Card):
    """All kinds that there is anything of."""

    show_requested = Signal(str)
    delete_requested = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        px = theme.px
        self.rows: dict[DataKind, PlaceRow] = {}
        self._stacked = False
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(px(16), px(4), px(16), px(4))
        self._column.setSpacing(0)

    def show_places(self, places: Sequence[DataPlace]) -> None:
        """Show these in place of what was shown; the focus stays where it is, or goes to the first row."""
        widget = QApplication.focusWidget()
        focused = next(
            (kind for kind, row in self.rows.items() if widget is not None and row.isAncestorOf(widget)), None
        )
        for row in self.rows.values():
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = {}
        for place in places:
            row = PlaceRow(self.theme, place, first=not self.rows)
            row.show_button.clicked.connect(lambda _on=False, path=place.path: self.show_requested.emit(path))
            if row.delete_button is not None:
                row.delete_button.clicked.connect(lambda _on=False, place=place: self.delete_requested.emit(place))
            row.stack(self._stacked)
            self.rows[place.kind] = row
            self._column.addWidget(row)
        if focused is not None and self.rows:
            self.rows.get(focused, next(iter(self.rows.values()))).show_button.setFocus()

    def stack(self, stacked: bool) -> None:
        """Have the buttons below the words where it is narrow."""
        self._stacked = stacked
        for row in self.rows.values():
            row.stack(stacked)
