"""How a worker begins and ends."""

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest

from desktop_app.domain.errors import ErrorCode
from desktop_app.domain.offload import Limit
from desktop_app.protocol import engine as protocol
from tests.endless import ENDLESS
from tests.engine.conftest import WorkerProcess

PATIENCE = 60.0
STORY = "Once upon a time"


@pytest.fixture(autouse=True)
def _spawned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start each as the app does."""
    monkeypatch.setattr(WorkerProcess, "kind", multiprocessing.get_context("spawn").Process)


def test_the_handshake_and_the_load(spawn, whole: Path) -> None:
    worker = spawn()
    worker.send(protocol.Hello())
    ready = worker.next()
    assert isinstance(ready, protocol.Ready)
    assert ready.version == protocol.VERSION
    assert ready.engine_build.startswith("installed")
    assert "llama.cpp" in ready.engine_version
    worker.send(protocol.Load(model_path=str(whole)))
    events = worker.until(protocol.Loaded)
    fractions = [event.fraction for event in events if isinstance(event, protocol.LoadProgress)]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert isinstance(events[-2], protocol.SelfTesting)
    model = events[-1].model
    assert (model.context_size, model.trained_context, model.layer_count) == (8192, 8192, 30)
    assert (model.quantization, model.architecture, model.device) == ("Q4_1", "llama", "CPU")
    assert model.file_size == whole.stat().st_size
    assert "<|im_start|>" in model.chat_template
    assert (model.begin_token, model.end_token) == ("<|im_start|>", "<|im_end|>")
    assert model.plan is not None
    assert (model.plan.gpu_layers, model.plan.limit, model.allocated) == (0, Limit.NO_DEVICE, {})
    assert model.engine_build == ready.engine_build
    assert not model.safe_mode


def test_safe_mode(spawn, starter: Path) -> None:
    worker = spawn()
    assert worker.load(starter, safe_mode=True)[-1].model.safe_mode
    assert worker.ask(STORY, temperature=0.0, max_tokens=3).end.completion_tokens == 3


def test_another_version_of_the_protocol(spawn) -> None:
    worker = spawn()
    worker.send(protocol.Hello(version=protocol.VERSION + 1))
    failed = worker.next()
    assert isinstance(failed, protocol.LoadFailed)
    assert failed.error.code is ErrorCode.ENGINE_VERSION
    assert worker.exit_code() == 0


@pytest.mark.parametrize("content", ["nothing", "no library"])
def test_an_engine_folder_without_an_engine(spawn, tmp_path: Path, content: str) -> None:
    if content == "no library":
        (tmp_path / "libllama.so").write_text("no library")
    worker = spawn(str(tmp_path))
    worker.send(protocol.Hello())
    failed = worker.next()
    assert isinstance(failed, protocol.LoadFailed)
    expected = ErrorCode.ENGINE_MISSING if content == "nothing" else ErrorCode.ENGINE_START_FAILED
    assert failed.error.code is expected
    assert worker.exit_code() == 0


def test_requests_before_a_model_is_loaded_are_refused(spawn) -> None:
    worker = spawn()
    worker.send(protocol.Hello(), worker.generate(STORY), protocol.CountTokens("count", "x"), protocol.Cancel("r"))
    refused = [worker.until(protocol.Failed)[-1] for _ in range(2)]
    assert [failed.request_id for failed in refused] == ["r", "count"]


def test_unload_ends_it(spawn, starter: Path) -> None:
    worker = spawn()
    worker.load(starter)
    worker.send(protocol.Unload())
    assert worker.exit_code() == 0


def test_unload_ends_it_in_mid_answer(spawn, starter: Path) -> None:
    worker = spawn()
    worker.load(starter)
    worker.send(worker.generate(STORY * 300, max_tokens=1000), protocol.Unload())
    assert worker.exit_code() == 0


def test_unload_ends_it_while_it_loads(spawn, starter: Path) -> None:
    worker = spawn()
    worker.send(protocol.Hello(), protocol.Load(model_path=str(starter)), protocol.Unload())
    assert worker.exit_code() == 0


def test_what_is_no_message_ends_it(spawn) -> None:
    worker = spawn()
    worker.wire._connection.send_bytes(b"\xc1 nonsense")
    assert worker.exit_code() == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")
def test_signals(spawn, starter: Path) -> None:
    worker = spawn()
    worker.load(starter)
    worker.send(worker.generate(STORY, max_tokens=5000, **ENDLESS))
    worker.until(protocol.Tokens)
    os.kill(worker.process.pid, signal.SIGINT)  # Ctrl-C in the terminal is the owner's
    os.kill(worker.process.pid, signal.SIGUSR1)  # a thread of the owner ended, not the owner
    worker.until(protocol.Tokens)
    os.kill(worker.process.pid, signal.SIGTERM)
    assert worker.exit_code() == -signal.SIGTERM


OWNER = """
    import multiprocessing, sys
    from desktop_app.domain.sampling import Sampling
    from desktop_app.engine import worker
    from desktop_app.protocol import engine as protocol
    from desktop_app.protocol.wire import Wire

    if __name__ == "__main__":
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=worker.run, args=(theirs, ""))
        process.start()
        theirs.close()
        wire = Wire(ours, protocol.Event)
        wire.send(protocol.Hello())
        wire.send(protocol.Load(model_path=sys.argv[1]))
        stage = sys.argv[2]
        while stage != "start":
            event = wire.receive()
            if isinstance(event, protocol.Loaded):
                if stage == "idle":
                    break
                prompt = "Once upon a time " * (1500 if stage == "reading" else 1)
                wire.send(protocol.Generate(request_id="r", prompt=prompt, sampling=Sampling(max_tokens=5000)))
            if isinstance(event, protocol.PromptProgress) and stage == "reading":
                break
            if isinstance(event, protocol.Tokens):
                break
        print(process.pid, flush=True)
        sys.stdin.read()
