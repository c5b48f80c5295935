"""Small files of the app's own that a person, an editor or a failing disk changed keep no command from its work."""

import os
from pathlib import Path

import pytest

from desktop_app.support.paths import Paths
from tests.programs import run_command

NOTES = ("models", "origins", "moves", "folder-move", "usage", "erase", "address")


@pytest.mark.parametrize("content", [b'{"a": {"b": "T\xe9l"}}', b'[{"id": "T\xe9l"}]', b'{"a": ' + b"[" * 9999])
def test_nothing_ends_in_a_traceback(content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INGLENOOK_HOME", str(tmp_path))
    paths = Paths.for_user()
    paths.data.mkdir(parents=True)
    paths.config.mkdir(parents=True, exist_ok=True)
    named = [getattr(paths, name) for name in dir(Paths) if name.endswith("_file")]
    for file in [*named, *(paths.data / f"{name}.json" for name in NOTES)]:
        file.write_bytes(content)
    for words in (("models", "list"), ("doctor",)):
        done = run_command(words, os.environ)
        assert "Traceback" not in done.stderr
        assert "SmolLM2" in done.stdout or words == ("doctor",)
