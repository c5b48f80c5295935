"""The download queue over the real hub process: order, pauses, restarts, sudden ends."""

import os
import random
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from desktop_app.domain.downloads import Download, DownloadState
from desktop_app.domain.errors import DownloadError, ErrorCode, StorageError
from desktop_app.domain.hub import HubFile, HubRepository, Query, Variant
from desktop_app.protocol.hub import Connect
from desktop_app.services.events import (
    DownloadChanged,
    DownloadRemoved,
    EngineChanged,
    EngineState,
    Problem,
    ServiceEvent,
)
from desktop_app.services.network.downloads import Downloads
from desktop_app.services.network.hub import HubLink
from desktop_app.sources import process as hub_process
from desktop_app.sources.part_file import part_of
from desktop_app.support.network import NetworkUse
from desktop_app.support.publisher import Publisher
from tests import as_windows
from tests.hub.conftest import FILE, REPOSITORY
from tests.hub.server import COMMIT, Fault, HubServer

WAIT_SECONDS = 60.0
KILLS = 20 if os.environ.get("INGLENOOK_SOAK") else 3
MEGABYTE = 1_000_000


class Queue:
    """The queue with its link, and a way to wait for what it tells."""

    def __init__(self, server: HubServer, home: Path, most: int, target: Callable[..., None] = hub_process.run) -> None:
        self.connection = Connect(endpoint=server.endpoint)
        self.uses: list[NetworkUse] = []
        self.done: list[tuple[Download, tuple[str, ...]]] = []
        self.active: list[bool] = []
        self.events: list[ServiceEvent] = []
        self._changed = threading.Condition()
        publisher: Publisher[ServiceEvent] = Publisher()
        publisher.subscribe(self._note)
        self.pool = ThreadPoolExecutor(2)
        self.held: list[str] = []
        self.link = HubLink(self.pool, lambda: self.connection, self.uses.append, target)
        self.downloads = Downloads(
            file=home / "downloads.json",
            link=self.link,
            folder=lambda: home / "models",
            most=lambda: most,
            events=publisher,
            pool=self.pool,
            on_done=lambda download, hashes: self.done.append((download, tuple(hashes))),
            on_active=self.active.append,
            on_held=self.held.append,
        )

    def _note(self, event: ServiceEvent) -> None:
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    def wait_for(self, download_id: str, matches: Callable[[Download], bool]) -> Download:
        def found() -> Download | None:
            for event in reversed(self.events):
                if isinstance(event, DownloadChanged) and event.download.id == download_id and matches(event.download):
                    return event.download
            return None

        with self._changed:
            assert self._changed.wait_for(found, WAIT_SECONDS), self.downloads.list()
            download = found()
        assert download is not None
        return download

    def state(self, download_id: str, state: DownloadState) -> Download:
        return self.wait_for(download_id, lambda download: download.state is state)

    def reconnect(self, **changes: object) -> None:
        import msgspec

        self.connection = msgspec.structs.replace(self.connection, **changes)
        self.link.reconnect()
        self.downloads.reconnected()

    def close(self) -> None:
        self.downloads.close()
        self.link.close()
        self.downloads.clean_up()
        self.pool.shutdown()


OpenQueue = Callable[..., AbstractContextManager[Queue]]


