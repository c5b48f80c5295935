"""A walk that goes over the other pages as well: models, settings, personas, templates, the lock, and what fails beside."""

import multiprocessing
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication
from pytestqt.qtbot import QtBot

from desktop_app.domain.prompt_versions import Change as LineChange
from desktop_app.domain.shelf import Tag
from desktop_app.gui.desktop.quick_window import QuickWindow
from desktop_app.gui.forms.form import Field, Kind, fields_of
from desktop_app.gui.settings.page import SECTIONS
from desktop_app.gui.sidebar.drag import mime_of
from desktop_app.gui.sidebar.tags_dialog import TagsDialog
from desktop_app.gui.start import Session
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.services.data_folder.locked_history import Change
from desktop_app.settings.schema import Settings
from tests.hub.server import Fault, HubServer
from tests.walks.hands import Step, drag_over, drop, type_in
from tests.walks.scripted_models import ScriptedModels
from tests.walks.walk import Walk

PAGES = ("models", "settings", "personas", "templates", "map", "about", "data", "tour", "moving_in", "notebook")
SOUGHT = ("small", "model", "nothing like this", "maker/Small-GGUF", "Q4_K_M", "other/Model-1-GGUF:Q8_0")
PASSPHRASE, OTHER_PASSPHRASE = "five green boats sail home", "six grey geese fly north"
LEFT_ALONE = {
    ("network", "mirror"),  # the hub that there is
    ("folders", "other_apps"),  # of whoever runs the tests
    ("desktop", "quick_keys"),
}
FAULTS = (
    Fault(drop_after=20_000), Fault(status=503), Fault(wrong_bytes=True), Fault(ignore_range=True), Fault(wrong_range=True),
    Fault(wrong_length=10), Fault(status=404), Fault(body=b"<html></html>"),
)  # fmt: skip
GREEK = QFontDatabase.WritingSystem.Greek
"""What fonts for texts can write, and those for symbols cannot."""
WAIT_MS = 60_000


