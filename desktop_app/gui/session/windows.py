"""The windows of one run: each shows a chat of its own, over the same services."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, QRect, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from desktop_app.app import App
from desktop_app.domain.chats import Conversation
from desktop_app.domain.unsent import new_draft_id
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.chat.view import ChatView
from desktop_app.gui.look.appearance import Look, current_theme, look_of, tell_platform
from desktop_app.gui.session.closed_drafts import ClosedDrafts
from desktop_app.gui.system.language import application, speak
from desktop_app.gui.window.controller import WindowController
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.settings.schema import Language
from desktop_app.settings.window_state import WindowState

if TYPE_CHECKING:
    from desktop_app.gui.session.unkept_texts import Ending, UnkeptTexts

AGAIN_MS = 5000
"""How long after something typed in a chat could not be stored that is tried again."""
STEP = 32
"""Pixels that a new window lies below and right of the one that it was opened from."""


@dataclass(frozen=True, eq=False)
class OpenWindow:
    """A window, what brings it the news of the services, and what connects it with them."""

    window: MainWindow
    bridge: Bridge
    controller: WindowController

    def state(self, state: WindowState) -> WindowState:
        """Return `state` with what the next start is to bring back of this window."""
        return self.controller.state(self.window.remembered(state))

    def end(self) -> None:
        """Keep what is typed, and hear nothing more."""
        self.controller.end()
        self.bridge.close()


class Windows(QObject):
    """Opens and closes them, and knows which was used last; a new theme is made once for all of them.

    In another language they are made anew, and `language_changed` tells what else there is to be said in it.

    One that is closed while there are others is gone for good; the last one stays until the run ends.
    `look_changed` carries a new theme, `opened` tells of one more window.
    """

    language_changed = Signal()
    lock_requested = Signal()
    change_requested = Signal(object)
    look_changed = Signal(object)
    opened = Signal()

    def __init__(self, app: App, first: OpenWindow, look: Look, state: WindowState, parent: QObject) -> None:
        """Begin with the window that is there, made for a `look`; `state` is what the run began with."""
        super().__init__(parent)
        self._app = app
        self._start = msgspec.structs.replace(state, others=())
        self._open: list[OpenWindow] = []
        self._waiting: Sequence[WindowState] | None = None
        """What is opened again once the first window comes in sight; None where all of it is open."""
        self.is_leaving = False
        self._unkept: UnkeptTexts | None = None
        self._may_end = False
        """Whether all is kept, or somebody said that what could not be may be lost."""
        self._look: Look | None = look
        """What all windows have, or are being given; None where one was made meanwhile with a newer one."""
        self._taking: Generator[None] | None = None
        """What takes another look on, a part in each turn."""
        self._turns = QTimer(self)
        self._turns.setInterval(0)
        self._turns.timeout.connect(self._go_on)
        self._bridge = Bridge(self)
        self._again = QTimer(self, singleShot=True, interval=AGAIN_MS)
        self._again.timeout.connect(app.keep_again)
        self._bridge.follow(app.lost.noted, lambda _none: self._again.start())
        self._closed = ClosedDrafts(
            app,
            self._bridge,
            lambda: [opened.window.notice for opened in self._open],
            lambda draft_id: self._open_beside("", draft_id),
        )
        self._language = app.settings.value.language.language
        self._bridge.follow(app.settings.changed, lambda _settings: self._settings_changed())
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._show_look)
        hints.accessibility().contrastPreferenceChanged.connect(self._show_look)
        self._take(first)
        self._come_first(first)
        QTimer.singleShot(0, self, self._show_look)  # the system may have changed its mind since that window was made

    @property
    def all(self) -> Sequence[OpenWindow]:
        """The windows that are open, the one used last first."""
        return tuple(self._open)

    @property
    def foremost(self) -> OpenWindow:
        """The one used last."""
        return self._open[0]

    def open(self, chat_id: str = "") -> OpenWindow:
        """Open one more beside the foremost, with a chat or for a new one."""
        return self._open_beside(chat_id, new_draft_id())

    def _open_beside(self, chat_id: str, draft_id: str) -> OpenWindow:
        source = self.foremost
        kept = source.state(self._start)
        fresh = msgspec.structs.replace(
            kept, geometry="", maximized=False, has_left_draft=False, begins_in="", template=None
        )
        opened = self._make(msgspec.structs.replace(fresh, chat_id=chat_id, draft="", draft_id=draft_id))
        opened.window.setGeometry(_beside(source.window))
        self._show(opened)
        return opened

    def open_again(self, states: Sequence[WindowState]) -> None:
        """Open those that were open when the last run ended, behind the one that was used last, once that is in sight.

        Where it ended suddenly, what was typed for chats to come gets windows, too.
        """
        front = self.foremost
        if not front.window.isVisible():
            self._waiting = states
            return
        self._waiting = None
        for state in states:
            self._show(self._make(state))
        self._bring_back(front)
        self._bridge.when_done(self._app.unsent.drafts_to_come(), self._open_drafts)

    def _open_drafts(self, draft_ids: Sequence[str]) -> None:
        front = self.foremost
        shown = {opened.controller.chat.drafts.draft_id for opened in self._open}
        for draft_id in draft_ids:
            if draft_id not in shown:
                self._open_beside("", draft_id)
        self._bring_back(front)

    def _bring_back(self, front: OpenWindow) -> None:
        """Let the window that was used last lie over those that were opened since."""
        if self.foremost is not front:
            self._come_first(front)
            front.window.activateWindow()

    def quit(self) -> None:
        """Close all of them as a person wants it, who may want to keep first what would be lost."""
        if not self._waits(self.leave):
            self.leave()

    def leave(self) -> None:
        """Close all of them; the next start opens them again."""
        self.is_leaving = True
        for opened in self.all:
            opened.window.close()
        QCoreApplication.quit()  # with an icon in the tray the last window's end is not the run's

    def show_chat(self, chat_id: str = "") -> None:
        """Bring the window that was used last forward, and show a chat in it, where one is named.

        A temporary chat is shown in its own window: it would be gone there once it is left in another one.
        """
        has_it = (opened for opened in self._open if chat_id and opened.controller.temporary.open_id == chat_id)
        shown = next(has_it, self.foremost)
        shown.window.come_forward()
        if chat_id:
            shown.controller.open_chat(chat_id)

    def state(self) -> WindowState:
        """Return what the next start is to bring back."""
        front, *others = (opened.state(self._start) for opened in self._open)
        return msgspec.structs.replace(front, others=(*others, *(self._waiting or ())))

    def end(self) -> None:
        """Keep what is typed in all of them, and show nothing more, no other look either."""
        self._again.stop()
        self._turns.stop()
        if self._taking is not None:
            self._taking.close()  # what is in sight beside them is drawn again
            self._taking = None
        self._bridge.close()
        self._closed.end()
        for opened in self._open:
            opened.end()

    def remove(self) -> None:
        """End them, and take them away with all that they show."""
        self.is_leaving = True
        self.end()
        for opened in self._open:
            opened.window.removeEventFilter(self)
            _discard(opened.window)
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow which window is used, and let go of one that is closed."""
        if event.type() == QEvent.Type.Show and self._waiting is not None and watched is self.foremost.window:
            QTimer.singleShot(0, self, lambda: self.open_again(self._waiting or ()))
        elif event.type() in (QEvent.Type.WindowActivate, QEvent.Type.Close):
            opened = next((opened for opened in self._open if opened.window is watched), None)
            if opened is not None and event.type() == QEvent.Type.WindowActivate:
                self._come_first(opened)
            elif opened is not None and self._is_last(opened) and self._waits(partial(self._close, opened)):
                event.ignore()
                return True
            elif opened is not None:
                QTimer.singleShot(0, self, lambda: self._let_go(opened))
        return super().eventFilter(watched, event)

    def _close(self, opened: OpenWindow) -> None:
        if opened in self._open:
            opened.window.close()

    def _is_last(self, closing: OpenWindow) -> bool:
        """Whether the run ends when a window closes."""
        others = (opened for opened in self._open if opened is not closing and opened.window.isVisible())
        return not self.is_leaving and QGuiApplication.quitOnLastWindowClosed() and not any(others)

    def _waits(self, end: Callable[[], object]) -> bool:
        """Whether it must be known first what is kept, and maybe asked, before the run may `end`: that is called then."""
        if self._may_end:
            return False
        for opened in self._open:
            opened.controller.keep()
        if not self._app.database.is_writing and not self._app.has_unkept:
            return False

        def may_end() -> None:
            self._may_end = True
            end()
            self._may_end = False  # where something else keeps a window open

        self._ask_about_unkept("quit", may_end)
        return True

    def _lock(self) -> None:
        """Lock the chats at once, unless it is known that something would only be kept in memory meanwhile."""
        self._close_chats("lock", self.lock_requested.emit)

    def _change(self, wanted: object) -> None:
        """Have the lock changed, with the same exception."""
        self._close_chats("change", lambda: self.change_requested.emit(wanted))

    def _close_chats(self, ending: "Ending", close: Callable[[], object]) -> None:
        if self._app.has_unkept:
            self._ask_about_unkept(ending, close)
        else:
            close()

    def _ask_about_unkept(self, ending: "Ending", may_end: Callable[[], object]) -> None:
        from desktop_app.gui.session.unkept_texts import UnkeptTexts  # hardly ever

        if self._unkept is None:
            self._unkept = UnkeptTexts(self._app, self._bridge, lambda: self.foremost, self)
        self._unkept.ask(ending, may_end)

    def _settings_changed(self) -> None:
        self._show_look()
        chosen = self._app.settings.value.language.language
        if chosen is not self._language:
            self._language = chosen
            self._speak(chosen)

    def _speak(self, chosen: Language) -> None:
        """Make all windows anew in another language, each in the place of the one that was there."""
        speak(application(), chosen)
        front = self.foremost
        for former in reversed(self.all):  # the one in front is shown last
            renewed = self._renew(former)
            front = renewed if former is front else front
        self._come_first(front)
        front.window.activateWindow()
        self.language_changed.emit()

    def _renew(self, former: OpenWindow) -> OpenWindow:
        """Show the same in a new window, then let go of the former one."""
        from desktop_app.gui.session.renewal import bring_over

        former.controller.chat.drafts.hand_on()  # the new window reads what is kept
        shown = former.controller.chat.conversation
        conversation = shown.look() if shown is not None else None
        state = former.state(self._start)
        if conversation is not None:  # a temporary chat is not brought back by the next start, yet it is here
            state = msgspec.structs.replace(state, chat_id=conversation.chat.id)
        opened = self._make(state, conversation)
        opened.controller.take_over(former.controller)
        former.end()  # what is typed is kept before it is taken away
        bring_over(former.window, opened.window)
        opened.controller.find.take_over(former.controller.find)
        opened.controller.moving_in.take_over(former.controller.moving_in)
        opened.controller.receipts.take_over(former.controller.receipts)
        if former.window.isMinimized():
            opened.window.showMinimized()
        else:
            opened.window.setVisible(former.window.isVisible())
        former.window.removeEventFilter(self)
        self._open.remove(former)
        _discard(former.window)
        return opened

    def _make(self, state: WindowState, first_look: Conversation | None = None) -> OpenWindow:
        settings = self._app.settings.value
        window = MainWindow(current_theme(settings), settings)
        if look_of(settings) != self._look:
            self._look = None  # else the former one, wanted again, would be taken for what this window has
        window.is_foremost = False
        bridge = Bridge(window)
        bridge.listen(self._app.events)
        window.restore(state)
        window.composer.set_text(state.draft)
        if first_look is not None:
            from desktop_app.gui.session.renewal import show_first_look  # windows are hardly ever made anew

            show_first_look(window, first_look)
        opened = OpenWindow(window, bridge, WindowController(self._app, bridge, window, state, first_look))
        self._take(opened)
        opened.controller.begin(state)
        opened.controller.catch_up()
        self.opened.emit()
        return opened

    def _show(self, opened: OpenWindow) -> None:
        opened.window.show()
        self._come_first(opened)
        opened.window.activateWindow()
        opened.window.composer.focus()

    def _take(self, opened: OpenWindow) -> None:
        opened.window.installEventFilter(self)
        opened.window.quit_requested.connect(self.quit)
        opened.window.lock_requested.connect(self._lock)
        opened.window.change_requested.connect(self._change)
        opened.controller.window_requested.connect(self.open)
        self._closed.follow(opened.window.notice)
        self._open.append(opened)

    def _come_first(self, first: OpenWindow) -> None:
        self._open.sort(key=lambda opened: opened is not first)
        for opened in self._open:
            opened.window.is_foremost = opened is first

    def _let_go(self, opened: OpenWindow) -> None:
        """Forget a window that was closed, unless it is the last, was brought back meanwhile, or all are being left."""
        if self.is_leaving or len(self._open) == 1 or opened not in self._open or opened.window.isVisible():
            return
        self._open.remove(opened)
        self._come_first(self._open[0])
        opened.end()
        self.foremost.controller.offer_template(opened.controller.unsaved_template)
        self._closed.move_on()
        self._closed.add(opened.controller.chat.drafts.draft_id)
        _discard(opened.window)

    def _show_look(self) -> None:
        """Show all windows in another theme, where it is another one, a part in each turn."""
        settings = self._app.settings.value
        tell_platform(settings)
        if self._taking is None and look_of(settings) != self._look:
            self._taking = self._take_look()
            self._turns.start()
            self._go_on()

    def _go_on(self) -> None:
        """Take on a part, and in the end the look that was asked for meanwhile."""
        if self._taking is not None and next(self._taking, True) is None:
            return
        self._taking = None
        self._turns.stop()
        self._show_look()

    def _take_look(self) -> Generator[None]:
        """Let pages out of sight go, which may have thousands of widgets, then show the newest look."""
        for opened in self.all:
            yield from opened.window.let_pages_go_in_parts()
        self._look = look_of(self._app.settings.value)
        theme = current_theme(self._app.settings.value)
        with _undrawn():
            for opened in self.all:
                yield from opened.window.let_pages_go_in_parts(theme)
            for opened in self.all:
                if isValid(opened.window):
                    yield from opened.window.set_theme_in_parts(theme)
            self.look_changed.emit(theme)


