"""The logits behind a prompt, from a real worker: they are those that an answer is sampled from."""

import numpy as np
import pytest

from desktop_app.domain.distribution import Distribution
from desktop_app.domain.errors import ErrorCode
from desktop_app.domain.sampling import LONGEST_WINDOW, Sampling
from desktop_app.protocol import engine as protocol
from tests.engine.conftest import KEPT_TO

QUESTION = "What is the capital of France?"
SETTINGS = (
    {},
    {"temperature": 1.4, "top_k": 7, "repeat_penalty": 1.5, "logit_bias": {"Paris": 3.0}},
    {"temperature": 0.6, "top_k": 0, "top_p": 0.97, "min_p": 0.0, "dry_multiplier": 1.0, "dry_allowed_length": 1},
)


def look(loaded, prompt: str, request_id: str = "look", **wanted: object) -> protocol.Logits:
    loaded.send(protocol.NextLogits(request_id=request_id, prompt=prompt, **wanted))
    (*_, told) = loaded.until(protocol.Logits, protocol.Failed)
    assert isinstance(told, protocol.Logits), told
    return told


@pytest.mark.parametrize("settings", SETTINGS)
def test_the_distribution_is_what_an_answer_is_told_of(loaded, chat, settings: dict) -> None:
    prompt = chat(f"{QUESTION} What is the capital of France? The capital: the capital")
    sampling = Sampling(**settings, max_tokens=1, seed=3)
    told = look(loaded, prompt, texts=("Paris", " Paris"), breakers=sampling.dry_breakers)
    chain = Distribution.of(told.values, told.recent, told.texts, told.breakers).chain(sampling)
    loaded.send(protocol.Generate(request_id="r", prompt=prompt, sampling=sampling, probabilities=20))
    reply = loaded.reply()
    (trace,) = reply.traces
    tokens = [option.token for option in trace.options]
    np.testing.assert_allclose(
        chain[0].probabilities(tokens), [option.probability for option in trace.options], rtol=KEPT_TO, atol=1e-5
    )
    np.testing.assert_allclose(
        chain[-1].probabilities(tokens),
        [option.sampled_probability for option in trace.options],
        rtol=KEPT_TO,
        atol=1e-5,
    )
    assert chain[0].likeliest(20) == tokens
    assert all(told.pieces[option.token] == option.piece for option in trace.options)


def test_what_else_is_told(loaded, chat) -> None:
    told = look(loaded, chat("Name two: one"), texts=("Paris", " Paris"), breakers=("\n", ": one"))
    prompt = chat("Name two: one")
    loaded.send(protocol.Tokenize("t", prompt))
    (pieces,) = loaded.until(protocol.Pieces)
    assert told.recent == pieces.tokens
    assert told.texts.keys() == {"Paris", " Paris"}
    by_token = dict(zip(pieces.tokens, pieces.pieces, strict=True))
    assert {by_token[token] for token, tails in told.breakers.items() if () in tails} >= {b"\n"}
    colon = next(token for token, piece in by_token.items() if piece == b":")
    loaded.send(protocol.Tokenize("t", " one"))
    assert told.breakers[colon] == (loaded.until(protocol.Pieces)[-1].tokens,)


def test_an_end_of_the_answer_is_known_as_such(whole_loaded, chat) -> None:
    told = look(whole_loaded, chat("Say yes.") + "Yes.")
    assert {told.pieces[token] for token in told.ends} <= {b"<|im_end|>", b"<|endoftext|>"}
    assert b"<|im_end|>" in told.pieces.values()


def test_a_long_prompt_is_read_only_where_that_is_wanted(loaded, chat) -> None:
    prompt = chat("The tide came in. " * 120)
    told = look(loaded, prompt, most_unread=64)
    assert told.unread > 400
    assert not told.values
    told = look(loaded, prompt)
    assert len(told.recent) < LONGEST_WINDOW
    assert told.values
    assert look(loaded, prompt, most_unread=1).values, "it is known now"


def test_a_prompt_that_does_not_fit_is_refused(loaded, chat) -> None:
    loaded.send(protocol.NextLogits(request_id="look", prompt=chat("The tide came in. " * 600)))
    (*_, failed) = loaded.until(protocol.Logits, protocol.Failed)
    assert isinstance(failed, protocol.Failed)
    assert failed.error.code is ErrorCode.PROMPT_TOO_LONG
