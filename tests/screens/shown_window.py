"""The window that screens are shown in, with made-up chats and models."""

from datetime import datetime, timedelta

from PySide6.QtCore import QPoint
from PySide6.QtGui import QCursor

from desktop_app.domain.chats import Chat
from desktop_app.domain.models import ModelFile
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.settings.schema import Settings

TODAY = datetime.now().astimezone().date()
FAR_AWAY = QPoint(20_000, 20_000)  # where the pointer hovers over nothing
STARTER = ModelFile(path="/models/SmolLM2.gguf", name="SmolLM2 135M Instruct", quantization="Q4_1", size=98_362_432,
                    is_starter=True)  # fmt: skip
QWEN = ModelFile(path="/models/Qwen3-8B.gguf", name="Qwen3 8B", quantization="Q4_K_M", size=5_027_783_488)
GEMMA = ModelFile(path="/models/gemma-3-12b.gguf", name="Gemma 3 12B", quantization="Q4_K_M", size=7_300_574_912)
MODELS = [STARTER, QWEN, GEMMA]
TITLES = (
    ("Thesis outline", 400, True),
    ("Lighthouse timer in Python", 0, False),
    ("Translate the lease, keep clauses", 0, False),
    ("What does top-p really do?", 0, False),
    ("A very long title that nobody would want to read to its end", 1, False),
    ("Recipe without oven", 8, False),
    ("Regex for invoice numbers", 8, False),
    ("Cover letter, second draft", 9, False),
    ("Names for a small boat", 40, False),
    ("Why is the sky dark at night?", 41, False),
    ("Packing list for the mountains", 300, False),
)


def chats() -> list[Chat]:
    """Return chats of the last months."""
    noon = datetime.combine(TODAY, datetime.min.time()).replace(hour=12).astimezone()
    made = []
    for place, (title, days, pinned) in enumerate(TITLES):
        moment = (noon - timedelta(days=days, minutes=place)).timestamp()
        made.append(Chat(id=f"chat{place}", title=title, created_at=moment, updated_at=moment, pinned=pinned))
    return made


def new_window(theme: Theme, settings: Settings, size: tuple[int, int]) -> MainWindow:
    """Return a window with chats and a loaded model."""
    QCursor.setPos(FAR_AWAY)
    window = MainWindow(theme, settings)
    window.resize(*size)
    window.sidebar.set_chats(chats(), TODAY)
    window.sidebar.set_current("chat1")
    window.top_bar.set_models(MODELS)
    window.top_bar.set_model("Qwen3 8B", "Q4_K_M", "GPU 28/33", "28 of 33 layers fit the graphics card.", "ready", 1.0)
    window.top_bar.set_context(3174, 8192)
    window.top_bar.set_title("Lighthouse timer in Python")
    window.models_page.set_models(MODELS, QWEN.path)
    window.show()
    return window


def show_panel(window: MainWindow) -> None:
    """Have the panel in the window: in its drawer, where it has no room beside the chat."""
    if not window.stage.has_panel_room:
        window.stage.toggle_panel()
