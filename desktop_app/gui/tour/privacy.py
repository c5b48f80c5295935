"""Step 'What stays private': the ledger's real figures, the offline switch, and where the data lies."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.domain.sizes import readable_size
from desktop_app.gui.look.theme import SEMIBOLD, Theme
from desktop_app.gui.settings.network_card import ledger_line
from desktop_app.gui.system.folders import show_folder
from desktop_app.gui.tour.asking import Asking
from desktop_app.gui.tour.part import LivePart
from desktop_app.gui.widgets.controls import Button, ButtonSize, ElidedLabel, Label
from desktop_app.gui.widgets.switch import Switch
from desktop_app.support.formats import listed, number
from desktop_app.support.i18n import _, ngettext
from desktop_app.support.network import NetworkUse

LISTED = 4
COUNTED = 10_000
"""More requests than the ledger keeps."""


class PlaceRow(NamedTuple):
    """A folder of the person's, and the button that shows it."""

    folder: Path
    button: Button


class PrivacyPart(LivePart):
    """Works without a model, too."""

    needs_model = False

    def __init__(self, theme: Theme, asking: Asking) -> None:
        super().__init__(theme, asking)
        self.offline = Switch(theme)
        self.offline.setAccessibleName(_("Stay offline"))
        self.offline.clicked.connect(lambda: asking.set_offline(self.offline.isChecked()))
        self.places: list[PlaceRow] = []
        words = _("Nothing goes over the network, whatever is asked for.")
        told = Label(theme, words, "small", "muted", wraps=True)
        self.column.addLayout(self._row(_("Stay offline"), told, self.offline))
        self.ledger = Label(theme, _("The list of requests is being read…"), "small", weight=SEMIBOLD, wraps=True)
        self.column.addSpacing(theme.px(4))
        self.column.addWidget(self.ledger)
        self._lines = QVBoxLayout()
        self._lines.setSpacing(theme.px(4))
        self.column.addLayout(self._lines)
        self.column.addSpacing(theme.px(4))
        self.column.addWidget(Label(theme, _("Where your data is"), "small", weight=SEMIBOLD, wraps=True))
        for name, folder in asking.places():
            button = Button(theme, _("Open folder"), size=ButtonSize.SMALL)
            button.setAccessibleName(_("Open the folder: {name}").format(name=name))
            button.clicked.connect(lambda _on=False, folder=folder: self._open(folder))
            self.places.append(PlaceRow(folder, button))
            place = ElidedLabel(theme, str(folder), "small", "muted")
            self.column.addLayout(self._row(name, place, button))

    def enter(self) -> None:
        """Read the ledger, and see whether the switch is on."""
        self.offline.setChecked(self.asking.is_offline)
        self.wait_for(self.asking.uses(COUNTED, self._show))

    def _row(self, name: str, words: Label, control: QWidget) -> QHBoxLayout:
        texts = QVBoxLayout()
        texts.setSpacing(0)
        texts.addWidget(Label(self.theme, name, "body", wraps=True))
        texts.addWidget(words)
        row = QHBoxLayout()
        row.setSpacing(self.theme.px(12))
        row.addLayout(texts, 1)
        row.addWidget(control, 0, Qt.AlignmentFlag.AlignVCenter)
        return row

    def _show(self, uses: Sequence[NetworkUse]) -> None:
        while (item := self._lines.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for use in uses[:LISTED]:
            self._lines.addWidget(Label(self.theme, ledger_line(use), "small", "muted", wraps=True))
        received = readable_size(sum(use.received for use in uses))
        noted = ngettext(
            "{count} request over the network is noted here; {size} came back.",
            "{count} requests over the network are noted here; {size} came back.",
            len(uses),
        )
        nothing = _("Nothing has gone over the network so far.")
        self.ledger.setText(noted.format(count=number(len(uses)), size=received) if uses else nothing)
        lately = sum(use.at >= self.asking.began_at for use in uses)
        told = ngettext(
            "Since you opened the tour, {count} request went over the network: not for the model, but for what you asked to fetch.",
            "Since you opened the tour, {count} requests went over the network: not for the model, but for what you asked to fetch.",
            lately,
        )
        quiet = _(
            "Since you opened the tour, nothing went over the network: the model answered from this computer alone."
        )
        elsewhere = _("The model answers with the help of {servers}: what it makes of your words goes there and back.")
        if servers := self.asking.servers:
            self.saw.emit(elsewhere.format(servers=listed(servers)))
        else:
            self.saw.emit(told.format(count=lately) if lately else quiet)

    def _open(self, folder: Path) -> None:
        if not show_folder(folder):
            self.failed.emit(_("No program here can show the folder {path}.").format(path=folder))
