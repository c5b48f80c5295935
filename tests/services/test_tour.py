"""What the guided tour has a model do, over the real engine; nothing of it is stored."""

import pytest

from desktop_app.app import App
from desktop_app.domain.errors import EngineError, ErrorCode
from desktop_app.domain.messages import FinishReason, Role
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.tour import turn_sizes
from desktop_app.support.paths import Paths
from tests.services.conftest import WAIT_SECONDS
from tests.services.test_kept_prefixes import kept

SHORT = Sampling(temperature=0.0, max_tokens=12, seed=1)


def nobody(_text: str) -> None:
    """Hear what is written, and do nothing."""


@pytest.fixture
def loaded(app: App, starter_model: str) -> App:
    app.engines.load(starter_model).result(WAIT_SECONDS)
    return app


def test_a_text_is_cut_as_the_model_cuts_it(loaded: App, starter_model: str) -> None:
    text = "Größe 💡 <|im_end|>"
    cut = loaded.tour.cut(starter_model, text).result(WAIT_SECONDS)
    assert cut.text == text
    assert cut.tokens[-1].is_control
    assert "".join(cut.text[token.start : token.end] for token in cut.tokens) == text
    assert len(cut.tokens) == len(
        loaded.engines.questions_to(starter_model).pieces_of(text).result(WAIT_SECONDS).tokens
    )


@pytest.mark.usefixtures("whole_starter")
def test_a_beginning_of_ones_own_goes_on(loaded: App, starter_model: str, paths: Paths) -> None:
    sure = loaded.tour.next_word(starter_model, "The capital of France is").result(WAIT_SECONDS)
    unsure = loaded.tour.next_word(starter_model, "My favourite").result(WAIT_SECONDS)
    assert sure.distribution is not None
    assert unsure.distribution is not None
    (likeliest,) = sure.distribution.model.likeliest(1)
    assert sure.pieces[likeliest] == b" Paris"
    assert sure.distribution.model.probabilities([likeliest])[0] > 0.5
    (other,) = unsure.distribution.model.likeliest(1)
    assert unsure.distribution.model.probabilities([other])[0] < 0.2
    written = loaded.tour.go_on(starter_model, "The capital of France is", SHORT, nobody).result(WAIT_SECONDS)
    assert written.text.startswith(" Paris")
    assert written.traces.piece(0) == b" Paris"
    assert kept(paths) == []


def test_it_is_heard_while_it_comes(loaded: App, starter_model: str) -> None:
    heard: list[str] = []
    written = loaded.tour.answer(starter_model, "What is a glimmerwort tree?", SHORT, heard.append).result(WAIT_SECONDS)
    assert "".join(heard) == written.text
    assert len(written.traces) == 12
    assert written.finish_reason is FinishReason.LENGTH
    assert loaded.chats.list_chats().result(WAIT_SECONDS) == []


def test_what_is_given_up_leaves_the_model_to_the_next(loaded: App, starter_model: str) -> None:
    heard: list[str] = []
    long = loaded.tour.answer(starter_model, "Tell a story.", Sampling(max_tokens=1000, temperature=0.0), heard.append)
    assert long.cancel()
    assert loaded.tour.go_on(starter_model, "Once", SHORT, nobody).result(WAIT_SECONDS).text
    assert len(heard) < 1000


def test_a_conversation_is_read_whole(loaded: App, starter_model: str) -> None:
    turns = [(Role.SYSTEM, "Be kind."), (Role.USER, "Hello"), (Role.ASSISTANT, "Hello to you."), (Role.USER, "Bye")]
    received = loaded.tour.received(starter_model, turns).result(WAIT_SECONDS)
    sizes = turn_sizes(received)
    assert [size.text for size in sizes[:-1]] == [text for _role, text in turns]
    assert sum(size.tokens for size in sizes) == len(received.tokens or ())
    assert all(size.tokens for size in sizes)


@pytest.mark.usefixtures("whole_starter")
def test_near_words_and_attention_are_those_of_the_model(loaded: App, starter_model: str) -> None:
    found = loaded.tour.near_words(starter_model, ["king", "woman"], ["man"], 3).result(WAIT_SECONDS)
    assert found.near[0].word == "queen"
    attention = loaded.tour.attention(starter_model, "The cat sat").result(WAIT_SECONDS)
    assert b"".join(attention.pieces) == b"The cat sat"
    with pytest.raises(EngineError) as refused:
        loaded.tour.near_words(starter_model, [], [], 3).result(WAIT_SECONDS)
    assert refused.value.code is ErrorCode.VECTORS_NO_WORD


def test_a_question_that_is_given_up_is_answered_to_nobody(
    loaded: App, starter_model: str, caplog: pytest.LogCaptureFixture
) -> None:
    given_up = [
        loaded.tour.near_words(starter_model, ["One"], [], 3).cancel(),
        loaded.tour.attention(starter_model, "One two").cancel(),
        loaded.tour.next_word(starter_model, "One").cancel(),
        loaded.tour.cut(starter_model, "One").cancel(),
        loaded.tour.pieces(starter_model, [1]).cancel(),
        loaded.tour.received(starter_model, [(Role.USER, "One")]).cancel(),
    ]
    assert all(given_up[:3])
    assert loaded.tour.near_words(starter_model, ["One"], [], 3).result(WAIT_SECONDS).near
    assert caplog.records == []


def test_where_no_model_is_loaded_it_is_said(app: App, starter_model: str) -> None:
    for asked in (app.tour.cut(starter_model, "x"), app.tour.next_word(starter_model, "x")):
        with pytest.raises(EngineError) as refused:
            asked.result(WAIT_SECONDS)
        assert refused.value.code is ErrorCode.ENGINE_FAILED
