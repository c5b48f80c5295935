"""The chats that other apps keep on this computer: found where each platform has them, and nothing else is."""

import json
import os
from pathlib import Path

import pytest

from desktop_app.domain.moving_in import Origin
from desktop_app.domain.offers import FoundChats
from desktop_app.sources.app_chats import find_chats

DATA = {"linux": ".local/share", "darwin": "Library/Application Support", "win32": "AppData/Roaming"}
LOCAL = {"linux": ".local/share", "darwin": "Library/Application Support", "win32": "AppData/Local"}


def put(path: Path, content: str = "{}") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def found(home: Path, platform: str = "linux", **environment: str) -> dict[Origin, tuple[str, int]]:
    listed = find_chats(home, environment, platform)
    assert all(isinstance(each, FoundChats) for each in listed)
    return {each.origin: (each.path, each.files) for each in listed}


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_folders_of_each_app(tmp_path: Path, platform: str) -> None:
    put(tmp_path / ".lmstudio/conversations/1.conversation.json")
    put(tmp_path / ".lmstudio/conversations/boats/2.conversation.json")
    put(tmp_path / ".lmstudio/conversations/notes.txt")
    put(tmp_path / DATA[platform] / "Jan/data/threads/a/thread.json")
    put(tmp_path / DATA[platform] / "Jan/data/threads/a/messages.jsonl")
    put(tmp_path / LOCAL[platform] / "nomic.ai/GPT4All/gpt4all-1.chat")
    put(tmp_path / LOCAL[platform] / "nomic.ai/GPT4All/model.gguf")
    assert found(tmp_path, platform) == {
        Origin.LM_STUDIO: (str(tmp_path / ".lmstudio/conversations"), 2),
        Origin.JAN: (str(tmp_path / DATA[platform] / "Jan/data/threads"), 1),
        Origin.GPT4ALL: (str(tmp_path / LOCAL[platform] / "nomic.ai/GPT4All"), 1),
    }


def test_a_folder_without_chats_is_not_offered(tmp_path: Path) -> None:
    put(tmp_path / ".local/share/nomic.ai/GPT4All/model.gguf")
    (tmp_path / ".lmstudio/conversations").mkdir(parents=True)
    put(tmp_path / ".lmstudio/conversations/notes.txt")
    assert found(tmp_path) == {}
    assert found(tmp_path / "nowhere") == {}


def test_folders_that_were_moved_are_found(tmp_path: Path) -> None:
    put(tmp_path / ".lmstudio-home-pointer", str(tmp_path / "lm"))
    put(tmp_path / "lm/conversations/1.conversation.json")
    put(tmp_path / ".local/share/Jan/settings.json", json.dumps({"data_folder": str(tmp_path / "elsewhere")}))
    put(tmp_path / "elsewhere/threads/a/thread.json")
    assert found(tmp_path) == {
        Origin.LM_STUDIO: (str(tmp_path / "lm/conversations"), 1),
        Origin.JAN: (str(tmp_path / "elsewhere/threads"), 1),
    }


@pytest.mark.skipif(os.name == "nt", reason="links need a right of their own there")
def test_one_folder_under_two_names_is_offered_once(tmp_path: Path) -> None:
    put(tmp_path / ".lmstudio/conversations/1.conversation.json")
    (tmp_path / ".cache").mkdir()
    (tmp_path / ".cache/lm-studio").symlink_to(tmp_path / ".lmstudio")
    assert len(find_chats(tmp_path, {}, "linux")) == 1


@pytest.mark.skipif(os.name == "nt", reason="there are no named pipes")
def test_what_is_no_ordinary_file_is_not_counted(tmp_path: Path) -> None:
    (tmp_path / ".lmstudio/conversations").mkdir(parents=True)
    os.mkfifo(tmp_path / ".lmstudio/conversations/1.conversation.json")
    assert found(tmp_path) == {}
