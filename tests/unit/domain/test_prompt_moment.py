"""The moment of a question in a system prompt."""

from datetime import datetime

import pytest

from desktop_app.domain.prompt_moment import at_moment

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
