"""A hub-shaped HTTP server on loopback: repositories with real files, searches, cards, and faults on request.

It speaks as much of the hub's interface as huggingface_hub uses: `/api/models` with pages, `/api/models/ID`,
`/ID/resolve/REVISION/FILE` with HEAD, ranges and redirects to a second host (the 'CDN').
"""

import hashlib
import json
import re
import ssl
import sys
import threading
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Fault:
    """What goes wrong with one request for a file's bytes; the fields can be combined."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    drop_after: int | None = None
    """Close the connection after so many bytes of the body."""
    stall_after: int | None = None
    """Say nothing more after so many bytes, until the server ends."""
    trickle_after: int | None = None
    """Send a byte every hundredth of a second after so many bytes, until the client has gone or the server ends."""
    ignore_range: bool = False
    wrong_range: bool = False
    wrong_length: int = 0
    """How much is added to Content-Length."""
    wrong_bytes: bool = False
    body: bytes | None = None


@dataclass
class Repository:
    """What the server knows of one repository; `files` by name."""

    files: dict[str, bytes]
    gated: bool = False
    licence: str = "apache-2.0"
    downloads: int = 1000
    parameters: int = 135_000_000
    etag_suffix: str = ""
    commit: str = COMMIT


class LoopbackServer(ThreadingHTTPServer):
    """Serves this computer alone, at a port that is free; that clients break off is what many tests are about."""

    daemon_threads = True

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that went away, or does not trust the certificate."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError | ssl.SSLError):
            super().handle_error(request, client_address)


class HubServer:
    """Runs from `start` to `stop`; all that clients did is counted."""

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}
        self.faults: dict[str, deque[Fault]] = {}
        self.api_faults: deque[Fault] = deque()
        self.tokens: set[str] = set()
        self.needs_token = False
        self.redirects = False
        self.bytes_per_second = 0
        self.piece = 256 * 1024
        """How much is sent, and counted, at once."""
        self.may_end = threading.Event()
        """While it is not set, the last piece of each file that has several is kept back: a download is in the midst."""
        self.may_end.set()
        self.page_size = 3
        self.requests: list[tuple[str, str]] = []
        self.sent: Counter[str] = Counter()
        self.ranges: list[tuple[str, int]] = []
        self.tokens_seen: list[tuple[str, str]] = []
        self.stopping = threading.Event()
        self._server = LoopbackServer(self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="hub-server")

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def cdn(self) -> str:
        return f"http://localhost:{self._server.server_port}/cdn"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.stopping.set()
        self.may_end.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def add(self, name: str, files: dict[str, bytes], **options: object) -> Repository:
        repository = Repository(files, **options)
        self.repositories[name] = repository
        return repository

    def fault(self, file: str, *faults: Fault) -> None:
        """Let the next GET requests for `file` go wrong, one each."""
        self.faults.setdefault(file, deque()).extend(faults)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        hub = self

        class Handler(_Handler):
            server_hub = hub

        return Handler


class _Handler(BaseHTTPRequestHandler):
    server_hub: HubServer
    protocol_version = "HTTP/1.1"
    timeout = 30

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._serve()

    def do_GET(self) -> None:
        self._serve()

    def _serve(self) -> None:
        hub = self.server_hub
        parts = urlsplit(self.path)
        path = unquote(parts.path)
        hub.requests.append((self.command, path))
        host = self.headers.get("Host", "").partition(":")[0]
        if token := self.headers.get("Authorization", ""):
            hub.tokens_seen.append((host, token.removeprefix("Bearer ")))
        if path == "/api/models":
            self._search(parse_qs(parts.query))
        elif path.startswith("/api/models/"):
            self._describe(path.removeprefix("/api/models/"))
        elif path.startswith("/cdn/"):
            self._bytes(*path.removeprefix("/cdn/").split("/resolve/", 1))
        elif match := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
            self._resolve(*match.groups())
        else:
            self._answer(404, b"", {"X-Error-Code": "EntryNotFound"})

    # The API

    def _search(self, query: dict[str, list[str]]) -> None:
        if self._api_fault():
            return
        hub = self.server_hub
        words = query.get("search", [""])[0].lower()
        licences = [value.removeprefix("license:") for value in query.get("filter", []) if value.startswith("license:")]
        found = [
            self._summary(name, repository)
            for name, repository in hub.repositories.items()
            if words in name.lower() and (not licences or repository.licence in licences)
        ]
        key = {"downloads": "downloads", "likes": "likes"}.get(query.get("sort", [""])[0], "trendingScore")
        found.sort(key=lambda model: -model[key])
        start = int(query.get("cursor", ["0"])[0])
        page = found[start : start + hub.page_size]
        headers = {}
        if start + hub.page_size < len(found):
            rest = "&".join(f"{name}={value}" for name, values in query.items() if name != "cursor" for value in values)
            headers["Link"] = f'<{hub.endpoint}/api/models?{rest}&cursor={start + hub.page_size}>; rel="next"'
        self._json(page, headers)

    def _describe(self, rest: str) -> None:
        if self._api_fault():
            return
        name, _, revision = rest.partition("/revision/")
        repository = self.server_hub.repositories.get(name)
        if repository is None:
            self._answer(404, b"", {"X-Error-Code": "RepoNotFound"})
            return
        if revision and revision not in ("main", repository.commit):
            self._answer(404, b"", {"X-Error-Code": "RevisionNotFound"})
            return
        siblings = [
            {
                "rfilename": file,
                "size": len(data),
                "blobId": "0",
                **({"lfs": {"size": len(data), "sha256": _sha(data), "pointerSize": 134}} if _is_large(file) else {}),
            }
            for file, data in repository.files.items()
        ]
        self._json({**self._summary(name, repository), "sha": repository.commit, "siblings": siblings}, {})

    def _summary(self, name: str, repository: Repository) -> dict[str, object]:
        return {
            "id": name,
            "modelId": name,
            "downloads": repository.downloads,
            "likes": repository.downloads // 10,
            "trendingScore": repository.downloads,
            "lastModified": "2026-10-01T12:00:00.000Z",
            "gated": "auto" if repository.gated else False,
            "private": False,
            "tags": ["gguf", "en", f"license:{repository.licence}"],
            "gguf": {"total": repository.parameters, "architecture": "llama", "context_length": 8192},
        }

    def _api_fault(self) -> bool:
        faults = self.server_hub.api_faults
        if not faults:
            return False
        fault = faults.popleft()
        self._answer(fault.status, fault.body or b"", fault.headers)
        return True

    # Files

    def _resolve(self, name: str, revision: str, file: str) -> None:
        hub = self.server_hub
        repository = hub.repositories.get(name)
        if repository is None or file not in repository.files:
            self._answer(404, b"", {"X-Error-Code": "EntryNotFound" if repository else "RepoNotFound"})
            return
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if token and token not in hub.tokens:
            self._answer(401, b"", {"X-Error-Message": "Invalid credentials in Authorization header"})
            return
        if repository.gated and not token:
            self._answer(401, b"", {"X-Error-Code": "GatedRepo"})
            return
        data = repository.files[file]
        linked = {
            "X-Repo-Commit": repository.commit,
            "X-Linked-Size": str(len(data)),
            "X-Linked-Etag": f'"{_sha(data)}{repository.etag_suffix}"',
        }
        if hub.redirects:
            self._answer(302, b"", {**linked, "Location": f"{hub.cdn}/{name}/resolve/{file}?Signature=secret"})
            return
        self._bytes(name, file, linked)

    def _bytes(self, name: str, file: str, extra: dict[str, str] | None = None) -> None:
        hub = self.server_hub
        data = hub.repositories[name].files[file]
        headers = {**(extra or {}), "ETag": f'"{_sha(data)}"', "Accept-Ranges": "bytes"}
        if self.command == "HEAD":
            self._head(200, len(data), headers)
            return
        faults = hub.faults.get(file)
        fault = faults.popleft() if faults else Fault()
        if fault.status:
            self._answer(fault.status, fault.body or b"", fault.headers)
            return
        start, end = self._range(len(data))
        asked = start is not None and not fault.ignore_range
        first, last = (start, end) if asked else (0, len(data) - 1)
        assert first is not None
        if first >= len(data) and data:
            self._answer(416, b"", {"Content-Range": f"bytes */{len(data)}"})
            return
        hub.ranges.append((file, first))
        if asked:
            shown = first + 1 if fault.wrong_range else first
            headers["Content-Range"] = f"bytes {shown}-{last}/{len(data)}"
        body: bytes | memoryview = fault.body if fault.body is not None else memoryview(data)[first : last + 1]
        if fault.wrong_bytes:
            body = bytes(byte ^ 0xFF for byte in body)
        self._head(206 if asked else 200, len(body) + fault.wrong_length, {**headers, **fault.headers})
        self._send(file, body, fault)

    def _send(self, file: str, body: bytes | memoryview, fault: Fault) -> None:
        hub = self.server_hub
        began = time.monotonic()
        for at in range(0, len(body), hub.piece):
            piece = body[at : at + hub.piece]
            stops = (fault.drop_after, fault.stall_after, fault.trickle_after)
            stop = next((limit for limit in stops if limit is not None), None)
            if stop is not None and at + len(piece) >= stop:
                hub.sent[file] += max(0, stop - at)
                self.wfile.write(piece[: max(0, stop - at)])
                self.wfile.flush()
                if fault.stall_after is not None:
                    hub.stopping.wait(60)
                if fault.trickle_after is not None:
                    self._trickle(file, body[stop:])
                self.close_connection = True
                self.connection.shutdown(2)
                return
            if 0 < at == len(body) - len(piece):
                hub.may_end.wait()
            hub.sent[file] += len(piece)  # before: the client may be done with it at once
            self.wfile.write(piece)
            if hub.bytes_per_second:
                ahead = (at + len(piece)) / hub.bytes_per_second - (time.monotonic() - began)
                if ahead > 0 and hub.stopping.wait(ahead):
                    return
        if fault.wrong_length:
            self.close_connection = True

    def _trickle(self, file: str, rest: bytes | memoryview) -> None:
        hub = self.server_hub
        for at in range(len(rest)):
            if hub.stopping.wait(0.01):
                return
            self.wfile.write(rest[at : at + 1])
            hub.sent[file] += 1

    def _range(self, size: int) -> tuple[int | None, int]:
        match = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if match is None:
            return None, size - 1
        return int(match.group(1)), min(size - 1, int(match.group(2) or size - 1))

    # Answers

    def _json(self, value: object, headers: dict[str, str]) -> None:
        self._answer(200, json.dumps(value).encode(), {"Content-Type": "application/json", **headers})

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self._head(status, len(body), headers)
        if self.command != "HEAD":
            self.wfile.write(body)

    def _head(self, status: int, length: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()


@lru_cache(64)
def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _is_large(name: str) -> bool:
    return name.endswith((".gguf", ".bin"))
