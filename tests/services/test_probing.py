"""Looking at the hardware: with the real engine, and with probes that crash, hang, talk nonsense or cannot start."""

import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec
import pytest

from desktop_app.domain.errors import ErrorCode
from desktop_app.domain.hardware import NVIDIA, DeviceKind, WhyNot
from desktop_app.engine import probe
from desktop_app.protocol.last_words import Aborting
from desktop_app.protocol.probe import DevicesListed
from desktop_app.services.hardware.probing import Probing

WAIT_SECONDS = 60.0
LISTED = DevicesListed(engine_version="1", engine_folder="", cpu_variant="", cpu_features=(), devices=())
New = Callable[..., Probing]


def says(connection: "Connection[bytes, bytes]", _folder: str) -> None:
    connection.send_bytes(msgspec.msgpack.encode(LISTED))


def aborts(connection: "Connection[bytes, bytes]", _folder: str) -> None:
    connection.send_bytes(msgspec.msgpack.encode(Aborting("no such kernel image")))
    os.abort()


def hangs(_connection: "Connection[bytes, bytes]", _folder: str) -> None:
    threading.Event().wait()


def says_and_hangs(connection: "Connection[bytes, bytes]", _folder: str) -> None:
    says(connection, "")
    threading.Event().wait()


def talks_nonsense(connection: "Connection[bytes, bytes]", _folder: str) -> None:
    connection.send_bytes(b"nonsense")
    threading.Event().wait()


def counts(connection: "Connection[bytes, bytes]", folder: str) -> None:
    with Path(folder, "starts").open("a") as file:
        file.write("x")
    says(connection, folder)


@pytest.fixture
def new(tmp_path: Path) -> Iterator[New]:
    """Makes one that looks at a false system, and remembers in a file."""
    pool = ThreadPoolExecutor(2)
    made: list[Probing] = []

    def make(**others: object) -> Probing:
        usual: dict[str, object] = {"root": tmp_path / "root", "environment": {}, "system": "linux"}
        probing = Probing(pool=pool, file=tmp_path / "data/hardware.json", **(usual | others))
        made.append(probing)
        return probing

    yield make
    for probing in made:
        probing.close()
    pool.shutdown(wait=True)


def add_card(root: Path, version: str = "1") -> None:
    folder = root / "root/sys/bus/pci/devices/0000:01:00.0"
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in {"class": "0x030000", "vendor": "0x10de", "device": "0x2204"}.items():
        (folder / name).write_text(value)
    if not (folder / "driver").is_symlink():
        (folder / "driver").symlink_to("../drivers/nvidia")
    (root / "root/sys/module/nvidia").mkdir(parents=True, exist_ok=True)
    (root / "root/sys/module/nvidia/version").write_text(version)


def wait_for_end(future: "Future[object]") -> None:
    """Wait until `future` is done or cancelled, which `concurrent.futures.wait` would not see."""
    ended = threading.Event()
    future.add_done_callback(lambda _future: ended.set())
    assert ended.wait(WAIT_SECONDS)


def test_the_real_engine_tells_of_the_processor_and_its_memory(new: New, tmp_path: Path) -> None:
    add_card(tmp_path)
    report = new(target=probe.run).look().result(WAIT_SECONDS)
    assert report.error is None
    assert report.engine is not None
    assert "CPU" in report.engine.backends
    processor = next(device for device in report.devices if device.kind is DeviceKind.PROCESSOR)
    assert 0 < processor.free_memory < processor.total_memory
    assert processor.why_not is None
    assert report.devices[-1].vendor == NVIDIA
    assert report.devices[-1].why_not is not None


@pytest.mark.parametrize(
    ("target", "code", "detail"),
    [
        (aborts, ErrorCode.PROBE_CRASHED, "SIGABRT no such kernel image"),
        (talks_nonsense, ErrorCode.PROBE_CRASHED, "SIGKILL"),
        (hangs, ErrorCode.PROBE_TIMED_OUT, ""),
    ],
)
def test_a_probe_that_fails_is_told_and_the_cards_are_too(
    new: New, tmp_path: Path, target: Callable[..., None], code: ErrorCode, detail: str
) -> None:
    add_card(tmp_path)
    probing = new(target=target, seconds=0.5 if target is hangs else WAIT_SECONDS)
    report = probing.look().result(WAIT_SECONDS)
    assert report.error is not None
    assert (report.error.code, report.error.detail) == (code, detail)
    assert [device.why_not for device in report.devices] == [WhyNot.UNKNOWN]
    remembered = new().remembered().result(WAIT_SECONDS)
    assert remembered == report  # it is not tried at each start


