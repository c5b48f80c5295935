"""Wishes behind a question."""

import pytest

from desktop_app.gui.wishes import wishes, with_wish


@pytest.mark.parametrize("wish", wishes())
@pytest.mark.parametrize("question", ["Why is the sky blue?", "Read it.\n\nThen say what is wrong.\n", "  ", ""])
def test_a_wish_stands_behind_the_question_and_takes_the_place_of_another(wish, question: str) -> None:
    text = with_wish(question, wish)
    assert text.startswith(question.rstrip())
    assert text.endswith(wish.request)
    assert with_wish(text, wish) == text
    for other in wishes():
        assert with_wish(with_wish(question, other), wish) == text


def test_what_only_looks_alike_stays() -> None:
    wish = wishes()[0]
    assert with_wish(f"{wish.request} Or not.", wish) == f"{wish.request} Or not.\n\n{wish.request}"
