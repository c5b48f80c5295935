"""What the chat view costs the window's thread: a streamed answer of 4,000 tokens, and opening 10,000 messages.

Figures are CPU time of this thread; what opening costs is compared with a bare QTextBrowser of the last message.
"""

import os
import statistics
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import psutil
from PySide6.QtWidgets import QApplication, QTextBrowser
from pytestqt.qtbot import QtBot

from desktop_app.domain.messages import Message, MessageStatus, Role
from desktop_app.domain.parts import TextPart
from desktop_app.gui.chat.view import ChatView, MessageView
from desktop_app.gui.theme import load_theme
from desktop_app.settings.schema import Appearance

MESSAGES = 10_000
TOKENS = 4_000
TOKENS_PER_FLUSH = 1
SECTION = """## A heading

A paragraph with **bold** words, `code` and a [link](https://example.org), long enough to wrap once or twice in the
column that the window gives it, as answers do.

- one item
- another item, with more words in it

```python
def total(values: list[int]) -> int:
    return sum(value for value in values if value > 0)  # only these
```

| Part | What it does |
|---|---|
| one | the first |
| two | the second |

"""


def shown(name: str, text: str, *, user: bool = False, streaming: bool = False) -> MessageView:
    """Return a message as the view takes it."""
    message = Message(
        id=name, chat_id="c", parent_id=None, role=Role.USER if user else Role.ASSISTANT, parts=(TextPart(text),),
        status=MessageStatus.STREAMING if streaming else MessageStatus.COMPLETE, created_at=0.0,
    )  # fmt: skip
    return MessageView(message=message, sibling_index=0, sibling_count=1, failure=None)


def new_view(qtbot: QtBot) -> ChatView:
    """Return a shown view that is warmed up."""
    view = ChatView(load_theme(Appearance.LIGHT, 100, system_dark=False))
    qtbot.addWidget(view)
    view.resize(1096, 860)
    view.warm_up()
    view.show()
    qtbot.waitExposed(view)
    return view


def test_streaming(qtbot: QtBot) -> None:
    """Print what a flush costs, drawing included, when every token is shown by itself."""
    view = new_view(qtbot)
    view.show_messages([shown("q", "Go on", user=True), shown("a", "", streaming=True)], chat_id="c")
    text = SECTION * (TOKENS * 4 // len(SECTION) + 1)
    costs = []
    for place in range(0, TOKENS * 4, 4 * TOKENS_PER_FLUSH):
        view.add_text("a", text[place : place + 4 * TOKENS_PER_FLUSH])
        began = time.thread_time()
        view.flush()
        QApplication.processEvents()
        costs.append((time.thread_time() - began) * 1000)
    ratio = statistics.mean(costs[-500:]) / statistics.mean(costs[:500])
    costs.sort()
    first, last = len(costs) * 99 // 100, len(costs) * 999 // 1000
    print(f"\nstreaming {TOKENS} tokens, per flush: median {statistics.median(costs):.2f} ms, "
          f"p99 {costs[first]:.2f} ms, p99.9 {costs[last]:.2f} ms, worst {costs[-1]:.2f} ms; the last 500 took {ratio:.2f} times the first")  # fmt: skip


def test_opening(qtbot: QtBot) -> None:
    """Print what opening a long chat costs, against a bare browser with its last message."""
    view = new_view(qtbot)
    views = [shown(f"m{n}", SECTION * (1 + n % 4), user=n % 2 == 0) for n in range(MESSAGES)]
    memory = psutil.Process().memory_info().rss
    began = time.thread_time()
    view.show_messages(views, chat_id="c")
    view.grab()
    ours = (time.thread_time() - began) * 1000
    browser = QTextBrowser()
    qtbot.addWidget(browser)
    browser.resize(1096, 860)
    began = time.thread_time()
    browser.setMarkdown(views[-1].message.text)
    browser.show()
    browser.grab()
    bare = (time.thread_time() - began) * 1000
    short = new_view(qtbot)
    began = time.thread_time()
    short.show_messages(views[-10:], chat_id="c")
    short.grab()
    ten = (time.thread_time() - began) * 1000
    print(f"\nopening {MESSAGES} messages: {ours:.1f} ms, {ours / ten:.2f} times ten of them (goal 2), "
          f"{ours / bare:.2f} times a bare browser's last message ({bare:.1f} ms)")  # fmt: skip
    print(f"widgets: {view.realised}; memory: {(psutil.Process().memory_info().rss - memory) / 1e6:.1f} MB (goal 40)")
    bar = view.verticalScrollBar()
    costs = []
    for _ in range(150):
        began = time.thread_time()
        bar.setValue(bar.value() - 600)
        QApplication.processEvents()
        costs.append((time.thread_time() - began) * 1000)
    costs.sort()
    print(f"fling through unseen rows: median {statistics.median(costs):.2f} ms, p99 {costs[-2]:.2f} ms a frame")
