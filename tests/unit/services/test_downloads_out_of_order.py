"""The download queue and its link where messages come late, never, or in another order than they were asked for."""

import hashlib
import tempfile
from concurrent.futures import Future
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from desktop_app.domain.downloads import Download, DownloadState
from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.hub import HubFile, HubRepository, Query, Variant
from desktop_app.domain.updates import UpdateFile
from desktop_app.protocol.hub import Connect, Failed, ReadRepository
from desktop_app.services.events import (
    DownloadChanged,
    DownloadRemoved,
    EngineChanged,
    EngineState,
    ServiceEvent,
    UpdateProgress,
)
from desktop_app.services.network import hub as hub_module
from desktop_app.services.network.downloads import Downloads
from desktop_app.services.network.hub import HubLink
from desktop_app.services.network.updates import Updates
from desktop_app.support.publisher import Publisher
from tests.unit.services.held import HeldPool, ScriptedHubs, content

REPOSITORY = "maker/Small-GGUF"
ONE = ("One-Q4_K_M.gguf",)
TWO = ("Two-00001-of-00002.gguf", "Two-00002-of-00002.gguf")
OTHER = ("Other-Q8_0.gguf",)
CHOICES = (ONE, TWO, OTHER)
RUNNING, PAUSED, DONE, FAILED = (
    DownloadState.RUNNING, DownloadState.PAUSED, DownloadState.DONE, DownloadState.FAILED,
)  # fmt: skip


@pytest.mark.parametrize("is_running", [True, False])
def test_no_question_overtakes_the_switch_that_was_turned_before_it(
    monkeypatch: pytest.MonkeyPatch, is_running: bool
) -> None:
    """A pool of several threads may begin with either, and whoever went offline wants nothing to be asked."""
    hubs, pool, connection = ScriptedHubs(), HeldPool(), Connect()
    monkeypatch.setattr(hub_module, "ChildProcess", hubs)

    def connect() -> Connect:
        told = connection
        if not is_running and not told.offline:
            go_offline()  # while the process is being started
        return told

    def go_offline() -> None:
        nonlocal connection
        connection = Connect(offline=True)
        link.reconnect()

    link = HubLink(pool, connect, lambda use: None)
    if is_running:
        link.search(Query())
        pool.run_all()
        hubs.last.read_all()
        go_offline()
    link.repository(REPOSITORY)
    pool.run(len(pool.jobs) - 1)
    sent = [Connect(offline=True), ReadRepository]
    assert [each if isinstance(each, Connect) else type(each) for each in hubs.last.inbox][-2:] == sent
    count = len(hubs.last.inbox)
    pool.run_all()
    assert len(hubs.last.inbox) == count, "it is told once"


class Desk:
    """The queue over a link whose pool and process do nothing by themselves."""

    def __init__(self, folder: Path, most: int = 2) -> None:
        self.folder = folder
        self.hubs = ScriptedHubs()
        self.pool = HeldPool()
        self.ended: list[tuple[Download, tuple[str, ...]]] = []
        self.told: dict[str, Download] = {}
        self.most = most
        publisher: Publisher[ServiceEvent] = Publisher()
        publisher.subscribe(self._note)
        self.link = HubLink(self.pool, Connect, lambda use: None)
        self._patch = patch.object(hub_module, "ChildProcess", self.hubs)
        self._patch.start()
        self.downloads = Downloads(
            file=folder / "downloads.json",
            link=self.link,
            folder=lambda: folder / "models",
            most=lambda: most,
            events=publisher,
            pool=self.pool,
            on_done=lambda download, hashes: self.ended.append((download, tuple(hashes))),
        )

    def _note(self, event: ServiceEvent) -> None:
        if isinstance(event, DownloadChanged):
            self.told[event.download.id] = event.download
        elif isinstance(event, DownloadRemoved):
            del self.told[event.download_id]

    def add(self, names: tuple[str, ...] = ONE, version: str = "a") -> Download:
        """Add a choice, whose last file has another size in each version."""
        files = tuple(HubFile(name=name, size=100 + ord(version) * (name == names[-1])) for name in names)
        variant = Variant(name=names[0], quantization="Q4_K_M", files=files)
        repository = HubRepository(repository=REPOSITORY, commit=version * 40, variants=(variant,))
        return self.downloads.add(repository, variant)

    def fetching(self, names: tuple[str, ...] = ONE, version: str = "a") -> Download:
        """Add a choice, whose first file the process fetches then."""
        download = self.add(names, version)
        self.settle()
        return download

    def settle(self) -> None:
        """Run all jobs, and have all commands read."""
        while self.pool.jobs or any(hub.inbox for hub in self.hubs.all if hub.is_alive):
            self.pool.run_all()
            for hub in self.hubs.all:
                hub.read_all()

    def finish(self) -> None:
        """Let everything that is wanted arrive."""
        self.settle()
        while self.hubs.fetches:
            hub = next(hub for hub in self.hubs.all if hub.fetches)
            hub.bring(next(iter(hub.fetches)))
            self.settle()

    def state(self, download: Download) -> DownloadState:
        return self.told[download.id].state

    def target(self, name: str) -> Path:
        return self.folder / "models" / REPOSITORY / name

    def close(self) -> None:
        self.downloads.close()
        self.link.close()
        self.downloads.clean_up()
        self._patch.stop()


