"""Where a text stood before its last word."""

import pytest

from desktop_app.domain.last_word import before_last_word


@pytest.mark.parametrize(("text", "before"), [
    ("so that it always ends dark", "so that it always ends"),
    ("so that it always ends dark.\n", "so that it always ends"),
    ("The list:\n\n- one", "The list:\n\n-"),
    ("The list:\n\nOne", "The list:\n\n"),
    ("Paris.", ""),
    ("", ""),
    ("  \n", ""),
    ("Größe und Äpfel", "Größe und"),
    ("日本の首都は東京です", "日本の首都は東京で"),
    ("See https://example.org/a/very/long/address/that/is/one/word", "See https://example.org/a/very/long/address/that/is/one/wor"),
    ("Привет, мир", "Привет,"),
])  # fmt: skip
def test_before_last_word(text: str, before: str) -> None:
    assert before_last_word(text) == before
