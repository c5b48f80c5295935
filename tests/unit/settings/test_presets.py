"""One's own presets: kept in a readable file, checked, and never lost with a bad entry."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.presets import Preset, Repairs
from desktop_app.settings.presets import PresetStore

PROSE = Preset("Prose", {"temperature": 1.1, "stop": ["END"]})
CODE = Preset("Code", {"temperature": 0.1})


def test_presets_are_kept_renamed_and_deleted(tmp_path: Path) -> None:
    file = tmp_path / "new" / "presets.json"
    store = PresetStore(file)
    heard: list[None] = []
    store.changed.subscribe(heard.append)
    assert store.load() == Repairs()
    assert store.presets == ()
    store.keep(PROSE)
    store.keep(CODE)
    assert json.loads(file.read_text()) == {"Prose": PROSE.changes, "Code": CODE.changes}
    store.rename("Prose", "Letters")
    store.rename("Letters", "Code")
    store.keep(Preset("Code", {"temperature": 0.2}))
    assert [preset.name for preset in store.presets] == ["Letters", "Code"]
    again = PresetStore(file)
    again.load()
    assert again.presets == store.presets == (Preset("Letters", PROSE.changes), Preset("Code", {"temperature": 0.2}))
    store.delete("Letters")
    assert list(json.loads(file.read_text())) == ["Code"]
    assert len(heard) == 6, "told once for each change that was one"


def test_values_of_another_release_are_repaired_and_stay_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "presets.json"
    file.write_text('{"Old": {"temperature": 9, "wisdom": 3, "top_p": NaN}, "Odd": 5, "Good": {"top_k": 7}}')
    store = PresetStore(file)
    assert store.load() == Repairs(clamped=("temperature",), dropped=("wisdom", "top_p", "Odd"))
    assert store.presets == (Preset("Old", {"temperature": 2.0}), Preset("Odd", {}), Preset("Good", {"top_k": 7}))
    store.keep(CODE)
    assert json.loads(file.read_text())["Old"]["wisdom"] == 3


def test_a_broken_file_is_put_aside_and_said(tmp_path: Path) -> None:
    for content in ("{broken", "[]"):
        file = tmp_path / "presets.json"
        file.write_text(content)
        store = PresetStore(file)
        heard: list[ErrorInfo] = []
        store.troubled.subscribe(heard.append)
        assert store.load() == Repairs()
        assert [problem.code for problem in heard] == [ErrorCode.SETTINGS_DAMAGED]
        assert not file.exists()
    assert {kept.read_text() for kept in tmp_path.glob("presets.json.bak-*")} <= {"{broken", "[]"}


def test_what_cannot_be_written_is_said_and_still_holds(tmp_path: Path) -> None:
    (tmp_path / "in the way").write_text("")
    store = PresetStore(tmp_path / "in the way" / "presets.json")
    heard: list[ErrorInfo] = []
    store.troubled.subscribe(heard.append)
    store.keep(PROSE)
    assert [problem.code for problem in heard] == [ErrorCode.SETTINGS_UNSAVED]
    assert store.presets == (PROSE,)


def test_a_change_after_the_executor_has_ended_is_kept_all_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        store = PresetStore(tmp_path / "presets.json", pool.submit)
        store.keep(PROSE)
    store.keep(CODE)
    assert set(json.loads((tmp_path / "presets.json").read_text())) == {"Prose", "Code"}
