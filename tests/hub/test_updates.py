"""Looking for a newer release, against a real server with TLS: lists that are right, and those that are attacks."""

import base64
import hashlib
import platform
import random
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from desktop_app.domain.errors import AppError, ErrorCode
from desktop_app.domain.updates import Manifest, Standing, UpdateFile, platform_name
from desktop_app.protocol.hub import Connect
from desktop_app.services.events import ServiceEvent, UpdateFound, UpdateProgress
from desktop_app.services.network import updates as updates_module
from desktop_app.services.network.hub import HubLink
from desktop_app.services.network.updates import Updates
from desktop_app.support.network import NetworkUse
from desktop_app.support.paths import Paths
from desktop_app.support.publisher import Publisher
from tests import as_windows
from tests.hub.update_server import UpdateServer, make_certificate

WAIT = 60.0
LIST = "/manifest.json"
INSTALLER = random.Random(3).randbytes(2_000_000)
NAME = "inglenook_0.2.0_amd64.deb"
KEY = Ed25519PrivateKey.generate()
PUBLIC = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


class Place:
    """The service over a hub process of its own, the server that it asks, and what it told."""

    def __init__(self, server: UpdateServer, paths: Paths, tmp_path: Path) -> None:
        self.server = server
        self.paths = paths
        self.events: Publisher[ServiceEvent] = Publisher()
        self.told: Queue[ServiceEvent] = Queue()
        self.events.subscribe(self.told.put)
        self.pool = ThreadPoolExecutor(1)  # one, so that what was asked for before is done
        self.connect = Connect(token="hf_secret")
        self.uses: list[NetworkUse] = []
        self.link = HubLink(self.pool, lambda: self.connect, self.uses.append)
        self.source = tmp_path / "updates.json"
        self.agreed = False
        self.configure(server.address + LIST, PUBLIC)
        self.updates = self.version("0.1.0")

    def configure(self, manifest: str, key: str) -> None:
        self.source.write_text(f'{{"manifest": "{manifest}", "key": "{key}"}}')

    def version(self, version: str) -> Updates:
        return Updates(
            link=self.link,
            source_file=self.source,
            memory_file=self.paths.updates_file,
            folder=self.paths.updates,
            agreed=lambda: self.agreed,
            events=self.events,
            pool=self.pool,
            version=version,
        )

    def manifest(self, version: str = "0.2.0", **changes: object) -> Manifest:
        file = UpdateFile(
            platform=platform_name("Linux", "x86_64"),
            name=NAME,
            size=len(INSTALLER),
            sha256=hashlib.sha256(INSTALLER).hexdigest(),
            url=f"{self.server.address}/{NAME}",
        )
        made = Manifest(version=version, date="2026-11-26", minimum="0.1.0", page="https://example.org/get",
                        changes="- better", files=(file,))  # fmt: skip
        return msgspec.structs.replace(made, **changes)

    def publish(self, manifest: Manifest, key: Ed25519PrivateKey = KEY) -> bytes:
        content = msgspec.json.encode(manifest)
        self.server.files[LIST] = content
        self.server.files[LIST + ".sig"] = base64.b64encode(key.sign(content)) + b"\n"
        self.server.files[f"/{NAME}"] = INSTALLER
        return content

    def refusal(self) -> ErrorCode:
        """Look, and return why nothing came of it."""
        with pytest.raises(AppError) as error:
            self.updates.look().result(WAIT)
        return error.value.code

    def fetched(self, file: UpdateFile) -> UpdateProgress:
        """Bring an installer, and return the last that was told of it."""
        self.updates.fetch(file)
        while True:
            event = self.told.get(timeout=WAIT)
            if isinstance(event, UpdateProgress) and (event.path or event.error or event.stopped):
                return event


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("tls") / "certificate.pem"
    make_certificate(file)
    return file


