"""Renders every screen, light and dark, at two sizes, into build/screens/ for people to look at."""

import argparse
import os
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache, partial
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_SCALE_FACTOR", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

import msgspec
import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QCursor, QEnterEvent, QFontDatabase
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from desktop_app.domain.answer_tokens import spans
from desktop_app.domain.chats import Chat
from desktop_app.domain.distribution import Distribution
from desktop_app.domain.downloads import Download, DownloadState
from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.families import network_named
from desktop_app.domain.fit import Device, KvType, Machine
from desktop_app.domain.gbnf import grammar_flaw
from desktop_app.domain.hub import HubFile, HubModel, HubRepository, Variant
from desktop_app.domain.messages import Message, MessageStatus, Receipt, Role
from desktop_app.domain.model_defaults import Adapter, KvChoice, LoadOptions, ModelDefaults
from desktop_app.domain.models import ModelDetails, ModelFile, Origin, OriginFile
from desktop_app.domain.near_words import NearWord, NearWords, WordPieces
from desktop_app.domain.parts import TextPart, ThoughtPart, ToolCallPart
from desktop_app.domain.presets import Preset
from desktop_app.domain.prompt_hint import prompt_hint
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.spoken_text import Words, spoken
from desktop_app.domain.transfers import Arrival, Placing, Transfer
from desktop_app.domain.tuning import Trial, Tried
from desktop_app.domain.verdict import Verdict, judge
from desktop_app.domain.word_diff import word_diff
from desktop_app.gui.chat.advice_dialog import AdviceDialog
from desktop_app.gui.chat.advice_words import advice_line
from desktop_app.gui.chat.fold_head import FoldHead
from desktop_app.gui.chat.footer import pace_line
from desktop_app.gui.chat.marking import CURRENT, FOUND
from desktop_app.gui.chat.reading_bar import ReadingBar
from desktop_app.gui.chat.source_map import Stretch
from desktop_app.gui.chat.view import MessageView
from desktop_app.gui.compare_candidates import Candidate
from desktop_app.gui.crash import CrashDialog
from desktop_app.gui.find_controller import FindController
from desktop_app.gui.first_run import FirstRunPage
from desktop_app.gui.gradual import Gradual
from desktop_app.gui.language import speak
from desktop_app.gui.main_window import MainWindow
from desktop_app.gui.models.card_text import read_card
from desktop_app.gui.models.defaults_sheet import DefaultsSheet
from desktop_app.gui.models.hub_sheet import HubSheet
from desktop_app.gui.models.import_dialog import import_dialog, move_dialog
from desktop_app.gui.models.local_sheet import LocalSheet
from desktop_app.gui.models.presence import Presence
from desktop_app.gui.name_dialog import NameDialog
from desktop_app.gui.panel.form_dialog import FormDialog
from desktop_app.gui.panel.form_examples import GRAMMARS, SCHEMAS
from desktop_app.gui.panel.receipt_block import ReceiptBlock
from desktop_app.gui.panel.sampling_tab import ALL_GROUPS
from desktop_app.gui.receipt_dialog import ReceiptDialog
from desktop_app.gui.shortcuts_dialog import ShortcutsDialog
from desktop_app.gui.theme import Theme, load_theme
from desktop_app.gui.tints import step_of
from desktop_app.gui.tuning_dialog import TuningDialog
from desktop_app.services.error_text import explain
from desktop_app.services.fitting import shape_from
from desktop_app.services.foresight import Forecast
from desktop_app.services.forms import FormCheck
from desktop_app.services.freshness import Freshness
from desktop_app.settings.schema import Appearance, AppearanceSettings, EngineSettings, Language, Settings
from desktop_app.sources.catalogue import read_catalogue
from desktop_app.support.i18n import LANGUAGES, _
from tests.screens import (
    about_screens,
    branch_screens,
    chat_file_screens,
    comfort_screens,
    composer_screens,
    data_screens,
    desktop_screens,
    hand_screens,
    hardware_screens,
    lock_screens,
    map_screens,
    moving_in_screens,
    order_screens,
    persona_screens,
    search_screens,
    template_screens,
    tour_screens,
)
from tests.screens.pseudo import speak_pseudo
from tests.traced_answers import made_up_attention, made_up_traces

TODAY = datetime.now().astimezone().date()
FAR_AWAY = QPoint(20_000, 20_000)  # where the pointer hovers over nothing
SIZES = ((1360, 860), (900, 640))
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

TUNED: tuple[dict[str, object], ...] = (
    {"flash_attention": False}, {"gpu_layers": 33}, {"gpu_layers": 28, "threads": 7}, {"gpu_layers": 37},
    {"gpu_layers": 28, "batch_size": 256}, {"gpu_layers": 28, "kv_type": KvType.Q8_0},
)  # fmt: skip
NEAR_WORDS = NearWords(
    near=tuple(
        NearWord(word, token, similarity)
        for token, (word, similarity) in enumerate(
            {"queen": 0.73, "princess": 0.63, "kings": 0.62, "emperor": 0.58, "Empress": 0.56, "goddess": 0.56}.items()
        )
    ),
    words=(WordPieces("king", (b" king",)), WordPieces("woman", (b" woman",)), WordPieces("man", (b" man",))),
    length=576,
    vocabulary=49_152,
)
QUESTION = "Write a function that blinks a lamp in Morse code, and say what each part does."
ANSWER = '''Here is a small version. It walks the text once and sleeps between symbols.

```python
def blink(text: str, lamp, unit: float = 0.2) -> None:
    """Blink *text* in Morse; one dot lasts `unit` seconds."""
    for letter in text.upper():
        for symbol in MORSE.get(letter, ""):
            lamp.on();  time.sleep(unit * LENGTH[symbol])
            lamp.off(); time.sleep(unit)
```

| Part | What it does |
|---|---|
| MORSE | maps a letter to dots and dashes |
| LENGTH | a dash is three dots long |
'''
SUMMARY = (
    "They wrote a Python function that blinks a lamp in Morse code; a dot lasts 0.2 seconds, a dash three dots. "
    "It is open whether the lamp should end dark when it fails half way."
)
THOUGHT = """They ask what happens when `lamp.on()` raises. The loop ends there, so nothing turns the lamp off.

1. A `try`/`finally` around the inner loop would do.
2. A context manager would be *cleaner*, but longer.

The first one, then; and say why the lamp must end dark."""
SECOND_QUESTION = "And if the lamp fails half way?"
MATHEMATICS = r"""The roots of $ax^2+bx+c=0$ follow from the discriminant $D=b^2-4ac$:

$$
x_{1,2} = \frac{-b\pm\sqrt{b^2-4ac}}{2a}
$$

An inline sum $\sum_{i=1}^n i = \tfrac{n(n+1)}{2}$, a limit $\lim_{x\to 0}\frac{\sin x}{x}=1$, and a matrix:

\[
A = \begin{pmatrix} \cos\theta & -\sin\theta \\ \sin\theta & \cos\theta \end{pmatrix},\qquad
f(x) = \begin{cases} x^2 & \text{if } x \ge 0 \\ -x & \text{otherwise} \end{cases}
\]

$$
\begin{aligned}
\nabla\cdot\mathbf{E} &= \frac{\rho}{\varepsilon_0} & \int_{-\infty}^{\infty} e^{-x^2}\,dx &= \sqrt{\pi} \\
\nabla\times\mathbf{B} &= \mu_0\mathbf{J} & \prod_{p}\frac{1}{1-p^{-s}} &= \sum_{n=1}^\infty\frac{1}{n^s}
\end{aligned}
$$

- Euler's identity: $e^{i\pi}+1=0$
- A norm: $\left\|\frac{\vec{v}}{2}\right\| \le \overline{z}\,\hat{y}$
"""
ARABIC_QUESTION = "ما هي شفرة مورس؟ (بالعربية)"
ARABIC_ANSWER = """شفرة مورس تكتب كل حرف بنقاط وشرطات، مثل `SOS`:

- **نقطة** تدوم وحدة واحدة.
- **شرطة** تدوم ثلاث وحدات، أي 0.6 ثانية.
    1. أولا، أشعل المصباح.
    2. ثم أطفئه.
- An English item among them.

> «من يعرف مورس لا يضيع.» قال الحارس.

```python
# تعليق بالعربية
lamp.on(); time.sleep(0.2)
```

| الحرف | الشفرة | المدة |
|---|---|---:|
| A | `.-` | 5 |
| S | `...` | 5 |

والصيغة $x^2 + 1$ داخل السطر. English words, too."""
SECOND_ANSWER = "Then `lamp.on()` raises, and the lamp may stay lit. Wrap the inner loop so that it always ends dark"


