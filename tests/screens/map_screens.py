"""The screens of the map of the chats."""

import math
import random
from collections.abc import Callable

from PySide6.QtCore import Qt

from desktop_app.domain.chat_map import lay_out, packed
from desktop_app.domain.chat_topics import ChatTopic
from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.models import ModelFile
from desktop_app.gui.chat_map.page import MapPage
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.services.chats.chat_map import ChatMap, PlacedChat

QWEN = ModelFile(path="/models/Qwen3-8B.gguf", name="Qwen3 8B", quantization="Q4_K_M", size=5_027_783_488)
STARTER = ModelFile(path="/models/SmolLM2.gguf", name="SmolLM2 135M Instruct", quantization="Q4_1", size=98_362_432)
SUBJECTS = {
    "bread": (
        "Sourdough without a scale",
        "Why does my loaf collapse?",
        "Rye starter, third day",
        "Oven without steam",
    ),
    "boats": ("Names for a small boat", "Anchoring in mud", "Varnish or oil for the mast?", "Tide tables explained"),
    "code": ("Lighthouse timer in Python", "Regex for invoice numbers", "Why is my query slow?", "Rename a branch"),
    "letters": ("Cover letter, second draft", "Complaint to the landlord", "Condolences, short", "Invitation in verse"),
    "stars": ("Why is the sky dark at night?", "How far is Sirius?", "Telescope for a balcony", "What a parsec is"),
    "hills": ("Packing list for the mountains", "Blisters on long walks", "Reading a contour map", "Huts in October"),
}
WEEK = 7 * 86_400.0
NOW = 1_795_000_000.0


def drawn(count: int, **changes: object) -> ChatMap:
    """Return a map of so many chats about six subjects."""
    chance = random.Random(count)
    centres = {subject: [chance.gauss(0, 1) for _ in range(24)] for subject in SUBJECTS}
    topics, vectors = [], []
    for number in range(count):
        subject = list(SUBJECTS)[number % len(SUBJECTS)]
        titles = SUBJECTS[subject]
        title = titles[number // len(SUBJECTS) % len(titles)]
        if number >= len(SUBJECTS) * 4:
            title = f"{title} ({number})"
        first = f"I have a question about {subject}. {title}? Please answer in a few plain sentences, with an example."
        topics.append(ChatTopic(chat_id=f"chat{number}", title=title, first=first, last="",
                                updated_at=NOW - number * WEEK / 4))  # fmt: skip
        vectors.append(packed([value + chance.gauss(0, 0.55) for value in centres[subject]]))
    layout = lay_out(vectors)
    chats = tuple(PlacedChat(topic, x, y) for topic, (x, y) in zip(topics, layout.points, strict=True))
    values = {"chats": chats, "share": layout.share, "done": count, "total": count, "is_drawn": True, **changes}
    return ChatMap(model_path=STARTER.path, **values)


def page(window: MainWindow, shown: ChatMap | None, model: str = STARTER.path) -> MapPage:
    window.show_page("map")
    window.map_page.show_models((STARTER, QWEN), model)
    window.map_page.show_map(shown)
    return window.map_page


def map_of_three(window: MainWindow) -> None:
    page(window, drawn(3))


def map_of_thirty(window: MainWindow) -> None:
    view = page(window, drawn(30)).view
    view.setFocus(Qt.FocusReason.TabFocusReason)
    view.set_current(4)


def map_of_a_thousand(window: MainWindow) -> None:
    page(window, drawn(1000, left_out=2))


def map_zoomed(window: MainWindow) -> None:
    view = page(window, drawn(1000)).view
    view.zoom_by(6.0, view.place(3))
    view.set_current(3)


def map_in_the_making(window: MainWindow) -> None:
    page(window, drawn(60, done=61, total=1240, is_drawn=False))


def map_stopped(window: MainWindow) -> None:
    page(window, drawn(60, done=61, total=1240, is_drawn=False)).show_stopped()


def map_failed(window: MainWindow) -> None:
    error = ErrorInfo(ErrorCode.MODEL_NOT_FOUND, params={"path": STARTER.path})
    page(window, drawn(40, done=40, total=1240, error=error))


def map_of_few(window: MainWindow) -> None:
    page(window, drawn(2))


def map_without_a_model(window: MainWindow) -> None:
    page(window, None, "")


def map_of_long_words(window: MainWindow) -> None:
    shown = drawn(12)
    chats = tuple(
        PlacedChat(
            ChatTopic(chat_id=str(place), title="Rinderkennzeichnungsfleischetikettierungsüberwachung" * (place % 3 + 1),
                      first="https://example.org/" + "a" * 300 + " 🎉" * 40, last="", updated_at=NOW),
            math.cos(place), math.sin(2 * place),
        )
        for place, chat in enumerate(shown.chats)
    )  # fmt: skip
    page(window, ChatMap(model_path=STARTER.path, chats=chats, share=0.4, done=12, total=12, is_drawn=True))
    window.map_page.view.set_current(5)


SCREENS: dict[str, Callable[[MainWindow], object]] = {
    "map-3": map_of_three,
    "map-30": map_of_thirty,
    "map-1000": map_of_a_thousand,
    "map-zoomed": map_zoomed,
    "map-making": map_in_the_making,
    "map-stopped": map_stopped,
    "map-failed": map_failed,
    "map-few": map_of_few,
    "map-no-model": map_without_a_model,
    "map-long": map_of_long_words,
}
