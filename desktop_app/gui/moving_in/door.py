"""Where an import begins: what was found on this computer, a file or folder of one's own, and how to get one."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.domain.offers import FoundChats
from desktop_app.gui.look.theme import SEMIBOLD, Theme
from desktop_app.gui.widgets.controls import Button, ButtonKind, ButtonSize, Card, ElidedLabel, Label
from desktop_app.services.chat_files.import_words import origin_name
from desktop_app.support.formats import number
from desktop_app.support.i18n import _, ngettext


class Door(QWidget):
    """Asks where the chats are; `path_chosen` names one of the folders that were found."""

    file_requested = Signal()
    folder_requested = Signal()
    path_chosen = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        px = theme.px
        self._trouble = Card(theme)
        self.trouble = Label(theme, "", "body", "warn", wraps=True, parent=self._trouble)
        inside = QVBoxLayout(self._trouble)
        inside.setContentsMargins(px(16), px(14), px(16), px(14))
        inside.addWidget(self.trouble)
        self.file_button = Button(theme, _("Choose a file…"), kind=ButtonKind.PRIMARY)
        self.folder_button = Button(theme, _("Choose a folder…"))
        self.file_button.clicked.connect(self.file_requested)
        self.folder_button.clicked.connect(self.folder_requested)
        self.found_buttons: list[Button] = []
        self._found = QVBoxLayout()
        self._found.setSpacing(px(8))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(12))
        column.addWidget(self._trouble)
        column.addWidget(self._file_card())
        column.addLayout(self._found)
        column.addWidget(self._help_card())
        column.addStretch(1)
        self.show_trouble("")

    def show_trouble(self, words: str) -> None:
        """Say what was wrong with the last choice; empty for nothing."""
        self.trouble.setText(words)
        self._trouble.setVisible(bool(words))

    def show_found(self, found: Sequence[FoundChats]) -> None:
        """Offer what other apps keep on this computer."""
        while (item := self._found.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        self.found_buttons = []
        for each in found:
            self._found.addWidget(self._found_card(each))

    def _file_card(self) -> Card:
        theme, px = self._theme, self._theme.px
        card = Card(theme, suggested=True)
        words = _("What you downloaded from one of these apps, packed or unpacked. You can also drop it here.")
        for button in (self.file_button, self.folder_button):
            button.setAccessibleDescription(words)
        row = QHBoxLayout()
        row.setSpacing(px(8))
        row.addWidget(self.file_button)
        row.addWidget(self.folder_button)
        row.addStretch(1)
        column = _column(theme, card)
        column.addWidget(Label(theme, _("A file or a folder"), "body", weight=SEMIBOLD, wraps=True, parent=card))
        column.addWidget(Label(theme, words, "small", "muted", wraps=True, parent=card))
        column.addSpacing(px(6))
        column.addLayout(row)
        return card

    def _found_card(self, found: FoundChats) -> Card:
        theme, px = self._theme, self._theme.px
        card = Card(theme)
        name = origin_name(found.origin)
        count = ngettext("{count} chat on this computer", "{count} chats on this computer", found.files)
        button = Button(theme, _("View"), size=ButtonSize.SMALL, parent=card)
        button.setAccessibleName(_("View the chats of {app}").format(app=name))
        button.setAccessibleDescription(found.path)
        button.clicked.connect(lambda: self.path_chosen.emit(found.path))
        self.found_buttons.append(button)
        texts = QVBoxLayout()
        texts.setSpacing(px(2))
        texts.addWidget(Label(theme, name, "body", weight=SEMIBOLD, wraps=True, parent=card))
        texts.addWidget(
            Label(theme, count.format(count=number(found.files)), "small", "muted", wraps=True, parent=card)
        )
        texts.addWidget(ElidedLabel(theme, str(Path(found.path)), "small", "muted", parent=card))
        row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        row.setSpacing(px(12))
        row.addLayout(texts, 1)
        row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        _column(theme, card).addLayout(row)
        return card

    def _help_card(self) -> Card:
        theme = self._theme
        card = Card(theme)
        column = _column(theme, card)
        column.addWidget(Label(theme, _("How to get your chats"), "body", weight=SEMIBOLD, wraps=True, parent=card))
        for words in (
            _("ChatGPT: Settings, Data controls, Export data. A link to a ZIP file comes by e-mail."),
            _("Claude: Settings, Privacy, Export data. A link to a ZIP file comes by e-mail."),
            _("Open WebUI: Settings, Chats, Export chats. It downloads a JSON file."),
            _("llama.cpp: Settings, Import/Export, Export on its web page. It downloads a ZIP file."),
            _("LM Studio, Jan, GPT4All: their chats are on this computer; choose their folder where it is not found."),
            _("text-generation-webui: choose the folder “logs” in its folder “user_data”."),
            _("Inglenook: a file that was exported as JSON."),
        ):
            column.addWidget(Label(theme, words, "small", "muted", wraps=True, parent=card))
        return card


def _column(theme: Theme, card: Card) -> QVBoxLayout:
    px = theme.px
    column = QVBoxLayout(card)
    column.setContentsMargins(px(16), px(14), px(16), px(14))
    column.setSpacing(px(4))
    return column