def chats() -> list[Chat]:
    """Return chats of the last months."""
    noon = datetime.combine(TODAY, datetime.min.time()).replace(hour=12).astimezone()
    made = []
    for place, (title, days, pinned) in enumerate(TITLES):
        moment = (noon - timedelta(days=days, minutes=place)).timestamp()
        made.append(Chat(id=f"chat{place}", title=title, created_at=moment, updated_at=moment, pinned=pinned))
    return made


def message(name: str, role: Role, text: str, status: MessageStatus = MessageStatus.COMPLETE,
            error: ErrorInfo | None = None) -> Message:  # fmt: skip
    """Return a message of the shown chat."""
    receipt = Receipt(model_name="Qwen3 8B", completion_tokens=412, tokens_per_second=61, seconds_to_first_token=0.18)
    finished = role is Role.ASSISTANT and status is MessageStatus.COMPLETE
    return Message(id=name, chat_id="chat1", parent_id=None, role=role, parts=(TextPart(text),), status=status,
                   created_at=time.time(), receipt=receipt if finished else None, error=error)  # fmt: skip


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


def fill_chat(window: MainWindow, *, last: MessageStatus | None = None, error: ErrorInfo | None = None) -> None:
    """Show the conversation of the look."""
    view = window.chat_view()
    shown = [
        MessageView(message=message("q1", Role.USER, QUESTION), sibling_index=0, sibling_count=1, failure=None),
        MessageView(message=message("a1", Role.ASSISTANT, ANSWER), sibling_index=1, sibling_count=3, failure=None),
    ]
    if last is not None:
        text = "" if last is MessageStatus.FAILED else SECOND_ANSWER
        failure = None
        if error is not None:
            failure = (
                "The model stopped: the computer's memory was full.",
                "Close other programs, or choose a smaller model.",
            )
        shown += [
            MessageView(
                message=message("q2", Role.USER, SECOND_QUESTION), sibling_index=0, sibling_count=1, failure=None
            ),
            MessageView(
                message=message("a2", Role.ASSISTANT, text, last, error),
                sibling_index=0,
                sibling_count=1,
                failure=failure,
            ),
        ]
    view.show_messages(shown, chat_id="chat1")


def read_aloud(window: MainWindow) -> None:
    """Show an answer that is read aloud, with its bar."""
    fill_chat(window)
    bar = ReadingBar(window.theme, window.chat_view())
    bar.show_state(paused=False, can_pause=True)
    bar.show_pace(125, 50, 200)
    bar.show_place(0, 4)
    bar.come_up()
    parts = spoken(ANSWER, Words())
    begin, end = parts[0].span(2, 5)
    stretches = [
        Stretch(parts[0].begin, begin, FOUND),
        Stretch(begin, end, CURRENT),
        Stretch(end, parts[0].end, FOUND),
    ]
    window.chat_view().set_spoken("a1", stretches)
    window.chat_view().reveal("a1", 0)


def read_aloud_and_find(window: MainWindow) -> None:
    """Show the two bars over a chat together."""
    read_aloud(window)
    finder = FindController(window)
    finder.open()
    finder.bar.field.setText("the")


def settle(widget: QWidget, milliseconds: int = 60) -> None:
    """Let events, timers and layouts run, and lists that are filled bit by bit come to their end."""
    QTest.qWait(milliseconds)
    timers = [timer for gradual in widget.findChildren(Gradual) for timer in gradual.findChildren(QTimer)]
    while any(timer.isActive() for timer in timers):
        QTest.qWait(1)
    widget.repaint()
    QApplication.processEvents()


def chat_empty(window: MainWindow) -> None:
    window.sidebar.set_current(None)
    window.top_bar.set_title("New chat", editable=False)
    window.top_bar.set_context(None, 8192)
    window.chat_view().empty_hint("Ask anything. The model runs on this computer, and nothing leaves it.")


def chat_filled(window: MainWindow) -> None:
    fill_chat(window)


def arabic(window: MainWindow) -> None:
    """A chat that reads from right to left, whichever way the window does."""
    shown = [message("q1", Role.USER, ARABIC_QUESTION), message("a1", Role.ASSISTANT, ARABIC_ANSWER)]
    window.chat_view().show_messages([MessageView(each, 0, 1, None) for each in shown], chat_id="arabic")
    window.top_bar.set_title(ARABIC_QUESTION)
    settle(window)
    window.chat_view().verticalScrollBar().setValue(0)


def streaming(window: MainWindow) -> None:
    fill_chat(window, last=MessageStatus.STREAMING)
    window.chat_view().set_pace(window.chat_view().entries[-1].id, pace_line(208, 61.2))
    window.composer.set_text("A follow-up, typed meanwhile.\nIt has two lines.")
    window.composer.set_token_count(18)
    window.composer.set_state("streaming")


def formulas(window: MainWindow) -> None:
    fill_chat(window)
    views = [
        MessageView(message=message("f0", Role.USER, "Show me some mathematics."), sibling_index=0, sibling_count=1, failure=None),
        MessageView(message=message("f1", Role.ASSISTANT, MATHEMATICS), sibling_index=0, sibling_count=1, failure=None),
    ]  # fmt: skip
    window.chat_view().show_messages(views, chat_id="formulas")
    window.chat_view().verticalScrollBar().setValue(0)
    settle(window)


def long_code(window: MainWindow) -> None:
    fill_chat(window)
    lines = "".join(f"    {number}: '{'-' if number % 3 else '.'}',\n" for number in range(60))
    head = "| Letter | Code | Length in units | Heard | Written by hand | Sent by lamp | First used | Notes of the keeper |"
    row = "| A | `.-` | five | di-dah | a dot and a line | short, long | 1844-05-24 | unmistakable in fog, he says |"
    text = f"The table is long:\n\n```python\nCODES = {{\n{lines}}}\n```\n\n{head}\n{'|---' * 8}|\n{row}\n{row}\n\nThat is all of it."
    view = MessageView(message=message("l1", Role.ASSISTANT, text), sibling_index=0, sibling_count=1, failure=None)
    window.chat_view().show_messages([view], chat_id="long")
    settle(window)


def failed_answer(window: MainWindow) -> None:
    fill_chat(window, last=MessageStatus.FAILED, error=ErrorInfo(ErrorCode.ENGINE_OUT_OF_MEMORY))
    window.top_bar.set_model("Qwen3 8B", "Q4_K_M", "", "The computer's memory was full.", "failed", 0.0)


def loading_model(window: MainWindow) -> None:
    chat_empty(window)
    window.top_bar.set_model("Qwen3 8B", "Q4_K_M", "", "", "loading", 0.62)
    window.composer.set_text("Can I already type?")


def editing(window: MainWindow) -> None:
    fill_chat(window)
    window.composer.set_editing("q1", QUESTION)
    window.composer.set_token_count(19)


def context_full(window: MainWindow) -> None:
    fill_chat(window)
    window.top_bar.set_context(7600, 8192)


def context_stopped(window: MainWindow) -> None:
    fill_chat(window, last=MessageStatus.STOPPED)
    window.top_bar.set_context(6300, 8192)
    window.composer.set_text(QUESTION)
    explanation = explain(
        ErrorInfo(ErrorCode.CONTEXT_FULL, {"prompt_tokens": 7412, "room": 7168, "context_size": 8192})
    )
    window.notice.show_notice(
        explanation.text,
        None,
        "error",
        choices=[
            (_("Forget the oldest"), partial(int)),
            (_("New chat"), partial(int)),
            (_("More context…"), partial(int)),
        ],
    )


