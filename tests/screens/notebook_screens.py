"""The screens of the notebook."""

from collections.abc import Callable

from desktop_app.domain.notebook import Continuation, Marks, NotebookEntry, units
from desktop_app.domain.sampling import Sampling
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.notebook.page import NotebookPage
from desktop_app.gui.notebook.values_dialog import ValuesDialog
from desktop_app.gui.window.main_window import MainWindow
from tests.screens.shown_window import MODELS, QWEN

NOON = 1_795_780_800.0
ENTRIES = (
    NotebookEntry("a", "The lighthouse at the end of the bay", NOON, 1_480),
    NotebookEntry("b", "def moving_average(values, width):", NOON - 3_600, 412),
    NotebookEntry("c", "A text with a first line that is longer than any list of texts would ever want to show", NOON - 90_000, 60_311),
    NotebookEntry("d", "", NOON - 400_000, 0),
)  # fmt: skip
TYPED = """The lighthouse at the end of the bay

Nobody had climbed the stairs for eleven years. The lamp was gone, sold to a museum in the city, and where it had \
stood there was nothing but a round mark on the boards, paler than the rest.

On the first evening of the storm"""
WROTE = """, the light came on again.

It was Marit who saw it first. She was carrying the washing in, and she stood with the basket on her hip and counted, \
as her father had taught her: three seconds of light, nine of darkness, three of light."""
SAMPLING = Sampling(max_tokens=200)


def page(window: MainWindow) -> NotebookPage:
    shown = window.notebook_page
    shown.show_entries(ENTRIES)
    shown.writing.show_models(MODELS, QWEN.path)
    shown.writing.show_sampling(SAMPLING)
    window.show_page("notebook")
    return shown


def listed(window: MainWindow) -> None:
    page(window)


def none_yet(window: MainWindow) -> None:
    page(window).show_entries(())


def new(window: MainWindow) -> None:
    page(window).show_text()


def written(window: MainWindow) -> None:
    shown = page(window)
    begin = units(TYPED)
    last = Continuation(begin, (" the sea was calm.", WROTE, " a boat came in."), 1)
    shown.writing.editor.show_text(TYPED + WROTE, Marks(((begin, begin + units(WROTE)),), last))
    shown.writing.show_seen(214, 8192, 0, "")
    shown.writing.show_state("57 tokens · 41 tok/s")
    shown.show_text()
    shown.writing.refresh()


def writing(window: MainWindow) -> None:
    shown = page(window)
    shown.writing.editor.show_text(TYPED, Marks())
    shown.writing.editor.begin_writing(again=False)
    shown.writing.editor.write(WROTE[:90])
    shown.writing.show_seen(160, 8192, 0, "")
    shown.writing.show_state("The model writes. Esc stops it.")
    shown.show_text()
    shown.writing.refresh()


def too_long(window: MainWindow) -> None:
    shown = page(window)
    text = "\n\n".join([TYPED + WROTE] * 8)
    begin = units(TYPED + WROTE) * 6
    shown.writing.editor.show_text(text, Marks(((begin, begin + 400),)))
    shown.show_text()
    shown.writing.show_seen(7_640, 8192, units(text) - 500, "stood there was nothing but a round mark on the b…")
    shown.writing.show_state("The model could not go on. Your text is kept.", is_error=True)


def dialogs(theme: Theme, window: MainWindow) -> list[tuple[str, ValuesDialog]]:
    return [("notebook-values", ValuesDialog(theme, SAMPLING, window))]


SCREENS: dict[str, Callable[[MainWindow], object]] = {
    "notebook": written,
    "notebook-list": listed,
    "notebook-none": none_yet,
    "notebook-new": new,
    "notebook-writing": writing,
    "notebook-too-long": too_long,
}
