"""Connects the page of prompt templates with the library, the helper that fills them in, and the chat."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from desktop_app.app import App
from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.prompt_templates import (
    Placeholder,
    PlaceholderType,
    PromptTemplate,
    Value,
    format_template,
    missing_names,
)
from desktop_app.gui.bridge import Bridge, Newest
from desktop_app.gui.commands.shortcuts import why_not
from desktop_app.gui.conversation.advice_controller import AdviceController
from desktop_app.gui.conversation.controller import ChatController
from desktop_app.gui.system.folders import show_folder
from desktop_app.gui.templates.inserter import TemplateInserter
from desktop_app.gui.templates.page import TemplatesPage, imported_words
from desktop_app.services.events import EngineChanged, EngineState, ServiceEvent
from desktop_app.services.words.error_text import explain
from desktop_app.services.writing.prompt_library import Imported, LibraryTemplate
from desktop_app.settings.window_state import UnsavedTemplate
from desktop_app.support.formats import paragraph
from desktop_app.support.i18n import _, ngettext

LIST_MS = 2_000
"""How long after the start the templates are listed, for their shortcuts; a slash lists them at once."""
PREVIEW_MS = 150
"""How long after the last change a template is filled in for its preview."""
_FILES = " ".join(f"*{ending}" for ending in TemplatesPage.suffixes)

if TYPE_CHECKING:
    from desktop_app.gui.templates.editor import TemplateEditor
    from desktop_app.gui.templates.history import HistorySheet
    from desktop_app.gui.templates.sheet import TemplateSheet
    from desktop_app.gui.widgets.notice import Notice
    from desktop_app.gui.widgets.sheet import SheetPage
    from desktop_app.gui.window.main_window import MainWindow


class TemplatesController(QObject):
    """Lists, opens, fills in and changes templates; what arrives after a sheet was left is dropped."""

    def __init__(
        self,
        app: App,
        bridge: Bridge,
        window: MainWindow,
        chat: ChatController,
        *,
        model_path: Callable[[], str | None],
    ) -> None:
        super().__init__(window)
        self._app = app
        self._bridge = bridge
        self._window = window
        self._model_path = model_path
        self._entries: dict[str, LibraryTemplate] = {}
        self._sheet: TemplateSheet | None = None
        self._editor: TemplateEditor | None = None
        self._offered: tuple[UnsavedTemplate, Notice] | None = None
        """What was written and not saved, and the notice that leads back to it."""
        self._preview_number = 0
        self._newest, self._newest_text, self._followed = Newest(bridge), Newest(bridge), Newest(bridge)
        self._inserter = TemplateInserter(app, bridge, window, chat, self.refresh)
        self._advice = AdviceController(
            app, bridge, window, chat, use_template=lambda title: self.insert_titled(title, replacing=True)
        )
        self._page = window.templates_page
        page = self._page
        page.shown.connect(self.refresh)
        page.opened.connect(self.open)
        page.favourite_requested.connect(self._set_favourite)
        page.new_requested.connect(self._new)
        page.import_requested.connect(self._choose_files)
        page.files_dropped.connect(self._take_in)
        page.folder_requested.connect(self._show_folder)
        window.commands.new_template.triggered.connect(self._new)
        window.commands.import_templates.triggered.connect(self._choose_files)
        self._preview_timer = QTimer(self, singleShot=True, interval=PREVIEW_MS)
        self._preview_timer.timeout.connect(self._preview)
        QTimer.singleShot(LIST_MS, self, self.refresh)
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        application.applicationStateChanged.connect(self._state_changed)
        bridge.happened.connect(self._on_event)
        bridge.follow(app.prompts.changed, lambda _none: self.refresh())

    # The list

    def refresh(self, then: Callable[[], None] | None = None) -> None:
        """Look again what is in the folders, and show it."""

        def show(entries: Sequence[LibraryTemplate]) -> None:
            self._entries = {entry.key: entry for entry in entries}
            self._page.set_templates(entries)
            self._inserter.set_templates(entries)
            self._follow()

        self._newest.when_done(self._app.prompts.entries(), show, after=then)

    def insert_titled(self, title: str, *, replacing: bool = False) -> None:
        """Insert the template of a title, one's own first; where there is none, say so."""

        def insert() -> None:
            found = [entry for entry in self._entries.values() if entry.title == title and entry.template is not None]
            if found:
                self._inserter.insert(max(found, key=lambda entry: entry.is_own), replacing=replacing)
            else:
                self._window.notice.show_notice(_("There is no template “{title}”.").format(title=title))

        self.refresh(insert)

    def _state_changed(self, state: Qt.ApplicationState) -> None:
        """Find files that came while another window was in front."""
        if state is Qt.ApplicationState.ApplicationActive and self._page.isVisible():
            self.refresh()

    def _on_event(self, event: ServiceEvent) -> None:
        """Count the tokens again once there is a model that can."""
        if isinstance(event, EngineChanged) and event.state is EngineState.READY and self._page.isVisible():
            self._preview()

    def _set_favourite(self, key: str, favourite: bool) -> None:
        self._bridge.when_done(self._app.prompts.set_favourite(key, favourite), lambda _done: None)

    # One template

    def open(self, key: str) -> None:
        """Show the sheet of a template; one with a mistake is shown as text, at the mistake."""
        entry = self._entries.get(key)
        if entry is None:
            return
        if entry.template is None:
            self._mend(entry)
            return
        from desktop_app.gui.templates.sheet import TemplateSheet

        sheet = self._sheet = TemplateSheet(self._window.theme, entry, entry.template, self._inserter.around())
        sheet.closed.connect(self._page.close_sheet)
        sheet.use_requested.connect(lambda: self._use(sheet))
        sheet.edit_requested.connect(lambda: self._edit(key))
        sheet.copy_requested.connect(lambda: self._copy(key))
        sheet.history_requested.connect(lambda: self._open_history(key))
        sheet.export_requested.connect(lambda: self._choose_target(key))
        sheet.delete_requested.connect(lambda: self._delete(key))
        sheet.favourite_requested.connect(lambda favourite: self._set_favourite(key, favourite))
        sheet.shortcut_chosen.connect(lambda keys: self._set_shortcut(sheet, keys))
        sheet.values_changed.connect(self._preview_timer.start)
        sheet.file_chosen.connect(lambda name, path: self._inserter.read_file(sheet.form, name, path))
        self._page.open_sheet(sheet)
        self._preview()

    def _open_sheet(self) -> TemplateSheet | None:
        """Return the sheet that is open, if one is."""
        return self._sheet if self._page.sheet_content is self._sheet else None

    def _follow(self) -> None:
        """Show in what is open what became of its template; what is filled in stays with the template that is shown."""
        sheet, editor = self._open_sheet(), self._editor
        if sheet is not None and sheet.key not in self._entries:
            self._page.close_sheet()
        elif sheet is not None:
            entry = self._entries[sheet.key]
            sheet.show_entry(entry)
            if entry.template not in (None, sheet.template) and not sheet.is_filled_in:
                self.open(sheet.key)
        elif editor is not None and editor.key and self._page.sheet_content is editor:
            self._follow_text(editor)

    def _follow_text(self, editor: TemplateEditor) -> None:
        def show(text: str) -> None:
            if self._page.sheet_content is editor:
                editor.follow(text)

        def fail(error: ErrorInfo) -> None:
            if self._page.sheet_content is editor and error.code is ErrorCode.PROMPT_TEMPLATE_GONE:
                editor.follow_deletion()

        self._followed.when_done(self._app.prompts.text(editor.key), show, fail)

    def _open_sheet_of(self, key: str) -> None:
        """Show a template that was just written or changed."""
        if self._window.page != "templates":
            self._window.show_page("templates")
        self.refresh(lambda: self.open(key))

    def _preview(self) -> None:
        """Fill in the template that is open; what has no value yet shows as its title in brackets."""
        sheet = self._open_sheet()
        if sheet is None:
            return
        self._preview_number += 1
        number, template = self._preview_number, sheet.template
        values = sheet.form.values()
        for name in missing_names(template, values):
            values[name] = f"[{sheet.form.rows[name].placeholder.title}]"

        def show(texts: tuple[str, ...]) -> None:
            if number == self._preview_number and self._page.sheet_content is sheet:
                sheet.preview.show_turns(texts[0], texts[1], template.examples)
                self._count(sheet, number, texts)

        def fail(error: ErrorInfo) -> None:
            if number == self._preview_number and self._page.sheet_content is sheet:
                sheet.preview.show_problem(explain(template.located(error)).sentence)

        self._bridge.when_done(self._app.templates.fill((template.body, template.system), values), show, fail)

    def _count(self, sheet: TemplateSheet, number: int, texts: Sequence[str]) -> None:
        model_path = self._model_path()
        if model_path is None:
            return
        turns = [text for example in sheet.template.examples for text in (example.user, example.assistant)]

        def show(count: int | None) -> None:
            if number == self._preview_number and self._page.sheet_content is sheet:
                sheet.preview.show_tokens(count)

        counted = self._app.engines.questions_to(model_path).count_tokens("\n".join([*texts, *turns]))
        self._bridge.when_done(counted, show, lambda _error: show(None))

    def _use(self, sheet: TemplateSheet) -> None:
        values = sheet.form.values()
        sheet.form.show_missing(missing_names(sheet.template, values))

        def is_wanted() -> bool:
            return self._window.page == "templates" and self._page.sheet_content is sheet

        def show_problem(words: str) -> None:
            if self._page.sheet_content is sheet:
                sheet.preview.show_problem(words)

        self._inserter.use(sheet.template, values, show_problem, is_wanted)

    def _set_shortcut(self, sheet: TemplateSheet, keys: str) -> None:
        problem, other = why_not(keys), self._inserter.holder(keys)
        if problem:
            sheet.show_shortcut_problem(problem)
        elif other:
            sheet.show_shortcut_problem(_("“{name}” already uses this shortcut.").format(name=other))
        else:
            self._bridge.when_done(self._app.prompts.set_shortcut(sheet.key, keys), lambda _done: None)

    # Writing

    def _new(self) -> None:
        self._window.show_page("templates")
        self._open_editor("", _("New template"), new_text())

    def _edit(self, key: str) -> None:
        title = self._entries[key].title
        self._write(key, lambda text: self._open_editor(key, title, text))

    def _mend(self, entry: LibraryTemplate) -> None:
        error = entry.error
        line = error.params.get("line", 0) if error is not None else 0

        def show(text: str) -> None:
            editor = self._open_editor(entry.key, entry.title, text)
            editor.go_to(int(line))

        self._write(entry.key, show)

    def _write(self, key: str, then: Callable[[str], object]) -> None:
        """Have the text of a template in an editor, unless another sheet is opened meanwhile, or this one left."""
        asked_at = self._place

        def show(text: str) -> None:
            if self._place == asked_at:
                then(text)

        self._newest_text.when_done(self._app.prompts.text(key), show)

    @property
    def _place(self) -> tuple[str, type[SheetPage]] | None:
        """What is open, None for the cards alone."""
        content = self._page.sheet_content
        return (content.key, type(content)) if content is not None else None

    def _open_editor(self, key: str, title: str, text: str, changed: str = "") -> TemplateEditor:
        from desktop_app.gui.templates.editor import TemplateEditor

        editor = self._editor = TemplateEditor(self._window.theme, key, title, text)
        editor.closed.connect(lambda: self._leave_editor(editor))
        editor.check_requested.connect(lambda text: self._check(editor, text, lambda: None))
        editor.save_requested.connect(lambda text: self._check(editor, text, lambda: self._save(editor, text)))
        self._page.open_sheet(editor)
        if changed:
            editor.field.setPlainText(changed)
            self._follow()  # it may have been changed since
        return editor

    def _leave_editor(self, editor: TemplateEditor) -> None:
        """Go back; what was written and not saved can still be taken up again."""
        if editor.is_changed:
            self.offer(UnsavedTemplate(editor.key, editor.title, editor.text()))
        if editor.key in self._entries:
            self.open(editor.key)
        if self._page.sheet_content is editor:
            self._page.close_sheet()

    @property
    def unsaved(self) -> UnsavedTemplate | None:
        """What is written in the editor and not saved, or was and is still offered."""
        editor = self._editor
        if editor is not None and self._page.sheet_content is editor and editor.is_changed:
            return UnsavedTemplate(editor.key, editor.title, editor.text())
        if self._offered is None:
            return None
        unsaved, told = self._offered
        return unsaved if any(notice.key is told.key for notice in self._window.notice.notices) else None

    def offer(self, unsaved: UnsavedTemplate, *, lasts: bool = False) -> None:
        """Let somebody go on with what was written and not saved; the offer `lasts` where that was not their doing."""
        words, action = _("Your changes were not saved."), (_("Go on writing"), partial(self._go_on, unsaved))
        if lasts:
            words = _("The template “{title}” was not saved.").format(title=unsaved.title)
        told = self._window.notice.show_notice(words, action, timeout=0 if lasts else None)
        self._offered = unsaved, told

    def _go_on(self, unsaved: UnsavedTemplate) -> None:
        """Open the editor with what was written; what stands in the file by now is what it is compared with."""

        def show(saved: str) -> None:
            self._open_editor(unsaved.key, unsaved.title, saved, unsaved.text)

        self._window.show_page("templates")
        if unsaved.key:
            self._bridge.when_done(self._app.prompts.text(unsaved.key), show, lambda _error: show(""))
        else:
            show(new_text())

    def _check(self, editor: TemplateEditor, text: str, then: Callable[[], None]) -> None:
        """Read the text as a template and fill it in, then go on; a mistake is shown at its line."""

        def show(error: ErrorInfo) -> None:
            if self._page.sheet_content is editor and editor.text() == text:
                problem = str(error.params.get("problem", ""))
                words = _(problem) if problem else ""  # what another process found is English
                editor.show_mistake(explain(error).sentence, int(error.params.get("line", 0)), words)

        def read(template: PromptTemplate) -> None:
            filled = self._app.templates.fill((template.body, template.system), sample_values(template))
            self._bridge.when_done(filled, lambda _texts: works(template), lambda error: show(template.located(error)))

        def works(template: PromptTemplate) -> None:
            if self._page.sheet_content is editor and editor.text() == text:
                editor.show_good(good_words(template))
                then()

        self._bridge.when_done(self._app.prompts.check(text), read, show)

    def _save(self, editor: TemplateEditor, text: str) -> None:
        def saved(key: str) -> None:
            if self._page.sheet_content is editor and editor.text() != text:
                editor.go_on(key, text)  # more was written meanwhile
            else:
                self._open_sheet_of(key)

        if editor.key:
            self._bridge.when_done(self._app.prompts.save(editor.key, text), lambda _done: saved(editor.key))
        else:
            self._bridge.when_done(self._app.prompts.create(text), saved)

    def _copy(self, key: str) -> None:
        def copied(new: str) -> None:
            self._window.notice.show_notice(_("The copy is yours: change it as you like."))
            self._open_sheet_of(new)

        self._bridge.when_done(self._app.prompts.duplicate(key), copied)

    def _delete(self, key: str) -> None:
        title = self._entries[key].title

        def deleted(text: str) -> None:
            content = self._page.sheet_content
            if content is not None and content.key == key:  # else something else was opened meanwhile
                self._page.close_sheet()
            self._window.notice.show_notice(
                _("The template “{title}” was deleted.").format(title=title),
                (_("Undo"), partial(self._put_back, key, text)),
            )

        self._bridge.when_done(self._app.prompts.delete(key), deleted)

    def _put_back(self, key: str, text: str) -> None:
        self._bridge.when_done(self._app.prompts.put_back(key, text), lambda _done: None)

    # Earlier versions

    def _open_history(self, key: str) -> None:
        from desktop_app.gui.templates.history import HistorySheet

        sheet = HistorySheet(self._window.theme, key, self._entries[key].title)
        sheet.closed.connect(lambda: self.open(key))
        sheet.version_chosen.connect(lambda version: self._compare(sheet, version))
        sheet.restore_requested.connect(lambda version: self._restore(key, version))
        self._page.open_sheet(sheet)
        self._bridge.when_done(
            self._app.prompts.versions(key),
            lambda versions: sheet.show_versions(versions) if self._page.sheet_content is sheet else None,
        )

    def _compare(self, sheet: HistorySheet, version_id: str) -> None:
        def show(lines: object) -> None:
            if self._page.sheet_content is sheet and sheet.choice.currentData() == version_id:
                sheet.show_comparison(lines)  # type: ignore[arg-type]

        self._bridge.when_done(self._app.prompts.compare(sheet.key, version_id), show)

    def _restore(self, key: str, version_id: str) -> None:
        def restored(replaced: str | None) -> None:
            self._open_sheet_of(key)
            undo = (_("Undo"), partial(self._undo_restore, key, replaced)) if replaced is not None else None
            self._window.notice.show_notice(_("The earlier version is back."), undo)

        self._bridge.when_done(self._app.prompts.restore(key, version_id), restored)

    def _undo_restore(self, key: str, replaced: str) -> None:
        """Bring back what the restored version replaced."""
        self._bridge.when_done(self._app.prompts.restore(key, replaced), lambda _replaced: self._open_sheet_of(key))

    # Files

    def _choose_files(self) -> None:
        self._window.show_page("templates")
        dialog = QFileDialog(self._window, _("Import templates"), "", _("Templates ({files})").format(files=_FILES))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(self._take_in)
        dialog.open()

    def _take_in(self, paths: Sequence[str]) -> None:
        def taken(imported: Imported) -> None:
            words = imported_words(len(imported.keys), len(imported.errors))
            if imported.errors:
                words = paragraph([words, explain(imported.errors[0]).sentence])
            self._window.notice.show_notice(words, None, "error" if imported.errors else "info")

        self._bridge.when_done(self._app.prompts.take_in(paths), taken)

    def _choose_target(self, key: str) -> None:
        dialog = QFileDialog(self._window, _("Export the template"), f"{Path(key).stem}.md", _("Templates (*.md)"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("md")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self._export(key, path))
        dialog.open()

    def _export(self, key: str, path: str) -> None:
        words = _("The template was saved as {path}.").format(path=path)
        self._bridge.when_done(
            self._app.prompts.export(key, path), lambda _done: self._window.notice.show_notice(words)
        )

    def _show_folder(self) -> None:
        def show(folder: str) -> None:
            if not show_folder(Path(folder)):
                words = _("No program here can show the folder {path}.").format(path=folder)
                self._window.notice.show_notice(words)

        self._bridge.when_done(self._app.prompts.own_folder(), show)


def new_text() -> str:
    """Return what a new template begins with."""
    text = Placeholder(name="text", type=PlaceholderType.LONG_TEXT, help=_("What it is about."))
    return format_template(
        PromptTemplate(
            title=_("New template"),
            description=_("What it is good for."),
            placeholders=(text,),
            body=_("Say what you want, for whom, and in which form.\n\nText:\n{{ text }}"),
        )
    )


def sample_values(template: PromptTemplate) -> dict[str, Value]:
    """Return values to try a template with: defaults where there are some."""

    def sample(placeholder: Placeholder) -> Value:
        if placeholder.type is PlaceholderType.NUMBER:
            return placeholder.default or placeholder.least
        first = placeholder.choices[0] if placeholder.choices else placeholder.title
        return placeholder.default or first

    return {placeholder.name: sample(placeholder) for placeholder in template.placeholders}


def good_words(template: PromptTemplate) -> str:
    """Say that a template works."""
    count = len(template.placeholders)
    words = ngettext("It works, with {count} field to fill in.", "It works, with {count} fields to fill in.", count)
    return words.format(count=count)
