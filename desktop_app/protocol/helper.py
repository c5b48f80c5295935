"""Messages between the owner and the helper process, which may be ended at any moment."""

import msgspec

from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.moving_in import ChatSummary, ForeignChat, Leftovers, Origin, SkippedChat
from desktop_app.domain.spelling import Languages

VERSION = 7
"""Raised with every incompatible change; both ends must agree on it."""


class TemplateMessage(msgspec.Struct, frozen=True):
    """One turn as a chat template sees it."""

    role: str
    content: str


TemplateValue = bool | int | str


class RenderTemplate(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Render a model's chat template, in Jinja's immutable sandbox; `variables` are those of this family alone.

    `control_texts` are words where they stand in messages: `domain.control_texts` breaks them there.
    """

    request_id: str
    template: str
    messages: tuple[TemplateMessage, ...]
    begin_token: str = ""
    end_token: str = ""
    control_texts: tuple[str, ...] = ()
    add_generation_prompt: bool = True
    variables: dict[str, TemplateValue] = {}


class FillTemplates(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Fill `values` into `templates`, in the same sandbox; the values are data, whatever they look like."""

    request_id: str
    templates: tuple[str, ...]
    values: dict[str, str | int | float] = {}


class ReadPdf(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Read the text of the PDF at `path`, of at most `most` characters."""

    request_id: str
    path: str
    most: int


class ReadExport(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Read the chats that another app exported to the file or folder at `path`; with `count_only` tell about them."""

    request_id: str
    path: str
    count_only: bool


class CheckWords(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Look words up in the dictionaries that suit `languages` best; a word is right where one of them knows it."""

    request_id: str
    languages: Languages
    words: tuple[str, ...]


class LookUpWord(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Look one word up, with at most so many words that were meant, perhaps."""

    request_id: str
    languages: Languages
    word: str
    most: int


class ListDictionaries(msgspec.Struct, frozen=True, tag=True):
    """Tell which dictionaries this computer has."""

    request_id: str


class Stop(msgspec.Struct, frozen=True, tag=True):
    """End the helper in good order."""


Request = RenderTemplate | FillTemplates | ReadPdf | ReadExport | CheckWords | LookUpWord | ListDictionaries
Command = Request | Stop


class Ready(msgspec.Struct, frozen=True, tag=True):
    """The helper listens; sent once, unasked."""

    version: int


class Rendered(msgspec.Struct, frozen=True, tag=True):
    """The prompt that a template made."""

    request_id: str
    prompt: str


class Filled(msgspec.Struct, frozen=True, tag=True):
    """The texts that a person's templates made, in their order."""

    request_id: str
    texts: tuple[str, ...]


class PdfRead(msgspec.Struct, frozen=True, tag=True):
    """The text of a PDF; `blank` of its `pages` have none."""

    request_id: str
    text: str
    pages: int
    blank: int


class ExportPart(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """The next chats of an export, of which `done` of `total` bytes are read; it may have none, to tell just that.

    They are `summaries` where only those were wanted.
    """

    request_id: str
    chats: tuple[ForeignChat, ...] = ()
    summaries: tuple[ChatSummary, ...] = ()
    done: int
    total: int


class ExportRead(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """An export was read to its end; `skipped` are the first of the chats that could not be, `skips` counts all."""

    request_id: str
    origin: Origin
    chats: int
    messages: int
    leftovers: Leftovers
    skipped: tuple[SkippedChat, ...]
    skips: int


class WordsChecked(msgspec.Struct, frozen=True, tag=True):
    """The words that no dictionary knows; none where there is no dictionary for their script."""

    request_id: str
    wrong: tuple[str, ...]


class WordLookedUp(msgspec.Struct, frozen=True, tag=True):
    """Whether a word is right, and which words were meant, perhaps; the likeliest first."""

    request_id: str
    is_right: bool
    suggestions: tuple[str, ...]


class DictionariesListed(msgspec.Struct, frozen=True, tag=True):
    """The languages that this computer has dictionaries for; without the library there are none."""

    request_id: str
    has_library: bool
    languages: tuple[str, ...]


class Failed(msgspec.Struct, frozen=True, tag=True):
    """The request could not be served; the helper goes on."""

    request_id: str
    error: ErrorInfo


Event = (
    Ready
    | Rendered
    | Filled
    | PdfRead
    | ExportPart
    | ExportRead
    | WordsChecked
    | WordLookedUp
    | DictionariesListed
    | Failed
)
