"""The row of filters under the search for models: order, licence, size, and what fits."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.domain.hub import Query, Sort
from desktop_app.gui.look.mirroring import set_margins
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.models.model_words import licence_name
from desktop_app.gui.widgets.choice import Choice, small_choice
from desktop_app.gui.widgets.controls import Label
from desktop_app.gui.widgets.flow import Flow
from desktop_app.gui.widgets.switch import Switch
from desktop_app.support.i18n import _

LICENCES = ("", "apache-2.0", "mit", "gemma", "llama3.1", "llama3.2", "llama3.3")
SIZES = ((0, 0), (0, 2), (2, 5), (5, 10), (10, 20), (20, 0))
"""Bounds in billions of parameters; 0 is no bound."""


class Filters(QWidget):
    """Three drop-down lists and a switch; `changed` tells that a person chose another."""

    changed = Signal()

    def __init__(self, theme: Theme, query: Query) -> None:
        super().__init__()
        self._sorts = tuple(Sort)
        self.order = self._list(theme, _("Order"), [sort_name(sort) for sort in self._sorts])
        self.licence = self._list(theme, _("Licence"), [licence_name(tag) or _("Any licence") for tag in LICENCES])
        self.parameters = self._list(theme, _("Size"), [size_name(*bounds) for bounds in SIZES])
        self.order.setCurrentIndex(self._sorts.index(query.sort))
        self.licence.setCurrentIndex(LICENCES.index(query.licence))
        self.parameters.setCurrentIndex(SIZES.index((query.least // 10**9, query.most // 10**9)))
        flow = Flow(theme)
        for choice in (self.order, self.licence, self.parameters):
            flow.add(choice)
            choice.activated.connect(self.changed)
        self.fits = Switch(theme)
        self.fits.setChecked(query.fits)
        self.fits.clicked.connect(self.changed)
        flow.add(self._named(theme, self.fits, _("Fits this computer")))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, theme.px(4), 0, theme.px(12))
        column.addWidget(flow)

    def query(self, text: str) -> Query:
        """Return what is searched for with `text`."""
        least, most = SIZES[self.parameters.currentIndex()]
        return Query(
            text=text,
            sort=self._sorts[self.order.currentIndex()],
            licence=LICENCES[self.licence.currentIndex()],
            least=least * 10**9,
            most=most * 10**9,
            fits=self.fits.isChecked(),
        )

    def _named(self, theme: Theme, switch: Switch, name: str) -> QWidget:
        """Return a switch with its name beside it, as high as the lists."""
        switch.setAccessibleName(name)
        pair = QWidget()
        pair.setFixedHeight(self.order.height())
        label = Label(theme, name, "small", "muted", parent=pair)
        label.setBuddy(switch)
        row = QHBoxLayout(pair)
        set_margins(row, theme.px(4), 0, 0, 0)
        row.setSpacing(theme.px(8))
        row.addWidget(switch)
        row.addWidget(label)
        return pair

    def _list(self, theme: Theme, name: str, words: list[str]) -> Choice:
        choice = small_choice(theme, name, self)
        choice.addItems(words)
        return choice


def sort_name(sort: Sort) -> str:
    """Return an order in the person's language."""
    return {
        Sort.TRENDING: _("Talked about now"),
        Sort.DOWNLOADS: _("Most downloaded"),
        Sort.LIKES: _("Most liked"),
        Sort.UPDATED: _("Newest"),
    }[sort]


def size_name(least: int, most: int) -> str:
    """Return bounds of billions of parameters in words."""
    if not least and not most:
        return _("Any size")
    if not least:
        return _("Up to {most} B").format(most=most)
    return _("{least} to {most} B").format(least=least, most=most) if most else _("Over {least} B").format(least=least)
