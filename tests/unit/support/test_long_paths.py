"""Names of files that are too long for Windows: how it opens them, and that the app writes them so where it opens files."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from desktop_app.domain.downloads import Download
from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.hub import HubFile, Variant
from desktop_app.services.models.importing import find_parts
from desktop_app.services.network.downloads import target_of
from desktop_app.services.words.error_text import explain
from desktop_app.services.writing.attachments import Attachments
from desktop_app.services.writing.prompt_files import TEMPLATE_FILES
from desktop_app.support.drafts import file_draft, folder_draft
from desktop_app.support.files import replace_file
from desktop_app.support.long_paths import as_windows_opens, plain, reachable
from tests.whole_models import whole_model
from tests.windows_files import MAX_PATH, refuse_long_names

DEEP = "deep\\" * 60
PREFIX = "\\\\?\\"


@pytest.mark.parametrize(
    ("name", "opened"),
    [
        (f"C:\\{DEEP}a.gguf", f"{PREFIX}C:\\{DEEP}a.gguf"),
        (f"C:/{DEEP}./b/../a.gguf", f"{PREFIX}C:\\{DEEP}a.gguf"),
        (f"\\\\nas\\share\\{DEEP}a.gguf", f"{PREFIX}UNC\\nas\\share\\{DEEP}a.gguf"),
        (f"//nas/share/{DEEP}a.gguf", f"{PREFIX}UNC\\nas\\share\\{DEEP}a.gguf"),
        (f"{PREFIX}C:\\{DEEP}a.gguf", f"{PREFIX}C:\\{DEEP}a.gguf"),
        (f"\\\\.\\pipe\\{DEEP}a", f"\\\\.\\pipe\\{DEEP}a"),
        (f"\\{DEEP}a.gguf", f"\\{DEEP}a.gguf"),
        (f"{DEEP}a.gguf", f"{DEEP}a.gguf"),
        ("C:\\a.gguf", "C:\\a.gguf"),
        ("", ""),
    ],
)
def test_a_long_name_that_is_whole_is_opened_as_it_is(name: str, opened: str) -> None:
    assert as_windows_opens(name) == opened


@pytest.mark.parametrize("name", [f"C:\\{DEEP}a.gguf", f"\\\\nas\\share\\{DEEP}a.gguf", "C:\\a.gguf", "/home/a.gguf"])
def test_it_is_shown_as_people_write_it(name: str) -> None:
    assert plain(as_windows_opens(name)) == name
    shown = explain(ErrorInfo(ErrorCode.MODEL_NOT_FOUND, {"path": as_windows_opens(name)}))
    assert name in shown.sentence
    assert PREFIX not in shown.text


def test_elsewhere_a_name_is_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / ("deep/" * 60)
    assert reachable(path) == path


@pytest.fixture
def deep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder whose name is too long for Windows, on a computer that is taken for one with it."""
    folder = tmp_path / ("deep/" * 60)
    folder.mkdir(parents=True)
    refuse_long_names(monkeypatch.setattr)
    assert len(str(folder)) >= MAX_PATH
    assert not folder.exists()
    return folder


def test_what_is_written_under_a_long_name_is_there(deep: Path) -> None:
    with file_draft(deep / "chats.json") as (file, _path):
        file.write(b"[]")
    replace_file(deep / "code.py", b"print()")
    with folder_draft(deep / "chats") as folder:
        (folder / "one.md").write_text("One")
    TEMPLATE_FILES.write(deep / "templates" / "mine.md", "Hello")
    assert TEMPLATE_FILES.read(deep / "templates" / "mine.md", 100) == "Hello"
    found = reachable(deep)
    assert sorted(path.name for path in found.iterdir()) == ["chats", "chats.json", "code.py", "templates"]
    assert (found / "chats" / "one.md").read_text() == "One"


def test_a_file_with_a_long_name_is_attached(deep: Path) -> None:
    (reachable(deep) / "notes.md").write_text("Some notes")
    with ThreadPoolExecutor(1) as pool:
        attachments = Attachments(pool)
        part = attachments.read(str(deep / "notes.md")).result(60)
        attachments.close()
    assert (part.name, part.text) == ("notes.md", "Some notes")


def test_a_model_with_a_long_name_is_found_and_downloads_get_one(deep: Path) -> None:
    (reachable(deep) / "a.gguf").write_bytes(whole_model(b"weights"))
    assert find_parts(reachable(deep / "a.gguf")) == [reachable(deep / "a.gguf")]
    file = HubFile(name="a.gguf", size=104)
    variant = Variant(name="a", quantization="", files=(file,))
    download = Download(id="d", repository="o/n", commit="c", variant=variant, folder=str(deep))
    target = target_of(download, file)
    target.parent.mkdir(parents=True)
    target.write_bytes(b"GGUF")
    assert (reachable(deep) / "o" / "n" / "a.gguf").is_file()
