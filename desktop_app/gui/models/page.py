"""The Models page: what is on this computer, each with a way into a chat."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop_app.domain.models import ModelFile
from desktop_app.domain.sizes import readable_size
from desktop_app.gui.controls import Badge, Button, ButtonKind, ButtonSize, Card, ElidedLabel, Label
from desktop_app.gui.pages import ModelDropPage
from desktop_app.gui.theme import SEMIBOLD, Theme
from desktop_app.support.i18n import _


class ModelsPage(ModelDropPage):
    """Cards of models, and the way to add a file."""

    chat_requested = Signal(str)
    file_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._models: Sequence[ModelFile] = ()
        self._current: str | None = None
        self._cards: QVBoxLayout | None = None
        self._empty: QLabel | None = None
        self.chat_buttons: dict[str, Button] = {}

    def set_models(self, models: Sequence[ModelFile], current: str | None) -> None:
        """Show `models`; `current` is the path of the one that answers."""
        if (tuple(models), current) == (tuple(self._models), self._current):
            return
        self._models = tuple(models)
        self._current = current
        self._fill()

    def column_width(self) -> int:
        """As wide as the cards of the look."""
        return 1016

    def build(self, column: QVBoxLayout) -> None:
        """Make the heading, and the place for the cards."""
        theme = self.theme
        px = theme.px
        top = QHBoxLayout()
        top.addWidget(Label(theme, _("Models"), "title"), 1)
        choose = Button(theme, _("Choose a file…"), icon="folder")
        choose.clicked.connect(self.file_requested)
        top.addWidget(choose)
        column.addLayout(top)
        column.addSpacing(px(4))
        words = _("Models on this computer. To add one, choose a GGUF file or drop it here.")
        column.addWidget(Label(theme, words, "body", "muted", wraps=True))
        column.addSpacing(px(16))
        self._empty = Label(theme, _("No model is here yet. Choose a GGUF file to begin."), wraps=True)
        column.addWidget(self._empty)
        self._cards = QVBoxLayout()
        self._cards.setSpacing(px(12))
        column.addLayout(self._cards)
        column.addStretch(1)
        self._fill()

    def _fill(self) -> None:
        if self._cards is None or self._empty is None:
            return
        while (item := self._cards.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.chat_buttons = {}
        for model in self._models:
            self._cards.addWidget(self._card(model))
        self._empty.setVisible(not self._models)

    def _card(self, model: ModelFile) -> QWidget:
        theme = self.theme
        px = theme.px
        card = Card(theme)
        details = [
            _("starter model") if model.is_starter else model.quantization,
            readable_size(model.size) if model.size else "",
            _("on this computer"),
            _("answers now") if model.path == self._current else "",
        ]
        words = ElidedLabel(theme, " · ".join(part for part in details if part), "small", "muted", parent=card)
        name = Label(theme, model.name, "body", weight=SEMIBOLD, parent=card)
        name.setToolTip(model.path)
        chat = Button(theme, _("Chat"), kind=ButtonKind.OUTLINE, size=ButtonSize.SMALL, parent=card)
        chat.setAccessibleName(_("Chat with {model}").format(model=model.name))
        chat.clicked.connect(lambda _on=False, path=model.path: self.chat_requested.emit(path))
        self.chat_buttons[model.path] = chat
        row = QHBoxLayout(card)
        row.setContentsMargins(px(16), px(16), px(16), px(16))
        row.setSpacing(px(8))
        row.addWidget(name)
        row.addWidget(Badge(theme, _("ready"), "good", card), 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(words, 1)
        row.addWidget(chat)
        return card
