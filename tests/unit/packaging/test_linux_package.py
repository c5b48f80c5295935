"""What goes into the packages for Linux: links instead of copies, sums, and who answers for them, named in one place."""

import configparser
import hashlib
import importlib
import re
import shutil
import sys
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree as ET

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from desktop_app.gui.system.taskbar import desktop_entry

ROOT = Path(__file__).resolve().parents[3]
LINUX = ROOT / "packaging/linux"


@pytest.fixture
def freeze(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "packaging"))
    return importlib.import_module("freeze")


@pytest.fixture
def linux_package(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "packaging"))
    return importlib.import_module("linux_package")


@pytest.fixture
def tree(linux_package: ModuleType, tmp_path: Path) -> Path:
    metadata = tmp_path / linux_package.METADATA
    metadata.parent.mkdir(parents=True)
    shutil.copyfile(LINUX / "inglenook.metainfo.xml", metadata)
    (tmp_path / "usr/bin").mkdir()
    (tmp_path / "usr/bin/inglenook").symlink_to("../lib/inglenook/inglenook")
    return tmp_path


def test_the_maintainer_is_who_the_metadata_names(linux_package: ModuleType, tree: Path) -> None:
    found = linux_package.maintainer(tree / linux_package.METADATA)
    assert re.fullmatch(r"\S[^<>]+\S <[^@<>\s]+@[^@<>\s]+>", found)
    assert found in linux_package.copyright_file(tree)
    address = found.partition("<")[2].rstrip(">")
    naming = [file for file in (ROOT / "packaging").rglob("*.*") if file.suffix in (".py", ".xml", ".spec", ".desktop")]
    assert [file.name for file in naming if address in file.read_text(encoding="utf-8")] == ["inglenook.metainfo.xml"]


def test_every_file_but_no_link_has_a_sum(linux_package: ModuleType, tree: Path) -> None:
    file = tree / "usr/share/doc/Lies mich.txt"
    file.parent.mkdir()
    file.write_text("wörter", encoding="utf-8")
    lines = linux_package.checksums(tree).splitlines()
    assert (
        lines[0] == f"{hashlib.md5('wörter'.encode(), usedforsecurity=False).hexdigest()}  usr/share/doc/Lies mich.txt"
    )
    assert [line.split("  ")[1] for line in lines[1:]] == [linux_package.METADATA]


def test_the_copies_of_a_library_become_links_to_the_one_with_the_full_name(freeze: ModuleType, tmp_path: Path) -> None:
    for name in ("libllama.so", "libllama.so.0", "libllama.so.0.5.0"):
        (tmp_path / name).write_bytes(b"llama")
    (tmp_path / "libggml.so").write_bytes(b"ggml")
    (tmp_path / "libggml.so.0").symlink_to("libggml.so")
    freeze.link_copies(tmp_path)
    links = {file.name: str(file.readlink()) for file in tmp_path.iterdir() if file.is_symlink()}
    assert links == {
        "libllama.so": "libllama.so.0.5.0",
        "libllama.so.0": "libllama.so.0.5.0",
        "libggml.so.0": "libggml.so",
    }
    assert (tmp_path / "libllama.so").read_bytes() == b"llama"
    freeze.link_copies(tmp_path)
    assert {file.name for file in tmp_path.iterdir() if file.is_symlink()} == set(links)


@pytest.mark.skipif(sys.platform != "linux", reason="Linux")
def test_machine_code_is_told_from_other_files(freeze: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "script").write_text("#!/bin/sh\n", encoding="utf-8")
    (tmp_path / "empty").touch()
    (tmp_path / "link").symlink_to(Path(sys.executable).resolve())
    assert freeze.is_machine_code(Path(sys.executable).resolve())
    assert not any(freeze.is_machine_code(tmp_path / name) for name in ("script", "empty", "link", "nothing", ""))


def test_the_desktop_finds_what_belongs_together(linux_package: ModuleType) -> None:
    """The menu's entry, the metadata, the kind of file and the window say the same names of each other."""
    component = ET.parse(LINUX / "inglenook.metainfo.xml").getroot()
    entry = configparser.ConfigParser(interpolation=None, strict=True)
    entry.optionxform = str
    entry.read(LINUX / "inglenook.desktop", encoding="utf-8")
    menu = entry["Desktop Entry"]
    kind = ET.parse(LINUX / "inglenook-mime.xml").getroot().find("{*}mime-type")
    assert kind is not None
    assert component.findtext("launchable") == f"{linux_package.APP_ID}.desktop"
    assert component.findtext("icon") == menu["Icon"] == menu["StartupWMClass"] == linux_package.APP_ID
    assert component.findtext("provides/mediatype") == kind.get("type")
    assert kind.get("type") in menu["MimeType"].split(";")
    assert desktop_entry({}) == linux_package.APP_ID


def test_desktops_show_it_in_the_language_of_whoever_looks(linux_package: ModuleType, tmp_path: Path) -> None:
    made = Catalog(locale="de")
    made.add("Chat Assistant", "Chat-Assistent")
    file = tmp_path / "resources/locale/de/LC_MESSAGES/inglenook.mo"
    file.parent.mkdir(parents=True)
    with file.open("wb") as opened:
        write_mo(opened, made)
    entry = (LINUX / "inglenook.desktop").read_text(encoding="utf-8")
    lines = linux_package.translated_entry(tmp_path, entry).splitlines()
    assert lines[lines.index("GenericName=Chat Assistant") + 1] == "GenericName[de]=Chat-Assistent"
    assert [line for line in lines if "[de]" not in line] == entry.splitlines()
    assert not any(line.startswith(("Name[", "Exec[")) for line in lines)
