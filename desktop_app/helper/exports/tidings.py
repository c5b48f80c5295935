"""What was found in an export so far, and what of it was not told yet."""

from desktop_app.domain.errors import ErrorCode, ImportFailure
from desktop_app.domain.moving_in import (
    NOTHING_LEFT,
    ChatSummary,
    ForeignChat,
    Leftovers,
    Origin,
    SkippedChat,
    SkipReason,
    summary,
)
from desktop_app.protocol.helper import ExportPart, ExportRead

PART_BYTES = 512 << 10
"""Bytes of chats, as they are in the export, after which they are told; of one that is larger all comes at once."""
SILENT_BYTES = 4 << 20
"""Bytes that are read at most until it is told how far it is."""
MOST_SKIPPED_TOLD = 100
"""So many of the chats that were not read are named; all are counted."""
MOST_TOLD = 1 << 62
"""Bytes; an archive may claim more."""
MOST_CHATS = 200_000
"""Chats of one export, with those that cannot be read."""


class Tidings:
    """Collects chats until there are enough for a part; `total` is how many bytes there are to read, about."""

    def __init__(self, request_id: str, *, count_only: bool) -> None:
        self.chats = 0
        self.total = 0
        self._request_id = request_id
        self._count_only = count_only
        self._origin: Origin | None = None
        self._messages = 0
        self._leftovers: Leftovers = NOTHING_LEFT
        self._skipped: list[SkippedChat] = []
        self._skips = 0
        self._done = 0
        self._told = 0
        self._held = 0
        self._untold: list[ForeignChat] = []
        self._untold_summaries: list[ChatSummary] = []

    @property
    def is_due(self) -> bool:
        """Whether there is enough for a part."""
        return self._held >= PART_BYTES or self._done - self._told >= SILENT_BYTES

    def note(self, size: int) -> None:
        """Count bytes that were read."""
        self._done += size

    def add(self, found: ForeignChat, place: str, size: int) -> None:
        """Add a chat of so many bytes; raises ImportFailure where there are too many."""
        self._origin = self._origin or found.origin
        if not found.messages:
            self.skip(SkippedChat(found.chat.title, place, SkipReason.EMPTY))
            return
        self.chats += 1
        self._held += size
        self._limit()
        self._messages += len(found.messages)
        self._leftovers += found.leftovers
        if self._count_only:
            self._untold_summaries.append(summary(found))
        else:
            self._untold.append(found)

    def skip(self, skipped: SkippedChat) -> None:
        """Add a chat that cannot be read; raises ImportFailure where there are too many."""
        self._skips += 1
        self._limit()
        if len(self._skipped) < MOST_SKIPPED_TOLD:
            self._skipped.append(skipped)

    def part(self) -> ExportPart:
        """Return what was not told yet."""
        part = ExportPart(
            request_id=self._request_id,
            chats=tuple(self._untold),
            summaries=tuple(self._untold_summaries),
            done=self._done,
            total=max(min(self.total, MOST_TOLD), self._done, 1),
        )
        self._told, self._held = self._done, 0
        self._untold, self._untold_summaries = [], []
        return part

    def end(self) -> ExportRead:
        """Return what came of it; raises ImportFailure where there was no chat of a known app."""
        if self._origin is None:
            raise ImportFailure(ErrorCode.IMPORT_UNKNOWN)
        return ExportRead(
            request_id=self._request_id,
            origin=self._origin,
            chats=self.chats,
            messages=self._messages,
            leftovers=self._leftovers,
            skipped=tuple(self._skipped),
            skips=self._skips,
        )

    def _limit(self) -> None:
        if self.chats + self._skips > MOST_CHATS:
            raise ImportFailure(ErrorCode.IMPORT_TOO_MANY, most=MOST_CHATS)