def test_a_build_that_is_missing_is_told(new: New, tmp_path: Path) -> None:
    report = new(target=probe.run, engine_folder=lambda: str(tmp_path / "nowhere")).look().result(WAIT_SECONDS)
    assert report.error is not None
    assert report.error.code is ErrorCode.ENGINE_MISSING
    assert report.engine is None


def test_a_library_that_aborts_when_it_is_loaded_ends_the_probe_alone(new: New, tmp_path: Path) -> None:
    compiler = next((name for name in ("cc", "gcc", "clang") if shutil.which(name) is not None), None)
    if compiler is None:
        pytest.skip("there is no C compiler to make the library with")
    source, build = tmp_path / "driver.c", tmp_path / "build"
    build.mkdir()
    source.write_text("#include <stdlib.h>\n__attribute__((constructor)) static void load(void) { abort(); }\n")
    for name in ("ggml-base", "ggml-cpu", "ggml", "llama"):
        command = [compiler, "-shared", "-fPIC", "-o", str(build / f"lib{name}.so"), str(source)]
        subprocess.run(command, check=True, capture_output=True)
    report = new(target=probe.run, engine_folder=lambda: str(build)).look().result(WAIT_SECONDS)
    assert report.error is not None
    assert (report.error.code, report.error.detail) == (ErrorCode.PROBE_CRASHED, "SIGABRT")


def test_what_was_found_holds_until_the_build_or_a_driver_changes(new: New, tmp_path: Path) -> None:
    build = tmp_path / "build"
    build.mkdir()
    add_card(tmp_path)
    folder = {"engine_folder": lambda: str(build)}
    assert new(**folder).remembered().result(WAIT_SECONDS) is None
    report = new(target=says, **folder).look().result(WAIT_SECONDS)
    assert new(**folder).remembered().result(WAIT_SECONDS) == report
    assert new(**folder, environment={"CUDA_VISIBLE_DEVICES": ""}).remembered().result(WAIT_SECONDS) is None
    add_card(tmp_path, version="2")
    assert new(**folder).remembered().result(WAIT_SECONDS) is None
    add_card(tmp_path)
    assert new(**folder).remembered().result(WAIT_SECONDS) == report
    (build / "libllama.so").write_bytes(b"another one")
    assert new(**folder).remembered().result(WAIT_SECONDS) is None
    (tmp_path / "data/hardware.json").write_bytes(b"{half")
    assert new(**folder).remembered().result(WAIT_SECONDS) is None


def test_who_asks_while_somebody_looks_gets_the_same(new: New, tmp_path: Path) -> None:
    probing = new(target=counts, engine_folder=lambda: str(tmp_path))
    first, second = probing.look(), probing.look()
    assert first is second
    first.result(WAIT_SECONDS)
    assert (tmp_path / "starts").read_text() == "x"
    probing.look().result(WAIT_SECONDS)
    assert (tmp_path / "starts").read_text() == "xx"


def test_a_probe_that_spoke_and_does_not_end_is_ended(new: New) -> None:
    report = new(target=says_and_hangs, seconds=5.0).look().result(WAIT_SECONDS)
    assert report.error is None  # and nothing is left running, as every test sees to


def test_closing_gives_up_what_is_being_looked_at(new: New, tmp_path: Path) -> None:
    probing = new(target=hangs)
    looking = probing.look()
    probing.close()
    wait_for_end(looking)
    assert looking.cancelled() or looking.result().error is not None
    assert not (tmp_path / "data/hardware.json").exists()
    after = probing.look()
    wait_for_end(after)
    assert after.cancelled()


def test_a_folder_that_cannot_be_written_is_no_fault(new: New, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file in the way")
    assert new(target=says).look().result(WAIT_SECONDS).error is None
