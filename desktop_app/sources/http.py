"""The hub's client behind the gate: one HTTP session, and its failures as errors with words.

Imported in the hub process only: huggingface_hub reads its environment once, when it is imported.
"""

import os
import re
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

SETTINGS = {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_UPDATE_CHECK": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",  # the token is the one that the owner hands over, or none
    "HF_HUB_DISABLE_XET": "1",
}
os.environ.update(SETTINGS)

import httpcore2  # noqa: E402
import httpx2  # noqa: E402  # after the settings above
from huggingface_hub import set_client_factory  # noqa: E402
from huggingface_hub.errors import (  # noqa: E402
    DisabledRepoError,
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils import hf_raise_for_status, parse_ratelimit_headers  # noqa: E402

from desktop_app.domain.downloads import STALLED_SPEED  # noqa: E402
from desktop_app.domain.errors import AppError, DownloadError, ErrorCode, UpdateError  # noqa: E402
from desktop_app.support.network import Gate, Offline  # noqa: E402

CONNECT_SECONDS = 15.0
READ_SECONDS = 30.0
"""How long a server may say nothing, or next to nothing, before a transfer is tried again."""
READ_BYTES = 256 * 1024
USER_AGENT = "inglenook"
HEADERS = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
"""What is sent to servers other than the hub: nothing tells who asks, or which release asks."""

purpose: ContextVar[str] = ContextVar("purpose")
"""What the request that is being made is for, as the ledger names it."""


UPDATE, UPDATE_FILE = "update", "update file"
SECURE = (UPDATE, UPDATE_FILE)
"""Purposes for which nothing but HTTPS will do, wherever a server sends the request on to."""


class Insecure(httpx2.TransportError):
    """A request that has to be safe was sent on to an address that is not."""


class Unreachable(httpx2.TransportError):
    """No connection could be made; told at once, where huggingface_hub would try again for half a minute."""


class Stalled(httpx2.TransportError):
    """A server sends, but for long so little that it is as good as silent: another connection may do better."""


class _Client(httpx2.Client):
    def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        try:
            return super().send(request, **options)
        except httpx2.ConnectError as error:
            raise Unreachable(str(error), request=request) from error


def read_more_at_once() -> None:
    """Let a connection take more from the system at once: a fast download then costs half of the processor time.

    The attribute is httpcore's own; a release without it downloads all the same.
    """
    if hasattr(httpcore2.HTTP11Connection, "READ_NUM_BYTES"):
        httpcore2.HTTP11Connection.READ_NUM_BYTES = READ_BYTES


def first_bytes(response: httpx2.Response, most: int) -> bytes:
    """Return at most `most` bytes of an answer that streams; raises what huggingface_hub raises where it is an error."""
    if response.is_error:
        response.read()
    hf_raise_for_status(response)
    data = bytearray()
    for piece in response.iter_bytes():
        data += piece
        if len(data) >= most:
            break
    return bytes(data[:most])


def open_session(gate: Gate) -> None:
    """Make every request of huggingface_hub in this process pass `gate`."""

    def before(request: httpx2.Request) -> None:
        if purpose.get() in SECURE and request.url.scheme != "https":
            raise Insecure(request.url.host, request=request)
        gate.enter(request, request.url.host, purpose.get())

    def after(response: httpx2.Response) -> None:
        response.stream = _Counted(response, lambda count: gate.leave(response.request, count), READ_SECONDS)

    def factory() -> httpx2.Client:
        return _Client(
            event_hooks={"request": [before], "response": [after]},
            follow_redirects=True,
            timeout=httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
        )

    read_more_at_once()
    set_client_factory(factory)


class _Counted(httpx2.SyncByteStream):
    """A response's stream that tells at its end how many bytes came, and ends when for `patience` seconds next to none do.

    Only the time counts in which the server is waited for. Raises Stalled.
    """

    def __init__(self, response: httpx2.Response, tell: Callable[[int], None], patience: float) -> None:
        assert isinstance(response.stream, httpx2.SyncByteStream)
        self._stream = response.stream
        self._tell = tell
        self._patience = patience
        self._count = 0

    def __iter__(self) -> Iterator[bytes]:
        pieces = iter(self._stream)
        waited, before = 0.0, 0
        while True:
            began = time.monotonic()
            piece = next(pieces, None)
            if piece is None:
                return
            if waited >= self._patience:
                if self._count - before < self._patience * STALLED_SPEED:
                    raise Stalled(f"{self._count - before} bytes in {waited:.0f} s")
                waited, before = 0.0, self._count
            waited += time.monotonic() - began
            self._count += len(piece)
            yield piece

    def close(self) -> None:
        self._stream.close()
        self._tell(self._count)


@contextmanager
def translated(for_what: str, repository: str, *, has_token: bool) -> Iterator[None]:
    """Say what the requests in this block are for, and turn their failures into DownloadError or UpdateError."""
    mark = purpose.set(for_what)
    try:
        yield
    except (httpx2.HTTPError, httpx2.InvalidURL, Offline, OSError, EntryNotFoundError) as error:
        raise download_error(error, repository, has_token=has_token) from error
    finally:
        purpose.reset(mark)


def download_error(error: Exception, repository: str, *, has_token: bool) -> AppError:
    """Return the error that explains `error`; its detail has neither tokens nor signed addresses."""
    code = _code(error, has_token=has_token)
    detail = redacted(f"{type(error).__name__}: {error}")
    if code is ErrorCode.DOWNLOAD_RATE_LIMITED:
        assert isinstance(error, HfHubHTTPError)
        return DownloadError(code, detail, seconds=wait_seconds(error) or 60)
    if code is ErrorCode.UPDATE_INSECURE:
        return UpdateError(code, detail)
    return DownloadError(code, detail, repository=repository)


def _code(error: Exception, *, has_token: bool) -> ErrorCode:
    if isinstance(error, Offline | OfflineModeIsEnabled):
        return ErrorCode.DOWNLOAD_OFFLINE
    if isinstance(error, Insecure):
        return ErrorCode.UPDATE_INSECURE
    if isinstance(error, Stalled):
        return ErrorCode.DOWNLOAD_STALLED
    if isinstance(error, GatedRepoError):  # first: it is a child of RepositoryNotFoundError
        return ErrorCode.DOWNLOAD_GATED if has_token else ErrorCode.DOWNLOAD_NEEDS_TOKEN
    status = error.response.status_code if isinstance(error, HfHubHTTPError) and error.response is not None else 0
    if status == 401 and has_token:
        return ErrorCode.DOWNLOAD_TOKEN_REFUSED
    missing = RepositoryNotFoundError | RevisionNotFoundError | EntryNotFoundError
    if isinstance(error, missing) or status in (404, 410):
        return ErrorCode.DOWNLOAD_NOT_FOUND
    if isinstance(error, DisabledRepoError) or status in (401, 403):
        return ErrorCode.DOWNLOAD_FORBIDDEN
    if status == 429:
        return ErrorCode.DOWNLOAD_RATE_LIMITED
    if status:
        return ErrorCode.DOWNLOAD_SERVER
    return ErrorCode.DOWNLOAD_TLS if _is_tls(error) else ErrorCode.DOWNLOAD_NO_CONNECTION


def is_transient(error: Exception) -> bool:
    """Return whether trying again may help: a lost connection, a busy or failing server."""
    if isinstance(error, HfHubHTTPError):
        status = error.response.status_code if error.response is not None else 0
        return status in (408, 425, 429) or status >= 500
    return isinstance(error, httpx2.TransportError) and not isinstance(error, Insecure) and not _is_tls(error)


def wait_seconds(error: Exception) -> float:
    """Return how long the server asks to wait, in seconds; 0 where it does not say."""
    if not isinstance(error, HfHubHTTPError) or error.response is None:
        return 0.0
    headers = error.response.headers
    after = headers.get("retry-after", "")
    if after.isdigit():
        return float(after)
    limit = parse_ratelimit_headers(headers)
    return float(limit.reset_in_seconds) if limit is not None and limit.remaining == 0 else 0.0


def redacted(text: str) -> str:
    """Return `text` without tokens and without the queries of addresses, which may sign them."""
    text = re.sub(r"\bhf_[A-Za-z0-9]+", "hf_…", text)
    text = re.sub(r"(?i)(authorization|bearer)([:=\s]+)\S+", r"\1\2…", text)
    return re.sub(r"(https?://[^\s?'\"]+)\?[^\s'\"]*", r"\1?…", text)


def _is_tls(error: BaseException) -> bool:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLError) and not isinstance(seen, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return True
        seen = seen.__cause__ or seen.__context__
    return False
