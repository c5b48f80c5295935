"""Wishes behind a question."""

from functools import cache

import pytest

from desktop_app.gui.conversation.wishes import wishes, with_wish
from desktop_app.support import i18n
from desktop_app.support.catalogue import Catalogue
from desktop_app.support.i18n import LANGUAGES, translator

read_once = cache(Catalogue)


@pytest.fixture(autouse=True)
def _reads_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read each catalogue once, not for each wish that is compared."""
    monkeypatch.setattr(i18n, "Catalogue", read_once)


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


@pytest.mark.parametrize("before", LANGUAGES)
def test_a_wish_takes_the_place_of_one_in_a_language_that_was_chosen_before(before: str) -> None:
    question, former = "Why is the sky blue?", translator.language
    try:
        translator.use(before)
        asked = [with_wish(question, wish) for wish in wishes()]
        assert translator.language == before
    finally:
        translator.use(former)
    wish = wishes()[0]
    assert [with_wish(text, wish) for text in asked] == [f"{question}\n\n{wish.request}"] * len(asked)
