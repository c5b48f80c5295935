"""The screens of the page about a person's own data."""

from collections.abc import Callable
from datetime import date, timedelta

from desktop_app.domain.own_data import DataKind, DataPlace
from desktop_app.domain.statistics import ModelUse, Statistics
from desktop_app.gui.data.erase_dialog import EraseDialog
from desktop_app.gui.data.page import DataPage
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.window.main_window import MainWindow

HOME = "/home/ada/.local/share/inglenook"
SIZES = (
    (DataKind.CHATS, "inglenook.db", 48_200_000, 3),
    (DataKind.BACKUPS, "backups", 96_000_000, 2),
    (DataKind.MODELS, "models", 17_300_000_000, 4),
    (DataKind.SNAPSHOTS, "snapshots", 412_000_000, 6),
    (DataKind.PERSONAS, "personas", 18_000, 3),
    (DataKind.TEMPLATES, "templates", 9_400, 5),
    (DataKind.SETTINGS, "/home/ada/.config/inglenook", 6_100, 4),
    (DataKind.LEDGER, "network.jsonl", 44_000, 1),
    (DataKind.LOGS, "/home/ada/.local/state/inglenook/log", 130_000, 2),
    (DataKind.LEARNT, "", 5_000, 4),
    (DataKind.OTHER, "owner.lock", 0, 1),
)
PLACES = tuple(
    DataPlace(kind=kind, path=name if name.startswith("/") else f"{HOME}/{name}".rstrip("/"), size=size, files=files)
    for kind, name, size, files in SIZES
)
TODAY = date(2026, 11, 26)
STATISTICS = Statistics(
    chats=312,
    questions=2_840,
    answers=3_105,
    tokens_read=1_204_331,
    tokens_reused=8_400_112,
    tokens_written=934_820,
    seconds=41_300.0,
    energy=612.4,
    measured_answers=2_214,
    first_at=1_770_000_000.0,
    days=tuple((TODAY - timedelta(days=days), (days * 37) % 23 + 1) for days in range(290, -1, -1) if days % 3),
    models=(
        ModelUse(name="Qwen3 8B", answers=1_904, tokens=640_200, seconds=21_000.0),
        ModelUse(name="Gemma 3 12B", answers=801, tokens=231_110, seconds=16_400.0),
        ModelUse(name="SmolLM2 135M", answers=352, tokens=63_510, seconds=3_900.0),
        ModelUse(name="", answers=48, tokens=0, seconds=0.0),
    ),
)


def page(window: MainWindow) -> DataPage:
    shown = window.data_page
    shown.show_places(PLACES)
    shown.show_statistics(STATISTICS, TODAY)
    window.show_page("data")
    return shown


def data(window: MainWindow) -> None:
    page(window)


def data_use(window: MainWindow) -> None:
    shown = page(window)
    bar = shown.verticalScrollBar()
    bar.rangeChanged.connect(lambda _least, _most: bar.setValue(shown.use.y() - 40))


def data_end(window: MainWindow) -> None:
    shown = page(window)
    bar = shown.verticalScrollBar()
    bar.rangeChanged.connect(lambda _least, most: bar.setValue(most))


def data_new(window: MainWindow) -> None:
    shown = window.data_page
    shown.show_places(PLACES[:1])
    shown.show_statistics(Statistics(), TODAY)
    window.show_page("data")


def dialogs(theme: Theme) -> list[tuple[str, EraseDialog]]:
    return [("data-erase", EraseDialog(theme, "17 GB")), ("data-erase-no-models", EraseDialog(theme, ""))]


SCREENS: dict[str, Callable[[MainWindow], object]] = {
    "data": data,
    "data-use": data_use,
    "data-end": data_end,
    "data-new": data_new,
}
