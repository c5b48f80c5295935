"""Inglenook itself, for bench_start.py: `fill` makes a home with chats, `open` starts and prints its figures.

Figures are seconds since the parent started this process, and megabytes.
"""

import json
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

from desktop_app.gui.start import Session
from desktop_app.services.place import Place
from desktop_app.settings.window_state import WindowState, save_window_state
from desktop_app.support.paths import Paths

STARTED = float(os.environ["STARTED"])
EMPTY_AFTER_MS = 3000


def fill(paths: Paths) -> None:
    """Store two hundred chats, the last one with forty turns, and remember it as the open one."""
    from desktop_app.domain.chats import Chat
    from desktop_app.domain.ids import new_id
    from desktop_app.domain.messages import Message, MessageStatus, Role
    from desktop_app.domain.parts import TextPart
    from desktop_app.storage import chats
    from desktop_app.storage.database import Database

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


class Watch(QObject):
    """Notes when the window was painted and when the last chat can be read, then ends the program."""

    def __init__(self, session: Session, wait_for_chat: bool) -> None:
        super().__init__()
        self.session = session
        self.wait_for_chat = wait_for_chat
        self.figures: dict[str, float] = {}
        self.row_type: type[QObject] | None = None
        session.window.installEventFilter(self)
        if not wait_for_chat:
            session.services_started.connect(lambda: QTimer.singleShot(EMPTY_AFTER_MS, self._report))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            if watched is self.session.window and "painted" not in self.figures:
                QTimer.singleShot(0, self._painted)
            elif (
                self.row_type is not None
                and isinstance(watched.parent(), self.row_type)
                and self.wait_for_chat
                and "readable" not in self.figures
            ):
                self.figures["readable"] = time.time() - STARTED
                QTimer.singleShot(0, self._report)
        return False

    def _painted(self) -> None:
        self.figures["painted"] = time.time() - STARTED
        from desktop_app.gui.chat.text_row import TextRow  # the session imports it next in any case

        self.row_type = TextRow
        # only now, since it costs time at every event: rows are painted one by one
        QApplication.instance().installEventFilter(self)  # type: ignore[union-attr]

    def _report(self) -> None:
        import psutil

        self.figures["rss"] = psutil.Process().memory_info().rss / 1e6
        QApplication.quit()


def main() -> None:
    """Fill a home, or open it and print when it was painted and readable, or what it weighs when empty."""
    paths = Paths.below(Path(sys.argv[1]))
    if sys.argv[2] == "fill":
        fill(paths)
        print(json.dumps({}))
        return
    application = QApplication([])
    place = Place.take(paths)
    assert place is not None
    session = Session(paths, place)
    watch = Watch(session, wait_for_chat=sys.argv[2] == "open")
    session.show()
    QTimer.singleShot(20_000, application.quit)
    application.exec()
    session.end()
    print(json.dumps(watch.figures))


if __name__ == "__main__":
    main()
