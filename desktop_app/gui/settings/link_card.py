"""A card of the settings page that is the way to a page of its own."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.controls import Button, ButtonSize, Label
from desktop_app.gui.widgets.titled_card import TitledCard
from desktop_app.support.i18n import _
from desktop_app.support.version import VERSION


class LinkCard(TitledCard):
    """A heading and a card with one row; `requested` asks for the page."""

    requested = Signal()

    def __init__(self, theme: Theme, heading: str, title: str, words: str, told: str) -> None:
        """`words` stand below the row's title, `told` is what the button is called for those who only hear it."""
        super().__init__(theme, heading)
        px = theme.px
        self.show_button = Button(theme, _("Show"), size=ButtonSize.SMALL)
        self.show_button.setAccessibleName(told)
        self.show_button.clicked.connect(self.requested)
        texts = QVBoxLayout()
        texts.setSpacing(px(2))
        texts.addWidget(Label(theme, title, "body", wraps=True))
        texts.addWidget(Label(theme, words, "small", "muted", wraps=True))
        row = QHBoxLayout()
        row.setSpacing(px(12))
        row.addLayout(texts, 1)
        row.addWidget(self.show_button, 0, Qt.AlignmentFlag.AlignVCenter)
        self.inside.addLayout(row)


def about_card(theme: Theme) -> LinkCard:
    """Return the way to what the app is, to updates and to licences."""
    return LinkCard(
        theme,
        _("About"),
        _("Inglenook {version}").format(version=VERSION),
        _("Checking for updates, going back to an earlier release, what it is made of, and all licences."),
        _("Show the release, updates and licences"),
    )


def data_card(theme: Theme) -> LinkCard:
    """Return the way to where a person's data is, what it tells, and deleting it."""
    return LinkCard(
        theme,
        _("Your data"),
        _("Where it is, and how much there is"),
        _("All places with their sizes, what your chats add up to, and deleting some of it or everything."),
        _("Show where your data is"),
    )
