"""Connects the bar that finds words in the open chat with the conversation."""

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from desktop_app.gui.chat.bars.find_bar import FindBar
from desktop_app.gui.chat.markdown.source_map import Stretch
from desktop_app.gui.chat.marks.finding import Finding
from desktop_app.gui.chat.marks.marking import CURRENT, FOUND, no_marks
from desktop_app.support.i18n import _

if TYPE_CHECKING:
    from desktop_app.gui.window.main_window import MainWindow

STEP_SECONDS = 0.006
"""How long the window's thread looks through messages before it does anything else."""
GROWING_MS = 250
"""How often an answer that is being written is looked through."""


class FindController(QObject):
    """Looks through the messages that are shown; new ones and growing ones, too, as long as the bar is open."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        self._view = window.chat_view()
        self._finding = Finding()
        self._bar: FindBar | None = None
        self._goes_there = False
        self._steps = QTimer(self)
        self._steps.setInterval(0)
        self._steps.timeout.connect(self._step)
        self._grows = QTimer(self)
        self._grows.setInterval(GROWING_MS)
        self._grows.timeout.connect(self._look_again_while_growing)
        commands = window.commands
        commands.find.triggered.connect(self.open)
        commands.find_next.triggered.connect(lambda: self._go(1))
        commands.find_previous.triggered.connect(lambda: self._go(-1))
        self._view.changed.connect(self._look_again)

    @property
    def bar(self) -> FindBar:
        """The bar, made when it is first asked for."""
        if self._bar is None:
            window = self._window
            self._bar = FindBar(window.theme, self._view)
            window.key_tips.tie(self._bar.previous, window.commands.find_previous)
            window.key_tips.tie(self._bar.next, window.commands.find_next)
            self._bar.room_wanted.connect(self._view.keep_room_above)
            self._bar.typed.connect(self._look_for)
            self._bar.step_requested.connect(self._go)
            self._bar.closed.connect(self.close)
        return self._bar

    @property
    def is_open(self) -> bool:
        """Whether the bar is shown."""
        return self._bar is not None and not self._bar.isHidden()

    def open(self) -> None:
        """Begin the search of the page that is shown; where it has none, show the bar, with what is selected to look for."""
        if self._window.find_on_page(0):
            return
        if not self._view.entries:
            self._window.notice.show_notice(_("There is no question here yet."))
            return
        self._window.show_page("chat")
        selected = self._view.selected_text()
        self._finding.set_entries(self._view.entries)
        self.bar.open(selected if "\n" not in selected else "")
        self._look_for(self.bar.field.text())
        self._grows.start()

    @property
    def finding(self) -> Finding:
        """What is looked for."""
        return self._finding

    def take_over(self, former: "FindController") -> None:
        """Show what the bar of a window shows that was made anew; nothing moves for it."""
        if former.is_open:
            self._finding.set_entries(self._view.entries)
            self._finding.take_over(former.finding)
            self.bar.take_over(former.bar)
            self._grows.start()
            self._steps.start()

    def close(self) -> None:
        """Hide the bar and mark nothing; the place that was found stays in sight."""
        self._put_away()
        self._view.setFocus()

    def _put_away(self) -> None:
        self._steps.stop()
        self._grows.stop()
        self.bar.hide()
        self._view.set_marks(no_marks)
        self._finding = Finding()

    def _look_for(self, typed: str) -> None:
        self._finding.look_for(typed)
        self._goes_there = True
        self._steps.start()
        self._step()

    def _look_again(self) -> None:
        if self.is_open and self._view.entries:
            self._finding.set_entries(self._view.entries)
            self._steps.start()
        elif self.is_open:  # a new chat: it has a page of its own to show instead
            focused = self._window.focusWidget()
            had_focus = focused is not None and self.bar.isAncestorOf(focused)
            self._put_away()
            if had_focus:
                self._window.composer.focus()

    def _look_again_while_growing(self) -> None:
        entries = self._view.entries
        if entries and entries[-1].is_streaming:
            self._finding.grow(entries[-1])
            self._steps.start()

    def _step(self) -> None:
        is_known = self._finding.step(time.perf_counter() + STEP_SECONDS)
        if is_known:
            self._steps.stop()
            if self._goes_there or self._finding.current is None:
                self._finding.choose(self._view.sights.top_entry)
            if self._goes_there:
                self._goes_there = False
                self._show_current()
            self._mark()
        self._show_count(is_known=is_known)

    def _go(self, step: int) -> None:
        if self._window.find_on_page(step):
            return
        if not self.is_open:
            self.open()
            return
        if self._window.page != "chat":
            self._window.show_page("chat")
        self._step_to(step)

    def _step_to(self, step: int) -> None:
        if not self._steps.isActive():
            self._finding.move(step)
            self._mark()
            self._show_current()
            self._show_count(is_known=True)

    def _show_count(self, *, is_known: bool) -> None:
        self.bar.show_count(self._finding.number, self._finding.total, is_known=is_known)

    def _show_current(self) -> None:
        current = self._finding.current
        if current is None:
            return
        section, place = current
        searched = self._finding.sections[section]
        spans = searched.spans(self._finding.wanted)
        if place < len(spans):
            self._view.sights.reveal(searched.entry.id, spans[place][0], in_thought=searched.in_thought)

    def _mark(self) -> None:
        """Mark the places of the messages that can be seen, or will be."""
        finding, current = self._finding, self._finding.current

        def marks(message_id: str, in_thought: bool) -> list[Stretch]:
            searched = finding.searched(message_id, in_thought=in_thought)
            if searched is None or not searched.count:
                return []
            at = current[1] if current is not None and finding.is_current(searched) else -1
            return [
                Stretch(begin, end, CURRENT if place == at else FOUND)
                for place, (begin, end) in enumerate(searched.spans(finding.wanted))
            ]

        self._view.set_marks(marks)
