"""The screens of branches: answers side by side, the map, an answer in a person's words."""

from collections.abc import Callable, Iterator

import msgspec
from PySide6.QtWidgets import QDialog

from desktop_app.domain.branch_map import stretches
from desktop_app.domain.messages import FinishReason, Message, MessageStatus, Receipt, Role
from desktop_app.domain.parts import TextPart, reworded
from desktop_app.gui.branches.alternatives_page import AlternativesPage, Heading
from desktop_app.gui.branches.map_dialog import BranchMapDialog
from desktop_app.gui.chat.view import MessageView
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.window.main_window import MainWindow

NOW = 1_795_000_000.0
QUESTION = "And if the lamp fails half way? It should end dark, whatever happens."
CODE = """Then `lamp.on()` raises, and the lamp may stay lit. Wrap the inner loop:

```python
try:
    blink(text, lamp)
finally:
    lamp.off()
```

What stands in `finally` runs whether the loop ended well or not."""
ANSWERS = (
    CODE,
    "A **context manager** keeps the promise in one place:\n\n1. `__enter__` turns the lamp on.\n2. `__exit__` turns it "
    "off, also after an error.\n\nEvery caller is safe, and nobody has to remember it. " * 4,
    "Nothing turns it off, so it stays lit until the next run. Catch the error, turn the lamp off, and raise it again",
    "It depends on the lamp. Some have a watchdog that turns them off after a second.",
)
MAP = (
    ("q1", None, "Write a function that blinks a lamp in Morse code, and say what each part does."),
    ("a1", "q1", "Here is a small version. It walks the text once and sleeps between symbols."),
    ("a2", "q1", "Morse code has dots and dashes; a dash lasts three dots."),
    ("q2", "a1", "And if the lamp fails half way?"),
    ("a3", "q2", "Then the lamp may stay lit."),
    ("q3", "a1", "Can it be tested without a lamp?"),
    ("a4", "q3", "Yes: pass a lamp that only notes what it is told."),
    ("a5", "q3", "Use a fake clock as well, so that the test does not wait."),
    ("q4", "a5", "Show me the fake clock."),
    ("a6", "q4", "It counts the seconds that it was asked to sleep."),
    ("q5", "a3", "Then let it end dark."),
    ("a7", "q5", "Wrap the loop in try and finally."),
    ("q6", "a2", "How long is a pause between words?"),
    ("a8", "q6", "Seven dots."),
)


def _answer(name: str, text: str, status: MessageStatus = MessageStatus.COMPLETE) -> Message:
    receipt = Receipt(model_name="Qwen3 8B", completion_tokens=212, tokens_per_second=31, seconds_to_first_token=0.4,
                      finish_reason=FinishReason.CANCELLED if status is MessageStatus.STOPPED else FinishReason.STOP)  # fmt: skip
    return Message(id=name, chat_id="chat1", parent_id="q", role=Role.ASSISTANT, parts=(TextPart(text),), status=status,
                   created_at=NOW, receipt=None if status is MessageStatus.STREAMING else receipt)  # fmt: skip


def _page(window: MainWindow, titles: tuple[str, ...], answers: tuple[Message, ...]) -> AlternativesPage:
    window.show_page("alternatives")
    page = window.alternatives_page
    headings = [Heading(answer.id, title) for answer, title in zip(answers, titles, strict=True)]
    page.show_headings(headings)
    page.show_question(QUESTION)
    for place, (column, answer) in enumerate(zip(page.columns, answers, strict=True)):
        column.show_answer(MessageView(answer, place, len(answers), None))
    page.refresh()
    return page


def beside_streaming(window: MainWindow) -> None:
    streaming = MessageStatus.STREAMING
    answers = tuple(_answer(f"a{place}", text, streaming) for place, text in enumerate(ANSWERS[:3]))
    page = _page(window, ("1 · Qwen3 8B", "2 · Qwen3 8B", "3 · Qwen3 8B"), answers)
    page.columns[2].view.set_progress("a2", "Reading the prompt…")


def beside_ended(window: MainWindow) -> None:
    stopped = MessageStatus.STOPPED
    answers = (_answer("a0", ANSWERS[0]), _answer("a1", ANSWERS[1]), _answer("a2", ANSWERS[2], stopped),
               _answer("a3", ANSWERS[3]))  # fmt: skip
    _page(window, ("1 · Qwen3 8B", "2 · Qwen3 8B", "3 · Qwen3 8B", "4 · Qwen3 8B"), answers)


def beside_two_models(window: MainWindow) -> None:
    streaming = MessageStatus.STREAMING
    page = _page(window, ("1 · Qwen3 8B", "2 · Gemma 3 12B"), (_answer("a0", ANSWERS[1], streaming),
                                                             _answer("a1", "", streaming)))  # fmt: skip
    page.columns[1].view.set_progress("a1", "Waiting for the other model…")
    window.notice.show_notice("There is not enough memory for both models at once. They answer one after the other.")


def edited_answer(window: MainWindow) -> None:
    question = Message(id="q", chat_id="chat1", parent_id=None, role=Role.USER, parts=(TextPart(QUESTION),),
                       status=MessageStatus.COMPLETE, created_at=NOW)  # fmt: skip
    old = _answer("a1", ANSWERS[0])
    new = msgspec.structs.replace(old, parts=reworded(old.parts, ANSWERS[3]), receipt=None)
    window.chat_view().show_messages([MessageView(question, 0, 1, None), MessageView(new, 1, 2, None)], chat_id="chat1")
    window.top_bar.set_has_branches(True)


def map_dialogs(theme: Theme, window: MainWindow) -> Iterator[tuple[str, QDialog]]:
    """Return dialogs with the map of a few branches, and of many."""
    few = [_message(place, *entry) for place, entry in enumerate(MAP)]
    yield "branch-map", BranchMapDialog(theme, stretches(few, "a7"), window)
    many = [_message(0, "m0000", None, "Where the chat begins")]
    many += [
        _message(n, f"m{n:04}", f"m{n - 1 - n * 7 % min(n, 9):04}", f"What comes {n} steps later?")
        for n in range(1, 400)
    ]
    yield "branch-map-many", BranchMapDialog(theme, stretches(many, "m0399"), window)


def _message(place: int, name: str, parent: str | None, text: str) -> Message:
    role = Role.ASSISTANT if name.startswith("a") else Role.USER
    return Message(id=name, chat_id="chat1", parent_id=parent, role=role, parts=(TextPart(text),),
                   status=MessageStatus.COMPLETE, created_at=NOW + 60 * place)  # fmt: skip


SCREENS: dict[str, Callable[[MainWindow], object]] = {
    "beside-streaming": beside_streaming,
    "beside-ended": beside_ended,
    "beside-two-models": beside_two_models,
    "edited-answer": edited_answer,
}