def context_summary(window: MainWindow) -> None:
    fill_chat(window, last=MessageStatus.INTERRUPTED)
    view = window.chat_view()
    view.set_memory_start("q2", SUMMARY)
    view.toggle_summary()


def context_summary_closed(window: MainWindow) -> None:
    fill_chat(window, last=MessageStatus.STOPPED)
    window.chat_view().set_memory_start("q2", SUMMARY)


def thoughts(window: MainWindow) -> None:
    """One that is closed, and one that is read along while it comes."""
    view = window.chat_view()
    parts = (ThoughtPart(THOUGHT, 12.0), TextPart(ANSWER.split("|")[0]))
    live = message("a2", Role.ASSISTANT, "", MessageStatus.STREAMING)
    shown = [
        message("q1", Role.USER, QUESTION),
        msgspec.structs.replace(message("a1", Role.ASSISTANT, ""), parts=parts),
        message("q2", Role.USER, SECOND_QUESTION),
        msgspec.structs.replace(live, parts=(ThoughtPart(THOUGHT, 4.0),)),
    ]
    view.show_messages([MessageView(each, 0, 1, None) for each in shown], chat_id="chat1")
    settle(view)
    heads = [head for head in view.viewport().findChildren(FoldHead) if head.isVisible()]
    max(heads, key=lambda head: head.y()).toggle.click()
    window.composer.set_state("streaming")
    window.panel.sampling_tab.offer_thinking(True)


def tool_calls(window: MainWindow) -> None:
    """Calls among the text, one of them open, and one where the model only called."""
    view = window.chat_view()
    weather = ToolCallPart("get_weather", '{"city": "Paris", "days": 3, "units": "metric"}', "")
    search = ToolCallPart("search_files", '{"pattern": "*.py", "folders": ["src", "tests"]}', "")
    parts = (ThoughtPart(THOUGHT, 12.0), TextPart("I look at the weather in Paris first.\n\n"), weather,
             TextPart("\n"), search, TextPart("Then I tell you whether the lamp should be lit."))  # fmt: skip
    shown = [
        message("q1", Role.USER, "Should the lamp be lit in Paris this week?"),
        msgspec.structs.replace(message("a1", Role.ASSISTANT, ""), parts=parts),
        message("q2", Role.USER, "And in Rome?"),
        msgspec.structs.replace(message("a2", Role.ASSISTANT, ""), parts=(weather,)),
    ]
    view.show_messages([MessageView(each, 0, 1, None) for each in shown], chat_id="chat1")
    settle(view)
    heads = [head for head in view.viewport().findChildren(FoldHead) if head.isVisible()]
    next(head for head in heads if "get_weather" in head.toggle.text()).toggle.click()


RECEIPT = Receipt(
    model_name="Qwen3 8B", model_file="Qwen3-8B-Q4_K_M.gguf", model_size=QWEN.size, quantization="Q4_K_M",
    model_hash="sha256:d98cdcbd03e17ce47681435b5150e34c1417f50b5c0019dd560e4882c5745785",
    engine_build="installed 0.3.36", engine_version="llama.cpp 8.1.0, llama-cpp-python 0.3.36", device="GPU 28/33",
    cpu_features="SSE3 SSSE3 AVX AVX2 F16C FMA BMI2 LLAMAFILE OPENMP REPACK", kv_type="f16", context_size=8192,
    threads=8, template_hash="a4aee2ee1b3e1f6c", prompt_hash="0f6d3a1c55b2e970", tokens_hash="5b1e6f0c7a2d9384",
    sampling=Sampling(temperature=0.6, top_p=0.9), seed=71_220, prompt_tokens=3062, cached_tokens=2980,
    completion_tokens=412, decodes=310, guessed_tokens=140, true_guesses=102, seconds_to_first_token=0.18,
    tokens_per_second=61, energy=0.0214, energy_sources=("processor", "graphics card"), made_at=1_795_000_000,
)  # fmt: skip
FIRST_TEXT = (
    "Then `lamp.on()` raises, and the lamp may stay lit. Wrap the inner loop so that it always ends dark.\n\n"
    "Use try and finally: what stands in finally runs whether the loop ended well or not."
)
SECOND_TEXT = (
    "Then `lamp.on()` raises, and the lamp may stay lit. Wrap the whole loop in a context manager, so that it "
    "always ends dark.\n\nWhat stands in finally runs whether the loop ended well or not, at any speed."
)


def answered(name: str, text: str, receipt: Receipt) -> Message:
    """Return an answer with a whole receipt."""
    return msgspec.structs.replace(message(name, Role.ASSISTANT, text), receipt=receipt)


def compare(window: MainWindow) -> None:
    other = msgspec.structs.replace(
        RECEIPT, sampling=Sampling(temperature=1.1), seed=9, tokens_per_second=58.0, energy=None, energy_sources=(),
        completion_tokens=431,
    )  # fmt: skip
    offered = [
        Candidate("a", "Answer 1 of 2", answered("a", FIRST_TEXT, RECEIPT)),
        Candidate("new", "New answer, not kept", answered("a", SECOND_TEXT, other)),
    ]
    window.show_page("compare")
    settle(window, 1)
    window.compare_page.show_pair(offered, "a", "new", "a")
    window.compare_page.show_diff("a", "new", word_diff(FIRST_TEXT, SECOND_TEXT))


def first_run(window: MainWindow) -> None:
    window.sidebar.set_chats([], TODAY)
    window.show_page("first_run")


def first_run_slim(window: MainWindow) -> None:
    window.pages.addWidget(page := FirstRunPage(window.theme, has_starter=False))
    window.sidebar.set_chats([], TODAY)
    window.pages.setCurrentWidget(page)


def models(window: MainWindow) -> None:
    window.models_page.set_computer(
        "This computer has 16 GB of memory, 11 GB of it free. Fit and speed below are for it."
    )
    recommend(window, Machine(free_memory=11_000_000_000, total_memory=16_000_000_000))


def recommend(window: MainWindow, machine: Machine) -> None:
    models = read_catalogue().models[1:]
    window.models_page.set_recommended(models, verdicts_on(machine), models[6].id)
    window.show_page("models")


@cache
def verdicts_on(machine: Machine) -> list[list[Verdict]]:
    """Judge what is recommended, once for all pictures of the same computer: it takes half a second."""
    return [
        [judge(shape_from(model.shape), file.bytes, machine, wanted_context=8192) for file in model.files]
        for model in read_catalogue().models[1:]
    ]


def models_remote(window: MainWindow) -> None:
    """Show what the list says of models that fit with other computers only."""
    window.models_page.set_computer(
        "This computer has 16 GB of memory, 11 GB of it free. Fit and speed below are for it. "
        "Other computers offered 45 GB more when they were last asked."
    )
    servers = tuple(
        Device(name=f"192.168.1.{number}:50052", kind="server", free_memory=size, total_memory=size)
        for number, size in ((20, 23_000_000_000), (21, 22_000_000_000))
    )
    recommend(window, Machine(free_memory=11_000_000_000, total_memory=16_000_000_000, devices=servers))
    settle(window, 250)
    bar = window.models_page.verticalScrollBar()
    bar.setValue(bar.maximum())


