"""What the hub is asked: searches page by page, repositories, cards, starts of files, and refusals."""

import pytest

from desktop_app.domain.errors import DownloadError, ErrorCode
from desktop_app.domain.gguf import START_BYTES
from desktop_app.domain.hub import Query, Sort
from desktop_app.sources.hub import Hub
from desktop_app.support.network import Gate
from tests.hub.conftest import FILE, REPOSITORY
from tests.hub.server import COMMIT, Fault, HubServer

CARD = b"""---
license: apache-2.0
tags: [gguf]
---
# Small

<script>alert(1)</script> A small model.
"""


@pytest.fixture
def hub(server: HubServer, make_hub, data: bytes) -> Hub:
    server.add(REPOSITORY, {FILE: data, "Small-Q8_0.gguf": data * 2, "README.md": CARD, "mmproj-f16.gguf": b"GGUF"})
    for number in range(7):
        server.add(f"other/Model-{number}-GGUF", {"m-Q8_0.gguf": b"GGUF"}, downloads=number, licence="mit")
    return make_hub()


def take_all(hub: Hub, query: Query, size: int) -> list[str]:
    found = hub.search(query)
    names: list[str] = []
    while models := hub.take(found, size):
        names += [model.repository for model in models]
    return names


def test_a_search_goes_on_page_by_page(hub: Hub, server: HubServer) -> None:
    found = hub.search(Query(text="model", sort=Sort.DOWNLOADS))
    first = hub.take(found, 3)
    assert [model.repository for model in first] == [f"other/Model-{number}-GGUF" for number in (6, 5, 4)]
    assert len(server.requests) == 1  # the rest is asked for when it is wanted
    assert [len(hub.take(found, 3)), len(hub.take(found, 3)), len(hub.take(found, 3))] == [3, 1, 0]
    assert len(server.requests) == 3


def test_a_search_finds_figures_and_keeps_to_its_licence(hub: Hub) -> None:
    (model,) = hub.take(hub.search(Query(text="small", licence="apache-2.0")), 10)
    assert (model.repository, model.licence, model.parameters) == (REPOSITORY, "apache-2.0", 135_000_000)
    assert (model.architecture, model.trained_context, model.gated) == ("llama", 8192, False)
    assert model.updated > 1.7e9
    assert take_all(hub, Query(text="small", licence="mit"), 5) == []


def test_a_repository_lists_its_choices(hub: Hub, data: bytes) -> None:
    repository = hub.repository(REPOSITORY, "")
    assert repository.commit == COMMIT
    assert [(variant.quantization, variant.size) for variant in repository.variants] == [
        ("Q4_K_M", len(data)),
        ("Q8_0", 2 * len(data)),
    ]
    assert len(repository.variants[0].files[0].sha256) == 64
    assert repository.languages == ("en",)


def test_a_repository_of_thousands_of_files(hub: Hub, server: HubServer) -> None:
    server.add("many/Files-GGUF", {f"m-{number:05}-Q4_0.gguf": b"GGUF" for number in range(3000)})
    assert len(hub.repository("many/Files-GGUF", "").variants) == 3000


def test_a_card_comes_without_its_head(hub: Hub, server: HubServer) -> None:
    assert hub.card(REPOSITORY).startswith("# Small")
    assert hub.card("other/Model-1-GGUF") == ""


def test_the_start_of_a_file_costs_no_more_than_it(hub: Hub, server: HubServer, data: bytes) -> None:
    assert hub.start(REPOSITORY, COMMIT, FILE) == data[:START_BYTES]
    assert server.sent[FILE] == START_BYTES
    server.fault(FILE, Fault(ignore_range=True))
    assert hub.start(REPOSITORY, COMMIT, FILE) == data[:START_BYTES]
    assert hub.start("other/Model-1-GGUF", "main", "m-Q8_0.gguf") == b"GGUF"


@pytest.mark.parametrize("name", ["", "a", "../..", "a/b/c", "https://x/y"])
def test_a_name_that_is_none_is_refused_unasked(hub: Hub, server: HubServer, name: str) -> None:
    for ask in (lambda: hub.repository(name, ""), lambda: hub.card(name), lambda: hub.start(name, "", "x.gguf")):
        with pytest.raises(DownloadError) as caught:
            ask()
        assert caught.value.code is ErrorCode.DOWNLOAD_BAD_NAME
    assert server.requests == []


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault(status=401, headers={"X-Error-Code": "GatedRepo"}), ErrorCode.DOWNLOAD_NEEDS_TOKEN),
        (Fault(status=403), ErrorCode.DOWNLOAD_FORBIDDEN),
        (Fault(status=404, headers={"X-Error-Code": "RepoNotFound"}), ErrorCode.DOWNLOAD_NOT_FOUND),
        (Fault(status=404, headers={"X-Error-Code": "RevisionNotFound"}), ErrorCode.DOWNLOAD_NOT_FOUND),
        (Fault(status=500), ErrorCode.DOWNLOAD_SERVER),
    ],
)
def test_refusals_have_codes(hub: Hub, server: HubServer, fault: Fault, code: ErrorCode) -> None:
    server.api_faults.extend([fault] * 3)
    with pytest.raises(DownloadError) as caught:
        hub.repository(REPOSITORY, "")
    assert caught.value.code is code
    with pytest.raises(DownloadError) as caught:
        hub.repository("nobody/Nothing", "abc")
    assert caught.value.code in (code, ErrorCode.DOWNLOAD_NOT_FOUND)


def test_a_wrong_token_is_told(server: HubServer, make_hub, data: bytes) -> None:
    server.add(REPOSITORY, {FILE: data})
    with pytest.raises(DownloadError) as caught:
        make_hub("hf_wrong").start(REPOSITORY, COMMIT, FILE)
    assert caught.value.code is ErrorCode.DOWNLOAD_TOKEN_REFUSED


def test_offline_asks_nobody(hub: Hub, server: HubServer, gate: Gate) -> None:
    gate.offline = True
    for ask in (lambda: hub.repository(REPOSITORY, ""), lambda: hub.take(hub.search(Query()), 3)):
        with pytest.raises(DownloadError) as caught:
            ask()
        assert caught.value.code is ErrorCode.DOWNLOAD_OFFLINE
    assert server.requests == []


def test_every_request_is_in_the_ledger(hub: Hub, uses) -> None:
    hub.take(hub.search(Query(text="small")), 3)
    hub.repository(REPOSITORY, "")
    hub.card(REPOSITORY)
    hub.start(REPOSITORY, COMMIT, FILE)
    assert [use.purpose for use in uses] == ["search", "repository", "card", "model figures"]
    assert all(use.received > 0 and use.host == "127.0.0.1" for use in uses)
