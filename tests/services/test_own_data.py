"""Where a person's data is, what of it can go, what it adds up to, and that deleting everything really does."""

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

from desktop_app.domain.chats import Chat, Conversation
from desktop_app.domain.errors import AppError, ErrorCode
from desktop_app.domain.messages import Message, MessageStatus, Receipt, Role
from desktop_app.domain.own_data import EXPENDABLE, DataKind
from desktop_app.domain.parts import TextPart
from desktop_app.domain.sampling import Sampling
from desktop_app.services.background.jobs import Jobs
from desktop_app.services.data_folder.erasing import carry_out, is_ordered, order
from desktop_app.services.data_folder.own_data import OwnData, data_places, measure, model_files, own_entries
from desktop_app.services.data_folder.owner import Ownership
from desktop_app.services.data_folder.owner_client import join
from desktop_app.storage.statistics import SLICE_MESSAGES
from desktop_app.support.paths import Paths
from tests.services.chat_home import Home

SECRET = b"the lighthouse keeper's daughter"
KILLS = 20 if os.environ.get("INGLENOOK_SOAK") else 3


def fill(paths: Paths) -> None:
    """Put a file of every kind where the app keeps it."""
    files = {
        paths.database: SECRET,
        paths.database.with_name("inglenook.db-wal"): SECRET,
        paths.backups / "inglenook-20261126-091500.db": SECRET * 2,
        paths.models / "small.gguf": b"GGUF" * 1000,
        paths.models / "deep" / "other.gguf.part": b"GGUF",
        paths.snapshots / "ab" / "one.kv": SECRET * 3,
        paths.personas / "poet.md": SECRET,
        paths.templates / "Letters" / "reply.md": SECRET,
        paths.settings_file: b"{}",
        paths.window_file: b"{}",
        paths.ledger_file: b"{}\n",
        paths.logs / "inglenook.log": b"line\n",
        paths.speed_file: b"{}",
        paths.whole_models_file: b"{}",
        paths.engines / "one" / "lib.so": b"\x7fELF",
        paths.updates / "next.deb": b"!<arch>",
        paths.data / "mystery": b"?",
    }
    for file, content in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def everything(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_every_kind_is_found_with_its_size(paths: Paths) -> None:
    fill(paths)
    found = {place.kind: place for place in data_places(paths, paths.models)}
    assert list(found) == list(DataKind)
    assert (found[DataKind.CHATS].size, found[DataKind.CHATS].files) == (2 * len(SECRET), 2)
    assert (found[DataKind.MODELS].size, found[DataKind.MODELS].files) == (4004, 2)
    assert found[DataKind.MODELS].path == str(paths.models)
    assert found[DataKind.SNAPSHOTS].size == 3 * len(SECRET)
    assert found[DataKind.LEARNT].files == 2
    assert found[DataKind.OTHER].entries == (str(paths.data / "mystery"),)
    whole = sum(len(content) for content in everything(paths.data.parent).values())
    assert sum(place.size for place in found.values()) == whole  # nothing twice, nothing left out


def test_no_file_of_the_app_is_unknown_to_it(paths: Paths) -> None:
    """A new file of `Paths` must be told by its kind, not as another program's."""
    names = [name for name, value in vars(Paths).items() if isinstance(value, property)]
    for name in names:
        file = getattr(paths, name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    (paths.data / "owner.json").touch()
    kinds = {place.kind: place.entries for place in data_places(paths, paths.models)}
    assert kinds[DataKind.OTHER] == (str(paths.data / "owner.json"),)


def test_one_folder_for_all_counts_nothing_twice(tmp_path: Path) -> None:
    """As on Windows, where logs lie in the folder of data and settings."""
    paths = Paths(data=tmp_path / "app", config=tmp_path / "app", logs=tmp_path / "app" / "Logs")
    fill(paths)
    whole = sum(len(content) for content in everything(tmp_path).values())
    assert sum(place.size for place in data_places(paths, paths.models)) == whole
    order(paths, paths.models, models=True)
    assert carry_out(paths).left == ()
    assert everything(tmp_path) == {}


def test_a_chosen_folder_of_models_keeps_what_is_not_ours(paths: Paths, tmp_path: Path) -> None:
    fill(paths)
    chosen = tmp_path / "Documents"
    chosen.mkdir()
    (chosen / "thesis.odt").write_bytes(b"my thesis")
    (chosen / "Large.GGUF").write_bytes(b"GGUF")
    (chosen / "half.gguf.part").write_bytes(b"GG")
    models = next(place for place in data_places(paths, chosen) if place.kind is DataKind.MODELS)
    assert models.size == 4004 + 6
    order(paths, chosen, models=True)
    carry_out(paths)
    assert everything(chosen) == {"thesis.odt": b"my thesis"}


@pytest.mark.parametrize("models", [False, True])
def test_deleting_everything_leaves_nothing_but_what_was_to_stay(paths: Paths, models: bool) -> None:
    fill(paths)
    before = everything(paths.data.parent)
    place = join(paths)
    assert isinstance(place, Ownership)
    order(paths, paths.models, models=models)
    assert everything(paths.data.parent).items() >= before.items()  # only ordered so far
    erased = carry_out(paths)
    place.close()
    left = everything(paths.data.parent)
    kept = {name for name in before if name.startswith("data/models/")} if not models else set()
    assert set(left) == kept | {"data/owner.lock"}
    assert left["data/owner.lock"] == b""
    assert erased.files == len(before) - len(kept)
    assert erased.size == sum(len(content) for name, content in before.items() if name not in kept)
    assert not is_ordered(paths)


def test_links_go_and_what_they_lead_to_stays(paths: Paths, tmp_path: Path) -> None:
    fill(paths)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious.txt").write_bytes(b"precious")
    (paths.data / "link").symlink_to(elsewhere)
    (paths.personas / "link").symlink_to(elsewhere)
    (paths.personas / "poet.png").symlink_to(elsewhere / "precious.txt")
    order(paths, paths.models, models=True)
    assert carry_out(paths).left == ()
    assert everything(elsewhere) == {"precious.txt": b"precious"}
    assert list(paths.data.iterdir()) == []


def test_a_junction_of_windows_is_a_link_too(paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python 3.11 walks into folders that lead elsewhere so: with the models all would go that is behind one."""
    chosen = tmp_path / "chosen"
    (chosen / "own").mkdir(parents=True)
    (chosen / "own" / "a.gguf").write_bytes(b"GGUF")
    (chosen / "elsewhere").mkdir()
    (chosen / "elsewhere" / "b.gguf").write_bytes(b"GGUF")
    lstat = Path.lstat

    def as_windows(path: Path) -> object:
        status = lstat(path)
        if path.name != "elsewhere":
            return status
        return SimpleNamespace(st_mode=status.st_mode, st_size=0, st_reparse_tag=0xA0000003)

    monkeypatch.setattr(Path, "lstat", as_windows)
    assert model_files(chosen) == [chosen / "own" / "a.gguf"]
    assert measure([chosen]) == (4, 2)


def test_without_an_order_nothing_goes(paths: Paths) -> None:
    fill(paths)
    before = everything(paths.data.parent)
    assert carry_out(paths).files == 0
    for content in (b"", b"{", b'{"models":true}', b'{"models":"yes","models_folder":"/"}', os.urandom(64)):
        (paths.data / "erase.json").write_bytes(content)
        assert not is_ordered(paths)
        assert carry_out(paths).files == 0
    (paths.data / "erase.json").unlink()
    assert everything(paths.data.parent) == before


KILLED = """
import os, sys
from pathlib import Path
from desktop_app.services.data_folder import erasing, own_data
from desktop_app.support.paths import Paths

paths, last = Paths.below(Path(sys.argv[1])), int(sys.argv[2])
calls = 0
def unlink(path, *args, _real=os.unlink, **kwargs):
    global calls
    calls += 1
    if calls > last:
        os.kill(os.getpid(), 9)
    _real(path, *args, **kwargs)
os.unlink = unlink
erasing.order(paths, paths.models, models=True)
erasing.carry_out(paths)
"""


@pytest.mark.parametrize("deleted", range(KILLS))
def test_killed_in_the_midst_the_next_start_goes_on(paths: Paths, deleted: int) -> None:
    fill(paths)
    count = deleted * 12 // KILLS
    command = [sys.executable, "-c", KILLED, str(paths.data.parent), str(count)]
    done = subprocess.run(command, check=False, timeout=120, cwd=Path(__file__).resolve().parents[2])
    assert done.returncode == -signal.SIGKILL
    assert is_ordered(paths)
    left = everything(paths.data.parent)
    assert left
    if count >= 2:  # the chats went first
        assert not any(name.startswith("data/inglenook.db") for name in left)
    place = join(paths)
    assert isinstance(place, Ownership)
    place.close()
    assert set(everything(paths.data.parent)) == {"data/owner.lock"}
    assert not is_ordered(paths)


def test_what_cannot_be_removed_is_told(paths: Paths, monkeypatch) -> None:
    fill(paths)
    stuck = paths.snapshots / "ab" / "one.kv"
    real = os.unlink

    def unlink(path: object, *rest: object, **more: object) -> None:
        if str(path).endswith("one.kv"):
            raise PermissionError(13, "in use", str(path))
        real(path, *rest, **more)

    monkeypatch.setattr(os, "unlink", unlink)
    order(paths, paths.models, models=True)
    erased = carry_out(paths)
    assert erased.left == (str(stuck),)
    assert set(everything(paths.data.parent)) == {"data/snapshots/ab/one.kv"}


# Through the service, over a real database


@pytest.fixture
def home(paths: Paths):
    made = Home(paths.data)
    yield made
    made.close()


def conversation(number: int, *, deleted: bool = False) -> Conversation:
    key = f"{number:032x}"
    chat = Chat(
        id=key, title="A chat", created_at=1.0, updated_at=2.0, deleted_at=9.0 if deleted else None, sampling=Sampling()
    )
    question = Message(id=f"q{number}", chat_id=key, parent_id=None, role=Role.USER, parts=(TextPart("Why?"),), created_at=1_795_000_000.0,
                       status=MessageStatus.COMPLETE)  # fmt: skip
    receipt = Receipt(
        model_name="SmolLM2", prompt_tokens=30, cached_tokens=10, completion_tokens=11, tokens_per_second=10.0
    )
    answer = Message(id=f"a{number}", chat_id=key, parent_id=question.id, role=Role.ASSISTANT, parts=(TextPart("So."),),
                     created_at=1_795_000_001.0, status=MessageStatus.COMPLETE, receipt=receipt)  # fmt: skip
    return Conversation(chat=chat, messages=(question, answer))


def service(paths: Paths, home: Home, forget=lambda: True) -> OwnData:
    return OwnData(
        paths=paths, models_folder=lambda: paths.models, database=home.database, jobs=home.jobs, forget_secrets=forget
    )


def test_what_is_stored_is_counted_without_the_trash(paths: Paths, home: Home) -> None:
    home.put(*(conversation(number) for number in range(7)), conversation(99, deleted=True))
    told = service(paths, home).statistics().future.result(60)
    assert (told.chats, told.questions, told.answers) == (7, 7, 7)
    assert (told.tokens_read, told.tokens_reused, told.tokens_written) == (140, 70, 77)
    assert [use.name for use in told.models] == ["SmolLM2"]


def test_many_messages_are_counted_a_slice_at_a_time(paths: Paths, home: Home, monkeypatch) -> None:
    monkeypatch.setattr("desktop_app.storage.statistics.SLICE_MESSAGES", 10)
    assert SLICE_MESSAGES > 10
    home.put(*(conversation(number) for number in range(21)))
    reads: list[object] = []
    real = home.database.read
    monkeypatch.setattr(home.database, "read", lambda action: (reads.append(action), real(action))[1])
    assert service(paths, home).statistics().future.result(60).answers == 21
    assert len(reads) == 5 + 1 + 1  # 42 messages, the end, the chats


@pytest.mark.parametrize("kind", sorted(EXPENDABLE))
def test_what_can_go_goes_alone(paths: Paths, home: Home, kind: DataKind) -> None:
    home.close()
    fill(paths)
    before = {place.kind: place for place in data_places(paths, paths.models)}
    with ThreadPoolExecutor(1) as pool:
        data = OwnData(
            paths=paths,
            models_folder=lambda: paths.models,
            database=home.database,
            jobs=Jobs(pool),
            forget_secrets=bool,
        )
        erased = data.delete(kind).future.result(60)
    assert erased.size == before[kind].size
    assert {place.kind: place for place in data_places(paths, paths.models)} == {
        each: place for each, place in before.items() if each is not kind
    }


def test_the_chats_do_not_go_by_themselves(paths: Paths, home: Home) -> None:
    for kind in set(DataKind) - EXPENDABLE:
        with pytest.raises(ValueError, match=kind.value):
            service(paths, home).delete(kind)


def test_a_keyring_that_does_not_let_go_stops_it(paths: Paths, home: Home) -> None:
    with pytest.raises(AppError) as raised:
        service(paths, home, lambda: False).order_erasure(models=True).future.result(60)
    assert raised.value.code is ErrorCode.DATA_NOT_DELETED
    assert not is_ordered(paths)


def test_the_command_lists_and_deletes(paths: Paths, tmp_path: Path) -> None:
    fill(paths)
    kept = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
    environment = {**kept, "INGLENOOK_HOME": str(paths.data.parent), "PYTHONWARNINGS": "error"}

    def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "desktop_app", "data", *arguments]
        return subprocess.run(
            command, env=environment, input=stdin, capture_output=True, text=True, timeout=120, check=False
        )

    listed = json.loads(run("--json").stdout)
    assert [place["kind"] for place in listed] == list(DataKind)
    assert f"snapshots\t96 B\t1\t{paths.snapshots}" in run().stdout
    before = everything(paths.data.parent)
    assert run("delete-everything", stdin="no\n").returncode == 1
    assert everything(paths.data.parent) == before
    place = join(paths)
    refused = run("delete-everything", "--yes")
    place.close()
    assert refused.returncode == 1
    assert everything(paths.data.parent).items() >= before.items()
    done = run("delete-everything", stdin="delete\n")
    assert (done.returncode, done.stdout) == (0, "316 B is free now.\n")
    assert set(own_entries(paths)) == {paths.models, paths.data / "owner.lock"}
