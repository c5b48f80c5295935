"""The language that a text is read aloud in."""

import pytest

from desktop_app.domain.spoken_language import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The boat is red, and it sails to the island that you see.", "en"),
        ("Das Boot ist rot und segelt zu der Insel, die nicht weit ist.", "de"),
        ("El barco es rojo y navega por las islas que se ven.", "es"),
        ("Le bateau est rouge et va vers les îles que vous voyez.", "fr"),
        ("船是红色的，它驶向岛屿。", "zh_CN"),
        ("船は赤いです。島へ行きます。", "ja"),
        ("القارب أحمر ويبحر إلى الجزيرة.", "ar"),
        ("Лодка красная.", "ru"),
        ("배는 빨간색입니다.", "ko"),
        ("42", "xx"),
        ("", "xx"),
        ("Python", "xx"),
        ("The Python function is `boat()`, and 船 means boat.", "en"),
    ],
)
def test_it_is_told_by_script_or_small_words(text: str, language: str) -> None:
    assert language_of(text, "xx") == language


def test_where_it_cannot_be_told_it_is_the_usual_one() -> None:
    assert language_of("que con", "es_MX") == "es_MX"
    assert language_of("Boot Insel Segel", "de") == "de"
