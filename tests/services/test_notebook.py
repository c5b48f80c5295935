"""The notebook with a real model: a text goes on without any template, and nothing is read twice."""

import os
import queue
import signal
import threading
from concurrent.futures import Future, wait
from typing import Any

import pytest

from desktop_app.app import App
from desktop_app.domain.errors import EngineError, ErrorCode, StorageError
from desktop_app.domain.messages import FinishReason, Receipt
from desktop_app.domain.notebook import Marks, NotebookText
from desktop_app.domain.sampling import Sampling
from desktop_app.protocol.engine import Generate
from desktop_app.services.background.rows import notebook_rows
from desktop_app.support.paths import Paths
from tests.services.test_kept_prefixes import wait_until_kept

GREEDY = Sampling(temperature=0.0, max_tokens=16, seed=1)
ENDLESS = Sampling(max_tokens=2000, grammar='root ::= ("a" | "b" | " ") root')
STORY = " ".join(["The keeper of the lighthouse wrote down the wind, the tide and every ship that passed."] * 12)
WAIT = 60.0


def go_on(app: App, model: str, text: str, sampling: Sampling = GREEDY, text_id: str = "t") -> tuple[str, Receipt]:
    """Return what a model writes behind a text, and how that was made."""
    pieces: list[str] = []
    reading = app.notebook.go_on(model, NotebookText(id=text_id, text=text, sampling=sampling), pieces.append)
    receipt = reading.future.result(WAIT)
    return "".join(pieces), receipt


@pytest.mark.usefixtures("whole_starter")
def test_a_model_goes_on_with_a_text_as_it_is(app: App, starter_model: str, sent: list[Generate]) -> None:
    written, receipt = go_on(app, starter_model, "Once upon a time there was a")
    assert written.strip()
    assert receipt.finish_reason is FinishReason.LENGTH
    assert receipt.completion_tokens == GREEDY.max_tokens
    assert sent[-1].prompt == "Once upon a time there was a"


@pytest.mark.usefixtures("whole_starter")
def test_only_what_is_new_is_read(app: App, starter_model: str) -> None:
    written, first = go_on(app, starter_model, STORY)
    assert first.cached_tokens == 0
    _more, second = go_on(app, starter_model, STORY + written)
    new = second.prompt_tokens - first.prompt_tokens
    assert new == first.completion_tokens
    assert second.prompt_tokens - second.cached_tokens == 1  # its last token was chosen and not read yet
    typed = app.engines.questions_to(starter_model).count_tokens(" Then the rain came.").result(WAIT)
    _more, third = go_on(app, starter_model, STORY + " Then the rain came.")
    assert third.prompt_tokens - third.cached_tokens <= typed + 1


def test_signs_that_end_a_turn_are_text(app: App, starter_model: str) -> None:
    go_on(app, starter_model, "Hello")
    ask = app.engines.questions_to(starter_model)
    sign = "<|im_end|>"
    assert len(ask.pieces_of(sign).result(WAIT).tokens) == 1
    _written, receipt = go_on(app, starter_model, f"In ChatML the sign {sign} ends a turn, and")
    assert receipt.prompt_tokens == ask.count_tokens(f"In ChatML the sign {sign} ends a turn, and").result(WAIT)
    assert receipt.prompt_tokens > ask.count_tokens("In ChatML the sign  ends a turn, and").result(WAIT) + 1


@pytest.mark.usefixtures("whole_starter")
def test_a_blank_at_the_end_is_not_written_twice(app: App, starter_model: str, sent: list[Generate]) -> None:
    without, _receipt = go_on(app, starter_model, "The capital of France is")
    with_blank, _receipt = go_on(app, starter_model, "The capital of France is ")
    assert without.startswith(" ")
    assert without == f" {with_blank}"
    assert sent[-1].prompt == "The capital of France is"
    go_on(app, starter_model, "    ")
    assert sent[-1].prompt == "    "  # it may be how deep code is


