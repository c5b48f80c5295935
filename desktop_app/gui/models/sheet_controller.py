"""Connects the sheets of the Models page with the library, the hub and the downloads.

The sheets are imported when they are opened: they bring the reading of Markdown with them.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices

from desktop_app.app import App
from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.hub import HubRepository, Variant
from desktop_app.domain.models import ModelFile, Origin
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.chat.code_saver import CodeSaver
from desktop_app.gui.models.defaults_controller import DefaultsController
from desktop_app.gui.system.folders import show_in_folder
from desktop_app.services.models.freshness import Freshness, freshness, same_choice
from desktop_app.services.words.error_text import explain
from desktop_app.support.i18n import _

if TYPE_CHECKING:
    from desktop_app.gui.models.hub_sheet import HubSheet
    from desktop_app.gui.models.local_sheet import LocalSheet
    from desktop_app.gui.widgets.sheet import SheetPage
    from desktop_app.gui.window.main_window import MainWindow

Value = TypeVar("Value")


class SheetController(QObject):
    """Opens sheets and fills them; what arrives after a sheet was left is dropped."""

    def __init__(self, app: App, bridge: Bridge, window: MainWindow) -> None:
        super().__init__(window)
        self._app = app
        self._bridge = bridge
        self._window = window
        self._page = window.models_page
        self._checks: dict[str, str] = {}
        self._defaults = DefaultsController(app, bridge, window)
        self._saver = CodeSaver(app.pool, bridge, window, window.notice.show_notice)
        self._page.details_requested.connect(self._open_model)
        self._page.repository_details_requested.connect(self._open_repository)

    def engine_changed(self, path: str) -> None:
        """Tell the sheet of a model that its engine does something else now."""
        self._defaults.engine_changed(path)

    # A model on this computer

    def open_defaults(self, model: ModelFile, *, at_template: bool = False) -> None:
        """Show what is set for a model, and all about it after that."""
        self._defaults.open(model, lambda: self._open_model(model), at_template=at_template)

    def _open_model(self, model: ModelFile) -> None:
        from desktop_app.gui.models.local_sheet import LocalSheet

        sheet = LocalSheet(self._window.theme, model)
        sheet.chat_requested.connect(lambda: self._chat(model.path))
        sheet.defaults_requested.connect(lambda: self.open_defaults(model))
        sheet.folder_requested.connect(lambda: self._show_folder(sheet))
        sheet.check_requested.connect(lambda: self._check(sheet))
        self._open(sheet)
        if model.path in self._checks:
            sheet.show_checking()
        self._ask(
            sheet,
            self._app.library.details(model.path),
            sheet.show_details,
            lambda words: sheet.show_details(None, words),
        )
        options = self._app.model_defaults.of(model.path).loading
        self._ask(sheet, self._app.engines.forecast(model.path, options), sheet.show_forecast)
        self._ask(sheet, self._app.library.origin(model.path), lambda origin: self._show_origin(sheet, origin))
        self._ask(
            sheet,
            self._app.template_checks.findings(model.path),
            lambda findings: sheet.show_template("\n".join(_words(finding) for finding in findings)),
        )

    def _show_origin(self, sheet: LocalSheet, origin: Origin | None) -> None:
        sheet.show_origin(origin)
        if origin is not None:
            sheet.newer_requested.connect(lambda: self._look(sheet, origin))
            sheet.again_requested.connect(lambda: self._download_again(sheet, origin))
            sheet.download_requested.connect(
                lambda repository, variant: self._download_newer(sheet, repository, variant)
            )

    def _chat(self, path: str) -> None:
        self._page.close_sheet()
        self._page.chat_requested.emit(path)

    def _show_download(self, download_id: str) -> None:
        self._page.close_sheet()
        self._page.go_to_download(download_id)

    def _show_folder(self, sheet: LocalSheet) -> None:
        path = Path(sheet.model.path)
        if not show_in_folder(path):
            sheet.show_problem(_("No program here can show the folder {path}.").format(path=path.parent))

    # Checking

    def _check(self, sheet: LocalSheet) -> None:
        """Check a file when those that were asked for before are done: each keeps a thread of the pool busy."""
        path = sheet.model.path
        sheet.show_checking()
        if path not in self._checks:
            self._checks[path] = sheet.model.name
            if len(self._checks) == 1:
                self._check_next()

    def _check_next(self) -> None:
        path = next(iter(self._checks), None)
        if path is not None:
            self._bridge.when_done(
                self._app.library.verify(path),
                lambda whole: self._checked(path, whole),
                lambda error: self._not_checked(path, error),
            )

    def _checked(self, path: str, whole: bool | None) -> None:
        from desktop_app.gui.models.local_sheet import check_notice

        words = check_notice(self._checks.pop(path), whole)
        sheet = self._opened(path)
        if sheet is not None:
            sheet.show_checked(whole)
        self._tell(sheet, words, is_bad=whole is False)
        self._check_next()

    def _not_checked(self, path: str, error: ErrorInfo) -> None:
        del self._checks[path]
        sheet = self._opened(path)
        if sheet is not None:
            sheet.show_check_problem(_words(error))
        self._tell(sheet, _words(error), is_bad=True)
        self._check_next()

    def _opened(self, path: str) -> LocalSheet | None:
        from desktop_app.gui.models.local_sheet import LocalSheet

        content = self._page.sheet_content
        return content if isinstance(content, LocalSheet) and content.key == path else None

    def _tell(self, sheet: LocalSheet | None, words: str, *, is_bad: bool) -> None:
        """Say what came of a check to those who went elsewhere meanwhile."""
        if sheet is None or self._window.page != "models":
            self._window.notice.show_notice(words, None, "error" if is_bad else "info")

    # Newer versions

    def _look(self, sheet: LocalSheet, origin: Origin) -> None:
        sheet.show_looking()

        def compare(repository: HubRepository) -> None:
            sheet.show_freshness(freshness(origin, repository), repository, same_choice(origin, repository))

        self._ask(sheet, self._app.hub.repository(origin.repository), compare, sheet.show_newer_problem)

    def _download_newer(self, sheet: LocalSheet, repository: HubRepository, variant: Variant) -> None:
        added = self._app.pool.submit(self._app.downloads.add, repository, variant)
        self._ask(sheet, added, lambda _added: sheet.show_queued("newer"), sheet.show_newer_problem)

    def _download_again(self, sheet: LocalSheet, origin: Origin) -> None:
        """Queue the very revision that the file came from."""
        from desktop_app.gui.models.local_sheet import freshness_words

        def found(repository: HubRepository) -> None:
            variant = same_choice(origin, repository)
            if variant is None:
                sheet.show_check_problem(freshness_words(Freshness.GONE))
                return
            added = self._app.pool.submit(self._app.downloads.add, repository, variant)
            self._ask(sheet, added, lambda _added: sheet.show_queued("check"), sheet.show_check_problem)

        asked = self._app.hub.repository(origin.repository, origin.commit)
        self._ask(sheet, asked, found, sheet.show_check_problem)

    # A repository of the hub

    def _open_repository(self, name: str) -> None:
        from desktop_app.gui.models.hub_sheet import HubSheet

        sheet = HubSheet(self._window.theme, name, self._page.holdings)
        sheet.chat_requested.connect(self._chat)
        sheet.show_requested.connect(self._show_download)
        sheet.save_requested.connect(self._saver.save)
        sheet.link_activated.connect(lambda url: QDesktopServices.openUrl(QUrl(url)))
        sheet.download_requested.connect(lambda repository, variant: self._download(sheet, repository, variant))
        self._open(sheet)
        self._ask(sheet, self._app.hub.repository(name), lambda found: self._judge(sheet, found), sheet.show_problem)
        self._ask(sheet, self._app.hub.card(name), lambda text: self._read_card(sheet, text), sheet.show_card_problem)

    def _judge(self, sheet: HubSheet, repository: HubRepository) -> None:
        """Show the choices, and then whether they fit, where the file's figures can be had."""
        sheet.show_repository(repository)
        if repository.variants:
            self._ask(sheet, self._app.fitting.judge_repository(repository), sheet.show_verdicts)

    def _read_card(self, sheet: HubSheet, text: str) -> None:
        from desktop_app.gui.models.card_text import cut_card, read_card

        shown, is_whole = cut_card(text)
        read = self._app.pool.submit(read_card, shown)
        self._ask(sheet, read, lambda made: sheet.show_card(made, is_whole=is_whole))

    def _download(self, sheet: HubSheet, repository: HubRepository, variant: Variant) -> None:
        added = self._app.pool.submit(self._app.downloads.add, repository, variant)
        self._ask(
            sheet,
            added,
            lambda _added: None,
            lambda words: sheet.show_refused(variant, words),
        )

    # All of them

    def _open(self, sheet: SheetPage) -> None:
        sheet.closed.connect(self._page.close_sheet)
        self._page.open_sheet(sheet)

    def _ask(
        self,
        sheet: SheetPage,
        future: Future[Value],
        then: Callable[[Value], None],
        otherwise: Callable[[str], None] | None = None,
    ) -> None:
        """Hand the answer, or the words for an error, to the sheet; to nobody where it was left meanwhile."""

        def arrived(value: Value) -> None:
            if self._page.sheet_content is sheet:
                then(value)

        def failed(error: ErrorInfo) -> None:
            if self._page.sheet_content is sheet and otherwise is not None:
                otherwise(_words(error))

        self._bridge.when_done(future, arrived, failed)


def _words(error: ErrorInfo) -> str:
    explanation = explain(error)
    return explanation.text
