"""What other computers said when they were last asked: kept, counted in verdicts, and nobody is asked for it."""

import msgspec

from desktop_app.app import App
from desktop_app.domain.hardware import DeviceFound, DeviceKind, EngineFound, Report
from desktop_app.domain.models import ModelInfo
from desktop_app.domain.servers import ServerAnswer, Trouble
from desktop_app.domain.verdict import Fit
from desktop_app.services.events import EngineChanged, EngineState, ServersChanged
from tests.services.conftest import WAIT_SECONDS, Heard
from tests.strange_servers import GB, answering, dead_address, speaks

LARGE = 400 * GB
"""Of a server: more than the computer of any test has."""


def report(*backends: str) -> Report:
    processor = DeviceFound(
        name="CPU", description="", kind=DeviceKind.PROCESSOR, free_memory=0, total_memory=0, backend="CPU"
    )
    engine = EngineFound(
        engine_version="1",
        engine_folder="",
        cpu_variant="",
        cpu_features=(),
        devices=(processor,),
        backends=("CPU", *backends),
    )
    return Report(looked_at=0.0, engine=engine)


def fits(app: App, *backends: str) -> set[Fit]:
    """Return the verdicts on the curated list, with an engine that has these parts."""
    app.fitting._hardware = lambda: app.pool.submit(lambda: report(*backends))
    models = app.library.recommended().result(WAIT_SECONDS).models
    return {each.fit for fits in app.fitting.judge_recommended(models).result(WAIT_SECONDS) for each in fits}


def check(app: App, *addresses: str) -> tuple[ServerAnswer, ...]:
    return app.server_checks.ask(addresses).result(WAIT_SECONDS)


def test_what_a_check_found_counts_until_the_server_is_removed_or_the_network_is_off(app: App, heard: Heard) -> None:
    connections: list[object] = []

    def serves(connection) -> None:
        connections.append(connection)
        speaks(devices=((LARGE, 2 * LARGE),))(connection)

    assert Fit.TOO_LARGE in fits(app, "RPC")
    with answering(serves) as address:
        app.settings.change("servers", "addresses", (address,))
        assert Fit.TOO_LARGE in fits(app, "RPC")  # it was never asked
        assert connections == []
        heard.wait_for(ServersChanged)  # of the settings
        check(app, address)
        heard.wait_for(ServersChanged)
        assert len(connections) == 1
        told = fits(app, "RPC")
        assert Fit.REMOTE in told
        assert Fit.TOO_LARGE not in told
        assert Fit.MEMORY in told  # what fits here stays here
        assert Fit.TOO_LARGE in fits(app)  # the engine has no part for servers
        app.settings.change("servers", "for_every_model", True)
        assert fits(app, "RPC") == {Fit.REMOTE}
        app.settings.change("network", "offline", True)
        assert Fit.REMOTE not in fits(app, "RPC")
        app.settings.change("network", "offline", False)
        app.settings.change("servers", "addresses", ())
        assert Fit.REMOTE not in fits(app, "RPC")
        assert len(connections) == 1


def test_it_is_remembered_over_a_start(open_app) -> None:
    with answering(speaks(devices=((GB, 4 * GB), (2 * GB, 4 * GB)))) as address, open_app() as (app, _heard):
        app.settings.change("servers", "addresses", (address, "10.0.0.9:1"))
        answers = check(app, address)
    with open_app() as (app, _heard):
        app.settings.change("servers", "addresses", (address, "10.0.0.9:1"))
        assert app.known_servers.answers() == answers
        assert app.known_servers.device_names() == (address, f"{address}/2", "10.0.0.9:1")
        app.paths.servers_file.write_bytes(b"{half")
    with open_app() as (app, _heard):
        app.settings.change("servers", "addresses", (address,))
        assert app.known_servers.answers() == ()
        assert app.known_servers.device_names() == (address,)


def test_a_server_that_does_not_answer_any_more_does_not_count(app: App) -> None:
    with answering(speaks(devices=((LARGE, 2 * LARGE),))) as address:
        app.settings.change("servers", "addresses", (address,))
        check(app, address)
        assert Fit.REMOTE in fits(app, "RPC")
    check(app, address)
    assert Fit.REMOTE not in fits(app, "RPC")


def test_a_model_that_found_a_server_gone_tells_so_and_a_busy_one_is_not_gone(app: App, heard: Heard) -> None:
    dead = dead_address()
    with answering(speaks(devices=((LARGE, 2 * LARGE),))) as address:
        app.settings.change("servers", "addresses", (address, dead))
        (good,) = check(app, address)
    for trouble in (Trouble.SILENT, Trouble.OFFLINE, Trouble.NO_PART):
        app.known_servers.hear(loaded(ServerAnswer(address=address, trouble=trouble)))
        assert app.known_servers.answers() == (good,)
    gone = ServerAnswer(address=address, trouble=Trouble.REFUSED)
    app.known_servers.hear(loaded(gone))
    heard.wait_for(ServersChanged, lambda _event: app.known_servers.answers() == (gone,))


def loaded(*missing: ServerAnswer) -> EngineChanged:
    model = msgspec.structs.replace(ModelInfo(name="m", path="/m"), missing_servers=missing)
    return EngineChanged(model_path="/m", state=EngineState.READY, model=model)
