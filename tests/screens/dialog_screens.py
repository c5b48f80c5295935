"""The dialogs and menus, the windows that stand beside the main one, and other parts that have pictures of their own."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QWidget

from desktop_app.domain.gbnf import grammar_flaw
from desktop_app.domain.presets import Preset
from desktop_app.domain.prompt_hint import prompt_hint
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.transfers import Arrival
from desktop_app.gui.commands.shortcuts_dialog import ShortcutsDialog
from desktop_app.gui.composer.advice_dialog import AdviceDialog
from desktop_app.gui.dialogs.crash import CrashDialog
from desktop_app.gui.dialogs.name import NameDialog
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.models.import_dialog import import_dialog, move_dialog
from desktop_app.gui.panel.sampling.form_dialog import FormDialog
from desktop_app.gui.panel.sampling.form_examples import GRAMMARS
from desktop_app.gui.receipts.block import ReceiptBlock
from desktop_app.gui.receipts.dialog import ReceiptDialog
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.services.engines.forms import FormCheck
from tests.screens import (
    branch_screens,
    chat_file_screens,
    composer_screens,
    data_screens,
    desktop_screens,
    folder_screens,
    lock_screens,
    notebook_screens,
    order_screens,
    persona_screens,
    pictures,
    template_screens,
)
from tests.screens.chat_screens import fill_chat, vague_question
from tests.screens.glass_screens import FIRST_TEXT, RECEIPT, answered
from tests.screens.model_screens import tuned
from tests.screens.pictures import NARROW, SIZES, Size
from tests.screens.shown_window import chats

Shown = Iterator[tuple[str, QWidget]]
"""What pictures are made of, one after the other, by their names; each is discarded before the next is made."""
REPORT = """Inglenook 0.1.0, Python 3.11.2, Linux

Traceback (most recent call last):
  File "panel.py", line 96, in _change
    sampling = replace(self._sampling, **{name: value})
