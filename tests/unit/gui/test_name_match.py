"""What is typed into the command palette, and how well names fit it."""

import pytest

from desktop_app.gui.commands.name_match import fit
from tests.counting import called


@pytest.mark.parametrize(
    ("typed", "name", "expected"),
    [
        ("new", "New chat", 0),
        ("new  CH", "New chat", 0),
        ("chat new", "New chat", 1),
        ("hide pan", "Show or hide the panel", 1),
        ("nch", "New chat", 2),
        ("shopa", "Show or hide the panel", 2),
        ("shp", "Show or hide the panel", 2),
        ("hat", "New chat", 3),
        ("hcn", "New chat", None),
        ("new window", "New chat", None),
        ("nn", "New chat", None),
        ("größ", "Größere Schrift", 0),
        ("ct", "Compare the last answer with the other one", 2),
    ],
)
def test_fit(typed: str, name: str, expected: int | None) -> None:
    assert fit(typed, name) == expected


def test_a_long_text_that_fits_nothing_is_no_abbreviation() -> None:
    assert fit("a" * 10_000, "aaa " * 2_000) is None


def test_names_are_taken_apart_once_however_much_is_typed() -> None:
    names = [f"Name {number} of a persona" for number in range(200)]
    for name in names:
        fit("x", name)
    count = called(lambda: [fit("pers", name) for name in names])
    assert count["findall"] <= len(names), "only of what was typed"
    assert count["casefold"] <= len(names)
