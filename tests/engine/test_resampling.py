"""Sampling that changes in mid-answer, and forms that are checked: real model, real pipe."""

import msgspec
import pytest

from desktop_app.domain.errors import ErrorCode
from desktop_app.domain.messages import FinishReason
from desktop_app.domain.sampling import Sampling
from desktop_app.protocol import engine as protocol
from tests.endless import ENDLESS
from tests.engine.conftest import Reply

STORY = "Write a very long story about a lighthouse."


def change_after(worker, prompt: str, texts: int, wanted: Sampling, **sampling: object) -> Reply:
    """Ask, change the sampling once `texts` pieces came, and return the reply; how each token was chosen is told with it."""
    worker.send(msgspec.structs.replace(worker.generate(prompt, **sampling), probabilities=1))
    seen = []
    while sum(isinstance(event, protocol.Tokens) for event in seen) < texts:
        seen += worker.until(protocol.Tokens)
    worker.send(protocol.Resample("r", wanted))
    return Reply([*seen, *worker.until(protocol.Finished, protocol.Failed)])


def test_temperature_zero_in_mid_answer_makes_the_rest_greedy(loaded, chat) -> None:
    wanted = Sampling(temperature=0.0, max_tokens=300, **ENDLESS)  # many: some are written before it is known
    wild = {"temperature": 1.6, "min_p": 0.1, "seed": 11, "max_tokens": 1900, **ENDLESS}
    reply = change_after(loaded, chat(STORY), 1, wanted, **wild)
    end = reply.finished
    assert end.resampled_at is not None
    assert 0 < end.resampled_at < end.completion_tokens == 300, "the length follows, too"
    assert (end.seed, end.sampling) == (11, msgspec.structs.replace(wanted, seed=11))
    left = [trace.chosen.sampled_probability for trace in reply.traces]
    assert set(left[end.resampled_at :]) == {1.0}, "nothing but the likeliest"


def test_an_answer_keeps_its_grammar_and_its_seed(loaded, chat) -> None:
    grammar = "root ::= [0-9 ]{600}"
    wanted = Sampling(temperature=0.3, grammar='root ::= "never"', seed=99, stop=("1",), repeat_penalty=1.1)
    reply = change_after(loaded, chat("Count."), 1, wanted, grammar=grammar, seed=5, max_tokens=700)
    end, text = reply.finished, reply.text
    assert set(text) <= set("0123456789 ")
    assert len(text) == 600
    assert (end.seed, end.sampling.grammar, end.sampling.stop) == (5, grammar, ())
    assert (end.sampling.temperature, end.sampling.repeat_penalty) == (0.3, 1.1)


def test_the_same_values_again_leave_no_trace(whole_loaded, chat) -> None:
    same = Sampling(temperature=0.5, max_tokens=30, seed=3)
    end = change_after(whole_loaded, chat(STORY), 1, same, temperature=0.5, max_tokens=30, seed=3).finished
    assert (end.sampling, end.resampled_at) == (None, None)
    plain = whole_loaded.ask(chat(STORY), temperature=0.5, max_tokens=30, seed=3)
    assert plain.end.completion_tokens == end.completion_tokens


def test_a_change_that_comes_after_the_end_changes_nothing(whole_loaded, chat) -> None:
    first = whole_loaded.ask(chat(STORY), max_tokens=8, temperature=0.0)
    whole_loaded.send(protocol.Resample("r", Sampling(temperature=2.0)), protocol.Resample("unknown", Sampling()))
    again = whole_loaded.ask(chat(STORY), max_tokens=8, temperature=0.0)
    assert again.text == first.text
    assert again.end.sampling is None


def test_a_shorter_length_ends_an_answer_that_is_longer_already(loaded, chat) -> None:
    end = change_after(loaded, chat(STORY), 3, Sampling(max_tokens=1, **ENDLESS), max_tokens=1900, **ENDLESS).finished
    assert end.reason is FinishReason.LENGTH
    assert end.completion_tokens <= end.resampled_at + 1


@pytest.mark.parametrize(
    ("grammar", "schema", "code"),
    [
        ('root ::= "a"', "", None),
        ("", '{"type": "object"}', None),
        ("root ::= nowhere", "", ErrorCode.GRAMMAR_INVALID),
        ('root ::= "a"{3,1}', "", ErrorCode.GRAMMAR_INVALID),
        ('root ::= a? root | "b"\na ::= "a"', "", ErrorCode.GRAMMAR_INVALID),
        ("", '{"enum": 3}', ErrorCode.SCHEMA_INVALID),
        ("", '{"minimum": 3}', ErrorCode.SCHEMA_KEYWORD),
    ],
)
def test_forms_are_checked_as_an_answer_would_use_them(whole_loaded, grammar: str, schema: str, code) -> None:
    whole_loaded.send(protocol.CheckGrammar("c", grammar, schema))
    (told,) = whole_loaded.until(protocol.GrammarChecked)
    assert (told.error and told.error.code) == code


def test_words_that_leave_hardly_any_token_end_the_answer(whole_loaded, chat) -> None:
    banned = tuple("abcdefghijklmnopqrstuvwxyz0123456789 .,:;!?'\"-*#\n")
    reply = whole_loaded.ask(chat("Hello"), banned=banned, max_tokens=8, seed=1)
    assert isinstance(reply.end, protocol.Finished | protocol.Failed)
    assert not set(reply.text.casefold()) & set(banned)
