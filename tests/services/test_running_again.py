"""'Run again' over the real engine: the same text in reproducible mode, and where another one differs."""

import threading
from concurrent.futures import CancelledError

import msgspec
import pytest

from desktop_app.app import App
from desktop_app.domain.chats import ChatStart
from desktop_app.domain.errors import StorageError
from desktop_app.domain.messages import FinishReason, Message, MessageStatus
from desktop_app.domain.sampling import Sampling
from desktop_app.services.events import AnswerDelta, MessageAdded
from desktop_app.services.insight.again import Rerun
from desktop_app.services.insight.receipt_text import rerun_words

WAIT = 60.0
STORY = "Write a very long story about a lighthouse."
WILD = Sampling(temperature=1.3, top_k=0, top_p=1.0, min_p=0.0, max_tokens=12)


def ask(app: App, heard, model: str, text: str = STORY, sampling: Sampling = WILD, chat: str | None = None) -> Message:
    asked = app.chats.ask(chat, text, model_path=model, sampling=sampling, start=ChatStart("You are terse."))
    return heard.answer(asked.answer_id).message


def again(app: App, answer: Message, model: str, sampling: Sampling | None = None) -> Rerun:
    return app.again.run(answer.chat_id, answer.id, model, sampling).result(WAIT)


def test_a_reproducible_answer_comes_again_token_for_token(open_app, starter_model: str) -> None:
    with open_app(reproducible=True, context_size=1024) as (app, heard):
        first = ask(app, heard, starter_model)
        second = ask(app, heard, starter_model, "And then?", chat=first.chat_id)
        for answer in (first, second):
            assert answer.receipt is not None
            assert answer.receipt.reproducible
            assert answer.receipt.cached_tokens == 0
            rerun = again(app, answer, starter_model)
            assert rerun.message.text == answer.text
            assert rerun_words(rerun) == "The same text, token for token."
        messages = app.chats.open_chat(first.chat_id).result(WAIT).messages
        assert len(messages) == 4, "nothing was added"


def test_a_stopped_answer_comes_again_as_far_as_it_came(open_app, starter_model: str) -> None:
    with open_app(reproducible=True, context_size=1024) as (app, heard):
        asked = app.chats.ask(
            None, STORY, model_path=starter_model, sampling=msgspec.structs.replace(WILD, max_tokens=900)
        )
        heard.wait_for(AnswerDelta)
        app.chats.stop(asked.answer_id)
        stopped = heard.answer(asked.answer_id).message
        assert stopped.status is MessageStatus.STOPPED
        assert rerun_words(again(app, stopped, starter_model)) == "The same text, token for token."


def test_an_answer_that_was_stopped_and_continued_comes_again_token_for_token(open_app, starter_model: str) -> None:
    """With another seed and other values for each go, as the sliders and a seed left to chance make them."""
    with open_app(reproducible=True, context_size=1024) as (app, heard):
        asked = app.chats.ask(
            None, STORY, model_path=starter_model, sampling=msgspec.structs.replace(WILD, max_tokens=900)
        )
        heard.wait_for(AnswerDelta)
        app.chats.stop(asked.answer_id)
        answer = heard.answer(asked.answer_id).message
        for temperature in (0.7, 1.6):
            values = msgspec.structs.replace(WILD, temperature=temperature)
            app.chats.go_on(answer.chat_id, answer.id, model_path=starter_model, sampling=values)
            answer = heard.answer(answer.id).message
        assert answer.receipt is not None
        goes = answer.receipt.goes
        assert [go.completion_tokens for go in goes[1:]] == [12, 12]
        assert len({go.seed for go in goes}) == 3
        rerun = again(app, answer, starter_model)
        assert rerun.message.text == answer.text
        assert rerun_words(rerun) == "The same text."
        kept = app.again.keep(rerun).result(WAIT)
        assert rerun_words(again(app, kept, starter_model)) == "The same text."


def test_the_receipt_is_complete(app: App, heard, starter_model: str) -> None:
    receipt = ask(app, heard, starter_model).receipt
    assert receipt is not None
    assert not receipt.reproducible
    assert receipt.model_file == "SmolLM2-135M-Instruct.Q4_1.gguf"
    assert receipt.model_size == 98_362_432
    assert receipt.model_hash.startswith("quick:")
    assert receipt.quantization == "Q4_1"
    for value in (receipt.engine_build, receipt.engine_version, receipt.device, receipt.cpu_features):
        assert value
    assert (receipt.kv_type, receipt.context_size) == ("f16", 2048)
    assert receipt.threads >= 1
    assert len(receipt.template_hash) == len(receipt.prompt_hash) == len(receipt.tokens_hash) == 16
    assert receipt.decodes > 0
    assert receipt.made_at > 0
    assert (receipt.energy is None) == (receipt.energy_sources == ())
    assert (receipt.dropped_turns, receipt.summary, receipt.is_continued) == (0, "", False)


