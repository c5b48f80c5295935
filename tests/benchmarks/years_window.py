"""A window for bench_years.py: does everything that can be done in it, and prints what each thing costs its thread.

    python years_window.py HOME [--only TEXT] [--profile]

An action is a line of JSON: its name, the CPU milliseconds of the window's thread in the longest turn of the event
loop, in all turns until nothing happens any more, and until something was painted first. With `--profile` each line is
followed by what took longest of it, which itself takes time.
"""

import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["HOME"] = str(Path(sys.argv[1]) / "user")

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QFileDialog,
    QLineEdit,
    QMenu,
    QTabBar,
    QWidget,
)

from desktop_app.gui.sidebar.groups import Sort
from desktop_app.gui.sidebar.list_bar import View
from desktop_app.gui.start import Session, _application
from desktop_app.services.data_folder.place import Place
from desktop_app.support.paths import Paths
from tests.benchmarks.turns import Measuring
from tests.benchmarks.years_of_use import WORDS

SIZE = (1360, 860)
LEFT_OUT = {"quit", "lock", "close_window", "new_window", "open_in_window", "read_aloud", "palette", "new_folder"}
"""Commands that end the window, or are done otherwise here."""
NEVER = re.compile(
    r"delete|quit|lock|measure|build|download|look for|remove|empty|restart|open the|folder with|clear|log|leave|"
    r"close|browser|web|licen|copy|find out|connect|speak|listen|chat with|new chat|language",
    re.I,
)
"""Buttons that lead out of the app, or take away what the next actions need."""


