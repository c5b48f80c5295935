"""What questions and answers add up to, counted against a plain sum."""

import random
from datetime import datetime, timedelta

from desktop_app.domain.statistics import Counted, Statistics, Tally

NOON = 1_795_000_000.0
DAY = 86_400.0


def test_nothing_adds_up_to_nothing() -> None:
    assert Tally().statistics(0) == Statistics()


def test_models_are_added_up_the_most_first() -> None:
    tally = Tally()
    tally.add_question(NOON)
    small = Counted(model_name="small", prompt_tokens=10, cached_tokens=4, completion_tokens=3)
    large = Counted(
        model_name="large", prompt_tokens=20, completion_tokens=21, seconds_to_first_token=1.0, tokens_per_second=10.0, energy=0.5
    )  # fmt: skip
    for receipt in (small, large, small, None):
        tally.add_answer(NOON, receipt)
    told = tally.statistics(2)
    assert [(use.name, use.answers, use.tokens, use.seconds) for use in told.models] == [
        ("large", 1, 21, 3.0),
        ("small", 2, 6, 0.0),
        ("", 1, 0, 0.0),
    ]
    assert (told.chats, told.questions, told.answers, told.tokens_written) == (2, 1, 4, 27)
    assert (told.tokens_read, told.tokens_reused) == (6 + 6 + 20, 8)
    assert (told.energy, told.measured_answers, told.seconds) == (0.5, 1, 3.0)


def test_days_are_those_of_this_place() -> None:
    chance = random.Random(3)
    moments = [NOON + chance.uniform(0, 40 * DAY) for _ in range(300)]
    tally = Tally()
    for moment in moments:
        tally.add_question(moment)
        tally.add_answer(moment, None)
    told = tally.statistics(1)
    days = [datetime.fromtimestamp(moment).astimezone().date() for moment in moments]
    assert dict(told.days) == {day: days.count(day) for day in days}
    assert list(told.days) == sorted(told.days)
    assert told.first_at == min(moments)
    assert max(told.days)[0] - min(told.days)[0] <= timedelta(days=41)
