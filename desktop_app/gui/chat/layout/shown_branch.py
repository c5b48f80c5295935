"""The messages of a conversation that are shown, and their rows: what stays keeps them."""

from collections.abc import Callable, Sequence

from desktop_app.gui.chat.entries import Entry, MessageView
from desktop_app.gui.chat.layout.anchor import Anchor
from desktop_app.gui.chat.layout.earlier import AT_ONCE, PER_TURN, Earlier
from desktop_app.gui.chat.layout.row_list import RowList
from desktop_app.gui.chat.rows.pool import Pool


class ShownBranch:
    """One branch, oldest message first; of a long one the end is there at once, what is above by `make_earlier`."""

    def __init__(
        self,
        rows: RowList,
        anchor: Anchor,
        pool: Pool,
        later: Callable[[], None],
        all_listed: Callable[[], None],
    ) -> None:
        """`later` is called where `make_earlier` has something to do, `all_listed` when it had it for the last time."""
        self.entries: list[Entry] = []
        self.chat_id = ""
        self.memory_start: str | None = None
        self._list = rows
        self._anchor = anchor
        self._pool = pool
        self._later = later
        self._all_listed = all_listed
        self._by_id: dict[str, Entry] = {}
        self._end: Entry | None = None
        self._earlier: Earlier | None = None

    @property
    def is_complete(self) -> bool:
        """Whether all messages have rows."""
        return self._earlier is None

    @property
    def live(self) -> Entry | None:
        """The answer that is being written, which nothing can follow."""
        return self.entries[-1] if self.entries and self.entries[-1].is_streaming else None

    def entry(self, message_id: str) -> Entry | None:
        """Return a message that is shown."""
        if message_id not in self._by_id:
            self.complete()
        return self._by_id.get(message_id)

    def has(self, message_id: str) -> bool:
        """Whether a message is among those that have rows already."""
        return message_id in self._by_id

    def show(self, views: Sequence[MessageView], chat_id: str) -> None:
        """Show the end of another chat."""
        later = max(0, len(views) - AT_ONCE)
        self._earlier = Earlier(views, later, self._list) if later else None
        self._pool.take_back_all()
        self.chat_id = chat_id
        self.entries = [Entry(view, number) for number, view in enumerate(views[later:], later + 1)]
        self._by_id = {entry.id: entry for entry in self.entries}
        self._mark_end()
        self._list.above = 0
        self.rebuild()
        self._anchor.begin()
        if later:
            self._list.above = self._list.total * later // len(self.entries)
            self._later()

    def show_again(self, views: Sequence[MessageView], changed: Sequence[int]) -> bool:
        """Show what changed in the chat that is shown, at the places `changed`; False where the place is lost."""
        known = self.entries
        first = min(len(views), len(known))
        for place in changed:
            if place >= first:
                break
            entry = self._kept(views[place], place, known)
            if entry is not known[place]:
                first = place
                break
            self._pool.refresh(entry)
        top = self._anchor.row
        self._put_below(first, [self._kept(views[place], place, known) for place in range(first, len(views))])
        return self._anchor.hold(top) and bool(first)

    def append(self, view: MessageView) -> Entry:
        """Show one more message."""
        entry = Entry(view, (self.entries[-1].number if self.entries else 0) + 1)
        self.entries.append(entry)
        self._by_id[entry.id] = entry
        self._mark_end()
        self._list.append(entry, self.memory_start)
        return entry

    def mark_memory(self, message_id: str | None) -> None:
        """Have the note about the model's memory above a message, or nowhere."""
        if self._earlier is not None and self._earlier.entries:
            self.complete()
        marked = dict.fromkeys((self.memory_start, message_id))
        self.memory_start = message_id
        for name in marked:
            entry = self._by_id.get(name) if name is not None else None
            if entry is not None:
                self.relist(entry)

    def make_earlier(self, count: int = PER_TURN) -> None:
        """Make the rows of some messages above; when all are made they are listed, and what is seen stays."""
        earlier = self._earlier
        if earlier is None:
            return
        if not earlier.step(self.memory_start, count):
            self._later()
            return
        self._earlier = None
        top, seen = self._anchor.row, self._anchor.value()
        space, first = self._list.rows[:2]
        self.entries[:0] = earlier.entries
        self._by_id = {entry.id: entry for entry in self.entries}
        self._list.put_above(earlier.rows)
        self._anchor.hold(top)
        if top is space and not self._anchor.sticks:  # it lies above other messages now
            self._anchor.show(first, 0, space.height - seen)
        self._all_listed()

    def complete(self) -> None:
        """Make all that is above now: somebody asks for it."""
        if self._earlier is not None:
            self.make_earlier(self._earlier.waiting)

    def rebuild(self) -> None:
        """List all rows anew."""
        self._list.rebuild(self.entries, self.memory_start)

    def relist(self, entry: Entry) -> None:
        """List the rows of `entry` anew; what is at the upper edge stays there."""
        top = self._anchor.row
        self._list.relist(entry, self.memory_start)
        self._anchor.hold(top)

    def _put_below(self, count: int, entries: list[Entry]) -> None:
        """Show `entries` below the first `count` ones, in place of what is there."""
        gone = self.entries[count:]
        self._pool.take_back_from(gone[0].first_row.index if gone else len(self._list))
        for entry in gone:
            del self._by_id[entry.id]
        self.entries[count:] = entries
        self._by_id.update((entry.id, entry) for entry in entries)
        self._mark_end()
        self._list.replace_below(gone[0] if gone else None, entries, self.memory_start)

    def _kept(self, view: MessageView, place: int, known: list[Entry]) -> Entry:
        """Return the entry for a message: the known one at its place, where that looks the same."""
        old = known[place] if place < len(known) else None
        if old is None or not old.shows(view.message):
            return Entry(view, place + 1)
        if old.view != view:
            old.view = view
            old.progress = ""
            self._list.forget_footer(old)
        return old

    def _mark_end(self) -> None:
        """Tell the entries which one ends the branch: only that one can be continued."""
        last = self.entries[-1] if self.entries else None
        if self._end is last:
            return
        for entry, ends in ((self._end, False), (last, True)):
            if entry is not None:
                entry.ends_branch = ends
                self._list.forget_footer(entry)
                self._pool.refresh(entry)
        self._end = last
