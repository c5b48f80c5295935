"""The open conversation as the window knows it: its tree, its branch, and what streams in it."""

from collections.abc import Iterator, Sequence

import msgspec

from desktop_app.domain.chats import Chat, Conversation
from desktop_app.domain.examples import Example
from desktop_app.domain.messages import Memory, Message, MessageStatus, Role
from desktop_app.domain.parts import TextPart, ThoughtPart, ToolCallPart, interleaved
from desktop_app.domain.tree import ended_early
from desktop_app.support.i18n import _, ngettext


class Opening(msgspec.Struct, frozen=True):
    """What a template brings along with a question: a system prompt for a new chat, and examples as turns."""

    title: str = ""
    system: str = ""
    examples: tuple[Example, ...] = ()


_Growing = tuple[str, type[TextPart | ThoughtPart]]
"""An answer, by its id, and what of it grows."""


class OpenConversation:
    """A mutable copy of one chat's tree, kept current by service events. Free of Qt.

    What it knows about the branch, the siblings and what streams is kept up with each change, since a chat may have many
    thousands of messages.
    """

    def __init__(self, conversation: Conversation) -> None:
        self.chat: Chat = conversation.chat
        self._leaf: str | None = None
        self._messages: dict[str, Message] = {}
        self._families: dict[tuple[str | None, Role], list[str]] = {}
        self._varied: dict[tuple[str | None, Role], None] = {}  # the families of more than one
        self._children: dict[str | None, int] = {}
        self._streaming: dict[str, None] = {}
        self._marked: dict[str, None] = {}  # where the model's memory began, on whichever branch
        self._path: list[str] = []
        self._places: dict[str, int] = {}
        self._same: int | None = None  # so many messages of the branch are those of `take_changes`, None for not one
        self._changed: set[str] = set()
        self._added: set[str] = set()  # the messages that were told of and never read
        self._ended: set[str] = set()  # the answers whose end was told
        self._ahead: dict[_Growing, tuple[int, str]] = {}  # what was told behind a piece that is not known, and where
        self._read(conversation)

    @property
    def messages(self) -> tuple[Message, ...]:
        """The whole tree, in the order of creation."""
        return tuple(self._messages.values())

    @property
    def leaf_id(self) -> str | None:
        """The message that ends the branch."""
        return self._leaf

    @property
    def has_branches(self) -> bool:
        """Whether there is another branch than the one that is shown."""
        return len(self._children) < len(self._messages)

    @property
    def branch(self) -> tuple[Message, ...]:
        """The messages that are shown, oldest first."""
        return tuple(map(self._messages.__getitem__, self._path))

    @property
    def upwards(self) -> Iterator[Message]:
        """The messages that are shown, newest first, each when it is asked for."""
        return map(self._messages.__getitem__, reversed(self._path))

    @property
    def streaming(self) -> Message | None:
        """The answer that is being made, on whichever branch."""
        return next(iter(self.all_streaming), None)

    @property
    def all_streaming(self) -> tuple[Message, ...]:
        """The answers that are being made."""
        return tuple(map(self._messages.__getitem__, self._streaming))

    @property
    def memory_start(self) -> tuple[str | None, str]:
        """The message of the branch from which on the model remembers, and the summary of what came before."""
        last = max((place for place in map(self._places.get, self._marked) if place is not None), default=None)
        message = self._messages[self._path[last]] if last is not None else None
        return (
            (message.id, message.memory.summary) if message is not None and message.memory is not None else (None, "")
        )

    @property
    def last_answer(self) -> Message | None:
        """The answer that ends the branch, if one does."""
        shown = self._messages.get(self._leaf) if self._leaf is not None else None
        return shown if shown is not None and shown.role is Role.ASSISTANT else None

    @property
    def last_varied(self) -> Message | None:
        """The last message of the branch that has other versions; few have, so that not the whole branch is looked at."""
        others = (self._places.get(each) for key in self._varied for each in self._families[key])
        last = max((place for place in others if place is not None), default=None)
        return self._messages[self._path[last]] if last is not None else None

    @property
    def answers(self) -> tuple[Message, ...]:
        """Every answer of the tree, oldest first."""
        return tuple(message for message in self._messages.values() if message.role is Role.ASSISTANT)

    @property
    def context_used(self) -> int | None:
        """How many tokens the context held after the last answer, None for unknown; other apps' models count others.

        Those of an answer that a person edited are estimated by what the model wrote beside it.
        """
        return next((used for used in map(self._used_after, self.upwards) if used is not None), None)

    def _used_after(self, message: Message) -> int | None:
        used = _used(message, 1.0)
        if used is not None or not message.is_edited:
            return used
        beside = map(self._messages.__getitem__, self.siblings(message.id))
        shares = ((each, _length(message) / _length(each)) for each in beside if _length(each))
        return next((used for each, share in shares if (used := _used(each, share)) is not None), None)

    def look(self) -> Conversation:
        """Return what is known of it, with the branch that is shown."""
        chat = msgspec.structs.replace(self.chat, leaf_id=self._leaf)
        return Conversation(chat=chat, messages=self.messages)

    def shows(self, message_id: str) -> bool:
        """Return whether a message is on the branch."""
        return message_id in self._places

    def take_changes(self) -> Sequence[int] | None:
        """Return the places on the branch of what may have changed since this was asked last, None for all of them."""
        same, self._same = self._same, len(self._path)
        changed, self._changed = self._changed, set()
        if same is None:
            return None
        places = sorted(place for place in map(self._places.get, changed) if place is not None)
        return [*(place for place in places if place < same), *range(same, len(self._path))]

    def message(self, message_id: str) -> Message | None:
        """Return a message of the tree."""
        return self._messages.get(message_id)

    def place(self, message_id: str) -> tuple[int, int]:
        """Return (index from 0, count) of a message among its siblings."""
        family = self.siblings(message_id)
        return (family.index(message_id), len(family)) if family else (0, 1)

    def siblings(self, message_id: str) -> tuple[str, ...]:
        """Return the ids of what stands beside a message, itself included, oldest first."""
        message = self._messages.get(message_id)
        return tuple(self._families[message.parent_id, message.role]) if message is not None else ()

    def can_go_on(self, answer_id: str) -> bool:
        """Return whether an answer ends the branch, and all others, before it was complete."""
        answer = self._messages.get(answer_id)
        is_last = self._leaf == answer_id and answer_id not in self._children
        return answer is not None and is_last and ended_early(answer)

    def sibling(self, message_id: str, step: int) -> str | None:
        """Return the id of the sibling `step` places on, None where there is none."""
        family = self.siblings(message_id)
        index = family.index(message_id) + step if message_id in family else -1
        return family[index] if 0 <= index < len(family) else None

    def question_of(self, answer_id: str) -> Message | None:
        """Return the question that an answer belongs to."""
        answer = self._messages.get(answer_id)
        parent = self._messages.get(answer.parent_id) if answer is not None and answer.parent_id else None
        return parent if parent is not None and parent.role is Role.USER else None

    def add(self, message: Message) -> bool:
        """Add a message and look at its branch; whether it simply continues what was shown.

        One more answer of several that are written at once leaves the look at the first of them.
        """
        shown = self._messages.get(self._leaf) if self._leaf is not None else None
        known = message.id in self._messages
        continues = message.parent_id == self._leaf and not known
        self._ended.discard(message.id)
        if not known:
            self._added.add(message.id)
        self._put(message)
        if shown is None or not _written_together(shown, message):
            self._go_to(message.id)
        return continues

    def look_at(self, leaf_id: str | None) -> bool:
        """Look at the branch that ends at a message; whether that is another one, and nothing streams in the chat."""
        if leaf_id == self._leaf or leaf_id not in self._messages or self.streaming is not None:
            return False
        self._go_to(leaf_id)
        return True

    def take_over(self, conversation: Conversation) -> None:
        """Take over how a chat was stored, where it is another than what is known; what was told since it was read stays."""
        conversation = msgspec.structs.replace(conversation, messages=self._newest(conversation.messages))
        if conversation.messages == self.messages:
            self.chat = conversation.chat
            self._go_to(conversation.chat.leaf_id)
            return
        known, families, path, changed, same = self._messages, self._families, self._path, self._changed, self._same
        self._same = None
        self._read(conversation)
        changed.update(message.id for message in conversation.messages if known.get(message.id) != message)
        for key, family in self._families.items():
            if families.get(key) != family:
                changed.update(family)
        self._changed = changed
        if same is not None:
            kept = next(
                (place for place, ids in enumerate(zip(path, self._path, strict=False)) if ids[0] != ids[1]), same
            )
            self._same = min(same, kept, len(path), len(self._path))

    def _newest(self, read: Sequence[Message]) -> tuple[Message, ...]:
        """Return the messages that were read, as they were told since, and those that came since."""
        self._added.difference_update(message.id for message in read)
        came = (message for message in self._messages.values() if message.id in self._added)
        return (*map(self._as_told, read), *came)

    def _as_told(self, read: Message) -> Message:
        known = self._messages.get(read.id)
        if known is None or read.status is not MessageStatus.STREAMING:
            return read
        if read.id in self._ended:
            return known
        is_longer = len(known.text) > len(read.text) or len(known.thought) > len(read.thought)
        return known if known.status is MessageStatus.STREAMING and is_longer else read

    def grow(self, message_id: str, text: str, start: int) -> str:
        """Append the part of `text` that is not known yet, and return it."""
        message = self._messages.get(message_id)
        if message is None:
            return ""
        known = message.text
        fresh = self._fresh((message_id, TextPart), known, text, start)
        if fresh:
            thoughts = (part for part in message.parts if isinstance(part, ThoughtPart))
            parts = (*thoughts, *interleaved(known + fresh, message.calls))
            self._put(msgspec.structs.replace(message, parts=parts))
        return fresh

    def think(self, message_id: str, text: str, start: int) -> str:
        """Append the part of the thought `text` that is not known yet, and return it."""
        message = self._messages.get(message_id)
        if message is None:
            return ""
        known = message.thought
        fresh = self._fresh((message_id, ThoughtPart), known, text, start)
        if fresh:
            others = (part for part in message.parts if not isinstance(part, ThoughtPart))
            parts = (ThoughtPart(known + fresh), *others)
            self._put(msgspec.structs.replace(message, parts=parts))
        return fresh

    def _fresh(self, key: _Growing, known: str, text: str, start: int) -> str:
        """Return the part of `text` that is not known yet; it waits where what comes before it is not known either."""
        first, waiting = self._ahead.pop(key, (start, ""))
        waiting += text
        if first > len(known):
            self._ahead[key] = (first, waiting)
            return ""
        return waiting[len(known) - first :]

    @property
    def gaps(self) -> int:
        """In how many answers and thoughts something is missing before what was told last: it has to be read again."""
        return len(self._ahead)

    def call(self, message_id: str, call: ToolCallPart, index: int) -> bool:
        """Append the call of a tool, before which there are `index`; whether it was not known yet."""
        message = self._messages.get(message_id)
        if message is None or len(message.calls) != index:
            return False
        self._put(msgspec.structs.replace(message, parts=(*message.parts, call)))
        return True

    def remember(self, message_id: str | None, memory: Memory) -> None:
        """Note that the model remembers the branch from a message on, or all of it."""
        for marked in {*self._marked, *((message_id,) if message_id is not None else ())}:
            if self.shows(marked):
                kept = memory if marked == message_id else None
                self._put(msgspec.structs.replace(self._messages[marked], memory=kept))

    def replace(self, message: Message) -> Message:
        """Take over a message's final state, and return it as it is known now: whoever wrote it knows of no star."""
        known = self._messages.get(message.id)
        if known is not None and known.starred is not message.starred:
            message = msgspec.structs.replace(message, starred=known.starred)
        self._put(message)
        self._ended.add(message.id)
        for part in (TextPart, ThoughtPart):
            self._ahead.pop((message.id, part), None)
        return message

    def star(self, message_id: str, starred: bool) -> bool:
        """Know that a message got a star, or has none any more; whether that is new."""
        message = self._messages.get(message_id)
        if message is None or message.starred is starred:
            return False
        self._put(msgspec.structs.replace(message, starred=starred))
        return True

    def remove(self, message_ids: tuple[str, ...]) -> None:
        """Forget messages that were taken back; the branch falls back to what they hung on."""
        gone = {message_id: self._messages[message_id] for message_id in message_ids if message_id in self._messages}
        leaf = self._leaf
        while leaf in gone:
            leaf = gone[leaf].parent_id
        self._go_to(leaf)
        for message in gone.values():
            self._take_out(message)

    def _read(self, conversation: Conversation) -> None:
        """Know this chat and nothing else."""
        self.chat = conversation.chat
        messages = {message.id: message for message in conversation.messages}
        families: dict[tuple[str | None, Role], list[str]] = {}
        children: dict[str | None, int] = {}
        for message in messages.values():  # there may be ten thousand, and a frame is all the time for a chat to open
            families.setdefault((message.parent_id, message.role), []).append(message.id)
        for (parent_id, _role), family in families.items():
            children[parent_id] = children.get(parent_id, 0) + len(family)
        self._messages, self._families, self._children = messages, families, children
        self._varied = {key: None for key, family in families.items() if len(family) > 1}
        self._streaming = {each.id: None for each in messages.values() if each.status is MessageStatus.STREAMING}
        self._marked = {each.id: None for each in messages.values() if each.memory is not None}
        self._path, self._places, self._changed = [], {}, set(messages)
        self._go_to(conversation.chat.leaf_id)

    def _put(self, message: Message) -> None:
        """Have a message in the tree, as it is now."""
        if message.id not in self._messages:
            key = message.parent_id, message.role
            family = self._families.setdefault(key, [])
            if family:
                self._changed.update(family)
                self._varied[key] = None
            family.append(message.id)
            self._children[message.parent_id] = self._children.get(message.parent_id, 0) + 1
        self._messages[message.id] = message
        self._changed.add(message.id)
        for ids, belongs in ((self._streaming, message.status is MessageStatus.STREAMING),
                             (self._marked, message.memory is not None)):  # fmt: skip
            if belongs:
                ids[message.id] = None
            else:
                ids.pop(message.id, None)

    def _take_out(self, message: Message) -> None:
        key = message.parent_id, message.role
        family = self._families[key]
        family.remove(message.id)
        if len(family) < 2:
            self._varied.pop(key, None)
        self._changed.update(family)
        self._children[message.parent_id] -= 1
        if not self._children[message.parent_id]:
            del self._children[message.parent_id]
        del self._messages[message.id]
        for ids in (self._streaming, self._marked):
            ids.pop(message.id, None)

    def _go_to(self, leaf_id: str | None) -> None:
        """Let the branch end at a message; what it shares with the one before is not walked again."""
        self._leaf = leaf_id
        fresh: list[str] = []
        while leaf_id in self._messages and leaf_id not in self._places:
            fresh.append(leaf_id)
            leaf_id = self._messages[leaf_id].parent_id
        kept = self._places[leaf_id] + 1 if leaf_id in self._places else 0
        for gone in self._path[kept:]:
            del self._places[gone]
        del self._path[kept:]
        fresh.reverse()
        self._places.update(zip(fresh, range(kept, kept + len(fresh)), strict=True))
        self._path += fresh
        if self._same is not None:
            self._same = min(self._same, kept)


def _used(message: Message, share: float) -> int | None:
    """Return how many tokens there were after a `share` of an answer, None where no model of ours counted them."""
    receipt = message.receipt
    if receipt is None or receipt.is_foreign:
        return None
    return receipt.prompt_tokens + round(share * receipt.completion_tokens)


def _length(message: Message) -> int:
    return len(message.thought) + len(message.written)


def _written_together(shown: Message, other: Message) -> bool:
    return shown.parent_id == other.parent_id and {shown.status, other.status} == {MessageStatus.STREAMING}


def hint_words(*, temporary: bool) -> str:
    """Say in an empty conversation what it is for."""
    if temporary:
        return _("This chat will be temporary: in no list and no search, and deleted when you leave it.")
    return _("Ask anything. The model runs on this computer, and nothing leaves it.")


def opening_words(opening: Opening) -> str:
    """Say what a template brings along with the next question; empty for nothing."""
    count = len(opening.examples)
    examples = ngettext("{count} example goes before the question.", "{count} examples go before the question.", count)
    words = [
        _("It sets the system prompt of the new chat.") if opening.system else "",
        examples.format(count=count) if count else "",
    ]
    return " ".join(part for part in words if part)
