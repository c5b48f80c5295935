"""Finds words in the messages that a chat shows, a few at a time, whether their rows exist or not. Free of Qt."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from desktop_app.domain.markdown_text import Reading, flat, needle
from desktop_app.gui.chat.entries import Entry, Section


@dataclass(slots=True)
class Searched:
    """A message or a thought: its source when it was looked at, its words, and how often they have what is wanted."""

    entry: Entry
    section: Section
    in_thought: bool
    source: str = ""
    words: str | None = None
    count: int = 0
    is_counted: bool = False
    _reading: Reading | None = None

    @property
    def key(self) -> tuple[str, bool]:
        """The message's id, and whether this is its thought."""
        return self.entry.id, self.in_thought

    def spans(self, wanted: str) -> list[tuple[int, int]]:
        """Return where the source has what is wanted."""
        if self._reading is None:
            self._reading = Reading(self.source, is_markdown=not self.entry.is_user)
        return self._reading.spans(wanted)

    def look(self, wanted: str) -> None:
        """Count what is wanted."""
        if self.words is None:
            self.words = flat(self.source, is_markdown=not self.entry.is_user)
        self.count = self.words.count(wanted) if wanted else 0
        self.is_counted = True


class Finding:
    """What is looked for in a chat, and which of the places that have it is the current one.

    `set_entries` and `look_for` begin anew; `step` goes on until it returns True. `total` grows meanwhile.
    """

    def __init__(self) -> None:
        self.wanted = ""
        self.sections: list[Searched] = []
        self.current: tuple[int, int] | None = None
        """The section, and which of its places, both from 0."""
        self.total = 0
        self._known: dict[tuple[str, bool], Searched] = {}
        self._next = 0
        self._number: int | None = 0

    def searched(self, message_id: str, *, in_thought: bool) -> Searched | None:
        """Return what is known of a message, or of its thought; None for one that is not looked at."""
        return self._known.get((message_id, in_thought))

    def is_current(self, searched: Searched) -> bool:
        """Whether the current place is in this message or thought."""
        return self.current is not None and self.sections[self.current[0]] is searched

    def set_entries(self, entries: Sequence[Entry]) -> None:
        """Look at these messages; those whose text is the same are not read again."""
        current = self.sections[self.current[0]].key if self.current is not None else None
        sections: list[Searched] = []
        for entry in entries:  # there may be ten thousand
            if entry.thought is not None:
                sections.append(self._of(entry, entry.thought, True))
            sections.append(self._of(entry, entry, False))
        self.sections = sections
        self._known = {(section.entry.id, section.in_thought): section for section in sections}
        self.total = sum(section.count for section in sections if section.is_counted)
        self._next = 0
        self._number = None
        if self.current is not None:
            place = next((place for place, section in enumerate(sections) if section.key == current), None)
            self.current = (place, self.current[1]) if place is not None else None

    def grow(self, entry: Entry) -> None:
        """Look again at the last message, which has grown; all others are as they were."""
        first = len(self.sections)
        while first and self.sections[first - 1].entry is entry:
            first -= 1
        if first == len(self.sections):
            return
        self.total -= sum(section.count for section in self.sections[first:] if section.is_counted)
        del self.sections[first:]
        thought = [self._of(entry, entry.thought, True)] if entry.thought is not None else []
        grown = [*thought, self._of(entry, entry, False)]
        self.sections += grown
        self._known.update((section.key, section) for section in grown)
        self.total += sum(section.count for section in grown if section.is_counted)
        self._next = min(self._next, first)
        self._number = None

    def _of(self, entry: Entry, section: Section, in_thought: bool) -> Searched:
        known = self._known.get((entry.id, in_thought)) if self._known else None
        source = section.whole if section.pending else section.text
        if known is not None and known.source == source:
            known.entry, known.section = entry, section
            return known
        return Searched(entry, section, in_thought, source)

    def look_for(self, typed: str) -> None:
        """Look for something else."""
        self.wanted = needle(typed) if typed.strip() else ""
        self.current = None
        self.total = self._next = 0
        self._number = None
        for section in self.sections:
            section.is_counted = False

    def take_over(self, former: "Finding") -> None:
        """Look for the same as another one, from the place on that was the current one there; after `set_entries`."""
        self.look_for(former.wanted)
        if former.current is not None:
            section, place = former.current
            key = former.sections[section].key
            here = next((number for number, each in enumerate(self.sections) if each.key == key), None)
            self.current = (here, place) if here is not None else None
            self._number = None

    def step(self, deadline: float) -> bool:
        """Look at more messages until `deadline` (of `time.perf_counter`); whether all were looked at."""
        while self._next < len(self.sections):
            if time.perf_counter() > deadline:
                return False
            section = self.sections[self._next]
            if not section.is_counted:
                section.look(self.wanted)
                self.total += section.count
                self._number = None
            self._next += 1
        return True

    def choose(self, entry: Entry | None) -> None:
        """Make the first place at or below `entry` the current one; the first of all where there is none below."""
        begin = next((place for place, section in enumerate(self.sections) if section.entry is entry), 0)
        order = (*range(begin, len(self.sections)), *range(begin))
        found = next((place for place in order if self.sections[place].count), None)
        self.current = (found, 0) if found is not None else None
        self._number = None

    def move(self, step: int) -> None:
        """Go to the next place (1) or the one before (-1), around the ends."""
        if self.current is None or not self.total:
            self.choose(None)
            return
        section, place = self.current
        place += step
        while not 0 <= place < self.sections[section].count:
            section = (section + step) % len(self.sections)
            place = 0 if step > 0 else self.sections[section].count - 1
        number = self.number
        self.current = section, place
        self._number = (number - 1 + step) % self.total + 1

    @property
    def number(self) -> int:
        """Which of all places is the current one, from 1; 0 for none. Counted once where it is not that of a step."""
        if self._number is None:
            section, place = self.current or (0, -1)
            self._number = sum(before.count for before in self.sections[:section]) + place + 1
        return self._number

    @property
    def found(self) -> list[Searched]:
        """The messages and thoughts that have what is wanted."""
        return [section for section in self.sections if section.count]
