"""Inglenook itself, for bench_start.py: `fill` makes a home with chats, `open` starts and prints its figures.

It starts as the command does, by its front door. Figures are seconds since the parent started this process, seconds of
CPU time, and megabytes.
"""

import json
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

STARTED = float(os.environ["STARTED"])
EMPTY_AFTER_MS = 3000
LONGEST_MS = 20_000


def fill(home: Path) -> None:
    """Store two hundred chats, the last one with forty turns, and remember it as the open one."""
    from desktop_app.domain.chats import Chat
    from desktop_app.domain.ids import new_id
    from desktop_app.domain.messages import Message, MessageStatus, Role
    from desktop_app.domain.parts import TextPart
    from desktop_app.settings.window_state import WindowState, save_window_state
    from desktop_app.storage import chats
    from desktop_app.storage.database import Database
    from desktop_app.support.paths import Paths

    paths = Paths.below(home)
    database = Database(paths.database)
    database.open().result(30)
    chat_id = ""
    for number in range(200):
        chat_id = new_id()
        chat = Chat(id=chat_id, title=f"Chat {number}", created_at=number, updated_at=number)
        database.write(lambda connection, chat=chat: chats.insert_chat(connection, chat)).result()
    parent: str | None = None
    words = "A **lamp** on a tower, with `code` and a [link](https://example.org).\n\n- one\n- two\n\n"
    for turn in range(80):
        role = Role.ASSISTANT if turn % 2 else Role.USER
        message = Message(
            id=new_id(),
            chat_id=chat_id,
            parent_id=parent,
            role=role,
            parts=(TextPart(words * (6 if turn % 2 else 1)),),
            status=MessageStatus.COMPLETE,
            created_at=float(turn),
        )
        parent = message.id
        database.write(lambda connection, message=message: chats.insert_message(connection, message)).result()
    database.write(lambda connection: chats.update_chat(connection, chat_id, leaf_id=parent)).result()
    database.close()
    save_window_state(paths.window_file, WindowState(welcomed=True, chat_id=chat_id))


def open_window(home: Path, *, wait_for_chat: bool) -> None:
    """Start the app as its command does; print when it was painted and readable, or what it weighs with an empty chat."""
    from desktop_app.cli import run
    from desktop_app.gui.system import window_system

    figures: dict[str, float] = {}
    check = window_system.check

    def check_and_watch(environ: Mapping[str, str]) -> None:
        check(environ)
        watch(figures, wait_for_chat)  # only now, so that all is imported when it always is

    window_system.check = check_and_watch
    os.environ["INGLENOOK_HOME"] = str(home)
    run([])
    print(json.dumps(figures))


def watch(figures: dict[str, float], wait_for_chat: bool) -> None:
    """Have the window of this start note when it was painted and readable, and end."""
    from desktop_app.gui import start  # first, as it always is: it has Qt's modules imported sooner

    # isort: split
    from PySide6.QtCore import QEvent, QObject, QTimer
    from PySide6.QtWidgets import QApplication

    class Watched(start.Session):
        """Notes when the window was painted and when the last chat can be read, then ends the program."""

        row_type: type[QObject] | None = None

        def show(self) -> None:
            self.window.installEventFilter(self)
            QTimer.singleShot(LONGEST_MS, QApplication.quit)
            super().show()

        def _warm_up(self) -> None:
            super()._warm_up()  # the last thing that a start does: a busy computer weighs as much as an idle one then
            if not wait_for_chat and self.app is not None:
                self._bridge.when_done(
                    self.app.start(), lambda _nothing: QTimer.singleShot(EMPTY_AFTER_MS, self._report)
                )

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint:
                if watched is self.window and "painted" not in figures:
                    figures["painted"] = 0.0
                    QTimer.singleShot(0, self._note_painted)
                elif (
                    self.row_type is not None
                    and isinstance(watched.parent(), self.row_type)
                    and wait_for_chat
                    and "readable" not in figures
                ):
                    figures["readable"] = time.time() - STARTED
                    figures["readable_cpu"] = time.process_time()
                    QTimer.singleShot(0, self._report)
            return super().eventFilter(watched, event) if watched is self.window else False

        def _note_painted(self) -> None:
            figures["painted"] = time.time() - STARTED
            figures["painted_cpu"] = time.process_time()
            from desktop_app.gui.chat.rows.text_row import TextRow  # the session imports it next in any case

            self.row_type = TextRow
            # only now, since it costs time at every event: rows are painted one by one
            QApplication.instance().installEventFilter(self)

        def _report(self) -> None:
            import psutil

            figures["rss"] = psutil.Process().memory_info().rss / 1e6
            QApplication.quit()

    start.Session = Watched  # the window's own start makes it


def main() -> None:
    """Fill a home, or open it."""
    home = Path(sys.argv[1])
    if sys.argv[2] == "fill":
        fill(home)
        print(json.dumps({}))
    else:
        open_window(home, wait_for_chat=sys.argv[2] == "open")


if __name__ == "__main__":
    main()