class WideWalk(Walk):
    """Does what the usual walk does, and more elsewhere; ends as often at any moment as with everything at its end."""

    never_pressed = ("Delete everything", "Quit", "Measure", "Build", "Look for", "Start with an empty")

    def __init__(
        self, qtbot: QtBot, models: ScriptedModels | None, folder: Path, seed: int, hub: HubServer, more: Path
    ) -> None:
        """`more` is a folder with models that can be added."""
        super().__init__(qtbot, models, folder, seed)
        self._hub = hub
        self._more = more
        self._passphrase = ""

    def settle(self) -> None:
        """Unlock the chats first, and let the hub send all that it keeps back."""
        self._hub.may_end.set()
        self._hub.bytes_per_second = 0
        self._close_what_lies_on_top()
        if isinstance(quick := QApplication.activeWindow(), QuickWindow):
            quick.put_away()
        if self._session.lock_window is not None:
            self._unlock()
        super().settle()

    @property
    def has_lock(self) -> bool:
        """Whether the next start asks for a passphrase."""
        return bool(self._passphrase)

    def begin(self, session: Session) -> None:
        """Enter the passphrase where the chats are locked."""
        self._session = session
        if self.has_lock:
            self._unlock()

    def _end(self) -> None:
        if self._random.random() < 0.5:
            super()._end()
        else:
            self.done[-1] += ", at once"
            self._left = None

    def _activate(self) -> None:
        if self._session.lock_window is None:
            super()._activate()

    # What is possible

    def _possible(self) -> Iterator[Step]:
        if self._session.lock_window is not None:
            yield from self._before_the_lock()
        elif isinstance(quick := QApplication.activeWindow(), QuickWindow) and QApplication.activePopupWidget() is None:
            yield from self._in_quick_window(quick)
        else:
            yield from super()._possible()

    def _in_window(self) -> Iterator[Step]:
        yield from super()._in_window()
        window = self._window
        if not window.isVisible():
            return
        page = self._random.choice(PAGES)
        yield Step(60, f"page {page}", lambda: window.show_page(page))
        if window.page != "chat":
            parts = list(self._parts(window.pages.currentWidget(), window.page))
            for step in self._random.sample(parts, min(3, len(parts))):
                yield step._replace(weight=50)
            yield Step(15, "the mouse on the page", lambda: self._click(window))
        if window.page == "models":
            yield from self._on_models_page(window)
        yield from self._settings()
        yield from self._ordering(window)
        yield from self._templates()
        yield from self._dragging(window)
        yield from self._quickly()
        yield from self._locking(window)
        yield Step(20, "there and back", self._there_and_back)

    def _of_models(self) -> Iterator[Step]:
        yield from super()._of_models()
        yield from self._of_hub()
        processes = [each for each in multiprocessing.active_children() if each.name in ("engine", "helper", "hub")]
        if processes:
            process = self._random.choice(processes)
            yield Step(4, f"kill a process: {process.name}", process.kill)
        file = self._random.choice(sorted(self._models_folder.rglob("*.gguf")) or [None])
        if file is not None:
            yield Step(1, f"another program removes {file.name}", lambda: self._remove_elsewhere(file))

    def _remove_elsewhere(self, file: Path) -> None:
        """Remove a file, and come back to the window, which looks at the disk again."""
        file.unlink(missing_ok=True)
        if self._session.has_windows:
            QCoreApplication.sendEvent(self._window, QEvent(QEvent.Type.WindowActivate))

    # Models

    @property
    def _models_folder(self) -> Path:
        app = self._session.app
        return app.library.folder if app is not None else self._more / "none"

    def _of_hub(self) -> Iterator[Step]:
        hub = self._hub
        speed = self._random.choice((0, 0, 20_000, 200_000))
        yield Step(3, f"the hub sends {speed} bytes a second", lambda: setattr(hub, "bytes_per_second", speed))
        yield Step(3, "the hub keeps the ends of files back", hub.may_end.clear)
        yield Step(3, "the hub sends the ends of files", hub.may_end.set)
        fault = self._random.choice(FAULTS)
        files = sorted(name for repository in hub.repositories.values() for name in repository.files)
        file = self._random.choice(files)
        yield Step(2, f"the hub has trouble with {file}", lambda: hub.fault(file, fault))
        yield Step(1, "the hub is busy", lambda: hub.api_faults.append(Fault(status=503)))

    def _on_models_page(self, window: MainWindow) -> Iterator[Step]:
        page = window.models_page
        if page.body is None:  # which was let go for another text size, and is being made anew
            return
        words = self._random.choice(SOUGHT)
        if page.sheet_content is None and page.search.isVisible():
            yield Step(40, f"search for {words}", lambda: self._search(window, words))
        for groups in (page.hub_cards, page.download_cards, page.local_cards, page.recommended_cards):
            cards = [card for card in groups.values() if card.isVisible()]
            if cards:
                parts = list(self._parts(self._random.choice(cards), "card"))
                if parts:
                    yield self._random.choice(parts)._replace(weight=30)
        files = sorted(self._more.glob("*.gguf"))
        if not files:
            return
        file = self._random.choice(files)
        yield Step(8, f"bring {file.name}", lambda: page.files_dropped.emit([str(file)]))
        copied = self._folder / f"{self._number}.gguf"
        yield Step(2, f"a model comes into the folder of files: {copied.name}", lambda: shutil.copy(file, copied))

    def _search(self, window: MainWindow, words: str) -> None:
        field = window.models_page.search
        field.setFocus(Qt.FocusReason.OtherFocusReason)
        field.selectAll()
        type_in(field, words)
        QTest.keyClick(field, Qt.Key.Key_Return)

    # Settings

    def _settings(self) -> Iterator[Step]:
        section = self._random.choice(SECTIONS)
        struct = type(getattr(Settings(), section))
        field = self._random.choice(fields_of(struct))
        page = self._window.settings_page
        if (section, field.name) in LEFT_ALONE:
            return
        value = self._value(field)
        if value is not None:
            yield Step(
                25, f"set {field.name} to {value!r}", lambda: page.setting_changed.emit(section, field.name, value)
            )
        yield Step(2, f"reset {field.name}", lambda: page.reset_requested.emit(section, field.name))
        now = self._session.settings.value.network.offline
        yield Step(6, "offline, or not any more", lambda: page.setting_changed.emit("network", "offline", not now))

    def _value(self, field: Field) -> object:
        if field.kind is Kind.SWITCH:
            return self._random.random() < 0.5
        if field.kind is Kind.CHOICE:
            return self._random.choice(field.choices)[0]
        if field.kind is Kind.NUMBER and field.scale is not None:
            return field.typed(self._random.choice((field.scale.low, field.scale.high, field.default)))
        if field.kind is Kind.FONT:
            return self._random.choice(("", *QFontDatabase.families(GREEK)))
        if field.kind is Kind.FOLDER:
            return self._random.choice(("", str(self._more.parent / "models folder"), str(self._more)))
        return None

    # Order

    def _ordering(self, window: MainWindow) -> Iterator[Step]:
        """What is dragged and dropped, and done with folders and tags by their menus."""
        wishes, shelf = window.sidebar.list.wishes, window.sidebar.shelf
        chats = sorted(self._session.controller.listed_chats)
        if not chats:
            return
        some = self._random.sample(chats, min(len(chats), self._random.choice((1, 1, 2))))
        if shelf.folders:
            folder = self._random.choice(shelf.folders)
            yield Step(10, f"drag {len(some)} to {folder.name}", lambda: wishes.moved.emit(some, folder.id))
            name = f"f{self._number}x"
            yield Step(4, f"rename {folder.name}", lambda: wishes.folder_renamed.emit(folder, name))
            yield Step(4, f"remove {folder.name}", lambda: wishes.folder_removed.emit(folder))
        yield Step(3, f"drag {len(some)} out", lambda: wishes.moved.emit(some, None))
        yield Step(6, "a new folder", lambda: self._result(self._session.app.ordering.save_folder(f"f{self._number}x")))
        yield Step(6, "a new tag", lambda: self._result(self._session.app.ordering.make_tag(f"t{self._number}x", some)))
        if shelf.tags:
            tag, tagged = self._random.choice(shelf.tags), self._random.random() < 0.7
            yield Step(6, f"tag with {tag.name}: {tagged}", lambda: wishes.tagged.emit(some, tag, tagged))

    def _templates(self) -> Iterator[Step]:
        prompts = self._session.app.prompts
        text = f"---\ntitle: t{self._number}x\n---\nSay {{{{ word }}}}."
        yield Step(12, "a new template", lambda: self._result(prompts.create(text)))
        yield Step(12, "another text for a template", lambda: self._write_template(text))

    def _write_template(self, text: str) -> None:
        prompts = self._session.app.prompts
        own = [each.key for each in self._result(prompts.entries()) if each.is_own]
        if own:
            self._result(prompts.save(self._random.choice(own), text))

    # The mouse

    def _dragging(self, window: MainWindow) -> Iterator[Step]:
        chats, view = window.sidebar.list, window.chat_view()
        known = list(self._session.controller.listed_chats.values())
        port = chats.viewport()
        if chats.isVisible() and known:
            some = self._random.sample(known, min(len(known), self._random.choice((1, 2))))
            place = QPoint(self._random.randrange(port.width()), self._random.randrange(port.height()))
            yield Step(8, f"drop {len(some)} in the sidebar", lambda: drop(port, mime_of(some), place))
        if view.isVisible():
            begin, end = (
                view.mapTo(window, QPoint(self._random.randrange(view.width()), self._random.randrange(view.height())))
                for _ in range(2)
            )
            at = window.childAt(begin)
            if at is not None and view.isAncestorOf(at) and not isinstance(at, QAbstractButton):
                yield Step(15, "drag over the messages", lambda: drag_over(at, window, begin, end))

    # Quick questions

    def _quickly(self) -> Iterator[Step]:
        desktop = self._session.desktop
        assert desktop is not None
        yield Step(20, "the keys for a quick question", desktop.keys.pressed.emit)

    def _in_quick_window(self, quick: QuickWindow) -> Iterator[Step]:
        field = quick.composer.field
        yield Step(4, "put the quick question away", lambda: QTest.keyClick(field, Qt.Key.Key_Escape))
        if field.isEnabled():
            yield Step(10, "type a quick question", lambda: type_in(field, f"q{self._number}x"))
            yield Step(8, "ask quickly", lambda: QTest.keyClick(field, Qt.Key.Key_Return))
        yield from self._parts(quick, "quick question")
        yield Step(3, "go to the windows with chats", self._window.come_forward)

    # There and back

    def _there_and_back(self) -> None:
        """Do what can be undone, undo it, and find all as it was."""
        self.settle()
        acts = list(self._undoable())
        if not acts:
            return
        name, do = self._random.choice(acts)
        self.done[-1] += f": {name}"
        bar = self._window.notice
        before, told = self._all(), bar.shown
        do()

        def offers() -> bool:
            return bar.shown is not None and bar.shown is not told and bar.action.isVisible()

        try:
            self._qtbot.waitUntil(offers)
        except TimeoutError:
            words = bar.shown.text if bar.shown is not None else "nothing"
            self._fail_with([f"no way back is offered of {name}, but: {words}"])
        assert bar.shown is not None
        self.done[-1] += f": {bar.shown.text}"
        there = self._all()
        if there == before:
            self._fail_with([f"{name}: nothing was done"])
        bar.action.click()
        left: list[str] = []

        def is_back() -> bool:
            left[:] = [
                f"{key}: {value} instead of {before[key]}" for key, value in self._all().items() if value != before[key]
            ]
            return not left

        try:
            self._qtbot.waitUntil(is_back)
        except TimeoutError:
            self._fail_with([f"{name} was not undone: {left}"])

    def _undoable(self) -> Iterator[tuple[str, Callable[[], object]]]:
        window, app = self._window, self._session.app
        assert app is not None
        wishes, shelf = window.sidebar.list.wishes, window.sidebar.shelf
        chats = self._session.controller.listed_chats
        kept = sorted(key for key, chat in chats.items() if not chat.is_temporary)
        if kept:
            some = self._random.sample(kept, min(len(kept), self._random.choice((1, 1, 2))))
            one = chats[some[0]]
            yield "delete chats", lambda: wishes.deleted.emit(some)
            yield "pin a chat", lambda: wishes.pinned.emit([one.id], not one.pinned)
            yield "archive a chat", lambda: wishes.archived.emit([one.id], one.archived_at is None)
            folders = [each for each in shelf.folders if each.id != one.folder_id]
            if folders:
                folder = self._random.choice(folders)
                yield "move a chat", lambda: wishes.moved.emit([one.id], folder.id)
            if shelf.tags:
                tag = self._random.choice(shelf.tags)
                tagged = tag.id not in shelf.tagged.get(one.id, ())
                yield "tag a chat", lambda: wishes.tagged.emit([one.id], tag, tagged)
        if shelf.tags:
            unloved = self._random.choice(shelf.tags)
            yield "remove a tag", lambda: self._remove_tag(unloved)
        if shelf.folders:
            gone = self._random.choice(shelf.folders)
            yield "remove a folder", lambda: wishes.folder_removed.emit(gone)
        trash = [chat.id for chat in self._result(app.ordering.trash())]
        if trash:
            yield "restore a chat", lambda: wishes.restored.emit([self._random.choice(trash)])
        personas = [each.key for each in self._result(app.personas.entries(())) if each.is_own]
        if personas:
            yield "delete a persona", lambda: window.personas_page.delete_requested.emit(self._random.choice(personas))

        page = window.templates_page
        shown = {each.key for each in page._entries or () if each.template is not None}
        own = [each for each in self._result(app.prompts.entries()) if each.is_own and each.key in shown]
        if own:
            key = self._random.choice(own).key
            yield "delete a template", lambda: self._sheet_of(key).delete_requested.emit()
            version = next(
                (each.id for each in self._result(app.prompts.versions(key)) if self._differs(key, each.id)), ""
            )
            if version:
                yield "restore a template", lambda: self._restore(key, version)

    def _differs(self, key: str, version_id: str) -> bool:
        assert self._session.app is not None
        lines = self._result(self._session.app.prompts.compare(key, version_id))
        return any(line.change is not LineChange.SAME for line in lines)

    def _remove_tag(self, tag: Tag) -> None:
        self._window.sidebar.list.wishes.tags_edited.emit()
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, TagsDialog)
        dialog.removed.emit(tag)
        dialog.close()

    def _sheet_of(self, key: str) -> Any:
        page = self._window.templates_page
        page.opened.emit(key)
        return page.sheet_content

    def _restore(self, key: str, version_id: str) -> None:
        self._sheet_of(key).history_requested.emit()
        history: Any = self._window.templates_page.sheet_content
        history.restore_requested.emit(version_id)

    def _all(self) -> dict[str, object]:
        """Return all that a person has put in order, and what is typed, as it is stored."""
        app = self._session.app
        assert app is not None
        chats = [
            msgspec.structs.replace(chat, updated_at=0.0, deleted_at=None)
            for chat in self._result(app.chats.list_chats())
        ]
        trash = {chat.id for chat in self._result(app.ordering.trash())}
        shelf = self._result(app.ordering.shelf())
        return {
            "chats": {chat.id: chat for chat in chats},
            "trash": trash,
            "folders": sorted(shelf.folders, key=lambda folder: folder.id),
            "tags": sorted(shelf.tags, key=lambda tag: tag.id),
            "tagged": {chat: frozenset(tags) for chat, tags in shelf.tagged.items() if tags},
            "personas": self._result(app.personas.entries(())),
            "templates": self._result(app.prompts.entries()),
        }

    # The lock

    def _locking(self, window: MainWindow) -> Iterator[Step]:
        if not self._passphrase:
            yield Step(2, "lock the chats with a passphrase", lambda: self._change("", PASSPHRASE))
            return
        yield Step(15, "lock", window.commands.lock.trigger)
        yield Step(3, "unlock for good", lambda: self._change(self._passphrase, ""))
        other = OTHER_PASSPHRASE if self._passphrase == PASSPHRASE else PASSPHRASE
        yield Step(2, "take another passphrase", lambda: self._change(self._passphrase, other))

    def _change(self, present: str, wanted: str) -> None:
        started: list[None] = []
        self._session.services_started.connect(note := lambda: started.append(None))
        self._window.change_requested.emit(Change(present=present, wanted=wanted))
        self._passphrase = wanted

        def is_changed() -> bool:
            self._let_answers_end()
            return bool(started)

        self._qtbot.waitUntil(is_changed, timeout=WAIT_MS)
        self._session.services_started.disconnect(note)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def _before_the_lock(self) -> Iterator[Step]:
        lock = self._session.lock_window
        if lock.field.isVisible():
            yield Step(10, "type the passphrase", self._unlock)
            yield Step(1, "type a wrong passphrase", lambda: self._enter("not this one"))
        yield Step(4, "a moment passes", lambda: QTest.qWait(20))
        yield Step(2, "a key", lambda: QTest.keyClick(lock.focusWidget() or lock, Qt.Key.Key_Tab))
        size = self._random.choice(((400, 400), (900, 700)))
        yield Step(2, f"resize to {size}", lambda: lock.resize(*size))

    def _enter(self, words: str) -> None:
        field = self._session.lock_window.field.line
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, words)
        QTest.keyClick(field, Qt.Key.Key_Return)

    def _unlock(self) -> None:
        """Enter the passphrase as often as it is asked for, until the chats are there."""

        def is_open() -> bool:
            lock = self._session.lock_window
            if lock is not None and lock.field.isVisible() and lock.field.isEnabled() and not lock._wait_seconds:
                self._enter(self._passphrase)
            self._let_answers_end()
            return self._session.lock_window is None and self._session.has_windows

        self._qtbot.waitUntil(is_open, timeout=WAIT_MS)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
