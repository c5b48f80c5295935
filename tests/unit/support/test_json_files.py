"""Small files of the app's own: readable for people, in folders that need not be there before."""

import json
from pathlib import Path

from desktop_app.support.files import replace_json


def test_a_value_is_written_again_and_again_and_a_person_can_read_it(tmp_path: Path) -> None:
    file = tmp_path / "data/kept/file.json"
    for value in ({"a": 1}, {"a": [1, 2], "b": "家"}):
        replace_json(file, value)
        assert json.loads(file.read_bytes()) == value
    assert "\n" in file.read_text(encoding="utf-8")
    assert [each.name for each in file.parent.iterdir()] == ["file.json"]