class Drive(Measuring):
    """Does one action after another."""

    def __init__(self, home: Path, only: str, profile: bool) -> None:
        self.application = _application()
        super().__init__(only, profile)
        self.paths = Paths.below(home)
        place = Place.take(self.paths)
        assert place is not None
        began = time.thread_time()
        self.session = Session(self.paths, place)
        self.is_started = False
        self.session.services_started.connect(self._note_started)
        made = time.thread_time() - began

        def show() -> None:
            self.session.window.resize(*SIZE)
            self.session.show()

        self.measure("start", show, until=lambda: self.is_started, before=made)
        self.measure("start: warming up", lambda: None, least=2.5)

    def _note_started(self) -> None:
        self.is_started = True

    @property
    def window(self):
        return self.session.window

    @property
    def controller(self):
        return self.session.controller

    def all(self) -> None:
        self.session.settings.change("network", "offline", True)
        QFileDialog.getExistingDirectory = staticmethod(lambda *_given: "")  # it would wait for a person
        self._pause(1.0)
        self.sidebar()
        self.chats()
        self.palette()
        self.composer()
        self.commands()
        self.pages()
        self.panel()
        self.top_bar()
        self.ordering()
        self.looks()

    def wants(self, part: str) -> bool:
        return not self.only or self.only.startswith(part) or part.startswith(self.only)

    def type_in(self, name: str, field: QWidget, words: str) -> None:
        for place, letter in enumerate(words):
            self.measure(f"{name}: “{words[: place + 1]}”", lambda letter=letter: _type(field, letter))

    def popup(self, name: str, open_it: Callable[[], object]) -> None:
        """Open a menu or a dialog, go through its sub-menus, and close it."""
        self.measure(f"{name}: open", open_it)
        top = QApplication.activePopupWidget()
        if isinstance(top, QMenu):
            for action in top.actions():
                menu = action.menu()
                if isinstance(menu, QMenu) and action.isEnabled():
                    self.measure(f"{name} › {action.text()}", lambda menu=menu: menu.popup(QPoint(300, 100)))
                    menu.close()
        before = QApplication.activePopupWidget() or QApplication.activeModalWidget()
        if before is not None:
            self.measure(f"{name}: close", self._close_top)
        self.settle()

    def _close_top(self) -> None:
        top = QApplication.activePopupWidget() or QApplication.activeModalWidget()
        if top is not None:
            top.close()

    def sidebar(self) -> None:
        if not self.wants("sidebar"):
            return
        side = self.window.sidebar
        chats = side.list
        bar = chats.verticalScrollBar()
        for part in (1, 2, 3, 4):
            self.measure(f"sidebar: scroll {part}", lambda part=part: bar.setValue(bar.maximum() * part // 4))
        self.measure("sidebar: scroll to the top", lambda: bar.setValue(0))
        chats.setFocus()
        for key in (Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_Up, Qt.Key.Key_Home, Qt.Key.Key_PageDown):
            self.measure(f"sidebar: key {key.name}", lambda key=key: QTest.keyClick(chats, key))
        for view in (View.ARCHIVE, View.TRASH, View.CHATS):
            self.measure(f"sidebar: view {view.value}", lambda view=view: side.show_view(view))
        self.popup("sidebar: menu of views", side.bar.views.click)
        self.popup("sidebar: menu of sorts", side.bar.sorts.click)
        for sort in (*[each for each in Sort if each is not side.bar.sort], side.bar.sort):
            self.measure(f"sidebar: sort {sort.value}", lambda sort=sort: side.bar.set_sort(sort))
        if side.shelf.tags:
            self.measure("sidebar: chats of a tag", lambda: side.bar.choose_view(View.CHATS, side.shelf.tags[7]))
            self.measure("sidebar: all chats again", lambda: side.bar.choose_view(View.CHATS))
        rows = chats.rows
        lines = [rows.index(place) for place in range(min(rows.rowCount(), 400))]
        folder = next((rows.folder(index) for index in lines if rows.folder(index) is not None), None)
        if folder is not None:
            self.measure("sidebar: close a folder", lambda: side._toggle(folder))
            self.measure("sidebar: open a folder", lambda: side._toggle(folder))
            self.popup("sidebar: menu of a folder", lambda: chats.menu_for_folder(folder).popup(QPoint(200, 200)))
        index = next((i for i in map(rows.index, range(rows.rowCount())) if rows.chat(i) is not None), None)
        if index is not None:
            chats.go_to(index)
            self.popup("sidebar: menu of a chat", lambda: chats.menu_for(rows.chat(index)).popup(QPoint(200, 200)))
            self.measure("sidebar: begin to rename", lambda: chats.rename(index))
            self.measure(
                "sidebar: end to rename", lambda: QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
            )
            self.measure("sidebar: choose all", chats.selectAll)
            self.popup("sidebar: menu of all chats", lambda: chats.menu_for(rows.chat(index)).popup(QPoint(200, 200)))
            chats.go_to(index)
        self.measure("search: go there", self.window.commands.search.trigger)
        for words in ("lighthouse", "中文 g", "no such"):
            self.type_in("search", side.search, words)
            self.measure("search: down", lambda: QTest.keyClick(side.search, Qt.Key.Key_Down))
            self.measure("search: scroll", lambda: bar.setValue(bar.maximum()))
            self.measure("search: show all chats", lambda: side.list.all_requested.emit())
            self.popup("search: menu of places", side.filters.place.click)
            self.popup("search: menu of models", side.filters.model.click)
            self.measure("search: clear", side.search.clear)
        self.measure("starred: list", side.show_starred)
        self.measure("starred: scroll", lambda: bar.setValue(bar.maximum()))
        if rows.rowCount():
            self.measure("starred: open one", lambda: chats.choose(rows.index(1)))
        self.measure("starred: leave", lambda: side.show_view(View.CHATS))
        self.popup("sidebar: tags dialog", lambda: chats.wishes.tags_edited.emit())
        self.popup("sidebar: new folder dialog", self.window.commands.new_folder.trigger)

    def _listed(self) -> list:
        found = [chat for chat in self.controller.listed_chats.values() if chat.deleted_at is None]
        return sorted(found, key=lambda chat: -chat.updated_at)

    def chats(self) -> None:
        if not self.wants("chat"):
            return
        listed = self._listed()
        if not listed:
            self.measure("chat: new", self.window.commands.new_chat.trigger)
            return
        every = max(1, len(listed) // 30)
        long_ones = self._long_ones()
        for number, chat_id in enumerate(long_ones[:3]):
            self.measure(f"chat: open a long one {number}", lambda chat_id=chat_id: self.controller.open_chat(chat_id))
        self.in_chat()
        for number, chat in enumerate(listed[5::every][:4]):
            self.measure(f"chat: open a short one {number}", lambda chat=chat: self.controller.open_chat(chat.id))
        for number, chat_id in enumerate(long_ones[3:6]):
            self.measure(
                f"chat: open a middle one {number}", lambda chat_id=chat_id: self.controller.open_chat(chat_id)
            )

    def _long_ones(self) -> list[str]:
        from sqlalchemy import text

        query = text("SELECT chat_id FROM messages GROUP BY chat_id HAVING count(*) > 500 ORDER BY count(*) DESC")
        found = self.session.app.database.read(
            lambda connection: [row[0] for row in connection.execute(query)]
        ).result()
        return [chat_id for chat_id in found if chat_id in self.controller.listed_chats]

    def in_chat(self) -> None:
        view, commands = self.window.chat_view(), self.window.commands
        bar = view.verticalScrollBar()
        for part in (0, 1, 2, 3):
            self.measure(f"chat: scroll to {part} of 3", lambda part=part: bar.setValue(bar.maximum() * part // 3))
        for key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageUp, Qt.Key.Key_Home, Qt.Key.Key_PageDown, Qt.Key.Key_End):
            self.measure(f"chat: key {key.name}", lambda key=key: QTest.keyClick(view, key))
        self.measure(
            "chat: select all", lambda: QTest.keyClick(view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        )
        self.measure("chat: copy all", lambda: QTest.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier))
        self.measure("chat: find", commands.find.trigger)
        field = QApplication.focusWidget()
        if isinstance(field, QLineEdit):
            self.type_in("chat: find", field, "lightho")
            self.measure("chat: find next", commands.find_next.trigger)
            self.measure("chat: find previous", commands.find_previous.trigger)
            self.measure("chat: leave find", lambda: QTest.keyClick(field, Qt.Key.Key_Escape))
        for name in ("previous_question", "previous_question", "next_question", "previous_version", "next_version",
                     "star", "star", "pin", "pin", "copy_answer", "quote", "edit_question", "stop", "branch_map",
                     "receipt", "export_chat", "received", "side_by_side", "rename", "map_of_chat"):  # fmt: skip
            self._command(f"chat: {name}", name)
        self.measure("chat: smaller window", lambda: self.window.resize(900, 700))
        self.measure("chat: usual window", lambda: self.window.resize(*SIZE))
        texts = [each for each in view.viewport().findChildren(QWidget) if each.isVisible()]
        at = texts[len(texts) // 2] if texts else view.viewport()

        def context() -> None:
            place = QPoint(10, 10)
            QCoreApplication.sendEvent(
                at, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, at.mapToGlobal(place))
            )

        self.popup("chat: menu of a message", context)

    def _command(self, label: str, name: str) -> None:
        action = getattr(self.window.commands, name)
        if not action.isEnabled():
            return
        self.popup(label, action.trigger)
        if self.window.page != "chat":
            self.measure(f"{label}: back to the chat", lambda: self.window.show_page("chat"))

    def commands(self) -> None:
        if not self.wants("command"):
            return
        for entry in list(self.window.commands.entries):
            if entry.name in LEFT_OUT or not entry.action.text() or not hasattr(self.window.commands, entry.name):
                continue
            if self.wants(f"command {entry.name}"):
                self._command(f"command {entry.name}", entry.name)
            if entry.name in ("temporary_chat", "new_chat", "new_in_folder", "delete"):
                listed = self._listed()
                if listed:
                    self.controller.open_chat(listed[3].id)
                    self._pause(0.5)
        self.measure("command new_window", self.window.commands.new_window.trigger)
        self.measure("command close_window", self.window.commands.close_window.trigger)

    def palette(self) -> None:
        if not self.wants("palette"):
            return
        for again in ("", " again"):
            self.measure(f"palette: open{again}", self.window.commands.palette.trigger)
            palette = self.window.command_palette
            self.type_in(f"palette{again}", palette.field, "light")
            self.measure(f"palette: down{again}", lambda field=palette.field: QTest.keyClick(field, Qt.Key.Key_Down))
            self.measure(f"palette: close{again}", lambda field=palette.field: QTest.keyClick(field, Qt.Key.Key_Escape))

    def composer(self) -> None:
        if not self.wants("composer"):
            return
        field = self.window.composer.field
        self.measure("composer: go there", self.window.commands.focus_composer.trigger)
        self.type_in("composer", field, "Why?")
        QGuiApplication.clipboard().setText("many words to paste " * 20_000)
        self.measure(
            "composer: paste 400,000 letters",
            lambda: QTest.keyClick(field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier),
        )
        self.measure("composer: clear", lambda: (field.selectAll(), QTest.keyClick(field, Qt.Key.Key_Delete)))
        self.measure("composer: slash", lambda: _type(field, "/"))
        self.type_in("composer: slash", field, "te")
        self.measure("composer: clear the slash", lambda: (field.selectAll(), QTest.keyClick(field, Qt.Key.Key_Delete)))

    def pages(self) -> None:
        if not self.wants("page"):
            return
        for name in ("models", "templates", "personas", "settings", "data", "about", "map", "tour", "moving_in"):
            if not self.wants(f"page {name}"):
                continue
            for again in ("", " again"):
                self.measure(f"page {name}: show{again}", lambda name=name: self.window.show_page(name))
                self.measure(f"page {name}: leave{again}", lambda: self.window.show_page("chat"))
            self.window.show_page(name)
            self._pause(0.5)
            page = self.window.pages.currentWidget()
            self._scroll(f"page {name}", page)
            self._fields(f"page {name}", page)
            self._buttons(
                f"page {name}", lambda: self.window.pages.currentWidget(), lambda name=name: self._again(name)
            )
            self.window.show_page("chat")
            self._pause(0.2)

    def _again(self, name: str) -> None:
        if self.window.page != name:
            self.window.show_page(name)
            self._pause(0.3)

    def _scroll(self, name: str, page: QWidget) -> None:
        bar = getattr(page, "verticalScrollBar", lambda: None)()
        if bar is None:
            return
        self.measure(f"{name}: scroll to the end", lambda: bar.setValue(bar.maximum()))
        self.measure(f"{name}: scroll to the top", lambda: bar.setValue(0))

    def _fields(self, name: str, root: QWidget) -> None:
        done = 0
        for field in root.findChildren(QLineEdit):
            if done < 3 and field.isVisible() and field.isEnabled() and not field.isReadOnly():
                done += 1
                field.setFocus()
                label = f"{name}: type in {field.accessibleName() or field.placeholderText()}"
                self.type_in(label, field, "te")
                self.measure(f"{label}: clear", field.clear)

    def _buttons(self, name: str, root: Callable[[], QWidget], back: Callable[[], None]) -> None:
        """Press each kind of button once, and open each drop-down."""
        seen: set[tuple[str, str]] = set()
        while True:
            found = next(self._unseen(root(), seen), None)
            if found is None:
                return
            widget, words = found
            if isinstance(widget, QComboBox):
                self.popup(f"{name}: drop-down {words}", widget.showPopup)
                widget.hidePopup()
            elif isinstance(widget, QAbstractButton):
                self.popup(f"{name}: press {words}", widget.click)
            back()

    def _unseen(self, root: QWidget, seen: set[tuple[str, str]]) -> Iterator[tuple[QWidget, str]]:
        for widget in root.findChildren(QWidget):
            if not isinstance(widget, QAbstractButton | QComboBox):
                continue
            if not widget.isVisible() or not widget.isEnabled() or isinstance(widget.parentWidget(), QTabBar):
                continue
            words = widget.accessibleName() or (widget.text() if isinstance(widget, QAbstractButton) else "")
            kind = re.sub(r"\d+", "#", words)
            for word in WORDS:
                kind = kind.replace(word, "*")
            key = (type(widget).__name__, kind[:14])
            if not words or key in seen or NEVER.search(words):
                continue
            seen.add(key)
            yield widget, words

    def panel(self) -> None:
        if not self.wants("panel"):
            return
        panel = self.window.panel
        if not self.window.stage.shows_panel:
            self.measure("panel: show", self.window.commands.toggle_panel.trigger)
        for tabs in panel.findChildren(QAbstractButton):
            if tabs.isVisible() and "Tab" in type(tabs).__name__:
                self.measure(f"panel: tab {tabs.text()}", tabs.click)
                self._buttons(f"panel {tabs.text()}", lambda: panel, tabs.click)

    def top_bar(self) -> None:
        if not self.wants("top bar"):
            return
        self._buttons("top bar", lambda: self.window.top_bar, lambda: self.window.show_page("chat"))
        self._buttons("composer bar", lambda: self.window.composer, lambda: None)

    def ordering(self) -> None:
        if not self.wants("many"):
            return
        listed = self._listed()
        if not listed:
            return
        open_id = self.controller.chat.chat_id
        ids = [chat.id for chat in listed if chat.id != open_id][:1000]
        chats = self.window.sidebar.list
        wishes = chats.wishes
        folders = self.window.sidebar.shelf.folders
        tags = self.window.sidebar.shelf.tags
        self.measure("many: choose them", lambda: chats._choose(ids))
        self.measure("many: begin to drag", lambda: chats.dragging.emit(True))
        self.measure("many: end to drag", lambda: chats.dragging.emit(False))
        if folders:
            self.measure("many: into a folder", lambda: wishes.moved.emit(ids, folders[3].id))
            self.measure("many: undo", self._undo)
        if tags:
            self.measure("many: give a tag", lambda: wishes.tagged.emit(ids, tags[3].id, True))
            self.measure("many: take the tag", lambda: wishes.tagged.emit(ids, tags[3].id, False))
        self.measure("many: archive", lambda: wishes.archived.emit(ids, True))
        self.measure("many: undo the archive", self._undo)
        self.measure("many: delete", lambda: wishes.deleted.emit(ids))
        self.measure("many: undo the deletion", self._undo)
        self.measure("many: delete the open one", lambda: wishes.deleted.emit([self.controller.chat.chat_id]))
        self.measure("many: undo that", self._undo)

    def _undo(self) -> None:
        if self.window.notice.isVisible() and self.window.notice.action.isVisible():
            self.window.notice.action.click()

    def looks(self) -> None:
        if not self.wants("look"):
            return
        change = self.session.settings.change
        from desktop_app.settings.schema import Appearance

        for page in ("chat", "settings", "models"):
            self.window.show_page(page)
            self._pause(1.0)
            for theme in (Appearance.DARK, Appearance.LIGHT):
                label = f"look: {theme.value} at {page}"
                self.measure(label, lambda theme=theme: change("appearance", "theme", theme))
            for size in (125, 100):
                label = f"look: text size {size} at {page}"
                self.measure(label, lambda size=size: change("appearance", "text_size", size))
        self.window.show_page("chat")
        self._pause(0.5)
        for size in ((700, 520), (1800, 1000), SIZE):
            self.measure(f"look: window of {size}", lambda size=size: self.window.resize(*size))


def _type(field: QWidget, letter: str) -> None:
    """Type a letter of any script, which QTest's own way does not take."""
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        QCoreApplication.sendEvent(field, QKeyEvent(kind, Qt.Key.Key_unknown, Qt.KeyboardModifier.NoModifier, letter))


def main() -> None:
    """Drive, then leave nothing behind."""
    only = sys.argv[sys.argv.index("--only") + 1] if "--only" in sys.argv else ""
    drive = Drive(Path(sys.argv[1]), only, "--profile" in sys.argv)
    try:
        drive.all()
    finally:
        drive.session.end()


if __name__ == "__main__":
    main()