@pytest.mark.usefixtures("whole_starter")
def test_it_stops_before_a_chosen_string(app: App, starter_model: str) -> None:
    stopping = Sampling(temperature=0.0, max_tokens=60, stop=("\n",))
    written, receipt = go_on(app, starter_model, "1. Apples\n2. Pears\n3.", stopping)
    assert "\n" not in written
    assert receipt.finish_reason is FinishReason.STOP


def test_it_can_be_stopped(app: App, starter_model: str) -> None:
    pieces: queue.Queue[str] = queue.Queue()
    text = NotebookText(id="t", text="Once", sampling=ENDLESS)
    reading = app.notebook.go_on(starter_model, text, pieces.put)
    assert pieces.get(timeout=WAIT)
    reading.cancel()
    assert reading.future.result(WAIT).finish_reason is FinishReason.CANCELLED


def test_what_a_long_text_begins_with_is_left_out_in_large_steps(app: App, starter_model: str) -> None:
    lines = [f"Line {number}: the sea was as calm as it had been the day before.\n" for number in range(400)]
    app.engines.load(starter_model).result(WAIT)
    begins: list[int] = []
    for count in range(40, 400, 4):
        text = "".join(lines[:count])
        seen = app.notebook.seen(starter_model, text, GREEDY).result(WAIT)
        assert seen.size == 2048
        assert seen.tokens <= 2048 - GREEDY.max_tokens
        assert seen.begin == 0 or text[seen.begin - 1] == "\n"
        begins.append(seen.begin)
    assert begins[0] == 0
    assert begins == sorted(begins)
    assert 3 < len(set(begins)) < 20


@pytest.mark.usefixtures("whole_starter")
def test_a_text_longer_than_the_context_is_gone_on_with(open_app, starter_model: str) -> None:
    long = " ".join([STORY] * 4)
    with open_app(context_size=512) as (app, _heard):  # a larger one is read for many seconds
        written, receipt = go_on(app, starter_model, long)
        assert written
        assert receipt.prompt_tokens + receipt.completion_tokens <= receipt.context_size
        seen = app.notebook.seen(starter_model, long, GREEDY).result(WAIT)
        assert receipt.prompt_tokens == seen.tokens
        assert receipt.dropped_turns == seen.begin > 0
        _more, second = go_on(app, starter_model, long + written)
        assert second.prompt_tokens - second.cached_tokens == 1


def test_a_worker_that_dies_in_mid_text_is_told_and_the_next_one_goes_on(app: App, starter_model: str) -> None:
    pieces: queue.Queue[str] = queue.Queue()
    text = NotebookText(id="t", text="Once", sampling=ENDLESS)
    reading = app.notebook.go_on(starter_model, text, pieces.put)
    assert pieces.get(timeout=WAIT)
    os.kill(app.engines.worker_pids()[0], signal.SIGKILL)
    with pytest.raises(EngineError):
        reading.future.result(WAIT)
    written, _receipt = go_on(app, starter_model, "Once upon a time")
    assert written


def test_without_a_model_nothing_is_counted(app: App, starter_model: str) -> None:
    with pytest.raises(EngineError) as caught:
        app.notebook.seen(starter_model, "Once", GREEDY).result(WAIT)
    assert caught.value.code is ErrorCode.ENGINE_FAILED


def test_what_a_model_read_of_a_text_goes_with_it(app: App, paths: Paths, starter_model: str) -> None:
    go_on(app, starter_model, STORY, text_id="one")
    wait_until_kept(paths, 1)
    app.notebook.save(NotebookText(id="one", text=STORY)).result(WAIT)
    assert [entry.id for entry in app.notebook.texts().result(WAIT)] == ["one"]
    app.notebook.delete("one").result(WAIT)
    assert app.notebook.texts().result(WAIT) == []
    wait_until_kept(paths, 0)


def test_a_text_goes_on_after_a_restart_without_being_read_again(open_app, starter_model: str) -> None:
    with open_app() as (app, _heard):
        _written, first = go_on(app, starter_model, STORY)
    with open_app() as (app, _heard):
        _written, second = go_on(app, starter_model, f"{STORY} Then")
        assert second.cached_tokens >= first.prompt_tokens - 1


