"""The window as a whole: pages, actions, the top bar, names of controls, cut-off text."""

from collections.abc import Callable
from functools import partial

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDropEvent, QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from desktop_app.domain.prompt_templates import Placeholder, PlaceholderType, PromptTemplate
from desktop_app.domain.sizes import readable_size
from desktop_app.gui.commands.actions import ELSEWHERE, NOTEBOOK
from desktop_app.gui.dialogs.crash import CrashDialog
from desktop_app.gui.look.theme import Theme, load_theme
from desktop_app.gui.templates.form import Surroundings
from desktop_app.gui.templates.sheet import TemplateSheet
from desktop_app.gui.widgets.context_meter import short_count
from desktop_app.gui.widgets.controls import ElidedLabel
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.services.writing.prompt_library import LibraryTemplate
from desktop_app.settings.schema import Appearance, Settings
from tests.gui.conftest import QWEN, STARTER, TODAY

CONTROLS = (QAbstractButton, QAbstractSlider, QLineEdit, QPlainTextEdit, QComboBox, QAbstractItemView)
NewWindow = Callable[..., MainWindow]
PAGES = ("chat", "first_run", "models", "settings")


TEMPLATE = LibraryTemplate(
    key="own/t.md",
    is_own=True,
    title="T",
    folder="",
    template=PromptTemplate(
        title="T",
        body="x",
        placeholders=tuple(
            Placeholder(name=f"p{place}", type=kind, choices=("a",)) for place, kind in enumerate(PlaceholderType)
        ),
    ),
)
"""One with a placeholder of every type."""


def show_everything(window: MainWindow) -> None:
    """Fill every page, so that all controls exist."""
    window.models_page.set_models([STARTER, QWEN], QWEN.path)
    window.templates_page.set_templates([TEMPLATE])
    for page in PAGES:
        window.show_page(page)
    assert TEMPLATE.template is not None
    around = Surroundings(clipboard="copied")
    window.templates_page.open_sheet(TemplateSheet(window.theme, TEMPLATE, TEMPLATE.template, around))
    window.composer.set_text("A question")
    window.composer.set_editing("m", "An old question")
    window.notice.show_notice("Something was deleted.", ("Undo", partial(int)))
    window.command_palette.open()
    window.command_palette.dismiss()


# Pages and actions


@pytest.mark.parametrize("page", ["first_run", "models", "settings"])
def test_other_pages_have_no_panel_and_no_bar(window: MainWindow, page: str) -> None:
    window.show_page(page)
    assert window.page == page
    assert not window.panel.isVisible()
    assert not window.top_bar.isVisible()
    window.show_page("chat")
    assert window.panel.isVisible()
    assert window.top_bar.isVisible()


def test_escape_leads_back_to_the_conversation(window: MainWindow) -> None:
    window.show_page("settings")
    QTest.keyClick(window.settings_page, Qt.Key.Key_Escape)
    assert window.page == "chat"


def test_a_narrow_page_keeps_the_way_to_the_sidebar(new_window: NewWindow) -> None:
    window = new_window(700, 640)
    window.show_page("settings")
    assert window.top_bar.sidebar_button.isVisible()
    assert not window.top_bar.pill.isVisible()
    assert not window.top_bar.context.isVisible()


def test_shortcuts_are_unique_and_actions_complete(window: MainWindow) -> None:
    entries = window.commands.entries
    for place in (NOTEBOOK, ELSEWHERE):
        there = [entry for entry in entries if entry.place in ("", place)]
        keys = [sequence.toString() for entry in there for sequence in entry.action.shortcuts()]
        assert len(set(keys)) == len(keys)
    names = [entry.name for entry in entries]
    assert all(names)
    assert len(set(names)) == len(names)
    for entry in entries:
        assert entry.action.text()
        assert not window.theme.icon(entry.icon).isNull()
        assert entry.action in window.actions()


@pytest.mark.parametrize(
    ("key", "modifiers", "page"),
    [(Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier, "settings"),
     (Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier, "models")],
)  # fmt: skip
def test_shortcuts_ask_for_pages(
    window: MainWindow, qtbot: QtBot, key: Qt.Key, modifiers: Qt.KeyboardModifier, page: str
) -> None:
    window.activateWindow()
    window.composer.focus()
    qtbot.waitUntil(lambda: window.composer.field.hasFocus())
    with qtbot.waitSignal(window.sidebar.page_requested) as asked:
        QTest.keyClick(window.composer.field, key, modifiers)
    assert asked.args == [page]


