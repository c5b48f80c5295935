"""Chats sorted into the groups of the sidebar, by the day they were last used."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

import msgspec

from desktop_app.domain.chats import Chat
from desktop_app.domain.search import Hit
from desktop_app.support.i18n import _


class Row(msgspec.Struct, frozen=True, gc=False):
    """One line of the list: a group's heading, a chat, a message that was found, or how many chats are left out."""

    heading: str = ""
    chat: Chat | None = None
    hit: Hit | None = None
    left_out: int = 0

    @property
    def identity(self) -> str:
        """What stays the same of a line whose content changes."""
        if self.chat is not None:
            return self.chat.id
        return f"hit {self.hit.message_id}" if self.hit is not None else f"{self.left_out} heading {self.heading}"


def grouped(
    chats: Sequence[Chat],
    today: date,
    *,
    first_weekday: int = 0,
    month_name: Callable[[date], str] = lambda day: f"{day:%B}",
) -> list[Row]:
    """Return the rows for `chats`, pinned ones first, the rest newest first.

    Days are those of the local time zone; a week begins on `first_weekday` (Monday is 0). `month_name` names a
    day's month.
    """
    pinned = [chat for chat in chats if chat.pinned]
    others = sorted((chat for chat in chats if not chat.pinned), key=lambda chat: chat.updated_at, reverse=True)
    rows: list[Row] = []
    if pinned:
        rows.append(Row(heading=_("Pinned")))
        rows += (Row(chat=chat) for chat in pinned)
    week_start = today - timedelta(days=(today.weekday() - first_weekday) % 7)
    begins = float("inf")
    for chat in others:
        if chat.updated_at < begins:  # only the first chat of a group needs a calendar
            heading, first = _group_of(_local_day(chat.updated_at), today, week_start, month_name)
            begins = datetime(first.year, first.month, first.day).astimezone().timestamp()
            rows.append(Row(heading=heading))
        rows.append(Row(chat=chat))
    return rows


def found(titled: Sequence[Chat], hits: Sequence[Hit], *, most_titled: int | None) -> list[Row]:
    """Return the rows of a search: chats by their titles, `most_titled` of them, then messages."""
    rows: list[Row] = []
    if titled:
        shown = titled[:most_titled]
        rows = [Row(heading=_("Titles")), *(Row(chat=chat) for chat in shown)]
        if len(shown) < len(titled):
            rows.append(Row(left_out=len(titled) - len(shown)))
    if hits:
        rows += (Row(heading=_("Messages")), *(Row(hit=hit) for hit in hits))
    return rows


def folded_titles(chats: Iterable[Chat]) -> list[str]:
    """Return the titles as search compares them; all at once, which is many times as fast as one by one."""
    from desktop_app.domain.folding import fold  # the first paint does without it

    return fold("\n".join(" ".join(shown_title(chat).split()) for chat in chats)).split("\n")


def matching(chats: Sequence[Chat], titles: Sequence[str], needle: str) -> list[Chat]:
    """Return the chats whose title (of `folded_titles`) holds every word of `needle`, and none that follows a minus."""
    from desktop_app.domain.folding import fold

    words = fold(needle).replace('"', " ").split()
    wanted = [word for word in words if not word.startswith("-")]
    unwanted = [word[1:] for word in words if word.startswith("-") and len(word) > 1]
    if not wanted:
        return []
    return [
        chat
        for chat, title in zip(chats, titles, strict=True)
        if all(word in title for word in wanted) and not any(word in title for word in unwanted)
    ]


def shown_title(chat: Chat) -> str:
    """Return the title that a person sees; a chat without one is a new chat."""
    return chat.title or _("New chat")


def _local_day(moment: float) -> date:
    return datetime.fromtimestamp(moment, tz=UTC).astimezone().date()


def _group_of(day: date, today: date, week_start: date, month_name: Callable[[date], str]) -> tuple[str, date]:
    """Return the heading above a day, and the first day below it."""
    if day >= today:
        return _("Today"), today
    if day == today - timedelta(days=1):
        return _("Yesterday"), day
    if day >= week_start:
        return _("This week"), week_start
    if day >= week_start - timedelta(days=7):
        return _("Last week"), week_start - timedelta(days=7)
    month = month_name(day)
    heading = month if day.year == today.year else _("{month} {year}").format(month=month, year=day.year)
    return heading, day.replace(day=1)
