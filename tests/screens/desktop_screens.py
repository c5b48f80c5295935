"""The screens of what stands on the desktop beside the window: the quick question."""

import time
from collections.abc import Callable

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from desktop_app.domain.messages import Message, MessageStatus, Receipt, Role
from desktop_app.domain.models import ModelFile
from desktop_app.domain.parts import TextPart
from desktop_app.gui.chat.rows.footer import end_line
from desktop_app.gui.chat.view import MessageView
from desktop_app.gui.desktop.quick_window import QuickWindow
from desktop_app.gui.desktop.tray import icon_of
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.settings.schema import DesktopSettings, Settings

QWEN = ModelFile(path="/models/Qwen3-8B.gguf", name="Qwen3 8B", quantization="Q4_K_M", size=5_027_783_488)
QUESTION = "How long may a boat lie on the beach before the sun harms its varnish?"
ANSWER = """Varnish lasts a **summer or two** in strong sun:

1. Cover the boat, or turn it over.
2. Wash the salt off before it dries.
3. Sand lightly and add a coat every spring.

```python
coats = 3 if years > 2 else 1
```
"""


def _message(name: str, role: Role, text: str, status: MessageStatus = MessageStatus.COMPLETE) -> MessageView:
    receipt = Receipt(model_name="Qwen3 8B", completion_tokens=86, tokens_per_second=61, seconds_to_first_token=0.18)
    is_whole = role is Role.ASSISTANT and status is MessageStatus.COMPLETE
    message = Message(
        id=name, chat_id="c", parent_id=None, role=role, parts=(TextPart(text),), status=status,
        created_at=time.time(), receipt=receipt if is_whole else None,
    )  # fmt: skip
    return MessageView(message=message, sibling_index=0, sibling_count=1, failure=None)


def empty(window: QuickWindow) -> None:
    window.set_models([QWEN], QWEN.path)
    window.set_personas([], "")


def typed(window: QuickWindow) -> None:
    empty(window)
    window.say_state("Loading the model… 42 %")
    window.composer.set_text("Compare oak and larch for a small boat:\n- weight\n- rot\n- price")


def answering(window: QuickWindow) -> None:
    empty(window)
    window.show_answer(True)
    window.composer.set_state("streaming")
    window.view.show_messages(
        [
            _message("q", Role.USER, QUESTION),
            _message("a", Role.ASSISTANT, "Varnish lasts a **summer or two** in", MessageStatus.STREAMING),
        ],
        chat_id="c",
    )


def answered(window: QuickWindow) -> None:
    empty(window)
    window.show_answer(True)
    answer = _message("a", Role.ASSISTANT, ANSWER)
    window.view.show_messages([_message("q", Role.USER, QUESTION), answer], chat_id="c")
    window.show_end(end_line(answer.message), complete=True)


def failed(window: QuickWindow) -> None:
    empty(window)
    window.show_answer(True)
    window.view.show_messages([_message("q", Role.USER, QUESTION)], chat_id="c")
    words = "The model stopped: the computer's memory was full. Close other programs, or choose a smaller model."
    window.say_trouble(words, can_retry=True)


def no_model(window: QuickWindow) -> None:
    window.set_models([], None)
    window.set_personas([], "")
    window.composer.set_state("disabled", "Choose a model first")
    window.say_trouble("There is no model on this computer yet.", needs_main=True)


def settings_desktop(window: MainWindow) -> None:
    """The settings, with keys that another program has and a desktop without a tray."""
    chosen = DesktopSettings(tray=True, keep_running=True, quick_keys="Ctrl+Alt+Space")
    window.set_settings(Settings(desktop=chosen))
    window.show_page("settings")
    page = window.settings_page
    page.ensure_built()
    page.say("desktop", "tray", "This desktop does not show tray icons now. Closing the last window ends Inglenook.")
    page.say("desktop", "quick_keys", "Another program uses these keys. Choose others.")
    QTest.qWait(1)
    page.ensureWidgetVisible(page.sections["desktop"], 0, 300)


def tray_icons(theme: Theme) -> QWidget:
    """The icon of the tray on a light and on a dark panel, idle and answering."""
    panel = QWidget()
    row = QHBoxLayout(panel)
    for colour in ("#f2f2f2", "#202020"):
        ground = QWidget()
        ground.setStyleSheet(f"background: {colour};")
        inside = QHBoxLayout(ground)
        for is_answering in (False, True):
            for side in (16, 22, 48):
                picture = QLabel()
                picture.setPixmap(icon_of(theme, is_answering=is_answering).pixmap(side))
                inside.addWidget(picture)
        row.addWidget(ground)
    panel.show()
    return panel


SCREENS: dict[str, Callable[[MainWindow], object]] = {"settings-desktop": settings_desktop}
QUICK: dict[str, Callable[[QuickWindow], None]] = {
    "quick-empty": empty,
    "quick-typed": typed,
    "quick-answering": answering,
    "quick-answered": answered,
    "quick-failed": failed,
    "quick-no-model": no_model,
}


def quick_window(theme: Theme, name: str, width: int | None = None) -> QuickWindow:
    """Return the window as it is shown, or as narrow as asked for."""
    window = QuickWindow(theme)
    window.present()
    if width is not None:
        window.setFixedWidth(width)
    QUICK[name](window)
    return window
