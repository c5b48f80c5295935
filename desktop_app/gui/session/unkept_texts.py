"""Asks before the run ends with texts of the notebook that could not be kept: they would be lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop_app.app import App
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.dialogs.confirm import ConfirmDialog
from desktop_app.support.formats import listed
from desktop_app.support.i18n import _

if TYPE_CHECKING:
    from desktop_app.domain.errors import ErrorInfo
    from desktop_app.gui.session.windows import OpenWindow


class UnkeptTexts(QObject):
    """Tries once more to keep them, and asks where that fails; a no leads to the text, which can be saved as a file."""

    def __init__(self, app: App, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._app = app
        self._bridge = bridge
        self._is_asking = False
        """Whether a question is open: to close a window once more asks no second one."""

    def ask(self, windows: Sequence[OpenWindow], may_end: Callable[[bool], None]) -> None:
        """Ask in the first of the `windows`; `may_end` is called once the run may end, with whether something is lost."""
        for opened in windows:
            if opened.controller.notebook is not None:
                opened.controller.notebook.save()
        again = self._app.notebook.keep_again()
        self._bridge.when_done(again, lambda _entries: may_end(False), partial(self._ask, windows[0], may_end))

    def _ask(self, opened: OpenWindow, may_end: Callable[[bool], None], _error: ErrorInfo) -> None:
        from desktop_app.gui.notebook.rows import title_words

        if self._is_asking:
            return
        self._is_asking = True
        texts, window = self._app.unkept_texts, opened.window
        titles = listed(_("“{title}”").format(title=title_words(text.title)) for text in texts)
        words = _(
            "{titles} could not be stored, and what you wrote last will be lost. Make room on the disk, or save it as a "
            "file elsewhere first."
        ).format(titles=titles)
        window.come_forward()
        dialog = ConfirmDialog(window.theme, _("Your text is not stored"), words, _("Quit all the same"), window)
        dialog.confirmed.connect(lambda: may_end(True))
        dialog.rejected.connect(lambda: self._show(opened))
        dialog.finished.connect(lambda _result: self._end())
        dialog.open()

    def _end(self) -> None:
        self._is_asking = False

    def _show(self, opened: OpenWindow) -> None:
        """Show one of the texts."""
        texts, notebook = self._app.unkept_texts, opened.controller.notebook_at_hand()
        if opened.window.page != "notebook":
            opened.window.show_page("notebook")
        if texts and notebook.text_id not in [text.id for text in texts]:
            notebook.open(texts[0].id)
