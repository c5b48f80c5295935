"""The dialogs about files that chats go to and come from."""

from collections.abc import Iterator

from PySide6.QtWidgets import QDialog

from desktop_app.domain.backups import Backup, KeptChat, Line, Reason
from desktop_app.domain.chats import Chat
from desktop_app.domain.exports import ExportFormat
from desktop_app.gui.chat_files.export_dialog import ExportDialog
from desktop_app.gui.chat_files.progress_dialog import ProgressDialog
from desktop_app.gui.chat_files.restore_dialog import RestoreDialog
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.window.main_window import MainWindow

NOW = 1_795_000_000.0
DAY = 86_400.0
BACKUPS = tuple(
    Backup(path=f"/b/{number}.db", made_at=NOW - number * 9 * DAY, size=34_600_000 - number * 3_100_000, reason=reason)
    for number, reason in enumerate((Reason.ASKED, Reason.MIGRATION, Reason.ASKED))
)
TITLES = ("Names for a small boat", "Lighthouse timer in Python", "Packing list for the mountains",
          "Rinderkennzeichnungsfleischetikettierungsüberwachungsaufgabenübertragungsgesetz", "", "Sourdough without a scale",
          "Why is the sky dark at night?", "Tide tables explained", "数据库备份", "Cover letter, second draft",
          "Telescope for a balcony", "Complaint to the landlord")  # fmt: skip
KEPT = tuple(
    KeptChat(
        chat=Chat(id=f"chat{number}", title=title, created_at=NOW, updated_at=NOW - number * 3.7 * DAY),
        messages=(number * 37) % 120 + 1,
    )
    for number, title in enumerate(TITLES)
)
LINES = [
    Line(True, "What would be a good name for a small wooden boat? It is painted green, and slow."),
    Line(False, "A slow boat wants a patient name. Three that come to mind:\n\n1. **Heron**, which stands still and waits\n"
                "2. **Moss**, for the green\n3. **Sunday**"),
    Line(True, "Sunday it is."),
]  # fmt: skip


def restore(theme: Theme, window: MainWindow, present: tuple[str, ...] = ()) -> RestoreDialog:
    dialog = RestoreDialog(theme, present, window)
    dialog.show_backups(BACKUPS)
    dialog.show_chats(BACKUPS[0], KEPT)
    dialog.show_preview("chat0", LINES)
    return dialog


def dialogs(theme: Theme, window: MainWindow) -> Iterator[tuple[str, QDialog]]:
    yield "chat-files-export", ExportDialog(theme, "Names for a small boat", ExportFormat.MARKDOWN, window)
    yield "chat-files-export-all", ExportDialog(theme, "", ExportFormat.JSON, window)
    yield "chat-files-restore", restore(theme, window)
    yield "chat-files-restore-beside", restore(theme, window, ("chat0",))
    none = RestoreDialog(theme, (), window)
    none.show_backups(())
    yield "chat-files-no-backup", none
    broken = RestoreDialog(theme, (), window)
    broken.show_backups(BACKUPS)
    broken.show_trouble("The backup /home/me/b/0.db cannot be read; it may be damaged. Choose another backup.")
    yield "chat-files-broken", broken
    progress = ProgressDialog(theme, "Exporting all chats…", window)
    progress.show_progress(340, 1000)
    yield "chat-files-progress", progress
