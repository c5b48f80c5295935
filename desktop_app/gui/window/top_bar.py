"""The bar above the conversation: its title, the ways to what is beside it, and which model answers."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QSizePolicy, QWidget

from desktop_app.gui.conversation.temporary_button import Temporary, TemporaryButton
from desktop_app.gui.look.theme import SEMIBOLD, Theme
from desktop_app.gui.widgets.announcing import announce
from desktop_app.gui.widgets.context_meter import ContextMeter
from desktop_app.gui.widgets.controls import ElidedLabel, Ground, IconButton
from desktop_app.gui.widgets.menu_marks import mark
from desktop_app.gui.window.model_pill import ModelPill
from desktop_app.support.i18n import _

if TYPE_CHECKING:  # models come after the first paint, and their values with them
    from desktop_app.domain.models import ModelFile

NARROW = 520
"""Below this width of the bar, in pixels at 100 %, only the commands lead to the map of the branches."""
RATHER_NARROW = 620
"""Below this width the share of the context alone is told, so that there is room for the chat's title."""
LEAST_TITLE = 72
"""The room that the title keeps beside a long name of a model, in pixels at 100 %, unless the bar is narrow."""
WIDE = 700
"""Below this width neither how the model is quantized is told, nor words beside the icon of a temporary chat."""


class TitleField(QLineEdit):
    """The field that takes the title's place while it is changed."""

    given_up = Signal()

    def event(self, event: QEvent) -> bool:
        """Keep Escape from the window's shortcuts, to give up with it."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Escape
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Give up with Escape."""
        if event.key() == Qt.Key.Key_Escape:
            self.given_up.emit()
        else:
            super().keyPressEvent(event)