def test_the_command_palette_finds_and_runs(window: MainWindow, qtbot: QtBot) -> None:
    palette = window.command_palette
    window.commands.palette.trigger()
    assert palette.isVisible()
    assert palette.rows.rowCount() == len([entry for entry in window.commands.entries if entry.place != NOTEBOOK])
    QTest.keyClicks(palette.field, "new ch")
    assert palette.rows.entries[0].name == "New chat"
    with qtbot.waitSignal(window.sidebar.new_chat_requested):
        QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert not palette.isVisible()


def test_the_command_palette_moves_with_the_keys_and_closes(window: MainWindow) -> None:
    palette = window.command_palette
    palette.open()
    QTest.keyClick(palette.field, Qt.Key.Key_Down)
    assert palette.list.currentIndex().row() == 1
    QTest.keyClick(palette.field, Qt.Key.Key_Up)
    QTest.keyClick(palette.field, Qt.Key.Key_Up)
    assert palette.list.currentIndex().row() == palette.rows.rowCount() - 1
    QTest.keyClicks(palette.field, "nothing like it")
    assert palette.nothing.isVisible()
    QTest.keyClick(palette.field, Qt.Key.Key_Escape)
    QTest.keyClick(palette.field, Qt.Key.Key_Escape)
    assert not palette.isVisible()


# Top bar


def test_the_pill_tells_what_answers(window: MainWindow, qtbot: QtBot) -> None:
    bar = window.top_bar
    assert bar.pill.accessibleName() == "Model: Qwen3 8B Q4_K_M CPU"
    assert bar.pill.toolTip() == "No graphics card was found."
    bar.set_model("Qwen3 8B", "Q4_K_M", "", "", "loading", 0.4)
    assert "loading 40 %" in bar.pill.accessibleName()
    bar.set_model("Qwen3 8B", "Q4_K_M", "", "The file is damaged.", "failed", 0.0)
    assert "failed" in bar.pill.accessibleName()
    menu = bar.menu()
    qtbot.addWidget(menu)
    with qtbot.waitSignal(bar.model_chosen) as chosen:
        menu.actions()[0].trigger()
    assert chosen.args == [STARTER.path]
    with qtbot.waitSignal(bar.file_requested):
        menu.actions()[-2].trigger()


def test_the_menu_of_the_model_leads_to_more_of_them(window: MainWindow, qtbot: QtBot) -> None:
    menu = window.top_bar.menu()
    qtbot.addWidget(menu)
    with qtbot.waitSignal(window.sidebar.page_requested) as asked:
        menu.actions()[-1].trigger()
    assert asked.args == ["models"]


def test_what_an_open_menu_offers_of_a_load_that_is_done_does_nothing(window: MainWindow, qtbot: QtBot) -> None:
    bar = window.top_bar

    def offered(start: str) -> QAction:
        menu = bar.menu()
        qtbot.addWidget(menu)
        return next(action for action in menu.actions() if action.text().startswith(start))

    bar.set_model("Qwen3 8B", "Q4_K_M", "", "", "loading", 0.4)
    cancel = offered("Cancel loading")
    bar.set_model("Qwen3 8B", "Q4_K_M", "", "", "loading", 0.8)
    with qtbot.waitSignal(bar.unload_requested):
        cancel.trigger()
    bar.set_model("Qwen3 8B", "Q4_K_M", "CPU", "", "ready", 1.0)
    with qtbot.assertNotEmitted(bar.unload_requested):
        cancel.trigger()
    unload = offered("Unload")
    bar.set_model("SmolLM2 135M Instruct", "Q4_1", "CPU", "", "ready", 1.0)
    with qtbot.assertNotEmitted(bar.unload_requested):
        unload.trigger()
    with qtbot.waitSignal(bar.unload_requested):
        offered("Unload").trigger()


@pytest.mark.parametrize("width", [500, 560, 600, 640])
def test_a_title_can_be_told_from_others_in_a_small_window(width: int, new_window: NewWindow) -> None:
    window = new_window()
    window.resize(width, 640)
    bar = window.top_bar
    bar.set_model("SmolLM2 135M Instruct", "Q4_1", "CPU", "No graphics card was found.", "ready", 1.0)
    bar.set_has_branches(True)
    QApplication.processEvents()
    assert bar.title.width() >= 72
    assert bar.pill.width() > 0.7 * bar.pill.sizeHint().width()  # nor is much of the model's name given up for it


