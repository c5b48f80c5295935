"""Chats sorted into the groups of the sidebar, by the day they were last used."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from desktop_app.domain.chats import Chat
from desktop_app.support.i18n import _


@dataclass(frozen=True)
class Row:
    """One line of the list: a group's heading, or a chat."""

    heading: str = ""
    chat: Chat | None = None


def grouped(
    chats: Sequence[Chat],
    today: date,
    *,
    needle: str = "",
    first_weekday: int = 0,
    month_name: Callable[[date], str] = lambda day: f"{day:%B}",
) -> list[Row]:
    """Return the rows for `chats`, pinned ones first, the rest newest first.

    Only chats whose title holds every word of `needle` are kept. Days are those of the local
    time zone; a week begins on `first_weekday` (Monday is 0). `month_name` names a day's month.
    """
    kept = matching(chats, needle)
    pinned = [chat for chat in kept if chat.pinned]
    others = sorted((chat for chat in kept if not chat.pinned), key=lambda chat: chat.updated_at, reverse=True)
    rows: list[Row] = []
    if pinned:
        rows.append(Row(heading=_("Pinned")))
        rows += (Row(chat=chat) for chat in pinned)
    week_start = today - timedelta(days=(today.weekday() - first_weekday) % 7)
    heading = ""
    for chat in others:
        own = _group_of(_local_day(chat.updated_at), today, week_start, month_name)
        if own != heading:
            heading = own
            rows.append(Row(heading=heading))
        rows.append(Row(chat=chat))
    return rows


def matching(chats: Iterable[Chat], needle: str) -> list[Chat]:
    """Return the chats whose title holds every word of `needle`, in any case."""
    words = needle.casefold().split()
    if not words:
        return list(chats)
    return [chat for chat in chats if all(word in shown_title(chat).casefold() for word in words)]


def shown_title(chat: Chat) -> str:
    """Return the title that a person sees; a chat without one is a new chat."""
    return chat.title or _("New chat")


def _local_day(moment: float) -> date:
    return datetime.fromtimestamp(moment, tz=UTC).astimezone().date()


def _group_of(day: date, today: date, week_start: date, month_name: Callable[[date], str]) -> str:
    if day >= today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    if day >= week_start:
        return _("This week")
    if day >= week_start - timedelta(days=7):
        return _("Last week")
    month = month_name(day)
    return month if day.year == today.year else _("{month} {year}").format(month=month, year=day.year)
