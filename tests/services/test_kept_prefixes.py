"""A chat goes on after a restart without being read again, and what was kept of it goes with it."""

import time

from desktop_app.app import App
from desktop_app.domain.sampling import Sampling
from desktop_app.engine.snapshots import SUFFIX
from desktop_app.support.paths import Paths

SHORT = Sampling(temperature=0.0, max_tokens=8, seed=1)
QUESTION = "The keeper wrote down the wind, the tide and every ship that passed. " * 12
WAIT_SECONDS = 60.0


def kept(paths: Paths) -> list[str]:
    return [file.name for file in paths.snapshots.glob(f"*{SUFFIX}")] if paths.snapshots.is_dir() else []


def wait_until_kept(paths: Paths, count: int) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while len(kept(paths)) != count and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(kept(paths)) == count


def ask(app: App, heard, chat_id: str | None, text: str, model: str):
    asked = app.chats.ask(chat_id, text, model_path=model, sampling=SHORT)
    ended = heard.answer(asked.answer_id).message
    assert ended.receipt is not None
    return asked, ended.receipt


def test_a_chat_goes_on_after_a_restart(open_app, paths: Paths, starter_model: str) -> None:
    with open_app(context_size=2048) as (app, heard):
        asked, first = ask(app, heard, None, QUESTION, starter_model)
        assert first.cached_tokens == 0
    with open_app(context_size=2048) as (app, heard):
        _, second = ask(app, heard, asked.chat_id, "And then?", starter_model)
        assert second.cached_tokens >= first.prompt_tokens
        assert second.prompt_tokens - second.cached_tokens < 40
    assert len(kept(paths)) == 1


def test_a_deleted_chat_takes_it_along(app: App, heard, paths: Paths, starter_model: str) -> None:
    asked, _ = ask(app, heard, None, QUESTION, starter_model)
    other, _ = ask(app, heard, None, f"Another one: {QUESTION}", starter_model)
    wait_until_kept(paths, 2)
    app.ordering.delete([asked.chat_id]).result(WAIT_SECONDS)
    wait_until_kept(paths, 1)
    assert kept(paths)[0].startswith(other.chat_id)


def test_a_deleted_chat_takes_it_along_when_no_model_is_loaded(open_app, paths: Paths, starter_model: str) -> None:
    with open_app() as (app, heard):
        asked, _ = ask(app, heard, None, QUESTION, starter_model)
    assert len(kept(paths)) == 1
    with open_app() as (app, _):
        app.ordering.delete([asked.chat_id]).result(WAIT_SECONDS)
        wait_until_kept(paths, 0)


def test_nothing_is_kept_where_that_is_switched_off(open_app, paths: Paths, starter_model: str) -> None:
    with open_app(snapshot_gigabytes=0) as (app, heard):
        ask(app, heard, None, QUESTION, starter_model)
    assert kept(paths) == []
