"""What the settings page says of the network beside its switches: the access token, and the ledger."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout

from desktop_app.domain.sizes import readable_size
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.controls import Button, ButtonSize, Label
from desktop_app.gui.widgets.titled_card import TitledCard
from desktop_app.support.formats import date_and_time
from desktop_app.support.i18n import _
from desktop_app.support.network import NetworkUse

SHOWN = 30
"""How many requests are listed; the file has more."""


class NetworkCard(TitledCard):
    """A heading and a card with two rows."""

    token_entered = Signal(str)
    ledger_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, _("Hub and privacy"))
        self._add_token(self.inside)
        self.add_rule()
        self._add_ledger(self.inside)

    def show_token_state(self, words: str) -> None:
        """Say what became of the token that was entered."""
        self.token_state.setText(words)
        self.token_state.setVisible(bool(words))

    def show_ledger(self, uses: Sequence[NetworkUse]) -> None:
        """List requests, the newest first."""
        while (item := self._lines.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for use in uses[:SHOWN]:
            self._lines.addWidget(Label(self._theme, ledger_line(use), "small", wraps=True))
        if not uses:
            self._lines.addWidget(
                Label(self._theme, _("Nothing has gone over the network so far."), "small", wraps=True)
            )

    def _add_token(self, column: QVBoxLayout) -> None:
        theme = self._theme
        words = _("For models that ask you to sign in. The system's keyring keeps it; it is sent to the hub alone.")
        column.addLayout(_texts(theme, _("Access token"), words))
        self.token = QLineEdit()
        self.token.setEchoMode(QLineEdit.EchoMode.Password)
        self.token.setPlaceholderText("hf_…")
        self.token.setAccessibleName(_("Access token"))
        self.token.setMaximumWidth(theme.px(320))
        self.token.returnPressed.connect(self._enter)
        keep = Button(theme, _("Keep"), size=ButtonSize.SMALL)
        keep.setAccessibleName(_("Keep the access token"))
        keep.clicked.connect(self._enter)
        forget = Button(theme, _("Forget"), size=ButtonSize.SMALL)
        forget.setAccessibleName(_("Forget the access token"))
        forget.clicked.connect(lambda: self.token_entered.emit(""))
        row = QHBoxLayout()
        row.setSpacing(theme.px(8))
        row.addWidget(self.token, 1)
        row.addWidget(keep, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(forget, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch(1)
        column.addLayout(row)
        self.token_state = Label(theme, "", "small", "muted", wraps=True)
        column.addWidget(self.token_state)
        self.token_state.hide()

    def _add_ledger(self, column: QVBoxLayout) -> None:
        theme = self._theme
        words = _("Every request is written down here, on this computer: when, to which host, what for, how much came.")
        self.show_button = Button(theme, _("Show"), size=ButtonSize.SMALL)
        self.show_button.setAccessibleName(_("Show what went over the network"))
        self.show_button.clicked.connect(self.ledger_requested)
        row = QHBoxLayout()
        row.setSpacing(theme.px(12))
        row.addLayout(_texts(theme, _("What went over the network"), words), 1)
        row.addWidget(self.show_button, 0, Qt.AlignmentFlag.AlignVCenter)
        column.addLayout(row)
        self._lines = QVBoxLayout()
        self._lines.setSpacing(theme.px(4))
        column.addLayout(self._lines)

    def _enter(self) -> None:
        token = self.token.text().strip()
        if token:
            self.token.clear()
            self.token_entered.emit(token)


def _texts(theme: Theme, title: str, description: str) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(theme.px(2))
    column.addWidget(Label(theme, title, "body", wraps=True))
    column.addWidget(Label(theme, description, "small", "muted", wraps=True))
    return column


def ledger_line(use: NetworkUse) -> str:
    """Return a request as a line of words."""
    moment = date_and_time(use.at, seconds=True)
    return f"{moment}   {use.host}   {purpose_name(use.purpose)}   {readable_size(use.received)}"


def purpose_name(purpose: str) -> str:
    """Return what a request was for, in the person's language; as it stands where this release does not know it."""
    names = {
        "search": _("search"),
        "repository": _("list of files"),
        "card": _("model card"),
        "model figures": _("figures of a model"),
        "download": _("download"),
        "update": _("list of updates"),
        "update file": _("update"),
        "server offers": _("what a server offers"),
        "model layers": _("layers of a model"),
    }
    return names.get(purpose, purpose)