@pytest.fixture
def place(certificate: Path, paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.delenv("HF_HUB_OFFLINE")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    server = UpdateServer(certificate)
    server.start()
    made = Place(server, paths, tmp_path)
    yield made
    made.link.close()
    made.pool.shutdown()
    server.stop()


def test_a_newer_release_is_found_and_its_installer_brought(place: Place) -> None:
    place.publish(place.manifest())
    news = place.updates.look().result(WAIT)
    assert (news.standing, news.manifest.changes) == (Standing.OLDER, "- better")
    (file,) = news.files
    end = place.fetched(file)
    assert Path(end.path) == place.paths.updates / NAME
    assert Path(end.path).read_bytes() == INSTALLER
    assert not Path(end.path).stat().st_mode & 0o111  # nothing can run it by accident
    assert [(use.host, use.purpose) for use in place.uses] == [("127.0.0.1", "update")] * 2 + [
        ("127.0.0.1", "update file")
    ]
    assert not any("hf_secret" in str(headers) or "0.1.0" in str(headers) for headers in place.server.headers)


def test_the_newest_release_hears_that_it_is(place: Place) -> None:
    place.publish(place.manifest("0.1.0"))
    assert place.updates.look().result(WAIT).standing is Standing.NEWEST


def test_a_release_that_is_too_old_for_it_gets_no_installer(place: Place) -> None:
    place.publish(place.manifest("0.9.0", minimum="0.2.0"))
    news = place.updates.look().result(WAIT)
    assert (news.standing, news.files) == (Standing.TOO_OLD, ())


def test_a_list_of_before_is_refused_though_it_is_signed(place: Place) -> None:
    place.publish(place.manifest("0.3.0"))
    place.updates.look().result(WAIT)
    place.publish(place.manifest("0.2.0"))
    assert place.refusal() is ErrorCode.UPDATE_ROLLED_BACK
    place.publish(place.manifest("0.3.0", date="2026-11-25"))
    assert place.refusal() is ErrorCode.UPDATE_ROLLED_BACK
    place.publish(place.manifest("0.3.0"))
    assert place.updates.look().result(WAIT).standing is Standing.OLDER


def test_an_older_release_is_never_offered(place: Place) -> None:
    place.publish(place.manifest("0.2.0"))
    assert place.version("0.3.0").look().result(WAIT).standing is Standing.NEWEST


def test_a_list_by_another_key_is_refused(place: Place) -> None:
    place.publish(place.manifest(), Ed25519PrivateKey.generate())
    assert place.refusal() is ErrorCode.UPDATE_SIGNATURE
    assert not place.paths.updates_file.exists()


@pytest.mark.parametrize("signature", [b"", b"nonsense!", b"AAAA", base64.b64encode(bytes(64)), b"\xff" * 90])
def test_a_list_without_a_signature_is_refused(place: Place, signature: bytes) -> None:
    place.publish(place.manifest())
    place.server.files[LIST + ".sig"] = signature
    assert place.refusal() is ErrorCode.UPDATE_SIGNATURE


def test_a_list_that_was_changed_or_cut_off_is_refused(place: Place) -> None:
    content = place.publish(place.manifest())
    for changed in (content[:-10], content.replace(b"0.2.0", b"0.2.1"), content + b" ", b"", b"<html></html>"):
        place.server.files[LIST] = changed
        assert place.refusal() is ErrorCode.UPDATE_SIGNATURE


def test_a_connection_that_ends_early_is_told(place: Place) -> None:
    place.publish(place.manifest())
    place.server.drop_after[LIST] = 40
    assert place.refusal() is ErrorCode.UPDATE_UNREACHABLE


@pytest.mark.parametrize(
    "changes",
    [
        {"version": "0.2.0; rm"},
        {"version": "9" * 20},
        {"page": "http://example.org"},
        {"page": "javascript:alert(1)"},
        {"date": "soon"},
    ],
)
def test_a_signed_list_with_odd_values_is_refused(place: Place, changes: dict[str, object]) -> None:
    place.publish(place.manifest(**changes))
    assert place.refusal() is ErrorCode.UPDATE_DAMAGED


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "../../.bashrc"},
        {"name": "a/b"},
        {"name": "x\0y"},
        {"sha256": "0"},
        {"size": 0},
        {"url": "http://127.0.0.1/x"},
        {"url": "file:///etc/passwd"},
    ],
)
def test_a_signed_list_with_odd_files_is_refused(place: Place, changes: dict[str, object]) -> None:
    manifest = place.manifest()
    file = msgspec.structs.replace(manifest.files[0], **changes)
    place.publish(msgspec.structs.replace(manifest, files=(file,)))
    assert place.refusal() is ErrorCode.UPDATE_DAMAGED