class Title(QWidget):
    """The chat's title; a double click makes it a field, and `left` tells that the focus has to go elsewhere then."""

    edited = Signal(str)
    left = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._editable = False
        self.label = ElidedLabel(theme, "", "body", weight=SEMIBOLD, parent=self)
        self.field = TitleField(self)
        self.field.setAccessibleName(_("Title of the chat"))
        self.field.setMaxLength(200)
        self.field.hide()
        self.field.given_up.connect(self._close)
        self.field.editingFinished.connect(self._commit)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.label)
        row.addWidget(self.field)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def set_title(self, title: str, *, editable: bool) -> None:
        """Show `title`."""
        self._editable = editable
        self.label.setText(title)
        self.label.setAccessibleName(title)

    def begin(self) -> bool:
        """Show the field; return whether the title can be changed."""
        if self._editable:
            self.field.setText(self.label.text())
            self.label.hide()
            self.field.show()
            self.field.setFocus()
            self.field.selectAll()
        return self._editable

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show the field."""
        self.begin()

    def _close(self) -> None:
        had_focus = self.field.hasFocus()
        self.field.hide()
        self.label.show()
        if had_focus:  # else something else was clicked
            self.left.emit()

    def _commit(self) -> None:
        if self.field.isHidden():
            return
        title = " ".join(self.field.text().split())
        self._close()
        if title and title != self.label.text():
            self.edited.emit(title)


class TopBar(Ground):
    """The bar itself."""

    title_edited = Signal(str)
    model_chosen = Signal(str)
    unload_requested = Signal()
    file_requested = Signal()
    models_requested = Signal()
    sidebar_requested = Signal()
    panel_requested = Signal()
    focus_left = Signal()
    branches_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "window", Qt.Edge.BottomEdge)
        self.setAccessibleName(_("Chat and model"))
        self._models: Sequence[ModelFile] = ()
        self._shown_model = ("", "")
        self._state = "none"
        self._shows_chat = True
        self._is_alone = False
        self.sidebar_button = IconButton(theme, "sidebar", _("Show the sidebar"), parent=self)
        self.title = Title(theme, self)
        self.temporary = TemporaryButton(theme, self)
        self.branches_button = IconButton(theme, "branch", _("Map of the branches"), parent=self)
        self.pill = ModelPill(theme, self)
        self.context = ContextMeter(theme, self)
        self.panel_button = IconButton(theme, "panel", _("Show the panel"), parent=self)
        self._row = QHBoxLayout(self)
        self._row.addWidget(self.sidebar_button, 0, Qt.AlignmentFlag.AlignLeft)
        self._row.addWidget(self.title, 1)
        self.leave_focus = IconButton(theme, "focus", _("Show what is beside the chat"), parent=self)
        for widget in (
            self.temporary,
            self.branches_button,
            self.pill,
            self.context,
            self.panel_button,
            self.leave_focus,
        ):
            self._row.addWidget(widget)
        self.leave_focus.hide()
        self.leave_focus.clicked.connect(self.focus_left)
        self.sidebar_button.hide()
        self.panel_button.hide()
        self.branches_button.hide()
        self.temporary.hide()
        self._has_branches = False
        self.branches_button.clicked.connect(self.branches_requested)
        self.title.edited.connect(self.title_edited)
        self.pill.clicked.connect(self._offer_models)
        self.sidebar_button.clicked.connect(self.sidebar_requested)
        self.panel_button.clicked.connect(self.panel_requested)
        self.set_model("", "", "", "", "none", 0.0)
        self.apply_theme()

    def set_title(self, title: str, *, editable: bool = True) -> None:
        """Show the chat's title; `editable` allows a double click to change it."""
        self.title.set_title(title, editable=editable)

    def set_models(self, models: "Sequence[ModelFile]") -> None:
        """Take the models that the pill's menu offers."""
        self._models = tuple(models)

    def set_model(
        self, name: str, quantization: str, badge: str, badge_reason: str, state: str, fraction: float
    ) -> None:
        """Show the model that answers.

        `state` is none, loading, ready or failed; `badge` says where it runs and `badge_reason`
        why; `fraction` is how far it is loaded, from 0 to 1.
        """
        self._shown_model = (name, quantization)
        if self._state == "loading" and state != "loading":
            self._tell_loaded(name, badge_reason, state)
        self._state = state
        if state != "ready":  # then the size comes at any moment
            self.context.await_size(state == "loading")
            self._place_context()
        tone, shown = ("bad", _("failed")) if state == "failed" else ("accent", badge)
        if state == "loading":
            shown = _("loading {percent} %").format(percent=round(fraction * 100))
        name = name or _("Choose a model")
        self.pill.show_model(name, quantization, shown, tone, fraction if state == "loading" else None)
        words = " ".join(part for part in (name, quantization, shown) if part)
        self.pill.setAccessibleName(_("Model: {model}").format(model=words))
        self.pill.setAccessibleDescription(badge_reason)
        self.pill.setToolTip(badge_reason or _("Choose the model that answers"))

    def _tell_loaded(self, name: str, reason: str, state: str) -> None:
        if state == "ready":
            announce(self.pill, _("{model} is ready.").format(model=name))
        elif state == "failed":
            announce(
                self.pill, _("{model} could not be loaded: {reason}").format(model=name, reason=reason), urgent=True
            )

    def set_context(self, used: int | None, size: int | None) -> None:
        """Show how many tokens of the context are used; None where that is not known."""
        self.context.show_context(used, size)
        self._place_context()

    def _place_context(self) -> None:
        if not self._shows_chat:
            self.context.hide()

    def set_chat_parts_shown(self, shown: bool, *, alone: bool) -> None:
        """Show or hide what belongs to a conversation, so that other pages keep only the sidebar button.

        Where the chat is shown `alone`, only its title stays, and the way back.
        """
        self._is_alone = shown and alone
        self.pill.setVisible(shown and not alone)
        self._shows_chat = shown and not alone
        self.show_temporary(self.temporary.state)
        self.set_has_branches(self._has_branches)
        self.context.setVisible(shown and self.context.is_wanted and not alone)
        self.leave_focus.setVisible(alone)

    def show_temporary(self, state: Temporary) -> None:
        """Show whether the chat is a temporary one, or let that be chosen for one to come.

        A narrow bar tells the first in place of the title, and leaves the second to the commands.
        """
        button, has_room = self.temporary, self.width() >= self.theme.px(NARROW)
        button.show_state(state)
        shows = self._shows_chat or self._is_alone
        is_offered = state is Temporary.OFFERED and has_room and self._shows_chat
        button.setVisible(is_offered or (button.is_on and shows))
        self.title.setVisible(shows and (has_room or not button.is_on))

    def set_has_branches(self, has_branches: bool) -> None:
        """Offer the map of the chat's branches where there are any, and room for it beside the model's name."""
        self._has_branches = has_branches
        has_room = self.width() >= self.theme.px(NARROW)
        self.branches_button.setVisible(has_branches and self._shows_chat and has_room)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the room of a narrow window for the model's name."""
        super().resizeEvent(event)
        self.set_has_branches(self._has_branches)
        is_narrow = self.width() < self.theme.px(NARROW)
        self.title.setMinimumWidth(0 if is_narrow else self.theme.px(LEAST_TITLE))
        self.pill.set_brief(is_narrow)
        is_wide = self.width() >= self.theme.px(WIDE)
        self.pill.show_quantization(is_wide)
        self.context.set_brief(self.width() < self.theme.px(RATHER_NARROW))
        self.temporary.set_brief(not is_wide)
        self.show_temporary(self.temporary.state)

    def menu(self) -> QMenu:
        """Return the menu of models; the caller shows it."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for model in self._models:
            words = f"{model.name}   {model.quantization}" if model.quantization else model.name
            action = menu.addAction(words.replace("&", "&&"))
            action.triggered.connect(lambda _on=False, path=model.path: self.model_chosen.emit(path))
            mark(self.theme, action, (model.name, model.quantization) == self._shown_model)
        if self._models:
            menu.addSeparator()
        if self._state in ("loading", "ready"):
            words = _("Cancel loading {model}") if self._state == "loading" else _("Unload {model}")
            named = words.format(model=self._shown_model[0]).replace("&", "&&")
            offered = self._state, self._shown_model
            menu.addAction(self.theme.icon("close"), named, lambda: self._unload(offered))
        menu.addAction(self.theme.icon("folder"), _("Choose a file…"), self.file_requested.emit)
        menu.addAction(self.theme.icon("models"), _("Models"), self.models_requested.emit)
        return menu

    def apply_theme(self) -> None:
        """Take over height and margins."""
        px = self.theme.px
        self.setFixedHeight(px(self.theme.tokens.layout.topbar))
        self._row.setContentsMargins(px(16), 0, px(16), 1)
        self._row.setSpacing(px(8))
        super().apply_theme()

    def _unload(self, offered: tuple[str, tuple[str, str]]) -> None:
        """Ask for the state's end that a menu offered; nothing where another one has come since it was opened."""
        if offered == (self._state, self._shown_model):
            self.unload_requested.emit()

    def _offer_models(self) -> None:
        self.menu().popup(self.pill.mapToGlobal(self.pill.rect().bottomLeft()))
