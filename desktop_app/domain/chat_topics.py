"""What a chat is about, in the few words that a model is asked to find its place for."""

import hashlib

import msgspec

MOST_TITLE = 120
MOST_FIRST = 400
"""Characters of the first question; more would cost time, and say little more."""
MOST_LAST = 160


class ChatTopic(msgspec.Struct, frozen=True, kw_only=True):
    """A chat by its title, the beginnings of its first and of its last question, and its last change in Unix time.

    Of one that `is_damaged` a question cannot be read, which is left out.
    """

    chat_id: str
    title: str
    first: str
    last: str
    updated_at: float
    is_damaged: bool = False

    @property
    def words(self) -> str:
        """What a model is asked about; empty where nothing was said yet."""
        last = "" if self.first.startswith(self.last) else self.last
        return "\n".join(part for part in (self.title[:MOST_TITLE], self.first, last) if part)

    @property
    def fingerprint(self) -> str:
        """What changes with the words."""
        return hashlib.blake2b(self.words.encode("utf-8", "replace"), digest_size=16).hexdigest()


def shortened(question: str, most: int) -> str:
    """Return the beginning of a question in one line."""
    return " ".join(question[: 4 * most].split())[:most]
