"""How sampling parameters hang together: what is on, what changes nothing, what an answer keeps."""

import msgspec

from desktop_app.domain.sampling import CHAIN_ORDER, Sampling, Thinking
from desktop_app.domain.sampling_rules import (
    NEXT_ANSWER,
    STEP_TITLES,
    Hindrance,
    active_steps,
    during_answer,
    hindrances,
    is_on,
)

ALL_ON = Sampling(
    repeat_penalty=1.1, dry_multiplier=0.8, top_n_sigma=1.5, typical_p=0.9, xtc_probability=0.5, dynatemp_range=0.2
)  # fmt: skip


def test_steps_that_are_on_by_default_and_all_of_them() -> None:
    assert active_steps(Sampling()) == ("top_k", "top_p", "min_p", "temperature")
    assert active_steps(ALL_ON) == CHAIN_ORDER == tuple(STEP_TITLES)
    assert not is_on("temperature", Sampling(temperature=1.0))


def test_only_steps_that_can_change_the_token_are_active() -> None:
    greedy = msgspec.structs.replace(ALL_ON, temperature=0.0)
    assert active_steps(greedy) == tuple(step for step in CHAIN_ORDER if step in ("penalties", "dry"))
    steered = msgspec.structs.replace(ALL_ON, mirostat=2)
    assert active_steps(steered) == tuple(step for step in CHAIN_ORDER if step in ("penalties", "dry", "temperature"))


def test_what_changes_nothing_at_temperature_zero_and_with_mirostat() -> None:
    assert hindrances(ALL_ON) == {}
    greedy = hindrances(msgspec.structs.replace(ALL_ON, temperature=0.0, mirostat=2))
    assert set(greedy.values()) == {Hindrance.GREEDY}
    assert {"top_k", "mirostat_tau", "dynatemp_range"} <= set(greedy)
    assert not {"repeat_penalty", "dry_multiplier", "temperature", "max_tokens", "grammar"} & set(greedy)
    steered = hindrances(msgspec.structs.replace(ALL_ON, mirostat=1))
    assert steered["top_p"] is steered["xtc_threshold"] is steered["adaptive_target"] is Hindrance.MIROSTAT
    assert "dynatemp_range" not in steered


def test_a_schema_has_no_effect_beside_a_grammar() -> None:
    assert hindrances(Sampling(grammar='root ::= "a"', json_schema="{}")) == {"json_schema": Hindrance.GRAMMAR}


def test_all_but_a_few_may_change_in_mid_answer() -> None:
    everything = msgspec.structs.replace(ALL_ON, temperature=0.0, mirostat=2, grammar="x", json_schema="x")
    assert set(hindrances(everything)) | NEXT_ANSWER <= set(Sampling.__struct_fields__)
    changed = during_answer(Sampling(), everything)
    assert all(
        getattr(changed, name) == getattr(everything, name) for name in set(Sampling.__struct_fields__) - NEXT_ANSWER
    )


def test_an_answer_keeps_its_seed_its_form_and_its_words() -> None:
    running = Sampling(seed=3, stop=("END",), grammar='root ::= "a"')
    wanted = Sampling(seed=4, thinking=Thinking.ON, banned=("x",), json_schema="{}", temperature=0.1, max_tokens=5)
    assert during_answer(running, wanted) == msgspec.structs.replace(running, temperature=0.1, max_tokens=5)
