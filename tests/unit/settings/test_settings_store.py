"""The settings file: only differences, nothing lost, nothing believed unchecked."""

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import msgspec
import pytest

from desktop_app.domain.errors import ErrorCode, ErrorInfo, SettingsError
from desktop_app.settings import json_file
from desktop_app.settings.schema import Appearance, Settings
from desktop_app.settings.store import SettingsStore
from desktop_app.settings.window_state import WindowState, load_window_state, save_window_state


def stored(file: Path) -> dict[str, object]:
    return msgspec.json.decode(file.read_bytes())


def test_without_a_file_all_is_default(tmp_path: Path) -> None:
    store = SettingsStore(tmp_path / "none" / "settings.json")
    assert store.value == Settings()
    assert store.problems == ()
    assert not (tmp_path / "none").exists()


def test_only_differences_are_written_and_come_back(tmp_path: Path) -> None:
    file = tmp_path / "a folder" / "settings.json"
    store = SettingsStore(file)
    heard: list[Settings] = []
    store.changed.subscribe(heard.append)
    store.change("appearance", "theme", Appearance.DARK)
    store.change("sampling", "temperature", 0.5)
    assert stored(file) == {"appearance": {"theme": "dark"}, "sampling": {"temperature": 0.5}}
    assert SettingsStore(file).value == store.value == heard[-1]
    store.change("appearance", "theme", "system")
    assert stored(file) == {"sampling": {"temperature": 0.5}}


def test_when_the_executor_has_ended_it_is_written_at_once(tmp_path: Path) -> None:
    def refuse(_job: Callable[[], None]) -> "Future[None]":
        raise RuntimeError

    store = SettingsStore(tmp_path / "settings.json", refuse)
    heard: list[Settings] = []
    store.changed.subscribe(heard.append)
    store.change("sampling", "temperature", 0.5)
    assert stored(tmp_path / "settings.json") == {"sampling": {"temperature": 0.5}}
    assert heard == [store.value]


@pytest.mark.parametrize(
    ("section", "name", "value"),
    [
        ("appearance", "text_size", 500),
        ("appearance", "theme", "pink"),
        ("engine", "threads", "many"),
        ("sampling", "top_p", 1.5),
        ("nowhere", "theme", "dark"),
        ("appearance", "nothing", 1),
    ],
)
def test_what_is_not_allowed_changes_nothing(tmp_path: Path, section: str, name: str, value: object) -> None:
    store = SettingsStore(tmp_path / "settings.json")
    with pytest.raises(SettingsError) as caught:
        store.change(section, name, value)
    assert caught.value.code is ErrorCode.SETTING_INVALID
    assert store.value == Settings()
    assert not (tmp_path / "settings.json").exists()


def test_a_damaged_file_is_put_aside(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text('{"appearance": {"theme":')
    store = SettingsStore(file)
    assert store.value == Settings()
    assert [problem.code for problem in store.problems] == [ErrorCode.SETTINGS_DAMAGED]
    (aside,) = tmp_path.glob("settings.json.bak-*")
    assert aside.read_text().startswith('{"appearance"')


def test_one_bad_value_falls_back_alone(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text('{"appearance": {"theme": "dark", "text_size": 9000}, "engine": {"threads": 3}}')
    store = SettingsStore(file)
    assert store.value.appearance.theme is Appearance.DARK
    assert store.value.appearance.text_size == 100
    assert store.value.engine.threads == 3
    assert store.problems[0].params["name"] == "text_size"


def test_what_a_newer_release_wrote_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text('{"appearance": {"glow": 3}, "voice": {"speed": 2}}')
    store = SettingsStore(file)
    store.change("engine", "threads", 2)
    assert stored(file) == {"appearance": {"glow": 3}, "voice": {"speed": 2}, "engine": {"threads": 2}}


def test_reset_one_a_section_or_all(tmp_path: Path) -> None:
    store = SettingsStore(tmp_path / "settings.json")
    for section, name, value in (
        ("appearance", "theme", "dark"),
        ("appearance", "text_size", 120),
        ("engine", "threads", 2),
    ):
        store.change(section, name, value)
    store.reset("appearance", "theme")
    assert store.value.appearance.theme is Appearance.SYSTEM
    assert store.value.appearance.text_size == 120
    store.reset("appearance")
    assert store.value.appearance.text_size == 100
    store.reset()
    assert store.value == Settings()
    assert stored(tmp_path / "settings.json") == {}


def test_a_folder_that_cannot_be_written_is_a_problem_and_no_crash(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    store = SettingsStore(tmp_path / "file" / "settings.json")
    told: list[ErrorInfo] = []
    store.troubled.subscribe(told.append)
    store.change("engine", "threads", 2)
    assert store.value.engine.threads == 2
    assert [error.code for error in told] == [ErrorCode.SETTINGS_UNSAVED]


def test_window_state_survives_damage(tmp_path: Path) -> None:
    file = tmp_path / "new" / "window.json"
    assert load_window_state(file) == WindowState()
    state = WindowState(geometry="AAAA", chat_id="x", draft="ünfinished 🙂", welcomed=True)
    save_window_state(file, state)
    assert load_window_state(file) == state
    file.write_bytes(b"\xff\xfe")
    assert load_window_state(file) == WindowState()


def test_a_file_that_is_no_utf8_is_put_aside(tmp_path: Path) -> None:
    """As an editor leaves it that writes Latin-1."""
    file = tmp_path / "settings.json"
    content = '{"folders": {"models": "/home/me/Téléchargements"}}'.encode("latin-1")
    file.write_bytes(content)
    store = SettingsStore(file)
    assert store.value == Settings()
    assert [problem.code for problem in store.problems] == [ErrorCode.SETTINGS_DAMAGED]
    assert [aside.read_bytes() for aside in tmp_path.glob("settings.json.bak-*")] == [content]


@pytest.mark.parametrize("can_go", [True, False])
def test_a_file_that_nobody_may_read_is_put_aside_before_another_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, can_go: bool
) -> None:
    """As an administrator leaves it who started the app once."""
    file, content = tmp_path / "settings.json", b'{"engine": {"threads": 3}}'
    file.write_bytes(content)

    def refuse(*_given: object) -> bytes:
        raise PermissionError("not yours")

    with monkeypatch.context() as held:
        held.setattr(json_file, "read_file", refuse)
        store = SettingsStore(file)
    assert [problem.code for problem in store.problems] == [ErrorCode.SETTINGS_DAMAGED]
    assert file.read_bytes() == content, "it may be read the next time"
    troubles: list[ErrorInfo] = []
    store.troubled.subscribe(troubles.append)
    if not can_go:
        monkeypatch.setattr(json_file, "put_aside", refuse)
    for threads in (4, 5):
        store.change("engine", "threads", threads)
        kept = [aside.read_bytes() for aside in tmp_path.glob("settings.json.bak-*")]
        if can_go:
            assert (kept, troubles, stored(file)) == ([content], [], {"engine": {"threads": threads}})
        else:
            assert (kept, file.read_bytes(), troubles[-1].code) == ([], content, ErrorCode.SETTINGS_UNSAVED)


def test_the_mark_that_editors_of_windows_write_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_bytes(b'\xef\xbb\xbf{"appearance": {"theme": "dark"}}')
    store = SettingsStore(file)
    assert store.value.appearance.theme is Appearance.DARK
    assert store.problems == ()
