"""Numbers along a slider."""

import pytest

from desktop_app.gui.widgets.scale import Scale
from desktop_app.support.i18n import LANGUAGES, translator

EVEN = Scale(0.0, 2.0, 0.05)
TOP_K = Scale(0, 500, 1, logarithmic=True)
LENGTH = Scale(1, 32768, 1, logarithmic=True)


@pytest.mark.parametrize("scale", [EVEN, TOP_K, LENGTH])
def test_ends_of_the_slider_are_the_bounds(scale: Scale) -> None:
    assert scale.value(0) == scale.low
    assert scale.value(1) == scale.high
    assert scale.fraction(scale.low) == 0
    assert scale.fraction(scale.high) == 1


@pytest.mark.parametrize(
    ("scale", "values"), [(EVEN, [0.05, 0.8, 1.95]), (TOP_K, [1, 2, 40, 499]), (LENGTH, [2, 1024, 32767])]
)
def test_a_value_comes_back_from_its_place(scale: Scale, values: list[float]) -> None:
    for value in values:
        assert scale.value(scale.fraction(value)) == pytest.approx(value)


def test_a_logarithmic_scale_gives_small_numbers_more_room() -> None:
    assert TOP_K.fraction(40) > 0.5
    assert EVEN.fraction(1.0) == pytest.approx(0.5)


def test_steps_always_move_and_stop_at_the_bounds() -> None:
    assert EVEN.stepped(0.8, 1) == 0.85
    assert EVEN.stepped(0.0, -3) == 0.0
    assert TOP_K.stepped(1, 1) == 2
    assert TOP_K.stepped(100, 1) == 110
    assert TOP_K.stepped(500, 10) == 500
    assert TOP_K.stepped(2, -1) == 1


def test_numbers_are_written_as_people_read_them() -> None:
    assert EVEN.written(0.8) == "0.80"
    assert LENGTH.written(1024) == "1,024"


@pytest.mark.parametrize(("text", "value"), [("0,9", 0.9), (" 1.5 ", 1.5), ("7", 2.0), ("-1", 0.0)])
def test_typed_numbers_are_understood_and_brought_within_the_bounds(text: str, value: float) -> None:
    assert EVEN.read(text) == value


def test_thousands_are_understood() -> None:
    assert LENGTH.read("2,048") == 2048
    assert LENGTH.read("2 048") == 2048


@pytest.mark.parametrize("text", ["", "warm", "nan", "inf"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"could not convert|^(nan|inf)$"):
        EVEN.read(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1,5", 1.5), ("1.5", 1.5), (" 0,25 ", 0.25), ("1٫5", 1.5), ("١٫٥", 1.5), ("1.000,5", 2.0), ("1,000.5", 2.0)],
)
def test_point_and_comma_are_both_read(text: str, value: float) -> None:
    assert EVEN.read(text) == value


@pytest.mark.parametrize("text", ["4096", "4,096", "4.096", "4\u202f096", "4096.0", "4096,0", "٤٠٩٦"])
def test_thousands_are_read_in_any_language(text: str) -> None:
    assert LENGTH.read(text) == 4096


def test_what_is_written_can_be_read_again() -> None:
    for translator.language in LANGUAGES:
        try:
            assert EVEN.read(EVEN.written(1.25)) == 1.25
            assert LENGTH.read(LENGTH.written(12345)) == 12345
        finally:
            translator.language = "en"
