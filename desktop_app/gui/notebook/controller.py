"""Connects the notebook's page with the services: keeps its texts, and has a model go on with the one that is open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QGuiApplication

from desktop_app.app import App
from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.ids import new_id
from desktop_app.domain.messages import Receipt
from desktop_app.domain.models import ModelFile
from desktop_app.domain.notebook import LENGTH, NotebookEntry, NotebookText, beginning, title_of, units
from desktop_app.domain.parts import FilePart
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.search_query import SearchQuery
from desktop_app.gui.bridge import Bridge, Newest
from desktop_app.gui.chat.rows.footer import pace_line
from desktop_app.gui.composer.question_field import is_long
from desktop_app.gui.conversation.no_model import ask_for_model
from desktop_app.gui.notebook.files import TextFiles
from desktop_app.gui.notebook.rows import title_words
from desktop_app.gui.notebook.words import end_words
from desktop_app.gui.widgets.long_text import quoted
from desktop_app.services.events import EngineChanged, EngineState, ServiceEvent
from desktop_app.services.notebook import Seen, Values
from desktop_app.services.requests.reading import Reading
from desktop_app.support.formats import paragraph
from desktop_app.support.i18n import _

if TYPE_CHECKING:
    from desktop_app.gui.widgets.notice import Notice
    from desktop_app.gui.window.main_window import MainWindow

PAGE = "notebook"
SAVE_MS = 400
"""How long after the first change a text is kept, with all that was changed until then."""
AGAIN_MS = 5000
"""How long after a text could not be kept that is tried again."""
COUNT_MS = 300
"""How long after the first change its tokens are counted."""


class NotebookController(QObject):
    """Made with the page. One text is open at a time, in one window: where another one opens it, this one leaves it."""

    def __init__(
        self,
        app: App,
        bridge: Bridge,
        window: MainWindow,
        *,
        models: Callable[[], Sequence[ModelFile]],
        model_path: Callable[[], str | None],
        new_chat: Callable[[str, Sequence[FilePart]], None],
        show_error: Callable[[ErrorInfo], Notice],
    ) -> None:
        """`models` are those of this computer, `model_path` is the one in use; `new_chat` begins one with words or a file."""
        super().__init__(window)
        self._app = app
        self._bridge = bridge
        self._window = window
        self._models = models
        self._model_path = model_path
        self._new_chat = new_chat
        self._show_error = show_error
        self._page = window.notebook_page
        self._view = self._page.writing
        self._editor = self._view.editor
        self._text: NotebookText | None = None
        """The text that is open, as it was kept last; a new one is not kept before there is something in it."""
        self._is_kept = self._is_changed = False
        self._unsaved: Notice | None = None
        """What was said of a text that could not be kept, until all are."""
        self._awaited = ""
        """The id of the text that is about to be opened."""
        self._wanted: SearchQuery | None = None
        """What is looked for in the text that is about to be opened."""
        self._keeps_focus = False
        self._newer: Sequence[NotebookEntry] | None = None
        """The list as it was told since it was asked for; None where it was not."""
        self._counted_for: str | None = None
        """The model whose context is shown."""
        self._is_counted = True
        """Whether nothing is being counted: a large context takes longer than the next key."""
        self._reading: Reading[Receipt] | None = None
        self._saving = QTimer(self, singleShot=True, interval=SAVE_MS)
        self._saving.timeout.connect(self.save)
        self._saving_again = QTimer(self, singleShot=True, interval=AGAIN_MS)
        self._saving_again.timeout.connect(self._save_again)
        self._counting = QTimer(self, singleShot=True, interval=COUNT_MS)
        self._counting.timeout.connect(self._count)
        self._unsubscribe = app.notebook.opened.subscribe(self._opened)
        self._connect()

    def _connect(self) -> None:
        page, view, texts = self._page, self._view, self._page.list
        page.shown.connect(self._shown)
        page.left.connect(self.save)
        page.closed.connect(self._close)
        texts.opened.connect(self.open)
        texts.new_requested.connect(lambda: self.begin())
        texts.delete_requested.connect(self._delete)
        files = TextFiles(self._app.pool, self._bridge, self._window)
        files.chosen.connect(lambda path: self._read_files([path]))
        texts.file_requested.connect(files.choose)
        found = Newest(self._bridge)
        texts.searched.connect(lambda words: found.when_done(self._app.notebook.find(words), texts.show_found))
        texts.files_dropped.connect(self._read_files)
        self._editor.files_given.connect(self._read_files)
        view.go_on_requested.connect(lambda: self.go_on())
        view.cursor_requested.connect(lambda: self.go_on(at_cursor=True))
        view.again_requested.connect(lambda: self.go_on(again=True))
        view.stop_requested.connect(self.stop)
        view.model_chosen.connect(self._choose_model)
        view.sampling_chosen.connect(self._choose_sampling)
        view.values_requested.connect(self._show_values)
        view.export_requested.connect(lambda: files.save(self._editor.text()))
        view.copy_requested.connect(lambda: QGuiApplication.clipboard().setText(self._editor.text()))
        view.chat_requested.connect(self._ask_about)
        view.delete_requested.connect(lambda: self._delete(self.text_id))
        commands = self._window.commands
        for action, does in (
            (commands.text_again, view.ask_again),
            (commands.text_at_cursor, view.ask_at_cursor),
            (commands.previous_take, lambda: view.walk(-1)),
            (commands.next_take, lambda: view.walk(1)),
        ):
            action.triggered.connect(partial(self._in_text, does))
        view.refused.connect(self._window.notice.show_notice)
        self._editor.edited.connect(self._edited)
        self._editor.continued.connect(self._edited)
        self._editor.filled.connect(self._filled)
        self._bridge.happened.connect(self._on_event)
        self._bridge.follow(self._app.notebook.listed, self._follow)
        self._bridge.follow(self._app.presets.changed, lambda _none: view.show_presets(self._app.presets.presets))
        view.show_presets(self._app.presets.presets)
        self.show_models()

    @property
    def text_id(self) -> str:
        """The id of the text that is open, empty for none."""
        return self._text.id if self._text is not None else ""

    def end(self) -> None:
        """Write no more, and keep what there is: the window closes."""
        self._leave()
        self._unsubscribe()

    # The texts

    def _shown(self) -> None:
        """List the texts; with none, begin one."""
        self._newer = None
        self._bridge.when_done(self._app.notebook.texts(), self._listed)
        self.show_models()

    def _follow(self, entries: Sequence[NotebookEntry]) -> None:
        self._newer = entries
        self._page.show_entries(entries)

    def _listed(self, read: Sequence[NotebookEntry]) -> None:
        entries = read if self._newer is None else self._newer  # it may have been read before what was told already
        self._page.show_entries(entries)
        if not entries and self._text is None and not self._awaited:
            self.begin()

    def begin(self, words: str = "") -> None:
        """Show a new text, with `words` in it; it is gone on with as the text that was changed last, once that is read."""
        self._leave()
        begun = NotebookText(id=new_id(), text=words, sampling=self._usual_sampling())
        self._show(begun, is_kept=False)
        if words:
            self._edited()

        def adopt(values: Values | None) -> None:
            text = self._text
            as_begun = (begun.id, begun.model_path, begun.sampling)
            if values is None or text is None or (text.id, text.model_path, text.sampling) != as_begun:
                return
            self._text = msgspec.structs.replace(text, model_path=values[0], sampling=values[1])
            self._view.show_sampling(values[1])
            self.show_models()
            if self._is_kept:
                self._edited()

        self._bridge.when_done(self._app.notebook.values_used_last(), adopt)

    def _usual_sampling(self) -> Sampling:
        usual, path = self._app.settings.value.sampling, self._model_path()
        values = self._app.model_defaults.of(path).sampling_over(usual) if path else usual
        return msgspec.structs.replace(values, max_tokens=LENGTH, seed=None, begin_with="")

    def _read_files(self, paths: list[str]) -> None:
        """Make a text of each file, and show the first one."""
        first, *others = paths
        for path in others:
            self._bridge.when_done(self._app.attachments.read(path), self._take_in)
        self._bridge.when_done(self._app.attachments.read(first), lambda part: self.begin(part.text))

    def _take_in(self, part: FilePart) -> None:
        def keep(values: Values | None) -> None:
            path, sampling = values or (None, self._usual_sampling())
            self._keep(NotebookText(id=new_id(), text=part.text, model_path=path, sampling=sampling))

        self._bridge.when_done(self._app.notebook.values_used_last(), keep)

    def open(self, text_id: str) -> None:
        """Show a text."""
        self._leave()
        self._awaited = text_id

        def loaded(text: NotebookText | None) -> None:
            if self._awaited != text_id:
                return
            self._awaited = ""
            if text is not None:
                self._show(text, is_kept=True)

        self._bridge.when_done(self._app.notebook.open(text_id, self), loaded)

    def open_at(self, text_id: str, query: SearchQuery, *, keeps_focus: bool) -> None:
        """Show a text, with the first place in it that a query finds; the keys may stay where they are."""
        if text_id != self.text_id:
            self.open(text_id)
            self._wanted, self._keeps_focus = query, keeps_focus
            return
        self._page.show_text(takes_focus=not keeps_focus)
        if self._editor.is_filling:
            self._wanted = query
        else:
            self._view.finding.show_found(query)

    def look_for(self, typed: str) -> None:
        """Show the texts in which is what was typed."""
        self._close()
        self._page.list.look_for(typed)

    def _show(self, text: NotebookText, *, is_kept: bool) -> None:
        self._text, self._is_kept = text, is_kept
        self._view.show_sampling(text.sampling)
        self.show_models()
        self._view.show_state("")
        self._view.show_seen(None, None, 0, "")
        self._page.show_text(takes_focus=not self._keeps_focus)
        self._editor.show_text(text.text, text.marks)

    def _filled(self) -> None:
        """Have a long text that is all there counted, and gone on with."""
        self._view.refresh()
        self._counting.start()
        if self._is_changed:
            self._saving.start()
        if self._wanted is not None and self._text is not None:  # else it is in the next one, which is being read
            self._view.finding.show_found(self._wanted)
            self._wanted = None

    def _opened(self, opening: tuple[str, object]) -> None:
        """Leave a text to whoever opens it now, or has deleted it; what was changed here is kept before they read it."""
        text_id, by = opening
        if by is self:
            return
        if text_id == self._awaited:  # it may have been read before it went, and come after
            self._awaited = ""
        if text_id == self.text_id:
            self._close()

    def _close(self) -> None:
        text_id = self.text_id
        self._leave()
        self._page.show_list(text_id)

    def _leave(self) -> None:
        """Keep the open text, and have none open."""
        self.stop()
        if self._reading is not None:
            self._end_writing()
        self.save()
        self._awaited, self._wanted, self._keeps_focus = "", None, False
        self._text, self._is_changed = None, False

    def _edited(self) -> None:
        self._is_changed = True
        for timer in (self._saving, self._counting):
            if not timer.isActive():
                timer.start()

    def save(self) -> None:
        """Keep what was changed of the open text; nothing of a new one in which nothing stands."""
        self._saving.stop()
        text = self._text
        if text is None or not self._is_changed:
            return
        is_whole = not self._editor.is_filling  # else nobody could write in it yet
        words, marks = (self._editor.text(), self._editor.marks) if is_whole else (text.text, text.marks)
        if not self._is_kept and not words.strip():
            return
        self._text = text = msgspec.structs.replace(text, text=words, marks=marks)
        self._is_kept, self._is_changed = True, False
        self._keep(text)

    def _keep(self, text: NotebookText) -> None:
        self._bridge.when_done(self._app.notebook.save(text), self._saved, partial(self._not_saved, text.id))

    def _saved(self, _entries: object) -> None:
        if self._unsaved is not None:
            self._window.notice.dismiss(self._unsaved)
            self._unsaved = None

    def _save_again(self) -> None:
        """Keep what could not be kept before, in another window or of a text that was left, too."""
        self.save()
        self._bridge.when_done(self._app.notebook.keep_again(), self._saved, partial(self._not_saved, ""))

    def _not_saved(self, text_id: str, error: ErrorInfo) -> None:
        """Say it once, and try again with the next change, when the text is left, and after a while."""
        if text_id == self.text_id:
            self._is_changed = True
        self._saving_again.start()
        if self._unsaved is None:
            self._unsaved = self._show_error(error)

    def _delete(self, text_id: str) -> None:
        """Delete a text; it can be brought back as long as the notice says so."""
        if text_id == self._awaited:
            self._awaited = ""
        if text_id == self.text_id:
            is_kept = self._is_kept or bool(self._editor.text().strip())
            self._close()
            if not is_kept:
                return

        self._bridge.when_done(self._app.notebook.delete(text_id, self), self._deleted)

    def _deleted(self, text: NotebookText | None) -> None:
        if text is None:
            return
        self._app.notebook.opened.publish((text.id, None))  # whoever opened it meanwhile leaves it
        words = _("“{title}” was deleted.").format(title=title_words(text.title))
        self._window.notice.show_notice(words, (_("Undo"), partial(self._bring_back, text)))

    def _bring_back(self, text: NotebookText) -> None:
        self._bridge.when_done(self._app.notebook.bring_back(text), lambda _entries: None)

    # Going on

    def _in_text(self, does: Callable[[], object]) -> None:
        """Do what concerns the open text."""
        if self._text is None:
            self._window.notice.show_notice(_("Open a text first."))
        else:
            does()

    def go_on(self, *, again: bool = False, at_cursor: bool = False) -> None:
        """Have the model write at the end of the text, at the cursor, or `again` where it wrote last."""
        text, path = self._text, self._path()
        if text is None or self._editor.is_writing or self._editor.is_filling:
            return
        if path is None:
            ask_for_model(self._window)
            return
        place = self._editor.begin_writing(again=again, at_cursor=at_cursor)
        self._view.refresh()
        self._view.show_state(_("Reading the text…"))
        before = msgspec.structs.replace(text, text=beginning(self._editor.text(), place))
        self._reading = reading = self._app.notebook.go_on(
            path,
            before,
            lambda piece: self._bridge.call(lambda: self._write(reading, piece)),
            lambda share: self._bridge.call(lambda: self._read(reading, share)),
        )
        self._bridge.when_done(reading.future, partial(self._ended, reading), partial(self._failed, reading))

    def stop(self) -> None:
        """Have the model write no more; what it wrote stays."""
        if self._reading is not None:
            self._reading.cancel()

    def _read(self, reading: Reading[Receipt], share: float) -> None:
        if reading is self._reading:
            self._view.show_state(_("Reading the text… {percent} %").format(percent=round(100 * share)))

    def _write(self, reading: Reading[Receipt], piece: str) -> None:
        if reading is self._reading:
            self._editor.write(piece)
            self._view.show_state(_("The model writes. Esc stops it."))

    def _ended(self, reading: Reading[Receipt], receipt: Receipt) -> None:
        if reading is not self._reading:
            return
        has_written = self._editor.has_written
        is_new = self._end_writing()
        pace = pace_line(receipt.completion_tokens, receipt.tokens_per_second) if has_written else ""
        words = end_words(receipt, has_written=has_written, is_new=is_new)
        self._view.show_state(paragraph([words, pace]), said=True)

    def _failed(self, reading: Reading[Receipt], error: ErrorInfo) -> None:
        if reading is self._reading:
            self._end_writing()
            self._view.show_state(_("The model could not go on. Your text is kept."), is_error=True)
            self._show_error(error)

    def _end_writing(self) -> bool:
        """Let the person write again; return whether what the model wrote was not there before."""
        self._reading = None
        is_new = self._editor.end_writing()
        self.save()
        self._view.refresh()
        return is_new

    # The model and its values

    def _path(self) -> str | None:
        """Return the model that goes on: the one chosen for this text, where it is here, else the window's."""
        chosen = self._text.model_path if self._text is not None else None
        return chosen if any(model.path == chosen for model in self._usable()) else self._model_path()

    def _usable(self) -> list[ModelFile]:
        return [model for model in self._models() if model.is_usable]

    def show_models(self) -> None:
        """Offer the models that there are now; how much another one sees is not known before it is counted."""
        path = self._path()
        self._view.show_models(self._usable(), path)
        if path != self._counted_for:
            self._counted_for = path
            self._view.show_seen(None, None, 0, "")
            self._counting.start()

    def _choose_model(self, path: str) -> None:
        if self._text is not None:
            self._change(msgspec.structs.replace(self._text, model_path=path))
            self.show_models()
            self._app.engines.load(path)  # a fault is told when the model is to go on

    def _choose_sampling(self, sampling: Sampling) -> None:
        if self._text is not None:
            self._change(msgspec.structs.replace(self._text, sampling=sampling))
            self._view.show_sampling(sampling)

    def _change(self, text: NotebookText) -> None:
        self._text = text
        self._edited()

    def _show_values(self) -> None:
        from desktop_app.gui.notebook.values_dialog import ValuesDialog
        from desktop_app.gui.panel.sampling.controller import edit_form

        if self._text is None:
            return
        dialog = ValuesDialog(self._view.theme, self._text.sampling, self._window)
        dialog.tab.sampling_changed.connect(self._choose_sampling)
        dialog.tab.form_requested.connect(
            lambda name: edit_form(name, dialog.tab, self._app, self._bridge, dialog, self._path())
        )
        dialog.open()

    def _on_event(self, event: ServiceEvent) -> None:
        """Say how far the model is loaded that is to go on, and count once it can."""
        if not isinstance(event, EngineChanged) or self._text is None or event.model_path != self._path():
            return
        if event.state is EngineState.LOADING and self._reading is not None and not self._editor.has_written:
            words = _("Loading the model… {percent} %").format(percent=round(100 * event.fraction))
            self._view.show_state(words)
        elif event.state is EngineState.READY:
            self._counting.start()

    # How much of it the model sees

    def _count(self) -> None:
        text, path = self._text, self._path()
        if text is None or path is None or self._editor.is_filling:
            return
        if not self._is_counted:
            self._counting.start()
            return
        self._is_counted = False
        words = self._editor.text()

        def counted(seen: Seen) -> None:
            self._is_counted = True
            if self._text is not None and self._text.id == text.id and self._path() == path:
                begin = units(words[: seen.begin])
                shown = quoted(words[seen.begin : seen.begin + 80]) if seen.begin else ""
                self._view.show_seen(seen.tokens, seen.size, begin, shown)

        found = self._app.notebook.seen(path, words, text.sampling)
        self._bridge.when_done(found, counted, self._not_counted, self._not_counted)

    def _not_counted(self, _error: ErrorInfo | None = None) -> None:
        """Wait for a model that can: it is counted once one is loaded."""
        self._is_counted = True

    # What can be done with the whole of it

    def _ask_about(self) -> None:
        """Begin a chat with the text: as a question, or along with one where it is long."""
        text = self._editor.text()
        self._window.show_page("chat")
        if is_long(text):
            size = len(text.encode())
            self._new_chat("", [FilePart(name=f"{title_of(text) or _('Text')}.txt", text=text, size=size)])
        else:
            self._new_chat(text, ())
