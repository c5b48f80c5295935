"""The small window for a quick question: a field, the answer below it once there is one, and the way to the main window."""

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QCursor, QGuiApplication, QIcon, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop_app.domain.models import ModelFile
from desktop_app.gui.chat.view import ChatView
from desktop_app.gui.composer.composer import Composer
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.system.window_place import bring_forward
from desktop_app.gui.widgets.choice import Choice
from desktop_app.gui.widgets.controls import Button, ButtonSize, ElidedLabel, IconButton, Label
from desktop_app.services.writing.personas import LibraryPersona
from desktop_app.support.i18n import _
from desktop_app.support.paths import resources

WIDTH, ANSWER_HEIGHT = 640, 340
"""Pixels at 100 %, as far as the screen has them."""
EDGE = 16
"""Pixels that the window keeps from the edges of the screen at least."""


class QuickWindow(Themed, QWidget):
    """Made once and shown again; it has no frame, and moves where its ground is dragged.

    `hidden` tells that it was put away, by Escape or by its button.
    """

    hidden = Signal()
    model_chosen = Signal(str)
    persona_chosen = Signal(str)
    copy_requested = Signal()
    continue_requested = Signal()
    retry_requested = Signal()
    main_window_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        QWidget.__init__(self, None, Qt.WindowType.FramelessWindowHint | Qt.WindowType.WindowStaysOnTopHint)
        self.theme = theme
        self._has_answer = False
        self.setWindowTitle(_("Quick question"))
        self.setWindowIcon(QIcon(str(resources() / "icons" / "app.svg")))
        self.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
        self.model = self._choice(_("Model"))
        self.persona = self._choice(_("Persona"))
        self.state = ElidedLabel(theme, "", "small", "muted", parent=self)
        self.close_button = IconButton(theme, "close", _("Hide this window"), side=28, parent=self)
        self.composer = Composer(theme, self, is_quick=True)
        self.composer.field.set_attaches_long(False)
        self.composer.field.show_placeholder(_("Ask a quick question"))
        self.view = ChatView(theme, self, is_column=True)
        self.view.setAccessibleName(_("Answer"))
        self.trouble = Label(theme, "", "small", "bad", wraps=True, parent=self)
        self.end = ElidedLabel(theme, "", "small", "muted", parent=self)
        self.retry = Button(theme, _("Try again"), size=ButtonSize.SMALL, icon="regenerate", parent=self)
        self.open_main = Button(theme, _("Open Inglenook"), size=ButtonSize.SMALL, icon="window", parent=self)
        self.copy = Button(theme, _("Copy"), size=ButtonSize.SMALL, icon="copy", parent=self)
        self.go_on = Button(theme, _("Continue in the main window"), size=ButtonSize.SMALL, icon="window", parent=self)
        self.go_on.setToolTip(_("Continue in the main window"))
        self._lay_out()
        self._connect()
        self.apply_theme()
        self.say_trouble("")
        self.show_answer(False)

    # What others call

    def present(self) -> None:
        """Show the window on the screen where the pointer is, and let it be typed into."""
        if not self.isVisible():
            self._place()
        bring_forward(self)
        self.composer.focus()

    def take_place(self, former: "QuickWindow") -> None:
        """Stand where another one stood, if it did; the keyboard stays where it is."""
        if former.isVisible():
            self._place()
            self.move(former.pos())
            self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating, True)
            self.show()
            self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating, False)

    def put_away(self) -> None:
        """Hide the window."""
        if self.isVisible():
            self.hide()
            self.hidden.emit()

    def set_models(self, models: Sequence[ModelFile], path: str | None) -> None:
        """Offer these models, of which the one at `path` answers."""
        _fill(self.model, [(model.name, model.path) for model in models], path or "")
        self.model.setVisible(bool(models))
        self.persona.setVisible(bool(models))

    def set_personas(self, entries: Sequence[LibraryPersona], key: str) -> None:
        """Offer these personas, of which the one with `key` is chosen, empty for none."""
        usable = [(entry.name, entry.key) for entry in entries if entry.persona is not None]
        _fill(self.persona, [(_("No persona"), ""), *usable], key)

    def say_state(self, words: str) -> None:
        """Say what the model is doing; empty for nothing."""
        self.state.setText(words)

    def say_trouble(self, words: str, *, can_retry: bool = False, needs_main: bool = False) -> None:
        """Say what went wrong, and offer to try again or to open the main window; empty for nothing."""
        self.trouble.setText(words)
        self.trouble.setVisible(bool(words))
        self.retry.setVisible(can_retry)
        self.open_main.setVisible(needs_main)
        self._fit()

    def show_answer(self, shown: bool) -> None:
        """Make room for an answer, or take it away again."""
        self._has_answer = shown
        self.view.setVisible(shown)
        for widget in (self.end, self.copy, self.go_on):
            widget.setVisible(shown)
        self.show_end("", complete=False)
        self._fit()

    def show_end(self, words: str, *, complete: bool) -> None:
        """Say how the answer ended, once it is complete."""
        self.end.setText(words)
        self.end.setToolTip(words)
        self.copy.setEnabled(complete)
        self._fit_buttons()

    # Qt's own

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape puts the window away, wherever the focus is."""
        if event.key() == Qt.Key.Key_Escape:
            self.put_away()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Hide instead, as when the window system closes it."""
        event.ignore()
        self.put_away()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Let the window be dragged by its ground."""
        handle = self.windowHandle()
        if event.button() == Qt.MouseButton.LeftButton and handle is not None:
            handle.startSystemMove()
        super().mousePressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground and its outline: there is no frame."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.theme.colors.window)
        painter.setPen(self.theme.colors.control_line)
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def event(self, event: QEvent) -> bool:
        """Follow the field, which grows with what is typed."""
        if event.type() == QEvent.Type.LayoutRequest:
            done = super().event(event)
            self._fit()
            return done
        return super().event(event)

    def apply_theme(self) -> None:
        """Take over margins."""
        px = self.theme.px
        self._column.setContentsMargins(px(14), px(10), px(14), px(14))
        self._column.setSpacing(px(10))
        for row in (self._top, self._bottom, self._below):
            row.setSpacing(px(8))
        self.model.setMaximumWidth(px(280))
        self.persona.setMaximumWidth(px(180))
        self.setPalette(self.theme.palette())
        super().apply_theme()
        self._fit()

    # Building

    def _choice(self, name: str) -> Choice:
        choice = Choice(self.theme, self)
        choice.setAccessibleName(name)
        choice.setToolTip(name)
        choice.setMinimumContentsLength(6)
        choice.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        choice.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        return choice

    def _lay_out(self) -> None:
        self._column = QVBoxLayout(self)
        self._top, self._bottom, self._below = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        self._top.addWidget(self.model, 30)
        self._top.addWidget(self.persona, 20)
        self._top.addWidget(self.state)  # the lists give way to it
        self._top.addStretch(1)
        self._top.addWidget(self.close_button)
        self._below.addWidget(self.trouble, 1)
        self._below.addWidget(self.retry, 0, Qt.AlignmentFlag.AlignTop)
        self._below.addWidget(self.open_main, 0, Qt.AlignmentFlag.AlignTop)
        self._bottom.addWidget(self.end, 1000)
        self._bottom.addStretch(1)
        self._bottom.addWidget(self.copy)
        self._bottom.addWidget(self.go_on)
        self._column.addLayout(self._top)
        self._column.addWidget(self.composer)
        self._column.addLayout(self._below)
        self._column.addWidget(self.view, 1)
        self._column.addLayout(self._bottom)
        for before, after in pairwise((self.composer.send, self.retry, self.open_main, self.view, self.copy)):
            self.setTabOrder(before, after)
        self.setFocusProxy(self.composer)

    def _connect(self) -> None:
        self.composer.escaped.connect(self.put_away)
        self.close_button.clicked.connect(self.put_away)
        self.model.activated.connect(lambda place: self.model_chosen.emit(self.model.itemData(place)))
        self.persona.activated.connect(lambda place: self.persona_chosen.emit(self.persona.itemData(place)))
        self.copy.clicked.connect(self.copy_requested)
        self.go_on.clicked.connect(self.continue_requested)
        self.retry.clicked.connect(self.retry_requested)
        self.open_main.clicked.connect(self.main_window_requested)

    def _room(self) -> QRect:
        screen = QGuiApplication.screenAt(QCursor.pos()) or QGuiApplication.primaryScreen()
        return screen.availableGeometry()

    def _place(self) -> None:
        """Stand in the middle of the screen once the answer is there, too: growing moves nothing."""
        room, px = self._room(), self.theme.px
        width = min(px(WIDTH), room.width() - 2 * EDGE)
        self.setFixedWidth(width)
        self._fit()
        grown = self.height() + (0 if self._has_answer else px(ANSWER_HEIGHT + 52))
        top = max(EDGE, (room.height() - grown) // 2)
        self.move(room.topLeft() + QPoint((room.width() - width) // 2, top))

    def _fit(self) -> None:
        """Be as high as what is shown: the answer has always the same room, so that nothing jumps while it streams."""
        self.view.setMinimumHeight(min(self.theme.px(ANSWER_HEIGHT), self._room().height() // 2))
        self._fit_buttons()
        layout = self._column
        layout.activate()
        width = self.width()
        high = layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else layout.totalSizeHint().height()
        most = self._room().height() - 2 * EDGE
        if self.height() != min(high, most):
            self.setFixedHeight(min(high, most))

    def _fit_buttons(self) -> None:
        """Say less where there is no room for all words."""
        if not self._has_answer:
            return
        margins, gap = self._column.contentsMargins(), self._bottom.spacing()
        room = self.width() - margins.left() - margins.right() - self.copy.sizeHint().width() - 2 * gap
        metrics = self.go_on.fontMetrics()
        long, short = _("Continue in the main window"), _("Continue")
        extra = self.go_on.sizeHint().width() - metrics.horizontalAdvance(self.go_on.text())
        words = long if metrics.horizontalAdvance(long) + extra <= room else short
        if words != self.go_on.text():
            self.go_on.set_content(words, "window")
        left = room - metrics.horizontalAdvance(words) - extra - gap
        self.end.setVisible(0 < self.end.fontMetrics().horizontalAdvance(self.end.text()) <= left)

    def sizeHint(self) -> QSize:
        """As wide as the screen has room for."""
        return QSize(self.theme.px(WIDTH), super().sizeHint().height())


def _fill(choice: Choice, entries: Sequence[tuple[str, str]], chosen: str) -> None:
    """Offer (name, value) pairs; what is the same stays as it is."""
    present = [(choice.itemText(place), choice.itemData(place)) for place in range(choice.count())]
    if present != list(entries):
        choice.clear()
        for name, value in entries:
            choice.addItem(name, value)
    choice.setCurrentIndex(choice.findData(chosen))
