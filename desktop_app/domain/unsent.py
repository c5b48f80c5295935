"""What a chat has that was not sent yet, beside the text in its composer."""

import re
from collections.abc import Collection, Sequence

import msgspec

from desktop_app.domain.examples import Example
from desktop_app.domain.ids import new_id
from desktop_app.domain.parts import FilePart

CHATS_TO_COME = "new:"
"""What the ids begin with under which something is kept that no chat has yet; no chat's id does."""


_BETWEEN_WORDS = "[\\W\u2e80-\uffff]"
"""What no word goes on over: Chinese letters are words of their own. So wide a range takes 3 ms to compile."""


class NextQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """A question that waits for the answer before it; `examples` go before it."""

    id: str
    text: str
    files: tuple[FilePart, ...] = ()
    examples: tuple[Example, ...] = ()


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """What an earlier question or answer, or a question that comes next, is to become; nobody has sent it yet."""

    message_id: str
    text: str
    files: tuple[FilePart, ...] = ()

    def is_like(self, other: "Edit") -> bool:
        """Whether it has the same words and files, however many tokens were counted."""
        return self.text == other.text and _uncounted(self.files) == _uncounted(other.files)


class Unsent(msgspec.Struct, frozen=True, kw_only=True):
    """The files attached to the draft, the questions that come next, the first first, and the edits that are not finished.

    `text` is that of a chat to come alone; a chat keeps the text of its draft itself. So is `system_prompt`, None for
    what is usual. `edit` was typed in last;
    `other_edits` are those of other messages, which other windows have open, or had when they were closed.
    """

    text: str = ""
    system_prompt: str | None = None
    files: tuple[FilePart, ...] = ()
    queue: tuple[NextQuestion, ...] = ()
    edit: Edit | None = None
    other_edits: tuple[Edit, ...] = ()

    @property
    def edits(self) -> tuple[Edit, ...]:
        """All edits, the one that was typed in last first."""
        return (self.edit, *self.other_edits) if self.edit is not None else self.other_edits


NOTHING_UNSENT = Unsent()


def new_draft_id() -> str:
    """Return an id for what is typed in one place for a chat to come."""
    return f"{CHATS_TO_COME}{new_id()}"


def is_to_come(owner_id: str) -> bool:
    """Whether an id stands for a chat to come; older releases had one for all of them, which is empty."""
    return not owner_id or owner_id.startswith(CHATS_TO_COME)


def _uncounted(files: Sequence[FilePart]) -> list[FilePart]:
    return [msgspec.structs.replace(file, tokens=0) for file in files]


def joined(kept: str, shown: str, typed: str) -> str:
    """Return the text of a draft that comes back as it was `kept`: `shown` stood in its place, and became what is `typed`.

    What was only added to `shown` is added to what is kept: the words before it are there already.
    """
    if typed == shown:
        return kept or typed
    if kept == shown or typed.startswith(kept):
        return typed
    if shown.strip() and typed.startswith(shown):
        return _with_added(kept, shown, typed)
    return f"{kept}\n\n{typed}" if typed.strip() else kept


def _with_added(kept: str, shown: str, typed: str) -> str:
    """Return `kept` with what `typed` has behind `shown`; a word that it goes on with stays whole."""
    goes_on = _joins(shown, typed[len(shown) :])
    begun = re.split(_BETWEEN_WORDS, shown)[-1] if goes_on else ""
    added = typed[len(shown) - len(begun) :]
    if begun and re.split(_BETWEEN_WORDS, kept)[-1] == begun:
        return kept.removesuffix(begun) + added
    return f"{kept}\n\n{added}" if _joins(kept, added) else kept + added


def _joins(before: str, behind: str) -> bool:
    """Whether two texts would have one word between them."""
    return bool(before and behind) and not re.search(_BETWEEN_WORDS, before[-1] + behind[0])


def left_of(kept: str, shown: str) -> str:
    """Return what stays of a draft as it is `kept` once what was `shown` of it is asked: what others added to it."""
    if kept.startswith(shown):
        return kept.removeprefix(shown).strip("\n")
    return kept.removesuffix(f"\n\n{shown}")


def files_left(kept: Sequence[FilePart], asked: Sequence[FilePart]) -> tuple[FilePart, ...]:
    """Return which of the files that are `kept` with a draft stay once these are `asked` along with it."""
    gone = _uncounted(asked)
    return tuple(file for file, plain in zip(kept, _uncounted(kept), strict=True) if plain not in gone)


def with_edit(unsent: Unsent, edit: Edit) -> Unsent:
    """Return `unsent` with an edit in place of what there was of its message; those of other messages stay."""
    others = without_edits(unsent, [edit.message_id]).edits
    return msgspec.structs.replace(unsent, edit=edit, other_edits=others)


def without_edits(unsent: Unsent, message_ids: Collection[str]) -> Unsent:
    """Return `unsent` without the edits of these messages."""
    left = tuple(edit for edit in unsent.edits if edit.message_id not in message_ids)
    return msgspec.structs.replace(unsent, edit=left[0] if left else None, other_edits=left[1:])


def changed(queue: Sequence[NextQuestion], question: NextQuestion) -> tuple[NextQuestion, ...]:
    """Return `queue` with `question` in place of the one with its id; nothing changes where that has gone."""
    return tuple(question if other.id == question.id else other for other in queue)


def without(queue: Sequence[NextQuestion], question_id: str) -> tuple[NextQuestion, ...]:
    """Return `queue` without a question."""
    return tuple(other for other in queue if other.id != question_id)


def moved(queue: Sequence[NextQuestion], question_id: str, step: int) -> tuple[NextQuestion, ...]:
    """Return `queue` with a question `step` places further on, or as far as that goes."""
    place = next((place for place, other in enumerate(queue) if other.id == question_id), None)
    if place is None:
        return tuple(queue)
    others = list(queue)
    question = others.pop(place)
    others.insert(min(max(0, place + step), len(others)), question)
    return tuple(others)
