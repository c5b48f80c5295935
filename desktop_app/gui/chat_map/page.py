"""The page with the map of the chats: what it shows and how far that can be trusted, the map, and how far it has come."""

from collections.abc import Sequence

import msgspec
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.domain.chats import Chat
from desktop_app.domain.models import ModelFile
from desktop_app.gui.chat_map.view import ZOOM_STEP, MapView
from desktop_app.gui.chat_map.words import LEAST_CHATS, about, status
from desktop_app.gui.look.theme import SEMIBOLD, Theme
from desktop_app.gui.widgets.choice import Choice
from desktop_app.gui.widgets.controls import Button, ButtonKind, ButtonSize, Card, IconButton, Label
from desktop_app.gui.widgets.pages import Page, page_title
from desktop_app.gui.widgets.progress_bar import ProgressBar
from desktop_app.services.chats.chat_map import ChatMap, PlacedChat
from desktop_app.services.words.error_text import explain
from desktop_app.support.i18n import _

COLUMN = 1600
STACKED = 700
"""Below this width of the page, in pixels at 100 %, the controls stand below the title."""
BAR_WIDTH = 120
FEWEST_LETTERS = 12
"""Of the model's name that have room at least."""
CHOICE = 240
"""How wide the choice of the model is at least where it stands beside the title."""


