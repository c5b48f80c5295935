"""Reads messages of the open chat aloud, and marks the sentence and the word that are spoken."""

import math
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer

from desktop_app.app import App
from desktop_app.domain.errors import AppError, ErrorInfo
from desktop_app.domain.messages import Role
from desktop_app.domain.spoken_language import language_of
from desktop_app.domain.spoken_text import Spoken, Words, spoken
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.chat.bars.reading_bar import ReadingBar
from desktop_app.gui.chat.markdown.source_map import Stretch
from desktop_app.gui.chat.marks.marking import CURRENT, FOUND
from desktop_app.gui.conversation.controller import ChatController
from desktop_app.gui.speech import process
from desktop_app.services.events import (
    ServiceEvent,
    SpeechFailed,
    SpeechOpened,
    SpeechTaken,
    TextSpoken,
    WordSpoken,
)
from desktop_app.settings.schema import Settings
from desktop_app.support.i18n import _, translator

if TYPE_CHECKING:
    from desktop_app.gui.window.main_window import MainWindow

LEAST_PACE, MOST_PACE, PACE_STEP = 50, 200, 25
"""In percent of the voice's own speed."""
REST_MS = 60_000
"""How long after the last word the process that speaks is kept."""


class ReadingController(QObject):
    """Reads one message at a time. Another chat, a click, the end of the window or another one that reads ends it."""

    def __init__(self, app: App, bridge: Bridge, window: "MainWindow", chat: ChatController) -> None:
        super().__init__(window)
        self._app = app
        self._bridge = bridge
        self._window = window
        self._chat = chat
        self._view = window.chat_view()
        self._target = process.run
        self._bar: ReadingBar | None = None
        self._message_id = ""
        self._parts: Sequence[Spoken] = ()
        self._place = 0
        self._number = 0
        self._language = ""
        self._paused = False
        self._can_pause = True
        self._left_at: int | None = None
        """Where the view was brought to; scrolled elsewhere, it is left there."""
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(lambda: app.pool.submit(app.speech.rest))
        window.installEventFilter(self)
        window.commands.read_aloud.triggered.connect(self._toggle)
        chat.chat_opened.connect(lambda _chat: self.stop())
        bridge.happened.connect(self._hear)
        bridge.follow(app.settings.changed, self._settings_changed)

    @property
    def bar(self) -> ReadingBar:
        """The bar, made when it is first asked for."""
        if self._bar is None:
            self._bar = ReadingBar(self._window.theme, self._view)
            self._bar.room_wanted.connect(self._view.keep_room_above)
            self._bar.pause_requested.connect(self._pause)
            self._bar.step_requested.connect(self._step)
            self._bar.pace_requested.connect(self._change_pace)
            self._bar.closed.connect(self.stop)
        return self._bar

    @property
    def is_reading(self) -> bool:
        """Whether something is read aloud, or paused."""
        return bool(self._message_id)

    def read(self, message_id: str) -> None:
        """Read a message aloud, from its beginning."""
        self.stop()
        entry = next((entry for entry in self._view.entries if entry.id == message_id), None)
        if entry is None:
            return
        words = Words(code=_("Here is code."), formula=_("formula"))
        source, usual = entry.text, translator.language

        def prepare() -> tuple[str, list[Spoken]]:
            return language_of(source, usual), spoken(source, words, is_markdown=not entry.is_user)

        self._message_id = message_id
        self._bridge.when_done(self._app.pool.submit(prepare), partial(self._begin, message_id))

    def stop(self) -> None:
        """Read no more."""
        if not self._message_id:
            return
        self._app.speech.silence(self._number)
        self._message_id, self._parts, self._number = "", (), 0
        self._view.set_spoken("")
        if self._bar is not None:
            self._bar.hide()
        self._rest.start()

    def end(self) -> None:
        """Read no more, with a window that goes: nobody could end the process that speaks any more."""
        self.stop()
        if self._rest.isActive():
            self._rest.stop()
            self._app.pool.submit(self._app.speech.rest)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Be silent with the window: nobody could stop the voice then."""
        if event.type() == QEvent.Type.Close:
            self.stop()
        return super().eventFilter(watched, event)

    def _begin(self, message_id: str, prepared: tuple[str, list[Spoken]]) -> None:
        if message_id != self._message_id:
            return
        self._language, self._parts = prepared
        if not self._parts:
            self.stop()
            self._window.notice.show_notice(_("There is nothing to read aloud in this message."))
            return
        self._place, self._paused, self._left_at = 0, False, None
        self._rest.stop()
        self.bar.show_state(paused=False, can_pause=self._can_pause)
        self._show_pace()
        self.bar.come_up()
        self._say()

    def _say(self) -> None:
        """Speak the present sentence, mark it and bring it into sight, unless the person looks elsewhere."""
        part = self._parts[self._place]
        of_usual = self._app.settings.value.speech.pace
        self._number = self._app.speech.say(
            self._target, part.text, language=self._language, pace=math.log2(of_usual / 100)
        )
        self._view.set_spoken(self._message_id, [Stretch(part.begin, part.end, FOUND)])
        self.bar.show_place(self._place, len(self._parts))
        scroll = self._view.verticalScrollBar()
        if self._left_at is None or abs(scroll.value() - self._left_at) < self._view.viewport().height() // 4:
            self._view.sights.reveal(self._message_id, part.begin)
            self._left_at = scroll.value()

    def _mark_word(self, start: int, length: int) -> None:
        part = self._parts[self._place]
        begin, end = part.span(start, length)
        stretches = [Stretch(part.begin, begin, FOUND), Stretch(begin, end, CURRENT), Stretch(end, part.end, FOUND)]
        self._view.set_spoken(self._message_id, [each for each in stretches if each.end > each.begin])

    def _step(self, step: int) -> None:
        place = self._place + step
        if not self._message_id or not self._parts or place < 0:
            return
        if place >= len(self._parts):
            self.stop()
            return
        self._place, self._paused = place, False
        self.bar.show_state(paused=False, can_pause=self._can_pause)
        self._say()

    def _pause(self) -> None:
        self._paused = not self._paused
        if self._paused:
            self._app.speech.pause()
        else:
            self._left_at = None
            self._app.speech.resume()
        self.bar.show_state(paused=self._paused, can_pause=self._can_pause)

    def _change_pace(self, step: int) -> None:
        pace = self._app.settings.value.speech.pace + step * PACE_STEP
        try:
            self._app.settings.change("speech", "pace", max(LEAST_PACE, min(MOST_PACE, pace)))
        except AppError as error:
            self._bridge.failed.emit(error.info)

    def _settings_changed(self, _settings: Settings) -> None:
        if self._bar is not None:
            self._show_pace()

    def _show_pace(self) -> None:
        self.bar.show_pace(self._app.settings.value.speech.pace, LEAST_PACE, MOST_PACE)

    def _toggle(self) -> None:
        if self._message_id:
            self.stop()
            return
        conversation = self._chat.conversation
        answers = conversation.upwards if conversation is not None else ()
        last = next((message for message in answers if message.role is Role.ASSISTANT), None)
        if last is not None:
            self._window.show_page("chat")
            self.read(last.id)

    def _hear(self, event: ServiceEvent) -> None:
        match event:
            case SpeechOpened(can_pause=can_pause):
                self._can_pause = can_pause
                if self._bar is not None:
                    self._bar.show_state(paused=self._paused, can_pause=can_pause)
            case WordSpoken(number=number, start=start, length=length) if self._is_awaited(number):
                self._mark_word(start, length)
            case TextSpoken(number=number) if self._is_awaited(number):
                self._step(1)
            case SpeechTaken(number=number) if self._is_awaited(number):
                self.stop()
            case SpeechFailed(number=number, error=error) if self._is_awaited(number):
                self._fail(error)

    def _is_awaited(self, number: int) -> bool:
        return bool(self._parts) and number == self._number

    def _fail(self, error: ErrorInfo) -> None:
        self.stop()
        self._bridge.failed.emit(error)
