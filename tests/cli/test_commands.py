"""The command line as a person uses it: real processes, a real model, no display."""

import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from desktop_app.support.paths import Paths
from tests.programs import run_command

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "Hëimat 家 with spaces"


@pytest.fixture
def environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    return {**kept, "INGLENOOK_HOME": str(home), "PYTHONWARNINGS": "error"}


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    def call(*arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        return run_command(arguments, environment, stdin)

    return call


def tree(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*")) if folder.exists() else []


@pytest.mark.parametrize("command", [(), ("ask",), ("doctor",), ("models",), ("window",), ("serve-rpc",)])
def test_help_for_all(run: Run, command: tuple[str, ...]) -> None:
    done = run(*command, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith("usage: inglenook")
    assert done.stderr == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ("dance",),
        ("ask", "x", "--top-p", "3"),
        ("ask", "x", "--top-p", "nan"),
        ("ask", "x", "--seed", "many"),
        ("models", "search", "x", "--limit", "-1"),
        ("models", "search", "x", "--limit", "0"),
        ("models", "search", "x", "--limit", "100000"),
        ("doctor", "--no"),
    ],
)
def test_wrong_usage_is_2(run: Run, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert "usage: inglenook" in done.stderr


def test_a_question_is_answered_and_nothing_stored(run: Run, home: Path) -> None:
    done = run("ask", "What is the capital of France?", "--temperature", "0", "--max-tokens", "16")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip()
    assert done.stdout.endswith("\n")
    assert [name for name in tree(home) if name.endswith(".db")] == []


@pytest.mark.usefixtures("whole_starter")
def test_json_has_every_figure(run: Run) -> None:
    done = run("ask", "-", "--json", "--seed", "5", "--max-tokens", "8", stdin="Name three trees.")
    answer = json.loads(done.stdout)
    assert set(answer) == {
        "text",
        "finish_reason",
        "model",
        "seed",
        "prompt_tokens",
        "cached_tokens",
        "completion_tokens",
        "seconds_to_first_token",
        "tokens_per_second",
    }
    assert (answer["seed"], answer["cached_tokens"], answer["finish_reason"]) == (5, 0, "length")
    assert answer["completion_tokens"] == 8
    assert answer["text"].strip()


def test_the_same_seed_repeats_the_answer(run: Run) -> None:
    once, again = (run("ask", "Tell me a joke.", "--seed", "11", "--max-tokens", "10").stdout for _ in range(2))
    assert once == again


def test_save_keeps_a_chat(run: Run, home: Path) -> None:
    done = run("ask", "Say hello.", "--save", "--max-tokens", "8")
    assert (done.returncode, done.stderr) == (0, "")
    from sqlcipher3 import dbapi2

    connection = dbapi2.connect(str(Paths.below(home).database))
    rows = connection.execute("SELECT role, status FROM messages ORDER BY sequence").fetchall()
    connection.close()
    assert rows == [("user", "complete"), ("assistant", "complete")]


def test_a_missing_model_is_an_error_in_words(run: Run, home: Path) -> None:
    done = run("ask", "hi", "--model", str(home / "none.gguf"))
    assert done.returncode == 1
    assert done.stdout == ""
    assert "none.gguf was not found." in done.stderr
    assert "Traceback" not in done.stderr


def test_a_pipe_as_a_model_is_refused_though_nobody_writes_into_it(run: Run, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.gguf")
    done = run("ask", "hi", "--model", str(tmp_path / "pipe.gguf"))
    assert done.returncode == 1
    assert "pipe.gguf is a pipe or a device, not a model file." in done.stderr


def test_ask_never_imports_qt(environment: dict[str, str]) -> None:
    script = (
        "import sys; from desktop_app.__main__ import main\n"
        "if __name__ == '__main__':\n"
        "    code = main(['ask', 'hi', '--max-tokens', '2'])\n"
        "    print([name for name in sys.modules if name.startswith(('PySide6', 'sqlalchemy', 'llama_cpp'))])\n"
    )
    file = Path(environment["INGLENOOK_HOME"]).parent / "driver.py"
    file.write_text(script)
    environment = {**environment, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    done = subprocess.run(
        [sys.executable, str(file)], env=environment, capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_ends_the_answer_and_its_worker(environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "desktop_app", "ask", "Write a very long story.", "--max-tokens", "4000"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.read(10)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=120)
    assert process.returncode == 130
    assert errors == b""


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_leaves_the_answers_of_other_commands_alone(environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "desktop_app", "ask", "Tell me a story.", "--seed", "1", "--max-tokens"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "bufsize": 0}
    with subprocess.Popen([*command, "4000"], env=environment, **pipes) as first:
        assert first.stdout is not None
        first.stdout.read(1)
        with subprocess.Popen([*command, "20"], env=environment, **pipes) as second:
            while second.poll() is None and not psutil.Process(second.pid).net_connections("unix"):
                threading.Event().wait(0.01)
            first.send_signal(signal.SIGINT)
            answer, errors = second.communicate(timeout=120)
        first.communicate(timeout=120)
    assert first.returncode == 130
    assert (second.returncode, errors) == (0, b"")
    assert answer.strip()


def test_ask_begins_with_the_settings(run: Run, home: Path) -> None:
    paths = Paths.below(home)
    paths.settings_file.parent.mkdir(parents=True)
    paths.settings_file.write_text('{"sampling": {"seed": 7, "max_tokens": 3}}')
    answer = json.loads(run("ask", "hi", "--json").stdout)
    assert (answer["seed"], answer["completion_tokens"], answer["finish_reason"]) == (7, 3, "length")
    assert answer["model"] == "SmolLM2 135M Instruct"
    assert json.loads(run("ask", "hi", "--json", "--seed", "8").stdout)["seed"] == 8


def test_a_reader_that_leaves_is_no_error(environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "desktop_app", "ask", "Write a very long story.", "--max-tokens", "200"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr is not None
        errors = process.stderr.read()
        process.wait(60)
    assert (process.returncode, errors) == (0, b"")


def test_doctor_only_reads(run: Run, home: Path) -> None:
    done = run("doctor", "--json")
    findings = json.loads(done.stdout)
    assert done.returncode == 0, done.stdout
    assert findings["self_test"]["ok"]
    assert findings["database"]["exists"] is False
    assert findings["hardware"]["error"] is None
    assert [device["kind"] for device in findings["hardware"]["devices"] if device.get("why_not") is None]
    assert findings["packages"]["llama-cpp-python"] == "0.3.36"
    assert not home.exists()
    assert findings["hardware"]["engine"]["cpu_features"]
    assert findings["version"] != "unknown"
    readable = run("doctor")
    assert "self-test" in readable.stdout
    assert "Models run on the processor" in readable.stdout or "graphics card" in readable.stdout
    assert not home.exists()


def test_doctor_sees_a_damaged_database(run: Run, home: Path) -> None:
    database = Paths.below(home).database
    database.parent.mkdir(parents=True)
    database.write_bytes(b"nonsense" * 1000)
    before = tree(home)
    done = run("doctor", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["database"]["integrity_ok"] is False
    assert tree(home) == before


def test_models_lists_the_starter(run: Run) -> None:
    models = json.loads(run("models", "--json").stdout)
    assert models[0]["is_starter"]
    assert "SmolLM2" in run("models").stdout


def test_an_unwritable_home_is_an_error_in_words(run: Run, home: Path) -> None:
    home.parent.mkdir(exist_ok=True)
    home.write_text("a file in the way")
    done = run("ask", "hi")
    assert done.returncode == 1
    assert "cannot write" in done.stderr


def test_two_questions_at_once_are_both_answered(environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "desktop_app", "ask", "Tell me a story.", "--seed", "1", "--max-tokens", "80"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "bufsize": 0}
    with subprocess.Popen(command, env=environment, **pipes) as first:
        assert first.stdout is not None
        begun = first.stdout.read(1)
        second = subprocess.run(command, env=environment, capture_output=True, timeout=120, check=False)
        rest, errors = first.communicate(timeout=120)
    assert (first.returncode, errors) == (0, b"")
    assert (second.returncode, second.stderr) == (0, b"")
    assert (begun + rest).strip()
    assert second.stdout.strip()


@pytest.mark.parametrize("question", ["", "   "])
def test_an_empty_question_is_wrong_usage(run: Run, question: str) -> None:
    done = run("ask", question)
    assert done.returncode == 2
    assert "empty" in done.stderr
    assert run("ask", stdin=question).returncode == 2


def test_bytes_that_are_no_text_are_replaced(environment: dict[str, str]) -> None:
    command = [os.fsencode(sys.executable), b"-m", b"desktop_app", b"ask", b"--max-tokens", b"2"]
    for arguments, stdin in (([b"caf\xe9?"], b""), ([b"-"], b"caf\xe9?")):
        done = subprocess.run(
            [*command, *arguments], env=environment, input=stdin, capture_output=True, timeout=120, check=False
        )
        assert (done.returncode, done.stderr) == (0, b"")


def start_window(environment: dict[str, str], **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in environment.items() if name != "QT_QPA_PLATFORM"}
    command = [sys.executable, "-m", "desktop_app"]
    return subprocess.run(command, env=kept | variables, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.skipif(sys.platform != "linux", reason="Linux")
@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"DISPLAY": ":9871"},
        {"QT_QPA_PLATFORM": "xcb"},
        {"QT_QPA_PLATFORM": "wayland-egl;xcb", "XDG_RUNTIME_DIR": "/nonexistent"},
        {"WAYLAND_DISPLAY": "wayland-7", "DISPLAY": ":9871"},
        {"XDG_SESSION_TYPE": "wayland", "XDG_RUNTIME_DIR": "/nonexistent"},
        {"QT_QPA_PLATFORM": "no-such-plugin"},
    ],
)
def test_a_window_without_a_display_is_one_line_in_words(
    environment: dict[str, str], home: Path, variables: dict[str, str]
) -> None:
    done = start_window(environment, **variables)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("inglenook: There is no display")
    assert done.stderr.count("\n") == 1
    assert not home.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="Linux")
def test_a_library_that_the_system_lacks_is_named_with_its_package(environment: dict[str, str], tmp_path: Path) -> None:
    qt = Path(next(iter(importlib.util.find_spec("PySide6").submodule_search_locations))) / "Qt"
    copied = tmp_path / "PySide6/Qt"
    (copied / "plugins/platforms").mkdir(parents=True)
    (copied / "lib").symlink_to(qt / "lib")
    (copied.parent / "__init__.py").touch()
    plugin = (qt / "plugins/platforms/libqoffscreen.so").read_bytes()
    assert b"libGL.so.1\0" in plugin
    (copied / "plugins/platforms/libqoffscreen.so").write_bytes(plugin.replace(b"libGL.so.1\0", b"libZZ.so.1\0"))
    path = f"{tmp_path}{os.pathsep}{environment.get('PYTHONPATH', '')}"
    done = start_window(environment, QT_QPA_PLATFORM="offscreen", PYTHONPATH=path)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "libZZ.so.1" in done.stderr
    assert "“libzz1”" in done.stderr


def test_a_module_whose_library_the_system_lacks_is_one_line(environment: dict[str, str], tmp_path: Path) -> None:
    words = "libffi.so.8: cannot open shared object file: No such file or directory"
    (tmp_path / "ctypes.py").write_text(f"raise ImportError({words!r})", encoding="utf-8")
    path = f"{tmp_path}{os.pathsep}{environment.get('PYTHONPATH', '')}"
    done = start_window(environment, PYTHONPATH=path)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "libffi.so.8" in done.stderr
    assert "“libffi8”" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux")
def test_an_output_that_cannot_be_written_is_an_error_in_words(environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "desktop_app", "ask", "hi", "--max-tokens", "4"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command, env=environment, stdout=full, stderr=subprocess.PIPE, text=True, timeout=120, check=False
        )
    assert done.returncode == 1
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr


def _without_network() -> list[str]:
    """Return the command that runs another one where there is no network at all; empty where that is not allowed."""
    command = ["unshare", "--net", "--map-root-user"]
    try:
        allowed = subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        allowed = False
    return command if allowed else []


@pytest.mark.skipif(not _without_network(), reason="this system makes no network namespaces")
def test_without_any_network_chat_works_and_the_hub_is_missed_calmly(environment: dict[str, str]) -> None:
    online = {name: value for name, value in environment.items() if name != "HF_HUB_OFFLINE"}

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*_without_network(), sys.executable, "-m", "desktop_app", *arguments],
            env=online,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    answer = call("ask", "hi", "--max-tokens", "4", "--json")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert json.loads(answer.stdout)["completion_tokens"] > 0
    search = call("models", "search", "small")
    assert search.returncode == 1
    assert "cannot be reached" in search.stderr
    assert "Traceback" not in search.stderr


def test_ask_keeps_to_a_schema_and_leaves_out_what_is_banned(run: Run, tmp_path: Path) -> None:
    schema = tmp_path / "schema with a space.json"
    schema.write_text('{"type": "object", "properties": {"sound": {"enum": ["meow", "purr"]}}, "required": ["sound"]}')
    done = run("ask", "What does a cat say?", "--json-schema", str(schema), "--max-tokens", "40", "--ban", "meow")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"sound": "purr"}


def test_ask_begins_the_answer_as_it_is_told(run: Run) -> None:
    done = run("ask", "What does a cat say?", "--begin-with", "A cat says ", "--max-tokens", "4", "--temperature", "0")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("A cat says")
    assert len(done.stdout.strip()) > len("A cat says")


def test_a_grammar_that_cannot_be_used_is_said(run: Run, tmp_path: Path) -> None:
    grammar = tmp_path / "wrong.gbnf"
    grammar.write_text("root ::= nowhere")
    done = run("ask", "Hello", "--grammar", str(grammar))
    assert done.returncode == 1
    assert "grammar" in done.stderr
    grammar.write_text("x" * 200_000)
    for path, words in ((str(grammar), "longer than"), (str(tmp_path / "missing"), "cannot be read")):
        refused = run("ask", "Hello", "--grammar", path)
        assert refused.returncode == 2
        assert words in refused.stderr


@pytest.mark.parametrize(
    ("given", "words"), [("0", "0 is not between 1 and 65535"), ("65536", "not between"), ("x", "“x” is not a number")]
)
def test_a_computer_is_not_lent_at_what_is_no_port(run: Run, given: str, words: str) -> None:
    done = run("serve-rpc", "--port", given)
    assert done.returncode == 2
    assert words in done.stderr


def test_bounds_are_named_as_they_can_be_typed(run: Run) -> None:
    assert "not between 0 and 4294967294" in run("ask", "x", "--seed", "9999999999").stderr


def test_a_computer_is_not_lent_at_what_is_no_address_nor_by_an_engine_that_cannot(run: Run) -> None:
    done = run("serve-rpc", "--host", "::1")
    assert (done.returncode, done.stdout) == (1, "")
    assert "“::1” is not an IPv4 address" in done.stderr
    done = run("serve-rpc")
    assert (done.returncode, done.stdout) == (1, "")
    assert "packaging/dev.py build-engine" in done.stderr


PART = os.environ.get("INGLENOOK_TEST_VARIANTS", "")


@pytest.mark.usefixtures("interruptible")
@pytest.mark.skipif(
    not PART or not any(Path(PART).glob("*ggml-rpc*")), reason="needs an engine with the part for other computers"
)
@pytest.mark.parametrize(("host", "warned"), [("127.0.0.1", False), ("0.0.0.0", True)])
def test_a_computer_is_lent_until_ctrl_c(environment: dict[str, str], host: str, warned: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    command = [sys.executable, "-m", "desktop_app", "serve-rpc", "--host", host, "--port", str(port)]
    lent = subprocess.Popen(
        command,
        env={**environment, "LLAMA_CPP_LIB_PATH": PART},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert lent.stdout is not None
    told = [lent.stdout.readline() for _line in range(3)]
    assert f"{host}:{port}" in told[0]
    assert "free" in told[1]
    assert f":{port}" in told[2]
    os.killpg(lent.pid, signal.SIGINT)  # as a terminal does it
    _rest, warning = lent.communicate(timeout=120)
    assert lent.returncode == 130
    assert ("no password" in warning) is warned
    assert "Traceback" not in warning


@pytest.mark.parametrize("command", [("backup",), ("export", "chats.json")])
def test_where_there_are_no_chats_yet_that_is_said(run: Run, command: tuple[str, ...]) -> None:
    done = run("chats", *command)
    assert done.returncode == 1
    assert done.stderr == "inglenook: There are no chats yet. Ask a question first.\n"
