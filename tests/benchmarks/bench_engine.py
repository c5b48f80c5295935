"""The engine against llama.cpp's own server, as a person at a desktop feels it: speed, first words, returning, restarts.

    python packaging/dev.py bench tests/benchmarks/bench_engine.py

The peer (the package xllamacpp, with its defaults, and with as many threads as there are cores, whichever is
faster; INGLENOOK_PEER may name another Python that has one) runs in a process of its own and is asked over HTTP; ours over its pipe. Both get the same prompts in
turns. Ratios are printed; no time is asserted.
"""

import contextlib
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from desktop_app.domain.sampling import Sampling
from desktop_app.engine.cpu import physical_cores
from desktop_app.engine.scheduler import IDLE_SECONDS
from desktop_app.engine.snapshots import SUFFIX
from desktop_app.protocol import engine as protocol
from tests.engine.conftest import WorkerProcess

PEER = os.environ.get("INGLENOOK_PEER", sys.executable if importlib.util.find_spec("xllamacpp") else "")
SERVER = Path(__file__).with_name("peer_server.py")
CONTEXT = 8192
ROUNDS = 5
TOKENS = 128
STORY = "<|im_start|>user\nWrite a very long story about a lighthouse keeper.<|im_end|>\n<|im_start|>assistant\n"
TURN = "<|im_end|>\n<|im_start|>user\nGo on.<|im_end|>\n<|im_start|>assistant\n"
TALE = (
    "Peter keeps the lighthouse on the northern cape. Every evening Peter climbs the two hundred steps, cleans the "
    "glass and lights the lamp. When the fog comes in, Peter sounds the horn until the morning. The fishermen of the "
    "village bring Peter bread, coal and letters, and Peter gives them the weather. In winter the sea is loud, and "
    "Peter writes long letters to a sister in the south. In spring the birds return, and Peter counts them for the "
    "university. Once a year a ship brings oil, a new wick and a doctor, who asks Peter how it is to live alone. Peter "
    "says that nobody is alone who has a lamp to keep."
)
REWRITE = (
    f"The first version of the story:\n\n{TALE}\n\nThe second version, the same word for word with Anna instead of "
    f"Peter:\n\n{TALE.replace('Peter', 'Anna')[:139]}"
)
SCHEMA = json.dumps(
    {
        "type": "array",
        "minItems": 6,
        "items": {
            "type": "object",
            "properties": {"name": {"type": "string"}, "year": {"type": "integer"}, "open": {"type": "boolean"}},
            "required": ["name", "year", "open"],
            "additionalProperties": False,
        },
    }
)
LINE = "The keeper of the lighthouse wrote down the wind, the tide and every ship that passed on day {day}. "

pytestmark = [
    pytest.mark.filterwarnings("default"),
    pytest.mark.skipif(not PEER, reason="there is no Python with xllamacpp"),
]


def long_prompt(topic: str, lines: int = 170) -> str:
    """A chat of about 4,000 tokens that begins with `topic`."""
    text = "".join(LINE.format(day=day) for day in range(lines))
    return f"<|im_start|>user\n{topic}: {text}<|im_end|>\n<|im_start|>assistant\n"


