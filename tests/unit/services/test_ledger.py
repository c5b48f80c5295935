"""The ledger keeps every request, and survives what a disk may do."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from desktop_app.services.network import ledger as ledger_module
from desktop_app.services.network.ledger import Ledger
from desktop_app.support.network import Gate, NetworkUse, Offline
from tests.unit.services.held import HeldPool


def use(number: int) -> NetworkUse:
    return NetworkUse(float(number), "hub.example", "search", number)


def test_the_newest_come_first_and_survive_a_restart(tmp_path: Path) -> None:
    for start in (0, 5):
        with ThreadPoolExecutor(2) as pool:
            ledger = Ledger(tmp_path / "data" / "network.jsonl", pool)
            for number in range(start, start + 5):
                ledger.note(use(number))
    with ThreadPoolExecutor(1) as pool:
        assert Ledger(tmp_path / "data" / "network.jsonl", pool).newest(7).result() == [use(n) for n in range(9, 2, -1)]


def test_it_does_not_grow_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_module, "LONGEST", 1000)
    file = tmp_path / "network.jsonl"
    with ThreadPoolExecutor(1) as pool:
        ledger = Ledger(file, pool)
        for number in range(200):
            ledger.note(use(number))
            ledger.newest(1).result()
        newest = ledger.newest(5).result()
    assert newest == [use(n) for n in range(199, 194, -1)]
    assert sum(part.stat().st_size for part in tmp_path.iterdir()) < 3000


def test_what_is_about_to_be_written_is_read_too(tmp_path: Path) -> None:
    pool = HeldPool()
    ledger = Ledger(tmp_path / "network.jsonl", pool)
    ledger.note(use(1))
    newest = ledger.newest(10)
    pool.run(1)
    assert newest.result() == [use(1)]
    pool.run_all()
    newest = ledger.newest(10)
    pool.run_all()
    assert newest.result() == [use(1)]


def test_half_a_line_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "network.jsonl"
    file.write_bytes(b'{"at":1.0,"host":"a","purpose":"b","received":1}\n{"at":2.0,"ho')
    with ThreadPoolExecutor(1) as pool:
        assert [found.at for found in Ledger(file, pool).newest(10).result()] == [1.0]


def test_a_disk_that_refuses_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("in the way")
    with ThreadPoolExecutor(1) as pool:
        ledger = Ledger(tmp_path / "data" / "network.jsonl", pool)
        ledger.note(use(1))
        assert ledger.newest(1).result() == []


def test_the_gate_counts_each_request_once_and_lets_none_through_offline() -> None:
    uses: list[NetworkUse] = []
    gate = Gate(uses.append)
    gate.enter("request", "host", "search")
    gate.leave("request", 12)
    gate.leave("request", 12)
    gate.offline = True
    with pytest.raises(Offline):
        gate.enter("other", "host", "search")
    assert [(found.host, found.purpose, found.received) for found in uses] == [("host", "search", 12)]
