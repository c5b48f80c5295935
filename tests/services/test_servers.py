"""Servers behind the services: a lost one, the way back, the offline switch, the ledger, and what is said of it all."""

from collections.abc import Iterator
from functools import partial

import msgspec
import pytest

from desktop_app.app import App
from desktop_app.domain.errors import EngineError, ErrorCode
from desktop_app.domain.messages import MessageStatus
from desktop_app.domain.model_defaults import LoadOptions, ModelDefaults
from desktop_app.domain.servers import Trouble
from desktop_app.engine import greeting, servers
from desktop_app.engine import worker as worker_module
from desktop_app.engine.patience import Patience
from desktop_app.services.engines import engine_requests
from desktop_app.services.events import AnswerDelta, EngineChanged, EngineState, PromptRead
from desktop_app.services.hardware.lending import Lending
from desktop_app.services.hardware.servers import NO_SERVERS, ServerChecks
from desktop_app.services.words.device_words import device_words
from desktop_app.services.words.error_text import explain
from desktop_app.support.network import NetworkUse
from tests import strange_servers as strange
from tests.lender import ENGINE_WITH_PART, Lender, needs_part
from tests.services.conftest import WAIT_SECONDS
from tests.short_starter import LAYERS
from tests.strange_servers import GB, answering, dead_address, speaks


@pytest.fixture
def lender() -> Iterator[Lender]:
    made = Lender()
    yield made
    made.kill()


