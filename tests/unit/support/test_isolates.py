"""What is filled into Arabic sentences is isolated, and nothing else is touched."""

import pytest

from desktop_app.support.isolates import isolate_fields


@pytest.mark.parametrize(
    ("text", "isolated"),
    [
        ("{count} chats in {folder}", "\u2068{count}\u2069 chats in \u2068{folder}\u2069"),
        ("Braces {{3}} stay", "Braces {{3}} stay"),
        ("{{ text }} and {% if tone %}{{ tone }}{% endif %}", "{{ text }} and {% if tone %}{{ tone }}{% endif %}"),
        ('{"name": "Anna", "age": 7}', '{"name": "Anna", "age": 7}'),
        ("nothing", "nothing"),
    ],
)
def test_only_what_is_filled_in_is_isolated(text: str, isolated: str) -> None:
    assert isolate_fields(text) == isolated
