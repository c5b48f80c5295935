"""The bar above the conversation: its title, the model that answers, and how full the context is."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QSizePolicy, QWidget

from desktop_app.gui.conversation.temporary_button import Temporary, TemporaryButton
from desktop_app.gui.look.mirroring import placed
from desktop_app.gui.look.theme import SEMIBOLD, Theme, Themed
from desktop_app.gui.widgets.accessible import Role, Spoken
from desktop_app.gui.widgets.announcing import announce
from desktop_app.gui.widgets.controls import ElidedLabel, Ground, IconButton, RingedButton
from desktop_app.gui.widgets.menu_marks import mark
from desktop_app.gui.widgets.painting import badge_width, paint_badge
from desktop_app.support.formats import decimal, number, paragraph
from desktop_app.support.i18n import _
from desktop_app.support.isolates import isolated

if TYPE_CHECKING:  # models come after the first paint, and their values with them
    from desktop_app.domain.models import ModelFile

FULL_FROM = 0.85
"""The share of the context from which the meter warns."""

NARROW = 520
"""Below this width of the bar, in pixels at 100 %, only the commands lead to the map of the branches, and of the context
its share alone is told."""
WIDE = 700
"""Below this width there is no room for words beside the icon of a temporary chat."""
LEAST_NAME = 56
"""The room that a model's name keeps in a narrow window."""
BRIEF_NAME = 96
"""How wide it is at most where the bar is narrow, in pixels at 100 %: the chat's title has the other half."""


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

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
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

    def begin(self) -> None:
        """Show the field."""
        if self._editable:
            self.field.setText(self.label.text())
            self.label.hide()
            self.field.show()
            self.field.setFocus()
            self.field.selectAll()

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