class Ours:
    """A worker that keeps what it reads in `folder`."""

    name = "ours"

    def __init__(self, starter: str, folder: Path) -> None:
        self._starter, self._folder = Path(starter), folder
        self._number = 0
        self.start()

    def start(self) -> None:
        self.worker = WorkerProcess()
        self.worker.load(
            self._starter, context_size=CONTEXT, sequences=4, snapshot_folder=str(self._folder), snapshot_bytes=1 << 33
        )

    def restart(self) -> None:
        self.worker.send(protocol.Unload())
        self.worker.exit_code()
        self.worker.end()
        self.start()

    def begin(self, prompt: str, tokens: int, chat: str = "", **sampled: object) -> str:
        """Ask without waiting; greedy, and guessing ahead as every answer without a seed does."""
        self._number += 1
        sampling = Sampling(**({"temperature": 0.0, "max_tokens": tokens} | sampled))
        request_id = f"r{self._number}"
        self.worker.send(protocol.Generate(request_id=request_id, prompt=prompt, sampling=sampling, keep_as=chat))
        return request_id

    def ask(self, prompt: str, tokens: int, chat: str = "", **sampled: object) -> tuple[str, float, float]:
        """Return the text, the seconds to the first token, and tokens a second after it."""
        self.begin(prompt, tokens, chat, **sampled)
        reply = self.worker.reply()
        assert isinstance(reply.end, protocol.Finished), reply.end
        return reply.text, reply.end.seconds_to_first_token, reply.end.tokens_per_second

    def several(self, prompts: list[str], tokens: int) -> float:
        """Return the tokens a second of all together."""
        started = time.perf_counter()
        for prompt in prompts:
            self.begin(prompt, tokens)
        count = 0
        for _ in prompts:
            end = self.worker.until(protocol.Finished, protocol.Failed)[-1]
            assert isinstance(end, protocol.Finished)
            count += end.completion_tokens
        return count / (time.perf_counter() - started)

    def wait_until_kept(self, count: int) -> None:
        """Wait until so many snapshots are on the disk, and none is being written."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            time.sleep(2 * IDLE_SECONDS)
            names = [path.name for path in self._folder.iterdir()] if self._folder.is_dir() else []
            if len([name for name in names if name.endswith(SUFFIX)]) >= count and not any(n[0] == "." for n in names):
                return

    @property
    def memory(self) -> int:
        return psutil.Process(self.worker.process.pid).memory_info().rss

    def end(self) -> None:
        self.worker.end()


class Peer:
    """llama.cpp's server with a number of threads of ours, or of its own choice (0)."""

    def __init__(self, starter: str, threads: int) -> None:
        self.name = f"server, {threads or 'its own'} threads"
        self.threads = threads
        self._command = [PEER, str(SERVER), starter, str(CONTEXT), str(threads)]
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._process.stdout is not None
        self._address = next(line.strip() for line in self._process.stdout if line.startswith("http"))

    def restart(self) -> None:
        self.end()
        self.start()

    def ask(self, prompt: str, tokens: int, chat: str = "") -> tuple[str, float, float]:
        body = {"prompt": prompt, "n_predict": tokens, "temperature": 0.0, "stream": True}
        request = urllib.request.Request(
            f"{self._address}/completion", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        started, first, pieces, rate = time.perf_counter(), 0.0, [], 0.0
        with urllib.request.urlopen(request, timeout=600) as answer:
            for line in answer:
                if not line.startswith(b"data: "):
                    continue
                event = json.loads(line[6:])
                first = first or time.perf_counter() - started
                pieces.append(event.get("content", ""))
                if event.get("stop"):
                    rate = event["timings"]["predicted_per_second"]
        return "".join(pieces), first, rate

    def several(self, prompts: list[str], tokens: int) -> float:
        from concurrent.futures import ThreadPoolExecutor

        started = time.perf_counter()
        with ThreadPoolExecutor(len(prompts)) as pool:
            list(pool.map(lambda prompt: self.ask(prompt, tokens), prompts))
        return len(prompts) * tokens / (time.perf_counter() - started)

    @property
    def memory(self) -> int:
        return psutil.Process(self._process.pid).memory_info().rss

    def end(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()


@contextlib.contextmanager
def busy_core() -> Iterator[None]:
    """Keep one core busy with another program."""
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        try:
            yield
        finally:
            process.kill()


@pytest.fixture(scope="module")
def ours(starter: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ours]:
    running = Ours(starter, tmp_path_factory.mktemp("snapshots"))
    yield running
    running.end()


@pytest.fixture(scope="module")
def peers(starter: str) -> Iterator[list[Peer]]:
    running = [Peer(starter, 0), Peer(starter, physical_cores())]
    yield running
    for peer in running:
        peer.end()


def compare(
    title: str, goal: str, ours: Ours, peers: list[Peer], measure: Callable[[Ours | Peer], float], *, more: bool
) -> None:
    """Measure in turns and print the ratio to the better peer; `more` says that more is better."""
    found: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        one: Ours | Peer
        for one in (ours, *peers):
            found.setdefault(one.name, []).append(measure(one))
    middle = {name: statistics.median(values) for name, values in found.items()}
    theirs = (max if more else min)(value for name, value in middle.items() if name != "ours")
    print(f"\n{title}")
    for name, values in found.items():
        print(f"  {name:24} {middle[name]:9.3f}   from {min(values):.3f} to {max(values):.3f}")
    print(f"  ours / theirs            {middle['ours'] / theirs:9.3f}   (goal {goal})")


def test_one_answer(ours: Ours, peers: list[Peer]) -> None:
    one: Ours | Peer
    for one in (ours, *peers):
        one.ask(STORY, 16)
    compare(
        "tokens/s, one answer, idle", "at least 1.15", ours, peers, lambda one: one.ask(STORY, TOKENS)[2], more=True
    )


def test_beside_another_program(ours: Ours, peers: list[Peer]) -> None:
    with busy_core():
        compare(
            "tokens/s, one core kept busy",
            "at least 2.0",
            ours,
            peers,
            lambda one: one.ask(STORY, TOKENS)[2],
            more=True,
        )


def test_four_at_once(ours: Ours, peers: list[Peer]) -> None:
    prompts = [STORY.replace("keeper", word) for word in ("keeper", "builder", "painter", "ghost")]
    compare(
        "tokens/s of four chats together", "at least 1.0", ours, peers, lambda one: one.several(prompts, 64), more=True
    )
    alone = statistics.median(ours.ask(STORY, 64)[2] for _ in range(ROUNDS))
    same = statistics.median(ours.several([STORY] * 4, 64) for _ in range(ROUNDS))
    print(f"  four alternatives / one alone, ours {same / alone:.3f} (goal at least 1.8)")


def test_first_words_of_a_long_chat(starter: str, peers: list[Peer], tmp_path: Path) -> None:
    """Next turn, the turn after a restart, and returning after three other chats; each side once, it takes minutes."""
    threads = max(peers, key=lambda peer: peer.ask(STORY, 32)[2]).threads
    seconds: dict[str, dict[str, float]] = {}
    for one in (Ours(starter, tmp_path), Peer(starter, threads)):
        try:
            seconds[one.name] = long_chat(one)
        finally:
            one.end()
    (_, mine), (name, theirs) = seconds.items()
    goals = {"next turn": "1.0", "after a restart": "0.15", "after three other chats": "0.3", "memory, MB": "1.05"}
    print(f"\nseconds to the first token of a 4,000-token chat, against the {name}")
    for what, value in mine.items():
        print(
            f"  {what:24} {value:8.3f} {theirs[what]:8.3f}   {value / theirs[what]:.3f} (goal at most {goals.get(what, '-')})"
        )


def long_chat(one: Ours | Peer) -> dict[str, float]:
    """Return the seconds to the first token of several turns, and the memory after two of them."""
    chat = long_prompt("a")
    cold = one.ask(chat, 24, "a")
    chat += cold[0] + TURN
    following = one.ask(chat, 24, "a")
    chat += following[0] + TURN
    if isinstance(one, Ours):
        one.wait_until_kept(1)
    memory = one.memory
    one.restart()
    restarted = one.ask(chat, 24, "a")
    chat += restarted[0] + TURN
    for topic in "bcd":
        one.ask(long_prompt(topic), 8, topic)
    returned = one.ask(chat, 24, "a")
    return {
        "cold": cold[1],
        "next turn": following[1],
        "after a restart": restarted[1],
        "after three other chats": returned[1],
        "memory, MB": memory / 1e6,
    }


def test_a_text_that_repeats_its_prompt(ours: Ours, peers: list[Peer]) -> None:
    one: Ours | Peer
    for one in (ours, *peers):
        one.ask(REWRITE, 16)
    compare(
        "tokens/s, a rewrite with small edits",
        "at least 1.3",
        ours,
        peers,
        lambda one: one.ask(REWRITE, TOKENS)[2],
        more=True,
    )


def test_a_schema_costs_little(ours: Ours) -> None:
    prompt = "<|im_start|>user\nList lighthouses as JSON.<|im_end|>\n<|im_start|>assistant\n"
    rates: dict[str, list[float]] = {"off": [], "on": []}
    for _ in range(ROUNDS):
        for name, sampled in (("off", {}), ("on", {"json_schema": SCHEMA})):
            rates[name].append(ours.ask(prompt, TOKENS, seed=1, **sampled)[2])
    off, on = (statistics.median(rates[name]) for name in ("off", "on"))
    print(f"\ntokens/s with a JSON Schema {on:.1f}, without {off:.1f}   {on / off:.3f} (goal at least 0.9)")


def test_stop_while_a_long_prompt_is_read(ours: Ours) -> None:
    seconds = []
    for number in range(ROUNDS):
        request_id = ours.begin(long_prompt(f"stop {number}"), 8)
        ours.worker.until(protocol.PromptProgress)
        time.sleep(0.4)  # somewhere in the prompt
        started = time.perf_counter()
        ours.worker.send(protocol.Cancel(request_id))
        ours.worker.until(protocol.Finished)
        seconds.append(time.perf_counter() - started)
    middle, most = statistics.median(seconds) * 1000, max(seconds) * 1000
    print(
        f"\nms from Stop in a long prompt to the end of the request: {middle:.0f}, at most {most:.0f} (goal under 100)"
    )


def test_share_of_python(starter: str) -> None:
    """The scheduler's own time beside llama.cpp's decode, in this process and with the sampler chain of a usual answer."""
    from tests.benchmarks.python_share import python_share

    share, seconds = python_share(Path(starter), TOKENS)
    print(f"\nPython and sampling beside a decode of {seconds * 1000:.2f} ms: {share:.2%} (Python's goal: under 3 %)")