@pytest.fixture
def desk(tmp_path: Path):
    made = Desk(tmp_path)
    yield made
    made.close()


def test_a_pause_before_the_process_has_heard_of_a_download_holds(desk: Desk) -> None:
    download = desk.add()
    desk.downloads.pause(download.id)
    desk.finish()
    assert desk.state(download) is PAUSED
    assert not desk.target(ONE[0]).exists()
    desk.downloads.resume(download.id)
    desk.finish()
    assert desk.state(download) is DONE


def test_what_is_stopped_and_wanted_again_before_it_was_sent_is_fetched_once(desk: Desk) -> None:
    desk.fetching(OTHER)  # there is a process
    download = desk.add()
    desk.downloads.pause(download.id)
    desk.downloads.resume(download.id)
    desk.settle()
    assert [fetch.file.name for fetch in desk.hubs.fetches] == [*OTHER, *ONE]


def test_what_was_not_sent_when_the_process_died_is_fetched_once(desk: Desk) -> None:
    desk.fetching(OTHER)
    desk.add()
    desk.hubs.last.die()
    desk.settle()
    assert sorted(fetch.file.name for fetch in desk.hubs.fetches) == sorted([*OTHER, *ONE])


@pytest.mark.parametrize("end", ["fail", "die"])
def test_a_download_that_ends_badly_after_it_was_given_up_stands_in_nobodys_way(desk: Desk, end: str) -> None:
    given_up = desk.fetching()
    desk.downloads.remove(given_up.id)
    hub = desk.hubs.last
    if end == "fail":
        hub.fail(next(iter(hub.fetches)))
    else:
        hub.die()
    again = desk.add()
    desk.finish()
    assert desk.state(again) is DONE


def test_a_pause_stops_the_request_that_it_meant_and_none_that_came_after(desk: Desk) -> None:
    download = desk.fetching()
    hub, before = desk.hubs.last, next(iter(desk.hubs.last.fetches))

    def fail_and_resume(_event: ServiceEvent) -> None:
        if desk.told[download.id].state is PAUSED and before in hub.fetches:
            hub.fail(before)  # between the pause and its being told to the process
            desk.downloads.resume(download.id)

    desk.downloads._events.subscribe(fail_and_resume)
    desk.downloads.pause(download.id)
    desk.settle()
    for request_id in list(hub.fetches):
        hub.stop(request_id) if request_id == before else hub.bring(request_id)
    desk.finish()
    assert desk.state(download) is DONE


def test_nothing_is_begun_once_the_queue_is_closed(desk: Desk) -> None:
    desk.fetching(TWO)
    hub = desk.hubs.last
    desk.downloads.close()
    hub.bring(next(iter(hub.fetches)))
    desk.settle()
    assert desk.hubs.fetches == []


def test_nobody_waits_for_a_keyring_that_the_next_process_waits_for(desk: Desk) -> None:
    held: list[bool] = []

    def connection() -> Connect:
        held.append(desk.link._lock.locked())
        if not held[-1]:
            desk.downloads.pause(download.id)  # as the window does meanwhile, in another thread
        return Connect()

    desk.link._connection = connection
    download = desk.add()
    desk.finish()
    assert held == [False]
    assert desk.state(download) is PAUSED
    assert not desk.target(ONE[0]).exists()


def test_an_answer_that_nobody_waits_for_any_more_harms_nobody(desk: Desk) -> None:
    asked = desk.link.search(Query(text="x"))
    desk.settle()
    assert asked.cancel()
    hub = desk.hubs.last
    (request_id,) = desk.link._questions
    hub._on_event(Failed(request_id, ErrorInfo(ErrorCode.DOWNLOAD_SERVER)))
    assert asked.cancelled()


def test_a_process_that_cannot_be_started_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_self: object) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr("tests.unit.services.held.ScriptedHub.start", refuse)
    asked: Future[object] = desk.link.search(Query(text="x"))
    download = desk.add()
    desk.settle()
    assert asked.exception() is not None
    assert desk.state(download) is FAILED


def test_an_update_that_is_stopped_before_anything_was_asked_is_not_fetched(desk: Desk) -> None:
    told: list[ServiceEvent] = []
    events: Publisher[ServiceEvent] = Publisher()
    events.subscribe(told.append)
    updates = Updates(
        link=desk.link, source_file=desk.folder / "s", memory_file=desk.folder / "m", folder=desk.folder / "updates",
        agreed=lambda: False, events=events, pool=desk.pool,
    )  # fmt: skip
    file = UpdateFile(platform="linux", name="new.deb", size=9, sha256="", url="https://example.org/new.deb")
    updates.fetch(file)
    updates.stop()
    desk.settle()
    assert desk.hubs.fetches == []
    assert told == [UpdateProgress(file, stopped=True)]


