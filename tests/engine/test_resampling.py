"""Sampling that changes in mid-answer, and forms that are checked: real model, real pipe."""

import pytest

from desktop_app.domain.errors import ErrorCode
from desktop_app.domain.messages import FinishReason
from desktop_app.domain.sampling import Sampling
from desktop_app.protocol import engine as protocol

STORY = "Write a very long story about a lighthouse."


def change_after(worker, prompt: str, texts: int, wanted: Sampling, **sampling: object):
    """Ask, change the sampling once `texts` pieces came, and return the events."""
    worker.send(worker.generate(prompt, **sampling))
    seen = []
    while sum(isinstance(event, protocol.Tokens) for event in seen) < texts:
        seen += worker.until(protocol.Tokens)
    worker.send(protocol.Resample("r", wanted))
    return [*seen, *worker.until(protocol.Finished, protocol.Failed)]


def test_temperature_zero_in_mid_answer_makes_the_rest_greedy(whole_loaded, chat) -> None:
    wild = {"temperature": 1.6, "min_p": 0.1, "seed": 11}
    events = change_after(
        whole_loaded, chat(STORY), 2, Sampling(temperature=0.0, max_tokens=48), max_tokens=400, **wild
    )
    end = events[-1]
    assert isinstance(end, protocol.Finished), end
    assert end.seed == 11
    assert end.completion_tokens <= 48, "the length follows, too"
    assert end.sampling == Sampling(temperature=0.0, max_tokens=48, seed=11)
    assert end.resampled_at is not None
    assert 0 < end.resampled_at < end.completion_tokens
    text = "".join(event.text for event in events if isinstance(event, protocol.Tokens))
    whole_loaded.send(protocol.Tokenize("t", text))
    tokens = whole_loaded.until(protocol.Pieces)[-1].tokens
    begin = b"".join(piece_of(whole_loaded, tokens[: end.resampled_at])).decode()
    left = end.completion_tokens - end.resampled_at
    greedy = whole_loaded.ask(chat(STORY) + begin, temperature=0.0, max_tokens=left, seed=11)
    assert text[len(begin) :].startswith(greedy.text[: len(greedy.text) // 2])
    assert len(greedy.text) > 20


def piece_of(worker, tokens) -> tuple[bytes, ...]:
    worker.send(protocol.Detokenize("d", tuple(tokens)))
    return worker.until(protocol.Pieces)[-1].pieces


def test_an_answer_keeps_its_grammar_and_its_seed(whole_loaded, chat) -> None:
    wanted = Sampling(temperature=0.3, grammar='root ::= "never"', seed=99, stop=("1",), repeat_penalty=1.1)
    events = change_after(
        whole_loaded, chat("Count."), 2, wanted, grammar="root ::= [0-9 ]{60}", seed=5, max_tokens=200
    )
    end = events[-1]
    assert isinstance(end, protocol.Finished), end
    text = "".join(event.text for event in events if isinstance(event, protocol.Tokens))
    assert set(text) <= set("0123456789 ")
    assert len(text) == 60
    assert (end.seed, end.sampling.grammar, end.sampling.stop) == (5, "root ::= [0-9 ]{60}", ())
    assert (end.sampling.temperature, end.sampling.repeat_penalty) == (0.3, 1.1)


def test_the_same_values_again_leave_no_trace(whole_loaded, chat) -> None:
    same = Sampling(temperature=0.5, max_tokens=30, seed=3)
    end = change_after(whole_loaded, chat(STORY), 1, same, temperature=0.5, max_tokens=30, seed=3)[-1]
    assert (end.sampling, end.resampled_at) == (None, None)
    plain = whole_loaded.ask(chat(STORY), temperature=0.5, max_tokens=30, seed=3)
    assert plain.end.completion_tokens == end.completion_tokens


def test_a_change_that_comes_after_the_end_changes_nothing(whole_loaded, chat) -> None:
    first = whole_loaded.ask(chat(STORY), max_tokens=8, temperature=0.0)
    whole_loaded.send(protocol.Resample("r", Sampling(temperature=2.0)), protocol.Resample("unknown", Sampling()))
    again = whole_loaded.ask(chat(STORY), max_tokens=8, temperature=0.0)
    assert again.text == first.text
    assert again.end.sampling is None


def test_a_shorter_length_ends_an_answer_that_is_longer_already(whole_loaded, chat) -> None:
    end = change_after(whole_loaded, chat(STORY), 3, Sampling(max_tokens=1), max_tokens=400, seed=1)[-1]
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
