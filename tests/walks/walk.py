"""A walk of a person who does at random whatever can be done in up to three windows, and never gets tired of it."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

from PySide6.QtCore import QCoreApplication, QPoint, Qt, QTimer
from PySide6.QtGui import QAction, QContextMenuEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QFileDialog,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from desktop_app.domain.messages import FinishReason
from desktop_app.domain.openings import OpenFiles
from desktop_app.gui.session.windows import OpenWindow
from desktop_app.gui.sidebar.list_bar import View
from desktop_app.gui.start import Session
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.settings.schema import Appearance, Language
from tests.walks.checks import Checks
from tests.walks.hands import Step, choose, let_events_come, select, shown, turn_wheel, type_in
from tests.walks.names import means
from tests.walks.notebook_steps import notebook_steps
from tests.walks.scripted_models import ScriptedModels

MOST_WINDOWS = 3
SHARE_OF_MODELS = 0.25
"""How many steps are what models do, and time."""
PATIENCE = 5.0
"""How many seconds it is looked whether all is well before real models are stopped: many looks may take too long."""
WORDS = ("Hello", "Name a colour.", "ünï 中文", "x", "`code`", '"quoted"', "/", "why? ", "1 < 2 & 3")
SIZES = ((640, 480), (760, 560), (900, 700), (1100, 720), (1360, 860), (1800, 1000))
KEYS = (
    Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right,
    Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Escape, Qt.Key.Key_Return,
    Qt.Key.Key_Space, Qt.Key.Key_F6, Qt.Key.Key_Delete, Qt.Key.Key_Backspace,
)  # fmt: skip
COMMANDS = (
    "new_chat", "temporary_chat", "new_in_folder", "search", "find", "find_next", "find_previous", "rename", "delete",
    "export_chat", "export_all", "import_chats", "back_up", "restore_chat", "archive", "show_archive", "show_trash",
    "new_folder", "folder_start", "stop", "continue_answer", "answer_now", "alternatives", "receipt", "run_again",
    "compare", "answer_otherwise", "ask_two", "side_by_side", "branch_map", "focus_composer", "next_part",
    "previous_part", "models", "personas", "chat_map", "templates", "notebook", "insert_template", "new_template", "tour",
    "settings", "attach", "choose_file", "about", "own_data", "hardware", "toggle_sidebar", "toggle_panel", "show_sureness", "received",
    "zoom_in", "zoom_out", "zoom_reset", "focus_mode", "shortcuts", "copy_answer", "edit_question", "quote", "star",
    "show_starred", "suggest", "previous_question", "next_question", "regenerate", "previous_version", "next_version",
    "pin", "map_of_chat", "open_in_window", "palette", "text_again", "text_at_cursor", "previous_take", "next_take",
)  # fmt: skip
PASTED = ("p{number}x pasted", "p{number}x long\n" * 40)
TAKING_AWAY = (
    "undo",
    "redo",
    "cut",
    "Delete",
    "Backspace",
    "Remove",
    "emporar",
    "Clear",
    "key",
    "delete",
    "emptied",
    "Trash",
    "trash",
)
"""Parts of the names of steps with which a person may take words away that were typed."""
NEVER_PRESSED = ("Delete everything", "Quit", "Lock", "Measure", "Build", "Download", "Look for")


class Walk:
    """Takes steps by a seed: each has its own source of chance, so that one step more or less changes no other one.

    It may go on in one session after the other, with the same data.
    """

    never_pressed = NEVER_PRESSED

    def __init__(self, qtbot: QtBot, models: ScriptedModels | None, folder: Path, seed: int) -> None:
        """`folder` is where files are exported to and come from; without `models` the real ones answer."""
        self.done: list[str] = []
        self._qtbot = qtbot
        self._models = models
        self._folder = folder
        self._seed = seed
        self._number = 0
        self._random = Random(seed)
        self._session: Session
        self._checks: Checks
        self._is_calm = True
        self._typed: list[str] = []
        """Words that are nowhere else, and were not taken away by anybody."""
        self._left: list[tuple[str, str]] | None = None
        """Which chats the windows of the last session showed, and what was typed there."""

    def go(self, session: Session, checks: Checks, steps: int) -> None:
        """Take so many steps; AssertionError with all of them where something is wrong."""
        self._session, self._checks = session, checks
        self.done.append("a start")
        self.settle()
        if self._left is not None and self._left != self._shown():
            self._fail_with([f"the next start shows {self._shown()} instead of {self._left}"])
        for _ in range(steps):
            self._number += 1
            self._random = Random(f"{self._seed} {self._number}")
            possible = list(self._of_models() if self._random.random() < SHARE_OF_MODELS else self._possible())
            (step,) = self._random.choices(possible, [each.weight for each in possible])
            self.done.append(step.name)
            self._is_calm &= not means(step.name, TAKING_AWAY)
            step.do()
            self._turn()
            self._let_temporary_words_go()
            self._fail_with(self._checks.at_once())
        self.done.append("the end")
        self._end()

    def _end(self) -> None:
        """Leave the session as a person does who has seen everything come to its end."""
        self.settle()
        self._left = sorted([*self._shown(), *self._offered()])

    def answer_dialog(self, dialog: QFileDialog) -> None:
        """Stand for `QFileDialog.open`: choose a file, or none."""
        is_new = dialog.acceptMode() is QFileDialog.AcceptMode.AcceptSave
        is_folder = dialog.fileMode() is QFileDialog.FileMode.Directory
        names = [f"{self._number}.{dialog.defaultSuffix() or 'txt'}"] if is_new or is_folder else []
        names += [file.name for file in sorted(self._folder.iterdir())]
        name = self._random.choice(["", *names])
        self.done[-1] += f": {name or 'nothing'} is chosen"
        if name:
            path = str(self._folder if is_folder else self._folder / name)
            QTimer.singleShot(0, dialog, lambda: select(dialog, path))
        else:
            QTimer.singleShot(0, dialog, dialog.close)

    def _shown(self) -> list[tuple[str, str]]:
        shown = [
            (opened.controller.chat.chat_id or "", opened.window.composer.draft)
            for opened in self._windows
            if not opened.controller.chat.is_temporary
        ]
        return sorted(each for each in shown if each != ("", ""))

    def _offered(self) -> Iterator[tuple[str, str]]:
        """Yield what was typed in windows that were closed, and can be brought back: the next start shows it, too.

        So it does with a quick question that was not asked.
        """
        unsent = self._session.app.unsent
        shown = {opened.controller.chat.drafts.draft_id for opened in self._windows}
        for draft_id in self._result(unsent.drafts_to_come()):
            text = self._result(unsent.of_new_chat(draft_id)).text
            if draft_id not in shown and text:
                yield "", text
        quick = self._session.desktop._quick if self._session.desktop is not None else None
        if quick is not None and quick.window.composer.draft.strip():
            yield "", quick.window.composer.draft

    def settle(self) -> None:
        """Let everything come to its end, then look whether all is as it is stored."""
        self._close_what_lies_on_top()
        self._turn()
        for opened in self._windows:
            opened.controller.chat.drafts.save()
        found: list[str] = []
        began = time.monotonic()

        def is_well() -> bool:
            self._let_answers_end()
            if self._models is None and time.monotonic() - began > PATIENCE:
                self._stop_answers()
            self._activate()
            found[:] = self._checks.settled()
            return not found

        try:
            self._qtbot.waitUntil(is_well)
        except TimeoutError:
            self._fail_with(found)
        self._look_for_words()

    def _look_for_words(self) -> None:
        missing = self._checks.missing(self._typed)
        if missing and self._is_calm and not self._checks.has_discarded():
            self._fail_with([f"what was typed is gone: {missing}"])
        self._typed = [word for word in self._typed if word not in missing]
        self._is_calm = True

    def _let_temporary_words_go(self) -> None:
        """Look no more for what is typed for temporary chats by now: it goes with them."""
        for opened in self._windows:
            if opened.controller.chat.is_temporary:
                texts = opened.window.composer.text(), opened.window.composer.draft
                self._typed = [word for word in self._typed if not any(word in text for text in texts)]

    def _let_answers_end(self) -> None:
        if self._models is not None:
            self._result(self._models.read())
            self._result(self._models.finish())

    def _stop_answers(self) -> None:
        """Stop what models write by themselves: with some presets they go on for minutes."""
        app, controller = self._session.app, self._session.controller
        for chat_id in (*controller.listed_chats, *(opened.controller.chat.chat_id for opened in self._windows)):
            if chat_id is not None:
                app.chats.stop_all(chat_id)
        for opened in self._windows:
            if opened.controller.notebook is not None:
                opened.controller.notebook.stop()

    def _fail_with(self, found: list[str]) -> None:
        if found:
            done = "\n".join(f"{number:4} {name}" for number, name in enumerate(self.done))
            raise AssertionError(f"seed {self._seed}\n{done}\n\n" + "\n".join(found))

    def _result(self, future: Any) -> Any:
        self._qtbot.waitUntil(future.done)
        return future.result()

    def _turn(self) -> None:
        """Let the events come that are due."""
        for _ in range(self._random.choice((0, 1, 1, 3))):
            let_events_come()
        self._activate()

    def _activate(self) -> None:
        """Make a window the active one where none is, as a window system does when a dialog is gone."""
        if QApplication.activeWindow() is None:
            let_events_come()  # one that is being closed goes first
            self._window.come_forward()  # it may be the last one, which was closed
            let_events_come()

    @property
    def _window(self) -> MainWindow:
        return self._session.window

    @property
    def _windows(self) -> Sequence[OpenWindow]:
        """The windows with chats, that in front first; none while they are locked."""
        return self._session.windows.all if self._session.windows is not None else ()

    # What is possible

    def _possible(self) -> Iterator[Step]:
        popup, dialog = QApplication.activePopupWidget(), QApplication.activeModalWidget()
        if isinstance(popup, QMenu):
            yield from self._in_menu(popup)
        elif popup is not None:
            yield Step(1, f"close {type(popup).__name__}", popup.close)
        elif isinstance(dialog, QDialog):
            yield from self._in_dialog(dialog)
        else:
            yield from self._in_window()

    def _in_menu(self, menu: QMenu) -> Iterator[Step]:
        yield Step(2, f"leave the menu {menu.title()}", lambda: QTest.keyClick(menu, Qt.Key.Key_Escape))
        for action in menu.actions():
            if action.isEnabled() and action.isVisible() and not action.isSeparator():
                yield Step(1, f"in a menu: {action.text()}", lambda action=action: self._take(menu, action))

    def _take(self, menu: QMenu, action: QAction) -> None:
        menu.setActiveAction(action)
        QTest.keyClick(menu, Qt.Key.Key_Return)

    def _in_dialog(self, dialog: QDialog) -> Iterator[Step]:
        name = type(dialog).__name__
        yield Step(3, f"{name}: leave it", lambda: QTest.keyClick(dialog, Qt.Key.Key_Escape))
        yield Step(1, f"{name}: a key", lambda: self._press_key(dialog))
        yield from self._parts(dialog, name)

    def _parts(self, root: QWidget, name: str) -> Iterator[Step]:
        for button in shown(root, QAbstractButton):
            words = button.accessibleName() or button.text()
            if button.isEnabled() and words and not means(words, self.never_pressed):
                yield Step(1, f"{name}: press {words}", button.click)
        for field in (*shown(root, QLineEdit), *shown(root, QPlainTextEdit), *shown(root, QTextEdit)):
            if field.isEnabled() and not field.isReadOnly():
                words = self._random.choice(WORDS)
                yield Step(
                    2,
                    f"{name}: type {words!r} in {field.accessibleName()}",
                    lambda field=field, words=words: type_in(field, words),
                )
        for box in shown(root, QComboBox):
            if box.isEnabled() and box.count():
                place = self._random.randrange(box.count())
                yield Step(1, f"{name}: choose {box.itemText(place)}", lambda box=box, place=place: choose(box, place))

    def _in_window(self) -> Iterator[Step]:
        window = self._window
        if not window.isVisible():
            yield Step(1, "come forward", window.come_forward)
            return
        yield Step(10, "all comes to its end", self.settle)
        yield from self._composing(window)
        yield from self._commands(window)
        yield from self._listed(window)
        yield from self._read(window)
        yield from self._of_windows()
        yield from self._looks()
        yield Step(15, "a key", lambda: self._press_key(window))
        yield Step(10, "the mouse", lambda: self._click(window))
        yield Step(6, "the wheel", lambda: self._turn_wheel(window))
        if self._can_open_beside():
            yield Step(8, "open this chat in one more window", window.commands.open_in_window.trigger)
        notice = window.notice
        if notice.isVisible() and notice.action.isVisible() and not means(notice.action.text(), self.never_pressed):
            yield Step(12, f"notice: {notice.label.text()}: {notice.action.text()}", notice.action.click)
        if window.page != "chat":
            yield Step(40, "leave the page", lambda: QTest.keyClick(window, Qt.Key.Key_Escape))
            page = window.pages.currentWidget()
            parts = list(self._parts(page, window.page))
            if parts:
                yield self._random.choice(parts)._replace(weight=20)
        yield Step(6, "open the notebook", window.commands.notebook.trigger)
        if window.page == "notebook":
            page = window.notebook_page
            yield from notebook_steps(page, self._random, self._number, self._folder, self._typed)
        if window.stage.shows_panel:
            parts = list(self._parts(window.panel, "panel"))
            if parts:
                yield self._random.choice(parts)._replace(weight=12)
        for part, name in ((window.top_bar, "bar"), (window.composer, "composer"), (window.sidebar, "sidebar")):
            if part.isVisible():
                parts = list(self._parts(part, name))
                if parts:
                    yield self._random.choice(parts)._replace(weight=6)

    def _composing(self, window: MainWindow) -> Iterator[Step]:
        field = window.composer.field
        if window.page != "chat" or not field.isVisible() or not field.isEnabled():
            return
        word = f"w{self._number}x"
        words = f"{word} {self._random.choice(WORDS)}"
        yield Step(40, f"write {words!r}", lambda: self._write(field, word, words))
        yield Step(6, "undo", lambda: QTest.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier))
        both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        yield Step(3, "redo", lambda: QTest.keyClick(field, Qt.Key.Key_Z, both))
        yield Step(3, "cut all", lambda: self._cut(window))
        pasted = self._random.choice(PASTED).format(number=self._number)
        yield Step(8, f"paste {len(pasted)} letters", lambda: self._paste(window, pasted))
        files = sorted(self._folder.iterdir())
        if files:
            file = str(self._random.choice(files))
            yield Step(5, f"drop {Path(file).name}", lambda: window.files_dropped.emit([file]))
            yield Step(2, f"start with {Path(file).name}", lambda: self._session.open(OpenFiles((file,))))
        if window.composer.text().strip():
            yield Step(45, "send", lambda: QTest.keyClick(field, Qt.Key.Key_Return))

    def _write(self, field: QWidget, word: str, words: str) -> None:
        type_in(field, words)
        if not self._session.controller.chat.is_temporary:
            self._typed.append(word)

    def _cut(self, window: MainWindow) -> None:
        window.composer.field.selectAll()
        QTest.keyClick(window.composer.field, Qt.Key.Key_X, Qt.KeyboardModifier.ControlModifier)

    def _paste(self, window: MainWindow, words: str) -> None:
        QGuiApplication.clipboard().setText(words)
        window.composer.focus()
        QTest.keyClick(window.composer.field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
        word = words.split()[0]
        if word in window.composer.text() and not self._session.controller.chat.is_temporary:
            self._typed.append(word)

    def _commands(self, window: MainWindow) -> Iterator[Step]:
        name = self._random.choice(COMMANDS)
        action: QAction = getattr(window.commands, name)
        if action.isEnabled():
            yield Step(60, f"command {name}", action.trigger)

    def _listed(self, window: MainWindow) -> Iterator[Step]:
        chats = window.sidebar.list
        lines = range(chats.rows.rowCount())
        if not chats.isVisible() or not lines:
            return
        place = self._random.choice(lines)
        index = chats.rows.index(place)
        row = chats.rows.row(index)
        if row.chat is not None or row.hit is not None or row.folder is not None:
            yield Step(30, f"choose line {place}", lambda: chats.choose(index))
        if row.chat is not None:
            yield Step(18, f"menu of line {place}", lambda: self._from(chats.menu_for(row.chat)))
        elif row.folder is not None:
            yield Step(18, f"menu of the folder in line {place}", lambda: self._from(chats.menu_for_folder(row.folder)))
        view = self._random.choice(list(View))
        yield Step(4, f"view {view.name}", lambda: window.sidebar.show_view(view))

    def _from(self, menu: QMenu) -> None:
        actions = [
            action for each in (menu, *menu.findChildren(QMenu)) for action in each.actions()
            if action.isEnabled() and not action.isSeparator() and action.menu() is None
        ]  # fmt: skip
        action = self._random.choice(actions)
        self.done[-1] += f": {action.text()}"
        menu.popup(self._window.mapToGlobal(self._window.rect().center()))
        action.trigger()
        menu.close()

    def _read(self, window: MainWindow) -> Iterator[Step]:
        """Press a button below a message."""
        view = window.chat_view()
        if window.page != "chat" or not view.isVisible():
            return
        parts = list(self._parts(view.viewport(), "messages"))
        if parts:
            yield self._random.choice(parts)._replace(weight=30)

    def _of_windows(self) -> Iterator[Step]:
        windows = self._session.windows
        if len(windows.all) < MOST_WINDOWS:
            yield Step(3, "new window", self._window.commands.new_window.trigger)
        else:
            yield Step(3, "close this window", self._window.close)
        if len(windows.all) > 1:
            other = self._random.choice(windows.all[1:])
            yield Step(18, "go to another window", lambda: self._go_to(other))
            yield Step(2, "close another window", other.window.close)

    def _looks(self) -> Iterator[Step]:
        random, change = self._random, self._session.settings.change
        size = random.choice(SIZES)
        yield Step(8, f"resize to {size}", lambda: self._window.resize(*size))
        yield Step(2, "minimise and come back", self._minimise)
        yield Step(2, "maximise", self._window.showMaximized)
        yield Step(2, "as large as before", self._window.showNormal)
        theme = random.choice(list(Appearance))
        yield Step(3, f"theme {theme.value}", lambda: change("appearance", "theme", theme))
        text_size = random.choice((100, 125, 150))
        yield Step(3, f"text size {text_size}", lambda: change("appearance", "text_size", text_size))
        language = random.choice(list(Language))
        yield Step(3, f"language {language.value}", lambda: change("language", "language", language))

    def _minimise(self) -> None:
        self._window.showMinimized()
        let_events_come()
        self._window.come_forward()  # another one, where windows were made anew in another language meanwhile

    def _of_models(self) -> Iterator[Step]:
        """What happens by itself meanwhile."""
        yield Step(8, "a moment passes", lambda: QTest.qWait(self._random.choice((5, 50, 250))))
        models = self._models
        if models is None:
            return
        yield Step(12, "the models read", lambda: self._result(models.read()))
        words = self._random.choice((1, 2, 5, 20))
        yield Step(18, f"the models write {words}", lambda: self._result(models.write(self._random, words)))
        reason = self._random.choice((FinishReason.STOP, FinishReason.STOP, FinishReason.LENGTH))
        yield Step(16, f"the models end with {reason.name}", lambda: self._result(models.finish(reason)))
        yield Step(1, "the models die", lambda: self._result(models.die()))
        yield Step(1, "the models cannot be loaded, or can again", models.toggle_loading)
        yield Step(2, "the models fail", lambda: self._result(models.fail()))

    def _press_key(self, window: QWidget) -> None:
        key = self._random.choice(KEYS)
        self.done[-1] += f" {key.name}"
        QTest.keyClick(window.focusWidget() or window, key)

    def _go_to(self, other: OpenWindow) -> None:
        """Go there as fast as a person can: what was typed here is stored by then."""
        other.window.come_forward()
        let_events_come()
        self._result(self._session.app.database.write(lambda _connection: None))
        for _ in range(3):
            let_events_come()

    def _can_open_beside(self) -> bool:
        return len(self._session.windows.all) < MOST_WINDOWS and self._session.controller.chat.chat_id is not None

    def _click(self, window: MainWindow) -> None:
        """Click wherever it may be, but for what leads out of the app."""
        if window.page in ("data", "about", "models", "settings"):
            return
        place = QPoint(self._random.randrange(window.width()), self._random.randrange(window.height()))
        at = window.childAt(place) or window
        button = self._random.choice((Qt.MouseButton.LeftButton, Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton))
        self.done[-1] += f" {button.name} on {type(at).__name__} {at.accessibleName()}"
        inside = at.mapFrom(window, place)
        QTest.mouseClick(at, button, Qt.KeyboardModifier.NoModifier, inside)
        if button is Qt.MouseButton.RightButton:
            event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, inside, at.mapToGlobal(inside))
            QCoreApplication.sendEvent(at, event)

    def _turn_wheel(self, window: MainWindow) -> None:
        place = QPoint(self._random.randrange(window.width()), self._random.randrange(window.height()))
        turn_wheel(window.childAt(place) or window, window, place, self._random.choice((-600, -120, 120, 600)))

    def _close_what_lies_on_top(self) -> None:
        for _ in range(20):
            top = QApplication.activePopupWidget() or QApplication.activeModalWidget()
            if top is None:
                break
            QTest.keyClick(top, Qt.Key.Key_Escape)
            let_events_come()