@pytest.mark.parametrize(("width", "shown"), [(900, ""), (1360, "Q4_K_M")])
def test_a_rather_narrow_bar_leaves_the_room_of_the_quantization_to_the_title(
    width: int, shown: str, new_window: NewWindow
) -> None:
    window = new_window()
    window.resize(width, 640)
    bar = window.top_bar
    bar.set_model("Qwen3 8B", "Q4_K_M", "GPU 28/33", "", "ready", 1.0)
    bar.set_context(3100, 8192)
    QApplication.processEvents()
    assert bar.pill.shown_quantization == shown
    assert "Q4_K_M" in bar.pill.accessibleName()
    assert bar.title.width() >= 160


def test_the_meter_warns_when_the_context_fills_up(window: MainWindow) -> None:
    meter = window.top_bar.context
    assert meter.accessibleName() == "Context 3.1k / 8k"
    assert "nearly full" not in meter.toolTip()
    window.top_bar.set_context(7100, 8192)
    assert meter.is_nearly_full
    assert "nearly full" in meter.toolTip()
    window.top_bar.set_context(None, None)
    assert not meter.isVisible()


@pytest.mark.parametrize("size", [8192, 131_072])
def test_nothing_moves_beside_the_meter_while_an_answer_fills_the_context(size: int, window: MainWindow) -> None:
    bar = window.top_bar
    bar.set_context(0, size)
    QApplication.processEvents()
    places = (bar.pill.geometry(), bar.context.geometry())
    for used in (37, 221, 999, 1024, 3174, 8100, size - 1, size):
        bar.set_context(used, size)
        QApplication.processEvents()
        assert (bar.pill.geometry(), bar.context.geometry()) == places, used


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0"), (999, "999"), (1024, "1k"), (3174, "3.1k"), (8192, "8k"), (131072, "128k")]
)
def test_counts_are_short(count: int, words: str) -> None:
    assert short_count(count) == words


# Models, crash


def test_models_are_cards_with_a_way_into_a_chat(window: MainWindow, qtbot: QtBot) -> None:
    window.models_page.set_models([STARTER], None)
    window.show_page("models")
    window.models_page.set_models([STARTER, QWEN], STARTER.path)
    QApplication.processEvents()
    assert list(window.models_page.local_cards) == [STARTER.path, QWEN.path]
    words = [card.details.text() for card in window.models_page.local_cards.values()]
    assert words == ["starter model · 98 MB · on this computer · answers now", "Q4_K_M · 5.0 GB · on this computer"]
    with qtbot.waitSignal(window.models_page.chat_requested) as asked:
        window.models_page.local_cards[QWEN.path].chat.click()
    assert asked.args == [QWEN.path]


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0 B"), (999, "999 B"), (98_362_432, "98 MB"), (999_600_000, "1.0 GB"), (43e9, "43 GB")]
)
def test_sizes_are_readable(size: int, words: str) -> None:
    assert readable_size(size) == words


def test_dropped_model_files_are_told_and_others_ignored(window: MainWindow, qtbot: QtBot) -> None:
    window.show_page("models")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/m/a.GGUF"), QUrl.fromLocalFile("/m/notes.txt"), QUrl("https://x.test/b.gguf")])
    event = QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    with qtbot.waitSignal(window.models_page.files_dropped) as dropped:
        window.models_page.dropEvent(event)
    assert dropped.args == [["/m/a.GGUF"]]


def test_the_crash_report_can_be_copied(qtbot: QtBot, theme: Theme) -> None:
    dialog = CrashDialog(theme, "Traceback: something")
    qtbot.addWidget(dialog)
    dialog.copy_button.click()
    assert QApplication.clipboard().text() == "Traceback: something"
    assert dialog.copy_button.text() == "Copied"
    with qtbot.waitSignals([dialog.quit_requested, dialog.rejected]):
        dialog.quit_button.click()
    with qtbot.waitSignal(dialog.accepted):
        dialog.continue_button.click()


# Everything at once


