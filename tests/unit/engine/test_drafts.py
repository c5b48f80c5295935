"""Guessing ahead: what is found, and when it pays; no clock, no model."""

import random

from desktop_app.engine.drafts import FRESH_DECODES, MOST_GUESSED, DraftGauge, PromptLookup

KIND = 3


def gauge_with(costs: dict[int, float]) -> DraftGauge:
    gauge = DraftGauge()
    for width, seconds in costs.items():
        for _ in range(3):
            gauge.note_time(width, seconds)
    return gauge


def test_it_goes_on_as_it_did_behind_the_longest_match() -> None:
    lookup = PromptLookup()
    assert lookup.guess([1, 2, 3, 4, 5, 9, 2, 3, 7, 8, 1, 2, 3], 4) == ([4, 5, 9, 2], 3)
    assert lookup.guess([1, 2, 3, 4, 5, 9, 2, 3, 7, 8, 1, 2, 3, 6, 2, 3], 2) == ([6, 2], 2)  # the last time counts


def test_nothing_is_found_in_what_never_repeats() -> None:
    assert PromptLookup().guess(list(range(100)), 4) == ([], 0)
    assert PromptLookup().guess([], 4) == ([], 0)
    assert PromptLookup().guess([7], 4) == ([], 0)


def test_a_text_that_is_taken_back_and_goes_on_otherwise() -> None:
    lookup = PromptLookup()
    lookup.guess([1, 2, 3, 4, 5], 4)
    assert lookup.guess([1, 2, 9, 9, 1, 2], 3) == ([9, 9, 1], 2)


def test_growing_token_by_token_is_the_same_as_at_once() -> None:
    tokens = random.Random(3).choices(range(6), k=300)
    growing = PromptLookup()
    for length in range(1, len(tokens) + 1):
        assert growing.guess(tokens[:length], 5) == PromptLookup().guess(tokens[:length], 5)


def test_true_guesses_make_longer_ones() -> None:
    gauge = gauge_with({1: 1.0})
    lengths = []
    for _ in range(12):
        lengths.append(gauge.length(KIND, MOST_GUESSED))
        gauge.note(KIND, lengths[-1], lengths[-1])
    assert lengths[0] >= 1
    assert lengths == sorted(lengths)
    assert lengths[-1] == MOST_GUESSED


def test_wrong_guesses_end_it_and_true_ones_that_were_not_decoded_begin_it_again() -> None:
    gauge = gauge_with({1: 1.0})
    for _ in range(20):
        if length := gauge.length(KIND, MOST_GUESSED):
            gauge.note(KIND, length, 0)
    assert gauge.length(KIND, MOST_GUESSED) == 0
    for _ in range(20):
        gauge.note(KIND, 1, 1)
    assert gauge.length(KIND, MOST_GUESSED) > 2


def test_old_times_do_not_count() -> None:
    gauge = gauge_with({1: 1.0} | {width: 9.0 * width for width in range(2, MOST_GUESSED + 2)})
    gauge.note(KIND, 8, 8)
    assert gauge.length(KIND, MOST_GUESSED) == 0
    for _ in range(FRESH_DECODES):
        gauge.note_time(1, 1.0)
    assert gauge.length(KIND, MOST_GUESSED) > 0


def test_where_every_token_costs_as_much_as_a_decode_nothing_is_guessed() -> None:
    gauge = gauge_with({width: float(width) for width in range(1, MOST_GUESSED + 2)})
    assert gauge.length(KIND, MOST_GUESSED) == 0


def test_where_more_tokens_cost_nothing_all_are_guessed() -> None:
    gauge = gauge_with(dict.fromkeys(range(1, MOST_GUESSED + 2), 1.0))
    assert gauge.length(KIND, MOST_GUESSED) == MOST_GUESSED


def test_one_slow_decode_does_not_count() -> None:
    gauge = gauge_with({1: 1.0})
    gauge.note_time(3, 50.0)
    for _ in range(10):
        length = gauge.length(KIND, MOST_GUESSED)
        gauge.note(KIND, length, length)
    assert gauge.length(KIND, MOST_GUESSED) == MOST_GUESSED


def test_each_kind_has_its_own_record() -> None:
    gauge = gauge_with({1: 1.0})
    for _ in range(30):
        if length := gauge.length(2, MOST_GUESSED):
            gauge.note(2, length, 0)
    assert gauge.length(5, MOST_GUESSED) > 0


def test_room_is_kept_to() -> None:
    gauge = gauge_with(dict.fromkeys(range(1, MOST_GUESSED + 2), 1.0))
    assert gauge.length(KIND, 2) == 2
    assert gauge.length(KIND, 0) == 0
    assert gauge.length(KIND, -1) == 0
