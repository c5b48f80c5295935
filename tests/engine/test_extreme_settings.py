"""Settings at their bounds, alone and together, which seem to forbid every token: an answer comes all the same."""

import pytest

from desktop_app.protocol import engine as protocol

CUTS = {"top_k": 1, "top_p": 0.0, "min_p": 1.0, "typical_p": 0.0, "top_n_sigma": 0.05}


@pytest.mark.parametrize(
    "sampling",
    [
        {"top_p": 0.0},
        {"min_p": 1.0},
        {"typical_p": 0.0},
        CUTS,
        {**CUTS, "order": ("temperature", "typical_p", "min_p", "top_p", "top_k"), "temperature": 2.0},
        {"xtc_probability": 1.0, "xtc_threshold": 0.0, "top_k": 0},
        {**CUTS, "xtc_probability": 1.0, "xtc_threshold": 0.0},
        {"temperature": 2.0, "dynatemp_range": 2.0, "dynatemp_exponent": 0.1},
        {"temperature": 0.05, "dynatemp_range": 2.0, "dynatemp_exponent": 5.0},
        {"mirostat": 1, "mirostat_tau": 0.1, "mirostat_eta": 1.0},
        {"mirostat": 2, "mirostat_tau": 10.0, "mirostat_eta": 0.01},
        {"adaptive_target": 1.0, "adaptive_decay": 0.0},
        {"adaptive_target": 0.01, "adaptive_decay": 0.99, "min_p": 1.0},
        {"repeat_penalty": 2.0, "repeat_last_n": 8192, "presence_penalty": 2.0, "frequency_penalty": 2.0},
        {"repeat_penalty": 2.0, "presence_penalty": -2.0, "frequency_penalty": -2.0},
        {"dry_multiplier": 5.0, "dry_base": 4.0, "dry_allowed_length": 1, "dry_last_n": 8192, "dry_breakers": ()},
        {"logit_bias": dict.fromkeys("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", -100.0)},
        {"logit_bias": {"yes": 100.0, "no": -100.0}, **CUTS},
    ],
    ids=str,
)
def test_an_answer_comes_at_the_bounds(loaded, chat, sampling: dict) -> None:
    reply = loaded.ask(chat("Hello"), max_tokens=6, seed=3, **sampling)
    assert isinstance(reply.end, protocol.Finished), reply.end
    assert 0 <= reply.end.completion_tokens <= 6


def test_a_grammar_that_allows_nothing_is_said(loaded, chat) -> None:
    reply = loaded.ask(chat("Hello"), grammar="root ::= [^\\x00-\\U0010FFFF]", **CUTS)
    assert isinstance(reply.end, protocol.Failed)
    assert loaded.ask(chat("Hello"), temperature=0.0, max_tokens=2).end.completion_tokens == 2