"""


def ends(orphan: psutil.Process) -> bool:
    """Whether the process ends in time; whoever adopted it may be slow to notice."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if orphan.status() == psutil.STATUS_ZOMBIE:
                return True
            orphan.wait(0.05)
        except psutil.TimeoutExpired:
            continue
        except psutil.NoSuchProcess:
            return True
        return True
    return False


@pytest.mark.parametrize("stage", ["start", "idle", "reading", "writing"])
def test_it_ends_with_its_owner(starter: Path, tmp_path: Path, stage: str) -> None:
    """The owner is killed, so nothing of its own can tell the worker."""
    script = tmp_path / "owner.py"
    script.write_text(textwrap.dedent(OWNER))
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, str(script), str(starter), stage],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(root)},
    ) as owner:
        assert owner.stdout is not None
        orphan = psutil.Process(int(owner.stdout.readline()))
        owner.kill()
    assert ends(orphan)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel's signal is Linux's")
def test_the_kernel_tells_a_child_that_its_parent_is_gone(tmp_path: Path) -> None:
    """Without any pipe between the two."""
    script = tmp_path / "parent.py"
    script.write_text(
        textwrap.dedent("""
            import subprocess, sys
            child = "from desktop_app.support.child import live_with_parent as l; l(); print(1, flush=True); import time; time.sleep(600)"
            with subprocess.Popen([sys.executable, "-c", child], stdout=subprocess.PIPE) as process:
                process.stdout.readline()
                print(process.pid, flush=True)
                sys.stdin.read()
        """)
    )
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(root)},
    ) as parent:
        assert parent.stdout is not None
        orphan = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    assert ends(orphan)


def test_the_reason_of_an_abort_is_told(starter: Path) -> None:
    """More tokens than a batch may have is what llama.cpp answers with an abort."""
    code = textwrap.dedent("""
        import os, sys
        from pathlib import Path
        os.environ["GGML_NO_BACKTRACE"] = "1"
        from desktop_app.engine import llama
        backend = llama.start_backend(lambda reason: print("last words:", reason, flush=True))
        model = llama.Model(Path(sys.argv[1]), extra_buffers=False, on_progress=lambda _: True)
        context = llama.Context(model, size=256, threads=1, batch_size=64, sequences=1, on_gpu=False)
        batch = llama.Batch(65)
        for position in range(65):
            batch.add(5, position, 0, wants_logits=position == 64)
        context.decode(batch)
    """)
    root = Path(__file__).parents[2]
    ended = subprocess.run(
        [sys.executable, "-c", code, str(starter)],
        capture_output=True,
        text=True,
        check=False,
        cwd=root,
        timeout=PATIENCE,
    )
    assert ended.returncode != 0
    assert "last words:" in ended.stdout
    assert "n_batch" in ended.stdout


@pytest.mark.skipif("INGLENOOK_TEST_VARIANTS" not in os.environ, reason="needs a folder with an engine in variants")
def test_an_engine_in_loadable_variants(spawn, starter: Path) -> None:
    """None of them computes with AMX, whose first decode ends the process."""
    folder = os.environ["INGLENOOK_TEST_VARIANTS"]
    variants = [library for library in Path(folder).iterdir() if "ggml-cpu-" in library.name]
    assert len(variants) > 1
    assert not [library.name for library in variants if b"ggml_backend_amx" in library.read_bytes()]
    worker = spawn(folder)
    loaded = worker.load(starter)[-1]
    assert isinstance(loaded, protocol.Loaded), loaded
    assert loaded.model.engine_build == Path(folder).name
    assert worker.ask(STORY, max_tokens=5, temperature=0.0).end.completion_tokens == 5