def models_recommended(window: MainWindow) -> None:
    models(window)
    settle(window, 1)
    bar = window.models_page.verticalScrollBar()
    bar.setValue(bar.maximum() // 3)


def variant(name: str, *choices: tuple[str, float]) -> tuple[Variant, ...]:
    """Return choices of a model by quantization and gigabytes."""
    return tuple(
        Variant(name=name, quantization=quantization,
                files=(HubFile(name=f"{name}-{quantization}.gguf", size=round(size * 1e9)),))
        for quantization, size in choices
    )  # fmt: skip


def download(name: str, size: float, share: float, state: DownloadState, error: ErrorInfo | None = None) -> Download:
    """Return a download of `size` gigabytes."""
    (choice,) = variant(name, ("Q4_K_M", size))
    return Download(id=name, repository=f"Qwen/{name}-GGUF", commit="", variant=choice, folder="/", state=state,
                    done=round(size * 1e9 * share), error=error,
                    speed=48e6 if state is DownloadState.RUNNING else 0.0)  # fmt: skip


def models_downloading(window: MainWindow) -> None:
    page = window.models_page
    page.set_computer("This computer has 16 GB of memory.")
    page.show_download(download("Qwen3-14B", 9.0, 0.62, DownloadState.RUNNING))
    page.show_download(download("Qwen3-4B", 2.5, 0.3, DownloadState.PAUSED))
    page.show_download(download("Qwen3-32B", 19.8, 0.04, DownloadState.FAILED,
                                ErrorInfo(ErrorCode.DOWNLOAD_DISK_FULL, {"needed": "19 GB", "free": "6.2 GB"})))  # fmt: skip
    page.show_download(download("Qwen3-1.7B", 1.1, 0.0, DownloadState.QUEUED))
    page.show_download(download("Qwen3-0.6B", 0.4, 0.0, DownloadState.QUEUED))
    page.set_queue(["Qwen3-1.7B", "Qwen3-0.6B"])
    page.set_presences({QWEN.path: Presence(True, 5_900_000_000, busy=True), STARTER.path: Presence(True, 312_000_000)})
    window.sidebar.set_network("Downloading 1 model · 43 %", "12 MB a second, 3 min left")
    window.show_page("models")


def models_files(window: MainWindow) -> None:
    page = window.models_page
    page.set_computer("This computer has 16 GB of memory.")
    page.show_transfer(Transfer(id="t", name="Gemma 3 27B", placing=Placing.COPY, source="/mnt/stick/gemma-3-27b.gguf",
                                folder="/home/me/.local/share/inglenook/models", size=16_500_000_000,
                                done=6_900_000_000))  # fmt: skip
    page.show_transfer(Transfer(id="f", name="", placing=Placing.MOVE, source="/home/me/.local/share/inglenook/models",
                                folder="/mnt/large/models", size=43_000_000_000, done=12_000_000_000))  # fmt: skip
    page.set_folder_note("Some models are still in the old folder /home/me/.local/share/inglenook/models.",
                         "Move them, too")  # fmt: skip
    gone = ModelFile(path="/mnt/stick/models/Mistral-Small-24B-Q4_K_M.gguf", name="Mistral Small 24B",
                     quantization="Q4_K_M", missing=True)  # fmt: skip
    page.set_models([STARTER, msgspec.structs.replace(QWEN, changed=True), gone], STARTER.path)
    window.show_page("models")


def model_changed(window: MainWindow) -> None:
    window.show_page("models")
    window.models_page.open_sheet(LocalSheet(window.theme, msgspec.structs.replace(QWEN, changed=True)))


def models_search(window: MainWindow) -> None:
    page = window.models_page
    page.set_computer("This computer has 16 GB of memory.")
    window.show_page("models")
    settle(window, 1)
    page.search.setText("gemma")
    page.search.returnPressed.emit()
    found = [
        HubModel(repository="ggml-org/gemma-3-12b-it-GGUF", downloads=183_204, licence="gemma", gated=True,
                 parameters=11_800_000_000),
        HubModel(repository="bartowski/google_gemma-3-4b-it-GGUF", downloads=91_377, licence="gemma",
                 parameters=3_880_000_000),
        HubModel(repository="someone/a-very-long-name-for-a-model-that-was-merged-twice-Instruct-2511-GGUF",
                 downloads=12, licence="apache-2.0", parameters=270_000_000),
    ]  # fmt: skip
    page.show_found(found, has_more=True)
    page.show_repository(HubRepository(
        repository=found[0].repository, commit="", gated=True,
        variants=variant("gemma-3-12b-it", ("Q4_K_M", 7.3), ("Q8_0", 12.5), ("F16", 23.5)),
    ))  # fmt: skip
    window.show_page("models")


def model_details(window: MainWindow) -> None:
    window.show_page("models")
    sheet = LocalSheet(window.theme, QWEN)
    window.models_page.open_sheet(sheet)
    sheet.show_details(ModelDetails(
        path=QWEN.path, name="Qwen3 8B", architecture="qwen3", quantization="Q4_K_M", size=QWEN.size, parameters="8B",
        layers=36, context=40_960, licence="apache-2.0", has_chat_template=True, last_used=1_795_000_000,
        network=network_named("qwen3"),
    ))  # fmt: skip
    origin = OriginFile(name="Qwen3-8B-Q4_K_M.gguf", sha256="a")
    sheet.show_origin(Origin(repository="Qwen/Qwen3-8B-GGUF", commit="7c41481f57cb95916b40956ab2f0b139b296d974",
                             files=(origin,)))  # fmt: skip
    sheet.show_checked(True)
    changed = HubRepository(repository="Qwen/Qwen3-8B-GGUF", commit="b",
                            variants=variant("Qwen3-8B", ("Q4_K_M", 5.1)))  # fmt: skip
    sheet.show_freshness(Freshness.OUTDATED, changed, changed.variants[0])


def template_words(code: ErrorCode) -> tuple[str, str]:
    explanation = explain(ErrorInfo(code, {"model": "Qwen3 8B"}))
    return explanation.sentence, f"{explanation.sentence} {explanation.next_step}"


def template_notice(window: MainWindow) -> None:
    fill_chat(window)
    words = template_words(ErrorCode.TEMPLATE_LOSES_SYSTEM)[1]
    window.notice.show_notice(words, ("Open its defaults", lambda: None), timeout=0)


def template_details(window: MainWindow) -> None:
    model_details(window)
    sheet = window.models_page.sheet_content
    assert isinstance(sheet, LocalSheet)
    codes = (ErrorCode.TEMPLATE_LOSES_SYSTEM, ErrorCode.TEMPLATE_NO_END)
    sheet.show_template("\n".join(template_words(code)[1] for code in codes))


def template_defaults(window: MainWindow) -> None:
    model_defaults(window)
    sheet = window.models_page.sheet_content
    assert isinstance(sheet, DefaultsSheet)
    sheet.show_template_state(template_words(ErrorCode.TEMPLATE_LOSES_SYSTEM)[0], "warn")
    sheet.go_to_template()


def model_defaults(window: MainWindow) -> None:
    window.show_page("models")
    defaults = ModelDefaults(
        loading=LoadOptions(context_size=16_384, kv_type=KvChoice.Q8_0),
        adapters=(Adapter("/models/adapters/terse-qwen3-8b.gguf", 0.75),),
        sampling={"temperature": 0.6},
    )
    sheet = DefaultsSheet(window.theme, QWEN, defaults, Sampling())
    window.models_page.open_sheet(sheet)
    sheet.show_loaded(True)
    sheet.loading_rows["mlock"].editor.settle(True)
    sheet.show_devices(
        [hardware_screens.GEFORCE, msgspec.structs.replace(hardware_screens.GEFORCE, name="CUDA1")],
        ["192.168.1.20:50052"],
    )
    sheet.show_forecast(Forecast(needed=6_440_000_000, free=11_300_000_000))
    sheet.show_own_template("{% for message in messages %}\n{{ '<|im_start|>' + message['role'] }}\n{% endfor %}")


def model_defaults_split(window: MainWindow) -> None:
    model_defaults(window)
    sheet = window.models_page.sheet_content
    assert isinstance(sheet, DefaultsSheet)
    sheet.split.fields["CUDA0"].value_edited.emit(3.0)
    QApplication.processEvents()
    sheet.verticalScrollBar().setValue(sheet.split.y() - 300)


def model_defaults_end(window: MainWindow) -> None:
    model_defaults(window)
    QApplication.processEvents()
    content = window.models_page.sheet_content
    assert content is not None
    content.verticalScrollBar().setValue(content.verticalScrollBar().maximum())


MODEL_CARD = """# Gemma 3 12B, quantized

<p align="center"><img src="https://example.org/logo.png" width="200"></p>

Quantizations of [google/gemma-3-12b-it](https://huggingface.co/google/gemma-3-12b-it), made with an
importance matrix. ![The logo of the maker](https://example.org/logo.png)

## Which one to choose

| Quantization | Bits per weight | What to expect |
|---|---:|---|
| Q2_K | 2.9 | Small; answers suffer |
| Q4_K_M | 4.8 | The usual choice |
| Q8_0 | 8.5 | As good as the original |

- Every file fits one computer with **16 GB** of memory, up to Q6_K.
- Choose `Q4_K_M` where you are not sure.

> The licence asks for attribution.

```bash
inglenook models get ggml-org/gemma-3-12b-it-GGUF:Q4_K_M
```
"""


def model_card(window: MainWindow) -> None:
    window.show_page("models")
    sheet = HubSheet(window.theme, "ggml-org/gemma-3-12b-it-GGUF")
    window.models_page.open_sheet(sheet)
    sheet.show_repository(HubRepository(
        repository=sheet.key, commit="a", licence="gemma", gated=True, languages=("en", "de", "fr", "es", "ja", "moe"),
        parameters=11_800_000_000, trained_context=131_072, downloads=183_204, updated=1_790_000_000, architecture="gemma3",
        variants=variant("gemma-3-12b-it", ("Q2_K", 4.8), ("Q4_K_M", 7.3), ("Q6_K", 9.7), ("Q8_0", 12.5)),
    ))  # fmt: skip
    machine = Machine(free_memory=11_300_000_000, total_memory=16_000_000_000)
    shape = shape_from(read_catalogue().models[1].shape)
    sheet.show_verdicts([judge(shape, size * 10**8, machine, wanted_context=8192) for size in (48, 73, 97, 125)])
    sheet.show_card(read_card(MODEL_CARD), is_whole=True)


def model_card_text(window: MainWindow) -> None:
    model_card(window)
    settle(window, 100)
    sheet = window.models_page.sheet_content
    assert sheet is not None
    sheet.verticalScrollBar().setValue(sheet.verticalScrollBar().maximum())


def settings_page(window: MainWindow) -> None:
    window.show_page("settings")


def settings_engine(window: MainWindow) -> None:
    window.show_page("settings")
    settle(window, 1)
    window.settings_page.ensureWidgetVisible(window.settings_page.sections["engine"].widget, 0, 200)


def settings_search(window: MainWindow) -> None:
    window.show_page("settings")
    settle(window, 1)
    assert window.settings_page.search is not None
    window.settings_page.search.setText("model")


def command_palette(window: MainWindow) -> None:
    fill_chat(window)
    window.command_palette.open()


def notice_error(window: MainWindow) -> None:
    chat_empty(window)
    window.notice.show_notice(
        "The settings could not be read, and the defaults apply. What could not be read is kept beside "
        "~/.config/inglenook/settings.json.",
        None, "error",
    )  # fmt: skip


def notice_undo(window: MainWindow) -> None:
    fill_chat(window)
    window.notice.show_notice("“Recipe without oven” was moved to the trash.", ("Undo", lambda: None))


def glass(window: MainWindow, text: str = SECOND_ANSWER + ".") -> None:
    """The glass box of an answer, with another word chosen."""
    fill_chat(window, last=MessageStatus.COMPLETE)
    window.panel.show_tab("glass")
    tab = window.panel.glass_tab
    tab.show_traces(made_up_traces(text), lambda _number, _option: True)
    tab.choose(next(number for number in range(8, 60) if 0.1 < tab.flow.probability(number) < 0.5))
    tab.receipt.show_answer(answered("a", text, RECEIPT))
    if not window.stage.has_panel_room:
        window.stage.toggle_panel()


def glass_end(window: MainWindow) -> None:
    glass(window, ANSWER * 6)
    settle(window)
    bar = window.panel.glass_tab.verticalScrollBar()
    bar.setValue(bar.maximum())


def glass_unrecorded(window: MainWindow) -> None:
    glass(window)
    window.panel.glass_tab.show_unrecorded(recording=False, can_work_out=True)


def tuned(window: MainWindow) -> TuningDialog:
    """What was measured of a model on this computer."""
    dialog = TuningDialog(window.theme, "Qwen3 8B", window)
    usual = Tried(threads=8, batch_size=512, flash_attention=True)
    tried = [usual, *(msgspec.structs.replace(usual, **change) for change in TUNED)]
    trials = [
        Trial(tried=each, reading=88.0 + 9 * place, writing=7.5 + 0.4 * place) for place, each in enumerate(tried)
    ]
    trials[4] = msgspec.structs.replace(trials[4], reading=0.0, writing=0.0)
    dialog.show_known(trials, trials[-2])
    return dialog


def glass_attention(window: MainWindow) -> None:
    """What was looked at for a word, and the words that are near to it."""
    glass(window)
    tab = window.panel.glass_tab
    tab.attention.show_attention(made_up_attention(QUESTION, SECOND_ANSWER + "."))
    tab.attention.choose(tab.number)
    tab.vectors.head.click()
    assert tab.sums is not None
    tab.sums.begin_with("king", "man", "woman")
    tab.sums.show_found(NEAR_WORDS)
    settle(window)
    tab.ensureWidgetVisible(tab.sums.note)
    tab.ensureWidgetVisible(tab.attention.bands)


def glass_reading(window: MainWindow) -> None:
    glass(window)
    window.panel.glass_tab.show_working()
    window.panel.glass_tab.reading.show_fraction(0.42)


def vague_question(window: MainWindow) -> None:
    """A first question that says little, and the line that says so."""
    hint = prompt_hint("Write something about dogs")
    assert hint is not None
    window.composer.set_text("Write something about dogs")
    window.composer.set_token_count(4)
    window.composer.set_advice(advice_line(hint))


def tinted_chat(window: MainWindow) -> None:
    """How sure the model was, in the chat itself."""
    fill_chat(window, last=MessageStatus.COMPLETE)
    view = window.chat_view()
    view.show_tints(True)
    for name, text in (("a1", ANSWER), ("a2", SECOND_ANSWER)):
        traces = made_up_traces(text)
        steps = [Stretch(span.begin, span.end, step_of(traces.probability(number)))
                 for number, span in enumerate(spans(traces, "", text)) if span is not None]  # fmt: skip
        view.set_tints(name, {"text": steps})


def drawer_panel(window: MainWindow) -> None:
    fill_chat(window)
    if not window.stage.has_panel_room:
        window.stage.toggle_panel()


CANDIDATES = (" dark", " off", " safely", " cleanly", "ness", " up", " well", "\n", ".", " properly", "<|im_end|>")


def next_word(window: MainWindow) -> None:
    """The candidates below the sliders, as far as the drawer has room for them."""
    fill_chat(window, last=MessageStatus.STOPPED)
    drawer_panel(window)
    settle(window)
    shares = np.array([0.40, 0.23, 0.12, 0.07, 0.05, 0.03, 0.021, 0.02, 0.015, 0.012, 0.009])
    logits = np.full(2000, np.log(2e-5), dtype=np.float32)
    logits[: len(shares)] = np.log(shares)
    tab = window.panel.sampling_tab
    pieces = {token: piece.encode() for token, piece in enumerate(CANDIDATES)}
    tab.set_sampling(Sampling(temperature=0.7, top_p=0.9))
    tab.next_word.set_sampling(tab.sampling)
    tab.next_word.show_logits(Distribution(logits), SECOND_ANSWER.removesuffix(" dark"), pieces, (10,))
    settle(window)
    tab.verticalScrollBar().setValue(tab.verticalScrollBar().maximum())


def next_word_step(window: MainWindow) -> None:
    next_word(window)
    chips = window.panel.sampling_tab.next_word.chips
    chips.setFocus(Qt.FocusReason.TabFocusReason)
    chips.setCurrentIndex(chips.model().index(4, 0))


def next_word_unread(window: MainWindow) -> None:
    fill_chat(window)
    drawer_panel(window)
    view = window.panel.sampling_tab.next_word
    view.clear("The model has not read this chat yet: 3,174 tokens of it are new to it.", can_read=True)


def sidebar_states(window: MainWindow) -> None:
    fill_chat(window)
    hover(window.sidebar.settings)
    row = window.sidebar.list.rows.index_of("chat3")
    QTest.mouseMove(window.sidebar.list.viewport(), window.sidebar.list.visualRect(row).center())
    window.panel.sampling_tab.editors["temperature"].widgets[1].setFocus(Qt.FocusReason.TabFocusReason)


def show_groups(window: MainWindow, *names: str, sampling: Sampling) -> None:
    """Open groups of the Sampling tab, and scroll to the first of them."""
    fill_chat(window)
    if not window.stage.has_panel_room:
        window.stage.toggle_panel()
    tab = window.panel.sampling_tab
    tab.set_sampling(sampling)
    tab.open((ALL_GROUPS, *names))
    settle(window, 100)
    head = tab.groups.sections[names[0]].head if names else tab.more
    tab.verticalScrollBar().setValue(head.mapTo(tab.body, head.rect().topLeft()).y() - 8)


def sampling_groups(window: MainWindow) -> None:
    show_groups(window, sampling=Sampling(temperature=0.7, dry_multiplier=0.8, dry_allowed_length=4, stop=("END",)))
    window.panel.sampling_tab.verticalScrollBar().setValue(0)


def sampling_repetition(window: MainWindow) -> None:
    show_groups(window, "Repetition", "DRY", sampling=Sampling(repeat_penalty=1.1, dry_multiplier=0.8))


def sampling_mirostat(window: MainWindow) -> None:
    show_groups(window, "More filters", "XTC", "Mirostat", sampling=Sampling(mirostat=2))


def sampling_words(window: MainWindow) -> None:
    words = Sampling(begin_with="Sure, here it is:", stop=("END", "\n\n", " User:"),
                     banned=("delve", "tapestry", "as an AI language model"),
                     logit_bias={"perhaps": -100.0, "sea": 5.0}, json_schema=SCHEMAS[0][1])  # fmt: skip
    show_groups(window, "Words", "Answer format", sampling=words)


def sampling_order(window: MainWindow) -> None:
    show_groups(window, "Order of the steps", sampling=Sampling(order=("temperature", "top_k"), top_n_sigma=1.0))
    window.panel.sampling_tab.groups.chain.view.setCurrentRow(1)
    window.panel.sampling_tab.groups.chain.view.setFocus(Qt.FocusReason.TabFocusReason)


def sampling_greedy(window: MainWindow) -> None:
    fill_chat(window, last=MessageStatus.STREAMING)
    if not window.stage.has_panel_room:
        window.stage.toggle_panel()
    tab = window.panel.sampling_tab
    tab.offer_thinking(True)
    tab.set_streaming(True)
    tab.presets.chosen.emit(tab.presets.preset("Deterministic"))


SCREENS: dict[str, Callable[[MainWindow], object]] = {
    "chat-empty": chat_empty,
    "chat-formulas": formulas,
    "chat-long-code": long_code,
    "chat-arabic": arabic,
    "chat": chat_filled,
    "streaming": streaming,
    "failed-answer": failed_answer,
    "loading-model": loading_model,
    "editing": editing,
    "context-full": context_full,
    "context-stopped": context_stopped,
    "context-summary-open": context_summary,
    "context-summary-closed": context_summary_closed,
    "thoughts": thoughts,
    "tool-calls": tool_calls,
    "settings-engine": settings_engine,
    **desktop_screens.SCREENS,
    "compare": compare,
    "first-run": first_run,
    "first-run-slim": first_run_slim,
    "models": models,
    "models-recommended": models_recommended,
    "models-remote": models_remote,
    "models-downloading": models_downloading,
    "models-files": models_files,
    "models-search": models_search,
    "model-changed": model_changed,
    "model-details": model_details,
    "model-defaults": model_defaults,
    "model-defaults-end": model_defaults_end,
    "model-defaults-split": model_defaults_split,
    "template-notice": template_notice,
    "template-details": template_details,
    "template-defaults": template_defaults,
    "model-card": model_card,
    "model-card-text": model_card_text,
    "settings": settings_page,
    "settings-search": settings_search,
    "hardware": hardware_screens.hardware,
    "hardware-end": hardware_screens.hardware_end,
    "hardware-processor": hardware_screens.hardware_processor,
    "hardware-crashed": hardware_screens.hardware_crashed,
    "hardware-failing": hardware_screens.hardware_failing,
    "servers": hardware_screens.servers,
    "servers-none": hardware_screens.servers_none,
    "servers-before": hardware_screens.servers_before,
    "command-palette": command_palette,
    "notice-undo": notice_undo,
    "notice-error": notice_error,
    "glass": glass,
    "glass-end": glass_end,
    "glass-unrecorded": glass_unrecorded,
    "glass-reading": glass_reading,
    "glass-attention": glass_attention,
    "vague-question": vague_question,
    "tinted-chat": tinted_chat,
    "drawer-panel": drawer_panel,
    "sampling-groups": sampling_groups,
    "sampling-repetition": sampling_repetition,
    "sampling-mirostat": sampling_mirostat,
    "sampling-words": sampling_words,
    "sampling-order": sampling_order,
    "sampling-greedy": sampling_greedy,
    "next-word": next_word,
    "next-word-step": next_word_step,
    "next-word-unread": next_word_unread,
    "states": sidebar_states,
    **comfort_screens.screens(fill_chat, lambda window: settle(window, 1)),
    **template_screens.SCREENS,
    **persona_screens.SCREENS,
    **tour_screens.SCREENS,
    **map_screens.SCREENS,
    **search_screens.SCREENS,
    **hand_screens.SCREENS,
    "hand-focus": hand_screens.focused(fill_chat),
    **branch_screens.SCREENS,
    **composer_screens.SCREENS,
    **order_screens.SCREENS,
    **about_screens.SCREENS,
    "read-aloud": read_aloud,
    "read-aloud-find": read_aloud_and_find,
    **data_screens.SCREENS,
    **moving_in_screens.SCREENS,
}


def hover(widget: QWidget) -> None:
    """Bring the pointer over `widget`."""
    centre = QPointF(widget.rect().center())
    widget.setAttribute(Qt.WidgetAttribute.WA_UnderMouse)
    QApplication.sendEvent(widget, QEnterEvent(centre, centre, QPointF(widget.mapToGlobal(QPoint(0, 0)))))


def discard(widget: QWidget) -> None:
    """Close and delete `widget` now, so that the next one does not pay for it."""
    widget.close()
    widget.deleteLater()
    QCoreApplication.sendPostedEvents(widget, QEvent.Type.DeferredDelete.value)


def save(widget: QWidget, file: Path) -> None:
    """Write what `widget` shows."""
    settle(widget)
    widget.grab().save(str(file))
    print(file)


def render_window(theme: Theme, settings: Settings, size: tuple[int, int], name: str, folder: Path) -> None:
    """Render the window in one state."""
    end = f"{'dark' if theme.dark else 'light'}-{size[0]}x{size[1]}" + (
        f"-{round(theme.scale * 100)}" if theme.scale != 1 else ""
    )
    window = new_window(theme, settings, size)
    SCREENS[name](window)
    settle(window, 250)
    save(window, folder / f"{name}-{end}.png")
    discard(window)


def render_windows(theme: Theme, settings: Settings, size: tuple[int, int], wanted: str, folder: Path) -> None:
    """Render the window in every state whose name holds `wanted`."""
    for name in SCREENS:
        if wanted in name:
            render_window(theme, settings, size, name, folder)


def render(theme: Theme, settings: Settings, size: tuple[int, int], wanted: str, folder: Path) -> None:
    """Render every screen whose name holds `wanted`, and what has windows of its own."""
    look = "dark" if theme.dark else "light"
    end = f"{look}-{size[0]}x{size[1]}" + (f"-{round(theme.scale * 100)}" if theme.scale != 1 else "")
    render_windows(theme, settings, size, wanted, folder)
    if wanted in "narrow-sidebar" and size == SIZES[1]:
        window = new_window(theme, settings, (700, 640))
        fill_chat(window)
        save(window, folder / f"narrow-{look}-700x640.png")
        window.stage.toggle_sidebar()
        settle(window, 250)
        save(window, folder / f"narrow-sidebar-{look}-700x640.png")
        discard(window)
    render_hand(theme, settings, size, wanted, folder)
    render_narrow(theme, settings, size, wanted, folder)
    render_search(theme, settings, size, wanted, folder)
    render_templates(theme, settings, size, wanted, folder)
    render_branches(theme, settings, size, wanted, folder)
    render_composer(theme, settings, size, wanted, folder)
    if wanted in "menus" and size == SIZES[0]:
        window = new_window(theme, settings, size)
        for name, menu in (("models", window.top_bar.menu()), ("chat", window.sidebar.list.menu_for(chats()[2]))):
            menu.popup(QPoint(100, 100))
            menu.setActiveAction(menu.actions()[0])
            save(menu, folder / f"menu-{name}-{look}.png")
            menu.close()
        discard(window)
    if wanted in "questions":
        width = size[0] if size == SIZES[0] else 420
        window = new_window(theme, settings, (width, size[1]))
        arrival = Arrival(path="/mnt/stick/gemma.gguf", name="Gemma 3 27B", size=16_500_000_000, inside=False)
        models_folder = Path("/home/me/.local/share/inglenook/models")
        for name, question in (("import", import_dialog(theme, [arrival], models_folder, window)),
                               ("move", move_dialog(theme, 7, 43_000_000_000, Path("/mnt/large/models"), window))):  # fmt: skip
            question.open()
            save(question, folder / f"question-{name}-{look}-{width}.png")
            discard(question)
        discard(window)
    if wanted in "sampling-dialogs" and size == SIZES[0]:
        window = new_window(theme, settings, size)
        broken = GRAMMARS[1][1].replace('"3" [01]', '"3" [01')
        dialog = FormDialog(theme, "grammar", broken, window)
        dialog.show_check(broken, FormCheck(flaw=grammar_flaw(broken)))
        named = NameDialog(theme, "Save as preset", "Save", lambda _name: "There is a preset of this name already.",
                           "Precise", parent=window)  # fmt: skip
        window.panel.sampling_tab.presets.set_own((Preset("My prose", {"temperature": 1.1}),))
        window.panel.sampling_tab.set_sampling(Sampling(temperature=1.1))
        menu = window.panel.sampling_tab.presets.menu()
        for name, widget in (("form", dialog), ("name", named), ("menu", menu), ("tuning", tuned(window))):
            widget.show()
            save(widget, folder / f"sampling-dialog-{name}-{look}.png")
            discard(widget)
        discard(window)
    if wanted in "receipt":
        window = new_window(theme, settings, size)
        fill_chat(window)
        receipt = ReceiptDialog(theme, answered("a", FIRST_TEXT, RECEIPT), window)
        receipt.open()
        save(receipt, folder / f"receipt-{end}.png")
        words = "First differs at token 17: “sea” instead of “lake”. The engine build is different."
        receipt.block.show_result(words, has_answer=True)
        save(receipt, folder / f"receipt-result-{end}.png")
        discard(receipt)
        discard(window)
        block = ReceiptBlock(theme)
        block.show_answer(answered("a", FIRST_TEXT, RECEIPT))
        block.resize(theme.px(296), block.heightForWidth(theme.px(296)))
        block.setStyleSheet(theme.style_sheet())
        block.setPalette(theme.palette())
        block.show()
        save(block, folder / f"receipt-block-{end}.png")
        discard(block)
    if wanted in "crash" and size == SIZES[0]:
        report = 'Inglenook 0.1.0, Python 3.11.2, Linux\n\nTraceback (most recent call last):\n  File "panel.py", line 96, in _change\n    sampling = replace(self._sampling, **{name: value})\nTypeError: expected float\n'
        dialog = CrashDialog(theme, report)
        dialog.show()
        save(dialog, folder / f"crash-{look}.png")
        discard(dialog)


def render_narrow(theme: Theme, settings: Settings, size: tuple[int, int], wanted: str, folder: Path) -> None:
    """Render pages in a window that is as narrow as it can be."""
    for name in (
        ("first-run", "first-run-slim", "settings", "settings-engine", "settings-desktop", "read-aloud-find")
        if size == SIZES[1]
        else ()
    ):
        if wanted in name:
            window = new_window(theme, settings, (420, 640))
            SCREENS[name](window)
            settle(window, 250)
            save(window, folder / f"{name}-{'dark' if theme.dark else 'light'}-420x640.png")
            discard(window)


def render_hand(theme: Theme, settings: Settings, size: tuple[int, int], wanted: str, folder: Path) -> None:
    """Render what lies at hand in a narrow window, too, and the overview of the shortcuts in both."""
    end = f"{'dark' if theme.dark else 'light'}-{round(theme.scale * 100)}"
    for name, show in SCREENS.items():
        if wanted in name and name.startswith(("hand-", "comfort-")) and size == SIZES[1]:
            window = new_window(theme, settings, (420, 640))
            show(window)
            settle(window, 250)
            save(window, folder / f"{name}-narrow-{end}.png")
            discard(window)
    if wanted in "hand-overview":
        for name, extent in (("wide", size), ("narrow", (420, 640))):
            window = new_window(theme, settings, extent)
            overview = ShortcutsDialog(theme, window.commands.entries, window)
            overview.open()
            save(overview, folder / f"hand-overview-{name}-{end}.png")
            discard(overview)
            discard(window)


def render_composer(theme: Theme, settings: Settings, size: tuple[int, int], wanted: str, folder: Path) -> None:
    """Render what is inside an attached file, and the composer in a window that is as narrow as it can be."""
    look = "dark" if theme.dark else "light"
    if wanted in "composer-attachment-dialog":
        window = new_window(theme, settings, size)
        inside = composer_screens.attachment_dialog(window)
        settle(inside)
        save(inside, folder / f"composer-attachment-dialog-{look}-{size[0]}.png")
        discard(inside)
        discard(window)
    if wanted in "composer-narrow" and size == SIZES[0]:
        for name, show in composer_screens.SCREENS.items():
            window = new_window(theme, settings, (420, 640))
            show(window)
            settle(window, 250)
            save(window, folder / f"{name}-{look}-420x640.png")
            discard(window)


def render_advice(theme: Theme, settings: Settings, folder: Path) -> None:
    """Render the dialog about a vague question, and the line in a narrow window."""
    end = f"{'dark' if theme.dark else 'light'}-{round(theme.scale * 100)}"
    window = new_window(theme, settings, (420, 640))
    vague_question(window)
    save(window, folder / f"vague-question-narrow-{end}.png")
    for question in ("Write something", "Make it better"):
        hint = prompt_hint(question)
        assert hint is not None
        advice = AdviceDialog(theme, hint, window)
        advice.open()
        save(advice, folder / f"advice-{hint.task}-{end}.png")
        discard(advice)
    discard(window)


def render_search(theme: Theme, settings: Settings, size: tuple[int, int], wanted: str, folder: Path) -> None:
    """Render the searches and the sidebar's order in a narrow window, too, and its menus and dialogs."""
    look = "dark" if theme.dark else "light"
    for popup in order_screens.POPUPS if wanted in "order-popups" and size == SIZES[0] else ():
        window = new_window(theme, settings, size)
        widget = popup.make(window)
        widget.show()
        save(widget, folder / f"order-popup-{popup.name}-{look}.png")
        widget.close()
        discard(window)
    narrow = search_screens.SCREENS | order_screens.SCREENS | about_screens.SCREENS | data_screens.SCREENS
    narrow = search_screens.SCREENS | order_screens.SCREENS | about_screens.SCREENS | moving_in_screens.SCREENS
    for name, show in narrow.items() if wanted and size == SIZES[1] else ():
        if wanted in name:
            window = new_window(theme, settings, (420, 640))
            show(window)
            settle(window, 250)
            save(window, folder / f"{name}-{look}-420x640.png")
            discard(window)


def render_branches(theme: Theme, settings: Settings, size: tuple[int, int], wanted: str, folder: Path) -> None:
    """Render the screens of branches in a narrow window, and the map."""
    look = "dark" if theme.dark else "light"
    if size != SIZES[1]:
        return
    for name, show in branch_screens.SCREENS.items():
        if wanted in name:
            window = new_window(theme, settings, (420, 640))
            show(window)
            settle(window, 250)
            save(window, folder / f"{name}-{look}-420x640.png")
            discard(window)
    for width in (900, 420):
        window = new_window(theme, settings, (width, 640))
        for name, dialog in branch_screens.map_dialogs(theme, window):
            if wanted in name:
                dialog.open()
                save(dialog, folder / f"{name}-{look}-{width}.png")
            discard(dialog)
        discard(window)


def render_templates(theme: Theme, settings: Settings, size: tuple[int, int], wanted: str, folder: Path) -> None:
    """Render the screens of templates, of the map and of servers in narrow windows, and the templates' dialog."""
    look = "dark" if theme.dark else "light"
    if wanted in "template-narrow" and size == SIZES[1]:
        for name, show in template_screens.SCREENS.items():
            for width in (700, 420):
                window = new_window(theme, settings, (width, 640))
                show(window)
                settle(window, 250)
                save(window, folder / f"{name}-{look}-{width}x640.png")
                discard(window)
    if wanted in "map-narrow" and size == SIZES[1]:
        for name in ("map-30", "map-failed", "map-no-model"):
            window = new_window(theme, settings, (420, 640))
            SCREENS[name](window)
            settle(window, 250)
            save(window, folder / f"{name}-{look}-420x640.png")
            discard(window)
    if wanted in "servers-narrow" and size == SIZES[1]:
        for name in ("servers", "servers-none", "servers-before", "models-remote", "model-defaults",
                     "model-defaults-split"):  # fmt: skip
            window = new_window(theme, settings, (420, 640))
            SCREENS[name](window)
            settle(window, 250)
            save(window, folder / f"{name}-{look}-420x640.png")
            discard(window)
    if wanted in "template-dialog":
        window = new_window(theme, settings, size)
        for title in ("Translate", "Complaint"):
            asking = template_screens.fill_dialog(window, title)
            asking.open()
            save(asking, folder / f"template-dialog-{title.lower()}-{look}-{size[0]}x{size[1]}.png")
            discard(asking)
        discard(window)


def render_prompts(theme: Theme, wanted: str, folder: Path) -> None:
    """Render the whole prompt of a chat, and what asks before everything is deleted, in their dialogs."""
    for name, dialog in (*persona_screens.dialogs(theme), *data_screens.dialogs(theme)):
        if wanted in name:
            dialog.open()
            save(dialog, folder / f"{name}-{'dark' if theme.dark else 'light'}.png")
        discard(dialog)


def render_chat_files(theme: Theme, settings: Settings, wanted: str, folder: Path) -> None:
    """Render the dialogs about exports, imports and backups, over a wide and a narrow window, and their settings."""
    look = "dark" if theme.dark else "light"
    for width in (1360, 420):
        window = new_window(theme, settings, (width, 860))
        for name, dialog in chat_file_screens.dialogs(theme, window):
            if wanted in name:
                dialog.open()
                save(dialog, folder / f"{name}-{look}-{width}.png")
            discard(dialog)
        if wanted in "chat-files-settings":
            window.show_page("settings")
            page = window.settings_page
            page.show_backups(chat_file_screens.BACKUPS, "/home/me/.local/share/inglenook/inglenook.db")
            settle(window, 250)
            assert page.chats_card is not None
            page.verticalScrollBar().setValue(page.chats_card.y() - 200)
            save(window, folder / f"chat-files-settings-{look}-{width}.png")
        discard(window)


def render_quick(theme: Theme, wanted: str, folder: Path) -> None:
    """Render the window for a quick question, as wide as it is and on a narrow screen."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme.apply(app)
    end = f"{'dark' if theme.dark else 'light'}-{round(theme.scale * 100)}"
    if wanted in "tray-icons":
        icons = desktop_screens.tray_icons(theme)
        save(icons, folder / f"tray-icons-{end}.png")
        discard(icons)
    for name in desktop_screens.QUICK:
        for width in (None, 400) if wanted in name else ():
            window = desktop_screens.quick_window(theme, name, width)
            settle(window, 250)
            save(window, folder / f"{name}{'-narrow' if width else ''}-{end}.png")
            window.hide()
            discard(window)


def render_locks(theme: Theme, settings: Settings, wanted: str, folder: Path) -> None:
    """Render the window of locked chats and what locks them, wide and narrow."""
    look = f"{'dark' if theme.dark else 'light'}" + (f"-{round(theme.scale * 100)}" if theme.scale != 1 else "")
    for width, height in ((1360, 860), (420, 700)):
        for name, shown in lock_screens.lock_windows(theme):
            if wanted in name:
                shown.resize(width, height)
                shown.show()
                save(shown, folder / f"{name}-{look}-{width}.png")
            discard(shown)
        window = new_window(theme, settings, (width, height))
        for name, shown in lock_screens.lock_dialogs(theme, window):
            if wanted in name:
                shown.show()
                save(shown, folder / f"{name}-{look}-{width}.png")
            discard(shown)
        for is_locked in (False, True) if wanted in "lock-settings" else ():
            window.show_page("settings")
            page = window.settings_page
            page.show_lock(is_locked=is_locked, backups=chat_file_screens.BACKUPS)
            settle(window, 250)
            assert page.lock_card is not None
            page.verticalScrollBar().setValue(page.lock_card.y() - 200)
            save(window, folder / f"lock-settings-{'on' if is_locked else 'off'}-{look}-{width}.png")
        discard(window)


def render_all(theme: Theme, settings: Settings, wanted: str, folder: Path) -> None:
    """Render everything that there is in one look."""
    for size in SIZES:
        render(theme, settings, size, wanted, folder)
    render_prompts(theme, wanted, folder)
    render_quick(theme, wanted, folder)
    if "chat-files" in wanted or wanted in "chat-files":
        render_chat_files(theme, settings, wanted, folder)
    if "lock" in wanted or wanted in "lock":
        render_locks(theme, settings, wanted, folder)
    if wanted in "vague-question":
        render_advice(theme, settings, folder)


def main() -> None:
    """Render all screens, or those named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wanted", nargs="?", default="", help="part of a screen's name; all without it")
    parser.add_argument("--text-size", "--zoom", type=int, default=100, help="text size in percent")
    parser.add_argument("--direction", choices=("ltr", "rtl"), default="ltr", help="which way the window reads")
    parser.add_argument(
        "--pseudo",
        action="store_true",
        help="with texts that are 40 %% longer than the English ones, or in Arabic letters",
    )
    parser.add_argument("--language", choices=tuple(LANGUAGES), default="en", help="what the window speaks")
    parser.add_argument("--size", help="the window alone, at another size, as in 1024x768")
    parser.add_argument("--look", choices=("light", "dark", "both"), default="both")
    parser.add_argument("--folder", type=Path, default=Path("build/screens"))
    chosen = parser.parse_args()
    app = QApplication([])
    inter = "Inter" if "Inter" in QFontDatabase.families() else ""  # what the pictures of the look are drawn with
    speak(app, Language(chosen.language))
    if chosen.direction == "rtl":
        app.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    if chosen.pseudo:
        speak_pseudo(from_right=chosen.direction == "rtl")
    chosen.folder.mkdir(parents=True, exist_ok=True)
    settings = Settings(appearance=AppearanceSettings(reduced_motion=True), engine=EngineSettings(threads=4))
    for look in (Appearance.LIGHT, Appearance.DARK):
        if chosen.look in ("both", look.value):
            theme = load_theme(look, chosen.text_size, system_dark=False, font=inter)
            if chosen.size:
                width, height = map(int, chosen.size.split("x"))
                render_windows(theme, settings, (width, height), chosen.wanted, chosen.folder)
                continue
            render_all(theme, settings, chosen.wanted, chosen.folder)


if __name__ == "__main__":
    main()
