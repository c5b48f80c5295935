"""What was read is not read twice: after a restart, on returning to a chat, beside other chats; in real workers."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from desktop_app.engine.snapshots import SUFFIX
from desktop_app.protocol import engine as protocol
from tests.engine.conftest import PATIENCE, Reply, WorkerProcess
from tests.engine.tiny_models import write_tiny_model

Spawn = Callable[..., WorkerProcess]
STORY = "The keeper of the lighthouse wrote down the wind, the tide and every ship that passed that day. "
GREEDY = {"temperature": 0.0, "max_tokens": 12}
TURN = "<|im_end|>\n<|im_start|>user\nGo on.<|im_end|>\n<|im_start|>assistant\n"


def load(worker: WorkerProcess, starter: Path, folder: Path, **options: object) -> WorkerProcess:
    options = {"context_size": 4096, "sequences": 4, "snapshot_bytes": 1 << 30} | options
    events = worker.load(starter, snapshot_folder=str(folder), **options)
    assert isinstance(events[-1], protocol.Loaded), events[-1]
    return worker


def ask(worker: WorkerProcess, prompt: str, keep_as: str, **sampling: object) -> Reply:
    command = worker.generate(prompt, f"r{time.monotonic_ns()}", **(GREEDY | sampling))
    worker.send(protocol.Generate(
        request_id=command.request_id, prompt=prompt, sampling=command.sampling, keep_as=keep_as
    ))  # fmt: skip
    return worker.reply()


def wait_for_snapshots(folder: Path, count: int) -> list[Path]:
    """Wait until the idle worker has written them."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []
        if len(found) >= count:
            return found
        time.sleep(0.02)
    raise AssertionError(f"no {count} snapshots in {folder}")


@pytest.fixture(scope="module")
def prompt(chat: Callable[[str], str]) -> str:
    return chat(STORY * 7)


@pytest.fixture(scope="module")
def fresh(starter: Path, prompt: str) -> tuple[str, str]:
    """What a worker that knows nothing says: to the prompt, and then to the next turn."""
    worker = WorkerProcess()
    try:
        worker.load(starter, context_size=4096, sequences=4)
        first = worker.ask(prompt, **GREEDY).text
    finally:
        worker.end()
    worker = WorkerProcess()
    try:
        worker.load(starter, context_size=4096, sequences=4)
        return first, worker.ask(prompt + first + TURN, **GREEDY).text
    finally:
        worker.end()


def test_after_a_restart_only_what_is_new_is_read(spawn: Spawn, starter: Path, prompt, fresh, tmp_path: Path) -> None:
    folder = tmp_path / "snapshots"
    worker = load(spawn(), starter, folder)
    first = ask(worker, prompt, "chat1")
    assert first.text == fresh[0]
    wait_for_snapshots(folder, 1)
    worker.process.kill()
    again = ask(load(spawn(), starter, folder), prompt + first.text + TURN, "chat1")
    assert again.finished.cached_tokens >= first.finished.prompt_tokens
    assert again.finished.prompt_tokens - again.finished.cached_tokens < 30
    assert again.text == fresh[1]


def test_a_worker_that_ends_in_good_order_keeps_what_it_read(spawn, starter: Path, prompt, fresh, tmp_path) -> None:
    worker = load(spawn(), starter, tmp_path)
    ask(worker, prompt, "chat1")
    worker.send(protocol.Unload())
    assert worker.exit_code() == 0
    assert len(list(tmp_path.iterdir())) == 1
    again = ask(load(spawn(), starter, tmp_path), prompt + fresh[0] + TURN, "chat1")
    assert again.finished.cached_tokens > 140
    assert again.text == fresh[1]


def test_going_back_to_a_chat_after_others(spawn: Spawn, starter: Path, prompt: str, fresh, tmp_path: Path) -> None:
    worker = load(spawn(), starter, tmp_path)
    ask(worker, prompt, "chat0")
    for number in range(1, 4):
        ask(worker, f"{number} {prompt}", f"chat{number}")
    back = ask(worker, prompt + fresh[0] + TURN, "chat0")
    assert back.finished.prompt_tokens - back.finished.cached_tokens < 30
    assert back.text == fresh[1]


def test_another_use_of_the_same_beginning_leaves_the_rest_alone(spawn, whole: Path, prompt, fresh, tmp_path) -> None:
    worker = load(spawn(), whole, tmp_path)
    first = ask(worker, prompt, "chat0", max_tokens=100)
    title = ask(worker, prompt + first.text[:8] + TURN, "")
    assert title.finished.cached_tokens >= first.finished.prompt_tokens
    back = ask(worker, prompt + first.text + TURN, "chat0")
    assert back.finished.cached_tokens >= first.finished.prompt_tokens + first.finished.completion_tokens - 2


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that has read in no time, for what is kept and what is not."""
    return write_tiny_model(tmp_path_factory.mktemp("tiny") / "tiny.gguf", "llama")


def test_without_a_name_nothing_is_kept(spawn: Spawn, tiny: Path, prompt: str, tmp_path: Path) -> None:
    worker = load(spawn(), tiny, tmp_path)
    ask(worker, prompt, "")
    worker.send(protocol.Unload())
    assert worker.exit_code() == 0
    assert list(tmp_path.iterdir()) == []


def test_what_is_to_be_forgotten_is_gone_and_stays_so(spawn: Spawn, tiny: Path, prompt, tmp_path: Path) -> None:
    worker = load(spawn(), tiny, tmp_path)
    ask(worker, prompt, "chat1")
    wait_for_snapshots(tmp_path, 1)
    worker.send(protocol.ForgetKept("chat1"), protocol.Unload())
    assert worker.exit_code() == 0
    assert list(tmp_path.iterdir()) == []


def test_another_cache_type_trusts_none_of_it(spawn: Spawn, starter: Path, prompt: str, tmp_path: Path) -> None:
    from desktop_app.domain.fit import KvType

    worker = load(spawn(), starter, tmp_path)
    ask(worker, prompt, "chat1")
    wait_for_snapshots(tmp_path, 1)
    worker.process.kill()
    again = ask(load(spawn(), starter, tmp_path, kv_type=KvType.Q8_0), prompt, "chat1")
    assert again.finished.cached_tokens == 0


def test_a_damaged_snapshot_is_read_over(spawn: Spawn, tiny: Path, prompt: str, tmp_path: Path) -> None:
    worker = load(spawn(), tiny, tmp_path)
    first = ask(worker, prompt, "chat1")
    (file,) = wait_for_snapshots(tmp_path, 1)
    worker.process.kill()
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 4
    file.write_bytes(data)
    again = ask(load(spawn(), tiny, tmp_path), prompt, "chat1")
    assert again.finished.cached_tokens == 0
    assert again.text == first.text
