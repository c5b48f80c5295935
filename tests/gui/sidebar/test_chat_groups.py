"""Chats sorted by day."""

from datetime import date

import pytest

from desktop_app.gui.sidebar.groups import Row, folded_titles, grouped, matching
from tests.gui.conftest import TODAY, chat


def outline(rows: list[Row]) -> list[str]:
    return [row.heading or f"- {row.chat.id if row.chat else ''}" for row in rows]


def test_groups_follow_the_calendar() -> None:
    days = {"a": 0, "b": 1, "c": 2, "d": 3, "e": 4, "f": 10, "g": 11, "h": 50, "i": 400}
    rows = grouped([chat(name, ago) for name, ago in days.items()], TODAY)
    assert outline(rows) == [
        "Today", "- a", "Yesterday", "- b", "This week", "- c", "- d", "Last week", "- e", "- f",
        "November", "- g", "September", "- h", "October 2025", "- i",
    ]  # fmt: skip


def test_months_are_capitalised_as_the_other_headings_are() -> None:
    rows = grouped(
        [chat("f", 45), chat("h", 400)], TODAY, month_name=lambda day: {10: "octobre"}.get(day.month, "août")
    )
    assert {row[:1] for row in outline(rows) if not row.startswith("-")} <= {"O", "A"}


def test_the_week_may_begin_on_sunday() -> None:
    rows = grouped([chat("sunday", 4)], TODAY, first_weekday=6)
    assert outline(rows) == ["This week", "- sunday"]
    assert outline(grouped([chat("sunday", 4)], TODAY)) == ["Last week", "- sunday"]


def test_pinned_chats_come_first_and_the_rest_newest_first() -> None:
    rows = grouped([chat("old", 1), chat("new"), chat("kept", 500, pinned=True)], TODAY)
    assert outline(rows) == ["Pinned", "- kept", "Today", "- new", "Yesterday", "- old"]


def test_a_clock_set_back_does_not_lose_chats() -> None:
    assert outline(grouped([chat("tomorrow", -2)], TODAY)) == ["Today", "- tomorrow"]


def test_days_begin_at_local_midnight() -> None:
    rows = grouped([chat("late", 0.5 + 1 / 86400), chat("early", 0.5)], TODAY)
    assert outline(rows) == ["Today", "- early", "Yesterday", "- late"]


@pytest.mark.parametrize(("needle", "found"), [("", 0), ("LAMP", 1), ("timer lamp", 1), ("lamp boat", 0)])
def test_the_search_wants_every_word(needle: str, found: int) -> None:
    chats = [chat("a", title="Lamp timer"), chat("b", title="Boat")]
    assert len(matching(chats, folded_titles(chats), needle)) == found


@pytest.mark.parametrize(
    ("needle", "found"),
    [("strasse", 1), ("LODZ", 1), ("lodz -strasse", 0), ("-strasse", 0), ('"in lodz"', 1), ("two lines", 1), ("  ", 0)],
)
def test_titles_are_compared_as_messages_are(needle: str, found: int) -> None:
    chats = [chat("a", title="Eine Straße in Łódź"), chat("b", title="Two\nlines")]
    assert len(matching(chats, folded_titles(chats), needle)) == found


def test_groups_of_thousands_ask_the_calendar_once_each() -> None:
    asked: list[date] = []

    def name(day: date) -> str:
        asked.append(day)
        return f"{day:%B}"

    rows = grouped([chat(f"c{number}", number / 10) for number in range(3000)], TODAY, month_name=name)
    assert len(rows) == 3000 + 4 + len(asked)
    assert len({day.replace(day=1) for day in asked}) == len(asked)


def test_nothing_gives_nothing() -> None:
    assert grouped([], date.min) == []


def test_before_the_chats_are_read_there_is_no_today() -> None:
    for first_weekday in range(7):
        assert grouped([], date.min, first_weekday=first_weekday) == []