@pytest.fixture
def open_queue(server: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OpenQueue:
    monkeypatch.delenv("HF_HUB_OFFLINE")

    @contextmanager
    def run(most: int = 2, target: Callable[..., None] = hub_process.run) -> Iterator[Queue]:
        queue = Queue(server, tmp_path, most, target)
        queue.downloads.start()
        try:
            yield queue
        finally:
            queue.close()

    return run


@pytest.fixture
def repository(server: HubServer, data: bytes) -> HubRepository:
    files = {FILE: data, "B-Q8_0.gguf": data[::-1], "C-Q8_0.gguf": data[1:], "D-Q8_0.gguf": data[2:]}
    server.add(REPOSITORY, {**files, "S-00001-of-00002.gguf": data, "S-00002-of-00002.gguf": data[5:]})
    with ThreadPoolExecutor(2) as pool:
        link = HubLink(pool, lambda: Connect(endpoint=server.endpoint), lambda use: None)
        found = link.repository(REPOSITORY).result(WAIT_SECONDS)
        link.close()
    return found


def choice(repository: HubRepository, start: str) -> Variant:
    return next(variant for variant in repository.variants if variant.files[0].name.startswith(start))


def test_a_download_arrives(open_queue: OpenQueue, repository: HubRepository, tmp_path: Path, data: bytes) -> None:
    with open_queue() as queue:
        variant = choice(repository, "Small")
        download = queue.downloads.add(repository, variant)
        ended = queue.state(download.id, DownloadState.DONE)
        assert ended.done == ended.size == len(data)
        assert ended.licence == repository.licence == "apache-2.0"
        assert queue.downloads.list() == []
        assert queue.done == [(ended, (variant.files[0].sha256,))]
        assert (tmp_path / "models" / REPOSITORY / FILE).read_bytes() == data
        assert {use.purpose for use in queue.uses} == {"download"}
    assert queue.active == [True, False]


def test_split_files_arrive_as_one(open_queue: OpenQueue, repository: HubRepository, tmp_path: Path) -> None:
    with open_queue() as queue:
        variant = choice(repository, "S-0")
        download = queue.downloads.add(repository, variant)
        ended = queue.state(download.id, DownloadState.DONE)
        assert ended.done == variant.size
        progress = [event.download.done for event in queue.events if isinstance(event, DownloadChanged)]
        assert progress == sorted(progress)
    assert len(list((tmp_path / "models" / REPOSITORY).iterdir())) == 2


def test_one_at_a_time_in_the_order_of_the_queue(open_queue, server: HubServer, repository: HubRepository) -> None:
    server.may_end.clear()
    with open_queue(most=1) as queue:
        names = ("Small", "B", "C", "D")
        added = [queue.downloads.add(repository, choice(repository, name)) for name in names]
        queue.downloads.put_next(added[3].id)
        server.may_end.set()
        for download in added:
            queue.state(download.id, DownloadState.DONE)
        order = [download.variant.files[0].name[0] for download, _ in queue.done]
        assert order == ["S", "D", "B", "C"]


def test_the_same_choice_is_queued_once(open_queue, server: HubServer, repository: HubRepository) -> None:
    server.may_end.clear()
    with open_queue() as queue:
        variant = choice(repository, "Small")
        assert queue.downloads.add(repository, variant).id == queue.downloads.add(repository, variant).id
        assert len(queue.downloads.list()) == 1


def test_pause_keeps_and_resume_continues(
    open_queue, server: HubServer, repository: HubRepository, data: bytes
) -> None:
    with open_queue() as queue:
        server.may_end.clear()
        download = queue.downloads.add(repository, choice(repository, "Small"))
        queue.wait_for(download.id, lambda value: value.done > 0)
        queue.downloads.pause(download.id)
        queue.state(download.id, DownloadState.PAUSED)
        queue.downloads.resume(download.id)
        while len(server.ranges) < 2:  # it may hear of the pause late, and would have all of it by then
            threading.Event().wait(0.02)
        server.may_end.set()
        queue.state(download.id, DownloadState.DONE)
    assert server.ranges[0] == (FILE, 0)
    assert server.ranges[-1][1] > 0


def test_a_removed_download_leaves_nothing(open_queue, server: HubServer, repository, tmp_path: Path) -> None:
    server.may_end.clear()
    with open_queue() as queue:
        download = queue.downloads.add(repository, choice(repository, "Small"))
        queue.wait_for(download.id, lambda value: value.done > 0)
        queue.downloads.remove(download.id)
        assert queue.downloads.list() == []
        other = queue.downloads.add(repository, choice(repository, "B"))
        server.may_end.set()
        queue.state(other.id, DownloadState.DONE)
        assert DownloadRemoved(download.id) in queue.events
    assert [file.name for file in (tmp_path / "models" / REPOSITORY).iterdir()] == ["B-Q8_0.gguf"]


def test_a_restart_goes_on(open_queue, server: HubServer, repository: HubRepository, tmp_path: Path, data) -> None:
    server.may_end.clear()
    with open_queue() as queue:
        download = queue.downloads.add(repository, choice(repository, "Small"))
        paused = queue.downloads.add(repository, choice(repository, "B"))
        queue.downloads.pause(paused.id)
        queue.wait_for(download.id, lambda value: value.done > 0)
    there = part_of(tmp_path / "models" / REPOSITORY / FILE).stat().st_size
    server.may_end.set()
    with open_queue() as queue:
        queue.state(download.id, DownloadState.DONE)
        assert [value.state for value in queue.downloads.list()] == [DownloadState.PAUSED]
    assert there > 0
    assert (FILE, there) in server.ranges
    assert (tmp_path / "models" / REPOSITORY / FILE).read_bytes() == data


def test_a_killed_hub_process_is_replaced(open_queue, server: HubServer, repository, tmp_path: Path, data) -> None:
    chance = random.Random(4)
    with open_queue() as queue:
        for _ in range(KILLS):
            server.bytes_per_second = 4 * MEGABYTE
            (tmp_path / "models" / REPOSITORY / FILE).unlink(missing_ok=True)
            download = queue.downloads.add(repository, choice(repository, "Small"))
            mark = chance.randrange(2 * MEGABYTE)
            queue.wait_for(download.id, lambda value, mark=mark: value.done > mark)
            process = queue.link._process
            assert process is not None
            assert process.pid is not None
            os.kill(process.pid, signal.SIGKILL)
            server.bytes_per_second = 0
            queue.state(download.id, DownloadState.DONE)
            assert (tmp_path / "models" / REPOSITORY / FILE).read_bytes() == data


def test_a_failure_is_told_and_can_be_tried_again(open_queue, server: HubServer, repository, data: bytes) -> None:
    server.repositories[REPOSITORY].files[FILE] = data + b"more"
    with open_queue() as queue:
        download = queue.downloads.add(repository, choice(repository, "Small"))
        failed = queue.state(download.id, DownloadState.FAILED)
        assert failed.error is not None
        assert failed.error.code is ErrorCode.DOWNLOAD_CHANGED
        server.repositories[REPOSITORY].files[FILE] = data
        queue.downloads.resume(download.id)
        queue.state(download.id, DownloadState.DONE)


def test_offline_waits_until_the_network_is_switched_on(open_queue, server: HubServer, repository) -> None:
    asked = len(server.requests)
    with open_queue() as queue:
        queue.reconnect(offline=True)
        download = queue.downloads.add(repository, choice(repository, "Small"))
        failed = queue.state(download.id, DownloadState.FAILED)
        assert failed.error is not None
        assert failed.error.code is ErrorCode.DOWNLOAD_OFFLINE
        with pytest.raises(DownloadError):
            queue.link.search(Query(text="small")).result(WAIT_SECONDS)
        assert len(server.requests) == asked
        queue.reconnect(offline=False)
        queue.state(download.id, DownloadState.DONE)


def test_nothing_that_overtakes_the_switch_in_the_pool_goes_over_the_network(
    open_queue, server: HubServer, repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    late: list[tuple[Callable[..., object], object]] = []
    with open_queue() as queue:
        queue.link.search(Query(text="small")).result(WAIT_SECONDS)
        asked = len(server.requests)
        with monkeypatch.context() as held:
            held.setattr(queue.pool, "submit", lambda *job: late.append(job))
            queue.reconnect(offline=True)
            searching = queue.link.search(Query(text="small"))
        for job, *given in reversed(late):
            job(*given)
        with pytest.raises(DownloadError) as refused:
            searching.result(WAIT_SECONDS)
        assert refused.value.code is ErrorCode.DOWNLOAD_OFFLINE
        assert len(server.requests) == asked


def test_a_pause_of_the_server_is_shown(open_queue, server: HubServer, repository) -> None:
    server.fault(FILE, Fault(status=429, headers={"Retry-After": "1"}))
    with open_queue() as queue:
        download = queue.downloads.add(repository, choice(repository, "Small"))
        assert queue.wait_for(download.id, lambda value: value.waits > 0).waits >= 1
        queue.state(download.id, DownloadState.DONE)


def test_names_that_lead_elsewhere_are_never_queued(open_queue) -> None:
    bad = Variant(name="x", quantization="", files=(HubFile(name="../x.gguf", size=1),))
    with open_queue() as queue, pytest.raises(DownloadError):
        queue.downloads.add(HubRepository(repository=REPOSITORY, commit=COMMIT), bad)


@pytest.mark.parametrize("content", [b"", b"{", b'[{"id": 1}]'])
def test_a_queue_that_cannot_be_read_is_kept_aside(open_queue, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "downloads.json").write_bytes(content)
    with open_queue() as queue:
        assert queue.downloads.list() == []
    assert (tmp_path / "downloads.json.damaged").read_bytes() == content


def test_a_forged_queue_leads_nowhere(open_queue, tmp_path: Path) -> None:
    import msgspec

    bad = Download(
        id="1",
        repository=REPOSITORY,
        commit="",
        variant=Variant(name="x", quantization="", files=(HubFile(name="../../x.gguf", size=1),)),
        folder=str(tmp_path),
    )
    (tmp_path / "downloads.json").write_bytes(msgspec.json.encode([bad]))
    with open_queue() as queue:
        assert queue.downloads.list() == []


def test_questions_through_the_process(open_queue, server: HubServer, repository) -> None:
    for number in range(40):
        server.add(f"other/Model-{number}-GGUF", {"README.md": b"# Hello"})
    with open_queue() as queue:
        page = queue.link.search(Query(text="model")).result(WAIT_SECONDS)
        assert (len(page.models), page.has_more) == (30, True)
        rest = queue.link.more(page).result(WAIT_SECONDS)
        assert (len(rest.models), rest.has_more) == (10, False)
        assert queue.link.card("other/Model-1-GGUF").result(WAIT_SECONDS) == "# Hello"
        start = queue.link.start_of(REPOSITORY, COMMIT, repository.variants[0].files[0]).result(WAIT_SECONDS)
        assert start.startswith(b"GGUF") or len(start) > 1000


def read_again(server: HubServer) -> HubRepository:
    with ThreadPoolExecutor(2) as pool:
        link = HubLink(pool, lambda: Connect(endpoint=server.endpoint), lambda use: None)
        found = link.repository(REPOSITORY).result(WAIT_SECONDS)
        link.close()
    return found


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """An older version of the model, which arrived some day."""
    file = tmp_path / "models" / REPOSITORY / FILE
    file.parent.mkdir(parents=True)
    file.write_bytes(b"GGUF of last year")
    return file


def test_giving_up_a_newer_version_leaves_the_older_one(open_queue, server: HubServer, repository, old: Path) -> None:
    server.may_end.clear()
    with open_queue() as queue:
        download = queue.downloads.add(repository, choice(repository, "Small"))
        queue.wait_for(download.id, lambda value: value.done > len(old.read_bytes()))
    with open_queue() as queue:  # it is still known after a restart
        queue.downloads.remove(download.id)
    assert [file.read_bytes() for file in old.parent.iterdir()] == [b"GGUF of last year"]


@pytest.mark.skipif(sys.platform != "linux", reason="Windows does it by itself")
def test_a_newer_version_takes_its_name_when_the_older_one_is_closed(
    open_queue, server: HubServer, repository, old: Path, data: bytes
) -> None:
    """As on Windows, which lets nobody replace an open file. Nothing is asked of the network for it."""
    with open_queue(target=as_windows.run_hub) as queue:
        with old.open("rb"):
            download = queue.downloads.add(repository, choice(repository, "Small"))
            failed = queue.state(download.id, DownloadState.FAILED)
            assert failed.error is not None
            assert failed.error.code is ErrorCode.DOWNLOAD_IN_USE
            assert part_of(old).read_bytes() == data
            queue.downloads.hear(EngineChanged(model_path=str(old), state=EngineState.READY))
            queue.downloads.hear(EngineChanged(model_path=str(old.parent / "another"), state=EngineState.IDLE))
            assert [each.state for each in queue.downloads.list()] == [DownloadState.FAILED]
        assert old.read_bytes() == b"GGUF of last year"
        assert queue.held == [str(old)]
        before = len(server.requests)
        queue.downloads.hear(EngineChanged(model_path=str(old), state=EngineState.IDLE))
        queue.state(download.id, DownloadState.DONE)
        assert len(server.requests) == before
    assert [file.read_bytes() for file in old.parent.iterdir()] == [data]


@pytest.mark.skipif(sys.platform != "linux", reason="Windows does it by itself")
def test_it_takes_its_name_at_the_next_start_at_the_latest(
    open_queue, server: HubServer, repository, old: Path, data: bytes
) -> None:
    with open_queue(target=as_windows.run_hub) as queue, old.open("rb"):
        download = queue.downloads.add(repository, choice(repository, "Small"))
        queue.state(download.id, DownloadState.FAILED)
    before = len(server.requests)
    with open_queue(target=as_windows.run_hub) as queue:
        assert queue.state(download.id, DownloadState.DONE).error is None
    assert len(server.requests) == before
    assert [file.read_bytes() for file in old.parent.iterdir()] == [data]


def test_a_paused_download_of_what_changed_goes_on_as_what_it_is_now(
    open_queue, server: HubServer, repository, tmp_path: Path, data: bytes
) -> None:
    server.may_end.clear()
    with open_queue() as queue:
        download = queue.downloads.add(repository, choice(repository, "Small"))
        queue.wait_for(download.id, lambda value: value.done > 0)
        queue.downloads.pause(download.id)
        queue.wait_for(download.id, lambda value: value.state is DownloadState.PAUSED)
        server.add(REPOSITORY, {FILE: data + b"more"}, commit="b" * 40)
        newer = read_again(server)
        assert queue.downloads.add(newer, choice(newer, "Small")).id == download.id
        server.may_end.set()  # not before: the older one could come to its end
        assert queue.state(download.id, DownloadState.DONE).commit == "b" * 40
    assert (tmp_path / "models" / REPOSITORY / FILE).read_bytes() == data + b"more"


def test_what_still_arrives_of_an_older_version_does_not_pass_for_the_newer_one(
    open_queue, server: HubServer, repository, tmp_path: Path, data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.may_end.clear()
    with open_queue() as queue:
        monkeypatch.setattr(queue.link, "cancel", lambda request_id: None)  # it is told too late
        download = queue.downloads.add(repository, choice(repository, "Small"))
        queue.wait_for(download.id, lambda value: value.done > 0)
        queue.downloads.pause(download.id)
        newer_data = bytes([data[0] ^ 1]) + data[1:]
        server.add(REPOSITORY, {FILE: newer_data}, commit="b" * 40)
        newer = read_again(server)
        assert queue.downloads.add(newer, choice(newer, "Small")).commit == "b" * 40
        server.may_end.set()
        ended = queue.wait_for(download.id, lambda value: value.state in (DownloadState.DONE, DownloadState.FAILED))
        assert (ended.state, ended.commit, ended.error) == (DownloadState.DONE, "b" * 40, None)
    assert (tmp_path / "models" / REPOSITORY / FILE).read_bytes() == newer_data


def test_a_model_that_cannot_be_noted_is_there_all_the_same(open_queue, repository, tmp_path: Path) -> None:
    def refuse(_download: Download, _hashes: object) -> None:
        raise StorageError(ErrorCode.DATA_FOLDER_UNWRITABLE, path=str(tmp_path))

    with open_queue(most=1) as queue:
        queue.downloads._on_done = refuse
        added = [queue.downloads.add(repository, choice(repository, name)) for name in ("Small", "B")]
        for download in added:
            queue.state(download.id, DownloadState.DONE)
        problems = [event.error.code for event in queue.events if isinstance(event, Problem)]
        assert problems == [ErrorCode.DATA_FOLDER_UNWRITABLE] * 2


def test_what_was_given_up_can_be_wanted_again_at_once(
    open_queue, server: HubServer, repository, tmp_path: Path, data: bytes
) -> None:
    server.bytes_per_second = MEGABYTE // 5  # whoever reads is told late that nobody wants the rest
    with open_queue() as queue:
        variant = choice(repository, "Small")
        given_up = queue.downloads.add(repository, variant)
        queue.wait_for(given_up.id, lambda value: value.done > 0)
        queue.downloads.remove(given_up.id)
        again = queue.downloads.add(repository, variant)
        server.bytes_per_second = 0
        ended = queue.wait_for(again.id, lambda value: value.state in (DownloadState.DONE, DownloadState.FAILED))
        assert ended.state is DownloadState.DONE
    assert (tmp_path / "models" / REPOSITORY / FILE).read_bytes() == data
