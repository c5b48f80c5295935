"""What was typed in chats and could not be stored: memory alone has it until something can be stored again."""

import threading
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field

from desktop_app.domain.errors import ErrorCode, StorageError
from desktop_app.domain.unsent import Unsent, joined
from desktop_app.support.publisher import Publisher

Kind = Hashable
"""What of a chat it is; of each kind the newest is kept."""
Change = Callable[[Unsent], Unsent]
TEXT, PROMPT, FILES = "text", "prompt", "files"


@dataclass
class Typed:
    """By the ids of chats, or under which something is kept for chats to come."""

    drafts: dict[str, tuple[str, str]] = field(default_factory=dict)
    """The text of a chat's draft behind what stood in its place."""
    prompts: dict[str, str] = field(default_factory=dict)
    """The system prompts of chats."""
    changes: dict[str, dict[Kind, Change]] = field(default_factory=dict)
    """How what is not sent becomes what it was to be."""

    def __bool__(self) -> bool:
        return bool(self.drafts or self.prompts or self.changes)


class Lost:
    """Is told of it by those who store it, in the database's threads, and asked by those who read it.

    `noted` tells that there is something, in those threads.
    """

    def __init__(self) -> None:
        self.noted: Publisher[None] = Publisher()
        self._lock = threading.Lock()
        self._typed = Typed()
        self._asked: dict[str, int] = {}
        """How often what is typed in a chat was asked: what was to be stored before that is not wanted any more."""

    def __bool__(self) -> bool:
        return bool(self._typed)

    @property
    def typed(self) -> Typed:
        """All of it, as it is now."""
        with self._lock:
            changes = {owner: dict(each) for owner, each in self._typed.changes.items()}
            return Typed(dict(self._typed.drafts), dict(self._typed.prompts), changes)

    def take_over(self, typed: Typed) -> None:
        """Know what others could not store."""
        with self._lock:
            self._typed.drafts.update(typed.drafts)
            self._typed.prompts.update(typed.prompts)
            self._typed.changes.update(typed.changes)

    # Those who store something

    def stamp(self, owner_id: str) -> int:
        """Return what is to be given back where it cannot be stored."""
        with self._lock:
            return self._asked.get(owner_id, 0)

    def note_draft(self, chat_id: str, place: str, text: str, stamp: int) -> None:
        """Know of the draft of a chat, which was typed in the place of another one."""
        self._note(chat_id, stamp, lambda: self._typed.drafts.update({chat_id: (place, text)}))

    def note_prompt(self, chat_id: str, text: str) -> None:
        """Know of the system prompt of a chat."""
        with self._lock:
            self._typed.prompts[chat_id] = text
        self.noted.publish(None)

    def note(self, owner_id: str, kind: Kind, change: Change, stamp: int) -> None:
        """Know of something else."""
        self._note(owner_id, stamp, lambda: self._typed.changes.setdefault(owner_id, {}).update({kind: change}))

    def stored_draft(self, chat_id: str) -> None:
        """Forget the draft of a chat: it is stored, or another one in its place."""
        with self._lock:
            self._typed.drafts.pop(chat_id, None)

    def stored_prompt(self, chat_id: str) -> None:
        """Forget the system prompt of a chat, as its draft."""
        with self._lock:
            self._typed.prompts.pop(chat_id, None)

    def forget(self, owner_id: str, kinds: Iterable[Kind] | None = None) -> None:
        """Forget what is stored, or given up; None for all but a draft."""
        with self._lock:
            changes = self._typed.changes.get(owner_id, {})
            for kind in list(changes if kinds is None else kinds):
                changes.pop(kind, None)
            if not changes:
                self._typed.changes.pop(owner_id, None)

    def asked(self, owner_id: str) -> None:
        """Forget what was typed as a question, which is asked now: where that cannot be stored, it is typed again."""
        with self._lock:
            self._asked[owner_id] = self._asked.get(owner_id, 0) + 1
        self.stored_draft(owner_id)
        self.forget(owner_id, (TEXT, PROMPT, FILES))

    # Those who read it

    def has_draft(self, chat_id: str) -> bool:
        """Whether the draft of a chat is another one than what is stored of it."""
        return chat_id in self._typed.drafts

    def prompt(self, chat_id: str, stored: str) -> str:
        """Return the system prompt of a chat of which something else is stored."""
        return self._typed.prompts.get(chat_id, stored)

    def draft(self, chat_id: str, stored: str) -> str:
        """Return the draft of a chat of which something else is stored."""
        with self._lock:
            lost = self._typed.drafts.get(chat_id)
        return joined(stored, *lost) if lost is not None else stored

    def changes(self, owner_id: str, replaced: Kind = None) -> dict[Kind, Change]:
        """Return what is to become of what is not sent, but for what is `replaced` now."""
        with self._lock:
            changes = self._typed.changes.get(owner_id, {})
            return {kind: change for kind, change in changes.items() if kind != replaced}

    def unsent(self, owner_id: str, stored: Unsent) -> Unsent:
        """Return what is not sent of a chat of which something else is stored."""
        for change in self.changes(owner_id).values():
            stored = change(stored)
        return stored

    def _note(self, owner_id: str, stamp: int, note: Callable[[], None]) -> None:
        with self._lock:
            if stamp != self._asked.get(owner_id, 0):
                return
            note()
        self.noted.publish(None)


def is_refused(error: BaseException | None) -> bool:
    """Whether something could not be stored though there is a place for it."""
    return isinstance(error, StorageError) and error.code is not ErrorCode.CHAT_NOT_FOUND