def test_a_checksum_that_a_download_told_is_in_the_receipt(app: App, heard, starter_model: str, monkeypatch) -> None:
    monkeypatch.setattr(app.library, "known_hash", lambda _path: "sha256:ab")
    receipt = ask(app, heard, starter_model, sampling=Sampling(max_tokens=1)).receipt
    assert receipt is not None
    assert receipt.model_hash == "sha256:ab"


def test_another_answer_differs_at_a_token_that_is_named(app: App, heard, starter_model: str) -> None:
    """Another seed stands for whatever makes an answer that is not reproducible another one."""
    answer = ask(app, heard, starter_model)
    assert answer.receipt is not None
    rerun = again(app, answer, starter_model, msgspec.structs.replace(WILD, seed=(answer.receipt.seed + 1) % 1000))
    assert rerun.difference is not None
    before = app.engines.questions_to(starter_model).pieces_of(answer.text).result(WAIT).pieces
    after = app.engines.questions_to(starter_model).pieces_of(rerun.message.text).result(WAIT).pieces
    place = rerun.difference.token - 1
    assert before[:place] == after[:place]
    parted = [pieces[place].decode(errors="replace") for pieces in (before, after)]  # it may be a part of a character
    assert parted == [rerun.difference.before, rerun.difference.after]
    words = rerun_words(rerun)
    assert f"at token {rerun.difference.token}" in words
    assert "near-tie" in words


def test_what_has_changed_since_is_named(app: App, heard, starter_model: str, open_app) -> None:
    answer = ask(app, heard, starter_model)
    app.engines.unload(starter_model)
    app.settings.change("engine", "context_size", 512)
    rerun = again(app, answer, starter_model)
    assert "The context has a different size." in rerun_words(rerun)


def test_what_was_left_out_of_the_prompt_is_left_out_again(open_app, starter_model: str) -> None:
    """A later answer made the model forget more of the branch than this one knew of."""
    with open_app(reproducible=True, context_size=256) as (app, heard):
        first = ask(app, heard, starter_model, "More " * 60)
        second = ask(app, heard, starter_model, "word " * 120, chat=first.chat_id)
        third = ask(app, heard, starter_model, "And now?", chat=first.chat_id)
        assert second.receipt is not None
        assert third.receipt is not None
        assert second.receipt.dropped_turns == 0
        assert third.receipt.dropped_turns > 0
        for answer in (first, third):
            assert rerun_words(again(app, answer, starter_model)) == "The same text, token for token."


def test_a_new_answer_is_kept_as_a_sibling_where_one_wants_that(app: App, heard, starter_model: str) -> None:
    answer = ask(app, heard, starter_model)
    app.branches.star(answer.chat_id, answer.id, True).result(WAIT)
    rerun = again(app, answer, starter_model, Sampling(temperature=0.0, max_tokens=8))
    kept = app.again.keep(rerun).result(WAIT)
    assert heard.wait_for(MessageAdded, lambda event: event.message.id == kept.id).message == kept
    conversation = app.chats.open_chat(answer.chat_id).result(WAIT)
    assert conversation.messages[-1] == kept
    assert conversation.chat.leaf_id == kept.id
    assert [message.starred for message in conversation.messages] == [False, True, False]
    assert (kept.parent_id, kept.text, kept.receipt) == (answer.parent_id, rerun.message.text, rerun.receipt)


def test_it_can_be_given_up_and_begun_anew(app: App, heard, starter_model: str) -> None:
    answer = ask(app, heard, starter_model)
    writing = threading.Event()
    running = app.again.run(
        answer.chat_id, answer.id, starter_model, Sampling(max_tokens=2000), lambda _count: writing.set()
    )
    assert writing.wait(WAIT)
    app.again.cancel(answer.id)
    with pytest.raises(CancelledError):
        running.result(WAIT)
    app.again.cancel("unknown")
    rerun = again(app, answer, starter_model, Sampling(max_tokens=3))
    assert rerun.receipt.finish_reason is FinishReason.LENGTH


def test_a_chat_that_is_gone(app: App, starter_model: str) -> None:
    with pytest.raises(StorageError):
        app.again.run("gone", "gone", starter_model).result(WAIT)
