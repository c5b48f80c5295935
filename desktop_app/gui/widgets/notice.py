"""A notice that floats above the conversation: what happened, and what can be done about it."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import msgspec
from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QEnterEvent, QHideEvent, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QApplication, QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.gui.look.mirroring import placed, set_margins
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.widgets.accessible import Role, Spoken
from desktop_app.gui.widgets.announcing import announce
from desktop_app.gui.widgets.controls import Button, ButtonSize, IconButton, Label
from desktop_app.support.i18n import _

Action = tuple[str, partial[Any]]
"""A button's label and what it does: of a method, the same is done in a window that is made anew in another language."""

INFO_MS = 8000
"""How long a notice stays when nobody looks at it; an error stays until it is closed."""


class Notice(msgspec.Struct, frozen=True):
    """What a notice says and offers; `show_notice` has the meaning of each."""

    text: str
    action: Action | None
    kind: str
    timeout: int | None
    choices: Sequence[Action]
    chat_id: str = ""
    key: object = msgspec.field(default_factory=object)
    """Which one it is, also in a window that is made anew in another language."""

    @property
    def lasts(self) -> bool:
        """Whether it stays until it is closed or used, even if another one covers it meanwhile."""
        return self.timeout == 0


class NoticeBar(Spoken, Themed, QWidget):
    """Shows one notice at a time, at the bottom of its parent; nothing else moves for it.

    What lasts comes back when the notice that covered it has gone: nothing that it offers is lost by a passing word.

    A click leaves the focus where it is; `left` tells that it was here when the notice went. `changed` tells that other
    notices are here now; what was chosen of one that went is done by then.
    """

    left = Signal()
    changed = Signal()
    spoken_role = Role.AlertMessage

    def __init__(self, theme: Theme, parent: QWidget, bottom: Callable[[], int]) -> None:
        """Float in `parent`, `bottom()` pixels above its lower edge."""
        QWidget.__init__(self, parent)
        self.theme = theme
        self._ground = parent
        self._bottom = bottom
        self._notice = Notice("", None, "info", None, ())
        self._covered: list[Notice] = []
        self.label = Label(theme, "", "body", wraps=True, parent=self)
        self.action = Button(theme, "", size=ButtonSize.SMALL, parent=self)
        self.close_button = IconButton(theme, "close", _("Close the notice"), side=28, parent=self)
        for button in (self.action, self.close_button):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._dismiss_shown)
        self.choices: list[Button] = []
        self._column = QVBoxLayout(self)
        row = QHBoxLayout()
        row.setSpacing(theme.px(8))
        row.addWidget(self.label, 1)
        row.addWidget(self.action)
        row.addWidget(self.close_button)
        self._choice_row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._choice_row.addStretch(1)
        self._column.addLayout(row)
        self._column.addLayout(self._choice_row)
        self.action.clicked.connect(self._act)
        self.close_button.clicked.connect(self._dismiss_shown)
        parent.installEventFilter(self)
        self.apply_theme()
        self.hide()

    def show_notice(
        self,
        text: str,
        action: Action | None = None,
        kind: str = "info",
        timeout: int | None = None,
        choices: Sequence[Action] = (),
        chat_id: str = "",
    ) -> Notice:
        """Show `text` in place of what was shown, and return what can be dismissed later.

        `action` is a button's label and what it does; several of them are `choices`, below the text. `kind` is 'info' or 'error'. After `timeout`
        milliseconds the notice goes away, 0 for never, not even under another one; None takes what suits the kind. What
        it offers may be meant for one chat alone: `chat_id`, empty for any.
        """
        notice = Notice(text, action, kind, timeout, choices, chat_id)
        self._show(notice)
        self.changed.emit()
        return notice

    def dismiss(self, notice: Notice) -> None:
        """Take a notice away, whether it is shown or covered."""
        self._keep_covered(lambda other: other.key is not notice.key)
        if self.shown is not None and self._notice.key is notice.key:
            self._dismiss_shown()

    def show_chat(self, chat_id: str) -> None:
        """Take away what is meant for another chat than the one that is open now."""
        self._keep_covered(lambda other: other.chat_id in ("", chat_id))
        if self.shown is not None and self._notice.chat_id not in ("", chat_id):
            self._dismiss_shown()

    @property
    def shown(self) -> Notice | None:
        """The notice that is shown."""
        return None if self.isHidden() else self._notice

    @property
    def notices(self) -> list[Notice]:
        """Those that are covered, the oldest first, then the one that is shown."""
        return self._covered if self.shown is None else [*self._covered, self.shown]

    def take_over(self, former: "NoticeBar", heir: Callable[[QObject], QObject | None]) -> None:
        """Show the notices of a window that was made anew, but for those whose offers went with that window.

        `heir` returns what does here what something did there. The words stay in the language they were said in.
        """
        for notice in former.notices:
            if (inherited := _inherited(notice, heir)) is not None:
                self._show(inherited)

    def _show(self, notice: Notice) -> None:
        if self.shown is not None and self._notice.lasts:
            self._covered.append(self._notice)
        self._keep_covered(lambda other: (other.text, other.chat_id) != (notice.text, notice.chat_id))
        self._notice = notice
        text, action, kind = notice.text, notice.action, notice.kind
        self.label.setText(text)
        self.setAccessibleName(text)
        self.action.setVisible(action is not None)
        if action is not None:
            self.action.set_content(action[0])
        self._show_choices(notice.choices)
        self.show()
        self.place()
        self.raise_()
        self.update()
        self._count_down()
        announce(self, text, urgent=kind == "error")

    def place(self) -> None:
        """Take the place at the bottom of the parent."""
        px = self.theme.px
        parent = self._ground
        width = min(px(560), parent.width() - 2 * px(16))
        wanted = sum(button.sizeHint().width() + px(8) for button in self.choices)
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._choice_row.setDirection(across if wanted <= width - px(44 + 12) else down)
        self.resize(width, max(self.heightForWidth(width), px(52)))
        self.move((parent.width() - width) // 2, parent.height() - self._bottom() - self.height())

    def apply_theme(self) -> None:
        """Take over the margins."""
        px = self.theme.px
        set_margins(self._column, px(44), px(10), px(12), px(10))
        self._column.setSpacing(px(8))
        self._choice_row.setSpacing(px(8))
        super().apply_theme()
        if self.isVisible():
            self.place()

    def setVisible(self, visible: bool) -> None:
        """Show or hide it, and tell where the focus has to go elsewhere."""
        held_focus = not visible and self.isAncestorOf(QApplication.focusWidget() or self)
        super().setVisible(visible)
        if held_focus:
            self.left.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the parent's size."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest) and self.isVisible():
            self.place()
        return super().eventFilter(watched, event)

    def showEvent(self, event: QShowEvent) -> None:
        """Stay for the whole time once the window is there again."""
        super().showEvent(event)
        self._count_down()

    def hideEvent(self, event: QHideEvent) -> None:
        """Wait while the window is closed, as it can be where an icon in the tray stands for it."""
        self._timer.stop()
        super().hideEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Stay while the pointer is here."""
        self._timer.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Go away some time after the pointer left."""
        self._count_down()
        super().leaveEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the card and the sign of its kind."""
        px, colors = self.theme.px, self.theme.colors
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colors.bad if self._notice.kind == "error" else colors.control_line, 1))
        painter.setBrush(colors.raised)
        radius = px(self.theme.tokens.radius.card)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        name, color = ("warning", "bad") if self._notice.kind == "error" else ("info", "muted")
        icon = placed(self, QRectF(px(14), 0, px(20), self.height()), self.rect())
        self.theme.paint_icon(painter, icon, name, color)
        painter.end()

    def _count_down(self) -> None:
        """Go away after the whole time from now, where the notice ever does and can be seen."""
        self._timer.stop()
        notice = self._notice
        lasting = notice.timeout if notice.timeout is not None else (INFO_MS if notice.kind == "info" else 0)
        if lasting and self.isVisible():
            self._timer.start(lasting)

    def _act(self) -> None:
        action = self._notice.action
        self._uncover()
        if action is not None:
            action[1]()
        self.changed.emit()

    def _dismiss_shown(self) -> None:
        self._uncover()
        self.changed.emit()

    def _uncover(self) -> None:
        """Take away what is shown; what it covered comes back."""
        self.hide()
        if self._covered:
            self._show(self._covered.pop())

    def _keep_covered(self, keeps: Callable[[Notice], bool]) -> None:
        self._covered = [notice for notice in self._covered if keeps(notice)]

    def _show_choices(self, choices: Sequence[Action]) -> None:
        for button in self.choices:
            self._choice_row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.choices = [Button(self.theme, label, size=ButtonSize.SMALL, parent=self) for label, _does in choices]
        for button in self.choices:
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        for button, (_label, does) in zip(self.choices, choices, strict=True):
            button.clicked.connect(self._dismiss_shown)
            button.clicked.connect(lambda _checked=False, does=does: does())
            self._choice_row.addWidget(button)
            button.show()


def _inherited(notice: Notice, heir: Callable[[QObject], QObject | None]) -> Notice | None:
    """Return a notice whose offers do the same in a window that is made anew; None where one of them cannot."""
    action = _inherited_action(notice.action, heir) if notice.action is not None else None
    choices = [choice for each in notice.choices if (choice := _inherited_action(each, heir)) is not None]
    if (action is None) != (notice.action is None) or len(choices) != len(notice.choices):
        return None
    return msgspec.structs.replace(notice, action=action, choices=choices)


def _inherited_action(action: Action, heir: Callable[[QObject], QObject | None]) -> Action | None:
    """Return what does the same in a window that is made anew; None where nothing there does."""
    label, does = action
    owner = getattr(does.func, "__self__", None)
    if not isinstance(owner, QObject):  # it is no part of a window
        return action
    other = heir(owner)
    return None if other is None else (label, partial(getattr(other, does.func.__name__), *does.args, **does.keywords))