def test_texts_are_kept_with_all_that_is_known_of_them(app: App) -> None:
    listed: list[list[str]] = []
    app.notebook.listed.subscribe(lambda entries: listed.append([entry.title for entry in entries]))
    text = NotebookText(
        id="a", text="\n# A title\nand more", marks=Marks(((0, 3),)), model_path="m", sampling=Sampling(top_k=3)
    )
    app.notebook.save(text).result(WAIT)
    app.notebook.save(NotebookText(id="b", text="")).result(WAIT)
    assert listed == [["A title"], ["", "A title"]]
    told: list[tuple[str, object]] = []
    app.notebook.opened.subscribe(told.append)
    loaded: Future[NotebookText | None] = app.notebook.open("a", "me")
    found = loaded.result(WAIT)
    assert found is not None
    assert (found.text, found.marks, found.model_path, found.sampling) == (
        text.text,
        text.marks,
        "m",
        text.sampling,
    )
    assert told == [("a", "me")]
    assert app.notebook.open("c", "me").result(WAIT) is None


def test_a_deleted_text_comes_back_to_its_place(app: App) -> None:
    notebook = app.notebook
    for text_id in ("a", "b"):
        notebook.save(NotebookText(id=text_id, text=text_id, model_path=f"{text_id}.gguf")).result(WAIT)
    before = notebook.texts().result(WAIT)
    text = notebook.delete("a").result(WAIT)
    assert text is not None
    assert notebook.delete("a").result(WAIT) is None
    assert notebook.bring_back(text).result(WAIT) == before
    assert notebook.values_used_last().result(WAIT) == ("b.gguf", Sampling(max_tokens=200))


def test_what_is_changed_right_before_a_text_is_deleted_comes_back_with_it(app: App) -> None:
    """Of two windows one deletes it while the other one has it open, and keeps what was changed when it hears of that."""
    notebook = app.notebook
    notebook.save(NotebookText(id="a", text="Once")).result(WAIT)
    notebook.opened.subscribe(lambda _opening: notebook.save(NotebookText(id="a", text="Once upon a time")))
    text = notebook.delete("a", "me").result(WAIT)
    assert text is not None
    assert text.text == "Once upon a time"
    assert notebook.texts().result(WAIT) == []


def test_without_a_text_no_values_were_used(app: App) -> None:
    assert app.notebook.values_used_last().result(WAIT) is None


@pytest.mark.parametrize("is_full", [True, False])
def test_a_text_is_opened_as_it_was_changed_last_however_late_that_is_noted(
    app: App, monkeypatch: pytest.MonkeyPatch, *, is_full: bool
) -> None:
    """Whether a change could be kept, which one before it could not, or could not be either."""

    def full(_connection: object, _text: NotebookText) -> None:
        raise StorageError(ErrorCode.STORAGE_DISK_FULL)

    class Noted(dict[str, NotebookText]):
        """Notes late what could not be kept, and that something could."""

        def __setitem__(self, text_id: str, text: NotebookText) -> None:
            may_note.wait(WAIT)
            super().__setitem__(text_id, text)

        def pop(self, text_id: str, usual: Any = None) -> Any:
            may_note.wait(WAIT)
            return super().pop(text_id, usual)

    may_note = threading.Event()
    app.notebook.save(NotebookText(id="t", text="Once")).result(WAIT)
    with monkeypatch.context() as patch:
        patch.setattr(notebook_rows, "save_text", full)
        with pytest.raises(StorageError):
            app.notebook.save(NotebookText(id="t", text="Once upon")).result(WAIT)
    app.notebook._unkept = Noted(app.notebook._unkept)
    if is_full:
        monkeypatch.setattr(notebook_rows, "save_text", full)
    app.notebook.save(NotebookText(id="t", text="Once upon a time"))
    opening = app.notebook.open("t", None)
    wait((opening,), 0.5)
    may_note.set()
    opened = opening.result(WAIT)
    assert opened is not None
    assert opened.text == "Once upon a time"
