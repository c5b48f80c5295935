"""Messages between the owner and the hub process, the only one that speaks with the hub."""

import msgspec

from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.hub import HubFile, HubModel, HubRepository, Query
from desktop_app.domain.updates import Manifest
from desktop_app.support.network import NetworkUse

VERSION = 1
"""Raised with every incompatible change; both ends must agree on it."""


class Connect(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """How to reach the hub from now on; `endpoint` empty means the hub itself, `token` empty none.

    `bytes_per_second` limits all downloads together; 0 is no limit.
    """

    offline: bool = False
    endpoint: str = ""
    token: str = ""
    bytes_per_second: int = 0


class Search(msgspec.Struct, frozen=True, tag=True):
    """Find repositories; the first page is answered, and `More` of the same `request_id` brings the next."""

    request_id: str
    query: Query
    page_size: int = 30


class More(msgspec.Struct, frozen=True, tag=True):
    """Continue the search `search_id`."""

    request_id: str
    search_id: str
    page_size: int = 30


class ReadRepository(msgspec.Struct, frozen=True, tag=True):
    """List what a repository offers; an empty revision is its main branch."""

    request_id: str
    repository: str
    revision: str = ""


class ReadCard(msgspec.Struct, frozen=True, tag=True):
    """Read a repository's model card."""

    request_id: str
    repository: str


class ReadStart(msgspec.Struct, frozen=True, tag=True):
    """Read the first bytes of a file, enough for a model's figures."""

    request_id: str
    repository: str
    commit: str
    file: HubFile


class ReadUpdate(msgspec.Struct, frozen=True, tag=True):
    """Read the list of newer releases at `address`, which `key` must have signed."""

    request_id: str
    address: str
    key: str


class Fetch(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Bring `file` to `target`, continuing what is there of it.

    It is one of a repository of the hub at `commit`; or, with an `address`, an update, whose size and hash are known.
    """

    request_id: str
    repository: str = ""
    commit: str = ""
    file: HubFile
    target: str
    address: str = ""


class Cancel(msgspec.Struct, frozen=True, tag=True):
    """Stop a fetch and keep what it has; nothing more is heard of it but `Cancelled`."""

    request_id: str


class Stop(msgspec.Struct, frozen=True, tag=True):
    """End the process in good order."""


Command = Connect | Search | More | ReadRepository | ReadCard | ReadStart | ReadUpdate | Fetch | Cancel | Stop


class Ready(msgspec.Struct, frozen=True, tag=True):
    """The process listens; sent once, unasked."""

    version: int


class Found(msgspec.Struct, frozen=True, tag=True):
    """A page of repositories of the search `search_id`, and whether there are more."""

    request_id: str
    search_id: str
    models: tuple[HubModel, ...]
    has_more: bool


class RepositoryRead(msgspec.Struct, frozen=True, tag=True):
    """What a repository offers."""

    request_id: str
    repository: HubRepository


class CardRead(msgspec.Struct, frozen=True, tag=True):
    """A model card as Markdown, without its YAML head."""

    request_id: str
    markdown: str


class StartRead(msgspec.Struct, frozen=True, tag=True):
    """The first bytes of a file."""

    request_id: str
    data: bytes


class UpdateRead(msgspec.Struct, frozen=True, tag=True):
    """The list of newer releases, its signature checked."""

    request_id: str
    manifest: Manifest


class Progress(msgspec.Struct, frozen=True, tag=True):
    """How much of a fetch is on the disk, in bytes; `waits` seconds until the next try, or 0."""

    request_id: str
    done: int
    waits: float = 0.0


class Fetched(msgspec.Struct, frozen=True, tag=True):
    """The file is whole and has its name; `sha256` is what was computed."""

    request_id: str
    sha256: str


class Cancelled(msgspec.Struct, frozen=True, tag=True):
    """A fetch has stopped, and its file is closed."""

    request_id: str


class Failed(msgspec.Struct, frozen=True, tag=True):
    """A request could not be served; the process goes on."""

    request_id: str
    error: ErrorInfo


class Used(msgspec.Struct, frozen=True, tag=True):
    """A request went over the network."""

    use: NetworkUse


Event = (
    Ready | Found | RepositoryRead | CardRead | StartRead | UpdateRead | Progress | Fetched | Cancelled | Failed | Used
)