@pytest.fixture
def with_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the engines of the app have the part for other computers."""
    monkeypatch.setenv("LLAMA_CPP_LIB_PATH", ENGINE_WITH_PART)


def use(app: App, *addresses: str) -> None:
    app.settings.change("servers", "addresses", addresses)
    app.settings.change("servers", "for_every_model", True)


def ledger(app: App) -> list[tuple[str, str]]:
    return [(line.host, line.purpose) for line in app.ledger.newest(50).result(WAIT_SECONDS)]


@needs_part
@pytest.mark.usefixtures("with_part")
def test_a_server_lost_in_mid_answer_is_told_and_the_next_question_goes_on(
    app, heard, short_starter, greedy, lender
) -> None:
    use(app, lender.address)
    sampling = msgspec.structs.replace(greedy, max_tokens=1000)
    asked = app.chats.ask(None, "Tell me a very long story.", model_path=short_starter, sampling=sampling)
    heard.wait_for(AnswerDelta)
    model = app.engines.loaded_model(short_starter)
    layers = len(LAYERS) + 1  # the last is the output
    assert (model.device, model.servers) == (f"Remote {layers}/{layers}", (lender.address,))
    assert device_words(model).startswith(f"{layers} of {layers} layers are on {lender.address}.")
    lender.kill()
    message = heard.answer(asked.answer_id).message
    assert message.status is MessageStatus.INTERRUPTED
    assert message.text
    assert message.error.code is ErrorCode.SERVER_LOST
    explanation = explain(message.error)
    assert explanation.sentence.startswith(f"The connection to {lender.address}")
    assert "Ask again" in explanation.next_step
    again = app.chats.ask(asked.chat_id, "Hello", model_path=short_starter, sampling=greedy)
    assert heard.answer(again.answer_id).message.status is MessageStatus.COMPLETE
    model = app.engines.loaded_model(short_starter)
    assert (model.device, model.servers) == ("CPU", ())
    assert f"Without {lender.address}: The computer is there, but nobody listens at this port." in device_words(model)
    assert sorted(ledger(app)) == sorted([(lender.address, greeting.PURPOSE)] * 2 + [(lender.address, servers.PURPOSE)])


@needs_part
@pytest.mark.usefixtures("with_part")
def test_an_answer_that_waits_for_a_frozen_server_can_be_stopped_and_the_next_goes_on(
    app, heard, short_starter, greedy, lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_requests, "CANCEL_SECONDS", 0.5)
    use(app, lender.address)
    app.engines.load(short_starter).result(WAIT_SECONDS)
    lender.freeze()
    asked = app.chats.ask(None, "Hello", model_path=short_starter, sampling=greedy)
    heard.wait_for(PromptRead)
    app.chats.stop(asked.answer_id)
    assert heard.answer(asked.answer_id).message.status is MessageStatus.STOPPED
    again = app.chats.ask(asked.chat_id, "Hello", model_path=short_starter, sampling=greedy)
    assert heard.answer(again.answer_id).message.status is MessageStatus.COMPLETE
    (missing,) = app.engines.loaded_model(short_starter).missing_servers
    assert missing.trouble is Trouble.SILENT


@needs_part
@pytest.mark.usefixtures("with_part")
def test_a_split_that_gives_a_server_a_share_is_what_is_loaded(app, starter_model, lender) -> None:
    """The model would fit here: the share alone has it connect."""
    second = Lender()
    try:
        app.settings.change("servers", "addresses", (lender.address, second.address))
        split = {lender.address: 2.0, second.address: 1.0}
        app.model_defaults.change(starter_model, ModelDefaults(loading=LoadOptions(split=split)))
        model = app.engines.load(starter_model).result(WAIT_SECONDS)
        assert model.servers == (lender.address, second.address)
        assert [share.layers for share in model.plan.shares] == [21, 10]
        first, other = (model.allocated[each] for each in model.servers)
        assert 1.1 * other < first < 3.0 * other  # the output, which is large, is on the latter
        assert device_words(model).startswith(f"21 of 31 layers are on {lender.address}. 10 of 31 layers are on ")
    finally:
        second.kill()


@needs_part
@pytest.mark.usefixtures("with_part")
def test_a_server_with_a_share_that_is_gone_is_told_and_the_rest_takes_its_layers(app, starter_model, lender) -> None:
    dead = dead_address()
    app.settings.change("servers", "addresses", (dead, lender.address))
    split = {dead: 2.0, lender.address: 1.0}
    app.model_defaults.change(starter_model, ModelDefaults(loading=LoadOptions(split=split)))
    model = app.engines.load(starter_model).result(WAIT_SECONDS)
    assert (model.device, model.servers) == ("Remote 31/31", (lender.address,))
    assert f"Without {dead}: " in device_words(model)


HASTY = partial(worker_module.run, patience=Patience(seconds=2.0, times=0.0))
"""A worker that takes a server for frozen after two seconds."""


@needs_part
@pytest.mark.usefixtures("with_part")
def test_a_server_that_hangs_in_mid_answer_is_named_and_what_was_written_is_kept(
    open_app, short_starter, greedy, lender
) -> None:
    with open_app(HASTY) as (app, heard):
        use(app, lender.address)
        sampling = msgspec.structs.replace(greedy, max_tokens=1000)
        asked = app.chats.ask(None, "Tell me a very long story.", model_path=short_starter, sampling=sampling)
        heard.wait_for(AnswerDelta)
        lender.freeze()
        message = heard.answer(asked.answer_id).message
        assert message.status is MessageStatus.INTERRUPTED
        assert message.text
        assert message.error.code is ErrorCode.SERVER_SILENT
        explanation = explain(message.error)
        words = f"{lender.address}, which holds a part of the model, has not answered for 2 s, so it was given up."
        assert explanation.sentence == words
        again = app.chats.ask(asked.chat_id, "Hello", model_path=short_starter, sampling=greedy)
        assert heard.answer(again.answer_id).message.status is MessageStatus.COMPLETE
        model = app.engines.loaded_model(short_starter)
        assert (model.device, [answer.trouble for answer in model.missing_servers]) == ("CPU", [Trouble.SILENT])


@needs_part
@pytest.mark.usefixtures("with_part")
def test_a_server_that_hangs_while_nobody_asks_is_found_out_by_the_next_question(
    open_app, short_starter, greedy, lender
) -> None:
    with open_app(HASTY) as (app, heard):
        use(app, lender.address)
        app.engines.load(short_starter).result(WAIT_SECONDS)
        lender.freeze()
        asked = app.chats.ask(None, "Hello", model_path=short_starter, sampling=greedy)
        assert heard.answer(asked.answer_id).message.error.code is ErrorCode.SERVER_SILENT


@needs_part
@pytest.mark.usefixtures("with_part")
def test_a_server_that_can_only_greet_is_an_error_that_names_it_and_no_endless_row_of_tries(app, short_starter) -> None:
    with answering(speaks(devices=((20 * GB, 20 * GB),))) as address:
        use(app, address)
        with pytest.raises(EngineError) as caught:
            app.engines.load(short_starter).result(WAIT_SECONDS)
    assert caught.value.code is ErrorCode.SERVER_LOST
    assert caught.value.info.params["server"] == address
    assert ledger(app).count((address, greeting.PURPOSE)) == 2
    model = app.engines.load(short_starter).result(WAIT_SECONDS)  # it is gone now
    assert (model.device, [answer.trouble for answer in model.missing_servers]) == ("CPU", [Trouble.REFUSED])


@needs_part
@pytest.mark.usefixtures("with_part")
def test_going_offline_ends_the_connection_and_the_model_goes_on_here(
    app, heard, short_starter, greedy, lender
) -> None:
    use(app, lender.address)
    assert app.engines.load(short_starter).result(WAIT_SECONDS).servers == (lender.address,)
    app.settings.change("network", "offline", True)
    heard.wait_for(EngineChanged, lambda event: event.state is EngineState.IDLE)
    asked = app.chats.ask(None, "Hello", model_path=short_starter, sampling=greedy)
    assert heard.answer(asked.answer_id).message.status is MessageStatus.COMPLETE
    model = app.engines.loaded_model(short_starter)
    assert [answer.trouble for answer in model.missing_servers] == [Trouble.OFFLINE]
    assert sorted(ledger(app)) == sorted([(lender.address, greeting.PURPOSE), (lender.address, servers.PURPOSE)])


@needs_part
@pytest.mark.usefixtures("with_part")
def test_going_offline_in_mid_answer_keeps_what_was_written(app, heard, short_starter, greedy, lender) -> None:
    use(app, lender.address)
    sampling = msgspec.structs.replace(greedy, max_tokens=1000)
    asked = app.chats.ask(None, "Tell me a very long story.", model_path=short_starter, sampling=sampling)
    heard.wait_for(AnswerDelta)
    app.settings.change("network", "offline", True)
    message = heard.answer(asked.answer_id).message
    assert message.status is MessageStatus.INTERRUPTED
    assert message.text
    assert message.error.code is ErrorCode.SERVER_LOST
    assert (lender.address, servers.PURPOSE) in ledger(app)


@needs_part
@pytest.mark.usefixtures("with_part")
def test_a_server_that_is_taken_out_of_the_list_is_left(app, heard, short_starter, lender) -> None:
    use(app, lender.address, dead_address())
    app.engines.load(short_starter).result(WAIT_SECONDS)
    app.settings.change("servers", "addresses", (lender.address,))  # the other one holds nothing
    assert app.engines.loaded_model(short_starter) is not None
    app.settings.change("servers", "addresses", ())
    heard.wait_for(EngineChanged, lambda event: event.state is EngineState.IDLE)
    assert app.engines.load(short_starter).result(WAIT_SECONDS).servers == ()


@needs_part
def test_a_check_tells_what_the_command_lends(app, lender) -> None:
    (answer,) = app.server_checks.ask((lender.address,)).result(WAIT_SECONDS)
    assert answer.trouble is None, answer
    assert answer.devices == tuple(each.device for each in lender.offered)
    assert ledger(app) == [(lender.address, greeting.PURPOSE)]


@needs_part
def test_a_port_that_is_taken_is_told(lender) -> None:
    host, _colon, port = lender.address.partition(":")
    second = Lending(ENGINE_WITH_PART, host, int(port), lambda _offered: None)
    second.start()
    error = second.ended.result(WAIT_SECONDS)
    assert error.code is ErrorCode.SERVER_PORT_TAKEN
    assert lender.address in explain(error).sentence


def test_an_engine_without_the_part_lends_nothing() -> None:
    lending = Lending("", "127.0.0.1", 50052, lambda _offered: None)
    lending.start()
    assert lending.ended.result(WAIT_SECONDS).code is ErrorCode.ENGINE_NO_SERVING


def test_a_check_tells_strange_servers_apart_and_the_ledger_has_all_of_them(app) -> None:
    dead = dead_address()
    with (
        answering(speaks(devices=((GB, 2 * GB),))) as good,
        answering(strange.http) as web,
        answering(strange.silent) as silent,
    ):
        addresses = (web, silent, good, dead)
        answers = app.server_checks.ask(addresses).result(WAIT_SECONDS)
    assert [answer.address for answer in answers] == list(addresses)
    assert [answer.trouble for answer in answers] == [Trouble.NONSENSE, Trouble.SILENT, None, Trouble.REFUSED]
    assert sorted(ledger(app)) == sorted((each, greeting.PURPOSE) for each in addresses)


def test_a_check_offline_connects_to_nobody(app) -> None:
    connections: list[object] = []
    app.settings.change("network", "offline", True)
    with answering(connections.append) as address:
        (answer,) = app.server_checks.ask((address,)).result(WAIT_SECONDS)
    assert answer.trouble is Trouble.OFFLINE
    assert (connections, ledger(app)) == ([], [])


def hangs(connection, addresses, offline) -> None:
    """Ask nobody, for ever."""
    del addresses, offline
    connection.recv_bytes()


def test_a_check_that_hangs_is_given_up(app) -> None:
    checks = ServerChecks(NO_SERVERS, app.pool, target=hangs, seconds=0.2)
    answers = checks.ask(("10.0.0.2:1", "10.0.0.3:1")).result(WAIT_SECONDS)
    assert [answer.trouble for answer in answers] == [Trouble.UNREACHABLE] * 2


def test_a_check_ends_with_the_services(app) -> None:
    noted: list[NetworkUse] = []
    checks = ServerChecks(msgspec.structs.replace(NO_SERVERS, note=noted.append), app.pool, target=hangs)
    asked = checks.ask(("10.0.0.2:1",))
    checks.close()
    assert asked.result(WAIT_SECONDS)[0].trouble is Trouble.UNREACHABLE
    assert checks.ask(("10.0.0.2:1",)).cancelled()
