"""Asks before the run ends, or the chats are closed, with something that a person wrote and that could not be kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, assert_never

from PySide6.QtCore import QObject, QTimer

from desktop_app.app import App
from desktop_app.domain.unsent import is_to_come
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.dialogs.confirm import ConfirmDialog
from desktop_app.support.formats import listed, paragraph
from desktop_app.support.i18n import _

if TYPE_CHECKING:
    from desktop_app.gui.session.windows import OpenWindow

Ending = Literal["quit", "lock", "change"]
"""What is about to happen: the run ends, the chats are locked, or their lock is changed."""
PATIENCE_MS = 5000
"""How long it is waited at most until it is known what is kept: a disk that hangs keeps no window open."""


class UnkeptTexts(QObject):
    """Tries once more to keep them, and asks where that fails; a no leads to the text, which can be saved as a file."""

    def __init__(self, app: App, bridge: Bridge, foremost: Callable[[], OpenWindow], parent: QObject) -> None:
        """`foremost` returns the window to ask in."""
        super().__init__(parent)
        self._app = app
        self._bridge = bridge
        self._foremost = foremost
        self._asked_for: tuple[Ending, Callable[[], object]] | None = None
        """What waits, and what it is: to close a window once more asks no second question."""
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(self._decide)

    def ask(self, ending: Ending, go_on: Callable[[], object]) -> None:
        """Call `go_on` once everything is kept, or somebody said that it may be lost."""
        if self._asked_for is not None:
            return
        self._asked_for = ending, go_on
        self._patience.start()
        self._bridge.when_done(self._app.keep_again(), lambda _nothing: self._known(), lambda _error: self._known())

    def _known(self) -> None:
        if self._patience.isActive():  # else it was decided without knowing
            self._patience.stop()
            self._decide()

    def _decide(self) -> None:
        if not self._app.has_unkept:
            self._go_on()
            return
        assert self._asked_for is not None
        from desktop_app.gui.notebook.rows import title_words

        window, unkept = self._foremost().window, self._app.unkept
        titles = listed(_("“{title}”").format(title=title_words(text.title)) for text in unkept.texts)
        window.come_forward()
        words = _words(self._asked_for[0], titles, has_typed=bool(unkept.typed))
        dialog = ConfirmDialog(window.theme, *words, window)
        dialog.confirmed.connect(self._go_on)
        dialog.rejected.connect(self._stay)
        dialog.open()

    def _go_on(self) -> None:
        assert self._asked_for is not None
        (_ending, go_on), self._asked_for = self._asked_for, None
        go_on()

    def _stay(self) -> None:
        """Show one of the texts, or of the chats."""
        self._asked_for = None
        texts, typed, opened = self._app.unkept.texts, self._app.unkept.typed, self._foremost()
        if not texts:
            owners = (*typed.drafts, *typed.prompts, *typed.changes)
            chat_id = next((each for each in owners if not is_to_come(each)), "")
            opened.window.show_page("chat")
            if chat_id and opened.controller.chat.chat_id != chat_id:
                opened.controller.open_chat(chat_id)
            return
        notebook = opened.controller.notebook_at_hand()
        if opened.window.page != "notebook":
            opened.window.show_page("notebook")
        if notebook.text_id not in [text.id for text in texts]:
            notebook.open(texts[0].id)


def _words(ending: Ending, titles: str, *, has_typed: bool) -> tuple[str, str, str]:
    """Return the title of a question, its words, and those of the button for a yes.

    `titles` name texts of the notebook, empty for none; `has_typed` says whether it is about what is typed in chats.
    """
    parts: list[str] = []
    if titles:
        is_not = _("{titles} could not be stored. Make room on the disk, or save it as a file elsewhere first.")
        parts.append(is_not.format(titles=titles))
    if has_typed:
        parts.append(_("What you typed in your chats could not be stored. Make room on the disk, or copy it first."))
    title = _("Your text is not stored")
    match ending:
        case "quit":
            parts.append(_("Otherwise what you wrote last will be lost."))
            return title, paragraph(parts), _("Quit all the same")
        case "lock":
            parts.append(
                _(
                    "Otherwise memory alone has it until you unlock your chats: it is lost if Inglenook ends before that."
                )
            )
            return title, paragraph(parts), _("Lock all the same")
        case "change":
            parts.append(
                _("Otherwise memory alone has it until the lock is changed: it is lost if Inglenook ends before that.")
            )
            return title, paragraph(parts), _("Change all the same")
        case _:
            assert_never(ending)
