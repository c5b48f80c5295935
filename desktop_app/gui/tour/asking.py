"""Asks the model that answers on behalf of the tour's live parts, and gives up what nobody waits for any more."""

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

from desktop_app.app import App
from desktop_app.domain.attention import Attention
from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.messages import Role
from desktop_app.domain.near_words import NearWords
from desktop_app.domain.received import Received
from desktop_app.domain.sampling import Sampling
from desktop_app.gui.bridge import Bridge
from desktop_app.services.insight.next_word import NextWord
from desktop_app.services.insight.tour import CutText, Written
from desktop_app.support.i18n import _
from desktop_app.support.network import NetworkUse

Result = TypeVar("Result")
Failed = Callable[[ErrorInfo], None]


class Wish:
    """Something that was asked for and has not come yet; `drop` gives it up, and then nothing is told any more."""

    def __init__(self) -> None:
        self.is_open = True
        self._give_up: Callable[[], object] = lambda: None

    def follow(self, future: "Future[Result]") -> None:
        """Be about `future`."""
        self._give_up = future.cancel

    def drop(self) -> None:
        """Give it up; where it has come already, nothing happens."""
        if self.is_open:
            self.is_open = False
            self._give_up()

    def close(self) -> bool:
        """Take what has come; False where it was given up meanwhile."""
        was_open, self.is_open = self.is_open, False
        return was_open


class Asking:
    """What a live part may ask; every answer comes in the window's thread, and nothing waits for it."""

    def __init__(
        self,
        app: App,
        bridge: Bridge,
        model_path: Callable[[], str | None],
        chat_turns: Callable[[], Sequence[tuple[Role, str]]],
        change_setting: Callable[[str, str, object], None],
        began_at: float,
    ) -> None:
        """`chat_turns` returns what was said in the chat that is open, `began_at` is when the tour was opened."""
        self._app = app
        self._bridge = bridge
        self._model_path = model_path
        self.chat_turns = chat_turns
        self._change_setting = change_setting
        self.began_at = began_at

    def cut(self, text: str, then: Callable[[CutText], None], failed: Failed) -> Wish:
        """Cut `text` into tokens."""
        return self._wish(self._app.tour.cut(self._path, text), then, failed)

    def next_word(self, text: str, then: Callable[[NextWord], None], failed: Failed) -> Wish:
        """Look what may come behind `text`."""
        return self._wish(self._app.tour.next_word(self._path, text), then, failed)

    def near_words(
        self, plus: Sequence[str], minus: Sequence[str], count: int, then: Callable[[NearWords], None], failed: Failed
    ) -> Wish:
        """Look which words are nearest to a sum and difference."""
        return self._wish(self._app.tour.near_words(self._path, plus, minus, count), then, failed)

    def attention(self, text: str, then: Callable[[Attention], None], failed: Failed) -> Wish:
        """Look which earlier tokens each token of `text` looks at."""
        return self._wish(self._app.tour.attention(self._path, text), then, failed)

    def pieces(self, tokens: Sequence[int], then: Callable[[dict[int, bytes]], None]) -> Wish:
        """Ask for the bytes of tokens; without them they are shown as unknown."""
        return self._wish(self._app.tour.pieces(self._path, tokens), then, lambda _error: None)

    def go_on(
        self,
        text: str,
        sampling: Sampling,
        heard: Callable[[str], None],
        then: Callable[[Written], None],
        failed: Failed,
    ) -> Wish:
        """Write on behind `text`; `heard` gets each piece."""
        wish = Wish()
        future = self._app.tour.go_on(self._path, text, sampling, self._piecewise(wish, heard))
        return self._wish(future, then, failed, wish)

    def answer(
        self,
        question: str,
        sampling: Sampling,
        heard: Callable[[str], None],
        then: Callable[[Written], None],
        failed: Failed,
    ) -> Wish:
        """Answer a question of no chat; `heard` gets each piece."""
        wish = Wish()
        future = self._app.tour.answer(self._path, question, sampling, self._piecewise(wish, heard))
        return self._wish(future, then, failed, wish)

    def received(self, turns: Sequence[tuple[Role, str]], then: Callable[[Received], None], failed: Failed) -> Wish:
        """Look how the model reads a conversation."""
        return self._wish(self._app.tour.received(self._path, turns), then, failed)

    def uses(self, count: int, then: Callable[[list[NetworkUse]], None]) -> Wish:
        """Read the ledger of what went over the network, the newest first."""
        return self._wish(self._app.ledger.newest(count), then, lambda _error: None)

    @property
    def is_offline(self) -> bool:
        """Whether nothing may go over the network."""
        return self._app.settings.value.network.offline

    @property
    def servers(self) -> Collection[str]:
        """The addresses of other computers that hold layers of loaded models now."""
        return self._app.engines.servers_in_use()

    def set_offline(self, offline: bool) -> None:
        """Switch the network off, or on again."""
        self._change_setting("network", "offline", offline)

    def places(self) -> Sequence[tuple[str, Path]]:
        """Return the folders that hold what is a person's, with their names."""
        paths = self._app.paths
        return (
            (_("Chats, personas and templates"), paths.data),
            (_("Settings"), paths.config),
            (_("Models"), self._app.library.folder),
        )

    @property
    def _path(self) -> str:
        return self._model_path() or ""

    def _piecewise(self, wish: Wish, heard: Callable[[str], None]) -> Callable[[str], None]:
        def deliver(text: str) -> None:
            if wish.is_open:
                heard(text)

        return lambda text: self._bridge.call(lambda: deliver(text))

    def _wish(
        self, future: "Future[Result]", then: Callable[[Result], None], failed: Failed, wish: Wish | None = None
    ) -> Wish:
        asked = wish if wish is not None else Wish()
        asked.follow(future)
        self._bridge.when_done(
            future,
            lambda result: then(result) if asked.close() else None,
            lambda error: failed(error) if asked.close() else None,
        )
        return asked
