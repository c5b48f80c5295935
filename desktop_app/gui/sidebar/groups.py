"""Chats sorted into the groups of the sidebar: pinned ones, folders, and the rest by the day or by their titles."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from operator import attrgetter

import msgspec

from desktop_app.domain.chats import Chat
from desktop_app.domain.search import FoundText, Hit
from desktop_app.domain.shelf import Folder, Shelf, days_left
from desktop_app.support.formats import begin_of, local_time
from desktop_app.support.i18n import _, ngettext


class Sort(StrEnum):
    """What chats are sorted by."""

    USED = "used"
    CREATED = "created"
    TITLE = "title"


class Row(msgspec.Struct, frozen=True, gc=False):
    """One line of the list: a group's heading, a folder, a chat, a message or text that was found, or how many are left out.

    `left_out` are chats, `all_texts` says how many texts of the notebook there are beside those that are shown. `depth`
    says in how many folders a line is, `count` how many chats are in a folder, and `note` is what stands at the end of a
    chat's line.
    """

    heading: str = ""
    chat: Chat | None = None
    hit: Hit | None = None
    text: FoundText | None = None
    left_out: int = 0
    all_texts: int = 0
    folder: Folder | None = None
    count: int = 0
    is_closed: bool = False
    depth: int = 0
    note: str = ""
    takes_pins: bool = False

    @property
    def identity(self) -> str:
        """What stays the same of a line whose content changes."""
        if self.chat is not None:
            return self.chat.id
        if self.folder is not None:
            return folder_identity(self.folder.id)
        if self.text is not None:
            return f"text {self.text.text_id}"
        if self.all_texts:
            return "all texts"
        return f"hit {self.hit.message_id}" if self.hit is not None else f"{self.left_out} heading {self.heading}"


def folder_identity(folder_id: str) -> str:
    """Return the identity of a folder's line."""
    return f"folder {folder_id}"


def grouped(
    chats: Sequence[Chat],
    today: date,
    *,
    first_weekday: int = 0,
    month_name: Callable[[date], str] = lambda day: f"{day:%B}",
    sort: Sort = Sort.USED,
    shelf: Shelf | None = None,
    closed: frozenset[str] = frozenset(),
) -> list[Row]:
    """Return the rows for `chats`: pinned ones, then the folders of `shelf` (None for no folders), then the rest.

    Days are those of the local time zone; a week begins on `first_weekday` (Monday is 0). `month_name` names a
    day's month. Chats that are to be sorted by their titles come so already. Of a folder in `closed` only its own line is
    shown.
    """
    folders = shelf.folders if shelf is not None else ()
    held: dict[str, list[Chat]] = {folder.id: [] for folder in folders}
    pinned: list[Chat] = []
    others: list[Chat] = []
    if sort is not Sort.TITLE:
        chats = sorted(chats, key=_MOMENT[sort], reverse=True)
    for chat in chats:
        if chat.pinned:
            pinned.append(chat)
        elif chat.folder_id is not None and chat.folder_id in held:
            held[chat.folder_id].append(chat)
        else:
            others.append(chat)
    rows: list[Row] = []
    if pinned:
        rows.append(Row(heading=_("Pinned"), takes_pins=True))
        rows += (Row(chat=chat) for chat in pinned)
    if shelf is not None and folders:
        rows.append(Row(heading=_("Folders")))
        _add_folders(rows, None, shelf.by_parent(), held, closed, 0)
    if not others:
        return rows  # and before the chats are read, there is no today either
    if sort is Sort.TITLE:
        rows.append(Row(heading=_("By title")))
        rows += (Row(chat=chat) for chat in others)
        return rows
    week_start = today - timedelta(days=(today.weekday() - first_weekday) % 7)
    _add_days(rows, others, _MOMENT[sort], lambda day: _group_of(day, today, week_start, month_name))
    return rows


_MOMENT: dict[Sort, Callable[[Chat], float]] = {
    Sort.USED: attrgetter("updated_at"),
    Sort.CREATED: attrgetter("created_at"),
}


def by_title(chats: Sequence[Chat], titles: Sequence[str]) -> list[Chat]:
    """Return the chats in the order of their titles (of `folded_titles`)."""
    order = sorted(range(len(chats)), key=titles.__getitem__)
    return [chats[place] for place in order]


def _add_folders(
    rows: list[Row],
    parent_id: str | None,
    within: Mapping[str | None, Sequence[Folder]],
    held: dict[str, list[Chat]],
    closed: frozenset[str],
    depth: int,
) -> None:
    """Add the folders that are in one, each with what is in it."""
    for folder in within.get(parent_id, ()):
        count = len(held[folder.id]) + sum(len(held[each.id]) for each in within.get(folder.id, ()))
        is_closed = folder.id in closed
        rows.append(Row(folder=folder, count=count, is_closed=is_closed, depth=depth))
        if not is_closed:
            _add_folders(rows, folder.id, within, held, closed, depth + 1)
            rows += (Row(chat=chat, depth=depth + 1) for chat in held[folder.id])


def _add_days(
    rows: list[Row],
    chats: Sequence[Chat],
    moment_of: Callable[[Chat], float],
    group_of: Callable[[date], tuple[str, date]],
) -> None:
    """Add chats, the newest first, each group below its heading."""
    begins = float("inf")
    for chat in chats:
        moment = moment_of(chat)
        if moment < begins:  # only the first chat of a group needs a calendar
            heading, first = group_of(_local_day(moment))
            begins = begin_of(first)
            rows.append(Row(heading=heading))
        rows.append(Row(chat=chat))


def in_trash(chats: Sequence[Chat], trash_days: int, now: float) -> list[Row]:
    """Return the rows for the chats in the trash, each with the days that are left."""
    return [Row(chat=chat, note=_days_words(days_left(chat.deleted_at or now, trash_days, now))) for chat in chats]


def _days_words(days: int) -> str:
    return ngettext("{days} day", "{days} days", days).format(days=days)


def found(
    titled: Sequence[Chat],
    hits: Sequence[Hit],
    texts: Sequence[FoundText] = (),
    *,
    most_titled: int | None,
    all_texts: int = 0,
) -> list[Row]:
    """Return the rows of a search: chats by their titles, `most_titled` of them, then some of `all_texts`, then messages."""
    rows: list[Row] = []
    if titled:
        shown = titled[:most_titled]
        rows = [Row(heading=_("Titles")), *(Row(chat=chat) for chat in shown)]
        if len(shown) < len(titled):
            rows.append(Row(left_out=len(titled) - len(shown)))
    if texts:
        rows += (Row(heading=_("Notebook")), *(Row(text=text) for text in texts))
        if len(texts) < all_texts:
            rows.append(Row(all_texts=all_texts))
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
    left = list(zip(chats, titles, strict=True))
    for word in wanted:  # one after the other: few titles are left for the second
        left = [pair for pair in left if word in pair[1]]
    for word in unwanted:
        left = [pair for pair in left if word not in pair[1]]
    return [chat for chat, _title in left]


def shown_title(chat: Chat) -> str:
    """Return the title that a person sees; a chat without one is a new chat."""
    return chat.title or _("New chat")


def _local_day(moment: float) -> date:
    return local_time(moment).date()


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
    month = f"{month[:1].upper()}{month[1:]}"  # a heading, whose neighbours are capitalised, too
    heading = month if day.year == today.year else _("{month} {year}").format(month=month, year=day.year)
    return heading, day.replace(day=1)
