"""What was typed for chats to come in windows that were closed: kept while a notice offers it, and forgotten with that."""

from collections.abc import Callable, Sequence
from functools import partial

from desktop_app.app import App
from desktop_app.domain.unsent import Unsent
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.widgets.notice import Notice, NoticeBar
from desktop_app.support.i18n import _


class ClosedDrafts:
    """Offers them all in one notice, which moves on where its window is closed.

    Where the run ends while it stands, they stay kept: the next start opens windows with them.
    """

    def __init__(
        self, app: App, bridge: Bridge, bars: Callable[[], Sequence[NoticeBar]], reopen: Callable[[str], object]
    ) -> None:
        """`bars` returns those of the open windows, the one used last first; `reopen` opens a window with a draft's id."""
        self._app = app
        self._bridge = bridge
        self._bars = bars
        self._reopen = reopen
        self._ids: list[str] = []
        self._notice: Notice | None = None

    def add(self, draft_id: str) -> None:
        """Offer what was kept in a window that has just been closed, where that is anything."""
        self._bridge.when_done(self._app.unsent.of_new_chat(draft_id), partial(self._offer, draft_id))

    def follow(self, bar: NoticeBar) -> None:
        """Know of the notices of one more window."""
        bar.changed.connect(self._forget_if_gone)

    def move_on(self) -> None:
        """Make the offer again where its window has gone."""
        if self._notice is not None and not self._stands(self._notice):
            self._show()

    def end(self) -> None:
        """Keep what is offered still."""
        self._notice = None

    def _offer(self, draft_id: str, unsent: Unsent) -> None:
        if unsent.text.strip() or unsent.files or unsent.system_prompt is not None:
            self._ids.append(draft_id)
            self._show()

    def _show(self) -> None:
        former, self._notice = self._notice, None
        front, *others = self._bars()
        if former is not None:
            for bar in others:
                bar.dismiss(former)
        words = _("What you typed in the closed window was discarded.")
        self._notice = front.show_notice(words, (_("Undo"), partial(self._bring_back)))

    def _stands(self, notice: Notice) -> bool:
        return any(other.key is notice.key for bar in self._bars() for other in bar.notices)

    def _forget_if_gone(self) -> None:
        if self._notice is not None and not self._stands(self._notice):
            for draft_id in self._take():
                self._app.unsent.take_new(draft_id)

    def _bring_back(self) -> None:
        for draft_id in self._take():
            self._reopen(draft_id)

    def _take(self) -> Sequence[str]:
        ids, self._ids, self._notice = self._ids, [], None
        return ids
