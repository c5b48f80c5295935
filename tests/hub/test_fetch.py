"""One file from the hub, through every fault that a server, a network or a disk may have."""

import errno
import hashlib
import os
import random
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import httpcore2
import httpx2
import pytest

from desktop_app.domain.errors import DownloadError, ErrorCode
from desktop_app.domain.hub import HubFile
from desktop_app.protocol.hub import Fetch
from desktop_app.sources import fetch as fetch_module
from desktop_app.sources import http
from desktop_app.sources.fetch import FileFetch, Limit
from desktop_app.sources.hub import Hub
from desktop_app.sources.part_file import note_of, part_of
from desktop_app.support.network import Gate
from tests.hub.conftest import FILE, REPOSITORY
from tests.hub.server import COMMIT, Fault, HubServer

ROUNDS = 200 if os.environ.get("INGLENOOK_SOAK") else 5
MEGABYTE = 1_000_000

pytestmark = pytest.mark.usefixtures("short_pauses")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "models" / REPOSITORY / FILE


@pytest.fixture
def fetch(server: HubServer, make_hub: Callable[..., Hub], data: bytes, target: Path) -> Callable[..., FileFetch]:
    """Return a function that makes a fetch of the one file, with its real hash unless told otherwise."""
    server.add(REPOSITORY, {FILE: data})

    def make(*, token: str = "", sha256: str | None = None, limit: Limit | None = None, tell=None) -> FileFetch:
        known = hashlib.sha256(data).hexdigest() if sha256 is None else sha256
        wanted = Fetch(
            request_id="1",
            repository=REPOSITORY,
            commit=COMMIT,
            file=HubFile(name=FILE, size=len(data), sha256=known),
            target=str(target),
        )
        return FileFetch(make_hub(token), wanted, limit or Limit(), tell or (lambda done, waits: None))

    return make


class Held:
    """Holds a fetch up that has begun, until it may go on."""

    def __init__(self) -> None:
        self.begun, self.goes_on = threading.Event(), threading.Event()

    def tell(self, _done: int, _waits: float) -> None:
        self.begun.set()
        self.goes_on.wait(60)


def code_of(fetch: FileFetch) -> ErrorCode:
    with pytest.raises(DownloadError) as caught:
        fetch.run()
    assert "hf_" not in str(caught.value)
    assert "secret" not in str(caught.value)
    return caught.value.code


def test_a_file_arrives_whole_and_leaves_nothing_else(fetch, data: bytes, target: Path, uses) -> None:
    told: list[int] = []
    assert fetch(tell=lambda done, waits: told.append(done)).run() == hashlib.sha256(data).hexdigest()
    assert target.read_bytes() == data
    assert [file.name for file in target.parent.iterdir()] == [FILE]
    assert told[-1] == len(data)
    assert sum(use.received for use in uses) == len(data)
    assert {use.purpose for use in uses} == {"download"}


@pytest.mark.parametrize("at", [0, 1, MEGABYTE, 2_999_999])
def test_a_dropped_connection_is_continued(fetch, server: HubServer, data: bytes, target: Path, at: int) -> None:
    server.fault(FILE, Fault(drop_after=at), Fault(drop_after=MEGABYTE))
    fetch().run()
    assert target.read_bytes() == data
    assert server.sent[FILE] <= len(data) + 2 * fetch_module.CHUNK_BYTES