class ModelPill(RingedButton):
    """Which model answers, where it runs, and how far it is loaded; a click offers the others."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "", parent)
        self._name = _("Choose a model")
        self._quantization = ""
        self._badge = ""
        self._tone = "accent"
        self._fraction: float | None = None
        self._is_brief = False
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.apply_theme()

    def apply_theme(self) -> None:
        """Take over the font."""
        self.setFont(self.theme.font("label"))
        super().apply_theme()

    def show_model(self, name: str, quantization: str, badge: str, tone: str, fraction: float | None) -> None:
        """Show a model; `fraction` draws how far it is loaded."""
        self._name = name
        self._quantization = quantization
        self._badge = badge
        self._tone = tone
        self._fraction = fraction
        self.updateGeometry()
        self.update()

    def set_brief(self, is_brief: bool) -> None:
        """Leave the room that there is to the names where it is little; where the model runs, the tooltip says, too."""
        if is_brief is not self._is_brief:
            self._is_brief = is_brief
            self.updateGeometry()
            self.update()

    @property
    def shown_quantization(self) -> str:
        """The quantization, where there is room for it beside the name."""
        return "" if self._is_brief else self._quantization

    @property
    def shown_badge(self) -> str:
        """What the badge says; empty where there is none, or all is well and there is no room for it."""
        return "" if self._is_brief and self._tone != "bad" and self._fraction is None else self._badge

    def sizeHint(self) -> QSize:
        """The room for everything."""
        name = self._advance(self._name)
        if self._is_brief:
            name = min(name, self.theme.px(BRIEF_NAME))
        return QSize(self._fixed_width(self.shown_quantization) + name, self.theme.px(32))

    def minimumSizeHint(self) -> QSize:
        """The name may be cut, and the quantization left out."""
        least = self._fixed_width("") + self.theme.px(LEAST_NAME)
        return QSize(min(self.sizeHint().width(), least), self.theme.px(32))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the pill."""
        px, colors = self.theme.px, self.theme.colors
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_pill(painter, self.rect().toRectF(), self.theme, hovered=self.underMouse(), pressed=self.isDown(),
                   ring=self.has_ring)  # fmt: skip
        x = float(px(12))
        quantization = self.shown_quantization
        room = self.width() - self._fixed_width(quantization)
        if quantization and room < min(px(LEAST_NAME), self._advance(self._name)):
            quantization = ""
            room = self.width() - self._fixed_width("")
        shown = self.fontMetrics().elidedText(self._name, Qt.TextElideMode.ElideRight, room)
        painter.setFont(self.font())
        painter.setPen(colors.text)
        self._write(painter, x, shown)
        x += self._advance(shown) + px(8)
        if quantization:
            painter.setPen(colors.muted)
            self._write(painter, x, quantization)
            x += self._advance(quantization) + px(8)
        if self.shown_badge:
            width = badge_width(self.theme, self._badge)
            height = px(18)
            badge = placed(self, QRectF(x, (self.height() - height) / 2, width, height), self.rect())
            paint_badge(painter, badge, self.theme, self._badge, self._tone)
            x += width + px(4)
        else:
            x -= px(4)
        chevron = placed(self, QRectF(x, 0, px(16), self.height()), self.rect())
        self.theme.paint_icon(painter, chevron, "chevron-down", "muted", 16)
        if self._fraction is not None:
            self._paint_progress(painter)
        painter.end()

    def _paint_progress(self, painter: QPainter) -> None:
        px, colors = self.theme.px, self.theme.colors
        track = QRectF(px(14), self.height() - px(5), self.width() - px(28), px(2))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.line)
        painter.drawRoundedRect(track, 1, 1)
        track.setWidth(track.width() * min(max(self._fraction or 0.0, 0.02), 1.0))
        painter.setBrush(colors.accent)
        painter.drawRoundedRect(placed(self, track, self.rect()), 1, 1)

    def _write(self, painter: QPainter, x: float, text: str) -> None:
        area = placed(self, QRectF(x, 0, self.width(), self.height()), self.rect())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, isolated(text))

    def _advance(self, text: str) -> int:
        return QFontMetrics(self.font()).horizontalAdvance(text) + 1  # advances are fractions, rounded

    def _fixed_width(self, quantization: str) -> int:
        px = self.theme.px
        width = px(12) + px(8) + px(16) + px(8)
        if quantization:
            width += self._advance(quantization) + px(8)
        if self.shown_badge:
            width += badge_width(self.theme, self._badge) + px(4)
        else:
            width -= px(4)
        return width


