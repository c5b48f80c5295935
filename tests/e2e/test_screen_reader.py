"""A real client of the accessibility bus, as a screen reader is one, over the real program on a real X server."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from desktop_app.settings.window_state import WindowState, save_window_state
from desktop_app.support.paths import Paths
from tests.e2e.at_spi import Node, Reader, missing, session_bus
from tests.e2e.test_real_display import display, until, xdotool
from tests.e2e.test_real_display import window_of as shown_window

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="AT-SPI is Linux' way"),
    pytest.mark.skipif(bool(missing()), reason=f"not installed: {missing()}"),
]
__all__ = ["display"]
USED = {"push button", "toggle button", "check box", "radio button", "text", "slider", "page tab", "combo box", "list"}
"""Roles of what a person uses: each needs a name."""
PARTS = {"Sidebar", "Chat and model", "Conversation", "Composer", "Panel"}
LEAST_NODES = 60
LEAST_ANSWER = 10


@pytest.fixture
def environment(display: str, tmp_path: Path) -> Iterator[dict[str, str]]:
    own = {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "INGLENOOK_HOME": str(tmp_path / "home")}
    with session_bus({**os.environ, **own}, tmp_path / "bus") as found:
        yield found


@pytest.fixture
def reader(environment: dict[str, str]) -> Iterator[Reader]:
    made = Reader(environment["DBUS_SESSION_BUS_ADDRESS"])
    yield made
    made.close()


@pytest.fixture
def start(environment: dict[str, str]) -> Iterator[Callable[..., None]]:
    started: list[subprocess.Popen[str]] = []
    paths = Paths.below(Path(environment["INGLENOOK_HOME"]))
    save_window_state(paths.window_file, WindowState(welcomed=True))
    paths.settings_file.write_text('{"sampling": {"temperature": 0.0}}')  # by chance it may be a handful of stars

    def run(**more: str) -> None:
        command = [sys.executable, "-m", "desktop_app"]
        started.append(subprocess.Popen(command, env={**environment, **more}, stderr=subprocess.PIPE, text=True))
        xdotool(environment, "windowfocus", "--sync", shown_window(environment))

    yield run
    for process in started:
        process.terminate()
        _, errors = process.communicate(timeout=120)
        assert (process.returncode, errors) == (0, "")


def window_of(reader: Reader) -> Node:
    """Return the window once the program shows it."""
    found: list[Node] = []

    def is_there() -> bool:
        with suppress(AssertionError):  # a program that just comes or goes answers nothing
            found.extend(each for program in reader.programs for each in program.children if each.name)
        return bool(found)

    until(is_there)
    return found[0]


def wait_for(window: Node, role: str, name: str, state: str = "showing", *, panel: str = "") -> Node:
    """Return what has this role and a name that begins so, once it is in a state; in the panel of a name where one is given."""
    found: list[Node] = []

    def is_there() -> bool:
        with suppress(AssertionError):  # what was there a moment ago may be gone
            place = window.find("panel", panel) if panel else window
            node = place.find(role, name) if place is not None else None
            if node is not None and node.has(state):
                found.append(node)
        return bool(found)

    until(is_there)
    return found[0]


def check_tree(window: Node) -> None:
    """Demand that everything that is used has a name, and that all parts of the window are there."""
    seen: list[tuple[str, str]] = []

    def is_complete() -> bool:
        with suppress(AssertionError):  # as above
            seen[:] = [(node.role, node.name) for node in window.walk() if node.has("showing")]
        return {name for _role, name in seen} >= PARTS

    until(is_complete)
    assert len(seen) >= LEAST_NODES
    assert not [role for role, name in seen if role in USED and not name]
    assert Counter(seen)["push button", "Send"] == 1


def test_a_question_is_asked_and_its_answer_read(start: Callable[..., None], reader: Reader) -> None:
    start(QT_LINUX_ACCESSIBILITY_ALWAYS_ON="1")
    window = window_of(reader)
    wait_for(window, "text", "Your question")
    wait_for(window, "push button", "Model: SmolLM2 135M Instruct Q4_1 CPU")
    check_tree(window)
    heard: list[str] = []

    def is_said(words: str) -> bool:
        heard.extend(reader.announcements())
        return any(words in each for each in heard)

    until(lambda: is_said("is ready"))
    assert sum("is ready" in words for words in heard) == 1

    length = wait_for(window, "text", "Length")
    length.grab_focus()
    length.type("16")
    field = wait_for(window, "text", "Your question")
    field.grab_focus()
    until(lambda: field.has("focused"))
    assert field.has("editable")
    field.type("Say hello")
    assert field.text == "Say hello"
    send = wait_for(window, "push button", "Send", "enabled")
    send.do("Press")

    heard.clear()
    until(lambda: is_said("The answer is complete."))
    assert len(heard) <= 3  # not one for each token
    question = wait_for(window, "label", "You, message 1")
    assert question.text == "Say hello"
    answer = wait_for(window, "label", "Assistant, message 2")
    assert len(answer.text) >= LEAST_ANSWER
    below = "What can be done with message 2"
    wait_for(window, "push button", "Copy", panel=below)
    wait_for(window, "list item", "Say hello")  # the chat's title, in the list of chats

    wait_for(window, "push button", "Glass box", panel=below).do("Press")
    words = wait_for(window, "list", "Words of the answer")
    until(lambda: len(words.children) > 2)
    second = words.children[1]
    assert (second.role, second.actions) == ("list item", ["Press"])
    assert f"word 2 of {len(words.children)}" in second.name
    second.do("Press")
    until(lambda: second.has("selected"))
    assert not words.children[0].has("selected")
    assert all(node.name for node in window.walk() if node.role == "list item")

    settings = wait_for(window, "page tab", "Settings")
    settings.do("Press")
    wait_for(window, "text", "Search settings")
    assert settings.has("selected")


def test_a_screen_reader_that_is_started_late_finds_everything(start: Callable[..., None], reader: Reader) -> None:
    start()
    reader.switch_on()
    window = window_of(reader)
    wait_for(window, "text", "Your question")
    wait_for(window, "push button", "Model: SmolLM2 135M Instruct Q4_1 CPU")
    check_tree(window)