def test_a_cancelled_fetch_is_continued_by_the_next(fetch, server: HubServer, data: bytes, target: Path) -> None:
    held = Held()
    first = fetch(tell=held.tell)
    worker = threading.Thread(target=first.run)
    worker.start()
    assert held.begun.wait(60)
    first.cancel()
    held.goes_on.set()
    worker.join(60)
    there = part_of(target).stat().st_size
    assert 0 < there < len(data)
    assert not target.exists()
    fetch().run()
    assert target.read_bytes() == data
    assert server.ranges[-1] == (FILE, there)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=500),
        Fault(status=503),
        Fault(status=408),
        Fault(status=416),
        Fault(status=429, headers={"Retry-After": "0"}),
        Fault(wrong_length=1000),
        Fault(wrong_length=-1000),
        Fault(ignore_range=True),
        Fault(wrong_range=True),
        Fault(body=b"<html>busy</html>"),
    ],
    ids=lambda fault: next(f"{k}={v}"[:24] for k, v in vars(fault).items() if v not in (0, None, {}, False)),
)
def test_a_passing_fault_is_overcome(fetch, server: HubServer, data: bytes, target: Path, fault: Fault) -> None:
    server.fault(FILE, Fault(drop_after=MEGABYTE), fault)
    fetch().run()
    assert target.read_bytes() == data


def test_a_connection_takes_more_from_the_system_at_once(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(httpcore2.HTTP11Connection, "READ_NUM_BYTES", 1)  # raises where a release has it no more
    http.open_session(gate)
    assert httpcore2.HTTP11Connection.READ_NUM_BYTES == http.READ_BYTES


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch, gate: Gate) -> None:
    """Wait for a server for fifths of a second instead of half a minute."""
    monkeypatch.setattr(http, "READ_SECONDS", 0.2)
    http.open_session(gate)


