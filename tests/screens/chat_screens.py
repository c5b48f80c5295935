"""The screens of a chat: questions and answers of every kind, while they come and when they are complete."""

import time
from collections.abc import Callable
from functools import partial

import msgspec

from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.messages import Message, MessageStatus, Receipt, Role
from desktop_app.domain.parts import TextPart, ThoughtPart, ToolCallPart
from desktop_app.domain.prompt_hint import prompt_hint
from desktop_app.domain.spoken_text import Words, spoken
from desktop_app.gui.chat.bars.reading_bar import ReadingBar
from desktop_app.gui.chat.markdown.source_map import Stretch
from desktop_app.gui.chat.marks.marking import CURRENT, FOUND
from desktop_app.gui.chat.rows.fold_head import FoldHead
from desktop_app.gui.chat.rows.footer import pace_line
from desktop_app.gui.chat.view import MessageView
from desktop_app.gui.composer.advice_words import advice_line
from desktop_app.gui.conversation.find_controller import FindController
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.services.words.error_text import explain
from desktop_app.support.i18n import _
from tests.screens import pictures

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


def message(name: str, role: Role, text: str, status: MessageStatus = MessageStatus.COMPLETE,
            error: ErrorInfo | None = None) -> Message:  # fmt: skip
    """Return a message of the shown chat."""
    receipt = Receipt(model_name="Qwen3 8B", completion_tokens=412, tokens_per_second=61, seconds_to_first_token=0.18)
    finished = role is Role.ASSISTANT and status is MessageStatus.COMPLETE
    return Message(id=name, chat_id="chat1", parent_id=None, role=role, parts=(TextPart(text),), status=status,
                   created_at=time.time(), receipt=receipt if finished else None, error=error)  # fmt: skip


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
    bar.room_wanted.connect(window.chat_view().keep_room_above)
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
    pictures.settle(window)
    window.chat_view().sights.reveal("a1", 0)


def read_aloud_and_find(window: MainWindow) -> None:
    """Show the two bars over a chat together."""
    read_aloud(window)
    finder = FindController(window)
    finder.open()
    finder.bar.field.setText("the")


def chat_empty(window: MainWindow) -> None:
    window.sidebar.set_current(None)
    window.top_bar.set_title("New chat", editable=False)
    window.top_bar.set_context(None, 8192)
    window.chat_view().empty_hint("Ask anything. The model runs on this computer, and nothing leaves it.")


def arabic(window: MainWindow) -> None:
    """A chat that reads from right to left, whichever way the window does."""
    shown = [message("q1", Role.USER, ARABIC_QUESTION), message("a1", Role.ASSISTANT, ARABIC_ANSWER)]
    window.chat_view().show_messages([MessageView(each, 0, 1, None) for each in shown], chat_id="arabic")
    window.top_bar.set_title(ARABIC_QUESTION)
    pictures.settle(window)
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
    pictures.settle(window)


def long_code(window: MainWindow) -> None:
    fill_chat(window)
    lines = "".join(f"    {number}: '{'-' if number % 3 else '.'}',\n" for number in range(60))
    head = "| Letter | Code | Length in units | Heard | Written by hand | Sent by lamp | First used | Notes of the keeper |"
    row = "| A | `.-` | five | di-dah | a dot and a line | short, long | 1844-05-24 | unmistakable in fog, he says |"
    text = f"The table is long:\n\n```python\nCODES = {{\n{lines}}}\n```\n\n{head}\n{'|---' * 8}|\n{row}\n{row}\n\nThat is all of it."
    view = MessageView(message=message("l1", Role.ASSISTANT, text), sibling_index=0, sibling_count=1, failure=None)
    window.chat_view().show_messages([view], chat_id="long")
    pictures.settle(window)


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
    pictures.settle(view)
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
    pictures.settle(view)
    heads = [head for head in view.viewport().findChildren(FoldHead) if head.isVisible()]
    next(head for head in heads if "get_weather" in head.toggle.text()).toggle.click()


def vague_question(window: MainWindow) -> None:
    """A first question that says little, and the line that says so."""
    hint = prompt_hint("Write something about dogs")
    assert hint is not None
    window.composer.set_text("Write something about dogs")
    window.composer.set_token_count(4)
    window.composer.set_advice(advice_line(hint))


SCREENS: dict[str, Callable[[MainWindow], object]] = {
    "chat-empty": chat_empty,
    "chat-formulas": formulas,
    "chat-long-code": long_code,
    "chat-arabic": arabic,
    "chat": fill_chat,
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
    "vague-question": vague_question,
    "read-aloud": read_aloud,
    "read-aloud-find": read_aloud_and_find,
}
