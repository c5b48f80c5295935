"""A model whose layers are in other computers: real servers on this one, real workers, the starter model."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop_app.domain.models import StepsLeft
from desktop_app.domain.servers import Trouble
from desktop_app.engine import greeting
from desktop_app.engine import servers as servers_module
from desktop_app.protocol import engine as protocol
from desktop_app.support.network import Gate
from tests import strange_servers as strange
from tests.engine.conftest import WorkerProcess
from tests.lender import ENGINE_WITH_PART, Lender, needs_part
from tests.strange_servers import answering, dead_address, speaks

EVEN = {"servers_always": True, "split": (1.0, 1.0), "context_size": 512, "flash_attention": True}


@pytest.fixture(scope="module")
def one() -> Iterator[Lender]:
    server = Lender()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def two() -> Iterator[Lender]:
    server = Lender()
    yield server
    server.kill()


@pytest.fixture
def lend() -> Iterator[Callable[[], Lender]]:
    """Starts servers that a test may kill."""
    started: list[Lender] = []

    def start() -> Lender:
        started.append(Lender())
        return started[-1]

    yield start
    for server in started:
        server.kill()


def uses(events: list) -> list[tuple[str, str]]:
    return [(event.use.host, event.use.purpose) for event in events if isinstance(event, protocol.Used)]


def until_gone(worker: WorkerProcess) -> list:
    events = []
    while (event := worker.next()) is not None:
        events.append(event)
    return events


@needs_part
def test_a_server_says_what_it_lends(one: Lender) -> None:
    (offered,) = one.offered
    assert offered.description
    assert 0 < offered.device.free_memory <= offered.device.total_memory


@needs_part
def test_layers_in_two_computers_give_the_same_answer(spawn, whole: Path, chat, one: Lender, two: Lender) -> None:
    """Also the ledger: who was asked, who was connected to, and how much came."""
    alone, split = spawn(ENGINE_WITH_PART), spawn(ENGINE_WITH_PART)
    alone.load(whole, context_size=512, flash_attention=True)
    addresses = (one.address, two.address)
    events = split.load(whole, servers=addresses, devices=addresses, **EVEN)
    model = events[-1].model
    assert (model.device, model.steps_left) == ("Remote 31/31", StepsLeft.NONE)
    assert model.servers == addresses
    assert [(share.device, share.layers) for share in model.plan.shares] == [(one.address, 16), (two.address, 15)]
    assert all(model.allocated[each] > 1_000_000 for each in addresses)
    for question in ("Why is the sky blue?", "Name three trees."):
        prompt = chat(question)
        assert split.ask(prompt, temperature=0.0, max_tokens=12).text == alone.ask(prompt, temperature=0.0, max_tokens=12).text  # fmt: skip
    split.send(protocol.Unload())
    events += until_gone(split)
    assert split.exit_code() == 0
    assert sorted(uses(events)) == sorted(
        (each, purpose) for each in addresses for purpose in (greeting.PURPOSE, servers_module.PURPOSE)
    )
    assert all(event.use.received > 0 for event in events if isinstance(event, protocol.Used))


@needs_part
def test_a_server_that_dies_in_mid_answer_is_named(spawn, starter: Path, chat, one: Lender, lend) -> None:
    doomed, worker = lend(), spawn(ENGINE_WITH_PART)
    addresses = (one.address, doomed.address)
    worker.load(starter, servers=addresses, devices=addresses, **EVEN)
    worker.send(worker.generate(chat("Tell me a long story."), max_tokens=400, temperature=0.0))
    worker.until(protocol.Tokens)
    doomed.kill()
    events = until_gone(worker)
    (lost,) = [event for event in events if isinstance(event, protocol.ServerLost)]
    assert lost.address == doomed.address
    assert {host for host, _purpose in uses(events)} == set(addresses)
    assert worker.exit_code() != 0


@needs_part
def test_a_server_that_dies_while_nobody_asks_ends_the_worker_too(spawn, starter: Path, lend) -> None:
    doomed, worker = lend(), spawn(ENGINE_WITH_PART)
    worker.load(starter, servers=(doomed.address,), servers_always=True, context_size=512)
    doomed.kill()
    (lost,) = [event for event in until_gone(worker) if isinstance(event, protocol.ServerLost)]
    assert lost.address == doomed.address


@needs_part
def test_strange_servers_are_left_out_with_the_reason(spawn, starter: Path, chat, one: Lender) -> None:
    worker = spawn(ENGINE_WITH_PART)
    with (
        answering(strange.random_bytes) as random_bytes,
        answering(strange.http) as web,
        answering(strange.closes) as closing,
        answering(strange.silent) as silent,
        answering(speaks(version=(5, 0, 0))) as old,
    ):
        dead = dead_address()
        addresses = (random_bytes, web, one.address, closing, silent, old, dead)
        model = worker.load(starter, servers=addresses, servers_always=True, context_size=512)[-1].model
    assert model.servers == (one.address,)
    assert {answer.address: answer.trouble for answer in model.missing_servers} == {
        random_bytes: Trouble.NONSENSE,
        web: Trouble.NONSENSE,
        closing: Trouble.CLOSED,
        silent: Trouble.SILENT,
        old: Trouble.OTHER_VERSION,
        dead: Trouble.REFUSED,
    }
    assert worker.ask(chat("Hello"), temperature=0.0, max_tokens=3).end.completion_tokens == 3


@needs_part
def test_a_busy_server_is_silent(spawn, starter: Path, lend) -> None:
    busy, first, second = lend(), spawn(ENGINE_WITH_PART), spawn(ENGINE_WITH_PART)
    assert first.load(starter, servers=(busy.address,), servers_always=True, context_size=512)[-1].model.servers
    model = second.load(starter, servers=(busy.address,), servers_always=True, context_size=512)[-1].model
    assert (model.device, model.servers) == ("CPU", ())
    assert [answer.trouble for answer in model.missing_servers] == [Trouble.SILENT]


@needs_part
def test_a_server_that_another_computer_takes_meanwhile_is_lost_and_no_wait_for_ever(spawn, starter: Path) -> None:
    worker = spawn(ENGINE_WITH_PART)
    with answering(strange.greets_once()) as address:
        worker.send(protocol.Hello(), protocol.Load(model_path=str(starter), servers=(address,), servers_always=True))
        (lost,) = [event for event in until_gone(worker) if isinstance(event, protocol.ServerLost)]
    assert lost.address == address


@needs_part
def test_a_server_that_holds_nothing_is_free_for_others(spawn, starter: Path, chat, one: Lender, two: Lender) -> None:
    worker = spawn(ENGINE_WITH_PART)
    events = worker.load(starter, servers=(one.address, two.address), servers_always=True, context_size=512)
    model = events[-1].model
    assert model.servers == (one.address,)
    assert uses(events).count((two.address, servers_module.PURPOSE)) == 1  # it is over
    assert greeting.ask_server(two.address, Gate(lambda _use: None)).trouble is None
    assert worker.ask(chat("Hello"), temperature=0.0, max_tokens=3).end.completion_tokens == 3


@needs_part
def test_a_model_that_fits_here_connects_to_nobody(spawn, starter: Path, one: Lender) -> None:
    worker = spawn(ENGINE_WITH_PART)
    events = worker.load(starter, servers=(one.address, dead_address()), context_size=512)
    assert uses(events) == []
    assert (events[-1].model.device, events[-1].model.servers, events[-1].model.missing_servers) == ("CPU", (), ())


@needs_part
def test_offline_nobody_is_connected_to(spawn, starter: Path, one: Lender) -> None:
    worker = spawn(ENGINE_WITH_PART)
    events = worker.load(starter, servers=(one.address,), servers_always=True, offline=True, context_size=512)
    assert uses(events) == []
    assert events[-1].model.device == "CPU"
    assert [answer.trouble for answer in events[-1].model.missing_servers] == [Trouble.OFFLINE]


def test_an_engine_without_the_part_connects_to_nobody_and_says_so(spawn, starter: Path) -> None:
    connections: list[socket.socket] = []
    worker = spawn()
    with answering(connections.append) as address:
        events = worker.load(starter, servers=(address,), servers_always=True, context_size=512)
    assert [answer.trouble for answer in events[-1].model.missing_servers] == [Trouble.NO_PART]
    assert (connections, uses(events)) == ([], [])