def test_every_control_has_an_accessible_name(window: MainWindow, qtbot: QtBot) -> None:
    show_everything(window)
    dialog = CrashDialog(window.theme, "report")
    qtbot.addWidget(dialog)
    nameless = []
    for root in (window, dialog):
        for control in root.findChildren(QWidget):
            own = not control.objectName().startswith("qt_") and not isinstance(control, QScrollBar)
            inside = any(isinstance(parent, QComboBox) for parent in ancestors(control))
            if own and not inside and isinstance(control, CONTROLS):
                text = control.text() if isinstance(control, QAbstractButton) else ""
                if not control.accessibleName() and not text:
                    nameless.append(f"{type(control).__name__} in {type(control.parent()).__name__}")
    assert not nameless


def ancestors(widget: QWidget) -> list[QWidget]:
    found = []
    parent = widget.parentWidget()
    while parent is not None:
        found.append(parent)
        parent = parent.parentWidget()
    return found


@pytest.mark.parametrize(("width", "height"), [(1360, 860), (900, 640), (700, 640)])
@pytest.mark.parametrize("page", PAGES)
def test_no_text_is_cut_off(new_window: NewWindow, text_size: int, width: int, height: int, page: str) -> None:
    window = new_window(width, height, text_size)
    window.models_page.set_models([STARTER, QWEN], QWEN.path)
    window.show_page(page)
    window.composer.set_editing("m", "An old question")
    window.stage.toggle_panel()
    QApplication.processEvents()
    cut = [
        f"{type(button).__name__} {button.text() or button.accessibleName()!r}: {button.size()} < {button.sizeHint()}"
        for button in window.findChildren(QAbstractButton)
        if button.isVisible()
        and button is not window.top_bar.pill  # a model's name may be cut
        and (button.width() < button.sizeHint().width() or button.height() < button.sizeHint().height())
    ]
    for label in window.findChildren(QLabel):
        if label.isVisible() and label.text() and not isinstance(label, ElidedLabel):
            if label.wordWrap():
                fits = label.height() >= label.heightForWidth(label.width()) - 1
            else:
                fits = label.width() >= QFontMetrics(label.font()).horizontalAdvance(label.text())
            if not fits:
                cut.append(f"{label.text()!r}: {label.size()}")
    assert not cut


@pytest.mark.parametrize("page", PAGES)
def test_pages_never_scroll_sideways(new_window: NewWindow, text_size: int, page: str) -> None:
    window = new_window(900, 640, text_size)
    window.models_page.set_models([STARTER, QWEN], QWEN.path)
    window.show_page(page)
    QApplication.processEvents()
    shown = window.pages.currentWidget()
    assert shown is not None
    body = getattr(shown, "body", None)
    if body is not None:
        assert body.layout().minimumSize().width() <= body.width() <= shown.width()


def test_another_theme_reaches_every_part(window: MainWindow) -> None:
    show_everything(window)
    window.set_theme(load_theme(Appearance.DARK, 150, system_dark=False))
    assert window.sidebar.list._painter.theme.dark
    assert window.composer.send.theme.dark
    assert window.top_bar.height() == 78
    window.set_settings(Settings())
    window.sidebar.set_chats([], TODAY)


def test_no_heavy_module_is_needed_to_build_the_window() -> None:
    import subprocess
    import sys

    code = (
        "import sys\n"
        "from PySide6.QtWidgets import QApplication\n"
        "app = QApplication([])\n"
        "from desktop_app.gui.window.main_window import MainWindow\n"
        "from desktop_app.gui.look.theme import load_theme\n"
        "from desktop_app.settings.schema import Appearance, Settings\n"
        "window = MainWindow(load_theme(Appearance.LIGHT, 100, system_dark=False), Settings())\n"
        "heavy = {'sqlalchemy', 'alembic', 'markdown_it', 'pygments', 'llama_cpp', 'numpy', 'jinja2', 'huggingface_hub'}\n"
        "later = {'chat.view', 'conversation.conversation', 'panel.sampling.tab', 'forms.form', 'window.controller'}\n"
        "heavy |= {'desktop_app.gui.' + name for name in later} | {'desktop_app.services.events'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
        "window.show()\n"
        "window.grab()\n"
        "print('desktop_app.gui.panel.sampling.tab' in sys.modules)\n"
        "app.processEvents()\n"
        "print('desktop_app.gui.panel.sampling.tab' in sys.modules, window.panel.sampling_tab.isVisible())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.split("\n") == ["[]", "False", "True True", ""]
