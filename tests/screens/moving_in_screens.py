"""The screens of the page that brings chats in."""

from collections.abc import Callable

from PySide6.QtCore import Qt

from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.moving_in import Leftovers, Origin, SkippedChat, SkipReason
from desktop_app.domain.offers import Arrival, FoundChats, Offer, Preview
from desktop_app.gui.moving_in.page import MovingInPage
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.services.chat_files.arrivals import Imported

NOW = 1_795_000_000.0
DAY = 86_400.0
TITLES = ("Names for a small boat", "Lighthouse timer in Python", "Packing list for the mountains",
          "Rinderkennzeichnungsfleischetikettierungsüberwachungsaufgabenübertragungsgesetz", "", "Sourdough without a scale",
          "Why is the sky dark at night?", "Tide tables explained", "数据库备份", "Cover letter, second draft",
          "Telescope for a balcony", "Complaint to the landlord")  # fmt: skip
MODELS = ("gpt-4o", "o3-mini", "gpt-4-turbo", "gpt-3.5-turbo", "o1")
ARRIVALS = (Arrival.NEW, Arrival.NEW, Arrival.COMPLETED, Arrival.NEW, Arrival.THERE, Arrival.NEW, Arrival.BACK)
FOUND = (
    FoundChats(origin=Origin.LM_STUDIO, path="/home/me/.lmstudio/conversations", files=34),
    FoundChats(origin=Origin.JAN, path="/home/me/.config/Jan/data/threads", files=1),
)
PREVIEW = Preview(
    path="/home/me/Downloads/chatgpt-export.zip",
    origin=Origin.CHATGPT,
    offers=tuple(
        Offer(
            id=f"{number:032x}",
            title=TITLES[number % len(TITLES)],
            messages=(number * 37) % 120 + 1,
            branches=number % 4 or 1,
            models=(MODELS[number % 5],),
            first_at=NOW - number * 3.7 * DAY - 3600,
            last_at=NOW - number * 3.7 * DAY,
            arrival=ARRIVALS[number % 7],
        )
        for number in range(248)
    ),
    leftovers=Leftovers(images=31, files=4, tool_results=12),
    skipped=(
        SkippedChat("An older talk", "conversations.json, 17", SkipReason.DAMAGED),
        SkippedChat("", "conversations.json, 90", SkipReason.EMPTY),
    ),
    skips=2,
)
NOTHING_NEW = Preview(
    path="/home/me/.lmstudio/conversations",
    origin=Origin.LM_STUDIO,
    offers=tuple(
        Offer(
            id=f"{number:032x}",
            title=title,
            messages=number + 2,
            branches=1,
            models=("Qwen3 8B",),
            first_at=NOW - number * DAY,
            last_at=NOW - number * DAY,
            arrival=Arrival.THERE,
        )
        for number, title in enumerate(TITLES[:3])
    ),
)
CAME = tuple(f"{number:032x}" for number in range(170))


def page(window: MainWindow) -> MovingInPage:
    window.show_page("moving_in")
    made = window.moving_in_page
    made.ensure_built()
    return made


def door(window: MainWindow) -> None:
    page(window).show_found(FOUND)


def error(window: MainWindow) -> None:
    door(window)
    page(window).show_door(ErrorInfo(ErrorCode.IMPORT_UNKNOWN, {"path": "/home/me/Documents/notes.md"}))


def reading(window: MainWindow) -> None:
    page(window).show_reading("chatgpt-export.zip")
    page(window).show_progress(340, 1000)


def dry_run(window: MainWindow) -> None:
    page(window).show_preview(PREVIEW)


def filtered(window: MainWindow) -> None:
    made = page(window)
    made.show_preview(PREVIEW)
    made.offer.search.setText("boat")
    made.offer.none_button.click()
    made.offer.list.setFocus(Qt.FocusReason.TabFocusReason)


def nothing_new(window: MainWindow) -> None:
    page(window).show_preview(NOTHING_NEW)


def running(window: MainWindow) -> None:
    page(window).show_importing()
    page(window).show_progress(1234, 5000)


def done(window: MainWindow) -> None:
    page(window).show_outcome(Imported(new=170, completed=35, back=35, there=8, new_ids=CAME, changed_ids=CAME))


def broken_off(window: MainWindow) -> None:
    info = ErrorInfo(ErrorCode.IMPORT_DISK_FULL, {"path": PREVIEW.path})
    page(window).show_outcome(Imported(new=170, new_ids=CAME, changed_ids=CAME, error=info))


def removed(window: MainWindow) -> None:
    page(window).show_outcome(Imported(new=170, new_ids=CAME, changed_ids=CAME), removed=True)


SCREENS: dict[str, Callable[[MainWindow], None]] = {
    "moving-in-door": door,
    "moving-in-error": error,
    "moving-in-reading": reading,
    "moving-in-dry-run": dry_run,
    "moving-in-filtered": filtered,
    "moving-in-nothing-new": nothing_new,
    "moving-in-running": running,
    "moving-in-done": done,
    "moving-in-broken-off": broken_off,
    "moving-in-removed": removed,
}
