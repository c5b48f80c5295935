"""The screens of the search in all chats and in the open one."""

import time
from collections.abc import Callable, Sequence
from datetime import date

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop_app.domain.messages import Message, MessageStatus, Role
from desktop_app.domain.parts import TextPart
from desktop_app.domain.search import FoundText, Hit, snippet
from desktop_app.domain.search_query import Finder, parse
from desktop_app.gui.chat.view import MessageView
from desktop_app.gui.conversation.find_controller import FindController
from desktop_app.gui.conversation.target import show_target
from desktop_app.gui.sidebar.days_dialog import DaysDialog
from desktop_app.gui.window.main_window import MainWindow

DAY = 86_400.0
FOUND = (
    ("Lighthouse timer in Python", Role.USER, "", 0.01, "How do I let the **lamp** of the lighthouse blink in Python?"),
    ("Lighthouse timer in Python", Role.ASSISTANT, "Qwen3 8B", 0.01,
     "Here is a small version.\n\n```python\nfor symbol in MORSE[letter]:\n    lamp.on(); time.sleep(unit)\n```"),
    ("Why is the sky dark at night?", Role.ASSISTANT, "Gemma 3 27B Instruct QAT", 3,
     "If the stars were without end, every line of sight would meet one, as bright as a lamp that never goes out."),
    ("Packing list for the mountains", Role.ASSISTANT, "Qwen3 8B", 80,
     "1. A head lamp, with fresh batteries\n2. Gloves and a warm hat, for the hut at 2,300 metres"),
    ("Straßenlaternen in Łódź", Role.USER, "", 500, "Wann wurde die erste Lampe der Stadt angezündet?"),
)  # fmt: skip
NOTEBOOK = "Nobody had climbed the stairs for eleven years. The lamp was gone, sold to a museum in the city."
LONG = "The keeper lights the lamp at dusk. " * 6


def hits(words: str) -> Sequence[Hit]:
    finder = Finder(parse(words))
    return [
        Hit(sequence=number, message_id=f"m{number}", chat_id=f"c{number}", title=title, role=role, model=model,
            created_at=time.time() - days * DAY, snippet=snippet(text, finder.spans(text)),
            in_thought=number == 2)
        for number, (title, role, model, days, text) in enumerate(FOUND)
    ]  # fmt: skip


def searched(window: MainWindow, words: str = "lamp", share: float = 1.0) -> None:
    window.stage.show_sidebar()
    window.sidebar.focus_search()
    window.sidebar.search.setText(words)
    window.sidebar.filters.set_models(["Gemma 3 27B Instruct QAT", "Qwen3 8B"])
    window.sidebar.set_found(hits(words), share)


def search(window: MainWindow) -> None:
    searched(window)


def search_texts(window: MainWindow) -> None:
    """Find texts of the notebook, more than are shown."""
    searched(window)
    finder = Finder(parse("lamp"))
    titles = ("The lighthouse at the end of the bay", "def moving_average(values, width):")
    texts = [
        FoundText(title, title, time.time() - days * DAY, snippet(text, finder.spans(text)))
        for title, days, text in zip(titles, (0.02, 3), (NOTEBOOK, "lamp = moving_average(light, 3)"), strict=True)
    ]
    window.sidebar.set_found(hits("lamp"), 1.0, texts, 12)


def search_keyboard(window: MainWindow) -> None:
    searched(window, "la", share=0.43)
    window.activateWindow()
    for _ in range(20):
        QApplication.processEvents()
    QTest.keyClick(window.sidebar.search, Qt.Key.Key_Down)
    for _ in range(3):
        QTest.keyClick(window.sidebar.list, Qt.Key.Key_Down)


def search_nothing(window: MainWindow) -> None:
    searched(window, "zeppelin")
    window.sidebar.filters.choose_model("Gemma 3 27B Instruct QAT")
    window.sidebar.filters.choose_days(date(2026, 1, 1), date(2026, 2, 1), "1/1/26 to 2/1/26")
    window.sidebar.set_found([], 1.0)


def search_days(window: MainWindow) -> None:
    searched(window)
    DaysDialog(window.theme, date(2026, 1, 1), date(2026, 2, 1), window).open()


def messages() -> list[Message]:
    return [
        Message(id=f"m{number}", chat_id="c", parent_id=None, role=Role.ASSISTANT if number % 2 else Role.USER,
                parts=(TextPart(f"{text} {LONG if number % 2 else ''}"),), status=MessageStatus.COMPLETE, created_at=0.0)
        for number, (_title, _role, _model, _days, text) in enumerate(FOUND * 4)
    ]  # fmt: skip


def filled(window: MainWindow) -> list[Message]:
    shown = messages()
    views = [MessageView(message=each, sibling_index=0, sibling_count=1, failure=None) for each in shown]
    window.chat_view().show_messages(views, chat_id="c")
    return shown


def find_in_chat(window: MainWindow) -> None:
    filled(window)
    controller = FindController(window)
    controller.open()
    controller.bar.field.setText("lamp")
    for _ in range(20):
        QApplication.processEvents()
    for _ in range(6):
        QTest.keyClick(controller.bar.field, Qt.Key.Key_Return)


def find_nothing(window: MainWindow) -> None:
    filled(window)
    controller = FindController(window)
    controller.open()
    controller.bar.field.setText("zeppelin")


def hit_opened(window: MainWindow) -> None:
    shown = filled(window)
    show_target(window.chat_view(), shown[7], parse("lamp bright"))


def starred_messages(window: MainWindow) -> None:
    window.stage.show_sidebar()
    window.sidebar.show_starred()
    window.sidebar.set_found(hits(""), 1.0)
    starred_chat(window)


def no_starred(window: MainWindow) -> None:
    window.stage.show_sidebar()
    window.sidebar.show_starred()
    window.sidebar.set_found([], 1.0)


def starred_chat(window: MainWindow) -> None:
    """Show a question and an answer with a star, between others without."""
    shown = [msgspec.structs.replace(each, starred=number in (2, 3)) for number, each in enumerate(messages()[:6])]
    views = [MessageView(message=each, sibling_index=0, sibling_count=2, failure=None) for each in shown]
    window.chat_view().show_messages(views, chat_id="c")


SCREENS: dict[str, Callable[[MainWindow], object]] = {
    "search-hits": search,
    "search-texts": search_texts,
    "search-keyboard": search_keyboard,
    "search-nothing": search_nothing,
    "search-days": search_days,
    "find-in-chat": find_in_chat,
    "find-nothing": find_nothing,
    "search-opened": hit_opened,
    "search-starred": starred_messages,
    "search-no-starred": no_starred,
    "starred-chat": starred_chat,
}
