"""The screens of the Prompt tab, of the whole prompt, and of personas."""

import re
from collections.abc import Callable, Iterator

import msgspec
from PySide6.QtWidgets import QDialog

from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.models import ModelFile
from desktop_app.domain.personas import Persona, parse_persona
from desktop_app.domain.received import Received, parts_of_prompt, read_tokens
from desktop_app.domain.sampling import Sampling
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.panel.panel import PROMPT
from desktop_app.gui.panel.prompt.received_dialog import ReceivedDialog
from desktop_app.gui.personas.editor import PersonaSheet
from desktop_app.gui.personas.picture import Pictures
from desktop_app.gui.personas.start import StartPage
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.services.writing.personas import LibraryPersona
from desktop_app.support.paths import resources
from tests.screens.shown_window import show_panel

QWEN = ModelFile(path="/models/Qwen3-8B.gguf", name="Qwen3 8B", quantization="Q4_K_M", size=5_027_783_488)
QUESTION = "Write a function that blinks a lamp in Morse code, and say what each part does."
ANSWER = """It walks the text once and sleeps between symbols. 💡

```python
def blink(text: str, lamp, unit: float = 0.2) -> None:
    for letter in text.upper():
        for symbol in MORSE.get(letter, ""):
            lamp.on();  time.sleep(unit * LENGTH[symbol])
            lamp.off(); time.sleep(unit)
```

A dash is three dots long, and a lamp that fails stays dark."""
SYSTEM_PROMPT = """You are a careful engineer who explains electronics and Python to people who build things.

Answer in short paragraphs. Show code only where it is asked for. Say so where something could break a lamp."""


def prompt_tab(window: MainWindow) -> None:
    show_panel(window)
    window.panel.show_tab(PROMPT)
    tab = window.panel.prompt_tab
    tab.show_prompt(SYSTEM_PROMPT, "You are a helpful assistant.", begins=False)
    tab.set_count(47)


def received_prompt() -> Received:
    """Return a prompt with tokens that are words, near enough to look at."""
    turns = (("system", SYSTEM_PROMPT), ("user", QUESTION), ("assistant", ANSWER))
    text = "".join(f"<|im_start|>{role}\n{words}<|im_end|>\n" for role, words in turns) + "<|im_start|>assistant\n"
    pieces = re.findall(r"<\|im_\w+\|>|\n| ?[^\s<]+|\s", text)
    controls = [piece.startswith("<|") for piece in pieces]
    shown, tokens = read_tokens(range(len(pieces)), [piece.encode() for piece in pieces], controls)
    return Received(text=shown, parts=parts_of_prompt(shown, turns), tokens=tokens, context_size=8192)


MINE = Persona(
    name="Lighthouse keeper",
    description="Knows lamps, weather and the sea.",
    prompt="You keep a lighthouse.",
    sampling={"temperature": 0.7},
    questions=("When is the lamp lit?",),
)


def personas(own: bool = True) -> list[LibraryPersona]:
    """Return the personas that come with the app, one of one's own, and one that cannot be read."""
    folder = resources() / "personas"
    found = []
    for file in sorted(folder.glob("*.md")):
        persona = parse_persona(file.read_text(), file.stem).persona
        picture = str(folder / "pictures" / f"{persona.picture}.svg")
        found.append(
            LibraryPersona(
                key=f"built-in/{file.name}", is_own=False, name=persona.name, picture=picture, persona=persona
            )
        )
    if own:
        missing = ErrorInfo(ErrorCode.PERSONA_MODEL_MISSING, {"model": "Gemma 3 27B"})
        clamped = ErrorInfo(ErrorCode.PERSONA_VALUE_CLAMPED, {"name": "temperature", "value": "9", "used": "2.0"})
        broken = ErrorInfo(ErrorCode.PERSONA_INVALID, {"line": 4, "problem": "A list has no closing bracket"})
        found += [
            LibraryPersona(key="own/a.md", is_own=True, name=MINE.name, picture=found[0].picture, persona=MINE,
                           findings=(missing, clamped)),
            LibraryPersona(key="own/b.md", is_own=True, name="sailor", picture=found[0].picture, error=broken),
        ]  # fmt: skip
    return found


def no_pictures(window: MainWindow) -> Pictures:
    pictures = Pictures(lambda _read, _then: None, window)
    window.set_pictures(pictures)
    return pictures


def persona_row(window: MainWindow) -> StartPage:
    window.sidebar.set_current(None)
    window.top_bar.set_title("New chat", editable=False)
    window.chat_view().empty_hint("Ask anything. The model runs on this computer, and nothing leaves it.")
    start = StartPage(window.theme, no_pictures(window), window.chat_view().viewport())
    start.show_entries(personas(own=False))
    start.show()
    return start


def persona_greeting(window: MainWindow) -> None:
    start = persona_row(window)
    window.chat_view().empty_hint("")
    start.show_chosen(next(entry for entry in personas() if entry.name == "Patient teacher"))


def persona_long_greeting(window: MainWindow) -> None:
    """Show a greeting that is a whole scene, as characters have it."""
    start = persona_row(window)
    window.chat_view().empty_hint("")
    scene = "The lamp turns, and its light goes over the water once more. He looks up from the log and nods at you. "
    keeper = msgspec.structs.replace(MINE, greeting="\n\n".join([scene * 4] * 5))
    start.show_chosen(msgspec.structs.replace(personas(own=False)[0], name=keeper.name, persona=keeper))


def personas_page(window: MainWindow) -> None:
    no_pictures(window)
    window.show_page("personas")
    window.personas_page.show_entries(personas())


def persona_editor(window: MainWindow) -> None:
    personas_page(window)
    sheet = PersonaSheet(window.theme, "own/a.md", MINE, pictures=("assistant", "critic"), models=[QWEN],
                         usual=Sampling())  # fmt: skip
    window.personas_page.open_sheet(sheet)


def dialogs(theme: Theme) -> Iterator[tuple[str, QDialog]]:
    """Yield the whole prompt, with control tokens marked, then with every token."""
    for every_token in (False, True):
        dialog = ReceivedDialog(theme)
        dialog.show_received(received_prompt())
        dialog.every_token.setChecked(every_token)
        yield f"received{'-tokens' if every_token else ''}", dialog


SCREENS: dict[str, Callable[[MainWindow], object]] = {
    "prompt-tab": prompt_tab,
    "personas-row": persona_row,
    "personas-greeting": persona_greeting,
    "personas-long-greeting": persona_long_greeting,
    "personas-page": personas_page,
    "personas-editor": persona_editor,
}