def test_an_endless_list_is_refused(place: Place) -> None:
    place.publish(place.manifest())
    place.server.files[LIST] = b" " * 1_000_000
    assert place.refusal() is ErrorCode.UPDATE_DAMAGED


@pytest.mark.parametrize("status", [404, 403, 500, 503])
def test_a_server_in_trouble_is_told(place: Place, status: int) -> None:
    place.publish(place.manifest())
    place.server.statuses[LIST] = status
    assert place.refusal() is ErrorCode.UPDATE_UNREACHABLE


def test_a_server_that_is_away_is_told(place: Place) -> None:
    place.configure("https://127.0.0.1:1/manifest.json", PUBLIC)
    assert place.refusal() is ErrorCode.UPDATE_UNREACHABLE


def test_nothing_is_asked_in_the_clear(place: Place) -> None:
    place.publish(place.manifest())
    place.server.redirects["/safe"] = place.server.address + LIST
    place.server.redirects["/safe.sig"] = place.server.address + LIST + ".sig"
    place.server.redirects["/unsafe"] = place.server.plain + LIST
    place.configure(place.server.address + "/safe", PUBLIC)
    assert place.updates.look().result(WAIT).standing is Standing.OLDER
    place.server.requests.clear()
    place.configure(place.server.address + "/unsafe", PUBLIC)
    assert place.refusal() is ErrorCode.UPDATE_INSECURE
    assert place.server.requests == ["/unsafe"]  # and never where it led
    place.configure(place.server.plain + LIST, PUBLIC)
    assert place.refusal() is ErrorCode.UPDATE_INSECURE
    assert place.server.requests == ["/unsafe"]