class ContextMeter(Spoken, Themed, QWidget):
    """How much of the context is used, in words and as a thin bar that warns when it fills up."""

    spoken_role = Role.StaticText

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        self._used: int | None = None
        self._size: int | None = None
        self._is_brief = self._awaits = False
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.apply_theme()
        self.hide()

    @property
    def is_nearly_full(self) -> bool:
        """Whether the bar warns."""
        return bool(self._size) and (self._used or 0) / (self._size or 1) > FULL_FROM

    @property
    def is_wanted(self) -> bool:
        """Whether there is something to show: a size, or one that is about to be known."""
        return bool(self._size) or self._awaits

    def text(self) -> str:
        """What the meter says."""
        size = short_count(self._size) if self._size else "…"
        return _("Context {used} / {size}").format(used=short_count(self._used or 0), size=size)

    def set_brief(self, is_brief: bool) -> None:
        """Show the share alone, where there is little room."""
        if is_brief is not self._is_brief:
            self._is_brief = is_brief
            self.updateGeometry()
            self.update()

    @property
    def shown_words(self) -> str:
        """What is drawn."""
        if not self._is_brief:
            return self.text()
        if not self._size:
            return "…"
        return _("{number} %").format(number=round(100 * (self._used or 0) / self._size))

    def await_size(self, awaits: bool) -> None:
        """Keep the place while a model is loaded, so that nothing beside it moves when its context's size is known."""
        self._awaits = awaits
        self.show_context(self._used, self._size)

    def show_context(self, used: int | None, size: int | None) -> None:
        """Show `used` of `size` tokens; hidden while the size is not known, unless it is awaited."""
        self._used = used
        self._size = size
        self._awaits = self._awaits and not size
        self.setVisible(self.is_wanted)
        words = ""
        if size:
            words = _("{used} of {size} tokens of the model's context are used.").format(
                used=number(used or 0), size=number(size)
            )
        if self.is_nearly_full:
            words = paragraph([words, _("It is nearly full: the oldest turns will be left out.")])
        self.setToolTip(words)
        self.setAccessibleName(self.text())
        self.setAccessibleDescription(words)
        self.updateGeometry()
        self.update()

    def apply_theme(self) -> None:
        """Take over the font."""
        self.setFont(self.theme.font("label"))
        super().apply_theme()

    def sizeHint(self) -> QSize:
        """The room for words and bar."""
        px = self.theme.px
        return QSize(self.fontMetrics().horizontalAdvance(self.shown_words) + px(24), px(32))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw words and bar."""
        px, colors = self.theme.px, self.theme.colors
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_pill(painter, self.rect().toRectF(), self.theme, hovered=False, pressed=False, ring=False)
        painter.setFont(self.font())
        painter.setPen(colors.warn if self.is_nearly_full else colors.text)
        area = QRectF(0, 0, self.width(), self.height() - px(2))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self.shown_words)
        track = QRectF(px(14), self.height() - px(6), self.width() - px(28), px(2))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.line)
        painter.drawRoundedRect(track, 1, 1)
        share = min((self._used or 0) / self._size, 1.0) if self._size else 0.0
        track.setWidth(track.width() * share)
        painter.setBrush(colors.warn if self.is_nearly_full else colors.control_line)
        painter.drawRoundedRect(placed(self, track, self.rect()), 1, 1)
        painter.end()


class TopBar(Ground):
    """The bar itself."""

    title_edited = Signal(str)
    model_chosen = Signal(str)
    unload_requested = Signal()
    file_requested = Signal()
    sidebar_requested = Signal()
    panel_requested = Signal()
    focus_left = Signal()
    branches_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "window", Qt.Edge.BottomEdge, parent)
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

    def set_chat_parts_shown(self, shown: bool, *, alone: bool = False) -> None:
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
        self.pill.set_brief(self.width() < self.theme.px(NARROW))
        self.context.set_brief(self.width() < self.theme.px(NARROW))
        self.temporary.set_brief(self.width() < self.theme.px(WIDE))
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
            menu.addAction(self.theme.icon("close"), named, self.unload_requested.emit)
        menu.addAction(self.theme.icon("folder"), _("Choose a file…"), self.file_requested.emit)
        return menu

    def apply_theme(self) -> None:
        """Take over height and margins."""
        px = self.theme.px
        self.setFixedHeight(px(self.theme.tokens.layout.topbar))
        self._row.setContentsMargins(px(16), 0, px(16), 1)
        self._row.setSpacing(px(8))
        super().apply_theme()

    def _offer_models(self) -> None:
        self.menu().popup(self.pill.mapToGlobal(self.pill.rect().bottomLeft()))


def paint_pill(painter: QPainter, area: QRectF, theme: Theme, *, hovered: bool, pressed: bool, ring: bool) -> None:
    """Draw a pill's ground in its state."""
    colors = theme.colors
    radius = area.height() / 2
    fill = colors.selected if pressed else colors.hover if hovered else colors.surface
    painter.setBrush(fill)
    if ring:
        painter.setPen(QPen(colors.focus, 2))
        painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), radius - 1, radius - 1)
    else:
        painter.setPen(QPen(colors.control_line if hovered else colors.line, 1))
        painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)


def short_count(count: int) -> str:
    """Return a number of tokens as 512, 3.1k or 8k; a k is 1,024, as context sizes are named."""
    if count < 1000:
        return str(count)
    thousands = count / 1024
    is_whole = thousands >= 100 or round(thousands, 1).is_integer()
    return decimal(thousands, 0 if is_whole else 1) + "k"