@contextmanager
def _undrawn() -> Iterator[None]:
    """Have what is in sight stay as it was drawn last."""
    held = [top for top in QApplication.topLevelWidgets() if top.isVisible() and top.updatesEnabled()]
    for top in held:
        top.setUpdatesEnabled(False)
    try:
        yield
    finally:
        for top in held:
            if isValid(top):
                top.setUpdatesEnabled(True)
                # Qt drew nothing when it was asked to meanwhile, and asks for it no more where all is to be drawn
                QCoreApplication.postEvent(top, QEvent(QEvent.Type.UpdateRequest))


def _discard(window: MainWindow) -> None:
    """Take a window away, and first what its conversations show: PySide would never let those documents go."""
    window.hide()
    for view in window.findChildren(ChatView):
        view.show_messages([], chat_id="")
    window.deleteLater()


def _beside(window: MainWindow) -> QRect:
    """Return a place for one more window of the same size, as far as the screen reaches."""
    usual, room = window.normalGeometry(), window.screen().availableGeometry()
    size = usual.size().boundedTo(room.size())
    place = usual.topLeft() + QPoint(STEP, STEP)
    if not room.contains(QRect(place, size)):
        place = QPoint(
            min(place.x(), room.right() + 1 - size.width()), min(place.y(), room.bottom() + 1 - size.height())
        )
        if place == usual.topLeft():  # it would hide that one
            place = room.topLeft()
    return QRect(place, size)
