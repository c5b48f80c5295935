"""A next message as a model writes it."""

import pytest

from desktop_app.domain.suggestions import clean_suggestion


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("And how deep is it?", "And how deep is it?"),
        ('\n"And how deep is it?"\n\nThis question leads further.', "And how deep is it?"),
        ("User: What about “Moby Dick”?", "What about “Moby Dick”?"),
        ("Next question: “Why?”", "Why?"),
        ("“Why?” and “how?”", "“Why?” and “how?”"),
        ("„Warum?“", "Warum?"),
        ("'", "'"),
        ("  \n\n", ""),
    ],
)
def test_it_is_one_line_without_a_label_and_quotes(written: str, message: str) -> None:
    assert clean_suggestion(written) == message
