"""A model whose file is moved while it is loaded, with the real engine."""

import shutil
from pathlib import Path

import msgspec
import pytest

from desktop_app.app import App
from desktop_app.domain.downloads import Download
from desktop_app.domain.hub import HubFile, Variant
from desktop_app.domain.messages import MessageStatus
from desktop_app.domain.model_defaults import LoadOptions, ModelDefaults
from desktop_app.domain.sampling import Sampling
from desktop_app.services.events import AnswerDelta, AnswerEnded, EngineChanged, EngineState, MessageAdded

STORY = Sampling(temperature=0.8, min_p=0.0, max_tokens=200, seed=7)


@pytest.fixture
def model(app: App, short_starter: str) -> Path:
    file = app.library.folder / "Mine-Q4_1.gguf"
    file.parent.mkdir(parents=True)
    shutil.copy(short_starter, file)
    return file


def move(app: App, folder: Path) -> None:
    app.moving.prepare(str(folder), moves=True).result(60)
    app.settings.change("folders", "models", str(folder))
    assert app.moving.go_on().result(60)


def test_an_answer_goes_on_while_its_model_is_moved(app: App, heard, model: Path, tmp_path: Path) -> None:
    asked = app.chats.ask(None, "Tell me about ships.", model_path=str(model), sampling=STORY)
    heard.wait_for(AnswerDelta)
    pids = app.engines.worker_pids()
    move(app, tmp_path / "other")
    assert heard.answer(asked.answer_id).message.status is MessageStatus.COMPLETE
    new = tmp_path / "other" / model.name
    assert not model.exists()
    again = app.chats.ask(asked.chat_id, "And boats?", model_path=str(new), sampling=STORY)
    assert heard.answer(again.answer_id).message.status is MessageStatus.COMPLETE
    assert app.engines.worker_pids() == pids  # it was not loaded a second time


def test_the_engine_is_told_under_its_new_path(app: App, heard, model: Path, tmp_path: Path) -> None:
    app.engines.load(str(model)).result(60)
    move(app, tmp_path / "other")
    heard.wait_for(EngineChanged, lambda event: (event.model_path, event.state) == (str(model), EngineState.IDLE))
    new = str(tmp_path / "other" / model.name)
    heard.wait_for(EngineChanged, lambda event: (event.model_path, event.state) == (new, EngineState.READY))
    assert [loaded.path for loaded in app.engines.loaded().result(60)] == [new]


def test_a_model_is_released_only_while_it_does_not_answer(app: App, heard, model: Path) -> None:
    endless = msgspec.structs.replace(STORY, max_tokens=2000)
    asked = app.chats.ask(None, "Tell me about ships.", model_path=str(model), sampling=endless)
    heard.wait_for(AnswerDelta)
    assert not app.engines.release(str(model))
    app.chats.stop(asked.answer_id)
    assert heard.answer(asked.answer_id).message.status is MessageStatus.STOPPED
    (pid,) = app.engines.worker_pids()
    assert app.engines.release(str(model))
    assert not Path(f"/proc/{pid}").exists()
    assert app.engines.release("/never/loaded.gguf")


def test_what_is_set_for_a_model_comes_along(app: App, model: Path, tmp_path: Path) -> None:
    mine = ModelDefaults(system_prompt="Be brief.", loading=LoadOptions(context_size=512))
    app.model_defaults.change(str(model), mine)
    assert app.engines.load(str(model)).result(60).context_size == 512
    move(app, tmp_path / "other")
    new = str(tmp_path / "other" / model.name)
    assert app.model_defaults.of(new) == mine
    assert app.model_defaults.of(str(model)) == ModelDefaults()
    assert app.engines.reload(new).result(60).context_size == 512


def test_a_question_that_waits_is_asked_of_the_model_where_it_is_now(
    app: App, heard, model: Path, tmp_path: Path
) -> None:
    sampling = msgspec.structs.replace(STORY, max_tokens=4)
    asked = app.chats.ask(None, "Tell me about ships.", model_path=str(model), sampling=sampling)
    heard.answer(asked.answer_id)
    app.chats.set_sampling(asked.chat_id, sampling).result(60)
    for place in ("other", "third"):
        move(app, tmp_path / place)
    app.unsent.add(asked.chat_id, "And boats?")
    question = heard.wait_for(MessageAdded, lambda event: event.message.text == "And boats?").message
    answer = heard.wait_for(AnswerEnded, lambda event: event.message.parent_id == question.id).message
    assert answer.status is MessageStatus.COMPLETE
    present = str(tmp_path / "third" / model.name)
    assert app.chats.open_chat(asked.chat_id).result(60).chat.model_path == present


def test_a_newer_version_is_loaded_for_the_next_question(app: App, heard, model: Path) -> None:
    variant = Variant(name="", quantization="", files=(HubFile(name=model.name, size=1),))
    download = Download(id="1", repository="", commit="", variant=variant, folder=str(model.parent))
    asked = app.chats.ask(None, "Tell me about ships.", model_path=str(model), sampling=STORY)
    heard.wait_for(AnswerDelta)
    (before,) = app.engines.worker_pids()
    app._arrived(download, ["0" * 64])
    heard.wait_for_each(
        lambda event: isinstance(event, AnswerEnded) and event.message.status is MessageStatus.COMPLETE,
        lambda event: isinstance(event, EngineChanged) and event.state is EngineState.IDLE,
    )
    again = app.chats.ask(asked.chat_id, "And boats?", model_path=str(model), sampling=STORY)
    assert heard.answer(again.answer_id).message.status is MessageStatus.COMPLETE
    assert before not in app.engines.worker_pids()


def test_a_model_that_is_removed_leaves_the_memory(app: App, heard, model: Path) -> None:
    app.engines.load(str(model)).result(60)
    assert app.library.remove(str(model)).result(60) > 0
    heard.wait_for(EngineChanged, lambda event: (event.model_path, event.state) == (str(model), EngineState.IDLE))
    assert app.engines.worker_pids() == ()
