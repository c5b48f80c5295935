"""Reproducible answers of a real worker: the same tokens every time, whatever else happens beside them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from desktop_app.domain.errors import ErrorCode
from desktop_app.domain.messages import FinishReason
from desktop_app.domain.model_defaults import Adapter
from desktop_app.domain.sampling import Sampling
from desktop_app.protocol import engine as protocol
from tests.benchmarks.gguf_writer import write_adapter
from tests.endless import ENDLESS

RUNS = 50 if os.environ.get("INGLENOOK_SOAK") else 3
BUSY_SECONDS = 120
"""When a busy process ends at the latest, should nobody end it."""
STORY = "<|im_start|>user\nWrite a very long story about a lighthouse keeper.<|im_end|>\n<|im_start|>assistant\n"
WILD = {"temperature": 1.5, "top_k": 0, "top_p": 1.0, "min_p": 0.0, **ENDLESS}


def request(request_id: str, prompt: str = STORY, **sampling: object) -> protocol.Generate:
    values = Sampling(**(WILD | {"seed": 11, "max_tokens": 20} | sampling))
    return protocol.Generate(request_id=request_id, prompt=prompt, sampling=values, reproducible=True, keep_as="chat")


def ask(loaded, command: protocol.Generate) -> tuple[str, protocol.Finished]:
    loaded.send(command)
    reply = loaded.reply()
    assert isinstance(reply.end, protocol.Finished), reply.end
    return reply.text, reply.end


def endings(loaded, count: int) -> dict[str, tuple[str, protocol.Finished]]:
    """Return text and end of `count` requests that are at work at the same time, by their ids."""
    texts: dict[str, str] = {}
    ended: dict[str, tuple[str, protocol.Finished]] = {}
    while len(ended) < count:
        event = loaded.next()
        if isinstance(event, protocol.Tokens):
            texts[event.request_id] = texts.get(event.request_id, "") + event.text
        elif isinstance(event, protocol.Finished):
            ended[event.request_id] = (texts.get(event.request_id, ""), event)
        else:
            assert isinstance(event, protocol.PromptProgress), event
    return ended


@contextmanager
def busy_process(wanted: bool) -> Iterator[None]:
    """Keep one core busy, where that is wanted; the process ends by itself after a while."""
    code = f"import time\nend = time.monotonic() + {BUSY_SECONDS}\nwhile time.monotonic() < end: pass"
    process = subprocess.Popen([sys.executable, "-c", code]) if wanted else None
    try:
        yield
    finally:
        if process is not None:
            process.kill()
            process.wait()


def test_the_same_tokens_every_time_idle_or_busy(loaded) -> None:
    first, end = ask(loaded, request("first"))
    assert end.completion_tokens == 20
    assert end.cached_tokens == 0
    assert end.guessed_tokens == 0
    for run in range(RUNS):
        with busy_process(wanted=run % 2 == 1):
            text, again = ask(loaded, request(f"again {run}"))
        assert text == first
        assert again.tokens_hash == end.tokens_hash
        assert again.cached_tokens == 0, "nothing that was read before is used"


def test_the_same_tokens_beside_other_answers(loaded) -> None:
    """Others share the thread, never a batch: ordinary ones, and reproducible ones that wait for their turn."""
    alone, end = ask(loaded, request("alone"))
    others = [loaded.generate(STORY, f"other {number}", max_tokens=25, seed=number) for number in range(3)]
    loaded.send(*others, request("beside"), request("behind", max_tokens=5))
    ended = endings(loaded, 5)
    assert ended["beside"][0] == alone
    assert ended["beside"][1].tokens_hash == end.tokens_hash
    assert alone.startswith(ended["behind"][0])
    assert all(ended[f"other {number}"][1].completion_tokens == 25 for number in range(3))


def test_other_tokens_have_another_hash(loaded) -> None:
    (first, one), (second, other) = ask(loaded, request("one")), ask(loaded, request("other", seed=12))
    assert first != second
    assert one.tokens_hash != other.tokens_hash


def test_a_long_prompt_is_read_in_the_same_pieces_whoever_set_the_batch_size(loaded, spawn, starter) -> None:
    prompt = "The quick brown fox jumps over the lazy dog near the river bank. " * 10
    text, end = ask(loaded, request("r", prompt, max_tokens=8))
    other = spawn()
    other.load(starter, context_size=2048, batch_size=32, threads=1)
    again, other_end = ask(other, request("r", prompt, max_tokens=8))
    assert (again, other_end.tokens_hash) == (text, end.tokens_hash)


def test_stop_strings_grammar_and_bans_work_the_same(loaded) -> None:
    whole, _end = ask(loaded, request("whole"))
    stopped, end = ask(loaded, request("stop", stop=(whole[20:30],)))
    assert stopped == whole[:20]
    assert end.reason is FinishReason.STOP
    numbers, _end = ask(loaded, request("digits", grammar='root ::= [0-9]+ "."'))
    assert set(numbers) <= set("0123456789.")
    word = max(whole.split(), key=len)
    banned, _end = ask(loaded, request("ban", banned=(word,)))
    assert word not in banned
    assert ask(loaded, request("ban again", banned=(word,)))[0] == banned


def test_cancelled_while_writing_waiting_and_unknown(loaded) -> None:
    loaded.send(request("long", max_tokens=1900), request("waits"))
    loaded.until(protocol.Tokens)
    loaded.send(protocol.Cancel("never was"), protocol.Cancel("waits"), protocol.Cancel("long"))
    ended = endings(loaded, 2)
    assert {end.reason for _text, end in ended.values()} == {FinishReason.CANCELLED}
    assert 0 < ended["long"][1].completion_tokens < 1900
    assert ended["waits"][1].completion_tokens == 0
    assert ask(loaded, request("after", max_tokens=3))[1].completion_tokens == 3


def test_cancelled_in_the_first_millisecond(whole_loaded) -> None:
    for number in range(3):
        whole_loaded.send(request(f"early {number}", max_tokens=500), protocol.Cancel(f"early {number}"))
        (_text, end) = endings(whole_loaded, 1)[f"early {number}"]
        assert end.reason is FinishReason.CANCELLED
        assert end.completion_tokens < 100  # the thread that takes the cancel may have to wait for its turn


def test_a_prompt_that_is_too_long_and_a_bad_grammar_are_refused(loaded) -> None:
    for command, code in (
        (request("long", "word " * 3000), ErrorCode.PROMPT_TOO_LONG),
        (request("grammar", grammar="root ::= ("), ErrorCode.GRAMMAR_INVALID),
    ):
        loaded.send(command)
        end = loaded.reply().end
        assert isinstance(end, protocol.Failed)
        assert end.error.code is code
    assert ask(loaded, request("after", max_tokens=3))[1].completion_tokens == 3


def test_adapters_are_in_use_there_too(loaded, tmp_path: Path) -> None:
    adapter = write_adapter(tmp_path / "adapter.gguf", "blk.0.attn_q.weight", (576, 576))
    plain, _end = ask(loaded, request("plain", temperature=0.0))
    loaded.send(protocol.UseAdapters("a", (Adapter(str(adapter), 4.0),)))
    loaded.until(protocol.AdaptersUsed)
    assert ask(loaded, request("adapted", temperature=0.0))[0] != plain
    loaded.send(protocol.UseAdapters("b", ()))
    loaded.until(protocol.AdaptersUsed)
    assert ask(loaded, request("plain again", temperature=0.0))[0] == plain


def test_the_worker_unloads_in_the_midst_of_one(spawn, starter) -> None:
    worker = spawn()
    worker.load(starter, context_size=512)
    worker.send(request("long", max_tokens=400))
    worker.until(protocol.Tokens)
    worker.send(protocol.Unload())
    assert worker.exit_code() == 0


@pytest.mark.parametrize("free", [0, 10**15])
def test_no_memory_for_one_more_context(monkeypatch: pytest.MonkeyPatch, starter, free: int) -> None:
    """In this process: the limit is the computer's, and a worker's cannot be set from outside."""
    from desktop_app.domain import offload
    from desktop_app.domain.errors import EngineError
    from desktop_app.domain.fit import Machine
    from desktop_app.domain.gguf import read_header
    from desktop_app.domain.shape import shape_of
    from desktop_app.engine import own_context

    class Small:
        parameter_count = 135_000_000

    monkeypatch.setattr(own_context, "_free_memory", lambda: free)
    monkeypatch.setattr(own_context, "Context", lambda *_arguments, **_options: pytest.fail("not reached"))
    load, header = protocol.Load(model_path=str(starter)), read_header(starter)
    plan = offload.plan(
        shape_of(header),
        offload.weights_of(shape_of(header), [header.sizes]),
        Machine(free_memory=10**10, total_memory=10**10),
        offload.Wishes(context=8192),
    )
    contexts = own_context.OwnContexts(load, header, Small(), None, size=8192, threads=1, plan=plan)
    if free:
        with pytest.raises(pytest.fail.Exception):
            contexts.open()
        return
    with pytest.raises(EngineError) as refused:
        contexts.open()
    assert refused.value.code is ErrorCode.REPRODUCIBLE_NO_MEMORY
    assert refused.value.info.params["free"] == "0 B"
    assert str(refused.value.info.params["needed"]).endswith(" MB")
