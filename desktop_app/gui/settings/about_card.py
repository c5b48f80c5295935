"""The end of the settings page: the way to what the app is, to updates and to licences."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.gui.controls import Button, ButtonSize, Card, Label
from desktop_app.gui.theme import SEMIBOLD, Theme
from desktop_app.support.i18n import _
from desktop_app.support.version import VERSION


class AboutCard(QWidget):
    """A heading and a card with one row."""

    about_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = theme.px
        column = QVBoxLayout(self)
        column.setContentsMargins(0, px(16), 0, 0)
        column.setSpacing(px(8))
        heading = Label(theme, _("About"), "body", weight=SEMIBOLD)
        heading.setMinimumHeight(px(32))  # as the headings that have a button
        column.addWidget(heading)
        card = Card(theme)
        self.show_button = Button(theme, _("Show"), size=ButtonSize.SMALL)
        self.show_button.setAccessibleName(_("Show the release, updates and licences"))
        self.show_button.clicked.connect(self.about_requested)
        texts = QVBoxLayout()
        texts.setSpacing(px(2))
        texts.addWidget(Label(theme, _("Inglenook {version}").format(version=VERSION), "body", wraps=True))
        words = _("Looking for updates, going back to an earlier release, what it is made of, and all licences.")
        texts.addWidget(Label(theme, words, "small", "muted", wraps=True))
        row = QHBoxLayout(card)
        row.setContentsMargins(px(16), px(14), px(16), px(14))
        row.setSpacing(px(12))
        row.addLayout(texts, 1)
        row.addWidget(self.show_button, 0, Qt.AlignmentFlag.AlignVCenter)
        column.addWidget(card)

    def matches(self, words: Sequence[str]) -> bool:
        """Whether every word of a search stands in what this card is about."""
        text = " ".join(label.text() for label in self.findChildren(Label)).casefold()
        return all(word in text for word in words)