def test_a_certificate_that_nobody_vouches_for_is_told(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    place.publish(place.manifest())
    assert place.refusal() is ErrorCode.DOWNLOAD_TLS
    assert place.server.requests == []


def test_the_offline_switch_holds(place: Place) -> None:
    place.publish(place.manifest())
    place.connect = Connect(offline=True)
    assert place.refusal() is ErrorCode.DOWNLOAD_OFFLINE
    assert place.server.requests == []


@pytest.mark.parametrize("source", ["", "{", "[]", '{"manifest": "https://127.0.0.1/x"}', '{"key": "00"}'])
def test_a_build_without_a_source_says_so(place: Place, source: str) -> None:
    place.source.write_text(source)
    assert place.refusal() is ErrorCode.UPDATE_NO_SOURCE


def test_in_a_flatpak_the_store_looks_for_updates(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLATPAK_ID", "org.inglenook.Inglenook")
    place.publish(place.manifest())
    assert place.refusal() is ErrorCode.UPDATE_NO_SOURCE


def test_a_key_that_is_none_lets_nothing_through(place: Place) -> None:
    place.publish(place.manifest())
    for key in ("00", "zz" * 32, "00" * 32):
        place.configure(place.server.address + LIST, key)
        assert place.refusal() is ErrorCode.UPDATE_SIGNATURE


# Looking by itself


def test_nobody_looks_before_the_person_agreed_and_then_once_a_day(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.publish(place.manifest())
    place.updates.begin()
    place.agreed = True
    place.updates.begin()
    found = place.told.get(timeout=WAIT)
    assert isinstance(found, UpdateFound)
    assert place.server.requests == [LIST, LIST + ".sig"]
    place.updates.begin()  # too soon
    place.pool.submit(int).result(WAIT)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + updates_module.DAY_SECONDS + 1)
    place.updates.begin()
    assert isinstance(place.told.get(timeout=WAIT), UpdateFound)
    assert place.server.requests == [LIST, LIST + ".sig"] * 2
    assert place.told.empty()


# Installers


def test_an_installer_goes_on_where_it_stopped(place: Place) -> None:
    place.publish(place.manifest())
    (file,) = place.manifest().files
    place.server.drop_after[f"/{NAME}"] = 1_000_000
    end = place.fetched(file)
    assert Path(end.path).read_bytes() == INSTALLER
    assert len(place.server.ranges) == 1
    assert place.server.ranges[0] != "bytes=0-"


def test_an_installer_goes_on_after_a_restart(place: Place) -> None:
    place.publish(place.manifest())
    (file,) = place.manifest().files
    place.server.drop_after[f"/{NAME}"] = 1_000_000
    place.server.statuses_after_drop[f"/{NAME}"] = 404
    assert place.fetched(file).error is not None
    del place.server.statuses[f"/{NAME}"]
    place.updates = place.version("0.1.0")
    assert Path(place.fetched(file).path).read_bytes() == INSTALLER
    assert place.server.ranges[-1] != "bytes=0-"


def test_an_installer_with_other_bytes_is_refused(place: Place) -> None:
    place.publish(place.manifest())
    place.server.files[f"/{NAME}"] = bytes(len(INSTALLER))
    end = place.fetched(place.manifest().files[0])
    assert end.error is not None
    assert end.error.code is ErrorCode.DOWNLOAD_DAMAGED
    assert not (place.paths.updates / NAME).exists()


def test_an_installer_is_not_taken_in_the_clear(place: Place) -> None:
    place.publish(place.manifest())
    place.server.redirects[f"/{NAME}"] = place.server.plain + "/elsewhere"
    end = place.fetched(place.manifest().files[0])
    assert end.error is not None
    assert end.error.code is ErrorCode.UPDATE_INSECURE
    assert "/elsewhere" not in place.server.requests


def test_an_installer_of_a_release_before_makes_room(place: Place) -> None:
    place.paths.updates.mkdir(parents=True)
    old = place.paths.updates / "inglenook_0.1.0_amd64.deb"
    old.write_bytes(b"old")
    place.publish(place.manifest())
    assert place.fetched(place.manifest().files[0]).path
    assert not old.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="Windows does it by itself")
def test_an_installer_that_is_open_on_windows_is_told_in_words_of_updates(place: Place) -> None:
    place.link._target = as_windows.run_hub
    place.paths.updates.mkdir(parents=True)
    installer = place.paths.updates / NAME
    installer.write_bytes(b"half of one, which somebody started")
    place.publish(place.manifest())
    with installer.open("rb"):
        end = place.fetched(place.manifest().files[0])
    assert end.error is not None
    assert end.error.code is ErrorCode.UPDATE_UNWRITABLE
    assert place.fetched(place.manifest().files[0]).path == str(installer)
    assert installer.read_bytes() == INSTALLER


@pytest.mark.skipif(sys.platform != "linux", reason="Windows does it by itself")
def test_an_installer_of_a_release_before_that_runs_on_windows_keeps_no_newer_one_away(place: Place) -> None:
    place.paths.updates.mkdir(parents=True)
    old = place.paths.updates / "inglenook_0.1.0_amd64.deb"
    old.write_bytes(b"old")
    place.publish(place.manifest())
    with pytest.MonkeyPatch.context() as windows, old.open("rb"):
        as_windows.behave_as_windows(windows.setattr)
        assert place.fetched(place.manifest().files[0]).path
    assert old.exists()
    assert place.fetched(place.manifest().files[0]).path
    assert not old.exists()


def test_a_folder_that_cannot_be_written_is_told(place: Place) -> None:
    place.paths.data.mkdir(parents=True, exist_ok=True)
    place.paths.updates.write_text("in the way")
    end = place.fetched(place.manifest().files[0])
    assert end.error is not None
    assert end.error.code is ErrorCode.UPDATE_UNWRITABLE