TypeError: expected float
"""


def menus(theme: Theme, window: MainWindow) -> Shown:
    for name, menu in (("models", window.top_bar.menu()), ("chat", window.sidebar.list.menu_for(chats()[2]))):
        menu.popup(QPoint(100, 100))
        menu.setActiveAction(menu.actions()[0])
        yield f"menus-{name}", menu


def questions(theme: Theme, window: MainWindow) -> Shown:
    arrival = Arrival(path="/mnt/stick/gemma.gguf", name="Gemma 3 27B", size=16_500_000_000, inside=False)
    folder = Path("/home/me/.local/share/inglenook/models")
    yield "questions-import", import_dialog(theme, [arrival], folder, window)
    yield "questions-move", move_dialog(theme, 7, 43_000_000_000, Path("/mnt/large/models"), window)


def sampling_dialogs(theme: Theme, window: MainWindow) -> Shown:
    broken = GRAMMARS[1][1].replace('"3" [01]', '"3" [01')
    form = FormDialog(theme, "grammar", broken, window)
    form.show_check(broken, FormCheck(flaw=grammar_flaw(broken)))
    yield "sampling-dialogs-form", form
    yield (
        "sampling-dialogs-name",
        NameDialog(
            theme, "Save as preset", "Save", lambda _name: "There is a preset of this name already.", "Precise",
            longest=60, parent=window,
        ),
    )  # fmt: skip
    tab = window.panel.sampling_tab
    tab.presets.set_own((Preset("My prose", {"temperature": 1.1}),))
    tab.set_sampling(Sampling(temperature=1.1))
    yield "sampling-dialogs-menu", tab.presets.menu()
    yield "sampling-dialogs-tuning", tuned(window)


def receipts(theme: Theme, window: MainWindow) -> Shown:
    """The receipt of an answer in its dialog, before and after it was made again, and in the panel."""
    fill_chat(window)
    message = answered("a", FIRST_TEXT, RECEIPT)
    yield "receipt", ReceiptDialog(theme, message, window)
    compared = ReceiptDialog(theme, message, window)
    words = "First differs at token 17: “sea” instead of “lake”. The engine build is different."
    compared.block.show_result(words, has_answer=True)
    yield "receipt-result", compared
    block = ReceiptBlock(theme)
    block.show_answer(message)
    block.resize(theme.px(296), block.heightForWidth(theme.px(296)))
    block.setStyleSheet(theme.style_sheet())
    block.setPalette(theme.palette())
    yield "receipt-block", block


def crash(theme: Theme, window: MainWindow) -> Shown:
    yield "crash", CrashDialog(theme, REPORT)


def template_dialogs(theme: Theme, window: MainWindow) -> Shown:
    for title in ("Translate", "Complaint"):
        yield f"template-dialog-{title.lower()}", template_screens.fill_dialog(window, title)


def overview(theme: Theme, window: MainWindow) -> Shown:
    yield "hand-overview", ShortcutsDialog(theme, window.commands.entries, window)


def attachment(theme: Theme, window: MainWindow) -> Shown:
    yield "composer-attachment-dialog", composer_screens.attachment_dialog(window)


def advice(theme: Theme, window: MainWindow) -> Shown:
    """What is said of questions that are vague."""
    vague_question(window)
    for question in ("Write something", "Make it better"):
        hint = prompt_hint(question)
        assert hint is not None
        yield f"vague-question-{hint.task}", AdviceDialog(theme, hint, window)


def drawn_in(theme: Theme, window: MainWindow) -> Shown:
    """A window with too little room for the sidebar, which is in a drawer."""
    fill_chat(window)
    window.stage.toggle_sidebar()
    pictures.settle(window, 250)
    yield "narrow-sidebar", window


def received(theme: Theme, window: MainWindow) -> Shown:
    yield from persona_screens.dialogs(theme)


def erasing(theme: Theme, window: MainWindow) -> Shown:
    yield from data_screens.dialogs(theme)


def notebook_values(theme: Theme, window: MainWindow) -> Shown:
    yield from notebook_screens.dialogs(theme, window)


def backups(theme: Theme, window: MainWindow) -> Shown:
    """The part of the settings about backups."""
    window.show_page("settings")
    page = window.settings_page
    page.ensure_built()
    page.show_backups(chat_file_screens.BACKUPS, "/home/me/.local/share/inglenook/inglenook.db")
    pictures.settle(window, 250)
    assert page.chats_card is not None
    page.verticalScrollBar().setValue(page.chats_card.y() - 200)
    yield "chat-files-settings", window


def lock_settings(is_locked: bool) -> Callable[[Theme, MainWindow], Shown]:
    """Return the part of the settings about locks, of chats that are locked or not."""

    def show(theme: Theme, window: MainWindow) -> Shown:
        window.show_page("settings")
        page = window.settings_page
        page.ensure_built()
        page.show_lock(is_locked=is_locked, backups=chat_file_screens.BACKUPS)
        pictures.settle(window, 250)
        assert page.lock_card is not None
        page.verticalScrollBar().setValue(page.lock_card.y() - 200)
        yield f"lock-settings-{'on' if is_locked else 'off'}", window

    return show


def lock_windows(theme: Theme, window: MainWindow) -> Shown:
    """The window that stands in the place of locked chats, as large as `window`."""
    for name, shown in lock_screens.lock_windows(theme):
        shown.resize(window.size())
        yield name, shown


def tray_icons(theme: Theme, window: MainWindow) -> Shown:
    yield "tray-icons", desktop_screens.tray_icons(theme)


def quick(theme: Theme, window: MainWindow) -> Shown:
    """The window for a quick question, as wide as it is and on a narrow screen."""
    for name in desktop_screens.QUICK:
        yield name, desktop_screens.quick_window(theme, name)
        yield f"{name}-narrow", desktop_screens.quick_window(theme, name, 400)


def popup(kind: str, made: order_screens.Popup) -> Callable[[Theme, MainWindow], Shown]:
    """Return what shows a menu or dialog of the sidebar in a window of its own."""

    def show(theme: Theme, window: MainWindow) -> Shown:
        yield f"{kind}-popups-{made.name}", made.make(window)

    return show


def spelling(_theme: Theme, window: MainWindow) -> Shown:
    yield "composer-spelling-menu", composer_screens.spelling_menu(window)


class Group(NamedTuple):
    """What is shown over or beside a window, and the sizes of that window; a name in it begins with the group's."""

    show: Callable[[Theme, MainWindow], Shown]
    sizes: tuple[Size, ...] = SIZES


WIDE = SIZES[:1]
GROUPS: dict[str, Group] = {
    "menus": Group(menus, WIDE),
    "questions": Group(questions, (SIZES[0], NARROW)),
    "sampling-dialogs": Group(sampling_dialogs, WIDE),
    "receipt": Group(receipts),
    "crash": Group(crash, WIDE),
    "template-dialog": Group(template_dialogs),
    "hand-overview": Group(overview, (*SIZES, NARROW)),
    "branch-map": Group(branch_screens.map_dialogs, (SIZES[1], NARROW)),
    "composer-attachment-dialog": Group(attachment),
    "composer-spelling-menu": Group(spelling, WIDE),
    "vague-question": Group(advice, (NARROW,)),
    "narrow-sidebar": Group(drawn_in, ((700, 640),)),
    "received": Group(received, WIDE),
    "notebook-values": Group(notebook_values, WIDE),
    "data-erase": Group(erasing, WIDE),
    "chat-files": Group(chat_file_screens.dialogs, (SIZES[0], NARROW)),
    "chat-files-settings": Group(backups, (SIZES[0], NARROW)),
    "lock-dialog": Group(lock_screens.lock_dialogs, (SIZES[0], NARROW)),
    "lock-settings-on": Group(lock_settings(True), (SIZES[0], NARROW)),
    "lock-settings-off": Group(lock_settings(False), (SIZES[0], NARROW)),
    "lock": Group(lock_windows, (SIZES[0], NARROW)),
    "tray-icons": Group(tray_icons, WIDE),
    "quick": Group(quick, WIDE),
    **{f"order-popups-{made.name}": Group(popup("order", made), WIDE) for made in order_screens.POPUPS},
    **{f"folder-popups-{made.name}": Group(popup("folder", made), WIDE) for made in folder_screens.POPUPS},
}