@pytest.fixture
def soon_stalled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Call it next to nothing after a fifth of a second, and silence after half a minute: a busy computer is silent, too."""
    count = http._Counted
    monkeypatch.setattr(http, "_Counted", lambda response, tell, _patience: count(response, tell, 0.2))


@pytest.mark.usefixtures("impatient")
def test_a_server_that_says_nothing_is_tried_again(fetch, server: HubServer, data: bytes, target: Path) -> None:
    server.fault(FILE, Fault(stall_after=MEGABYTE))
    fetch().run()
    assert target.read_bytes() == data


@pytest.mark.usefixtures("soon_stalled")
@pytest.mark.parametrize("after", [0, MEGABYTE])
def test_a_server_that_trickles_is_left_for_a_new_connection(
    fetch, server: HubServer, data: bytes, target: Path, after: int
) -> None:
    server.fault(FILE, *[Fault(trickle_after=after)] * 2)
    assert fetch().run() == hashlib.sha256(data).hexdigest()
    assert target.read_bytes() == data
    begun = [first for _file, first in server.ranges]
    assert len(begun) >= 3
    assert sorted(set(begun)) == begun, "each goes on where the one before it ended"
    assert begun[-1] >= after


@pytest.mark.usefixtures("soon_stalled")
def test_a_server_that_does_nothing_but_trickle_has_words_and_the_part_stays(
    fetch, server: HubServer, data: bytes, target: Path
) -> None:
    server.fault(FILE, *[Fault(trickle_after=MEGABYTE), *[Fault(trickle_after=0)] * 20])
    assert code_of(fetch()) is ErrorCode.DOWNLOAD_STALLED
    there = part_of(target).stat().st_size
    assert 0 < there < MEGABYTE + 20_000
    assert len(server.ranges) >= fetch_module.TRIES
    server.faults.clear()
    fetch().run()
    assert target.read_bytes() == data
    assert server.ranges[-1] == (FILE, there)


def test_a_fetch_is_cancelled_while_a_server_trickles(fetch, server: HubServer, target: Path) -> None:
    begun = threading.Event()
    server.fault(FILE, Fault(trickle_after=MEGABYTE))

    def tell(done: int, _waits: float) -> None:
        if done >= MEGABYTE:
            begun.set()

    found: list[str | None] = []
    first = fetch(tell=tell)
    worker = threading.Thread(target=lambda: found.append(first.run()))
    worker.start()
    assert begun.wait(60)
    first.cancel()
    worker.join(60)
    assert found == [None]
    assert part_of(target).stat().st_size >= MEGABYTE


@pytest.mark.usefixtures("soon_stalled")
def test_answers_that_trickle_are_told_at_once(make_hub, server: HubServer) -> None:
    server.add(REPOSITORY, {"README.md": b"# A card\n" * 9999})
    server.fault("README.md", Fault(trickle_after=10))
    with pytest.raises(DownloadError) as caught:
        make_hub().card(REPOSITORY)
    assert caught.value.code is ErrorCode.DOWNLOAD_STALLED


@pytest.mark.parametrize(
    "fault",
    [Fault(ignore_range=True, drop_after=MEGABYTE), Fault(wrong_range=True), Fault(status=416)],
    ids=["ignored", "wrong", "refused"],
)
def test_ranges_that_a_server_does_not_know_cost_nothing_of_what_is_there(
    fetch, server: HubServer, data: bytes, target: Path, fault: Fault
) -> None:
    server.fault(FILE, Fault(drop_after=2 * MEGABYTE), fault, *[Fault(status=500)] * 9)
    assert code_of(fetch()) is ErrorCode.DOWNLOAD_SERVER
    assert part_of(target).stat().st_size == 2 * MEGABYTE
    server.faults.clear()
    fetch().run()
    assert target.read_bytes() == data


def test_a_server_without_ranges_sends_all_of_it(fetch, server: HubServer, data: bytes, target: Path) -> None:
    server.fault(FILE, Fault(drop_after=2 * MEGABYTE), Fault(status=416), Fault(ignore_range=True))
    fetch().run()
    assert target.read_bytes() == data
    assert [first for _file, first in server.ranges] == [0, 0]


@pytest.mark.parametrize(
    ("status", "headers", "code"),
    [
        (500, {}, ErrorCode.DOWNLOAD_SERVER),
        (403, {}, ErrorCode.DOWNLOAD_FORBIDDEN),
        (401, {}, ErrorCode.DOWNLOAD_FORBIDDEN),
        (404, {"X-Error-Code": "EntryNotFound"}, ErrorCode.DOWNLOAD_NOT_FOUND),
        (404, {}, ErrorCode.DOWNLOAD_NOT_FOUND),
        (429, {"Retry-After": "3600"}, ErrorCode.DOWNLOAD_RATE_LIMITED),
    ],
)
def test_a_lasting_refusal_has_words_and_keeps_the_part(
    fetch, server: HubServer, target: Path, status: int, headers: dict[str, str], code: ErrorCode
) -> None:
    server.fault(FILE, Fault(drop_after=MEGABYTE), *[Fault(status=status, headers=headers)] * 10)
    assert code_of(fetch()) is code
    assert part_of(target).stat().st_size >= MEGABYTE - fetch_module.CHUNK_BYTES


def test_a_rate_limit_says_how_long(fetch, server: HubServer) -> None:
    server.fault(FILE, Fault(status=429, headers={"Retry-After": "3600"}))
    with pytest.raises(DownloadError) as caught:
        fetch().run()
    assert caught.value.info.params["seconds"] == 3600


def test_wrong_bytes_are_refused_kept_apart_and_tried_once_more(fetch, server, data: bytes, target: Path) -> None:
    server.fault(FILE, Fault(wrong_bytes=True))
    fetch().run()
    assert target.read_bytes() == data
    assert [file.name for file in target.parent.iterdir()] == [FILE]

    target.unlink()
    server.fault(FILE, Fault(wrong_bytes=True), Fault(wrong_bytes=True))
    assert code_of(fetch()) is ErrorCode.DOWNLOAD_DAMAGED
    assert not target.exists()
    assert target.with_name(f"{FILE}.damaged").exists()
    fetch().run()
    assert target.read_bytes() == data


def test_another_version_on_the_hub_is_begun_anew(fetch, server: HubServer, data: bytes, target: Path) -> None:
    server.fault(FILE, Fault(drop_after=MEGABYTE), *[Fault(status=500)] * 10)
    assert code_of(fetch()) is ErrorCode.DOWNLOAD_SERVER
    server.faults.clear()
    other = data[::-1]
    server.repositories[REPOSITORY].files[FILE] = other
    fetch(sha256=hashlib.sha256(other).hexdigest()).run()
    assert target.read_bytes() == other
    assert server.ranges[-1] == (FILE, 0)


def test_a_file_that_changes_in_mid_transfer_is_told(fetch, server: HubServer, target: Path) -> None:
    def swap(done: int, waits: float) -> None:
        if waits:
            server.repositories[REPOSITORY].etag_suffix = "-2"

    server.fault(FILE, Fault(drop_after=MEGABYTE))
    assert code_of(fetch(tell=swap)) is ErrorCode.DOWNLOAD_CHANGED
    assert not target.exists()


def test_another_size_is_another_file(fetch, server: HubServer, data: bytes) -> None:
    server.repositories[REPOSITORY].files[FILE] = data + b"more"
    assert code_of(fetch()) is ErrorCode.DOWNLOAD_CHANGED


def test_a_redirect_to_another_host_carries_no_token(fetch, server: HubServer, data: bytes, target: Path, uses) -> None:
    server.redirects = True
    server.tokens = {"hf_good"}
    fetch(token="hf_good").run()
    assert target.read_bytes() == data
    assert set(server.tokens_seen) == {("127.0.0.1", "hf_good")}
    assert {use.host for use in uses} == {"127.0.0.1", "localhost"}


def test_refusals_for_who_has_no_token_or_a_wrong_one(fetch, server: HubServer) -> None:
    server.repositories[REPOSITORY].gated = True
    assert code_of(fetch()) is ErrorCode.DOWNLOAD_NEEDS_TOKEN
    assert code_of(fetch(token="hf_wrong")) is ErrorCode.DOWNLOAD_TOKEN_REFUSED
    server.tokens = {"hf_good"}
    fetch(token="hf_good").run()


def test_offline_asks_nobody(fetch, server: HubServer, gate: Gate) -> None:
    gate.offline = True
    assert code_of(fetch()) is ErrorCode.DOWNLOAD_OFFLINE
    assert server.requests == []


def test_no_server_at_all(fetch, server: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    made = fetch()
    made._hub = Hub("http://127.0.0.1:1", "")
    assert code_of(made) is ErrorCode.DOWNLOAD_NO_CONNECTION


def test_a_refused_certificate_is_not_tried_again(fetch, server: HubServer) -> None:
    made = fetch()
    made._hub = Hub(server.endpoint.replace("http://", "https://"), "")
    assert code_of(made) in (ErrorCode.DOWNLOAD_TLS, ErrorCode.DOWNLOAD_NO_CONNECTION)


def test_a_full_disk_in_the_middle_keeps_what_is_there(
    fetch, data: bytes, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from desktop_app.sources.part_file import PartFile

    write, full = PartFile.write, [True]

    def limited(part: PartFile, chunk: bytes) -> None:
        if full[0] and part.written + len(chunk) > MEGABYTE:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(part, chunk)

    monkeypatch.setattr(PartFile, "write", limited)
    assert code_of(fetch()) is ErrorCode.DOWNLOAD_DISK_FULL
    assert part_of(target).stat().st_size > 0
    full[0] = False
    fetch().run()
    assert target.read_bytes() == data


def test_a_disk_without_room_is_said_before(fetch, server: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=MEGABYTE))
    with pytest.raises(DownloadError) as caught:
        fetch().run()
    assert caught.value.info.code is ErrorCode.DOWNLOAD_DISK_FULL
    assert caught.value.info.params["free"] == "1 MB"
    assert server.sent[FILE] == 0


def test_a_folder_that_is_gone(fetch, target: Path) -> None:
    target.parent.parent.mkdir(parents=True)
    target.parent.write_text("in the way")
    assert code_of(fetch()) is ErrorCode.DOWNLOAD_FOLDER_GONE


def test_two_fetches_of_one_file(fetch, data: bytes, target: Path) -> None:
    held = Held()
    worker = threading.Thread(target=fetch(tell=held.tell).run)
    worker.start()
    assert held.begun.wait(60)
    assert code_of(fetch()) is ErrorCode.DOWNLOAD_BUSY
    held.goes_on.set()
    worker.join(60)
    assert target.read_bytes() == data


@pytest.mark.parametrize("name", ["../x.gguf", "/x.gguf", "a/../../x.gguf", "x\\..\\y.gguf"])
def test_a_name_that_leads_elsewhere_is_refused(make_hub, server: HubServer, tmp_path: Path, name: str) -> None:
    wanted = Fetch(
        request_id="1", repository=REPOSITORY, commit="", file=HubFile(name=name), target=str(tmp_path / "t")
    )
    assert code_of(FileFetch(make_hub(), wanted, Limit(), lambda done, waits: None)) is ErrorCode.DOWNLOAD_BAD_NAME
    assert server.requests == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null"])
def test_a_part_without_a_note_that_can_be_read_is_begun_anew(fetch, data: bytes, target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True)
    part_of(target).write_bytes(b"somebody else's bytes")
    note_of(target).write_bytes(content)
    fetch().run()
    assert target.read_bytes() == data


def test_the_limit_is_kept(fetch, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = Limit()
    limit.bytes_per_second = 10 * MEGABYTE
    fetch(limit=limit).run()
    assert limit._next > 0
    waited = Limit()
    waited.bytes_per_second = 1000
    monkeypatch.setattr(fetch_module, "time", SimpleNamespace(monotonic=lambda: 7.0))
    assert [waited.take(500), waited.take(500)] == [0.5, 1.0]


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_random_faults_never_make_a_wrong_file(fetch, server: HubServer, data: bytes, target: Path, seed: int) -> None:
    chance = random.Random(seed)
    makers: list[Callable[[], Fault]] = [
        lambda: Fault(drop_after=chance.randrange(len(data))),
        lambda: Fault(status=chance.choice([500, 502, 503, 429, 416, 408])),
        lambda: Fault(ignore_range=True, drop_after=chance.randrange(len(data))),
        lambda: Fault(wrong_length=chance.choice([-5, 5])),
        lambda: Fault(wrong_range=True),
        lambda: Fault(wrong_bytes=True, drop_after=chance.randrange(len(data))),
        lambda: Fault(body=b"short"),
    ]
    server.fault(FILE, *[chance.choice(makers)() for _ in range(chance.randrange(1, 12))])
    codes = set()
    for _ in range(6):
        try:
            fetch().run()
            break
        except DownloadError as error:
            codes.add(error.code)
        assert not target.exists()
    assert codes <= {
        ErrorCode.DOWNLOAD_SERVER,
        ErrorCode.DOWNLOAD_DAMAGED,
        ErrorCode.DOWNLOAD_RATE_LIMITED,
        ErrorCode.DOWNLOAD_NO_CONNECTION,
    }
    assert target.read_bytes() == data


def test_errors_hold_no_token_and_no_signature() -> None:
    text = (
        "GET https://cdn.example/x?X-Sig=abc&Key=1 with hf_abcDEF123 Authorization: Bearer hf_x and 'https://h/y?z=1'"
    )
    clean = http.redacted(text)
    for part in ("abc", "hf_abcDEF123", "hf_x", "z=1"):
        assert part not in clean
    assert "https://cdn.example/x" in clean


def test_a_refused_certificate_is_told_apart() -> None:
    import ssl

    cause = httpx2.ConnectError("failed")
    cause.__cause__ = ssl.SSLCertVerificationError("self-signed certificate")
    assert http.download_error(cause, "a/b", has_token=False).code is ErrorCode.DOWNLOAD_TLS
    assert not http.is_transient(cause)
