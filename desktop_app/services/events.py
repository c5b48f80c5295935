"""What the services tell their clients: frozen events, published in whichever thread caused them."""

from enum import StrEnum

import msgspec

from desktop_app.domain.chats import Chat
from desktop_app.domain.downloads import Download
from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.messages import Message
from desktop_app.domain.models import ModelInfo
from desktop_app.domain.openings import Opening
from desktop_app.domain.parts import FilePart, ToolCallPart
from desktop_app.domain.shelf import Folder, Tag
from desktop_app.domain.transfers import Transfer
from desktop_app.domain.unsent import Unsent
from desktop_app.domain.updates import News, UpdateFile


class EngineState(StrEnum):
    """What the engine of a model is doing."""

    IDLE = "idle"
    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"


class EngineChanged(msgspec.Struct, frozen=True, kw_only=True):
    """The engine of `model_path` changed; `fraction` 0 to 1 while loading."""

    model_path: str
    state: EngineState
    fraction: float = 0.0
    model: ModelInfo | None = None
    error: ErrorInfo | None = None


class TemplateChecked(msgspec.Struct, frozen=True):
    """The chat template of a model was looked at for the first time; `findings` are empty where all is well."""

    model_path: str
    findings: tuple[ErrorInfo, ...]


class ChatChanged(msgspec.Struct, frozen=True):
    """A chat was made, renamed, pinned, deleted, restored or got new content; `chat` is its new value."""

    chat: Chat


class ChatsChanged(msgspec.Struct, frozen=True):
    """Several chats were put elsewhere at once; `chats` are their new values, those gone for good are `removed` ids."""

    chats: tuple[Chat, ...] = ()
    removed: tuple[str, ...] = ()


class FoldersChanged(msgspec.Struct, frozen=True):
    """A folder was made, renamed or removed; `folders` are all that there are, `chats` those that it put elsewhere."""

    folders: tuple[Folder, ...]
    chats: tuple[Chat, ...] = ()


class TagsChanged(msgspec.Struct, frozen=True):
    """`tags` are all that there are; `tagged` has the ids of the tags of each chat that got others."""

    tags: tuple[Tag, ...]
    tagged: dict[str, tuple[str, ...]]


class MessageAdded(msgspec.Struct, frozen=True):
    """A message joined the tree: a question, or an answer that begins (status streaming, no text)."""

    message: Message


class AnswerDelta(msgspec.Struct, frozen=True):
    """The next piece of a streaming answer, which begins `start` characters into it.

    A client that opened the chat in mid-answer compares `start` with what it already has.
    """

    chat_id: str
    message_id: str
    text: str
    start: int


class AnswerPace(msgspec.Struct, frozen=True):
    """How many tokens a streaming answer has, those of its thought included, and how fast they come now; once a second."""

    chat_id: str
    message_id: str
    tokens: int
    tokens_per_second: float


class ThoughtDelta(msgspec.Struct, frozen=True):
    """The next piece of what a model thinks, which begins `start` characters into its thought."""

    chat_id: str
    message_id: str
    text: str
    start: int


class ToolCallMade(msgspec.Struct, frozen=True):
    """A model wants to call a tool, behind the text that came so far; `index` calls were made before it."""

    chat_id: str
    message_id: str
    call: ToolCallPart
    index: int


class PromptRead(msgspec.Struct, frozen=True):
    """How much of an answer's prompt the model has read, in tokens; `cached` of them were known."""

    chat_id: str
    message_id: str
    done: int
    total: int
    cached: int


class ContextUsed(msgspec.Struct, frozen=True):
    """How full the context of the model that writes an answer is for its chat, in tokens.

    Turns before `first_message_id` were left out; `summary` stands for them where it is not empty.
    """

    chat_id: str
    message_id: str
    used: int
    size: int
    first_message_id: str | None
    summary: str = ""


class Summarizing(msgspec.Struct, frozen=True):
    """Before an answer, the model summarizes what no longer fits its context."""

    chat_id: str
    message_id: str


class AnswerWaits(msgspec.Struct, frozen=True):
    """An answer waits until other models have ended theirs: there is no memory for its model beside them."""

    chat_id: str
    message_id: str


