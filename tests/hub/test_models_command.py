"""`inglenook models` against a hub on loopback: search, info, get, verify, remove, and beside a window."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from desktop_app.sources.part_file import part_of
from desktop_app.support.paths import Paths
from tests.hub.conftest import FILE, REPOSITORY
from tests.hub.server import HubServer
from tests.programs import run_command
from tests.short_starter import LAYERS
from tests.whole_models import whole_model

Run = Callable[..., subprocess.CompletedProcess[str]]
LEAST_KEPT = 5_000_000
"""Bytes of a download that are on the disk when it is ended."""


@pytest.fixture
def environment(server: HubServer, tmp_path: Path, short_starter: str) -> dict[str, str]:
    model = Path(short_starter).read_bytes()
    server.add(REPOSITORY, {FILE: model, "Small-Q8_0.gguf": b"GGUF" + bytes(1000), "README.md": b"# Small"})
    kept = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "HF_HUB_OFFLINE")}
    return {**kept, "INGLENOOK_HOME": str(tmp_path / "home"), "HF_ENDPOINT": server.endpoint, "PYTHONWARNINGS": "error"}


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths.below(tmp_path / "home")


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    def call(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return run_command(("models", *arguments), environment, stdin)

    return call


def test_search_and_info(run: Run, server: HubServer) -> None:
    for number in range(40):
        server.add(f"other/Model-{number}-GGUF", {}, licence="mit")
    found = json.loads(run("search", "small", "--json").stdout)
    assert [model["repository"] for model in found] == [REPOSITORY]
    assert len(run("search", "model", "--limit", "35").stdout.splitlines()) == 35
    assert run("search", "small", "--licence", "mit").stdout == ""
    info = run("info", REPOSITORY)
    assert f"Q4_K_M\t{len(server.repositories[REPOSITORY].files[FILE]) / 1e6:.0f} MB" in info.stdout
    assert json.loads(run("info", REPOSITORY, "--json").stdout)["licence"] == "apache-2.0"


def test_get_ask_verify_remove(run: Run, environment: dict[str, str], starter_model: str, short_starter: str) -> None:
    got = run("get", f"{REPOSITORY}:Q4_K_M")
    assert (got.returncode, got.stderr) == (0, "")
    path = Path(got.stdout.strip())
    assert hashlib.sha256(path.read_bytes()).digest() == hashlib.sha256(Path(short_starter).read_bytes()).digest()
    assert str(path) in run("list").stdout
    before = time.time()
    answer = run_command(("ask", "hi", "--model", str(path), "--max-tokens", "4", "--json"), environment)
    assert json.loads(answer.stdout)["completion_tokens"] > 0
    used = {model["path"]: model["last_used"] for model in json.loads(run("list", "--json").stdout)}
    assert (used.keys(), used[starter_model]) == ({starter_model, str(path)}, 0.0)
    assert before <= used[str(path)] <= time.time()
    details = json.loads(run("info", str(path), "--json").stdout)
    assert details["last_used"] == used[str(path)]
    assert f"last used: {time.strftime('%b', time.localtime(details['last_used']))}" in run("info", str(path)).stdout
    assert "last used: never" in run("info", starter_model).stdout
    assert (details["architecture"], details["layers"], details["has_chat_template"]) == ("llama", len(LAYERS), True)

    verified = run("verify")
    assert (verified.returncode, verified.stdout) == (0, f"{path}: whole\n")
    with path.open("r+b") as file:
        file.seek(5_000_000)
        file.write(b"damage")
    assert run("verify", str(path)).returncode == 1
    assert json.loads(run("verify", "--json").stdout) == {str(path): False}

    assert run("remove", str(path), stdin="n\n").returncode == 1
    assert path.exists()
    assert run("remove", str(path), stdin="y\n").returncode == 0
    assert not path.exists()
    assert str(path) not in run("list").stdout
    refused = run("remove", starter_model, "--yes")
    assert refused.returncode == 1
    assert "cannot be deleted" in refused.stderr


def test_add_uses_copies_and_moves(run: Run, paths: Paths, tmp_path: Path, short_starter: str) -> None:
    file = tmp_path / "Mine-Q4_1.gguf"
    file.write_bytes(Path(short_starter).read_bytes())
    folder = paths.data / "models"
    assert run("add", str(file)).stdout == f"{file}\n"
    assert json.loads(run("add", str(file), "--copy", "--json").stdout) == [str(folder / file.name)]
    assert file.exists()
    (folder / file.name).write_bytes(b"GGUF another")
    assert run("add", str(file), "--move").stdout == f"{folder / 'Mine-2-Q4_1.gguf'}\n"
    assert not file.exists()
    refused = run("add", str(file))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "was not found" in refused.stderr
    assert run("add", str(file), "--copy", "--move").returncode == 2


def test_a_file_that_is_refused_keeps_no_other_one_out(run: Run, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("page.gguf", "Mine-Q4_1.gguf")]
    files[0].write_text("<html>")
    files[1].write_bytes(whole_model(b"some numbers"))
    done = run("add", *map(str, files), "--json")
    assert (done.returncode, json.loads(done.stdout)) == (1, [str(files[1])])
    assert done.stderr.count("is not a GGUF model") == 1


def test_a_file_that_is_cut_off_is_not_added_and_listed_as_that(
    run: Run, paths: Paths, tmp_path: Path, short_starter: str
) -> None:
    file = tmp_path / "Mine-Q4_1.gguf"
    data = Path(short_starter).read_bytes()
    file.write_bytes(data[:-5_000_000])
    refused = run("add", str(file))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert (
        f"{file} is incomplete: 5 MB of {len(data) / 1e6:.0f} MB are missing. Download the file again" in refused.stderr
    )
    assert str(file) not in run("list").stdout
    own = paths.data / "models" / file.name
    own.parent.mkdir(parents=True, exist_ok=True)
    file.rename(own)
    assert run("list").stdout.splitlines()[-1].endswith(f"{own}\tincomplete: 5 MB are missing")


def test_list_says_what_is_missing_and_what_cannot_be_reached(run: Run, paths: Paths, tmp_path: Path) -> None:
    file = tmp_path / "mine.gguf"
    file.write_bytes(whole_model(b"some numbers"))
    run("add", str(file))
    file.unlink()
    paths.config.mkdir(parents=True, exist_ok=True)
    paths.settings_file.write_text(json.dumps({"folders": {"models": str(tmp_path / "unplugged")}}))
    listed = run("list")
    assert listed.stdout.splitlines()[-1].endswith(f"{file}\tmissing")
    assert "cannot be reached" in listed.stderr
    assert json.loads(run("list", "--json").stdout)[-1]["missing"]


def test_a_token_that_no_keyring_keeps_is_forgotten_already(
    environment: dict[str, str], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(environment, "PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    done = run("token", "--forget")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("name", ["a model", "../x", ""])
def test_a_name_that_is_none_is_wrong_usage(run: Run, name: str) -> None:
    done = run("get", name)
    assert done.returncode == 2
    assert "owner/name" in done.stderr


def test_what_is_not_there_has_words(run: Run) -> None:
    for name in ("nobody/Nothing", f"{REPOSITORY}:Q2_K"):
        done = run("get", name)
        assert done.returncode == 1
        assert "was not found" in done.stderr


def test_offline_says_so_calmly(run: Run, paths: Paths, server: HubServer) -> None:
    paths.config.mkdir(parents=True)
    paths.settings_file.write_text('{"network": {"offline": true}}')
    for arguments in (("search", "small"), ("get", REPOSITORY), ("info", REPOSITORY)):
        done = run(*arguments)
        assert done.returncode == 1
        assert "offline" in done.stderr
    assert server.requests == []
    assert run("list").returncode == 0


def test_a_get_that_is_stopped_is_continued_by_the_next(
    run: Run, environment: dict[str, str], server: HubServer, paths: Paths
) -> None:
    server.may_end.clear()
    part = part_of(paths.data / "models" / REPOSITORY / FILE)
    command = [sys.executable, "-m", "desktop_app", "models", "get", REPOSITORY]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        while process.poll() is None and (not part.exists() or part.stat().st_size < LEAST_KEPT):
            threading.Event().wait(0.02)
        process.send_signal(signal.SIGKILL)
    server.may_end.set()
    done = run("get", REPOSITORY)
    assert done.returncode == 0
    assert server.ranges[-1][1] >= LEAST_KEPT
    assert json.loads(paths.downloads_file.read_text()) == []


def test_two_gets_at_once_share_one_queue(run: Run, environment: dict[str, str], server: HubServer) -> None:
    server.bytes_per_second = 20_000_000
    command = [sys.executable, "-m", "desktop_app", "models", "get", REPOSITORY]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as first:
        while server.sent[FILE] < 1_000_000:
            threading.Event().wait(0.02)
        second = run("get", REPOSITORY)
        out, _ = first.communicate(timeout=60)
    assert (first.returncode, second.returncode) == (0, 0)
    assert out == second.stdout
    assert [entry for entry in server.ranges if entry[0] == FILE] == [(FILE, 0)]


def test_a_get_goes_on_where_the_one_that_downloads_for_it_ends(environment: dict[str, str], server: HubServer) -> None:
    server.may_end.clear()
    command = [sys.executable, "-m", "desktop_app", "models", "get", REPOSITORY]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as first:
        while not server.sent[FILE]:
            threading.Event().wait(0.02)
        asked = len(server.requests)
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as second:
            while len(server.requests) == asked:
                threading.Event().wait(0.02)
            with suppress(subprocess.TimeoutExpired):
                second.wait(3)  # for it to wait for the first one, as a rule
            first.kill()
            server.may_end.set()
            out, _ = second.communicate(timeout=120)
    assert second.returncode == 0
    assert Path(out.strip()).is_file()


def test_the_ledger_has_every_request(run: Run, paths: Paths, server: HubServer) -> None:
    run("get", f"{REPOSITORY}:Q8_0")
    lines = [json.loads(line) for line in paths.ledger_file.read_text().splitlines() if line]
    assert [line["purpose"] for line in lines] == ["repository", "download", "download"]
    assert len(lines) == len(server.requests)