def test_what_waits_for_a_model_in_use_is_tried_again_when_that_is_loaded_anew(desk: Desk) -> None:
    """Whoever asks at once has the older version loaded anew, and nobody tells that it was gone in between."""
    download = desk.fetching()
    hub = desk.hubs.last
    hub.fail(next(iter(hub.fetches)), ErrorCode.DOWNLOAD_IN_USE)
    assert desk.state(download) is FAILED
    path = str(desk.target(ONE[0]))
    desk.downloads.hear(EngineChanged(model_path=path, state=EngineState.LOADING, fraction=0.5))
    assert desk.state(download) is FAILED
    desk.downloads.hear(EngineChanged(model_path=path, state=EngineState.LOADING))
    desk.finish()
    assert desk.state(download) is DONE


class AnyOrder(RuleBasedStateMachine):
    """Whatever a person does, whenever jobs run and messages come, the queue keeps its promises."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.desk = Desk(Path(self._folder.name))
        self.version = "a"

    # A person

    @rule(names=st.sampled_from(CHOICES))
    def add(self, names: tuple[str, ...]) -> None:
        self.desk.add(names, self.version)

    @rule()
    def publish_a_newer_version(self) -> None:
        self.version = chr(ord(self.version) + 1) if self.version < "z" else "a"

    def _chosen(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from([download.id for download in self.desk.downloads.list()]))

    @precondition(lambda self: self.desk.downloads.list())
    @rule(data=st.data(), action=st.sampled_from(["pause", "resume", "remove", "put_next"]))
    def order(self, data: st.DataObject, action: str) -> None:
        getattr(self.desk.downloads, action)(self._chosen(data))

    @rule()
    def switch_the_network(self) -> None:
        self.desk.link.reconnect()
        self.desk.downloads.reconnected()

    # The computer

    @rule()
    def do_what_is_to_be_done(self) -> None:
        self.desk.settle()

    @precondition(lambda self: self.desk.pool.jobs)
    @rule(data=st.data())
    def run_a_job(self, data: st.DataObject) -> None:
        self.desk.pool.run(data.draw(st.integers(0, min(3, len(self.desk.pool.jobs) - 1))))

    @precondition(lambda self: any(hub.is_alive and hub.inbox for hub in self.desk.hubs.all))
    @rule()
    def read_a_command(self) -> None:
        next(hub for hub in self.desk.hubs.all if hub.is_alive and hub.inbox).read()

    @precondition(lambda self: any(hub.fetches for hub in self.desk.hubs.all))
    @rule(data=st.data(), event=st.sampled_from(["bring", "bring", "fail", "stop", "progress"]))
    def hear(self, data: st.DataObject, event: str) -> None:
        hub = next(hub for hub in self.desk.hubs.all if hub.fetches)
        request_id = data.draw(st.sampled_from(list(hub.fetches)))
        if event == "stop" and request_id in self._wanted():
            return  # the process stops only what it was told to
        getattr(hub, event)(request_id)

    def _wanted(self) -> set[str]:
        return {item.request_id for item in self.desk.downloads._items if item.download.state is RUNNING}

    @precondition(lambda self: self.desk.hubs.all and self.desk.hubs.last.is_alive)
    @rule()
    def die(self) -> None:
        self.desk.hubs.last.die()

    # What holds

    @invariant()
    def one_request_for_each_file(self) -> None:
        targets = [fetch.target for fetch in self.desk.hubs.fetches]
        assert len(targets) == len(set(targets))

    @invariant()
    def no_more_run_than_may(self) -> None:
        assert sum(download.state is RUNNING for download in self.desk.downloads.list()) <= self.desk.most

    @invariant()
    def what_is_done_is_its_version(self) -> None:
        for download, hashes in self.desk.ended:
            wanted = [content(download.commit, file.name) for file in download.variant.files]
            assert list(hashes) == [hashlib.sha256(data).hexdigest() for data in wanted]

    def teardown(self) -> None:
        """In the end everything that is wanted arrives, and of what was given up nothing is left."""
        desk = self.desk
        for download in desk.downloads.list():
            desk.downloads.resume(download.id)
        desk.finish()
        assert desk.downloads.list() == []
        assert all(download.state is DONE for download in desk.told.values())
        assert not desk.link._fetches
        assert not desk.downloads._unwanted
        last = {file.name: download for download, _hashes in desk.ended for file in download.variant.files}
        there = {file.name: file.read_bytes() for file in desk.folder.glob(f"models/{REPOSITORY}/*.gguf")}
        assert set(there) <= set(last)
        desk.close()
        self._folder.cleanup()


AnyOrder.TestCase.settings = settings(stateful_step_count=40)
TestAnyOrder = AnyOrder.TestCase
