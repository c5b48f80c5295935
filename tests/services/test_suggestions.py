"""A next question that the model suggests."""

import queue
from concurrent.futures import CancelledError

import pytest

from desktop_app.app import App
from desktop_app.domain.errors import EngineError, ErrorCode, StorageError
from desktop_app.domain.sampling import Sampling
from desktop_app.protocol.engine import Generate
from desktop_app.services.chats import suggestions
from desktop_app.services.chats.suggestions import INSTRUCTION
from tests.services.conftest import Heard
from tests.services.test_branches import opened, two_turns

ENDLESS = Sampling(max_tokens=2000, grammar='root ::= ("a" | "b" | " ") root')


def test_it_is_written_behind_the_open_branch_and_nothing_is_stored(
    app: App,
    heard: Heard,
    starter_model: str,
    greedy: Sampling,
    sent: list[Generate],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(suggestions, "SAMPLING", Sampling(temperature=0.0, max_tokens=24, seed=1))
    first, _second = two_turns(app, heard, starter_model, greedy)
    before = opened(app, first.chat_id)
    pieces: list[str] = []
    text = app.suggestions.begin(first.chat_id, starter_model, "", pieces.append).future.result(60)
    assert text
    assert "\n" not in text
    grown = "".join(pieces).strip()
    assert grown
    assert text.startswith(grown) or grown.startswith(text)  # what was held back at the end is in the text alone
    prompt = sent[-1].prompt
    assert prompt.index("And an animal?") < prompt.index(INSTRUCTION)
    assert opened(app, first.chat_id) == before


def test_it_goes_on_from_what_is_typed(
    app: App, heard: Heard, starter_model: str, greedy: Sampling, sent: list[Generate]
) -> None:
    first, _second = two_turns(app, heard, starter_model, greedy)
    typed = "What would happen if"
    text = app.suggestions.begin(first.chat_id, starter_model, typed, lambda _text: None).future.result(60)
    assert text.startswith(typed)
    assert len(text) > len(typed)
    assert sent[-1].prompt.endswith(typed)


def test_a_model_that_is_taken_out_of_memory_meanwhile_is_not_said_to_have_crashed(
    app: App, heard: Heard, starter_model: str, greedy: Sampling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suggestions, "SAMPLING", ENDLESS)
    first, _second = two_turns(app, heard, starter_model, greedy)
    pieces: queue.Queue[str] = queue.Queue()
    reading = app.suggestions.begin(first.chat_id, starter_model, "", pieces.put)
    pieces.get(timeout=60)
    assert app.engines.release(starter_model)  # as where another model needs the memory
    with pytest.raises(EngineError) as caught:
        reading.future.result(60)
    assert caught.value.code is ErrorCode.ENGINE_UNLOADED


def test_it_can_be_given_up(
    app: App, heard: Heard, starter_model: str, greedy: Sampling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suggestions, "SAMPLING", ENDLESS)
    first, _second = two_turns(app, heard, starter_model, greedy)
    pieces: queue.Queue[str] = queue.Queue()
    reading = app.suggestions.begin(first.chat_id, starter_model, "", pieces.put)
    pieces.get(timeout=60)
    reading.cancel()
    with pytest.raises(CancelledError):
        reading.future.result(60)
    with pytest.raises(StorageError):
        app.suggestions.begin("nothing", starter_model, "", pieces.put).future.result(60)


def test_what_begins_a_line_of_its_own_is_not_glued_to_what_is_typed(
    app: App, heard: Heard, starter_model: str, greedy: Sampling, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _second = two_turns(app, heard, starter_model, greedy)
    monkeypatch.setattr(suggestions, "SAMPLING", Sampling(max_tokens=40, grammar=r'root ::= "\n\nSo what?\nMore"'))
    pieces: list[str] = []
    text = app.suggestions.begin(first.chat_id, starter_model, "A list", pieces.append).future.result(60)
    assert text == "A list\n\nSo what?"
    assert text.startswith("A list" + "".join(pieces)), "nothing that is shown moves at the end"
