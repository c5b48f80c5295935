"""The moment of a question in a system prompt."""

from datetime import UTC, datetime

import pytest

from desktop_app.domain.prompt_moment import at_moment, utc_offset_at

MOMENT = datetime(2026, 11, 27, 9, 5).astimezone().timestamp()


@pytest.mark.parametrize(
    ("prompt", "told"),
    [
        ("Today is {{date}}.", "Today is 2026-11-27."),
        ("{{ Weekday }}, {{CURRENT_DATE}}, {{current_time}}", "Friday, 2026-11-27, 09:05"),
        ("{{time}}{{time}}", "09:0509:05"),
        ("{date} {{ name }} {{dates}} {{{date}}}", "{date} {{ name }} {{dates}} {2026-11-27}"),
        ("Nothing of that.", "Nothing of that."),
        ("", ""),
    ],
)
def test_placeholders_stand_for_the_moment_and_all_else_stays(prompt: str, told: str) -> None:
    assert at_moment(prompt, MOMENT) == told


@pytest.mark.parametrize(
    ("utc_offset", "told"),
    [
        (0, "Friday, 2026-11-27, 22:05"),
        (5 * 3600 + 1800, "Saturday, 2026-11-28, 03:35"),
        (-11 * 3600, "Friday, 2026-11-27, 11:05"),
    ],
)
def test_a_question_from_elsewhere_was_asked_by_the_clock_there(utc_offset: int, told: str) -> None:
    moment = datetime(2026, 11, 27, 22, 5, tzinfo=UTC).timestamp()
    assert at_moment("{{weekday}}, {{date}}, {{time}}", moment, utc_offset) == told


@pytest.mark.parametrize("month", [1, 7])
def test_this_computers_clock_is_told_as_it_stood_then(month: int) -> None:
    moment = datetime(2026, month, 5, 9, 5).astimezone().timestamp()
    assert at_moment("{{date}}, {{time}}", moment, utc_offset_at(moment)) == f"2026-{month:02}-05, 09:05"