class EmptyMap(Card):
    """Stands where the map would be, and says why there is none."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        px = theme.px
        self.title = Label(theme, "", "body", weight=SEMIBOLD, wraps=True, parent=self)
        self.words = Label(theme, "", "body", "muted", wraps=True, parent=self)
        self.button = Button(theme, _("Choose a model"), kind=ButtonKind.PRIMARY, parent=self)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(24), px(24), px(24))
        column.setSpacing(px(8))
        column.addWidget(self.title)
        column.addWidget(self.words)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)

    def show_no_model(self) -> None:
        """Say that a model is needed."""
        self.title.setText(_("No model is chosen yet"))
        self.words.setText(
            _("A model reads the titles and questions of your chats and finds similar ones. Choose a model first.")
        )
        self.button.show()

    def show_few(self) -> None:
        """Say what will be here."""
        self.title.setText(_("Your chats will appear here as dots"))
        self.words.setText(_("Similar chats will be near each other. At least three chats are needed."))
        self.button.hide()


class MapPage(Page):
    """Shows a ChatMap; `opened` and `left` say when somebody looks at it."""

    opened = Signal()
    left = Signal()
    chat_chosen = Signal(str)
    model_chosen = Signal(str)
    models_requested = Signal()
    stop_requested = Signal()
    again_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._models: Sequence[ModelFile] = ()
        self._model_path = ""
        self._shown: ChatMap | None = None
        self._told: dict[str, Chat] = {}
        """What was told of chats since the map was begun, by their ids: it was read before that."""
        self._is_stopped = False
        self._looked_for = ""
        self._head: QBoxLayout | None = None

    def column_width(self) -> int:
        """As wide as there is room, nearly."""
        return COLUMN

    def build(self, column: QVBoxLayout) -> None:
        """Make the head, the map and the line below it."""
        theme, px = self.theme, self.theme.px
        self._head = self._make_head()
        column.addLayout(self._head)
        column.addSpacing(px(4))
        self.about = Label(theme, "", "small", "muted", wraps=True)
        column.addWidget(self.about)
        column.addSpacing(px(12))
        self.view = MapView(theme)
        self.view.chosen.connect(self.chat_chosen)
        self.view.zoomed.connect(self._show_zoom)
        self.empty = EmptyMap(theme)
        self.empty.button.clicked.connect(self.models_requested)
        column.addWidget(self.view, 1)
        column.addWidget(self.empty, 1, Qt.AlignmentFlag.AlignTop)
        column.addSpacing(px(8))
        column.addLayout(self._foot())
        self._stack()
        self._show_models()
        self._refresh()

    def show_models(self, models: Sequence[ModelFile], model_path: str) -> None:
        """Offer models, with the one at a path chosen; empty for none."""
        self._models, self._model_path = models, model_path
        if self.body is not None:
            self._show_models()
            self._refresh()

    def show_map(self, shown: ChatMap | None) -> None:
        """Show how far the map has come; None where it cannot be drawn."""
        if shown is None:
            self._told.clear()
        self._shown, self._is_stopped = self._as_told(shown) if shown is not None else None, False
        if self.body is not None:
            self._refresh()

    def show_stopped(self) -> None:
        """Say that nothing more will come unless that is asked for."""
        self._is_stopped = True
        self._refresh()

    def look_for(self, chat_id: str) -> None:
        """Show more of a chat, as soon as it has a place."""
        self._looked_for = chat_id
        self._refresh()

    def chat_changed(self, chat: Chat) -> None:
        """Follow another title, and let go of a chat that was deleted."""
        self._told[chat.id] = chat
        before = self._shown
        if before is None:
            return
        self._shown = self._as_told(before)
        if self._shown.chats is not before.chats:
            self._refresh()

    def _as_told(self, shown: ChatMap) -> ChatMap:
        """Return a map with the titles of now, and without chats that were deleted; the same chats where nothing is new."""
        there = (each for each in shown.chats if not self._is_deleted(each))
        chats = tuple(map(self._with_title, there))
        before = self._shown.chats if self._shown is not None else ()
        same = next((each for each in (shown.chats, before) if each == chats), chats)
        return msgspec.structs.replace(shown, chats=same)

    def _is_deleted(self, placed: PlacedChat) -> bool:
        told = self._told.get(placed.topic.chat_id)
        return told is not None and told.deleted_at is not None

    def _with_title(self, placed: PlacedChat) -> PlacedChat:
        told = self._told.get(placed.topic.chat_id)
        if told is None or told.title == placed.topic.title:
            return placed
        return msgspec.structs.replace(placed, topic=msgspec.structs.replace(placed.topic, title=told.title))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the controls below the title where there is little room."""
        super().resizeEvent(event)
        self._stack()

    def showEvent(self, event: QShowEvent) -> None:
        """Tell that somebody looks."""
        super().showEvent(event)
        if not event.spontaneous():
            self.view.setFocus(Qt.FocusReason.OtherFocusReason)
            self.opened.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        """Tell that nobody looks any more."""
        super().hideEvent(event)
        if not event.spontaneous():
            self.left.emit()

    # Building

    def _make_head(self) -> QBoxLayout:
        theme, px = self.theme, self.theme.px
        self.choice = Choice(theme)
        self.choice.setAccessibleName(_("The model that compares the chats"))
        self.choice.setToolTip(self.choice.accessibleName())
        self.choice.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.choice.setMinimumContentsLength(FEWEST_LETTERS)
        self.choice.activated.connect(lambda: self.model_chosen.emit(str(self.choice.currentData())))
        self.larger = IconButton(theme, "plus", _("Zoom in"))
        self.smaller = IconButton(theme, "minus", _("Zoom out"))
        self.all = Button(theme, _("Show all"), size=ButtonSize.SMALL)
        self.larger.clicked.connect(lambda: self.view.zoom_by(ZOOM_STEP))
        self.smaller.clicked.connect(lambda: self.view.zoom_by(1 / ZOOM_STEP))
        self.all.clicked.connect(lambda: self.view.show_all())
        controls = QHBoxLayout()
        controls.setSpacing(px(8))
        controls.addWidget(self.choice, 1)
        for widget in (self.smaller, self.larger, self.all):
            controls.addWidget(widget)
        head = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        head.setSpacing(px(8))
        head.addWidget(page_title(Label(theme, _("Map of the chats"), "title")), 1)
        head.addLayout(controls)
        return head

    def _stack(self) -> None:
        if self._head is None:
            return
        is_narrow = self.viewport().width() < self.theme.px(STACKED)
        self._head.setDirection(QBoxLayout.Direction.TopToBottom if is_narrow else QBoxLayout.Direction.LeftToRight)
        self.choice.setMinimumWidth(0 if is_narrow else self.theme.px(CHOICE))  # Qt keeps a hint of its own for ever

    def _foot(self) -> QHBoxLayout:
        theme, px = self.theme, self.theme.px
        self.status = Label(theme, "", "small", "muted", wraps=True)
        self.bar = ProgressBar(theme, _("Chats looked at"))
        self.bar.setFixedWidth(px(BAR_WIDTH))
        self.button = Button(theme, _("Stop"), size=ButtonSize.SMALL)
        self.button.clicked.connect(self._stop_or_go_on)
        policy = self.button.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # the map stays as it is when the button goes
        self.button.setSizePolicy(policy)
        foot = QHBoxLayout()
        foot.setSpacing(px(12))
        foot.addWidget(self.status, 1)
        foot.addWidget(self.bar)
        foot.addWidget(self.button)
        return foot

    # Showing

    def _show_models(self) -> None:
        blocker = QSignalBlocker(self.choice)
        self.choice.clear()
        for model in self._models:
            self.choice.addItem(model.name, model.path)
        self.choice.setCurrentIndex(self.choice.findData(self._model_path))
        blocker.unblock()

    def _refresh(self) -> None:
        shown = self._shown
        has_model = bool(self._model_path)
        is_few = shown is not None and shown.total < LEAST_CHATS and (shown.is_drawn or shown.total > 0)
        is_map = has_model and not is_few
        if not has_model:
            self.empty.show_no_model()
        elif is_few:
            self.empty.show_few()
        self.hold_focus(self.empty if is_map else self.view)
        self.empty.setVisible(not is_map)
        self.view.setVisible(is_map)
        self.choice.setVisible(has_model)
        for widget in (self.smaller, self.larger, self.all, self.about):
            widget.setVisible(is_map)
        self._show_zoom()
        if shown is None:
            self.view.show_chats(())
        elif shown.chats is not self.view.chats:
            self.view.show_chats(shown.chats)
        self._find()
        self.about.setText(about(shown or ChatMap(model_path=self._model_path), self.choice.currentText()))
        self._show_status(shown, is_map=is_map)

    def _find(self) -> None:
        chats = enumerate(self.view.chats)
        number = next((number for number, chat in chats if chat.topic.chat_id == self._looked_for), None)
        if number is not None:
            self._looked_for = ""
            self.view.go_to(number)

    def _show_status(self, shown: ChatMap | None, *, is_map: bool) -> None:
        error = shown.error if shown is not None else None
        is_going = is_map and shown is not None and not shown.is_drawn and not self._is_stopped
        self.bar.setVisible(is_going and shown is not None and shown.total > 0)
        self.button.setVisible(is_going or self._is_stopped or error is not None)
        self.button.set_content(_("Stop") if is_going else _("Go on") if self._is_stopped else _("Try again"))
        self.status.set_color("bad" if error is not None else "muted")
        if error is not None:
            explanation = explain(error)
            self.status.setText(explanation.text)
        elif shown is None or not is_map:
            self.status.setText("")
        else:
            self.bar.set_fraction(shown.done / shown.total if shown.total else 0.0)
            self.status.setText(status(shown, is_stopped=self._is_stopped))

    def _show_zoom(self) -> None:
        is_zoomed = self.view.zoom > 1.0
        self.smaller.setEnabled(is_zoomed)
        self.all.setEnabled(is_zoomed)

    def _stop_or_go_on(self) -> None:
        shown = self._shown
        is_going = shown is not None and not shown.is_drawn and not self._is_stopped
        (self.stop_requested if is_going else self.again_requested).emit()