class AnswerEnded(msgspec.Struct, frozen=True):
    """An answer has its final text, status and receipt."""

    message: Message


class MessagesRemoved(msgspec.Struct, frozen=True):
    """Messages are gone for good, with all that hung on them; `chat` is how their chat is now."""

    chat: Chat
    message_ids: tuple[str, ...]


class MessageStarred(msgspec.Struct, frozen=True):
    """A message got a star, or has none any more."""

    chat_id: str
    message_id: str
    starred: bool


class QuestionReturned(msgspec.Struct, frozen=True):
    """A question could not be asked: its turn was taken back, and `text` and `files` are the chat's draft again.

    One that `waits` was the next of several, and is the first of them again.
    """

    chat_id: str
    text: str
    message_ids: tuple[str, ...]
    error: ErrorInfo
    files: tuple[FilePart, ...] = ()
    waits: bool = False


class UnsentChanged(msgspec.Struct, frozen=True):
    """The questions that come next in a chat are others now."""

    chat_id: str
    unsent: Unsent


class Problem(msgspec.Struct, frozen=True):
    """Something failed that belongs to no message."""

    error: ErrorInfo


class DownloadChanged(msgspec.Struct, frozen=True):
    """A download was queued, moved on, paused, failed or is done; `download` is its new value."""

    download: Download


class DownloadRemoved(msgspec.Struct, frozen=True):
    """A download was given up."""

    download_id: str


class LibraryChanged(msgspec.Struct, frozen=True):
    """A model came to this computer, was moved on it, or has gone from it: the file at `path`."""

    path: str


class ServersChanged(msgspec.Struct, frozen=True):
    """Other computers said something new of what they offer, or which of them are used for what was set anew."""


class TransferChanged(msgspec.Struct, frozen=True):
    """A model that is copied or moved has come further, or is there; `transfer` is its new value."""

    transfer: Transfer


class WindowRaised(msgspec.Struct, frozen=True):
    """A second start asks the window to come forward, and to open what it was started with."""

    opening: Opening | None = None


class UpdateFound(msgspec.Struct, frozen=True):
    """There is a newer release, found without anybody asking just now."""

    news: News


class UpdateProgress(msgspec.Struct, frozen=True):
    """How far an installer has come: bytes so far; at its end its `path`, or an error, or that it was stopped."""

    file: UpdateFile
    done: int = 0
    path: str = ""
    error: ErrorInfo | None = None
    stopped: bool = False


class SpeechOpened(msgspec.Struct, frozen=True):
    """There is a voice to read aloud with; whether it can pause."""

    can_pause: bool


class WordSpoken(msgspec.Struct, frozen=True):
    """Some characters of a text that is read aloud are spoken now."""

    number: int
    start: int
    length: int


class TextSpoken(msgspec.Struct, frozen=True):
    """A text was read aloud to its end."""

    number: int


class SpeechTaken(msgspec.Struct, frozen=True):
    """A text is read aloud no further: another one is spoken in its place."""

    number: int


class SpeechFailed(msgspec.Struct, frozen=True):
    """A text could not be read aloud."""

    number: int
    error: ErrorInfo


AnswerGrowth = AnswerDelta | ThoughtDelta | ToolCallMade
"""What an answer gained that is being written: many a second, and of interest to few."""

ServiceEvent = (
    EngineChanged
    | TemplateChecked
    | ChatChanged
    | ChatsChanged
    | FoldersChanged
    | TagsChanged
    | MessageAdded
    | AnswerGrowth
    | AnswerPace
    | PromptRead
    | ContextUsed
    | Summarizing
    | AnswerWaits
    | AnswerEnded
    | QuestionReturned
    | MessagesRemoved
    | MessageStarred
    | UnsentChanged
    | Problem
    | DownloadChanged
    | DownloadRemoved
    | LibraryChanged
    | ServersChanged
    | TransferChanged
    | WindowRaised
    | UpdateFound
    | UpdateProgress
    | SpeechOpened
    | WordSpoken
    | TextSpoken
    | SpeechTaken
    | SpeechFailed
)
